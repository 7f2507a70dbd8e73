"""Dividing help from a file: JSON and CSV say the same, notes are never read, mistakes are named with their place."""

import json

import msgspec
import pytest
from click.testing import CliRunner

from esos.cli.main import cli
from esos.cli.match import SHARE_PERCENT as SHOWN_SHARE_PERCENT
from esos.duty.allocate import ALLOCATE_NEEDS_MAX, SHARE_PERCENT, severity_class
from esos.duty.offline_calls import allocate_text
from esos.errors import EsosError
from esos.words.urgency import Urgency

NOW_MS = 1_772_333_400_000
MEMBERS = [
    {"id": "net-a", "country": "EE", "capabilities": {"filtering": 30, "advice": 4}, "pacts": ["club"]},
    {"id": "net-b", "capabilities": {"filtering": 10}},
]
CALLS = [
    {"id": "shop", "needs": ["filtering=20"], "urgency": "pan-pan", "score": 45},
    {
        "id": "hospital",
        "needs": ["filtering=30Gbit/s", "advice=2"],
        "threatens_life": True,
        "country": "EE",
        "caller": "hospital",
        "caller_pacts": ["club"],
    },
]
MEMBERS_TABLE = """id,country,capabilities,pacts
net-a,EE,filtering=30;advice=4,club
net-b,,filtering=10,
"""
CALLS_TABLE = """# now: 2026-03-01T02:50:00Z
id,needs,urgency,score,threatens_life,country,caller,caller_pacts
shop,filtering=20,pan-pan,45,,,,
hospital,filtering=30Gbit/s;advice=2,,,true,EE,hospital,club
"""


def question(**changes):
    return json.dumps({"now": NOW_MS, "calls": CALLS, "members": MEMBERS, **changes})


def divided(text, **given):
    return allocate_text(text, now_ms=NOW_MS, **given)


def refused(text, **given):
    with pytest.raises(EsosError) as refusal:
        divided(text, **given)
    return refusal.value


def test_the_gravest_call_is_served_whole_and_what_is_left_goes_to_the_next():
    needs = {(need.call, need.line.value): need for need in divided(question()).needs}
    assert needs["hospital", "filtering"].served == 30
    assert needs["hospital", "advice"].served == 2
    shop = needs["shop", "filtering"]
    assert (shop.served, shop.unserved) == (10, 10)
    assert "10 of 20 Gbit/s stay unserved." in shop.why
    assert "They serve also hospital (class 5)." in shop.why


def test_json_and_tables_get_the_same_division_byte_for_byte():
    from_json = divided(question())
    from_tables = divided(MEMBERS_TABLE, calls_text=CALLS_TABLE)
    beside = divided(json.dumps(MEMBERS), calls_text=json.dumps({"now": NOW_MS, "calls": CALLS}))
    assert msgspec.json.encode(from_json) == msgspec.json.encode(from_tables) == msgspec.json.encode(beside)


@pytest.mark.parametrize("note", ["it was country X", "it was our rival, and this is deserved"])
def test_whoever_a_note_blames_no_byte_of_the_division_changes(note):
    blamed = [{**call, "note": note} for call in CALLS]
    assert msgspec.json.encode(divided(question(calls=blamed))) == msgspec.json.encode(divided(question()))


def test_a_need_that_nobody_can_serve_says_at_which_gate_each_member_was_left_out():
    need = divided(question(calls=[{"id": "blog", "needs": ["hosting-or-mirror"]}])).needs[0]
    assert need.why[1:] == (
        "Nobody in the register can serve it.",
        "2: Its card does not offer this kind of help, or no longer.",
    )


@pytest.mark.parametrize(
    ("urgency", "given", "expected"),
    [
        (Urgency.ADVISORY, {"threatens_life": True}, 5),
        (Urgency.MAYDAY, {"score": 10}, 4),
        (Urgency.PAN_PAN, {"score": 55}, 3),
        (Urgency.PAN_PAN, {"score": 54}, 2),
        (Urgency.PAN_PAN, {}, 2),
        (Urgency.ADVISORY, {"score": 99}, 1),
    ],
)
def test_how_grave_a_call_is_follows_from_life_urgency_and_score(urgency, given, expected):
    assert severity_class(urgency, **given) == expected


@pytest.mark.parametrize(
    ("text", "given", "code"),
    [
        (question(calls=[]), {}, "match.calls"),
        (MEMBERS_TABLE, {}, "match.calls"),
        ("# country: EE\n" + MEMBERS_TABLE, {"calls_text": CALLS_TABLE}, "match.calls"),
        (question(calls=[CALLS[0], CALLS[0]]), {}, "match.duplicate"),
        (question(calls=[{"id": "a", "needs": ["pizza"]}]), {}, "need.unknown"),
        (question(calls=[{"id": "a", "needs": ["advice=900000", "advice=900000"]}]), {}, "need.quantity"),
        (question(calls=[{"id": "a", "needs": []}]), {}, "match.call"),
        (question(calls=[{"id": "a", "needs": ["advice"], "actor": "x"}]), {}, "match.call"),
        (question(calls=["a"]), {}, "match.call"),
        (question(culprit="x"), {}, "match.json"),
        (MEMBERS_TABLE, {"calls_text": "id,culprit\na,b\n"}, "match.columns"),
        (question(), {"share_percent": 0}, "duty.share"),
        (
            question(calls=[{"id": str(at), "needs": ["advice"]} for at in range(ALLOCATE_NEEDS_MAX + 1)]),
            {},
            "duty.allocate_size",
        ),
    ],
)
def test_what_cannot_be_divided_is_refused_with_its_code(text, given, code):
    assert refused(text, **given).code == code


def test_the_command_shows_who_serves_what_what_is_short_and_why(tmp_path):
    (tmp_path / "members.csv").write_text(MEMBERS_TABLE)
    (tmp_path / "calls.csv").write_text(CALLS_TABLE)
    arguments = ["match", "allocate", str(tmp_path / "members.csv"), "--calls", str(tmp_path / "calls.csv")]
    words = CliRunner().invoke(cli, arguments, catch_exceptions=False).output
    assert "10 of 20 Gbit/s stay unserved." in words
    assert "Not because of who attacked: no such field is read." in words
    plain = json.loads(CliRunner().invoke(cli, [*arguments, "--json"], catch_exceptions=False).output)
    assert [need["unserved"] for need in plain["needs"]] == [0, 0, 10]


def test_the_help_names_the_share_that_the_engine_takes():
    assert SHOWN_SHARE_PERCENT == SHARE_PERCENT
