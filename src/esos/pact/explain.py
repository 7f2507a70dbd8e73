"""A pact in plain words: the five questions, the times, disclosure and law, in whole sentences.

Whatever binds somebody is said: a test changes every single value of a pact and finds the explanation
changed. What the program only shows and leaves to people is marked, by the table of ``kept.py``. The same
sentences serve people as text and programs as data.
"""

from collections.abc import Callable, Iterator
from functools import partial, reduce

import msgspec

from esos.pact.classify import ALWAYS_MAYDAY
from esos.pact.durations import count, say_duration
from esos.pact.explain_times import say_ladder, say_times
from esos.pact.kept import LEFT_TO_PEOPLE, PEOPLE, is_left_to_people
from esos.pact.model import AS_CALL, Duty, Pact, Parties
from esos.pact.threshold import parse_rule, say_rule
from esos.words.ground import Ground, never_a_ground
from esos.words.kept import NEVER
from esos.words.language import apart, later, number, say
from esos.words.member_kind import kind_words
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
        parts=tuple(Part(heading=heading(), sentences=tuple(map(_marked, says(pact)))) for heading, says in _PARTS),
    )


def _marked(said: "Said") -> str:
    """A sentence, marked where it is of a key that the program does not act on."""
    key, sentence = said if isinstance(said, tuple) else ("", said)
    return f"{sentence.removesuffix('.')} ({say(LEFT_TO_PEOPLE)})." if key and is_left_to_people(key) else sentence


def urgency_words(urgency: Urgency) -> str:
    """The page words with the code word beside: ``Emergency now (mayday)``."""
    return f"{urgency.words} ({apart(urgency)})"


Said = str | tuple[str, str]
"""A sentence, or the key of the pact that it is about and the sentence."""
_PARTIES = {
    Parties.ORGANISATION: later("one organisation and its own teams"),
    Parties.TEAMS: later("teams that help each other"),
    Parties.STATES: later("States"),
    Parties.FEDERATION: later("members of a federation"),
}
_STRANGERS = {
    "advice-only": later(
        "Once called back, a stranger is given advice, information and filtering in a helper's own network; only an "
        "officer may ask for more."
    ),
    "as-members": later("Once called back, a stranger is helped as a member is."),
}
_RELAYS = {
    "anyone": later("Anybody may call for one who cannot, and must say that it is not for themselves."),
    "members": later(
        "Members may call for one who cannot, and must say so; anybody else who does is heard as a stranger."
    ),
}
_SILENCE = {
    False: later(
        "Where a beacon falls silent whose owner asked for it, an officer looks; nobody else until it is confirmed."
    ),
    True: later("Where a beacon falls silent whose owner asked for it, that counts as the owner's own call."),
}
_REACH = {
    "own-teams": later("The organisation's own teams are asked, nobody else."),
    "members": later("Members are asked, nobody else."),
    "members-and-neighbours": later("Members are asked, and through neighbour stations their members too."),
    "anyone": later("Anybody registered who can help is asked; whoever has not acceded is asked and not bound."),
}
_WIDEN = {
    "sector": later("the sector"),
    "nation": later("the nation"),
    "neighbour-station": later("the neighbour station"),
}
_SECOND = {
    "own-station": later("another officer of the same station"),
    "neighbour-station": later("an officer of a neighbour station"),
    "named": later("an office this pact names"),
}
_DUTIES = {
    Duty.HELP: later("At “{urgency}” a member that acceded must answer, and help if it reasonably can."),
    Duty.ANSWER: later("At “{urgency}” a member that acceded must answer, and may help."),
    Duty.NOTHING: later("At “{urgency}” a member that acceded owes nothing; it is told, so that harm can be avoided."),
}
_ABOVE_FREE = {
    "free": later("All other help is free for the caller too."),
    "at-rate": later("All other help is paid for by the tariff below at most; a line without a price is free."),
    "ceiling": later("All other help is paid for, up to a ceiling of {ceiling} for one case."),
}
_WHEN = {
    "month": later("Answers, times and grounds are published every month, as counts only."),
    "quarter": later("Answers, times and grounds are published every quarter, as counts only."),
    "year": later("Answers, times and grounds are published every year, as counts only."),
}


def _say_heading(pact: Pact) -> Iterator[Said]:
    heading = pact.pact
    yield say(
        "This is “{title}” ({name}, version {version}).",
        title=apart(heading.title),
        name=apart(heading.name),
        version=heading.version,
    )
    yield "pact.parties", say("It is made between {parties}.", parties=say(_PARTIES[heading.parties]))
    yield say("It is in force from {day} (UTC).", day=apart(heading.in_force.isoformat()))
    few, many = count(heading.members_min, "member"), number(heading.members_max)
    yield "pact.members_min", say("At least {few} and at most {many} may accede to it.", few=few, many=many)
    yield say("It binds those who acceded to it by a signed statement, except where they made a reservation.")
    if heading.accession_delay_days:
        delay = count(heading.accession_delay_days, "day")
        yield say("An accession binds {delay} after it was signed, at the earliest.", delay=delay)
    else:
        yield say("An accession binds as soon as it was signed, at the earliest.")
    notice = count(heading.withdrawal_notice_days, "day")
    yield say("Whoever withdraws stays bound for {notice} after saying so.", notice=notice)
    yield say(
        "Where a sentence ends with “({mark})”, the program shows the rule and does not act on it.",
        mark=say(LEFT_TO_PEOPLE),
    )


def _say_threats(pact: Pact) -> Iterator[Said]:
    threshold, mayday = pact.threshold, urgency_words(Urgency.MAYDAY)
    yield say("Only what is observed counts, whatever the cause; nothing is ever asked or read about who did it.")
    yield say("Under every pact it is “{urgency}” when {rule}.", urgency=mayday, rule=say(ALWAYS_MAYDAY))
    for urgency, rules in ((Urgency.MAYDAY, threshold.mayday), (Urgency.PAN_PAN, threshold.pan_pan)):
        for rule in rules:
            yield say("It is “{urgency}” when {rule}.", urgency=urgency_words(urgency), rule=say_rule(parse_rule(rule)))
    yield say("Anything less is “{urgency}”.", urgency=urgency_words(Urgency.ADVISORY))
    yield say("What is not known yet is never taken for a no.")
    yield say("People are woken by the gravest that is said or possible, until an officer overrules it with a reason.")
    yield say("Others are bound by what the caller says, as far as what was observed neither exceeds nor excludes it.")
    yield say("In the score, other sectors' dependence on a sector counts {count} of 100.", count=threshold.dependency)
    for one in threshold.sectors:
        yield say("For the sector {sector} it counts {count} of 100.", sector=say(one.sector), count=one.dependency)


def _say_callers(pact: Pact) -> Iterator[Said]:
    callers = pact.callers
    kinds = say(", ").join(map(kind_words, callers.member_kinds))
    if kinds:
        words = say("Members of these kinds may call: {kinds}; any other is heard as a stranger.", kinds=kinds)
        yield "callers.member_kinds", words
    else:
        yield "callers.member_kinds", say("Every member may call.")
    if callers.delegates:
        yield "callers.delegates", say("A member may name others on its card who call for it as if it called itself.")
    else:
        yield "callers.delegates", say("A member calls for itself; whoever else calls for it is a relay.")
    yield "callers.relays", say(_RELAYS[callers.relays])
    yield "callers.silence", say(_SILENCE[callers.silence == AS_CALL])
    yield "callers.strangers", say("A stranger is heard, and binds nobody until it has been called back.")
    yield "callers.strangers", say(_STRANGERS[callers.strangers])


def _say_how(pact: Pact) -> Iterator[Said]:
    yield say("A call is one small signed message, sent by every way that still works until a person acknowledges it.")
    ladders = (pact.helpers.ladder.mayday, pact.helpers.ladder.pan_pan, pact.helpers.ladder.advisory)
    timers = (pact.timers.mayday, pact.timers.pan_pan, pact.timers.advisory)
    for urgency, ladder, one in zip(Urgency, ladders, timers, strict=True):
        yield "helpers.ladder", say_ladder(urgency_words(urgency), ladder, due_ms=one.ack_ms)


def _say_helpers(pact: Pact) -> Iterator[Said]:
    helpers = pact.helpers
    yield "helpers.reach", say(_REACH[helpers.reach])
    tiers = "; ".join(tier.words for tier in helpers.tiers)
    yield "helpers.tiers", say("Those asked are: {tiers}.", tiers=tiers)
    for urgency, duty in zip(Urgency, (helpers.duty.mayday, helpers.duty.pan_pan, helpers.duty.advisory), strict=True):
        yield "helpers.duty", say(_DUTIES[duty], urgency=urgency_words(urgency))
    yield say("Silence beyond its time is recorded as no reply, and others are asked; a volunteer owes no answer.")
    first, cap = count(helpers.wave_first_size, "member"), number(helpers.wave_cap)
    yield (
        "helpers.wave_cap",
        say(
            "For each kind of help the first wave asks up to {first}; each next wave asks twice as many, up to {cap}.",
            first=first,
            cap=cap,
        ),
    )
    yield from _say_quotas(pact)
    yield from _say_widening(pact)
    seconds = reduce(_or, (say(_SECOND[one]) for one in helpers.second_officers))
    yield "helpers.second_officers", say("A second decision may come from {seconds}.", seconds=seconds)
    if helpers.second_named:
        named = "; ".join(map(apart, helpers.second_named))
        yield "helpers.second_named", say("The offices named for it are: {offices}.", offices=named)
    yield say("The only grounds to decline are: {grounds}", grounds=" ".join(ground.words for ground in Ground))
    yield say(NEVER.english, list=never_a_ground())


def _say_quotas(pact: Pact) -> Iterator[Said]:
    helpers = pact.helpers
    yield (
        "helpers.expected_answer_percent",
        say(
            "Until it has been measured, {percent} % of those asked are expected to help.",
            percent=helpers.expected_answer_percent,
        ),
    )
    at_once, a_month = count(helpers.open_requests_max, "request"), count(helpers.requests_a_month_max, "request")
    yield "helpers.open_requests_max", say("One member has at most {requests} open at once.", requests=at_once)
    yield "helpers.requests_a_month_max", say("One member gets at most {requests} a month.", requests=a_month)
    yield (
        "helpers.share_cap_percent",
        say(
            "One member is asked for at most {percent} % of a need, while others can carry the rest.",
            percent=helpers.share_cap_percent,
        ),
    )


def _say_widening(pact: Pact) -> Iterator[Said]:
    wider = pact.helpers.widen
    if not wider:
        yield "helpers.widen", say("When too few come in time, the search is not widened to others.")
        return
    if "neighbour-station" in wider:
        told = say("When too few come in time, more are asked at once, and the neighbour station is told.")
    else:
        told = say("When too few come in time, more are asked at once.")
    yield "helpers.widen", told
    places = reduce(_then, (say(_WIDEN[one]) for one in wider))
    yield PEOPLE, say("Whoever is not in the register is looked for in {places}.", places=places)


def _then(one: str, other: str) -> str:
    return say("{one}, then {other}", one=one, other=other)


def _or(one: str, other: str) -> str:
    return say("{one} or {other}", one=one, other=other)


def _say_help(pact: Pact) -> Iterator[Said]:
    assistance = pact.assistance
    if assistance.owed:
        lines = "; ".join(line.words for line in assistance.owed)
        yield "assistance.owed", say("Owed where a member can: {lines}.", lines=lines)
        yield say("All other help may be asked for.")
    else:
        yield "assistance.owed", say("No help is owed; it may be asked for.")
    for free in assistance.free_tier:
        words = say(
            "{line}: {amount} from each helper are free at “{urgency}”.",
            line=free.line.words,
            amount=f"{number(free.units)} {free.line.unit}",
            urgency=urgency_words(Urgency.MAYDAY),
        )
        yield "assistance.free_tier", words
    yield "assistance.above_free", say(_ABOVE_FREE[assistance.above_free], ceiling=number(assistance.ceiling))
    for price in assistance.tariff:
        words = say(
            "{line}: at most {price} a unit, counted in {unit}.",
            line=price.line.words,
            price=number(price.price),
            unit=price.line.unit,
        )
        yield "assistance.tariff", words
    if assistance.currency:
        yield "assistance.currency", say("Amounts are in {currency}.", currency=assistance.currency)
    yield say("There is no fee for success, and money never delays help: more than this is never agreed.")
    days = count(assistance.agreement_days, "day")
    yield "assistance.agreement_days", say("A commitment ends after {days}, unless it is extended.", days=days)
    agreement = apart(assistance.agreement)
    words = say("Each helper and caller sign an agreement, by the template “{template}”.", template=agreement)
    yield "assistance.agreement", words
    liability = apart(assistance.liability)
    yield "assistance.liability", say("Liability is settled by the template “{template}”.", template=liability)
    yield say("The caller directs; nobody touches its systems outside a grant that it signed.")


def _say_disclosure(pact: Pact) -> Iterator[Said]:
    disclosure = pact.disclosure
    tlp, pap = apart(f"TLP:{disclosure.tlp}"), apart(f"PAP:{disclosure.pap}")
    marked = say(
        "Unless its source marks it otherwise, information is shared under {tlp} and used under {pap}.",
        tlp=tlp,
        pap=pap,
    )
    yield "disclosure.tlp", marked
    if disclosure.pseudonyms:
        named = say("A caller is named by a pseudonym to everybody who has not committed to help it.")
    else:
        named = say("A caller is named to everybody who is asked to help it.")
    yield "disclosure.pseudonyms", named
    if disclosure.witnesses_asked:
        asked = count(disclosure.witnesses_asked, "other station")
        watched = say(
            "The log is watched by {asked}; {needed} must have signed its newest state.",
            asked=asked,
            needed=disclosure.witnesses_needed,
        )
        yield "disclosure.witnesses_asked", watched
    else:
        yield say("No other station watches the log.")
    if disclosure.witnesses_needed == 0:
        yield say("Nothing waits for a witness.")
    days = count(disclosure.retention_days, "day")
    kept = say(
        "A case is kept for {days} after it was closed, then erased; the proof that it existed stays.", days=days
    )
    yield "disclosure.retention_days", kept
    yield "disclosure.compliance_period", say(_WHEN[disclosure.compliance_period])
    privacy = apart(disclosure.privacy)
    yield "disclosure.privacy", say("Personal data is handled by the template “{template}”.", template=privacy)


def _say_law(pact: Pact) -> Iterator[Said]:
    yield say("The law's own reports run beside the help; help never waits for them.")
    for hook in pact.law.hooks:
        law = apart(hook.name)
        yield "law.hooks", say("{law} applies to {whom}.", law=law, whom=_own(hook.applies_to))
        for step in hook.steps:
            what, moment = _own(step.what), _own(step.counted_from)
            time = say_duration(step.after_ms)
            yield (
                "law.hooks",
                say("{law}: {what}, within {time} of {moment}.", law=law, what=what, time=time, moment=moment),
            )
    if not pact.law.hooks:
        yield say("This pact names no such reports.")


def _own(text: str) -> str:
    """Words of the pact itself: said where they are word for word those of a pact that comes with the program."""
    said = say(text)
    return apart(text) if said == text else said


def _by_when(urgency: Urgency) -> str:
    return say("By when? {urgency}", urgency=urgency_words(urgency))


_PARTS: tuple[tuple[Callable[[], str], Callable[[Pact], Iterator[Said]]], ...] = (
    (partial(say, later("The pact")), _say_heading),
    (partial(say, later("Which threats?")), _say_threats),
    (partial(say, later("Who may call?")), _say_callers),
    (partial(say, later("How, and who hears it?")), _say_how),
    (partial(say, later("Who must help?")), _say_helpers),
    (partial(say, later("What help?")), _say_help),
    (partial(_by_when, Urgency.MAYDAY), lambda pact: say_times(pact.timers.mayday)),
    (partial(_by_when, Urgency.PAN_PAN), lambda pact: say_times(pact.timers.pan_pan)),
    (partial(_by_when, Urgency.ADVISORY), lambda pact: say_times(pact.timers.advisory)),
    (partial(say, later("Who may know?")), _say_disclosure),
    (partial(say, later("What the law asks beside it")), _say_law),
)
