"""``/invitations``: whom a registrar invited, and the door by which they accept with their own key."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody
from msgspec import Meta

from esos.keys.speaker import Role
from esos.logbook.base64s import from_url_safe
from esos.message.bodies import MemberInvited
from esos.message.card import Asn, Contact, Country, Text80, Text280
from esos.station.invite import INVITATION_BYTES, Guests, Invitation, accept, base_card, renewed, secret_for
from esos.web.api.common import ANYBODY, SIGNED_IN
from esos.web.given import CardOf, Me, TheStation
from esos.web.problems import problems

INVITED_AT_ONCE_MAX = 200
"""How many may be invited by one request."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to invite, as a list has it."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    kind: Text80 = "team"
    country: Country | None = None
    sectors: Annotated[tuple[Text80, ...], Meta(max_length=20)] = ()
    languages: Annotated[tuple[Annotated[str, Meta(pattern=r"^[a-z]{2,3}\Z")], ...], Meta(max_length=20)] = ()
    asns: Annotated[tuple[Asn, ...], Meta(max_length=100)] = ()
    prefixes: Annotated[tuple[Text80, ...], Meta(max_length=100)] = ()
    contacts: Annotated[tuple[Contact, ...], Meta(max_length=20)] = ()
    source: Text280 = ""


class WantedList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to invite; a member is left alone.

    Whoever is invited already gets a new secret. What is said of them now counts; what is left out stays as it was.
    """

    invite: Annotated[tuple[Wanted, ...], Meta(min_length=1, max_length=INVITED_AT_ONCE_MAX)]


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """The invitations made, each with its secret, and the names of members."""

    invitations: tuple[Invitation, ...]
    known: tuple[str, ...]


class InvitedRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was invited and has not accepted yet."""

    invitation: str
    name: str
    source: str


class InvitedList(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, by name."""

    invited: tuple[InvitedRow, ...]


class Acceptance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The secret of the invitation, and the card as whoever accepts signed it (COSE in base64url)."""

    secret: Annotated[str, Meta(min_length=1, max_length=200)]
    statement: Annotated[str, Meta(max_length=65_536)]


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The new member."""

    member: str
    name: str


@post("/invitations", summary="Invite members", security=SIGNED_IN, responses=problems(401, 403, 413), tags=["members"])
async def post_invitations(data: JSONBody[WantedList], me: Me, station: TheStation, card_of: CardOf) -> Made:
    """A registrar invites; the answer carries the secrets to hand over, which are not shown again."""
    me.need_voice()
    me.need(Role.REGISTRAR)
    made, known = list[Invitation](), list[str]()
    guests = Guests(station)
    for wanted in data.invite:
        if guests.is_member(wanted.name):
            known.append(wanted.name)
            continue
        earlier, said = guests.invited_as(wanted.name), msgspec.structs.asdict(wanted)
        if earlier is None:
            body = MemberInvited(invitation=station.dice.bytes(INVITATION_BYTES), **said)
        else:
            body = renewed(earlier, said)
        if body != earlier:
            await station.desk.say_body(me.speaker, "member_invited", body, channel="api")
            guests.invited(body)
        one = Invitation(
            invitation=body.invitation.hex(),
            secret=await secret_for(station, body.invitation),
            station=station.identity.name,
            http=card_of().http,
            card=base_card(body),
        )
        made.append(one)
    return Made(invitations=tuple(made), known=tuple(known))


@get("/invitations", summary="Invited members", security=SIGNED_IN, responses=problems(401, 403), tags=["members"])
async def get_invitations(me: Me, station: TheStation) -> InvitedList:
    """Who was invited and has not accepted yet."""
    me.need(Role.OFFICER, Role.REGISTRAR, Role.AUDITOR)
    rows = [
        InvitedRow(invitation=key.hex(), name=one.name, source=one.source)
        for key, one in station.directory.invited.items()
    ]
    return InvitedList(invited=tuple(sorted(rows, key=lambda row: (row.name, row.invitation))))


@post(
    "/invitations/accept",
    summary="Accept an invitation",
    security=ANYBODY,
    responses=problems(401, 403, 409, 413, 422),
    tags=["members"],
)
async def post_acceptance(data: JSONBody[Acceptance], station: TheStation) -> Accepted:
    """Whoever was invited becomes a member, by the secret of the invitation and its own signed card."""
    member = await accept(station, data.secret, from_url_safe(data.statement))
    return Accepted(member=member, name=station.directory.name_of(member))


HANDLERS = [post_invitations, get_invitations, post_acceptance]
