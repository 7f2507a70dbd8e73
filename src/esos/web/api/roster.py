"""``/roster``: its rules, who is on watch, gaps, changes, swaps, calendars, and the hand-over brief.

Whatever changes it is a signed statement; what is computed from it changes nothing.
"""

from typing import Annotated, Literal

import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from esos.errors import Unknown
from esos.keys.speaker import Role
from esos.message.bodies import Holiday, NeighbourStation, RosterSet, Rotation
from esos.message.body import Body, Instant
from esos.message.card import Contact, Text80, Text280
from esos.message.roster_bodies import (
    HOLIDAYS_MAX,
    NEIGHBOUR_WATCH,
    ROTATIONS_MAX,
    STATIONS_MAX,
    AbsenceStated,
    Duty,
    People,
    RosterWithdrawn,
    SwapAnswered,
    SwapAsked,
    WatchOverridden,
)
from esos.roster.watch import DAY_MS, DUTIES
from esos.station.brief import Brief, brief_of
from esos.station.desk import Outcome
from esos.station.roster_desk import IMPORT_DAYS, IMPORT_DAYS_MAX, calendar_of, shifts_of
from esos.station.roster_view import RosterNow, StretchView, roster_views
from esos.station.station import Station
from esos.web.api.common import ACTING, SIGNED_IN, StatementId
from esos.web.auth import Party
from esos.web.given import CardOf, Me, TheStation
from esos.web.problems import problems
from esos.web.sight import WATCHERS

READERS = frozenset({*WATCHERS})
DAYS_MAX = 60
CALENDAR = "text/calendar"
_READ = problems(401, 403)
Days = Annotated[int, QueryParameter(ge=1, le=DAYS_MAX, description="How many days are laid out.")]
FromMs = Annotated[int, QueryParameter(ge=0, le=32_503_680_000_000, description="From when, in ms; 0 is now.")]


class RosterGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of the roster, whole; the fields are those of ``roster_set`` in ``spec/statements.md``."""

    watch: People = ()
    backup: People = ()
    second: People = ()
    neighbour: Annotated[tuple[Contact, ...], Meta(max_length=10)] = ()
    timezone: Text80 = "UTC"
    rotations: Annotated[tuple[Rotation, ...], Meta(max_length=ROTATIONS_MAX)] = ()
    holidays: Annotated[tuple[Holiday, ...], Meta(max_length=HOLIDAYS_MAX)] = ()
    stations: Annotated[tuple[NeighbourStation, ...], Meta(max_length=STATIONS_MAX)] = ()


class Stretches(msgspec.Struct, frozen=True, kw_only=True):
    """Duties over a span of time, each in stretches that follow one another."""

    stretches: tuple[StretchView, ...]


class OverrideGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other people for a span; with ``instead_of`` only this one person is changed."""

    duty: Duty = "watch"
    officers: Annotated[tuple[Text80, ...], Meta(min_length=1, max_length=20)]
    instead_of: Text80 = ""
    from_ms: Instant
    until_ms: Instant
    reason: Text280 = ""


class AbsenceGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is away when."""

    officer: Text80
    from_ms: Instant
    until_ms: Instant
    reason: Text280 = ""


class SwapGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A span of one's own that ``other`` is asked to take, and one of theirs in return (0: none)."""

    other: Annotated[str, Meta(min_length=1, max_length=80)]
    duty: Duty = "watch"
    give_from_ms: Instant
    give_until_ms: Instant
    take_from_ms: Instant = 0
    take_until_ms: Instant = 0
    note: Text280 = ""


class SwapAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a swap is accepted."""

    accepted: bool


class CalendarGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An iCalendar file's text; its shifts replace those that ``source`` brought before."""

    source: Annotated[str, Meta(min_length=1, max_length=80)]
    calendar: Annotated[str, Meta(max_length=200_000)]
    duty: Duty = "watch"
    timezone: Text80 = ""
    days: Annotated[int, Meta(ge=1, le=IMPORT_DAYS_MAX)] = IMPORT_DAYS


class FeedWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which calendar: one's own shifts, or the whole watch."""

    of: Literal["own", "all"] = "own"


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """The secret address of a calendar to subscribe to, shown now only; an earlier one has ended."""

    of: str
    link: str


@get("/roster", summary="The rules of the roster", security=SIGNED_IN, responses=_READ, tags=["register"])
async def get_roster(me: Me, station: TheStation) -> RosterGiven:
    """Standing lists, rotations, holidays and neighbours, as they were set last."""
    me.need(*READERS)
    return RosterGiven(**msgspec.structs.asdict(station.directory.roster.rules))


@put("/roster", summary="Set the rules of the roster", security=SIGNED_IN, responses=ACTING, tags=["register"])
async def put_roster(data: JSONBody[RosterGiven], me: Me, station: TheStation) -> Outcome:
    """A registrar or officer sets the rules whole. Everybody named must be of this station, or a neighbour in it."""
    me.need_voice()
    me.need(Role.REGISTRAR, Role.OFFICER)
    body = RosterSet(**msgspec.structs.asdict(data))
    need_people(body, station)
    return await station.desk.say_body(me.speaker, "roster_set", body, channel="api")


def need_people(rules: RosterSet, station: Station) -> None:
    """Raise ``Unknown`` (``officer.unknown``) unless everybody named is an officer here or a neighbour station."""
    known = {*station.directory.officers, *(NEIGHBOUR_WATCH + one.name for one in rules.stations)}
    named = [*rules.watch, *rules.backup, *rules.second]
    for one in rules.rotations:
        named += one.officers
    for holiday in rules.holidays:
        named += (*holiday.watch, *holiday.backup, *holiday.second)
    need_known(named, known)


def need_known(named: list[str], known: set[str]) -> None:
    """Raise ``Unknown`` (``officer.unknown``) for the first name that nobody here has."""
    for one in named:
        if one not in known:
            raise Unknown("officer.unknown", f"This station has no officer {one!r}.", hint="See the list of officers.")


@get("/roster/now", summary="Who is on watch now", security=SIGNED_IN, responses=_READ, tags=["register"])
async def get_now(me: Me, station: TheStation) -> RosterNow:
    """Who is on watch now and next, whom each step of each ladder means, gaps of 14 days, swaps and changes."""
    me.need(*READERS)
    return roster_views(station.directory, station.clock.now_ms()).now()


@get("/roster/stretches", summary="The roster laid out", security=SIGNED_IN, responses=_READ, tags=["register"])
async def get_stretches(me: Me, station: TheStation, from_ms: FromMs = 0, days: Days = 7) -> Stretches:
    """Who is on which duty from when until when."""
    me.need(*READERS)
    now_ms = station.clock.now_ms()
    begins_ms = from_ms or now_ms
    views = roster_views(station.directory, now_ms)
    laid = [one for duty in DUTIES for one in views.laid_out(duty, begins_ms, begins_ms + days * DAY_MS)]
    return Stretches(stretches=tuple(laid))


@get("/roster/gaps", summary="When nobody is on watch", security=SIGNED_IN, responses=_READ, tags=["register"])
async def get_gaps(me: Me, station: TheStation, days: Days = 14) -> Stretches:
    """When a call would wake everybody, because nobody whom a page would reach is on watch."""
    me.need(*READERS)
    gaps = roster_views(station.directory, station.clock.now_ms()).gaps(days * DAY_MS)
    return Stretches(stretches=gaps)


@post("/roster/overrides", summary="Change one span", security=SIGNED_IN, responses=ACTING, tags=["register"])
async def post_override(data: JSONBody[OverrideGiven], me: Me, station: TheStation) -> Outcome:
    """Other people are on duty in this span, whatever the rules say."""
    _need(me, Role.REGISTRAR, Role.OFFICER)
    body = WatchOverridden(**msgspec.structs.asdict(data))
    named = [*data.officers, *((data.instead_of,) if data.instead_of else ())]
    stations = {NEIGHBOUR_WATCH + one.name for one in station.directory.roster.rules.stations}
    need_known(named, {*station.directory.officers, *stations})
    return await _say(me, station, "watch_overridden", body)


@post("/roster/absences", summary="Say who is away", security=SIGNED_IN, responses=ACTING, tags=["register"])
async def post_absence(data: JSONBody[AbsenceGiven], me: Me, station: TheStation) -> Outcome:
    """A person is away in this span: the next of the rotation stands in."""
    _need(me, Role.REGISTRAR, Role.OFFICER, Role.SECOND)
    need_known([data.officer], set(station.directory.officers))
    body = AbsenceStated(**msgspec.structs.asdict(data))
    return await _say(me, station, "absence_stated", body)


@delete(
    "/roster/changes/{change:str}",
    summary="Take a change back",
    security=SIGNED_IN,
    responses=ACTING,
    status_code=200,
    tags=["register"],
)
async def delete_change(change: StatementId, me: Me, station: TheStation) -> Outcome:
    """An override, an absence or a swap holds no longer."""
    _need(me, Role.REGISTRAR, Role.OFFICER, Role.SECOND)
    return await _say(me, station, "roster_withdrawn", RosterWithdrawn(what=bytes.fromhex(change)))


@post("/roster/swaps", summary="Ask for a swap", security=SIGNED_IN, responses=ACTING, tags=["register"])
async def post_swap(data: JSONBody[SwapGiven], me: Me, station: TheStation) -> Outcome:
    """Ask another officer to take a span of yours; it changes nothing until they accept."""
    _need(me, Role.OFFICER, Role.SECOND)
    need_known([data.other], set(station.directory.officers))
    return await _say(me, station, "swap_asked", SwapAsked(**msgspec.structs.asdict(data)))


@post("/roster/swaps/{swap:str}", summary="Answer a swap", security=SIGNED_IN, responses=ACTING, tags=["register"])
async def post_swap_answer(swap: StatementId, data: JSONBody[SwapAnswer], me: Me, station: TheStation) -> Outcome:
    """Whoever was asked accepts or not; accepted, both are on the roster for each other."""
    _need(me, Role.OFFICER, Role.SECOND)
    return await _say(me, station, "swap_answered", SwapAnswered(swap=bytes.fromhex(swap), accepted=data.accepted))


@post("/roster/shifts", summary="Import a calendar", security=SIGNED_IN, responses=ACTING, tags=["register"])
async def post_shifts(data: JSONBody[CalendarGiven], me: Me, station: TheStation) -> Outcome:
    """Shifts out of an iCalendar file; an entry that names nobody here is refused, and with it the file."""
    _need(me, Role.REGISTRAR, Role.OFFICER)
    body = await shifts_of(
        data.calendar.encode(),
        station.directory,
        source=data.source,
        duty=data.duty,
        timezone=data.timezone,
        now_ms=station.clock.now_ms(),
        days=data.days,
    )
    return await _say(me, station, "shifts_set", body)


@get(
    "/roster/calendar",
    summary="The roster as a calendar",
    security=SIGNED_IN,
    responses=_READ,
    media_type=CALENDAR,
    tags=["register"],
)
async def get_calendar(me: Me, station: TheStation, officer: FromQuery[str] = "") -> Response[bytes]:
    """An iCalendar file of one officer's duties, or of the whole watch with its gaps."""
    me.need(*READERS)
    raw = calendar_of(station.directory, person=officer[:80], now_ms=station.clock.now_ms())
    return Response(raw, media_type=CALENDAR)


@post("/roster/feeds", summary="A calendar to subscribe to", security=SIGNED_IN, responses=ACTING, tags=["register"])
async def post_feed(data: JSONBody[FeedWanted], me: Me, station: TheStation, card_of: CardOf) -> Feed:
    """A secret address for a calendar program; whoever has it can read these shifts and do nothing else."""
    me.need(*READERS)
    me.need_voice()
    secret = await station.tokens.feed(me.name, f"feed_{data.of}")
    return Feed(of=data.of, link=f"{card_of().http}/calendar/{secret}.ics")


@get("/roster/brief", summary="The hand-over brief", security=SIGNED_IN, responses=_READ, tags=["register"])
async def get_brief(me: Me, station: TheStation) -> Brief:
    """What the next watch must know: open cases, who holds them, what is due, unmet needs, and who was asked."""
    me.need(*READERS)
    return await brief_of(station, station.clock.now_ms())


def _need(me: Party, *roles: Role) -> None:
    """Who may say it at all is looked at first: nobody learns by a refusal who is here."""
    me.need_voice()
    me.need(*roles)


async def _say(me: Party, station: Station, kind: str, body: Body) -> Outcome:
    return await station.desk.say_body(me.speaker, kind, body, channel="api")


HANDLERS = [
    get_roster, put_roster, get_now, get_stretches, get_gaps, post_override, post_absence, delete_change, post_swap,
    post_swap_answer, post_shifts, get_calendar, post_feed, get_brief,
]  # fmt: skip
