"""Both schedules played against lost datagrams, in virtual time and from a seed, with the formula of the brief as oracle.

What plays is the product: ``next_send_ms`` says when a copy leaves, and the station's ``AnswerWheel`` and ``Listener``
when an answer does and whether it is paid for. Only the link is a model.
"""

import asyncio
import contextlib
import math
import random
from dataclasses import dataclass, field

import pytest
from simulated.loop import run_virtually

from esos.beacon.schedule import chance_of_answer, next_send_ms, start_offset_ms
from esos.carriers.udp_answers import AnswerWheel, Listener
from esos.message.packet import PADDED_BYTES_V4

RTT_MS = 200
MINUTE_MS = 60_000
BAD_SECONDS = 2.0
ADDRESS = ("127.0.0.1", 5)
SMALL, LARGE = 150, 3_000
MERGED_SHARE = 0.93
"""Acknowledged ÷ theory, at least (brief 3): answers that fall together are sent once, which the formula does not know."""


class Independent:
    """Every datagram is lost by itself, either way."""

    def __init__(self, loss: float, chance: random.Random) -> None:
        self._loss = loss
        self._chance = chance

    def keeps(self) -> bool:
        return self._chance.random() >= self._loss


class Bursty:
    """One link for everybody, both ways: dead for 2 s on average, then alive for as long as makes up the loss."""

    def __init__(self, loss: float, chance: random.Random) -> None:
        self._chance = chance
        self._means_s = (BAD_SECONDS * (1 - loss) / loss, BAD_SECONDS)
        self._is_bad = chance.random() < loss
        self._until_s = 0.0

    def keeps(self) -> bool:
        now_s = asyncio.get_running_loop().time()
        while now_s >= self._until_s:
            self._is_bad = not self._is_bad if self._until_s else self._is_bad
            self._until_s = max(self._until_s, 1e-9) + self._chance.expovariate(1 / self._means_s[self._is_bad])
        return not self._is_bad


@dataclass(slots=True)
class Outcome:
    """One call: when the first copy arrived and the first answer came back (None: never)."""

    delivered_ms: float | None = None
    heard_ms: float | None = None


class Packet:
    """A packet that is answered; what the answer says is no matter here."""

    def ack(self, station: bytes) -> bytes:
        return station


@dataclass(slots=True, kw_only=True)
class Call:
    """One caller and its stations, for ``lasts_ms`` or for so many copies to each. ``deaf``: nothing comes back."""

    link: Independent | Bursty
    chance: random.Random
    stations: int
    rtt_ms: int | None = RTT_MS
    copies: float = math.inf
    deaf: bool = False
    lasts_ms: int = MINUTE_MS
    outcome: Outcome = field(default_factory=Outcome)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    began_s: float = 0.0

    async def run(self) -> Outcome:
        self.began_s = asyncio.get_running_loop().time()
        tasks = [asyncio.ensure_future(self._send_to(number)) for number in range(self.stations)]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.lasts_ms / 1000):
                await self.heard.wait()
        for task in tasks:
            task.cancel()
        return self.outcome

    def _elapsed_ms(self) -> float:
        return (asyncio.get_running_loop().time() - self.began_s) * 1000

    async def _send_to(self, number: int) -> None:
        listener, loop = Listener(Packet(), ADDRESS), asyncio.get_running_loop()
        wheel = AnswerWheel(send=self._answer, jitter=self._jitter)
        await asyncio.sleep(start_offset_ms(number) / 1000)
        sends, first_ms = 0, self._elapsed_ms()
        while sends < self.copies:
            if self.link.keeps():
                loop.call_later(RTT_MS / 2000, self._arrive, wheel, listener)
            sends += 1
            wait_ms = next_send_ms(round(self._elapsed_ms() - first_ms), sends, self.rtt_ms, self._jitter())
            await asyncio.sleep(wait_ms / 1000)

    def _arrive(self, wheel: AnswerWheel, listener: Listener) -> None:
        if self.outcome.delivered_ms is None:
            self.outcome.delivered_ms = self._elapsed_ms()
        listener.heard_copy(PADDED_BYTES_V4)
        wheel.schedule(listener)

    def _answer(self, listener: Listener) -> None:
        if listener.spend() and self.link.keeps() and not self.deaf:
            asyncio.get_running_loop().call_later(RTT_MS / 2000, self._hear)

    def _hear(self) -> None:
        if self.outcome.heard_ms is None:
            self.outcome.heard_ms = self._elapsed_ms()
        self.heard.set()

    def _jitter(self) -> float:
        return self.chance.uniform(-1, 1)


def play(kind, calls: int, *, loss: float, seed: int, **how) -> list[Outcome]:
    """So many calls, each on a link of its own, all in one virtual minute."""

    async def everybody() -> list[Outcome]:
        chance = random.Random(seed)
        seeds = [chance.randbytes(8) for _ in range(calls)]
        chances = [random.Random(each) for each in seeds]
        return list(await asyncio.gather(*(Call(link=kind(loss, one), chance=one, **how).run() for one in chances)))

    return run_virtually(everybody())


def share(outcomes: list[Outcome], within_ms: float = MINUTE_MS, what: str = "heard_ms") -> float:
    """How many of the calls were heard of, or delivered, in time."""
    times = [getattr(one, what) for one in outcomes]
    return sum(time is not None and time <= within_ms for time in times) / len(times)


def error(probability: float, calls: int) -> float:
    """Three and a half standard deviations of a share: a seed that fails is no chance."""
    return 3.5 * math.sqrt(max(probability * (1 - probability), 1 / calls) / calls)


def quantile(outcomes: list[Outcome], part: float) -> float:
    times = sorted(math.inf if one.heard_ms is None else one.heard_ms for one in outcomes)
    return times[math.ceil(part * len(times)) - 1]


calls_each = pytest.mark.parametrize("calls", [SMALL, pytest.param(LARGE, marks=pytest.mark.nightly)])


@calls_each
@pytest.mark.parametrize(("loss", "copies", "stations"), [(0.7, 3, 1), (0.8, 8, 1), (0.9, 20, 1), (0.9, 8, 3)])
def test_what_is_heard_of_so_many_copies_is_what_the_formula_says(calls, loss, copies, stations):
    theory = chance_of_answer(loss=loss, sends=copies, stations=stations)
    seen = share(play(Independent, calls, loss=loss, seed=65, copies=copies, stations=stations))
    print(f"loss {loss}, {copies} copies to {stations}: {seen:.3f} heard, the formula says {theory:.3f}")
    assert seen <= theory + error(theory, calls)
    assert seen >= MERGED_SHARE * theory - error(theory, calls)


@calls_each
@pytest.mark.parametrize(("loss", "copies"), [(0.7, 2), (0.9, 12)])
def test_what_is_delivered_needs_only_one_copy_whatever_comes_back(calls, loss, copies):
    seen = share(
        play(Independent, calls, loss=loss, seed=66, copies=copies, stations=1, deaf=True, lasts_ms=9_000),
        what="delivered_ms",
    )
    theory = 1 - loss**copies
    assert abs(seen - theory) <= error(theory, calls)


@calls_each
def test_at_70_percent_loss_half_are_heard_within_800_ms_and_19_of_20_within_3_s(calls):
    outcomes = play(Independent, calls, loss=0.7, seed=67, stations=1)
    print(f"p50 {quantile(outcomes, 0.5):.0f} ms, p95 {quantile(outcomes, 0.95):.0f} ms")
    assert quantile(outcomes, 0.5) <= 800
    assert share(outcomes, 3_000) >= 0.95 - error(0.95, calls)


@calls_each
@pytest.mark.parametrize(
    ("kind", "loss", "stations", "least"),
    [(Independent, 0.8, 1, 0.99), (Independent, 0.9, 1, 0.94), (Independent, 0.95, 3, 0.88), (Bursty, 0.9, 3, 0.95)],
    ids=["80 one", "90 one", "95 three", "bursty 90 three"],
)
def test_within_a_minute_as_many_are_heard_as_the_brief_demands(calls, kind, loss, stations, least):
    seen = share(play(kind, calls, loss=loss, seed=68, stations=stations))
    print(f"{kind.__name__} loss {loss}, {stations} stations: {seen:.3f} heard within a minute")
    assert seen >= least - error(least, calls)


@calls_each
def test_where_nothing_comes_back_half_of_the_calls_are_there_within_a_second_at_80_percent_loss(calls):
    outcomes = play(Independent, calls, loss=0.8, seed=69, stations=1, deaf=True, lasts_ms=2_000)
    assert share(outcomes, 1_000, "delivered_ms") >= 0.5 + error(0.5, calls)
    assert share(outcomes) == 0


def test_the_same_seed_plays_the_same_minute():
    assert play(Bursty, 20, loss=0.9, seed=7, stations=3) == play(Bursty, 20, loss=0.9, seed=7, stations=3)
    assert play(Bursty, 20, loss=0.9, seed=7, stations=3) != play(Bursty, 20, loss=0.9, seed=8, stations=3)


@pytest.mark.parametrize("loss", [0.5, 0.9])
def test_the_bursty_link_loses_what_it_is_said_to_lose(loss):
    async def watched() -> float:
        link, kept = Bursty(loss, random.Random(5)), 0
        for _ in range(40_000):
            await asyncio.sleep(0.05)
            kept += link.keeps()
        return 1 - kept / 40_000

    assert run_virtually(watched()) == pytest.approx(loss, abs=0.03)
