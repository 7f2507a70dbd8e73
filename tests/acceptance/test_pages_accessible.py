"""Every page keeps WCAG 2.2 A and AA as far as axe can judge it, in real Chromium: both themes, both directions of
writing, on a telephone and on a desk, with and without a script. Each page is light, and loads nothing from elsewhere.
"""

import itertools
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from pages_house import DESK, TELEPHONE
from pages_table import opened_pages, routes_of_pages
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGE_MAX_BYTES = 100_000
SIZES, SCHEMES, DIRECTIONS = (TELEPHONE, DESK), ("light", "dark"), ("ltr", "rtl")
EVERY_WAY = tuple(itertools.product(SIZES, SCHEMES, DIRECTIONS))
FEW_WAYS = {True: ((TELEPHONE, "light", "rtl"), (DESK, "dark", "ltr")), False: ((TELEPHONE, "dark", "rtl"),)}
"""For every change; the nightly run looks at all of them. Each size, scheme and direction is there, script on and off."""
JUDGE = """(levels) => axe.run(document, {runOnly: levels, resultTypes: ["violations"]}).then((found) =>
  found.violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 200)}`)))"""
RELOADS, STOPS = 'meta[http-equiv="refresh"]', 'a[href$="still=1"]'
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def all_pages(open_house):
    return opened_pages(open_house)


def test_every_page_of_the_route_table_is_looked_at(all_pages):
    assert {one.route for one in all_pages if one.route} == routes_of_pages()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_axe_finds_nothing_on_any_page(seat, all_pages, script):
    assert list(_faults(seat, all_pages, script, FEW_WAYS[script])) == []


@pytest.mark.nightly
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_axe_finds_nothing_on_any_page_in_any_way_to_look_at_it(seat, all_pages, script):
    assert list(_faults(seat, all_pages, script, EVERY_WAY)) == []


def _faults(seat, all_pages, script, ways):
    """What axe holds against each page, and where a page is wider than what it is looked at with."""
    axe = Axe().axe_script
    for page, cdp, opened in _walk(seat, all_pages):
        with _opened(page, cdp, opened.path, script):
            page.evaluate(axe)
            if page.locator(
                RELOADS
            ).count():  # the one thing that axe condemns and that WCAG 2.2.1 allows, if it can be stopped
                expect(page.locator(STOPS)).to_be_visible()
                page.evaluate("(reloads) => document.querySelector(reloads).remove()", RELOADS)
            for size, scheme, direction in ways:
                page.set_viewport_size(size)
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                page.evaluate("(direction) => { document.documentElement.dir = direction; }", direction)
                where = f"{opened.path} {size['width']} {scheme} {direction}"
                yield from (f"{where}: {fault}" for fault in page.evaluate(JUDGE, LEVELS))
                if page.evaluate(WIDER):
                    yield f"{where}: is wider than its window"


def _walk(seat, all_pages):
    """Each page in turn, in one browser context a reader."""
    for reader in dict.fromkeys(one.reader for one in all_pages):
        with seat(reader) as page:
            cdp = page.context.new_cdp_session(page)
            for opened in (one for one in all_pages if one.reader == reader):
                yield page, cdp, opened


@contextmanager
def _opened(page, cdp, path, script):
    """The page as a browser with, or without, scripts makes it; afterwards it may be judged by one."""
    cdp.send("Emulation.setScriptExecutionDisabled", {"value": not script})
    page.goto(path)
    cdp.send("Emulation.setScriptExecutionDisabled", {"value": False})
    yield


def test_every_page_is_light_and_loads_nothing_from_elsewhere(seat, all_pages, open_house):
    home, heavy = urlsplit(open_house.http).netloc, []
    for page, cdp, opened in _walk(seat, all_pages):
        cdp.send("Network.enable")
        cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})
        loaded = []

        def note(request, loaded=loaded):
            loaded.append(request)

        page.on("requestfinished", note)
        page.goto(opened.path, wait_until="load")
        page.remove_listener("requestfinished", note)
        assert {urlsplit(one.url).netloc for one in loaded if one.url.startswith("http")} <= {home}, opened.path
        whole = sum(one.sizes()["responseBodySize"] for one in loaded if "/api/v1/events" not in one.url)
        if whole >= PAGE_MAX_BYTES and opened.route != "/watch/map":
            heavy.append((opened.path, whole))
    assert heavy == []
