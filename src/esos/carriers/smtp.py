"""A call by mail: handed to the station's own mail door, or to the mail server that this machine's mail goes through.

A mail server that takes the mail has not answered for the station: only a receipt whose acknowledgement holds is
proven, and then no matter who passed it on. Servers that ask to come back later (greylisting) are asked again.
"""

import asyncio
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
import dns.asyncresolver
import dns.exception
import msgspec

from esos.beacon.carrier import Failed, Heard, Outgoing, Sending, Target, Tell, Waiting, is_enough
from esos.beacon.schedule import JITTER_SHARE, SMTP_GAPS_MS
from esos.carriers.address import UdpAddress, read_address
from esos.carriers.mail_message import Receipt, mail_date, read_receipt, write_mail
from esos.carriers.offline import Carried
from esos.errors import Malformed
from esos.message.packet_ack import open_answer
from esos.message.packet_codes import ONE_ANSWER_IS_ENOUGH
from esos.message.packet_seal import Sealer

MAIL_PORT = 25
CONVERSATION_MS = 30_000
"""How long one conversation with a mail server may take."""
EXCHANGERS_MAX = 4
"""How many of a domain's mail servers are tried."""
_RELAY_PORTS: Final = {"smtp": 25, "submission": 587, "smtps": 465}
_FOR_EVER_BAD: Final = 500


class Relay(msgspec.Struct, frozen=True, kw_only=True):
    """A mail server to hand mails to: the station's own, or the one that this machine's mail goes through.

    ``is_tls``: from the first byte; ``wants_tls``: by STARTTLS or not at all, its certificate checked; ``may_tls``:
    where it is offered, by whoever it is, which keeps the call from readers on the way and proves nothing.
    """

    host: str
    port: int
    is_tls: bool = False
    wants_tls: bool = False
    may_tls: bool = False
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        """Leave the password out of every log."""
        return f"Relay(host={self.host!r}, port={self.port})"


class SmtpCarrier:
    """Mails the call until enough is heard, to each station's own door and through ``relay``.

    ``jitter`` gives values in [-1, 1]; ``now_ms`` dates the mail. ``sender`` is where mail servers send word of
    trouble. ``public`` goes along, so that a station which does not know the key hears a stranger.
    """

    def __init__(
        self,
        *,
        jitter: Callable[[], float],
        now_ms: Callable[[], int],
        sender: str,
        public: bytes = b"",
        relay: Relay | None = None,
        gaps_ms: tuple[int, ...] = SMTP_GAPS_MS,
        timeout_ms: int = CONVERSATION_MS,
    ) -> None:
        self._jitter = jitter
        self._now_ms = now_ms
        self._sender = sender
        self._public = public
        self._relay = relay
        self._gaps_ms = gaps_ms
        self._timeout_ms = timeout_ms

    @property
    def name(self) -> str:
        """``smtp``."""
        return "smtp"

    async def send(self, outgoing: Outgoing, tell: Tell) -> tuple[Heard, ...]:
        """Mail until enough is heard, or until every way is closed for good; see the port ``Carrier``."""
        targets = [target for target in outgoing.targets if target.home.mail]
        if not targets:
            tell(Waiting(carrier=self.name, why="No station gave us an address for mail."))
            return ()
        session = _Session(outgoing, tell)
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(self._repeat(session, target, is_relayed=is_relayed))
                for target in targets
                for is_relayed in ((False, True) if self._relay else (False,))
            ]
            enough = tasks.create_task(session.enough.wait())
            while not enough.done() and not all(task.done() for task in running):
                going = [task for task in running if not task.done()]
                await asyncio.wait([enough, *going], return_when=asyncio.FIRST_COMPLETED)
            for task in (*running, enough):
                task.cancel()
        return tuple(session.heard.values())

    async def _repeat(self, session: "_Session", target: Target, *, is_relayed: bool) -> None:
        """Mails by one way, each later than the last, until it is closed for good or has passed the mail on."""
        mails = 0
        while True:
            gap_ms = self._gaps_ms[min(mails, len(self._gaps_ms) - 1)]
            mails += 1
            event = await (self._hand_to_relay if is_relayed else self._hand_to_station)(session, target, mails)
            session.note(target, event)
            is_passed_on = is_relayed and isinstance(event, Waiting)
            if is_passed_on or (isinstance(event, Failed) and event.is_final):
                return
            await asyncio.sleep(gap_ms / 1000 * (1 + JITTER_SHARE * abs(self._jitter())))

    async def _hand_to_station(self, session: "_Session", target: Target, mails: int) -> "_Event":
        """One round over the station's own mail servers, ended by the first that does not fail.

        Every other round does without TLS, so that a door whose TLS is out of order is reached all the same.
        """
        event: _Event = self._failed(target, "No mail server of this station could be found.")
        for way in await self._servers(target):
            session.tell(Sending(carrier=self.name, station=target.home.name, copies=mails))
            server = Relay(host=way.host, port=way.port, may_tls=mails % 2 == 1)
            event = await self._converse(session, target, server)
            if not isinstance(event, Failed):
                return event
        return event

    async def _hand_to_relay(self, session: "_Session", target: Target, mails: int) -> "_Event":
        session.tell(Sending(carrier=self.name, station=target.home.name, copies=mails))
        return await self._converse(session, target, self._relay) if self._relay else self._failed(target, "No relay.")

    async def _servers(self, target: Target) -> tuple[UdpAddress, ...]:
        """The addresses on the station's card, else those that its domain names (RFC 5321, section 5.1)."""
        if target.home.mail_hosts:
            try:
                return tuple(map(read_address, target.home.mail_hosts))
            except Malformed:
                return ()
        domain = target.home.mail.rpartition("@")[2]
        try:
            found = await dns.asyncresolver.resolve(domain, "MX", lifetime=self._timeout_ms / 1000)
        except (dns.exception.DNSException, OSError):
            return (UdpAddress(domain, MAIL_PORT),)
        ordered = sorted(found, key=lambda row: row.preference)
        hosts = [row.exchange.to_text(omit_final_dot=True) for row in ordered[:EXCHANGERS_MAX]]
        return tuple(UdpAddress(host, MAIL_PORT) for host in hosts if host)

    async def _converse(self, session: "_Session", target: Target, server: Relay) -> "_Event":
        """One mail to one server, and what its answer means."""
        mail = write_mail(
            Carried(session.outgoing.cose, self._public),
            sender=self._sender,
            to=target.home.mail,
            realm=target.home.realm,
            statement=session.outgoing.statement_id,
            at=mail_date(self._now_ms()),
        )
        try:
            _, said = await aiosmtplib.send(
                mail,
                hostname=server.host,
                port=server.port,
                use_tls=server.is_tls,
                start_tls=True if server.wants_tls else None if server.may_tls else False,
                validate_certs=not server.may_tls,
                username=server.user or None,
                password=server.password or None,
                timeout=self._timeout_ms / 1000,
            )
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            return self._refused(target, server, refusal.recipients[0].code, refusal.recipients[0].message)
        except aiosmtplib.SMTPResponseException as refusal:
            return self._refused(target, server, refusal.code, refusal.message)
        except (aiosmtplib.SMTPException, OSError, ValueError) as cause:
            return self._failed(target, f"The mail server {server.host} could not be reached: {cause}")
        receipt = read_receipt(said)
        if receipt is None:
            why = f"{server.host} took the mail and will pass it on to {target.home.name}; that is no answer yet."
            return Waiting(carrier=self.name, why=why)
        return session.heard_by(target, receipt) or self._failed(target, "A receipt came that is about another call.")

    def _refused(self, target: Target, server: Relay, code: int, message: str) -> Failed:
        """4xx: it asks us to come back later, and we do. 5xx: this way is closed."""
        words = " ".join(message.split())
        if code >= _FOR_EVER_BAD:
            return self._failed(target, f"The mail server {server.host} refuses: {code} {words}", is_final=True)
        return self._failed(target, f"The mail server {server.host} asks to come back later: {code} {words}")

    def _failed(self, target: Target, why: str, *, is_final: bool = False) -> Failed:
        return Failed(carrier=self.name, station=target.home.name, why=why, is_final=is_final)


_Event = Heard | Failed | Waiting


class _Session:
    """One call by mail, and what was heard in answer."""

    def __init__(self, outgoing: Outgoing, tell: Tell) -> None:
        self.outgoing = outgoing
        self.heard: dict[bytes, Heard] = {}
        self.enough = asyncio.Event()
        self.tell = tell

    def heard_by(self, target: Target, receipt: Receipt) -> Heard | None:
        """What a receipt says; proven only by an acknowledgement that the station alone could have made."""
        if receipt.statement != self.outgoing.statement_id:
            return None
        packet, state, is_proven = self.outgoing.packet, receipt.state, False
        if packet is not None and target.sealing_key:
            sealer = Sealer(target.sealing_key)
            acks = [open_answer(one, packet.header, station=target.home.kid, sealer=sealer) for one in receipt.acks]
            believed = [ack for ack in acks if ack is not None]
            if believed:
                state, is_proven = believed[0].state, True
        return Heard(carrier="smtp", station=target.home.name, state=state, proven=is_proven)

    def note(self, target: Target, event: "_Event") -> None:
        """Keep the furthest state that was heard, tell what is new, and stop when it is enough."""
        if isinstance(event, Heard):
            before = self.heard.get(target.home.kid)
            if before is not None and (before.proven, before.state) >= (event.proven, event.state):
                return
            self.heard[target.home.kid] = event
        self.tell(event)
        kind = self.outgoing.packet.header.type if self.outgoing.packet else None
        if is_enough(self.heard.values(), any_answer=kind in ONE_ANSWER_IS_ENOUGH):
            self.enough.set()


def read_relay(url: str) -> Relay:
    """A relay as ``smtp://host``, ``submission://user:password@host`` or ``smtps://…``, with a port or without.

    A password travels under TLS only. Raises ``Malformed`` (``mail.relay``).
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in _RELAY_PORTS:
        raise Malformed("mail.relay", "This names no mail server.", hint="As submission://user:password@mail.example")
    is_signed_in = parts.scheme == "smtp" and bool(parts.username)
    return Relay(
        host=host,
        port=port or _RELAY_PORTS[parts.scheme],
        is_tls=parts.scheme == "smtps",
        wants_tls=parts.scheme == "submission" or is_signed_in,
        may_tls=parts.scheme == "smtp" and not is_signed_in,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
