"""The acts of ``estonia-2007``: four callers, control of what is to be filtered, waves, a second flood, release.

Law 10: nobody filters, and nobody is asked to change a route, before the caller has shown that the prefix is its own.
"""

import asyncio
import contextlib
from collections.abc import Iterable

import msgspec

from esos.drill.case_in_play import CaseInPlay
from esos.drill.director import Director
from esos.drill.estonia.calling import RELAY_NAME, Caller, Way, as_visitor, by_card, by_relay, by_telephone
from esos.drill.estonia.facts import SECOND_FLOOD_MINUTES
from esos.drill.estonia.hours import FILTER_MINUTES, GROWTH, Filtered, compare
from esos.drill.finale import finish
from esos.drill.helping import close, go_to_work, report_work, stabilise, stand_down
from esos.drill.incident import DAY_MINUTES
from esos.drill.options import Options
from esos.drill.report import DrillReport
from esos.drill.searching import until_covered
from esos.drill.setting import caller_card, set_up, somebody_takes_charge, together
from esos.drill.stage import Actor, StageRefused
from esos.drill.visitor import choose_a_part
from esos.message.bodies import CallDetails, Granted, NeedAsk, Noted, Updated
from esos.station.drills import Act, BeatKind
from esos.vault.chance import SystemClock
from esos.words.need import HelpClass, NeedLine

WAYS: tuple[Way, ...] = (by_card, by_relay, as_visitor, by_telephone)
"""How each caller of the incident calls, in their order; where fewer are played it is the first of them."""
PROOF_RUNG = 3
PROOF_DAYS, GRANT_DAYS, AGREED_DAYS = 21, 21, 7
DAY_MS = 86_400_000
CALLS_APART_SHARE = 0.4
"""The time between two calls, as a share of the time people have to read."""
POLL_SECONDS = 0.3
DAY_SHARE = 0.5
_BOUND = frozenset({"committed", "on_scene", "extending"})
_clock = SystemClock()


async def play(d: Director, options: Options) -> DrillReport:
    """The play, act by act."""
    relay = Actor(RELAY_NAME)
    callers = [Caller(d, facts, way, relay) for facts, way in zip(d.incident.callers, WAYS, strict=True)]
    del callers[d.incident.callers_of(options.callers) :]
    known = [(c.caller, caller_card(c.facts)) for c in callers if c.way is not as_visitor]
    await set_up(d, [*known, (relay, {"country": "SE", "sectors": ("banking",)})])
    if options.with_visitor:
        await choose_a_part(d)
    first = await _first_flood(d, callers)
    second = await _second_flood(d, callers)
    await _release(d, callers)
    filtered = [
        Filtered(services=c.facts.services, needed=c.counted_units // GROWTH, first=once, second=again)
        for c, once, again in zip(callers, first, second, strict=True)
    ]
    return await finish(d, callers, compare(d.incident, filtered))


# --- the first flood ----------------------------------------------------------------------------


async def _first_flood(d: Director, callers: list[Caller]) -> list[tuple[tuple[int, int], ...]]:
    """Calls, charge, control, and help until everything is bound; what was bound of filtering for each caller."""
    d.enter(
        Act.CALLING,
        "Callers of one country are flooded. None of them has an address book of who could filter it.",
        "Each call needs one station that it can reach; then a person must take it.",
    )
    d.start_clock()
    await callers[0].call()
    await together(*(_from_call_to_help(c, place) for place, c in enumerate(callers)))
    await _work_through(d, callers, "Filters are in place. The flood goes on for days; those who filter stay.")
    await _hold_until(d, callers, 7 * DAY_MINUTES)
    return [tuple(c.commitments.values()) for c in callers]


async def _from_call_to_help(c: Caller, place: int) -> None:
    if place:
        await c.d.breathe(CALLS_APART_SHARE * place)
        await c.call()
    c.beat(BeatKind.ARRIVED, "Arrived: the station has the call durably. No person has seen it yet.")
    await _charge(c)
    await together(_call_back_and_control(c), _search(c))


async def _search(c: Caller) -> None:
    await until_covered(c)
    c.is_searched = True


async def _charge(c: Caller) -> None:
    if c.is_first:
        name = await somebody_takes_charge(c)
        c.d.enter(
            Act.CHARGE,
            f"{name} has charge, and calls each caller back by a way fixed beforehand.",
            "Networks on the path are asked by the station itself, and begin once control of the prefix is shown.",
        )
    else:
        with contextlib.suppress(StageRefused):
            await c.act("acknowledged")
        c.beat(BeatKind.IN_CHARGE, "An officer has charge. A person has it now; that is not help yet.")


async def _call_back_and_control(c: Caller) -> None:
    """The officer calls back; then the caller shows that the prefix is its own, and only then anything is filtered."""
    is_known = c.way is not as_visitor
    with contextlib.suppress(StageRefused):  # a visitor may have done it, or ended the case
        await c.act("called_back", {"result": "in_distress", "by": "the telephone", "confirms": is_known})
        c.beat(BeatKind.CALLED_BACK, "The officer has called back: it is in distress.")
        await c.breathe()
        await show_control(c)
        if NeedLine.DNS_OR_ROUTING in c.needs:
            await _allow_routing(c)
    c.consented = True
    if c.is_first:
        c.d.enter(
            Act.ASKING,
            "The station asks whoever is on the path, wave by wave, and says to each why it was asked.",
            "When help is on its way the station is killed, on purpose.",
        )
    if NeedLine.DNS_OR_ROUTING in c.needs:
        await _approve_routing(c)


async def show_control(c: CaseInPlay) -> None:
    """The caller puts a word of the officer's into the reverse names of its prefix: only its holder can."""
    body = {
        "resource": c.facts.prefix, "rung": PROOF_RUNG, "expires_ms": _clock.now_ms() + PROOF_DAYS * DAY_MS,
        "evidence": "A word that the officer chose stands in the reverse names of the prefix.",
    }  # fmt: skip
    await c.act("control_proven", body)
    c.beat(BeatKind.CONTROL, f"It has shown that {c.facts.prefix} is its own. Before, nobody filters it for anybody.")
    await c.breathe()


async def _allow_routing(c: CaseInPlay) -> None:
    """What could harm others needs the caller's signature besides, on exactly the prefix that it proved."""
    grant = Granted(
        help_class=HelpClass.THIRD_PARTY, scope=c.facts.prefix, expires_ms=_clock.now_ms() + GRANT_DAYS * DAY_MS
    )
    await c.say("granted", grant)
    c.beat(
        BeatKind.CONSENT,
        f"It signs that routes of {c.facts.prefix} may be led through filters, for {GRANT_DAYS} days. "
        "Nobody was asked for that before, and two officers must agree to each.",
    )


async def _approve_routing(c: Caller) -> None:
    """Two officers agree to each team that is bound to change a route; until then it may not begin."""
    while True:
        is_last_look = c.is_searched
        bound = [one for one in (await c.view())["requests"] if one["state"] in _BOUND and _routes(one["committed"])]
        for one in bound:
            with contextlib.suppress(StageRefused):
                await c.act("selected", {"request": one["request"]})
                await c.second("selected")
                c.beat(BeatKind.NOTE, "Two officers have agreed to the change of routes.")
        if bound or is_last_look:
            return
        await asyncio.sleep(POLL_SECONDS)


def _routes(lines: Iterable[dict[str, object]]) -> bool:
    return any(line["line"] == NeedLine.DNS_OR_ROUTING for line in lines)


# --- days, and the second flood -----------------------------------------------------------------


async def _work_through(d: Director, callers: list[Caller], now: str) -> None:
    d.enter(Act.HELPING, now, "The days of the flood pass in seconds.")
    for c in callers:
        await go_to_work(c)
    latest = max((at for c in callers for at, _ in c.commitments.values()), default=d.minutes)
    d.pass_over_to(latest + FILTER_MINUTES)
    for c in callers:
        bound = min(c.counted_units, sum(units for _, units in c.commitments.values()))
        await report_work(c, 50, "The filter works; the flood goes on.")
        c.beat(BeatKind.RESTORED, f"{bound} of {c.counted_units} Gbit/s are filtered on the path; it can be reached.")
    await d.breathe()


async def _hold_until(d: Director, callers: list[Caller], until_minutes: int) -> None:
    """Day after day the filters hold; agreements run longer where caller and coordinator want that."""
    for c in callers:
        view = await c.view()
        for one in view["requests"]:
            if one["state"] in _BOUND:
                with contextlib.suppress(StageRefused):
                    await c.act("extended", {"request": one["request"], "days": AGREED_DAYS})
    d.pass_over_to(until_minutes)
    for c in callers:
        await report_work(c, 90, "The flood abates; filters stay.")
        await stabilise(c, "The filters hold, and the services are reached.")
    await d.breathe(DAY_SHARE)


async def _second_flood(d: Director, callers: list[Caller]) -> list[tuple[tuple[int, int], ...]]:
    """One caller had sent everybody home; the others' cases are still open. All are flooded again, twice as hard."""
    _, bank, *_ = callers
    await stand_down(bank)
    bank.commitments = {}
    d.pass_over_to(SECOND_FLOOD_MINUTES)
    d.enter(
        Act.HELPING,
        "The second flood: twice as much as the first. Cases that are open go on; one that had ended is opened again.",
        "What is open now is asked for again.",
    )
    await together(*(_again(c, is_over=c is bank) for c in callers))
    await _work_through(d, callers, "Filters are adapted and new ones are in place.")
    kept = [tuple(c.commitments.values()) for c in callers]
    await _hold_until(d, callers, SECOND_FLOOD_MINUTES + DAY_MINUTES)
    return kept


async def _again(c: Caller, *, is_over: bool) -> None:
    told = (await c.view())["requests"]
    c.needs = {line: units * GROWTH for line, units in c.facts.needs if line is c.d.incident.counted}
    c.facts = msgspec.structs.replace(c.facts, needs=tuple(c.needs.items()))
    if is_over:
        await c.call()
        await _charge(c)
        await c.act("called_back", {"result": "in_distress", "by": "the telephone", "confirms": True})
        await show_control(c)
    else:
        await _ask_for_more(c)
    await until_covered(c, told)


async def _ask_for_more(c: Caller) -> None:
    """The caller says that it is flooded again, and what it needs now, in the case that is open."""
    details = CallDetails(
        needs=tuple(NeedAsk(line=line, quantity=units) for line, units in c.needs.items()),
        words="It is back, and twice as much.",
    )
    for kind, body in (("updated", Updated(number=1, details=details)), ("relapsed", Noted(note="Flooded again."))):
        if c.way is as_visitor:
            await c.tell(kind, msgspec.to_builtins(body), c.token)
        else:
            await c.say(kind, body)
    c.beat(BeatKind.AGAIN, "Flooded again. The case was open still, so whoever filters for it is asked to go on.")


# --- the end --------------------------------------------------------------------------------------


async def _release(d: Director, callers: list[Caller]) -> None:
    d.enter(
        Act.RELEASING,
        "The flood is over. Everybody is released, with thanks, and every consent ends.",
        "What was kept is proved.",
    )
    for c in callers:
        await stand_down(c)
        await close(c)
