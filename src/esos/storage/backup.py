"""Copies of a journal: taken while the station runs, verified before they are called a backup, put back with care.

A backup is one file. It keeps the words of cases that are erased later: retention covers backups too.
Putting an old one back takes acknowledged statements away, so a journal in use is not overwritten by
default, and never thrown away (law 3).
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Final

import msgspec

from esos.errors import Conflict, Malformed, Unknown, Usage
from esos.storage.migrate import revision
from esos.storage.move import copy_journal
from esos.storage.sqlite import SqliteDriver, connect, create_file, path_of, sync_directory
from esos.storage.stores import PostgresStore, SqliteStore, store_of
from esos.storage.trouble import translate

BEFORE_RESTORE: Final = ".before-restore"
"""Added, with a number, to the name of the journal that a restore put aside: ``journal.sqlite.before-restore-1``."""

_SQLITE_HEADER: Final = b"SQLite format 3\0"
"""How every journal begins."""
_SIDE_FILES: Final = ("-wal", "-shm", "-journal")
_COPY_PAGES: Final = -1  # all in one step, so that writers never make it start again


class Copied(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a verified copy holds: its newest journal number, the size of its log, and its size on disk."""

    head: int
    tree_size: int
    size_bytes: int


def backup(source: str | Path, target: str | Path) -> Copied:
    """Copy a journal, running or not, to one new file that appears whole or not at all.

    Raises ``Unknown`` (``storage.no_journal``) where there is none, ``Conflict`` (``storage.in_use``) when
    the target is a station's own journal and (``storage.not_a_copy``) when it is any other file than an older copy,
    ``Malformed`` (``storage.damaged``) when the copy does not pass
    its check, ``Busy`` when the disk is full or out of reach.
    """
    wanted, store = path_of(target), store_of(source)
    if isinstance(store, PostgresStore):
        return _backup_of_server(store, wanted)
    found = _existing(source)
    if wanted.with_name(wanted.name + "-wal").exists() or (wanted.exists() and wanted.samefile(found)):
        raise _in_use("Give the backup a file of its own.")
    _need_copy_or_nothing(wanted)
    with _plain_words(), _partial(wanted) as partial:
        _copy(found, partial)
        copied = verify(partial)
        _put(partial, wanted)
    return copied


def _backup_of_server(store: PostgresStore, wanted: Path) -> Copied:
    """The same file, of a journal in a database: one snapshot of it, proven row by row."""
    _need_copy_or_nothing(wanted)
    with _plain_words(), _partial(wanted) as partial:
        copy_journal(store, SqliteStore(partial))
        with closing(connect(partial)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE").fetchall()  # one file, nothing beside it
        copied = verify(partial)
        _put(partial, wanted)
    return copied


def _need_copy_or_nothing(wanted: Path) -> None:
    """An older copy may be replaced, as by a nightly job; a station's key, or anything else, never is."""
    if not wanted.exists():
        return
    with _plain_words(), wanted.open("rb") as file:
        is_copy = file.read(len(_SQLITE_HEADER)) == _SQLITE_HEADER
    if not is_copy:
        raise Conflict(
            "storage.not_a_copy",
            f"{wanted} exists, and is no copy of a journal.",
            hint="Choose another name: nothing but an older copy is overwritten.",
        )


def restore(source: str | Path, target: str | Path, *, force: bool = False) -> Copied:
    """Put a backup in the place of a journal that no station has open.

    Raises ``Conflict``: ``storage.in_use`` while a process has the journal open, ``storage.restore_newer``
    when the journal has entries that the backup lacks, ``storage.restore_used`` when it has any. With
    ``force`` the last two are done all the same, and the old journal is kept beside the new one.
    """
    if isinstance(store_of(target), PostgresStore):
        raise Usage(
            "storage.restore_server",
            "A copy is not put back over a database.",
            hint="Move it into an empty one: esos station move --from COPY --to URL",
        )
    found, wanted = _existing(source), path_of(target)
    with _plain_words(), _partial(wanted) as partial:
        offered = verify(found)
        with _held(wanted) as present:  # said at once; the copy may take minutes
            _check_overwriting(present, offered, force=force)
        _copy(found, partial)
        copied = verify(partial)
        with _held(wanted) as present:  # a station may have come and gone meanwhile
            _check_overwriting(present, copied, force=force)
            if present is not None:
                _keep_aside(wanted)
            _put(partial, wanted)
    return copied


def verify(path: Path) -> Copied:
    """Read every page of a copy and count what it holds; ``Malformed`` (``storage.damaged``) if it is not whole."""
    with _plain_words(), closing(_read_only(path)) as driver:
        problems = [row[0] for row in driver.execute("PRAGMA integrity_check(1)")]
        if problems != ["ok"] or not revision(SqliteDriver(driver)):
            raise _damaged("it holds no journal" if problems == ["ok"] else problems[0])
        return _counted(driver, path)


def _keep_aside(wanted: Path) -> None:
    """Give the journal a second name that nothing had; at no moment is there no journal under the first."""
    for number in count(1):
        with suppress(FileExistsError):
            os.link(wanted, wanted.with_name(f"{wanted.name}{BEFORE_RESTORE}-{number}"))
            break
    sync_directory(wanted.parent)


def _in_use(hint: str) -> Conflict:
    return Conflict("storage.in_use", "A station may have this journal open.", hint=hint)


def _damaged(problem: str) -> Malformed:
    hint = "Use another copy, and check the disk this one was on."
    return Malformed("storage.damaged", f"This journal is not whole: {problem}.", hint=hint)


def _counted(driver: sqlite3.Connection, path: Path) -> Copied:
    counts = "SELECT (SELECT coalesce(max(seq), 0) FROM entries), (SELECT count(*) FROM leaves)"
    head, tree_size = driver.execute(counts).fetchone()
    return Copied(head=head, tree_size=tree_size, size_bytes=path.stat().st_size)


def _existing(address: str | Path) -> Path:
    path = path_of(address)
    if not path.is_file():
        raise Unknown("storage.no_journal", "There is no journal at this place.", hint="Check the path.")
    return path


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _copy(source: Path, partial: Path) -> None:
    create_file(partial)
    with closing(_read_only(source)) as origin, closing(sqlite3.connect(partial, isolation_level=None)) as copy:
        origin.backup(copy, pages=_COPY_PAGES)
        copy.execute("PRAGMA journal_mode=DELETE").fetchall()  # one file, nothing beside it


def _put(partial: Path, wanted: Path) -> None:
    """Make the copy durable, then give it its name in one step. A log left by another file must not join it.

    The folder is forced in between too, or a loss of power could keep the new name and bring the old log back.
    """
    with partial.open("rb") as handle:
        os.fsync(handle.fileno())
    _remove(wanted, suffixes=_SIDE_FILES)
    sync_directory(wanted.parent)
    partial.replace(wanted)
    sync_directory(wanted.parent)


def _check_overwriting(present: Copied | None, offered: Copied, *, force: bool) -> None:
    if force or present is None or not present.head:
        return
    hint = "Add --force to put the backup in its place; the old journal is kept beside it."
    if present.head > offered.head:
        raise Conflict(
            "storage.restore_newer",
            f"This journal goes to number {present.head}, the backup only to {offered.head}.",
            hint=hint,
        )
    raise Conflict("storage.restore_used", "There is a journal with statements here already.", hint=hint)


@contextmanager
def _held(path: Path) -> Iterator[Copied | None]:
    """What the journal holds, its side files folded into it; None where there is none. Nobody else opens it inside.

    Whoever waits for it meanwhile has the old file open. It finds another file under the name, and SQLite then lets it
    write nothing; its next start opens the new one.
    """
    if not path.exists():
        yield None
        return
    with closing(connect(path, busy_timeout_ms=0)) as driver:
        try:
            driver.execute("PRAGMA journal_mode=DELETE").fetchall()
            driver.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise _in_use("Stop the station, then restore.") from error
        is_journal = revision(SqliteDriver(driver))
        yield _counted(driver, path) if is_journal else Copied(head=0, tree_size=0, size_bytes=0)


@contextmanager
def _plain_words() -> Iterator[None]:
    """Failures of the store in the project's words."""
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        raise translate(error) from error
    except sqlite3.DatabaseError as error:
        raise _damaged(str(error)) from error


@contextmanager
def _partial(wanted: Path) -> Iterator[Path]:
    """Where to make a copy before it has its name; nothing half made is left there."""
    partial = wanted.with_name(wanted.name + ".partial")
    _remove(partial)
    try:
        yield partial
    finally:
        _remove(partial)


def _remove(path: Path, suffixes: tuple[str, ...] = ("", *_SIDE_FILES)) -> None:
    for suffix in suffixes:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
