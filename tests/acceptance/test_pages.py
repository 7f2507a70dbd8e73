"""The pages as people use them: a real browser, with and without a script, on a telephone and at a desk."""

import asyncio
import json
import re
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from live import founded
from playwright.sync_api import Page, expect, sync_playwright

from esos.service import opened_station
from esos.station.tokens import SESSION_MS
from esos.words.realm import Realm

pytestmark = pytest.mark.browser

TELEPHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
PAGE_MAX_BYTES = 100_000
AVOIDED = re.compile(
    r"\b(ticket|alert rule|attacker|threat actor|workflow|casualty|summons|hoax|D10|D[1-9])s?\b", re.IGNORECASE
)
LIVE_MS = 15_000


@dataclass
class House:
    """A running station, and a session for each of its people."""

    live: object
    sessions: dict
    links: dict

    @property
    def http(self) -> str:
        return self.live.http

    def client(self, number: int = 0) -> httpx.Client:
        return self.live.client(self.live.officers[number].token)

    def member(self, number: int) -> httpx.Client:
        return self.live.client(self.live.members[number].token)

    def call(self, number: int = 0, **details) -> dict:
        """A member calls through the interface for programs; its case and the address of its page."""
        body = {"details": {"urgency": "mayday", "natures": ["flooding"], **details}}
        answer = self.member(number).post("/api/v1/calls", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def say(self, client: httpx.Client, path: str, kind: str, **body) -> dict:
        answer = client.post(f"/api/v1{path}/statements", json={"kind": kind, "body": body})
        assert answer.status_code in {200, 201, 202}, answer.text
        return answer.json()

    def take(self, case: str) -> None:
        """The first officer has charge, now or since before: a member's new call joins its open case."""
        answer = self.client().post(f"/api/v1/cases/{case}/statements", json={"kind": "acknowledged", "body": {}})
        assert answer.status_code in {200, 201, 202} or answer.json()["code"] == "case.already_yours", answer.text

    def ask(self, case: str, number: int) -> str:
        """The first officer asks a member; the request's id."""
        asked = {"request": secrets.token_hex(16), "responder": self.live.members[number].id, "name": "Example Team"}
        lines = [{"line": "filtering", "quantity": 10}]
        self.say(self.client(), f"/cases/{case}", "requested", **asked, lines=lines)
        return asked["request"]

    def state(self, case: str) -> str:
        return self.client().get(f"/api/v1/cases/{case}").json()["state"]

    def calm(self) -> None:
        """Every case is ended, so that the next test finds a quiet watch floor."""
        client = self.client()
        for row in client.get("/api/v1/cases?open=1").json()["cases"]:
            path = f"/cases/{row['case']}"
            if not row["holder"]:
                self.say(client, path, "acknowledged")
            elif row["holder"] != self.live.officers[0].id:
                continue
            proposal = self.say(client, path, "stood_down", caller_agrees=True)["statement"]
            if self.state(row["case"]) != "stood_down":
                self.say(self.client(1), path, "seconded", proposal=proposal)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    live = founded(tmp_path_factory.mktemp("pages") / "home", realm=Realm.EXERCISE)

    async def secrets() -> tuple[dict, dict]:
        async with opened_station(live.home, live.settings, lambda: "") as station:
            people = [one.id for one in (*live.officers, *live.members)]
            sessions = {one: await station.tokens.make(one, "session", lives_ms=SESSION_MS) for one in people}
            return sessions, {one: await station.tokens.link(one) for one in people}

    sessions, links = asyncio.run(secrets())
    live.start()
    yield House(live, sessions, links)
    live.kill()


@pytest.fixture(scope="module")
def browser(house, chromium):
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"])
        yield found
        found.close()


@pytest.fixture
def seat(browser, house):
    """Opens pages for one person; whatever breaks the page's own policy, or leaves the host, fails the test."""
    faults, contexts = [], []

    @contextmanager
    def sit(party: str = "", size=DESK, script: bool = True, scheme: str = "light"):
        context = browser.new_context(
            viewport=size, java_script_enabled=script, color_scheme=scheme, timezone_id="Europe/Berlin"
        )
        context.set_default_timeout(LIVE_MS)
        contexts.append(context)
        context.on("request", lambda request: faults.append(request.url) if _leaves(request.url, house.http) else None)
        if party:
            context.add_cookies([{"name": "esos_session", "value": house.sessions[party], "url": house.http}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        yield page
        context.close()

    yield sit
    assert faults == []


def _leaves(url: str, here: str) -> bool:
    return urlsplit(url).scheme in {"http", "https"} and urlsplit(url).netloc != urlsplit(here).netloc


def fill_in(page: Page) -> None:
    page.get_by_text("We are flooded with traffic").click()
    page.get_by_text("Emergency now").click()
    page.fill("#name", "Example Water Board")


# --- calling ------------------------------------------------------------------------------------


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
    house.calm()


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
    house.calm()


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
    house.calm()


def test_the_same_form_sent_twice_is_one_call(house):
    secret = "5f" * 16
    form = {"visit": secret, "confirmed": "1", "name": "Example Twice"}
    for _ in range(2):
        assert httpx.post(house.http, data=form).status_code == 303
    rows = house.client().get("/api/v1/cases").json()["cases"]
    assert sum(row["caller_name"] == "Example Twice" for row in rows) == 1
    house.calm()


def test_a_card_number_nobody_knows_still_makes_a_call_and_says_so(house, seat):
    with seat(script=False) as page:
        page.goto(house.http)
        page.get_by_text("I have a printed card").click()
        page.fill("#card", "0000 0000")
        page.get_by_role("button", name="Call for help", exact=True).click()
        page.get_by_role("button", name="Yes, call for help").click()
        expect(page.locator("main")).to_contain_text("does not know the number of the card")
        expect(page.locator("#told")).to_contain_text("Arrived")
    house.calm()


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
    house.calm()


# --- the watch ----------------------------------------------------------------------------------


def test_the_officer_takes_a_call_with_one_key_and_the_caller_reads_it_without_reloading(house, seat):
    made = house.call()
    with seat(house.live.officers[0].id) as floor, seat(size=TELEPHONE) as caller:
        caller.goto(made["page"])
        floor.goto(f"{house.http}/watch")
        expect(floor.locator(".alarm")).to_contain_text("One call has no person.")
        expect(floor.locator("#muted")).to_be_visible()
        floor.keyboard.press("j")
        assert floor.evaluate("document.activeElement.matches('[data-row] .open')")
        floor.keyboard.press("a")
        floor.wait_for_url(f"**/watch/{made['case']}")
        expect(floor.locator("#told")).to_contain_text("You hold this case.")
        expect(caller.locator("#told")).to_contain_text("The officer on watch at Example Watch has your case")
        expect(caller.locator("#announce")).to_contain_text("has your case")
    house.calm()


def test_a_new_call_appears_on_the_watch_floor_by_itself_and_keeps_focus(house, seat):
    first = house.call(1)
    with seat(house.live.officers[0].id) as floor:
        floor.goto(f"{house.http}/watch")
        floor.keyboard.press("j")
        house.call(2)
        expect(floor.locator(".alarm")).to_contain_text("2 calls have no person.")
        assert floor.evaluate("document.activeElement.id") == f"c-{first['case']}"
        assert floor.title().startswith("DRILL: (2) Watch floor")
    house.calm()


def test_an_officer_asks_a_team_the_team_comes_and_the_caller_sees_who(house, seat):
    made = house.call(needs=[{"line": "filtering", "quantity": 40}])
    house.take(made["case"])
    with seat(house.live.officers[0].id) as page:
        page.goto(f"{house.http}/watch/{made['case']}")
        page.get_by_text("Ask a team", exact=True).click()
        page.select_option("#requested-responder", label="Example Team 3")
        assert page.input_value("#requested-lines-filtering") == "40"
        page.fill("#requested-lines-filtering", "20")
        page.get_by_role("button", name="Ask this team").click()
        expect(page.locator("#asked")).to_contain_text("Example Team 3")
    with seat(house.live.members[3].id, size=TELEPHONE, script=False) as team:
        team.goto(f"{house.http}/inbox")
        team.get_by_role("link", name="asks for your help").click()
        expect(team.locator("#why")).to_contain_text("Why you")
        team.get_by_role("button", name="We come: commit").click()
        expect(team.locator("#told")).to_contain_text("This team has committed itself and is coming.")
    with seat(size=TELEPHONE) as caller:
        caller.goto(made["page"])
        expect(caller.locator("#told")).to_contain_text("Example Team 3 is coming: 20 of 40 Gbit/s")
    house.calm()


def test_a_partial_offer_is_chosen_and_then_committed(house, seat):
    made = house.call(needs=[{"line": "filtering", "quantity": 40}])
    house.take(made["case"])
    request = house.ask(made["case"], 4)
    with seat(house.live.members[4].id, size=TELEPHONE) as team:
        team.goto(f"{house.http}/inbox/{request}")
        team.get_by_text("We can offer a part").click()
        team.locator("#offered-lines-filtering").fill("5")
        team.locator("#offered-condition").fill("Until noon.")
        team.get_by_role("button", name="Offer", exact=True).click()
        expect(team.locator("#told")).to_contain_text("not bound until it commits")
        with seat(house.live.officers[0].id) as page:
            page.goto(f"{house.http}/watch/{made['case']}")
            expect(page.locator("#needs")).to_contain_text("5 Gbit/s offered, not yet bound")
            page.get_by_role("button", name="Choose").click()
        expect(team.locator("#told")).to_contain_text("Its offer was chosen")
    house.calm()


def test_a_team_declines_with_a_ground_in_words(house, seat):
    made = house.call()
    house.take(made["case"])
    request = house.ask(made["case"], 5)
    with seat(house.live.members[5].id, size=TELEPHONE, script=False) as team:
        team.goto(f"{house.http}/inbox/{request}")
        team.get_by_text("We decline").click()
        team.get_by_text("We have an emergency of our own.").click()
        team.get_by_role("button", name="Decline", exact=True).click()
        expect(team.locator("#told")).to_contain_text("This team declined, with a ground.")
    with seat(house.live.officers[0].id) as page:
        page.goto(f"{house.http}/watch/{made['case']}")
        expect(page.locator("#asked")).to_contain_text("We have an emergency of our own.")
    house.calm()


def test_standing_down_before_it_is_stable_takes_two_officers(house, seat):
    made = house.call()
    house.take(made["case"])
    with seat(house.live.officers[0].id) as page, seat(house.live.officers[1].id) as second:
        page.goto(f"{house.http}/watch/{made['case']}")
        page.get_by_text("Stand down", exact=True).click()
        expect(page.locator("#act-stood_down")).to_contain_text("Another officer must agree")
        page.get_by_text("The caller agrees; I heard it say so").click()
        page.get_by_role("button", name="Stand everybody down").click()
        expect(page.locator("#do")).to_contain_text("You proposed: stood down")
        second.goto(f"{house.http}/watch/{made['case']}")
        second.get_by_role("button", name="I agree").click()
        expect(page.locator("#told")).to_contain_text("Stood down; everybody is released")
    assert house.state(made["case"]) == "stood_down"


def test_what_the_case_refuses_is_said_in_words_and_the_page_stays(house, seat):
    made = house.call()
    house.take(made["case"])
    with seat(house.live.officers[0].id) as page:
        page.goto(f"{house.http}/watch/{made['case']}")
        page.get_by_text("Stand down", exact=True).click()
        page.get_by_role("button", name="Stand everybody down").click()
        expect(page.get_by_role("alert")).to_contain_text("The caller has not agreed, and is not lost")
        expect(page.locator("#told")).to_contain_text("You hold this case.")
    house.calm()


def test_a_part_somebody_writes_in_is_left_alone_while_the_rest_stays_fresh(house, seat):
    made = house.call()
    house.take(made["case"])
    with seat(house.live.officers[0].id) as page:
        page.goto(f"{house.http}/watch/{made['case']}")
        page.get_by_text("Write to everybody on the case").click()
        page.get_by_label("Message", exact=True).fill("Half a sentence")
        house.say(house.member(0), f"/cases/{made['case']}", "messaged", text="Something new from the caller")
        expect(page.locator("#talk")).to_contain_text("Something new from the caller")
        assert page.get_by_label("Message", exact=True).input_value() == "Half a sentence"
    house.calm()


# --- links in pages to people -------------------------------------------------------------------


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
    house.calm()


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
    house.calm()


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
    house.calm()


def test_a_members_session_does_not_open_the_watch_floor(house):
    cookie = {"esos_session": house.sessions[house.live.members[1].id]}
    answer = httpx.get(f"{house.http}/watch", cookies=cookie, headers={"accept": "text/html"})
    assert answer.status_code == 403
    assert "for the people of the watch station" in answer.text


# --- every page ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def every_page(house):
    """Address and reader of every page, on a case that has been through something."""
    made = house.call(needs=[{"line": "filtering", "quantity": 40}], words="A long word: " + "x" * 60)
    house.take(made["case"])
    requests = [house.ask(made["case"], number) for number in (1, 2, 3)]
    for number, kind, body in ((1, "committed", {}), (2, "declined", {"ground": "D6", "sentence": "Export rules."})):
        house.say(house.member(number), f"/requests/{requests[number - 1]}", kind, **body)
    waiting = house.call(4)
    officer, member = house.live.officers[0].id, house.live.members[3].id
    path = urlsplit(made["page"]).path
    return [
        ("", "/"), ("", path), ("", f"{path}/cancel"), ("", f"{path}/report"), ("", "/log"), ("", "/enter"),
        ("", "/enter/none"), ("", "/nothing-here"), ("", urlsplit(waiting["page"]).path), (officer, "/watch"),
        (officer, f"/watch/{made['case']}"), (officer, f"/watch/{waiting['case']}"), (officer, "/watch?ended=1"),
        (officer, f"/watch/{made['case']}?history=all"), (officer, f"/case/{made['case']}/report"),
        (officer, "/register"), (officer, f"/register/{member}"), (officer, "/sign-out"), (member, "/inbox"),
        (member, f"/inbox/{requests[2]}"), (member, f"/register/{member}"),
    ]  # fmt: skip


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_every_page_fits_a_telephone_is_small_and_says_drill(house, seat, every_page, script):
    for page, path in walk(seat, every_page, size=TELEPHONE, script=script):
        html = page.goto(house.http + path).body()
        assert len(html) < PAGE_MAX_BYTES, path
        assert page.title().startswith("DRILL"), path
        expect(page.locator(".drill-banner")).to_be_visible()
        assert not AVOIDED.search(page.inner_text("body")), path
        if script:
            assert page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"], path


def walk(seat, every_page, **how):
    """Each page in turn, in one browser context a reader."""
    for party in dict.fromkeys(party for party, _ in every_page):
        with seat(party, **how) as page:
            for path in (path for reader, path in every_page if reader == party):
                yield page, path


FAINT = """() => {
  const parts = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const colour = (text) => { const [r, g, b, a = 1] = text.startsWith("color(srgb") ? parts(text).map((v, i) => i < 3 ? v * 255 : v) : parts(text); return [r, g, b, a]; };
  const light = ([r, g, b]) => [r, g, b].map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (one) => { for (; one; one = one.parentElement) { const c = colour(getComputedStyle(one).backgroundColor); if (c[3] > 0.99) return c; } return [255, 255, 255, 1]; };
  const faint = [];
  for (const one of document.querySelectorAll("body *")) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || one.closest(".unseen, .skip, dialog, noscript") || !one.getClientRects().length) continue;
    const style = getComputedStyle(one);
    const [a, b] = [light(colour(style.color)), light(ground(one))].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if ((a + 0.05) / (b + 0.05) < (large ? 3 : 4.5)) faint.push(`${one.textContent.trim().slice(0, 40)}: ${((a + 0.05) / (b + 0.05)).toFixed(2)}`);
  }
  return faint;
}"""
NAMELESS = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button, a[href]")]
  .filter((one) => one.getClientRects().length && !one.labels?.length && !one.ariaLabel && !one.textContent.trim())
  .map((one) => one.outerHTML.slice(0, 120))"""
TINY = """() => [...document.querySelectorAll("input:not([type=hidden]), select, button, summary, .button")]
  .filter((one) => { const box = (one.closest("label") ?? one).getBoundingClientRect(); return box.width && (box.width < 24 || box.height < 24); })
  .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_readable_named_and_large_enough_to_touch(house, seat, every_page, scheme):
    for page, path in walk(seat, every_page, size=TELEPHONE, scheme=scheme):
        page.goto(house.http + path)
        assert page.evaluate(FAINT) == [], path
        assert page.evaluate(NAMELESS) == [], path
        assert page.evaluate(TINY) == [], path
        assert page.locator("h1").count() == 1, path


def test_every_page_can_be_read_by_keyboard_with_focus_in_sight(house, seat, every_page):
    for page, path in walk(seat, every_page):
        page.goto(house.http + path)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip", path
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", path


def test_an_address_where_nothing_is_answers_in_words_and_offers_the_call(house, seat):
    with seat(script=False) as page:
        answer = page.goto(f"{house.http}/nothing-here")
        assert answer.status == 404
        expect(page.locator("h1")).to_have_text("There is nothing at this address.")
        expect(page.get_by_role("link", name="Call for help")).to_be_visible()


def test_a_receipt_is_one_tap_away_from_every_statement(house, seat, tmp_path):
    made = house.call()
    with seat(house.live.officers[0].id) as page:
        page.goto(f"{house.http}/watch/{made['case']}")
        page.wait_for_timeout(1_500)
        with page.expect_download() as download:
            page.locator("#history").get_by_role("link", name="Proof").first.click()
        receipt = json.loads(download.value.path().read_bytes())
    assert receipt["checkpoint"].startswith("example-watch/esos-log\n")
    house.calm()
