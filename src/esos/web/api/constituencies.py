"""``/constituencies``: groups of members served by one station, and which of them each officer sees."""

from typing import Annotated

import msgspec
from litestar import get, put
from litestar.params import JSONBody, PathParameter
from msgspec import Meta

from esos.keys.speaker import Role
from esos.message.body import Body, Code, Party
from esos.message.constituency_bodies import (
    MEMBERS_AT_ONCE_MAX,
    VIEW_MAX_COUNT,
    ConstituencyNamed,
    MembersPlaced,
    ViewLimited,
)
from esos.station.constituencies import Constituency, constituencies_of
from esos.station.desk import Outcome
from esos.station.sight import view_of
from esos.station.station import Station
from esos.web.api.common import ACTING, SIGNED_IN, OfficerId
from esos.web.auth import Party as Asking
from esos.web.given import Me, TheStation
from esos.web.problems import problems
from esos.web.sight import WATCHERS

ConstituencyId = Annotated[
    str, PathParameter(pattern="^[a-z][a-z0-9_-]{0,39}$", description="A constituency's id, as its registrar chose it.")
]


class Constituencies(msgspec.Struct, frozen=True, kw_only=True):
    """Constituencies by name. ``view`` are those to which your own view is limited; empty: you see the whole station.

    ``unplaced`` counts the members that are in none: only officers who see the whole station see them.
    """

    constituencies: tuple[Constituency, ...]
    view: tuple[str, ...]
    unplaced: int


class ConstituencyGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a constituency is called; ``ended``: it is one no longer, and nobody is in it."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    ended: bool = False


class MembersGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Members to put into a constituency, or (``placed`` false) to take out of it."""

    members: Annotated[tuple[Party, ...], Meta(min_length=1, max_length=MEMBERS_AT_ONCE_MAX)]
    placed: bool = True


class ViewGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The constituencies that an officer sees; with none, the whole station."""

    constituencies: Annotated[tuple[Code, ...], Meta(max_length=VIEW_MAX_COUNT)] = ()


@get(
    "/constituencies",
    summary="Constituencies",
    security=SIGNED_IN,
    responses=problems(401, 403),
    tags=["constituencies"],
)
async def get_constituencies(me: Me, station: TheStation) -> Constituencies:
    """For the station's people: groups of members with those who see only them, as far as you see them."""
    me.need(*WATCHERS)
    return shown(station, me.name)


def shown(station: Station, officer: str) -> Constituencies:
    """The constituencies as somebody sees them."""
    directory = station.directory
    view = view_of(directory, officer)
    alone = [one for one in directory.members if not directory.constituencies.of(one)]
    return Constituencies(
        constituencies=constituencies_of(directory, only=view), view=tuple(sorted(view or ())), unplaced=len(alone)
    )


@put(
    "/constituencies/{constituency:str}",
    summary="Name a constituency",
    security=SIGNED_IN,
    responses=ACTING,
    tags=["constituencies"],
)
async def put_constituency(
    constituency: ConstituencyId, data: JSONBody[ConstituencyGiven], me: Me, station: TheStation
) -> Outcome:
    """A registrar names a group of members, gives it another name, or ends it."""
    body = ConstituencyNamed(constituency=constituency, name=data.name, ended=data.ended)
    return await _say(me, station, "constituency_named", body)


@put(
    "/constituencies/{constituency:str}/members",
    summary="Put members into a constituency",
    security=SIGNED_IN,
    responses=ACTING,
    tags=["constituencies"],
)
async def put_members(
    constituency: ConstituencyId, data: JSONBody[MembersGiven], me: Me, station: TheStation
) -> Outcome:
    """A registrar puts members into a constituency, or takes them out. One may be in several."""
    body = MembersPlaced(constituency=constituency, members=data.members, placed=data.placed)
    return await _say(me, station, "members_placed", body)


@put(
    "/officers/{officer:str}/view",
    summary="Limit what an officer sees",
    security=SIGNED_IN,
    responses=ACTING,
    tags=["constituencies"],
)
async def put_view(officer: OfficerId, data: JSONBody[ViewGiven], me: Me, station: TheStation) -> Outcome:
    """A registrar limits an officer's view to these constituencies, or with none gives back the whole station."""
    return await _say(me, station, "view_limited", ViewLimited(officer=officer, constituencies=data.constituencies))


async def _say(me: Asking, station: Station, kind: str, body: Body) -> Outcome:
    me.need_voice()
    me.need(Role.REGISTRAR)
    return await station.desk.say_body(me.speaker, kind, body, channel="api")


HANDLERS = [get_constituencies, put_constituency, put_members, put_view]
