"""Words that are left in English in what a reader of another language is given: on pages, in messages, on paper."""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

WORD = r"[A-Za-z][A-Za-z’'-]+"
RUN = re.compile(rf"{WORD}(?:[ ,;:.]+{WORD})+")
"""Two words of Latin letters after one another: more than a code or a unit."""
SENTENCE_WORDS_COUNT = 3
APART = re.compile("\u2068[^\u2069]*\u2069")
"""What a sentence in plain text marks as a name (``words.language.apart``)."""
NOT_READ_AS_WORDS = frozenset({"script", "style", "code", "pre", "kbd", "bdi", "textarea", "template", "datalist"})
VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "use", "wbr", "path", "rect", "circle", "line"})
SHOWN = frozenset({"aria-label", "title", "alt", "placeholder"})
"""Attributes that a person reads or hears; with ``data-…`` of more than one word, which scripts show."""
KEYED = frozenset({"data-words"})
"""What a script reads by its English key."""
ITS_OWN = frozenset({"tel", "off"})


class Words(HTMLParser):
    """The text of a page without names, codes and what is in another language by its own mark."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._language = language
        self._open: list[bool] = [False]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_other = given.get("lang", self._language) != self._language or _is_apart(tag, given)
        if not (self._open[-1] or is_other):
            self.found += [text for name, text in given.items() if name in SHOWN or _tells(name, text)]
        if tag not in VOID:
            self._open.append(self._open[-1] or tag in NOT_READ_AS_WORDS or is_other)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing opens; SVG closes its own shapes like this."""

    def handle_data(self, data: str) -> None:
        if not self._open[-1] and data.strip():
            self.found.append(data)


def _is_apart(tag: str, given: dict[str, str]) -> bool:
    """A part that runs in its own direction holds an address, a code or somebody's own words."""
    return tag != "html" and given.get("dir") in {"ltr", "auto"}


def _tells(name: str, text: str) -> bool:
    return name.startswith("data-") and name not in KEYED and " " in text.strip() and not text.startswith("{")


def texts_of(html: str, language: str) -> list[str]:
    """What a page says, text by text, without names and codes."""
    words = Words(language)
    words.feed(html)
    return words.found


def english_in_arabic(texts: Iterable[str], names: Iterable[str] = ()) -> list[str]:
    """What stands in Latin letters inside Arabic, two words or more, but for names."""
    return [run for text in texts for run in RUN.findall(_nameless(text, names))]


def same_sentences(texts: Iterable[str], english: Iterable[str], names: Iterable[str] = ()) -> list[str]:
    """Sentences of three words or more that are the same as in English."""
    theirs = set(_sentences(english, names))
    return sorted(theirs.intersection(_sentences(texts, names)))


def _sentences(texts: Iterable[str], names: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for sentence in re.split(r"[.!?:;|»«“”\n]+", _nameless(text, names)):
            if len(re.findall(WORD, sentence)) >= SENTENCE_WORDS_COUNT:
                yield " ".join(sentence.split())


def _nameless(text: str, names: Iterable[str]) -> str:
    text = APART.sub("…", text)
    for name in names:
        text = text.replace(name, "…")
    return text
