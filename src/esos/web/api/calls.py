"""``/calls``: a call as plain JSON, by anybody, with or without a token (law 2)."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Response, post
from litestar.params import JSONBody
from msgspec import Meta

from esos.errors import EsosError
from esos.message.bodies import CallDetails, NatureCode
from esos.station.station import Station
from esos.station.visit import CallMade, RelayFor, details_from
from esos.web.api.common import ANYBODY
from esos.web.auth import AnyRequest, Party, Way, find_party
from esos.web.card import StationCard
from esos.web.csrf import Csrf
from esos.web.given import CardOf, TheCsrf, TheStation, TheVisits
from esos.web.problems import also, problems
from esos.words.nature import Nature

NatureWord = Annotated[str, Meta(max_length=20, extra_json_schema={"enum": [nature.slug for nature in Nature]})]
CallHex = Annotated[str, Meta(pattern="^([0-9a-f]{16})?$")]
Name = Annotated[str, Meta(max_length=80)]


class DetailsGiven(CallDetails, kw_only=True):
    """What the caller can see; ``natures`` as words (``flooding``) or codes (2). Everything may be left out."""

    natures: Annotated[tuple[NatureCode | NatureWord, ...], Meta(max_length=8)] = ()  # type: ignore[assignment]


class CallGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call. ``call`` is the caller's own id for it (8 random bytes in hexadecimal), so that a repetition is known.

    Without a token, repeat it word for word: then you get the same case, and its page. Keep the id to yourself.
    ``card_token`` is the number on the caller's printed card. ``relay_for`` says that you call for
    somebody else, and for whom.
    """

    details: DetailsGiven = msgspec.field(default_factory=DetailsGiven)
    caller_name: Name = ""
    call: CallHex = ""
    card_token: Annotated[str, Meta(max_length=40)] = ""
    relay_for: RelayFor | None = None


class CallTaken(msgspec.Struct, frozen=True, kw_only=True):
    """The station has the call. Arrived means that a machine has it: ``page`` shows when a person does.

    ``known_by`` says how the station knew the caller: ``nothing`` for a visitor. ``page`` carries a
    secret, ``token``, that lets its holder see and cancel this one case. ``case`` is empty while the
    call is kept and not folded yet. ``card_accepted`` is null where no card was shown; ``caller`` is the
    member whose card it was, else empty.
    """

    case: str
    call: str
    state: str
    statement: str
    seq: int
    at_ms: int
    page: str
    token: str
    receipt: str
    known_by: str
    card_accepted: bool | None
    caller: str


@post(
    "/calls",
    summary="Call for help",
    security=ANYBODY,
    response_description="The call has arrived.",
    responses=problems(403, 404, 409, 413) | also(CallTaken, _202="Kept, not folded yet."),
    tags=["calls"],
)
async def post_call(
    request: AnyRequest,
    data: JSONBody[CallGiven],
    station: TheStation,
    csrf: TheCsrf,
    visits: TheVisits,
    card_of: CardOf,
) -> Response[CallTaken]:
    """Call for help, for yourself or (``relay_for``) for somebody else.

    Without a token, or with one that does not hold, you are a visitor: you are heard, called back, and
    everybody asked may give advice.
    """
    who = await _heard_as(request, station, csrf)
    made = await visits.call(
        details_from(msgspec.to_builtins(data.details)),
        speaker=who.speaker if who else None,
        caller_name=data.caller_name,
        call=bytes.fromhex(data.call),
        card_token=data.card_token,
        relay_for=data.relay_for,
        channel="api",
    )
    return Response(_taken(made, card_of), status_code=HTTPStatus.CREATED if made.outcome.case else HTTPStatus.ACCEPTED)


async def _heard_as(request: AnyRequest, station: Station, csrf: Csrf) -> Party | None:
    """Whoever calls, None for somebody nobody knows. Credentials that do not hold refuse no call (law 2)."""
    try:
        party = await find_party(request, station, csrf)
    except EsosError:
        return None
    return party if party is not None and party.way is not Way.PRESENTED else None


def _taken(made: CallMade, card_of: Callable[[], StationCard]) -> CallTaken:
    outcome = made.outcome
    return CallTaken(
        case=outcome.case,
        call=made.call,
        state=made.state,
        statement=outcome.statement,
        seq=outcome.seq,
        at_ms=outcome.at_ms,
        page=f"{card_of().http}/c/{made.link}",
        token=made.link,
        receipt=f"/api/v1/receipts/{outcome.statement}",
        known_by=made.known_by,
        card_accepted=made.card_accepted,
        caller=made.caller,
    )


HANDLERS = [post_call]
