"""Draw the icons that a telephone shows for the kept page, from the one mark of the console, with Chromium."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).resolve().parent.parent / "src" / "esos" / "web" / "static"
SIDES = (192, 512)
STYLE = (
    "body { margin: 0; background: #a3161b } svg { padding: 8%; box-sizing: border-box; width: 100vw; height: 100vh }"
)
"""The mark stands on its own ground to the edge, so that a telephone may cut it to any shape (W3C: maskable icons)."""


def main() -> int:
    """Write both sizes; 1 where there is no Chromium."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("icons: Chromium is missing; `make parts` says how to have it.", file=sys.stderr)
        return 1
    mark = (STATIC / "icon.svg").read_text(encoding="utf-8")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for side in SIDES:
            page = browser.new_page(viewport={"width": side, "height": side})
            page.set_content(f"<body><style>{STYLE}</style>{mark}")
            page.screenshot(path=STATIC / f"icon-{side}.png")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
