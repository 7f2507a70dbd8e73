"""How a page is put in writing: one rendering for every channel that shows text to a person.

Law 7: a drill, and a test of an address, is marked in the title and in the first line. The link and the page's
stable id stand last and are never cut, whatever has to be shortened, since only the reader's own answer stops a timer.
"""

import unicodedata

import msgspec

from esos.station.ports import PageMessage

TITLE_MAX_CHARS = 200
BODY_MAX_CHARS = 8_000
DETAIL_MAX_CHARS = 200

_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Marks that change the direction of writing could make a name read as another. First-strong isolates are our own: they
# keep a name apart from the words around it, and whoever reads from right to left needs them.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067")


class Letter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page in writing: a title of one line and a text that holds body, link and stable id."""

    title: str
    text: str


def letter_of(page: PageMessage, *, max_chars: int = BODY_MAX_CHARS) -> Letter:
    """Put a page in writing, in at most ``max_chars`` characters of text where the parts never cut leave room."""
    head = "".join(f"{line}\n\n" for line in _marks(page))
    tail = _tail(page)
    body = _cut(_printable(page.body, keep="\n\t").strip(), max(0, max_chars - len(head) - len(tail) - 2))
    text = f"{head}{body}\n\n{tail}" if body else head + tail
    return Letter(title=_title(page), text=text)


def one_line(text: str, *, max_chars: int = DETAIL_MAX_CHARS) -> str:
    """Text from elsewhere as one printable line: fit for a mail header, a detail or an error."""
    return _cut(" ".join(_printable(text).split()), max_chars)


def _marks(page: PageMessage) -> list[str]:
    return [page.frame.drill_line] * page.is_exercise + [page.frame.test_line] * page.is_test


def _title(page: PageMessage) -> str:
    title = one_line(page.title, max_chars=TITLE_MAX_CHARS)
    if page.is_test:
        title = page.frame.test_title.format(title=title)
    prefix = page.frame.drill_prefix
    return title if not page.is_exercise or title.startswith(prefix) else prefix + title


def _tail(page: PageMessage) -> str:
    link = one_line(page.link, max_chars=BODY_MAX_CHARS)
    answer = page.frame.answer_here.format(link=link) + "\n" if link else ""
    return answer + page.frame.page_id.format(id=one_line(page.stable_id))


def _printable(text: str, *, keep: str = "") -> str:
    return "".join(_shown(char, keep) for char in text)


def _shown(char: str, keep: str) -> str:
    if char in keep:
        return char
    return " " if char in _TURNING or unicodedata.category(char) in _UNPRINTABLE else char


def _cut(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else text[: max(0, max_chars - 1)] + "…" * (max_chars > 0)
