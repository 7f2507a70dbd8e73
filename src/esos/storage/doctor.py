"""What is wrong with a journal, in words, found without changing it: for the one called at three in the morning."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from esos.storage.migrate import revision
from esos.storage.schema import REVISION
from esos.storage.sqlite import SqliteDriver, path_of

FREE_DISK_FLOOR_BYTES: Final = 1024 * 1024 * 1024
"""Less free space than this is grave: intake stops when there is none."""

INBOX_MAX_AGE_MS: Final = 60_000
"""No inbox row may age beyond this: somebody's word is not being acted on."""

LOG_LAG_MAX_ENTRIES: Final = 1000
"""More entries without a leaf than this: the sequencer does not keep up or does not run."""

_MIB: Final = 1024 * 1024


class Finding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing seen: whether it needs somebody now, the sentence, and what to do."""

    is_grave: bool
    sentence: str
    hint: str = ""


def doctor(url_or_path: str | Path, *, now_ms: int) -> list[Finding]:
    """Everything worth saying about a journal, running or not; reads every page, changes nothing."""
    path = path_of(url_or_path)
    if not path.is_file():
        return [Finding(is_grave=True, sentence="There is no journal at this place.", hint="Check the path.")]
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as driver:
            return [*_schema(driver), *(finding for look in _LOOKS for finding in look(driver, path, now_ms))]
    except sqlite3.DatabaseError as error:
        hint = "Stop the station, keep a copy of the file, and restore the newest backup."
        return [Finding(is_grave=True, sentence=f"The journal cannot be read: {error}.", hint=hint), *_disk(path)]


def _schema(driver: sqlite3.Connection) -> Iterator[Finding]:
    found = revision(SqliteDriver(driver))
    if found == REVISION:
        yield Finding(is_grave=False, sentence=f"The schema is at revision {found}, as this release expects.")
    elif found:
        sentence = f"The schema is at revision {found}; this release expects {REVISION}."
        yield Finding(is_grave=False, sentence=sentence, hint="An older one is upgraded when the station starts.")
    else:
        raise sqlite3.DatabaseError("it holds no journal")


def _integrity(driver: sqlite3.Connection, _path: Path, _now_ms: int) -> Iterator[Finding]:
    problems = [row[0] for row in driver.execute("PRAGMA integrity_check(3)")]
    if problems == ["ok"]:
        problems = [f"{row[0]} names a missing {row[2]}" for row in driver.execute("PRAGMA foreign_key_check")]
    for problem in problems[:3]:
        hint = "Stop the station, keep a copy of the file, and restore the newest backup."
        yield Finding(is_grave=True, sentence=f"The journal is damaged: {problem}.", hint=hint)
    if not problems:
        yield Finding(is_grave=False, sentence="Every page of the journal is whole.")


def _mode(driver: sqlite3.Connection, _path: Path, _now_ms: int) -> Iterator[Finding]:
    mode = driver.execute("PRAGMA journal_mode").fetchone()[0]
    if mode != "wal":
        sentence = f"The journal is in {mode} mode, as a restored copy is until a station opens it."
        yield Finding(is_grave=False, sentence=sentence, hint="The next start sets write-ahead mode.")


def _size(driver: sqlite3.Connection, path: Path, _now_ms: int) -> Iterator[Finding]:
    head = driver.execute("SELECT coalesce(max(seq), 0) FROM entries").fetchone()[0]
    yield Finding(is_grave=False, sentence=f"It holds {head} statements in {path.stat().st_size // _MIB} MiB.")


def _inbox(driver: sqlite3.Connection, _path: Path, now_ms: int) -> Iterator[Finding]:
    count, oldest_ms = driver.execute(
        "SELECT count(*), (SELECT at_ms FROM entries WHERE seq = (SELECT min(seq) FROM inbox)) FROM inbox"
    ).fetchone()
    if not count:
        yield Finding(is_grave=False, sentence="Nothing waits to be folded.")
        return
    age_ms = max(0, now_ms - oldest_ms)
    sentence = f"{count} statements wait to be folded; the oldest has waited {age_ms // 1000} s."
    hint = "Is a station running on this journal? Its workers fold what waits." if age_ms > INBOX_MAX_AGE_MS else ""
    yield Finding(is_grave=age_ms > INBOX_MAX_AGE_MS, sentence=sentence, hint=hint)


def _aside(driver: sqlite3.Connection, _path: Path, _now_ms: int) -> Iterator[Finding]:
    rows = driver.execute("SELECT seq, kind FROM entries WHERE verdict = 'fold.set_aside' ORDER BY seq DESC").fetchall()
    if rows:
        named = ", ".join(f"{kind} (number {seq})" for seq, kind in rows[:3])
        sentence = f"{len(rows)} statements could not be folded and are acted on by nobody: {named}."
        yield Finding(is_grave=True, sentence=sentence, hint="Call back whoever called; then report it with the log.")


def _log(driver: sqlite3.Connection, _path: Path, _now_ms: int) -> Iterator[Finding]:
    logged, head = driver.execute(
        "SELECT (SELECT count(seq) FROM leaves), (SELECT coalesce(max(seq), 0) FROM entries)"
    ).fetchone()
    if head - logged > LOG_LAG_MAX_ENTRIES:
        sentence = f"{head - logged} statements have no proof in the log yet."
        yield Finding(is_grave=True, sentence=sentence, hint="Is a station running on this journal?")


def _given_up(driver: sqlite3.Connection, _path: Path, _now_ms: int) -> Iterator[Finding]:
    count = driver.execute("SELECT count(*) FROM parcels WHERE state = 'given_up'").fetchone()[0]
    if count:
        sentence = f"{count} pages or messages were given up after their last try."
        yield Finding(is_grave=False, sentence=sentence, hint="The case pages name them and their errors.")


def _disk(path: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(path.parent).free
    is_short = free < FREE_DISK_FLOOR_BYTES
    hint = "Free space: intake stops when the disk is full." if is_short else ""
    yield Finding(is_grave=is_short, sentence=f"{free // _MIB} MiB of disk are free.", hint=hint)
    if not os.access(path, os.W_OK):
        yield Finding(
            is_grave=True, sentence="The journal's file cannot be written by this user.", hint="Mend its owner."
        )


def _room(_driver: sqlite3.Connection, path: Path, _now_ms: int) -> Iterator[Finding]:
    yield from _disk(path)


Look = Callable[[sqlite3.Connection, Path, int], Iterator[Finding]]
_LOOKS: Final[tuple[Look, ...]] = (_integrity, _mode, _size, _inbox, _aside, _log, _given_up, _room)
