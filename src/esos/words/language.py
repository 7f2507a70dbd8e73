"""The language in which sentences are said: English as written in the code, or what a catalogue puts in its place.

Every sentence for a person goes through ``say`` or ``say_count``, at the moment it is said and not when a
module is read. Which language is spoken is the business of whoever renders: it speaks in its reader's
language for as long as that takes. What is decided, signed or kept is never made of such sentences (law 12).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, Protocol

LANGUAGES = {"en": "English", "fr": "Français", "es": "Español", "ar": "العربية"}
"""Every language that can be chosen, by its code, in its own name."""
SOURCE = "en"
"""The language in which sentences stand in the code."""
RIGHT_TO_LEFT = frozenset({"ar"})
_PARTS_MAX_COUNT = 20
"""How many languages of one browser are looked at."""


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


class Tongue(NamedTuple):
    """A language with its sentences."""

    code: str
    catalogue: Catalogue


ENGLISH = Tongue(SOURCE, _English())
_spoken: ContextVar[Tongue] = ContextVar("spoken", default=ENGLISH)


def say(sentence: str, /, **values: object) -> str:
    """The sentence in the language spoken now, with ``{name}`` filled in from ``values``."""
    said = _spoken.get().catalogue.gettext(sentence) if sentence else ""
    return said.format(**values) if values else said


def say_count(one: str, many: str, count: int, /, **values: object) -> str:
    """The sentence for ``count`` of something, with ``{count}`` and ``values`` filled in."""
    return spoken_count(one, many, count).format(**{"count": number(count), **values})


def spoken_count(one: str, many: str, count: int, /) -> str:
    """The same with nothing filled in yet."""
    return _spoken.get().catalogue.ngettext(one, many, count)


def later(sentence: str, /) -> str:
    """Marks a sentence of a table as one to be translated; whoever shows it says it then."""
    return sentence


def number(value: int) -> str:
    """A whole number as readers of the language spoken now write it; digits are Western in every language."""
    return f"{value:,}".replace(",", _THOUSANDS.get(language(), "\u202f"))


_THOUSANDS = {"ar": ","}
"""What parts thousands, where it is not a narrow space (ISO 80000-1)."""


def language() -> str:
    """The code of the language spoken now."""
    return _spoken.get().code


def direction() -> str:
    """``ltr`` or ``rtl``: how the language spoken now is written."""
    return "rtl" if language() in RIGHT_TO_LEFT else "ltr"


def apart(text: str) -> str:
    """A name, a code or an address inside a sentence in plain text, so that it does not turn the words around it.

    Only a language written from right to left needs that: first-strong isolates (Unicode, UAX 9).
    """
    return f"\u2068{text}\u2069" if text and language() in RIGHT_TO_LEFT else text


def best_language(accepted: str) -> str:
    """The first of our languages that a browser asks for (``Accept-Language``, RFC 9110); empty for none."""
    wanted: list[tuple[float, str]] = []
    for part in accepted.split(",")[:_PARTS_MAX_COUNT]:
        tag, _, weight = part.strip().partition(";q=")
        wanted.append((_weight(weight), tag.strip().partition("-")[0].lower()))
    ranked = sorted(wanted, key=lambda one: -one[0])
    return next((code for weight, code in ranked if weight > 0 and code in LANGUAGES), "")


def _weight(text: str) -> float:
    try:
        return float(text or "1")
    except ValueError:
        return 0.0


def choose(tongues: Mapping[str, Tongue], *codes: str) -> Tongue:
    """The first of these languages that there is a catalogue for; else English."""
    return next((tongues[code] for code in codes if code in tongues), ENGLISH)


@contextmanager
def speaking(tongue: Tongue) -> Iterator[None]:
    """While inside, everything is said in this language; what runs beside it is not touched."""
    before = _spoken.set(tongue)
    try:
        yield
    finally:
        _spoken.reset(before)
