"""The parts of a mail, read within limits that hold for every part of it, however deep: strangers write mails too.

The library's time grows with the square of a header's length, and with every part; both are bounded while it reads.
"""

import email
from email.message import Message
from email.policy import Compat32, compat32
from typing import Final

from esos.errors import Malformed

HEAD_MAX_BYTES = 65_536
"""How much header one mail, or one part of it, may have in all."""
HEADS_MAX_BYTES = 262_144
"""The same for a mail together with all mails and parts within it."""
PARSED_HEADER_MAX_BYTES = 4_096
"""How long a header may be that is taken apart: what a part is, and whom the mail is from."""
PARTS_WITHIN_MAX = 256
"""How many parts a mail may have, with those of mails within it."""
_PARSED: Final = ("content-", "from", "sender")
_HINT: Final = "Write it again as plain text, or answer by the link in the mail."


def parts_of(raw: bytes) -> "Message[str, str]":
    """The mail with its parts.

    Raises ``Malformed`` (``mail.unreadable``) beyond a limit, and what the library does for what is no mail.
    """
    allowance = _Allowance()

    class Part(Message):
        """One part, which is counted."""

        def __init__(self, policy: Compat32 = compat32) -> None:
            super().__init__(policy)
            self._head_bytes = 0
            allowance.part()

        def set_raw(self, name: str, value: str) -> None:
            """Take one header as it stands in the mail."""
            size_bytes = len(name) + len(value) + 2
            self._head_bytes += size_bytes
            allowance.header(name.lower(), size_bytes, self._head_bytes)
            super().set_raw(name, value)

    return email.message_from_bytes(raw, _class=Part)


class _Allowance:
    """What one mail may still have."""

    def __init__(self) -> None:
        self._parts = PARTS_WITHIN_MAX + 1  # the library makes one to try, before it reads
        self._heads_bytes = HEADS_MAX_BYTES

    def part(self) -> None:
        self._parts -= 1
        if self._parts < 0:
            raise Malformed("mail.unreadable", "This mail has too many parts.", hint=_HINT)

    def header(self, name: str, size_bytes: int, head_bytes: int) -> None:
        self._heads_bytes -= size_bytes
        if name.startswith(_PARSED) and size_bytes > PARSED_HEADER_MAX_BYTES:
            raise Malformed("mail.unreadable", "A header of this mail is too long.", hint=_HINT)
        if head_bytes > HEAD_MAX_BYTES or self._heads_bytes < 0:
            raise Malformed("mail.unreadable", "The headers of this mail are too long.", hint=_HINT)
