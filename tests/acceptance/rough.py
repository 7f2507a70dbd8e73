"""What rough days need: a mail server with moods, callers that do not give up, and a look into a station's journal."""

import asyncio
import random
import secrets
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

import httpx
import msgspec
from aiosmtpd.controller import Controller
from doubles.ports import free_port
from live import Live, now_ms

from esos.beacon.carrier import CarrierEvent, Heard, Outgoing, Target
from esos.carriers.udp import UdpCarrier
from esos.keys.sealed import unseal
from esos.logbook.base64s import from_url_safe
from esos.message import bodies as b
from esos.message.card import Contact, HomeStation
from esos.message.packet import Header, sign_packet
from esos.message.packet_codes import AckState, PacketType
from esos.message.packet_payload import CallFields
from esos.message.statement import Statement, write_statement
from esos.service import founder_of, opened_station
from esos.station.paging import PageOrder
from esos.station.records import ParcelRecord
from esos.station.station import Station
from esos.vault.keyfile import KeyPair, new_key
from esos.words.nature import Nature
from esos.words.realm import Realm

WATCH_ADDRESS = "watch@station.example"
WORKS, DEAD, GREYLISTS, LIES = "works", "dead", "greylists", "lies"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as the server got it. ``page`` is the stable id of the page it carries."""

    page: str
    to: str
    message: Message

    @property
    def text(self) -> str:
        return str(self.message.get_payload(decode=True), "utf-8")


@dataclass
class Postbox:
    """A mail server in this process. ``mood``: it works, is dead, greylists each mail once, or takes mail and loses it."""

    mood: str = WORKS
    mails: list[Mail] = field(default_factory=list)
    refused: int = 0
    lost: int = 0
    port: int = 0
    _seen: set[str] = field(default_factory=set)

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802 - the name aiosmtpd calls
        if self.mood == DEAD:
            self.refused += 1
            return "421 4.3.0 Not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - as above
        if self.mood == LIES:
            self.lost += 1
            return "250 Sent, really"
        message = message_from_bytes(envelope.content)
        if self.mood == GREYLISTS and message["Message-ID"] not in self._seen:
            self._seen.add(message["Message-ID"])
            self.refused += 1
            return "451 4.7.1 Greylisted, try again later"
        self.mails.append(Mail(message["Esos-Page"], envelope.rcpt_tos[0], message))
        return "250 OK"

    def pages(self) -> Counter[str]:
        """How often each page came, by its stable id."""
        return Counter(mail.page for mail in self.mails)


@contextmanager
def postbox() -> Iterator[Postbox]:
    """A mail server on a port of the loopback interface."""
    port = free_port()
    box = Postbox(port=port)
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def give_watch_mail(live: Live) -> None:
    """A fourth officer, alone on watch, reached by mail; nobody else has an address."""

    async def add() -> None:
        async with opened_station(live.home, live.settings, lambda: "") as station:
            founder = founder_of(station)
            contacts = (Contact(channel="mail", address=WATCH_ADDRESS),)
            officer = await founder.add_officer("Officer with mail", ("officer",), contacts)
            await founder.say("roster_set", b.RosterSet(watch=(officer,), backup=(live.officers[1].id,)))

    asyncio.run(add())


@contextmanager
def dripping_service():
    """A web service whose answer never ends, a byte at a time; how many pages have reached it, and its port."""
    reached: list[socket.socket] = []
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:

        def drip(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-A: ")
                while not ended.wait(0.2):
                    connection.sendall(b"a")

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = door.accept()
                    reached.append(connection)
                    threading.Thread(target=drip, args=(connection,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield reached, door.getsockname()[1]
        ended.set()


async def watch_by(live: Live, contact: Contact) -> None:
    async with opened_station(live.home, live.settings, lambda: "") as station:
        founder = founder_of(station)
        officer = await founder.add_officer("Officer with one contact", ("officer",), (contact,))
        await founder.say("roster_set", b.RosterSet(watch=(officer,), backup=(officer,)))


def strangers_call(key: KeyPair, *, call: bytes = b"", words: str = "") -> Statement:
    """A call of somebody nobody knows."""
    body = b.Called(call=call or secrets.token_bytes(8), details=b.CallDetails(natures=(1,), words=words))
    return write_statement(seed=key.seed, realm=key.realm, kind="called", body=body, time_ms=now_ms())


async def post_until_kept(
    client: Callable[[], httpx.AsyncClient], statement: Statement, key: KeyPair | None = None
) -> dict:
    """Post the same bytes again and again, as a caller's program does, until a station says that it has them."""
    headers = {"Content-Type": "application/cose"} | ({"Esos-Key": key.public.hex()} if key else {})
    while True:
        try:
            answer = await client().post("/api/v1/statements", content=statement.raw, headers=headers)
        except httpx.HTTPError:
            await asyncio.sleep(0.05)
            continue
        if answer.status_code in {200, 201, 202}:
            return answer.json()
        assert answer.status_code == 503, answer.text
        await asyncio.sleep(0.05)


async def sealing_key(client: httpx.AsyncClient, live: Live, key: KeyPair) -> bytes:
    """The key for the datagram door, fetched as a caller's program fetches it."""
    answer = await client.post("/api/v1/beacon", headers=live.shows(key))
    assert answer.status_code == 200, answer.text
    return unseal(key.seed, from_url_safe(answer.json()["sealed"]))


async def call_by_datagram(
    live: Live, udp: str, key: KeyPair, sealing: bytes, *, call: bytes = b"", until_state: AckState | None = None
) -> tuple[Heard, bytes]:
    """One call by UDP, repeated until the station says that it has it, or the state that is waited for.

    What was heard, and the statement's id.
    """
    kind = PacketType.EXERCISE if key.realm is Realm.EXERCISE else PacketType.CALL
    header = Header(type=kind, kid=key.kid, call=call or secrets.token_bytes(8), sequence=0)
    packet = sign_packet(key.seed, header, CallFields(natures=(Nature.FLOODING,), time_s=now_ms() // 1000))
    home = HomeStation(name="home", kid=live.identity.kid, public=live.identity.public, realm=key.realm, udp=(udp,))
    outgoing = Outgoing(
        cose=packet.cose(),
        statement_id=packet.statement_id(),
        packet=packet,
        targets=(Target(home=home, sealing_key=sealing, rtt_ms=50),),
    )
    heard: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()

    def tell(event: CarrierEvent) -> None:
        if isinstance(event, Heard) and until_state in {None, event.state} and not heard.done():
            heard.set_result(event)

    sending = asyncio.ensure_future(UdpCarrier(jitter=lambda: random.uniform(-1, 1)).send(outgoing, tell))
    try:
        return await heard, packet.statement_id()
    finally:
        sending.cancel()
        await asyncio.wait({sending})


@asynccontextmanager
async def inside_journal(live: Live) -> AsyncIterator[Station]:
    """The station's home opened without its doors, to look."""
    async with opened_station(live.home, live.settings, lambda: "") as station:
        yield station


def order_of(record: ParcelRecord) -> PageOrder:
    """What a page was ordered as."""
    return msgspec.msgpack.decode(record.parcel.blob, type=PageOrder)


async def until(ask: Callable[[], Awaitable[object]], *, what: str, seconds: float = 20) -> object:
    """What ``ask`` gives as soon as it gives anything."""
    async with asyncio.timeout(seconds):
        while not (found := await ask()):
            await asyncio.sleep(0.05)
    assert found, what
    return found


def fresh_key() -> KeyPair:
    """A key of somebody nobody knows."""
    return new_key(Realm.EXERCISE)
