"""Addresses changed in a browser: added in two actions, removed in one, and the last one asked about."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from pages_house import DESK, TELEPHONE
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
LEVELS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (TELEPHONE, "dark")])
def test_an_address_is_added_in_two_actions_and_removed_in_one_or_two(open_house, seat, size, scheme):
    with seat(open_house.live.officers[1].id, size=size, scheme=scheme) as page:
        page.goto("/roster")
        page.get_by_role("link", name="Your addresses").click()
        page.select_option("#channel", "file")
        page.fill("#address", f"duty-{scheme}")
        page.get_by_role("button", name="Add it").click()
        expect(page.locator("#ways")).to_contain_text(f"file:duty-{scheme}")
        expect(page.locator("#ways")).to_contain_text("not confirmed by its owner")
        expect(page.locator("#trials")).to_contain_text("asked whether it is theirs")
        _look(page)
        page.get_by_role("button", name=f"Remove file:duty-{scheme}").click()
        expect(page.get_by_role("heading", name="Remove the last address that would wake you?")).to_be_visible()
        _look(page)
        page.get_by_role("link", name="Keep it").click()
        expect(page.locator("#ways")).to_contain_text(f"file:duty-{scheme}")
        page.get_by_role("button", name=f"Remove file:duty-{scheme}").click()
        page.get_by_role("button", name="Remove it all the same").click()
        expect(page.locator("#ways")).to_contain_text("The station has no address of yours.")


def _look(page):
    """What axe says of it, and whether it fits."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert Axe().run(page, options=LEVELS).response["violations"] == []
