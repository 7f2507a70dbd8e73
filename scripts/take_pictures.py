"""Take a picture of every page: English and Arabic, light and dark, telephone and desk; and write the page of them.

The pages are those of ``tests/acceptance/pages_table.py``, opened at a real station with fictitious members that
keeps exercises. Of a long page the upper part is shown.
"""

import argparse
import itertools
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "acceptance"))

from pages_house import CHROMIUM_ARGUMENTS, DESK, TELEPHONE, opened_house  # noqa: E402 - the station of the tests
from pages_table import PAGES, opened_pages  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
INDEX = FOLDER / "index.md"
HEIGHT_MAX_PX = {360: 1_400, 1280: 1_000}
QUALITY_PERCENT = 35
ZONE = "Europe/Berlin"
LANGUAGES = {"en": "English, left to right", "ar": "Arabic, right to left"}
SCHEMES = ("light", "dark")


class Way(NamedTuple):
    """One way to look at a page."""

    language: str
    scheme: str
    width: int

    def file(self, name: str) -> str:
        """Where the picture of a page is, from the folder of the pictures."""
        return f"pages/{name}-{self.language}-{self.scheme}-{self.width}.jpg"


WAYS = tuple(Way(*one) for one in itertools.product(LANGUAGES, SCHEMES, HEIGHT_MAX_PX))


def main() -> int:
    """Write the pictures; 1 where there is no Chromium."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("names", nargs="*", help="take the pictures of these pages only")
    names = set(arguments.parse_args().names)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("pictures: Chromium is missing; `make parts` says how to have it.", file=sys.stderr)
        return 1
    (FOLDER / "pages").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        house: Any = opened_house(Path(folder) / "home")
        try:
            pages = [one for one in opened_pages(house) if not names or one.name in names]
            with sync_playwright() as play:
                browser = play.chromium.launch(executable_path=chromium, args=list(CHROMIUM_ARGUMENTS))
                for way in WAYS:
                    take(browser, house, pages, way)
        finally:
            house.live.kill()
    INDEX.write_text("\n".join(index_lines()) + "\n", encoding="utf-8")
    return 0


def take(browser: Browser, house: Any, pages: list[Any], way: Way) -> None:
    """Every page in one way, a browser context for each reader."""
    size = next(size for size in (TELEPHONE, DESK) if size["width"] == way.width)
    for reader in dict.fromkeys(one.reader for one in pages):
        context = browser.new_context(
            base_url=house.http, viewport=size, color_scheme=way.scheme, locale=way.language,
            timezone_id=ZONE, service_workers="block", reduced_motion="reduce",
        )  # fmt: skip
        if reader:
            context.add_cookies([{"name": "esos_session", "value": house.sessions[reader], "url": house.http}])
        page = context.new_page()
        for one in (one for one in pages if one.reader == reader):
            page.goto(one.path)
            page.set_viewport_size(size)
            height = min(page.evaluate("document.documentElement.scrollHeight"), HEIGHT_MAX_PX[way.width])
            page.set_viewport_size({"width": way.width, "height": height})
            page.screenshot(path=FOLDER / way.file(one.name), type="jpeg", quality=QUALITY_PERCENT)
        context.close()
    print(f"pictures: {len(pages)} pages, {way.language}, {way.scheme}, {way.width} px")


def index_lines() -> Iterator[str]:
    """The page that shows the pictures there are, by page."""
    yield "# Every page as a picture"
    yield ""
    yield (
        "Written by `make pictures` (`scripts/take_pictures.py`) at an exercise station with fictitious members: each "
        "page in English and Arabic, light and dark, on a telephone (360 px) and on a desk (1280 px). Of a long page "
        "the upper part is shown."
    )
    for name, route, _, _ in PAGES:
        yield from ("", f"## {name}", "", f"`{route or 'an address where nothing is'}`", "")
        yield from ("| | telephone, light | telephone, dark | desk, light | desk, dark |", "|---|---|---|---|---|")
        for language, words in LANGUAGES.items():
            shown = [Way(language, scheme, width) for width in HEIGHT_MAX_PX for scheme in SCHEMES]
            cells = " | ".join(f"[![{name}, {words}]({way.file(name)})]({way.file(name)})" for way in shown)
            yield f"| {words} | {cells} |"


if __name__ == "__main__":
    sys.exit(main())
