"""The drill of a flood, in small: four callers without an address book, control before filters, two floods, proof."""

import json

import pytest
from drill_play import ENDS, esos, play_once, shared_folder, verify_and_break

CALLERS = 4
FILES = ("drill-case.esos", "drill-case-2.esos", "drill-case-3.esos", "drill-case-4.esos")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    return play_once(shared_folder(tmp_path_factory, "estonia"), "estonia-2007", "--speed", "500")


@pytest.fixture(scope="module")
def first_case(played):
    """The first caller's case with every statement in the order of the fold."""
    file = json.loads(esos("case", "show", played.report["case"], "--home", played.home, "--json").stdout)
    assert file["state"] == "closed"
    return file


def test_every_caller_is_answered_and_every_request_has_one_outcome(played):
    figures = played.ending["figures"]
    assert (figures["callers"], figures["callers answered by a person"]) == (CALLERS, CALLERS)
    assert figures["requests without an outcome"] == figures["open timers unheld"] == 0
    assert figures["acknowledged statements lost"] == 0
    assert set(played.ending["outcomes"]) <= ENDS
    assert sum(played.ending["outcomes"].values()) == figures["assistance requests"]


def test_nobody_has_an_address_book_and_each_calls_another_way(played):
    ways = played.says("called")[:CALLERS]
    assert [word for word in ("printed card", "a bank abroad", "as a visitor", "telephones") if any(word in way for way in ways)] == [
        "printed card", "a bank abroad", "as a visitor", "telephones",
    ]  # fmt: skip


def test_waves_refusals_silence_and_a_withdrawal_are_all_in_it(played):
    assert {"asked", "coming", "part", "declined", "silent", "withdrew", "met", "killed", "back"} <= set(played.kinds())
    assert any("silence" in says for says in played.says("asked"))


def test_nobody_is_asked_for_what_could_harm_others_before_control_is_shown_and_nobody_begins_before_two_agree(
    first_case,
):
    kinds = [item["kind"] for item in first_case["timeline"] if item["verdict"] == "applied"]
    shown = next(item["at_ms"] for item in first_case["timeline"] if item["kind"] == "control_proven")
    routing = [one for one in first_case["requests"] if any(ask["line"] == "dns-or-routing" for ask in one["lines"])]
    assert routing
    assert all(one["asked_ms"] >= shown for one in routing)
    if any(ask["line"] == "dns-or-routing" for one in routing for ask in one["committed"]):
        assert "seconded" in kinds


def test_a_second_flood_goes_on_in_open_cases_and_opens_one_that_had_ended(played):
    kinds = played.kinds()
    assert kinds.count("again") == CALLERS - 1
    assert kinds.count("called") == CALLERS + 1
    assert kinds.index("released") < len(kinds) - 1 - kinds[::-1].index("called")
    again = [beat["at_minutes"] for beat in played.report["drill"] if beat["kind"] == "again"]
    assert min(again) >= 11 * 24 * 60


def test_every_case_file_is_accepted_and_refused_after_one_byte_is_changed(played, tmp_path):
    assert played.ending["figures"]["case files verified"] == len(FILES)
    for number, file in enumerate(FILES):
        assert verify_and_break(played, file, tmp_path / f"{number}.esos") == (0, 5)


def test_the_report_has_both_timelines_both_losses_and_every_assumption(played):
    shown = esos("drill", "report", "--home", played.home).stdout
    for said in [*played.report["history"], *played.report["drill"]]:
        assert said["says"] in shown
    comparison = played.ending["comparison"]
    assert comparison["history"]["service_hours"] == 2_160
    assert comparison["drill"]["service_hours"] < 600
    assert all(assumption in shown for assumption in comparison["assumptions"])
    assert "# DRILL" in shown
