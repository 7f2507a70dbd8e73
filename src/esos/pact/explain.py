"""A pact in plain words: the five questions, the times, disclosure and law, in whole sentences.

Whatever binds somebody is said: a test changes every single value of a pact and finds the explanation
changed. The same sentences serve people as text and programs as data.
"""

from collections.abc import Callable, Iterator

import msgspec

from esos.pact.durations import count, say_duration
from esos.pact.explain_times import say_ladder, say_times
from esos.pact.model import Duty, Pact, Parties
from esos.pact.threshold import parse_rule, say_rule
from esos.words.ground import NEVER_A_GROUND, Ground
from esos.words.urgency import Urgency


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One heading with its sentences."""

    heading: str
    sentences: tuple[str, ...]


class Explanation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole pact in words; ``digest`` (hex SHA-256 of the file) says which file it explains."""

    title: str
    pact: str
    version: int
    digest: str
    parts: tuple[Part, ...]

    def as_text(self) -> str:
        """The explanation as plain text: headings, and one sentence a line."""
        blocks = ["\n".join((part.heading, *(f"  {line}" for line in part.sentences))) for part in self.parts]
        return "\n\n".join((f"{self.title} ({self.pact}, version {self.version})", *blocks)) + "\n"


def explain(pact: Pact) -> Explanation:
    """The pact in plain words."""
    return Explanation(
        title=pact.pact.title,
        pact=pact.name,
        version=pact.version,
        digest=pact.digest.hex(),
        parts=tuple(Part(heading=heading, sentences=tuple(say(pact))) for heading, say in _PARTS),
    )


def urgency_words(urgency: Urgency) -> str:
    """The page words with the code word beside: ``Emergency now (mayday)``."""
    return f"{urgency.words} ({urgency})"


_PARTIES = {
    Parties.ORGANISATION: "one organisation and its own teams",
    Parties.TEAMS: "teams that help each other",
    Parties.STATES: "States",
    Parties.FEDERATION: "members of a federation",
}
_STRANGERS = {
    "advice-only": "Once called back, a stranger is given advice, information and filtering in a helper's own network.",
    "as-members": "Once called back, a stranger is helped as a member is.",
}
_RELAYS = {
    "anyone": "Anybody may call for one who cannot, and must say that it is not for themselves.",
    "members": "Members may call for one who cannot, and must say so; anybody else who does is heard as a stranger.",
}
_REACH = {
    "own-teams": "The organisation's own teams are asked, nobody else.",
    "members": "Members are asked, nobody else.",
    "members-and-neighbours": "Members are asked, and through neighbour stations their members too.",
    "anyone": "Anybody registered who can help is asked; whoever has not acceded is asked and not bound.",
}
_WIDEN = {
    "sector": "the whole sector",
    "nation": "the whole nation",
    "neighbour-station": "the members of neighbour stations",
}
_SECOND = {
    "own-station": "another officer of the same station",
    "neighbour-station": "an officer of a neighbour station",
    "named": "an office this pact names",
}
_DUTIES = {
    Duty.HELP: "must answer, and help if it reasonably can",
    Duty.ANSWER: "must answer, and may help",
    Duty.NOTHING: "owes nothing; it is told, so that harm can be avoided",
}
_ABOVE_FREE = {
    "free": "All other help is free for the caller too.",
    "at-rate": "All other help is paid for by the tariff below.",
    "ceiling": "All other help is paid for, up to a ceiling of {ceiling:,} {currency} for one case.",
}
_WHEN = {"month": "every month", "quarter": "every quarter", "year": "every year"}


def _say_heading(pact: Pact) -> Iterator[str]:
    heading = pact.pact
    yield f"“{heading.title}” ({heading.name}, version {heading.version}) is made between {_PARTIES[heading.parties]}."
    yield f"It is in force from {heading.in_force.isoformat()} (UTC)."
    yield f"At least {count(heading.members_min, 'member')} and at most {heading.members_max:,} may accede to it."
    yield "It binds those who acceded to it by a signed statement, except where they made a reservation."
    delay = f"{count(heading.accession_delay_days, 'day')} after" if heading.accession_delay_days else "as soon as"
    yield f"An accession binds {delay} it was signed, at the earliest."
    yield f"Whoever withdraws stays bound for {count(heading.withdrawal_notice_days, 'day')} after saying so."


def _say_threats(pact: Pact) -> Iterator[str]:
    threshold = pact.threshold
    yield "Only what is observed counts, whatever the cause; nothing is ever asked or read about who did it."
    for urgency, rules in ((Urgency.MAYDAY, threshold.mayday), (Urgency.PAN_PAN, threshold.pan_pan)):
        for rule in rules:
            yield f"It is “{urgency_words(urgency)}” when {say_rule(parse_rule(rule))}."
    yield f"Anything less is “{urgency_words(Urgency.ADVISORY)}”."
    yield "What is not known yet is never taken for a no."
    yield f"In the score, other sectors' dependence on a sector counts {threshold.dependency} of 100."
    for one in threshold.sectors:
        yield f"For the sector {one.sector} it counts {one.dependency} of 100."


def _say_callers(pact: Pact) -> Iterator[str]:
    callers = pact.callers
    kinds = ", ".join(callers.member_kinds)
    if kinds:
        yield f"Members of these kinds may call: {kinds}; any other is heard as a stranger."
    else:
        yield "Every member may call."
    if callers.delegates:
        yield "A member may name others who call for it as if it called itself."
    else:
        yield "A member calls for itself; whoever else calls for it is a relay."
    yield _RELAYS[callers.relays]
    yield "A stranger is heard, and binds nobody until it has been called back."
    yield _STRANGERS[callers.strangers]


def _say_how(pact: Pact) -> Iterator[str]:
    yield "A call is one small signed message, sent by every way that still works until a person acknowledges it."
    ladders = (pact.helpers.ladder.mayday, pact.helpers.ladder.pan_pan, pact.helpers.ladder.advisory)
    timers = (pact.timers.mayday, pact.timers.pan_pan, pact.timers.advisory)
    for urgency, ladder, one in zip(Urgency, ladders, timers, strict=True):
        yield say_ladder(urgency_words(urgency), ladder, due_ms=one.ack_ms)


def _say_helpers(pact: Pact) -> Iterator[str]:
    helpers = pact.helpers
    yield _REACH[helpers.reach]
    yield f"Those asked are: {'; '.join(tier.words for tier in helpers.tiers)}."
    for urgency, duty in zip(Urgency, (helpers.duty.mayday, helpers.duty.pan_pan, helpers.duty.advisory), strict=True):
        yield f"At “{urgency_words(urgency)}” a member that acceded {_DUTIES[duty]}."
    yield (
        "Silence of those bound by contract, law or the pact is escalated; of others asked to answer it is "
        "recorded; a volunteer owes no answer."
    )
    first = count(helpers.wave_first_size, "member")
    yield f"The first wave asks up to {first}; each next wave asks twice as many, up to {helpers.wave_cap:,}."
    yield f"Until it has been measured, {helpers.expected_answer_percent} % of those asked are expected to help."
    at_once, a_month = count(helpers.open_requests_max, "request"), count(helpers.requests_a_month_max, "request")
    yield f"One member has at most {at_once} open at once, and gets at most {a_month} a month."
    yield f"One member carries at most {helpers.share_cap_percent} % of what one case needs."
    yield _say_widening(pact)
    yield f"A second decision may come from {' or '.join(_SECOND[one] for one in helpers.second_officers)}."
    if helpers.second_named:
        yield f"The offices named for it are: {'; '.join(helpers.second_named)}."
    yield f"The only grounds to decline are: {' '.join(ground.words for ground in Ground)}"
    yield f"Never a ground: {'; '.join(NEVER_A_GROUND)}."


def _say_widening(pact: Pact) -> str:
    wider = [_WIDEN[one] for one in pact.helpers.widen]
    if not wider:
        return "When too few come in time, the search is not widened to others."
    return f"When too few come in time, the search widens to {', then '.join(wider)}."


def _say_help(pact: Pact) -> Iterator[str]:
    assistance = pact.assistance
    if assistance.owed:
        yield f"Owed where a member can: {'; '.join(line.words for line in assistance.owed)}."
        yield "All other help may be asked for."
    else:
        yield "No help is owed; it may be asked for."
    for free in assistance.free_tier:
        amount = f"{free.units:,} {free.line.unit}"
        yield f"{free.line.words}: {amount} from each helper are free at “{urgency_words(Urgency.MAYDAY)}”."
    yield _ABOVE_FREE[assistance.above_free].format(ceiling=assistance.ceiling, currency=assistance.currency)
    for price in assistance.tariff:
        yield f"{price.line.words}: {price.price:,} {assistance.currency} a unit, counted in {price.line.unit}."
    yield "There is no fee for success, and money never delays help."
    days = count(assistance.agreement_days, "day")
    yield f"Each helper and caller sign an agreement, by the template “{assistance.agreement}”, usually for {days}."
    yield f"Liability is settled by the template “{assistance.liability}”."
    yield "The caller directs; nobody touches its systems outside a grant that it signed."


def _say_disclosure(pact: Pact) -> Iterator[str]:
    disclosure = pact.disclosure
    marking = f"TLP:{disclosure.tlp} and used under PAP:{disclosure.pap}"
    yield f"Unless its source marks it otherwise, information is shared under {marking}."
    if disclosure.pseudonyms:
        yield "A caller is named by a pseudonym to everybody who has not committed to help it."
    else:
        yield "A caller is named to everybody who is asked to help it."
    if disclosure.witnesses_asked:
        asked = count(disclosure.witnesses_asked, "other station")
        yield f"The log is watched by {asked}; {disclosure.witnesses_needed} must have signed its newest state."
    else:
        yield "No other station watches the log."
    if disclosure.witnesses_needed == 0:
        yield "Nothing waits for a witness."
    days = count(disclosure.retention_days, "day")
    yield f"A case is kept for {days} after it was closed, then erased; the proof that it existed stays."
    yield f"Answers, times and grounds are published {_WHEN[disclosure.compliance_period]}, as counts only."
    yield f"Personal data is handled by the template “{disclosure.privacy}”."


def _say_law(pact: Pact) -> Iterator[str]:
    yield "The law's own reports run beside the help; help never waits for them."
    for hook in pact.law.hooks:
        yield f"{hook.name} applies to {hook.applies_to}."
        for step in hook.steps:
            yield f"{hook.name}: {step.what}, within {say_duration(step.after_ms)} of {step.counted_from}."
    if not pact.law.hooks:
        yield "This pact names no such reports."


_PARTS: tuple[tuple[str, Callable[[Pact], Iterator[str]]], ...] = (
    ("The pact", _say_heading),
    ("Which threats?", _say_threats),
    ("Who may call?", _say_callers),
    ("How, and who hears it?", _say_how),
    ("Who must help?", _say_helpers),
    ("What help?", _say_help),
    (f"By when? {urgency_words(Urgency.MAYDAY)}", lambda pact: say_times(pact.timers.mayday)),
    (f"By when? {urgency_words(Urgency.PAN_PAN)}", lambda pact: say_times(pact.timers.pan_pan)),
    (f"By when? {urgency_words(Urgency.ADVISORY)}", lambda pact: say_times(pact.timers.advisory)),
    ("Who may know?", _say_disclosure),
    ("What the law asks beside it", _say_law),
)
