"""What holds of every pact, every file and every threshold, whatever is put into them."""

import tomllib

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from esos.errors import Malformed
from esos.pact.accession import accede, binds
from esos.pact.classify import classify
from esos.pact.combine import combine
from esos.pact.durations import read_duration, write_duration
from esos.pact.effects import EFFECTS
from esos.pact.explain import explain
from esos.pact.lines import line_of, locate, show_path
from esos.pact.model import Duty
from esos.pact.read import read_pact
from esos.pact.rules import rules_of
from esos.pact.shipped import load, names
from esos.pact.threshold import Span, holds, parse_rule, say_rule
from esos.pact.timers import FASTEST_MS, SINGLE_TIMERS
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

CODES = {"pact.malformed", "pact.unknown_key", "pact.missing", "pact.value", "pact.too_large"}
FILES = {name: load(name)[0] for name in names()}
PACTS = [load(name)[1] for name in names()]


# --- any bytes -------------------------------------------------------------------------------------


def read_or_refuse(raw):
    """The pact, or None after a refusal as every refusal must be."""
    try:
        return read_pact(raw)
    except Malformed as error:
        refusal = error
    assert refusal.code in CODES
    assert refusal.detail.startswith("Line ") or refusal.code == "pact.too_large"
    assert len(refusal.detail) < 3_000
    return None


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_a_pact_or_a_refusal(raw):
    read_or_refuse(raw)


BRACKETS = ("", "=", "[", "]", "[[", "]]", "{", "}", '"', "'''", ",", "#", "\n", "\r", "\u2028", "\x7f", "é", "\\u0000")
VALUES = (
    "1",
    "-1",
    "true",
    "nan",
    "1e9",
    "0x_",
    "none",
    '"none"',
    "5min",
    "2026-01-01",
    "x = 1\n",
    "a.b.c",
    "[pact]\n",
)
PIECES = st.sampled_from((*BRACKETS, *VALUES))


@given(
    st.sampled_from(list(FILES.values())), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), PIECES), max_size=4)
)
def test_a_damaged_pact_is_a_pact_or_a_refusal(raw, damages):
    for where, length, piece in damages:
        start = int(where * len(raw))
        raw = raw[:start] + piece.encode() + raw[start + length :]
    pact = read_or_refuse(raw)
    if pact is not None:
        assert read_pact(raw) == pact
        assert explain(pact).parts


@given(st.sampled_from(list(FILES.values())), st.data())
def test_a_pact_that_loses_or_doubles_a_line_is_a_pact_or_a_refusal(raw, data):
    lines = raw.splitlines(keepends=True)
    index = data.draw(st.integers(0, len(lines) - 1))
    lines[index : index + 1] = [lines[index]] * data.draw(st.sampled_from([0, 2]))
    read_or_refuse(b"".join(lines))


@given(st.sampled_from(list(FILES.values())), st.data())
def test_a_key_nobody_knows_is_refused_with_its_own_line_wherever_it_stands(raw, data):
    lines = raw.splitlines(keepends=True)
    places = [number for number, line in enumerate(lines) if line.startswith(b"[") and b"=" not in line]
    header = data.draw(st.sampled_from(places))
    lines.insert(header + 1, b"beware = 1\n")
    with pytest.raises(Malformed) as refusal:
        read_pact(b"".join(lines))
    assert refusal.value.code == "pact.unknown_key"
    assert refusal.value.detail.startswith(f"Line {header + 2}: ")
    assert refusal.value.detail.endswith(".beware is no key of a pact.")


# --- where things stand ----------------------------------------------------------------------------

KEY = st.sampled_from(["a", "b", "c-d", "_1", "é", "x y", "a.b", 'q"', "", "\u202e"])
SCALAR = st.sampled_from(
    [
        "1",
        "-0.5",
        "true",
        '"x"',
        '"a # [b] = \\" {c}"',
        "'\\'",
        "2026-01-01 00:00:00Z",
        '"""\na = 1\n"b" \\""""',
        "'''\n[x]\n''''",
        "inf",
        '""',
    ]
)


def written_key(key):
    is_bare = key.replace("-", "").replace("_", "").isalnum() and key.isascii()
    escaped = key.replace('"', '\\"')
    return key if is_bare else f'"{escaped}"'


VALUE = st.recursive(
    SCALAR,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[ # list ]\n" + ",\n ".join(items) + "\n]" if items else "[]"),
        st.dictionaries(KEY, inner, max_size=3).map(
            lambda table: "{ " + ", ".join(f"{written_key(key)} = {value}" for key, value in table.items()) + " }"
        ),
    ),
    max_leaves=6,
)
BLOCK = st.tuples(
    st.sampled_from(["[{}]", "[[{}]]", "  [ {} ] # x]"]),
    st.lists(KEY, min_size=1, max_size=3),
    st.lists(st.tuples(st.lists(KEY, min_size=1, max_size=3), VALUE), max_size=3),
)


def dotted(keys):
    return " . ".join(written_key(key) for key in keys)


def document(blocks):
    parts = []
    for header, keys, pairs in blocks:
        parts.append(header.format(dotted(keys)))
        parts.extend(f"{dotted(path)} = {value} # end" for path, value in pairs)
        parts.append("")
    return "\n".join(parts)


def paths_of(value, path=()):
    """Every path of a parsed document, tables and items of lists included."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        yield (*path, key)
        yield from paths_of(one, (*path, key))


@given(st.lists(BLOCK, max_size=4), st.sampled_from(["\n", "\r\n"]))
@example(
    [("[[{}]]", ["a"], []), ("[[{}]]", ["a", "b"], []), ("[[{}]]", ["a"], []), ("[{}]", ["a", "b"], [(["c"], "1")])],
    "\n",
)
def test_the_locator_finds_exactly_the_paths_that_the_reader_of_toml_finds(blocks, line_end):
    text = document(blocks).replace("\n", line_end)
    try:
        tree = tomllib.loads(text)
    except ValueError:
        return
    lines = locate(text)
    assert set(lines) == set(paths_of(tree))
    source = text.replace("\r\n", "\n").split("\n")
    for path, line in lines.items():
        assert 1 <= line <= len(source)
        if isinstance(path[-1], str):
            assert written_key(path[-1]) in source[line - 1]
        assert line >= line_of(lines, path[:-1])
        assert show_path(path).isascii() or "…" in show_path(path)


# --- thresholds ------------------------------------------------------------------------------------

FACTS = sorted(name for name, effect in EFFECTS.items() if not effect.is_scale)
SCALES = sorted(name for name, effect in EFFECTS.items() if effect.is_scale)
COMPARISON = st.builds(
    "{} {} {}".format, st.sampled_from(SCALES), st.sampled_from([">=", ">", "<=", "<", "==", "!="]), st.integers(0, 100)
)
RULE = st.recursive(
    st.sampled_from(FACTS) | COMPARISON,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not {}".format, inner),
    ),
    max_leaves=5,
)
LEVEL = st.integers(0, 100)
KNOWN = st.fixed_dictionaries({**dict.fromkeys(FACTS, st.booleans()), **dict.fromkeys(SCALES, LEVEL)})


@given(RULE, KNOWN)
def test_a_rule_over_known_effects_is_what_python_would_say(rule, known):
    expected = eval(rule, {"__builtins__": {}}, known)
    assert holds(parse_rule(rule), known) is bool(expected)


@given(RULE, KNOWN, st.data())
def test_learning_more_never_turns_a_yes_into_a_no_or_back(rule, known, data):
    vague = {}
    for name, value in known.items():
        widen = data.draw(st.sampled_from(["known", "unknown", "span"]))
        if widen == "known" or (widen == "span" and name in FACTS):
            vague[name] = value
        elif widen == "span":
            vague[name] = Span(low=data.draw(st.integers(0, value)), high=data.draw(st.integers(value, 100)))
    before = holds(parse_rule(rule), vague)
    assert before is None or before is holds(parse_rule(rule), known)


@given(
    RULE, KNOWN, st.dictionaries(st.sampled_from(["actor", "culprit", "attribution", "country"]), st.text(max_size=20))
)
def test_text_about_who_did_it_changes_nothing(rule, known, smuggled):
    assert holds(parse_rule(rule), {**known, **smuggled}) is holds(parse_rule(rule), known)


@given(st.sampled_from(PACTS), KNOWN, st.sets(st.sampled_from(FACTS + SCALES)))
def test_what_is_not_known_only_widens_the_urgency(pact, known, forgotten):
    sure = classify(pact.threshold, known)
    vague = classify(pact.threshold, {name: value for name, value in known.items() if name not in forgotten})
    assert sure.lower is sure.upper
    assert vague.lower.gravity <= sure.lower.gravity <= vague.upper.gravity


@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from(["and", "or", "not", "(", ")", "score", ">=", "70", "data_lost"]), max_size=12).map(
        " ".join
    )
)
def test_any_text_is_a_rule_or_a_refusal(text):
    try:
        rule = parse_rule(text)
    except Malformed as error:
        code = error.code
    else:
        assert say_rule(rule)
        assert holds(rule, {}) is None
        return
    assert code.startswith("threshold.")


# --- times -----------------------------------------------------------------------------------------

DURATION_MS = st.integers(0, 400 * 86_400_000).map(lambda duration_ms: duration_ms - duration_ms % 1_000) | st.integers(
    0, 9_999_999
)


@given(DURATION_MS)
def test_a_duration_that_is_written_is_read_back(duration_ms):
    assert read_duration(write_duration(duration_ms)) == duration_ms


@given(st.sampled_from(PACTS), st.integers(1, 100_000))
def test_a_drill_is_faster_in_everything_that_runs_and_starts_nothing_that_does_not(pact, factor):
    rules, fast = rules_of(pact), rules_of(pact).faster(factor)
    for urgency in Urgency:
        for name in SINGLE_TIMERS:
            slow_ms, fast_ms = getattr(rules.timers(urgency), name), getattr(fast.timers(urgency), name)
            assert (slow_ms == 0) == (fast_ms == 0)
            assert fast_ms == 0 or fast_ms == max(FASTEST_MS, slow_ms // factor)
        times = [fast.ladder(urgency).nth(number).after_ms for number in range(12)]
        assert times == sorted(times)
        assert times[11] > times[0]
        assert [step.page for step in fast.ladder(urgency).steps] == [step.page for step in rules.ladder(urgency).steps]


# --- several pacts ---------------------------------------------------------------------------------

SOME_PACTS = st.lists(st.sampled_from(PACTS), min_size=1, max_size=4)


@given(SOME_PACTS, st.randoms(use_true_random=False))
def test_the_order_of_pacts_changes_no_byte_of_what_they_demand_together(pacts, dice):
    shuffled = list(pacts)
    dice.shuffle(shuffled)
    one, other = combine(*map(rules_of, pacts)), combine(*map(rules_of, shuffled))
    assert msgspec.msgpack.encode(one) == msgspec.msgpack.encode(other)


@given(SOME_PACTS, st.integers(1, 5_000))
def test_pacts_together_demand_no_less_than_each_of_them(pacts, factor):
    each = [rules_of(pact).faster(1 + factor % (index + 2)) for index, pact in enumerate(pacts)]
    together = combine(*each)
    for rules in each:
        assert set(rules.owed) <= set(together.owed)
        assert together.wave_cap >= rules.wave_cap
        assert all(together.free_units(line) >= rules.free_units(line) for line in NeedLine)
        for urgency in Urgency:
            assert together.duty(urgency).strength >= rules.duty(urgency).strength
            for name in SINGLE_TIMERS:
                demanded_ms, own_ms = getattr(together.timers(urgency), name), getattr(rules.timers(urgency), name)
                assert own_ms == 0 or 0 < demanded_ms <= own_ms
            steps = {(step.after_ms, step.page) for step in together.ladder(urgency).steps}
            assert {(step.after_ms, step.page) for step in rules.ladder(urgency).steps} <= steps


@given(
    st.sampled_from(PACTS),
    st.integers(0, 4_000_000_000_000),
    st.sampled_from(list(NeedLine)),
    st.sampled_from(list(Urgency)),
)
def test_whoever_has_not_acceded_yet_is_never_bound(pact, at_ms, line, urgency):
    accession = accede(pact, member="a1b2", signed_ms=0)
    bond = binds(accession, line, at_ms, rules=rules_of(pact), urgency=urgency)
    if at_ms < accession.in_force_ms:
        assert bond.duty is Duty.NOTHING
    else:
        assert bond.duty.strength == min(
            rules_of(pact).duty(urgency).strength, 2 if line in pact.assistance.owed else 1
        )
    assert bond.sentence.endswith(".")
