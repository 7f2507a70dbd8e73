"""Work that people give a station beside its pages: how long each takes, and for how long nothing else had its turn."""

import asyncio
import contextlib
import csv
import io
import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self

import httpx
from common import row, seed_of
from icalendar import Calendar

from esos.cli.member_lists import ROWS_MAX_COUNT, read_list
from esos.keys.speaker import Speaker
from esos.message.bodies import Messaged, Tested
from esos.message.roster_bodies import Holiday, RosterSet, Rotation, Shift
from esos.message.talk_bodies import FILE_MAX_BYTES
from esos.message.voice import Voice
from esos.roster.calendar import CALENDAR_MAX_BYTES
from esos.roster.watch import DUTIES, Able, Act, Plan
from esos.station.drafts import Drafts
from esos.station.roster_desk import shifts_of
from esos.station.station import Station
from esos.words.realm import Realm

LATE_MS = 250
MESSAGES, INVITED, AT_ONCE, SAVES = 5_000, 1_000, 50, 10
DAY_MS = 86_400_000
YEAR_DAYS = 365
SUN = ("Mo-Su 00:00-08:00", "Mo-Su 08:00-16:00", "Mo-Su 16:00-24:00")


class Lateness:
    """How late the loop was at most while something went on: what a caller's datagram would have waited."""

    def __init__(self) -> None:
        self.most_ms = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._tick())
        await asyncio.sleep(0.01)
        self.most_ms = 0.0
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0.01)
        if self._task:
            self._task.cancel()

    async def _tick(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            self.most_ms = max(self.most_ms, (time.perf_counter() - began) * 1000 - 5)


async def works_of(
    station: Station, browser: httpx.AsyncClient, speaker: Speaker, case: bytes, only: str
) -> list[dict[str, Any]]:
    """The rows of everything that has ``only`` in its name."""
    hands = Hands(station=station, browser=browser, speaker=speaker, case=case)
    works = (year_of_roster, calendar, imported, drafts, file, talk)
    loops = asyncio.create_task(station.run())
    rows = [one for work in works if only in work.__name__ for one in await work(hands)]
    loops.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loops
    return rows


class Hands(NamedTuple):
    """The station that works, and who asks it to."""

    station: Station
    browser: httpx.AsyncClient
    speaker: Speaker
    case: bytes

    async def token(self) -> dict[str, str]:
        """What a program shows the door."""
        return {"authorization": f"Bearer {await self.station.tokens.program_token(self.speaker.party)}"}


def _late(work: str, late: Lateness) -> dict[str, Any]:
    return row(f"{work}: the loop was late", late.most_ms, "ms", f"the {LATE_MS} ms allowed",
               late.most_ms / LATE_MS)  # fmt: skip


def _seconds(began: float) -> float:
    return time.perf_counter() - began


async def year_of_roster(hands: Hands) -> list[dict[str, Any]]:
    """A year with every rotation, holiday, shift and change that one roster may have, over three stations."""
    people = tuple(sorted(hands.station.directory.officers))[:50]
    stations = tuple(f"neighbour:{name}" for name in ("East", "West", "South"))
    now_ms = hands.station.clock.now_ms()
    sun = [Rotation(name=name, officers=(name,), days=1, from_day="2026-01-01", hours=hours)
           for name, hours in zip(stations, SUN, strict=True)]  # fmt: skip
    turns = [Rotation(name=f"Turn {one}", officers=people, days=1 + one % 7, from_day="2026-01-01", handover="08:00",
                      timezone="Europe/Tallinn") for one in range(17)]  # fmt: skip
    rules = RosterSet(
        rotations=(*sun, *turns),
        holidays=tuple(Holiday(name=f"Day {one}", day=f"{1 + one % 12:02}-{1 + one // 3:02}", watch=people[:2])
                       for one in range(60)),
    )  # fmt: skip
    shifts = tuple(Shift(officer=people[one % len(people)], from_ms=now_ms + one * DAY_MS // 2,
                         until_ms=now_ms + (one + 1) * DAY_MS // 2) for one in range(500))  # fmt: skip
    acts = tuple(Act(id=bytes(32), kind="watch_overridden", duty="watch", officers=people[:1], instead_of="",
                     from_ms=now_ms + one * DAY_MS, until_ms=now_ms + (4 * one + 1) * DAY_MS // 4)
                 for one in range(200))  # fmt: skip
    able = Able(by_duty=dict.fromkeys(DUTIES, frozenset((*people, *stations))))
    plan = Plan(rules=rules, shifts=shifts, acts=acts, able=able)
    began = time.perf_counter()
    for start in range(10):
        plan.stretches("watch", now_ms + start * DAY_MS, now_ms + (start + YEAR_DAYS / 10) * DAY_MS)
    tenths = _seconds(began)
    began = time.perf_counter()
    laid = plan.stretches("watch", now_ms, now_ms + YEAR_DAYS * DAY_MS)
    whole = _seconds(began)
    return [row(f"a roster of a year, {len(laid):,} stretches", whole * 1000, "ms", "ten tenths of a year",
                whole / tenths)]  # fmt: skip


async def calendar(hands: Hands) -> list[dict[str, Any]]:
    """A calendar of the largest size, read beside the loop."""
    name = next(iter(hands.station.directory.officers.values())).name
    now = datetime.fromtimestamp(hands.station.clock.now_ms() / 1000, UTC)
    entries = []
    while sum(map(len, entries)) < CALENDAR_MAX_BYTES - 400:
        begins = now + timedelta(hours=6 * len(entries) - 24 * 200)
        entries.append(f"BEGIN:VEVENT\r\nUID:{len(entries)}\r\nDTSTAMP:{now:%Y%m%dT%H%M%SZ}\r\nSUMMARY:{name}\r\n"
                       f"DTSTART:{begins:%Y%m%dT%H%M%SZ}\r\nDURATION:PT6H\r\nEND:VEVENT\r\n")  # fmt: skip
    raw = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{''.join(entries)}END:VCALENDAR\r\n".encode()
    began = time.perf_counter()
    Calendar.from_ical(raw)
    floor = _seconds(began)
    async with Lateness() as late:
        began = time.perf_counter()
        await shifts_of(raw, hands.station.directory, source="bench", duty="watch", timezone="",
                        now_ms=hands.station.clock.now_ms(), days=100)  # fmt: skip
        took = _seconds(began)
    work = f"a calendar of {len(raw) // 1024} KiB, {len(entries)} entries"
    return [row(work, took * 1000, "ms", "the library's bare reading of it", took / floor), _late(work, late)]


async def imported(hands: Hands) -> list[dict[str, Any]]:
    """A list of the most teams read, and invitations in steps as the command sends them: the last beside the first."""
    lines = [f"Invited Team {one:05},IE,team{one}@example.org" for one in range(ROWS_MAX_COUNT)]
    raw = "\n".join(["name,country,mail", *lines]).encode()
    began = time.perf_counter()
    listed = read_list(raw, "teams.csv")
    took = _seconds(began)
    began = time.perf_counter()
    list(csv.DictReader(io.StringIO(raw.decode())))
    rows = [row(f"a list of {ROWS_MAX_COUNT:,} teams read", took * 1000, "ms", "the bare reading of the CSV",
                took / _seconds(began))]  # fmt: skip
    steps, headers = [], await hands.token()
    async with Lateness() as late:
        for start in range(0, INVITED, 100):
            began = time.perf_counter()
            wanted = [one for _, one in listed.wanted[start : start + 100]]
            answer = await hands.browser.post("/api/v1/invitations", json={"invite": wanted}, headers=headers)
            if answer.status_code != 201:
                raise SystemExit(f"bench: not invited: {answer.text}")
            steps.append(_seconds(began))
    work = f"100 invitations after {INVITED - 100} others"
    return [*rows, row(work, steps[-1] * 1000, "ms", "the first 100", steps[-1] / steps[0]), _late(work, late)]


async def drafts(hands: Hands) -> list[dict[str, Any]]:
    """Calls being typed, so many at once, beside plain statements kept the same way."""
    kept, names = Drafts(hands.station), [bytes([one]) * 16 for one in range(AT_ONCE)]

    async def typed(draft: bytes) -> None:
        for turn in range(1, SAVES + 1):
            await kept.keep(
                draft.hex(), {"words": "Servers are unreadable. " * turn}, party=hands.speaker.party, turn=turn
            )

    async def said(number: int) -> None:
        voice = Voice(seed=seed_of(number), realm=Realm.REAL)
        for turn in range(SAVES):
            raw = voice.say("tested", Tested(call=bytes([turn]) * 8), now_ms=hands.station.clock.now_ms()).raw
            await hands.station.intake.take(raw)

    async with Lateness() as late:
        began = time.perf_counter()
        await asyncio.gather(*map(typed, names))
        rate = AT_ONCE * SAVES / _seconds(began)
    began = time.perf_counter()
    await asyncio.gather(*map(said, range(AT_ONCE)))
    floor = AT_ONCE * SAVES / _seconds(began)
    work = f"answers of {AT_ONCE} calls typed at once kept"
    return [row(work, rate, "saves/s", "plain statements kept in the same way", rate / floor), _late(work, late)]


async def file(hands: Hands) -> list[dict[str, Any]]:
    """A file of the largest size handed in, beside a plain write to disk that is durable."""
    headers, folder = await hands.token(), os.environ.get("BENCH_DIR")
    content = os.urandom(FILE_MAX_BYTES)
    with tempfile.NamedTemporaryFile(dir=folder) as plain:
        began = time.perf_counter()
        plain.write(content)
        plain.flush()
        os.fsync(plain.fileno())
        floor = _seconds(began)
    async with Lateness() as late:
        began = time.perf_counter()
        answer = await hands.browser.post(f"/api/v1/cases/{hands.case.hex()}/files", content=content, headers=headers)
        took = _seconds(began)
    if answer.status_code != 201:
        raise SystemExit(f"bench: not kept: {answer.text}")
    work = f"a file of {FILE_MAX_BYTES // 1_048_576} MiB handed in"
    return [row(work, took * 1000, "ms", "a plain durable write", took / floor), _late(work, late)]


async def talk(hands: Hands) -> list[dict[str, Any]]:
    """A case in which very much was said: its pages and one message more, beside the same before."""
    few, station = await _talked(hands), hands.station
    record = await station.journal.case(hands.case)
    voice = next(one for one in map(_voice, range(len(station.directory.members))) if one.kid.hex() == record.caller)
    for start in range(0, MESSAGES, 200):
        said = [voice.say("messaged", Messaged(text=f"Message {one}. We see more servers."),
                          now_ms=station.clock.now_ms(), case=hands.case)
                for one in range(start, start + 200)]  # fmt: skip
        await asyncio.gather(*(station.intake.take(one.raw) for one in said))
        while await station.journal.oldest_inbox_ms() is not None:  # noqa: ASYNC110 - the journal is asked, no event
            await asyncio.sleep(0.02)
    many = await _talked(hands)
    rows = [
        row(f"{name} of {MESSAGES:,} messages", many[name][0], "ms", "the same with none", many[name][0] / few[name][0])
        for name in few
    ]
    pages = [row(f"{name} of {MESSAGES:,} messages, bytes", many[name][1], "kB", "the 100 kB a page may have",
                 many[name][1] / 100) for name in few if many[name][1]]  # fmt: skip
    worst = max(one[2] for one in many.values())
    return [*rows, *pages, row(f"a case of {MESSAGES:,} messages: the loop was late", worst, "ms",
                               f"the {LATE_MS} ms allowed", worst / LATE_MS)]  # fmt: skip


def _voice(number: int) -> Voice:
    return Voice(seed=seed_of(number), realm=Realm.REAL)


async def _talked(hands: Hands) -> dict[str, tuple[float, float, float]]:
    """What the pages of a case and one message more take now: milliseconds, kB and how late the loop was."""
    case, found, headers = hands.case.hex(), {}, await hands.token()
    for name, path in (("the talk", f"/watch/{case}/talk"), ("the page of a case", f"/watch/{case}")):
        for _ in range(2):
            async with Lateness() as late:
                began = time.perf_counter()
                answer = await hands.browser.get(path)
                took = _seconds(began)
        found[name] = (took * 1000, len(answer.content) / 1000, late.most_ms)
    async with Lateness() as late:
        began = time.perf_counter()
        said = {"kind": "messaged", "body": {"text": "One message more."}}
        await hands.browser.post(f"/api/v1/cases/{case}/statements", json=said, headers=headers)
        took = _seconds(began)
    found["one message more in a case"] = (took * 1000, 0, late.most_ms)
    return found
