"""What people write on the command line is read as they mean it, and what is shown says what it is."""

import io

import pytest
from rich.console import Console

from esos.cli.board import floor
from esos.cli.findings import Finding
from esos.cli.readiness import _members_found, _people, _roster
from esos.cli.text import pick, read_asks, read_contacts
from esos.errors import EsosError

ROWS = [
    {"id": "aa11", "name": "Example Net"},
    {"id": "aa22", "name": "Example Hospital"},
    {"id": "bb33", "name": "Town"},
]
WAYS = frozenset({"file", "mail"})


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


def officer(name: str, *channels: str, roles: tuple[str, ...] = ("officer",)) -> dict:
    contacts = [{"channel": channel, "address": "x"} for channel in channels]
    return {"officer": f"officer:{name}", "name": name, "roles": list(roles), "contacts": contacts}


def troubles(findings) -> list[str]:
    return [one.sentence for one in findings if isinstance(one, Finding) and one.is_trouble]


def test_an_officer_whom_no_page_reaches_is_named():
    asleep = troubles(_people([officer("A", "file"), officer("B", "voice"), officer("C")], WAYS))
    assert [name for name in "ABC" if any(sentence.startswith(f"{name} ") for sentence in asleep)] == ["B", "C"]


def test_one_officer_alone_cannot_do_what_needs_two():
    assert troubles(_people([officer("A", "file")], WAYS)) != []
    assert troubles(_people([officer("A", "file"), officer("B", "file")], WAYS)) == []


def test_a_roster_of_people_who_are_gone_or_asleep_is_named():
    people = [officer("A", "file"), officer("B")]
    gone = {"watch": ["officer:Z"], "backup": ["officer:A"], "neighbour": []}
    asleep = {"watch": ["officer:A"], "backup": ["officer:B"], "neighbour": []}
    same = {"watch": ["officer:A"], "backup": ["officer:A"], "neighbour": []}
    good = {"watch": ["officer:A"], "backup": ["officer:C"], "neighbour": []}
    assert any("no longer officers" in one for one in troubles(_roster(gone, people, WAYS)))
    assert any("backup has a contact" in one or "backup" in one for one in troubles(_roster(asleep, people, WAYS)))
    assert any("same people" in one for one in troubles(_roster(same, people, WAYS)))
    assert troubles(_roster(good, [*people, officer("C", "mail")], WAYS)) == []


def test_a_member_that_would_not_hear_is_named():
    members = [
        {"name": "Silent", "contacts": []},
        {"name": "By voice", "contacts": [{"channel": "voice", "address": "1"}]},
        {"name": "Awake", "contacts": [{"channel": "file", "address": "1"}]},
    ]
    assert [sentence.split(" has")[0] for sentence in troubles(_members_found(members, WAYS))] == ["Silent"]


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
