"""Whether a PostgreSQL server keeps what it acknowledges, in words: what its settings say, read beside the journal.

Law 3: acknowledged means durable. The station forces its own commits; what it cannot force is said here.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from esos.storage.doctor import Finding
from esos.storage.drivers import driver_of
from esos.storage.lanes import translated
from esos.storage.stores import PostgresStore, store_of

_NAMES: Final = ("fsync", "full_page_writes", "synchronous_commit", "synchronous_standby_names", "server_version")
_LOST_BY: Final = {
    "fsync": "does not force to disk what it writes (fsync is off)",
    "full_page_writes": "may be left with torn pages by a loss of power (full_page_writes is off)",
}
_FORCES: Final = frozenset({"on", "remote_write", "remote_apply"})
_STANDBYS: Final = """SELECT count(*) FILTER (WHERE sync_state IN ('sync', 'quorum')),
 count(*) FILTER (WHERE sync_state IS NULL) FROM pg_stat_replication"""
_HOW: Final = "See docs/how-to/postgresql.md, the part on a synchronous standby."


def durability(url_or_path: str | Path) -> list[Finding]:
    """What a database server promises and does not; nothing for a file, whose journal forces by itself.

    Raises ``Busy`` where the server cannot be asked.
    """
    store = store_of(url_or_path)
    return translated(lambda: _asked(store), is_opening=True) if isinstance(store, PostgresStore) else []


def _asked(store: PostgresStore) -> list[Finding]:
    with store.engine(writes=True).connect() as connection:
        driver = driver_of(connection)
        rows = driver.execute("SELECT name, setting FROM pg_settings").fetchall()
        settings = {name: setting for name, setting in rows if name in _NAMES}
        synchronous, hidden = driver.execute(_STANDBYS).fetchone() or (0, 0)
        standby = _of_standby(settings, synchronous=synchronous, hidden=hidden)
        return [*_of_disk(settings), standby]


def _of_disk(settings: Mapping[str, str]) -> Iterator[Finding]:
    faults = [words for name, words in _LOST_BY.items() if settings[name] == "off"]
    if settings["synchronous_commit"] not in _FORCES:
        faults.append("answers before a commit is on disk (synchronous_commit), and cannot be told otherwise")
    for words in faults:
        sentence = f"The database server {words}: what it acknowledges may be lost, and so may a call."
        yield Finding(is_grave=True, sentence=sentence, hint="Set it on in postgresql.conf and restart the server.")
    if not faults:
        sentence = f"PostgreSQL {settings['server_version']} forces each commit to disk before it is acknowledged."
        yield Finding(is_grave=False, sentence=sentence)


def _of_standby(settings: Mapping[str, str], *, synchronous: int, hidden: int) -> Finding:
    """``hidden`` are standbys whose state the role of the station may not see."""
    if not settings["synchronous_standby_names"].strip():
        sentence = "No standby is synchronous: if the machine of the database is lost, so is what it alone had."
        return Finding(is_grave=False, sentence=sentence, hint=_HOW)
    if synchronous:
        sentence = "Each commit is on a synchronous standby too before it is acknowledged."
        return Finding(is_grave=False, sentence=sentence)
    if hidden:
        sentence = "A synchronous standby is asked for; whether one is there, the station's role may not see."
        return Finding(is_grave=False, sentence=sentence, hint="GRANT pg_monitor TO the role of the station.")
    sentence = "A synchronous standby is asked for, and none is there: no commit is answered, so no call is kept."
    return Finding(is_grave=True, sentence=sentence, hint="Start the standby, or take its name out of the settings.")
