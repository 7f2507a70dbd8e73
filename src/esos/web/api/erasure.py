"""``/erased`` and ``/retention``: what is left of erased cases, and which closed ones are past their time."""

import msgspec
from litestar import get, post

from esos.keys.speaker import Role
from esos.station.retention import Retention, erase_past_time, past_time
from esos.station.tombstone import Tombstone
from esos.web.api.common import ACTING, SIGNED_IN
from esos.web.given import Me, TheSettings, TheStation
from esos.web.problems import problems
from esos.web.sight import WATCHERS


class Tombstones(msgspec.Struct, frozen=True, kw_only=True):
    """Erased cases, newest first."""

    erased: tuple[Tombstone, ...]


@get("/erased", summary="Erased cases", security=SIGNED_IN, responses=problems(401, 403), tags=["cases"])
async def get_erased(me: Me, station: TheStation, settings: TheSettings) -> Tombstones:
    """Who erased which case, when and why: all that is left of it here."""
    me.need(*WATCHERS)
    return Tombstones(erased=tuple(await station.views.tombstones(limit=settings.list_max_items)))


@get(
    "/retention",
    summary="Cases that are past their time",
    security=SIGNED_IN,
    responses=problems(401, 403),
    tags=["cases"],
)
async def get_retention(me: Me, station: TheStation) -> Retention:
    """Closed cases that the pact in force wants kept no longer. Nothing is erased by looking."""
    me.need(*WATCHERS)
    return await past_time(station)


@post(
    "/retention",
    summary="Erase what is past its time",
    security=SIGNED_IN,
    response_description="What was found; all of it but what is on hold is erased by the station.",
    responses=ACTING,
    tags=["cases"],
)
async def post_retention(me: Me, station: TheStation) -> Retention:
    """The station erases every closed case that is past its time and not on hold, each by a statement of its own."""
    me.need(Role.REGISTRAR)
    me.need_voice()
    return await erase_past_time(station)


HANDLERS = [get_erased, get_retention, post_retention]
