"""Where a station's mail asks to be answered: one address for each person and case, and one for what comes back.

Nobody can guess one: each carries a code of the station's own key over the case, the person and its registered
address. Nothing is kept for it, so that no mail waits for a disk. Whoever has one may be a forger still: a reply
acts only where it also comes from the registered address (``letters``).
"""

import hmac
from base64 import b32decode, b32encode
from collections.abc import Iterable
from typing import NamedTuple

from esos.errors import Malformed

CASE_BYTES, CODE_BYTES, PAGE_BYTES = 16, 15, 4
CODE_LETTERS = 50
LOCAL_MAX_CHARS = 64
"""The longest name before the @ of an address (RFC 5321)."""
_REPLY, _BACK = "r", "b"


class Marked(NamedTuple):
    """A marked address of this station: for replies or for what comes back, of which case, and its code."""

    is_reply: bool
    case: bytes
    code: bytes


class ReplyAddresses:
    """Makes and reads them. ``address`` is the mail door's; raises ``Malformed`` (``mail.address_long``)."""

    def __init__(self, *, key: bytes, address: str) -> None:
        self._key = key
        self._local, _, self._domain = address.rpartition("@")
        if len(self._local) + 2 + CODE_LETTERS > LOCAL_MAX_CHARS:
            longest = LOCAL_MAX_CHARS - 2 - CODE_LETTERS
            raise Malformed(
                "mail.address_long",
                f"The name before the @ of mail_address has at most {longest} letters, so that replies find their way.",
                hint="Choose a shorter one, as sos@station.example.",
            )

    def reply_to(self, case: bytes, party: str, mail: str) -> str:
        """Where a person answers mail about a case."""
        return self._address(_REPLY, case + self._reply_code(case, party, mail))

    def back_to(self, case: bytes, page: bytes) -> str:
        """Where mail servers say that a page could not be delivered: the sender on its envelope."""
        short = page[:PAGE_BYTES]
        return self._address(_BACK, case + short + self._back_code(case, short))

    def read(self, address: str) -> Marked | None:
        """The mark of an address of this station, None where it has none. Whether it is genuine is not said here."""
        local, _, domain = address.lower().rpartition("@")
        name, _, mark = local.rpartition("+")
        if (name, domain) != (self._local.lower(), self._domain.lower()) or len(mark) != 1 + CODE_LETTERS:
            return None
        if mark[0] not in {_REPLY, _BACK}:
            return None
        try:
            raw = b32decode(mark[1:].upper() + "=" * (-CODE_LETTERS % 8))
        except ValueError:
            return None
        return Marked(is_reply=mark[0] == _REPLY, case=raw[:CASE_BYTES], code=raw[CASE_BYTES:])

    def whose(self, marked: Marked, people: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
        """Which of these (party, mail address) the address was made for, None for nobody."""
        found = None
        for party, mail in people:
            if hmac.compare_digest(marked.code, self._reply_code(marked.case, party, mail)):
                found = (party, mail)
        return found

    def page_of(self, marked: Marked) -> bytes | None:
        """The first bytes of the id of the page that came back; None where this station made no such address."""
        short, code = marked.code[:PAGE_BYTES], marked.code[PAGE_BYTES:]
        return short if hmac.compare_digest(code, self._back_code(marked.case, short)) else None

    def _address(self, what: str, marked: bytes) -> str:
        return f"{self._local}+{what}{b32encode(marked).decode().rstrip('=').lower()}@{self._domain}"

    def _reply_code(self, case: bytes, party: str, mail: str) -> bytes:
        said = b"\x00".join((case, party.encode(), mail.lower().encode()))
        return hmac.digest(self._key, b"esos-mail-reply-1" + said, "sha256")[:CODE_BYTES]

    def _back_code(self, case: bytes, page: bytes) -> bytes:
        return hmac.digest(self._key, b"esos-mail-back-1" + case + page, "sha256")[: CODE_BYTES - PAGE_BYTES]
