"""Legal clocks: each deadline as its law sets it, and files of laws that are read or refused whole."""

from datetime import UTC, datetime

import pytest

from esos.errors import Malformed
from esos.law.clocks import running
from esos.law.draft import BLANK, PARTS, Facts, draft
from esos.law.read import laws_with, read_laws, shipped_file, shipped_laws

LAWS = {law.id: law for law in shipped_laws()}
ATTRIBUTION = ("actor", "attacker", "attribution", "culprit", "perpetrator", "suspect", "blame", "responsible for it")


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def dues(law: str, **moments: str) -> dict[str, str]:
    found = running(LAWS[law], {name.replace("_", "-"): ms(text) for name, text in moments.items()})
    return {
        one.clock.id: f"{datetime.fromtimestamp(one.due_ms / 1000, tz=UTC):%Y-%m-%dT%H:%M}" if one.due_ms else ""
        for one in found
    }


def test_nis2_gives_a_day_three_days_and_a_month_after_the_notification():
    found = dues("nis2", aware="2026-01-29T10:00")
    assert found == {
        "early-warning": "2026-01-30T10:00",
        "notification": "2026-02-01T10:00",
        "final": "2026-03-01T10:00",
    }
    assert dues("nis2", aware="2026-01-29T10:00", notification="2026-01-31T09:00")["final"] == "2026-02-28T09:00"


def test_dora_gives_four_hours_after_classification_and_a_day_after_detection_at_the_latest():
    assert dues("dora", aware="2026-05-04T08:00")["initial"] == "2026-05-05T08:00"
    assert dues("dora", aware="2026-05-04T08:00", classified="2026-05-04T09:30")["initial"] == "2026-05-04T13:30"
    assert dues("dora", aware="2026-05-04T08:00", classified="2026-05-05T06:00")["initial"] == "2026-05-05T08:00"


def test_dora_counts_from_a_classification_that_came_after_the_day_was_over():
    assert dues("dora", aware="2026-05-04T08:00", classified="2026-05-06T06:00")["initial"] == "2026-05-06T10:00"


def test_the_later_reports_of_dora_count_from_those_before_them():
    found = dues("dora", aware="2026-05-04T08:00", initial="2026-05-04T20:00", intermediate="2026-05-06T12:00")
    assert (found["intermediate"], found["final"]) == ("2026-05-07T20:00", "2026-06-06T12:00")


def test_gdpr_gives_three_days():
    assert dues("gdpr", aware="2026-03-28T23:30") == {"notification": "2026-03-31T23:30"}


def test_circia_has_a_clock_for_a_payment_only_once_something_was_paid_and_says_that_it_is_not_in_force():
    assert not LAWS["circia"].in_force
    assert dues("circia", believed="2026-06-01T00:00") == {"incident": "2026-06-04T00:00", "payment": ""}
    assert dues("circia", believed="2026-06-01T00:00", paid="2026-06-02T05:00")["payment"] == "2026-06-03T05:00"


def test_what_counts_from_a_report_that_did_not_go_out_is_marked_as_assumed():
    found = {one.clock.id: one.is_assumed for one in running(LAWS["nis2"], {"aware": ms("2026-01-29T10:00")})}
    assert found == {"early-warning": False, "notification": False, "final": True}


def test_a_law_says_where_it_is_read_and_when_that_was_looked_up():
    assert all(law.link.startswith("https://") and law.source and law.checked for law in LAWS.values())


def test_no_draft_asks_who_did_it():
    texts = [heading.lower() for heading, _ in PARTS.values()] + list(PARTS)
    assert not [(word, text) for word in ATTRIBUTION for text in texts if word in text]
    assert not [name for name in Facts.__struct_fields__ for word in ATTRIBUTION if word in name]


@pytest.mark.parametrize("law", list(LAWS.values()), ids=lambda law: law.id)
def test_a_draft_holds_what_was_said_and_marks_what_was_not(law):
    facts = Facts(caller="Example Hospital", called_ms=ms("2026-01-29T10:00"), words="Two wards are dark.", case="ABC")
    for clock in running(law, {law.moments[0].id: ms("2026-01-29T10:00")}):
        made = draft(law, clock, facts)
        assert "Example Hospital" in made.text
        assert "Two wards are dark." in made.text
        assert made.blanks == made.text.count(BLANK) > 0
        assert "Not sent" in made.text


def test_a_station_changes_a_law_and_adds_one_of_its_own():
    own = shipped_file().decode().split("[[law]]")
    circia = "[[law]]" + own[-1].replace("in_force = false", "in_force = true")
    ours = circia.replace('id = "circia"', 'id = "our-state"', 1)
    found = {law.id: law for law in laws_with((circia + "\n" + ours).encode())}
    assert list(found) == ["nis2", "dora", "gdpr", "circia", "our-state"]
    assert found["circia"].in_force


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"[[law", "law.malformed"),
        (b"\xff", "law.malformed"),
        (b'[[law]]\nid = "x"', "law.malformed"),
        (shipped_file() + shipped_file(), "law.value"),
        (shipped_file().replace(b'start = "aware", hours = 72', b'start = "nowhere", hours = 72'), "law.value"),
        (shipped_file().replace(b'"contact", "officer"', b'"who-did-it"'), "law.value"),
        (shipped_file().replace(b"hours = 24 }]", b"hours = 0 }]"), "law.value"),
        (b"#" * (256 * 1024 + 1), "law.too_large"),
    ],
)
def test_a_file_of_laws_that_cannot_be_read_is_refused_with_a_code(raw, code):
    with pytest.raises(Malformed) as refused:
        read_laws(raw)
    assert refused.value.code == code
