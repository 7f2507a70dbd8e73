"""Links in what the station writes to people, and who may not come in by them."""

import json
import time

import httpx
import pytest
from pages_house import TELEPHONE
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def links_to(house, address: str) -> list[str]:
    """The links in what the station wrote to a person, newest last."""
    file = house.live.home.folder / "pages" / f"{address}.jsonl"
    pages = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [page["link"] for page in pages if "/r/" in page["link"]]


def ask_and_get_link(house, case: str, number: int) -> tuple[str, str]:
    """Ask a member; the request's id, and the link that the station then writes to it."""
    before = len(links_to(house, f"team{number}"))
    request = house.ask(case, number)
    for _ in range(100):
        found = links_to(house, f"team{number}")
        if len(found) > before:
            return request, found[-1]
        time.sleep(0.1)
    raise AssertionError("the station wrote to nobody")


def test_the_link_in_a_page_opens_the_request_and_answers_it_without_signing_in(house, seat):
    made = house.call()
    house.take(made["case"])
    _, link = ask_and_get_link(house, made["case"], 2)
    with seat(size=TELEPHONE, script=False) as page:
        page.goto(link)
        page.get_by_role("button", name="We come: commit").click()
        expect(page.locator("#told")).to_contain_text("is coming")
    timeline = house.client().get(f"/api/v1/cases/{made['case']}").json()["timeline"]
    said = [
        (item["kind"], item["known_by"], item["signed"])
        for item in timeline
        if item["party"] == house.live.members[2].id
    ]
    assert said[-2:] == [("delivered", "link", "attested"), ("committed", "link", "attested")]


def test_by_the_link_in_a_page_each_answer_is_two_actions_opening_it_and_one_button(house, seat):
    made = house.call()
    house.take(made["case"])
    answers = {2: "We have an emergency of our own.", 3: "We come: commit", 4: "We are looking at it"}
    stands = {}
    for number, button in answers.items():
        request, link = ask_and_get_link(house, made["case"], number)
        with seat(size=TELEPHONE, script=False) as page:
            page.goto(link)
            page.get_by_role("button", name=button).click()
            expect(page.locator("#told")).to_be_visible()
        view = house.member(number).get(f"/api/v1/requests/{request}").json()
        stands[number] = (view["state"], view["ground"])
    assert stands == {2: ("declined", "D2"), 3: ("committed", ""), 4: ("considering", "")}


def test_a_teams_link_opens_no_callers_page_and_no_word_between_others(house):
    made = house.call()
    house.take(made["case"])
    request, link = ask_and_get_link(house, made["case"], 3)
    house.say(house.member(3), f"/requests/{request}", "committed")
    house.say(
        house.client(), f"/cases/{made['case']}", "messaged", text="For the caller alone", to=[house.live.members[0].id]
    )
    own = httpx.get(link)
    assert own.status_code == 200
    assert "For the caller alone" not in own.text
    assert "For the caller alone" in httpx.get(made["page"]).text
    assert httpx.get(link.replace("/r/", "/c/")).status_code == 401
    assert httpx.get(link.replace("/r/", "/c/") + "/report").status_code == 401
    assert httpx.get(link.replace("/r/", "/a/")).status_code == 403


def test_opening_a_sign_in_link_does_not_spend_it_and_the_button_does(house, seat):
    link = f"{house.http}/enter/{house.links[house.live.officers[1].id]}"
    assert httpx.get(link).status_code == 200
    with seat() as page:
        page.goto(link)
        page.get_by_role("button", name="Sign in on this device").click()
        page.wait_for_url("**/watch")
        page.goto(link)
        page.get_by_role("button", name="Sign in on this device").click()
        expect(page.locator("h1")).to_contain_text("This link has been used, or is too old.")


def test_a_form_posted_from_elsewhere_is_refused(house):
    made = house.call()
    cookie = {"esos_session": house.sessions[house.live.officers[0].id]}
    answer = httpx.post(
        f"{house.http}/watch/{made['case']}/acknowledged", cookies=cookie, headers={"accept": "text/html"}
    )
    assert answer.status_code == 403
    assert house.state(made["case"]) == "arrived"


def test_a_members_session_does_not_open_the_watch_floor(house):
    cookie = {"esos_session": house.sessions[house.live.members[1].id]}
    answer = httpx.get(f"{house.http}/watch", cookies=cookie, headers={"accept": "text/html"})
    assert answer.status_code == 403
    assert "for the people of the watch station" in answer.text
