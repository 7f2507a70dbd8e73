"""The board of channels, pages in files and on the screen, and Apprise where it hangs or is forbidden."""

import asyncio
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from esos.errors import Busy, Conflict, Malformed
from esos.paging.apprise_channel import AppriseChannel, AppriseConfig
from esos.paging.board import Channels
from esos.paging.console import ConsoleChannel
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


# ------------------------------------------------------------------------------------------------------- board
async def test_a_page_goes_by_the_channel_its_contact_names(tmp_path):
    shown = []
    board = Channels([ConsoleChannel(shown.append), FileChannel(FileConfig(directory=tmp_path))])
    sent = await board.send("screen", page())
    assert sent.provider == "screen"
    assert len(shown) == 1
    assert list(tmp_path.iterdir()) == []
    assert board.schemes == ("file", "screen")


async def test_a_channel_nobody_serves_is_malformed_and_says_which_there_are(tmp_path):
    board = Channels([FileChannel(FileConfig(directory=tmp_path))])
    with pytest.raises(Malformed) as refusal:
        await board.send("voice", page())
    assert refusal.value.code == "paging.channel_unknown"
    assert refusal.value.hint == "It has: file."


def test_two_channels_of_one_name_are_a_conflict(tmp_path):
    twice = [FileChannel(FileConfig(directory=tmp_path)) for _ in range(2)]
    with pytest.raises(Conflict) as refusal:
        Channels(twice)
    assert refusal.value.code == "paging.channel_twice"


async def test_closing_the_board_closes_every_channel_also_when_one_fails():
    closed = []

    class Stuck(ConsoleChannel):
        def __init__(self, scheme, *, fails=False):
            super().__init__(print)
            self.scheme, self.fails = scheme, fails

        async def close(self):
            closed.append(self.scheme)
            if self.fails:
                raise OSError("stuck")

    with pytest.raises(OSError, match="stuck"):
        await Channels([Stuck("one"), Stuck("two", fails=True), Stuck("three")]).close()
    assert sorted(closed) == ["one", "three", "two"]


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


# ------------------------------------------------------------------------------------------------------ screen
async def test_the_screen_shows_for_whom_a_page_is():
    shown = []
    await ConsoleChannel(shown.append).send(page())
    assert shown[0].splitlines()[0] == "To officer: Urgent (pan-pan): Harbour Hospital"


async def test_a_mistake_in_the_screen_itself_is_not_hidden():
    def broken(_text):
        raise KeyError("a mistake")

    with pytest.raises(KeyError):
        await ConsoleChannel(broken).send(page())


# ----------------------------------------------------------------------------------------------------- apprise
class SlowDoor(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.drips:
            self.drip()
            return
        self.server.release.wait(5)
        self.send_response(self.server.status)
        if self.server.status == 307:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.end_headers()
        self.server.paths.append(self.path)

    def drip(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        while not self.server.release.wait(0.05):
            self.wfile.write(b"x")

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def slow_door():
    with ThreadingHTTPServer(("127.0.0.1", 0), SlowDoor) as server:
        server.release, server.status, server.paths, server.drips = threading.Event(), 200, [], False
        server.address = f"json://user:sesame@127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.release.set()
        server.shutdown()
        thread.join()


async def test_a_service_that_hangs_is_given_up_in_time_and_does_not_stop_the_loop(slow_door):
    channel, loop = AppriseChannel(AppriseConfig(timeout_ms=700)), asyncio.get_running_loop()
    beats, started = [], loop.time()

    async def beat():
        while True:
            beats.append(loop.time())
            await asyncio.sleep(0.05)

    beating = asyncio.create_task(beat())
    with pytest.raises(Busy) as refusal:
        await channel.send(page(slow_door.address))
    beating.cancel()
    assert refusal.value.code == "paging.unreachable"
    assert loop.time() - started < 3
    assert len(beats) > 3
    slow_door.release.set()
    await channel.close()


async def test_a_service_that_drips_its_answer_is_given_up_in_time(slow_door):
    """Each byte restarts the service's own timeout; the page has one for the whole hand-over."""
    slow_door.drips = True
    channel, loop = AppriseChannel(AppriseConfig(timeout_ms=700)), asyncio.get_running_loop()
    started = loop.time()
    threading.Timer(4, slow_door.release.set).start()
    with pytest.raises(Busy):
        await channel.send(page(slow_door.address))
    assert loop.time() - started < 3
    slow_door.release.set()
    await channel.close()


async def test_hung_services_cost_their_own_threads_and_the_next_page_says_busy(slow_door):
    before = set(threading.enumerate())
    channel = AppriseChannel(AppriseConfig(timeout_ms=900, threads=1))
    results = await asyncio.gather(*(channel.send(page(slow_door.address)) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [Busy, Busy, Busy]
    assert sum(thread.name.startswith("apprise") for thread in set(threading.enumerate()) - before) == 1
    slow_door.release.set()
    await channel.close()


@pytest.mark.parametrize("status", [307, 404, 500])
async def test_a_refusal_tells_no_secret_of_the_address(slow_door, status, caplog):
    slow_door.status = status
    slow_door.release.set()
    channel = AppriseChannel(AppriseConfig())
    with pytest.raises(Busy) as refusal:
        await channel.send(page(slow_door.address))
    assert "sesame" not in f"{refusal.value} {refusal.value.hint} {caplog.text}"
    assert slow_door.paths == ["/hook"]
    await channel.close()


async def test_a_service_that_is_not_allowed_is_malformed_before_anything_is_sent(slow_door):
    slow_door.release.set()
    channel = AppriseChannel(AppriseConfig(schemas=("ntfys",)))
    with pytest.raises(Malformed) as refusal:
        await channel.send(page(slow_door.address))
    assert refusal.value.code == "paging.address"
    assert "sesame" not in str(refusal.value)
    assert slow_door.paths == []
    await channel.close()


def test_apprise_is_not_loaded_before_the_first_page():
    program = "import sys, esos.paging.apprise_channel, esos.paging.board; print('apprise' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_no_channel_knows_of_cases_or_timers():
    """Nothing here can stop a timer: not even the words for it are loaded."""
    modules = ", ".join(
        f"esos.paging.{name}" for name in ("smtp", "webhook", "apprise_channel", "console", "file", "board")
    )
    program = f"import sys, {modules}; print([name for name in sys.modules if name.startswith('esos.case')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
