"""Passkeys in a real browser, with the browser's own virtual device: added by a link's session, then used without a name."""

from contextlib import closing

import pytest
from pages_house import TELEPHONE
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_an_officer_adds_a_passkey_by_a_link_and_signs_in_with_it_without_a_name(house, browser):
    base = house.http.replace("127.0.0.1", "localhost")  # passkeys are bound to a name, never to a number
    with closing(browser.new_context(viewport=TELEPHONE)) as context:
        page = context.new_page()
        device = page.context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        page.goto(f"{base}/enter/{house.links[house.live.officers[2].id]}")
        page.get_by_role("button", name="Sign in on this device").click()
        page.get_by_label("A name for this device").fill("Telephone of Officer Three")
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.locator(".passkeys")).to_contain_text("Telephone of Officer Three")
        page.get_by_role("button", name="Sign out everywhere").click()
        page.wait_for_url("**/enter")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url("**/watch")
        page.goto(f"{base}/me")
        expect(page.locator(".passkeys")).to_contain_text("Last used")


def test_without_a_script_the_page_says_how_to_come_in(house, seat):
    with seat(script=False) as page:
        page.goto("/enter")
        expect(page.get_by_text("Passkeys need a script, which does not run here.")).to_be_visible()
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
        expect(page.get_by_text("esos officer link")).to_be_visible()
