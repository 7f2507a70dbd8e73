"""What the roster looks like from outside: who is on watch now and next, the ladders, gaps, swaps and changes.

The same plain values for HTTP, pages and the command line. A gap is whenever a call would wake everybody because
the roster names nobody, or only people whom no page reaches.
"""

from typing import NamedTuple

from esos.message.card import Contact
from esos.pact.ladder import Ladder
from esos.roster.fold import Swap
from esos.roster.watch import DUTIES, GAPS_LOOKED_AHEAD_MS, Act, Plan, Stretch
from esos.station.contacts import goes_out
from esos.station.directory import Directory
from esos.station.page_reasons import NEIGHBOUR
from esos.station.rostering import name_on_roster, plan_of, station_named
from esos.station.view_parts import View
from esos.words.urgency import Urgency

DAY_MS = 86_400_000


class PersonView(View, kw_only=True):
    """Somebody on the roster, or a neighbour's watch; ``reached`` is whether a page could go out to them."""

    person: str
    name: str
    reached: bool


class StretchView(View, kw_only=True):
    """One duty from an instant until before another, in the hands of the same people.

    ``is_gap``: nobody whom a page would reach, so that everybody is called.
    """

    duty: str
    from_ms: int
    until_ms: int
    people: tuple[PersonView, ...]
    is_gap: bool


class LadderStepView(View, kw_only=True):
    """Whom one step of a ladder means at this moment. ``after_ms`` counts from the arrival of a call."""

    after_ms: int
    page: str
    people: tuple[PersonView, ...]


class LadderView(View, kw_only=True):
    """Who is called for calls of one urgency, in order; it goes round again ``round_ms`` after its last step."""

    urgency: str
    urgency_words: str
    steps: tuple[LadderStepView, ...]
    round_ms: int


class SwapView(View, kw_only=True):
    """A swap that waits for the answer of ``other``."""

    swap: str
    duty: str
    asker: PersonView
    other: PersonView
    give_from_ms: int
    give_until_ms: int
    take_from_ms: int
    take_until_ms: int
    note: str


class ChangeView(View, kw_only=True):
    """An override, a swap that was agreed, or an absence, in force or to come."""

    change: str
    kind: str
    duty: str
    people: tuple[PersonView, ...]
    instead_of: PersonView | None
    from_ms: int
    until_ms: int
    why: str
    by_name: str


class RosterNow(View, kw_only=True):
    """Who is on each duty now and next, whom each ladder means, and what is to be seen to."""

    at_ms: int
    timezone: str
    now: tuple[StretchView, ...]
    next: tuple[StretchView, ...]
    ladders: tuple[LadderView, ...]
    gaps: tuple[StretchView, ...]
    swaps: tuple[SwapView, ...]
    changes: tuple[ChangeView, ...]


class RosterViews(NamedTuple):
    """The roster of a station as it stands, seen at one moment."""

    directory: Directory
    plan: Plan
    now_ms: int

    def now(self) -> RosterNow:
        """Everything at a glance."""
        pairs = [self._now_and_next(duty) for duty in DUTIES]
        return RosterNow(
            at_ms=self.now_ms,
            timezone=self.plan.rules.timezone,
            now=tuple(first for first, _ in pairs),
            next=tuple(second for _, second in pairs if second is not None),
            ladders=self.ladders(),
            gaps=self.gaps(),
            swaps=tuple(self.swap(one) for one in self.directory.roster.swaps.values()),
            changes=tuple(self.change(one) for one in self.plan.acts if one.until_ms > self.now_ms),
        )

    def _now_and_next(self, duty: str) -> tuple[StretchView, StretchView | None]:
        laid = self.laid_out(duty, self.now_ms, self.now_ms + GAPS_LOOKED_AHEAD_MS)
        return laid[0], laid[1] if len(laid) > 1 else None

    def laid_out(self, duty: str, from_ms: int, until_ms: int) -> list[StretchView]:
        """One duty over a span of time."""
        return [self.stretch(one) for one in self.plan.stretches(duty, from_ms, until_ms)]

    def gaps(self, ahead_ms: int = GAPS_LOOKED_AHEAD_MS) -> tuple[StretchView, ...]:
        """When nobody whom a page would reach is on watch, within the next 14 days."""
        laid = self.laid_out("watch", self.now_ms, self.now_ms + ahead_ms)
        return tuple(one for one in laid if one.is_gap)

    def of_person(self, person: str, ahead_ms: int) -> list[StretchView]:
        """One person's own duties to come."""
        return [self.stretch(one) for one in self.plan.of_person(person, self.now_ms, self.now_ms + ahead_ms)]

    def stretch(self, one: Stretch) -> StretchView:
        """A stretch with the names of its people."""
        people = tuple(self.person(each) for each in one.people)
        return StretchView(
            duty=one.duty,
            from_ms=one.from_ms,
            until_ms=one.until_ms,
            people=people,
            is_gap=not any(each.reached for each in people),
        )

    def person(self, person: str) -> PersonView:
        """Somebody of the roster."""
        return PersonView(
            person=person,
            name=name_on_roster(self.directory, person),
            reached=any(goes_out(self.directory, person, one) for one in self._contacts(person)),
        )

    def _contacts(self, person: str) -> tuple[Contact, ...]:
        station, row = station_named(self.directory, person), self.directory.officers.get(person)
        return station.contacts if station else row.contacts if row else ()

    def ladders(self) -> tuple[LadderView, ...]:
        """Whom each step of each ladder means now; none while there is no pact."""
        if self.directory.pact is None:
            return ()
        rules = self.directory.rules
        return tuple(self._ladder(rules.ladder(urgency), urgency) for urgency in Urgency)

    def _ladder(self, ladder: Ladder, urgency: Urgency) -> LadderView:
        steps = tuple(
            LadderStepView(after_ms=step.after_ms, page=step.page, people=self._meant(step.page))
            for step in ladder.steps
        )
        return LadderView(urgency=urgency.value, urgency_words=urgency.words, steps=steps, round_ms=ladder.round_ms)

    def _meant(self, target: str) -> tuple[PersonView, ...]:
        """Whom a step pages at this moment: as ``station/paging.py`` does it."""
        if target == "neighbour" and (named := self.directory.roster.rules.neighbour):
            return tuple(
                PersonView(
                    person=f"{one.channel}:{one.address}",
                    name=one.address,
                    reached=goes_out(self.directory, NEIGHBOUR, one),
                )
                for one in named
            )
        people = self.plan.at(self.now_ms).of(target) if target in DUTIES else ()
        found = tuple(self.person(one) for one in people)
        return found if any(one.reached for one in found) else self.everybody()

    def everybody(self) -> tuple[PersonView, ...]:
        """All officers: whom a gap calls."""
        officers = self.directory.officers
        named = [one for one, row in officers.items() if "officer" in row.roles] or list(officers)
        return tuple(self.person(one) for one in named)

    def swap(self, one: Swap) -> SwapView:
        """A swap that waits."""
        return SwapView(
            swap=one.id.hex(),
            duty=one.body.duty,
            asker=self.person(one.asker),
            other=self.person(one.body.other),
            give_from_ms=one.body.give_from_ms,
            give_until_ms=one.body.give_until_ms,
            take_from_ms=one.body.take_from_ms,
            take_until_ms=one.body.take_until_ms,
            note=one.body.note,
        )

    def change(self, one: Act) -> ChangeView:
        """A change of the roster."""
        return ChangeView(
            change=one.id.hex(),
            kind=one.kind,
            duty=one.duty,
            people=tuple(self.person(each) for each in one.officers),
            instead_of=self.person(one.instead_of) if one.instead_of else None,
            from_ms=one.from_ms,
            until_ms=one.until_ms,
            why=one.why,
            by_name=name_on_roster(self.directory, one.by),
        )


def roster_views(directory: Directory, now_ms: int) -> RosterViews:
    """The roster seen now."""
    return RosterViews(directory, plan_of(directory), now_ms)
