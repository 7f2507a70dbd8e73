"""A first-aid card whole, as it hangs on the wall: each line with its why, what to keep, and what it rests on."""

from typing import NamedTuple

import msgspec

from esos.words.evidence import EVIDENCE, Keep
from esos.words.first_aid import card_for
from esos.words.first_aid_sources import CHECKED, EVIDENCE_SOURCE, SOURCES, Source
from esos.words.first_aid_why import WHYS
from esos.words.nature import Nature, read_nature


class Line(NamedTuple):
    """What to do or to leave alone, and why."""

    text: str
    why: str


class WholeCard(msgspec.Struct, frozen=True, kw_only=True):
    """One nature's card. ``keep`` is the same for all: what fades first stands first."""

    nature: Nature
    do: tuple[Line, ...]
    do_not: tuple[Line, ...]
    keep: tuple[Keep, ...] = EVIDENCE
    sources: tuple[Source, ...]
    checked: str = CHECKED

    @property
    def title(self) -> str:
        """What the caller sees."""
        return self.nature.words

    @property
    def slug(self) -> str:
        """The word for it in addresses and on the command line."""
        return self.nature.slug


def whole_card(nature: Nature) -> WholeCard:
    """The card of one nature; there is one for each."""
    card, (do, do_not) = card_for(nature), WHYS[nature]
    return WholeCard(
        nature=nature,
        do=tuple(Line(text, why) for text, why in zip(card.do, do, strict=True)),
        do_not=tuple(Line(text, why) for text, why in zip(card.do_not, do_not, strict=True)),
        sources=tuple(dict.fromkeys((*SOURCES[nature], EVIDENCE_SOURCE))),
    )


def whole_cards() -> tuple[WholeCard, ...]:
    """Every card, in the order of the natures."""
    return tuple(whole_card(nature) for nature in Nature)


def named_card(name: str) -> WholeCard:
    """The card by its slug or number; raises ``Malformed`` (``nature.unknown``)."""
    return whole_card(read_nature(name))
