"""What one field of a pact alone cannot say: ranges of the timers, order, and what fits together.

Law 5: the timers that keep somebody in charge cannot be switched off, and no ladder ends without a
next holder. Each check is one function that yields ``(path, sentence)``; the first one found is told.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from esos.errors import Malformed
from esos.pact.durations import say_duration
from esos.pact.effects import SECTORS
from esos.pact.form import key_of
from esos.pact.ladder import ROUND_MAX_MS, ROUND_MIN_MS, STEPS_MAX, STEPS_MIN, Ladder
from esos.pact.lines import Path
from esos.pact.model import Pact
from esos.pact.threshold import parse_rule
from esos.pact.timers import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, SINGLE_TIMERS, Timers
from esos.words.urgency import Urgency

Problem = tuple[Path, str]
REMINDERS_MAX = 5
"""The most reminders one request may get."""
LAW_STEP_MAX_MS = 365 * DAY_MS
"""The latest report a law hook may name."""
YEAR_MIN, YEAR_MAX = 2000, 2999
"""The years in which a pact may enter into force."""
TIMER_RANGES_MS: dict[str, tuple[int, int]] = {
    "arm_ms": (SECOND_MS, MINUTE_MS),
    "ack_ms": (10 * SECOND_MS, 7 * DAY_MS),
    "call_back_ms": (MINUTE_MS, 7 * DAY_MS),
    "wave_first_ack_ms": (SECOND_MS, DAY_MS),
    "wave_first_unacked_ms": (10 * SECOND_MS, DAY_MS),
    "wave_interval_ms": (10 * SECOND_MS, DAY_MS),
    "reply_ms": (MINUTE_MS, 7 * DAY_MS),
    "commit_ms": (MINUTE_MS, 7 * DAY_MS),
    "scene_ms": (MINUTE_MS, 30 * DAY_MS),
    "sitrep_ms": (MINUTE_MS, 7 * DAY_MS),
    "heart_ms": (MINUTE_MS, 7 * DAY_MS),
    "lease_ms": (MINUTE_MS, 7 * DAY_MS),
    "stable_ms": (HOUR_MS, 90 * DAY_MS),
    "review_ms": (HOUR_MS, 90 * DAY_MS),
    "settle_ms": (HOUR_MS, 365 * DAY_MS),
    "second_ms": (MINUTE_MS, 7 * DAY_MS),
}
"""The shortest and the longest each timer may be where it runs."""
MAY_STOP = frozenset({"arm_ms", "wave_first_unacked_ms"})
"""Timers that an emergency or an urgent case may do without."""
RUN_FOR_ADVISORY = frozenset({"ack_ms", "review_ms", "settle_ms", "second_ms"})
"""The only timers of an advisory: nobody asks for help in one."""
_KEYS = {Urgency.MAYDAY: "mayday", Urgency.PAN_PAN: "pan-pan", Urgency.ADVISORY: "advisory"}


def check(pact: Pact) -> Problem | None:
    """The first thing in the pact that does not fit, as its TOML path and what is said after it."""
    return next((problem for look in _CHECKS for problem in look(pact)), None)


def _check_heading(pact: Pact) -> Iterator[Problem]:
    if not YEAR_MIN <= pact.pact.in_force.year <= YEAR_MAX:
        yield ("pact", "in_force"), f"must lie in the years {YEAR_MIN} to {YEAR_MAX}"
    if pact.pact.members_min > pact.pact.members_max:
        yield ("pact", "members_min"), "must not be more than members_max"


def _check_threshold(pact: Pact) -> Iterator[Problem]:
    for key, rules in (("mayday", pact.threshold.mayday), ("pan-pan", pact.threshold.pan_pan)):
        for index, rule in enumerate(rules):
            try:
                parse_rule(rule)
            except Malformed as error:
                hint = f" ({error.hint.rstrip('.')})" if error.hint else ""
                yield ("threshold", key, index), f"cannot be read: {error.detail.rstrip('.')}{hint}"
        yield from _no_twice(("threshold", key), rules)
    sectors = [one.sector for one in pact.threshold.sectors]
    for index, sector in enumerate(sectors):
        if sector not in SECTORS:
            yield ("threshold", "sectors", index, "sector"), f"must be one of: {', '.join(SECTORS)}"
    yield from _no_twice(("threshold", "sectors"), sectors)


def _check_helpers(pact: Pact) -> Iterator[Problem]:
    helpers = pact.helpers
    if helpers.wave_first_size > helpers.wave_cap:
        yield ("helpers", "wave_first_size"), f"must not be more than wave_cap, {helpers.wave_cap}"
    if ("named" in helpers.second_officers) != bool(helpers.second_named):
        yield ("helpers", "second_named"), 'must list offices exactly where second_officers has "named"'
    strengths = [helpers.duty.mayday.strength, helpers.duty.pan_pan.strength, helpers.duty.advisory.strength]
    if strengths != sorted(strengths, reverse=True):
        yield ("helpers", "duty"), "must not ask more at a lower urgency than at a higher one"
    for key in ("tiers", "widen", "second_officers", "second_named"):
        yield from _no_twice(("helpers", key), getattr(helpers, key))
    yield from _no_twice(("callers", "member_kinds"), pact.callers.member_kinds)


def _check_ladders(pact: Pact) -> Iterator[Problem]:
    ladders = (pact.helpers.ladder.mayday, pact.helpers.ladder.pan_pan, pact.helpers.ladder.advisory)
    for urgency, ladder, timers in zip(Urgency, ladders, _timers(pact), strict=True):
        yield from _check_ladder(("helpers", "ladder", _KEYS[urgency]), ladder, timers)


def _check_ladder(path: Path, ladder: Ladder, timers: Timers) -> Iterator[Problem]:
    times = [step.after_ms for step in ladder.steps]
    if not STEPS_MIN <= len(times) <= STEPS_MAX:
        yield (*path, "steps"), f"must have {STEPS_MIN} to {STEPS_MAX} steps, so that there is always a next holder"
        return
    if times[0] != 0 or ladder.steps[0].page != "watch":
        yield (*path, "steps", 0), 'must page the watch after "0s"'
    if any(later <= earlier for earlier, later in pairwise(times)):
        yield (*path, "steps"), "must stand in rising order of time"
    if times[1] > timers.ack_ms:
        yield (*path, "steps", 1), f"must come when a person is due, after {say_duration(timers.ack_ms)}, or before"
    if not ROUND_MIN_MS <= ladder.round_ms <= ROUND_MAX_MS:
        yield (*path, "round"), f"must be {say_duration(ROUND_MIN_MS)} to {say_duration(ROUND_MAX_MS)}"


def _check_timers(pact: Pact) -> Iterator[Problem]:
    for urgency, timers in zip(Urgency, _timers(pact), strict=True):
        path = ("timers", _KEYS[urgency])
        for name in SINGLE_TIMERS:
            yield from _check_timer((*path, key_of(name)), urgency, name, getattr(timers, name))
        yield from _check_reminders((*path, "reply_reminders"), timers)
        if 0 < timers.wave_first_unacked_ms < timers.ack_ms:
            yield (*path, "wave_first_unacked"), f"must leave a person the {say_duration(timers.ack_ms)} of ack"


def _check_timer(path: Path, urgency: Urgency, name: str, duration_ms: int) -> Iterator[Problem]:
    is_advisory = urgency is Urgency.ADVISORY
    if duration_ms == 0:
        if name in RUN_FOR_ADVISORY or not (is_advisory or name in MAY_STOP):
            yield path, "must run, or nobody would be due next"
        return
    if is_advisory and name not in RUN_FOR_ADVISORY | {"arm_ms"}:
        yield path, 'must be "none": nobody asks for help in an advisory'
    shortest_ms, longest_ms = TIMER_RANGES_MS[name]
    if not shortest_ms <= duration_ms <= longest_ms:
        yield path, f"must be {say_duration(shortest_ms)} to {say_duration(longest_ms)}"


def _check_reminders(path: Path, timers: Timers) -> Iterator[Problem]:
    reminders = timers.reply_reminders_ms
    if len(reminders) > REMINDERS_MAX:
        yield path, f"must be at most {REMINDERS_MAX}"
    is_rising = all(earlier < later for earlier, later in pairwise((0, *reminders)))
    if not is_rising or (reminders and reminders[-1] >= timers.reply_ms):
        yield path, "must rise, and all come before the answer is due"


def _check_assistance(pact: Pact) -> Iterator[Problem]:
    assistance = pact.assistance
    if (assistance.above_free == "ceiling") != bool(assistance.ceiling):
        yield ("assistance", "ceiling"), 'must be given exactly where above_free is "ceiling"'
    if bool(assistance.ceiling or assistance.tariff) != bool(assistance.currency):
        yield ("assistance", "currency"), "must be given exactly where there are prices"
    if assistance.above_free == "at-rate" and not assistance.tariff:
        yield ("assistance", "tariff"), 'must list prices where above_free is "at-rate"'
    yield from _no_twice(("assistance", "owed"), assistance.owed)
    yield from _no_twice(("assistance", "free_tier"), [one.line for one in assistance.free_tier])
    yield from _no_twice(("assistance", "tariff"), [one.line for one in assistance.tariff])


def _check_disclosure(pact: Pact) -> Iterator[Problem]:
    if pact.disclosure.witnesses_needed > pact.disclosure.witnesses_asked:
        yield ("disclosure", "witnesses_needed"), "must not be more than witnesses_asked"


def _check_law(pact: Pact) -> Iterator[Problem]:
    for index, hook in enumerate(pact.law.hooks):
        for number, step in enumerate(hook.steps):
            if not 0 < step.after_ms <= LAW_STEP_MAX_MS:
                path = ("law", "hooks", index, "steps", number, "after")
                yield path, f"must be more than none and at most {say_duration(LAW_STEP_MAX_MS)}"
    yield from _no_twice(("law", "hooks"), [hook.name for hook in pact.law.hooks])


def _no_twice(path: Path, items: Sequence[str]) -> Iterator[Problem]:
    for index, item in enumerate(items):
        if item in items[:index]:
            yield (*path, index), f"says {item} twice"


def _timers(pact: Pact) -> tuple[Timers, Timers, Timers]:
    return pact.timers.mayday, pact.timers.pan_pan, pact.timers.advisory


_CHECKS: tuple[Callable[[Pact], Iterator[Problem]], ...] = (
    _check_heading,
    _check_threshold,
    _check_helpers,
    _check_timers,
    _check_ladders,
    _check_assistance,
    _check_disclosure,
    _check_law,
)
