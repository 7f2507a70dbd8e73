"""The teams of a drill: plainly fictitious, every behaviour among them, and enough help for everything in the end."""

from esos.drill.cast import Behaviour, behaviours
from esos.drill.hse.cast import CAST, FIRST_WAVE
from esos.drill.hse.facts import CALLER
from esos.words.ground import Ground
from esos.words.need import NeedLine

SURE = {Behaviour.COMMITS: 100, Behaviour.OFFERS_PART: 50}
"""Who can be counted on, and for how much in a hundred."""
REPLY_MINUTES = 15
"""How long the pact of the drill waits for an answer."""


def test_every_behaviour_is_shown():
    assert all(count >= 1 for count in behaviours(CAST).values())
    assert sum(behaviours(CAST).values()) == len(CAST)
    assert set(behaviours(CAST)) == {behaviour.value for behaviour in Behaviour}


def test_every_team_is_marked_as_fictitious_and_named_once():
    names = [team.name for team in CAST]
    assert all(name.startswith("Team ") and name.endswith(" (drill)") for name in names)
    assert len(set(names)) == len(names)


def test_those_that_can_be_counted_on_cover_every_need():
    for line, needed in CALLER.needs:
        sure = sum(team.can.get(line, 0) * SURE.get(team.behaviour, 0) // 100 for team in CAST)
        assert sure >= needed, line


def test_whoever_is_quickest_the_first_wave_cannot_meet_the_need_without_waiting_for_the_silent():
    needed = dict(CALLER.needs)[NeedLine.BACKUP_AND_RESTORE]
    share = {**SURE, Behaviour.FAILS: 100}
    first = [team for team in CAST[:FIRST_WAVE] if NeedLine.BACKUP_AND_RESTORE in team.can]
    said = sum(team.can[NeedLine.BACKUP_AND_RESTORE] * share.get(team.behaviour, 0) // 100 for team in first)
    assert len(first) == FIRST_WAVE
    assert any(team.behaviour is Behaviour.SILENT for team in first)
    assert said < needed


def test_nobody_who_answers_takes_longer_than_the_pact_allows():
    assert all(team.thinks_minutes < REPLY_MINUTES for team in CAST)


def test_refusals_are_on_different_lawful_grounds():
    grounds = {team.ground for team in CAST if team.behaviour is Behaviour.DECLINES}
    assert len(grounds) > 1
    assert grounds <= set(Ground)


def test_those_who_can_do_the_same_rank_apart():
    for line, _ in CALLER.needs:
        ranks = [(team.country, team.can[line], team.lead_minutes) for team in CAST if line in team.can]
        assert len(set(ranks)) == len(ranks), line
