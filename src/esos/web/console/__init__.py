"""The console: pages for the caller, the watch, responders and readers. Server-rendered, whole without a script.

Law 4: what has happened, what happens next and when, in whole sentences, the same on every page.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from litestar import Response
from litestar.config.compression import CompressionConfig
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.middleware.compression import CompressionMiddleware
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig

from esos.station.station import Station
from esos.web.auth import AnyRequest
from esos.web.console import (
    access,
    answers,
    call,
    caller,
    constituencies,
    contacts,
    drill,
    enter,
    first_aid,
    keep,
    law,
    mine,
    practice,
    printed,
    proof,
    register,
    roster,
    take,
    talk,
    tongue,
    tree,
    watch,
    world,
)
from esos.web.console.visit import ENVIRONMENT, nobody, page, visit_of
from esos.web.csrf import Csrf
from esos.web.gate import BusyPage
from esos.web.problems import Problem
from esos.web.routers import OwnRouter
from esos.words.language import direction, language, speaking
from esos.words.urgency import Urgency

__all__ = ["busy_page", "page_of", "routes", "template_config", "warm_up"]

STATIC = Path(__file__).parent.parent / "static"
STATIC_SECONDS = 3_600
_PACKED = DefineMiddleware(CompressionMiddleware, config=CompressionConfig("gzip"))
"""Files only: how long a packed page is would tell of the secret in it, beside words that somebody else chose."""
_EITHER = (False, True)
_MARK = "token-of-this-form"
_MODULES = (
    call,
    caller,
    world,
    watch,
    answers,
    register,
    roster,
    proof,
    enter,
    keep,
    mine,
    access,
    drill,
    practice,
    tongue,
    contacts,
    first_aid,
    law,
    take,
    talk,
    tree,
    constituencies,
    printed,
)


def routes(known: Mapping[str, Provide] | None = None) -> list[Any]:
    """Every page, and the files they use. They need ``station``, ``csrf`` and ``settings`` as dependencies.

    ``known`` are further ones, of the pages alone.
    """
    handlers: list[Any] = [handler for module in _MODULES for handler in module.HANDLERS]
    needed = {**(known or {}), "visit": Provide(visit_of)}
    pages = OwnRouter(path="/", route_handlers=handlers, dependencies=needed, include_in_schema=False)
    files = create_static_files_router(
        path="/static",
        directories=[STATIC],
        cache_control=CacheControlHeader(max_age=STATIC_SECONDS, public=True),
        middleware=[_PACKED],
        include_in_schema=False,
        router_class=OwnRouter,
    )
    return [pages, files]


async def warm_up() -> None:
    """Compile every template, one after another between other work: calls are taken meanwhile, and no page waits."""
    for name in ENVIRONMENT.list_templates():
        ENVIRONMENT.get_template(name)
        await asyncio.sleep(0)


def template_config() -> TemplateConfig[JinjaTemplateEngine]:
    """The templates for whoever wants to render one; pages render by themselves."""
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(ENVIRONMENT))


def busy_page(station: Station) -> BusyPage:
    """The page for people while there is too much to do: it can be sent at once, and a call be made from it.

    It is rendered once for each thing it may say; only the token of the form is each reader's own.
    """
    made: dict[tuple[str, bool], tuple[bytes, bytes, bytes]] = {}
    for tongue_here in station.tongues.known.values():
        with speaking(tongue_here):
            made |= {(tongue_here.code, is_word): _busy_parts(station, is_word=is_word) for is_word in _EITHER}
    csrf = Csrf(station.identity.master)

    def show(cookie: str, *, is_word: bool) -> bytes:
        before, _, after = made[language(), is_word]
        return before + (csrf.token_for(cookie).encode() if cookie else b"") + after

    return show


def _busy_parts(station: Station, *, is_word: bool) -> tuple[bytes, bytes, bytes]:
    html = ENVIRONMENT.get_template("busy.html").render(
        station=station,
        urgencies=tuple(Urgency),
        csrf=_MARK,
        is_word=is_word,
        language=language(),
        direction=direction(),
    )
    return html.encode().partition(_MARK.encode())


def page_of(station: Station) -> Callable[[AnyRequest, Problem], Response[Any]]:
    """Shows a refusal to a person at a page: what is the matter, and what to do next."""

    def show(request: AnyRequest, problem: Problem) -> Response[Any]:
        return page(nobody(request, station), "refused.html", status=problem.status, problem=problem)

    return show
