"""The acts of ``wannacry-2017``: the crowd calls, officers answer everybody, help goes by severity, all is counted.

Law 6: every request ends in one outcome, and what nobody could give is shown as unmet.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from esos.drill.case_in_play import CaseInPlay
from esos.drill.director import Director
from esos.drill.finale import prove
from esos.drill.options import Options
from esos.drill.report import DrillReport
from esos.drill.setting import register_all, set_up
from esos.drill.stage import Actor
from esos.drill.tally import tally
from esos.drill.wannacry.calling import Calling
from esos.drill.wannacry.crowd import Voice, crowd
from esos.drill.wannacry.division import divide
from esos.drill.wannacry.ending import end_case
from esos.drill.wannacry.facts import ADVICE_MINUTES, COUNTRY, PRODUCT, SECTOR, Door
from esos.drill.wannacry.floor import Floor
from esos.drill.wannacry.hours import HELP_MINUTES, Fared, compare
from esos.drill.wannacry.killer import Killer
from esos.drill.wannacry.warning import warn_others
from esos.message.card import Contact
from esos.station.drills import Act, BeatKind

SEALING_AT_ONCE = 16
ENDING_AT_ONCE = 8
FILES_VERIFIED = 20
"""So many case files are verified, evenly over all cases."""
PROGRESS_SECONDS = 5.0
POLL_SECONDS = 0.5
QUIET_LOOKS = 4
"""So many looks in a row with nothing to do mean that it is over."""
SETTLE_MINUTES = 90
"""How long after the last call answers are waited for at most, in the drill's own time."""


async def play(d: Director, options: Options) -> DrillReport:
    """The play, act by act."""
    voices = crowd(d.incident.callers_of(options.callers))
    floor, calling = Floor(d, voices), Calling(d, voices)
    await _set_up(d, voices)
    await floor.man()
    killer, warnings = Killer(d, options.kill_every_seconds), list[CaseInPlay]()
    killing = asyncio.create_task(killer.work(lambda: calling.share_called), name="drill killer")
    try:
        day = _day(d, floor, calling, warnings)
        await _beside(day, floor.work(), _keep_telling(d, floor, calling, len(voices)))
        views = await _end(d, floor, voices, warnings)
    finally:
        await killer.end(killing)
    counted = tally(views, callers=len(views), kept=d.stage.kept)
    step = max(1, len(voices) // FILES_VERIFIED)
    fared = [_fared(voice) for voice in voices]
    return await prove(d, counted, [voice.case for voice in voices[::step]], compare(d.incident, fared))


async def _day(d: Director, floor: Floor, calling: Calling, warnings: list[CaseInPlay]) -> None:
    await _hours_of_calls(d, floor, calling, warnings)
    await _until_answered(d, floor)
    await _share_out(d, floor)


async def _beside(day: Coroutine[Any, Any, None], *works: Coroutine[Any, Any, None]) -> None:
    """The day, and beside it what ends with it; whatever breaks first breaks all, and is raised."""
    tasks = [asyncio.create_task(work, name="drill beside") for work in (day, *works)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    broken = next((one for one in results if isinstance(one, Exception)), None)
    if broken is not None:
        raise broken


def _fared(voice: Voice) -> Fared:
    advised = voice.called_minutes if voice.advised_minutes is None else voice.advised_minutes
    return Fared(called=voice.called_minutes, advised=advised, covered=voice.covered_minutes)


async def _set_up(d: Director, voices: list[Voice]) -> None:
    """Teams, the callers whom the station knows, and the keys under which datagrams are sealed."""
    await set_up(d, [])
    known = [(voice.actor, _card(voice)) for voice in voices if voice.actor]
    await register_all(d, known)
    turns = asyncio.Semaphore(SEALING_AT_ONCE)
    station = bytes.fromhex(d.host.card["kid"])

    async def fetch(voice: Voice, actor: Actor) -> None:
        async with turns:
            voice.sealing_key = await d.stage.sealing_key(actor, station)

    await asyncio.gather(*(fetch(one, one.actor) for one in voices if one.actor and one.kind.door is Door.UDP))
    d.screen.note(
        f"{len(voices)} callers are ready, every one fictitious: {len(known)} whom the station knows, "
        f"{len(voices) - len(known)} whom nobody knows."
    )


def _card(voice: Voice) -> dict[str, Any]:
    """What a caller registered in peace time. Those who call by datagram are paged; the others look for themselves."""
    contacts = (Contact(channel="file", address=f"caller-{voice.number}"),) if voice.kind.door is Door.UDP else ()
    return {"country": COUNTRY, "sectors": (SECTOR,), "products": (PRODUCT,), "contacts": contacts}


async def _hours_of_calls(d: Director, floor: Floor, calling: Calling, warnings: list[CaseInPlay]) -> None:
    d.enter(
        Act.CALLING,
        "Late in the morning it begins, everywhere at once. Everybody calls the one station, by whatever door.",
        "Officers take the gravest first; help is far too little for all.",
    )
    d.start_clock()
    d.beat(BeatKind.CALLED, "The first callers call, and more with every minute.")
    warning = asyncio.create_task(warn_others(d, floor, warnings), name="drill warning")
    try:
        await calling.all_call()
        await warning
    finally:
        warning.cancel()
        await asyncio.gather(warning, return_exceptions=True)
    d.beat(BeatKind.ARRIVED, f"The last of {calling.called} calls has arrived: the station has all of them durably.")


async def _until_answered(d: Director, floor: Floor) -> None:
    d.enter(
        Act.ASKING,
        "Nobody new calls. Officers go on until every caller has been answered by a person.",
        "What helpers have left is divided by severity.",
    )
    await floor.until_all_answered()
    d.beat(BeatKind.NOTE, "Every caller has been answered by a person, with the same advice for the same cause.")


async def _share_out(d: Director, floor: Floor) -> None:
    """What is left is divided by hand, once answers to what was asked before are in."""
    await _until_quiet(d, floor)
    waiting = [floor.cases[row["case"]] for row in floor.rows if row["case"] in floor.cases]
    if await divide(d, waiting):
        await _until_quiet(d, floor)
    covered = sum(case.voice.covered_minutes is not None for case in floor.cases.values())
    d.beat(BeatKind.MET, f"{covered} callers have everything bound to come that they need; no more was to be had.")


async def _until_quiet(d: Director, floor: Floor) -> None:
    """Until everybody who was asked has answered, or time is up; nobody is waited for longer than that."""
    quiet, until_minutes = 0, d.minutes + SETTLE_MINUTES
    while quiet < QUIET_LOOKS and d.minutes < until_minutes:
        await asyncio.sleep(POLL_SECONDS)
        quiet = quiet + 1 if floor.is_idle else 0


async def _keep_telling(d: Director, floor: Floor, calling: Calling, callers: int) -> None:
    """How far it is, in words, every few seconds; for as long as it is not cancelled."""
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        helped = sum(case.has_helper for case in floor.cases.values())
        d.tell_progress(
            f"{d.clock(d.minutes)}: {calling.called} of {callers} have called, {floor.answered} of them have been "
            f"answered by a person; {len(floor.rows)} cases are open; helpers are bound in {helped}."
        )


async def _end(d: Director, floor: Floor, voices: list[Voice], warnings: list[CaseInPlay]) -> list[dict[str, Any]]:
    """The days pass; everybody is released, every case is closed. The cases as they end, those of warnings last."""
    d.enter(
        Act.RELEASING,
        "Whoever helps is at work. The days of putting things right pass in seconds.",
        "Everybody is released, and everything is counted.",
    )
    latest = max((one.covered_minutes for one in voices if one.covered_minutes is not None), default=d.minutes)
    d.pass_over_to(max(ADVICE_MINUTES, latest + HELP_MINUTES))
    await _find_own_cases(d, voices)
    ends = [partial(end_case, floor.case_of(voice), floor.tokens[0]) for voice in voices]
    views = await _at_once([*ends, *(partial(end_case, case) for case in warnings)])
    d.beat(BeatKind.RELEASED, "Everybody who helped is released, with thanks. Every consent has ended.")
    d.beat(BeatKind.CLOSED, f"{len(views)} cases are closed. Every request has exactly one outcome.")
    return views


async def _find_own_cases(d: Director, voices: list[Voice]) -> None:
    """A caller by datagram that no list has shown yet asks for its own case, showing its key."""
    station = bytes.fromhex(d.host.card["kid"])
    for voice in voices:
        if not voice.case and voice.actor:
            own = await d.stage.own(voice.actor, station, "/api/v1/cases")
            voice.case = next((row["case"] for row in own["cases"]), "")


async def _at_once(works: Sequence[Callable[[], Awaitable[dict[str, Any]]]]) -> list[dict[str, Any]]:
    """All of these, a few at a time, in their order."""
    turns = asyncio.Semaphore(ENDING_AT_ONCE)

    async def one(work: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        async with turns:
            return await work()

    return list(await asyncio.gather(*(one(work) for work in works)))
