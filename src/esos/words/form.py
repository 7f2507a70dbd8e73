"""One sentence that is kept in English, with places for names and figures: written by it, and recognised by it.

Law 12: what is signed is the same in every country. Whoever shows it recognises its form and says it anew.
"""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from string import Formatter

from esos.words.language import apart, say

FIGURE, NAME, WORDS = "figure", "name", "words"
"""What stands at a place: digits; a name, a code or a day, never translated; words of a closed list."""
_PATTERNS = {FIGURE: r"-?[0-9]+", NAME: r".+?", WORDS: r"[^.:;!?]+?"}
_ENDS = r"(?= |\Z)"


class Form:
    """A sentence with places, as ``"The next in line stands {points} points behind you."``.

    ``places`` says of each place what stands there: a figure, a name, words, or a function that says them. Nothing
    said of a place means a name.
    """

    def __init__(self, english: str, **places: str | Callable[[str], str]) -> None:
        self.english = english
        self._places: Mapping[str, str | Callable[[str], str]] = places

    def write(self, **values: object) -> str:
        """The English sentence, as it is signed and kept."""
        return self.english.format(**values)

    def read(self, text: str, at: int = 0) -> "re.Match[str] | None":
        """Where this sentence begins at this place of a text, and ends with the text or before a space."""
        return self._pattern.match(text, at)

    def whole(self, text: str) -> "re.Match[str] | None":
        """The same where the whole text is this sentence."""
        return self._whole.fullmatch(text)

    def said(self, found: "re.Match[str]") -> str:
        """The sentence that was read, in the language spoken now."""
        values = {name: self._said_at(name, text) for name, text in found.groupdict().items()}
        return say(self.english, **values) if values else say(self.english)

    @cached_property
    def _pattern(self) -> "re.Pattern[str]":
        return re.compile(self._whole.pattern + _ENDS, re.DOTALL)

    @cached_property
    def _whole(self) -> "re.Pattern[str]":
        parts = []
        for words, name, _, _ in Formatter().parse(self.english):
            parts.append(re.escape(words))
            if name:
                kind = self._places.get(name, NAME)
                parts.append(f"(?P<{name}>{_PATTERNS[kind if isinstance(kind, str) else NAME]})")
        return re.compile("".join(parts), re.DOTALL)

    def _said_at(self, name: str, text: str) -> str:
        kind = self._places.get(name, NAME)
        if not isinstance(kind, str):
            return kind(text)
        return {FIGURE: text, NAME: apart(text), WORDS: say(text)}[kind]


def each(separator: str, says: Callable[[str], str] = say) -> Callable[[str], str]:
    """Says every member of a list that was joined by this."""
    return lambda text: _joint(separator).join(says(one) for one in text.split(separator))


def _joint(separator: str) -> str:
    """What joins a list: a comma or a stroke as it is, `` or `` in words of the language."""
    return "; " if separator.strip().isalpha() else separator
