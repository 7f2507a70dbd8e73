"""Every page keeps WCAG 2.2 A and AA as far as axe can judge it, in real Chromium: both themes, both directions of
writing, on a telephone and on a desk, with and without a script. Each page is light, and loads nothing from elsewhere.

For every change each page is looked at in one way, the ways taken in turn; the nightly run looks at all in each.
"""

import itertools
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from pages_house import DESK, TELEPHONE
from pages_table import opened_pages, routes_of_pages
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SIZES = {size["width"]: size for size in (TELEPHONE, DESK)}
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGE_MAX_BYTES = 100_000
JUDGE = """(levels) => axe.run(document, {runOnly: levels, resultTypes: ["violations"]}).then((found) =>
  found.violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 200)}`)))"""
RELOADS, STOPS = 'meta[http-equiv="refresh"]', 'a[href$="still=1"]'
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


class Way(NamedTuple):
    """One way to look at a page. A page that reads from right to left is the Arabic one."""

    language: str
    width: int
    scheme: str
    script: bool

    def __str__(self) -> str:
        return f"{self.language} {self.width} {self.scheme} {'script' if self.script else 'no script'}"


WAYS = tuple(Way(*one) for one in itertools.product(("en", "ar"), SIZES, ("light", "dark"), (True, False)))
PRIME = 7
"""Pages in turn take ways so far apart that each setting comes up on every few of them."""


@pytest.fixture(scope="module")
def all_pages(open_house):
    return opened_pages(open_house)


def test_every_page_of_the_route_table_is_looked_at(all_pages):
    assert {one.route for one in all_pages if one.route} == routes_of_pages()
    assert len({one.name for one in all_pages}) == len(all_pages)


def test_axe_finds_nothing_on_any_page(seat, all_pages):
    ways = {one.name: (WAYS[PRIME * number % len(WAYS)],) for number, one in enumerate(all_pages)}
    assert {way for (way,) in ways.values()} == set(WAYS)
    assert list(_faults(seat, all_pages, ways)) == []


@pytest.mark.nightly
@pytest.mark.timeout(3600)
def test_axe_finds_nothing_on_any_page_in_any_way_to_look_at_it(seat, all_pages):
    assert list(_faults(seat, all_pages, {one.name: WAYS for one in all_pages})) == []


def _faults(seat, all_pages, ways):
    """What axe holds against each page, and where a page is wider than what it is looked at with."""
    axe = Axe().axe_script
    for page, cdp, opened in _walk(seat, all_pages):
        for (language, script), group in itertools.groupby(sorted(ways[opened.name], key=_kind), key=_kind):
            _open(page, cdp, opened.path, language, script)
            page.evaluate(axe)
            if page.locator(RELOADS).count():  # axe condemns it, and WCAG 2.2.1 allows it where it can be stopped
                expect(page.locator(STOPS)).to_be_visible()
                page.evaluate("(reloads) => document.querySelector(reloads).remove()", RELOADS)
            for way in group:
                page.set_viewport_size(SIZES[way.width])
                page.emulate_media(color_scheme=way.scheme, reduced_motion="reduce")
                yield from (f"{opened.path} {way}: {fault}" for fault in page.evaluate(JUDGE, LEVELS))
                if page.evaluate(WIDER):
                    yield f"{opened.path} {way}: is wider than its window"


def _kind(way):
    return way.language, way.script


def _walk(seat, all_pages):
    """Each page in turn, in one browser context a reader."""
    for reader in dict.fromkeys(one.reader for one in all_pages):
        with seat(reader) as page:
            cdp = page.context.new_cdp_session(page)
            cdp.send("Network.enable")
            cdp.send(
                "Network.setBypassServiceWorker", {"bypass": True}
            )  # else a page kept in English answers in Arabic
            for opened in (one for one in all_pages if one.reader == reader):
                yield page, cdp, opened


def _open(page, cdp, path, language, script):
    """The page as a browser with, or without, scripts makes it; afterwards it may be judged by one."""
    page.set_extra_http_headers({"accept-language": language})
    cdp.send("Emulation.setScriptExecutionDisabled", {"value": not script})
    page.goto(path)
    cdp.send("Emulation.setScriptExecutionDisabled", {"value": False})
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_every_page_is_light_and_loads_nothing_from_elsewhere(seat, all_pages, open_house):
    home, heavy = urlsplit(open_house.http).netloc, []
    for page, cdp, opened in _walk(seat, all_pages):
        cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})
        loaded = []

        def note(request, loaded=loaded):
            loaded.append(request)

        page.on("requestfinished", note)
        page.goto(opened.path, wait_until="load")
        page.remove_listener("requestfinished", note)
        assert {urlsplit(one.url).netloc for one in loaded if one.url.startswith("http")} <= {home}, opened.path
        whole = sum(one.sizes()["responseBodySize"] for one in loaded if "/api/v1/events" not in one.url)
        if whole >= PAGE_MAX_BYTES:
            heavy.append((opened.path, whole))
    assert heavy == []
