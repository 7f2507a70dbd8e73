"""What pages show of a case beyond its view: the caller's strip of progress, bars of need against cover, and talk."""

from dataclasses import dataclass
from html import escape
from itertools import accumulate
from typing import NamedTuple

from esos.station.views import CaseView, LineView, RequestView, TimelineItem
from esos.words.first_aid import cards_for
from esos.words.first_aid_whole import WholeCard, whole_card
from esos.words.language import later, say
from esos.words.nature import read_nature

BAR_UNITS = 1000
TALK_MAX_COUNT, TALK_MAX_BYTES = 30, 16_000
"""How many messages, the newest, the page of a case shows, and how long their words may be together."""
_COMING = frozenset({"committed", "on_scene", "extending"})
_ENDED = frozenset({"stood_down", "closed", "cancelled", "no_emergency"})
_TALK = frozenset({"messaged", "sitrep_given", "updated"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the strip: ``state`` is ``done``, ``now`` or ``later``; ``at_ms`` 0 where it has not come.

    What has not come is said in other words than what has, never only in another colour (law 4).
    """

    words: str
    at_ms: int
    state: str


def steps_of(view: CaseView, *, for_caller: bool = True) -> tuple[Step, ...]:
    """Arrived, a person has it, teams are asked, help is coming, over: three different things stay three (law 4)."""
    ended = view.state in _ENDED
    reached = (
        (_Stage(later("Arrived at the station"), later("Not arrived yet"), later("Did not arrive")), view.opened_ms),
        (_PERSON_CALLER if for_caller else _PERSON, view.acknowledged_ms),
        (_TEAMS, view.first_ask_ms),
        (_LOST if _is_help_lost(view) else _HELP_CALLER if for_caller else _HELP, _help_ms(view)),
        (
            _Stage(_END_WORDS.get(view.state, later("Over")), later("Not over yet"), later("Over")),
            view.ended_ms if ended else 0,
        ),
    )
    first_open = next((number for number, (_, at_ms) in enumerate(reached) if not at_ms), len(reached))
    return tuple(
        _step(stage, at_ms, ended=ended, is_next=number == first_open) for number, (stage, at_ms) in enumerate(reached)
    )


def _is_help_lost(view: CaseView) -> bool:
    """Whether a team was bound and none is now, though the case goes on."""
    return bool(view.first_commit_ms) and view.state not in _ENDED and not coming_of(view)


def _help_ms(view: CaseView) -> int:
    return 0 if _is_help_lost(view) else view.first_commit_ms


class _Stage(NamedTuple):
    """A step in words: when it has come, while it has not, and when the case ended without it."""

    done: str
    waits: str
    never: str


_PERSON_CALLER = _Stage(later("A person has your case"), later("No person yet"), later("No person took it"))
_PERSON = _Stage(later("A person took the case"), later("No person yet"), later("No person took it"))
_TEAMS = _Stage(later("Teams were asked"), later("No team has been asked yet"), later("No team was asked"))
_HELP_CALLER = _Stage(later("Help is coming"), later("No help is bound yet"), later("No help was bound"))
_HELP = _Stage(later("A team committed itself"), later("No help is bound yet"), later("No help was bound"))
_LOST = _Stage(
    later("Help is coming"), later("No help is bound any more; teams are asked again"), later("No help was bound")
)
_END_WORDS = {
    "cancelled": later("Cancelled"),
    "no_emergency": later("Ended"),
    "stood_down": later("Over"),
    "closed": later("Closed"),
}


def _step(stage: _Stage, at_ms: int, *, ended: bool, is_next: bool) -> Step:
    if at_ms:
        return Step(words=stage.done, at_ms=at_ms, state="done")
    if ended:
        return Step(words=stage.never, at_ms=0, state="later")
    return Step(words=stage.waits, at_ms=0, state="now" if is_next else "later")


def score_words(view: CaseView) -> str:
    """The severity as a sentence; where nothing is known there is no figure to give."""
    low, high = view.severity.assessment.score_low_hundredths, view.severity.assessment.score_high_hundredths
    if high - low >= _WHOLE_RANGE_HUNDREDTHS:
        return say("Nothing is known yet that says how bad it is.")
    return say("{score} of 100.", score=view.severity.score)


_WHOLE_RANGE_HUNDREDTHS = 100 * 100


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
    """What people wrote, newest first: the last of it; the page of the talk has all."""
    said = [item for item in view.timeline if item.kind in _TALK and item.verdict == "applied" and item.text]
    room = accumulate(len(escape(item.text).encode()) for item in reversed(said))
    fits = sum(size <= TALK_MAX_BYTES for size in room)
    return tuple(reversed(said[-min(TALK_MAX_COUNT, max(1, fits)) :]))


def cards_of(view: CaseView) -> tuple[WholeCard, ...]:
    """First aid for what the caller sees, each line with its why."""
    return tuple(whole_card(card.nature) for card in cards_for(read_nature(slug) for slug in view.natures))


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
