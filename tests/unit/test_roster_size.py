"""A roster of many people over a long time: each span is looked at a fixed number of times, not once per piece."""

import pytest

from esos.message.roster_bodies import RosterSet, Rotation
from esos.roster import watch
from esos.roster.spans import Span
from esos.roster.watch import DAY_MS, Able, Plan

FROM_MS = 1_767_225_600_000
PEOPLE = tuple(f"officer:{one}" for one in range(50))
ALL = Able(by_duty=dict.fromkeys(watch.DUTIES, frozenset(PEOPLE)))


def plan(rotations: int) -> Plan:
    turns = tuple(
        Rotation(name=f"Turn {one}", officers=PEOPLE, days=1, from_day="2026-01-01") for one in range(rotations)
    )
    return Plan(rules=RosterSet(rotations=turns), able=ALL)


class Counted(Able):
    """Counts how often it is asked."""

    asked = 0

    def may(self, duty: str, person: str) -> bool:
        Counted.asked += 1
        return super().may(duty, person)


def asked_over(days: int) -> int:
    Counted.asked = 0
    rules = plan(20).rules
    Plan(rules=rules, able=Counted(by_duty=ALL.by_duty)).stretches("watch", FROM_MS, FROM_MS + days * DAY_MS)
    return Counted.asked


def test_a_year_of_twenty_rotations_asks_as_often_for_each_day_as_a_week_does():
    assert asked_over(350) == 50 * asked_over(7)


def test_a_span_is_not_looked_at_again_at_every_piece(monkeypatch: pytest.MonkeyPatch):
    looked = []
    monkeypatch.setattr(Span, "covers", lambda self, at_ms: looked.append(at_ms) or True)
    plan(20).stretches("watch", FROM_MS, FROM_MS + 350 * DAY_MS)
    assert not looked


def test_everybodys_own_shifts_are_found_from_one_laying_out(monkeypatch: pytest.MonkeyPatch):
    laid = []
    whole = Plan.stretches
    monkeypatch.setattr(Plan, "stretches", lambda self, *args: laid.append(args) or whole(self, *args))
    found = plan(2).by_person(FROM_MS, FROM_MS + 100 * DAY_MS)
    assert len(laid) == len(watch.DUTIES)
    assert found.keys() == set(PEOPLE)
    assert all(found[one] == plan(2).of_person(one, FROM_MS, FROM_MS + 100 * DAY_MS) for one in PEOPLE[:3])
