"""Strangers call a real station by datagram with nothing but its card, through loss, floods and killed processes."""

import asyncio
import contextlib
import json
import os
import random
import secrets
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from live import bearer, founded
from rough import call_by_datagram, sealing_key

from esos.carriers.address import read_address
from esos.keys.identity import kid_of, public_of
from esos.message.packet import Header, sign_packet
from esos.message.packet_codes import PacketType
from esos.message.packet_payload import CallFields
from esos.message.stranger_packet import Form, read_cookie, seal_call, write_ask, write_call
from esos.vault.keyfile import read_key
from esos.words.realm import Realm

pytestmark = pytest.mark.timeout(240)
ESOS = str(Path(sys.executable).parent / "esos")
SECONDS = 60
FLOOD = 20_000
REGISTERED_CALLS = 12


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    one = founded(
        tmp_path_factory.mktemp("strangers") / "home", members=2, realm=Realm.REAL, udp_strangers="127.0.0.1:0"
    )
    one.start()
    yield one
    one.kill()


@pytest.fixture
def esos(tmp_path):
    """Runs a command in a folder with a new key, as somebody whom no station knows."""

    def start(*arguments):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ESOS_")}
        command = [ESOS, *map(str, arguments)]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
        )

    assert start("key", "new", "--out", "my.key").wait(SECONDS) == 0
    return start


def card(live, **changed):
    return httpx.get(f"{live.http}/api/v1/station", timeout=20).json() | changed


def only_udp(live, address=""):
    """The card of a station that a caller can reach by nothing but its strangers' door."""
    whole = card(live)
    return json.dumps(
        {**whole, "http": "", "udp": [], "udp_strangers": [address] if address else whole["udp_strangers"]}
    )


def ended(process, expect=0):
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == expect, f"{out}\n{err}"
    return out, err


def cases(live):
    answer = httpx.get(f"{live.http}/api/v1/cases", headers=bearer(live.officers[0].token), timeout=20)
    return answer.json()["cases"]


def figures(live):
    return httpx.get(f"{live.http}/metrics", timeout=20).text


def counted(live, what):
    begin = f'esos_strangers_datagrams_total{{what="{what}"}} '
    return next((float(line.removeprefix(begin)) for line in figures(live).splitlines() if line.startswith(begin)), 0.0)


def eventually(look, seconds=SECONDS):
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)
    return found


def door_process(live):
    """The process of the station's strangers' door, None while there is none."""
    children = Path(f"/proc/{live.process.pid}/task/{live.process.pid}/children").read_text().split()
    return next(
        (int(pid) for pid in children if b"stranger_process" in Path(f"/proc/{pid}/cmdline").read_bytes()), None
    )


@contextlib.contextmanager
def lossy(target, loss):
    """A way to the door on which so much is lost in each direction; where it begins."""
    dice, stop = random.Random(5), threading.Event()
    front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    front.bind(("127.0.0.1", 0))
    behind = {}
    back_to = {}

    def run():
        with selectors.DefaultSelector() as found:
            found.register(front, selectors.EVENT_READ)
            while not stop.is_set():
                for key, _ in found.select(0.1):
                    with contextlib.suppress(OSError):
                        pass_on(key.fileobj, found)

    def pass_on(sock, found):
        data, who = sock.recvfrom(2_048)
        if sock is not front:
            if dice.random() >= loss:
                front.sendto(data, back_to[sock])
            return
        if who not in behind:
            behind[who] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            back_to[behind[who]] = who
            found.register(behind[who], selectors.EVENT_READ)
        if dice.random() >= loss:
            behind[who].sendto(data, tuple(target))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"127.0.0.1:{front.getsockname()[1]}"
    finally:
        stop.set()
        thread.join()
        for sock in (front, *behind.values()):
            sock.close()


def door_of(live):
    return read_address(card(live)["udp_strangers"][0])


def test_with_only_the_card_a_strangers_call_arrives_under_loss_and_hears_of_the_officer(live, esos, tmp_path):
    with lossy(door_of(live), 0.5) as way:
        calling = esos(
            "call", "--station", only_udp(live, way), "--key", "my.key", "--nature", "flooding", "--json", "--wait", 50
        )
        caller = f"stranger:{read_key(tmp_path / 'my.key').kid.hex()}"
        row = eventually(lambda: next((one for one in cases(live) if one["caller"] == caller), None))
        answer = httpx.post(
            f"{live.http}/api/v1/cases/{row['case']}/statements",
            headers=bearer(live.officers[0].token),
            json={"kind": "acknowledged", "body": {}},
            timeout=20,
        )
        assert answer.status_code < 300, answer.text
        out, _ = ended(calling)
    called = json.loads(out)
    assert called["state"] == "acknowledged"
    (carrier,) = [one for one in called["carriers"] if one["proven"]]
    assert (carrier["carrier"], carrier["state"]) == ("udp-stranger", "assigned")


def test_a_person_reads_what_happens_in_whole_sentences(live, esos):
    calling = esos("call", "--station", only_udp(live), "--key", "my.key", "--until", "arrived", "--wait", 50)
    out, err = ended(calling)
    assert "Arrived. No person has seen it yet." in out
    assert "udp-stranger: Sending to Example Watch, copy 1." in err
    assert "udp-stranger: Example Watch: Arrived. No person has seen it yet." in err


def test_the_same_call_by_the_strangers_door_and_by_https_is_one_call(live, esos):
    ended(esos("call", "--station", only_udp(live), "--key", "my.key", "--until", "arrived", "--wait", 50, "--json"))
    before = len(cases(live))
    whole = json.dumps(card(live, udp=[], udp_strangers=[]))
    again = esos(
        "call", "--resume", "--station", whole, "--key", "my.key", "--until", "arrived", "--wait", 50, "--json"
    )
    called = json.loads(ended(again)[0])
    assert called["state"] == "arrived"
    assert len(cases(live)) == before


def test_the_way_of_strangers_is_tested_in_peace_time_and_opens_no_case(live, esos):
    before = len(cases(live))
    ended_at = esos("call", "--test", "--station", json.dumps(card(live)), "--key", "my.key", "--json")
    ways = json.loads(ended(ended_at)[0])["ways"]
    assert {(way["carrier"], way["answers"]) for way in ways} >= {("https", True), ("udp-stranger", True)}
    assert len(cases(live)) == before


def test_the_card_shows_the_door_and_the_key_that_stays(live):
    shown = card(live)
    assert len(bytes.fromhex(shown["hpke"])) == 32
    assert shown["hpke"] == live.identity.hpke_public.hex()
    assert door_of(live).port != read_address(live.udp).port
    assert "esos_strangers_door_shut 0.0" in figures(live)


@pytest.mark.nightly
def test_a_door_that_is_killed_opens_again_at_the_same_port_and_the_call_arrives(live, esos):
    was, where = eventually(lambda: door_process(live)), door_of(live)
    os.kill(was, signal.SIGKILL)
    calling = esos("call", "--station", only_udp(live), "--key", "my.key", "--until", "arrived", "--wait", 50, "--json")
    assert json.loads(ended(calling)[0])["state"] == "arrived"
    assert eventually(lambda: door_process(live)) != was
    assert door_of(live) == where


def junk(station, key, cookie):
    """What a flood is made of: noise, asks, false cookies, no work, replays, and calls with a true cookie that open."""
    dice = random.Random(3)
    seed = secrets.token_bytes(32)
    public = public_of(seed)
    valid = []
    for number in range(200):
        header = Header(type=PacketType.CALL, kid=kid_of(public), call=dice.randbytes(8), sequence=number % 256)
        packet = sign_packet(seed, header, CallFields())
        body, _ = seal_call(packet, public=public, station=station, station_key=key, ephemeral=dice.randbytes(32))
        valid.append(write_call(Form.BY_COOKIE, cookie, body, 240))
    while True:
        yield from (
            dice.randbytes(240),
            write_ask(dice.randbytes(8), 240),
            b"\xe6\x13" + dice.randbytes(200),
            b"\xe6\x14" + dice.randbytes(200),
            write_call(Form.BY_COOKIE, cookie, dice.randbytes(187), 240),
            dice.choice(valid),
        )


async def flood(live):
    """So many datagrams as fast as they go out, with a pause now and then as a network makes it."""
    shown, where = card(live), tuple(door_of(live))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(where)
        sock.settimeout(20)
        sock.send(write_ask(b"noncenon", 240))
        cookie = read_cookie(sock.recv(2_048), b"noncenon")
        sock.setblocking(False)
        made = junk(live.identity.kid, bytes.fromhex(shown["hpke"]), cookie)
        for number in range(FLOOD):
            with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
                sock.send(next(made))
            if number % 100 == 0:
                await asyncio.sleep(0.01)


def test_a_flood_at_the_strangers_door_costs_no_registered_call(live):
    async def play():
        member = live.members[0]
        async with httpx.AsyncClient(base_url=live.http, timeout=20) as client:
            sealing = await sealing_key(client, live, member.key)
        flooding = asyncio.create_task(flood(live))
        async with asyncio.timeout(120):
            calls = range(REGISTERED_CALLS)
            heard = [await call_by_datagram(live, live.udp, member.key, sealing) for _ in calls]
            await flooding
        return heard

    heard = asyncio.run(play())
    assert len([one for one, _ in heard if one.proven]) == REGISTERED_CALLS
    eventually(lambda: counted(live, "stranger.magic") + counted(live, "door.socket_full") > 0)
    seen = {
        line.split('"')[1]: float(line.rpartition(" ")[2])
        for line in figures(live).splitlines()
        if line.startswith("esos_strangers_datagrams_total{")
    }
    print(f"{FLOOD} datagrams: {seen}")
    assert {"stranger.cookie", "stranger.work", "stranger.address_over_budget"} <= set(seen)


def test_the_door_ends_with_its_station_even_where_that_was_killed(tmp_path):
    one = founded(tmp_path / "home", members=0, realm=Realm.REAL, udp_strangers="127.0.0.1:0")
    one.start()
    pid = eventually(lambda: door_process(one))
    one.kill()
    eventually(lambda: is_dead(pid))


def is_dead(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


@pytest.mark.nightly
@pytest.mark.postgresql
def test_of_several_processes_the_first_keeps_the_door_and_a_successor_opens_it_at_the_same_port(
    tmp_path, esos, shared_store
):
    one = founded(
        tmp_path / "home", members=0, realm=Realm.REAL, udp_strangers="127.0.0.1:0", database=shared_store, processes=2
    )
    one.start()
    try:
        where = door_of(one)
        run = json.loads((one.home.folder / "run.json").read_text())
        first = next(process["pid"] for process in run["processes"] if process["slot"] == 0)
        os.kill(first, signal.SIGKILL)
        calling = esos(
            "call", "--station", only_udp(one), "--key", "my.key", "--until", "arrived", "--wait", 55, "--json"
        )
        assert json.loads(ended(calling)[0])["state"] == "arrived"
        assert door_of(one) == where
    finally:
        one.stop()
