"""The station's HTTP application: interface, pages, proofs and figures over one station, put together.

Law 3: nothing here answers before the journal has it. Everything it needs arrives as an argument.
"""

import asyncio
import importlib
import importlib.util
from collections.abc import Callable
from functools import partial
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.types import Message, Scope

from esos.message.packet_keys import StationKeys
from esos.station.short_answers import ShortAnswers
from esos.station.station import Station
from esos.station.visit import Visits
from esos.web import health, metrics
from esos.web.accessing import accessing_hook
from esos.web.api import (
    accesses,
    beacon,
    calls,
    cases,
    constituencies,
    contacts,
    drafts,
    drills,
    erasure,
    events,
    files,
    gateways,
    invitations,
    laws,
    members,
    packets,
    pagerduty,
    practice,
    proofs,
    register,
    requests,
    roster,
    statements,
    telephone_tree,
)
from esos.web.api import station as station_api
from esos.web.auth import AnyRequest, Asked, Party, find_party, need_party, session_party
from esos.web.card import StationCard
from esos.web.csrf import Csrf
from esos.web.description import description
from esos.web.gate import Gate
from esos.web.given import TheAsked
from esos.web.headers import headers_hook
from esos.web.metrics import Doors, Metrics
from esos.web.pressure import Gauges, LoopWatch
from esos.web.probe import Probe
from esos.web.problems import handler
from esos.web.routers import OwnRouter
from esos.web.settings import WebSettings
from esos.web.sight import station_seen
from esos.web.speaking import in_own_language

__all__ = ["WebSettings", "create_app"]

API_PATH = "/api/v1"
_CONSOLE = "esos.web.console"
_RESOURCES = (
    station_api,
    statements,
    packets,
    calls,
    cases,
    laws,
    requests,
    members,
    invitations,
    register,
    roster,
    proofs,
    events,
    files,
    beacon,
    drills,
    practice,
    erasure,
    contacts,
    accesses,
    drafts,
    gateways,
    telephone_tree,
    constituencies,
)


def create_app(
    station: Station,
    *,
    card: Callable[[], StationCard],
    keys: StationKeys,
    settings: WebSettings | None = None,
    doors: Doors | None = None,
    loop: LoopWatch | None = None,
    stopping: asyncio.Event | None = None,
    shows_pages: bool = True,
) -> Litestar:
    """The application; without its pages it is made in a third of the time, which a command waits for.

    ``card`` says where the station listens; ``doors`` gives the doors' own figures, and ``loop`` how late all is.
    ``stopping`` ends open streams; whoever stops the server sets it first.
    """
    limits = settings or WebSettings()
    console = _console() if shows_pages else None
    doors = doors or Doors()
    gauges = Gauges(loop=loop, journal=station.journal, busy_percent=doors.busy_percent)
    gate = Gate(gauges.now, console.busy_page(station) if console else None)
    probe = Probe(station.trouble)
    figures = Metrics(station, gauges=gauges, gate=gate, doors=doors, probe=probe)
    app = Litestar(
        route_handlers=[OwnRouter(API_PATH, route_handlers=_api_handlers()), *_others(), *_pages(console, station)],
        dependencies=_dependencies(station, card, keys, limits, figures, probe, stopping or asyncio.Event(), doors),
        exception_handlers={Exception: handler(console.page_of(station) if console else None)},
        before_send=[headers_hook(is_secure=limits.cookie_secure), accessing_hook(station), _counting(figures)],
        openapi_config=description([*_api_handlers(), *_others()]),
        template_config=console.template_config() if console else None,
        request_max_body_size=limits.json_max_bytes,
        logging_config=None,
        debug=False,
    )
    app.asgi_handler = in_own_language(gate.before(app.asgi_handler), station.tongues)
    return app


def _api_handlers() -> list[Any]:
    return [one for module in _RESOURCES for one in module.HANDLERS]


def _others() -> list[Any]:
    return [*pagerduty.HANDLERS, *proofs.LOG_HANDLERS, *metrics.HANDLERS, *health.HANDLERS]


def _console() -> Any:
    return importlib.import_module(_CONSOLE) if importlib.util.find_spec(_CONSOLE) else None


def _pages(console: Any, station: Station) -> list[Any]:
    """Pages know people by their session alone, whatever else comes along."""

    async def asked(request: AnyRequest) -> Asked:
        return Asked(partial(session_party, request, station))

    return console.routes({"asked": Provide(asked)}) if console else []


def _dependencies(
    station: Station,
    card: Callable[[], StationCard],
    keys: StationKeys,
    settings: WebSettings,
    figures: Metrics,
    probe: Probe,
    stopping: asyncio.Event,
    doors: Doors,
) -> dict[str, Provide]:
    """What every handler may ask for by name."""
    csrf = Csrf(station.identity.master)

    async def asked(request: AnyRequest) -> Asked:
        return Asked(partial(find_party, request, station, csrf))

    async def me(asked: TheAsked) -> Party:
        return await need_party(asked)

    async def who(asked: TheAsked) -> Party | None:
        return await asked.party()

    async def seen(request: AnyRequest, asked: TheAsked) -> Station:
        return await station_seen(request, station, asked)

    values: dict[str, Any] = {
        "settings": settings,
        "csrf": csrf,
        "visits": Visits(station),
        "card_of": card,
        "keys": keys,
        "figures": figures,
        "probe": probe,
        "streams": events.Streams(settings),
        "stopping": stopping,
        "take_packet": doors.packets,
        "texts": ShortAnswers(station),
    }
    fixed = {name: Provide(_giving(value), sync_to_thread=False) for name, value in values.items()}
    return {**fixed, "asked": Provide(asked), "me": Provide(me), "who": Provide(who), "station": Provide(seen)}


def _giving(value: Any) -> Callable[[], Any]:
    return lambda: value


def _counting(figures: Metrics) -> Any:
    async def count(message: Message, scope: Scope) -> None:
        del scope
        if message["type"] == "http.response.start":
            figures.answers.labels(status=str(message["status"])).inc()

    return count
