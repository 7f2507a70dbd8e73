"""What the page of a drill shows beyond its state: how far it has come, both timelines on one axis, bars, outcomes.

Pure: values in, values out. The axis is not linear: its marks stand at equal distances, since the drill
fills hours and history fills months.
"""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from esos.station.drills import Act, Beat, BeatKind, DrillState, Ending, Loss
from esos.words.language import later, say
from esos.words.need import NeedLine

HOUR, DAY = 60, 24 * 60
AXIS_UNITS = 1000
MARKS: tuple[tuple[int, str], ...] = (
    (0, "0"), (HOUR, "1 h"), (2 * HOUR, "2 h"), (150, "2½ h"), (3 * HOUR, "3 h"), (4 * HOUR, "4 h"), (6 * HOUR, "6 h"),
    (12 * HOUR, "12 h"), (DAY, later("1 day")), (3 * DAY, later("3 days")), (7 * DAY, later("7 days")),
    (14 * DAY, later("14 days")),
    (30 * DAY, later("30 days")), (90 * DAY, later("90 days")), (180 * DAY, later("180 days")),
)  # fmt: skip
"""Minutes after the first sign, and the mark's words; one step of the axis between two of them."""


class StepWords(NamedTuple):
    """A step of the strip, as it is called when it is done, while it happens, and before: three things (law 4)."""

    done: str
    now: str
    later: str


ACT_STEPS: tuple[tuple[StepWords, tuple[Act, ...]], ...] = (
    (StepWords(later("The call"), later("The call"), later("No call yet")), (Act.SETTING, Act.OPENING, Act.CALLING)),
    (StepWords(later("A person has it"), later("A person is being called"), later("No person yet")), (Act.CHARGE,)),
    (StepWords(later("Teams were asked"), later("Teams are being asked"), later("No team asked yet")), (Act.ASKING,)),
    (StepWords(later("Killed, and back"), later("The station is killed"), later("Not killed yet")), (Act.KILLING,)),
    (
        StepWords(later("Everything is bound"), later("Help is being bound"), later("Not everything bound yet")),
        (Act.HELPING,),
    ),
    (
        StepWords(later("Everybody released"), later("Everybody is being released"), later("Nobody released yet")),
        (Act.RELEASING,),
    ),
    (StepWords(later("Proved"), later("It is being proved"), later("Not proved yet")), (Act.PROVING,)),
)
"""The steps of the strip in words for each state, and the acts in which each is what happens now."""

KEY_KINDS = frozenset(BeatKind) - {
    BeatKind.NOTE, BeatKind.WHY, BeatKind.THANKED, BeatKind.AT_WORK, BeatKind.CLOSED,
}  # fmt: skip
"""Beats that stand in the timeline beside history."""
FIRST_ONLY = frozenset({BeatKind.COMING, BeatKind.PART, BeatKind.DECLINED})
"""Of these only the first stands there."""

BEAT_WORDS: dict[BeatKind, str] = {
    BeatKind.CALLED: later("call"),
    BeatKind.ARRIVED: later("arrived"),
    BeatKind.IN_CHARGE: later("in charge"),
    BeatKind.CALLED_BACK: later("called back"),
    BeatKind.NEW_KEY: later("new key"),
    BeatKind.CONSENT: later("consent"),
    BeatKind.ASKED: later("asked"),
    BeatKind.WHY: later("why you"),
    BeatKind.COMING: later("coming"),
    BeatKind.PART: later("a part"),
    BeatKind.DECLINED: later("a lawful no"),
    BeatKind.SILENT: later("silence"),
    BeatKind.WITHDREW: later("withdrawn"),
    BeatKind.THANKED: later("thanked"),
    BeatKind.MET: later("met"),
    BeatKind.UNMET: later("unmet"),
    BeatKind.KILLED: later("killed"),
    BeatKind.BACK: later("back"),
    BeatKind.AT_WORK: later("at work"),
    BeatKind.RESTORED: later("restored"),
    BeatKind.STABLE: later("stable"),
    BeatKind.RELEASED: later("released"),
    BeatKind.CLOSED: later("closed"),
    BeatKind.PROVED: later("proved"),
    BeatKind.CONTROL: later("control shown"),
    BeatKind.AGAIN: later("again"),
    BeatKind.WARNED: later("warned"),
    BeatKind.DIVIDED: later("divided"),
    BeatKind.NOTE: "",
}
"""The word that stands before a beat."""

ANSWER_WORDS = {
    "declined": later("a lawful no"),
    "no_reply": later("silence"),
    "not_taken": later("thanked"),
    "withdrawn": later("withdrew"),
    "cancelled": later("let off"),
    "settled": later("back home"),
}
"""How a request that ended is marked where teams are listed; the others have the five words of every page."""

OUTCOME_WORDS = {
    "settled": later("came, worked, went home; the account is settled"),
    "declined": later("declined, on a lawful ground"),
    "no_reply": later("did not answer in time; others were asked"),
    "not_taken": later("were not needed in the end, and thanked"),
    "withdrawn": later("had said yes and had to withdraw; others were asked"),
    "cancelled": later("were let off when everything was met or over"),
}
"""Every outcome of a request, for a count of teams."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActStep:
    """A step of the strip; ``state`` is ``done``, ``now`` or ``later``."""

    words: str
    state: str


def steps_of(state: DrillState) -> tuple[ActStep, ...]:
    """How far the drill has come."""
    order = list(Act)
    here = order.index(Act.OVER if state.act is Act.BROKEN else state.act)
    return tuple(
        _act_step(words, acts, state.act, has_passed=order.index(acts[-1]) < here) for words, acts in ACT_STEPS
    )


def _act_step(words: StepWords, acts: tuple[Act, ...], act: Act, *, has_passed: bool) -> ActStep:
    if act in acts:
        return ActStep(words=words.now, state="now")
    return ActStep(words=words.done if has_passed else words.later, state="done" if has_passed else "later")


def place(minutes: int) -> int:
    """Where a time stands on the axis, of ``AXIS_UNITS``; marks are equally far apart, and between them it is even."""
    last = len(MARKS) - 1
    step = min(bisect_right([mark for mark, _ in MARKS], minutes), last) - 1
    start, stop = MARKS[step][0], MARKS[step + 1][0]
    within = min(stop - start, minutes - start)
    return (AXIS_UNITS * step + AXIS_UNITS * within // (stop - start)) // last


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a lane: from where, how long, and what it was like (``nothing``, ``coming-back``, ``back``)."""

    start: int
    width: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One side on the axis: stretches by the model, and dots where something happened."""

    words: str
    stretches: tuple[Stretch, ...]
    dots: tuple[int, ...]


def lanes_of(state: DrillState, ending: Ending) -> tuple[Lane, Lane]:
    """History and drill on the same axis."""
    history = tuple(place(moment.at_minutes) for moment in state.history)
    drill = tuple(dict.fromkeys(place(beat.at_minutes) for beat in key_beats(state.beats)))
    loss = ending.comparison
    return (
        Lane(words=say("What really happened"), stretches=_stretches(loss.history), dots=history),
        Lane(words=say("In the drill"), stretches=_stretches(loss.drill), dots=drill),
    )


def _stretches(loss: Loss) -> tuple[Stretch, ...]:
    bounds = (0, place(loss.first_back_minutes), place(loss.all_back_minutes), AXIS_UNITS)
    what = ("nothing", "coming-back", "back")
    return tuple(
        Stretch(start=start, width=stop - start, what=name)
        for start, stop, name in zip(bounds, bounds[1:], what, strict=False)
        if stop > start
    )


def marks() -> tuple[tuple[int, str], ...]:
    """Where the marks of the axis stand, and their words."""
    last = len(MARKS) - 1
    return tuple((AXIS_UNITS * number // last, words) for number, (_, words) in enumerate(MARKS))


def key_beats(beats: tuple[Beat, ...]) -> tuple[Beat, ...]:
    """What stands beside history: the turns of the story, of answers only the first of each kind."""
    kept: list[Beat] = []
    seen: set[BeatKind] = set()
    for beat in beats:
        if beat.kind in KEY_KINDS and not (beat.kind in FIRST_ONLY and beat.kind in seen):
            kept.append(beat)
        seen.add(beat.kind)
    return tuple(kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something in a band: when after the first sign in words, what, and its word."""

    when: str
    says: str
    kind: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A step of the axis with what happened in it on both sides."""

    words: str
    history: tuple[Line, ...]
    drill: tuple[Line, ...]


def bands_of(state: DrillState) -> tuple[Band, ...]:
    """Both timelines step by step of the axis; a step in which nothing happened on either side is left out."""
    found = []
    beats = key_beats(state.beats)
    for (start, words), (stop, next_words) in pairwise(MARKS):
        history = tuple(
            Line(when=after(one.at_minutes), says=one.says) for one in state.history if start <= one.at_minutes < stop
        )
        drill = tuple(
            Line(
                when=after(one.at_minutes) if one.at_minutes >= DAY else one.clock,
                says=one.says,
                kind=one.kind.value,
                word=BEAT_WORDS[one.kind],
            )
            for one in beats
            if start <= one.at_minutes < stop
        )
        if history or drill:
            found.append(Band(words=_between(words, next_words), history=history, drill=drill))
    return tuple(found)


def _between(words: str, next_words: str) -> str:
    """Two marks as a span: ``1 to 2 h``, ``12 h to 1 day``."""
    number, _, unit = words.partition(" ")
    return f"{number if next_words.endswith(f' {unit}') else words} to {next_words}"


def after(minutes: int) -> str:
    """A time after the first sign in words: ``1 h 50 min``, ``day 12``."""
    if minutes >= DAY:
        return say("day {number}", number=minutes // DAY)
    hours, rest = divmod(minutes, HOUR)
    if not hours:
        return say("{minutes} min", minutes=rest)
    return say("{hours} h {minutes} min", hours=hours, minutes=rest) if rest else say("{hours} h", hours=hours)


def figures_of(state: DrillState) -> tuple[tuple[str, str], ...]:
    """The spans that count, from the call: words, and how long."""
    called = _first(state, BeatKind.CALLED)
    wanted = (
        (say("until a person had charge"), BeatKind.IN_CHARGE),
        (say("until the first team was bound"), BeatKind.COMING),
        (say("until everything was bound"), BeatKind.MET),
    )
    reached = ((words, _first(state, kind)) for words, kind in wanted)
    return tuple((after(at - called), words) for words, at in reached if called is not None and at is not None)


def _first(state: DrillState, kind: BeatKind) -> int | None:
    return next((beat.at_minutes for beat in state.beats if beat.kind is kind), None)


def bar_width(hours: int, most: int) -> int:
    """A bar's width, of ``AXIS_UNITS``; never nothing where there was a loss."""
    return max(1 if hours else 0, AXIS_UNITS * hours // max(1, most))


def outcomes_of(ending: Ending) -> tuple[tuple[int, str], ...]:
    """How every request ended: a count and its words, the most first."""
    counted = (
        (count, say(OUTCOME_WORDS.get(state, state.replace("_", " ")))) for state, count in ending.outcomes.items()
    )
    return tuple(sorted(counted, reverse=True))


def unmet_of(ending: Ending) -> tuple[str, ...]:
    """How much of each line of help stayed unmet, in words."""
    lines = {line.value: line for line in NeedLine}
    return tuple(
        f"{lines[name].words.lower()}, {units} {lines[name].unit}"
        for name, units in ending.unmet.items()
        if name in lines
    )
