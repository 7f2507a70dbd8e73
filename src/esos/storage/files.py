"""Files kept for a case as they came, named by the hash of their bytes; they go when the case is erased.

Nothing here, and nothing that calls this, opens, renders or looks into one.
"""

from sqlalchemy import Connection, func, select, update

from esos.errors import Conflict, Unknown
from esos.station.records import FileRoom, FilesUsed
from esos.storage.schema import cases, files
from esos.storage.writer import WriteScope

MIB = 1_048_576


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
    _need_room(sql, case_id, len(content), room)
    values = {"case_id": case_id, "digest": digest, "size_bytes": len(content), "at_ms": now_ms}
    keep = scope.driver.insert(files).values(**values, is_strangers=room.is_strangers, content=content)
    sql.execute(keep.on_conflict_do_nothing(index_elements=["case_id", "digest"]))
    scope.driver.lock("folds")  # an erasure that runs now must see it, or be seen
    _need_case(sql, case_id)
    _need_room(sql, case_id, 0, room)
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


def _need_room(sql: Connection, case_id: bytes, size_bytes: int, room: FileRoom) -> None:
    counted = [files.c.case_id == case_id, *([files.c.is_strangers] if room.is_strangers else [])]
    of_case = sql.execute(select(func.sum(files.c.size_bytes)).where(*counted)).scalar_one() or 0
    used = used_by(sql)
    if of_case + size_bytes > room.case_bytes:
        raise _no_room_of_stranger(room) if room.is_strangers else _case_full(room)
    if room.is_strangers and used.strangers_bytes + size_bytes > room.strangers_bytes:
        raise Conflict(
            "file.strangers_full",
            "Files of callers whom this station does not know yet have no more room here just now.",
            hint="Write what is in it: words are taken. Files are, once the station has called you back.",
        )
    if used.station_bytes + size_bytes > room.station_bytes:
        raise Conflict(
            "file.station_full",
            "The files of this station have no more room.",
            hint="Put the file where its readers can fetch it, and write down where that is. Cases whose time to be "
            "kept is over can be erased.",
        )


def _no_room_of_stranger(room: FileRoom) -> Conflict:
    return Conflict(
        "file.stranger_room",
        f"Until this station knows who called, the files of a call have {room.case_bytes // MIB} MiB together.",
        hint="Write what is in it: words are taken. Files are, once the station has called you back.",
    )


def _case_full(room: FileRoom) -> Conflict:
    return Conflict(
        "file.case_full",
        f"The files of one case have {room.case_bytes // MIB} MiB together, and that is used up.",
        hint="Put the file where its readers can fetch it, and write down where that is.",
    )


def used_by(sql: Connection) -> FilesUsed:
    """How much room files take; read from an index, whatever the files hold."""
    sums = {
        bool(is_strangers): int(size)
        for is_strangers, size in sql.execute(
            select(files.c.is_strangers, func.sum(files.c.size_bytes)).group_by(files.c.is_strangers)
        )
    }
    return FilesUsed(station_bytes=sum(sums.values()), strangers_bytes=sums.get(True, 0))


def file(connection: Connection, case_id: bytes, digest: bytes) -> bytes | None:
    """The bytes of a file of a case."""
    wanted = select(files.c.content).where(files.c.case_id == case_id, files.c.digest == digest)
    return connection.execute(wanted).scalar_one_or_none()
