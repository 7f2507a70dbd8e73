"""What a page to a person says, filled in: the words of its reason with the facts at hand.

Which channel carries it, the link to answer with and the mark of a drill are the paging adapters' part.
Law 2: whatever is not known is left out, sentence by sentence.
"""

from string import Formatter

import msgspec

from esos.words.life import Concern
from esos.words.nature import Nature
from esos.words.page_lines import ALWAYS
from esos.words.page_reasons import PageReason
from esos.words.page_words import PAGES
from esos.words.sentences import UNCHECKED_CALLER, UNNAMED_CALLER, Needs, at, by, caller_words, listed
from esos.words.tier import DutyTier
from esos.words.urgency import Urgency

__all__ = ["PageFacts", "PageReason", "page_text"]


class PageFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a page is made of; whatever is left empty is left out, sentence by sentence.

    ``is_checked`` is false while nobody has checked that the caller is whom it says it is. ``called_ms``
    is when the caller called, ``since_ms`` when that of which the page speaks began, ``now_ms`` when it
    was ordered. ``due_ms`` is by when the reader should answer (or, of a helper, arrive),
    ``escalates_ms`` when somebody else is asked without an answer.
    ``matter`` is the one thing a second officer is asked about, as a clause after "wishes to".
    ``said`` are words of ``writer`` that are passed on as they are.
    ``reply`` is how the caller can be reached, ``numbers`` how the station's people can, ``case_code`` the
    case's short code; ``answer_code`` can be read out over a telephone where the link does not open.
    """

    urgency: Urgency
    caller: str = ""
    is_checked: bool = True
    station: str = ""
    team: str = ""
    natures: tuple[Nature, ...] = ()
    needs: Needs = ()
    unmet: Needs = ()
    called_ms: int | None = None
    since_ms: int | None = None
    now_ms: int | None = None
    due_ms: int | None = None
    escalates_ms: int | None = None
    utc_offset_minutes: int = 0
    tier: DutyTier | None = None
    basis: str = ""
    owed: str = ""
    why: tuple[str, ...] = ()
    concern: Concern | None = None
    matter: str = ""
    reason: str = ""
    reply: str = ""
    numbers: tuple[str, ...] = ()
    case_code: str = ""
    answer_code: str = ""
    said: str = ""
    writer: str = ""
    calls: int = 0
    """How many calls of strangers wait, where the page is about all of them."""


def page_text(reason: PageReason, facts: PageFacts) -> tuple[str, str]:
    """Title and body of a page. The title is one line; the body has one sentence, or a few, a line."""
    text = PAGES[reason]
    values = _values(facts)
    lines = [_filled(line, values) for line in (*text.body, *ALWAYS) if all(values[name] for name in _names(line))]
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
        "caller": caller_words(_one_line(facts.caller), is_checked=facts.is_checked),
        "station": _one_line(facts.station) or "the watch station",
        "team": _one_line(facts.team) or "your team",
        "natures": "; ".join(nature.words for nature in facts.natures),
        "needs": listed(facts.needs),
        "unmet": listed(facts.unmet),
        "called": _instant(facts, facts.called_ms),
        "since": _instant(facts, facts.since_ms),
        "due": _deadline(facts, facts.due_ms),
        "escalates": _deadline(facts, facts.escalates_ms),
        "tier": "" if facts.tier is None else facts.tier.words,
        "owed": facts.owed or ("" if facts.tier is None else facts.tier.owed),
        "basis": _one_line(facts.basis),
        "why": " ".join(_one_line(sentence) for sentence in facts.why),
        "concern": "" if facts.concern is None else facts.concern.words,
        "matter": _one_line(facts.matter),
        "reason": _one_line(facts.reason),
        "reply": _one_line(facts.reply),
        "numbers": ", ".join(_one_line(number) for number in facts.numbers),
        "case": facts.case_code,
        "code": facts.answer_code,
        "said": _quoted(facts.said),
        "writer": _one_line(facts.writer) or UNNAMED_WRITER,
        "calls": "1 stranger's call waits" if facts.calls == 1 else f"{facts.calls} strangers' calls wait",
    }


def _deadline(facts: PageFacts, ms: int | None) -> str:
    return "" if ms is None else by(ms, facts.utc_offset_minutes, seen_from_ms=facts.now_ms, now_ms=facts.now_ms)


def _instant(facts: PageFacts, ms: int | None) -> str:
    return "" if ms is None else at(ms, facts.utc_offset_minutes, seen_from_ms=facts.now_ms)


def _one_line(text: str) -> str:
    """A name must not forge a line of its own."""
    return " ".join(text.split())


def _quoted(text: str) -> str:
    """Somebody's own words, marked line by line, so that no line of theirs is taken for one of the station's."""
    return "\n".join(f"> {line}" for line in text.splitlines())


UNNAMED_WRITER = "somebody on the case"
_UNNAMED = (UNNAMED_CALLER, UNCHECKED_CALLER, "the watch station", "your team", UNNAMED_WRITER)
"""Stand-ins that take a capital where they begin a line."""
