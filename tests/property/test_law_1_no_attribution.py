"""Law 1: permuting any text, name or actor-like field changes no byte of severity, ranking, duty or wave.

On real incidents, where the shared data are present: their actors, the actors' countries and texts are
permuted among them, the effects filled in by seed, and the bytes compared, with the count printed.
"""

import json
import random
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from esos.case.event import Event
from esos.case.model import Case, Opening, begin
from esos.case.step import step
from esos.duty.events import MemberRegistered
from esos.duty.register import Register
from esos.keys.speaker import KnownBy, Role, Speaker
from esos.message.bodies import CallDetails, Called
from esos.message.card import Capability, MemberCard, PublicKey
from esos.pact import shipped
from esos.pact.rules import rules_of
from esos.station.severity import rate
from esos.station.waves import plan
from esos.triage.facts import Facts, write_facts
from esos.triage.questions import QUESTIONS, answer
from esos.words.need import NeedLine
from esos.words.realm import Realm

INCIDENTS = 1000
RULES = rules_of(shipped.load("club")[1])
ACTOR_LIKE = ("actor", "threat_actor", "attribution", "source_country", "motive", "attacker", "culprit", "sponsor")
TEXTS = st.text(max_size=60)


def _register() -> Register:
    register = Register()
    for number in range(40):
        lines = list(NeedLine)
        card = MemberCard(
            name=f"Team {number}",
            keys=(PublicKey(public=number.to_bytes(32), realm=Realm.REAL),),
            country=("IE", "FR", "EE", "PT")[number % 4],
            sectors=("health",) if number % 3 else ("energy",),
            capabilities=tuple(
                Capability(line=lines[(number + step_) % len(lines)], units=5 + number) for step_ in range(6)
            ),
        )
        register.apply(number + 1, MemberRegistered(member=f"{number:016x}", card=card, at_ms=0))
    return register


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


def decision_bytes(
    *, words: str, caller_name: str, facts: dict[str, Any], country: str | None, natures: tuple[int, ...]
) -> bytes:
    """Severity, ranking, duty tiers and the wave for one call, as bytes."""
    details = CallDetails(natures=natures, country=country, sector="health", words=words, facts=facts, reply=words[:80])
    case = _called(details, caller_name)
    wave = plan(case, REGISTER, wave=1, widen=False, now_ms=5_000)
    severity = rate(details.facts, details.sector)
    heeded = msgspec.structs.replace(severity, set_aside=())
    return msgspec.json.encode(heeded) + msgspec.msgpack.encode(wave)


def _called(details: CallDetails, caller_name: str) -> Case:
    case = begin(
        Opening(case=b"c" * 16, realm=Realm.REAL, caller="f" * 16, caller_name=caller_name, home="0" * 16, rules=RULES)
    )
    speaker = Speaker(party="f" * 16, name=caller_name, roles=frozenset({Role.MEMBER}), known_by=KnownBy.KEY)
    event = Event(
        id=b"e" * 32,
        realm=Realm.REAL,
        kind="called",
        speaker=speaker,
        body=Called(call=b"c" * 8, details=details),
        at_ms=1_000,
    )
    return step(case, event, 1_000)[0]


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
