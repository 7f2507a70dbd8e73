"""How long the watch floor takes to show, with 1,000 cases open, beside the bare reading of their records.

One case goes its way with twelve requests; the others are copies under other ids. Shown over the whole
application without a network: first look after a start, a look when nothing changed, and one when ten cases
did. The page must show within 300 ms. Writes ``benchmarks/results/watch_floor.json``.
"""

import argparse
import asyncio
import hashlib
import statistics
import time
from typing import Any

import httpx
import msgspec
from common import register_members, row, scratch_station, write_rows

from esos.case.model import Case, decode_case, encode_case
from esos.keys.speaker import KnownBy, Speaker
from esos.message.packet_keys import StationKeys
from esos.station.found import Founder
from esos.station.records import CaseRecord, Folding
from esos.station.station import Station
from esos.station.tokens import SESSION_MS, Holder
from esos.web.app import create_app
from esos.web.card import StationCard

REQUESTS = 12
CHANGED = 10
ROUNDS = 15
LIMIT_MS = 300
BATCH = 200


async def officer_of(station: Station) -> Speaker:
    """An officer who looks."""
    founder = Founder(
        identity=station.identity,
        journal=station.journal,
        directory=station.directory,
        clock=station.clock,
        dice=station.dice,
    )
    party = await founder.add_officer("Officer", ("officer",))
    return station.desk.speaker(Holder(party=party, purpose="session", known_by=KnownBy.SESSION))


async def grown_case(station: Station, officer: Speaker) -> CaseRecord:
    """A case that was called, taken and asked for, as the journal keeps it."""
    members = sorted(station.directory.members)
    caller = station.desk.speaker(Holder(party=members[0], purpose="token", known_by=KnownBy.TOKEN))
    details = {"urgency": "mayday", "natures": [1, 18], "words": "All file servers are unreadable. " * 4}
    called = await station.desk.say(caller, "called", {"call": bytes(8), "details": details})
    case = bytes.fromhex(called.case)
    await station.desk.say(officer, "acknowledged", {}, case=case)
    for number in range(REQUESTS):
        lines = [{"line": "triage", "quantity": 2}, {"line": "advice", "quantity": 2}]
        body = {"request": station.dice.bytes(16), "responder": members[number + 1], "lines": lines}
        await station.desk.say(officer, "requested", body, case=case)
    record = await station.journal.case(case)
    if record is None:
        raise SystemExit("bench: the case is gone")
    return record


def copy_of(record: CaseRecord, case: Case, number: int) -> CaseRecord:
    """The same case of another caller; every tenth has no person."""
    case_id = hashlib.sha256(number.to_bytes(4)).digest()[:16]
    lease = case.lease if number % 10 else None
    copied = msgspec.structs.replace(
        case, id=case_id, caller=f"copy-{number}", caller_name=f"Caller {number}", lease=lease
    )
    return msgspec.structs.replace(
        record,
        id=case_id,
        caller=copied.caller,
        holder=lease.holder if lease else "",
        opened_ms=record.opened_ms + number,
        version=1,
        blob=encode_case(copied),
    )


async def save(station: Station, records: list[CaseRecord]) -> None:
    """Into the journal, each as one fold more."""
    for start in range(0, len(records), BATCH):
        folds = [
            Folding(
                route="", fence=0, case=one, expected_version=one.version - 1, verdicts=(), said=(), due=(), parcels=()
            )
            for one in records[start : start + BATCH]
        ]
        if not all(await station.journal.save(folds, now_ms=station.clock.now_ms())):
            raise SystemExit("bench: a copy was not saved")


async def timed(work: Any) -> float:
    """Milliseconds that an awaitable took."""
    began = time.perf_counter()
    await work
    return (time.perf_counter() - began) * 1000


async def measure(cases: int) -> list[dict[str, Any]]:
    """The rows of this benchmark."""
    async with scratch_station() as station:
        await register_members(station, REQUESTS + 1)
        officer = await officer_of(station)
        loops = asyncio.create_task(station.run())
        record = await grown_case(station, officer)
        loops.cancel()
        copies = [copy_of(record, decode_case(record.blob), number) for number in range(cases - 1)]
        await save(station, copies)
        async with browser_of(station, officer) as browser:
            return await _rows(station, browser, copies, cases)


def browser_of(station: Station, officer: Speaker) -> httpx.AsyncClient:
    """A client of the whole application, signed in."""
    keys = StationKeys(station.identity.master, registered=lambda _: None, epoch=lambda: 0)
    app = create_app(station, card=lambda: StationCard.of(station, http="http://bench"), keys=keys)
    session = asyncio.get_running_loop().create_task(
        station.tokens.make(officer.party, "session", lives_ms=SESSION_MS), name="session"
    )

    async def sign(request: httpx.Request) -> None:
        request.headers["cookie"] = f"esos_session={await session}"

    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://bench", event_hooks={"request": [sign]}
    )


async def _rows(
    station: Station, browser: httpx.AsyncClient, copies: list[CaseRecord], cases: int
) -> list[dict[str, Any]]:
    first = await timed(_look(browser))
    again = statistics.median([await timed(_look(browser)) for _ in range(ROUNDS)])
    changed_ms, changed = [], copies
    for _ in range(ROUNDS):
        changed = [msgspec.structs.replace(one, version=one.version + 1) for one in changed[:CHANGED]]
        await save(station, changed)
        changed_ms.append(await timed(_look(browser)))
    after = statistics.median(changed_ms)
    reading = station.journal.cases(only_open=True, limit=2_000)
    floor = min(
        [await timed(reading), *[await timed(station.journal.cases(only_open=True, limit=2_000)) for _ in "abcd"]]
    )
    size = len((await browser.get("/watch")).content) / 1000
    beside = f"bare reading of {cases} records"
    return [
        row(f"watch floor of {cases} open cases, first look", first, "ms", beside, first / floor),
        row(f"watch floor of {cases} open cases, nothing changed", again, "ms", beside, again / floor),
        row(f"watch floor of {cases} open cases, {CHANGED} changed", after, "ms", beside, after / floor),
        row("watch floor, slowest of these", max(first, again, after), "ms", f"the {LIMIT_MS} ms allowed",
            max(first, again, after) / LIMIT_MS),
        row("watch floor page", size, "kB", "the 100 kB a page may have", size / 100),
    ]  # fmt: skip


async def _look(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/watch")
    if answer.status_code != 200 or "Watch floor" not in answer.text:
        raise SystemExit(f"bench: the page was not shown: {answer.status_code}")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=1_000, help="how many cases are open")
    write_rows("watch_floor", asyncio.run(measure(parser.parse_args().cases)))


if __name__ == "__main__":
    main()
