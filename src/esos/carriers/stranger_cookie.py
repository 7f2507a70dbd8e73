"""Cookies of the strangers' door: whoever shows one has heard us at the address it comes from. Nothing is stored.

The law kept here: whoever forges an address costs the station one short answer and no cryptography beyond one HMAC.
"""

import hmac

from esos.message.stranger_packet import COOKIE_BYTES

COOKIE_TURN_MS = 120_000
"""How long one secret makes cookies; they hold for that turn and the next, so 2 to 4 minutes."""
_TURN_BYTES = 8


class Cookies:
    """Makes and checks cookies. ``root`` is 32 secret random bytes, drawn anew whenever the door opens."""

    def __init__(self, root: bytes) -> None:
        self._root = root
        self._secrets: dict[int, bytes] = {}

    def make(self, address: tuple[str | int, ...], now_ms: int) -> bytes:
        """The cookie of an address and port: the low byte of the turn's number, then a MAC."""
        return self._of(address, now_ms // COOKIE_TURN_MS)

    def holds(self, cookie: bytes, address: tuple[str | int, ...], now_ms: int) -> bool:
        """Whether this cookie was given to this address and port in the present turn or the last one."""
        turn = now_ms // COOKIE_TURN_MS
        turn -= (turn - cookie[0]) & 0xFF
        is_recent = turn >= now_ms // COOKIE_TURN_MS - 1
        return is_recent and hmac.compare_digest(cookie, self._of(address, turn))

    def _of(self, address: tuple[str | int, ...], turn: int) -> bytes:
        said = f"{address[0]}|{address[1]}".encode()
        return bytes((turn & 0xFF,)) + hmac.digest(self._secret(turn), said, "sha256")[: COOKIE_BYTES - 1]

    def _secret(self, turn: int) -> bytes:
        """The secret of a turn; those of turns long over are forgotten."""
        if turn not in self._secrets:
            self._secrets = {one: secret for one, secret in self._secrets.items() if one >= turn - 1}
            self._secrets[turn] = hmac.digest(self._root, turn.to_bytes(_TURN_BYTES, "big"), "sha256")
        return self._secrets[turn]
