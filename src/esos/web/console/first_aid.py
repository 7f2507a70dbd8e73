"""First aid for everybody, with nobody signed in: the list of cards, one card, and all of them for the wall.

Nothing here asks who reads: the page is there before a call, during one, and on paper when all else is gone.
"""

from litestar import Response, get
from litestar.params import FromPath

from esos.message.printed_card import Row, watch_rows
from esos.web.card import StationCard
from esos.web.console.visit import TheVisit, page
from esos.web.given import CardOf
from esos.words.evidence import FIRST
from esos.words.first_aid_whole import named_card, whole_cards


@get("/first-aid")
async def show_list(visit: TheVisit) -> Response[str]:
    """Every card by its title."""
    return page(visit, "first_aid.html", cards=whole_cards())


@get("/first-aid/wall")
async def show_wall(visit: TheVisit, card_of: CardOf) -> Response[str]:
    """Every card on a sheet of its own, black on white."""
    return page(visit, "first_aid_wall.html", cards=whole_cards(), first=FIRST, reach=_reach(card_of()))


@get("/first-aid/{nature:str}")
async def show_card(nature: FromPath[str], visit: TheVisit, card_of: CardOf) -> Response[str]:
    """One card whole: what to do, what to leave alone, why, what to keep, and what it rests on."""
    return page(visit, "first_aid_wall.html", cards=(named_card(nature),), first=FIRST, reach=_reach(card_of()))


def _reach(card: StationCard) -> tuple[Row, ...]:
    """How the watch is reached from the wall, telephone first."""
    return watch_rows(telephone=card.telephone, text=card.text, mailbox=card.mailbox, http=card.http)


HANDLERS = [show_list, show_wall, show_card]
