"""``/pacts``, ``/officers``: the rules in force, and who the station's people are."""

from typing import Annotated, Literal

import msgspec
from litestar import delete, get, post
from litestar.params import JSONBody
from msgspec import Meta

from esos.errors import Unknown
from esos.keys.speaker import Role
from esos.logbook.base64s import url_safe
from esos.message.bodies import OfficerAdded, OfficerRemoved, PactPublished
from esos.message.card import Contact
from esos.pact.read import read_pact
from esos.station.desk import Outcome
from esos.station.found import OFFICER_ID_BYTES
from esos.station.station import Station
from esos.web.api.common import ACTING, SIGNED_IN, OfficerId
from esos.web.api.members import Secret, make_secret
from esos.web.card import PactCard, pact_card
from esos.web.given import CardOf, Me, TheStation
from esos.web.problems import problems
from esos.web.sight import WATCHERS

Roles = Annotated[tuple[Literal["officer", "second", "registrar", "auditor"], ...], Meta(min_length=1, max_length=4)]


class PactView(PactCard, frozen=True, kw_only=True):
    """A pact in force with its title and its exact text, whose SHA-256 is ``digest``."""

    title: str
    text: str


class Pacts(msgspec.Struct, frozen=True, kw_only=True):
    """The pacts in force at this station."""

    pacts: tuple[PactView, ...]


class PactGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pact's TOML text."""

    text: Annotated[str, Meta(min_length=1, max_length=60_000)]


class OfficerGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person of the station: the name on watch, the roles, and ways to wake them.

    ``station`` is the neighbour station that lends this person, empty for the station's own people.
    """

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    roles: Roles
    contacts: Annotated[tuple[Contact, ...], Meta(max_length=10)] = ()
    station: Annotated[str, Meta(max_length=80)] = ""


class OfficerView(msgspec.Struct, frozen=True, kw_only=True):
    """An officer as colleagues see it."""

    officer: str
    name: str
    roles: tuple[str, ...]
    contacts: tuple[Contact, ...]
    station: str


class Officers(msgspec.Struct, frozen=True, kw_only=True):
    """The station's people."""

    officers: tuple[OfficerView, ...]


class OfficerAdmitted(msgspec.Struct, frozen=True, kw_only=True):
    """A new officer with a one-time sign-in link and a program's token, both shown only now."""

    officer: str
    name: str
    roles: tuple[str, ...]
    link: str
    token: str


@get("/pacts", summary="Pacts in force", responses=problems(), tags=["register"])
async def get_pacts(station: TheStation) -> Pacts:
    """The rules this station follows, as they were published."""
    card, pact = pact_card(station), station.directory.pact
    if card is None or pact is None:
        return Pacts(pacts=())
    text = station.directory.pact_raw.decode()
    return Pacts(pacts=(PactView(**msgspec.structs.asdict(card), title=pact.pact.title, text=text),))


@post("/pacts", summary="Put a pact in force", security=SIGNED_IN, responses=ACTING, tags=["register"])
async def post_pact(data: JSONBody[PactGiven], me: Me, station: TheStation) -> Outcome:
    """A registrar puts a pact in force; cases that are open keep the rules they began under."""
    me.need_voice()
    me.need(Role.REGISTRAR)
    raw = data.text.encode()
    read_pact(raw)
    return await station.desk.say_body(me.speaker, "pact_published", PactPublished(raw=raw), channel="api")


@get("/officers", summary="The station's people", security=SIGNED_IN, responses=problems(401, 403), tags=["register"])
async def get_officers(me: Me, station: TheStation) -> Officers:
    """Officers, second officers, registrars and auditors."""
    me.need(*WATCHERS)
    return Officers(
        officers=tuple(
            OfficerView(
                officer=row.officer,
                name=row.name,
                roles=tuple(row.roles),
                contacts=row.contacts,
                station=row.station,
            )
            for row in station.directory.officers.values()
        )
    )


@post("/officers", summary="Add an officer", security=SIGNED_IN, responses=ACTING, tags=["register"])
async def post_officer(data: JSONBody[OfficerGiven], me: Me, station: TheStation, card_of: CardOf) -> OfficerAdmitted:
    """A registrar names an officer; the answer carries the link and token to hand over."""
    me.need_voice()
    me.need(Role.REGISTRAR)
    officer = f"officer:{url_safe(station.dice.bytes(OFFICER_ID_BYTES))}"
    body = OfficerAdded(officer=officer, name=data.name, roles=data.roles, contacts=data.contacts, station=data.station)
    await station.desk.say_body(me.speaker, "officer_added", body, channel="api")
    link: Secret = await make_secret(officer, "link", station, http=card_of().http)
    token = await make_secret(officer, "token", station, http="")
    return OfficerAdmitted(officer=officer, name=data.name, roles=data.roles, link=link.link, token=token.secret)


@delete(
    "/officers/{officer:str}",
    summary="Remove an officer",
    security=SIGNED_IN,
    responses=ACTING,
    status_code=200,
    tags=["register"],
)
async def delete_officer(officer: OfficerId, me: Me, station: TheStation) -> Outcome:
    """A registrar removes an officer; its tokens, sessions and passkeys end at once, what it said stays."""
    me.need_voice()
    me.need(Role.REGISTRAR)
    _need_officer(officer, station)
    outcome = await station.desk.say_body(me.speaker, "officer_removed", OfficerRemoved(officer=officer), channel="api")
    await station.tokens.forget(officer)
    return outcome


def _need_officer(officer: str, station: Station) -> None:
    if officer not in station.directory.officers:
        raise Unknown("officer.unknown", f"This station has no officer {officer!r}.", hint="See the list of officers.")


HANDLERS = [get_pacts, post_pact, get_officers, post_officer, delete_officer]
