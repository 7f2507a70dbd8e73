"""Whom a caller speaks to about its case: the stations that have it, each with its own id for it.

A caller's word goes to every station that has the case; one that took it is enough, and the others are told of.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from esos.caller.ports import CallBook, CallerClock, CallRecord, StationDoor
from esos.caller.report import Trouble
from esos.errors import EsosError, Unknown
from esos.message.bodies import Body
from esos.message.voice import Voice

NUMBER_BEYOND_PACKETS = 256
NUMBER_MAX = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A caller, its stations, and the case each of them has (station's kid in hex to the case in hex)."""

    voice: Voice
    clock: CallerClock
    book: CallBook
    doors: tuple[StationDoor, ...]
    record: CallRecord | None = None
    cases: dict[str, str] = field(default_factory=dict)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a station made of a statement. ``state`` is the case's after it."""

    station: str
    statement: str
    case: str
    state: str
    receipt: str = ""


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """Which stations took it, and what the others said."""

    told: tuple[Told, ...]
    missed: tuple[Trouble, ...] = ()


async def say_on_case(circle: Circle, kind: str, body: Body) -> Reached:
    """Sign and say something on the case at every station that has it; raises what the first refused with."""
    doors = [door for door in circle.doors if door.home.kid.hex() in circle.cases]
    if not doors:
        raise Unknown(
            "case.none_open", "None of your stations has an open case of yours.", hint="Call first: esos call"
        )

    def on_case(door: StationDoor) -> bytes:
        case = bytes.fromhex(circle.cases[door.home.kid.hex()])
        return circle.voice.say(kind, body, now_ms=circle.clock.now_ms(), case=case).raw

    return await say_to(doors, on_case)


async def say_to(doors: list[StationDoor], said: Callable[[StationDoor], bytes]) -> Reached:
    """Hand each station what is said to it; raises what the first refused with where no station took it."""
    outcomes = await asyncio.gather(*(_hand_in(door, said(door)) for door in doors))
    told = tuple(one for one in outcomes if isinstance(one, Told))
    refusals = [(door, one) for door, one in zip(doors, outcomes, strict=True) if isinstance(one, EsosError)]
    if not told:
        raise refusals[0][1]
    missed = (Trouble(station=door.home.name, code=one.code, why=one.detail) for door, one in refusals)
    return Reached(told=told, missed=tuple(missed))


async def _hand_in(door: StationDoor, cose: bytes) -> Told | EsosError:
    try:
        reply = await door.submit(cose)
    except EsosError as refusal:
        return refusal
    return Told(
        station=door.home.name,
        statement=str(reply.get("id", "")),
        case=str(reply.get("case") or ""),
        state=str(reply.get("state", "")),
        receipt=str(reply.get("receipt") or ""),
    )
