"""Between the mail door and a station: mail that people write in answer is read here and taken there.

Reading has one thread of its own and a short queue, so that no mail, whoever sent it, takes the time of anything else.
"""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import BoundedSemaphore

from esos.carriers.letter_reader import LETTER_MAX_BYTES, read_letter, references_of
from esos.errors import Busy, Malformed, TooLarge
from esos.station.letter import Letter
from esos.station.letters import UNPROVEN_MAX_BYTES, Came, Letters
from esos.station.mail_thread import cases_in
from esos.station.station import Station

LETTERS_WAITING_MAX = 16
"""How many mails wait to be read, with the one that is being read; a further one is to be sent again later."""


class LetterPost:
    """What the mail door does with mail that is no call."""

    def __init__(self, station: Station) -> None:
        self._replies = station.replies
        self._letters = Letters(station)
        self._desk = ReadingDesk()

    def is_for(self, address: str) -> bool:
        """Whether an address carries a mark of this station's."""
        return self._replies is not None and self._replies.read(address) is not None

    async def take(self, raw: bytes, address: str, sender: str) -> str:
        """Take a mail to a marked address; raises what ``Letters.take`` and ``ReadingDesk.read`` do."""
        marked = self._replies.read(address) if self._replies else None
        if marked is None:
            return ""
        await self._letters.need_case(marked.case)
        return await self._letters.take(marked, await self._desk.read(raw, sender))

    async def take_other(self, raw: bytes, sender: str) -> str:
        """Keep a mail that names a case's conversation; empty where it names none, and no more of it is read then."""
        cases = cases_in(references_of(raw))
        if not cases:
            return ""
        await self._letters.need_case(cases[0])
        # One that is too large to be kept is refused there; nobody needs to read it for that.
        is_small = len(raw) <= UNPROVEN_MAX_BYTES
        came = await self._desk.read(raw, sender) if is_small else Came(raw=raw, letter=None)
        return await self._letters.take_unmarked(cases[0], came)


class ReadingDesk:
    """Reads mails one after the other, off the loop."""

    def __init__(self, waiting_max: int = LETTERS_WAITING_MAX) -> None:
        self._room = BoundedSemaphore(waiting_max)
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="esos-letters")

    async def read(self, raw: bytes, sender: str) -> Came:
        """What a mail says; one that cannot be read is taken as what it is.

        Raises ``TooLarge`` (``mail.too_large``), and ``Busy`` (``mail.readers_busy``) where too many wait already.
        """
        if len(raw) > LETTER_MAX_BYTES:
            raise TooLarge("mail.too_large", f"A mail to this address has at most {LETTER_MAX_BYTES // 1_048_576} MiB.")
        if not self._room.acquire(blocking=False):
            raise Busy("mail.readers_busy", "Too many mails wait to be read here.", hint="Send the same mail again.")
        job = self._reader.submit(partial(read_letter, raw, is_from_nobody=sender in {"", "<>"}))
        job.add_done_callback(self._done)
        try:
            letter = await asyncio.wrap_future(job)
        except Malformed as refusal:
            return Came(raw=raw, letter=None, unread=refusal)
        return Came(raw=raw, letter=letter)

    def _done(self, job: "Future[Letter]") -> None:
        """Make room for another, also where whoever brought a mail went away before it was read."""
        del job
        self._room.release()
