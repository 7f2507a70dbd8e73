"""Stories of money: the pact's free tier, tariff and ceiling decide what a commitment costs, and delay nothing."""

import msgspec
import pytest
from doubles.case_play import HELPER, OTHER, RULES, Play, member

from esos.message.bodies import NeedAsk
from esos.pact.model import FreeLine, TariffLine
from esos.words.need import NeedLine
from esos.words.request_state import RequestState
from esos.words.urgency import Urgency

FREE_HOURS = 16
PRICE = 90


def rules(above_free: str, *, ceiling: int = 0, tariff: tuple[TariffLine, ...] = ()):
    return msgspec.structs.replace(
        RULES,
        free_tier=(FreeLine(line=NeedLine.ADVICE, units=FREE_HOURS),),
        above_free=above_free,
        ceiling=ceiling,
        tariff=tariff,
    )


BY_TARIFF = rules("at-rate", tariff=(TariffLine(line=NeedLine.ADVICE, price=PRICE),))
WITH_CEILING = rules("ceiling", ceiling=1_000)


def advice(hours: int) -> tuple[NeedAsk, ...]:
    return (NeedAsk(line=NeedLine.ADVICE, quantity=hours),)


def committed(under, hours: int, cost: str, ceiling_eur: int = 0, *, urgency: Urgency = Urgency.MAYDAY) -> Play:
    play = Play(rules=under).called(urgency=urgency, natures=(2,), needs=advice(500)).acknowledged()
    play.asked("helper", lines=advice(hours))
    play.answers(HELPER, "committed", lines=advice(hours), cost=cost, ceiling_eur=ceiling_eur)
    assert play.state("helper") is RequestState.COMMITTED, "money never delays a commitment"
    return play


def paid(play: Play, name: str = "helper") -> tuple[str, int]:
    return play.request(name).cost, play.request(name).ceiling_eur


@pytest.mark.parametrize("under", [BY_TARIFF, WITH_CEILING, rules("free")])
@pytest.mark.parametrize("cost", ["free", "at-rate", "ceiling"])
def test_help_inside_the_free_tier_is_free_whatever_the_helper_asks_for_it(under, cost):
    assert paid(committed(under, FREE_HOURS, cost, 900_000)) == ("free", 0)


def test_above_the_free_tier_the_tariff_is_the_most_that_can_be_asked():
    assert paid(committed(BY_TARIFF, FREE_HOURS + 10, "at-rate")) == ("ceiling", 10 * PRICE)
    assert paid(committed(BY_TARIFF, FREE_HOURS + 10, "ceiling", 900_000)) == ("ceiling", 10 * PRICE)
    assert paid(committed(BY_TARIFF, FREE_HOURS + 10, "ceiling", 100)) == ("ceiling", 100)
    assert paid(committed(BY_TARIFF, FREE_HOURS + 10, "free")) == ("free", 0)


def test_a_line_without_a_price_in_the_tariff_is_free():
    assert paid(committed(rules("at-rate"), FREE_HOURS + 10, "at-rate")) == ("free", 0)


def test_where_the_pact_gives_everything_free_nobody_is_paid():
    assert paid(committed(rules("free"), 400, "ceiling", 900_000)) == ("free", 0)


def test_there_is_no_free_tier_below_an_emergency():
    assert paid(committed(BY_TARIFF, 10, "at-rate", urgency=Urgency.PAN_PAN)) == ("ceiling", 10 * PRICE)


def test_the_ceiling_is_that_of_the_whole_case():
    play = committed(WITH_CEILING, FREE_HOURS + 10, "ceiling", 700)
    assert paid(play) == ("ceiling", 700)
    play.asked("other", lines=advice(100))
    play.answers(OTHER, "committed", lines=advice(100), cost="ceiling", ceiling_eur=700)
    assert paid(play, "other") == ("ceiling", 300)
    play.asked("third", lines=advice(100)).answers(member("third"), "committed", lines=advice(100), cost="at-rate")
    assert paid(play, "third") == ("free", 0)


def test_the_free_tier_is_for_each_helper_and_not_for_each_request():
    play = committed(BY_TARIFF, FREE_HOURS, "at-rate")
    lines = advice(10)
    play.say(HELPER, "volunteered", lines=lines)
    play.answers(HELPER, "offered", lines=lines, cost="at-rate")
    play.say(play.history[1][0].speaker, "selected", request=play.request("helper").id).answers(
        HELPER, "committed", cost="at-rate"
    )
    assert paid(play) == ("ceiling", 10 * PRICE)


def test_an_offer_is_shown_as_it_was_made_and_bound_on_the_pacts_terms():
    play = Play(rules=BY_TARIFF).called(natures=(2,), needs=advice(500)).acknowledged().asked("helper", lines=advice(8))
    play.answers(HELPER, "offered", cost="ceiling", ceiling_eur=900_000)
    assert paid(play) == ("ceiling", 900_000)
    assert paid(play.answers(HELPER, "committed")) == ("free", 0)
