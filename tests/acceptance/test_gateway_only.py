"""A caller that has nothing left but a modem, or a radio, against a station that runs; gateways are real programs.

No modem and no radio was used: the program stands for both ends and for the network between them.
"""

import json
import sys
import time
from pathlib import Path

import pytest
from cli_club import Club

pytestmark = pytest.mark.timeout(300)
NUMBER, NODE = "+353999000111", "!a1b2c3d4"
PROGRAM = Path(__file__).parent.parent / "doubles" / "gateway_program.py"
CUT_OFF = {"http": "", "udp": [], "dns_zone": "", "dns": [], "mail": ""}


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    """A running station that gateways hand in at, by text message and by mesh."""
    club = Club(folder=tmp_path_factory.mktemp("club")).found()
    settings = f'sms_number = "{NUMBER}"\nmesh_node = "{NODE}"\n'
    (club.folder / "home" / "esos.toml").write_text(settings)
    club.start()
    yield club
    club.stop()


def gateway(club, *habits):
    return " ".join(map(str, (sys.executable, PROGRAM, f"http://127.0.0.1:{club.port}", *habits)))


def cut_off(club, caller, **left):
    """From now on this caller reaches the station by nothing but what is left."""
    card = json.loads(club.card.read_text())
    (caller.folder / "cut-off.json").write_text(json.dumps({**card, **CUT_OFF, **left}))
    caller.environment["ESOS_STATION"] = "cut-off.json"


def wait_for(look, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.2)
    return found


def case_of(caller, officer):
    rows = officer.does("case", "list")["cases"]
    return next((row for row in rows if row["caller_name"] == caller), None)


@pytest.mark.parametrize("way", ["sms", "mesh"])
def test_a_caller_that_has_only_a_gateway_is_heard_and_learns_that_an_officer_has_charge(club, way):
    name = f"Example Hospital by {way}"
    caller, officer = club.member(name), club.officer(f"Officer for {way}", "officer")
    seen = caller.folder / "seen.txt"
    kept = caller.does("gateway", "set", f"--{way}", gateway(club, "--seen", seen, "--doubles"))
    assert kept[way].endswith("--doubles")
    ways = caller.does("call", "--test")["ways"]
    assert {one["carrier"]: one["answers"] for one in ways}[way]

    cut_off(club, caller)
    arrived = caller.does("call", "--nature", "cut-off", "--until", "arrived")
    assert arrived["state"] == "arrived"
    rows = {one["carrier"]: (one["state"], one["proven"]) for one in arrived["carriers"]}
    assert rows[way] == ("committed", True)
    assert {line.rsplit(" ", 1)[0] for line in seen.read_text().splitlines()} == {
        f"{way} {NUMBER if way == 'sms' else NODE}"
    }

    row = wait_for(lambda: case_of(name, officer))
    officer.run("case", "acknowledge", row["case"])
    ended = caller.does("call", "--resume", "--wait", "60")
    assert (ended["call"], ended["state"]) == (arrived["call"], "acknowledged")
