"""The terminal board ``esos watch`` in a real terminal of 80 by 24: what it shows, its keys, and a station that dies."""

import fcntl
import io
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from pages_house import opened_house
from rich.console import Console

from esos.cli.board import floor

ESOS = str(Path(sys.executable).parent / "esos")
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def open_house(tmp_path_factory):
    house = opened_house(tmp_path_factory.mktemp("board") / "home")
    yield house
    house.live.kill()


class Terminal:
    """``esos watch`` in a terminal of 80 columns and 24 lines; ``waits_for`` reads until words are there."""

    def __init__(self, house, *flags):
        self._main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        command = [ESOS, "watch", "--url", house.http, "--token", house.live.officers[0].token, *flags]
        environment = {"PATH": os.environ["PATH"], "HOME": "/", "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
        self._child = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, env=environment)
        os.close(side)
        self.seen = ""

    def press(self, keys):
        self.seen = ""
        os.write(self._main, keys.encode())

    def waits_for(self, words):
        give_up = time.monotonic() + PATIENCE_SECONDS
        while words not in self.seen:
            assert time.monotonic() < give_up, f"{words!r} never came: {self.seen[-2000:]!r}"
            if select.select([self._main], [], [], 0.2)[0]:
                self.seen += os.read(self._main, 65_536).decode("utf-8", "replace")

    def ends(self):
        return self._child.wait(PATIENCE_SECONDS)

    def close(self):
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait()
        os.close(self._main)


@pytest.fixture
def terminal(house):
    made = Terminal(house)
    yield made
    made.close()


def test_a_call_rings_is_taken_with_one_key_and_the_board_ends_with_another(house, terminal):
    terminal.waits_for("Nobody is in distress")
    made = house.call(1)
    terminal.waits_for("1 call has NO PERSON YET")
    terminal.waits_for("\a")
    terminal.press("a")
    terminal.waits_for("You have charge of this case.")
    assert house.client().get(f"/api/v1/cases/{made['case']}").json()["holder"] == house.live.officers[0].id
    terminal.press("\x1b")
    terminal.waits_for("Every open case has a person")
    terminal.press("q")
    assert terminal.ends() == 0


def test_a_board_whose_station_died_says_since_when_and_is_fresh_again_when_it_is_back(house, terminal):
    terminal.waits_for("Nobody is in distress")
    house.live.kill()
    terminal.waits_for("NOT UP TO DATE since")
    house.live.settings = msgspec.structs.replace(house.live.settings, http=urlsplit(house.http).netloc)
    house.live.start()
    terminal.seen = ""
    house.call(2)
    terminal.waits_for("1 call has NO PERSON YET")


def test_programs_get_one_line_for_each_change(house):
    command = [ESOS, "watch", "--url", house.http, "--token", house.live.officers[0].token, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert json.loads(child.stdout.readline())["cases"] == []
        house.call(3)
        assert json.loads(child.stdout.readline())["without_a_person"] == 1
        child.kill()


def _case(number):
    return {
        "case": f"{number:032x}", "code": f"AB{number:02}", "urgency": "mayday", "urgency_words": "Emergency now",
        "caller_name": "Example [b]County[/b] Hospital with a very long name", "state": "arrived",
        "state_words": "Arrived", "holder": "", "holder_name": "", "next_due_ms": 61_000, "next_timer": "ack",
        "asked": 12, "coming": 3, "overdue": False,
    }  # fmt: skip


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (132, 40)])
def test_it_fits_the_terminal_and_shows_the_chosen_case(columns, lines):
    cases = [_case(number) for number in range(60)]
    snapshot = {
        "station": "Example Watch", "realm": "exercise", "now_ms": 1000, "stale_since_ms": 0, "cases": cases,
        "without_a_person": 60, "overdue": 0,
    }  # fmt: skip
    console = Console(width=columns, height=lines, record=True, file=io.StringIO())
    console.print(floor(snapshot, chosen=cases[41]["case"], columns=columns, lines=lines, with_keys=True))
    shown = console.export_text().splitlines()
    assert len(shown) <= lines
    assert max(map(len, shown)) <= columns
    text = "\n".join(shown)
    assert all(
        words in text
        for words in ("DRILL: Example Watch: 60 calls have NO PERSON YET", "AB41", "a take charge", "more")
    )
    assert "[b]" in text
