"""Every pact vector gives, in this implementation, what its first key says."""

import json
import re
from fractions import Fraction

import msgspec
import pytest

from esos.errors import Malformed
from esos.pact.check import RUN_FOR_ADVISORY, TIMER_RANGES_MS
from esos.pact.durations import write_duration
from esos.pact.effects import EFFECTS, SECTORS
from esos.pact.form import fields_of, is_table, item_type, key_of
from esos.pact.model import Pact
from esos.pact.read import read_pact
from esos.pact.rules import rules_of
from esos.pact.threshold import Span, holds, parse_rule
from esos.pact.timers import DEFAULT_TIMERS, Timers

VECTOR_COUNT = 74


@pytest.fixture(scope="module")
def vectors(repo_root):
    folder = repo_root / "spec" / "vectors" / "pact"
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


@pytest.fixture(scope="module")
def specification(repo_root):
    return (repo_root / "spec" / "pact.md").read_text("utf-8")


def raw_of(vector):
    if "pact_hex" in vector:
        return bytes.fromhex(vector["pact_hex"])
    return "".join(f"{line}\n" for line in vector["pact"]).encode()


def effects_of(vector):
    spans = {name: value for name, value in vector["effects"].items() if isinstance(value, dict)}
    return vector["effects"] | {
        name: Span(low=Fraction(span["low_hundredths"], 100), high=Fraction(span["high_hundredths"], 100))
        for name, span in spans.items()
    }


def value_at(rules, path):
    value = rules
    for part in path.split("."):
        value = getattr(value, {"name": "pact"}.get(part, part))
    return json.loads(msgspec.json.encode(value))


def among(vectors, first, second):
    return {name: one for name, one in vectors.items() if first in one and second in one["expect"]}


def test_no_vector_is_missing_and_each_says_first_what_it_expects(vectors):
    assert len(vectors) == VECTOR_COUNT
    assert {next(iter(vector)) for vector in vectors.values()} == {"expect"}
    assert all(list(vector)[1] == "scenario" for vector in vectors.values())


def test_every_accepted_pact_gives_the_rules_it_expects(vectors):
    accepted = among(vectors, "pact", "accept")
    assert len(accepted) == 7
    for name, vector in accepted.items():
        rules = rules_of(read_pact(raw_of(vector)))
        expected = vector["expect"]["accept"]
        assert {path: value_at(rules, path) for path in expected} == expected, name


def test_every_refused_pact_is_refused_with_its_code_its_line_and_its_key(vectors):
    refused = among(vectors, "pact", "refuse") | among(vectors, "pact_hex", "refuse")
    assert len(refused) == 41
    for name, vector in refused.items():
        expected = vector["expect"]
        with pytest.raises(Malformed) as refusal:
            read_pact(raw_of(vector))
        assert refusal.value.code == expected["refuse"], name
        assert refusal.value.detail.startswith(f"Line {expected['line']}: {expected.get('key', '')}"), name


def test_every_rule_is_true_false_or_unknown_as_its_vector_says(vectors):
    judged = among(vectors, "rule", "holds")
    assert len(judged) == 17
    for name, vector in judged.items():
        assert holds(parse_rule(vector["rule"]), effects_of(vector)) is vector["expect"]["holds"], name


def test_every_refused_rule_is_refused_with_its_code(vectors):
    refused = among(vectors, "rule", "refuse")
    assert len(refused) == 9
    for name, vector in refused.items():
        with pytest.raises(Malformed) as refusal:
            parse_rule(vector["rule"])
        assert refusal.value.code == vector["expect"]["refuse"], name


def rows_of(text, columns):
    lines = (line.strip().strip("|").split("|") for line in text.splitlines() if line.startswith("|"))
    return [[cell.strip() for cell in cells] for cells in lines if len(cells) == columns]


def keys_of(table):
    """Every key of a table of the model and of the tables inside it."""
    for key, (_, type_) in fields_of(table).items():
        yield key
        inner = item_type(type_) or type_
        if is_table(inner):
            yield from keys_of(inner)


def test_the_specification_names_every_key_every_effect_every_level_and_every_sector(specification):
    quoted = re.findall(r"`[^`\n]+`|^### \[\w+\]", specification, flags=re.MULTILINE)
    named = set(re.findall(r"[a-z][a-z0-9_-]*", " ".join(quoted)))
    levels = {level for effect in EFFECTS.values() for level in effect.levels}
    assert {*keys_of(Pact), *EFFECTS, *levels, *SECTORS} - named == set()


def test_the_timers_in_the_specification_are_the_defaults_and_their_ranges(specification):
    rows = {row[0].strip("`"): row[1:] for row in rows_of(specification, 7) if row[0].startswith("`")}
    assert set(rows) == {key_of(name) for name in Timers.__struct_fields__}
    for name in Timers.__struct_fields__:
        cells = rows[key_of(name)]
        if name == "reply_reminders_ms":
            assert cells[:3] == ["5min, 10min", "none", "none"]
            continue
        assert [read_cell(cell) for cell in cells[:3]] == [getattr(timers, name) for timers in DEFAULT_TIMERS.values()]
        assert cells[3] == " to ".join(write_duration(end) for end in TIMER_RANGES_MS[name])
        assert (cells[2] != "–") == (name in RUN_FOR_ADVISORY | {"arm_ms"})


def read_cell(cell):
    match = re.fullmatch(r"(\d+)(s|min|h|d)", cell)
    unit_ms = {"s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
    return int(match[1]) * unit_ms[match[2]] if match else 0
