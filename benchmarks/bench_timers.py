"""Timers: how many run out a second with none lost or doubled, and how late their effects are at 1,000 a second.

At the store: two workers claim what is due and save the cases, as the worker does, on each engine; every timer is
counted. With the real worker: real cases in which a helper has not answered and is to be reminded, which makes the
station speak and page. Then a real station, all its loops running, in which so many of these fall due each second, each
of another helper at an address of its own: from the moment each was due to the moment its page is handed to a channel.
"""

import argparse
import asyncio
import os
import time
from collections import Counter
from typing import Any

import msgspec
from common import percentile, register_members, row, run, scratch_station, seed_of, write_rows
from common_postgres import postgres

from esos.case.model import Case, decode_case, encode_case
from esos.keys.identity import kid_of, public_of
from esos.keys.speaker import KnownBy
from esos.message.bodies import Acknowledged, CallDetails, Called, NeedAsk, Requested
from esos.message.card import Contact
from esos.message.voice import Voice
from esos.station.found import Founder
from esos.station.ports import PageMessage, Sent
from esos.station.records import CaseRecord, ClaimedDue, Due, Folding
from esos.station.station import Station
from esos.words.need import NeedLine
from esos.words.realm import Realm
from esos.words.urgency import Urgency

ALLOWED_SECONDS = 0.25
"""From due to effect, for 99 of 100."""
WANTED_PER_SECOND = 5_000
CLAIM, LEASE_MS = 512, 60_000
SAVE_BATCH = 2_000
CALLER, HELPER = 0, 1
"""The members in the case that all others are copies of."""
REMINDER = "remind0:"
MOMENTS_FROM_MS = 1_000_000_000_000
START_SECONDS = 3.0
WAIT_LOOKS, WAIT_SECONDS = 300, 0.1


class Stopwatch:
    """A channel that notes when the first page was handed over to each helper."""

    scheme = "stopwatch"

    def __init__(self) -> None:
        self.first: dict[int, float] = {}

    async def send(self, page: PageMessage) -> Sent:
        """Note the time."""
        self.first.setdefault(int(page.address), time.time())
        return Sent(provider="stopwatch", detail="noted")

    async def close(self) -> None:
        """Nothing to let go of."""


def bare_case(number: int, version: int) -> CaseRecord:
    """A case as the store sees it: its fold is bytes like any other."""
    return CaseRecord(
        id=number.to_bytes(16), caller=f"caller-{number}", version=version, life="arrived", is_open=True,
        urgency="mayday", concern="distress", holder="", page_code="K7-42", opened_ms=1, updated_ms=1,
        blob=b"the fold" * 100,
    )  # fmt: skip


def folding(case: CaseRecord, due: tuple[Due, ...] = ()) -> Folding:
    """A save of a case with these timers."""
    return Folding(
        route="", fence=0, case=case, expected_version=case.version - 1, verdicts=(), said=(), due=due, parcels=()
    )  # fmt: skip


async def at_the_store(station: Station, engine: str, count: int) -> list[dict[str, Any]]:
    """So many timers that are all due, taken up by two workers."""
    journal = station.journal
    for start in range(0, count, SAVE_BATCH):
        cases = [bare_case(number, 1) for number in range(start, min(start + SAVE_BATCH, count))]
        await journal.save([folding(case, (Due(key="ack", due_ms=10),)) for case in cases], now_ms=1)
    taken: Counter[ClaimedDue] = Counter()

    async def worker(holder: str) -> None:
        while dues := await journal.claim_due(holder=holder, now_ms=20, lease_ms=LEASE_MS, limit=CLAIM):
            saved = await journal.save([folding(bare_case(int.from_bytes(d.case), 2)) for d in dues], now_ms=20)
            taken.update(due for due, kept in zip(dues, saved, strict=True) if kept)

    began = time.perf_counter()
    await asyncio.gather(worker("one"), worker("another"))
    rate = count / (time.perf_counter() - began)
    lost, doubled = count - len(taken), sum(taken.values()) - len(taken)
    name = f"timers taken up and saved, store alone, {engine}"
    return [
        row(name, rate, "timers/s", f"the {WANTED_PER_SECOND} wanted", rate / WANTED_PER_SECOND),
        row(f"{name}: lost or doubled", lost + doubled, "timers", f"{count} due", (lost + doubled) / count),
    ]


async def template(station: Station) -> tuple[CaseRecord, Case]:
    """A real case: a member called, an officer took charge and asked a helper, who has not answered."""
    founder = Founder(
        identity=station.identity, journal=station.journal, directory=station.directory, clock=station.clock,
        dice=station.dice,
    )  # fmt: skip
    officer = await founder.add_officer("Officer", ("officer",))
    caller = Voice(seed=seed_of(CALLER), realm=Realm.REAL)
    call = Called(call=os.urandom(8), details=CallDetails(urgency=Urgency.MAYDAY, natures=(2,)))
    await station.intake.take(caller.say("called", call, now_ms=station.clock.now_ms()).raw)
    await station.fold_all()
    case = (await found_case(station, caller)).id
    asked = Requested(request=os.urandom(16), responder=party_of(HELPER), lines=(NeedAsk(line=NeedLine.ADVICE),))
    speaker = station.directory.officer_speaker(officer, KnownBy.SESSION)
    if speaker is None:
        raise SystemExit("bench: there is no officer")
    for kind, body in (("acknowledged", Acknowledged()), ("requested", asked)):
        saying = asyncio.create_task(station.desk.say_body(speaker, kind, body, case=case))
        while not saying.done():
            await station.fold_all()
            await asyncio.sleep(0)
        saying.result()
    record = await found_case(station, caller)
    return record, decode_case(record.blob)


async def found_case(station: Station, caller: Voice) -> CaseRecord:
    """The caller's case."""
    record = await station.journal.last_case_of(caller.kid.hex())
    if record is None:
        raise SystemExit("bench: the call made no case")
    return record


def party_of(number: int) -> str:
    """The id of a made-up member."""
    return kid_of(public_of(seed_of(number))).hex()


def copied(found: tuple[CaseRecord, Case], number: int, due_ms: int) -> Folding:
    """The same case at another time, of another helper: the one thing that runs in it is that helper's reminder."""
    record, case = found
    reminder = next(timer for timer in case.timers.values() if timer.key.startswith(REMINDER))
    delta, case_id = due_ms - reminder.due_ms, os.urandom(16)
    changed = shifted(msgspec.msgpack.decode(record.blob), delta, {party_of(HELPER): party_of(number)})
    later = decode_case(msgspec.msgpack.encode(changed))
    running = {key: timer for key, timer in later.timers.items() if key.startswith(REMINDER)}
    copy = msgspec.structs.replace(later, id=case_id, caller=f"caller-{number}", timers=running)
    kept = msgspec.structs.replace(
        record, id=case_id, caller=copy.caller, version=1, opened_ms=record.opened_ms + delta, blob=encode_case(copy)
    )
    return folding(kept, tuple(Due(key=timer.key, due_ms=timer.due_ms) for timer in running.values()))


def shifted(value: Any, delta_ms: int, names: dict[str, str]) -> Any:
    """The same value with other names, every moment so much later: the only numbers of that size."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, dict):
        return {key: shifted(one, delta_ms, names) for key, one in value.items()}
    if isinstance(value, list):
        return [shifted(one, delta_ms, names) for one in value]
    return value + delta_ms if isinstance(value, int) and value > MOMENTS_FROM_MS else value


async def by_the_worker(station: Station, found: tuple[CaseRecord, Case], count: int) -> dict[str, Any]:
    """Real cases whose reminder is due, taken up by the real worker."""
    now_ms = station.clock.now_ms()
    helpers = range(HELPER, HELPER + count)
    await station.journal.save([copied(found, number, now_ms) for number in helpers], now_ms=now_ms)
    began, done = time.perf_counter(), 0
    while done < count:
        done += await station.folder.run_once(now_ms=station.clock.now_ms())
    rate = count / (time.perf_counter() - began)
    return row("reminders run out, real cases, real worker", rate, "timers/s",
               f"the {WANTED_PER_SECOND} wanted", rate / WANTED_PER_SECOND)  # fmt: skip


async def as_they_fall_due(
    station: Station, watch: Stopwatch, found: tuple[CaseRecord, Case], per_second: int, seconds: int
) -> list[dict[str, Any]]:
    """From due to the page, while so many fall due each second."""
    count = per_second * seconds
    start_ms = station.clock.now_ms()
    first_ms = start_ms + int(START_SECONDS * 1000) + 2 * count  # two milliseconds each to write them down
    due = {number: first_ms + number * 1000 // per_second for number in range(1, count + 1)}
    for begin in range(1, count + 1, SAVE_BATCH):
        numbers = range(begin, min(begin + SAVE_BATCH, count + 1))
        await station.journal.save([copied(found, number, due[number]) for number in numbers], now_ms=start_ms)
    watch.first.clear()
    loops = asyncio.create_task(station.run())
    await asyncio.sleep(max(0.0, (due[count] - station.clock.now_ms()) / 1000))
    for _ in range(WAIT_LOOKS):
        if due.keys() <= watch.first.keys():
            break
        await asyncio.sleep(WAIT_SECONDS)
    loops.cancel()
    await asyncio.gather(loops, return_exceptions=True)
    late = [watch.first[number] - at / 1000 for number, at in due.items() if number in watch.first]
    name = f"due to page, {per_second} due a second"
    figures = ((f"{name}, median", 0.5), (f"{name}, p99", 0.99))
    beside = f"the {ALLOWED_SECONDS} s allowed"
    rows = []
    for title, share in figures if late else ():
        value = percentile(late, share)
        rows.append(row(title, value, "s", beside, value / ALLOWED_SECONDS))
    return [*rows, row(f"{name}: paged", len(late), "cases", f"{count} due", len(late) / count)]


def stopwatch_of(number: int) -> Contact:
    """An address of its own for each member."""
    return Contact(channel="stopwatch", address=str(number))


async def measure(count: int, rates: list[int], seconds: int, database: str) -> list[dict[str, Any]]:
    """The rows of this benchmark."""
    rows = []
    for engine, address in (("SQLite", ""), ("PostgreSQL", database)):
        if engine == "SQLite" or address:
            async with scratch_station(database=address) as station:
                rows += await at_the_store(station, engine, count)
    for per_second in rates:
        watch = Stopwatch()
        async with scratch_station({"stopwatch": watch}) as station:
            members = per_second * seconds + 1
            await register_members(station, members, contact=stopwatch_of)
            while await station.sequencer.run_once(now_ms=station.clock.now_ms()):
                pass  # members entered long ago are in the log long since
            found = await template(station)
            rows += await as_they_fall_due(station, watch, found, per_second, seconds)
            if per_second == rates[-1]:
                rows.append(await by_the_worker(station, found, min(2_000, members - 1)))
    return rows


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--timers", type=int, default=20_000, help="timers due at once at the store")
    parser.add_argument(
        "--per-second", type=int, nargs="+", default=[1_000, 500, 100], help="real timers due each second"
    )
    parser.add_argument("--seconds", type=int, default=10)
    given = parser.parse_args()
    with postgres() as server:
        database = server.new_journal() if server else ""
        write_rows("timers", run(measure(given.timers, given.per_second, given.seconds, database)))


if __name__ == "__main__":
    main()
