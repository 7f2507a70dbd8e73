"""``/station``: who this is, where it listens, and under which pact."""

import msgspec
from litestar import get

from esos.web.card import StationCard
from esos.web.given import CardOf
from esos.web.problems import problems


@get("/station", summary="The station's card", responses=problems(), tags=["station"], sync_to_thread=False)
def get_station(card_of: CardOf) -> StationCard:
    """Name, key and addresses of this station: what a caller pins beforehand."""
    return card_of()


class Drills(msgspec.Struct, frozen=True, kw_only=True):
    """Exercises that this station plays."""

    drills: tuple[str, ...] = ()


@get("/drills", summary="Exercises", responses=problems(), tags=["station"], sync_to_thread=False)
def get_drills() -> Drills:
    """Exercises are played by ``esos drill`` on a station of their own, so a real station lists none."""
    return Drills()


HANDLERS = [get_station, get_drills]
