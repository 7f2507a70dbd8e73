"""The roster's pages: a week at a glance, who is on watch now and next, gaps, swaps, its rules, and the brief.

Whatever is changed here is a signed statement, attested for whoever pressed the button.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery

from esos.errors import EsosError, Malformed, Unauthenticated, Unknown
from esos.keys.speaker import Role, Speaker
from esos.message.jsonform import body_from_json
from esos.roster.wall import instant_of, zone_named
from esos.roster.watch import DAY_MS, GAPS_LOOKED_AHEAD_MS, Stretch
from esos.station.brief import brief_of
from esos.station.desk import need_role
from esos.station.roster_desk import calendar_of, shifts_of
from esos.station.roster_view import RosterViews, roster_views
from esos.station.tokens import FEEDS
from esos.web.auth import AnyRequest
from esos.web.console.fields import Filled
from esos.web.console.roster_rules import RULE_ACTS, changed_rules
from esos.web.console.roster_words import (
    DUTY_WORDS,
    TARGET_WORDS,
    WEEK_DAYS,
    first_day,
    officers_of,
    on_duty_now,
    seconds_of,
    span_words,
    week_of,
)
from esos.web.console.visit import HEADERS, TheVisit, Visit, form_of, go, page
from esos.web.console.whom import WHOM_MAX, with_parties
from esos.web.given import CardOf, TheCsrf, TheStation
from esos.words.language import say

SWAPS_AHEAD_MS = 60 * DAY_MS
"""How far ahead shifts can be chosen for a swap on the page."""
PEOPLE_FIELDS = frozenset({"officer", "instead_of", "other", *DUTY_WORDS})
"""Fields of these pages that name somebody."""
NAMED_MAX = 20
"""How many of those whom a step of a ladder calls are named; the others are counted."""
BRIEF_ON_PAGE, ASKED_MAX = 25, 8
"""How many cases a page of the brief tells of, and how many teams of each by name."""
CHOICES_MAX = 40
"""How many shifts one list of the page offers."""
_CALENDAR = "text/calendar; charset=utf-8"


@get("/roster")
async def show_roster(visit: TheVisit, week: FromQuery[str] = "") -> Response[str]:
    """Who is on watch."""
    visit.need_officer()
    return _page(visit, week=week)


def _page(visit: Visit, *, week: str = "", notice: EsosError | None = None, feed: str = "") -> Response[str]:
    speaker = visit.need_officer()
    views = roster_views(visit.station.directory, visit.now_ms)
    first = first_day(views, week)
    now = views.now()
    return page(
        visit,
        "roster.html",
        status=notice.status if notice else 200,
        now=now,
        following={one.duty: one for one in now.next},
        on_duty=on_duty_now(visit),
        days=week_of(views, first, me=speaker.party),
        before=(first - timedelta(days=WEEK_DAYS)).isoformat(),
        after=(first + timedelta(days=WEEK_DAYS)).isoformat(),
        mine=_mine(views, speaker),
        others=_others(views, speaker),
        officers=officers_of(visit),
        people=seconds_of(visit),
        asked=[one for one in now.swaps if one.other.person == speaker.party],
        waiting=[one for one in now.swaps if one.other.person != speaker.party],
        span=lambda from_ms, until_ms: span_words(views, from_ms, until_ms),
        duty_words=DUTY_WORDS,
        target_words=TARGET_WORDS,
        may_change=bool({Role.OFFICER, Role.REGISTRAR} & speaker.roles),
        named_max=NAMED_MAX,
        feed=feed,
        notice=notice,
    )


def _mine(views: RosterViews, speaker: Speaker) -> list[tuple[str, str]]:
    """One's own shifts to come, as choices."""
    own = views.plan.of_person(speaker.party, views.now_ms, views.now_ms + SWAPS_AHEAD_MS)
    return [(_choice(one), _choice_words(views, one)) for one in own if one.duty != "second"][:CHOICES_MAX]


def _others(views: RosterViews, speaker: Speaker) -> list[tuple[str, str]]:
    """Others' shifts of the watch and backup, which one could take in return."""
    directory = views.directory
    people = [one for one, row in directory.officers.items() if "officer" in row.roles and one != speaker.party]
    found = views.plan.by_person(views.now_ms, views.now_ms + GAPS_LOOKED_AHEAD_MS * 2)
    laid = [(person, one) for person in people for one in found.get(person, ()) if one.duty != "second"]
    return [
        (f"{person} {_choice(one)}", f"{directory.name_of(person)}: {_choice_words(views, one)}")
        for person, one in sorted(laid, key=lambda pair: pair[1].from_ms)[:CHOICES_MAX]
    ]


def _choice(one: Stretch) -> str:
    return f"{one.duty} {one.from_ms} {one.until_ms}"


def _choice_words(views: RosterViews, one: Stretch) -> str:
    words = span_words(views, one.from_ms, one.until_ms)
    return words if one.duty == "watch" else f"{words} ({say(DUTY_WORDS[one.duty])})"


@post("/roster/{act:str}", status_code=200)
async def act_on_roster(
    act: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf, card_of: CardOf
) -> Response[Any]:
    """Swap, answer, cover a gap, be away, take back, or make a calendar's address."""
    speaker = visit.need_officer()
    form = await form_of(request, visit, csrf)
    try:
        form = with_parties(form, PEOPLE_FIELDS, visit.station.directory)
        if act == "feed":
            secret = await visit.station.tokens.feed(speaker.party, _one_of(FEEDS, form.get("of")))
            return _page(visit, feed=f"{card_of().http}/calendar/{secret}.ics")
        need_role(speaker, Role.OFFICER, Role.SECOND, Role.REGISTRAR)
        kind, plain = _act(act, form, roster_views(visit.station.directory, visit.now_ms))
        await visit.station.desk.say_body(speaker, kind, body_from_json(kind, plain))
    except EsosError as cause:
        return _page(visit, notice=cause)
    return go("/roster")


def _one_of(known: tuple[str, ...], given: str) -> str:
    if given not in known:
        raise Malformed("page.field", "Please choose one of the list.", hint="Go back and choose again.")
    return given


def _act(act: str, form: Filled, views: RosterViews) -> tuple[str, dict[str, Any]]:
    read = _ACTS.get(act)
    if read is None:
        raise Unknown("page.no_such_act", "This cannot be done here.", hint="Go back to the roster.")
    return read(form, views)


def _swap(form: Filled, views: RosterViews) -> tuple[str, dict[str, Any]]:
    duty, from_ms, until_ms = _read_choice(form.get("mine"))
    if form.get("begins") or form.get("ends"):  # a part of the shift that was chosen
        zone = zone_named(views.plan.rules.timezone)
        from_ms = instant_of(_reading(form.get("begins")), zone) if form.get("begins") else from_ms
        until_ms = instant_of(_reading(form.get("ends")), zone) if form.get("ends") else until_ms
    other, _, theirs = form.get("other").partition(" ")
    if not other:
        raise Malformed("page.field", "Please choose whom to ask.", hint="Go back and choose somebody.")
    body: dict[str, Any] = {"other": other, "duty": duty, "give_from_ms": from_ms, "give_until_ms": until_ms}
    if theirs:
        _, take_from_ms, take_until_ms = _read_choice(theirs)
        body |= {"take_from_ms": take_from_ms, "take_until_ms": take_until_ms}
    return "swap_asked", body | {"note": form.get("note").strip()[:280]}


def _read_choice(text: str) -> tuple[str, int, int]:
    parts = text.split(" ")
    if len(parts) != 3 or not all(one.isascii() and one.isdigit() for one in parts[1:]):  # noqa: PLR2004 - as written
        raise Malformed("page.field", "Please choose a shift.", hint="Go back and choose one of the list.")
    return parts[0], int(parts[1]), int(parts[2])


def _answer(form: Filled, views: RosterViews) -> tuple[str, dict[str, Any]]:
    del views
    return "swap_answered", {"swap": form.get("swap"), "accepted": form.get("accepted") == "yes"}


def _withdraw(form: Filled, views: RosterViews) -> tuple[str, dict[str, Any]]:
    del views
    return "roster_withdrawn", {"what": form.get("what")}


def _cover(form: Filled, views: RosterViews) -> tuple[str, dict[str, Any]]:
    from_ms, until_ms = _span(form, views)
    body = {
        "duty": form.get("duty") or "watch",
        "officers": list(dict.fromkeys(one for one in form.all("officer") if one)),
        "instead_of": form.get("instead_of"),
    }
    return "watch_overridden", body | {"from_ms": from_ms, "until_ms": until_ms, "reason": form.get("reason").strip()}


def _away(form: Filled, views: RosterViews) -> tuple[str, dict[str, Any]]:
    from_ms, until_ms = _span(form, views)
    reason = form.get("reason").strip()
    return "absence_stated", {
        "officer": form.get("officer"),
        "from_ms": from_ms,
        "until_ms": until_ms,
        "reason": reason,
    }


def _span(form: Filled, views: RosterViews) -> tuple[int, int]:
    """A span by instants, as a gap's button gives it, or by the roster's clock as a person types it."""
    if form.get("span"):
        return _read_choice(form.get("span"))[1:]
    zone = zone_named(views.plan.rules.timezone)
    return instant_of(_reading(form.get("begins")), zone), instant_of(_reading(form.get("ends")), zone)


def _reading(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError as cause:
        raise Malformed("roster.time", f"{text!r} is no time.", hint="Write it as 2026-12-24T08:00.") from cause


_ACTS: dict[str, Callable[[Filled, RosterViews], tuple[str, dict[str, Any]]]] = {
    "swap": _swap,
    "answer": _answer,
    "withdraw": _withdraw,
    "cover": _cover,
    "away": _away,
}


@get("/roster/brief")
async def show_brief(visit: TheVisit, start: FromQuery[int] = 0) -> Response[str]:
    """The hand-over brief, to read aloud or print, so many cases at once."""
    visit.need_officer()
    brief = await brief_of(visit.station, visit.now_ms, start=max(0, start), count=BRIEF_ON_PAGE)
    following = {one.duty: one for one in brief.roster.next}
    return page(
        visit,
        "brief.html",
        brief=brief,
        now=brief.roster,
        following=following,
        duty_words=DUTY_WORDS,
        asked_max=ASKED_MAX,
        size=BRIEF_ON_PAGE,
    )


@get("/roster/rules")
async def show_rules(visit: TheVisit) -> Response[str]:
    """The rules of the roster, and what can be changed of them."""
    return _rules_page(visit)


def _rules_page(visit: Visit, notice: EsosError | None = None) -> Response[str]:
    speaker = visit.need_officer()
    roster = visit.station.directory.roster
    everybody = list(dict.fromkeys((*officers_of(visit), *seconds_of(visit))))
    standing = {duty: getattr(roster.rules, duty) for duty in DUTY_WORDS}
    return page(
        visit,
        "roster_rules.html",
        status=notice.status if notice else 200,
        rules=roster.rules,
        shifts={source: len(shifts) for source, shifts in roster.shifts.items()},
        officers=officers_of(visit),
        people=seconds_of(visit),
        everybody=everybody,
        rows=_rows(seconds_of(visit), standing),
        may_watch=frozenset(one for one, _ in officers_of(visit)),
        standing=standing,
        names=roster_views(visit.station.directory, visit.now_ms).person,
        duty_words=DUTY_WORDS,
        may_change=bool({Role.OFFICER, Role.REGISTRAR} & speaker.roles),
        notice=notice,
    )


def _rows(people: list[tuple[str, str]], standing: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    """Who has a row in the standing list: of few everybody, of many whoever stands there; others are typed."""
    named = {one for people_of_duty in standing.values() for one in people_of_duty}
    return [one for one in people if len(people) <= WHOM_MAX or one[0] in named]


@post("/roster/rules/{act:str}", status_code=200)
async def act_on_rules(act: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[Any]:
    """Change one rule; all others stay as they are."""
    speaker = visit.need_officer()
    form = await form_of(request, visit, csrf)
    try:
        form = with_parties(form, PEOPLE_FIELDS, visit.station.directory)
        if act == "import":
            body: Any = await _imported(request, visit, form)
            await visit.station.desk.say_body(speaker, "shifts_set", body)
        elif act in RULE_ACTS:
            rules = changed_rules(act, form, visit.station.directory.roster.rules)
            await visit.station.desk.say_body(speaker, "roster_set", rules)
        else:
            raise Unknown("page.no_such_act", "This cannot be done here.", hint="Go back to the roster.")
    except EsosError as cause:
        return _rules_page(visit, cause)
    return go("/roster/rules")


async def _imported(request: AnyRequest, visit: Visit, form: Filled) -> Any:
    """The shifts of a calendar that was uploaded; without a file, its shifts are taken off the roster."""
    uploads = (await request.form()).getall("calendar", [])
    file = uploads[0] if uploads and isinstance(uploads[0], UploadFile) else None
    if file is None or not file.filename:
        return body_from_json("shifts_set", {"source": form.get("source").strip()})
    return await shifts_of(
        await file.read(),
        visit.station.directory,
        source=form.get("source").strip()[:80] or file.filename[:80],
        duty=_one_of(tuple(DUTY_WORDS), form.get("duty") or "watch"),  # type: ignore[arg-type]
        timezone="",
        now_ms=visit.now_ms,
        days=120,
    )


@get("/calendar/{name:str}")
async def show_calendar(name: FromPath[str], station: TheStation) -> Response[bytes]:
    """A calendar to subscribe to, for whoever has its secret address."""
    holder = await station.tokens.feed_holder(name.removesuffix(".ics"))
    if holder is None or holder.party not in station.directory.officers:
        raise Unauthenticated(
            "calendar.unknown", "No calendar has this address any more.", hint="Make a new one on the roster's page."
        )
    person = holder.party if holder.purpose == FEEDS[0] else ""
    raw = calendar_of(station.directory, person=person, now_ms=station.clock.now_ms())
    return Response(raw, media_type=_CALENDAR, headers=HEADERS)


HANDLERS = [show_roster, act_on_roster, show_brief, show_rules, act_on_rules, show_calendar]
