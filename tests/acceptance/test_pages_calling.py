"""The caller's pages in a real browser, with and without a script, on a telephone."""

from urllib.parse import urlsplit

import httpx
import pytest
from pages_house import TELEPHONE
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def fill_in(page: Page) -> None:
    page.get_by_text("We are flooded with traffic").click()
    page.get_by_text("Emergency now").click()
    page.fill("#name", "Example Water Board")


def test_a_call_leaves_after_the_countdown_and_the_caller_reads_that_no_person_has_seen_it(house, seat):
    with seat(size=TELEPHONE) as page:
        page.goto(house.http)
        fill_in(page)
        page.get_by_role("button", name="Call for help", exact=True).click()
        expect(page.get_by_role("dialog")).to_contain_text("Calling in")
        page.wait_for_url("**/c/**")
        expect(page.locator("#told")).to_contain_text("No person has seen it yet; one is due by")
        expect(page.locator("#first-aid")).to_contain_text("Call your provider's emergency number")
        expect(page.locator("#told")).to_contain_text("UTC)")


def test_an_aborted_call_never_leaves(house, seat):
    before = house.client().get("/api/v1/cases").json()["cases"]
    with seat(size=TELEPHONE) as page:
        page.goto(house.http)
        fill_in(page)
        page.get_by_role("button", name="Call for help", exact=True).click()
        expect(page.locator("#arming-abort")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.wait_for_timeout(6_000)
        assert urlsplit(page.url).path == "/"
        assert page.input_value("#name") == "Example Water Board"
    assert house.client().get("/api/v1/cases").json()["cases"] == before


def test_a_call_with_nothing_filled_in_is_taken_all_the_same(house, seat):
    with seat(size=TELEPHONE, script=False) as page:
        page.goto(house.http)
        page.get_by_role("button", name="Call for help", exact=True).click()
        expect(page.locator("main")).to_contain_text("Nothing has been sent yet")
        page.get_by_role("button", name="Yes, call for help").click()
        expect(page.locator("#told")).to_contain_text("No person has seen it yet")


def test_without_a_script_the_caller_can_change_something_before_the_call_leaves(house, seat):
    with seat(size=TELEPHONE, script=False) as page:
        page.goto(house.http)
        fill_in(page)
        page.fill("#words", 'Quotes " and <b>angles</b> stay as they are.')
        page.get_by_role("button", name="Call for help", exact=True).click()
        page.get_by_role("button", name="Change something").click()
        assert page.input_value("#words") == 'Quotes " and <b>angles</b> stay as they are.'
        assert page.get_by_label("We are flooded with traffic").is_checked()
        page.get_by_role("button", name="Call for help", exact=True).click()
        page.get_by_role("button", name="Yes, call for help").click()
        expect(page.locator("#told")).to_contain_text("Arrived")


def test_the_same_form_sent_twice_is_one_call(house):
    secret = "5f" * 16
    form = {"visit": secret, "confirmed": "1", "name": "Example Twice"}
    for _ in range(2):
        assert httpx.post(house.http, data=form).status_code == 303
    rows = house.client().get("/api/v1/cases").json()["cases"]
    assert sum(row["caller_name"] == "Example Twice" for row in rows) == 1


def test_a_card_number_nobody_knows_still_makes_a_call_and_says_so(house, seat):
    with seat(script=False) as page:
        page.goto(house.http)
        page.get_by_text("I have a printed card").click()
        page.fill("#card", "0000 0000")
        page.get_by_role("button", name="Call for help", exact=True).click()
        page.get_by_role("button", name="Yes, call for help").click()
        expect(page.locator("main")).to_contain_text("does not know the number of the card")
        expect(page.locator("#told")).to_contain_text("Arrived")


def test_cancelling_is_two_taps_and_asks_for_nothing(house, seat):
    made = house.call()
    with seat(size=TELEPHONE, script=False) as page:
        page.goto(made["page"])
        page.get_by_role("link", name="Cancel the call").click()
        page.get_by_role("button", name="Cancel the call").click()
        expect(page.locator("#told")).to_contain_text("Cancelled by you")
    assert house.state(made["case"]) == "cancelled"


def test_the_caller_writes_and_raises_the_urgency(house, seat):
    made = house.call(urgency="pan-pan")
    with seat(size=TELEPHONE) as page:
        page.goto(made["page"])
        page.get_by_label("Your message").fill("The second line is gone too.")
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#talk")).to_contain_text("The second line is gone too.")
        page.get_by_text("It got worse").click()
        page.get_by_text("Emergency now (mayday)").click()
        page.get_by_role("button", name="Change the urgency").click()
        expect(page.locator("#told .urgency")).to_contain_text("Emergency now")
