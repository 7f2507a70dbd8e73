"""The station killed while people arrange their watch: what each was told is done is there afterwards, and nothing half.

All families go on at once at one station; after each kill the same thing is asked for again, as a person would.
"""

import asyncio
import itertools
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP

import aiosmtplib
import httpx
import pytest
from doubles.ports import free_port
from live import Live, bearer, founded
from rough import WATCH_ADDRESS, Postbox, give_watch_mail, inside_journal, postbox, until

from esos.message import bodies as b
from esos.message.reading import read_any
from esos.roster.watch import DAY_MS
from esos.station import practice
from esos.station.practice_plan import PracticePlan

pytestmark = [pytest.mark.timeout(600)]

MEMBERS = 4
HOUR_MS = 3_600_000
AREA = "area-one"
AWAY = (httpx.TransportError, aiosmtplib.SMTPException, OSError)
"""How a station that was killed shows itself to whoever asked it for something."""
EVIDENCE = bytes(range(256)) * 400


@dataclass
class Play:
    """A station, who asks it, and what it said it did, family by family."""

    live: Live
    mail: str
    box: Postbox
    client: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=10, verify=False))
    case: str = ""
    base_ms: int = 0
    owed_ms: int = 0
    is_over: bool = False
    told: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in FAMILIES})

    async def ask(self, method: str, path: str, token: str, body: object = None) -> dict | None:
        """What the station answered when it did it; None when it did not, or said nothing."""
        address = f"{self.live.http}/api/v1{path}"
        answer = await self.client.request(method, address, json=body, headers=bearer(token))
        return (answer.json() if "json" in answer.headers["content-type"] else {}) if answer.is_success else None


async def put_roster(play: Play, number: int) -> bool:
    first, second = play.live.officers[0].id, play.live.officers[1].id
    turn = {"name": f"Turn {number}", "officers": [first], "from_day": "2026-01-01", "duty": "second"}
    body = {
        "watch": [first], "backup": [second], "rotations": [turn],
        "neighbour": [{"channel": "mail", "address": f"n{number}@example.org"}],
    }  # fmt: skip
    return await play.ask("PUT", "/roster", play.live.officers[0].token, body) is not None


async def confirm_contact(play: Play, number: int) -> bool:
    member = play.live.members[number % MEMBERS]
    if number >= MEMBERS:
        await asyncio.sleep(0.2)
        return False
    await play.ask("POST", f"/contacts/{member.id}/confirm", member.token)
    for _ in range(20):
        for code in codes_of(play.live, f"team{number}"):
            if await play.ask("POST", "/contacts/answer", member.token, {"code": code}) is not None:
                return True
        await asyncio.sleep(0.1)
    return False


def codes_of(live: Live, name: str) -> list[str]:
    """The codes that went out to an address, the newest first."""
    lines = [line for path in live.home.folder.rglob(f"{name}.jsonl") for line in path.read_text().splitlines()]
    links = [json.loads(line)["link"] for line in lines]
    return [link.rpartition("/")[2] for link in reversed(links) if "/t/" in link]


async def answer_swap(play: Play, number: int) -> bool:
    asker, other = play.live.officers[:2]
    from_ms = play.base_ms + number * DAY_MS
    asked = {"other": other.id, "give_from_ms": from_ms, "give_until_ms": from_ms + HOUR_MS}
    swap = await play.ask("POST", "/roster/swaps", asker.token, asked)
    if swap is None:  # it may hold already, though nobody heard so
        laid = await play.ask("GET", f"/roster/stretches?from_ms={from_ms}&days=1", asker.token)
        return laid is not None and on_watch_first(laid) == [other.id]
    return await play.ask("POST", f"/roster/swaps/{swap['statement']}", other.token, {"accepted": True}) is not None


def on_watch_first(laid: dict) -> list[str]:
    """Who is on watch when the stretches begin."""
    first = next(one for one in laid["stretches"] if one["duty"] == "watch")
    return [one["person"] for one in first["people"]]


async def change_area(play: Play, number: int) -> bool:
    token, member = play.live.officers[0].token, play.live.members[number % 2]
    named = await play.ask("PUT", f"/constituencies/{AREA}", token, {"name": f"Area {number}"})
    placed = {"members": [member.id], "placed": number % 4 < 2}
    return named is not None and await play.ask("PUT", f"/constituencies/{AREA}/members", token, placed) is not None


async def export_case(play: Play, number: int) -> bool:
    del number
    return await play.ask("GET", f"/cases/{play.case}/export", play.live.officers[0].token) is not None


async def send_mail(play: Play, number: int) -> bool:
    pages = [one.message for one in play.box.mails if one.to == WATCH_ADDRESS and one.message["Reply-To"]]
    if not pages:
        return False
    to = pages[0]["Reply-To"].strip()
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = WATCH_ADDRESS, to, "Re: the case"
    mail["Message-ID"], mail["In-Reply-To"] = f"<{number}@example.org>", pages[0]["Message-ID"].strip()
    mail["Date"] = f"Fri, 27 Nov 2026 06:{number // 60 % 60:02}:{number % 60:02} +0000"
    mail.set_content(f"Word {number} by mail.")
    for part in range(2):
        content = EVIDENCE + f"{number} {part}".encode()
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=f"{part}.bin")
    host, _, port = play.mail.rpartition(":")
    async with aiosmtplib.SMTP(hostname=host, port=int(port), start_tls=False, timeout=10) as client:
        refused, _ = await client.sendmail(WATCH_ADDRESS, [to], mail.as_bytes(policy=SMTP))
    await asyncio.sleep(0.3)
    return not refused


FAMILIES: dict[str, Callable[[Play, int], Awaitable[bool]]] = {
    "roster": put_roster,
    "contact": confirm_contact,
    "swap": answer_swap,
    "area": change_area,
    "access": export_case,
    "mail": send_mail,
}


async def go_on(play: Play, name: str) -> None:
    """One thing after another, each again until the station said that it is done; until the play is over."""
    for number in itertools.count():
        while not await _tried(play, name, number):
            if play.is_over:
                return
            await asyncio.sleep(0.05)
        play.told[name].append(number)


async def _tried(play: Play, name: str, number: int) -> bool:
    try:
        return await FAMILIES[name](play, number)
    except AWAY:
        return False


async def _owe_practice(play: Play) -> None:
    """A practice is due by the plan when the station starts."""
    async with inside_journal(play.live) as station:
        play.owed_ms = station.clock.now_ms()
        plan = PracticePlan(every="week", next_ms=play.owed_ms + 7 * DAY_MS, owed_ms=play.owed_ms)
        await practice.keep_plan(station, plan)
        play.base_ms = (play.owed_ms // DAY_MS + 20) * DAY_MS


async def _call(play: Play) -> None:
    said = play.live.members[0].say("called", b.Called(call=b"people-1"))

    async def made() -> str:
        answer = await play.client.post(f"{play.live.http}/api/v1/statements", content=said.raw)
        return answer.json().get("case", "")

    play.case = await until(made, what="a case", seconds=60)


async def _played(play: Play, kills: int) -> None:
    chance = random.Random(2026)
    await _owe_practice(play)
    await asyncio.to_thread(play.live.start)
    await _call(play)
    going = [asyncio.create_task(go_on(play, name)) for name in FAMILIES]
    for _ in range(kills):
        await asyncio.sleep(chance.uniform(0.3, 2.5))
        await asyncio.to_thread(play.live.kill)
        await asyncio.to_thread(play.live.start)

    async def all_told() -> bool:
        return all(play.told.values())

    await until(all_told, what="each family was told once that something is done", seconds=120)
    assert not any(one.done() for one in going)
    await asyncio.to_thread(play.live.kill)
    play.is_over = (
        True  # a library that waits may swallow what cancels it (CPython issue 86296), and would go on for ever
    )
    for one in going:
        one.cancel()
    ended = await asyncio.gather(*going, return_exceptions=True)
    assert all(one is None or isinstance(one, asyncio.CancelledError) for one in ended), ended


@pytest.fixture(scope="module", params=[1, pytest.param(25, marks=[pytest.mark.nightly, pytest.mark.timeout(1800)])])
def play(request, tmp_path_factory):
    """What was told while the station was killed so often; it is killed at the end too, and runs again now."""
    with postbox() as box:
        mail = f"127.0.0.1:{free_port()}"
        live = founded(
            tmp_path_factory.mktemp("people") / "home", members=MEMBERS, http=f"127.0.0.1:{free_port()}", mail=mail,
            mail_address="sos@watch.example", smtp_host="127.0.0.1", smtp_port=box.port, smtp_tls="none",
            smtp_from="watch@watch.example",
        )  # fmt: skip
        give_watch_mail(live)
        found = Play(live=live, mail=mail, box=box)
        asyncio.run(_played(found, request.param))
        live.start()
        yield found
        live.kill()


def get(play, path, officer=0):
    with play.live.client(play.live.officers[officer].token) as client:
        answer = client.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()


def test_the_roster_that_was_put_last_stands_whole_after_a_kill(play):
    rules = get(play, "/roster")
    numbers = {
        rules["rotations"][0]["name"].removeprefix("Turn "),
        rules["neighbour"][0]["address"][1:].partition("@")[0],
    }
    assert len(numbers) == 1
    assert int(numbers.pop()) >= play.told["roster"][-1]


def test_an_address_that_was_confirmed_stays_confirmed_after_a_kill(play):
    for number in play.told["contact"]:
        shown = get(play, f"/contacts/{play.live.members[number].id}")
        assert any(way["confirmed_ms"] for way in shown["ways"]), number


def test_a_swap_that_was_accepted_holds_in_both_directions_after_a_kill(play):
    other = play.live.officers[1].id
    assert play.told["swap"]
    for number in play.told["swap"]:
        shown = get(play, f"/roster/stretches?from_ms={play.base_ms + number * DAY_MS}&days=1")
        assert on_watch_first(shown) == [other], number


def test_a_constituency_has_its_last_name_and_its_members_after_a_kill(play):
    (area,) = get(play, "/constituencies")["constituencies"]
    assert int(area["name"].removeprefix("Area ")) >= play.told["area"][-1]


def test_every_export_that_was_handed_out_is_on_the_record_of_accesses_after_a_kill(play):
    rows = get(play, "/accesses?limit=500", officer=2)["accesses"]
    assert sum(one["act"] == "case_exported" for one in rows) >= min(len(play.told["access"]), 400)


def test_every_mail_that_was_taken_is_a_message_once_and_its_files_are_whole_after_a_kill(play):
    async def found():
        async with inside_journal(play.live) as station:
            await station.fold_all()
            entries = await station.journal.read(limit=1_000_000)
            kept = [(one.case, read_any(one.cose).body) for one in entries
                    if one.kind == "messaged" and one.verdict == "applied"]  # fmt: skip
            files = {one.digest: await station.files.content(case, one.digest)
                     for case, body in kept for one in body.files}  # fmt: skip
        return [body for _, body in kept], files

    play.live.kill()
    try:
        said, files = asyncio.run(found())
    finally:
        play.live.start()
    texts = [body.text for body in said]
    for number in play.told["mail"]:
        assert texts.count(f"Word {number} by mail.") == 1
    for body in said:
        number = body.text.removeprefix("Word ").partition(" ")[0]
        if body.text.endswith("by mail."):
            assert {files[one.digest] for one in body.files} == {
                EVIDENCE + f"{number} {part}".encode() for part in (0, 1)
            }


def test_a_practice_that_was_due_by_its_plan_begins_once_whenever_the_station_was_killed(play):
    def runs():
        return get(play, "/practice")["runs"]

    deadline = time.monotonic() + 120
    while not runs() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert len(runs()) == 1
    assert get(play, f"/cases/{runs()[0]['case']}")["realm"] == "exercise"
