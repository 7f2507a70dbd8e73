"""A station's home folder: its key, its name and realm, its journal, and the token of whoever owns the folder."""

import fcntl
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from esos.errors import Conflict, Malformed, Unknown
from esos.station.identity import StationIdentity
from esos.vault.keyfile import new_key, write_private
from esos.words.realm import Realm

STATION_FILE = "station.json"
JOURNAL_FILE = "journal.sqlite"
LAWS_FILE = "laws.toml"
RUN_FILE = "run.json"
SCRAPE_FILE = "metrics-targets.json"
"""Where Prometheus finds every process of a station (``file_sd_configs``), while there are several."""
LOCK_FILE = "run.lock"
TOKEN_FILE = "local.token"  # noqa: S105 - a file name, no secret
PAGES_FILE = "pages.jsonl"


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    esos: str
    name: str
    realm: Realm
    seed: str
    master: str


class RunningProcess(msgspec.Struct, frozen=True, kw_only=True):
    """One of the processes of a station: its slot, and the address of its own where figures can be asked of it."""

    slot: int
    pid: int
    http: str


class RunFile(msgspec.Struct, frozen=True, kw_only=True):
    """Where a running station can be reached; written at start, removed at a clean stop.

    ``pid`` is the process to stop; ``processes`` those that serve where there are several. ``cert`` is the file of
    its certificate where it speaks TLS itself: on its own machine that very one is trusted.
    """

    http: str
    udp: str
    pid: int
    processes: tuple[RunningProcess, ...] = ()
    cert: str = ""


class Home:
    """Paths and identity of one station's home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def journal(self) -> Path:
        """The journal on SQLite."""
        return self.folder / JOURNAL_FILE

    @property
    def laws(self) -> Path:
        """The station's own legal clocks, where it has any beside those shipped."""
        return self.folder / LAWS_FILE

    @property
    def pages(self) -> Path:
        """Where pages to ``file:`` contacts are written."""
        return self.folder / PAGES_FILE

    @property
    def has_served(self) -> bool:
        """Whether a station was opened here before: then its journal must be there, and a new one would be a loss."""
        return (self.folder / TOKEN_FILE).exists()

    def create(self, *, name: str, realm: Realm) -> StationIdentity:
        """Make a new home; raises ``Conflict`` (``home.exists``)."""
        if (self.folder / STATION_FILE).exists():
            raise Conflict("home.exists", f"{self.folder} is a station's home already.", hint="Choose another folder.")
        identity = StationIdentity(seed=new_key(realm).seed, master=new_key(realm).seed, name=name, realm=realm)
        file = _File(
            esos="station",
            name=name,
            realm=realm,
            seed=b64encode(identity.seed).decode(),
            master=b64encode(identity.master).decode(),
        )
        write_private(self.folder / STATION_FILE, msgspec.json.format(msgspec.json.encode(file)) + b"\n")
        return identity

    def identity(self) -> StationIdentity:
        """The station of this home; raises ``Unknown`` (``home.missing``) or ``Malformed`` (``home.malformed``)."""
        path = self.folder / STATION_FILE
        if not path.is_file():
            raise Unknown(
                "home.missing",
                f"{self.folder} is no station's home.",
                hint="Name another with --home DIR (esos up makes esos-demo), or one that runs with --url."
                " To make one: esos station init",
            )
        try:
            file = msgspec.json.decode(path.read_bytes(), type=_File)
            seed, master = b64decode(file.seed, validate=True), b64decode(file.master, validate=True)
        except (msgspec.DecodeError, ValueError) as cause:
            raise Malformed("home.malformed", f"{path} is damaged.") from cause
        return StationIdentity(seed=seed, master=master, name=file.name, realm=file.realm)

    @contextmanager
    def alone(self) -> Iterator[int]:
        """One running station a home: the file that says so, locked for as long as any process has it open.

        Raises ``Conflict`` (``station.running``).
        """
        lock = os.open(self.folder / LOCK_FILE, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as cause:
                raise Conflict(
                    "station.running",
                    f"A station of the home {self.folder} runs already.",
                    hint="Its address is in run.json there; stop it first, or make a home of its own.",
                ) from cause
            yield lock
        finally:
            os.close(lock)

    def write_run(self, run: RunFile) -> None:
        """Say where the station can be reached, and where each of several processes gives its figures."""
        write_private(self.folder / RUN_FILE, msgspec.json.encode(run), replace=True)
        if run.processes:
            write_private(self.folder / SCRAPE_FILE, _scrape_file(run.processes), replace=True)

    def read_run(self) -> RunFile | None:
        """Where the station can be reached, None when it was stopped cleanly or never ran."""
        path = self.folder / RUN_FILE
        return msgspec.json.decode(path.read_bytes(), type=RunFile) if path.is_file() else None

    def forget_run(self) -> None:
        """The station stopped cleanly."""
        (self.folder / RUN_FILE).unlink(missing_ok=True)
        (self.folder / SCRAPE_FILE).unlink(missing_ok=True)

    def write_token(self, secret: str) -> None:
        """Keep the local owner's token."""
        write_private(self.folder / TOKEN_FILE, secret.encode(), replace=True)

    def read_token(self) -> str:
        """The local owner's token, empty where there is none."""
        path = self.folder / TOKEN_FILE
        return path.read_text().strip() if path.is_file() else ""


def _scrape_file(processes: tuple[RunningProcess, ...]) -> bytes:
    targets = [
        {"targets": [one.http.removeprefix("http://")], "labels": {"process": str(one.slot)}} for one in processes
    ]
    return msgspec.json.format(msgspec.json.encode(targets)) + b"\n"
