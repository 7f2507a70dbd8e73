"""``/drills``: how the drills of an exercise station stand. Whoever plays says it, anybody may look on (law 7)."""

from typing import Annotated

import msgspec
from litestar import get, put
from litestar.params import JSONBody, PathParameter

from esos.errors import Malformed
from esos.keys.speaker import Role
from esos.station.drills import (
    DRILL_STATE_MAX_BYTES,
    NAME_PATTERN,
    Act,
    DrillState,
    Seat,
    Standing,
    drill,
    drills,
    keep_drill,
    need_exercise,
)
from esos.web.api.common import SIGNED_IN
from esos.web.given import Me, TheStation
from esos.web.problems import problems

NameInPath = Annotated[
    str, PathParameter(pattern=NAME_PATTERN, description="A drill's name, as esos drill list shows it.")
]


class DrillRow(msgspec.Struct, frozen=True, kw_only=True):
    """A drill in a list."""

    name: str
    title: str
    when: str
    act: Act
    now: str


class Drills(msgspec.Struct, frozen=True, kw_only=True):
    """The drills that this station remembers, the newest first; a real station has none."""

    drills: tuple[DrillRow, ...] = ()


class DrillView(msgspec.Struct, frozen=True, kw_only=True):
    """A drill as far as it is played, and the parts that visitors took. The watch officer's link is left out."""

    drill: DrillState
    seats: tuple[Seat, ...]
    said_ms: int


@get("/drills", summary="Exercises", responses=problems(), tags=["drills"])
async def get_drills(station: TheStation) -> Drills:
    """Exercises are played on a station of their own, so a real station lists none."""
    found = [one.state for one in await drills(station.journal)]
    return Drills(
        drills=tuple(DrillRow(name=one.name, title=one.title, when=one.when, act=one.act, now=one.now) for one in found)
    )


@get("/drills/{name:str}", summary="How an exercise stands", responses=problems(404), tags=["drills"])
async def get_drill(name: NameInPath, station: TheStation) -> DrillView:
    """What has happened in a drill, what comes next, and how it ended; open to anybody who looks on."""
    return _view(await drill(station.journal, name))


@put(
    "/drills/{name:str}",
    summary="Say how an exercise stands",
    security=SIGNED_IN,
    responses=problems(401, 403, 409, 413),
    request_max_body_size=DRILL_STATE_MAX_BYTES,
    tags=["drills"],
)
async def put_drill(name: NameInPath, data: JSONBody[DrillState], me: Me, station: TheStation) -> DrillView:
    """Whoever plays a drill says how it stands, as a registrar of an exercise station."""
    me.need_voice()
    me.need(Role.REGISTRAR)
    need_exercise(station.identity)
    if data.name != name:
        raise Malformed("drill.name", "The drill in the body has another name than its address.")
    return _view(await keep_drill(station.journal, data, now_ms=station.clock.now_ms()))


def _view(standing: Standing) -> DrillView:
    shown = msgspec.structs.replace(standing.state, watch_link="")
    return DrillView(drill=shown, seats=standing.seats, said_ms=standing.said_ms)


HANDLERS = [get_drills, get_drill, put_drill]
