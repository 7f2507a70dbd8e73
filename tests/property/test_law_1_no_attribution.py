"""Law 1: permuting any text, name or actor-like field changes no byte of severity, ranking, duty, wave or case.

Two stations hear the same story; every free text that the second hears is another one, found by walking the
fields of every body, and its facts name a culprit. On real incidents, where the shared data are present, their
actors, the actors' countries and texts are permuted among them, the effects filled in by seed. Counts are printed.
"""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from doubles.free_text import free_texts, rewritten
from hypothesis import given
from hypothesis import strategies as st
from test_case_laws import AnyStory, told

from esos.case.event import Event
from esos.case.model import Case, Opening, begin
from esos.case.step import step
from esos.duty.events import Acceded, MemberRegistered, PackageLodged, PactPublished, Reached
from esos.duty.register import Register
from esos.keys.speaker import KnownBy, Role, Speaker
from esos.message.bodies import CallDetails, Called
from esos.message.card import Capability, DutySource, MemberCard, PublicKey
from esos.message.kinds import KINDS, Scope
from esos.pact import shipped
from esos.pact.rules import rules_of
from esos.station.severity import rate
from esos.station.waves import Wave, plan
from esos.triage.facts import Facts, write_facts
from esos.triage.questions import QUESTIONS, answer
from esos.words.need import NeedLine
from esos.words.realm import Realm
from esos.words.urgency import Urgency

INCIDENTS = 1000
STORIES = 6
STORIES_MAX = 60
"""How many stories may be told until every kind with a free text was said."""
TIERS_SEEN = 4
STORY_STEPS_LOOKED_AT = 10
"""Every so many steps the two stations' decisions are compared byte for byte."""
PACT = shipped.load("club")[1]
RULES = msgspec.structs.replace(
    rules_of(PACT),
    reach="anyone",
    wave_first_size=40,
    wave_cap=60,
    open_requests_max=1_000,
    requests_a_month_max=10_000,
)
ACTOR_LIKE = ("actor", "threat_actor", "attribution", "source_country", "motive", "attacker", "culprit", "sponsor")
TEXTS = st.text(max_size=60)
CALLER, HOSPITAL = "f" * 16, "hospital"
TIERS = {0, 1, 2, 3, 4}


def _register() -> Register:
    """Members of every duty tier towards both callers of these tests, each with a different card."""
    register = Register()
    register.apply(0, PactPublished(pact="aa", name="The club", family=PACT.name))
    for caller in (CALLER, HOSPITAL):
        card = MemberCard(name="Caller", keys=(), country="IE", sectors=("health",))
        register.apply(0, MemberRegistered(member=caller, card=card, at_ms=0))
        register.apply(0, Acceded(member=caller, pact="aa", in_force_ms=0))
    for number in range(20):
        member = f"{number:016x}"
        register.apply(number, MemberRegistered(member=member, card=_card(number), at_ms=0))
        if number % 5 in {1, 2}:
            register.apply(number, Reached(member=member, at_ms=2**41))
        if number % 5 == 2:
            register.apply(number, Acceded(member=member, pact="aa", in_force_ms=0))
        if number % 4 == 0:
            lines = dict.fromkeys(NeedLine, 8)
            register.apply(number, PackageLodged(member=member, lines=lines, urgencies=tuple(Urgency)))
    return register


def _card(number: int) -> MemberCard:
    lines = list(NeedLine)
    sources = {
        3: (DutySource(tier=3, basis="A law.", sectors=("health",)),),
        4: (DutySource(tier=4, basis="A contract.", callers=(CALLER, HOSPITAL)),),
    }
    return MemberCard(
        name=f"Team {number}",
        keys=(PublicKey(public=number.to_bytes(32), realm=Realm.REAL),),
        country=("IE", "FR", "EE", "PT")[number % 4],
        sectors=("health",) if number % 3 else ("energy",),
        capabilities=tuple(Capability(line=line, units=5 + (number + at) % 17) for at, line in enumerate(lines)),
        duty_sources=sources.get(number % 5, ()),
    )


REGISTER = _register()


def _facts(seed: int) -> dict[str, Any]:
    """Effects by seed: one answer to each question, or none."""
    chance = random.Random(seed)
    facts = Facts()
    for question in QUESTIONS:
        option = chance.choice([None, *question.options])
        if option is not None:
            facts = answer(facts, question.id, option.id)
    return dict(write_facts(facts))


def wave_of(case: Case, now_ms: int) -> Wave:
    return plan(case, REGISTER, wave=case.wave + 1, widen=False, now_ms=now_ms)


def severity_bytes(case: Case) -> bytes:
    """The assessment with and without the pact; what was set aside is only listed for people to see."""
    facts, sector = case.details.facts, case.details.sector
    views = (rate(facts, sector), rate(facts, sector, PACT.threshold))
    return b"".join(msgspec.json.encode(msgspec.structs.replace(view, set_aside=())) for view in views)


def decision_bytes(
    *, words: str, caller_name: str, facts: dict[str, Any], country: str | None, natures: tuple[int, ...]
) -> bytes:
    """Severity, ranking, duty tiers and the wave for one call, as bytes."""
    details = CallDetails(natures=natures, country=country, sector="health", words=words, facts=facts, reply=words[:80])
    case = _called(details, caller_name)
    return severity_bytes(case) + msgspec.msgpack.encode(wave_of(case, 5_000))


def _called(details: CallDetails, caller_name: str) -> Case:
    case = begin(
        Opening(case=b"c" * 16, realm=Realm.REAL, caller=CALLER, caller_name=caller_name, home="0" * 16, rules=RULES)
    )
    speaker = Speaker(party=CALLER, name=caller_name, roles=frozenset({Role.MEMBER}), known_by=KnownBy.KEY)
    event = Event(
        id=b"e" * 32,
        realm=Realm.REAL,
        kind="called",
        speaker=speaker,
        body=Called(call=b"c" * 8, details=details),
        at_ms=1_000,
    )
    return step(case, event, 1_000)[0]


def test_the_wave_these_tests_compare_has_members_of_every_tier() -> None:
    wave = wave_of(_called(CallDetails(natures=(2,), country="IE", sector="health"), "Hospital"), 2**41)
    assert {request.why.tier for request in wave.requests} == TIERS
    assert any(request.automatic for request in wave.requests)


@given(
    words=TEXTS,
    other_words=TEXTS,
    name=TEXTS,
    other_name=TEXTS,
    seed=st.integers(0, 10_000),
    actors=st.dictionaries(st.sampled_from(ACTOR_LIKE), st.text(max_size=20), max_size=8),
)
def test_no_free_text_and_no_actor_like_field_changes_a_byte_of_any_decision(
    words: str, other_words: str, name: str, other_name: str, seed: int, actors: dict[str, str]
) -> None:
    facts = _facts(seed)
    natures = (seed % 20,)
    plain = decision_bytes(words=words, caller_name=name, facts=facts, country="IE", natures=natures)
    permuted = decision_bytes(
        words=other_words, caller_name=other_name, facts={**facts, **actors}, country="IE", natures=natures
    )
    assert plain == permuted


def test_an_effect_does_change_the_bytes_so_that_the_comparison_can_fail() -> None:
    facts = {"functional_impact": "denial-critical", "recoverability": "not-recoverable"}
    grave = decision_bytes(words="", caller_name="", facts=facts, country="IE", natures=(1,))
    light = decision_bytes(words="", caller_name="", facts={}, country="IE", natures=(1,))
    assert grave != light


# --- every text of every body -------------------------------------------------------------------


class TwoStations(AnyStory):
    """A story heard twice: the second time every free text is another, and the facts name a culprit."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.twin = msgspec.structs.replace(self.case, caller_name="Somebody else", rules=RULES)
        self.case = msgspec.structs.replace(self.case, rules=RULES)
        self.chance = random.Random(seed)
        self.texts_written = Counter[str]()
        self.tiers = set[int]()
        self.compared = 0

    def _take(self, kind: str, speaker: Any, body: Any) -> None:
        event = self._event(kind, speaker, body)
        super()._take(kind, speaker, body)
        self.texts_written.update(f"{kind}.{name}" for name in free_texts(type(body)))
        other = msgspec.structs.replace(
            event,
            speaker=msgspec.structs.replace(speaker, name=self._write(speaker.name)),
            body=self._accuse(rewritten(body, self._write)),
        )
        self.twin, _ = step(self.twin, other, self.now_ms)
        if len(self.events) % STORY_STEPS_LOOKED_AT == 0:
            self.compare()

    def _write(self, text: str) -> str:
        """Another text, never empty, short enough for every field."""
        return f"{self.chance.choice(ACTOR_LIKE)} of {self.chance.randrange(10**6)} did {text}"[:80]

    def _accuse(self, body: Any) -> Any:
        """The same with actor-like facts beside the effects, wherever a body holds facts."""
        if hasattr(body, "details"):
            return msgspec.structs.replace(body, details=self._accuse(body.details))
        if hasattr(body, "facts"):
            return msgspec.structs.replace(body, facts={**body.facts, self.chance.choice(ACTOR_LIKE): "somebody"})
        return body

    def compare(self) -> None:
        """What both stations decide now, byte for byte."""
        one, other = (self._decisions(case) for case in (self.case, self.twin))
        assert one == other
        self.compared += 1

    def _decisions(self, case: Case) -> bytes:
        wave = wave_of(case, self.now_ms) if case.open_need() else None
        self.tiers |= {request.why.tier for request in wave.requests} if wave else set()
        requests = [
            (one.id, one.responder, one.state, one.lines, one.offered, one.committed, one.refused, one.answered)
            for one in case.requests.values()
        ]
        state = (case.life, case.urgency, case.concern, case.verification, case.channel, case.needs, case.search)
        grants = [(one.id, one.live, one.to) for one in case.grants.values()]
        parts = (state, list(case.timers.values()), requests, grants, wave)
        return msgspec.msgpack.encode(parts) + severity_bytes(case)


def test_a_story_in_which_every_free_text_is_another_is_decided_alike(record_property: Any) -> None:
    every = {
        f"{name}.{text}"
        for name, kind in KINDS.items()
        if kind.scope in {Scope.CASE, Scope.CALL}
        for text in free_texts(kind.body)
    }
    written, tiers, compared, seed = Counter[str](), set(), 0, 0
    while seed < STORIES or (every - written.keys() and seed < STORIES_MAX):
        story = TwoStations(seed)
        for _ in told(story, seed):
            pass
        tiers |= story.tiers
        written += story.texts_written
        compared += story.compared
        seed += 1
    assert len(tiers) >= TIERS_SEEN, tiers
    record_property("texts_permuted", sum(written.values()))
    print(f"\nlaw 1: {len(every)} free texts of {len(KINDS)} kinds, {sum(written.values())} permuted")
    print(f"law 1: {compared} times two stations decided; 0 bytes differ")
    assert every - written.keys() == set()


def test_on_real_incidents_actors_and_their_countries_change_no_byte(shared: Path, record_property: Any) -> None:
    raw = json.loads((shared / "data" / "vcdb" / "vcdb-reduced-2018.json").read_text(encoding="utf-8"))
    incidents = raw[:INCIDENTS]
    actors = [json.dumps(incident.get("actor", {}), sort_keys=True) for incident in incidents]
    permuted = actors[:]
    random.Random(1).shuffle(permuted)
    moved = sum(before != after for before, after in zip(actors, permuted, strict=True))
    for number, incident in enumerate(incidents):
        victim = incident.get("victim", {})
        common = {
            "caller_name": str(victim.get("industry", "")),
            "country": "IE",
            "natures": (number % 20,),
        }
        first, second = (
            decision_bytes(words=text, facts={**_facts(number), "actor": text[:40]}, **common)
            for text in (actors[number], permuted[number])
        )
        assert first == second, f"incident {incident.get('incident_id')} was decided by its actor"
    record_property("incidents_compared", len(incidents))
    print(f"\nlaw 1: {len(incidents)} real incidents compared, {moved} with another's actor; 0 bytes differ")
    assert moved > INCIDENTS // 4
