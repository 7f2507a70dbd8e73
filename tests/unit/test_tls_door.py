"""HTTPS by the station's own files, and behind a proxy: whom the station believes, and what it sends back."""

import asyncio
import contextlib
import datetime as dt
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from litestar import Litestar, Request, Response, get

from esos.errors import Malformed
from esos.pact import shipped
from esos.service import founder_of, opened_station, running_station
from esos.settings import Settings
from esos.vault.certificate import certificate_ends_ms
from esos.vault.home import Home
from esos.web.crowd import Crowd, CrowdLimits
from esos.web.headers import headers_hook
from esos.web.proxies import Proxies, read_proxies
from esos.web.serving import server_of
from esos.web.sockets import listening_socket, url_of
from esos.web.tls import Certificate
from esos.words.realm import Realm

DEADLINE_SECONDS = 60


# ------------------------------------------------------------------------------------------- an authority
class Authority:
    """A small authority of a club, and the certificates it gives."""

    def __init__(self, folder: Path, name: str = "Example Authority") -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._builder(self._name, self._key.public_key(), days=30)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def _builder(self, subject, public, *, days):
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(minutes=5))
            .not_valid_after(now + dt.timedelta(days=days))
        )

    def give(self, name: str, cert: Path, key: Path, *, days: int = 20) -> None:
        """Write a certificate for this machine's own addresses, and its key."""
        private = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        made = self._builder(subject, private.public_key(), days=days)
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        cert.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        key.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def files(authority, tmp_path):
    cert, key = tmp_path / "station.pem", tmp_path / "station.key"
    authority.give("first", cert, key)
    return cert, key


# --------------------------------------------------------------------------------- a door of its own
@get("/who", sync_to_thread=False)
def who(request: Request) -> Response[dict]:
    answer = Response({"scheme": request.url.scheme, "client": request.client.host})
    answer.set_cookie("esos_session", "secret")
    return answer


HELD: list[asyncio.Event] = []


@get("/held")
async def held() -> str:
    event = asyncio.Event()
    HELD.append(event)
    await event.wait()
    return "done"


@contextlib.asynccontextmanager
async def door(*, certificate=None, proxies=None, per_address=256):
    """A door without a station behind it; its address."""
    crowd = Crowd(CrowdLimits(per_address_max=per_address))
    app = Litestar([who, held], before_send=[headers_hook(is_secure=False)], logging_config=None)
    server = server_of(app, crowd, certificate=certificate, proxies=proxies)
    sock = listening_socket("127.0.0.1:0")
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield url_of(sock, by_tls=certificate is not None)
    finally:
        server.should_exit = True
        await serving
        sock.close()


def trusting(file: Path) -> httpx.AsyncClient:
    return httpx.AsyncClient(verify=ssl.create_default_context(cafile=str(file)), trust_env=False)


async def shown_to(url: str, file: Path) -> str:
    """The name in the certificate that a new connection is shown."""
    port = int(url.rpartition(":")[2])
    context = ssl.create_default_context(cafile=str(file))
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    shown = writer.get_extra_info("peercert")["subject"][0][0][1]
    writer.close()
    return shown


# --------------------------------------------------------------------------------------------- TLS by files
@pytest.mark.anyio
async def test_the_door_speaks_tls_and_its_cookies_travel_by_tls_only(files, authority):
    async with door(certificate=Certificate(*files)) as url, trusting(authority.file) as web:
        assert url.startswith("https://")
        answer = await web.get(f"{url}/who")
        assert answer.json()["scheme"] == "https"
        assert answer.headers["set-cookie"].lower().endswith("; secure")
        assert "strict-transport-security" in answer.headers
        with pytest.raises(httpx.TransportError):
            await web.get(url.replace("https", "http") + "/who")


@pytest.mark.anyio
async def test_whoever_pins_another_authority_does_not_talk_to_it(files, tmp_path):
    other = Authority(tmp_path, "Another Authority")
    async with door(certificate=Certificate(*files)) as url, trusting(other.file) as web:
        with pytest.raises(httpx.ConnectError, match="certificate"):
            await web.get(f"{url}/who")


@pytest.mark.anyio
async def test_a_renewed_certificate_is_shown_to_new_connections_and_cuts_nobody_off(files, authority):
    certificate = Certificate(*files)
    async with door(certificate=certificate) as url, trusting(authority.file) as web:
        assert (await web.get(f"{url}/who")).status_code == 200
        assert certificate.renew() is False
        authority.give("second", *files)
        assert certificate.renew() is True
        assert await shown_to(url, authority.file) == "second"
        assert (await web.get(f"{url}/who")).status_code == 200


@pytest.mark.parametrize("spoilt", [0, 1])
@pytest.mark.anyio
async def test_a_renewal_that_is_half_written_changes_nothing(files, authority, spoilt):
    certificate = Certificate(*files)
    async with door(certificate=certificate) as url:
        files[spoilt].write_text("-----BEGIN half written")
        assert certificate.renew() is False
        assert await shown_to(url, authority.file) == "first"
        authority.give("second", *files)
        assert certificate.renew() is True
        assert await shown_to(url, authority.file) == "second"


def test_files_that_do_not_belong_together_are_refused_in_words(files, authority, tmp_path):
    authority.give("other", tmp_path / "other.pem", tmp_path / "other.key")
    for cert, key in ((files[0], tmp_path / "other.key"), (files[0], tmp_path / "none.key"), (files[1], files[0])):
        with pytest.raises(Malformed) as refused:
            Certificate(cert, key)
        assert refused.value.code == "tls.files"


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(files):
    key = serialization.load_pem_private_key(files[1].read_bytes(), None)
    locked = serialization.BestAvailableEncryption(b"secret")
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked))
    with pytest.raises(Malformed) as refused:
        Certificate(*files)
    assert refused.value.code == "tls.files"


def test_the_end_of_a_certificate_is_known(files, authority):
    authority.give("short", *files, days=3)
    days = (certificate_ends_ms(files[0]) / 1000 - time.time()) / 86_400
    assert 2.9 < days < 3.1


# ---------------------------------------------------------------------------------------- behind a proxy
FORWARDED = {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https"}


@pytest.mark.anyio
async def test_what_a_proxy_says_is_believed_only_from_those_that_are_trusted():
    async with door(proxies=read_proxies("127.0.0.1")) as url, httpx.AsyncClient(trust_env=False) as web:
        answer = await web.get(f"{url}/who", headers=FORWARDED)
        assert answer.json() == {"scheme": "https", "client": "203.0.113.7"}
        assert answer.headers["set-cookie"].lower().endswith("; secure")
        plain = await web.get(f"{url}/who")
        assert (plain.json()["scheme"], "secure" in plain.headers["set-cookie"].lower()) == ("http", False)
    for others in (None, read_proxies("192.0.2.0/28, 2001:db8::1")):
        async with door(proxies=others) as url, httpx.AsyncClient(trust_env=False) as web:
            answer = await web.get(f"{url}/who", headers=FORWARDED)
            assert answer.json() == {"scheme": "http", "client": "127.0.0.1"}
            assert "secure" not in answer.headers["set-cookie"].lower()


@pytest.mark.anyio
async def test_who_writes_a_false_address_before_the_proxy_is_known_by_its_own():
    headers = {**FORWARDED, "x-forwarded-for": "198.51.100.1, 203.0.113.7, 192.0.2.4"}
    async with door(proxies=read_proxies("127.0.0.1, 192.0.2.0/28")) as url, httpx.AsyncClient(trust_env=False) as web:
        assert (await web.get(f"{url}/who", headers=headers)).json()["client"] == "203.0.113.7"


@pytest.mark.anyio
async def test_one_address_behind_a_proxy_cannot_take_all_the_places():
    HELD.clear()
    limits = httpx.Limits(max_connections=20)
    async with (
        door(proxies=read_proxies("127.0.0.1"), per_address=3) as url,
        httpx.AsyncClient(trust_env=False, limits=limits, timeout=DEADLINE_SECONDS) as web,
        asyncio.timeout(DEADLINE_SECONDS),
        asyncio.TaskGroup() as group,
    ):
        asked = [group.create_task(web.get(f"{url}/held", headers=FORWARDED)) for _ in range(3)]
        while len(HELD) < 3:
            await asyncio.sleep(0.01)
        refused = await web.get(f"{url}/held", headers=FORWARDED)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert (await web.get(f"{url}/who", headers={"x-forwarded-for": "203.0.113.8"})).status_code == 200
        for event in HELD:
            event.set()
        assert [(await one).status_code for one in asked] == [200, 200, 200]
        assert (await web.get(f"{url}/who", headers=FORWARDED)).status_code == 200


@pytest.mark.parametrize("written", ["everybody", "*", "192.0.2.1/24", "127.0.0.1;10.0.0.1"])
def test_proxies_are_addresses_and_networks_and_nothing_else(written):
    with pytest.raises(Malformed) as refused:
        read_proxies(written)
    assert refused.value.code == "station.proxies"


def test_an_address_is_a_proxys_or_not():
    proxies = read_proxies(" 127.0.0.1, 192.0.2.0/28 ,2001:db8::/32")
    assert [one in proxies for one in ("127.0.0.1", "192.0.2.15", "2001:db8::5", "192.0.2.16", "nonsense", "")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
    assert not Proxies()


# ---------------------------------------------------------------------------- the commands, over real HTTPS
class Station:
    """A station of the command line, in processes of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.home = folder / "home"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "ESOS_HTTP": "127.0.0.1:0",
            "ESOS_UDP": "",
            **settings,
        }
        self.process: subprocess.Popen | None = None

    def start(self) -> dict:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "esos.cli.main", "station", "run", "--home", self.home, "--json"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return json.loads(self.process.stdout.readline())

    def esos(self, *arguments: str, expect: int = 0, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "esos.cli.main", *map(str, arguments)],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=DEADLINE_SECONDS,
            check=False,
        )
        assert done.returncode == expect, done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def https_station(tmp_path, files):
    station = Station(tmp_path, ESOS_TLS_CERT=str(files[0]), ESOS_TLS_KEY=str(files[1]))
    station.esos("station", "init", "--home", station.home, "--name", "Example Watch")
    yield station
    if station.process is not None:
        station.process.kill()
        station.process.communicate()


def test_every_command_reaches_a_station_that_speaks_tls_itself(https_station, authority, files):
    url = https_station.start()["http"]
    assert url.startswith("https://127.0.0.1:")
    assert "No cases" in https_station.esos("case", "list", "--home", https_station.home)
    token = (https_station.home / "local.token").read_text()
    far = ("case", "list", "--url", url, "--token", token)
    assert "No cases" in https_station.esos("--ca", authority.file, *far)
    assert "certificate verify failed" in https_station.esos(*far, expect=4).lower()
    looked = https_station.esos("station", "doctor", "--home", https_station.home, expect=3)  # nobody is on watch
    assert "It runs on https://" in looked
    assert "Its certificate is good for 19 more days." in looked
    authority.give("renewed", *files, days=3)
    https_station.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while asyncio.run(shown_to(url, authority.file)) != "renewed":
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.anyio
async def test_a_proxy_in_front_ends_tls_for_a_station_that_trusts_it(tmp_path, files, authority):
    home = Home(tmp_path / "home")
    home.create(name="Example Watch", realm=Realm.REAL)
    settings = Settings(http="127.0.0.1:0", udp="", trusted_proxies="127.0.0.1")
    async with opened_station(home, settings, lambda: "") as station:
        await founder_of(station).publish_pact(shipped.load("club")[0])
    async with running_station(home, settings) as running:
        await _by_proxy(int(running.http.rpartition(":")[2]), files, authority)


@pytest.mark.anyio
async def test_a_station_whose_certificate_cannot_be_used_does_not_start(tmp_path, files):
    files[1].write_text("no key")
    home = Home(tmp_path / "home")
    home.create(name="Example Watch", realm=Realm.REAL)
    settings = Settings(http="127.0.0.1:0", udp="", tls_cert=str(files[0]), tls_key=str(files[1]))
    with pytest.raises(BaseExceptionGroup) as refused:
        async with asyncio.TaskGroup(), running_station(home, settings):
            pass
    assert refused.group_contains(Malformed, match="cannot be used")


async def _by_proxy(port: int, files, authority) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)

    async def carry(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        far = writer.get_extra_info("peername")[0].encode()
        told = b"X-Forwarded-For: " + far + b"\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
        near_reader, near_writer = await asyncio.open_connection("127.0.0.1", port)
        near_writer.write(head[:-2].replace(b"Connection: keep-alive\r\n", b"") + told)
        while data := await near_reader.read(65_536):
            writer.write(data)
        writer.close()
        near_writer.close()

    server = await asyncio.start_server(carry, "127.0.0.1", 0, ssl=context)
    async with server, trusting(authority.file) as web:
        far = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        answer = await web.get(f"{far}/call", follow_redirects=False)
        assert "strict-transport-security" in answer.headers
        assert (await web.get(f"{far}/readyz")).status_code == 200
        cookies = answer.headers.get_list("set-cookie")
        assert all(one.lower().endswith("; secure") for one in cookies)
        plain = await httpx.AsyncClient(trust_env=False).get(f"http://127.0.0.1:{port}/call")
        assert "strict-transport-security" not in plain.headers
