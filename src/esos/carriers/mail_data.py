"""The room that mails take while they come in and are judged: each has a little, and large ones share a budget.

So however many large mails come at once, a call, which is small, finds room, and the process keeps its memory. What
finds none is read to its end and forgotten, so that its sender can be told to come again.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

TOO_LONG = "500 5.5.2 A line of this mail is too long (RFC 5321, section 4.5.3.1.6)."
TOO_MUCH = "552 5.3.4 This mail is too large."
COME_AGAIN = (
    "452 4.3.1 Too many large mails are being taken just now. Send this one again in some minutes; "
    "a call for help is small, and is taken now."
)
_END = b"\r\n"
_LAST = b".\r\n"


class Held:
    """The room of one mail."""

    def __init__(self, room: "MailRoom") -> None:
        self._room = room
        self._size = 0
        self._shared = 0

    def grow(self, size_bytes: int) -> bool:
        """Take room for so many bytes more; False, and nothing is taken, where there is none."""
        beyond = max(0, self._size + size_bytes - self._room.own_bytes) - self._shared
        if beyond > self._room.free_bytes:
            return False
        self._size += size_bytes
        self._shared += max(0, beyond)
        self._room.free_bytes -= max(0, beyond)
        return True

    def let_go(self) -> None:
        """Give all of it back."""
        self._room.free_bytes += self._shared
        self._size = self._shared = 0


class MailRoom:
    """``own_bytes`` for each mail, and ``shared_bytes`` for what goes beyond, of all mails together."""

    def __init__(self, *, own_bytes: int, shared_bytes: int) -> None:
        self.own_bytes = own_bytes
        self.free_bytes = shared_bytes

    def has_room(self, size_bytes: int) -> bool:
        """Whether a mail of this size would find room now."""
        return size_bytes - self.own_bytes <= self.free_bytes

    @contextmanager
    def holding(self) -> Iterator[Held]:
        """The room of one mail, given back when the block ends."""
        held = Held(self)
        try:
            yield held
        finally:
            held.let_go()


async def read_data(reader: asyncio.StreamReader, held: Held, *, most_bytes: int) -> tuple[bytes, str]:
    """The bytes of a mail up to its lone dot, and "", or none and the refusal to answer with."""
    content, refusal, is_within_line = bytearray(), "", False
    while True:
        piece, is_short = await _piece(reader)
        if piece == _LAST and not is_within_line:
            return bytes(content), refusal
        if not refusal:
            refusal = _refusal(len(content), piece, held, most_bytes) if is_short and not is_within_line else TOO_LONG
            if refusal:
                content.clear()
                held.let_go()
            else:
                content += piece[1:] if piece.startswith(b".") else piece
        is_within_line = not piece.endswith(_END)


def _refusal(size: int, line: bytes, held: Held, most_bytes: int) -> str:
    if size + len(line) > most_bytes:
        return TOO_MUCH
    return "" if held.grow(len(line)) else COME_AGAIN


async def _piece(reader: asyncio.StreamReader) -> tuple[bytes, bool]:
    """A line, or a part of one that is longer than lines are; whether it is a whole one."""
    try:
        return await reader.readuntil(_END), True
    except asyncio.LimitOverrunError as cause:
        return await reader.read(cause.consumed), False
