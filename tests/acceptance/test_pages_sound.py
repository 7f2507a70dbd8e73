"""The watch floor's sound, its keys and its map, in a real browser."""

import gzip
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from esos.web.console import world

pytestmark = pytest.mark.browser

SOUNDED = re.compile(r"^[1-9]")
MAP_MAX_BYTES = 60_000


@pytest.fixture
def floor(house, seat):
    with seat(house.live.officers[0].id) as page:
        page.goto("/watch")
        yield page


def test_the_test_tone_is_measured_and_the_officer_says_whether_it_was_heard(floor):
    expect(floor.locator("#sound-old")).to_be_visible()
    floor.get_by_role("button", name="Test the sound").click()
    expect(floor.locator("html")).to_have_attribute("data-sounded", SOUNDED)
    floor.get_by_role("button", name="Yes", exact=True).click()
    expect(floor.locator("#sound-old")).to_be_hidden()
    floor.get_by_role("button", name="Test the sound").click()
    floor.get_by_role("button", name="No", exact=True).click()
    expect(floor.locator("#sound-unheard-words")).to_be_visible()
    expect(floor.locator("#sound-old")).to_be_visible()


def test_it_sounds_again_and_again_until_a_person_has_the_call_and_a_mayday_sounds_otherwise(floor, house):
    floor.locator("#sound").click()
    expect(floor.locator("#silent")).to_be_hidden()
    warned = house.call(1, urgency="pan-pan")
    expect(floor.locator("html")).to_have_attribute("data-pattern", "other")
    grave = house.call(2)
    expect(floor.locator("html")).to_have_attribute("data-pattern", "mayday")
    before = int(floor.get_attribute("html", "data-sounded") or 0)
    floor.wait_for_function("(before) => Number(document.documentElement.dataset.sounded) > before + 1", arg=before)
    house.take(grave["case"])
    expect(floor.locator("html")).to_have_attribute("data-pattern", "other")
    house.take(warned["case"])
    expect(floor.locator("html")).to_have_attribute("data-alarm", "false")


def test_a_browser_that_holds_the_sound_back_is_said_in_red_while_a_call_has_no_person(floor, house):
    floor.evaluate("localStorage.setItem('esos-sound', 'on')")
    house.call(1)
    floor.reload()
    expect(floor.locator("#silent")).to_have_class(re.compile("urgent"))
    expect(floor.locator("#silent-blocked")).to_be_visible()
    floor.locator("h1").click()
    expect(floor.locator("#silent")).to_be_hidden()


BROKEN = """() => {
  const silent = () => ({ connect: (to) => to, gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} } });
  AudioContext.prototype.createGain = function () { return { ...silent(), connect: () => ({ connect() {} }) }; };
  AudioContext.prototype.createOscillator = function () { return { frequency: {}, connect: (to) => to, start() {}, stop() {} }; };
}"""


def test_a_tone_that_does_not_come_out_is_said_in_red(floor):
    floor.evaluate(BROKEN)
    floor.get_by_role("button", name="Test the sound").click()
    expect(floor.locator("#silent-failed")).to_be_visible()
    expect(floor.locator("#silent")).to_have_class(re.compile("urgent"))
    expect(floor.locator("#sound-asked")).to_be_hidden()


def test_every_key_works_is_listed_and_can_be_switched_off(floor, house):
    made = house.call(1)
    floor.reload()
    floor.keyboard.press("?")
    expect(floor.locator("#keys")).to_be_visible()
    floor.keyboard.press("Escape")
    expect(floor.locator("#keys")).to_be_hidden()
    floor.keyboard.press("j")
    floor.keyboard.press("Enter")
    floor.wait_for_url(f"**/watch/{made['case']}")
    floor.keyboard.press("a")
    expect(floor.locator("#told")).to_contain_text("You hold this case.")
    house.say(house.member(3), f"/requests/{house.ask(made['case'], 3)}", "committed")
    floor.reload()
    expect(floor.locator("#act-stabilised")).to_be_attached()
    opens = {
        "r": "requested", "m": "messaged", "u": "urgency_changed", "h": "handed_over", "s": "stabilised",
        "d": "stood_down", "c": "called_back",
    }  # fmt: skip
    for key, kind in opens.items():
        floor.keyboard.press(key)
        box = f"#act-{kind}"
        expect(floor.locator(box)).to_have_attribute("open", "")
        assert floor.evaluate("(box) => document.querySelector(box).contains(document.activeElement)", box), key
        floor.evaluate("document.activeElement.blur()")
    leads = {"p": "/watch/map", "o": "/register", "w": "/roster", "t": "/take", "b": "/watch"}
    for key, path in leads.items():
        floor.keyboard.press(key)
        floor.wait_for_url(f"**{path}")
        floor.evaluate("document.activeElement?.blur()")
    listed = floor.locator("#keys dt kbd").all_text_contents()
    assert sorted(listed) == sorted([*opens, *leads, "j", "k", "a", "Enter", "?"])
    floor.keyboard.press("?")
    floor.locator("#keys-on").uncheck()
    floor.keyboard.press("Escape")
    floor.keyboard.press("p")
    assert floor.evaluate("location.pathname") == "/watch"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_the_map_shows_a_call_in_the_country_that_it_named_and_beside_it_who_named_none(house, seat, script):
    house.call(1, country="IE")
    house.call(2)
    with seat(house.live.officers[0].id, script=script) as page:
        page.goto("/watch/map")
        expect(page.locator(".spot.mayday.alone")).to_have_count(1)
        ireland = page.locator("#places section").filter(has_text="Ireland")
        expect(ireland).to_contain_text("No person has it.")
        expect(page.locator("#places section").filter(has_text="No country named").first).to_contain_text("mayday")


def test_the_map_is_light():
    svg = (Path(world.__file__).parent.parent / "static" / "world.svg").read_bytes()
    assert len(gzip.compress(svg)) < MAP_MAX_BYTES
    assert b"http" not in svg.replace(b'xmlns="http://www.w3.org/2000/svg"', b"")
