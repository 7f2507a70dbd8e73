"""Every duty vector gets, from this implementation, what its first key expects."""

import json

import pytest

from esos.duty.hours import awake_now
from esos.duty.offline import rank_text, read_question, register_of
from esos.duty.offline_member import read_instant
from esos.duty.picture import Need
from esos.duty.prefixes import PrefixTable
from esos.duty.rank import rank, why_not
from esos.duty.wave import Asked, over_call, plan_wave
from esos.errors import EsosError
from esos.words.need import NeedLine

VECTOR_COUNT = 33


def _need(vector):
    return Need(line=NeedLine(vector["line"]), needed=vector["needed"], open_units=vector["open_units"])


def _listed(candidate):
    return {
        "member": candidate.member,
        "tier": int(candidate.tier),
        "units": candidate.units,
        "terms": candidate.terms,
        "total": candidate.total,
    }


def _rank(vector):
    ranking = rank_text(json.dumps(vector["question"]), now_ms=0, limit=vector["limit"])
    return {
        "listed": [_listed(candidate) for candidate in ranking.candidates],
        "runner_up": ranking.runner_up.member if ranking.runner_up else None,
        "excluded": ranking.excluded,
    }


def _why_not(vector):
    question = read_question(json.dumps(vector["question"]), now_ms=0)
    return list(why_not(register_of(question), question.picture, question.need, question.now_ms, vector["member"]))


def _wave(vector):
    question = read_question(json.dumps(vector["question"]), now_ms=0)
    ranking = rank(register_of(question), question.picture, question.need, question.now_ms, 100)
    asked = [Asked(**request) for request in vector["asked"]]
    wave = plan_wave(ranking, question.need, asked, vector["wave"], vector["cap"], vector["first_size"])
    return [candidate.member for candidate in wave]


def _read(vector):
    try:
        rank_text(vector["text"], now_ms=0)
    except EsosError as refusal:
        return {"refused": refusal.code}
    return {"refused": None}


ANSWERS = {
    "rank": _rank,
    "why-not": _why_not,
    "wave": _wave,
    "read": _read,
    "over-call": lambda v: [over_call(row["helpers"], row["answer_permille"]) for row in v["rows"]],
    "hours": lambda v: [awake_now(row["hours"], row["timezone"], read_instant(row["at"])) for row in v["rows"]],
    "prefix": lambda v: [PrefixTable(map(tuple, v["prefixes"])).origin(address) for address in v["addresses"]],
}


@pytest.fixture(scope="module")
def vectors(repo_root):
    folder = repo_root / "spec" / "vectors" / "duty"
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


def test_every_duty_vector_gets_what_it_expects(vectors):
    answered = {name: ANSWERS[vector["ask"]](vector) for name, vector in vectors.items()}
    assert answered == {name: vector["expect"] for name, vector in vectors.items()}


def test_every_duty_vector_was_run_and_says_first_what_it_expects(vectors):
    assert len(vectors) == VECTOR_COUNT
    assert all(next(iter(vector)) == "expect" for vector in vectors.values())
    assert {vector["ask"] for vector in vectors.values()} == set(ANSWERS)
