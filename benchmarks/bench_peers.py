"""Other programs that take in "somebody needs help", beside ours: same machine, same run, same number in flight.

Each is started on loopback in a scratch folder, gets items by HTTP (the slow ones a tenth), and is killed with SIGKILL
right after it said yes to one more; started again, it is asked whether it has that. What cannot be had here is left
out, and the script says so. Alertmanager comes from Debian, the others from the public index, each into a place of its
own.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from abc import ABC, abstractmethod
from base64 import b64encode
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from bench_processes import MEMBERS, statements
from common import row, write_rows
from common_run import make_home
from load_client import HttpLoad, clients, http_request, put

ITEMS = 2_000
CONNECTIONS = 32
ROUNDS = 3
WAIT_SECONDS = 90
INSTALL_SECONDS = 180
JSON = "application/json"
TAXII = "application/taxii+json;version=2.1"
UV = shutil.which("uv") or str(Path(__file__).parent.parent / ".tools/bin/uv")


class Peer(ABC):
    """A program that takes items by HTTP. ``lacks`` is what its yes does not promise."""

    name = ""
    kind = JSON
    path = "/"
    headers = ""
    lacks = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None
        self.said: httpx.Response | None = None

    @abstractmethod
    def install(self) -> None:
        """Have it; raises ``OSError`` or ``subprocess.SubprocessError`` where that is not to be had."""

    @abstractmethod
    def command(self) -> list[str]:
        """How it is started."""

    @abstractmethod
    def item(self, name: str) -> bytes:
        """Somebody needs help, as this program takes it."""

    @abstractmethod
    def has(self, client: httpx.Client, name: str) -> bool:
        """Whether it has this item."""

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, cwd=self.folder)
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise OSError(f"{self.name} does not start: {(self.folder / 'log').read_text()[-400:]}")

    def end(self, how: int = signal.SIGTERM) -> None:
        """End it."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def items(self, count: int) -> list[bytes]:
        """So many different items."""
        return [self.item(uuid.uuid4().hex) for _ in range(count)]

    def request(self, body: bytes) -> bytes:
        """The POST of an item."""
        return http_request(self.path, body, self.kind, self.address, self.headers)

    def survives(self) -> bool:
        """Whether it has, after SIGKILL right behind its yes, what it said yes to."""
        name = uuid.uuid4().hex
        fields = {"Content-Type": self.kind} | dict(line.split(": ", 1) for line in self.headers.splitlines())
        with httpx.Client(base_url=f"http://{self.address}", headers=fields, timeout=30) as client:
            self.said = client.post(self.path, content=self.item(name)).raise_for_status()
            self.end(signal.SIGKILL)
        self.start()
        with httpx.Client(base_url=f"http://{self.address}", headers=fields, timeout=30) as client:
            return self.has(client, name)


def environment(folder: Path, *packages: str) -> Path:
    """An environment with these packages from the public index; its programs' folder."""
    for command in (
        [UV, "venv", "--quiet", "--python", sys.executable, str(folder)],
        [UV, "pip", "install", "--quiet", "--python", str(folder / "bin/python"), *packages],
    ):
        subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_SECONDS)
    return folder / "bin"


class Ours(Peer):
    """Our station, one process, SQLite: signed statements, answered when they are durable."""

    name = "e-SOS, one process, SQLite"
    kind = "application/cose"
    path = "/api/v1/statements"
    lacks = "Its answer says that a call is durable and who said it, not that anybody helps."

    def install(self) -> None:
        """It is here."""
        make_home(self.folder / "home", members=MEMBERS)

    def command(self) -> list[str]:
        """As its owner starts it."""
        program = str(Path(sys.executable).parent / "esos")
        return [program, "station", "run", "--home", str(self.folder / "home"), "--http", self.address, "--udp", ""]

    def items(self, count: int) -> list[bytes]:
        """Signed statements of members in turn."""
        return statements(count, "tested")

    def item(self, name: str) -> bytes:
        """One signed statement; its receipt is found by its own name."""
        raw = statements(1, "tested")[0]
        (self.folder / name).write_bytes(raw)
        return raw

    def has(self, client: httpx.Client, name: str) -> bool:
        """Said again, it is no news."""
        return client.post(self.path, content=(self.folder / name).read_bytes()).status_code == httpx.codes.OK


class Alertmanager(Peer):
    """Prometheus Alertmanager, as Debian packs it."""

    name = "Alertmanager"
    path = "/api/v2/alerts"
    program = "/usr/bin/prometheus-alertmanager"
    lacks = (
        "Its 200 comes before anything is on disk: alerts live in memory until their sender repeats them. Nothing is "
        "signed, nobody has to answer, and it does not ask the next person by itself."
    )

    def install(self) -> None:
        """Unpack the package into a root of its own, with the libraries it needs; nothing of the system is changed."""
        self.root = self.folder / "root"
        subprocess.run(["apt-get", "download", "prometheus-alertmanager"], cwd=self.folder, check=True,
                       capture_output=True, timeout=INSTALL_SECONDS)  # fmt: skip
        package = next(self.folder.glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", str(package), str(self.root)], check=True, timeout=INSTALL_SECONDS)
        needed = subprocess.run(["ldd", str(self.root) + self.program], check=True, capture_output=True, text=True)
        for library in re.findall(r"/\S+", needed.stdout):
            target = self.root / library.removeprefix("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, target)

    def command(self) -> list[str]:
        """In that root, where it finds its templates, with a receiver that tells nobody."""
        (self.root / "config.yml").write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n", "utf-8")
        as_root = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
        return [*as_root, "chroot", str(self.root), self.program, "--config.file=/config.yml", "--storage.path=/data",
                f"--web.listen-address={self.address}", "--cluster.listen-address=", "--log.level=error"]  # fmt: skip

    def item(self, name: str) -> bytes:
        """One alert."""
        return json.dumps([{"labels": {"alertname": "needs help", "who": name}}]).encode()

    def has(self, client: httpx.Client, name: str) -> bool:
        """Whether it lists the alert."""
        return any(one["labels"]["who"] == name for one in client.get(self.path).json())


class Medallion(Peer):
    """The TAXII 2.1 server of OASIS, with the one of its stores that needs no other server."""

    name = "medallion (TAXII 2.1)"
    kind = TAXII
    collection = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
    path = f"/api/collections/{collection}/objects/"
    headers = f"Accept: {TAXII}\r\nAuthorization: Basic {b64encode(b'admin:bench').decode()}\r\n"
    lacks = (
        "Its store here is memory: a restart forgets all. The protocol hands objects to whoever fetches them; nobody "
        "is told, asked or held to an answer, and what was taken is not proved."
    )

    def install(self) -> None:
        """From the public index, into an environment of its own."""
        self.programs = environment(self.folder / "env", "medallion")

    def command(self) -> list[str]:
        """With one collection."""
        (self.folder / "data.json").write_text(json.dumps(self._data()), encoding="utf-8")
        config = {
            "backend": {
                "module": "medallion.backends.memory_backend",
                "module_class": "MemoryBackend",
                "filename": str(self.folder / "data.json"),
            },
            "users": {"admin": "bench"},
            "taxii": {"max_page_size": 100},
        }
        (self.folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        return [str(self.programs / "medallion"), "--host", "127.0.0.1", "--port", str(self.port),
                str(self.folder / "config.json")]  # fmt: skip

    def _data(self) -> dict[str, Any]:
        collection = {
            "id": self.collection, "title": "Help", "can_read": True, "can_write": True, "media_types": [TAXII],
            "objects": [], "manifest": [],
        }  # fmt: skip
        root = {"information": {"title": "Help", "versions": [TAXII], "max_content_length": 10**7},
                "status": [], "collections": [collection]}  # fmt: skip
        return {"/discovery": {"title": "Help", "default": "/api/", "api_roots": ["/api/"]}, "api": root}

    def item(self, name: str) -> bytes:
        """One STIX note in an envelope."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        identity = f"identity--{uuid.UUID(name)}"
        said = {"type": "identity", "spec_version": "2.1", "id": identity, "created": now, "modified": now,
                "name": "Somebody needs help", "identity_class": "organization"}  # fmt: skip
        return json.dumps({"objects": [said]}).encode()

    def has(self, client: httpx.Client, name: str) -> bool:
        """Whether the object is there."""
        answer = client.get(f"{self.path}identity--{uuid.UUID(name)}/")
        return answer.is_success and bool(answer.json().get("objects"))


SETTINGS = """
SECRET_KEY = "bench"
ALLOWED_HOSTS = ["*"]
USE_TZ = True
SITE_ID = 1
ROOT_URLCONF = "bench_urls"
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "helpdesk.db", "OPTIONS": {"timeout": 30}}}
INSTALLED_APPS = ["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
  "django.contrib.sessions",
  "django.contrib.sites", "django.contrib.messages", "django.contrib.humanize", "django.contrib.staticfiles",
  "rest_framework", "helpdesk"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware",
  "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
  "context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
  "django.contrib.messages.context_processors.messages"]}}]
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.BasicAuthentication"]}
HELPDESK_TEAMS_MODE_ENABLED = False
HELPDESK_ACTIVATE_API_ENDPOINT = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""
URLS = (
    'from django.urls import include, path\nurlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]\n'
)
FILL = """
import django; django.setup()
from django.core.management import call_command; call_command("migrate", verbosity=0)
from django.contrib.auth.models import User; User.objects.create_superuser("admin", "a@example.org", "bench")
from helpdesk.models import Queue; Queue.objects.create(title="Help", slug="help")
"""


class Helpdesk(Peer):
    """django-helpdesk on SQLite, served by waitress: a desk of requests with a queue."""

    name = "django-helpdesk, SQLite"
    path = "/api/tickets/"
    headers = f"Authorization: Basic {b64encode(b'admin:bench').decode()}\r\n"
    lacks = (
        "What it said yes to is in its database, but nothing is signed, so that who said it and when cannot be proved "
        "later; due dates ring nowhere unless a clock of one's own calls its escalation command."
    )

    def install(self) -> None:
        """From the public index, into an environment of its own; one queue and one user."""
        self.programs = environment(self.folder / "env", "django-helpdesk", "waitress", "setuptools<80")
        (self.folder / "bench_settings.py").write_text(SETTINGS, encoding="utf-8")
        (self.folder / "bench_urls.py").write_text(URLS, encoding="utf-8")
        os.environ |= {"DJANGO_SETTINGS_MODULE": "bench_settings"}
        subprocess.run([str(self.programs / "python"), "-c", FILL], cwd=self.folder, check=True,
                       capture_output=True, timeout=INSTALL_SECONDS)  # fmt: skip

    def command(self) -> list[str]:
        """By a server of several threads."""
        application = "import sys; sys.path.insert(0, '.'); from django.core.wsgi import get_wsgi_application as g; "
        serve = f"import waitress; waitress.serve(g(), host='127.0.0.1', port={self.port}, threads=8)"
        return [str(self.programs / "python"), "-c", application + serve]

    def item(self, name: str) -> bytes:
        """One entry of the desk."""
        return json.dumps({"queue": 1, "title": name, "description": "Somebody needs help.", "priority": 1,
                           "submitter_email": "caller@example.org"}).encode()  # fmt: skip

    def has(self, client: httpx.Client, name: str) -> bool:
        """Whether what it gave this number has this title."""
        number = self.said.json()["id"] if self.said else 0
        answer = client.get(f"{self.path}{number}/")
        return answer.is_success and answer.json()["title"] == name


PEERS: tuple[type[Peer], ...] = (Ours, Alertmanager, Medallion, Helpdesk)


def measure_one(peer: Peer, pool: ProcessPoolExecutor, items: int) -> tuple[float, bool]:
    """Accepted a second, the median of the rounds, and whether its yes survived SIGKILL."""
    peer.start()
    rates = []
    for _ in range(ROUNDS):
        sent = [peer.request(body) for body in peer.items(items)]
        done = put(pool, [HttpLoad("127.0.0.1", peer.port, sent, CONNECTIONS)])
        if not done.taken:
            raise OSError("it takes nothing")
        if done.refused:
            print(f"bench: {peer.name} refused {done.refused} of {items}")
        rates.append(done.per_second)
        if sum(items / rate for rate in rates) > WAIT_SECONDS / 2:
            break  # a slow one is not asked again
    return sorted(rates)[len(rates) // 2], peer.survives()


def measure(folder: Path, items: int) -> list[dict[str, Any]]:
    """The rows of this benchmark, one for each program that is here."""
    rows: list[dict[str, Any]] = []
    ours = 0.0
    with clients(1) as pool:
        for number, kind in enumerate(PEERS):
            peer = kind(folder / str(number))
            try:
                peer.install()
                rate, survived = measure_one(peer, pool, items if kind in {Ours, Alertmanager} else items // 10)
            except (OSError, subprocess.SubprocessError, httpx.HTTPError) as cause:
                print(f"bench: {peer.name} is left out: {str(cause)[:300]}")
                continue
            finally:
                peer.end()
            ours = ours or rate
            kept = "was there after SIGKILL" if survived else "was lost by SIGKILL"
            one = row(f"accepted by {peer.name}", rate, "items/s", "our station in the same run", rate / ours)
            rows.append(one | {"kept": f"What it said yes to {kept}.", "lacks": peer.lacks})
    return rows


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=ITEMS)
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        rows = measure(Path(folder), parser.parse_args().items)
    write_rows("peers", rows)
    for one in rows:
        print(f"{one['measure']}: {one['kept']} {one['lacks']}")


if __name__ == "__main__":
    main()
