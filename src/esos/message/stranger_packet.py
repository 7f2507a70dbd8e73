"""The call of somebody a station does not know: the same signed call, with its public key, sealed to the station's.

Law 2: whoever has nothing but a station's card is heard by datagram too. The same call inside as for everybody else, so
that it is one call whatever door it came through. What keeps junk from the costly steps stands before the seal: a
cookie that shows that answers reach the caller, or, where nothing comes back, a proof of work.
"""

import hashlib
import hmac
from enum import IntEnum
from typing import Final

import msgspec

from esos.errors import Forbidden, Malformed
from esos.keys.hpke import HPKE_KEY_BYTES, HPKE_TAG_BYTES, HpkeKey, derive_private, export, seal_to
from esos.keys.identity import PUBLIC_KEY_BYTES, kid_of
from esos.message.packet import (
    COMPACT_MAX_BYTES,
    COMPACT_MIN_BYTES,
    PADDED_BYTES_V4,
    PADDED_BYTES_V6,
    SignedPacket,
    pad_packet,
    read_compact,
)
from esos.message.packet_codes import PacketType

STRANGER_MAGIC = 0xE6
STRANGER_VERSION = 1
STRANGER_HEADER_BYTES = 2
COOKIE_BYTES = 16
"""Of a cookie, and of what stands in its place where work is shown."""
ASK_NONCE_BYTES = 8
STRANGER_MIN_BYTES = (
    STRANGER_HEADER_BYTES + COOKIE_BYTES + HPKE_KEY_BYTES + PUBLIC_KEY_BYTES + COMPACT_MIN_BYTES + HPKE_TAG_BYTES
)
STRANGER_MAX_BYTES = STRANGER_MIN_BYTES - COMPACT_MIN_BYTES + COMPACT_MAX_BYTES
COOKIE_ANSWER_BYTES = STRANGER_HEADER_BYTES + ASK_NONCE_BYTES + COOKIE_BYTES
WORK_BITS = 18
"""What a station asks of a call that shows work: so many leading zero bits of a SHA-256, some 0.3 s of a computer."""
WORK_BITS_BUSY = 20
"""What it asks while many of them wait."""
_SEALED_FROM: Final = STRANGER_HEADER_BYTES + COOKIE_BYTES
_PADDED: Final = (PADDED_BYTES_V4, PADDED_BYTES_V6)
_KEY_LABEL: Final = b"esos-hpke1"
_SEAL_INFO: Final = b"esos-stranger1"
_ACK_CONTEXT: Final = b"esos-ack1"
_WORK_LABEL: Final = b"esos-work1"
_DIGEST_BITS: Final = 256
_HEARTBEATS: Final = {PacketType.HEARTBEAT, PacketType.EXERCISE_HEARTBEAT}


class Form(IntEnum):
    """What a datagram at the strangers' door is: the low four bits of its second byte."""

    ASK = 1
    COOKIE = 2
    BY_COOKIE = 3
    BY_WORK = 4


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A caller asks for a cookie; the answer repeats its nonce."""

    nonce: bytes


class StrangerCall(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed call and what it shows beforehand: ``leave`` is a cookie, or the number that the work found."""

    form: Form
    leave: bytes
    sealed: bytes


class AnswerKey:
    """The secret of one sealed call: makes and checks its acknowledgements, as a ``Sealer`` does for a known caller."""

    __slots__ = ("key",)

    def __init__(self, exporter: bytes) -> None:
        self.key = export(exporter, _ACK_CONTEXT)

    def ack_mac(self, message: bytes, length_bytes: int) -> bytes:
        """HMAC-SHA256, cut to so many bytes."""
        return hmac.digest(self.key, message, "sha256")[:length_bytes]


class OpenedStranger(msgspec.Struct, frozen=True, kw_only=True):
    """What was sealed: the signed call, not verified yet, the key it names, and how to answer it."""

    signed: SignedPacket
    public: bytes
    answers: AnswerKey


def station_private(master: bytes) -> bytes:
    """The private key of a station's strangers' door, which follows from its master like every sealing key."""
    return derive_private(hmac.digest(master, _KEY_LABEL, "sha256"))


def seal_call(
    signed: SignedPacket, *, public: bytes, station: bytes, station_key: bytes, ephemeral: bytes
) -> tuple[bytes, AnswerKey]:
    """The sealed part and the key of its answers. ``public`` is the caller's, ``station`` the station's kid.

    ``station_key`` is the HPKE key on the station's card, ``ephemeral`` 32 fresh random bytes. Keep what comes out:
    copies of a call are alike.
    """
    made = seal_to(station_key, public + signed.compact(), info=_SEAL_INFO + station, ephemeral=ephemeral)
    return made.enc + made.ciphertext, AnswerKey(made.exporter)


def open_call(sealed: bytes, key: HpkeKey, *, station: bytes) -> OpenedStranger:
    """The inverse; verifies no signature. Raises ``ProofFailed`` (``hpke.open``) and ``Malformed``.

    The codes of ``Malformed`` are ``stranger.kid``, ``stranger.heartbeat`` and ``packet.*``.
    """
    enc, ciphertext = sealed[:HPKE_KEY_BYTES], sealed[HPKE_KEY_BYTES:]
    plaintext, exporter = key.open(enc, ciphertext, info=_SEAL_INFO + station)
    public, signed = plaintext[:PUBLIC_KEY_BYTES], read_compact(plaintext[PUBLIC_KEY_BYTES:])
    if kid_of(public) != signed.header.kid:
        raise Malformed("stranger.kid", "The call names another key than the one that came along.")
    if signed.header.type in _HEARTBEATS:
        raise Malformed("stranger.heartbeat", "Heartbeats are for registered callers.")
    return OpenedStranger(signed=signed, public=public, answers=AnswerKey(exporter))


def write_ask(nonce: bytes, padded_bytes: int) -> bytes:
    """The datagram that asks for a cookie; as long as a call, so that the answers are no longer than it."""
    return (_start(Form.ASK) + nonce).ljust(padded_bytes, b"\x00")


def write_cookie(nonce: bytes, cookie: bytes) -> bytes:
    """The station's answer to it: 26 bytes."""
    return _start(Form.COOKIE) + nonce + cookie


def read_cookie(raw: bytes, nonce: bytes) -> bytes | None:
    """The cookie in an answer to the ask with this nonce; None for anything else."""
    is_ours = len(raw) == COOKIE_ANSWER_BYTES and raw.startswith(_start(Form.COOKIE) + nonce)
    return raw[-COOKIE_BYTES:] if is_ours else None


def write_call(form: Form, leave: bytes, sealed: bytes, padded_bytes: int) -> bytes:
    """The datagram of a call, padded as every call is."""
    return pad_packet(_start(form) + leave + sealed, padded_bytes)


def read_datagram(datagram: bytes) -> Ask | StrangerCall:
    """What came in at the strangers' door; opens and checks nothing.

    Raises ``Malformed`` (``stranger.length``, ``.magic``, ``.version``, ``.form``, ``.padding``).
    """
    size = len(datagram)
    if size not in _PADDED and not STRANGER_MIN_BYTES <= size <= STRANGER_MAX_BYTES:
        raise Malformed(
            "stranger.length",
            f"A stranger's call has {STRANGER_MIN_BYTES} to {STRANGER_MAX_BYTES} bytes, padded 240 or 296.",
        )
    if datagram[0] != STRANGER_MAGIC:
        raise Malformed("stranger.magic", "This is nothing for the strangers' door.")
    if datagram[1] >> 4 != STRANGER_VERSION:
        raise Malformed("stranger.version", f"This reader knows version {STRANGER_VERSION} of a stranger's call.")
    form = datagram[1] & 0x0F
    if form == Form.ASK and size in _PADDED:
        return _read_ask(datagram)
    if form not in {Form.BY_COOKIE, Form.BY_WORK}:
        raise Malformed("stranger.form", "Nobody defined a datagram of this form and length.")
    packet = _unpadded(datagram)
    return StrangerCall(form=Form(form), leave=packet[STRANGER_HEADER_BYTES:_SEALED_FROM], sealed=packet[_SEALED_FROM:])


def work_bits(station: bytes, sealed: bytes, leave: bytes) -> int:
    """How much work a call shows: leading zero bits of SHA-256 over a label, the station's kid, sealed call, number."""
    digest = hashlib.sha256(_WORK_LABEL + station + sealed + leave).digest()
    return _DIGEST_BITS - int.from_bytes(digest, "big").bit_length()


def check_work(station: bytes, call: StrangerCall, *, bits: int) -> None:
    """Raise ``Forbidden`` (``stranger.work``) where a call shows less work than that."""
    if work_bits(station, call.sealed, call.leave) < bits:
        raise Forbidden(
            "stranger.work",
            f"This call shows less work than {bits} bits.",
            hint="Work on, or ask for a cookie where answers reach you.",
        )


def search_work(station: bytes, sealed: bytes, *, first: int, tries: int, bits: int) -> bytes | None:
    """Try so many numbers from ``first`` on; the first that shows the work as 16 bytes, None where none does."""
    begun = hashlib.sha256(_WORK_LABEL + station + sealed)
    limit = 1 << (_DIGEST_BITS - bits)
    for number in range(first, first + tries):
        leave = number.to_bytes(COOKIE_BYTES, "big")
        tried = begun.copy()
        tried.update(leave)
        if int.from_bytes(tried.digest(), "big") < limit:
            return leave
    return None


def _start(form: Form) -> bytes:
    return bytes((STRANGER_MAGIC, STRANGER_VERSION << 4 | form))


def _read_ask(datagram: bytes) -> Ask:
    end = STRANGER_HEADER_BYTES + ASK_NONCE_BYTES
    if datagram.count(0, end) != len(datagram) - end:
        raise Malformed("stranger.padding", "The padding behind the packet is not all zero.")
    return Ask(nonce=datagram[STRANGER_HEADER_BYTES:end])


def _unpadded(datagram: bytes) -> bytes:
    size = len(datagram)
    if size not in _PADDED:
        return datagram
    length = datagram[-1]
    if not STRANGER_MIN_BYTES <= length <= STRANGER_MAX_BYTES or datagram.count(0, length, size - 1) != (
        size - 1 - length
    ):
        raise Malformed("stranger.padding", "The padding behind the packet is not all zero.")
    return datagram[:length]
