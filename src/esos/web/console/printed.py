"""A member's printed card made in the browser: one sheet of A4 for the drawer, its numbers shown this once."""

from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from esos.errors import EsosError, Unknown
from esos.keys.speaker import Role
from esos.message.printed_card import CARD_NUMBERS, CARD_NUMBERS_MAX, PrintedCard, Sheet, sheet_of
from esos.station.desk import need_role
from esos.web.auth import AnyRequest
from esos.web.console.fields import whole
from esos.web.console.pictures import code_picture
from esos.web.console.visit import TheVisit, Visit, form_of, page
from esos.web.given import CardOf, TheCsrf
from esos.web.printing import printed_card
from esos.words.language import choose, direction, later, speaking


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A card as it is printed, in its own language whatever the page's."""

    card: PrintedCard
    sheet: Sheet
    code: str
    direction: str


@get("/register/{member:str}/card")
async def ask(member: FromPath[str], visit: TheVisit) -> Response[str]:
    """How many numbers, and in which language; both are filled in."""
    need_role(visit.need_anybody(), Role.REGISTRAR)
    return await _page(visit, member)


@post("/register/{member:str}/card", status_code=200)
async def make(
    member: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf, card_of: CardOf
) -> Response[Any]:
    """Make the card; the answer is the sheet."""
    speaker = visit.need_anybody()
    form = await form_of(request, visit, csrf)
    need_role(speaker, Role.REGISTRAR)
    try:
        count = whole(form.get("count"), later("One-time numbers")) or CARD_NUMBERS
        wanted = max(1, min(count, CARD_NUMBERS_MAX))
        made = await printed_card(visit.station, card_of(), member, count=wanted, language=form.get("language"))
    except EsosError as cause:
        return await _page(visit, member, notice=cause)
    return await _page(visit, member, paper=_paper(visit, made))


def _paper(visit: Visit, card: PrintedCard) -> Paper:
    with speaking(choose(visit.station.tongues.known, card.language)):
        return Paper(card=card, sheet=sheet_of(card), code=code_picture(card.qr), direction=direction())


async def _page(
    visit: Visit, member: str, *, paper: Paper | None = None, notice: EsosError | None = None
) -> Response[str]:
    card = visit.station.directory.members.get(member)
    if card is None:
        raise Unknown("member.unknown", "No such member is registered here.", hint="See the register.")
    tongues = visit.station.tongues
    return page(
        visit,
        "printed_card.html",
        status=notice.status if notice else 200,
        member=member,
        name=card.name,
        paper=paper,
        count=CARD_NUMBERS,
        count_max=CARD_NUMBERS_MAX,
        own_language=(await tongues.of(member)).code,
        spoken=tuple(tongues.known),
        notice=notice,
    )


HANDLERS = [ask, make]
