"""The language in which sentences are said: English as written in the code, or what a catalogue puts in its place.

Every sentence for a person goes through ``say`` or ``say_count``, at the moment it is said and not when a
module is read. Which language is spoken is the business of whoever renders: it speaks in its reader's
language for as long as that takes. What is decided, signed or kept is never made of such sentences (law 12).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Catalogue(Protocol):
    """Sentences in one language, as ``gettext`` keeps them."""

    def gettext(self, message: str, /) -> str:
        """The sentence in this language; the English one where there is none."""
        ...

    def ngettext(self, one: str, many: str, count: int, /) -> str:
        """The sentence for so many, by the rule of this language."""
        ...


class _English:
    """The sentences as they stand in the code."""

    def gettext(self, message: str, /) -> str:
        return message

    def ngettext(self, one: str, many: str, count: int, /) -> str:
        return one if count == 1 else many


_spoken: ContextVar[Catalogue] = ContextVar("spoken", default=_English())  # noqa: B039 -- has no state


def say(sentence: str, /, **values: object) -> str:
    """The sentence in the language spoken now, with ``{name}`` filled in from ``values``."""
    said = _spoken.get().gettext(sentence)
    return said.format(**values) if values else said


def say_count(one: str, many: str, count: int, /, **values: object) -> str:
    """The sentence for ``count`` of something, with ``{count}`` and ``values`` filled in."""
    return _spoken.get().ngettext(one, many, count).format(count=count, **values)


def later(sentence: str, /) -> str:
    """Marks a sentence of a table as one to be translated; whoever shows it says it then."""
    return sentence


@contextmanager
def speaking(catalogue: Catalogue) -> Iterator[None]:
    """While inside, everything is said in this language; what runs beside it is not touched."""
    before = _spoken.set(catalogue)
    try:
        yield
    finally:
        _spoken.reset(before)
