"""Between the QUIC door and a station: a call is judged and committed as at any other door, and then answered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from esos.carriers.address import address_taken, read_listening, write_address
from esos.carriers.quic_door import QuicDoor, QuicLimits, Submit
from esos.carriers.quic_wire import Answer, Kept, Said
from esos.carriers.udp_intake import said_of
from esos.errors import EsosError, Forbidden
from esos.message.reading import read_any
from esos.station.station import Station

CALLS = frozenset({"called", "relayed", "updated", "cancelled", "tested"})
"""What may be said by QUIC: what a call packet can say. The rest has time for HTTPS."""
_log = structlog.get_logger(__name__)


def quic_submit_to(station: Station) -> Submit:
    """Commit what came through the QUIC door; its answer is made only after that (law 3).

    Somebody unknown is heard within the same budget as at every other door.
    """

    async def submit(said: Said) -> Answer:
        kind = read_any(said.cose).kind
        if kind not in CALLS:
            raise Forbidden("quic.kind", f"{kind!r} is not said by QUIC.", hint="Send it over HTTPS.")
        taken = await station.intake.take(said.cose, stranger_key=said.author)
        info = await said_of(taken, station)
        return Kept(statement=taken.statement.id, state=info.state, at_ms=info.at_ms)

    async def logged(said: Said) -> Answer:
        try:
            return await submit(said)
        except EsosError as refusal:
            _log.info("quic_call_refused", code=refusal.code)
            raise

    return logged


@asynccontextmanager
async def quic_door_open(
    station: Station, written: str, certified: tuple[object, object], limits: QuicLimits | None = None
) -> AsyncIterator[tuple[QuicDoor, str]]:
    """The station's QUIC door at ``ADDRESS:PORT``, and where it really listens, while the block runs.

    ``certified`` is a certificate and its key. Raises ``Conflict`` (``station.address_taken``) and
    ``Malformed`` (``udp.address``).
    """
    certificate, key = certified
    door = QuicDoor(submit=quic_submit_to(station), certificate=certificate, key=key, limits=limits)
    listening = door.listening(read_listening(written))
    try:
        address = await listening.__aenter__()
    except OSError as cause:
        raise address_taken(f"QUIC {written}", cause) from cause
    try:
        yield door, write_address(address)
    finally:
        await listening.__aexit__(None, None, None)
