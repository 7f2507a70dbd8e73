"""The caller's page kept on a telephone, in a real browser whose network is cut, and at a station that is killed."""

import json
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from pages_house import TELEPHONE, opened_house
from playwright.sync_api import expect

from esos.message.spoken import PSEUDONYM_BYTES, decode_spoken
from esos.web.console import keep
from esos.words.realm import Realm

pytestmark = pytest.mark.browser

ESOS = str(Path(sys.executable).parent / "esos")
PHONES = "+353 999 000 112"
NOT_SENT = "NOT sent. Nobody knows of it yet."
SAID_WRONGLY = ("arrived", "received", "is coming", "has been sent", "acknowledged")


@pytest.fixture(scope="module")
def open_house(tmp_path_factory):
    """A station whose card has telephone numbers and a mailbox that people read."""
    reached = {"watch_telephone": PHONES, "watch_text": "+353999000112", "watch_mailbox": "watch@club.example"}
    house = opened_house(tmp_path_factory.mktemp("kept") / "home", **reached)
    yield house
    house.live.kill()


@pytest.fixture
def kept(seat):
    """The page on a telephone that has kept it."""
    with seat(size=TELEPHONE) as page:
        page.goto("/keep")
        expect(page.locator("html")).to_have_attribute("data-kept", "true")
        yield page


def fill(page, name="Example Hospital"):
    page.locator('[name=nature][value="flooding"]').check()
    page.locator("[name=urgency][value=mayday]").check()
    page.fill("#name", name)
    page.fill("#words", "All lines are full.")


def press(page):
    page.get_by_role("button", name="Call for help", exact=True).click()
    page.get_by_role("button", name="Call now, do not wait").click()


def start_again(house, **settings):
    """The station is back where it was."""
    address = urlsplit(house.http).netloc
    house.live.settings = msgspec.structs.replace(house.live.settings, http=address, **settings)
    house.live.start()


def cases(house, name):
    return [one for one in house.client().get("/api/v1/cases").json()["cases"] if one["caller_name"] == name]


def test_without_a_network_the_page_opens_and_what_was_typed_is_there_after_a_reload(kept):
    fill(kept, "Example Library")
    kept.context.set_offline(True)
    for address in ("/keep", "/", "/keep"):
        kept.goto(address)
        expect(kept.locator("#name")).to_have_value("Example Library")
        expect(kept.locator(".drill-banner")).to_be_visible()
        expect(kept.get_by_role("link", name=PHONES)).to_be_visible()
    kept.locator("#aid-destruction summary").click()
    expect(kept.get_by_text("Photograph the screens.")).to_be_visible()


def test_a_call_made_without_a_network_says_that_nobody_knows_and_arrives_once_when_it_is_back(kept, house):
    kept.context.set_offline(True)
    fill(kept, "Example Waterworks")
    press(kept)
    expect(kept.locator("#unsent")).to_contain_text(NOT_SENT)
    expect(kept.locator("#unsent")).to_contain_text("This telephone has no network")
    kept.reload()
    expect(kept.locator("#unsent")).to_contain_text(NOT_SENT)
    told = kept.inner_text("#unsent").lower()
    assert not [word for word in SAID_WRONGLY if word in told]
    kept.context.set_offline(False)
    kept.wait_for_url("**/c/*")
    expect(kept.locator("#told")).to_contain_text("No person has seen it yet")
    found = cases(house, "Example Waterworks")
    assert len(found) == 1
    kept.goto("/keep")
    expect(kept.locator("#unsent")).to_be_hidden()
    assert kept.input_value("#name") == ""


def test_a_call_to_a_killed_station_is_kept_and_arrives_once_when_the_station_is_back(kept, house):
    fill(kept, "Example Harbour")
    house.live.kill()
    press(kept)
    expect(kept.locator("#unsent-silent")).to_be_visible()
    kept.reload()
    expect(kept.locator("#unsent")).to_contain_text(NOT_SENT)
    start_again(house)
    kept.get_by_role("button", name="Try now").click()
    kept.wait_for_url("**/c/*")
    assert len(cases(house, "Example Harbour")) == 1


def test_an_answer_that_was_lost_on_its_way_makes_no_second_call(kept, house):
    fill(kept, "Example Airport")
    lost = []

    def lose(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    kept.context.route("**/", lose)
    press(kept)
    kept.wait_for_url("**/c/*")
    assert lost
    assert len(cases(house, "Example Airport")) == 1


def test_what_somebody_else_answers_is_not_taken_for_the_station(kept, house):
    fill(kept, "Example Museum")
    kept.context.route(
        "**/", lambda route: route.fulfill(status=200, body="Welcome to the guest network. Your call has arrived.")
    )
    press(kept)
    expect(kept.locator("#unsent-refused")).to_be_visible()
    expect(kept.locator("#unsent")).to_contain_text(NOT_SENT)
    kept.get_by_role("button", name="Do not send it; delete it here").click()
    expect(kept.locator("#dropped")).to_be_visible()
    assert cases(house, "Example Museum") == []


def problem(status, code, detail):
    """A refusal as the station says it."""
    body = json.dumps({"status": status, "code": code, "detail": detail, "hint": "Write less."})
    return {"status": status, "content_type": "application/problem+json", "body": body}


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_call_that_the_station_refuses_for_good_is_told_with_its_words_and_is_not_tried_again(kept, house, status):
    fill(kept, "Example Theatre")
    tried = []

    def refuse(route):
        tried.append(route.request.method)
        route.fulfill(**problem(status, "call.too_long", "This call is too long."))

    kept.context.route("**/", refuse)
    press(kept)
    expect(kept.locator("#unsent-never")).to_contain_text("This call is too long. Write less. [call.too_long]")
    expect(kept.locator("#unsent")).to_contain_text(NOT_SENT)
    expect(kept.locator("#unsent-again")).to_be_hidden()
    sent = len(tried)
    kept.reload()
    expect(kept.locator("#unsent-never")).to_contain_text("This call is too long.")
    kept.evaluate("window.dispatchEvent(new Event('online'))")
    expect(kept.locator("#name")).to_have_value("Example Theatre")
    expect(kept.locator("#words")).to_have_value("All lines are full.")
    assert len(tried) == sent
    kept.context.unroute("**/")
    kept.fill("#words", "Full.")
    press(kept)
    kept.wait_for_url("**/c/*")
    assert len(cases(house, "Example Theatre")) >= 1


@pytest.mark.parametrize("status", [408, 429, 503])
def test_a_call_that_is_only_refused_for_now_is_tried_again_until_it_arrives(kept, house, status):
    name = f"Example Opera {status}"
    fill(kept, name)
    tried = []

    def later(route):
        tried.append(route.request.method)
        if len(tried) < 3:
            route.fulfill(**problem(status, "overload.refused", "Come again."))
        else:
            route.continue_()

    kept.context.route("**/", later)
    press(kept)
    expect(kept.locator("#unsent-refused")).to_be_visible()
    expect(kept.locator("#unsent-never")).to_be_hidden()
    kept.get_by_role("button", name="Try now").click()
    kept.wait_for_url("**/c/*")
    assert len(cases(house, name)) == 1


def test_the_words_to_read_aloud_are_taken_by_the_station_as_the_cards_owner(kept, house, tmp_path):
    member = house.live.members[5]
    officer = house.client()
    numbers = [
        officer.post(f"/api/v1/members/{member.id}/secrets", json={"purpose": "card"}).json()["secret"] for _ in "12"
    ]
    card = officer.get("/api/v1/station").json()
    kept.context.set_offline(True)
    kept.fill("#card-code", f"ESOS-CARD1|exercise|{member.id}|{card['kid']}|{card['http']}||Example Team")
    kept.fill("#card-numbers", "\n".join(f"{one[:4]} {one[4:]}" for one in numbers))
    fill(kept)
    kept.locator('[name=nature][value="intruder"]').check()
    expect(kept.locator("#say-card")).to_be_visible()
    kept.wait_for_function("document.getElementById('aloud').value.includes('intruder')")
    text = kept.input_value("#aloud")
    heard = decode_spoken(text)
    assert (heard.realm, heard.pseudonym) == (Realm.EXERCISE, bytes.fromhex(member.id)[:PSEUDONYM_BYTES])
    assert kept.get_attribute("#by-text", "href").startswith("sms:+353999000112?body=EXERCISE%20EXERCISE")
    assert kept.get_attribute("#by-mail", "href").startswith("mailto:watch@club.example?subject=EXERCISE")
    (tmp_path / "station.json").write_text(json.dumps(card))
    handed = subprocess.run(
        [ESOS, "hand-in", text, "--station", str(tmp_path / "station.json"), "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    taken = json.loads(handed.stdout)
    assert taken["card_accepted"] is True, handed.stderr
    assert taken["is_named_alike"] is True


def test_everything_that_is_kept_can_be_deleted(kept):
    fill(kept, "Example School")
    kept.fill("#card-numbers", "1234 5678")
    expect(kept.locator("#card-list")).to_contain_text("1234 5678")
    kept.get_by_role("button", name="Delete everything that is kept here of me").click()
    assert kept.evaluate("localStorage.length") == 0
    kept.reload()
    assert kept.input_value("#name") == ""
    assert kept.input_value("#card-numbers") == ""


KEPT = """async () => {
  const kept = await caches.open((await caches.keys()).at(-1)); // caches stand in the order in which they were made
  return (await kept.keys()).map((one) => new URL(one.url).pathname);
}"""
NEWER = """async (number) => {
  const worker = await navigator.serviceWorker.ready;
  await worker.update();
  if (worker.installing || worker.waiting || worker.active.state !== "activated") return false;
  const pages = await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).match("/keep")).text()));
  return pages.some((page) => page.includes(number));
}"""
UPDATE_SECONDS = 60


def wait_until_newer(page, number):
    give_up = time.monotonic() + UPDATE_SECONDS
    while not page.evaluate(NEWER, number):
        assert time.monotonic() < give_up, "the newer version was not kept in time"
        page.wait_for_timeout(100)


def test_another_number_of_the_watch_makes_another_version_and_it_is_kept_whole(kept, house):
    house.live.kill()
    start_again(house, watch_telephone="+353 999 000 999")
    wait_until_newer(kept, "+353 999 000 999")
    kept.context.set_offline(True)
    kept.goto("/keep")
    expect(kept.get_by_role("link", name="+353 999 000 999")).to_be_visible()
    expect(kept.locator("#ways")).not_to_contain_text(PHONES)
    files = {path for path in kept.evaluate(KEPT) if path != "/keep"}
    asked = kept.evaluate("performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname)")
    assert {path for path in asked if path.startswith("/kept/")} <= files
    kept.context.set_offline(False)
    house.live.kill()
    start_again(house, watch_telephone=PHONES)


def test_a_file_of_another_version_is_not_handed_out(house):
    version = keep.files_version()
    assert httpx.get(f"{house.http}/kept/{version}/keep.js", timeout=20).status_code == 200
    assert httpx.get(f"{house.http}/kept/{'0' * len(version)}/keep.js", timeout=20).status_code == 404


def test_pages_of_cases_and_of_the_watch_are_never_kept(seat, house):
    with seat(house.live.officers[0].id) as page:
        page.goto("/keep")
        expect(page.locator("html")).to_have_attribute("data-kept", "true")
        page.goto("/watch")
        kept = page.evaluate(
            "async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map((one) => one.url)))).flat()"
        )
        assert not [url for url in kept if "/watch" in url or "/c/" in url or "/api/" in url]
        page.context.set_offline(True)
        with pytest.raises(Exception, match="ERR_"):
            page.goto("/watch")
