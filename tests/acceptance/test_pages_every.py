"""What holds for every page: it fits a telephone, can be read by everybody and everywhere, and says that it is a drill."""

import re

import pytest
from pages_house import TELEPHONE
from pages_table import opened_pages

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


def fits(page, _html):
    """Whatever is wider than a telephone."""
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"{width} px wide"] if width > TELEPHONE["width"] else []


def is_light(_page, html):
    """More bytes than a slow line brings in a few seconds."""
    return [f"{len(html)} bytes"] if len(html) >= PAGE_MAX_BYTES else []


def says_drill(page, _html):
    """An exercise that could be taken for a call."""
    banners = page.locator(".drill-banner")
    return (
        [] if page.title().startswith("DRILL") and banners.count() == 1 and banners.is_visible() else ["says no DRILL"]
    )


def says_it_in_words(page, _html):
    """Words that this project does not use, and what only a program should read."""
    words = page.inner_text("body")
    return [found.group() for pattern in (AVOIDED, INSIDE) for found in pattern.finditer(words)]


def has_one_heading(page, _html):
    """More or fewer than one first heading."""
    count = page.locator("h1").count()
    return [] if count == 1 else [f"{count} first headings"]


def shows_focus(page, _html):
    """A focus that cannot be seen, or a first key that does not lead to the content."""
    if page.evaluate("document.activeElement !== document.body"):
        page.locator(".skip").focus()  # where one types at once, the first field has the focus already
    else:
        page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.className")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    return (
        [] if (first, outline) == ("skip", "solid") else [f"{first!r} has the focus, then {outline!r} round the next"]
    )


def is_readable(page, _html):
    """Words too faint for their ground."""
    return page.evaluate(FAINT)


def is_named(page, _html):
    """Fields and buttons without a name."""
    return page.evaluate(NAMELESS)


def is_large_enough(page, _html):
    """What a finger would miss."""
    return page.evaluate(TINY)


IN_WORDS = (is_light, says_drill, says_it_in_words, has_one_heading)
TO_LOOK_AT = (fits, shows_focus, is_readable, is_named, is_large_enough)


@pytest.mark.parametrize(
    ("scheme", "script"),
    [
        ("dark", True),
        pytest.param("light", True, marks=pytest.mark.nightly),
        pytest.param("dark", False, marks=pytest.mark.nightly),
    ],
    ids=["dark", "light", "without a script"],
)
def test_every_page_fits_a_telephone_and_can_be_read_and_used_by_everybody(seat, every_page, scheme, script):
    wrong = []
    for page, path in walk(seat, every_page, size=TELEPHONE, scheme=scheme, script=script):
        html = page.goto(path).body()
        rules = (*IN_WORDS, *TO_LOOK_AT) if script else IN_WORDS
        wrong += [f"{path} {rule.__name__}: {fault}" for rule in rules for fault in rule(page, html)]
    assert wrong == []
