"""What a page to a person says, filled in: the words of its reason with the facts at hand.

Which channel carries it, the link to answer with and the mark of a drill are the paging adapters' part.
Law 2: whatever is not known is left out, sentence by sentence.
"""

from datetime import UTC, tzinfo
from string import Formatter

import msgspec

from esos.words.language import apart, later, say, say_count
from esos.words.life import Concern
from esos.words.nature import Nature
from esos.words.page_lines import ALWAYS, UNCONFIRMED
from esos.words.page_reasons import PageReason
from esos.words.page_words import PAGES
from esos.words.phrases import UNCHECKED_CALLER, UNNAMED_CALLER, Needs, at, by, caller_words, listed
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
    ``report`` is one that ``law`` asks for, both as the file of laws calls them.
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
    zone: tzinfo = UTC
    tier: DutyTier | None = None
    basis: str = ""
    owed: str = ""
    why: tuple[str, ...] = ()
    concern: Concern | None = None
    matter: str = ""
    report: str = ""
    law: str = ""
    reason: str = ""
    reply: str = ""
    numbers: tuple[str, ...] = ()
    case_code: str = ""
    answer_code: str = ""
    is_confirmed: bool = True
    """Whether the reader once said that this address is theirs."""
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
    filled = say(line).format_map(values)
    return (
        filled[0].upper() + filled[1:]
        if filled.startswith(tuple(say(one).partition("{")[0] for one in _UNNAMED))
        else filled
    )


def _values(facts: PageFacts) -> dict[str, str]:
    """What stands for each name in a text; the few a title needs are never empty (law 2)."""
    return {
        "urgency": f"{facts.urgency.words} ({apart(facts.urgency)})",
        "caller": caller_words(_one_line(facts.caller), is_checked=facts.is_checked),
        "station": apart(_one_line(facts.station)) or say(THE_STATION),
        "team": apart(_one_line(facts.team)) or say(YOUR_TEAM),
        "natures": "; ".join(nature.words for nature in facts.natures),
        "needs": listed(facts.needs),
        "unmet": listed(facts.unmet),
        "called": _instant(facts, facts.called_ms),
        "since": _instant(facts, facts.since_ms),
        "due": _deadline(facts, facts.due_ms),
        "escalates": _deadline(facts, facts.escalates_ms),
        "tier": "" if facts.tier is None else facts.tier.words,
        "owed": say(facts.owed) or ("" if facts.tier is None else facts.tier.owed),
        "basis": say(_one_line(facts.basis)).rstrip("."),
        "why": " ".join(say(_one_line(sentence)) for sentence in facts.why),
        "concern": "" if facts.concern is None else facts.concern.words,
        "matter": say(_one_line(facts.matter)).rstrip("."),
        "report": _report(facts),
        "reason": apart(_one_line(facts.reason)),
        "reply": apart(_one_line(facts.reply)),
        "numbers": ", ".join(apart(_one_line(number)) for number in facts.numbers),
        "case": apart(facts.case_code),
        "code": apart(facts.answer_code),
        "calls": say_count("{count} stranger's call waits", "{count} strangers' calls wait", facts.calls),
        "unconfirmed": "" if facts.is_confirmed else say(UNCONFIRMED),
        "said": _quoted(facts.said),
        "writer": apart(_one_line(facts.writer)) or say(UNNAMED_WRITER),
    }


def _report(facts: PageFacts) -> str:
    if not facts.report:
        return ""
    title, law = (apart(say(_one_line(one))) for one in (facts.report, facts.law))
    return say("{title} under {law}", title=title, law=law)


def _deadline(facts: PageFacts, ms: int | None) -> str:
    return "" if ms is None else by(ms, facts.zone, seen_from_ms=facts.now_ms, now_ms=facts.now_ms)


def _instant(facts: PageFacts, ms: int | None) -> str:
    return "" if ms is None else at(ms, facts.zone, seen_from_ms=facts.now_ms)


def _one_line(text: str) -> str:
    """A name must not forge a line of its own."""
    return " ".join(text.split())


def _quoted(text: str) -> str:
    """Somebody's own words, marked line by line, so that no line of theirs is taken for one of the station's."""
    return "\n".join(f"> {apart(line)}" for line in text.splitlines())


THE_STATION, YOUR_TEAM = later("the watch station"), later("your team")
UNNAMED_WRITER = later("somebody on the case")
_UNNAMED = (UNNAMED_CALLER, UNCHECKED_CALLER, THE_STATION, YOUR_TEAM, UNNAMED_WRITER)
"""Stand-ins that take a capital where they begin a line."""
