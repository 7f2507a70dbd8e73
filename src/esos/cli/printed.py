"""The printed card drawn: lines for a terminal, a picture of one sheet; ``message.printed_card`` says what is on it."""

import io
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from esos.catalogues import tongues
from esos.cli.text import find_member
from esos.cli.where import Where
from esos.errors import Malformed
from esos.message.printed_card import PrintedCard, Sheet, sheet_of
from esos.words.language import apart, choose, direction, speaking

_NUMBERS_A_LINE = 4
_QR_PIXELS = 260
_WIDTH_PIXELS = 720
_HEIGHT_MAX_PIXELS = 1_000
"""What one sheet of A4 shows; a longer card is drawn smaller."""
_MARGIN_PIXELS = 24
_LETTER_WIDTH = 0.55
_LINE_HEIGHT = 1.4
_TITLE, _LARGE, _MIDDLE, _PLAIN = 26, 30, 20, 15


class Line(NamedTuple):
    """A line of the picture: what is written, and how large its letters are in pixels."""

    text: str
    size: int = _PLAIN
    is_bold: bool = False


async def printed_card(where: Where, member: str, count: int, language: str) -> PrintedCard:
    """What the card says, its numbers fresh from the station."""
    import msgspec

    async with where.reached() as client:
        member_id = await find_member(client, member)
        wanted = {"count": count, "language": language}
        return msgspec.convert(await client.post(f"/members/{member_id}/card", wanted), PrintedCard)


def printed_text(card: PrintedCard) -> str:
    """The card for a terminal: its lines in its own language, then the code drawn with blocks."""
    out = io.StringIO()
    _code_of(card).terminal(out, compact=True)
    with speaking(choose(tongues(), card.language)):
        return "\n".join([*lines_of(card), "", out.getvalue().rstrip("\n")])


def lines_of(card: PrintedCard) -> list[str]:
    """The card in lines, in the language spoken now; what a telephone reaches stands first."""
    sheet = sheet_of(card)
    rows = [f"{row.label} {', '.join(apart(one) for one in row.values)}" for row in sheet.rows]
    return [*_head(sheet), *rows, sheet.says, *_numbers(sheet)]


def _head(sheet: Sheet) -> list[str]:
    return [line for line in (sheet.title, sheet.warning, apart(sheet.name)) if line]


def _numbers(sheet: Sheet) -> list[str]:
    return ["   ".join(apart(one) for one in some) for some in _by_line(sheet.numbers)]


def _by_line(numbers: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [numbers[at : at + _NUMBERS_A_LINE] for at in range(0, len(numbers), _NUMBERS_A_LINE)]


def write_printed(path: Path, card: PrintedCard) -> None:
    """Write the card as a picture or as text; raises ``Malformed`` (``card.suffix``)."""
    if path.suffix == ".svg":
        path.write_text(_svg_of(card), encoding="utf-8")
    elif path.suffix == ".txt":
        path.write_text(printed_text(card) + "\n", encoding="utf-8")
    else:
        raise Malformed("card.suffix", f"A printed card is written as .svg or .txt, not {path.suffix or path.name!r}.")


def _code_of(card: PrintedCard) -> Any:
    import segno

    return segno.make(card.qr, micro=False, error="m", boost_error=False)


def _svg_of(card: PrintedCard) -> str:
    """The picture of one sheet, from right to left where its language is written so."""
    with speaking(choose(tongues(), card.language)):
        lines = [part for line in _drawn(sheet_of(card)) for part in _wrapped(line)]
        towards = direction()
    start = _MARGIN_PIXELS if towards == "ltr" else _WIDTH_PIXELS - _MARGIN_PIXELS
    texts, down = _texts(lines, start)
    height = down + _QR_PIXELS + 2 * _MARGIN_PIXELS
    shown = min(1.0, _HEIGHT_MAX_PIXELS / height)
    code = _code_of(card)
    inline = code.svg_inline(scale=_QR_PIXELS / code.symbol_size(border=2)[0], border=2)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH_PIXELS * shown:.0f}" height="{height * shown:.0f}" '
        f'viewBox="0 0 {_WIDTH_PIXELS} {height}" xml:lang="{card.language}" direction="{towards}" '
        f'font-family="sans-serif"><rect width="100%" height="100%" fill="#fff"/>{texts}'
        f'<g transform="translate({_MARGIN_PIXELS},{down + _MARGIN_PIXELS})">{inline}</g></svg>\n'
    )


def _texts(lines: list[Line], start: int) -> tuple[str, int]:
    """The lines from top to bottom, and how far down they reach."""
    from xml.sax.saxutils import escape

    down, texts = _MARGIN_PIXELS, []
    for line in lines:
        down += round(line.size * _LINE_HEIGHT)
        weight = ' font-weight="bold"' if line.is_bold else ""
        texts.append(f'<text x="{start}" y="{down}" font-size="{line.size}"{weight}>{escape(line.text)}</text>')
    return "".join(texts), down


def _drawn(sheet: Sheet) -> Iterator[Line]:
    yield Line(sheet.title, _TITLE, is_bold=True)
    if sheet.warning:
        yield Line(sheet.warning)
    yield Line(apart(sheet.name), _MIDDLE, is_bold=True)
    for row in sheet.rows:
        if row.is_large:
            yield Line(row.label)
            yield from (Line(apart(one), _LARGE, is_bold=True) for one in row.values)
        else:
            yield Line(f"{row.label} {', '.join(apart(one) for one in row.values)}")
    yield Line(sheet.says)
    yield from (Line(numbers, _MIDDLE, is_bold=True) for numbers in _numbers(sheet))


def _wrapped(line: Line) -> list[Line]:
    """The same in as many lines as it needs: a picture does not break a line by itself."""
    letters = int((_WIDTH_PIXELS - 2 * _MARGIN_PIXELS) / (line.size * _LETTER_WIDTH))
    return [line._replace(text=part) for part in textwrap.wrap(line.text, letters)]
