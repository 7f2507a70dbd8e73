"""Put a load on one's own station: calls at a steady rate, then a receipt for each that was acknowledged.

Law 3 as a figure: what was acknowledged and cannot be proved afterwards is lost, and there must be none of it.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx

from esos.drill.load.plan import Door, Load, need_exercise_card, need_own_address
from esos.drill.load.proving import prove_all
from esos.drill.load.result import Answered, LoadResult, summed
from esos.drill.load.senders import LoadCaller, Senders
from esos.drill.stage import Stage, StageRefused
from esos.errors import Conflict, Forbidden, NotDelivered
from esos.logbook.base64s import url_safe

REGISTER_AT_ONCE = 8
TELL_SECONDS = 1.0
CARD_SECONDS = 10.0
Tell = Callable[[str], None]


async def run_load(load: Load, *, url: str, token: str, of_home: str, tell: Tell) -> LoadResult:
    """Run a load against the station at ``url``, as its registrar (``token``), and prove what it acknowledged.

    ``of_home`` is where the station of one's own home listens, empty where none is meant. Raises
    ``Forbidden`` (``load.not_own``, ``load.realm``, ``load.no_token``), ``NotDelivered``
    (``station.unreachable``) and ``Conflict`` (``load.refused``, ``load.no_udp``).
    """
    address = need_own_address(url, of_home=of_home)
    card = await station_card(address)
    need_exercise_card(card["realm"])
    stage = Stage(lambda: (address,), token)
    try:
        callers = await _callers(load, stage, card, token, tell)
        return await _put(load, address, card, callers, stage, tell)
    except StageRefused as cause:
        raise Conflict("load.refused", f"A door said no: {cause.detail} ({cause.code})") from cause
    finally:
        await stage.close()


async def station_card(address: str) -> dict[str, Any]:
    """The card of the station there; raises ``NotDelivered`` (``station.unreachable``)."""
    try:
        async with httpx.AsyncClient(base_url=address, timeout=CARD_SECONDS, trust_env=False) as client:
            answer = await client.get("/api/v1/station")
            answer.raise_for_status()
    except httpx.HTTPError as cause:
        raise NotDelivered(
            "station.unreachable", f"No station answers at {address}.", hint="Run it: esos station run --home HOME"
        ) from cause
    card: dict[str, Any] = answer.json()
    return card


async def _callers(load: Load, stage: Stage, card: dict[str, Any], token: str, tell: Tell) -> list[LoadCaller]:
    """The callers with keys made for this load; registered where there is a token, and ready for datagrams."""
    if Door.UDP in load.doors and not card["udp"]:
        raise Conflict("load.no_udp", "This station has no datagram door.", hint="Leave udp out of --doors.")
    if Door.UDP in load.doors and not token:
        raise Forbidden(
            "load.no_token",
            "The datagram door is for registered callers, and without a registrar's token nobody can be registered.",
            hint="Give --home or --token, or leave udp out of --doors.",
        )
    callers = [LoadCaller(number) for number in range(1, load.callers + 1)]
    if token:
        tell(f"{len(callers)} callers are being registered, each with a key made for this load.")
        turns = asyncio.Semaphore(REGISTER_AT_ONCE)
        needs_seal = Door.UDP in load.doors
        await asyncio.gather(*(_register(one, stage, card, turns, needs_seal=needs_seal) for one in callers))
    return callers


async def _register(
    caller: LoadCaller, stage: Stage, card: dict[str, Any], turns: asyncio.Semaphore, *, needs_seal: bool
) -> None:
    async with turns:
        await stage.post("/api/v1/members", {"statement": url_safe(caller.actor.card())})
        if needs_seal:
            caller.sealing_key = await stage.sealing_key(caller.actor, bytes.fromhex(card["kid"]))


async def _put(
    load: Load, address: str, card: dict[str, Any], callers: list[LoadCaller], stage: Stage, tell: Tell
) -> LoadResult:
    senders = Senders(address, card, callers)
    answers: list[Answered] = []
    began = time.perf_counter()
    telling = asyncio.create_task(_keep_telling(load, answers, began, tell), name="load progress")
    try:
        await _send_all(load, senders, answers)
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        await senders.close()
    seconds = time.perf_counter() - began
    tell(f"{len(answers)} calls were made. Now each that was acknowledged has to be proved.")
    proved, verified = await prove_all(stage, card, answers)
    return summed(answers, seconds=seconds, proved=proved, verified=verified)


async def _send_all(load: Load, senders: Senders, answers: list[Answered]) -> None:
    """Each call leaves at its time, whether those before were answered or not."""
    began = time.perf_counter()

    async def one(number: int) -> None:
        answers.append(await senders.call(load.door(number), load.caller(number)))

    async with asyncio.TaskGroup() as group:
        for number in range(load.calls):
            wait_seconds = began + number / load.rate - time.perf_counter()
            if wait_seconds > 0:
                await asyncio.sleep(wait_seconds)
            group.create_task(one(number))


async def _keep_telling(load: Load, answers: list[Answered], began: float, tell: Tell) -> None:
    while True:
        await asyncio.sleep(TELL_SECONDS)
        kept = sum(one.is_acknowledged for one in answers)
        refused = sum(bool(one.code) for one in answers)
        passed = time.perf_counter() - began
        due = min(load.calls, round(passed * load.rate))
        tell(f"{passed:.0f} s: {due} of {load.calls} calls due, {kept} acknowledged, {refused} refused.")
