"""What pages show of a case beyond its view: the caller's strip of progress, bars of need against cover, and talk."""

from dataclasses import dataclass

from esos.station.views import CaseView, LineView, RequestView, TimelineItem
from esos.words.first_aid import FirstAidCard, cards_for
from esos.words.nature import read_nature

BAR_UNITS = 1000
_COMING = frozenset({"committed", "on_scene", "extending"})
_ENDED = frozenset({"stood_down", "closed", "cancelled", "no_emergency"})
_TALK = frozenset({"messaged", "sitrep_given", "updated"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the strip: ``state`` is ``done``, ``now`` or ``later``; ``at_ms`` 0 where it has not come."""

    words: str
    at_ms: int
    state: str


def steps_of(view: CaseView, *, for_caller: bool = True) -> tuple[Step, ...]:
    """Arrived, a person has it, teams are asked, help is coming, over: three different things stay three (law 4)."""
    ended = view.state in _ENDED
    reached = (
        ("Arrived at the station", view.opened_ms),
        ("A person has your case" if for_caller else "A person took the case", view.acknowledged_ms),
        ("Teams were asked", view.first_ask_ms),
        ("Help is coming" if for_caller else "A team committed itself", view.first_commit_ms),
        (_END_WORDS.get(view.state, "Over"), view.ended_ms if ended else 0),
    )
    first_open = next((number for number, (_, at_ms) in enumerate(reached) if not at_ms), len(reached))
    return tuple(
        Step(words=words, at_ms=at_ms, state=_state(at_ms, ended=ended, is_next=number == first_open))
        for number, (words, at_ms) in enumerate(reached)
    )


def _state(at_ms: int, *, ended: bool, is_next: bool) -> str:
    if at_ms:
        return "done"
    return "now" if is_next and not ended else "later"


_END_WORDS = {"cancelled": "Cancelled", "no_emergency": "Ended", "stood_down": "Over", "closed": "Closed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A need line as a bar of ``BAR_UNITS``: how much is committed, how much more is offered, how much open."""

    line: LineView
    committed: int
    offered: int
    offered_units: int


def bars_of(view: CaseView) -> tuple[Bar, ...]:
    """Need against cover; what is offered is drawn apart from what is committed, since it is not help yet."""
    return tuple(_bar(line, view) for line in view.needs)


def _bar(line: LineView, view: CaseView) -> Bar:
    offered = sum(
        ask.quantity
        for request in view.requests
        if request.state in {"offered", "selected"}
        for ask in request.offered
        if ask.line == line.line
    )
    whole = max(line.needed, line.committed, 1)
    committed = min(BAR_UNITS, BAR_UNITS * line.committed // whole)
    return Bar(
        line=line,
        committed=committed,
        offered=min(BAR_UNITS - committed, BAR_UNITS * offered // whole),
        offered_units=offered,
    )


def coming_of(view: CaseView) -> tuple[RequestView, ...]:
    """The teams that are bound now."""
    return tuple(request for request in view.requests if request.state in _COMING)


def talk_of(view: CaseView) -> tuple[TimelineItem, ...]:
    """What people wrote, newest first."""
    said = [item for item in view.timeline if item.kind in _TALK and item.verdict == "applied" and item.text]
    return tuple(reversed(said[-50:]))


def cards_of(view: CaseView) -> tuple[FirstAidCard, ...]:
    """First aid for what the caller sees."""
    return cards_for(read_nature(slug) for slug in view.natures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many requests stand at one of the five page words."""

    word: str
    count: int


def counts_of(view: CaseView) -> tuple[Count, ...]:
    """How the asked teams answered, in the five words of a page; words nobody stands at are left out."""
    words = ("asked", "thinking", "offering", "coming", "done")
    counted = (Count(word=word, count=sum(one.word == word for one in view.requests)) for word in words)
    return tuple(one for one in counted if one.count)
