"""``/station``: who this is, where it listens, and under which pact."""

from litestar import get

from esos.web.card import StationCard
from esos.web.given import CardOf
from esos.web.problems import problems


@get("/station", summary="The station's card", responses=problems(), tags=["station"], sync_to_thread=False)
def get_station(card_of: CardOf) -> StationCard:
    """Name, key and addresses of this station: what a caller pins beforehand."""
    return card_of()


HANDLERS = [get_station]
