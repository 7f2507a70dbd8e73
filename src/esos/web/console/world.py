"""The map of the watch: open cases and the teams of the register, each in the country that it has named.

Nothing is loaded from another host, and nothing is guessed: who has named no country stands beside the map. The list
beside it says the same in words.
"""

import functools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from litestar import Response, get

from esos.message.card import MemberCard
from esos.station.views import CaseRow
from esos.web.console.visit import TheVisit, page
from esos.words.language import language

COUNTRIES = Path(__file__).parent.parent / "countries.json"
CASES_MAX = 2_000
CASES_SHOWN, TEAMS_SHOWN, SHARE_MIN = 100, 300, 2
"""How many cases and teams the list beside the map names; the others are counted, country by country."""
WIDTH, HEIGHT = 1000, 470
"""The picture of ``static/world.svg``; ``scripts/make_world_map.py`` draws it and places the countries in it."""
_GRAVEST_FIRST = ("mayday", "pan-pan", "advisory")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One country with what is there; ``at`` is its place on the map, None where the map does not know it."""

    code: str
    name: str
    at: tuple[int, int] | None
    cases: tuple[CaseRow, ...]
    teams: tuple[str, ...]

    @property
    def alone(self) -> int:
        """How many calls there have no person."""
        return sum(not row.holder for row in self.cases)

    @property
    def urgency(self) -> str:
        """The gravest that is there, empty where no case is."""
        return next((word for word in _GRAVEST_FIRST if any(row.urgency == word for row in self.cases)), "")


class Country(msgspec.Struct, frozen=True):
    """A country: its place in the picture, and its names by language."""

    at: tuple[int, int]
    names: dict[str, str]


@functools.cache
def _countries() -> dict[str, Country]:
    return msgspec.json.decode(COUNTRIES.read_bytes(), type=dict[str, Country])


def places_of(rows: Iterable[CaseRow], cards: Iterable[MemberCard], spoken: str) -> tuple[Place, ...]:
    """What is where: countries with open cases first; whoever named no country comes last, under no code."""
    cases: dict[str, list[CaseRow]] = defaultdict(list)
    teams: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        cases[row.country].append(row)
    for card in cards:
        teams[card.country or ""].append(card.name)
    found = [_place(code, cases[code], sorted(teams[code], key=str.casefold), spoken) for code in {*cases, *teams}]
    return tuple(sorted(found, key=lambda one: (not one.code, not one.cases, -one.alone, one.name.casefold())))


def _place(code: str, cases: list[CaseRow], teams: list[str], spoken: str) -> Place:
    known = _countries().get(code, Country(at=(0, 0), names={}))
    name = known.names.get(spoken, known.names.get("en", code))
    at = known.at if known.names else None
    return Place(code=code, name=name, at=at, cases=tuple(cases), teams=tuple(teams))


def rooms(lengths: Iterable[int], most: int) -> list[int]:
    """How much of each of these lists stands on the page: of all the same, and together no more than fit."""
    wanted = list(lengths)
    share = max(SHARE_MIN, most // max(1, sum(map(bool, wanted))))
    left, found = most, []
    for length in wanted:
        found.append(min(length, share, left))
        left -= found[-1]
    return found


@get("/watch/map")
async def show(visit: TheVisit) -> Response[str]:
    """Open cases and teams by country."""
    visit.need_officer()
    rows = await visit.station.views.rows(now_ms=visit.now_ms, only_open=True, limit=CASES_MAX)
    directory = visit.station.directory
    cards = [card for member, card in directory.members.items() if member not in directory.suspended]
    places = places_of(rows, cards, language())
    cases, teams = (
        rooms(map(len, (one.cases for one in places)), CASES_SHOWN),
        rooms(map(len, (one.teams for one in places)), TEAMS_SHOWN),
    )
    return page(visit, "map.html", places=places, cases_of=cases, teams_of=teams, width=WIDTH, height=HEIGHT)


HANDLERS = [show]
