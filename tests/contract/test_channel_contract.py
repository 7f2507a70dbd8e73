"""What every paging channel promises, tried on each with a real receiver on the loopback interface."""

import asyncio
import json
import random
import sys
import threading
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default as modern
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import msgspec
import pytest
from aiosmtpd.controller import Controller
from doubles.ports import free_port
from simulated.channel import ChannelFaults, SimChannel
from simulated.channel import PostBox as SimulatedBox
from simulated.chronicle import Chronicle

from esos.errors import Busy, Malformed
from esos.paging.apprise_channel import AppriseChannel, AppriseConfig
from esos.paging.apprise_child import Errand, Fence, hand_over
from esos.paging.file import FileChannel, FileConfig
from esos.paging.smtp import SmtpChannel, SmtpConfig, SmtpSecurity
from esos.paging.webhook import WebhookChannel, WebhookConfig
from esos.station.ports import DRILL_LINE, DRILL_PREFIX, PageMessage, Sent

pytestmark = pytest.mark.anyio

LINK = "https://station.example/answer/Qm9vdGhiYXk-" + "x" * 120
CALLED: list[tuple[str, object]] = []


def note_connections(event: str, args: tuple) -> None:
    """An audit hook cannot be taken away again, so it only notes; a test empties the notes first."""
    if event == "socket.connect":
        CALLED.append((event, args[1]))


sys.addaudithook(note_connections)


def page_to(address: str, **changes) -> PageMessage:
    values = {
        "stable_id": "5f1c0de5f1c0de5f1c0de5f1c0de0001",
        "address": address,
        "title": "Emergency now (mayday): Harbour Hospital is calling",
        "body": "Harbour Hospital called at 02:50:06 (00:50 UTC).\nNo person has answered yet; grüße, 救.",
        "link": LINK,
        "urgency": "mayday",
        "is_exercise": False,
    }
    return PageMessage(**(values | changes))


@dataclass
class Seen:
    """One page as its receiver has it: in whatever fields that channel has for it."""

    id: str
    title: str
    text: str
    whole: str


@dataclass
class Rig:
    """A channel, addresses of each sort, and what its receiver has seen."""

    channel: object
    address: str
    bad_addresses: tuple[str, ...]
    seen: list[Seen] = field(default_factory=list)
    unreachable: object = None
    unreachable_address: str = ""
    is_networked: bool = True


# ------------------------------------------------------------------------------------------- real receivers
class Mailbox:
    def __init__(self):
        self.mails = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        self.mails.append(message_from_bytes(envelope.content, policy=modern))
        return "250 taken"

    @property
    def seen(self):
        return [
            Seen(
                id=m["Message-ID"], title=m["Subject"], text=m.get_content().replace("\r\n", "\n"), whole=m.as_string()
            )
            for m in self.mails
        ]


class MailServer(Controller):
    """A real SMTP server on whatever port was free."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class PostBox(ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), PostDoor)
        self.posts = []


class PostDoor(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((dict(self.headers), json.loads(body)))
        self.send_response(202)
        self.end_headers()
        self.wfile.write(b"taken")

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def post_box():
    with PostBox() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def mail_rig():
    mailbox = Mailbox()
    controller = MailServer(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    yield Rig(
        channel=smtp_channel(controller.port),
        address="officer@station.example",
        bad_addresses=("", "officer", "two@a.example, b@b.example", "officer@station.example\r\nBcc: x@y.example"),
        seen=LazySeen(lambda: mailbox.seen),
        unreachable=smtp_channel(free_port()),
        unreachable_address="officer@station.example",
    )
    controller.stop()


def smtp_channel(port: int) -> SmtpChannel:
    config = SmtpConfig(
        host="127.0.0.1", port=port, sender="watch@station.example", security=SmtpSecurity.PLAIN, timeout_ms=4000
    )
    return SmtpChannel(config)


class LazySeen:
    """What a receiver has by now, asked anew each time."""

    def __init__(self, look):
        self._look = look

    def __getitem__(self, place):
        return self._look()[place]

    def __len__(self):
        return len(self._look())


@pytest.fixture
def webhook_rig(post_box):
    def look():
        return [
            Seen(id=headers["Idempotency-Key"], title=post["title"], text=post["text"], whole=json.dumps(post))
            for headers, post in post_box.posts
        ]

    return Rig(
        channel=WebhookChannel(WebhookConfig(may_reach_private=True, timeout_ms=4000)),
        address=f"http://127.0.0.1:{post_box.server_port}/page",
        bad_addresses=("", "not an address", "ftp://127.0.0.1/x", "https://", "https://me:secret@127.0.0.1/"),
        seen=LazySeen(look),
        unreachable=WebhookChannel(WebhookConfig(may_reach_private=True, timeout_ms=4000)),
        unreachable_address=f"http://127.0.0.1:{free_port()}/page",
    )


class InThisProcess(AppriseChannel):
    """Hands pages over here, where the test can see what is called."""

    async def _in_child(self, page):
        errand = Errand(page=page, may_reach_private=True, timeout_ms=8_000)
        return msgspec.json.encode(await asyncio.to_thread(hand_over, errand, Fence(may_reach_private=True)))


def apprise_channel(kind=AppriseChannel) -> AppriseChannel:
    return kind(AppriseConfig(services=("json", "nosuchservice"), may_reach_private=True))


@pytest.fixture
def apprise_rig(post_box):
    def look():
        return [
            Seen(
                id=post["message"].rsplit("Page ", 1)[1],
                title=post["title"],
                text=post["message"],
                whole=json.dumps(post),
            )
            for _, post in post_box.posts
        ]

    return Rig(
        channel=apprise_channel(),
        address=f"json://127.0.0.1:{post_box.server_port}/page",
        bad_addresses=("", "officer@station.example", "nosuchservice://127.0.0.1/", "json://"),
        seen=LazySeen(look),
        unreachable=apprise_channel(),
        unreachable_address=f"json://127.0.0.1:{free_port()}/page",
    )


@pytest.fixture
def file_rig(tmp_path):
    def look():
        lines = [json.loads(line) for line in (tmp_path / "pages" / "officer.jsonl").read_bytes().splitlines()]
        return [Seen(id=line["id"], title=line["title"], text=line["text"], whole=json.dumps(line)) for line in lines]

    (tmp_path / "in-the-way").write_text("a file where a folder is needed")
    return Rig(
        channel=FileChannel(FileConfig(directory=tmp_path / "pages")),
        address="officer",
        bad_addresses=("", "../officer", "a/b", ".hidden", "x" * 65, "officer\n"),
        seen=LazySeen(look),
        unreachable=FileChannel(FileConfig(directory=tmp_path / "in-the-way")),
        unreachable_address="officer",
        is_networked=False,
    )


class Simulated(SimChannel):
    """The channel of the simulated world, under a name of its own."""

    scheme = "simulated"


class Steady:
    """A process that does not die."""

    is_dead = False


@pytest.fixture
def simulated_rig():
    box, broken = SimulatedBox(), SimulatedBox(faults=ChannelFaults(refusal=1.0))

    def look():
        return [
            Seen(id=page.stable_id, title=letter.title, text=letter.text, whole=letter.text)
            for page, letter in zip(box.pages["officer"], box.letters("officer"), strict=True)
        ]

    return Rig(
        channel=Simulated(Steady(), Chronicle(), box, random.Random(1)),
        address="officer",
        bad_addresses=("", "../officer", "a/b", ".hidden", "x" * 65, "officer\n"),
        seen=LazySeen(look),
        unreachable=Simulated(Steady(), Chronicle(), broken, random.Random(1)),
        unreachable_address="officer",
        is_networked=False,
    )


@pytest.fixture(params=["mail", "webhook", "apprise", "file", "simulated"])
def rig(request):
    made = request.getfixturevalue(f"{request.param}_rig")
    assert made.channel.scheme == request.param
    return made


# ------------------------------------------------------------------------------------------------ promises
async def test_a_page_reaches_its_receiver_with_title_body_and_link(rig):
    await rig.channel.send(page_to(rig.address))
    seen = rig.seen[0]
    assert seen.title == "Emergency now (mayday): Harbour Hospital is calling"
    assert "No person has answered yet; grüße, 救." in seen.text
    assert LINK in seen.text
    await rig.channel.close()


async def test_a_channel_says_that_a_page_was_sent_and_never_that_a_person_has_it(rig):
    sent = await rig.channel.send(page_to(rig.address))
    assert isinstance(sent, Sent)
    assert sent.provider
    assert sent.detail
    assert not {"delivered", "received", "acknowledged", "seen", "read"} & set(sent.detail.lower().split())
    await rig.channel.close()


async def test_a_retry_carries_the_same_id_and_another_page_another_one(rig):
    for page in (page_to(rig.address), page_to(rig.address), page_to(rig.address, stable_id="another")):
        await rig.channel.send(page)
    first, again, other = rig.seen[0].id, rig.seen[1].id, rig.seen[2].id
    assert first == again != other
    await rig.channel.close()


async def test_the_stable_id_itself_stands_in_what_is_sent(rig):
    await rig.channel.send(page_to(rig.address))
    assert "5f1c0de5f1c0de5f1c0de5f1c0de0001" in rig.seen[0].whole
    await rig.channel.close()


async def test_a_drill_is_marked_in_the_title_and_in_the_text(rig):
    await rig.channel.send(page_to(rig.address, is_exercise=True))
    assert rig.seen[0].title.startswith(DRILL_PREFIX)
    assert DRILL_LINE in rig.seen[0].text
    await rig.channel.close()


async def test_a_real_page_bears_no_mark_of_a_drill(rig):
    await rig.channel.send(page_to(rig.address))
    assert "DRILL" not in rig.seen[0].title
    assert DRILL_LINE not in rig.seen[0].text
    await rig.channel.close()


async def test_what_cannot_be_reached_now_is_busy(rig):
    with pytest.raises(Busy) as refusal:
        await rig.unreachable.send(page_to(rig.unreachable_address))
    assert refusal.value.code == "paging.unreachable"
    await rig.unreachable.close()


async def test_an_address_that_can_never_work_is_malformed(rig):
    for address in rig.bad_addresses:
        with pytest.raises(Malformed) as refusal:
            await rig.channel.send(page_to(address))
        assert refusal.value.code == "paging.address", address
    await rig.channel.close()


async def test_a_name_cannot_forge_a_line_of_the_title(rig):
    await rig.channel.send(page_to(rig.address, title="Harbour\r\nBcc: all@example.org\x00\u202eevil"))
    assert rig.seen[0].title == "Harbour Bcc: all@example.org evil"
    assert len(rig.seen) == 1
    await rig.channel.close()


async def test_a_body_beyond_every_limit_loses_its_end_and_never_the_link(rig):
    await rig.channel.send(page_to(rig.address, body="word " * 20_000, title="t" * 2000, is_exercise=True))
    seen = rig.seen[0]
    assert LINK in seen.text
    assert DRILL_LINE in seen.text
    assert len(seen.text) < 35_000
    assert len(seen.title) < 300
    assert len(rig.seen) == 1
    await rig.channel.close()


async def test_a_channel_works_again_after_a_page_that_failed(rig):
    with pytest.raises(Malformed):
        await rig.channel.send(page_to(rig.bad_addresses[0]))
    await rig.channel.send(page_to(rig.address))
    assert len(rig.seen) == 1
    await rig.channel.close()


async def test_nothing_is_called_but_the_address_given(rig):
    if rig.channel.scheme == "apprise":
        rig.channel = apprise_channel(InThisProcess)
    CALLED.clear()
    await rig.channel.send(page_to(rig.address))
    hosts = {called[0] for _, called in CALLED if isinstance(called, tuple)}
    assert all(ip_address(host).is_loopback for host in hosts)
    assert bool(hosts) == rig.is_networked
    await rig.channel.close()
