"""What is wrong with a journal, in words, found without changing it: for the one called at three in the morning."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from esos.storage.migrate import revision
from esos.storage.schema import REVISION
from esos.storage.sqlite import SqliteDriver, path_of

_MIB: Final = 1024 * 1024


class Finding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing seen: whether it needs somebody now, the sentence, and what to do."""

    is_grave: bool
    sentence: str
    hint: str = ""


def doctor(url_or_path: str | Path, *, whole: bool = True) -> list[Finding]:
    """What its file shows, whether a station has it open or not; ``whole`` reads every page. Changes nothing.

    Raises ``Usage`` for an address that is no file.
    """
    path = path_of(url_or_path)
    if not path.is_file():
        return [Finding(is_grave=True, sentence="There is no journal at this place.", hint="Check the path.")]
    looks = (_integrity, *_LOOKS) if whole else _LOOKS
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as driver:
            return [*_schema(driver), *(finding for look in looks for finding in look(driver, path))]
    except sqlite3.DatabaseError as error:
        hint = "Stop the station, keep a copy of the file, and restore the newest backup."
        return [Finding(is_grave=True, sentence=f"The journal cannot be read: {error}.", hint=hint)]


def _schema(driver: sqlite3.Connection) -> Iterator[Finding]:
    found = revision(SqliteDriver(driver))
    if found == REVISION:
        yield Finding(is_grave=False, sentence=f"The schema is at revision {found}, as this release expects.")
    elif found > REVISION:
        sentence = f"A newer release wrote it: its schema is at revision {found}, this release knows {REVISION}."
        yield Finding(is_grave=True, sentence=sentence, hint="Install that release again; nothing was changed.")
    elif found:
        sentence = f"The schema is at revision {found}; this release expects {REVISION}."
        yield Finding(is_grave=False, sentence=sentence, hint="An older one is upgraded when the station starts.")
    else:
        raise sqlite3.DatabaseError("it holds no journal")


def _integrity(driver: sqlite3.Connection, _path: Path) -> Iterator[Finding]:
    problems = [row[0] for row in driver.execute("PRAGMA integrity_check(3)")]
    if problems == ["ok"]:
        problems = [f"{row[0]} names a missing {row[2]}" for row in driver.execute("PRAGMA foreign_key_check")]
    for problem in problems[:3]:
        hint = "Stop the station, keep a copy of the file, and restore the newest backup."
        yield Finding(is_grave=True, sentence=f"The journal is damaged: {problem}.", hint=hint)
    if not problems:
        yield Finding(is_grave=False, sentence="Every page of the journal is whole.")


def _mode(driver: sqlite3.Connection, _path: Path) -> Iterator[Finding]:
    mode = driver.execute("PRAGMA journal_mode").fetchone()[0]
    if mode != "wal":
        sentence = f"The journal is in {mode} mode, as a restored copy is until a station opens it."
        yield Finding(is_grave=False, sentence=sentence, hint="The next start sets write-ahead mode.")


def _size(driver: sqlite3.Connection, path: Path) -> Iterator[Finding]:
    head = driver.execute("SELECT coalesce(max(seq), 0) FROM entries").fetchone()[0]
    yield Finding(is_grave=False, sentence=f"It holds {head} statements in {path.stat().st_size // _MIB} MiB.")


Look = Callable[[sqlite3.Connection, Path], Iterator[Finding]]
_LOOKS: Final[tuple[Look, ...]] = (_mode, _size)
