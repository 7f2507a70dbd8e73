"""Taking a call by telephone in a real browser and over HTTP, with the browser and the station dying in between."""

import re
import secrets

import httpx
import pytest
from pages_house import TELEPHONE
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def officer(house, number: int = 0) -> str:
    return house.live.officers[number].id


def as_officer(house) -> httpx.Client:
    """A browser without a script, as far as the station can see."""
    cookies = {"esos_session": house.sessions[officer(house)]}
    return httpx.Client(base_url=house.http, cookies=cookies, follow_redirects=True, timeout=30)


def csrf_in(text: str) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', text).group(1)


def draft_in(text: str) -> str:
    return re.search(r'data-draft="([0-9a-f]{32})"', text).group(1)


def saved(page):
    return expect(page.locator("#take-state")).to_contain_text("Saved at the station.")


def test_what_is_typed_is_at_the_station_before_the_page_says_so_and_survives_browser_and_station(house, seat):
    with seat(officer(house), size=TELEPHONE) as page:
        page.goto("/take")
        page.locator("#a-reply").fill("+353 999 000 111")
        page.locator("#a-caller").fill("Example Harbour")
        page.get_by_text("flooded", exact=False).first.click()
        saved(page)
        address = page.url
    house.live.kill()
    house.live.start()
    with seat(officer(house, 1), size=TELEPHONE) as page:
        page.goto("/watch")
        page.locator("#drafts").get_by_role("link", name="Example Harbour").click()
        assert page.url.rsplit("/", 1)[1] == address.rsplit("/", 1)[1]
        expect(page.locator("#a-reply")).to_have_value("+353 999 000 111")
        expect(page.locator(".say-aloud")).to_contain_text("I ring you back on +353 999 000 111")
        page.get_by_role("button", name="Make it a call, and I take charge").click()
        page.wait_for_url("**/read-out/**")
        expect(page.locator("#told")).to_contain_text("has charge of it")
        expect(page.locator(".read-aloud")).to_contain_text("Please do this, in this order")
        lines = page.locator(".read-aloud .do li").all_inner_texts()
        assert lines
        assert not [line for line in lines if "text=" in line]
        case = re.search(r"/read-out/([0-9a-f]{32})", page.url).group(1)
    view = house.client().get(f"/api/v1/cases/{case}").json()
    said = [(item["kind"], item["party"], item["signed"]) for item in view["timeline"] if item["kind"] == "relayed"]
    assert said == [("relayed", officer(house, 1), "attested")]
    assert view["caller_name"] == "Example Harbour"
    assert view["holder"] == officer(house, 1)
    still_open = [one["draft"] for one in house.client().get("/api/v1/drafts").json()["drafts"]]
    assert address.rsplit("/", 1)[1] not in still_open


def test_what_was_typed_while_the_station_was_out_of_reach_is_kept_in_the_browser_and_sent_later(house, seat):
    with seat(officer(house)) as page:
        page.goto("/take")
        page.locator("#a-reply").fill("112 233")
        saved(page)
        page.context.set_offline(True)
        page.locator("#a-talker").fill("The night engineer")
        expect(page.locator("#take-state")).to_contain_text("Not saved at the station yet")
        draft = re.search(r"/take/([0-9a-f]{32})", page.url).group(1)
        page.goto("about:blank")
        page.context.set_offline(False)
        page.goto(f"{house.http}/take/{draft}")
        expect(page.locator("#a-talker")).to_have_value("The night engineer")
        saved(page)
    answers = house.client().get(f"/api/v1/drafts/{draft}").json()["answers"]
    assert (answers["reply"], answers["talker"]) == ("112 233", "The night engineer")
    assert house.client().delete(f"/api/v1/drafts/{draft}").status_code == 204


def test_enter_goes_to_the_next_question_and_never_makes_a_call(house, seat):
    with seat(officer(house)) as page:
        page.goto("/take")
        page.locator("#a-reply").fill("112")
        page.locator("#a-reply").press("Enter")
        expect(page.locator("#a-talker")).to_be_focused()
        assert "/take/" in page.url


def test_without_a_script_each_step_is_a_form_and_nothing_is_lost(house):
    with as_officer(house) as browser:
        first = browser.get("/take").text
        draft, csrf = draft_in(first), csrf_in(first)
        form = {"csrf": csrf, "reply": "+353999000111", "natures": ["flooding", "outage"], "step": "talker"}
        told = browser.post(f"/take/{draft}", data=form)
        assert str(told.url).endswith(f"/take/{draft}#q-talker")
        form |= {"needs.filtering": "10", "consent": "ask", "safety": "yes", "words": "The switch <b>is dark</b>"}
        browser.post(f"/take/{draft}", data=form)
        answers = house.client().get(f"/api/v1/drafts/{draft}").json()["answers"]
        assert answers["natures"] == "flooding outage"
        assert answers["needs"] == "filtering=10"
        done = browser.post(f"/take/{draft}/call", data=form)
        assert "/read-out/" in str(done.url)
        case = re.search(r"/read-out/([0-9a-f]{32})", str(done.url)).group(1)
        assert str(browser.get(f"/take/{draft}").url).startswith(f"{house.http}/read-out/{case}")
    view = house.client().get(f"/api/v1/cases/{case}").json()
    assert not view["holder"]
    assert view["details"]["reply"] == "+353999000111"
    assert view["details"]["needs"] == [{"line": "filtering", "quantity": 10}]
    assert "The caller wishes to be asked before teams are told this." in view["details"]["words"]
    assert view["details"]["facts"]["threat_to_life_or_safety"] is True


@pytest.mark.parametrize("answers", [{}, {"talker": "Somebody at Example Mill"}])
def test_it_becomes_a_call_at_any_moment_with_one_answer_or_none(house, answers):
    client, draft = house.client(), secrets.token_hex(16)
    if answers:
        client.put(f"/api/v1/drafts/{draft}", json={"answers": answers})
    made = client.post(f"/api/v1/drafts/{draft}/call")
    assert made.status_code == 201, made.text
    assert house.state(made.json()["case"]) == "arrived"
    again = client.post(f"/api/v1/drafts/{draft}/call")
    assert again.json() == made.json()


def test_a_member_that_rings_is_recognised_by_its_name_and_joins_its_open_case(house):
    open_case = house.call(2)["case"]
    name = house.member(2).get("/api/v1/cases").json()["cases"][0]["caller_name"]
    client, draft = house.client(), secrets.token_hex(16)
    client.put(f"/api/v1/drafts/{draft}", json={"answers": {"caller": name.upper(), "reply": "112"}})
    assert client.post(f"/api/v1/drafts/{draft}/call").json()["case"] == open_case


def test_an_answer_that_comes_after_the_call_was_made_is_refused_and_brings_no_draft_back(house):
    client, draft = house.client(), secrets.token_hex(16)
    client.put(f"/api/v1/drafts/{draft}", json={"answers": {"reply": "112"}})
    client.post(f"/api/v1/drafts/{draft}/call")
    late = client.put(f"/api/v1/drafts/{draft}", json={"answers": {"reply": "113"}})
    assert (late.status_code, late.json()["code"]) == (409, "draft.done")
    assert draft not in [one["draft"] for one in client.get("/api/v1/drafts").json()["drafts"]]


def test_drafts_are_for_officers_only_and_take_the_questions_that_there_are(house):
    draft = secrets.token_hex(16)
    assert house.member(0).get("/api/v1/drafts").status_code == 403
    assert house.member(0).put(f"/api/v1/drafts/{draft}", json={"answers": {"reply": "1"}}).status_code == 403
    assert httpx.get(f"{house.http}/take").status_code == 401
    client = house.client()
    assert client.put(f"/api/v1/drafts/{draft}", json={"answers": {"culprit": "x"}}).status_code == 400
    long = client.put(f"/api/v1/drafts/{draft}", json={"answers": {"reply": "9" * 300}})
    assert long.json()["code"] == "draft.answer_long"
    assert client.delete(f"/api/v1/drafts/{draft}").json()["code"] == "draft.unknown"
    with as_officer(house) as browser:
        assert browser.post(f"/take/{draft}/keep", data={"ask": "reply", "reply": "1"}).status_code == 403
