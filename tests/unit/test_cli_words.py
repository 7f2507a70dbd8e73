"""What people write on the command line is read as they mean it, and what is shown says what it is."""

import io

import pytest
from rich.console import Console

from esos.cli.board import floor
from esos.cli.text import pick, read_asks, read_contacts
from esos.errors import EsosError

ROWS = [
    {"id": "aa11", "name": "Example Net"},
    {"id": "aa22", "name": "Example Hospital"},
    {"id": "bb33", "name": "Town"},
]


def picked(given: str) -> str:
    return pick(ROWS, given, names=("id", "name"), what="member")["id"]


@pytest.mark.parametrize(
    ("given", "found"),
    [("bb33", "bb33"), ("bb", "bb33"), ("town", "bb33"), ("EXAMPLE NET", "aa11"), (" example h", "aa22")],
)
def test_a_thing_is_named_by_its_id_its_name_or_the_beginning_of_either(given, found):
    assert picked(given) == found


@pytest.mark.parametrize(
    ("given", "code"),
    [("aa", "input.ambiguous"), ("example", "input.ambiguous"), ("zz", "input.nothing"), ("", "input.nothing")],
)
def test_what_may_be_several_things_or_none_is_asked_back(given, code):
    with pytest.raises(EsosError) as refused:
        picked(given)
    assert refused.value.code == code


def test_a_whole_name_wins_over_longer_names_that_begin_with_it():
    rows = [{"id": "1", "name": "Net"}, {"id": "2", "name": "Net Two"}]
    assert pick(rows, "net", names=("id", "name"), what="member")["id"] == "1"


def test_contacts_and_needs_are_read():
    assert read_contacts(["mail:a@example.org"]) == [{"channel": "mail", "address": "a@example.org"}]
    assert read_asks(["filtering=20Gbit/s", "advice"]) == [
        {"line": "filtering", "quantity": 20},
        {"line": "advice", "quantity": 1},
    ]


@pytest.mark.parametrize("written", ["a@example.org", "pigeon:home", "mail:"])
def test_what_is_no_contact_is_refused(written):
    with pytest.raises(EsosError) as refused:
        read_contacts([written])
    assert refused.value.code == "contact.form"


def case(**changes) -> dict:
    shown = {
        "case": "00", "code": "QXZKPM", "urgency": "mayday", "urgency_words": "Emergency now", "caller_name": "A [b]c",
        "state": "arrived", "state_words": "Arrived", "holder": "", "holder_name": "", "asked": 0, "coming": 0,
        "next_due_ms": 1_000, "next_timer": "call_back", "overdue": True,
    }  # fmt: skip
    return {**shown, **changes}


def shown(*cases: dict, realm: str = "real") -> str:
    waiting = sum(not one["holder"] for one in cases)
    snapshot = {
        "station": "North", "realm": realm, "now_ms": 61_000, "without_a_person": waiting, "overdue": 1, "cases": cases,
    }  # fmt: skip
    out = io.StringIO()
    Console(file=out, width=200).print(floor(snapshot))
    return out.getvalue()


def test_the_floor_says_first_that_nobody_has_a_call():
    text = shown(case())
    assert "1 call has NO PERSON YET" in text
    assert "nobody" in text
    assert "OVERDUE by 60 s" in text
    assert "A [b]c" in text


def test_the_floor_is_calm_when_every_case_has_a_person_and_says_when_it_is_a_drill():
    text = shown(case(holder="officer:a", holder_name="Officer A"), realm="exercise")
    assert "Every open case has a person" in text
    assert "DRILL" in text
    assert "NO PERSON" not in text
