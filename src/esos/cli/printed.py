"""The printed card: a member's name, its station's addresses, and one-time numbers, as text and as a QR code.

Law 2: it serves when every screen is dark. The code carries at most 300 bytes, so that a poor camera reads it.
"""

import io
from pathlib import Path
from typing import Any

from esos.cli.text import find_member
from esos.cli.where import Where
from esos.errors import Malformed, TooLarge

QR_MAX_BYTES = 300
QR_PREFIX = "ESOS-CARD1"
_FURTHER_WAYS = (("dns_zone", "By name service, under"), ("mail", "By mail, signed by the program, to"))
"""What stands on the paper only where the station has it; the code has no room for it."""
_LINE_PIXELS = 22
_QR_PIXELS = 300
_WIDTH_PIXELS = 720
_MARGIN_PIXELS = 24


async def printed_card(where: Where, member: str, count: int) -> dict[str, Any]:
    """What the card says, its numbers fresh from the station."""
    async with where.reached() as client:
        member_id = await find_member(client, member)
        view = await client.get(f"/members/{member_id}")
        station = await client.get("/station")
        numbers = [
            (await client.post(f"/members/{member_id}/secrets", {"purpose": "card"}))["secret"] for _ in range(count)
        ]
    card = {
        "name": view["name"],
        "member": member_id,
        "station": station["name"],
        "kid": station["kid"],
        "realm": station["realm"],
        "http": station["http"],
        "udp": station["udp"],
        "dns_zone": station["dns_zone"],
        "mail": station["mail"],
        "numbers": numbers,
    }
    return {**card, "qr": qr_text(card)}


def qr_text(card: dict[str, Any]) -> str:
    """The text in the code; raises ``TooLarge`` (``card.too_large``) beyond 300 bytes.

    The one-time numbers are not in it: they are struck out on paper as they are read out.
    """
    parts = [QR_PREFIX, card["realm"], card["member"], card["kid"], card["http"], ",".join(card["udp"]), card["name"]]
    text = "|".join(str(part).replace("|", " ") for part in parts)
    if len(text.encode()) > QR_MAX_BYTES:
        raise TooLarge("card.too_large", f"The code of a printed card carries {QR_MAX_BYTES} bytes.")
    return text


def lines_of(card: dict[str, Any]) -> list[str]:
    """The card in lines, for paper and telephone."""
    practice = card["realm"] == "exercise"
    numbers = "   ".join(f"{one[:4]} {one[4:]}" for one in card["numbers"])
    return [
        "E-SOS EXERCISE CARD" if practice else "E-SOS CARD",
        f"{card['name']}  (member {card['member']})",
        f"Watch station: {card['station']}  (key {card['kid']})",
        f"Call for help: {card['http']}" if card["http"] else "Call for help: see your station's card",
        f"By datagram: {', '.join(card['udp']) or 'none'}",
        *(f"{words}: {card[name]}" for name, words in _FURTHER_WAYS if card[name]),
        "Whoever calls for us says one of these numbers; each serves once. Strike it out.",
        numbers,
    ]


def printed_text(card: dict[str, Any]) -> str:
    """The card for a terminal: the code drawn with blocks, then the lines."""
    out = io.StringIO()
    _code_of(card).terminal(out, compact=True)
    return out.getvalue() + "\n".join(lines_of(card))


def write_printed(path: Path, card: dict[str, Any]) -> None:
    """Write the card as a picture or as text; raises ``Malformed`` (``card.suffix``)."""
    if path.suffix == ".svg":
        path.write_text(_svg_of(card), encoding="utf-8")
    elif path.suffix == ".txt":
        path.write_text(printed_text(card) + "\n", encoding="utf-8")
    else:
        raise Malformed("card.suffix", f"A printed card is written as .svg or .txt, not {path.suffix or path.name!r}.")


def _code_of(card: dict[str, Any]) -> Any:
    import segno

    return segno.make(card["qr"], micro=False, error="m", boost_error=False)


def _svg_of(card: dict[str, Any]) -> str:
    from xml.sax.saxutils import escape

    lines = lines_of(card)
    height = _QR_PIXELS + _LINE_PIXELS * len(lines) + 3 * _MARGIN_PIXELS
    code = _code_of(card)
    inline = code.svg_inline(scale=_QR_PIXELS / code.symbol_size(border=2)[0], border=2)
    texts = "".join(
        f'<text x="{_MARGIN_PIXELS}" y="{_QR_PIXELS + 2 * _MARGIN_PIXELS + at * _LINE_PIXELS}">{escape(line)}</text>'
        for at, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH_PIXELS}" height="{height}" '
        f'font-family="sans-serif" font-size="15"><rect width="100%" height="100%" fill="#fff"/>'
        f'<g transform="translate({_MARGIN_PIXELS},{_MARGIN_PIXELS})">{inline}</g>{texts}</svg>\n'
    )
