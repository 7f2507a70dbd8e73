"""Every page has its pictures in the documentation, and every picture there is of a page that exists."""

import re

from pages_table import PAGES

EACH = {
    f"{language}-{scheme}-{width}" for language in ("en", "ar") for scheme in ("light", "dark") for width in (360, 1280)
}
ALL_MAX_BYTES = 25_000_000


def test_every_page_has_its_pictures_in_both_themes_both_directions_and_both_widths(repo_root):
    folder = repo_root / "docs" / "pictures"
    shown = set(re.findall(r"\]\((pages/[^)]+\.jpg)\)", (folder / "index.md").read_text(encoding="utf-8")))
    wanted = {f"pages/{name}-{way}.jpg" for name, *_ in PAGES for way in EACH}
    assert shown == wanted, "make pictures takes them"
    assert {path.relative_to(folder).as_posix() for path in (folder / "pages").iterdir()} == wanted


def test_the_pictures_are_not_heavy(repo_root):
    pictures = (repo_root / "docs" / "pictures" / "pages").glob("*.jpg")
    assert sum(path.stat().st_size for path in pictures) < ALL_MAX_BYTES
