"""What the benchmarks share: a station over a scratch home, made-up members, and rows with a floor beside each."""

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from esos.cli.serve import loop_runner
from esos.keys.identity import public_of
from esos.message.bodies import CardSigned, MemberRegistered
from esos.message.card import Capability, MemberCard, PublicKey
from esos.message.voice import Voice
from esos.pact import shipped
from esos.station.found import Founder
from esos.station.ports import Channel
from esos.station.station import Station
from esos.storage.journal import SqlJournal
from esos.vault.chance import SystemClock, SystemDice
from esos.vault.home import Home
from esos.words.need import NeedLine
from esos.words.realm import Realm

RESULTS = Path(__file__).parent / "results"
LINES = tuple(NeedLine)
BATCH = 2_000
T = TypeVar("T")


def seed_of(number: int) -> bytes:
    """The key seed of a made-up member."""
    return number.to_bytes(4) * 8


def row(measure: str, value: float, unit: str, beside: str, ratio: float) -> dict[str, Any]:
    """One figure with what stands beside it."""
    return {"measure": measure, "value": round(value, 3), "unit": unit, "beside": beside, "ratio": round(ratio, 3)}


class Rounds:
    """What several rounds gave: pairs of a rate and of what stood beside it in the same moment.

    The median round by its ratio is the one to tell, and the others say how far the machine let it wander.
    """

    def __init__(self, pairs: list[tuple[float, float]]) -> None:
        self.pairs = sorted(pairs, key=lambda pair: pair[0] / pair[1])

    @property
    def rate(self) -> float:
        """The median round's own rate."""
        return self._median[0]

    @property
    def ratio(self) -> float:
        """The median round's rate by what stood beside it."""
        return self._median[0] / self._median[1]

    @property
    def _median(self) -> tuple[float, float]:
        return self.pairs[len(self.pairs) // 2]

    @property
    def spread(self) -> list[float]:
        """The lowest and the highest ratio."""
        return [round(rate / beside, 3) for rate, beside in (self.pairs[0], self.pairs[-1])]


def spread_row(measure: str, found: Rounds, unit: str, beside: str) -> dict[str, Any]:
    """The median round as a row, with the lowest and the highest ratio of all rounds."""
    return row(measure, found.rate, unit, beside, found.ratio) | {"ratios": found.spread}


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run it on the loop that a station runs on."""
    done: T = loop_runner()(work)
    return done


def write_rows(name: str, rows: list[dict[str, Any]]) -> None:
    """Print the rows and keep them in ``benchmarks/results/NAME.json``."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    for one in rows:
        spread = " ({:g} to {:g} over the rounds)".format(*one["ratios"]) if "ratios" in one else ""
        unit = f" {one['unit']}" if one["unit"] else ""
        print(f"{one['measure']}: {one['value']:g}{unit}, {one['ratio']:g} x {one['beside']}{spread}")


@asynccontextmanager
async def scratch_station(
    channels: Mapping[str, Channel] | None = None, *, database: str = ""
) -> AsyncIterator[Station]:
    """A real station over a real journal on disk or in a database, without doors; gone afterwards."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        home = Home(Path(folder) / "home")
        identity = home.create(name="Benchmark station", realm=Realm.REAL)
        journal = await SqlJournal.open(database or home.journal)
        station = Station(
            identity=identity,
            journal=journal,
            channels=channels or {},
            clock=SystemClock(),
            dice=SystemDice(),
            base_url=lambda: "http://127.0.0.1",
        )
        try:
            await station.open()
            founder = Founder(
                identity=identity,
                journal=journal,
                directory=station.directory,
                clock=station.clock,
                dice=station.dice,
            )
            await founder.publish_pact(shipped.load("club")[0])
            yield station
        finally:
            await journal.close()


async def register_members(station: Station, count: int, *, contact: Any = None, callers: int = 0) -> None:
    """Enter made-up members as a registrar would: the first ``callers`` can do nothing, the others a few lines."""
    now_ms = station.clock.now_ms()
    for start in range(0, count, BATCH):
        batch = []
        for number in range(start, min(start + BATCH, count)):
            voice = Voice(seed=seed_of(number), realm=Realm.REAL)
            card = MemberCard(
                name=f"Caller {number}" if number < callers else f"Team {number}",
                keys=(PublicKey(public=public_of(voice.seed), realm=Realm.REAL),),
                country=("IE", "FR", "EE", "PT")[number % 4],
                sectors=(("health", "energy", "banking", "transport")[number % 4],),
                contacts=(contact(number),) if contact else (),
                capabilities=() if number < callers else _capabilities(number),
            )
            proof = voice.say("card_signed", CardSigned(card=card), now_ms=now_ms).raw
            body = MemberRegistered(member=voice.kid.hex(), card=card, proof=proof)
            statement = station.identity.say("member_registered", body, now_ms=now_ms)
            batch.append(station.judge.judge_own(statement, station.identity.speaker).admitted)
        await station.journal.append(batch, now_ms=now_ms)
        await asyncio.sleep(0)
    await station.fold_all()


def _capabilities(number: int) -> tuple[Capability, ...]:
    return tuple(Capability(line=LINES[(number + step * 7) % len(LINES)], units=10 + number % 40) for step in range(4))


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
