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
        page.locator("#arming-abort").click()
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
        page.get_by_role("radio", name="Emergency now mayday").check()
        page.get_by_role("button", name="Change the urgency").click()
        expect(page.locator("#told .urgency")).to_contain_text("Emergency now")


def test_the_key_that_sent_the_form_does_not_abort_the_call_in_the_same_breath(house, seat):
    with seat(size=TELEPHONE) as page:
        page.goto(house.http)
        page.evaluate(
            "document.getElementById('call').requestSubmit(); document.getElementById('arming-abort').click()"
        )
        expect(page.get_by_role("dialog")).to_be_visible()
        page.wait_for_url("**/c/**")


def test_a_call_that_is_on_its_way_is_taken_back_by_the_page_that_cancels_it(house, seat):
    with seat(size=TELEPHONE) as page:
        page.goto(house.http)
        fill_in(page)
        page.evaluate("""() => {
            const send = window.fetch;
            window.fetch = async (...asked) => {
                document.getElementById("arming-abort").dispatchEvent(new MouseEvent("click", {detail: 1}));
                return send(...asked);
            };
        }""")
        page.get_by_role("button", name="Call for help", exact=True).click()
        page.get_by_role("button", name="Call now, do not wait").click()
        page.wait_for_url("**/c/**/cancel")
        page.get_by_role("button", name="Cancel the call").click()
        expect(page.locator("#told")).to_contain_text("Cancelled by you")


def test_while_the_station_cannot_be_reached_the_call_is_tried_again_and_put_into_words_to_carry(house, seat):
    with seat(size=TELEPHONE) as page:
        page.goto(house.http)
        fill_in(page)
        page.fill("#reply", "+31 20 555 0100")
        page.evaluate("""() => {
            const send = window.fetch;
            window.fetch = () => Promise.reject(new TypeError("no network"));
            window.reachAgain = () => { window.fetch = send; };
        }""")
        page.get_by_role("button", name="Call for help", exact=True).click()
        page.get_by_role("button", name="Call now, do not wait").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("The station cannot be reached just now. Tried once")
        carried = page.locator("#other-ways textarea").input_value()
        for said in ("Example Water Board", "+31 20 555 0100", "Emergency now", "We are flooded with traffic"):
            assert said in carried
        with page.expect_download() as kept:
            page.get_by_role("link", name="Keep it as a file").click()
        assert kept.value.path().read_text().strip() == carried.strip()
        expect(dialog).to_contain_text("Tried 2 times")
        page.evaluate("window.reachAgain()")
        page.wait_for_url("**/c/**")
        expect(page.locator("#told")).to_contain_text("No person has seen it yet")


def test_what_was_typed_is_there_again_when_the_page_was_lost_and_gone_once_the_call_has_arrived(house, seat):
    with seat(size=TELEPHONE) as page:
        page.goto(house.http)
        fill_in(page)
        page.goto("about:blank")
        page.goto(house.http)
        assert page.input_value("#name") == "Example Water Board"
        expect(page.get_by_label("We are flooded with traffic")).to_be_checked()
        expect(page.get_by_label("Emergency now")).to_be_checked()
        page.get_by_role("button", name="Call for help", exact=True).click()
        page.get_by_role("button", name="Call now, do not wait").click()
        page.wait_for_url("**/c/**")
        page.goto(house.http)
        assert page.input_value("#name") == ""


def test_a_refused_session_never_stops_a_call(house, seat):
    with seat(house.live.members[5].id, size=TELEPHONE) as page:
        page.goto(house.http)
        fill_in(page)
        page.evaluate("document.querySelector('#call [name=csrf]').value = 'stale'")
        page.get_by_role("button", name="Call for help", exact=True).click()
        page.wait_for_url("**/c/**")
        expect(page.locator("#told")).to_contain_text("No person has seen it yet")


def test_whoever_opens_the_page_again_finds_the_way_back_and_a_second_call_joins_the_first(house, seat):
    with seat(size=TELEPHONE, script=False) as page:
        for _ in range(2):
            page.goto(house.http)
            fill_in(page)
            page.get_by_role("button", name="Call for help", exact=True).click()
            page.get_by_role("button", name="Yes, call for help").click()
            expect(page.locator("#told")).to_contain_text("Arrived")
        code = page.locator(".code-line b").inner_text()
        page.goto(house.http)
        expect(page.locator("#earlier")).to_contain_text(f"Your call {code} is open.")
        page.get_by_role("link", name="Go to it").click()
        expect(page.locator("#told")).to_contain_text(code)
    rows = house.client().get("/api/v1/cases?open=1").json()["cases"]
    assert [row["code"] for row in rows] == [code]


def test_whoever_is_in_distress_again_has_one_button_for_it(house, seat):
    made = house.call(urgency="pan-pan")
    with seat(size=TELEPHONE, script=False) as page:
        page.goto(f"{made['page']}/cancel")
        page.get_by_role("button", name="Cancel the call").click()
        expect(page.locator("#strip")).to_contain_text("No help was bound")
        page.get_by_role("button", name="Call again").click()
        expect(page.locator("#told")).to_contain_text("No person has seen it yet")
    assert house.state(made["case"]) == "arrived"


def test_the_steps_that_have_not_come_are_said_in_other_words_than_those_that_have(house, seat):
    made = house.call()
    with seat(size=TELEPHONE, script=False) as page:
        page.goto(made["page"])
        strip = page.locator("#strip")
        expect(strip.locator("li.now")).to_have_text("No person yet waiting")
        expect(strip).to_contain_text("No team has been asked yet")
        expect(strip).not_to_contain_text("A person has your case")
        house.take(made["case"])
        page.goto(made["page"])
        expect(strip).to_contain_text("A person has your case")


def test_needs_the_station_assumed_are_said_to_be_assumed_and_can_be_changed(house, seat):
    made = house.call(natures=["destruction"])
    with seat(size=TELEPHONE, script=False) as page:
        page.goto(made["page"])
        expect(page.locator("#coming")).to_contain_text("Assumed from what you see")
        page.get_by_text("Change what you need").click()
        for field in page.locator("#act-updated input[name^='needs.']").all():
            field.fill("")
        page.locator("#updated-needs-advice").fill("3")
        page.get_by_role("button", name="This is what we need").click()
        expect(page.locator("#coming")).to_contain_text("0 of 3 person-hours")
        expect(page.locator("#coming")).not_to_contain_text("Assumed")


def test_a_callers_page_that_cannot_be_kept_fresh_says_so_until_it_can(house, seat):
    made = house.call()
    with seat(size=TELEPHONE) as page:
        page.goto(made["page"])
        expect(page.locator("#told")).to_contain_text("No person has seen it yet")
        page.context.set_offline(True)
        bar = page.locator("#stale")
        expect(bar).to_be_visible(timeout=60_000)
        expect(bar).to_contain_text("This page has not been updated since")
        expect(bar).to_contain_text("The station does not answer.")
        page.context.set_offline(False)
        expect(bar).to_be_hidden(timeout=60_000)


def test_a_stranger_reads_that_teams_wait_for_the_call_back(house, seat):
    with seat(size=TELEPHONE, script=False) as page:
        page.goto(house.http)
        fill_in(page)
        page.get_by_role("button", name="Call for help", exact=True).click()
        page.get_by_role("button", name="Yes, call for help").click()
        row = next(one for one in house.client().get("/api/v1/cases?open=1").json()["cases"])
        house.take(row["case"])
        page.reload()
        expect(page.locator("#told")).to_contain_text("Teams are asked once you have been called back")
        expect(page.locator("#told")).not_to_contain_text("first teams are asked by")
    with seat(house.live.officers[0].id, script=False) as page:
        page.goto(f"{house.http}/watch")
        expect(page.locator("#rows")).to_contain_text("says it is Example Water Board; not checked")
        page.goto(f"{house.http}/watch/{row['case']}")
        expect(page.locator("#told")).to_contain_text(
            "The station asks nobody by itself yet: call back, or ask a team."
        )
        expect(page.locator("#timers")).not_to_contain_text("The next teams are asked")
        expect(page.locator("#pages")).to_contain_text("it reads everything on its own page")
