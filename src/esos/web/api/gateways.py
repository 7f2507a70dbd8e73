"""``/gateways``, ``/texts`` and ``/rings``: answers by text message and by keypress, handed in by operators' programs.

Each program has a secret of its own. Law 6: what it hands in changes nothing unless number, code and words are clear.
"""

from typing import Annotated, Literal

import msgspec
from litestar import delete, post
from litestar.di import NamedDependency
from litestar.openapi.spec import SecurityRequirement
from litestar.params import JSONBody, PathParameter, SkipValidation
from msgspec import Meta

from esos.errors import Unauthenticated
from esos.keys.speaker import Role
from esos.station.keypress import Heard, Keypress, Spoken
from esos.station.short_answers import ShortAnswers
from esos.station.station import Station
from esos.web.api.common import ACTING, SIGNED_IN
from esos.web.auth import AnyRequest
from esos.web.given import Me, TheStation
from esos.web.problems import problems

NAME_PATTERN = "^[a-z0-9-]{1,40}$"
Name = Annotated[str, Meta(pattern=NAME_PATTERN)]
NameInPath = Annotated[str, PathParameter(pattern=NAME_PATTERN, description="What the gateway is called here.")]
Carries = Literal["text", "voice"]
TheTexts = NamedDependency[SkipValidation[ShortAnswers]]
"""``texts``: takes answers by text message."""
BY_SECRET: list[SecurityRequirement] = [{"bearer": []}]
"""A gateway shows its own secret."""


class GatewayWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A gateway to be let in: its name, and what it carries."""

    name: Name
    carries: Carries


class GatewaySecret(msgspec.Struct, frozen=True, kw_only=True):
    """The secret of a gateway's program, shown once."""

    name: str
    carries: str
    secret: str


class TextHandedIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text message as it came: the number that the network names as its sender, and its words."""

    number: Annotated[str, Meta(min_length=1, max_length=40)]
    text: Annotated[str, Meta(max_length=4000)]


class TextBack(msgspec.Struct, frozen=True, kw_only=True):
    """What to send back to the number; empty: nothing."""

    reply: str


async def _need_gateway(request: AnyRequest, station: Station, carries: Carries) -> None:
    """Raise ``Unauthenticated`` (``gateway.secret``) unless this gateway's secret came along."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    holder = await station.tokens.holder(secret.strip()) if scheme.lower() == "bearer" and secret else None
    is_one = holder is not None and holder.purpose == "gateway" and holder.about == carries.encode()
    if not is_one:
        raise Unauthenticated(
            "gateway.secret",
            f"This is for a {carries} gateway that the station has let in.",
            hint="Send Authorization: Bearer SECRET; a registrar makes one: esos gateway admit",
        )


@post("/gateways", summary="Let a gateway in", security=SIGNED_IN, responses=ACTING, tags=["gateways"])
async def post_gateway(data: JSONBody[GatewayWanted], me: Me, station: TheStation) -> GatewaySecret:
    """A secret for a program that hands in text messages or keypresses, made by a registrar."""
    me.need(Role.REGISTRAR)
    me.need_voice()
    secret = await station.tokens.gateway(data.name, data.carries)
    return GatewaySecret(name=data.name, carries=data.carries, secret=secret)


@delete("/gateways/{name:str}", summary="Dismiss a gateway", security=SIGNED_IN, responses=ACTING, tags=["gateways"])
async def delete_gateway(name: NameInPath, me: Me, station: TheStation) -> None:
    """Every secret of this gateway is void from now on."""
    me.need(Role.REGISTRAR)
    me.need_voice()
    await station.tokens.dismiss_gateway(name)


@post(
    "/texts",
    summary="Hand in a text message",
    security=BY_SECRET,
    status_code=200,
    responses=problems(401, 413),
    tags=["gateways"],
)
async def post_text(
    request: AnyRequest, data: JSONBody[TextHandedIn], station: TheStation, texts: TheTexts
) -> TextBack:
    """An answer by text message: ``coming CODE``, ``limited CODE 5``, ``no CODE 2 because …``.

    It counts from a registered number and with the code of one open request to that member only.
    """
    await _need_gateway(request, station, "text")
    return TextBack(reply=await texts.take(data.number, data.text))


@post(
    "/rings",
    summary="What to speak, and what was pressed",
    security=BY_SECRET,
    status_code=200,
    responses=problems(401, 413),
    tags=["gateways"],
)
async def post_ring_by_gateway(request: AnyRequest, data: JSONBody[Heard], station: TheStation) -> Spoken:
    """One turn of a call that a voice gateway makes: first without digits, then with what was pressed."""
    await _need_gateway(request, station, "voice")
    return await Keypress(station).turn(data)


HANDLERS = [post_gateway, delete_gateway, post_text, post_ring_by_gateway]
