"""What a failing database means to the one who asked: locked, full, or out of reach; never a driver's name.

Translated once, here. Whatever is raised, the transaction it came from is kept whole or not at all.
"""

import errno
import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError

from esos.errors import Busy, EsosError
from esos.storage.postgres_url import shown_url

MOVED_AWAY: Final = "esos: this journal was moved"
MOVED_STATE: Final = "ES001"
"""What the database itself says to whoever writes into a moved journal: SQLite in words, PostgreSQL in both."""
_PRIMARY: Final = 0xFF
_LOCKED: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_FULL: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_NOMEM})
_OF_THE_SERVER: Final = ("08", "40", "53", "55P03", "57", "58", "XX")
"""How SQLSTATEs begin that speak of the server or the connection: lost, out of something, shut down, out of turn."""
_NOT_PRIMARY: Final = "25006"
"""A server that became a standby takes no writes: the next connection finds the one that does."""
_TURN_NOT_HAD: Final = ("40", "55P03", "57014")
_NO_ROOM_THERE: Final = frozenset({"53100", "53200", "54000"})
SAID_MAX_CHARS: Final = 400
"""So much of what a database says of a trouble is repeated."""
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def locked() -> Busy:
    """Another process holds the database."""
    return Busy(
        "storage.locked",
        "The journal is locked by another process.",
        hint="Try again; if it lasts, look for a second station, a backup tool, or a standby that does not answer.",
    )


def full() -> Busy:
    """The disk, or a set limit, is exhausted."""
    return Busy(
        "storage.full",
        "There is no room left for the journal; nothing of this was kept.",
        hint="Free disk space where the journal is kept; the station goes on by itself.",
    )


def unreachable() -> Busy:
    """The file or server cannot be read or written; a connection lost at a commit leaves open what became of it."""
    return Busy(
        "storage.unreachable",
        "The journal cannot be read or written now, and whether this was kept is not known.",
        hint="Send it again: the same is kept once. The operator looks at the disk or server: esos station doctor",
    )


def unopened() -> Busy:
    """The file or server was not reached at all, or lets nobody in: nothing was to be kept yet."""
    return Busy(
        "storage.unreachable",
        "The journal cannot be opened now: its file or its database server is not reached, or does not let it in.",
        hint="Look at its address, its password, and the disk or server; then: esos station doctor",
    )


def said_by_driver(refusal: BaseException) -> str:
    """What the database itself said about it, without a password: for people at the machine, never for the doors."""
    cause = _cause(refusal.__cause__) if refusal.__cause__ else None
    if not (_is_of_psycopg(cause) or isinstance(cause, sqlite3.Error | OSError)):
        return ""
    return shown_url(" ".join(str(cause).split()))[:SAID_MAX_CHARS]


def closed() -> Busy:
    """The journal was closed before it was asked."""
    return Busy("storage.closed", "The journal is closed.", hint="Open it again.")


def moved_away() -> Busy:
    """Another place has the journal now, and this process did not know."""
    return Busy(
        "storage.moved_away",
        "The journal of this station was moved to another place; nothing is kept here any more.",
        hint="The operator stops this process, and starts the station with the new address: esos station doctor",
    )


def is_store_trouble(error: BaseException) -> bool:
    """Whether the store itself failed, so that the whole transaction is lost, not one job in it."""
    cause = _cause(error)
    if _is_of_psycopg(cause):
        state = getattr(cause, "sqlstate", None)
        return state is None or state.startswith(_OF_THE_SERVER) or state in {_NOT_PRIMARY, MOVED_STATE}
    return (
        _is_moved(cause)
        or isinstance(cause, sqlite3.OperationalError | OSError)
        or type(cause) is sqlite3.DatabaseError
    )


def is_out_of_reach(error: BaseException) -> bool:
    """Whether the connection itself is in doubt, so that the next try should make a new one."""
    return is_store_trouble(error) and translate(error).code == "storage.unreachable"


def translate(error: BaseException) -> EsosError:
    """The refusal that a store's failure stands for."""
    cause = _cause(error)
    if _is_of_psycopg(cause):
        return _translate_state(getattr(cause, "sqlstate", None) or "")
    if _is_moved(cause):
        return moved_away()
    code = getattr(cause, "sqlite_errorcode", 0) & _PRIMARY
    if code in _LOCKED:
        return locked()
    has_no_room = code in _FULL or (isinstance(cause, OSError) and cause.errno in _NO_ROOM)
    return full() if has_no_room else unreachable()


def _translate_state(state: str) -> EsosError:
    """By SQLSTATE (PostgreSQL, appendix A)."""
    if state == MOVED_STATE:
        return moved_away()
    if state.startswith(_TURN_NOT_HAD):
        return locked()
    return full() if state in _NO_ROOM_THERE else unreachable()


def _is_moved(cause: BaseException | None) -> bool:
    return isinstance(cause, sqlite3.IntegrityError) and str(cause) == MOVED_AWAY


def _cause(error: BaseException) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error


def _is_of_psycopg(cause: BaseException | None) -> bool:
    """Told without loading its driver, which most stations do without."""
    return type(cause).__module__.partition(".")[0] == "psycopg"
