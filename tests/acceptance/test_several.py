"""A station of several processes: a story told at another of them at each step, and one killed again and again."""

import asyncio
import itertools
import json
import os
import re
import signal
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest
from live import Live, founded
from rough import call_by_datagram, inside_journal, post_until_kept, sealing_key, until

from esos.case.model import AFTER_WORK, decode_case
from esos.logbook.receipt import read_receipt, verify_receipt
from esos.message import bodies as b
from esos.message.packet_codes import AckState
from esos.web.csrf import FIELD, SESSION_COOKIE
from esos.words.need import NeedLine

pytestmark = pytest.mark.timeout(400)
PROCESSES = 2
WAIT_SECONDS = 60
FILTERING = (b.NeedAsk(line=NeedLine.FILTERING, quantity=40),)


@pytest.fixture(scope="module")
def several(tmp_path_factory, shared_store):
    """A running exercise station of two processes, sixty times as fast as time."""
    home = tmp_path_factory.mktemp("several") / "home"
    live = founded(home, members=10, speed=60, processes=PROCESSES, database=shared_store)
    live.start()
    yield live
    started = [one["pid"] for one in processes(live)]
    live.kill()
    deadline = time.monotonic() + WAIT_SECONDS
    while any(Path(f"/proc/{pid}").exists() for pid in started):
        assert time.monotonic() < deadline, "processes outlived their parent"
        time.sleep(0.1)


def processes(live: Live) -> list[dict]:
    """The processes that serve now, each with its pid and the address of its own."""
    return json.loads((live.home.folder / "run.json").read_text())["processes"]


class Turns:
    """The addresses of the processes in turn: each step happens at another than the last."""

    def __init__(self, live: Live) -> None:
        self._addresses = itertools.cycle([one["http"] for one in processes(live)])

    def __call__(self, method: str, path: str, *, token: str = "", **given) -> httpx.Response:
        headers = given.pop("headers", {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        return httpx.request(method, next(self._addresses) + path, headers=headers, timeout=WAIT_SECONDS, **given)

    def says(self, member, kind: str, body: b.Body, case: str = "") -> dict:
        """A member's own statement."""
        statement = member.say(kind, body, case=case)
        headers = {"Content-Type": "application/cose"}
        answer = self("POST", "/api/v1/statements", content=statement.raw, headers=headers)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def acts(self, token: str, case: str, kind: str, **body) -> dict:
        """An officer's act."""
        path = f"/api/v1/cases/{case}/statements"
        answer = self("POST", path, token=token, json={"kind": kind, "body": body})
        assert answer.status_code == 201, answer.text
        return answer.json()


def test_a_whole_story_goes_on_whichever_process_each_step_happens_to_meet(several):
    live, turns = several, Turns(several)
    caller, helper, *_ = live.members
    registrar = live.officers[0]

    kept = turns.says(
        caller, "called", b.Called(call=b"call-one", details=b.CallDetails(natures=(2,), needs=FILTERING))
    )
    case = kept["case"]
    assert kept["verdict"] == "applied"

    # An officer entered at one process signs in at the next, whose link is good once at all of them together.
    named = {"name": "Officer of the night", "roles": ["officer"]}
    entered = turns("POST", "/api/v1/officers", token=registrar.token, json=named).json()
    path = "/enter/" + entered["link"].rpartition("/")[2]
    signed_in = turns("POST", path)
    assert signed_in.status_code == 303, signed_in.text
    assert turns("POST", path).status_code == 401
    cookies = {SESSION_COOKIE: signed_in.cookies[SESSION_COOKIE]}
    page = turns("GET", f"/watch/{case}", cookies=cookies)
    assert page.status_code == 200
    forms = re.findall(rf'action="(/watch/{case}[^"]*)"', page.text)
    token = re.search(rf'name="{FIELD}" value="([^"]+)"', page.text)
    assert forms
    assert token

    # The token of a form given out by one process is good at the other.
    headers = {"Esos-Csrf": token.group(1)}
    act = {"kind": "acknowledged", "body": {}}
    done = turns("POST", f"/api/v1/cases/{case}/statements", cookies=cookies, headers=headers, json=act)
    assert done.status_code == 201, done.text
    for _ in range(PROCESSES):
        shown = turns("GET", f"/api/v1/cases/{case}", token=caller.token).json()
        assert shown["holder"] == entered["officer"]

    request = (b"r" * 16).hex()
    asked = {"request": request, "responder": helper.id, "lines": [{"line": "filtering", "quantity": 20}]}
    turns.acts(entered["token"], case, "requested", **asked)
    inbox = turns("GET", "/api/v1/requests?open=1", token=helper.token).json()["requests"]
    assert request in [one["request"] for one in inbox]
    twenty = (b.NeedAsk(line=NeedLine.FILTERING, quantity=20),)
    turns.says(helper, "committed", b.Committed(request=bytes.fromhex(request), lines=twenty), case)
    turns.acts(entered["token"], case, "called_back", result="in_distress", by="the number on the card")
    turns.acts(entered["token"], case, "stabilised")
    turns.acts(entered["token"], case, "stood_down", note="It has ended.", caller_agrees=True)
    turns.acts(entered["token"], case, "closed", report="One team filtered.")
    for _ in range(PROCESSES):
        assert turns("GET", f"/api/v1/cases/{case}", token=caller.token).json()["state"] == "closed"
        receipt = _receipt(turns, kept["id"])
        proven = verify_receipt(receipt, pinned_public=live.identity.public, origin=live.identity.origin)
        assert proven.claim.statement.hex() == kept["id"]

    # Who is removed at one process is nobody at the other.
    gone = turns("DELETE", f"/api/v1/officers/{entered['officer']}", token=registrar.token)
    assert gone.status_code == 200, gone.text
    for _ in range(PROCESSES):
        assert turns("GET", f"/api/v1/cases/{case}", token=entered["token"]).status_code == 401


def _receipt(turns: Turns, statement: str):
    deadline = time.monotonic() + WAIT_SECONDS
    while (answer := turns("GET", f"/api/v1/receipts/{statement}")).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)
    return read_receipt(answer.content)


def test_a_stream_of_events_at_one_process_tells_what_was_said_and_folded_at_the_other(several):
    first, second = (one["http"] for one in processes(several))
    caller, officer = several.members[1], several.officers[0]
    head = httpx.get(f"{first}/metrics").text
    after = int(float(re.search(r"^esos_journal_head (\S+)", head, re.MULTILINE).group(1)))
    headers = {"Authorization": f"Bearer {officer.token}"}
    url = f"{first}/api/v1/events?after={after}"
    with httpx.stream("GET", url, headers=headers, timeout=WAIT_SECONDS) as stream:
        said = caller.say("called", b.Called(call=b"call-two"))
        cose = {"Content-Type": "application/cose"}
        httpx.post(f"{second}/api/v1/statements", content=said.raw, headers=cose, timeout=WAIT_SECONDS)
        events = (json.loads(line[5:]) for line in stream.iter_lines() if line.startswith("data:"))
        event = next(one for one in events if one["kind"] == "called")
    assert event["verdict"] == "applied"
    Turns(several).says(caller, "cancelled", b.Cancelled(), event["case"])


def test_whoever_called_by_datagram_hears_that_an_officer_took_charge_whichever_process_folded_that(several):
    asyncio.run(_heard_by_all(several))


async def _heard_by_all(live: Live) -> None:
    """Each caller's datagrams reach one of the processes by its address; all of them must hear."""
    token = live.officers[0].token
    addresses = [one["http"] for one in processes(live)]
    async with httpx.AsyncClient(base_url=live.http, timeout=WAIT_SECONDS) as client:
        for number, member in enumerate(live.members[2:4] * 2):
            sealing = await sealing_key(client, live, member.key)
            call = bytes((7, number)).ljust(8, b".")
            heard = asyncio.create_task(
                call_by_datagram(live, live.udp, member.key, sealing, call=call, until_state=AckState.ASSIGNED)
            )
            case = await until(lambda who=member: _case_of(client, token, who.id), what="case", seconds=WAIT_SECONDS)
            path = f"{addresses[number % len(addresses)]}/api/v1/cases/{case}/statements"
            headers = {"Authorization": f"Bearer {token}"}
            done = await client.post(path, headers=headers, json={"kind": "acknowledged", "body": {}})
            assert done.status_code == 201, done.text
            async with asyncio.timeout(WAIT_SECONDS):
                await heard
            cancelled = member.say("cancelled", b.Cancelled(), case=case)
            await post_until_kept(lambda: client, cancelled)
            closed = await client.post(path, headers=headers, json={"kind": "closed", "body": {}})
            assert closed.status_code == 201, closed.text


async def _case_of(client: httpx.AsyncClient, token: str, member: str) -> str:
    answer = await client.get("/api/v1/cases?open=1", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return next((one["case"] for one in answer.json()["cases"] if one["caller"] == member), "")


@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=[pytest.mark.nightly, pytest.mark.timeout(2400)])])
def test_a_killed_process_is_followed_by_another_and_no_crew_is_asked_or_promised_twice(several, kills):
    asyncio.run(_call_while_killing(several, kills))
    asyncio.run(_judge(several))


async def _call_while_killing(live: Live, kills: int) -> None:
    """Callers go on calling for help that is scarce; whichever process folds is killed in the midst of it."""
    async with httpx.AsyncClient(base_url=live.http, timeout=10) as client:
        for helper in live.members[4:6]:
            await post_until_kept(lambda: client, helper.say("package_lodged", _package(helper)))
        calling = [asyncio.create_task(_call_again(client, member)) for member in live.members[6:]]
        for _ in range(kills):
            await asyncio.sleep(3)
            dead = await _folding(live)
            os.kill(dead, signal.SIGKILL)
            await until(lambda gone=dead: _is_replaced(live, gone), what="another process", seconds=WAIT_SECONDS)
        await until(lambda: _are_asked(client, live), what="three cases with a team asked", seconds=WAIT_SECONDS)
        for task in calling:
            task.cancel()
        ended = await asyncio.gather(*calling, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended
        await until(lambda: _is_folded(client), what="an empty inbox", seconds=WAIT_SECONDS)


async def _are_asked(client: httpx.AsyncClient, live: Live) -> bool:
    """Whether teams were asked in three cases; a process that was just killed answers nobody."""
    try:
        answer = await client.get("/api/v1/cases", headers={"Authorization": f"Bearer {live.officers[0].token}"})
    except httpx.HTTPError:
        return False
    return answer.status_code == 200 and sum(bool(one["asked"]) for one in answer.json()["cases"]) > 2


def _package(helper) -> b.PackageLodged:
    return b.PackageLodged(member=helper.id, lines=(b.NeedAsk(line=NeedLine.FILTERING, quantity=20),))


async def _call_again(client: httpx.AsyncClient, member) -> None:
    """One call after another, each ended before the next, so that crews come free and are planned anew."""
    for number in itertools.count():
        details = b.CallDetails(natures=(2,), needs=FILTERING)
        called = b.Called(call=number.to_bytes(8), details=details)
        case = (await post_until_kept(lambda: client, member.say("called", called)))["case"]
        await asyncio.sleep(2)
        if case and number % 3 == 2:
            await post_until_kept(lambda: client, member.say("cancelled", b.Cancelled(), case=case))


async def _folding(live: Live) -> int:
    """The pid of the process that folds now, else of any."""
    found = processes(live)
    async with httpx.AsyncClient(timeout=10) as client:
        for one in found:
            figures = (await client.get(f"{one['http']}/metrics")).text
            if "esos_process_folds 1.0" in figures:
                return one["pid"]
    return found[0]["pid"]


async def _is_replaced(live: Live, dead: int) -> bool:
    pids = [one["pid"] for one in processes(live)]
    return len(pids) == PROCESSES and dead not in pids


async def _is_folded(client: httpx.AsyncClient) -> bool:
    try:
        figures = (await client.get("/metrics")).text
    except httpx.HTTPError:
        return False
    return "esos_inbox_oldest_seconds 0.0" in figures


async def _judge(live: Live) -> None:
    async with inside_journal(live) as station:
        cases = [decode_case(record.blob) for record in await station.journal.cases(limit=10_000)]
        entries = await station.journal.read(limit=1_000_000)
        assert len({entry.id for entry in entries}) == len(entries)
        assert sum(bool(case.requests) for case in cases) > 2, "nobody was asked"
        held: Counter[str] = Counter()
        for case in cases:
            asked = Counter(one.responder for one in case.requests.values() if one.is_pending or one.is_bound)
            assert all(count == 1 for count in asked.values()), "asked while a request was open"
            at_once = Counter((one.responder, one.asked_ms) for one in case.requests.values())
            assert all(count == 1 for count in at_once.values()), "asked twice at once"
            for one in case.requests.values() if case.is_open else ():
                if one.is_bound:
                    held[one.responder] += sum(ask.quantity for ask in one.committed)
            if not case.is_open:
                assert all(one.is_ended or one.state in AFTER_WORK for one in case.requests.values())
        assert all(units <= 20 for units in held.values()), held
