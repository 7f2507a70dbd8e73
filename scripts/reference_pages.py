"""What the writers of generated pages share: write the pages, or with ``--check`` say which are out of date."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
WRITTEN_BY = "This page is written from the source by `make docs`."


def write_or_check(says: str, pages: Mapping[Path, Callable[[], str]]) -> int:
    """Write each page where it differs; with ``--check`` write nothing, and 1 where one is out of date."""
    arguments = argparse.ArgumentParser(description=says)
    arguments.add_argument("--check", action="store_true", help="write nothing, fail where a page is out of date")
    only_check = arguments.parse_args().check
    stale = [path for path, text in pages.items() if not _holds(path, text())]
    for path in stale:
        if only_check:
            print(f"{path.relative_to(ROOT)} is out of date: run make docs")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages[path](), encoding="utf-8")
    return 1 if only_check and stale else 0


def _holds(path: Path, wanted: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == wanted


def cell(text: object) -> str:
    """A text as one cell of a Markdown table, safe from its bars and from HTML."""
    joined = " ".join(str(text).split())
    for mark, shown in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("*", "\\*")):
        joined = joined.replace(mark, shown)
    return joined


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """A Markdown table; cells are given as they are to be shown."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(str(one) for one in row)} |" for row in rows)])
