"""Every incident of the table can be listed, played and told; parties are plainly fictitious, and nobody is named as the cause."""

import pytest

from esos.drill.cast import behaviours
from esos.drill.estonia.cast import CAST as NETWORKS
from esos.drill.estonia.cast import FIRST_WAVE
from esos.drill.estonia.facts import CALLERS, GOVERNMENT
from esos.drill.incidents import INCIDENTS, need_incident
from esos.drill.play import PLAYS
from esos.drill.tally import ENDED_STATES, tally
from esos.duty.wave import over_call
from esos.errors import Unknown
from esos.words.need import HelpClass, NeedLine

EACH = pytest.mark.parametrize("incident", INCIDENTS.values(), ids=INCIDENTS)


def test_every_incident_can_be_played_and_every_play_has_its_incident():
    assert list(INCIDENTS) == list(PLAYS) == ["hse-2021", "estonia-2007", "wannacry-2017"]
    with pytest.raises(Unknown, match="no such"):
        need_incident("no such")


@EACH
def test_history_is_told_in_its_order_with_its_sources_and_a_scene(incident):
    times = [moment.at_minutes for moment in incident.moments]
    assert times == sorted(times)
    assert incident.sources
    assert incident.scene.endswith(".")
    assert times[-1] >= incident.history_first_back_minutes


@EACH
def test_teams_are_fictitious_named_once_and_every_behaviour_is_among_them(incident):
    names = [team.name for team in incident.teams]
    assert all(name.endswith(" (drill)") for name in names)
    assert len(set(names)) == len(names)
    assert all(behaviours(incident.teams).values())
    assert all(one.name.partition(" (as in ")[2] for one in incident.callers)


@EACH
def test_nobody_who_answers_takes_longer_than_the_pact_allows(incident):
    assert all(team.thinks_minutes < 15 for team in incident.teams)


def test_the_first_networks_that_say_yes_are_short_of_the_first_need_so_that_silence_is_waited_for():
    needed = dict(GOVERNMENT.needs)[NeedLine.FILTERING]
    share = {"say yes to what they are asked for": 100, "offer half of it": 50, "say yes and have to withdraw": 100}
    most = -(-needed // 2)  # nobody carries more than half
    first = [team for team in NETWORKS if NeedLine.FILTERING in team.can][:FIRST_WAVE]
    sure = sum(min(most, team.can[NeedLine.FILTERING]) * share.get(team.behaviour.value, 0) // 100 for team in first)
    assert sure < needed
    brings = [min(most, team.can[NeedLine.FILTERING]) for team in first]
    assert sum(brings[:2]) >= needed, "two helpers would do, which makes the first wave as many as it is"
    assert len(first) == FIRST_WAVE == over_call(2, answer_permille=500)
    assert min(brings) == max(brings), "none is ranked behind those that are kept for later"
    everybody = sum(
        min(most, team.can.get(NeedLine.FILTERING, 0)) * share.get(team.behaviour.value, 0) // 100 for team in NETWORKS
    )
    assert everybody >= needed


def test_every_caller_of_the_flood_has_a_prefix_to_show_control_of_and_only_one_asks_for_what_could_harm_others():
    assert len({one.prefix for one in CALLERS}) == len(CALLERS)
    asks = [one for one in CALLERS if any(line.help_class is HelpClass.THIRD_PARTY for line, _ in one.needs)]
    assert asks == [GOVERNMENT]


# ------------------------------------------------------------------------------------------------ what is counted
def view(**changed) -> dict:
    plain = {
        "requests": [],
        "needs": [],
        "timeline": [],
        "timers": [],
        "state": "closed",
        "holder": "",
        "acknowledged_ms": 1,
    }
    return {**plain, **changed}


def request(state: str) -> dict:
    return {"state": state}


def test_a_drill_that_kept_everything_keeps_every_promise():
    counted = tally([view(requests=[request("settled"), request("declined")])] * 2, callers=2, kept=())
    assert all(counted.promises().values())
    assert counted.outcomes == {"declined": 2, "settled": 2}


@pytest.mark.parametrize(("changed", "broken"), [
    ({"acknowledged_ms": 0}, "every caller was answered by a person"),
    ({"state": "assisting", "holder": "officer:1"}, "every case is closed"),
    ({"requests": [request("sent")]}, "every request has one outcome"),
    ({"timers": [{"next_holder": ""}]}, "no timer runs unheld"),
    ({"state": "arrived"}, "no timer runs unheld"),
])  # fmt: skip
def test_whatever_is_missing_breaks_its_promise(changed, broken):
    assert not tally([view(), view(**changed)], callers=2, kept=()).promises()[broken]


def test_a_caller_without_a_case_was_not_answered():
    assert not tally([view()], callers=2, kept=()).promises()["every caller was answered by a person"]


def test_an_acknowledged_statement_that_no_case_has_is_lost():
    found = [view(timeline=[{"statement": "aa", "kind": "called"}])]
    assert tally(found, callers=1, kept=("aa",)).lost == 0
    assert tally(found, callers=1, kept=("aa", "bb")).lost == 1


def test_a_need_stays_unmet_unless_its_caller_went_on_alone():
    needs = [{"line": "patch-or-fix", "open": 5}, {"line": "advice", "open": 0}]
    gone_on = view(needs=needs, timeline=[{"statement": "aa", "kind": "cancelled"}])
    counted = tally([view(needs=needs), gone_on], callers=2, kept=())
    assert (counted.unmet, counted.unmet_units, counted.taken_back) == (1, {"patch-or-fix": 5}, 1)


def test_the_outcomes_of_a_request_are_six():
    assert {"settled", "declined", "no_reply", "not_taken", "withdrawn", "cancelled"} == ENDED_STATES
