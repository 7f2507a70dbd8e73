"""What is said of the roster, one statement after another: who may say it, and what breaks a rule."""

from datetime import UTC, datetime

import pytest

from esos.errors import Conflict, EsosError, Forbidden, Malformed, Unknown
from esos.message.roster_bodies import (
    AbsenceStated,
    Holiday,
    RosterSet,
    RosterWithdrawn,
    Rotation,
    Shift,
    ShiftsSet,
    SwapAnswered,
    SwapAsked,
    WatchOverridden,
)
from esos.roster import fold as folding
from esos.roster.fold import Roster, Said, fold
from esos.roster.watch import Able

DAY_MS = 86_400_000
NOW_MS = int(datetime(2026, 7, 1, tzinfo=UTC).timestamp() * 1000)
ABLE = Able(by_duty=dict.fromkeys(("watch", "backup", "second"), frozenset("abc")))
SHIFTS = ShiftsSet(
    source="club.ics",
    shifts=tuple(
        Shift(officer="ab"[day % 2], from_ms=NOW_MS + day * DAY_MS, until_ms=NOW_MS + (day + 1) * DAY_MS)
        for day in range(6)
    ),
)


def said(roster: Roster, body, by: str = "a", number: int = 1, *, decides: bool = False, at_ms: int = NOW_MS) -> Roster:
    return fold(roster, Said(id=bytes([number]) * 32, body=body, by=by, decides=decides, at_ms=at_ms, able=ABLE))


def day(number: int) -> dict[str, int]:
    return {"from_ms": NOW_MS + number * DAY_MS, "until_ms": NOW_MS + (number + 1) * DAY_MS}


def swap(give: int, take: int | None = None, other: str = "b") -> SwapAsked:
    given = {f"give_{key}": value for key, value in day(give).items()}
    return SwapAsked(
        other=other, **given, **({f"take_{key}": value for key, value in day(take).items()} if take else {})
    )


def watch(roster: Roster, number: int) -> tuple[str, ...]:
    return roster.plan(ABLE).at(NOW_MS + number * DAY_MS + 1).watch


def test_both_have_each_others_shift_once_a_swap_is_accepted():
    roster = said(said(Roster(), SHIFTS), swap(2, 3))
    assert (watch(roster, 2), watch(roster, 3)) == (("a",), ("b",))
    roster = said(roster, SwapAnswered(swap=b"\x01" * 32, accepted=True), by="b", number=2)
    assert (watch(roster, 2), watch(roster, 3)) == (("b",), ("a",))
    assert watch(roster, 4) == ("a",)


def test_a_swap_that_is_not_accepted_changes_nothing_and_is_over():
    roster = said(said(Roster(), SHIFTS), swap(2, 3))
    roster = said(roster, SwapAnswered(swap=b"\x01" * 32, accepted=False), by="b", number=2)
    assert (watch(roster, 2), roster.swaps) == (("a",), {})
    with pytest.raises(Unknown) as refusal:
        said(roster, SwapAnswered(swap=b"\x01" * 32, accepted=True), by="b", number=3)
    assert refusal.value.code == "swap.unknown"


def test_a_swap_is_looked_at_again_when_it_is_accepted():
    """The roster may have changed since it was asked: nobody gets a shift that the other has no longer."""
    roster = said(said(Roster(), SHIFTS), swap(2, 3))
    roster = said(roster, WatchOverridden(officers=("c",), **day(2)), by="c", number=2, decides=True)
    with pytest.raises(Conflict) as refusal:
        said(roster, SwapAnswered(swap=b"\x01" * 32, accepted=True), by="b", number=3)
    assert refusal.value.code == "swap.not_on"


@pytest.mark.parametrize(
    ("body", "by", "error", "code"),
    [
        (swap(2, other="a"), "a", Malformed, "swap.self"),
        (swap(2, other="x"), "a", Unknown, "swap.nobody"),
        (swap(1), "a", Conflict, "swap.not_on"),
        (swap(2, 4), "a", Conflict, "swap.not_on"),
        (SwapAnswered(swap=b"\x07" * 32, accepted=True), "b", Unknown, "swap.unknown"),
        (SwapAsked(other="b", give_from_ms=9, give_until_ms=9), "a", Malformed, "roster.span"),
        (SwapAsked(other="b", give_from_ms=1, give_until_ms=9), "a", Conflict, "swap.late"),
        (AbsenceStated(officer="b", **day(1)), "a", Forbidden, "roster.not_yours"),
        (WatchOverridden(officers=("b",), from_ms=9, until_ms=1), "a", Malformed, "roster.span"),
        (RosterWithdrawn(what=b"\x07" * 32), "a", Unknown, "roster.unknown"),
    ],
)
def test_what_breaks_a_rule_is_refused_and_changes_nothing(body, by, error, code):
    roster = said(Roster(), SHIFTS)
    with pytest.raises(error) as refusal:
        said(roster, body, by=by)
    assert refusal.value.code == code


def test_only_whom_it_concerns_or_an_officer_takes_a_change_back():
    roster = said(said(Roster(), SHIFTS), AbsenceStated(officer="a", **day(2)))
    with pytest.raises(Forbidden):
        said(roster, RosterWithdrawn(what=b"\x01" * 32), by="b", number=2)
    assert said(roster, RosterWithdrawn(what=b"\x01" * 32), by="a", number=2).acts == ()
    assert said(roster, RosterWithdrawn(what=b"\x01" * 32), by="b", number=2, decides=True).acts == ()


def test_a_calendar_replaces_what_it_brought_before_and_nothing_else():
    other = ShiftsSet(source="other.ics", shifts=(Shift(officer="c", **day(9)),))
    roster = said(said(said(Roster(), SHIFTS), other), ShiftsSet(source="club.ics"))
    assert list(roster.shifts) == ["other.ics"]


def test_what_ended_long_ago_is_forgotten_and_what_may_still_be_asked_about_is_not():
    roster = said(Roster(), WatchOverridden(officers=("b",), **day(0)), decides=True)
    soon, late = NOW_MS + 30 * DAY_MS, NOW_MS + 60 * DAY_MS
    assert len(said(roster, RosterSet(), at_ms=soon, number=2).acts) == 1
    assert said(roster, RosterSet(), at_ms=late, number=2).acts == ()


def test_changes_beyond_the_limit_are_refused_and_not_dropped(monkeypatch):
    monkeypatch.setattr(folding, "ACTS_MAX", 1)
    roster = said(Roster(), WatchOverridden(officers=("b",), **day(0)), decides=True)
    with pytest.raises(EsosError) as refusal:
        said(roster, WatchOverridden(officers=("b",), **day(1)), number=2, decides=True)
    assert refusal.value.code == "roster.full"


def test_a_holiday_that_names_nobody_who_may_be_on_watch_leaves_the_rotation_in_place():
    rules = {"rotations": (Rotation(name="r", officers=("a",), from_day="2026-01-01"),)}
    for who, found in ((("c",), ("c",)), (("gone",), ("a",))):
        holiday = Holiday(name="Midsummer", day="07-01", watch=who)
        roster = said(Roster(), RosterSet(**rules, holidays=(holiday,)))
        assert roster.plan(ABLE).at(NOW_MS).watch == found
        assert roster.plan(ABLE).at(NOW_MS + 365 * DAY_MS).watch == found
        assert roster.plan(ABLE).at(NOW_MS + DAY_MS).watch == ("a",)
