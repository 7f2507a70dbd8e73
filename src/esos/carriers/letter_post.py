"""Between the mail door and a station: mail that people write in answer is read here and taken there."""

import asyncio
from functools import partial

from esos.carriers.letter_reader import LETTER_MAX_BYTES, read_letter
from esos.errors import Malformed, TooLarge
from esos.station.letters import Came, Letters
from esos.station.mail_thread import cases_in
from esos.station.station import Station


class LetterPost:
    """What the mail door does with mail that is no call."""

    def __init__(self, station: Station) -> None:
        self._replies = station.replies
        self._letters = Letters(station)

    def is_for(self, address: str) -> bool:
        """Whether an address carries a mark of this station's."""
        return self._replies is not None and self._replies.read(address) is not None

    async def take(self, raw: bytes, address: str, sender: str) -> str:
        """Take a mail to a marked address; raises what ``Letters.take`` does, and ``TooLarge`` (``mail.too_large``)."""
        marked = self._replies.read(address) if self._replies else None
        if marked is None:
            return ""
        return await self._letters.take(marked, await _read(raw, sender))

    async def take_other(self, raw: bytes, sender: str) -> str:
        """Keep a mail that names a case's conversation; empty where it names none."""
        came = await _read(raw, sender)
        cases = cases_in(came.letter.references) if came.letter else ()
        return await self._letters.take_unmarked(cases[0], came) if cases else ""


async def _read(raw: bytes, sender: str) -> Came:
    """What a mail says; one that cannot be read is taken as what it is. Off the loop: a large one takes its time."""
    if len(raw) > LETTER_MAX_BYTES:
        raise TooLarge("mail.too_large", f"A mail to this address has at most {LETTER_MAX_BYTES // 1_048_576} MiB.")
    try:
        letter = await asyncio.to_thread(partial(read_letter, raw, is_from_nobody=sender in {"", "<>"}))
    except Malformed as refusal:
        return Came(raw=raw, letter=None, unread=refusal)
    return Came(raw=raw, letter=letter)
