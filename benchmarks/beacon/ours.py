"""Our own callers: the real carrier and the real race of carriers, a fresh call for each trial.

Run as ``python -m beacon.ours PLAN OUT``. The plan gives the trials of one batch, the stations and the moment of the
beginning; what came of each trial is written to OUT.
"""

import asyncio
import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

from common import seed_of

from beacon.leash import leashed
from beacon.namespaces import station_address
from beacon.plan import STATIONS_OF, Trial
from esos.beacon.carrier import CarrierEvent, Heard, Outgoing, Sending, Target
from esos.caller.make import make_call
from esos.caller.send import send_call
from esos.carriers.udp import UdpCarrier
from esos.cli.serve import loop_runner
from esos.keys.identity import kid_of, public_of
from esos.message.bodies import CallDetails
from esos.message.card import HomeStation
from esos.message.packet_seal import derive_key, epoch_of
from esos.words.realm import Realm

NATURE = 2
NO_ROUND_TRIP = "round trip not known"


def now_ms() -> int:
    """Ms since 1970, as stations stamp their entries."""
    return time.time_ns() // 1_000_000


class Told:
    """What the carrier told of one call: copies sent, and when the first proven answer came."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.sends = 0
        self.acked_s: float | None = None

    def hear(self, event: CarrierEvent) -> None:
        """One event."""
        if isinstance(event, Sending):
            self.sends += 1
        elif isinstance(event, Heard) and event.proven and self.acked_s is None:
            self.acked_s = time.monotonic() - self.began


def made(trial: Trial, member: int, stations: list[dict[str, Any]], rtt_ms: int) -> Outgoing:
    """A fresh signed call, ready for the stations of this trial."""
    seed, at_ms = seed_of(member), now_ms()
    kid = kid_of(public_of(seed))
    rtt = None if NO_ROUND_TRIP in trial.program else rtt_ms
    targets = tuple(
        Target(
            home=HomeStation(
                name=station["name"],
                kid=kid_of(bytes.fromhex(station["public"])),
                public=bytes.fromhex(station["public"]),
                realm=Realm.REAL,
                udp=(f"{station_address(trial.number)}:{station['port']}",),
            ),
            sealing_key=derive_key(bytes.fromhex(station["master"]), kid, epoch_of(at_ms)),
            rtt_ms=rtt,
        )
        for station in stations[: STATIONS_OF[trial.program]]
    )
    call = make_call(
        seed=seed,
        realm=Realm.REAL,
        call=os.urandom(8),
        details=CallDetails(natures=(NATURE,)),
        stations=tuple(target.home for target in targets),
        now_ms=at_ms,
    )
    return Outgoing(cose=call.record.cose, statement_id=call.record.statement, targets=targets, packet=call.packet)


async def play(trial: Trial, member: int, plan: dict[str, Any]) -> dict[str, Any]:
    """One trial from its moment on."""
    outgoing = made(trial, member, plan["stations"], plan["rtts_ms"][trial.cell])
    chance = random.Random(f"{plan['seed']}/{trial.number}/jitter")
    await asyncio.sleep(max(0.0, plan["begins"] + trial.at_s - time.monotonic()))
    began_ms, told = now_ms(), Told()
    carrier = UdpCarrier(jitter=lambda: chance.uniform(-1, 1))
    await send_call(outgoing, [carrier], told.hear, wait_ms=round(plan["patience_s"] * 1_000))
    return {
        "number": trial.number,
        "statement": outgoing.statement_id.hex(),
        "began_ms": began_ms,
        "acked_s": told.acked_s,
        "sends": told.sends,
    }


async def play_all(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Every trial of the batch, all at their own times."""
    trials = [Trial(*given) for given in plan["trials"]]
    return list(await asyncio.gather(*(play(trial, member, plan) for member, trial in enumerate(trials))))


def main() -> None:
    """Play the batch and write what came of it."""
    plan_file, out_file = sys.argv[1:]
    plan = json.loads(Path(plan_file).read_text(encoding="utf-8"))
    Path(out_file).write_text(json.dumps(loop_runner()(leashed(play_all(plan)))), encoding="utf-8")


if __name__ == "__main__":
    main()
