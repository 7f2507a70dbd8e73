"""The words that somebody wrote in a mail: what was quoted or signed below is cut off with care.

What is cut is not lost: the whole mail is kept beside it.
"""

import re
from collections.abc import Sequence
from typing import Final

from esos.words.mail_words import ABOVE

_SEPARATOR: Final = re.compile(
    r"\s{0,8}(?:-{2,20}\s{0,3}(?:original message|forwarded message|message d.origine|mensaje original|"
    r"الرسالة الأصلية)\b.{0,40}|_{10,200}\s*)\Z",
    re.IGNORECASE,
)
_HEADER: Final = re.compile(r"\s{0,4}\*?(?:from|de|von|من)\s?\*?\s?:", re.IGNORECASE)
_HEADER_NEXT: Final = re.compile(
    r"\s{0,4}\*?(?:sent|date|to|envoyé|à|enviado|para|fecha|gesendet|an|إلى|التاريخ)\s?\*?\s?:", re.IGNORECASE
)
_WROTE: Final = re.compile(r"(?:wrote|writes|a écrit|escribió|schrieb|كتب)[^:]{0,60}:\s*\Z", re.IGNORECASE)
_INTRODUCTION_LINES = 3
_HEADER_LINES, _HEADER_NEXT_MIN = 4, 2
_SIGNATURE: Final = frozenset({"-- ", "--"})


def own_words(text: str) -> str:
    """What the writer added: without what a mail program quoted above or below, and without the signature."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = _before_the_line(lines)
    lines = lines[: _separator_at(lines)]
    lines = _without_signature(lines)
    lines = _without_quote_below(lines)
    return "\n".join(_without_quote_above(lines)).strip()


def _before_the_line(lines: Sequence[str]) -> list[str]:
    """All above the line that this station's mail begins with; where nothing stands there, all of it."""
    at = next((number for number, line in enumerate(lines) if ABOVE.strip() in line), len(lines))
    above = list(lines[:at])
    return above if _is_written(above) else [line for line in lines if ABOVE.strip() not in line]


def _is_written(lines: Sequence[str]) -> bool:
    """Whether anything but blank, quoted, or the words over a quote stands here."""
    kept = _without_quote_below(lines)
    return any(line.strip() and not _is_quote(line) for line in kept)


def _separator_at(lines: Sequence[str]) -> int:
    """Where a mail program begins to repeat the mail that is answered, if it says so."""
    for number, line in enumerate(lines):
        if _SEPARATOR.match(line[:240]) or (
            _HEADER.match(line[:40]) and _is_header(lines[number + 1 : number + 1 + _HEADER_LINES])
        ):
            return number if _is_written(lines[:number]) else len(lines)
    return len(lines)


def _is_header(after: Sequence[str]) -> bool:
    return sum(bool(_HEADER_NEXT.match(line[:40])) for line in after) >= _HEADER_NEXT_MIN


def _without_signature(lines: Sequence[str]) -> list[str]:
    at = next((number for number, line in enumerate(lines) if line in _SIGNATURE), len(lines))
    return list(lines[:at]) if _is_written(lines[:at]) else list(lines)


def _without_quote_below(lines: Sequence[str]) -> list[str]:
    end = len(lines)
    while end and (not lines[end - 1].strip() or _is_quote(lines[end - 1])):
        end -= 1
    is_quoted = any(_is_quote(line) for line in lines[end:])
    return list(lines[: _quoting_from(lines, end)]) if is_quoted or end < len(lines) or _ends_so(lines) else list(lines)


def _ends_so(lines: Sequence[str]) -> bool:
    return bool(lines) and bool(_WROTE.search(lines[-1][-80:]))


def _quoting_from(lines: Sequence[str], end: int) -> int:
    """Where "On that day somebody wrote:" begins, over one to three lines, just above a quote."""
    if not end or not _WROTE.search(lines[end - 1][-80:]):
        return end
    start = end - 1
    while start and end - start < _INTRODUCTION_LINES and lines[start - 1].strip() and not _begins(lines[start]):
        start -= 1
    return start


def _begins(line: str) -> bool:
    return line.lstrip().lower().startswith(("on ", "le ", "el ", "am ", "في "))


def _without_quote_above(lines: Sequence[str]) -> list[str]:
    """Of a mail that quotes first and answers below: the answer."""
    start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    first_quote = next((n for n, line in enumerate(lines[start:], start) if _is_quote(line)), None)
    if first_quote is None or first_quote - start > _INTRODUCTION_LINES:
        return list(lines)
    if first_quote > start and not _WROTE.search("".join(lines[start:first_quote]).rstrip()[-80:]):
        return list(lines)
    at = first_quote
    while at < len(lines) and (not lines[at].strip() or _is_quote(lines[at])):
        at += 1
    return list(lines[at:]) if at < len(lines) else list(lines)


def _is_quote(line: str) -> bool:
    return line.lstrip().startswith(">")
