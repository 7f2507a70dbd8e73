"""The words of an HTML mail, in time that grows with its length and no faster, however its marks are broken.

Each place of it is looked at once: what is scanned for a tag that never closes is text, and not scanned again; an
ending that was once not found is not looked for again. Nothing of it is fetched or run.
"""

import re
from html import unescape
from typing import Final

_HIDDEN: Final = frozenset({"script", "style", "head", "title", "template", "noscript", "svg"})
_BREAKS: Final = frozenset({
    "p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "hr", "section",
    "blockquote",
})  # fmt: skip
_RAW: Final = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style")}
"""Elements in which nothing is a mark but their own end."""
_TAG: Final = re.compile(r"<(/?)([a-z][^\s<>/]{0,40})", re.IGNORECASE)
_IN_TAG: Final = re.compile(r"[<>]|=\s*[\"']")
"""What matters within a tag: its end, the next mark, and the beginning of a quoted value."""
_NO_LETTER: Final = re.compile(r"&#[0-9]{8,};?")
"""A number of so many digits names no letter."""


def text_of_html(html: str) -> str:
    """The words of an HTML page in lines; what was quoted is marked with >."""
    words, at = _Words(html), 0
    while at < len(html):
        at = words.take(at)
    return _tidy("".join(words.parts))


class _Words:
    """Collects words; each block is a line of its own."""

    def __init__(self, html: str) -> None:
        self.parts: list[str] = []
        self._html = html
        self._missing: set[str] = set()
        self._hidden = 0
        self._quoted = 0

    def take(self, at: int) -> int:
        """Take the text up to the next mark, and that mark; where to go on, which is always further."""
        opening = self._html.find("<", at)
        if opening < 0:
            self._text(self._html[at:])
            return len(self._html)
        self._text(self._html[at:opening])
        if self._html.startswith("<!--", opening):
            return self._passed("-->", opening, 4)
        if self._html.startswith(("<!", "<?"), opening):
            return self._passed(">", opening, 2)
        tag = _TAG.match(self._html, opening)
        if tag is None:
            self._text("<")
            return opening + 1
        end, is_closed = self._end_of_tag(tag.end())
        if not is_closed:
            self._text(self._html[opening:end])
            return end
        return self._tag(tag[2].lower(), end, is_end=bool(tag[1]))

    def _passed(self, ending: str, opening: int, mark_chars: int) -> int:
        """Behind a comment or declaration; where it never ends, its opening is text."""
        end = self._after(ending, opening + 2)
        if not end:
            self._text(self._html[opening : opening + mark_chars])
        return end or opening + mark_chars

    def _after(self, ending: str, start: int) -> int:
        """Where the next such ending is over, 0 for none: then there is none further on either."""
        found = -1 if ending in self._missing else self._html.find(ending, start)
        if found < 0:
            self._missing.add(ending)
            return 0
        return found + len(ending)

    def _end_of_tag(self, at: int) -> tuple[int, bool]:
        """How far a tag goes, and whether it is closed there."""
        while found := _IN_TAG.search(self._html, at):
            if found[0] in "<>":
                return (found.end(), True) if found[0] == ">" else (found.start(), False)
            at = self._after(found[0][-1], found.end()) or found.end()
        return len(self._html), False

    def _tag(self, name: str, end: int, *, is_end: bool) -> int:
        is_both = not is_end and self._html[end - 2] == "/"
        if not is_end:
            self._begin(name)
        if is_end or is_both:
            self._finish(name)
        if is_end or is_both or name not in _RAW:
            return end
        found = _RAW[name].search(self._html, end)
        return found.start() if found else len(self._html)

    def _begin(self, name: str) -> None:
        self._hidden = 0 if name == "body" else self._hidden + (name in _HIDDEN)
        self._quoted += name == "blockquote"
        if name in _BREAKS:
            self._break()

    def _finish(self, name: str) -> None:
        self._hidden = max(0, self._hidden - (name in _HIDDEN))
        self._quoted = max(0, self._quoted - (name == "blockquote"))
        if name in _BREAKS - {"br"}:
            self._break()

    def _text(self, text: str) -> None:
        if text and not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", unescape(_NO_LETTER.sub("\N{REPLACEMENT CHARACTER}", text))))

    def _break(self) -> None:
        self.parts.append("\n> " if self._quoted else "\n")


def _tidy(text: str) -> str:
    lines = [line.strip() for line in text.split("\n")]
    kept = [line for number, line in enumerate(lines) if line.strip("> ") or (number and lines[number - 1].strip("> "))]
    return "\n".join(kept).strip()
