"""The drill of a mass, by night, in small and whole: everybody answered, scarce help by severity, nothing lost.

The drill of one hospital network (``test_drill.py``) is played for every change in its stead.
"""

import json
import os

import pytest
from drill_play import ENDS, esos, play_once, shared_folder, verify_and_break

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(400)]
SMALL = 24
LARGE = int(os.environ.get("ESOS_DRILL_CALLERS", "2000"))


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = shared_folder(tmp_path_factory, "wannacry")
    return play_once(folder, "wannacry-2017", "--callers", str(SMALL), "--speed", "300")


def check_promises(played, callers: int) -> None:
    figures = played.ending["figures"]
    assert figures["callers"] == callers + 1, "and the one who gave the warning"
    assert figures["callers answered by a person"] == figures["callers"]
    assert figures["requests without an outcome"] == figures["open timers unheld"] == 0
    assert figures["kept statements lost"] == 0
    assert set(played.ending["outcomes"]) <= ENDS
    assert sum(played.ending["outcomes"].values()) == figures["assistance requests"]
    assert (played.ending["accepted"], played.ending["refused_after_change"]) == (True, True)
    assert played.ending["killed"]


def test_every_caller_is_answered_every_request_ends_and_nothing_is_lost_although_the_station_was_killed(played):
    check_promises(played, SMALL)


def test_what_nobody_could_give_is_shown_as_unmet(played):
    unmet, figures = played.ending["unmet"], played.ending["figures"]
    assert bool(unmet) == bool(figures["callers with a need that stayed unmet"])
    assert figures["callers who went on alone"] >= SMALL // 2
    shown = esos("drill", "report", "--home", played.home).stdout
    assert shown.count("- stayed unmet: ") == len(unmet)


def test_one_cause_is_seen_and_others_are_warned_once(played):
    assert any(
        "share the product Example" in says or "share the product example" in says for says in played.says("note")
    )
    assert len(played.says("warned")) == 1


def test_all_cases_at_the_station_are_closed(played):
    listed = json.loads(esos("case", "list", "--home", played.home, "--json").stdout)["cases"]
    assert len(listed) == SMALL + 1
    assert {row["state"] for row in listed} == {"closed"}


def test_a_case_file_is_accepted_and_refused_after_one_byte_is_changed(played, tmp_path):
    assert played.ending["figures"]["case files verified"] >= 20
    assert verify_and_break(played, "drill-case.esos", tmp_path / "changed.esos") == (0, 5)


def test_the_report_has_both_timelines_both_losses_and_every_assumption(played):
    shown = esos("drill", "report", "--home", played.home).stdout
    for said in [*played.report["history"], *played.report["drill"]]:
        assert said["says"] in shown
    comparison = played.ending["comparison"]
    assert comparison["drill"]["service_hours"] < comparison["history"]["service_hours"]
    assert all(assumption in shown for assumption in comparison["assumptions"])


@pytest.mark.timeout(3_600)
def test_two_thousand_callers_are_all_answered_while_the_station_is_killed_again_and_again(tmp_path):
    flags = ("--callers", str(LARGE), "--speed", "30", "--kill-every", "60")
    check_promises(play_once(tmp_path, "wannacry-2017", *flags), LARGE)
