"""The roster as it was said: statements folded one after another, each checked against those before it.

Law 12: the same statements in the same order are the same roster. What breaks a rule is refused with its
reason and changes nothing; a swap holds only when both have said so.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from esos.errors import Conflict, Forbidden, Malformed, Unknown
from esos.message.roster_bodies import (
    AbsenceStated,
    RosterSet,
    RosterWithdrawn,
    Shift,
    ShiftsSet,
    SwapAnswered,
    SwapAsked,
    WatchOverridden,
)
from esos.roster.spans import check_rules
from esos.roster.watch import DAY_MS, SPAN_MAX_MS, Able, Act, Plan

ACTS_MAX = 2_000
"""How many overrides, swaps and absences may be in force or to come."""
SOURCES_MAX = 20
"""From how many calendars shifts are kept."""
KEPT_MS = 40 * DAY_MS
"""How long after its end an override or a swap is still shown."""
ABSENT, OVERRIDDEN, SWAPPED = "absent", "overridden", "swapped"
_FULL = "So many changes of the roster cannot be kept at once."


class Swap(msgspec.Struct, frozen=True, kw_only=True):
    """A swap that one officer asked of another, and that waits for an answer."""

    id: bytes
    asker: str
    body: SwapAsked


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """Everything said of the roster that still counts."""

    rules: RosterSet = RosterSet()
    shifts: dict[str, tuple[Shift, ...]] = {}
    acts: tuple[Act, ...] = ()
    swaps: dict[bytes, Swap] = {}

    def plan(self, able: Able) -> Plan:
        """What decides who is on watch, with those who may be."""
        together = tuple(one for shifts in self.shifts.values() for one in shifts)
        return Plan(rules=self.rules, shifts=together, acts=self.acts, able=able)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One statement about the roster: its id, what it says, whose word it is, and when the station had it.

    ``decides`` is whether whoever says it may decide for others: an officer or a registrar.
    """

    id: bytes
    body: Any
    by: str
    decides: bool
    at_ms: int
    able: Able


def fold(roster: Roster, said: Said) -> Roster:
    """The roster after this was said.

    Raises ``Malformed`` (``roster.*``, ``duty.hours``), ``Forbidden`` (``roster.not_yours``, ``swap.not_yours``),
    ``Unknown`` (``roster.unknown``, ``swap.unknown``) or ``Conflict`` (``roster.full``, ``swap.*``).
    """
    return _FOLDS[type(said.body)](_tidied(roster, said.at_ms), said)


def _tidied(roster: Roster, at_ms: int) -> Roster:
    """Without what ended long ago, and without swaps that nobody answered in time."""
    acts = tuple(one for one in roster.acts if one.until_ms + KEPT_MS > at_ms)
    swaps = {id_: one for id_, one in roster.swaps.items() if one.body.give_until_ms > at_ms}
    return msgspec.structs.replace(roster, acts=acts, swaps=swaps)


def _set_rules(roster: Roster, said: Said) -> Roster:
    check_rules(said.body)
    return msgspec.structs.replace(roster, rules=said.body)


def _set_shifts(roster: Roster, said: Said) -> Roster:
    body: ShiftsSet = said.body
    for one in body.shifts:
        check_span(one.from_ms, one.until_ms)
    others = {source: shifts for source, shifts in roster.shifts.items() if source != body.source}
    if body.shifts and len(others) >= SOURCES_MAX:
        raise Conflict("roster.full", f"Shifts of {SOURCES_MAX} calendars are kept at most.", hint="Take one away.")
    return msgspec.structs.replace(roster, shifts=others | ({body.source: body.shifts} if body.shifts else {}))


def check_span(from_ms: int, until_ms: int) -> None:
    """Raise ``Malformed`` (``roster.span``) for a span that ends before it begins, or is too long."""
    if not from_ms < until_ms <= from_ms + SPAN_MAX_MS:
        raise Malformed(
            "roster.span",
            "A span of the roster ends after it begins, and lasts at most 400 days.",
            hint="Look at both times.",
        )


def _with_acts(roster: Roster, *acts: Act) -> Roster:
    if len(roster.acts) + len(acts) > ACTS_MAX:
        raise Conflict("roster.full", _FULL, hint="Write what is always so into a rotation, or withdraw some.")
    return msgspec.structs.replace(roster, acts=(*roster.acts, *acts))


def _override(roster: Roster, said: Said) -> Roster:
    body: WatchOverridden = said.body
    check_span(body.from_ms, body.until_ms)
    return _with_acts(
        roster,
        Act(
            id=said.id,
            kind=OVERRIDDEN,
            duty=body.duty,
            officers=body.officers,
            instead_of=body.instead_of,
            from_ms=body.from_ms,
            until_ms=body.until_ms,
            why=body.reason,
            by=said.by,
        ),
    )


def _be_away(roster: Roster, said: Said) -> Roster:
    body: AbsenceStated = said.body
    check_span(body.from_ms, body.until_ms)
    if body.officer != said.by and not said.decides:
        raise Forbidden("roster.not_yours", "Only an officer or a registrar says when somebody else is away.")
    return _with_acts(
        roster,
        Act(
            id=said.id,
            kind=ABSENT,
            duty="",
            officers=(),
            instead_of=body.officer,
            from_ms=body.from_ms,
            until_ms=body.until_ms,
            why=body.reason,
            by=said.by,
        ),
    )


def _withdraw(roster: Roster, said: Said) -> Roster:
    body: RosterWithdrawn = said.body
    found = [one for one in roster.acts if one.id == body.what]
    asked = roster.swaps.get(body.what)
    if not found and asked is None:
        raise Unknown("roster.unknown", "There is no such change of the roster.", hint="See esos roster show.")
    concerned = {asked.asker, asked.body.other} if asked else {p for one in found for p in _parties(one)}
    if said.by not in concerned and not said.decides:
        raise Forbidden("roster.not_yours", "Only whom it concerns, an officer or a registrar withdraws it.")
    return msgspec.structs.replace(
        roster,
        acts=tuple(one for one in roster.acts if one.id != body.what),
        swaps={id_: one for id_, one in roster.swaps.items() if id_ != body.what},
    )


def _parties(act: Act) -> tuple[str, ...]:
    return (act.by, act.instead_of) if act.kind == SWAPPED else (act.by,)


def _ask_swap(roster: Roster, said: Said) -> Roster:
    body: SwapAsked = said.body
    if len(roster.swaps) >= ACTS_MAX:
        raise Conflict("roster.full", _FULL, hint="Answer or withdraw some swaps first.")
    _check_swap(roster, said, said.by, body)
    return msgspec.structs.replace(roster, swaps={**roster.swaps, said.id: Swap(id=said.id, asker=said.by, body=body)})


def _check_swap(roster: Roster, said: Said, asker: str, body: SwapAsked) -> None:
    """Each gives only what is theirs, now and when it is accepted."""
    if body.other == asker:
        raise Malformed("swap.self", "A swap is between two people.", hint="Name somebody else.")
    plan = roster.plan(said.able)
    if not said.able.may(body.duty, body.other):
        raise Unknown("swap.nobody", "Whoever is asked cannot be on this duty here.", hint="See esos officer list.")
    check_span(body.give_from_ms, body.give_until_ms)
    spans = [(asker, body.give_from_ms, body.give_until_ms)]
    if body.take_until_ms:
        check_span(body.take_from_ms, body.take_until_ms)
        spans.append((body.other, body.take_from_ms, body.take_until_ms))
    if any(until_ms <= said.at_ms for _, _, until_ms in spans):
        raise Conflict("swap.late", "A shift that is over cannot be swapped.", hint="Choose one to come.")
    if not all(plan.is_on(person, body.duty, from_ms, until_ms) for person, from_ms, until_ms in spans):
        raise Conflict(
            "swap.not_on",
            "Each can only give a shift that is theirs by the roster.",
            hint="Look at the roster again: it may have changed.",
        )


def _answer_swap(roster: Roster, said: Said) -> Roster:
    body: SwapAnswered = said.body
    asked = roster.swaps.get(body.swap)
    if asked is None:
        raise Unknown("swap.unknown", "There is no such swap, or it was answered.", hint="Look at the roster again.")
    if said.by != asked.body.other:
        raise Forbidden("swap.not_yours", "Only whoever was asked answers a swap.")
    left = {id_: one for id_, one in roster.swaps.items() if id_ != body.swap}
    if body.accepted:
        _check_swap(roster, said, asked.asker, asked.body)
        roster = _with_acts(roster, *_acts_of(asked))
    return msgspec.structs.replace(roster, swaps=left)


def _acts_of(swap: Swap) -> list[Act]:
    body = swap.body
    given = [(swap.asker, body.other, body.give_from_ms, body.give_until_ms)]
    if body.take_until_ms:
        given.append((body.other, swap.asker, body.take_from_ms, body.take_until_ms))
    return [
        Act(
            id=swap.id,
            kind=SWAPPED,
            duty=body.duty,
            officers=(taker,),
            instead_of=giver,
            from_ms=from_ms,
            until_ms=until_ms,
            why=body.note,
            by=swap.asker if giver == body.other else body.other,
        )
        for giver, taker, from_ms, until_ms in given
    ]


_FOLDS: dict[type[Any], Callable[[Roster, Said], Roster]] = {
    RosterSet: _set_rules,
    ShiftsSet: _set_shifts,
    WatchOverridden: _override,
    AbsenceStated: _be_away,
    RosterWithdrawn: _withdraw,
    SwapAsked: _ask_swap,
    SwapAnswered: _answer_swap,
}
BODIES = tuple(_FOLDS)
"""The bodies that speak of the roster."""
