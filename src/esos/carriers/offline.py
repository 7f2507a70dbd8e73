"""A call made without any network: a file, a QR code or printed text that a person carries, and reads back.

The call is signed but not sealed, since nobody knows who will carry it to which station. It may bring its
author's public key along, so that a station which does not know the key hears the call all the same (law 2).
Law 7: printed practice says so in its first line. The signature decides at the station; the checks here find
misreadings.
"""

import io
import re
from base64 import b32decode, b32encode
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import segno

from esos.errors import EsosError, Malformed, TooLarge
from esos.keys.identity import PUBLIC_KEY_BYTES
from esos.message.cose import CONTENT_TYPE, decode_sign1
from esos.message.packet import SignedPacket, read_compact, read_cose
from esos.words.realm import Realm

FILE_MAX_BYTES = 65_536
PRINTED_MAX_BYTES = 2_560
QR_MAX_BYTES = 1_200
QR_PREFIX = "ESOS1:"
BLOCK_CHARACTERS = 5
BLOCKS_PER_LINE = 4
CHECK_CHARACTERS = 2
_LINE_CHARACTERS: Final = BLOCK_CHARACTERS * BLOCKS_PER_LINE
_RFC4648: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_READABLE: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base32 without I, L, O and U (Crockford's letters): nothing in it is mistaken for something else."""
_TO_READABLE: Final = str.maketrans(_RFC4648, _READABLE)
_FROM_READABLE: Final = str.maketrans(_READABLE + "ILO", _RFC4648 + "BBA")
_DIGITS: Final = str.maketrans("OIL", "011")
_TITLES: Final = {Realm.REAL: "E-SOS CALL", Realm.EXERCISE: "E-SOS EXERCISE"}
_COSE_START: Final = b"\xd2"
_KEY_START: Final = b"\xe6"
_KEY_END: Final = len(_KEY_START) + PUBLIC_KEY_BYTES
_LINE: Final = re.compile(r"(?P<number>[0-9OIL]{1,3})(?P<rest>( [0-9A-TV-Z]+)+)", re.ASCII)
_FIRST_LINE: Final = re.compile(r"BEGIN (?P<title>E-SOS CALL|E-SOS EXERCISE), (?P<lines>[0-9OIL]{1,3}) LINES", re.ASCII)


class Carried(NamedTuple):
    """What a person carried: the signed message, and its author's public key where it came along, else empty."""

    cose: bytes
    public: bytes = b""


def to_file(cose: bytes, public: bytes = b"") -> bytes:
    """The content of a ``.esos`` file: the signed message in its standard form (any statement)."""
    return _with_key(_checked(cose), public)


def from_file(content: bytes) -> Carried:
    """What is in a file; raises ``Malformed`` (``offline.empty``, ``offline.not_signed``), ``TooLarge``."""
    public, cose = _split_key(content)
    return Carried(_checked(cose), public)


def to_qr(cose: bytes, public: bytes = b"") -> segno.QRCode:
    """A QR code of ``to_qr_text`` to show, print or save; a call makes a small one. Raises ``TooLarge``."""
    return segno.make(to_qr_text(cose, public), micro=False, boost_error=True)


def to_qr_text(cose: bytes, public: bytes = b"") -> str:
    """What a scanner reads: ``ESOS1:`` and base32, the letters a QR code packs densely.

    Raises ``TooLarge`` (``offline.too_large``) for what makes no readable code.
    """
    carried = _compacted(_checked(cose), public)
    if len(carried) > QR_MAX_BYTES:
        raise TooLarge("offline.too_large", f"A QR code carries {QR_MAX_BYTES} bytes.", hint="Take a file instead.")
    return QR_PREFIX + b32encode(carried).decode().rstrip("=")


def from_qr(text: str) -> Carried:
    """What is in a scanned text ``ESOS1:…``; raises ``Malformed`` (``offline.*``)."""
    body = text.strip()
    if not body.startswith(QR_PREFIX):
        raise Malformed("offline.no_qr_text", f"A scanned call begins with {QR_PREFIX}", hint="Scan the whole code.")
    return _expanded(_from_base32(body.removeprefix(QR_PREFIX)))


def to_terminal(code: segno.QRCode) -> str:
    """The QR code drawn with block characters, for a terminal."""
    out = io.StringIO()
    code.terminal(out, compact=True)
    return out.getvalue()


def to_print(cose: bytes, public: bytes = b"") -> str:
    """The signed message as numbered lines of blocks to print, copy by hand and type in again.

    Each line ends with two check characters over its number and its blocks. Raises ``TooLarge``.
    """
    carried = _compacted(_checked(cose), public)
    if len(carried) > PRINTED_MAX_BYTES:
        raise TooLarge("offline.too_large", f"A print carries {PRINTED_MAX_BYTES} bytes.", hint="Take a file instead.")
    letters = b32encode(carried).decode().rstrip("=").translate(_TO_READABLE)
    rows = [letters[start : start + _LINE_CHARACTERS] for start in range(0, len(letters), _LINE_CHARACTERS)]
    title = _TITLES[_realm_of(cose)]
    lines = [_print_line(number, row) for number, row in enumerate(rows, start=1)]
    return "\n".join([f"BEGIN {title}, {len(rows)} LINES", *lines, f"END {title}", ""])


def from_print(text: str) -> Carried:
    """What is in typed-in lines; letters O, I, L may stand for 0, 1, 1, and case does not matter.

    Raises ``Malformed``: ``offline.no_begin``, ``offline.line_layout``, ``offline.line_check`` (says which line),
    ``offline.line_missing``, ``offline.line_twice``, ``offline.realm``, ``offline.letters``, ``offline.not_signed``.
    """
    first, *rest = [line for raw in text.upper().splitlines() if (line := " ".join(raw.split()))] or [""]
    begin = _FIRST_LINE.fullmatch(first)
    if begin is None:
        raise Malformed("offline.no_begin", "The text begins with a line as: BEGIN E-SOS CALL, 9 LINES.")
    rows = _read_rows([line for line in rest if not line.startswith("END ")])
    announced = int(begin["lines"].translate(_DIGITS))
    missing = sorted(set(range(1, announced + 1)) - set(rows))
    if missing or len(rows) != announced:
        named = ", ".join(map(str, missing)) or "more lines than announced"
        raise Malformed("offline.line_missing", f"Not complete: {named}.", hint="Type in the lines that are missing.")
    carried = _expanded(_from_base32("".join(rows[number] for number in sorted(rows)).translate(_FROM_READABLE)))
    if _TITLES[_realm_of(carried.cose)] != begin["title"]:
        raise Malformed("offline.realm", "The first line says call or exercise, and the content says the other.")
    return carried


def write_call(path: Path, cose: bytes, public: bytes = b"") -> None:
    """Write a call to ``.esos``, ``.svg``, ``.png`` or ``.txt``; raises ``Malformed`` (``offline.suffix``)."""
    if path.suffix in (".svg", ".png"):
        to_qr(cose, public).save(str(path), scale=8)
    elif path.suffix == ".txt":
        path.write_text(to_print(cose, public), encoding="ascii")
    elif path.suffix == ".esos":
        path.write_bytes(to_file(cose, public))
    else:
        raise _no_suffix(path)


def read_call(path: Path) -> Carried:
    """What is in a file that ``write_call`` wrote, or in a text file with a scanned code.

    Raises ``Malformed`` (``offline.*``); pictures are for a camera and are refused (``offline.suffix``).
    """
    if path.suffix == ".esos":
        return from_file(path.read_bytes())
    if path.suffix != ".txt":
        raise _no_suffix(path)
    try:
        text = path.read_text(encoding="ascii")
    except UnicodeDecodeError as cause:
        raise Malformed("offline.letters", "The text has characters that no printed call has.") from cause
    return from_qr(text) if text.lstrip().startswith(QR_PREFIX) else from_print(text)


def _checked(cose: bytes) -> bytes:
    """Exactly one signed message, by its shape; the signature is the station's to check."""
    if not cose:
        raise Malformed("offline.empty", "There is nothing in it.")
    if len(cose) > FILE_MAX_BYTES:
        raise TooLarge("offline.too_large", f"A signed message has at most {FILE_MAX_BYTES} bytes.")
    try:
        decode_sign1(cose)
    except EsosError as cause:
        raise Malformed(
            "offline.not_signed", "This is no signed call.", hint="Take the file that was written."
        ) from cause
    return cose


def _compacted(cose: bytes, public: bytes) -> bytes:
    """The compact form of a call packet; any other statement as it is."""
    packet = _packet_of(cose)
    return _with_key(packet.compact() if packet else cose, public)


def _with_key(message: bytes, public: bytes) -> bytes:
    return _KEY_START + public + message if public else message


def _split_key(carried: bytes) -> tuple[bytes, bytes]:
    """The public key that came along, else empty, and the rest."""
    if not carried.startswith(_KEY_START):
        return b"", carried
    return carried[len(_KEY_START) : _KEY_END], carried[_KEY_END:]


def _expanded(carried: bytes) -> Carried:
    """The standard form again."""
    public, message = _split_key(carried)
    if message.startswith(_COSE_START):
        return Carried(_checked(message), public)
    try:
        return Carried(read_compact(message).cose(), public)
    except EsosError as cause:
        raise Malformed("offline.not_signed", "This is no signed call.", hint="Read it in once more.") from cause


def _packet_of(cose: bytes) -> SignedPacket | None:
    try:
        return read_cose(cose)
    except Malformed:
        return None


def _realm_of(cose: bytes) -> Realm:
    """Practice or distress, by the content type, which the signature covers."""
    return Realm.EXERCISE if "exercise" in str(decode_sign1(cose).protected.get(CONTENT_TYPE)) else Realm.REAL


def _from_base32(letters: str) -> bytes:
    padded = letters + "=" * (-len(letters) % 8)
    try:
        raw = b32decode(padded)
    except ValueError as cause:  # wrong letters or too few, and letters of another alphabet
        raise Malformed("offline.letters", "A letter or digit is missing, or is none that a call has.") from cause
    if b32encode(raw).decode() != padded:
        raise Malformed("offline.letters", "The last letters do not belong to a call.")
    return raw


def _print_line(number: int, row: str) -> str:
    blocks = [row[start : start + BLOCK_CHARACTERS] for start in range(0, len(row), BLOCK_CHARACTERS)]
    return " ".join([f"{number:02d}", *blocks, _check_of(number, row)])


def _read_rows(lines: list[str]) -> dict[int, str]:
    rows: dict[int, str] = {}
    for line in lines:
        number, row = _read_line(line)
        if number in rows:
            raise Malformed("offline.line_twice", f"Line {number} stands there twice.")
        rows[number] = row
    return rows


def _read_line(line: str) -> tuple[int, str]:
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise Malformed("offline.line_layout", f"{line!r} is no line of a call.", hint="As: 01 ABCDE 12345 … 7Q")
    letters = parts["rest"].replace(" ", "").translate(_FROM_READABLE).translate(_TO_READABLE)
    number, row, check = (
        int(parts["number"].translate(_DIGITS)),
        letters[:-CHECK_CHARACTERS],
        letters[-CHECK_CHARACTERS:],
    )
    if not 1 <= len(row) <= _LINE_CHARACTERS or _check_of(number, row) != check:
        raise Malformed(
            "offline.line_check",
            f"Line {number} is not what was printed.",
            hint=f"Compare line {number} letter by letter.",
        )
    return number, row


def _check_of(number: int, row: str) -> str:
    """Ten bits of SHA-256 over number and row: 1 misreading in 1,024 passes here, and then the signature fails."""
    bits = int.from_bytes(sha256(f"esos-line1|{number}|{row}".encode()).digest()[:2], "big")
    return _READABLE[bits >> 5 & 31] + _READABLE[bits & 31]


def _no_suffix(path: Path) -> Malformed:
    return Malformed(
        "offline.suffix",
        f"{path.suffix or path.name!r} cannot be used here.",
        hint="Write .esos, .txt, .svg or .png; read .esos or .txt (scan a picture with a camera and save its text).",
    )
