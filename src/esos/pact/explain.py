"""A pact in plain words: the five questions, the times, disclosure and law, in whole sentences.

Whatever binds somebody is said: a test changes every single value of a pact and finds the explanation
changed. What the program only shows and leaves to people is marked, by the table of ``kept.py``. The same
sentences serve people as text and programs as data.
"""

from collections.abc import Callable, Iterator

import msgspec

from esos.pact.classify import ALWAYS_MAYDAY
from esos.pact.durations import count, say_duration
from esos.pact.explain_times import say_ladder, say_times
from esos.pact.kept import LEFT_TO_PEOPLE, PEOPLE, is_left_to_people
from esos.pact.model import AS_CALL, Duty, Pact, Parties
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
        parts=tuple(Part(heading=heading, sentences=tuple(map(_marked, say(pact)))) for heading, say in _PARTS),
    )


def _marked(said: "Said") -> str:
    """A sentence, marked where it is of a key that the program does not act on."""
    key, sentence = said if isinstance(said, tuple) else ("", said)
    return f"{sentence.removesuffix('.')} ({LEFT_TO_PEOPLE})." if key and is_left_to_people(key) else sentence


def urgency_words(urgency: Urgency) -> str:
    """The page words with the code word beside: ``Emergency now (mayday)``."""
    return f"{urgency.words} ({urgency})"


Said = str | tuple[str, str]
"""A sentence, or the key of the pact that it is about and the sentence."""
_PARTIES = {
    Parties.ORGANISATION: "one organisation and its own teams",
    Parties.TEAMS: "teams that help each other",
    Parties.STATES: "States",
    Parties.FEDERATION: "members of a federation",
}
_STRANGERS = {
    "advice-only": (
        "Once called back, a stranger is given advice, information and filtering in a helper's own network; only an "
        "officer may ask for more."
    ),
    "as-members": "Once called back, a stranger is helped as a member is.",
}
_RELAYS = {
    "anyone": "Anybody may call for one who cannot, and must say that it is not for themselves.",
    "members": "Members may call for one who cannot, and must say so; anybody else who does is heard as a stranger.",
}
_SILENCE = {
    False: "Where a beacon falls silent whose owner asked for it, an officer looks; nobody else until it is confirmed.",
    True: "Where a beacon falls silent whose owner asked for it, that counts as the owner's own call.",
}
_REACH = {
    "own-teams": "The organisation's own teams are asked, nobody else.",
    "members": "Members are asked, nobody else.",
    "members-and-neighbours": "Members are asked, and through neighbour stations their members too.",
    "anyone": "Anybody registered who can help is asked; whoever has not acceded is asked and not bound.",
}
_WIDEN = {
    "sector": "the sector",
    "nation": "the nation",
    "neighbour-station": "the neighbour station",
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
    "at-rate": "All other help is paid for by the tariff below at most; a line without a price is free.",
    "ceiling": "All other help is paid for, up to a ceiling of {ceiling:,} for one case.",
}
_WHEN = {"month": "every month", "quarter": "every quarter", "year": "every year"}


def _say_heading(pact: Pact) -> Iterator[Said]:
    heading = pact.pact
    yield f"This is “{heading.title}” ({heading.name}, version {heading.version})."
    yield "pact.parties", f"It is made between {_PARTIES[heading.parties]}."
    yield f"It is in force from {heading.in_force.isoformat()} (UTC)."
    few, many = count(heading.members_min, "member"), f"{heading.members_max:,}"
    yield "pact.members_min", f"At least {few} and at most {many} may accede to it."
    yield "It binds those who acceded to it by a signed statement, except where they made a reservation."
    delay = f"{count(heading.accession_delay_days, 'day')} after" if heading.accession_delay_days else "as soon as"
    yield f"An accession binds {delay} it was signed, at the earliest."
    yield f"Whoever withdraws stays bound for {count(heading.withdrawal_notice_days, 'day')} after saying so."
    yield f"Where a sentence ends with “({LEFT_TO_PEOPLE})”, the program shows the rule and does not act on it."


def _say_threats(pact: Pact) -> Iterator[Said]:
    threshold, mayday = pact.threshold, urgency_words(Urgency.MAYDAY)
    yield "Only what is observed counts, whatever the cause; nothing is ever asked or read about who did it."
    yield f"Under every pact it is “{mayday}” when {ALWAYS_MAYDAY}."
    for urgency, rules in ((Urgency.MAYDAY, threshold.mayday), (Urgency.PAN_PAN, threshold.pan_pan)):
        for rule in rules:
            yield f"It is “{urgency_words(urgency)}” when {say_rule(parse_rule(rule))}."
    yield f"Anything less is “{urgency_words(Urgency.ADVISORY)}”."
    yield "What is not known yet is never taken for a no."
    yield "People are woken by the gravest that is said or possible, until an officer overrules it with a reason."
    yield "Others are bound by what the caller says, as far as what was observed neither exceeds nor excludes it."
    yield f"In the score, other sectors' dependence on a sector counts {threshold.dependency} of 100."
    for one in threshold.sectors:
        yield f"For the sector {one.sector} it counts {one.dependency} of 100."


def _say_callers(pact: Pact) -> Iterator[Said]:
    callers = pact.callers
    kinds = ", ".join(callers.member_kinds)
    if kinds:
        yield "callers.member_kinds", f"Members of these kinds may call: {kinds}; any other is heard as a stranger."
    else:
        yield "callers.member_kinds", "Every member may call."
    if callers.delegates:
        yield "callers.delegates", "A member may name others on its card who call for it as if it called itself."
    else:
        yield "callers.delegates", "A member calls for itself; whoever else calls for it is a relay."
    yield "callers.relays", _RELAYS[callers.relays]
    yield "callers.silence", _SILENCE[callers.silence == AS_CALL]
    yield "callers.strangers", "A stranger is heard, and binds nobody until it has been called back."
    yield "callers.strangers", _STRANGERS[callers.strangers]


def _say_how(pact: Pact) -> Iterator[Said]:
    yield "A call is one small signed message, sent by every way that still works until a person acknowledges it."
    ladders = (pact.helpers.ladder.mayday, pact.helpers.ladder.pan_pan, pact.helpers.ladder.advisory)
    timers = (pact.timers.mayday, pact.timers.pan_pan, pact.timers.advisory)
    for urgency, ladder, one in zip(Urgency, ladders, timers, strict=True):
        yield "helpers.ladder", say_ladder(urgency_words(urgency), ladder, due_ms=one.ack_ms)


def _say_helpers(pact: Pact) -> Iterator[Said]:
    helpers = pact.helpers
    yield "helpers.reach", _REACH[helpers.reach]
    yield "helpers.tiers", f"Those asked are: {'; '.join(tier.words for tier in helpers.tiers)}."
    for urgency, duty in zip(Urgency, (helpers.duty.mayday, helpers.duty.pan_pan, helpers.duty.advisory), strict=True):
        yield "helpers.duty", f"At “{urgency_words(urgency)}” a member that acceded {_DUTIES[duty]}."
    yield "Silence beyond its time is recorded as no reply, and others are asked; a volunteer owes no answer."
    first, cap = count(helpers.wave_first_size, "member"), f"{helpers.wave_cap:,}"
    yield (
        "helpers.wave_cap",
        f"For each kind of help the first wave asks up to {first}; each next wave asks twice as many, up to {cap}.",
    )
    yield from _say_quotas(pact)
    yield from _say_widening(pact)
    seconds = " or ".join(_SECOND[one] for one in helpers.second_officers)
    yield "helpers.second_officers", f"A second decision may come from {seconds}."
    if helpers.second_named:
        yield "helpers.second_named", f"The offices named for it are: {'; '.join(helpers.second_named)}."
    yield f"The only grounds to decline are: {' '.join(ground.words for ground in Ground)}"
    yield f"Never a ground: {'; '.join(NEVER_A_GROUND)}."


def _say_quotas(pact: Pact) -> Iterator[Said]:
    helpers = pact.helpers
    yield (
        "helpers.expected_answer_percent",
        f"Until it has been measured, {helpers.expected_answer_percent} % of those asked are expected to help.",
    )
    at_once, a_month = count(helpers.open_requests_max, "request"), count(helpers.requests_a_month_max, "request")
    yield "helpers.open_requests_max", f"One member has at most {at_once} open at once."
    yield "helpers.requests_a_month_max", f"One member gets at most {a_month} a month."
    yield (
        "helpers.share_cap_percent",
        f"One member is asked for at most {helpers.share_cap_percent} % of a need, while others can carry the rest.",
    )


def _say_widening(pact: Pact) -> Iterator[Said]:
    wider = pact.helpers.widen
    if not wider:
        yield "helpers.widen", "When too few come in time, the search is not widened to others."
        return
    told = ", and the neighbour station is told" if "neighbour-station" in wider else ""
    yield "helpers.widen", f"When too few come in time, more are asked at once{told}."
    yield PEOPLE, f"Whoever is not in the register is looked for in {', then '.join(_WIDEN[one] for one in wider)}."


def _say_help(pact: Pact) -> Iterator[Said]:
    assistance = pact.assistance
    if assistance.owed:
        yield "assistance.owed", f"Owed where a member can: {'; '.join(line.words for line in assistance.owed)}."
        yield "All other help may be asked for."
    else:
        yield "assistance.owed", "No help is owed; it may be asked for."
    for free in assistance.free_tier:
        amount = f"{free.units:,} {free.line.unit}"
        words = f"{free.line.words}: {amount} from each helper are free at “{urgency_words(Urgency.MAYDAY)}”."
        yield "assistance.free_tier", words
    yield "assistance.above_free", _ABOVE_FREE[assistance.above_free].format(ceiling=assistance.ceiling)
    for price in assistance.tariff:
        words = f"{price.line.words}: at most {price.price:,} a unit, counted in {price.line.unit}."
        yield "assistance.tariff", words
    if assistance.currency:
        yield "assistance.currency", f"Amounts are in {assistance.currency}."
    yield "There is no fee for success, and money never delays help: more than this is never agreed."
    days = count(assistance.agreement_days, "day")
    yield "assistance.agreement_days", f"A commitment ends after {days}, unless it is extended."
    yield "assistance.agreement", f"Each helper and caller sign an agreement, by the template “{assistance.agreement}”."
    yield "assistance.liability", f"Liability is settled by the template “{assistance.liability}”."
    yield "The caller directs; nobody touches its systems outside a grant that it signed."


def _say_disclosure(pact: Pact) -> Iterator[Said]:
    disclosure = pact.disclosure
    marking = f"TLP:{disclosure.tlp} and used under PAP:{disclosure.pap}"
    yield "disclosure.tlp", f"Unless its source marks it otherwise, information is shared under {marking}."
    if disclosure.pseudonyms:
        named = "A caller is named by a pseudonym to everybody who has not committed to help it."
    else:
        named = "A caller is named to everybody who is asked to help it."
    yield "disclosure.pseudonyms", named
    if disclosure.witnesses_asked:
        asked = count(disclosure.witnesses_asked, "other station")
        watched = f"The log is watched by {asked}; {disclosure.witnesses_needed} must have signed its newest state."
        yield "disclosure.witnesses_asked", watched
    else:
        yield "No other station watches the log."
    if disclosure.witnesses_needed == 0:
        yield "Nothing waits for a witness."
    days = count(disclosure.retention_days, "day")
    kept = f"A case is kept for {days} after it was closed, then erased; the proof that it existed stays."
    yield "disclosure.retention_days", kept
    when = _WHEN[disclosure.compliance_period]
    yield "disclosure.compliance_period", f"Answers, times and grounds are published {when}, as counts only."
    yield "disclosure.privacy", f"Personal data is handled by the template “{disclosure.privacy}”."


def _say_law(pact: Pact) -> Iterator[Said]:
    yield "The law's own reports run beside the help; help never waits for them."
    for hook in pact.law.hooks:
        yield "law.hooks", f"{hook.name} applies to {hook.applies_to}."
        for step in hook.steps:
            due = f"within {say_duration(step.after_ms)} of {step.counted_from}"
            yield "law.hooks", f"{hook.name}: {step.what}, {due}."
    if not pact.law.hooks:
        yield "This pact names no such reports."


_PARTS: tuple[tuple[str, Callable[[Pact], Iterator[Said]]], ...] = (
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
