"""Make the map of the watch floor from public-domain outlines: ``world.svg``, and where each country stands in it.

Outlines: Natural Earth 4.1 (public domain), countries at 1:110m for the picture and 1:50m for the places, as the npm
package world-atlas 2.0.2 (ISC) hands them on: ``npm pack world-atlas`` and give the folder. Names of countries are
those of the Unicode CLDR, by Babel. Drawing is equirectangular: a glance at where, and no more.
"""

import itertools
import json
import sys
from pathlib import Path
from typing import Any

from babel import Locale
from babel.core import get_global

WEB = Path(__file__).resolve().parent.parent / "src" / "esos" / "web"
WIDTH, HEIGHT = 1000, 470
NORTH = 84.0
"""The picture begins there and ends 169 degrees further south: what lies beyond is ice."""
PER_DEGREE = WIDTH / 360
HALF = 180
SMALLEST = 2
"""A ring with a smaller extent than this, in units of the picture, is left out of it."""
LANGUAGES = ("en", "fr", "es", "ar")
Ring = list[tuple[float, float]]


def main() -> int:
    """Write both files; 2 where no folder is given."""
    if len(sys.argv) != 2:
        print("Usage: make_world_map.py FOLDER-OF-world-atlas", file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    coarse = json.loads((folder / "countries-110m.json").read_text())
    fine = json.loads((folder / "countries-50m.json").read_text())
    path = " ".join(
        filter(None, (_path(ring) for shape in _shapes(coarse) for one in shape[1] for ring in _whole(one)))
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        "<!-- Outlines: Natural Earth, public domain --> "
        f'<path id="land" d="{path}"/></svg>\n'
    )
    (WEB / "static" / "world.svg").write_text(svg)
    places = {code: {"at": at, "names": _names(code)} for code, at in sorted(_places(fine).items())}
    (WEB / "countries.json").write_text(json.dumps(places, ensure_ascii=False, separators=(",", ":")) + "\n")
    return 0


def _shapes(topology: dict[str, Any]) -> list[tuple[str, list[Ring]]]:
    """Each country: its number in ISO 3166-1, and its outer rings in degrees (TopoJSON 2.2, 2.1.4)."""
    arcs = [_arc(arc, topology["transform"]) for arc in topology["arcs"]]
    shapes = []
    for one in topology["objects"]["countries"]["geometries"]:
        polygons = one["arcs"] if one["type"] == "MultiPolygon" else [one["arcs"]]
        shapes.append((str(one.get("id", "")), [_ring(polygon[0], arcs) for polygon in polygons]))
    return shapes


def _arc(arc: list[list[int]], transform: dict[str, Any]) -> Ring:
    (sx, sy), (tx, ty) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append((x * sx + tx, y * sy + ty))
    return points


def _ring(numbers: list[int], arcs: list[Ring]) -> Ring:
    points: Ring = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points.extend(arc[1:] if points else arc)
    return points


def _on_picture(point: tuple[float, float]) -> tuple[int, int]:
    return round((point[0] + 180) * PER_DEGREE), round((NORTH - point[1]) * PER_DEGREE)


def _whole(ring: Ring) -> list[Ring]:
    """The ring without a jump from one edge of the map to the other: what goes beyond an edge is there twice."""
    shift, points = 0, ring[:1]
    for before, point in itertools.pairwise(ring):
        shift += 360 if point[0] - before[0] < -HALF else -360 if point[0] - before[0] > HALF else 0
        points.append((point[0] + shift, point[1]))
    east, west = max(x for x, _ in points), min(x for x, _ in points)
    copies = [0, *([-360] if east > HALF else []), *([360] if west < -HALF else [])]
    return [[(x + step, y) for x, y in points] for step in copies]


def _path(ring: Ring) -> str:
    """The ring as relative steps in whole units; empty where nothing of it would be seen."""
    spots = [spot for at, spot in enumerate(map(_on_picture, ring)) if not at or spot != _on_picture(ring[at - 1])]
    wide = max(x for x, _ in spots) - min(x for x, _ in spots)
    high = max(y for _, y in spots) - min(y for _, y in spots)
    if max(wide, high) < SMALLEST or min(y for _, y in spots) > HEIGHT:
        return ""
    steps = "".join(f"{b[0] - a[0]:+d}{b[1] - a[1]:+d}" for a, b in itertools.pairwise(spots))
    return f"M{spots[0][0]},{spots[0][1]}l{steps.lstrip('+')}z"


def _places(topology: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """The middle of each country's largest ring, by its code of two letters."""
    aliases = get_global("territory_aliases")
    found = {}
    for number, rings in _shapes(topology):
        codes = aliases.get(number, [])
        if len(codes) == 1:
            found[codes[0]] = _on_picture(_middle(max(rings, key=lambda ring: abs(_area(ring)))))
    return found


def _area(ring: Ring) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring)) / 2


def _middle(ring: Ring) -> tuple[float, float]:
    """The centroid of a polygon."""
    area = _area(ring)
    if not area:
        return ring[0]
    pairs = [(a, b, a[0] * b[1] - b[0] * a[1]) for a, b in itertools.pairwise(ring)]
    x = sum((a[0] + b[0]) * cross for a, b, cross in pairs)
    y = sum((a[1] + b[1]) * cross for a, b, cross in pairs)
    return x / (6 * area), y / (6 * area)


def _names(code: str) -> dict[str, str]:
    return {language: Locale(language).territories.get(code, code) for language in LANGUAGES}


if __name__ == "__main__":
    sys.exit(main())
