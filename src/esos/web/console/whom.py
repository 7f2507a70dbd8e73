"""Choosing somebody: of few from a list, of many by typing a name, so that a large station's pages stay small.

Whoever is typed need not stand in the list that the browser offers: the station knows everybody by name and id.
"""

from collections.abc import Iterable

from esos.errors import Malformed
from esos.message.roster_bodies import NEIGHBOUR_WATCH
from esos.station.directory import Directory
from esos.web.console.fields import Filled
from esos.words.language import say

WHOM_MAX = 60
"""From so many people on, a form asks for a name instead of showing everybody in each of its lists."""
OFFERED_MAX = 60
"""How many names a browser offers while somebody types."""


def with_parties(form: Filled, fields: Iterable[str], directory: Directory) -> Filled:
    """The form with the party in place of each name that was typed into these fields; raises as ``party_of``."""
    pairs = [
        (name, party_of(text, directory) if name in fields else text)
        for name in form.names
        for text in form.all(name)
    ]  # fmt: skip
    return Filled(pairs)


def party_of(text: str, directory: Directory) -> str:
    """Whom a form means, by id or name, empty for nobody; raises ``Malformed`` (``person.unknown``, ``….several``)."""
    typed = text.strip()
    if not typed or _is_party(typed.partition(" ")[0], directory):
        return typed
    found = [party for party, name in _people(directory) if name.casefold() == typed.casefold()]
    if len(found) == 1:
        return found[0]
    hint = say("Write the whole name, or the id that the register shows.")
    if found:
        raise Malformed("person.several", say("Several here are called {name}.", name=typed[:80]), hint=hint)
    raise Malformed("person.unknown", say("Nobody here is called {name}.", name=typed[:80]), hint=hint)


def _is_party(text: str, directory: Directory) -> bool:
    stations = (NEIGHBOUR_WATCH + one.name for one in directory.roster.rules.stations)
    return text in directory.officers or text in directory.everybody or text in stations


def _people(directory: Directory) -> Iterable[tuple[str, str]]:
    yield from ((party, row.name) for party, row in directory.officers.items())
    yield from ((party, card.name) for party, card in directory.everybody.items())
    yield from ((NEIGHBOUR_WATCH + one.name, one.name) for one in directory.roster.rules.stations)
