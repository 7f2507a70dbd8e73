"""``/contacts`` and ``/ready``: whose addresses are proved, ringing oneself, and whether anybody would wake tonight."""

from typing import Annotated, Literal

import msgspec
from litestar import get, post, put
from litestar.params import JSONBody, PathParameter
from msgspec import Meta

from esos.errors import Forbidden
from esos.keys.speaker import Role, Speaker
from esos.message.card import Contact
from esos.station.contact_desk import ContactDesk, may_ring
from esos.station.contact_views import PersonView, TrialView, person_view, trials_of
from esos.station.desk import Outcome
from esos.station.readiness import Readiness, readiness
from esos.station.station import Station
from esos.web.api.common import ACTING, ANYBODY, READING, SIGNED_IN
from esos.web.auth import Party
from esos.web.given import Me, TheStation, Who
from esos.web.problems import problems
from esos.web.sight import WATCHERS

PartyId = Annotated[str, PathParameter(pattern="^[A-Za-z0-9:_=-]{1,80}$", description="An officer's or a member's id.")]


CODE_FORM = r"^[ -]*([0-9A-TV-Za-tv-z][ -]*){12}\Z"
"""Twelve letters and digits, in any case and with hyphens or spaces wherever somebody typed them."""


class ContactsView(PersonView, kw_only=True):
    """Somebody's addresses, with the tests of late, newest first.

    ``language`` is the one that they chose for what the station writes to them, empty where none was chosen.
    """

    trials: tuple[TrialView, ...]
    language: str = ""


class AddressGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address of an officer: ``channel`` as ``mail``, ``address`` in that channel's own form."""

    channel: Annotated[str, Meta(pattern=r"^[a-z]{2,16}\Z")]
    address: Annotated[str, Meta(min_length=1, max_length=280)]


class AddressTaken(AddressGiven, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address to be removed. ``sure``: also where nothing that is proved would then wake its owner."""

    sure: bool = False


class LanguageGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The language in which the station writes to somebody."""

    language: Literal["en", "fr", "es", "ar"]


class CodeGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code that was sent to one's own address, as it was read there."""

    code: Annotated[str, Meta(pattern=CODE_FORM, max_length=40)]


async def contacts_view(station: Station, party: str) -> ContactsView:
    """Somebody's addresses and tests as they stand now."""
    person = person_view(station, party, station.clock.now_ms())
    fields = {name: getattr(person, name) for name in PersonView.__struct_fields__}
    trials, language = await trials_of(station, party), await station.tongues.chosen(party)
    return ContactsView(**fields, trials=trials, language=language)


@get("/contacts/{party:str}", summary="Somebody's addresses", security=SIGNED_IN, responses=READING, tags=["contacts"])
async def get_contacts(party: PartyId, me: Me, station: TheStation) -> ContactsView:
    """One's own addresses; for the station's people anybody's."""
    if me.name != party:
        me.need(*WATCHERS)
    return await contacts_view(station, party)


@post(
    "/contacts/{party:str}/ring",
    summary="Ring by every way at once, as a test",
    security=SIGNED_IN,
    responses=ACTING,
    tags=["contacts"],
)
async def post_ring(party: PartyId, me: Me, station: TheStation) -> ContactsView:
    """Everybody rings themselves; a registrar may ring others. A test by every address: it is about no case."""
    _need_own(me, party)
    await ContactDesk(station).ring(party, by=me.name)
    return await contacts_view(station, party)


@post(
    "/contacts/{party:str}/confirm",
    summary="Send codes to addresses that nobody confirmed",
    security=SIGNED_IN,
    responses=ACTING,
    tags=["contacts"],
)
async def post_confirm(party: PartyId, me: Me, station: TheStation) -> ContactsView:
    """A code to each address that its owner has not confirmed yet."""
    _need_own(me, party)
    await ContactDesk(station).confirm(party, by=me.name)
    return await contacts_view(station, party)


@post(
    "/contacts/{party:str}/add",
    summary="Give an officer one more address",
    security=SIGNED_IN,
    responses=ACTING,
    tags=["contacts"],
)
async def post_add(party: PartyId, data: JSONBody[AddressGiven], me: Me, station: TheStation) -> ContactsView:
    """An officer gives an address of their own, a registrar any officer's. A code goes there at once."""
    _need_change(me, party)
    await ContactDesk(station).add(party, data.channel, data.address, speaker=me.speaker, channel="api")
    return await contacts_view(station, party)


@post(
    "/contacts/{party:str}/remove",
    summary="Take an officer's address back",
    security=SIGNED_IN,
    responses=ACTING,
    tags=["contacts"],
)
async def post_remove(party: PartyId, data: JSONBody[AddressTaken], me: Me, station: TheStation) -> ContactsView:
    """An officer removes an address of their own, a registrar any officer's. The last proved one asks for ``sure``."""
    _need_change(me, party)
    contact = Contact(channel=data.channel, address=data.address)
    await ContactDesk(station).remove(party, contact, speaker=me.speaker, is_sure=data.sure, channel="api")
    return await contacts_view(station, party)


@put(
    "/contacts/{party:str}/language",
    summary="Choose the language of what the station writes to somebody",
    security=SIGNED_IN,
    responses=ACTING,
    tags=["contacts"],
)
async def put_language(party: PartyId, data: JSONBody[LanguageGiven], me: Me, station: TheStation) -> ContactsView:
    """Everybody chooses their own; a registrar may choose it for others. A convenience, and no statement."""
    _need_change(me, party)
    ContactDesk(station).contacts_of(party)
    await station.tongues.choose(party, data.language)
    return await contacts_view(station, party)


@post("/contacts/answer", summary="Say that a code reached you", security=ANYBODY, responses=ACTING, tags=["contacts"])
async def post_answer(data: JSONBody[CodeGiven], who: Who, station: TheStation) -> Outcome:
    """Whoever has the code is whom it was sent to; somebody signed in must be the same."""
    if who is not None:
        who.need_voice()
    return await ContactDesk(station).answer(data.code, speaker=_speaker(who), channel="api")


@get(
    "/ready", summary="Who would not wake tonight", security=SIGNED_IN, responses=problems(401, 403), tags=["contacts"]
)
async def get_ready(me: Me, station: TheStation) -> Readiness:
    """Who is proved to be reachable, which help is awake, and whose card runs out."""
    me.need(*WATCHERS)
    return readiness(station, station.clock.now_ms())


def _speaker(who: Party | None) -> Speaker | None:
    """The owner of a home hands codes in for people; whoever else is known speaks for themselves."""
    return None if who is None or who.has(Role.REGISTRAR) else who.speaker


def _need_own(me: Party, party: str) -> None:
    me.need_voice()
    if me.about or not may_ring(me.speaker, party):
        raise Forbidden("contact.not_yours_to_ring", "You ring yourself; a registrar rings others.")


def _need_change(me: Party, party: str) -> None:
    me.need_voice()
    if me.about or not may_ring(me.speaker, party):
        raise Forbidden("contact.not_yours_to_change", "You change your own addresses; a registrar an officer's.")


HANDLERS = [get_contacts, post_ring, post_confirm, post_add, post_remove, put_language, post_answer, get_ready]
