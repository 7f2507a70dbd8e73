"""Bad days of a real station: mail that is dead, slow or lies, a locked store, a full disk. Seen, retried, and over again."""

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Barrier

import httpx
import pytest
from live import Live, founded
from rough import (
    DEAD,
    GREYLISTS,
    LIES,
    WORKS,
    Mail,
    Postbox,
    call_by_datagram,
    give_watch_mail,
    inside_journal,
    postbox,
    sealing_key,
)

from esos.message import bodies as b
from esos.station.records import ParcelRecord
from esos.web.csrf import SESSION_COOKIE
from esos.words.urgency import Urgency

pytestmark = pytest.mark.timeout(180)
SPEED = 240
LADDER = {"watch_due", "backup_due", "neighbour_due"}
BUSY_SECONDS = 15
"""Longer than a door waits for another process's lock."""


def eventually(ask, *, what: str, seconds: float = 40):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := ask():
            return found
        time.sleep(0.1)
    pytest.fail(f"in {seconds} s there was no {what}")


def call(live: Live, number: int, *, urgency: Urgency = Urgency.MAYDAY) -> str:
    """A member's call, and its case."""
    details = b.CallDetails(natures=(2,), urgency=urgency)
    said = live.members[number].say("called", b.Called(call=os.urandom(8), details=details))
    kept = live.post(said)
    assert kept.status_code == 201, kept.text
    return kept.json()["case"]


def view(live: Live, case: str) -> dict:
    with live.client(live.officers[2].token) as client:
        return client.get(f"/api/v1/cases/{case}").json()


def pages(live: Live, case: str, *, reason: str) -> list[dict]:
    """What the case shows of its pages by mail or to nobody."""
    return [one for one in view(live, case)["pages"] if one["reason"] == reason]


def acts(live: Live, number: int, case: str, kind: str, **body) -> httpx.Response:
    with live.client(live.officers[number].token) as client:
        return client.post(f"/api/v1/cases/{case}/statements", json={"kind": kind, "body": body})


# ---------------------------------------------------------------------------------------------- mail
@pytest.fixture(scope="module")
def mailed(tmp_path_factory):
    """A running station whose one officer on watch is reached by mail, and the mail server."""
    with postbox() as box:
        smtp = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_from": "esos@station.example"}
        live = founded(tmp_path_factory.mktemp("mailed") / "home", speed=SPEED, **smtp)
        give_watch_mail(live)
        live.start()
        yield live, box
        live.kill()


@contextmanager
def in_the_mood(box: Postbox, mood: str):
    """The mail server in this mood, and well again afterwards whatever happens."""
    box.mood = mood
    try:
        yield
    finally:
        box.mood = WORKS


def words_of(mail: Mail) -> str:
    """The words of a mail; its subject names the case, and no more than its urgency besides."""
    texts = [part for part in mail.message.walk() if part.get_content_type() == "text/plain"]
    return " ".join(b" ".join(part.get_payload(decode=True) for part in texts).decode().split())


def mails_about(box: Postbox, name: str) -> list[Mail]:
    """Mails that name a caller."""
    return [mail for mail in box.mails if name in words_of(mail)]


def mails_on(live: Live, box: Postbox, case: str) -> list[Mail]:
    """Mails that the case itself ordered, whoever else names its caller."""
    ids = {record.parcel.id.hex() for record in asyncio.run(parcels_of(live, bytes.fromhex(case)))}
    return [mail for mail in box.mails if mail.page in ids]


async def parcels_of(live: Live, case: bytes) -> list[ParcelRecord]:
    async with inside_journal(live) as station:
        return await station.journal.parcels(case=case)


def test_dead_mail_is_tried_again_in_sight_and_arrives_once_when_the_server_is_back(mailed):
    live, box = mailed
    with in_the_mood(box, DEAD):
        case = call(live, 0)
        waiting = eventually(
            lambda: [
                one for one in pages(live, case, reason="watch_due") if one["state"] == "waiting" and one["error"]
            ],
            what="visible retry",
        )[0]
    assert "421" in waiting["error"]
    assert "paging.unreachable" in waiting["error"]
    done = eventually(
        lambda: [one for one in pages(live, case, reason="watch_due") if one["state"] == "done"][:1], what="page"
    )[0]
    assert done["error"] == ""
    assert acts(live, 0, case, "acknowledged").status_code == 201
    assert set(box.pages().values()) == {1}
    assert box.refused >= 1


def test_what_waited_while_mail_was_dead_is_not_sent_after_somebody_took_the_case(mailed):
    """Rounds of the ladder pass while nothing goes out; then an officer has it, and the server is back."""
    live, box = mailed
    with in_the_mood(box, DEAD):
        case = call(live, 3)
        eventually(lambda: len(pages(live, case, reason="watch_due")) > 2, what="second round")
        assert acts(live, 0, case, "acknowledged").status_code == 201
    ends = eventually(lambda: only_ends(view(live, case)["pages"]), what="end of every page")
    assert set(ends) == {"not_needed"}
    assert ends["not_needed"] > 2
    assert not [mail for mail in mails_about(box, live.members[3].name) if "nobody has taken it" in words_of(mail)]


def only_ends(shown: list[dict]) -> Counter:
    """The states of the pages by mail, once none is on its way."""
    states = Counter(one["state"] for one in shown if one["channel"] == "mail" and one["reason"] in LADDER)
    return states if states and not states["waiting"] else Counter()


def test_a_server_that_greylists_gets_the_page_again_and_it_arrives_once(mailed):
    live, box = mailed
    with in_the_mood(box, GREYLISTS):
        case = call(live, 1, urgency=Urgency.ADVISORY)  # no second round before the second try, however busy it is
        page = eventually(
            lambda: [one for one in pages(live, case, reason="watch_due") if one["state"] == "done"][-1:], what="page"
        )[0]
    assert page["attempts"] == 2
    assert acts(live, 0, case, "acknowledged").status_code == 201
    assert set(box.pages().values()) == {1}
    assert mails_on(live, box, case)


def test_a_server_that_says_sent_and_lies_stops_nothing_only_a_person_does(mailed):
    live, box = mailed
    with in_the_mood(box, LIES):
        case = call(live, 2)
        sent = eventually(
            lambda: [one for one in pages(live, case, reason="watch_due") if one["state"] == "done"], what="a lie"
        )[0]
        assert sent["error"] == ""
        now = view(live, case)
        assert now["holder"] == ""
        assert now["state"] == "arrived"
        assert "No person" in str(now["told"])
        # The ladder goes on, whatever the server said: the backup, the neighbour, everybody, and round again.
        for reason in ("backup_due", "neighbour_due"):
            eventually(lambda reason=reason: pages(live, case, reason=reason), what=reason)
        eventually(lambda: len(pages(live, case, reason="watch_due")) > 2, what="the next round")
        assert box.lost > 2
        assert mails_on(live, box, case) == []
        assert acts(live, 0, case, "acknowledged").status_code == 201
    assert "ack" not in {timer["timer"] for timer in view(live, case)["timers"]}


def test_a_callers_name_with_line_breaks_makes_no_header_of_its_own(mailed):
    live, box = mailed
    body = {
        "caller_name": "Example Clinic\r\nBcc: everybody@elsewhere.example\r\n\r\nYou have won",
        "details": {"urgency": "mayday", "words": "\r\n.\r\nQUIT\r\n"},
    }
    with live.client() as client:
        answer = client.post("/api/v1/calls", json=body)
    assert answer.status_code == 201, answer.text
    mail = eventually(lambda: mails_about(box, "Example Clinic"), what="mail")[0]
    assert mail.to == "watch@station.example"
    assert mail.message["Bcc"] is None
    assert "\n" not in mail.message["Subject"].replace("\n ", " ")
    assert len(mail.message.get_all("Subject")) == 1
    case = answer.json()["case"]
    assert acts(live, 0, case, "acknowledged").status_code == 201


# ---------------------------------------------------------------------------------------- two at once
def test_of_two_officers_who_acknowledge_at_once_one_holds_the_case_and_the_other_is_told_so(live_station):
    live = live_station
    for number in range(3):
        case = call(live, number)
        start = Barrier(2)

        def take(officer: int, case: str = case, start: Barrier = start) -> httpx.Response:
            start.wait(20)
            return acts(live, officer, case, "acknowledged")

        with ThreadPoolExecutor(2) as both:
            answers = list(both.map(take, (0, 1)))
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        won, lost = sorted(range(2), key=lambda one: answers[one].status_code)
        assert view(live, case)["holder"] == live.officers[won].id
        assert answers[lost].json()["code"]
        assert answers[lost].json()["detail"].endswith(".")


# ------------------------------------------------------------------------------------------- the store
@contextmanager
def running(live: Live):
    live.start()
    try:
        yield live
    finally:
        live.kill()


async def session_of(live: Live, party: str) -> str:
    async with inside_journal(live) as station:
        return await station.tokens.session(party)


def metric(live: Live, name: str) -> float:
    text = httpx.get(f"{live.http}/metrics", timeout=BUSY_SECONDS).text
    return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(f"{name} "))


def test_a_store_that_another_process_locks_is_said_so_and_goes_on_by_itself(tmp_path):
    live = founded(tmp_path / "home", members=2, speed=SPEED)
    session = asyncio.run(session_of(live, live.officers[0].id))
    with running(live):
        floor = partial(httpx.get, f"{live.http}/watch", cookies={SESSION_COOKIE: session}, timeout=BUSY_SECONDS)
        assert "The journal is locked" not in floor().text
        other = sqlite3.connect(live.home.journal, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        said = live.members[0].say("called", b.Called(call=b"locked-1"))
        with ThreadPoolExecutor() as at_once:
            asked = at_once.submit(live.post, said)
            probed = at_once.submit(httpx.get, f"{live.http}/readyz", timeout=BUSY_SECONDS)
            measured = at_once.submit(metric, live, "esos_journal_writable")
            assert httpx.get(f"{live.http}/healthz").status_code == 200
            assert httpx.get(f"{live.http}/api/v1/station").status_code == 200
        refused, ready = asked.result(), probed.result()
        assert (refused.status_code, refused.json()["code"]) == (503, "storage.locked")
        assert refused.json()["hint"]
        assert refused.headers["Retry-After"] == "1"
        assert (ready.status_code, "storage.locked" in ready.text) == (503, True)
        assert measured.result() == 0
        eventually(lambda: "The journal is locked by another process" in floor().text, what="red line on the floor")

        other.execute("ROLLBACK")
        other.close()
        kept = live.post(said)
        assert kept.status_code == 201, kept.text
        assert kept.json()["state"] == "arrived"
        assert httpx.get(f"{live.http}/readyz", timeout=BUSY_SECONDS).status_code == 200
        again = live.post(said)
        assert (again.status_code, again.json()["seq"]) == (200, kept.json()["seq"])


DISK = """
set -e
mount -t tmpfs -o size=8m tmpfs {disk}
cp -a {home}/. {disk}/
exec {command}
"""


@contextmanager
def on_a_small_disk(live: Live, disk: Path):
    """The station with its home on a disk of 8 MiB of its own; yields how its files are reached from outside."""
    disk.mkdir()
    unshare = shutil.which("unshare")
    names = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
    able = unshare and subprocess.run(
        [unshare, *names, "sh", "-c", f"mount -t tmpfs -o size=1m tmpfs {disk}"], capture_output=True, check=False
    )
    if not able or able.returncode:
        pytest.skip("a disk of its own needs a mount namespace, which this machine does not give")
    import live as program

    settings = {"http": "127.0.0.1:0", "udp": "127.0.0.1:0", "speed": SPEED}
    command = [sys.executable, program.__file__, str(disk), str(settings).replace("'", '"')]
    script = DISK.format(disk=disk, home=live.home.folder, command=" ".join(f"'{part}'" for part in command))
    child = subprocess.Popen([unshare, *names, "sh", "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        line = child.stdout.readline()
        assert line, f"the station ended with {child.wait()}"
        ready = json.loads(line)
        live.http, live.udp = ready["http"], ready["udp"]
        yield Path(f"/proc/{child.pid}/root{disk}")
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def test_a_full_disk_is_said_so_takes_nothing_back_and_is_over_when_there_is_room(tmp_path):
    live = founded(tmp_path / "home", members=3, speed=SPEED)
    with on_a_small_disk(live, tmp_path / "disk") as disk:
        before = live.members[0].say("called", b.Called(call=b"before-1"))
        first = live.post(before)
        assert first.status_code == 201

        ballast = disk / "ballast"
        with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
            while file.write(bytes(4096)):
                pass
        said = live.members[1].say("called", b.Called(call=b"during-1", details=b.CallDetails(words="w" * 4000)))
        refused = eventually(lambda: (answer := live.post(said)).status_code == 503 and answer, what="refusal")
        assert refused.json()["code"] == "storage.full"
        assert "room" in refused.json()["detail"]
        assert refused.headers["Retry-After"] == "1"
        ready = httpx.get(f"{live.http}/readyz", timeout=BUSY_SECONDS)
        assert (ready.status_code, "storage.full" in ready.text) == (503, True)
        assert metric(live, "esos_journal_writable") == 0
        assert httpx.get(f"{live.http}/healthz", timeout=BUSY_SECONDS).status_code == 200
        silence = asyncio.run(_calls_into_a_full_disk(live))
        assert silence, "a datagram was acknowledged that could not be kept"

        ballast.unlink()
        kept = eventually(lambda: (answer := live.post(said)).status_code in {200, 201} and answer, what="recovery")
        assert kept.json()["state"] == "arrived"
        again = live.post(before)
        assert (again.status_code, again.json()["seq"]) == (200, first.json()["seq"])
        assert httpx.get(f"{live.http}/readyz", timeout=BUSY_SECONDS).status_code == 200
        assert metric(live, "esos_journal_writable") == 1


async def _calls_into_a_full_disk(live: Live) -> bool:
    """Whether a call by datagram gets no acknowledgement for a while."""
    member = live.members[2]
    async with httpx.AsyncClient(base_url=live.http, timeout=BUSY_SECONDS) as client:
        sealing = await sealing_key(client, live, member.key)
    try:
        async with asyncio.timeout(2):
            await call_by_datagram(live, live.udp, member.key, sealing)
    except TimeoutError:
        return True
    return False
