"""What a club of 20 teams feels on its pages, and a station a hundred times as large, beside each other in one run.

Both stations stand over journals on disk; pages are asked for over the whole application without a network. Of each
page: its time beside the same page of the small club (a hundred times as large a station may take a hundred times as
long), its bytes beside the 100 kB a page may have, and for how long nothing else had its turn, beside the 250 ms from
which on the door counts itself as late. ``--json`` prints the rows. Writes ``benchmarks/results/people.json``.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx
from bench_watch_floor import copy_of, grown_case, save
from common import register_members, row, run, scratch_station, write_rows
from common_people import Lateness, works_of

from esos.case.model import decode_case
from esos.keys.speaker import KnownBy, Speaker
from esos.message.bodies import OfficerAdded
from esos.message.card import Contact
from esos.message.packet_keys import StationKeys
from esos.message.roster_bodies import RosterSet, Rotation
from esos.station.records import AccessRecord
from esos.station.station import Station
from esos.station.tokens import SESSION_MS, Holder
from esos.web.app import create_app
from esos.web.card import StationCard

PAGE_KB, LATE_MS, ROUNDS = 100, 250, 3
PAGES = {
    "an empty page": "/sign-out",
    "watch floor": "/watch",
    "case": "/watch/{case}",
    "roster": "/roster",
    "rules of the roster": "/roster/rules",
    "readiness": "/ready",
    "register": "/register",
    "map": "/watch/map",
    "hand-over brief": "/roster/brief",
    "record of accesses": "/access",
    "telephone tree": "/telephone-tree",
    "constituencies": "/constituencies",
    "take a call": "/take",
}


class Size(NamedTuple):
    """How large a station is. Accesses are rows of the record."""

    members: int
    officers: int
    cases: int
    accesses: int


SMALL, LARGE = Size(20, 5, 20, 200), Size(2_000, 500, 2_000, 20_000)


class Shown(NamedTuple):
    """What one page took and weighed."""

    ms: float
    kb: float
    late_ms: float


@asynccontextmanager
async def grown(size: Size) -> AsyncIterator[tuple[Station, Speaker, bytes]]:
    """A station of this size with somebody who looks, and its first case."""
    async with scratch_station() as station:
        await register_members(station, size.members, contact=lambda one: Contact(channel="voice", address=f"+{one}"))
        officers = await _officers(station, size.officers)
        speaker = station.desk.speaker(Holder(party=officers[0], purpose="session", known_by=KnownBy.SESSION))
        loops = asyncio.create_task(station.run())
        await _roster(station, speaker, officers)
        record = await grown_case(station, speaker)
        loops.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await loops
        await save(station, [copy_of(record, decode_case(record.blob), one) for one in range(size.cases - 1)])
        looks = [
            AccessRecord(at_ms=station.clock.now_ms(), party=officers[one % len(officers)], act="case", way="session",
                         case=record.id)
            for one in range(size.accesses)
        ]  # fmt: skip
        for start in range(0, len(looks), 1_000):
            await station.journal.note_accesses(looks[start : start + 1_000])
        yield station, speaker, record.id


async def _officers(station: Station, count: int) -> list[str]:
    now_ms, parties = station.clock.now_ms(), [f"officer:{one:08}" for one in range(count)]
    for start in range(0, count, 100):
        said = [
            station.identity.say(
                "officer_added",
                OfficerAdded(officer=one, name=f"Officer {one[-4:]}", roles=("officer", "registrar", "auditor"),
                             contacts=(Contact(channel="ring", address=f"+1{one[-4:]}"),)),
                now_ms=now_ms,
            )
            for one in parties[start : start + 100]
        ]  # fmt: skip
        await station.journal.append(
            [station.judge.judge_own(one, station.identity.speaker).admitted for one in said], now_ms=now_ms
        )
    await station.directory.refresh(station.journal)
    return parties


async def _roster(station: Station, speaker: Speaker, officers: list[str]) -> None:
    turns = [Rotation(name=f"Turn {one}", duty=("watch", "backup")[one % 2], officers=tuple(officers[:50]), days=1,
                      from_day="2026-01-01") for one in range(2 if len(officers) < 50 else 20)]  # fmt: skip
    await station.desk.say_body(speaker, "roster_set", RosterSet(rotations=tuple(turns)))
    await station.directory.refresh(station.journal)


@asynccontextmanager
async def browser_of(station: Station, speaker: Speaker) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole application, signed in."""
    keys = StationKeys(station.identity.master, registered=lambda _: None, epoch=lambda: 0)
    app = create_app(station, card=lambda: StationCard.of(station, http="http://bench"), keys=keys)
    session = await station.tokens.make(speaker.party, "session", lives_ms=SESSION_MS)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://bench", cookies={"esos_session": session}, timeout=600
    ) as browser:
        yield browser


async def look(browser: httpx.AsyncClient, path: str) -> Shown:
    """One page, the median of a few looks after the first, with the longest that the loop was late in any."""
    shown = []
    for _ in range(ROUNDS + 1):
        async with Lateness() as late:
            began = time.perf_counter()
            answer = await browser.get(path)
            if answer.status_code == 303:
                path = answer.headers["location"]
                answer = await browser.get(path)
            took_ms = (time.perf_counter() - began) * 1000
        if answer.status_code != 200:
            raise SystemExit(f"bench: {path} was not shown: {answer.status_code}")
        shown.append(Shown(took_ms, len(answer.content) / 1000, late.most_ms))
    return Shown(statistics.median(one.ms for one in shown[1:]), shown[-1].kb, max(one.late_ms for one in shown))


async def pages_of(size: Size, only: str) -> dict[str, Shown]:
    """Every page of a station of this size."""
    async with grown(size) as (station, speaker, case), browser_of(station, speaker) as browser:
        return {name: await look(browser, path.format(case=case.hex())) for name, path in PAGES.items() if only in name}


async def measure_pages(large: Size, only: str) -> list[dict[str, Any]]:
    """The rows of all pages."""
    few, many = await pages_of(SMALL, only), await pages_of(large, only)
    size = f"{large.members:,} members, {large.officers:,} officers, {large.cases:,} open cases"
    club = f"the same page of {SMALL.members} members, {SMALL.officers} officers, {SMALL.cases} open cases"
    rows = []
    for name, shown in many.items():
        rows += [
            row(f"{name}, {size}", shown.ms, "ms", club, shown.ms / few[name].ms),
            row(f"{name}, bytes", shown.kb, "kB", f"the {PAGE_KB} kB a page may have", shown.kb / PAGE_KB),
            row(f"{name}: the loop was late", shown.late_ms, "ms", f"the {LATE_MS} ms allowed",
                shown.late_ms / LATE_MS),
        ]  # fmt: skip
    return rows


async def measure(large: Size, part: str, only: str) -> list[dict[str, Any]]:
    """All rows, or those of one part."""
    rows = await measure_pages(large, only) if part in {"all", "pages"} else []
    if part in {"all", "works"}:
        async with grown(large) as (station, speaker, case), browser_of(station, speaker) as browser:
            rows += await works_of(station, browser, speaker, case, only)
    return rows


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=LARGE.members, help="how large the large station is")
    parser.add_argument("--part", choices=("all", "pages", "works"), default="all", help="what is measured")
    parser.add_argument("--only", default="", help="measure only what has this in its name; nothing is written down")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    given = parser.parse_args()
    large = LARGE._replace(members=given.members, officers=given.members // 4, cases=given.members)
    rows = run(measure(large, given.part, given.only))
    if given.json:
        print(json.dumps(rows, indent=2))
    elif given.only or given.part != "all":
        for one in rows:
            print(f"{one['measure']}: {one['value']:g} {one['unit']}, {one['ratio']:g} x {one['beside']}")
    else:
        write_rows("people", rows)


if __name__ == "__main__":
    main()
