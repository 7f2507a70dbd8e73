"""Write docs/explanation/speed.md and its pictures from benchmarks/results, so that its figures are those files'."""

import json
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks/results"
PAGE = ROOT / "docs/explanation/speed.md"
PICTURES = ROOT / "docs/pictures"
WIDTH, BAR, GAP, LABEL = 900, 22, 10, 430
TITLES = {
    "intake": "Durable intake on both engines, beside a bare verify loop",
    "processes": "Several processes on PostgreSQL",
    "timers": "Timers",
    "peers": "Other programs that take in a call for help",
    "restart": "Starting again with a million statements behind it",
    "udp_to_page": "From a datagram to the officer's page",
    "people": "What people on watch feel, at a club and at a station a hundred times as large",
}
HEAD = """# How fast it is

Every figure here was measured by the script that stands above it (`make bench` runs them all), and this page is written
from their files in `benchmarks/results/`. A figure alone says little, so that each stands beside a floor, a wish or
another program in the same run: **the ratio is what to read**. Where there were several rounds it is that of the median
round, and the lowest and highest are given.

## What to doubt

- The programs that send the load run on the same processors as the station. What they use is told beside it.
- On a shared machine rates wander by half and ratios by a tenth or more. A ratio of two things measured at different
  moments is worth less than one of the same moment.
- The other programs were built for other things, and take in less with each item: no signature, often no disk. What
  each does not promise stands beside its figure, and whether its yes survived SIGKILL was tried.
- SIGKILL is not a loss of power: what the kernel had in memory survives it.
- Loads by HTTP, and those put before other programs, are statements that test the way: kept and answered like calls,
  and lighter, since nothing is folded. Where calls are folded, the row says so.

## What was wished for and is not reached

- *Intake at half the speed of a bare verify loop*: SQLite comes to about half, PostgreSQL to a little less. Half of the
  time is the signature itself. The rest is reading, judging and writing in one interpreter; a second thread beside it
  was tried, and made both slower by waiting for each other.
- *A page within a quarter of a second of its time, at a thousand timers a second*: reached at five hundred a second
  with real cases, each of which makes the station speak, sign and page another helper. At a thousand one process cannot
  keep up here and catches up later; nothing is lost or doubled. The store alone takes up more than twice the
  five thousand wished for.
- *Four processes as fast as one on two processors*: they share what there is, by HTTP and by datagram, and get less
  than one. Two get more than one by HTTP.
- *A watch floor of two thousand open cases that never holds up the loop for a quarter of a second*: seen a little above
  it, on a machine that had other work; every other page stays below.
- *Two processes at the door for datagrams 1.3 times as fast as one*: the clients and the database use the same two
  processors, and what is left for a second process wanders from round to round.
"""


def table(name: str, rows: list[dict[str, Any]]) -> str:
    """The rows of one file as a table, with the command and the picture."""
    lines = [
        f"## {TITLES[name]}",
        "",
        f"`python benchmarks/bench_{name}.py`",
        "",
        f"![{TITLES[name]}](../pictures/speed-{name}.svg)",
        "",
    ]
    lines += ["| measured | is | ratio | to | rounds |", "|---|---|---|---|---|"]
    for one in rows:
        spread = "{:g} to {:g}".format(*one["ratios"]) if "ratios" in one else ""
        lines.append(
            f"| {one['measure']} | {one['value']:,g} {one['unit']} | {one['ratio']:g} | {one['beside']} | {spread} |"
        )
    said = [
        f"- **{one['measure'].removeprefix('accepted by ')}**: {one['kept']} {one['lacks']}"
        for one in rows
        if "lacks" in one
    ]
    return "\n".join([*lines, "", *said, *([""] if said else [])])


def picture(name: str, rows: list[dict[str, Any]]) -> str:
    """The ratios as bars, in plain SVG."""
    longest = max(one["ratio"] for one in rows) or 1
    height = len(rows) * (BAR + GAP) + GAP
    box, font = f'viewBox="0 0 {WIDTH} {height}"', 'font-family="sans-serif" font-size="13"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} {font}>',
        f"<title>{escape(TITLES[name])}: ratios</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
    ]
    for number, one in enumerate(rows):
        top, long = GAP + number * (BAR + GAP), max(1, (WIDTH - LABEL - 70) * one["ratio"] / longest)
        parts.append(f'<text x="{LABEL - 8}" y="{top + 16}" text-anchor="end">{escape(one["measure"])}</text>')
        parts.append(f'<rect x="{LABEL}" y="{top}" width="{long:.0f}" height="{BAR}" fill="#1f5f8b"/>')
        parts.append(f'<text x="{LABEL + long + 6:.0f}" y="{top + 16}">{one["ratio"]:g}</text>')
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    """Write the page and the pictures of every file that is there."""
    sections = [HEAD]
    for name in TITLES:
        file = RESULTS / f"{name}.json"
        if file.exists():
            rows = json.loads(file.read_text(encoding="utf-8"))
            sections.append(table(name, rows))
            (PICTURES / f"speed-{name}.svg").write_text(picture(name, rows), encoding="utf-8")
    PAGE.write_text("\n".join(sections).rstrip() + "\n", encoding="utf-8")
    print(f"bench: wrote {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
