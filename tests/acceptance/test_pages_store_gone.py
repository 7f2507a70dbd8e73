"""A watch floor whose database is gone says so in red, goes on by itself, and a page loaded meanwhile says the same."""

import pytest
from doubles.postgres_server import server_of_ones_own
from pages_house import CHROMIUM_ARGUMENTS, Seats, opened_house
from playwright.sync_api import expect, sync_playwright

pytestmark = pytest.mark.timeout(300)
LATER_MS = 60_000


@pytest.fixture
def server():
    """A server that may be killed."""
    yield from server_of_ones_own()


@pytest.mark.nightly
def test_the_watch_floor_says_in_red_that_nothing_can_be_kept_until_the_database_is_back(tmp_path, server, chromium):
    house = opened_house(tmp_path / "home", database=server.new_database())
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
            seats = Seats(browser, house)
            with seats(house.live.officers[0].id) as floor, seats(house.live.officers[1].id) as other:
                floor.goto(f"{house.http}/watch")
                expect(floor.locator("#trouble")).to_have_text("")
                server.kill()
                bar = floor.locator("#stale")
                expect(bar).to_contain_text("No call can be kept just now.", timeout=LATER_MS)
                expect(bar).to_contain_text("storage.unreachable")
                assert floor.locator("html").get_attribute("data-alarm") == "true"
                answer = other.goto(f"{house.http}/watch")
                assert answer.status == 503
                expect(other.locator("h1")).to_contain_text("This station can keep nothing just now")
                server.start()
                expect(bar).to_be_hidden(timeout=LATER_MS)
                house.call(0)
                expect(floor.locator(".alarm")).to_contain_text("1 call has no person.", timeout=LATER_MS)
            assert seats.faults == []
            browser.close()
    finally:
        house.live.kill()
