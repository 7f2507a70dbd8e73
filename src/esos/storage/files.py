"""Files kept for a case as they came, named by the hash of their bytes; they go when the case is erased.

Nothing here, and nothing that calls this, opens, renders or looks into one.
"""

from sqlalchemy import Connection, func, select

from esos.errors import Conflict, Unknown
from esos.storage.schema import cases, files
from esos.storage.writer import WriteScope


def put_file(scope: WriteScope, *, case_id: bytes, digest: bytes, content: bytes, now_ms: int, room_bytes: int) -> bool:
    """Keep a file of a case, once; whether it was not there yet."""
    sql = scope.connection
    scope.driver.lock("folds")  # an erasure that runs now must see it, or be seen
    blob = sql.execute(select(cases.c.blob).where(cases.c.id == case_id)).scalar_one_or_none()
    if blob is None:
        raise Unknown("case.unknown", "This station has no such case.", hint="See the list of cases.")
    if not blob:
        raise Conflict("case.erased", "This case was erased: nothing is kept for it any more.")
    if file(sql, case_id, digest) is not None:
        return False
    used = sql.execute(select(func.sum(files.c.size_bytes)).where(files.c.case_id == case_id)).scalar_one() or 0
    if used + len(content) > room_bytes:
        raise Conflict(
            "file.case_full",
            f"The files of one case have {room_bytes // 1_048_576} MiB together, and that is used up.",
            hint="Put the file where its readers can fetch it, and write down where that is.",
        )
    values = {"case_id": case_id, "digest": digest, "size_bytes": len(content), "at_ms": now_ms, "content": content}
    sql.execute(files.insert().values(**values))
    return True


def file(connection: Connection, case_id: bytes, digest: bytes) -> bytes | None:
    """The bytes of a file of a case."""
    wanted = select(files.c.content).where(files.c.case_id == case_id, files.c.digest == digest)
    return connection.execute(wanted).scalar_one_or_none()
