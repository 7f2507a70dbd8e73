"""The telephone tree as a page: one sheet of A4, black on white, for the wall beside the telephone."""

from litestar import Response, get

from esos.station.telephone_tree import telephone_tree
from esos.web.console.pictures import code_picture
from esos.web.console.visit import TheVisit, page
from esos.web.given import CardOf


@get("/telephone-tree")
async def show(visit: TheVisit, card_of: CardOf) -> Response[str]:
    """The tree as the register stands now."""
    visit.need_officer()
    card = card_of()
    tree = telephone_tree(visit.station, http=card.http, udp=card.udp)
    return page(visit, "tree.html", tree=tree, qr=code_picture(tree.card))


HANDLERS = [show]
