"""What holds for every page: it fits a telephone, can be read by everybody and everywhere, and says that it is a drill."""

import re

import pytest
from pages_house import TELEPHONE
from pages_table import opened_pages
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PAGE_MAX_BYTES = 100_000
AVOIDED = re.compile(
    r"\b(ticket|alert rule|attacker|threat actor|workflow|casualty|summons|hoax|D10|D[1-9])s?\b", re.IGNORECASE
)

INSIDE = re.compile(r"\b[A-Z]\w+\([a-z_]+=|<\w+[ .][\w. ]*(?: object)? at 0x")
"""How a program writes its own objects, as no person should read them."""


@pytest.fixture(scope="module")
def every_page(open_house):
    """Address and reader of every page, on a case that has been through something."""
    return [(one.reader, one.path) for one in opened_pages(open_house)]


@pytest.mark.parametrize("script", [True, pytest.param(False, marks=pytest.mark.nightly)], ids=["script", "no script"])
def test_every_page_fits_a_telephone_is_small_and_says_drill(seat, every_page, script):
    for page, path in walk(seat, every_page, size=TELEPHONE, script=script):
        html = page.goto(path).body()
        assert len(html) < PAGE_MAX_BYTES, path
        assert page.title().startswith("DRILL"), path
        expect(page.locator(".drill-banner")).to_be_visible()
        words = page.inner_text("body")
        assert not AVOIDED.search(words), path
        assert not INSIDE.search(words), path
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


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.nightly), "dark"])
def test_every_page_is_readable_named_and_large_enough_to_touch(seat, every_page, scheme):
    for page, path in walk(seat, every_page, size=TELEPHONE, scheme=scheme):
        page.goto(path)
        assert page.evaluate(FAINT) == [], path
        assert page.evaluate(NAMELESS) == [], path
        assert page.evaluate(TINY) == [], path
        assert page.locator("h1").count() == 1, path


def test_every_page_can_be_read_by_keyboard_with_focus_in_sight(seat, every_page):
    for page, path in walk(seat, every_page):
        page.goto(path)
        if page.evaluate("document.activeElement !== document.body"):
            page.locator(".skip").focus()  # where one types at once, the first field has the focus already
        else:
            page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip", path
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", path
