"""How many to call, and who is in a wave."""

import pytest

from esos.duty.events import AnswersCounted, MemberRegistered
from esos.duty.picture import CallPicture, Need
from esos.duty.rank import rank
from esos.duty.register import Register
from esos.duty.wave import Asked, expected_milliunits, is_sure, over_call, plan_wave, sure_size
from esos.errors import Malformed
from esos.message.card import Capability, MemberCard
from esos.words.need import NeedLine

NOW_MS = 1_780_000_000_000
LINE = NeedLine.FILTERING


def need(open_units, needed=40):
    return Need(line=LINE, needed=needed, open_units=open_units)


def ranking_of(count, units=10, open_units=40, rate=None):
    register = Register()
    for number in range(count):
        card = MemberCard(name="Example", keys=(), capabilities=(Capability(line=LINE, units=units),))
        register.apply(1, MemberRegistered(member=f"m{number:02}", card=card, at_ms=0))
        if rate:
            register.apply(1, AnswersCounted(member=f"m{number:02}", asked=rate[1], answered=rate[0]))
    return rank(register, CallPicture(), need(open_units), NOW_MS, limit=50)


def names(wave):
    return [candidate.member for candidate in wave]


@pytest.mark.parametrize(("permille", "called"), [(170, 25), (300, 13), (500, 7), (990, 1), (1000, 1)])
def test_one_helper_needs_so_many_calls_at_so_low_an_answer_rate(permille, called):
    assert over_call(1, permille) == called


@pytest.mark.parametrize(("helpers", "permille"), [(2, 300), (5, 500), (10, 170)])
def test_the_number_called_is_the_smallest_that_is_sure_enough(helpers, permille):
    called = over_call(helpers, permille)
    assert is_sure(called, helpers, permille)
    assert not is_sure(called - 1, helpers, permille)


def test_where_nobody_is_needed_nobody_is_called():
    assert over_call(0, 500) == 0
    assert over_call(-3, 500) == 0


@pytest.mark.parametrize(("helpers", "permille"), [(1, 0), (500, 900), (200, 1000), (150, 500)])
def test_no_answer_rate_calls_more_than_the_cap(helpers, permille):
    assert over_call(helpers, permille) == 200


def test_over_calling_at_the_measured_rate_makes_a_wave_sure():
    def size(ranking, open_units=40):
        return sure_size(ranking.candidates, open_units)

    assert size(ranking_of(30, units=40)) == over_call(1, 500) == 7
    assert size(ranking_of(30, units=10)) == over_call(4, 500)
    assert size(ranking_of(30, units=40, rate=(0, 6))) == over_call(1, 200)
    assert size(ranking_of(3, units=1)) == over_call(3, 500)
    assert size(ranking_of(0)) == size(ranking_of(30), open_units=0) == 0


def test_a_wave_is_as_large_as_it_takes_to_be_sure_and_at_least_what_the_pact_says():
    rarely = ranking_of(40, units=40, rate=(0, 6))
    assert len(plan_wave(rarely, need(40), [], 1, cap=50, first_size=2)) == over_call(1, 200) == 21
    assert len(plan_wave(rarely, need(40), [], 1, cap=5, first_size=2)) == 5
    assert len(plan_wave(rarely, need(40), [], 1, cap=50, first_size=30)) == 30


def test_what_is_expected_of_those_already_asked_needs_no_second_call():
    asked = [Asked(member="x", units=60, answer_permille=500)]
    wave = plan_wave(ranking_of(50, units=10), need(40), asked, 1, cap=50, first_size=1)
    assert len(wave) == over_call(1, 500)


def test_waves_double_to_their_cap_and_never_ask_anybody_twice():
    ranking, asked = ranking_of(30, units=40, rate=(96, 96)), []
    sizes = []
    for number in range(1, 7):
        wave = plan_wave(ranking, need(40), asked, number, cap=8, first_size=2)
        asked += [Asked(member=candidate.member, units=1, answer_permille=0) for candidate in wave]
        sizes.append(len(wave))
    assert sizes == [2, 4, 8, 8, 8, 0]
    assert names(ranking.candidates) == [request.member for request in asked]


def test_a_wave_takes_the_best_who_were_not_asked():
    asked = [Asked(member="m00", units=10, answer_permille=100), Asked(member="m02", units=10, answer_permille=100)]
    assert names(plan_wave(ranking_of(9), need(40), asked, 1, cap=3, first_size=3)) == ["m01", "m03", "m04"]


def test_no_wave_goes_out_while_those_asked_can_be_expected_to_cover_the_need():
    enough = [Asked(member="x", units=80, answer_permille=500)]
    short = [Asked(member="x", units=80, answer_permille=499)]
    assert expected_milliunits(enough) == 40_000
    assert plan_wave(ranking_of(9), need(40), enough, 2, cap=8, first_size=2) == ()
    assert len(plan_wave(ranking_of(9), need(40), short, 2, cap=8, first_size=2)) > 0


def test_a_need_that_is_met_calls_nobody():
    assert plan_wave(ranking_of(9), need(0), [], 1, cap=8, first_size=2) == ()


def test_a_very_late_wave_is_no_larger_than_its_cap():
    assert len(plan_wave(ranking_of(30), need(40), [], 10**9, cap=8, first_size=2)) == 8


def test_there_is_no_wave_zero():
    with pytest.raises(Malformed) as refusal:
        plan_wave(ranking_of(1), need(40), [], 0, cap=8, first_size=2)
    assert refusal.value.code == "duty.wave"
