"""The talk of a case in a real browser: a message with a file and a conference, from the officer to the caller."""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from pages_house import TELEPHONE
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


def faults(page) -> list[str]:
    """What axe finds wrong with a page by WCAG 2.2 AA."""
    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found]


def test_an_officer_writes_with_a_file_and_the_caller_saves_it_without_a_script(house, seat, tmp_path):
    made = house.call()
    house.take(made["case"])
    kept = tmp_path / "what to do.txt"
    kept.write_bytes(b"Unplug it.")
    with seat(house.live.officers[0].id, size=TELEPHONE) as page:
        page.goto(f"/watch/{made['case']}")
        page.get_by_role("link", name="All of the talk").click()
        page.get_by_label("Message").fill("Please join us.")
        page.get_by_label("Files, if any").set_input_files(kept)
        page.get_by_label("Link to a conference").fill("https://meet.example.net/room")
        page.get_by_role("button", name="Send").click()
        expect(page.locator("ol.talk li").first).to_contain_text("Please join us.")
        assert faults(page) == []
    with seat(size=TELEPHONE, script=False) as page:
        page.goto(f"{urlsplit(made['page']).path}/talk")
        expect(page.get_by_role("link", name="meet.example.net").first).to_have_attribute("rel", "noreferrer noopener")
        with page.expect_download() as coming:
            page.get_by_role("link", name="what to do.txt").first.click()
        assert coming.value.suggested_filename == "what to do.txt"
        assert coming.value.path().read_bytes() == b"Unplug it."


def test_a_link_that_is_no_conference_is_refused_and_what_was_typed_is_still_there(house, seat):
    made = house.call()
    house.take(made["case"])
    with seat(house.live.officers[0].id, size=TELEPHONE, scheme="dark") as page:
        page.goto(f"/watch/{made['case']}/talk")
        page.get_by_label("Message").fill("Please join us.")
        page.get_by_label("Link to a conference").fill("javascript:alert(1)")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("alert")).to_contain_text("This is no link to a conference.")
        expect(page.get_by_label("Message")).to_have_value("Please join us.")
        assert faults(page) == []
