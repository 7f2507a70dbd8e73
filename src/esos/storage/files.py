"""Files kept for a case as they came, named by the hash of their bytes; they go when the case is erased.

Nothing here, and nothing that calls this, opens, renders or looks into one.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from sqlalchemy import Connection, func, select, update

from esos.errors import Conflict, Unknown
from esos.station.records import FileRoom, FilesUsed, Space
from esos.storage.schema import cases, files
from esos.storage.writer import WriteScope

MIB = 1_048_576
_ELSEWHERE = "Put the file where its readers can fetch it, and write down where that is."
_WORDS = "Write what is in it: words are taken. Files are, once the station has called you back."
_ALL_KEPT = f"{_ELSEWHERE} Cases whose time to be kept is over can be erased."


def _case_full(limit: Space) -> Conflict:
    return Conflict(
        "file.case_full",
        f"The files of one case have {limit.size_bytes // MIB} MiB together, and that is used up.",
        hint=_ELSEWHERE,
    )


def _case_many(limit: Space) -> Conflict:
    return Conflict("file.case_many", f"One case keeps at most {limit.number} files, and has so many.", hint=_ELSEWHERE)


def _own_full(limit: Space) -> Conflict:
    return Conflict(
        "file.own_full",
        f"Your files in this case have {limit.size_bytes // MIB} MiB together, and that is used up.",
        hint=_ELSEWHERE,
    )


def _own_many(limit: Space) -> Conflict:
    return Conflict(
        "file.own_many",
        f"This case keeps at most {limit.number} files of yours, and has so many.",
        hint=_ELSEWHERE,
    )


def _stranger_room(limit: Space) -> Conflict:
    return Conflict(
        "file.stranger_room",
        f"Until this station knows who called, the files of a call have {limit.size_bytes // MIB} MiB together.",
        hint=_WORDS,
    )


def _stranger_many(limit: Space) -> Conflict:
    return Conflict(
        "file.stranger_many",
        f"Until this station knows who called, it keeps at most {limit.number} files of a call.",
        hint=_WORDS,
    )


def _strangers_full(limit: Space) -> Conflict:
    del limit
    return Conflict(
        "file.strangers_full",
        "Files of callers whom this station does not know yet have no more room here just now.",
        hint=_WORDS,
    )


def _station_full(limit: Space) -> Conflict:
    del limit
    return Conflict("file.station_full", "The files of this station have no more room.", hint=_ALL_KEPT)


class _Full(NamedTuple):
    """How it is said that room is used up: by bytes, and by number."""

    by_size: Callable[[Space], Conflict]
    by_number: Callable[[Space], Conflict]


_CASE = _Full(_case_full, _case_many)
_OWN = _Full(_own_full, _own_many)
_STRANGERS = _Full(_stranger_room, _stranger_many)
_ALL_STRANGERS = _Full(_strangers_full, _strangers_full)
_STATION = _Full(_station_full, _station_full)


def put_file(scope: WriteScope, *, case_id: bytes, digest: bytes, content: bytes, now_ms: int, room: FileRoom) -> bool:
    """Keep a file of a case, once; whether it was not there yet.

    The bytes are written before the turn of the foldings is taken, which then lasts for two looks and the commit.
    """
    sql = scope.connection
    _need_case(sql, case_id)
    if room.is_known:
        strangers = (files.c.case_id == case_id, files.c.is_strangers)
        sql.execute(update(files).where(*strangers).values(is_strangers=False))
    if _has(sql, case_id, digest):
        return False
    _need_room(sql, case_id, Space(len(content), 1), room)
    values = {"case_id": case_id, "digest": digest, "size_bytes": len(content), "at_ms": now_ms, "party": room.party}
    keep = scope.driver.insert(files).values(**values, is_strangers=room.is_strangers, content=content)
    sql.execute(keep.on_conflict_do_nothing(index_elements=["case_id", "digest"]))
    scope.driver.lock("folds")  # an erasure that runs now must see it, or be seen
    _need_case(sql, case_id)
    _need_room(sql, case_id, Space(0, 0), room)
    return True


def _need_case(sql: Connection, case_id: bytes) -> None:
    blob = sql.execute(select(func.length(cases.c.blob)).where(cases.c.id == case_id)).scalar_one_or_none()
    if blob is None:
        raise Unknown("case.unknown", "This station has no such case.", hint="See the list of cases.")
    if not blob:
        raise Conflict("case.erased", "This case was erased: nothing is kept for it any more.")


def _has(sql: Connection, case_id: bytes, digest: bytes) -> bool:
    wanted = select(files.c.size_bytes).where(files.c.case_id == case_id, files.c.digest == digest)
    return sql.execute(wanted).scalar_one_or_none() is not None


def _need_room(sql: Connection, case_id: bytes, more: Space, room: FileRoom) -> None:
    """Raise ``Conflict`` with what is used up first, looked at from the case outwards."""
    of_case, own = _used_in(sql, case_id, room)
    used = used_by(sql)
    _need(of_case, more, room.case, _STRANGERS if room.is_strangers else _CASE)
    _need(own, more, room.own, _OWN)
    if room.is_strangers:
        _need(used.strangers, more, room.strangers, _ALL_STRANGERS)
    _need(used.station, more, room.station, _STATION)


def _used_in(sql: Connection, case_id: bytes, room: FileRoom) -> tuple[Space, Space]:
    """What the files of a case take, of strangers those of strangers; and of these the party's own."""
    counted = [files.c.case_id == case_id, *([files.c.is_strangers] if room.is_strangers else [])]
    wanted = select(files.c.party, func.sum(files.c.size_bytes), func.count()).where(*counted)
    rows = {party: Space(int(size), count) for party, size, count in sql.execute(wanted.group_by(files.c.party))}
    return _together(rows.values()), rows.get(room.party, Space(0, 0))


def _need(used: Space, more: Space, limit: Space, words: _Full) -> None:
    if used.size_bytes + more.size_bytes > limit.size_bytes:
        raise words.by_size(limit)
    if used.number + more.number > limit.number:
        raise words.by_number(limit)


def used_by(sql: Connection) -> FilesUsed:
    """How much room files take; read from an index, whatever the files hold."""
    wanted = select(files.c.is_strangers, func.sum(files.c.size_bytes), func.count()).group_by(files.c.is_strangers)
    rows = {bool(is_strangers): Space(int(size), count) for is_strangers, size, count in sql.execute(wanted)}
    return FilesUsed(station=_together(rows.values()), strangers=rows.get(True, Space(0, 0)))


def _together(rooms: Iterable[Space]) -> Space:
    found = tuple(rooms)
    return Space(sum(one.size_bytes for one in found), sum(one.number for one in found))


def file(connection: Connection, case_id: bytes, digest: bytes) -> bytes | None:
    """The bytes of a file of a case."""
    wanted = select(files.c.content).where(files.c.case_id == case_id, files.c.digest == digest)
    return connection.execute(wanted).scalar_one_or_none()
