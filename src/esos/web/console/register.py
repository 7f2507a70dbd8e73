"""The register for people: who is a member, what it can do, what is free, and who is on watch."""

from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from esos.duty.record import MemberRecord, answer_permille, units_free
from esos.errors import EsosError, Unknown
from esos.keys.speaker import Role, Speaker
from esos.message.card import MemberCard
from esos.pact.explain import explain
from esos.station.contact_views import person_view
from esos.station.heartbeats import beacons_of
from esos.station.station import Station
from esos.web.auth import AnyRequest
from esos.web.console.fields import Filled, whole
from esos.web.console.roster_words import on_duty_now
from esos.web.console.visit import TheVisit, Visit, form_of, go, page
from esos.web.given import TheCsrf
from esos.web.sight import WATCHERS
from esos.words.need import NeedLine

MEMBERS_ON_PAGE = 100
AVAILABLE_MINUTES = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class Able:
    """One capability of a member: what its card says, and how much is free now."""

    line: NeedLine
    units: int
    free: int
    lead_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """A member as the register shows it."""

    member: str
    card: MemberCard
    is_suspended: bool
    able: tuple[Able, ...]
    record: MemberRecord | None
    answer_percent: int


def member_row(station: Station, member: str, card: MemberCard, now_ms: int) -> MemberRow:
    """A member with its figures."""
    record = station.directory.register.find(member)
    able = tuple(
        Able(
            line=one.line,
            units=one.units,
            free=units_free(record, one.line, now_ms) if record else one.units,
            lead_minutes=one.lead_minutes,
        )
        for one in card.capabilities
    )
    return MemberRow(
        member=member,
        card=card,
        is_suspended=member in station.directory.suspended,
        able=able,
        record=record,
        answer_percent=answer_permille(record) // 10 if record and record.asked else -1,
    )


@get("/register")
async def show_register(visit: TheVisit, start: FromQuery[int] = 0, q: FromQuery[str] = "") -> Response[str]:
    """Members, the pact, officers and roster."""
    visit.need_anybody()
    return _register_page(visit, start=max(0, start), sought=q.strip()[:80])


def _register_page(visit: Visit, *, start: int, sought: str, notice: EsosError | None = None) -> Response[str]:
    directory = visit.station.directory
    fits = [(member, card) for member, card in directory.members.items() if sought.casefold() in card.name.casefold()]
    fits.sort(key=lambda one: one[1].name.casefold())
    rows = [
        member_row(visit.station, member, card, visit.now_ms) for member, card in fits[start : start + MEMBERS_ON_PAGE]
    ]
    return page(
        visit,
        "register.html",
        status=notice.status if notice else 200,
        rows=rows,
        total=len(fits),
        start=start,
        size=MEMBERS_ON_PAGE,
        sought=sought,
        pact=explain(directory.pact) if directory.pact else None,
        on_duty=on_duty_now(visit),
        is_staff=visit.is_officer,
        may_divide=visit.speaker is not None and Role.REGISTRAR in visit.speaker.roles,
        notice=notice,
    )


@get("/register/{member:str}")
async def show_member(member: FromPath[str], visit: TheVisit) -> Response[str]:
    """One member."""
    visit.need_anybody()
    return _member_page(visit, member)


def may_see_beacons(speaker: Speaker, member: str) -> bool:
    """When a member's beacon was heard is for the station's people and the member itself."""
    return speaker.party == member or bool(WATCHERS & speaker.roles)


def station_named(station: Station, kid: bytes) -> str:
    """A home station by its name where that is this one, else by its kid."""
    return station.identity.name if kid == station.identity.kid else kid.hex()


def _member_page(visit: Visit, member: str, *, notice: EsosError | None = None) -> Response[str]:
    directory = visit.station.directory
    card = directory.members.get(member)
    if card is None:
        raise Unknown("member.unknown", "No such member is registered here.", hint="See the register.")
    speaker = visit.need_anybody()
    return page(
        visit,
        "member.html",
        status=notice.status if notice else 200,
        row=member_row(visit.station, member, card, visit.now_ms),
        pacts=directory.register.pacts,
        ways=person_view(visit.station, member, visit.now_ms).ways,
        beacons=beacons_of(visit.station.heartbeats, directory, member) if may_see_beacons(speaker, member) else (),
        suspected_after_minutes=directory.suspected_after_minutes(member),
        homes=[station_named(visit.station, kid) for kid in directory.homes.get(member, ())],
        is_own=speaker.party == member,
        may_suspend=Role.REGISTRAR in speaker.roles,
        may_state=speaker.party == member or Role.REGISTRAR in speaker.roles,
        notice=notice,
    )


@post("/register/{member:str}/{kind:str}", status_code=200)
async def act_on_member(
    member: FromPath[str], kind: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf
) -> Response[Any]:
    """State what is free, or suspend and restore."""
    speaker = visit.need_anybody()
    form = await form_of(request, visit, csrf)
    try:
        for body in _bodies(kind, member, form):
            await visit.station.desk.say(speaker, kind, body)
        await visit.station.directory.refresh(visit.station.journal)
    except EsosError as cause:
        return _member_page(visit, member, notice=cause)
    return go(f"/register/{member}")


def _bodies(kind: str, member: str, form: Filled) -> list[dict[str, Any]]:
    if kind == "member_suspended":
        suspended = form.get("suspended") == "yes"
        return [{"member": member, "suspended": suspended, "reason": form.get("reason", "").strip()}]
    if kind != "availability_stated":
        raise Unknown("page.no_such_act", "This cannot be done here.", hint="Go back to the member.")
    stated = ((line, whole(form.get(f"free.{line.value}", ""), line.words)) for line in NeedLine)
    return [
        {"member": member, "line": line.value, "units": units, "ttl_minutes": AVAILABLE_MINUTES}
        for line, units in stated
        if units is not None
    ]


HANDLERS = [show_register, show_member, act_on_member]
