"""Pages posted to a real HTTP server that refuses, redirects, floods, stalls, or lies in our own network."""

import asyncio
import datetime as dt
import hashlib
import hmac
import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from esos.errors import Busy, Malformed
from esos.paging.webhook import RESPONSE_MAX_BYTES, WebhookChannel, WebhookConfig, _ip_of, signature_of
from esos.station.ports import PageMessage, Sent

pytestmark = pytest.mark.anyio


def page(address: str, **changes) -> PageMessage:
    values = {
        "stable_id": "page-1",
        "address": address,
        "title": "Emergency now (mayday): Harbour Hospital is calling",
        "body": "No person has answered yet.",
        "link": "https://station.example/answer/abc",
        "urgency": "mayday",
        "is_exercise": False,
    }
    return PageMessage(**(values | changes))


class Door(BaseHTTPRequestHandler):
    """Answers with the server's ``answer``: a status, headers and a body, by path where it is a table."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((self.path, self.headers, body))
        status, headers, reply = self.server.answers.get(self.path, self.server.answers["*"])
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            reply(self.wfile) if callable(reply) else self.wfile.write(reply)

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def door():
    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        server.daemon_threads = True
        server.posts, server.answers = [], {"*": (202, {}, b"taken as 4711")}
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
async def post():
    """Send one page with a configuration; its channel is closed again."""

    async def send(address: str, *, stable_id: str = "page-1", is_exercise: bool = False, **settings) -> Sent:
        channel = WebhookChannel(WebhookConfig(**({"may_reach_private": True, "timeout_ms": 3000} | settings)))
        try:
            return await channel.send(page(address, stable_id=stable_id, is_exercise=is_exercise))
        finally:
            await channel.close()

    return send


async def refused(sending, error: type, code: str) -> str:
    with pytest.raises(error) as refusal:
        await sending
    assert refusal.value.code == code
    return refusal.value.detail


# ------------------------------------------------------------------------------------------------ what is sent
async def test_a_page_is_posted_as_json_under_its_idempotency_key(door, post):
    sent = await post(door.url + "/pages?for=officer")
    path, headers, body = door.posts[0]
    assert path == "/pages?for=officer"
    assert headers["Content-Type"] == "application/json"
    assert headers["Idempotency-Key"] == "page-1"
    assert headers["Host"] == f"127.0.0.1:{door.server_port}"
    assert json.loads(body) == {
        "version": 1,
        "id": "page-1",
        "title": "Emergency now (mayday): Harbour Hospital is calling",
        "text": "No person has answered yet.\n\nAnswer here: https://station.example/answer/abc\nPage page-1",
        "link": "https://station.example/answer/abc",
        "urgency": "mayday",
        "exercise": False,
        "test": False,
    }
    assert sent == Sent(provider="127.0.0.1", detail="It answered 202. taken as 4711")


async def test_a_drill_is_marked_for_programs_too(door, post):
    await post(door.url, is_exercise=True)
    body = json.loads(door.posts[0][2])
    assert body["exercise"] is True
    assert body["title"].startswith("DRILL – ")


async def test_a_retry_is_the_same_post_byte_for_byte(door, post):
    await post(door.url, secrets={"*": "sesame"})
    await post(door.url, secrets={"*": "sesame"})
    first, again = ((dict(headers), body) for _, headers, body in door.posts)
    assert first == again


async def test_the_signature_is_the_hmac_of_the_very_body_sent(door, post):
    await post(door.url, secrets={"*": "sesame"})
    _, headers, body = door.posts[0]
    assert headers["Esos-Signature"] == "sha256=" + hmac.new(b"sesame", body, hashlib.sha256).hexdigest()


def test_a_signature_by_another_secret_or_over_another_body_differs():
    assert signature_of("one", b"body") != signature_of("two", b"body")
    assert signature_of("one", b"body") != signature_of("one", b"Body")


async def test_without_a_secret_there_is_no_signature(door, post):
    await post(door.url, secrets={"elsewhere.example": "sesame"})
    assert "Esos-Signature" not in door.posts[0][1]


async def test_the_secret_of_the_host_and_port_goes_before_that_of_the_host_and_that_of_all(door, post):
    host, every = f"127.0.0.1:{door.server_port}", {"*": "all", "127.0.0.1": "host"}
    await post(door.url, secrets=every | {host: "port"})
    await post(door.url, secrets=every)
    signatures = [headers["Esos-Signature"] for _, headers, _ in door.posts]
    assert signatures == [signature_of("port", door.posts[0][2]), signature_of("host", door.posts[1][2])]


async def test_a_stable_id_in_any_script_makes_a_header_that_can_be_sent(door, post):
    await post(door.url, stable_id="ключ\r\nX-Evil: 1")
    assert door.posts[0][1]["Idempotency-Key"].isascii()
    assert "X-Evil" not in door.posts[0][1]


def test_the_secrets_stay_out_of_what_is_printed():
    made = WebhookConfig(secrets={"pages.example": "sesame"})
    assert "sesame" not in f"{made!r} {made}"
    assert "pages.example" in repr(made)


# ------------------------------------------------------------------------------------------------ what comes back
@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_answer_is_sent(door, post, status):
    door.answers["*"] = (status, {}, b"")
    assert (await post(door.url)).detail.startswith(f"It answered {status}.")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422, 451])
async def test_a_4xx_answer_means_that_the_address_does_not_take_pages(door, post, status):
    door.answers["*"] = (status, {}, b"")
    await refused(post(door.url), Malformed, "paging.address")


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 599])
async def test_an_answer_that_will_pass_means_try_again(door, post, status):
    door.answers["*"] = (status, {}, b"")
    await refused(post(door.url), Busy, "paging.unreachable")


async def test_an_answer_without_end_is_left_at_its_limit(door, post):
    written = []

    def flood(out):
        while True:
            written.append(out.write(b"x" * 65_536))

    door.answers["*"] = (200, {}, flood)
    sent = await post(door.url)
    assert len(sent.detail) <= 200
    assert sum(written) < 5000 * RESPONSE_MAX_BYTES


async def test_a_compressed_answer_is_not_blown_up(door, post):
    door.answers["*"] = (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b not really")
    assert (await post(door.url)).detail.startswith("It answered 200.")
    assert door.posts[0][1]["Accept-Encoding"] == "identity"


async def test_an_answer_with_control_characters_is_one_printable_line(door, post):
    door.answers["*"] = (200, {}, b"ok\r\n\x1b[31mred\x00\xff")
    assert (await post(door.url)).detail.isprintable()


async def test_an_answer_whose_text_never_comes_is_what_its_status_says(door, post):
    door.answers["*"] = (202, {"Content-Length": "9"}, lambda _out: time.sleep(2))
    started = asyncio.get_running_loop().time()
    assert (await post(door.url, timeout_ms=800)).detail == "It answered 202."
    assert asyncio.get_running_loop().time() - started < 1.5


@pytest.mark.parametrize("drip", [b"", b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\nX-A: 1\r\n"])
async def test_a_server_that_drips_without_ever_answering_is_given_up_in_time(post, drip):
    async def answer(_reader, writer):
        try:
            writer.write(drip)
            for _ in range(60):
                writer.write(b"x" if drip else b"")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    started = asyncio.get_running_loop().time()
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    await refused(post(url, timeout_ms=400), Busy, "paging.unreachable")
    assert asyncio.get_running_loop().time() - started < 1.5
    server.close()


async def test_a_server_that_speaks_no_http_is_busy(post):
    async def mumble(_reader, writer):
        writer.write(b"220 smtp here\r\n")
        writer.close()

    server = await asyncio.start_server(mumble, "127.0.0.1", 0)
    async with server:
        await refused(post(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"), Busy, "paging.unreachable")


# ---------------------------------------------------------------------------------------------------- redirects
@pytest.mark.parametrize("status", [307, 308])
async def test_a_redirect_on_the_same_host_is_followed_with_the_same_post(door, post, status):
    door.answers["/old"] = (status, {"Location": "/new"}, b"")
    await post(door.url + "/old")
    assert [path for path, _, _ in door.posts] == ["/old", "/new"]
    assert door.posts[0][2] == door.posts[1][2]


@pytest.mark.parametrize("status", [307, 308])
@pytest.mark.parametrize(
    "location", ["http://localhost:{port}/", "https://127.0.0.1:{port}/", "http://127.0.0.1:1/", "//x/"]
)
async def test_a_redirect_to_another_host_port_or_scheme_is_refused(door, post, status, location):
    door.answers["/old"] = (status, {"Location": location.format(port=door.server_port)}, b"")
    await refused(post(door.url + "/old"), Malformed, "paging.address")
    assert len(door.posts) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 304])
async def test_a_redirect_that_would_lose_the_post_is_refused(door, post, status):
    door.answers["/old"] = (status, {"Location": "/new"}, b"")
    await refused(post(door.url + "/old"), Malformed, "paging.address")
    assert len(door.posts) == 1


async def test_a_redirect_in_a_circle_ends(door, post):
    door.answers["*"] = (307, {"Location": "/again"}, b"")
    await refused(post(door.url), Malformed, "paging.address")
    assert len(door.posts) == 3


# ------------------------------------------------------------------------------------------- the own network
async def test_an_address_of_the_own_network_is_refused_unless_that_is_configured(door, post):
    await refused(post(door.url, may_reach_private=False), Malformed, "paging.address")
    assert door.posts == []


@pytest.mark.parametrize(
    "host",
    ["10.0.0.1", "192.168.0.1", "169.254.169.254", "[::1]", "[fd00::1]", "[fe80::1]", "[::ffff:127.0.0.1]", "0.0.0.0"],
)
async def test_every_kind_of_inner_address_is_refused(post, host):
    await refused(post(f"https://{host}/", may_reach_private=False), Malformed, "paging.address")


@pytest.mark.parametrize("host", ["224.0.0.1", "[ff02::1]", "0.0.0.0", "[::]"])
async def test_an_address_of_nobody_or_of_many_is_refused_even_where_the_own_network_is_allowed(post, host):
    await refused(post(f"http://{host}/"), Malformed, "paging.address")


PUBLIC, INNER, ALL = "2001:4860::1", "10.0.0.1", "224.0.0.1"


@pytest.mark.parametrize(
    ("scheme", "address", "may_reach_private", "may_call"),
    [
        ("https", PUBLIC, False, True),
        ("https", PUBLIC, True, True),
        ("http", PUBLIC, False, False),
        ("http", PUBLIC, True, False),
        ("https", INNER, False, False),
        ("https", INNER, True, True),
        ("http", INNER, True, True),
        ("https", ALL, True, False),
    ],
)
def test_a_public_address_is_called_with_tls_only_and_an_inner_one_where_configured_only(
    scheme, address, may_reach_private, may_call
):
    channel = WebhookChannel(WebhookConfig(may_reach_private=may_reach_private))
    assert channel._may_call(httpx.URL(f"{scheme}://pages.example/"), ip_address(address)) is may_call


@pytest.mark.parametrize("name", ["::ffff:10.0.0.1", "10.0.0.1"])
def test_an_address_of_the_old_protocol_is_judged_the_same_in_the_clothes_of_the_new(name):
    assert _ip_of((10, 1, 6, "", (name, 443, 0, 0))) == ip_address("10.0.0.1")


async def test_a_name_nobody_knows_now_is_busy_since_its_servers_may_be_down(post, monkeypatch):
    async def look_up(_host, _port, **_):
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    await refused(post("https://pages.example/"), Busy, "paging.unreachable")


async def test_a_name_that_changes_its_mind_between_check_and_call_is_called_where_it_was_checked(
    door, post, monkeypatch
):
    """The second look-up would give another address; there is none."""
    asked = []

    async def look_up(host, port, **_):
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "192.0.2.1"
        return [(2, 1, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    await post(f"http://pages.example:{door.server_port}/")
    assert asked[0] == "pages.example"
    assert door.posts[0][1]["Host"] == f"pages.example:{door.server_port}"


async def test_a_host_whose_first_address_is_dead_is_reached_at_its_second(door, post, monkeypatch):
    async def look_up(_host, port, **_):
        return [(2, 1, 6, "", ("127.0.0.9", port)), (2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    await post(f"http://pages.example:{door.server_port}/")
    assert len(door.posts) == 1


async def test_the_proxies_of_the_environment_are_not_used(door, post, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    await post(door.url)
    assert len(door.posts) == 1


# ------------------------------------------------------------------------------------------------------------ TLS
@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for pages.example that only those trust who are told of its file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pages.example")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("pages.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "pages.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls_door(door, certificate, monkeypatch):
    """The same door behind TLS, under a name that is looked up as the loopback address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    door.socket = context.wrap_socket(door.socket, server_side=True)
    return door


async def looked_up_here(_host, port, **_):
    return [(2, 1, 6, "", ("127.0.0.1", port))]


async def test_the_certificate_of_the_host_is_checked_although_an_address_is_called(
    tls_door, post, certificate, monkeypatch
):
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", looked_up_here)
    await post(f"https://pages.example:{tls_door.server_port}/", ca_file=str(certificate))
    assert len(tls_door.posts) == 1


async def test_a_certificate_of_another_host_is_refused(tls_door, post, certificate, monkeypatch):
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", looked_up_here)
    url = f"https://other.example:{tls_door.server_port}/"
    await refused(post(url, ca_file=str(certificate)), Busy, "paging.unreachable")
    assert tls_door.posts == []


async def test_a_certificate_nobody_vouches_for_is_refused(tls_door, post, monkeypatch):
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", looked_up_here)
    await refused(post(f"https://pages.example:{tls_door.server_port}/"), Busy, "paging.unreachable")
    assert tls_door.posts == []


def test_missing_certificates_are_refused_at_once(tmp_path):
    with pytest.raises(Malformed) as refusal:
        WebhookChannel(WebhookConfig(ca_file=str(tmp_path / "none.pem")))
    assert refusal.value.code == "paging.webhook_ca_file"


def test_the_configuration_is_closed():
    with pytest.raises(TypeError):
        WebhookConfig(proxy="http://127.0.0.1:1")
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"timeout": 3}, WebhookConfig)


def test_the_client_keeps_no_connection_that_another_host_could_inherit():
    """Two hosts on one address share a pool key; a kept connection was checked for only one of them."""
    channel = WebhookChannel(WebhookConfig())
    assert isinstance(channel._client, httpx.AsyncClient)
    assert channel._client._transport._pool._max_keepalive_connections == 0
