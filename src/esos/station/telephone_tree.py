"""The telephone tree: whom to ring in which order when no screen works, with numbers, and who rings whom next.

Made from the register, the roster and the pact's ladder, never written by hand, so that it cannot be out of date
without showing it: it carries its moment and the register's version. Law 5: nobody on it is the last to ring.
"""

from collections.abc import Iterable

import msgspec

from esos.message.card import Contact
from esos.pact.ladder import DEFAULT_LADDERS
from esos.station.on_watch import backup, on_watch
from esos.station.station import Station
from esos.words.urgency import Urgency

RINGS_MAX = 3
"""How many others one member rings: few enough that each is done within minutes."""
MEMBERS_MAX = 36
"""How many members one printed page holds; how many more there are stands beneath them."""
NUMBERS_MAX = 2
CARD_PREFIX = "ESOS-STATION1"
_NUMBERED = frozenset({"voice", "ring", "sms"})


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """One person or neighbour of the station: rung in this order. ``step`` is the ladder's, ``after_ms`` its time."""

    order: int
    step: str
    after_ms: int
    name: str
    numbers: tuple[str, ...]
    next: str


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """One member: who rings it, and whom it rings next. ``by`` is empty where the officer on watch does."""

    order: int
    name: str
    numbers: tuple[str, ...]
    by: str
    rings: tuple[str, ...]


class TelephoneTree(msgspec.Struct, frozen=True, kw_only=True):
    """The whole tree. ``silent`` are those without a number; ``card`` is the station's card for the code."""

    station: str
    realm: str
    made_ms: int
    version: int
    rungs: tuple[Rung, ...]
    branches: tuple[Branch, ...]
    more: int
    silent: tuple[str, ...]
    card: str


def telephone_tree(station: Station, *, http: str, udp: Iterable[str] = ()) -> TelephoneTree:
    """The tree as the register stands now; ``http`` and ``udp`` are where the station listens."""
    identity, directory = station.identity, station.directory
    people = _people(station)
    members = sorted((card.name, _numbers(card.contacts)) for one, card in directory.members.items()
                     if one not in directory.suspended)  # fmt: skip
    reached = [(name, numbers) for name, numbers in members if numbers]
    silent = [name for _, _, name, numbers in people if not numbers] + [
        name for name, numbers in members if not numbers
    ]
    parts = (CARD_PREFIX, identity.realm.value, identity.kid.hex(), identity.public.hex(), http, ",".join(udp))
    return TelephoneTree(
        station=identity.name,
        realm=identity.realm.value,
        made_ms=station.clock.now_ms(),
        version=directory.register.version,
        rungs=_rungs(people),
        branches=_branches(reached[:MEMBERS_MAX]),
        more=max(0, len(reached) - MEMBERS_MAX),
        silent=tuple(dict.fromkeys(silent)),
        card="|".join((*parts, identity.name.replace("|", " "))),
    )


_Person = tuple[str, int, str, tuple[str, ...]]


def _people(station: Station) -> list[_Person]:
    """Everybody of the mayday ladder, in its order and each once."""
    directory = station.directory
    ladder = directory.rules.ladder(Urgency.MAYDAY) if directory.pact else DEFAULT_LADDERS[Urgency.MAYDAY]
    found: dict[str, _Person] = {}
    for step in ladder.steps:
        for key, name, contacts in _of_step(station, step.page):
            found.setdefault(key, (step.page, step.after_ms, name, _numbers(contacts)))
    return list(found.values())


def _of_step(station: Station, page: str) -> list[tuple[str, str, tuple[Contact, ...]]]:
    directory, now_ms = station.directory, station.clock.now_ms()
    if page == "neighbour":
        return [(one.address, "", (one,)) for one in directory.roster.rules.neighbour if one.channel in _NUMBERED]
    on_duty = {"watch": on_watch, "backup": backup}.get(page)
    named = on_duty(directory, now_ms) if on_duty else tuple(directory.officers)
    rows = [directory.officers[one] for one in named if one in directory.officers]
    return [(row.officer, row.name, row.contacts) for row in rows]


def _numbers(contacts: Iterable[Contact]) -> tuple[str, ...]:
    """Telephone numbers, those for talking first."""
    talking = sorted((one for one in contacts if one.channel in _NUMBERED), key=lambda one: one.channel == "sms")
    return tuple(dict.fromkeys(one.address for one in talking))[:NUMBERS_MAX]


def _rungs(people: list[_Person]) -> tuple[Rung, ...]:
    """Whoever does not answer is followed by the next; after the last it begins again."""
    reached = [one for one in people if one[3]]
    return tuple(
        Rung(
            order=order,
            step=step,
            after_ms=after_ms,
            name=name,
            numbers=numbers,
            next=reached[order % len(reached)][2],
        )
        for order, (step, after_ms, name, numbers) in enumerate(reached, start=1)
    )


def _branches(members: list[tuple[str, tuple[str, ...]]]) -> tuple[Branch, ...]:
    """The officer rings the first few; each member then rings the few that come after it in turn."""
    names = [name for name, _ in members]
    return tuple(
        Branch(
            order=at + 1,
            name=name,
            numbers=numbers,
            by=names[at // RINGS_MAX - 1] if at >= RINGS_MAX else "",
            rings=tuple(names[(at + 1) * RINGS_MAX : (at + 2) * RINGS_MAX]),
        )
        for at, (name, numbers) in enumerate(members)
    )
