"""Each key task takes at most three actions on the page where it begins. Writing into a field is no action of its own.

An action is a press on a button, a link or a choice, and choosing from a list. The test counts the presses that the browser
hears, and each list whose choice changes. Where a second officer must agree, what that one does is counted for itself.
"""

from contextlib import contextmanager

import pytest
from pages_house import TELEPHONE
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ACTIONS_MAX = 3
COUNT = """{
  const count = () => sessionStorage.setItem("actions", Number(sessionStorage.getItem("actions") ?? 0) + 1);
  addEventListener("click", (event) => event.isTrusted && event.detail && !event.target.matches("select, option") && count(), true);
  addEventListener("change", (event) => event.target.matches("select") && count(), true);
}"""


@contextmanager
def counted(page, path):
    """The page where the task begins; at its end no more was pressed than is allowed."""
    page.add_init_script(COUNT)
    page.goto(path)
    page.evaluate("sessionStorage.removeItem('actions')")
    yield page
    pressed = int(page.evaluate("sessionStorage.getItem('actions') ?? 0"))
    assert 0 < pressed <= ACTIONS_MAX, pressed


def test_to_call(seat):
    with seat(size=TELEPHONE) as page, counted(page, "/"):
        page.locator("[name=urgency][value=mayday]").check()
        page.get_by_role("button", name="Call for help", exact=True).click()
        page.get_by_role("button", name="Call now, do not wait").click()
        page.wait_for_url("**/c/*")
        expect(page.locator("#told")).to_contain_text("No person has seen it yet")


def test_to_call_from_the_page_that_is_kept(seat):
    with seat(size=TELEPHONE) as page, counted(page, "/keep"):
        page.locator("[name=urgency][value=mayday]").check()
        page.get_by_role("button", name="Call for help", exact=True).click()
        page.get_by_role("button", name="Call now, do not wait").click()
        page.wait_for_url("**/c/*")


def test_to_acknowledge(house, seat):
    house.call(1)
    with seat(house.live.officers[0].id) as page, counted(page, "/watch"):
        page.get_by_role("button", name="I take it").click()
        expect(page.locator("#told")).to_contain_text("You hold this case.")


def test_to_ask_a_team(house, seat):
    made = house.call(1, needs=[{"line": "filtering", "quantity": 40}])
    house.take(made["case"])
    with seat(house.live.officers[0].id) as page, counted(page, f"/watch/{made['case']}"):
        page.locator("#act-requested summary").click()
        page.select_option("#requested-responder", label="Example Team 3")
        page.get_by_role("button", name="Ask this team").click()
        expect(page.locator("#asked")).to_contain_text("Example Team 3")


@pytest.fixture
def asked(house):
    """A team's page about one request."""
    made = house.call(1, needs=[{"line": "filtering", "quantity": 40}])
    house.take(made["case"])
    return house.live.members[3].id, f"/inbox/{house.ask(made['case'], 3)}"


def test_to_offer(asked, seat):
    member, path = asked
    with seat(member, size=TELEPHONE) as page, counted(page, path):
        page.locator("#act-offered summary").click()
        page.locator("#act-offered button[type=submit]").click()
        expect(page.locator("#told")).to_contain_text("offer")


def test_to_decline(asked, seat):
    member, path = asked
    with seat(member, size=TELEPHONE) as page, counted(page, path):
        page.locator("#act-declined summary").click()
        page.locator("#act-declined [name=ground]").first.check()
        page.locator("#act-declined button[type=submit]").click()
        expect(page.locator("#told")).to_contain_text("declined")


def test_to_stand_down(house, seat):
    made = house.call(1)
    house.take(made["case"])
    house.say(house.client(), f"/cases/{made['case']}", "called_back", result="in_distress", by="telephone")
    with seat(house.live.officers[0].id) as page, counted(page, f"/watch/{made['case']}"):
        page.locator("#act-stood_down summary").click()
        page.locator("#act-stood_down [name=caller_agrees]").check()
        page.locator("#act-stood_down button[type=submit]").click()
        expect(page.locator("#do")).to_contain_text("A second officer has been paged")
    with seat(house.live.officers[1].id) as page, counted(page, f"/watch/{made['case']}"):
        page.get_by_role("button", name="I agree").click()
        expect(page.locator("#told")).to_contain_text("Stood down; everybody is released")
