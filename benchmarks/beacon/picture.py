"""The plot of the page in plain SVG: how many calls are acknowledged, by how much is lost."""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 460, 60, 230, 40, 50
LABEL_GAP = 17
LOSSES = (0, 50, 70, 80, 90, 95)
"""Per cent, at equal distances: what is of interest lies close together."""
LINES = {
    "three stations": ("e-SOS, three stations", "#0b3d5c", ""),
    "one station": ("e-SOS, one station", "#1f77b4", ""),
    "one datagram in 3 s": ("one datagram in 3 s", "#7a5c00", "7 4"),
    "CoAP": ("CoAP", "#8c2d04", "7 4"),
    "DTLS": ("DTLS", "#6a3d9a", "3 3"),
    "QUIC": ("QUIC", "#2b7a3d", "3 3"),
    "HTTPS": ("HTTPS", "#555555", "7 4"),
}
_BOTH_WAYS = re.compile(r"^(\d+)% both ways, 200 ms$")
TITLE = "Calls acknowledged within 60 s, by loss each way (round trip 200 ms)"


def plot(rows: Sequence[dict[str, Any]]) -> str:
    """A line for each program over the links that lose alike both ways."""
    font = 'font-family="sans-serif" font-size="13"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {font} role="img">',
        f"<title>{escape(TITLE)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="22" font-size="15">{escape(TITLE)}</text>',
        *_grid(),
    ]
    labels = []
    for program, (words, colour, dashes) in LINES.items():
        points = points_of(rows, program)
        if points:
            path = " ".join(f"{_x(loss):.1f},{_y(acked):.1f}" for loss, acked in points)
            style = f'fill="none" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dashes}"'
            parts.append(f'<polyline points="{path}" {style}/>')
            labels.append((_y(points[-1][1]), words, colour))
    parts += _labels(labels)
    return "\n".join([*parts, "</svg>", ""])


def points_of(rows: Sequence[dict[str, Any]], program: str) -> list[tuple[int, float]]:
    """Loss in per cent and share acknowledged, in the order of the loss."""
    found = [(_BOTH_WAYS.match(row["cell"]), row) for row in rows if row["program"] == program]
    return sorted((int(match[1]), float(row["acked_share"])) for match, row in found if match)


def _grid() -> list[str]:
    lines = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = _y(share)
        lines.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        lines.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{share:.0%}</text>')
    below = f'y="{HEIGHT - BOTTOM + 20}" text-anchor="middle"'
    lines += [f'<text x="{_x(loss):.1f}" {below}>{loss} %</text>' for loss in LOSSES]
    middle = (LEFT + WIDTH - RIGHT) / 2
    return [*lines, f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">packets lost each way</text>']


def _labels(labels: list[tuple[float, str, str]]) -> list[str]:
    """Each line's name at its right end, moved apart where two would stand on each other."""
    ordered = sorted(labels)
    heights = [y + 4 for y, _, _ in ordered]
    for place in range(1, len(heights)):
        heights[place] = max(heights[place], heights[place - 1] + LABEL_GAP)
    lowest = float(HEIGHT - LABEL_GAP)
    for place in reversed(range(len(heights))):
        heights[place] = lowest = min(heights[place], lowest)
        lowest -= LABEL_GAP
    return [
        f'<text x="{WIDTH - RIGHT + 10}" y="{height:.1f}" fill="{colour}">{escape(words)}</text>'
        for height, (_, words, colour) in zip(heights, ordered, strict=True)
    ]


def _x(loss: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * LOSSES.index(loss) / (len(LOSSES) - 1)


def _y(share: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)
