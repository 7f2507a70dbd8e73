"""The drill of a flood, by night, in small and whole: no address book, control before filters, two floods, proof.

The drill of one hospital network (``test_drill.py``) is played for every change in its stead.
"""

import json

import pytest
from drill_play import ENDS, esos, play_once, shared_folder, verify_and_break

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(400)]
SMALL, WHOLE = 2, 4


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = shared_folder(tmp_path_factory, "estonia")
    return play_once(folder, "estonia-2007", "--callers", str(SMALL), "--speed", "200")


@pytest.fixture(scope="module")
def first_case(played):
    """The first caller's case with every statement in the order of the fold."""
    file = json.loads(esos("case", "show", played.report["case"], "--home", played.home, "--json").stdout)
    assert file["state"] == "closed"
    return file


def check_promises(played, callers: int) -> None:
    figures = played.ending["figures"]
    assert (figures["callers"], figures["callers answered by a person"]) == (callers, callers)
    assert figures["requests without an outcome"] == figures["open timers unheld"] == 0
    assert figures["kept statements lost"] == 0
    assert set(played.ending["outcomes"]) <= ENDS
    assert sum(played.ending["outcomes"].values()) == figures["assistance requests"]


def test_every_caller_is_answered_and_every_request_has_one_outcome(played):
    check_promises(played, SMALL)


def test_waves_and_answers_of_each_kind_and_the_kill_are_in_it(played):
    kinds = set(played.kinds())
    assert {"asked", "why", "coming", "declined", "control", "consent", "killed", "back", "restored"} <= kinds
    assert len(played.says("asked")) > SMALL, "what one wave left open, another is asked for"
    assert {"declined", "no_reply", "settled"} <= set(played.ending["outcomes"])


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
    assert kinds.count("again") == SMALL - 1
    assert kinds.count("called") == SMALL + 1
    assert kinds.index("released") < len(kinds) - 1 - kinds[::-1].index("called")
    again = [beat["at_minutes"] for beat in played.report["drill"] if beat["kind"] == "again"]
    assert min(again) >= 11 * 24 * 60


def test_every_case_file_is_accepted_and_refused_after_one_byte_is_changed(played, tmp_path):
    assert played.ending["figures"]["case files verified"] == SMALL
    for number, file in enumerate(("drill-case.esos", "drill-case-2.esos")):
        assert verify_and_break(played, file, tmp_path / f"{number}.esos") == (0, 5)


def test_the_report_has_both_timelines_both_losses_and_every_assumption(played):
    shown = esos("drill", "report", "--home", played.home).stdout
    for said in [*played.report["history"], *played.report["drill"]]:
        assert said["says"] in shown
    comparison = played.ending["comparison"]
    assert comparison["drill"]["service_hours"] < comparison["history"]["service_hours"] // 2
    assert all(assumption in shown for assumption in comparison["assumptions"])
    assert "# DRILL" in shown


def test_a_number_of_callers_that_there_is_not_is_refused_before_anything_is_made(tmp_path):
    for name, callers in (("estonia-2007", 5), ("hse-2021", 2), ("wannacry-2017", 3)):
        done = esos("drill", "run", name, "--callers", callers, "--home", tmp_path / "none", "--json")
        assert json.loads(done.stderr.splitlines()[-1])["code"] == "drill.callers"
    assert not (tmp_path / "none").exists()


@pytest.mark.timeout(1_200)
def test_all_four_callers_call_each_by_another_way(tmp_path):
    whole = play_once(tmp_path, "estonia-2007", "--speed", "60")
    check_promises(whole, WHOLE)
    for words, says in zip(
        ("printed card", "a bank abroad", "as a visitor", "telephones"), whole.says("called"), strict=False
    ):
        assert words in says
