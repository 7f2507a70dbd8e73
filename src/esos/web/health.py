"""``/healthz`` and ``/readyz``: whether the process lives, and whether it would take a call and act on it."""

import asyncio
from http import HTTPStatus

import msgspec
from litestar import Response, get

from esos.errors import Busy
from esos.station.station import Station
from esos.web.given import TheProbe, TheSettings, TheStation
from esos.web.probe import PROBE_SECONDS, SILENT, Probe
from esos.web.problems import also
from esos.web.settings import WebSettings


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """``ok``, or what is wrong, a sentence each."""

    ok: bool
    troubles: tuple[str, ...] = ()


@get("/healthz", summary="Is the process alive?", tags=["health"])
async def get_healthz() -> Health:
    """Always 200 while the process can answer at all."""
    return Health(ok=True)


@get(
    "/readyz",
    summary="Would a call be taken and acted on?",
    responses=also(Health, _503="No, and why."),
    tags=["health"],
)
async def get_readyz(station: TheStation, settings: TheSettings, probe: TheProbe) -> Response[Health]:
    """200 when the journal takes a write, a pact is in force and nothing grows old in the inbox; else 503 and why."""
    troubles = await _troubles(station, settings, probe)
    status = HTTPStatus.SERVICE_UNAVAILABLE if troubles else HTTPStatus.OK
    return Response(Health(ok=not troubles, troubles=troubles), status_code=status)


async def _troubles(station: Station, settings: WebSettings, probe: Probe) -> tuple[str, ...]:
    if trouble := await probe.trouble():
        return (trouble,)
    troubles = []
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            oldest_ms = await station.journal.oldest_inbox_ms()
    except Busy as cause:
        return (str(cause),)
    except TimeoutError:
        return (SILENT,)
    if oldest_ms is not None and station.clock.now_ms() - oldest_ms > settings.inbox_age_max_ms:
        troubles.append("A statement has waited too long to be folded.")
    if station.directory.pact is None:
        troubles.append("No pact is in force, so no case can begin.")
    return tuple(troubles)


HANDLERS = [get_healthz, get_readyz]
