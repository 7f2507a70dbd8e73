"""Take the pictures of docs/pictures: play a drill, then open its first page and every page that one links to.

Each page is taken as a telephone shows it and as a desk shows it, light and dark. With ``--url`` the
pictures are of a console that is already running.
"""

import argparse
import contextlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CONSOLE = "http://127.0.0.1:8765"
START_MAX_S = 30
SIZES = {"telephone": {"width": 360, "height": 740}, "desk": {"width": 1280, "height": 800}}
SCHEMES = ("light", "dark")
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-sync", "--no-first-run"]


def main() -> int:
    """Write one PNG for every page, size and colour scheme; 1 where there is no Chromium."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--url", help="a console that is already running")
    arguments.add_argument("--drill", default="hse-2021", help="which drill to play")
    arguments.add_argument("--after", type=int, default=60, help="seconds of the drill to let pass first")
    arguments.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures", help="where the pictures go")
    chosen = arguments.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("pictures: Chromium is missing; `make parts` says how to have it.", file=sys.stderr)
        return 1
    chosen.out.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        url = chosen.url or stack.enter_context(_drill(chosen.drill, chosen.after))
        play = stack.enter_context(sync_playwright())
        browser = play.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        for path in take(browser, url, chosen.out):
            print(f"pictures: {path}")
        browser.close()
    return 0


@contextlib.contextmanager
def _drill(name: str, after_s: int) -> Iterator[str]:
    """A station of its own, in a temporary home, that plays the drill until the pictures are taken."""
    with tempfile.TemporaryDirectory() as home:
        program = [str(Path(sys.executable).parent / "esos"), "up", "--home", home, "--drill", name]
        station = subprocess.Popen(program, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            _wait_until_ready(f"{CONSOLE}/readyz")
            time.sleep(after_s)
            yield CONSOLE
        finally:
            station.terminate()
            station.wait(timeout=15)


def _wait_until_ready(url: str) -> None:
    give_up = time.monotonic() + START_MAX_S
    while time.monotonic() < give_up:
        with contextlib.suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own loopback address
            return
        time.sleep(0.2)
    sys.exit(f"pictures: the station did not answer within {START_MAX_S} s.")


def take(browser: Browser, url: str, folder: Path) -> Iterator[str]:
    """The name of each picture as it is written."""
    for size, viewport in SIZES.items():
        for scheme in SCHEMES:
            context = browser.new_context(viewport=viewport, color_scheme=scheme)
            page = context.new_page()
            for link in _pages(page, url):
                page.goto(link, wait_until="load")
                name = f"{_name(link)}-{size}-{scheme}.png"
                page.screenshot(path=folder / name, full_page=True)
                yield name
            context.close()


def _pages(page: Page, url: str) -> list[str]:
    """The first page and every page of the same station it links to, each once."""
    page.goto(url, wait_until="load")
    links = page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
    here = urlsplit(url).netloc
    found = [link.partition("#")[0] for link in links if urlsplit(link).netloc == here]
    return list(dict.fromkeys([page.url.partition("#")[0], *found]))


def _name(link: str) -> str:
    path = urlsplit(link).path.strip("/")
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "first"


if __name__ == "__main__":
    sys.exit(main())
