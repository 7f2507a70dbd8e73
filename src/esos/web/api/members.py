"""``/members``: the register of those who can call and help, and what is said about each."""

from typing import Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody

from esos.errors import Unknown
from esos.keys.speaker import Role
from esos.logbook.base64s import from_url_safe
from esos.message.bodies import MemberRegistered
from esos.message.card import Capability, Contact, MemberCard
from esos.message.kinds import Scope
from esos.message.printed_card import CARD_NUMBERS, CardNumbers, PrintedCard
from esos.station.cards import check_card
from esos.station.desk import Outcome
from esos.station.heartbeats import BeaconView, beacons_of
from esos.station.station import Station
from esos.web.api.common import ACTING, READING, SAYING, SIGNED_IN, MemberId, SayingOnMember, answer, body_for
from esos.web.auth import Party, Way
from esos.web.given import CardOf, Me, TheStation
from esos.web.printing import printed_card
from esos.web.problems import problems
from esos.web.sight import WATCHERS


class MemberRow(msgspec.Struct, frozen=True, kw_only=True):
    """A member as other members see it."""

    member: str
    name: str
    kind: str
    country: str
    sectors: tuple[str, ...]
    hours: str
    timezone: str
    languages: tuple[str, ...]
    capabilities: tuple[Capability, ...]
    suspended: bool


class Members(msgspec.Struct, frozen=True, kw_only=True):
    """The register, by name."""

    members: tuple[MemberRow, ...]


class MemberView(MemberRow, frozen=True, kw_only=True):
    """A member whole. ``contacts`` and ``sponsors`` are for the station's officers and the member itself.

    ``keys`` are the kids of its keys in hexadecimal. ``homes`` is its home list, by kid, and ``beacons`` say when each
    key's heartbeat was last heard; after ``suspected_after_minutes`` of silence it wants an officer to look, 0 for
    never. These are for the same people.
    """

    keys: tuple[str, ...]
    contacts: tuple[Contact, ...] = ()
    sponsors: tuple[str, ...] = ()
    homes: tuple[str, ...] = ()
    beacons: tuple[BeaconView, ...] = ()
    suspected_after_minutes: int = 0


class CardGiven(msgspec.Struct, frozen=True, kw_only=True):
    """What ``esos member card`` prints; ``statement`` is the card as the member signed it (COSE in base64url)."""

    statement: str
    card: dict[str, object] = {}


class Registered(Outcome, frozen=True, kw_only=True):
    """A member was registered."""

    member: str


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret, shown once and kept as a hash only. ``purpose`` is ``token``, ``link`` or ``card``."""

    purpose: str
    secret: str
    link: str = ""


class SecretWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which secret: a program's token for a year, a one-time sign-in link, or the number for a printed card."""

    purpose: Literal["token", "link", "card"]


class PrintedWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many one-time numbers, and in which language the card is read; empty for the member's own."""

    count: CardNumbers = CARD_NUMBERS
    language: Literal["", "en", "fr", "es", "ar"] = ""


@get("/members", summary="The register", security=SIGNED_IN, responses=problems(401, 403), tags=["members"])
async def get_members(me: Me, station: TheStation) -> Members:
    """Every member, by name, without its contacts."""
    me.need(*WATCHERS, Role.MEMBER)
    cards = station.directory.members.items()
    rows = [MemberRow(**_row(member, card, station)) for member, card in cards]
    return Members(members=tuple(sorted(rows, key=lambda row: (row.name, row.member))))


@get("/members/{member:str}", summary="A member", security=SIGNED_IN, responses=READING, tags=["members"])
async def get_member(member: MemberId, me: Me, station: TheStation) -> MemberView:
    """A member, with its contacts for those who may call it."""
    me.need(*WATCHERS, Role.MEMBER)
    card = _card_of(member, station)
    view = MemberView(**_row(member, card, station), keys=tuple(kid.hex() for kid in station.directory.keys_of(member)))
    if not (me.has(*WATCHERS) or me.name == member):
        return view
    sponsors = tuple(sorted(station.directory.sponsors.get(member, ())))
    return msgspec.structs.replace(
        view,
        contacts=card.contacts,
        sponsors=sponsors,
        homes=tuple(kid.hex() for kid in station.directory.homes.get(member, ())),
        beacons=tuple(beacons_of(station.heartbeats, station.directory, member)),
        suspected_after_minutes=station.directory.suspected_after_minutes(member),
    )


@post(
    "/members",
    summary="Register a member",
    security=SIGNED_IN,
    responses=problems(401, 403, 409, 413, 422),
    tags=["members"],
)
async def post_member(data: JSONBody[CardGiven], me: Me, station: TheStation) -> Registered:
    """A registrar enters a member by the card that the member signed; again with a newer card, to change it."""
    me.need_voice()
    me.need(Role.REGISTRAR)
    proof = from_url_safe(data.statement)
    member, card = check_card(proof, station.identity)
    body = MemberRegistered(member=member, card=card, proof=proof)
    outcome = await station.desk.say_body(me.speaker, "member_registered", body, channel="api")
    return Registered(**msgspec.structs.asdict(outcome), member=member)


@post(
    "/members/{member:str}/statements",
    summary="Say something of a member",
    security=SIGNED_IN,
    response_description="It was said, and changed something.",
    responses=SAYING,
    tags=["members"],
)
async def post_member_statement(
    member: MemberId, data: JSONBody[SayingOnMember], me: Me, station: TheStation
) -> Response[Outcome]:
    """Suspend, sponsor, enrol or revoke a key, state what is free: by a registrar, or by the member itself."""
    me.need_voice()
    me.need(Role.REGISTRAR, Role.OFFICER, Role.MEMBER)
    _card_of(member, station)
    body = body_for(data, Scope.REGISTER, member=member)
    return answer(await station.desk.say_body(me.speaker, data.kind, body, channel="api"))


@post(
    "/members/{member:str}/secrets",
    summary="A secret for a member",
    security=SIGNED_IN,
    responses=ACTING,
    tags=["members"],
)
async def post_member_secret(
    member: MemberId, data: JSONBody[SecretWanted], me: Me, station: TheStation, card_of: CardOf
) -> Secret:
    """A token, sign-in link or card number, by a registrar, or by the member itself showing its own key."""
    _card_of(member, station)
    _need_registrar_or_itself(me, member)
    return await make_secret(member, data.purpose, station, http=card_of().http)


@post(
    "/members/{member:str}/card",
    summary="A member's printed card",
    security=SIGNED_IN,
    response_description="The card was made; its numbers are new and shown this once.",
    responses=ACTING,
    tags=["members"],
)
async def post_member_card(
    member: MemberId, data: JSONBody[PrintedWanted], me: Me, station: TheStation, card_of: CardOf
) -> PrintedCard:
    """What stands on the sheet for the drawer, with new one-time numbers, for whoever may make a secret."""
    _card_of(member, station)
    _need_registrar_or_itself(me, member)
    return await printed_card(station, card_of(), member, count=data.count, language=data.language)


def _need_registrar_or_itself(me: Party, member: str) -> None:
    """Raise unless a registrar asks, or the member itself showing its own key."""
    if me.way is Way.PRESENTED and me.name == member and me.speaker.has_own_key:
        return
    me.need_voice()
    me.need(Role.REGISTRAR)


async def make_secret(party: str, purpose: str, station: Station, *, http: str) -> Secret:
    """A new secret of one of the three purposes."""
    if purpose == "card":
        return Secret(purpose=purpose, secret=await station.tokens.make_card_number(party))
    if purpose == "token":
        return Secret(purpose=purpose, secret=await station.tokens.program_token(party))
    secret = await station.tokens.link(party)
    return Secret(purpose=purpose, secret=secret, link=f"{http}/in/{secret}")


def _card_of(member: str, station: Station) -> MemberCard:
    card = station.directory.members.get(member)
    if card is None:
        raise Unknown("member.unknown", "This station knows no such member.", hint="See the list of members.")
    return card


def _row(member: str, card: MemberCard, station: Station) -> dict[str, Any]:
    return {
        "member": member,
        "name": card.name,
        "kind": card.kind,
        "country": card.country or "",
        "sectors": card.sectors,
        "hours": card.hours,
        "timezone": card.timezone,
        "languages": card.languages,
        "capabilities": card.capabilities,
        "suspended": member in station.directory.suspended,
    }


HANDLERS = [get_members, get_member, post_member, post_member_statement, post_member_secret, post_member_card]
