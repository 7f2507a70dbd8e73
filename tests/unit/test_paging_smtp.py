"""Pages by mail against a real SMTP server that is dead, slow, grudging, strict, or lies."""

import asyncio
import datetime as dt
import socket
import ssl
import threading
from email import message_from_bytes
from email.policy import default as modern
from ipaddress import ip_address

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from doubles.ports import free_port

from esos.errors import Busy, Malformed
from esos.paging.smtp import SmtpChannel, SmtpConfig, SmtpSecurity, mail_of, message_id
from esos.station.ports import PageMessage, Sent

pytestmark = pytest.mark.anyio
WRITTEN = dt.datetime(2026, 3, 1, 0, 50, 6, tzinfo=dt.UTC)


def page(**changes) -> PageMessage:
    values = {
        "stable_id": "page-1",
        "address": "officer@station.example",
        "title": "Emergency now (mayday): Harbour Hospital is calling",
        "body": "No person has answered yet.",
        "link": "https://station.example/answer/abc",
        "urgency": "mayday",
        "is_exercise": False,
    }
    return PageMessage(**(values | changes))


def config(port: int = 25, **changes) -> SmtpConfig:
    values = {
        "host": "127.0.0.1",
        "port": port,
        "sender": "watch@station.example",
        "security": SmtpSecurity.PLAIN,
        "timeout_ms": 3000,
    }
    return SmtpConfig(**(values | changes))


class Server(Controller):
    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Handler:
    """Takes mail, or answers at one step as told."""

    def __init__(self, *, rcpt: str = "", data: str = "250 taken as 4711"):
        self.rcpt, self.data, self.mails, self.rcpts = rcpt, data, [], []

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - aiosmtpd's name
        self.rcpts.append(address)
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        self.mails.append(message_from_bytes(envelope.content, policy=modern))
        return self.data


@pytest.fixture
def serve():
    """Start a real SMTP server with a handler; gives its port."""
    running = []

    def start(handler, **options):
        server = Server(handler, hostname="127.0.0.1", port=0, **options)
        server.start()
        running.append(server)
        return server.port

    yield start
    for server in running:
        server.stop()


# -------------------------------------------------------------------------------------------- bad days
async def test_a_dead_mail_server_is_busy_so_that_the_page_is_tried_again():
    with pytest.raises(Busy) as refusal:
        await SmtpChannel(config(free_port())).send(page())
    assert refusal.value.code == "paging.unreachable"


async def test_a_server_that_greylists_is_busy_and_takes_the_same_mail_later(serve):
    handler = Handler(rcpt="450 4.2.0 Greylisted, come back in a minute")
    channel = SmtpChannel(config(serve(handler)))
    with pytest.raises(Busy) as refusal:
        await channel.send(page())
    assert refusal.value.code == "paging.unreachable"
    assert "450 4.2.0 Greylisted" in refusal.value.detail
    handler.rcpt = ""
    assert isinstance(await channel.send(page()), Sent)
    assert [mail["Message-ID"] for mail in handler.mails] == [message_id("page-1", "station.example")]


async def test_a_provider_that_says_sent_and_lies_gets_no_more_than_sent_from_us(serve):
    """It drops the mail. Nothing here can know: the page stays unanswered until a person answers it."""
    handler = Handler(data="250 2.0.0 Delivered to the mailbox and read by the recipient")
    sent = await SmtpChannel(config(serve(handler))).send(page())
    assert sent == Sent(
        provider="127.0.0.1",
        detail="The mail server took it and said: 2.0.0 Delivered to the mailbox and read by the recipient",
    )
    assert set(Sent.__struct_fields__) == {"provider", "detail"}


async def test_a_server_that_never_greets_is_given_up_in_time():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(Busy) as refusal:
            await SmtpChannel(config(silent.getsockname()[1], timeout_ms=300)).send(page())
    assert refusal.value.code == "paging.unreachable"


async def test_a_server_that_is_slow_at_every_step_is_given_up_in_time():
    """Each step is within a step's own timeout; the page has one for the whole hand-over."""

    heard = []

    async def dawdle(reader, writer):
        """Long before its third answer, which no step's own timeout forbids, the page's time is over."""
        writer.write(b"220 here\r\n")
        while said := await reader.readline():
            heard.append(said)
            await asyncio.sleep(0.4)
            writer.write(b"250 yes\r\n")
        writer.close()

    server = await asyncio.start_server(dawdle, "127.0.0.1", 0)
    with pytest.raises(Busy) as refusal:
        await SmtpChannel(config(server.sockets[0].getsockname()[1], timeout_ms=500)).send(page())
    assert "in time" in refusal.value.detail
    assert not any(said.startswith(b"DATA") for said in heard)
    server.close()


@pytest.mark.parametrize("answer", ["550 5.1.1 No such user", "553 Mailbox name not allowed", "501 5.1.3 Bad address"])
async def test_a_recipient_the_server_does_not_know_is_malformed(serve, answer):
    with pytest.raises(Malformed) as refusal:
        await SmtpChannel(config(serve(Handler(rcpt=answer)))).send(page())
    assert refusal.value.code == "paging.address"


@pytest.mark.parametrize("answer", ["552 5.2.2 Mailbox full", "530 5.7.0 Must sign in first", "451 Local trouble"])
async def test_what_is_not_the_fault_of_the_address_is_busy(serve, answer):
    with pytest.raises(Busy) as refusal:
        await SmtpChannel(config(serve(Handler(rcpt=answer)))).send(page())
    assert refusal.value.code == "paging.unreachable"


@pytest.mark.parametrize("answer", ["554 5.7.1 Looks like spam", "451 4.3.0 Disk full"])
async def test_a_mail_refused_at_its_end_is_busy(serve, answer):
    with pytest.raises(Busy):
        await SmtpChannel(config(serve(Handler(data=answer)))).send(page())


# ------------------------------------------------------------------------------------------ the mail itself
async def test_a_retry_is_the_same_mail_on_the_wire(serve):
    handler = Handler()
    channel = SmtpChannel(config(serve(handler)))
    await channel.send(page())
    await channel.send(page())
    first, again = handler.mails
    first.replace_header("Date", "-")
    again.replace_header("Date", "-")
    assert first.as_bytes() == again.as_bytes()


def test_the_same_mail_comes_out_for_the_same_page_and_instant():
    one, other = (mail_of(page(), config(), written=WRITTEN).as_bytes() for _ in range(2))
    assert one == other


def test_a_mail_says_what_it_is_to_machines():
    mail = mail_of(page(), config(station_name="Northern Watch"), written=WRITTEN)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "<pages.station.example>"
    assert mail["From"] == "Northern Watch <watch@station.example>"
    assert mail["Date"] == "Sun, 01 Mar 2026 00:50:06 +0000"
    assert mail["Esos-Page"] == "page-1"
    assert mail["Importance"] == "high"
    assert mail.get_content_type() == "text/plain"


def test_a_drill_is_marked_for_people_and_machines_and_a_real_page_is_not():
    drill = mail_of(page(is_exercise=True), config(), written=WRITTEN)
    real = mail_of(page(), config(), written=WRITTEN)
    assert (drill["Esos-Exercise"], real["Esos-Exercise"]) == ("yes", "no")
    assert drill["Subject"].startswith("DRILL – Emergency now")
    assert real["Subject"].startswith("Emergency now")


@pytest.mark.parametrize("stable_id", ["page-1", "<x>@y\r\nBcc: z", "ключ", "a" * 5000])
def test_a_message_id_is_well_formed_whatever_the_stable_id_is(stable_id):
    made = message_id(stable_id, "station.example")
    assert made == message_id(stable_id, "station.example")
    assert len(made) == len("<>@station.example") + 32
    assert made.isascii()


def test_different_pages_have_different_message_ids():
    assert message_id("page-1", "station.example") != message_id("page-2", "station.example")


def test_a_domain_in_another_script_is_written_in_ascii():
    mail = mail_of(page(address="wache@münchen.example"), config(sender="watch@grüße.example"), written=WRITTEN)
    assert mail["To"] == "wache@xn--mnchen-3ya.example"
    assert mail["Message-ID"].isascii()


@pytest.mark.parametrize("urgency", ["pan-pan", "advisory", "something new"])
def test_only_a_mayday_has_the_highest_priority(urgency):
    assert mail_of(page(), config(), written=WRITTEN)["X-Priority"] == "1"
    assert mail_of(page(urgency=urgency), config(), written=WRITTEN)["X-Priority"] != "1"


# --------------------------------------------------------------------------------------------- configuration
def test_a_sender_that_is_no_address_is_refused_at_once():
    with pytest.raises(Malformed) as refusal:
        config(sender="watch")
    assert refusal.value.code == "paging.smtp_sender"


def test_a_password_without_tls_is_refused_at_once():
    with pytest.raises(Malformed) as refusal:
        config(username="watch", password="secret")
    assert refusal.value.code == "paging.smtp_password"


def test_missing_certificates_are_refused_at_once(tmp_path):
    with pytest.raises(Malformed) as refusal:
        SmtpChannel(config(security=SmtpSecurity.TLS, ca_file=str(tmp_path / "none.pem")))
    assert refusal.value.code == "paging.smtp_ca_file"


def test_the_password_stays_out_of_what_is_printed():
    made = config(security=SmtpSecurity.TLS, username="watch", password="sesame")
    assert "sesame" not in f"{made!r} {made}"


# ------------------------------------------------------------------------------------------------------- TLS
@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that only those trust who are told of its file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "loopback.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def server_tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_mail_travels_under_starttls_and_signs_in_there(serve, server_tls, certificate):
    signed_in = []

    def check(_server, _session, _envelope, _mechanism, data):
        signed_in.append((data.login, data.password))
        return AuthResult(success=data.password == b"sesame")

    handler = Handler()
    port = serve(handler, tls_context=server_tls, authenticator=check, auth_required=True, require_starttls=True)
    made = config(port, security=SmtpSecurity.STARTTLS, ca_file=str(certificate), username="watch", password="sesame")
    await SmtpChannel(made).send(page())
    assert signed_in == [(b"watch", b"sesame")]
    assert len(handler.mails) == 1


async def test_a_wrong_password_is_busy_and_not_the_fault_of_the_address(serve, server_tls, certificate):
    port = serve(
        Handler(),
        tls_context=server_tls,
        authenticator=lambda *_: AuthResult(success=False, handled=False),
        auth_required=True,
    )
    made = config(port, security=SmtpSecurity.STARTTLS, ca_file=str(certificate), username="watch", password="no")
    with pytest.raises(Busy):
        await SmtpChannel(made).send(page())


async def test_a_server_without_starttls_gets_no_mail_in_the_clear(serve):
    handler = Handler()
    with pytest.raises(Busy):
        await SmtpChannel(config(serve(handler), security=SmtpSecurity.STARTTLS)).send(page())
    assert handler.rcpts == []


async def test_a_certificate_nobody_vouches_for_gets_no_mail(serve, server_tls):
    handler = Handler()
    port = serve(handler, tls_context=server_tls)
    with pytest.raises(Busy):
        await SmtpChannel(config(port, security=SmtpSecurity.STARTTLS)).send(page())
    assert handler.rcpts == []


async def test_mail_travels_under_tls_from_the_first_byte(serve_tls, certificate):
    port, handler = serve_tls
    await SmtpChannel(config(port, security=SmtpSecurity.TLS, ca_file=str(certificate))).send(page())
    assert len(handler.mails) == 1


@pytest.fixture
def serve_tls(server_tls):
    """The same server behind TLS from the start, in a loop of its own."""
    from aiosmtpd.smtp import SMTP

    handler, ready, loop = Handler(), threading.Event(), asyncio.new_event_loop()
    found = []

    async def start():
        server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0, ssl=server_tls)
        found.append(server)
        ready.set()

    def run():
        loop.run_until_complete(start())
        loop.run_forever()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(5)
    yield found[0].sockets[0].getsockname()[1], handler
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    found[0].close()
    loop.close()
