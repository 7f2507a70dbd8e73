"""``/receipts``, ``/checkpoint`` and ``/log``: proofs for anybody, who needs to trust nobody (law 11).

A receipt proves without showing: the statement itself is in it only for those who may read its case.
"""

from collections.abc import AsyncIterator

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Stream

from esos.audit.log import LEAVES_PER_LINE, head_lines, header_line, leaves_lines
from esos.errors import Unknown
from esos.logbook.checkpoint import read_checkpoint
from esos.logbook.growth import GrowthFile, write_growth
from esos.logbook.receipt import write_receipt
from esos.logbook.tiles import TILE_WIDTH, read_tile_path, tile_bytes
from esos.station.records import REGISTER_ROUTE
from esos.station.station import Station
from esos.station.tombstone import is_erased
from esos.web.api.common import ANYBODY, LogSize, StatementId
from esos.web.auth import Party
from esos.web.given import TheStation, Who
from esos.web.problems import also, problems
from esos.web.sight import may_have, may_see, sees_all

FOR_EVER = "public, max-age=31536000, immutable"
LEAVES_AT_ONCE = 8 * LEAVES_PER_LINE
"""Leaves of an export that are in memory at once."""


@get(
    "/receipts/{statement:str}",
    summary="The proof that a statement is in the log",
    security=ANYBODY,
    responses=problems(401, 403, 404),
    tags=["log"],
)
async def get_receipt(statement: StatementId, who: Who, station: TheStation) -> Response[bytes]:
    """A receipt to verify offline with the station's pinned key; 404 ``receipt.not_yet`` for up to a second."""
    statement_id = bytes.fromhex(statement)
    shows = await _may_read(statement_id, who, station)
    receipt = await station.sequencer.receipt(statement_id, with_statement=shows)
    return Response(write_receipt(receipt), media_type="application/json")


async def _may_read(statement_id: bytes, who: Party | None, station: Station) -> bool:
    if who is None:
        return False
    entry = await station.journal.entry(statement_id)
    if entry is None:
        return False
    if entry.case is None:  # whoever sees a part of the station sees of the register what pages show, and no contacts
        return sees_all(who) and (station.narrowed_from is None or entry.route != REGISTER_ROUTE)
    if sees_all(who):
        return True
    record = await station.journal.case(entry.case)
    if record is None or is_erased(record):
        return False
    _, case = await station.views.record(entry.case)
    return may_see(who, case) and may_have(who.speaker, case, entry)


async def _checkpoint(station: Station) -> Response[str]:
    _, note = await station.journal.checkpoint()
    if not note:
        raise Unknown("log.empty", "The log has no entry yet.", hint="Ask again when something was said.")
    return Response(note.decode(), media_type="text/plain; charset=utf-8")


@get(
    "/checkpoint",
    summary="The newest signed checkpoint",
    responses=problems(404),
    media_type="text/plain",
    tags=["log"],
)
async def get_checkpoint(station: TheStation) -> Response[str]:
    """The head of the log as a signed note (C2SP tlog-checkpoint)."""
    return await _checkpoint(station)


@get(
    "/log/checkpoint",
    summary="The newest signed checkpoint, where C2SP expects it",
    responses=problems(404),
    media_type="text/plain",
    tags=["log"],
)
async def get_log_checkpoint(station: TheStation) -> Response[str]:
    """The same as ``/api/v1/checkpoint``."""
    return await _checkpoint(station)


@get(
    "/log/tile/{path:path}",
    summary="A tile of the log",
    responses=problems(404),
    media_type="application/octet-stream",
    tags=["log"],
)
async def get_tile(path: FromPath[str], station: TheStation) -> Response[bytes]:
    """Hashes of the tree (C2SP tlog-tiles): ``/log/tile/<level>/<number>[.p/<width>]``."""
    tile = read_tile_path("tile/" + path.strip("/"))
    size = await station.sequencer.catch_up()
    data = tile_bytes(tile, size, await station.sequencer.nodes(tile.nodes()))
    headers = {"Cache-Control": FOR_EVER} if tile.width == TILE_WIDTH else {}
    return Response(data, media_type="application/octet-stream", headers=headers)


@get(
    "/log/export",
    summary="The whole log",
    responses=problems(404),
    media_type="application/jsonl",
    tags=["log"],
)
async def get_log_export(station: TheStation) -> Stream:
    """Leaf hashes and the checkpoints kept, one an hour for a year and the newest, for ``esos verify log``."""
    notes = await station.journal.checkpoints()
    if not notes:
        raise Unknown("log.empty", "The log has no entry yet.", hint="Ask again when something was said.")
    return Stream(_whole_log(station, notes), media_type="application/jsonl")


async def _whole_log(station: Station, notes: list[bytes]) -> AsyncIterator[bytes]:
    """Part by part as it is read: however long the log, and however slowly it is taken, a part is in memory."""
    size = read_checkpoint(notes[-1]).checkpoint.size
    yield header_line(origin=station.identity.origin, public=station.identity.public)
    for start in range(0, size, LEAVES_AT_ONCE):
        hashes = await station.journal.leaf_hashes(start=start, stop=min(size, start + LEAVES_AT_ONCE))
        yield b"".join(leaves_lines(start, hashes))
    yield b"".join(head_lines(notes))


@get(
    "/log/growth/{since:int}",
    summary="The proof that the log goes on from its first so many leaves",
    responses=problems(400, 404) | also(GrowthFile, _200="The proof, as a file to keep."),
    media_type="application/json",
    tags=["log"],
)
async def get_growth(since: LogSize, station: TheStation) -> Response[bytes]:
    """A consistency proof from a checkpoint that you kept to the newest, for ``esos verify growth``.

    ``since`` is the size in the checkpoint that you kept, its second line.
    """
    return Response(write_growth(await station.sequencer.growth(since)), media_type="application/json")


HANDLERS = [get_receipt, get_checkpoint]
LOG_HANDLERS = [get_log_checkpoint, get_tile, get_log_export, get_growth]
