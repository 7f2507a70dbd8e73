"""The printed card made in a browser, and the sheets for the wall, on paper: one sheet of A4 each, with whom to ring."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from pages_house import TELEPHONE, opened_house

from esos.words.nature import Nature

pytestmark = pytest.mark.browser
PHONES = "+353999000110, +353999000111"
LEVELS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
SHEET = re.compile(rb"/Type\s*/Page\b")


@pytest.fixture(scope="module")
def open_house(tmp_path_factory):
    """A station with two telephone numbers, and people who read texts and mail."""
    reached = {"watch_telephone": PHONES, "watch_text": "+353999000112", "watch_mailbox": "watch@club.example"}
    house = opened_house(tmp_path_factory.mktemp("paper") / "home", **reached)
    yield house
    house.live.kill()


def test_a_card_full_of_numbers_is_made_with_one_button_and_is_one_sheet_from_right_to_left(open_house, seat):
    with seat(open_house.live.officers[0].id, size=TELEPHONE, scheme="dark") as page:
        page.goto(f"/register/{open_house.live.members[0].id}/card")
        page.fill("#count", "20")
        page.select_option("#language", "ar")
        page.get_by_role("button", name="Make the card").click()
        page.locator(".paper[dir=rtl]").wait_for()
        assert page.locator(".paper-numbers li").count() == 20
        assert page.locator(".paper .large bdi").first.inner_text() == "+353999000110"
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert Axe().run(page, options=LEVELS).response["violations"] == []
        paper = page.pdf(prefer_css_page_size=True)
    assert len(SHEET.findall(paper)) == 1


def test_each_card_for_the_wall_is_one_sheet_with_the_telephone_at_its_foot(seat):
    with seat() as page:
        page.goto("/first-aid/wall")
        assert page.locator(".sheet-foot .reach .large bdi").count() == len(Nature) * 4
        paper = page.pdf(prefer_css_page_size=True)
    assert len(SHEET.findall(paper)) == len(Nature)
