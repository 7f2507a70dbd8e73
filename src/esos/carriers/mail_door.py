"""The station's mail door: a mail server for one address, which takes mails that carry a signed call and nothing else.

Law 3: "250" leaves after the commit, with a line that says what is true. No header of a mail is acted on, least
of all its sender: only the signature of the call inside counts. Nothing is passed on to anybody.
"""

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol, cast

import msgspec
import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from esos.carriers.address import UdpAddress
from esos.carriers.letter_reader import LETTER_MAX_BYTES
from esos.carriers.mail_data import COME_AGAIN, MailRoom, read_data
from esos.carriers.mail_message import MAIL_MAX_BYTES, Receipt, read_mail, write_receipt
from esos.carriers.offline import Carried
from esos.errors import Busy, EsosError, TooLarge

Take = Callable[[Carried], Awaitable[Receipt]]
"""Commits what a mail carried and says what became of it; raises what refuses it."""


class Post(Protocol):
    """What becomes of mail that people write in answer to the station's."""

    def is_for(self, address: str) -> bool:
        """Whether this is an address that the station asks to be answered at."""

    async def take(self, raw: bytes, address: str, sender: str) -> str:
        """Take a mail to such an address; what became of it. Raises what refuses it."""

    async def take_other(self, raw: bytes, sender: str) -> str:
        """The same for a mail to the door's own address that carries no call; empty where it belongs to no case."""


_REPLY_MAX_LETTERS: Final = 400
_SIZE: Final = "SIZE="
_NO_CALL: Final = frozenset({"mail.no_call", "mail.unreadable", "mail.too_large"})
_log = structlog.get_logger(__name__)
logging.getLogger("mail.log").setLevel(logging.CRITICAL)
"""The library logs every line of a conversation; callers' addresses stay out of the log."""


class MailLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every limit of a mail door, by name and unit."""

    connections_max: int = 64
    """Connections at once; a further one is asked to come back later."""
    connection_idle_s: float = 60.0
    """How long a connection may be silent."""
    commands_max: int = 60
    """How often each command may be given on one connection."""
    small_max_bytes: int = MAIL_MAX_BYTES
    """How much of a mail needs no room of the budget for large mails: every call is smaller."""
    large_max_bytes: int = 48 * 1024 * 1024
    """How much of mails that are larger is held at once, together, while they come in and are judged."""
    take_within_ms: int = 20_000
    """How long a mail waits for its commit before its sender is asked to try again."""


class MailDoor:
    """One mail server of a station, for mails to ``address``.

    ``take`` commits a call. ``instead`` says in words what whoever wrote without a call should do. ``tls`` is for
    senders that wish it (STARTTLS). ``counters`` tells what became of mails.
    """

    def __init__(
        self,
        *,
        address: str,
        take: Take,
        post: Post | None = None,
        instead: Callable[[], str] = lambda: "",
        tls: ssl.SSLContext | None = None,
        limits: MailLimits | None = None,
    ) -> None:
        self._post = post
        self._instead = instead
        self.counters: Counter[str] = Counter()
        self._address = address
        self._take = take
        self._tls = tls
        self._limits = limits or MailLimits()
        self._open: set[asyncio.BaseTransport] = set()
        self.room = MailRoom(own_bytes=self._limits.small_max_bytes, shared_bytes=self._limits.large_max_bytes)

    @property
    def takes_letters(self) -> bool:
        """Whether people may answer the station's mail here."""
        return self._post is not None

    @asynccontextmanager
    async def listening(self, where: UdpAddress, *, is_shared: bool = False) -> AsyncIterator[UdpAddress]:
        """Take mails here while the block runs; yields where it really listens (port 0: any). Raises ``OSError``."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._conversation, where.host, where.port, reuse_port=is_shared or None)
        try:
            yield UdpAddress(*server.sockets[0].getsockname()[:2])
        finally:
            server.close()
            for transport in tuple(self._open):
                transport.close()

    async def handle_MAIL(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Whether a mail may come now; a large one that says so (RFC 1870) need not be sent in vain."""
        del server, session
        sizes = [one.removeprefix(_SIZE) for one in options if one.startswith(_SIZE)]
        if any(size.isascii() and size.isdigit() and not self.room.has_room(int(size)) for size in sizes):
            return self.full()
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    def full(self) -> str:
        """What the sender of a large mail is told that finds no room; counted."""
        self.counters["mail.large_told_to_wait"] += 1
        return COME_AGAIN

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Whether a mail may be for this address: only for the station's own, so that nothing is passed on."""
        del server, session, options
        is_reply = self._post is not None and self._post.is_for(address)
        if envelope.rcpt_tos and (is_reply or envelope.rcpt_tos[0].lower() != self._address.lower()):
            return "452 4.5.3 One address for each mail here. Send it to the others by itself."
        if address.lower() != self._address.lower() and not is_reply:
            self.counters["mail.other_address"] += 1
            return f"550 5.1.1 Only calls for help are taken here, by mail to {self._address}."
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Commit the call in a mail and say what became of it; a mail without one is refused in words."""
        del server
        raw, to, sender = cast("bytes", envelope.content), envelope.rcpt_tos[0], envelope.mail_from or ""
        if self._post is not None and self._post.is_for(to):
            return await self._letter(self._post.take(raw, to, sender))
        self.counters["mail.by_tls" if session.ssl else "mail.in_the_clear"] += 1
        try:
            carried = read_mail(raw)
            async with asyncio.timeout(self._limits.take_within_ms / 1000):
                receipt = await self._take(carried)
        except TimeoutError:
            self.counters["mail.told_to_wait"] += 1
            return "451 4.3.2 The call is not kept yet. Send the same mail again."
        except EsosError as refusal:
            if self._post is not None and refusal.code in _NO_CALL:
                kept = await self._letter(self._post.take_other(raw, sender))
                if kept:
                    return kept
            self.counters[refusal.code] += 1
            return _refused(refusal, self._instead() if refusal.code in _NO_CALL else "")
        self.counters["mail.acknowledged"] += 1
        return f"250 2.0.0 {write_receipt(receipt)}"

    async def _letter(self, taking: Awaitable[str]) -> str:
        """The answer to a mail that people wrote; empty where it belongs to no case."""
        try:
            async with asyncio.timeout(self._limits.take_within_ms / 1000):
                said = await taking
        except TimeoutError:
            self.counters["mail.told_to_wait"] += 1
            return "451 4.3.2 This mail is not kept yet. Send it again."
        except EsosError as refusal:
            self.counters[refusal.code] += 1
            return _refused(refusal)
        if said:
            self.counters["mail.letters"] += 1
        return f"250 2.0.0 {_plain(said)}" if said else ""

    async def handle_exception(self, error: Exception) -> str:
        """One odd mail must not end the door; it is logged and counted, and its sender tries again."""
        _log.error("mail_failed", error=type(error).__name__)
        self.counters["mail.failed"] += 1
        return "451 4.3.0 Something is wrong at this station. Send the same mail again."

    def _conversation(self) -> asyncio.BaseProtocol:
        return _Conversation(self, self._open, self._limits, self._tls)


class _Conversation(SMTP):
    """One connection, counted. It reads mails itself: the library keeps an object for each line, however short."""

    def __init__(
        self, door: MailDoor, all_open: set[asyncio.BaseTransport], limits: MailLimits, tls: ssl.SSLContext | None
    ) -> None:
        super().__init__(
            door,
            data_size_limit=LETTER_MAX_BYTES if door.takes_letters else MAIL_MAX_BYTES,
            hostname="esos",
            ident="e-SOS",
            tls_context=tls,
            timeout=limits.connection_idle_s,
            command_call_limit=limits.commands_max,
            loop=asyncio.get_running_loop(),
        )
        self._most_bytes = LETTER_MAX_BYTES if door.takes_letters else MAIL_MAX_BYTES
        self._door = door
        self._all_open = all_open
        self._limits = limits
        self._counted: asyncio.BaseTransport | None = None

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the name that aiosmtpd calls
        """Take a mail in, within the room that there is, and say what became of it."""
        session, envelope = self.session, self.envelope
        if session is None or envelope is None or await self.check_helo_needed():
            return
        if arg or not envelope.rcpt_tos:
            await self.push("501 5.5.4 Syntax: DATA" if arg else "503 5.5.1 Say first whom this mail is for.")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        with self._door.room.holding() as held:
            content, said = await read_data(self._reader, held, most_bytes=self._most_bytes)
            envelope.content = envelope.original_content = content
            if said == COME_AGAIN:
                said = self._door.full()
            said = said or await self._door.handle_DATA(self, session, envelope)
        self.envelope = self._create_envelope()
        await self.push(said)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection unless there are too many; it comes here again once it is under TLS."""
        if self._counted is None and len(self._all_open) >= self._limits.connections_max:
            self._door.counters["mail.too_many_connections"] += 1
            writing: Any = transport
            writing.write(b"421 4.3.2 Too many connections. Come back in a minute.\r\n")
            transport.close()
            return
        if self._counted is None:
            self._counted = transport
            self._all_open.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Count it out; one that was not taken has nothing to end."""
        if self._counted is None:
            return
        self._all_open.discard(self._counted)
        super().connection_lost(error)


def _refused(refusal: EsosError, instead: str = "") -> str:
    """A refusal in the numbers of mail: what may be tried again (4xx) and what may not (5xx).

    ``instead`` stands in the place of the hint. The code at the end is never cut off.
    """
    number = "451 4.3.2" if isinstance(refusal, Busy) else "552 5.3.4" if isinstance(refusal, TooLarge) else "554 5.7.1"
    words = f"{refusal.detail} {instead or refusal.hint}"
    return f"{number} {_plain(words)} [{refusal.code}]"


def _plain(words: str) -> str:
    """One line in letters that every mail server passes on."""
    return " ".join(words.encode("ascii", "replace").decode().split())[:_REPLY_MAX_LETTERS]
