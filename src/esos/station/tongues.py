"""In which language the station speaks to whom: each party's own choice, what its card says, else the station's own.

A choice is a convenience of this station and no statement: nobody else relies on it.
"""

from collections.abc import Mapping
from contextlib import suppress

from esos.errors import Busy
from esos.station.directory import Directory
from esos.station.ports import Journal
from esos.words.language import ENGLISH, SOURCE, Tongue, choose


class Tongues:
    """Finds and keeps the language of each reader. ``own`` is what the station speaks to those of whom it knows none.

    ``known`` are the catalogues there are, by code.
    """

    def __init__(
        self, *, journal: Journal, directory: Directory, known: Mapping[str, Tongue] | None = None, own: str = SOURCE
    ) -> None:
        self._journal = journal
        self._directory = directory
        self.known: Mapping[str, Tongue] = known or {SOURCE: ENGLISH}
        self.own = own

    def best(self, *codes: str) -> Tongue:
        """The first of these languages that is known here; else the station's own."""
        return choose(self.known, *codes, self.own)

    async def of(self, party: str) -> Tongue:
        """The language of this party; the station's own for one who has none, and while the journal cannot say."""
        card = self._directory.members.get(party)
        return self.best(await self.chosen(party), *(card.languages if card else ()))

    async def chosen(self, party: str) -> str:
        """The code that this party chose itself; empty where it chose none, or the journal cannot say."""
        if not party:
            return ""
        with suppress(Busy):  # a page in another language is better than none
            return (await self._journal.fact(_fact(party)) or b"").decode()
        return ""

    async def choose(self, party: str, code: str) -> None:
        """Keep this party's choice; raises ``Busy``."""
        await self._journal.set_fact(_fact(party), code.encode())


def _fact(party: str) -> str:
    return f"language:{party}"
