"""How a call packet is hidden and marked as fresh from a registered caller: keys, nonce, AES-CCM.

The seal keeps junk away from the signature check and the call from readers on the way. It proves
nothing to anybody else: what counts as evidence is the signature inside (law 11).
"""

import hmac
from collections.abc import Iterable
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from esos.errors import Malformed
from esos.keys.identity import KID_BYTES

HEADER_BYTES = 19
SEAL_TAG_BYTES = 8
SEAL_KEY_BYTES = 32
NONCE_BYTES = 13
MASTER_MIN_BYTES = 32
EPOCH_MS = 30 * 86_400_000
"""How long one sealing key is handed out; a station opens packets of the present and the last epoch at once."""
EPOCH_MAX = 0xFFFF_FFFF
_EPOCH_BYTES = 4
_KEY_INFO: Final = b"esos-k1"
_ACK_INFO: Final = b"esos-ack1"
_FROM_CALLER: Final = b"\x00"
_CALL_AND_SEQUENCE: Final = slice(10, 19)
_VERSION_AND_TYPE: Final = slice(1, 2)
_NONCE_END: Final = b"\x00\x00"


def epoch_of(now_ms: int) -> int:
    """The number of the epoch a moment lies in."""
    return now_ms // EPOCH_MS


def derive_key(master: bytes, kid: bytes, epoch: int) -> bytes:
    """K, the 32-byte sealing key of one caller for one epoch: HKDF-SHA256 (RFC 5869) without salt.

    Raises ``Malformed`` (``packet.master``, ``packet.epoch``, ``packet.kid``) for values of the wrong size.
    """
    if len(master) < MASTER_MIN_BYTES:
        raise Malformed("packet.master", f"A station's master key has at least {MASTER_MIN_BYTES} bytes.")
    if len(kid) != KID_BYTES:
        raise Malformed("packet.kid", f"A kid is {KID_BYTES} bytes.")
    if not 0 <= epoch <= EPOCH_MAX:
        raise Malformed("packet.epoch", f"An epoch is a number from 0 to {EPOCH_MAX}.")
    return _hkdf(master, _KEY_INFO + kid + epoch.to_bytes(_EPOCH_BYTES, "big"))


def nonce_of(header: bytes) -> bytes:
    """The 13-byte nonce: call id, sequence, direction (0: from the caller), version and type, two zero bytes.

    It repeats only where header and call are the same, and then the plaintext must be the same too:
    Ed25519 is deterministic, and a beacon never gives a sequence to two payloads.
    """
    return header[_CALL_AND_SEQUENCE] + _FROM_CALLER + header[_VERSION_AND_TYPE] + _NONCE_END


def ccm_seal(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes, *, tag_bytes: int = SEAL_TAG_BYTES) -> bytes:
    """AES-CCM (RFC 3610): ciphertext followed by the tag."""
    return AESCCM(key, tag_length=tag_bytes).encrypt(nonce, plaintext, aad)


def ccm_open(key: bytes, nonce: bytes, sealed: bytes, aad: bytes, *, tag_bytes: int = SEAL_TAG_BYTES) -> bytes:
    """The plaintext; raises ``Malformed`` (``packet.tag``) when anything was changed or the key is another."""
    return _open(AESCCM(key, tag_length=tag_bytes), nonce, sealed, aad)


class AckKey(Protocol):
    """Makes and checks the acknowledgements of one caller; nobody else's can be made with it."""

    def ack_mac(self, message: bytes, length_bytes: int) -> bytes:
        """The first so many bytes of a MAC over the message."""


class Sealer:
    """One sealing key made ready: opens and seals packets, and signs or checks acknowledgements."""

    __slots__ = ("_ack_key", "ccm", "key")

    def __init__(self, key: bytes) -> None:
        if len(key) != SEAL_KEY_BYTES:
            raise Malformed("packet.seal_key", f"A sealing key is {SEAL_KEY_BYTES} bytes.")
        self.key = key
        self.ccm = AESCCM(key, tag_length=SEAL_TAG_BYTES)
        self._ack_key: bytes | None = None

    def seal(self, header: bytes, plaintext: bytes) -> bytes:
        """Header, ciphertext and 8-byte tag: the packet as it travels, without padding."""
        return header + self.ccm.encrypt(nonce_of(header), plaintext, header)

    def open(self, packet: bytes) -> bytes:
        """What is sealed behind the 19-byte header; raises ``Malformed`` (``packet.tag``)."""
        header = packet[:HEADER_BYTES]
        return _open(self.ccm, nonce_of(header), packet[HEADER_BYTES:], header)

    def ack_mac(self, message: bytes, length_bytes: int) -> bytes:
        """HMAC-SHA256 under the acknowledgement subkey, cut to so many bytes."""
        if self._ack_key is None:
            self._ack_key = _hkdf(self.key, _ACK_INFO)
        return hmac.digest(self._ack_key, message, "sha256")[:length_bytes]


def open_by_any(packet: bytes, sealers: Iterable[Sealer]) -> tuple[bytes, Sealer] | None:
    """What is sealed behind the header and which key opens it; None where no tag holds, at the least cost."""
    header = packet[:HEADER_BYTES]
    nonce, sealed = nonce_of(header), packet[HEADER_BYTES:]
    for sealer in sealers:
        try:
            return sealer.ccm.decrypt(nonce, sealed, header), sealer
        except (InvalidTag, ValueError):  # the next one, perhaps; in a flood of forged packets this is the rule
            continue
    return None


def _open(ccm: AESCCM, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
    try:
        return ccm.decrypt(nonce, sealed, aad)
    except (InvalidTag, ValueError) as cause:
        raise tag_refused() from cause


def tag_refused() -> Malformed:
    """The refusal of a seal that does not hold."""
    return Malformed(
        "packet.tag",
        "The packet was changed on its way, or sealed with another key.",
        hint="Fetch the present sealing key from the station and seal the same call again.",
    )


def _hkdf(secret: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=SEAL_KEY_BYTES, salt=None, info=info).derive(secret)
