"""A simulated way to reach people: pages arrive, are refused, hang for minutes, or arrive although an error is told."""

import asyncio
import random
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from esos.errors import Busy, Malformed
from esos.paging.letter import Letter, letter_of
from esos.station.ports import PageMessage, Sent
from simulated.chronicle import Chronicle
from simulated.storage import Crash

if TYPE_CHECKING:
    from simulated.process import Life

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
HANG_S = (5.0, 70.0, 200.0)
"""How long a provider hangs: also beyond the lease of a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFaults:
    """How bad the providers are: chances of one page."""

    refusal: float = 0.0
    hang: float = 0.0
    ambiguity: float = 0.0
    """The page arrives, and an error is told."""


@dataclass(slots=True)
class PostBox:
    """What reached people, by address, and how the providers are today."""

    faults: ChannelFaults = field(default_factory=ChannelFaults)
    pages: dict[str, list[PageMessage]] = field(default_factory=lambda: defaultdict(list))
    watch: Callable[[PageMessage], None] = lambda page: None

    def take(self, page: PageMessage) -> None:
        """A person has it. Whoever gets one id twice shows it once."""
        self.pages[page.address].append(page)
        self.watch(page)

    def letters(self, address: str) -> list[Letter]:
        """What an address received, as people read it."""
        return [letter_of(page) for page in self.pages[address]]


class SimChannel:
    """One process's connection to the providers of pages."""

    scheme = "file"

    def __init__(self, life: "Life", chronicle: Chronicle, post_box: PostBox, chance: random.Random) -> None:
        self._life = life
        self._chronicle = chronicle
        self._box = post_box
        self._chance = chance

    async def send(self, page: PageMessage) -> Sent:
        if not _NAME.fullmatch(page.address):
            raise Malformed("paging.address", "The address of a page is a plain name.")
        faults, luck = self._box.faults, self._chance.random()
        is_hanging = luck < faults.hang
        await asyncio.sleep(self._chance.choice(HANG_S) if is_hanging else self._chance.uniform(0, 0.1))
        if self._life.is_dead:
            raise Crash
        if is_hanging or luck > 1 - faults.refusal:
            raise Busy("paging.unreachable", "The provider of pages does not answer now.")
        self._chronicle.note("page", page.title, "to", page.address)
        self._box.take(page)
        if self._chance.random() < faults.ambiguity:
            raise Busy("paging.unreachable", "The connection broke; perhaps the page was sent.")
        return Sent(provider="simulated", detail="The provider took it.")

    async def close(self) -> None:
        pass
