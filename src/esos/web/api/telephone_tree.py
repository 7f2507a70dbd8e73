"""``/telephone-tree``: whom to ring in which order, for officers to print before they need it."""

from litestar import get

from esos.station.telephone_tree import TelephoneTree, telephone_tree
from esos.web.api.common import SIGNED_IN
from esos.web.given import CardOf, Me, TheStation
from esos.web.problems import problems
from esos.web.sight import WATCHERS


@get("/telephone-tree", summary="The telephone tree", security=SIGNED_IN, responses=problems(401, 403), tags=["roster"])
async def get_telephone_tree(me: Me, station: TheStation, card_of: CardOf) -> TelephoneTree:
    """From the roster, the ladder and the register as they stand now: numbers, and who rings whom next."""
    me.need(*WATCHERS)
    card = card_of()
    return telephone_tree(station, http=card.http, udp=card.udp)


HANDLERS = [get_telephone_tree]
