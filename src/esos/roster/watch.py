"""Who is on duty at an instant, and from when until when: rules first, then what people agreed, newest last.

The order is fixed: rotations and shifts; holidays in their place; where these name nobody, the standing list;
then overrides, swaps and absences in the order in which they were said. Whoever is away or no longer of the
station never counts. Nobody found is a gap, and whoever asks must then call everybody (law 5).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Final, Generic, TypeVar

import msgspec

from esos.message.roster_bodies import RosterSet, Shift
from esos.roster.spans import Span, holiday_spans, rotation_spans, shift_spans

DUTIES: Final = ("watch", "backup", "second")
"""What people are on the roster for, in the order in which they are called."""
DAY_MS = 86_400_000
GAPS_LOOKED_AHEAD_MS = 14 * DAY_MS
"""How far ahead gaps are looked for."""
SPAN_MAX_MS = 400 * DAY_MS
"""The longest time for which a roster is laid out at once."""


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a span: others on duty, one person by another (``instead_of``), or one person away (nobody else).

    ``pair`` is the swap it belongs to; ``why`` is what was said with it.
    """

    id: bytes
    kind: str
    duty: str
    officers: tuple[str, ...]
    instead_of: str
    from_ms: int
    until_ms: int
    why: str = ""
    by: str = ""

    def covers(self, at_ms: int) -> bool:
        """Whether an instant lies in its span."""
        return self.from_ms <= at_ms < self.until_ms


T = TypeVar("T", Span, Act)


@dataclass(frozen=True, slots=True, kw_only=True)
class Able:
    """Who may be on which duty now: a person who left the station is in none of these."""

    by_duty: Mapping[str, frozenset[str]]

    def may(self, duty: str, person: str) -> bool:
        """Whether this person may be on this duty."""
        return person in self.by_duty.get(duty, frozenset())


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """One duty from an instant until before another, with nobody changing; no people is a gap."""

    duty: str
    from_ms: int
    until_ms: int
    people: tuple[str, ...]


class OnWatch(msgspec.Struct, frozen=True, kw_only=True):
    """Who is on each duty at one instant."""

    watch: tuple[str, ...] = ()
    backup: tuple[str, ...] = ()
    second: tuple[str, ...] = ()

    def of(self, duty: str) -> tuple[str, ...]:
        """The people of one duty, in the order in which they are called."""
        people: tuple[str, ...] = getattr(self, duty)
        return people


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that decides who is on duty: rules, single shifts, what was agreed in order, and who may be."""

    rules: RosterSet = field(default_factory=RosterSet)
    shifts: tuple[Shift, ...] = ()
    acts: tuple[Act, ...] = ()
    able: Able

    def at(self, at_ms: int) -> OnWatch:
        """Who is on watch at this instant."""
        found = {duty: _Duty(self, duty, at_ms, at_ms + 1).people_at(at_ms) for duty in DUTIES}
        return OnWatch(**found)

    def stretches(self, duty: str, from_ms: int, until_ms: int) -> list[Stretch]:
        """One duty laid out from an instant until before another: stretches that meet, each with other people."""
        until_ms = min(until_ms, from_ms + SPAN_MAX_MS)
        found: list[Stretch] = []
        for begins_ms, ends_ms, people in _Duty(self, duty, from_ms, until_ms).laid_out():
            since_ms = found.pop().from_ms if found and found[-1].people == people else begins_ms
            found.append(Stretch(duty=duty, from_ms=since_ms, until_ms=ends_ms, people=people))
        return found

    def gaps(self, from_ms: int, until_ms: int) -> list[Stretch]:
        """When nobody is on watch, so that everybody would be called."""
        return [one for one in self.stretches("watch", from_ms, until_ms) if not one.people]

    def of_person(self, person: str, from_ms: int, until_ms: int) -> list[Stretch]:
        """When one person is on which duty, in order of time."""
        return self.by_person(from_ms, until_ms).get(person, [])

    def by_person(self, from_ms: int, until_ms: int) -> dict[str, list[Stretch]]:
        """The same of everybody who is on any duty: the plan is laid out once, however many people there are."""
        found: dict[str, list[Stretch]] = {}
        for duty in DUTIES:
            own: dict[str, list[Stretch]] = {}
            for stretch in self.stretches(duty, from_ms, until_ms):
                for person in stretch.people:
                    own.setdefault(person, []).append(stretch)
            for person, stretches in own.items():
                found.setdefault(person, []).extend(
                    Stretch(duty=duty, from_ms=one[0], until_ms=one[1], people=(person,)) for one in _joined(stretches)
                )
        for laid in found.values():
            laid.sort(key=lambda one: (one.from_ms, DUTIES.index(one.duty)))
        return found

    def is_on(self, person: str, duty: str, from_ms: int, until_ms: int) -> bool:
        """Whether a person is on this duty in the whole of a span."""
        laid = self.stretches(duty, from_ms, until_ms)
        return bool(laid) and all(person in one.people for one in laid)


def _joined(stretches: Iterable[Stretch]) -> list[tuple[int, int]]:
    """Stretches that meet as one."""
    found: list[tuple[int, int]] = []
    for one in stretches:
        if found and found[-1][1] == one.from_ms:
            found[-1] = (found[-1][0], one.until_ms)
        else:
            found.append((one.from_ms, one.until_ms))
    return found


class _Duty:
    """One duty of a plan over one span of time."""

    def __init__(self, plan: Plan, duty: str, from_ms: int, until_ms: int) -> None:
        rules = plan.rules
        self._duty, self._able, self._from_ms, self._until_ms = duty, plan.able, from_ms, until_ms
        self._standing: tuple[str, ...] = getattr(rules, duty)
        turns = [
            span
            for one in rules.rotations
            if one.duty == duty
            for span in rotation_spans(one, rules.timezone, from_ms, until_ms)
        ]
        self._usual: list[Span] = [*turns, *shift_spans(plan.shifts, duty, from_ms, until_ms)]
        self._holidays = list(holiday_spans(rules.holidays, duty, rules.timezone, from_ms, until_ms))
        self._acts = [
            one for one in plan.acts if one.duty in {duty, ""} and one.from_ms < until_ms and one.until_ms > from_ms
        ]

    def laid_out(self) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """Every piece with its people: each span is looked at when it begins and ends, not at every piece."""
        usual, holidays, acts = _Sweep(self._usual), _Sweep(self._holidays), _Sweep(self._acts)
        for begins_ms, ends_ms in self._pieces():
            at = (usual.at(begins_ms), holidays.at(begins_ms), acts.at(begins_ms))
            yield begins_ms, ends_ms, self._people(*at)

    def _pieces(self) -> Iterator[tuple[int, int]]:
        """The span cut wherever anybody might change."""
        edges = {self._from_ms, self._until_ms}
        for span in (*self._usual, *self._holidays):
            edges |= {span.from_ms, span.until_ms}
        for act in self._acts:
            edges |= {act.from_ms, act.until_ms}
        inside = sorted(edge for edge in edges if self._from_ms <= edge <= self._until_ms)
        yield from pairwise(inside)

    def people_at(self, at_ms: int) -> tuple[str, ...]:
        """Who is on this duty at an instant."""
        usual = [one for one in self._usual if one.covers(at_ms)]
        holidays = [one for one in self._holidays if one.covers(at_ms)]
        return self._people(usual, holidays, [one for one in self._acts if one.covers(at_ms)])

    def _people(self, usual: Sequence[Span], holidays: Sequence[Span], acts: Sequence[Act]) -> tuple[str, ...]:
        """By holidays, else by rotations and shifts, else by the standing list; then what was agreed, in order."""
        away = frozenset(one.instead_of for one in acts if not one.officers)
        people = (
            next(filter(None, (self._picked(one, away) for one in holidays[::-1])), [])
            or [person for one in usual for person in self._picked(one, away)]
            or list(self._able_of(self._standing, away))
        )
        for act in acts:
            people = self._changed(people, act)
        return tuple(dict.fromkeys(people))

    def _picked(self, span: Span, away: frozenset[str]) -> list[str]:
        return list(islice(self._able_of(span.people, away), span.picks))

    def _able_of(self, people: Iterable[str], away: frozenset[str]) -> Iterator[str]:
        return (one for one in people if one not in away and self._able.may(self._duty, one))

    def _changed(self, people: list[str], act: Act) -> list[str]:
        """What a change makes of the list; one that names nobody who may be on duty changes nothing."""
        if not act.officers:
            return [one for one in people if one != act.instead_of]
        instead = list(self._able_of(act.officers, frozenset()))
        if not instead or (act.instead_of and act.instead_of not in people):
            return people
        if not act.instead_of:
            return instead
        place = people.index(act.instead_of)
        return [*people[:place], *instead, *people[place + 1 :]]


class _Sweep(Generic[T]):
    """Which of some spans cover an instant, in their own order, asked for instants that only grow."""

    def __init__(self, spans: Sequence[T]) -> None:
        self._spans: Sequence[T] = spans
        self._coming = sorted(range(len(spans)), key=lambda one: spans[one].from_ms, reverse=True)
        self._going: list[int] = []

    def at(self, at_ms: int) -> list[T]:
        """Those that cover this instant, which is no earlier than the one before."""
        while self._coming and self._spans[self._coming[-1]].from_ms <= at_ms:
            self._going.append(self._coming.pop())
        self._going = sorted(one for one in self._going if self._spans[one].until_ms > at_ms)
        return [self._spans[one] for one in self._going]
