"""What a page to a person says, by the reason for which it is sent: a title to wake to and a body to act on.

Law 4: no page calls a case taken or a team bound unless a person said so. Each says who is in
distress, what is wanted of the reader and by when, and what happens without an answer. Which channel
carries it, the link to answer with and the mark of a drill are the paging adapters' part.
"""

from enum import StrEnum
from string import Formatter
from typing import NamedTuple

import msgspec

from esos.words.life import Concern
from esos.words.nature import Nature
from esos.words.sentences import Needs, at, by, listed
from esos.words.tier import DutyTier
from esos.words.urgency import Urgency


class PageReason(StrEnum):
    """Why somebody is paged; one text each."""

    WATCH_DUE = "watch_due"
    BACKUP_DUE = "backup_due"
    NEIGHBOUR_DUE = "neighbour_due"
    ASKED = "asked"
    REMINDED = "reminded"
    SELECTED = "selected"
    NOT_TAKEN = "not_taken"
    RELEASED = "released"
    CANCELLED = "cancelled"
    HANDED_OVER = "handed_over"
    SECOND_NEEDED = "second_needed"
    SITREP_DUE = "sitrep_due"
    LEASE_LOST = "lease_lost"
    CONCERN_UP = "concern_up"
    HELPER_LOST = "helper_lost"
    REVIEW_DUE = "review_due"
    STANDDOWN_PROPOSED = "standdown_proposed"
    COMMITTED_TO_CALLER = "committed_to_caller"
    OFFICER_HAS_YOUR_CASE = "officer_has_your_case"
    RELAPSE = "relapse"
    ADVISORY_WARNING = "advisory_warning"
    CONSENT_ENDED = "consent_ended"
    LONGER_ASKED = "longer_asked"
    LONGER_AGREED = "longer_agreed"


class PageFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a page is made of; whatever is left empty is left out, sentence by sentence.

    ``due_ms`` is by when the reader should answer (or, of a helper, arrive), ``escalates_ms`` when
    somebody else is asked without an answer, ``since_ms`` when that of which the page speaks began.
    ``matter`` is the one thing a second officer is asked about, as a clause after "wishes to".
    ``answer_code`` can be read out over a telephone where the link does not open.
    """

    urgency: Urgency
    caller: str = ""
    station: str = ""
    team: str = ""
    natures: tuple[Nature, ...] = ()
    needs: Needs = ()
    unmet: Needs = ()
    since_ms: int | None = None
    due_ms: int | None = None
    escalates_ms: int | None = None
    utc_offset_minutes: int = 0
    tier: DutyTier | None = None
    basis: str = ""
    why: tuple[str, ...] = ()
    concern: Concern | None = None
    matter: str = ""
    reason: str = ""
    answer_code: str = ""


def page_text(reason: PageReason, facts: PageFacts) -> tuple[str, str]:
    """Title and body of a page. The title is one line; the body has one sentence, or a few, a line."""
    text = _PAGES[reason]
    values = _values(facts)
    lines = [_filled(line, values) for line in (*text.body, *_ALWAYS) if all(values[name] for name in _names(line))]
    return _filled(text.title, values), "\n".join(lines)


def _names(line: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(line) if name]


def _filled(line: str, values: dict[str, str]) -> str:
    """The line with its values, a capital put on a stand-in for a name that is missing; names stay as they are."""
    filled = line.format_map(values)
    return filled[0].upper() + filled[1:] if filled.startswith(_UNNAMED) else filled


def _values(facts: PageFacts) -> dict[str, str]:
    """What stands for each name in a text; the few a title needs are never empty (law 2)."""
    return {
        "urgency": f"{facts.urgency.words} ({facts.urgency})",
        "caller": _one_line(facts.caller) or _UNNAMED[0],
        "station": _one_line(facts.station) or _UNNAMED[1],
        "team": _one_line(facts.team) or _UNNAMED[2],
        "natures": "; ".join(nature.words for nature in facts.natures),
        "needs": listed(facts.needs),
        "unmet": listed(facts.unmet),
        "since": "" if facts.since_ms is None else at(facts.since_ms, facts.utc_offset_minutes),
        "due": _deadline(facts, facts.due_ms),
        "escalates": _deadline(facts, facts.escalates_ms),
        "tier": "" if facts.tier is None else facts.tier.words,
        "owed": "" if facts.tier is None else facts.tier.owed,
        "basis": _one_line(facts.basis),
        "why": " ".join(_one_line(sentence) for sentence in facts.why),
        "concern": "" if facts.concern is None else facts.concern.words,
        "matter": _one_line(facts.matter),
        "reason": _one_line(facts.reason),
        "code": facts.answer_code,
    }


def _deadline(facts: PageFacts, ms: int | None) -> str:
    return "" if ms is None else by(ms, facts.utc_offset_minutes, seen_from_ms=facts.since_ms)


def _one_line(text: str) -> str:
    """A name must not forge a line of its own."""
    return " ".join(text.split())


class _Text(NamedTuple):
    title: str
    body: tuple[str, ...]


_UNNAMED = ("an unnamed caller", "the watch station", "your team")
_ALWAYS = ("If the link does not open, answer by telephone with the code {code}.",)
_CALLED = "{caller} called at {since}."
_SEES = "What it sees: {natures}."
_TAKE = "Open the link and take the case. Only your own word stops the calls; that this page reached you does not."
_NEXT_PERSON = "If nobody takes it, the next person on the list is called at {escalates}."
_WANTS = "{caller} asks {team} for: {needs}."
_DUTY = "You are {tier}. {owed}"
_BASIS = "This rests on: {basis}."
_ANSWER_BY = "Please answer by {due}."
_DECLINE = "To decline, open the link and choose a lawful ground; a part, or a no with its ground, is a full answer."
_NOTHING_MORE = "Nothing more is expected of you in this case."
_PAGES: dict[PageReason, _Text] = {
    PageReason.WATCH_DUE: _Text(
        "{urgency}: {caller} is calling and nobody has taken it",
        (
            _CALLED,
            _SEES,
            "You are on watch. No person has answered yet.",
            "A person is due by {due}.",
            _TAKE,
            _NEXT_PERSON,
        ),
    ),
    PageReason.BACKUP_DUE: _Text(
        "{urgency}: {caller} still waits and nobody has taken it",
        (
            _CALLED,
            _SEES,
            "The officer on watch has not answered; you are the backup.",
            "A person is due by {due}.",
            _TAKE,
            _NEXT_PERSON,
        ),
    ),
    PageReason.NEIGHBOUR_DUE: _Text(
        "{urgency}: {caller} waits and {station} does not answer",
        (
            "{caller} called {station} at {since}, and no person there has taken the case.",
            _SEES,
            "You are its neighbour: a person is due by {due}.",
            _TAKE,
            _NEXT_PERSON,
        ),
    ),
    PageReason.ASKED: _Text(
        "{urgency}: {caller} asks for your help",
        (
            _WANTS,
            _SEES,
            "Why you: {why}",
            "Who caused it plays no part: no such field is read.",
            _DUTY,
            _BASIS,
            "Please answer: offer, commit or decline.",
            _ANSWER_BY,
            _DECLINE,
            "Without your answer, other teams are asked at {escalates}.",
            "You are released as soon as the need is met or the case ends.",
        ),
    ),
    PageReason.REMINDED: _Text(
        "{urgency}: {caller} still waits for your answer",
        (
            _WANTS,
            "You were asked at {since} and no person of your team has answered.",
            _DUTY,
            "Please answer: offer, commit or decline.",
            _ANSWER_BY,
            _DECLINE,
        ),
    ),
    PageReason.SELECTED: _Text(
        "{urgency}: your offer to {caller} was chosen",
        (
            "{caller} chose what you offered: {needs}.",
            "Please commit, so that it can count on you; until then it cannot.",
            _ANSWER_BY,
            "If you can no longer do it, withdraw and say why: others are then asked at once.",
        ),
    ),
    PageReason.NOT_TAKEN: _Text(
        "Your offer to {caller} is not needed; thank you",
        ("Others cover the need of {caller}. Your duty here is done, with thanks.", _NOTHING_MORE),
    ),
    PageReason.RELEASED: _Text(
        "You are released from the case of {caller}; thank you",
        (
            "{caller} no longer needs your help since {since}.",
            "Please end your work on its systems and hand back what you hold: its consent has ended.",
            "Then say that you have returned, and what it cost if anything.",
        ),
    ),
    PageReason.CANCELLED: _Text(
        "The call of {caller} is cancelled: nothing more to do",
        (
            "The call was cancelled at {since}.",
            "Everybody it reached is told so, and nobody asks why.",
            "Every request in this case has ended, and every consent with it: stop any work on its systems.",
            _NOTHING_MORE,
        ),
    ),
    PageReason.HANDED_OVER: _Text(
        "{urgency}: take over the case of {caller}?",
        (
            "{station} asks you to take over the case of {caller}.",
            "The reason: {reason}.",
            "It stays where it is until you accept.",
            _ANSWER_BY,
        ),
    ),
    PageReason.SECOND_NEEDED: _Text(
        "{urgency}: a second officer is needed for {caller}",
        (
            "The coordinator at {station} wishes to {matter}.",
            "The reason: {reason}.",
            "That takes two people. Look for yourself, then agree or object; without you the case stays as it is.",
            _ANSWER_BY,
        ),
    ),
    PageReason.SITREP_DUE: _Text(
        "{urgency}: a report on {caller} is due",
        (
            "The last report was at {since}.",
            "Please say how it stands, even if nothing changed.",
            _ANSWER_BY,
            "Otherwise concern is raised.",
        ),
    ),
    PageReason.LEASE_LOST: _Text(
        "{urgency}: nobody holds the case of {caller}",
        (
            "The coordinator at {station} has not acted in it since {since}.",
            "What is not met: {unmet}.",
            _TAKE,
            _NEXT_PERSON,
        ),
    ),
    PageReason.CONCERN_UP: _Text(
        "{urgency}: concern for {caller} is raised",
        (
            "{concern}",
            "The reason: {reason}.",
            "Please try to reach it by every way you have, and note what you find.",
            _ANSWER_BY,
        ),
    ),
    PageReason.HELPER_LOST: _Text(
        "{urgency}: {team} is no longer coming to {caller}",
        (
            "{team} withdrew or was lost at {since}.",
            "The reason: {reason}.",
            "What is not met: {unmet}.",
            "Please see whether what is still promised suffices; other teams can be asked at once.",
            "The next teams are asked at {escalates}.",
        ),
    ),
    PageReason.REVIEW_DUE: _Text(
        "{urgency}: the case of {caller} is due for review",
        (
            "It has stood as it is since {since}.",
            "What is not met: {unmet}.",
            "Please decide whether it goes on, and how.",
            _ANSWER_BY,
        ),
    ),
    PageReason.STANDDOWN_PROPOSED: _Text(
        "May everybody helping {caller} be released?",
        (
            "{station} proposes to end the case.",
            "It has been stable since {since}.",
            "Open the link and agree, or say what is still needed.",
            _ANSWER_BY,
            "Every consent ends with the case, and calling again stays possible at any time.",
        ),
    ),
    PageReason.COMMITTED_TO_CALLER: _Text(
        "{team} is coming",
        (
            "{team} has committed itself to: {needs}.",
            "It is due {due}.",
            "Still needed: {unmet}.",
            "Nobody works in your systems without a consent you have signed.",
        ),
    ),
    PageReason.OFFICER_HAS_YOUR_CASE: _Text(
        "The officer on watch at {station} has your case",
        (
            "The officer on watch at {station} has your case since {since}.",
            "You are called back by {due}.",
            "The first teams are asked by {escalates}.",
            "Please keep a line free and follow the first-aid card.",
        ),
    ),
    PageReason.RELAPSE: _Text(
        "{urgency}: {caller} is in distress again",
        (
            "It got worse again at {since}.",
            _SEES,
            "What is not met: {unmet}.",
            "The teams that were with it are asked to stay or return.",
        ),
    ),
    PageReason.ADVISORY_WARNING: _Text(
        "{urgency} from {caller}: see whether it concerns you",
        (
            "{caller} warns others; nobody asks for help.",
            _SEES,
            "Why you: {why}",
            "Please say that a person has seen this, and whether you are protected.",
            _ANSWER_BY,
        ),
    ),
    PageReason.CONSENT_ENDED: _Text(
        "{urgency}: a consent of {caller} has ended, stop what rests on it",
        (
            "{caller} has taken a consent back, or its time is over.",
            "Work on its systems that rests on this consent must stop now, and access be handed back.",
            "Help that needs no consent goes on; ask the coordinator if the work is not done.",
        ),
    ),
    PageReason.LONGER_ASKED: _Text(
        "{urgency}: {team} asks to stay longer with {caller}",
        (
            "The work takes longer than was agreed: {needs}.",
            "Once caller or coordinator agrees, the agreement runs on from its end; until then its end stands.",
        ),
    ),
    PageReason.LONGER_AGREED: _Text(
        "{urgency}: your agreement with {caller} runs on",
        (
            "It now ends by {due}.",
            "You command your own people: you may return, or withdraw with notice, before that.",
        ),
    ),
}
