"""What acceptance tests share: a station that really runs, and that is gone when the module is done."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from live import founded
from pages_house import CHROMIUM_ARGUMENTS, Seats, opened_house
from playwright.sync_api import sync_playwright

DRILL_SPEED = 60


@pytest.fixture(scope="module")
def shared_store(postgres_server):
    """The address of an empty database that several processes share."""
    return postgres_server.new_database()


@pytest.fixture(scope="module")
def live_station(tmp_path_factory):
    """A running exercise station with three officers and six members, sixty times as fast as time."""
    live = founded(tmp_path_factory.mktemp("station") / "home", speed=DRILL_SPEED)
    live.start()
    yield live
    live.kill()


@pytest.fixture(scope="module")
def open_house(tmp_path_factory):
    """A running station for a browser, with whatever the tests before left in it."""
    house = opened_house(tmp_path_factory.mktemp("pages") / "home")
    yield house
    house.live.kill()


@pytest.fixture
def house(open_house):
    """The same with no case open: each test begins alone, in whatever order they come."""
    open_house.calm()
    return open_house


@pytest.fixture(scope="module")
def browser(open_house, chromium):
    """A real Chromium, started after the house: its driver keeps an event loop in this thread."""
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def seat(browser, open_house):
    """Opens pages for one person; a page that breaks its own policy, or leaves the host, fails the test."""
    seats = Seats(browser, open_house)
    yield seats
    assert seats.faults == []
