"""Several pacts that bind the same pair, as one set of rules: strongest duty, shortest timers.

Law 12: the order in which the pacts are given changes no byte of the result.
"""

import hashlib
from collections.abc import Iterable
from typing import get_args

from msgspec import UNSET

from esos.errors import Malformed
from esos.pact.ladder import Ladder
from esos.pact.model import AS_CALL, Callers, Duty, FreeLine, Reach, SecondOffice, Threshold, Tier, Widening
from esos.pact.rules import Rules
from esos.pact.timers import SINGLE_TIMERS, Timers
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

_WIDEST_FIRST: tuple[Reach, ...] = ("anyone", "members-and-neighbours", "members", "own-teams")
_M, _P, _A = Urgency.MAYDAY, Urgency.PAN_PAN, Urgency.ADVISORY


def combine(*rules: Rules) -> Rules:
    """One set of rules out of those of several pacts; a single one comes back as it is.

    Per timer the shortest that runs, of the ladders every step, per urgency the strongest duty, owed
    and free lines together, everybody any of them reaches, the largest waves, the lowest assumed answer
    rate, the lowest quotas and share. The digest of several is the SHA-256 of their digests in rising
    order. Raises ``Malformed`` (``pact.nothing_to_combine``) when none is given.
    """
    chosen = sorted(set(rules), key=lambda one: (one.pact, one.version, one.digest))
    if not chosen:
        raise Malformed("pact.nothing_to_combine", "No pact was given.")
    if len(chosen) == 1:
        return chosen[0]
    cheapest = min(chosen, key=lambda one: _DEARNESS[one.above_free])
    return Rules(
        pact=" + ".join(one.pact for one in chosen),
        version=max(one.version for one in chosen),
        digest=hashlib.sha256(b"".join(sorted(one.digest for one in chosen))).digest(),
        threshold=_threshold(chosen),
        mayday=_timers(one.mayday for one in chosen),
        pan_pan=_timers(one.pan_pan for one in chosen),
        advisory=_timers(one.advisory for one in chosen),
        mayday_ladder=_ladder([one.mayday_ladder for one in chosen]),
        pan_pan_ladder=_ladder([one.pan_pan_ladder for one in chosen]),
        advisory_ladder=_ladder([one.advisory_ladder for one in chosen]),
        mayday_duty=_strongest_duty(chosen, _M),
        pan_pan_duty=_strongest_duty(chosen, _P),
        advisory_duty=_strongest_duty(chosen, _A),
        wave_first_size=max(one.wave_first_size for one in chosen),
        wave_cap=max(one.wave_cap for one in chosen),
        expected_answer_percent=min(one.expected_answer_percent for one in chosen),
        reach=next(reach for reach in _WIDEST_FIRST if any(one.reach == reach for one in chosen)),
        tiers=tuple(tier for tier in Tier if any(tier in one.tiers for one in chosen)),
        share_cap_percent=min(one.share_cap_percent for one in chosen),
        open_requests_max=min(one.open_requests_max for one in chosen),
        requests_a_month_max=min(one.requests_a_month_max for one in chosen),
        agreement_days=min(one.agreement_days for one in chosen),
        owed=tuple(line for line in NeedLine if any(line in one.owed for one in chosen)),
        free_tier=_free_tier(chosen),
        above_free=cheapest.above_free,
        ceiling=cheapest.ceiling,
        tariff=cheapest.tariff,
        callers=_callers(chosen),
        widen=tuple(way for way in get_args(Widening) if any(way in one.widen for one in chosen)),
        second_officers=tuple(one for one in get_args(SecondOffice) if any(one in r.second_officers for r in chosen)),
        second_named=tuple(sorted({name for one in chosen for name in one.second_named})),
    )


_DEARNESS = {"free": 0, "ceiling": 1, "at-rate": 2}


def _callers(rules: list[Rules]) -> Callers:
    """Whoever may call under any of them may."""
    given = [one.callers for one in rules]
    kinds = tuple(sorted({kind for one in given for kind in one.member_kinds}))
    return Callers(
        strangers="as-members" if any(one.strangers == "as-members" for one in given) else "advice-only",
        member_kinds=kinds if all(one.member_kinds for one in given) else (),
        delegates=any(one.delegates for one in given),
        relays="anyone" if any(one.relays == "anyone" for one in given) else "members",
        silence=AS_CALL if all(one.silence == AS_CALL for one in given) else UNSET,
    )


def _threshold(rules: list[Rules]) -> Threshold:
    """What any of them calls grave is grave; the first by name says how strongly sectors depend on each other."""
    given = [one.threshold for one in rules]
    return Threshold(
        mayday=tuple(dict.fromkeys(rule for one in given for rule in one.mayday)),
        pan_pan=tuple(dict.fromkeys(rule for one in given for rule in one.pan_pan)),
        dependency=given[0].dependency,
        sectors=given[0].sectors,
    )


def _timers(timers: Iterable[Timers]) -> Timers:
    given = list(timers)
    shortest = {name: _shortest([getattr(one, name) for one in given]) for name in SINGLE_TIMERS}
    reminders = {at_ms for one in given for at_ms in one.reply_reminders_ms if at_ms < shortest["reply_ms"]}
    return Timers(reply_reminders_ms=tuple(sorted(reminders)), **shortest)


def _shortest(durations_ms: list[int]) -> int:
    return min((one for one in durations_ms if one), default=0)


def _ladder(ladders: list[Ladder]) -> Ladder:
    """Every step of every ladder, so that in the first round nobody is paged later than any pact promises."""
    steps = {step for one in ladders for step in one.steps}
    ordered = sorted(steps, key=lambda step: (step.after_ms, step.page))
    return Ladder(steps=tuple(ordered), round_ms=min(one.round_ms for one in ladders))


def _strongest_duty(rules: list[Rules], urgency: Urgency) -> Duty:
    return max((one.duty(urgency) for one in rules), key=lambda duty: duty.strength)


def _free_tier(rules: list[Rules]) -> tuple[FreeLine, ...]:
    most = {line: max(one.free_units(line) for one in rules) for line in NeedLine}
    return tuple(FreeLine(line=line, units=units) for line, units in most.items() if units)
