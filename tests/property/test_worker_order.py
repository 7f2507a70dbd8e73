"""However the store hands out what waits, the case is the same; and no statement is folded ahead of a timer due before it."""

import asyncio
import random
from typing import Any

from doubles.case_words import body_about, body_of
from doubles.slow_station import SlowStation
from hypothesis import given, settings
from hypothesis import strategies as st

from esos.case.model import encode_case
from esos.errors import EsosError
from esos.message import bodies as b
from esos.station.fold import CaseFolder

MINUTE_MS = 60_000
ABOUT_REQUESTS = ("considering", "offered", "committed", "declined", "progressed", "withdrew", "returned")
OF_CALLER = ("updated", "sitrep_given", "messaged", "urgency_changed", "cancelled")
OF_OFFICER = ("acknowledged", "called_back", "messaged", "sitrep_given", "stabilised")
TURNS_MAX = 12
STORIES = 20
"""How many stories are told; each founds a station of its own."""


async def said(station: SlowStation, chance: random.Random, number: int) -> None:
    """Somebody says something about the case as it is now; what a door would not let in is nothing."""
    case, now_ms = station.case, station.clock.now
    try:
        if chance.random() < 0.2:
            await station.say("caller", "called", b.Called(call=b"call-%03d" % number))
        elif chance.random() < 0.5 and case.requests:
            request = chance.choice(list(case.requests.values()))
            name = "helper" if request.responder == station.party("helper") else "other"
            kind = chance.choice(ABOUT_REQUESTS)
            await station.say(name, kind, body_about(request.id, kind, case, now_ms, chance), case=case.id)
        elif chance.random() < 0.5:
            kind = chance.choice(OF_CALLER)
            await station.say("caller", kind, body_of(kind, case, now_ms, chance), case=case.id)
        else:
            kind = chance.choice(OF_OFFICER)
            await station.officer_says(chance.randrange(2), kind, body_of(kind, case, now_ms, chance))
    except EsosError:
        return


async def told(seed: int, claims: str) -> tuple[bytes, list[Any]]:
    """A story of several turns: between two of them much is said and much time passes; the case and its order."""
    chance, station = random.Random(seed), await SlowStation.founded()
    await station.called()
    for name in ("helper", "other"):
        lines = (b.NeedAsk(line=station_line(station), quantity=20),)
        await station.officer_says(
            0, "requested", b.Requested(request=name.encode().ljust(16), responder=station.party(name), lines=lines)
        )
    await station.work()
    for _ in range(chance.randint(1, 4)):
        for number in range(chance.randint(1, TURNS_MAX)):
            station.clock.now += chance.choice((0, 1, MINUTE_MS, 5 * MINUTE_MS, 16 * MINUTE_MS))
            await said(station, chance, number)
        arrange(station, claims)
        await station.work(chance.choice((0, 1, MINUTE_MS)))
    return encode_case(station.case), list(station.judged())


def station_line(station: SlowStation) -> Any:
    return next(iter(station.case.needs))


def arrange(station: SlowStation, claims: str) -> None:
    """How the store hands out this turn."""
    if claims == "dues later":
        station.journal.hides_dues = True
    if claims == "queues turned round":
        station.journal.arrange = lambda works: works[::-1]


@settings(max_examples=STORIES)
@given(seed=st.integers(0, 2**32))
def test_any_order_of_handing_out_makes_the_same_case(seed: int) -> None:
    stories = [asyncio.run(told(seed, claims)) for claims in ("as they come", "dues later", "queues turned round")]
    assert stories[1:] == stories[:1] * 2


@settings(max_examples=STORIES)
@given(seed=st.integers(0, 2**32))
def test_no_statement_is_folded_while_a_timer_is_due_that_was_due_before_it(seed: int) -> None:
    original = CaseFolder.fold_entry

    def watched(self: CaseFolder, fold: Any, entry: Any, *, now_ms: int) -> None:
        timers = fold.case.timers.values() if fold.case else ()
        assert [timer.key for timer in timers if timer.due_ms <= entry.at_ms] == []
        original(self, fold, entry, now_ms=now_ms)

    CaseFolder.fold_entry = watched  # type: ignore[method-assign]
    try:
        _, judged = asyncio.run(told(seed, "as they come"))
    finally:
        CaseFolder.fold_entry = original  # type: ignore[method-assign]
    assert "fold.set_aside" not in {verdict for _, verdict in judged}
