"""Pages in files, and Apprise where it hangs, drips, strays or is forbidden."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from esos.errors import Busy, Malformed
from esos.paging.apprise_channel import SERVICES, AppriseChannel, AppriseConfig
from esos.paging.apprise_child import Errand, Fence
from esos.paging.file import FileChannel, FileConfig
from esos.station.ports import PageMessage

pytestmark = pytest.mark.anyio


def page(address: str = "officer", **changes) -> PageMessage:
    values = {
        "stable_id": "page-1",
        "address": address,
        "title": "Urgent (pan-pan): Harbour Hospital",
        "body": "No person has answered yet.",
        "link": "https://station.example/answer/abc",
        "urgency": "pan-pan",
        "is_exercise": False,
    }
    return PageMessage(**(values | changes))


# -------------------------------------------------------------------------------------------------------- file
async def test_pages_to_a_file_are_one_line_each_for_its_owner_alone(tmp_path):
    channel = FileChannel(FileConfig(directory=tmp_path / "pages"))
    await channel.send(page(body="two\nlines"))
    await channel.send(page(is_exercise=True))
    path = tmp_path / "pages" / "officer.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [(line["id"], line["exercise"]) for line in lines] == [("page-1", False), ("page-1", True)]
    assert path.stat().st_mode & 0o077 == 0


async def test_a_line_torn_by_a_crash_does_not_swallow_the_next_page(tmp_path):
    path = tmp_path / "officer.jsonl"
    path.write_bytes(b'{"id":"half')
    await FileChannel(FileConfig(directory=tmp_path)).send(page())
    torn, whole = path.read_bytes().splitlines()
    assert torn == b'{"id":"half'
    assert json.loads(whole)["id"] == "page-1"


async def test_a_file_that_is_a_link_to_elsewhere_is_not_followed(tmp_path):
    target = tmp_path / "precious"
    target.write_text("precious")
    (tmp_path / "officer.jsonl").symlink_to(target)
    with pytest.raises(Busy):
        await FileChannel(FileConfig(directory=tmp_path)).send(page())
    assert target.read_text() == "precious"


async def test_many_pages_at_once_stay_whole_lines(tmp_path):
    channel = FileChannel(FileConfig(directory=tmp_path))
    async with asyncio.TaskGroup() as group:
        for number in range(40):
            group.create_task(channel.send(page(stable_id=f"page-{number}", body="x" * 5000)))
    lines = (tmp_path / "officer.jsonl").read_bytes().splitlines()
    assert {json.loads(line)["id"] for line in lines} == {f"page-{number}" for number in range(40)}


# ----------------------------------------------------------------------------------------------------- apprise
class SlowDoor(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.reached.set()
        if self.server.drips:
            self.drip()
            return
        self.server.release.wait(30)
        if not self.server.release.is_set():
            return
        self.send_response(self.server.status)
        if self.server.status == 307:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.end_headers()
        self.server.paths.append(self.path)

    def drip(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        with contextlib.suppress(OSError):
            while not self.server.release.wait(0.05):
                self.wfile.write(b"x")

    def log_message(self, *args):
        """Say nothing."""


def events(count: int) -> list[threading.Event]:
    return [threading.Event() for _ in range(count)]


@pytest.fixture
def slow_door():
    with ThreadingHTTPServer(("127.0.0.1", 0), SlowDoor) as server:
        server.release, server.reached, server.status, server.paths, server.drips = *events(2), 200, [], False
        server.address = f"json://user:sesame@127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.release.set()
        server.shutdown()
        thread.join()


def apprise(**changes) -> AppriseChannel:
    """The channel where a service of this machine may be called."""
    return AppriseChannel(AppriseConfig(**({"services": ("json",), "may_reach_private": True} | changes)))


def children() -> set[str]:
    """Processes that hand pages over for this one."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            is_ours = status.read_text().rpartition(")")[2].split()[1] == str(os.getpid())
            if is_ours and b"apprise_child" in (status.parent / "cmdline").read_bytes():
                found.add(status.parent.name)
    return found


@pytest.mark.parametrize("drips", [False, True], ids=["hangs", "drips its answer"])
async def test_a_service_that_hangs_or_drips_is_given_up_and_its_process_ended(slow_door, drips):
    """Each byte restarts the service's own timeout; the page has one for the whole hand-over."""
    slow_door.drips = drips
    with pytest.raises(Busy) as refusal:
        await apprise(timeout_ms=1_500).send(page(slow_door.address))
    assert refusal.value.code == "paging.unreachable"
    assert children() == set()
    assert not slow_door.release.is_set(), "the service had not let go of it"


async def test_a_page_that_is_cancelled_on_its_way_leaves_no_process(slow_door):
    slow_door.drips = True
    sending = asyncio.create_task(apprise().send(page(slow_door.address)))
    async with asyncio.timeout(30):
        while not slow_door.reached.is_set():
            await asyncio.sleep(0.05)
    assert len(children()) == 1
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert children() == set()


async def test_services_that_hang_do_not_keep_a_good_one_from_its_page(slow_door):
    channel = apprise(timeout_ms=15_000)
    hanging = [asyncio.create_task(channel.send(page(slow_door.address))) for _ in range(4)]
    with ThreadingHTTPServer(("127.0.0.1", 0), SlowDoor) as good:
        good.release, good.reached, good.status, good.paths, good.drips = *events(2), 200, [], False
        good.release.set()
        thread = threading.Thread(target=good.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        await channel.send(page(f"json://127.0.0.1:{good.server_port}/good"))
        good.shutdown()
        thread.join()
    assert good.paths == ["/good"]
    assert not any(one.done() for one in hanging)
    for one in hanging:
        one.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


async def test_no_more_than_so_many_processes_are_on_their_way(slow_door):
    channel = apprise(timeout_ms=1_500, at_once=1)
    most = 0

    async def count():
        nonlocal most
        while True:
            most = max(most, len(children()))
            await asyncio.sleep(0.05)

    counting = asyncio.create_task(count())
    results = await asyncio.gather(*(channel.send(page(slow_door.address)) for _ in range(3)), return_exceptions=True)
    counting.cancel()
    assert [type(result) for result in results] == [Busy, Busy, Busy]
    assert most == 1


def test_a_process_whose_station_is_gone_ends_by_itself(slow_door):
    slow_door.drips = True
    errand = Errand(page=page(slow_door.address), may_reach_private=True, timeout_ms=1_500)
    ended = subprocess.run(
        [sys.executable, "-m", "esos.paging.apprise_child"],
        input=msgspec.json.encode(errand),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == -signal.SIGALRM
    assert ended.stdout == b""


async def test_a_service_in_the_stations_own_network_is_not_called(slow_door):
    slow_door.release.set()
    with pytest.raises(Malformed) as refusal:
        await apprise(may_reach_private=False).send(page(slow_door.address))
    assert refusal.value.code == "paging.address"
    assert "own network" in refusal.value.detail
    assert slow_door.paths == []


@pytest.mark.parametrize(
    ("event", "address", "may"),
    [
        ("socket.connect", ("9.9.9.9", 443), True),
        ("socket.connect", ("2620:fe::fe", 443, 0, 0), True),
        ("socket.connect", ("10.0.0.1", 443), False),
        ("socket.connect", ("::ffff:127.0.0.1", 443, 0, 0), False),
        ("socket.connect", ("169.254.169.254", 80), False),
        ("socket.connect", ("localhost", 443), False),
        ("socket.connect", "/run/dbus/system_bus_socket", False),
        ("socket.sendto", ("224.0.0.251", 5353), False),
        ("subprocess.Popen", "/bin/sh", False),
    ],
)
def test_the_fence_judges_the_very_address_that_is_called(event, address, may):
    fence = Fence(may_reach_private=False)
    if may:
        fence(event, (None, address))
    else:
        with pytest.raises(PermissionError):
            fence(event, (None, address))
    assert fence.has_held != may


def test_no_service_that_is_allowed_by_default_has_a_host_to_choose():
    """Asked of Apprise itself, in another process: it would stay loaded in this one."""
    program = f"""
import sys
from apprise.manager_plugins import NotificationManager
known = NotificationManager()
known.load_modules()
print([name for name in {SERVICES!r} if name not in known.schemas()
       or any("{{host}}" in one for one in known[name].templates) or "host" in known[name].template_tokens])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("status", [307, 404, 500])
async def test_a_refusal_tells_no_secret_of_the_address(slow_door, status, caplog):
    slow_door.status = status
    slow_door.release.set()
    channel = apprise()
    with pytest.raises(Busy) as refusal:
        await channel.send(page(slow_door.address))
    assert "sesame" not in f"{refusal.value} {refusal.value.hint} {caplog.text}"
    assert slow_door.paths == ["/hook"]
    await channel.close()


async def test_a_service_that_is_not_allowed_is_malformed_before_anything_is_sent(slow_door):
    slow_door.release.set()
    channel = AppriseChannel(AppriseConfig())
    with pytest.raises(Malformed) as refusal:
        await channel.send(page(slow_door.address))
    assert refusal.value.code == "paging.address"
    assert "sesame" not in str(refusal.value)
    assert slow_door.paths == []
    await channel.close()


def test_apprise_is_not_loaded_before_the_first_page():
    program = "import sys, esos.paging.apprise_channel; print('apprise' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_no_channel_knows_of_cases_or_timers():
    """Nothing here can stop a timer: not even the words for it are loaded."""
    modules = ", ".join(f"esos.paging.{name}" for name in ("smtp", "webhook", "apprise_channel", "file"))
    program = f"import sys, {modules}; print([name for name in sys.modules if name.startswith('esos.case')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
