"""What pages, mails and the command line say about a case: whole sentences made of plain values.

Law 4: that a machine has a call, that an officer has charge of it and that a helper is bound are three
different sentences. Each says what has happened, what happens next and when, and what to do meanwhile.
"""

from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import NamedTuple

import msgspec

from esos.words.language import apart, later, say, say_count
from esos.words.life import Life
from esos.words.phrases import Coming, Needs, at, by, coming_words, joined, listed


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What has happened, what happens next and when, and what to do meanwhile."""

    now: str
    next: str
    do_meanwhile: str


class CaseFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the sentences about a case need: instants in ms since 1970 (UTC), None where not known or not planned.

    ``since_ms`` is when the present state began, ``now_ms`` when one looks. ``officer_since_ms`` is None
    while no officer has charge: then ``person_due_ms`` is when the first person was due, however often
    others were paged since; ``paged`` and ``paged_ms`` say who was paged last because nobody answered,
    ``next_paged`` and ``next_paged_ms`` who is next. ``asks_by_itself`` is false while the station asks
    no team before a person has called back.
    """

    station: str
    since_ms: int
    now_ms: int | None = None
    zone: tzinfo = UTC
    officer_since_ms: int | None = None
    person_due_ms: int | None = None
    paged: str = ""
    paged_ms: int | None = None
    next_paged: str = ""
    next_paged_ms: int | None = None
    call_back_due_ms: int | None = None
    next_try_ms: int | None = None
    call_back_was_due_ms: int | None = None
    asks_by_itself: bool = True
    wave_due_ms: int | None = None
    review_due_ms: int | None = None
    settle_due_ms: int | None = None
    asked: int = 0
    coming: tuple[Coming, ...] = ()
    unmet: Needs = ()
    released: int = 0
    is_exercise: bool = False
    cancel_waits: bool = False


def told(life: Life, facts: CaseFacts) -> Told:
    """The sentences for a case in this state; a drill says so first."""
    said = _TOLD[life](facts)
    if facts.cancel_waits:
        said = msgspec.structs.replace(said, next=_cancel_waits(facts))
    drill = say("This is a drill.") if facts.is_exercise else ""
    return msgspec.structs.replace(said, now=joined(drill, said.now))


def _cancel_waits(facts: CaseFacts) -> str:
    """Cancelling says what happens next, and when (law 8)."""
    return joined(
        say(
            "You asked to cancel. Others told of your distress, or somebody else answered for you, "
            "so you are asked first."
        ),
        _by(
            facts,
            facts.call_back_due_ms,
            later("You are called back by {time}."),
            later("You are called back."),
        ),
        say("Say that all is well, and it ends at once; nobody asks why."),
    )


def _by(facts: CaseFacts, ms: int | None, sentence: str, otherwise: str = "") -> str:
    """The sentence with its deadline put in at ``{time}``, or what is said when there is none."""
    return say(otherwise) if ms is None else say(sentence, time=_when(facts, ms))


def _when(facts: CaseFacts, ms: int) -> str:
    return by(ms, facts.zone, seen_from_ms=facts.now_ms or facts.since_ms, now_ms=facts.now_ms)


def _is_past(facts: CaseFacts, ms: int | None) -> bool:
    return ms is not None and facts.now_ms is not None and ms <= facts.now_ms


def _since(facts: CaseFacts) -> str:
    return at(facts.since_ms, facts.zone, seen_from_ms=facts.now_ms)


def _charge(facts: CaseFacts) -> str:
    """Who has charge: said in every open state, since a machine may have brought the case there."""
    if facts.officer_since_ms is None:
        return joined(_person_due(facts, _NO_CHARGE), _who_was_paged(facts))
    since = by(facts.officer_since_ms, facts.zone, seen_from_ms=facts.now_ms)
    late = _by(
        facts,
        facts.call_back_was_due_ms,
        later("You were to be called back by {time}, and were not; the officer is told so."),
    )
    has = say("The officer on watch at {station} has your case since {time}.", station=apart(facts.station), time=since)
    return joined(has, late)


class _Due(NamedTuple):
    """One sentence in three forms: no person is due, one is due, and one was due."""

    never: str
    soon: str
    past: str


_NO_CHARGE = _Due(
    later("No person has charge of it now."),
    later("No person has charge of it now; one is due by {time}."),
    later("No person has charge of it now; one was due by {time}."),
)
_ARRIVED = _Due(
    later("Arrived {since}. No person has seen it yet; the people on watch are being called."),
    later("Arrived {since}. No person has seen it yet; one is due by {time}."),
    later("Arrived {since}. No person has seen it yet; one was due by {time}."),
)


def _person_due(facts: CaseFacts, forms: _Due) -> str:
    """A deadline that has passed is admitted: it never moves on by itself."""
    due_ms, since = facts.person_due_ms, _since(facts)
    if due_ms is None:
        return say(forms.never, since=since)
    form = forms.past if _is_past(facts, due_ms) else forms.soon
    return say(form, since=since, time=_when(facts, due_ms))


def _who_was_paged(facts: CaseFacts) -> str:
    """What was done about it that whoever was called first has not answered."""
    if facts.paged_ms is None:
        return ""
    when = at(facts.paged_ms, facts.zone, seen_from_ms=facts.now_ms)
    return say("Nobody who was called first has answered; called at {time}: {who}.", who=say(facts.paged), time=when)


def _calling(facts: CaseFacts) -> Told:
    return Told(
        now=say(
            "Calling {station} since {time}. No station has your call yet.",
            station=apart(facts.station),
            time=_since(facts),
        ),
        next=_by(
            facts,
            facts.next_try_ms,
            later("It is sent again at {time}, by every way that still works, until a station answers."),
            later("It is sent again, by every way that still works, until a station answers."),
        ),
        do_meanwhile=say("Leave this device on. If you have a telephone, also ring the number on your printed card."),
    )


def _arrived(facts: CaseFacts) -> Told:
    return Told(
        now=joined(_person_due(facts, _ARRIVED), _who_was_paged(facts)),
        next=_next_paged(facts),
        do_meanwhile=say("Follow the first-aid card, stay reachable, and send more if the situation changes."),
    )


def _next_paged(facts: CaseFacts) -> str:
    if facts.next_paged_ms is None:
        return say(
            "If nobody has answered by then, the next person on the list is called, and so on until somebody does."
        )
    return say(
        "If nobody has answered by {time}, these are called next: {who}. So it goes on until somebody answers.",
        time=_when(facts, facts.next_paged_ms),
        who=say(facts.next_paged or later("the next person on the list")),
    )


def _acknowledged(facts: CaseFacts) -> Told:
    return Told(
        now=_charge(facts),
        next=joined(
            _by(facts, facts.call_back_due_ms, later("You are called back by {time}.")),
            _asking(
                facts,
                later("The first teams are asked by {time}."),
                later("The officer decides with you whom to ask."),
            ),
        ),
        do_meanwhile=say("Keep a line free for the call-back, follow the first-aid card, and say what you need most."),
    )


_CALL_BACK_FIRST = later("Teams are asked once you have been called back, or when the officer asks them.")


def _asking(facts: CaseFacts, sentence: str, otherwise: str) -> str:
    """When the station asks teams next; where it asks nobody by itself, no time is promised."""
    return _by(facts, facts.wave_due_ms, sentence, otherwise) if facts.asks_by_itself else say(_CALL_BACK_FIRST)


def _mobilising(facts: CaseFacts) -> Told:
    return Told(
        now=joined(_asked(facts), "" if facts.asks_by_itself else say(_CALL_BACK_FIRST), _charge(facts)),
        next=say("Each team answers with what it can give, or with its ground to decline; you see every answer here."),
        do_meanwhile=say("Decide what you will let helpers do and until when, and go on with the first-aid card."),
    )


def _asked(facts: CaseFacts) -> str:
    """How many were asked and come, and when the next are asked; no time is promised that nobody keeps."""
    coming = len({one.team for one in facts.coming})
    if not facts.asks_by_itself:
        return say_count(
            "{count} team asked, {coming} coming.", "{count} teams asked, {coming} coming.", facts.asked, coming=coming
        )
    if facts.wave_due_ms is None:
        return say_count(
            "{count} team asked, {coming} coming; no further teams are due to be asked.",
            "{count} teams asked, {coming} coming; no further teams are due to be asked.",
            facts.asked,
            coming=coming,
        )
    return say_count(
        "{count} team asked, {coming} coming; next teams are asked at {time}.",
        "{count} teams asked, {coming} coming; next teams are asked at {time}.",
        facts.asked,
        coming=coming,
        time=_when(facts, facts.wave_due_ms),
    )


def _assisting(facts: CaseFacts) -> Told:
    lines = _coming_sentences(facts)
    unmet = say("Still needed: {list}.", list=listed(facts.unmet)) if facts.unmet else ""
    return Told(
        now=joined(*lines, unmet, _charge(facts)),
        next=_asking(
            facts,
            later("The next teams are asked at {time}."),
            later("More teams are asked if what is promised does not suffice."),
        ),
        do_meanwhile=say("You direct the help: nobody works in your systems without a consent you have signed."),
    )


def _coming_sentences(facts: CaseFacts) -> list[str]:
    """One sentence a team, however many lines of help it brings."""
    teams: dict[str, list[Coming]] = {}
    for one in facts.coming:
        teams.setdefault(one.team, []).append(one)
    return [_team_is_coming(lines, facts) for lines in teams.values()]


def _team_is_coming(lines: list[Coming], facts: CaseFacts) -> str:
    first = lines[0]
    if len(lines) == 1:
        return coming_words(first, facts.zone, seen_from_ms=facts.since_ms, now_ms=facts.now_ms)
    brings = "; ".join(_brings(one) for one in lines)
    due = _by(facts, first.due_ms, later("It is due {time}."))
    return joined(say("{team} is coming with: {list}.", team=apart(first.team), list=brings), due)


def _brings(one: Coming) -> str:
    return say(
        "{line}, {units} of {needed} {unit}",
        line=one.line.words,
        units=one.units,
        needed=one.needed_units,
        unit=one.line.unit,
    )


def _stabilised(facts: CaseFacts) -> Told:
    return Told(
        now=joined(say("Stable since {time}; helpers are still with you.", time=_since(facts)), _charge(facts)),
        next=_by(
            facts,
            facts.review_due_ms,
            later("If it stays so, you are asked by {time} whether everybody may be released."),
            later("If it stays so, you are asked whether everybody may be released."),
        ),
        do_meanwhile=say("Watch closely, and say at once if it gets worse: the teams are then asked again."),
    )


def _suspended(facts: CaseFacts) -> Told:
    unmet = say("What is not met: {unmet}.", unmet=listed(facts.unmet)) if facts.unmet else say("The need is not met.")
    return Told(
        now=joined(
            say("Suspended at {time}: no more help can be found for now.", time=_since(facts)), unmet, _charge(facts)
        ),
        next=_by(
            facts,
            facts.review_due_ms,
            later("Two officers look at it again by {time}."),
            later("Two officers look at it again."),
        ),
        do_meanwhile=say("Calling again, or cancelling, stays your right at any time."),
    )


def _stood_down(facts: CaseFacts) -> Told:
    return _ended(facts, say("Stood down at {time}: the help is over.", time=_since(facts)))


def _cancelled(facts: CaseFacts) -> Told:
    return _ended(facts, say("Cancelled by you at {time}, and nobody asks why.", time=_since(facts)))


def _no_emergency(facts: CaseFacts) -> Told:
    return _ended(
        facts,
        say("Ended at {time}: two officers found no emergency, and judge nobody for calling.", time=_since(facts)),
    )


def _ended(facts: CaseFacts, now: str) -> Told:
    return Told(
        now=joined(now, _teams_released(facts), say("Every consent you gave has ended.")),
        next=_by(
            facts,
            facts.settle_due_ms,
            later("The case is closed by {time}."),
            later("The case is closed when its account is settled."),
        ),
        do_meanwhile=say("If you are in distress again, call again: this case then opens anew with all it knows."),
    )


def _teams_released(facts: CaseFacts) -> str:
    if not facts.released:
        return say("Nobody was asked.")
    return say_count("{count} team is told and released.", "{count} teams are told and released.", facts.released)


def _closed(facts: CaseFacts) -> Told:
    return Told(
        now=say("Closed at {time}.", time=_since(facts)),
        next=say("Nothing more happens in this case; its report and its proofs stay available to you."),
        do_meanwhile=say("If you are in distress again, call again: a new case opens, linked to this one."),
    )


def _erased(facts: CaseFacts) -> Told:
    return Told(
        now=say("Erased at {time}: what was said in this case is destroyed.", time=_since(facts)),
        next=say("Nothing more happens in it; who erased it, when and why stays on record."),
        do_meanwhile=say("If you are in distress, call again: a new case opens."),
    )


_TOLD: dict[Life, Callable[[CaseFacts], Told]] = {
    Life.CALLING: _calling,
    Life.ARRIVED: _arrived,
    Life.ACKNOWLEDGED: _acknowledged,
    Life.MOBILISING: _mobilising,
    Life.ASSISTING: _assisting,
    Life.STABILISED: _stabilised,
    Life.STOOD_DOWN: _stood_down,
    Life.CLOSED: _closed,
    Life.SUSPENDED: _suspended,
    Life.CANCELLED: _cancelled,
    Life.NO_EMERGENCY: _no_emergency,
    Life.ERASED: _erased,
}
