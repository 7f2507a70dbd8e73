"""What a world is like, drawn from its seed: how many processes, how bad network, store, clocks and providers are."""

import random
from dataclasses import dataclass, field, replace

from esos.words.realm import Realm
from simulated.channel import ChannelFaults
from simulated.datagrams import Weather
from simulated.storage import DiskFaults

PROCESSES_MAX = 4
LENGTH_S = 180.0
"""How long people act in one world, in seconds; at 60 times the pact's pace these are three hours of it."""
LONG_S = 1_500.0
"""One world in eight lasts a day of the pact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What goes wrong in one world. Times are virtual seconds; ``every`` are means of what comes by chance."""

    realm: Realm = Realm.EXERCISE
    speed: int = 60
    processes: int = 1
    length_s: float = LENGTH_S
    act_every_s: float = 1.4
    same_holder: float = 0.5
    """How often a process starts under its old name again."""
    skews: bool = True
    jump_every_s: float = 0.0
    crash_every_s: float = 0.0
    pause_every_s: float = 0.0
    store_crash_every_s: float = 0.0
    partition_every_s: float = 0.0
    disk: DiskFaults = field(default_factory=DiskFaults)
    weather: Weather = field(default_factory=Weather)
    channel: ChannelFaults = field(default_factory=ChannelFaults)
    cut_power_at: tuple[tuple[int, str], ...] = ()
    """Numbers of transactions at which the process dies, with ``lost`` or ``kept``."""


CALM = Plan(skews=False)
"""A world in which nothing goes wrong."""


def drawn(seed: int, **changes: object) -> Plan:
    """The plan of a seed: every fault has worlds with none, some and much of it."""
    chance = random.Random(f"{seed}/plan")
    some = chance.choice

    def every(*means_s: float) -> float:
        return some((0.0, *means_s))

    plan = Plan(
        realm=some((Realm.REAL, Realm.EXERCISE)),
        processes=chance.randint(1, PROCESSES_MAX),
        length_s=LONG_S if chance.random() < 1 / 8 else LENGTH_S,
        act_every_s=some((0.35, 0.7, 1.4)),
        same_holder=some((0.0, 0.5, 1.0)),
        skews=chance.random() < 0.8,
        jump_every_s=every(20.0, 90.0),
        crash_every_s=every(8.0, 30.0, 90.0),
        pause_every_s=every(15.0, 60.0),
        store_crash_every_s=every(10.0, 40.0),
        partition_every_s=every(20.0, 60.0),
        disk=DiskFaults(
            refusal=some((0.0, 0.001, 0.01)),
            ambiguity=some((0.0, 0.002, 0.02)),
            sync_s=some((0.001, 0.005, 0.05)),
            slow=some((0.0, 0.01)),
            slow_s=some((0.5, 5.0, 15.0)),
        ),
        weather=Weather(
            loss=some((0.05, 0.2, 0.5)),
            duplication=some((0.0, 0.05, 0.3)),
            delay_s=some((0.005, 0.05, 0.3)),
            slow=some((0.0, 0.1)),
            slow_s=some((1.0, 8.0)),
        ),
        channel=ChannelFaults(
            refusal=some((0.0, 0.1, 0.5)),
            hang=some((0.0, 0.01, 0.04)),
            ambiguity=some((0.0, 0.05)),
        ),
    )
    return replace(plan, **changes)  # type: ignore[arg-type]
