"""The watch floor and the case in a real browser, as officers and helpers use them together."""

import json
import re

import pytest
from pages_house import TELEPHONE
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_officer_takes_a_call_with_one_key_and_the_caller_reads_it_without_reloading(house, seat):
    made = house.call()
    with seat(house.live.officers[0].id) as floor, seat(size=TELEPHONE) as caller:
        caller.goto(made["page"])
        floor.goto(f"{house.http}/watch")
        expect(floor.locator(".alarm")).to_contain_text("1 call has no person.")
        expect(floor.locator("#silent")).to_contain_text("The sound is off on this device")
        floor.keyboard.press("j")
        assert floor.evaluate("document.activeElement.matches('[data-row] .open')")
        floor.keyboard.press("a")
        floor.wait_for_url(f"**/watch/{made['case']}")
        expect(floor.locator("#told")).to_contain_text("You hold this case.")
        expect(caller.locator("#told")).to_contain_text("The officer on watch at Example Watch has your case")
        expect(caller.locator("#announce")).to_contain_text("has your case")


def test_a_new_call_appears_on_the_watch_floor_by_itself_and_keeps_focus(house, seat):
    first = house.call(1)
    with seat(house.live.officers[0].id) as floor:
        floor.goto(f"{house.http}/watch")
        floor.keyboard.press("j")
        house.call(2)
        expect(floor.locator(".alarm")).to_contain_text("2 calls have no person.")
        assert floor.evaluate("document.activeElement.id") == f"c-{first['case']}"
        assert floor.title().startswith("DRILL: (2) Watch floor")


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


def test_standing_down_before_it_is_stable_takes_two_officers(house, seat):
    made = house.call()
    house.take(made["case"])
    with seat(house.live.officers[0].id) as page, seat(house.live.officers[1].id) as second:
        page.goto(f"{house.http}/watch/{made['case']}")
        page.get_by_text("Stand down", exact=True).click()
        expect(page.locator("#act-stood_down")).to_contain_text("Another officer must agree")
        page.get_by_text("The caller agrees; I heard it say so").click()
        page.get_by_role("button", name="Stand everybody down").click()
        expect(page.locator("#do")).to_contain_text("You wish to stand everybody down before the case is stable.")
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


def test_a_watch_floor_whose_session_is_gone_says_so_at_the_next_call(house, seat):
    house.call(0)
    with seat(house.live.officers[0].id) as floor:
        floor.goto(f"{house.http}/watch")
        expect(floor.locator(".alarm")).to_contain_text("1 call has no person.")
        floor.evaluate("localStorage.setItem('esos-sound', 'on')")
        floor.context.clear_cookies()
        house.call(1)
        bar = floor.locator("#stale")
        expect(bar).to_be_visible(timeout=60_000)
        expect(bar).to_contain_text("Nobody is signed in on this device any more.")
        assert floor.locator("html").get_attribute("data-alarm") == "true"
        bar.get_by_role("link", name="Sign in again").click()
        expect(floor.locator("h1")).to_have_text("Sign in")


def test_a_quiet_floor_that_goes_stale_raises_the_alarm(house, seat):
    with seat(house.live.officers[0].id) as floor:
        floor.goto(f"{house.http}/watch")
        assert floor.locator("html").get_attribute("data-alarm") == "false"
        floor.context.set_offline(True)
        expect(floor.locator("#stale")).to_be_visible(timeout=60_000)
        assert floor.locator("html").get_attribute("data-alarm") == "true"


def test_sound_that_was_switched_on_comes_back_after_a_reload(house, seat):
    with seat(house.live.officers[0].id) as floor:
        floor.goto(f"{house.http}/watch")
        floor.locator("#sound").click()
        expect(floor.locator("#sound")).to_have_text("Sound is on")
        floor.reload()
        floor.locator("h1").click()
        expect(floor.locator("#sound")).to_have_text("Sound is on")


def test_an_officer_who_reads_something_else_is_told_of_a_new_call(house, seat):
    mine = house.call(0)
    house.take(mine["case"])
    with seat(house.live.officers[0].id) as page:
        page.goto(f"{house.http}/watch/{mine['case']}")
        expect(page.locator("#told")).to_contain_text("You hold this case.")
        expect(page.locator("#alone")).to_be_empty()
        other = house.call(1)
        expect(page.locator("#alone")).to_contain_text("1 call has no person.", timeout=30_000)
        page.get_by_role("link", name="Take it").click()
        page.wait_for_url(f"**/watch/{other['case']}")
        page.goto(f"{house.http}/log")
        expect(page.locator("#alone")).to_contain_text("1 call has no person.")


def test_a_refresh_leaves_the_focus_on_the_same_button(house, seat):
    made = house.call(0)
    with seat(house.live.officers[0].id) as page:
        page.goto(f"{house.http}/watch")
        page.get_by_role("button", name="I take it").focus()
        house.call(1)
        expect(page.locator(".alarm")).to_contain_text("2 calls have no person.")
        address = page.evaluate("document.activeElement.form?.getAttribute('action')")
        assert address == f"/watch/{made['case']}/acknowledged"


def test_a_team_that_is_bound_is_not_offered_to_be_chosen(house, seat):
    made = house.call(needs=[{"line": "filtering", "quantity": 40}])
    house.take(made["case"])
    request = house.ask(made["case"], 2)
    house.say(house.member(2), f"/requests/{request}", "committed")
    with seat(house.live.officers[0].id, script=False) as page:
        page.goto(f"{house.http}/watch/{made['case']}")
        expect(page.locator("#asked")).to_contain_text("coming")
        expect(page.get_by_role("button", name="Release")).to_be_visible()
        expect(page.get_by_role("button", name="Choose")).to_have_count(0)


def test_a_helper_reads_what_it_is_to_act_on(house, seat):
    made = house.call(prefix="192.0.2.0/24", asn=64500, products=["Example Mail 3"], reply="+44 1632 960 123")
    house.take(made["case"])
    request = house.ask(made["case"], 2)
    with seat(house.live.members[2].id, size=TELEPHONE, script=False) as page:
        page.goto(f"{house.http}/inbox/{request}")
        for expected in ("192.0.2.0/24", "64500", "Example Mail 3", "+44 1632 960 123"):
            expect(page.locator("#situation")).to_contain_text(expected)


def test_the_report_says_its_dates_and_names_each_statement(house, seat):
    made = house.call()
    with seat(house.live.officers[0].id, script=False) as page:
        page.goto(f"{house.http}/case/{made['case']}/report")
        report = page.locator("main").inner_text()
        first = house.client().get(f"/api/v1/cases/{made['case']}").json()["timeline"][0]["statement"]
    assert re.search(r"Printed \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", report)
    assert re.search(r"Called \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", report)
    assert first[:12] in report
    assert "Nothing is known yet that says how bad it is." in report
    assert "flooded from many places availability:ddos" in report


def test_an_address_that_makes_no_sense_is_answered_in_words_for_people(house, seat):
    with seat(house.live.officers[0].id, script=False) as page:
        for address in ("nothing-here", "watch?start=abc"):
            page.goto(f"{house.http}/{address}")
            assert "openapi" not in page.locator("main").inner_text()
            assert "start" not in page.locator("h1").inner_text()


def test_everybody_who_is_signed_in_sees_how_to_sign_out(house, seat):
    with seat(house.live.officers[0].id, size=TELEPHONE, script=False) as page:
        page.goto(f"{house.http}/watch")
        page.get_by_role("link", name="Sign out").click()
        expect(page.get_by_role("button", name="Sign out everywhere")).to_be_visible()


def test_a_browser_names_its_zone_and_the_next_page_is_written_by_its_clocks(house, seat):
    with seat(house.live.officers[0].id) as floor:
        floor.goto("/watch")
        expect(floor.locator("html")).to_have_attribute("data-zone", "")
        floor.wait_for_function("document.cookie.includes('esos_zone=Europe%2FBerlin')")
        floor.reload()
        expect(floor.locator("html")).to_have_attribute("data-zone", "Europe/Berlin")
