"""The telephone tree as a page: one sheet of A4, black on white, for the wall beside the telephone."""

import io

import segno
from litestar import Response, get
from markupsafe import Markup

from esos.station.telephone_tree import telephone_tree
from esos.web.console.visit import TheVisit, page
from esos.web.given import CardOf

QR_SCALE = 3


@get("/telephone-tree")
async def show(visit: TheVisit, card_of: CardOf) -> Response[str]:
    """The tree as the register stands now."""
    visit.need_officer()
    card = card_of()
    tree = telephone_tree(visit.station, http=card.http, udp=card.udp)
    return page(visit, "tree.html", tree=tree, qr=_picture(tree.card))


def _picture(text: str) -> Markup:
    """The code as SVG: made here from nothing but modules, black on white in both themes."""
    out = io.BytesIO()
    segno.make(text, micro=False, error="m", boost_error=False).save(
        out, kind="svg", scale=QR_SCALE, border=2, xmldecl=False, svgns=False, dark="#000", light="#fff"
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - the library's own drawing; the text is not in it


HANDLERS = [show]
