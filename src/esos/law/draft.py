"""A report drafted from what was said once in the case; what nobody said stays a marked blank.

The station never sends it. Law 1: no part asks for, holds or guesses who did it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

import msgspec

from esos.law.clocks import RunningClock
from esos.law.model import Law
from esos.words.language import later, say

BLANK = later("[Please fill in]")
"""Stands where nothing is known; people search for it."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a case holds that a report may need; empty where it was not said. ``sections`` are those of its sitreps."""

    caller: str = ""
    station: str = ""
    case: str = ""
    called_ms: int = 0
    now_ms: int = 0
    zone: tzinfo = UTC
    moments: dict[str, int] = {}
    natures: tuple[str, ...] = ()
    words: str = ""
    sections: dict[str, str] = {}
    reply: str = ""
    sector: str = ""
    country: str = ""
    products: tuple[str, ...] = ()
    network: str = ""
    at_risk: str = ""
    severity: str = ""
    needs: str = ""
    helpers: tuple[str, ...] = ()
    drill: bool = False


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A draft as plain text, and how many blanks are in it."""

    text: str
    blanks: int


def draft(law: Law, clock: RunningClock, facts: Facts) -> Draft:
    """The draft of one report."""
    parts = [_part(name, facts) for name in clock.clock.asks]
    due = when(clock.due_ms, facts.zone) if clock.due_ms else say(BLANK)
    head = [
        say("DRAFT: {title} under {law}", title=say(clock.clock.title), law=say(law.title)),
        say("Not sent. The station sends nothing: check it, fill in what is missing, and send it yourself."),
        say("To: {to}", to=say(law.to)),
        say("Legal basis: {source}, {article}", source=law.source, article=clock.clock.source),
        say("Due at the latest: {due}", due=due),
    ]
    if facts.drill:
        head.insert(0, say("DRILL. All of this is practice."))
    foot = say(
        "Drafted {at} from case {case} at {station}. Not legal advice.",
        at=when(facts.now_ms, facts.zone),
        case=facts.case,
        station=facts.station,
    )
    text = "\n\n".join(["\n".join(head), *parts, foot]) + "\n"
    return Draft(text=text, blanks=text.count(say(BLANK)))


def when(ms: int, zone: tzinfo = UTC) -> str:
    """An instant with its day, in UTC and, where that differs then, in local time first."""
    utc = datetime.fromtimestamp(ms / 1000, tz=UTC)
    local, written = utc.astimezone(zone), f"{utc:%Y-%m-%d %H:%M} UTC"
    return f"{local:%Y-%m-%d %H:%M} ({written})" if local.utcoffset() else written


def _part(name: str, facts: Facts) -> str:
    heading, fill = PARTS[name]
    return f"{say(heading)}\n{fill(facts) or say(BLANK)}"


_Fill = Callable[[Facts], str]


def _nothing(facts: Facts) -> str:
    del facts
    return ""


def _section(*letters: str) -> _Fill:
    return lambda facts: "\n".join(facts.sections[letter] for letter in letters if facts.sections.get(letter))


def _lines(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def _moment(name: str) -> _Fill:
    def fill(facts: Facts) -> str:
        ms = facts.moments.get(name, 0)
        return when(ms, facts.zone) if ms else ""

    return fill


def _aware(facts: Facts) -> str:
    ms = facts.moments.get("aware") or facts.moments.get("believed")
    if ms:
        return when(ms, facts.zone)
    return (
        say("At the latest at {at}, when we called for help.", at=when(facts.called_ms, facts.zone))
        if facts.called_ms
        else ""
    )


def _organisation(facts: Facts) -> str:
    about = ", ".join(part for part in (facts.sector, facts.country) if part)
    return _lines(facts.caller, about, facts.sections.get("A", ""))


def _what(facts: Facts) -> str:
    return _lines(". ".join(facts.natures), facts.words, facts.sections.get("C", ""), facts.sections.get("G", ""))


def _impact(facts: Facts) -> str:
    risk = say("People or services at risk: about {count}.", count=facts.at_risk) if facts.at_risk else ""
    touched = ", ".join((*facts.products, *([facts.network] if facts.network else [])))
    known = say("Systems and networks concerned: {systems}.", systems=touched) if touched else ""
    return _lines(risk, known, facts.sections.get("D", ""))


def _help(facts: Facts) -> str:
    asked = say("Help was asked for: {needs}.", needs=facts.needs) if facts.needs else ""
    coming = say("Teams that are bound to help: {teams}.", teams=", ".join(facts.helpers)) if facts.helpers else ""
    called = say("We called for help on {at}.", at=when(facts.called_ms, facts.zone)) if facts.called_ms else ""
    return _lines(called, asked, coming)


PARTS: dict[str, tuple[str, _Fill]] = {
    "organisation": (later("Organisation"), _organisation),
    "contact": (later("Who can be asked, and how"), lambda facts: facts.reply),
    "officer": (later("Data protection officer or other contact point"), _nothing),
    "aware": (later("Since when we know of it"), _aware),
    "classified": (later("When it was classified as major"), _moment("classified")),
    "what": (later("What happens"), _what),
    "severity": (later("How bad it is, as judged from its effects"), lambda facts: facts.severity),
    "impact": (later("Whom and what it touches"), _impact),
    "border": (later("Whether other countries are touched"), _nothing),
    "indicators": (later("Technical signs by which others can find it"), _nothing),
    "cause": (later("What led to it, as far as it is established"), _nothing),
    "measures": (later("What was done and what will be done"), _section("I", "L")),
    "records": (later("Kinds and rough numbers of people and records concerned"), _nothing),
    "consequences": (later("What may follow for the people concerned"), _nothing),
    "payment": (later("The payment: when, how much, by which way, and what was demanded"), _moment("paid")),
    "costs": (later("What it cost"), _nothing),
    "help": (later("Help"), _help),
}
"""Of each part its heading, and what the case knows of it."""
