"""A real PostgreSQL server of the tests' own: in a folder of its own, on a free port of the loopback interface.

Nothing about it is made faster than users have it: commits reach the disk.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from doubles.ports import free_port
from esos.storage.migrate import migrate
from esos.storage.stores import store_of

START_SECONDS = 60
USERS = ("postgres", "nobody")
"""Who may run it where the tests are run by root, whom the server refuses."""
SETTINGS = {"max_connections": "200", "shared_buffers": "128MB", "log_min_messages": "warning"}


def server_programs() -> Path | None:
    """The folder of the newest server's programs, None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return Path(on_path).parent if on_path else None


class PostgresServer:
    """One server. ``start`` after ``kill`` goes on with the same data."""

    def __init__(self, *, settings: dict[str, str] | None = None, copy_of: "PostgresServer | None" = None) -> None:
        programs = server_programs()
        assert programs is not None, "there is no PostgreSQL server here"
        self._programs = programs
        self._settings = SETTINGS | (settings or {})
        self._folder = Path(tempfile.mkdtemp(prefix="esos-pg-"))
        self._user = self._who()
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        if self._user:
            os.chown(self._folder, pwd.getpwnam(self._user).pw_uid, pwd.getpwnam(self._user).pw_gid)
        if copy_of is None:
            self._run("initdb", "-D", self.data, "-U", "esos", "-A", "trust", "-E", "UTF8", "--no-sync")
        else:
            source = f"host=127.0.0.1 port={copy_of.port} user=esos"
            self._run("pg_basebackup", "-D", self.data, "-d", source, "-R", "-X", "stream")

    @property
    def data(self) -> Path:
        """Its data."""
        return self._folder / "data"

    @property
    def pid(self) -> int:
        """Its first process."""
        assert self._process is not None
        return self._process.pid

    def url(self, database: str = "postgres") -> str:
        """The address of a database."""
        return f"postgresql://esos@127.0.0.1:{self.port}/{database}"

    def start(self) -> "PostgresServer":
        """Start it and wait until it answers."""
        settings = [f"-c{name}={value}" for name, value in self._settings.items()]
        settings += [f"-cport={self.port}", "-clisten_addresses=127.0.0.1", f"-cunix_socket_directories={self._folder}"]
        log = (self._folder / "log").open("ab")
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", self.data, *settings], stdout=log, stderr=log, **self._as_user()
        )
        log.close()
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            assert self._process.poll() is None, (self._folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)
        return self

    def answers(self) -> bool:
        """Whether it can be asked something."""
        try:
            with psycopg.connect(self.url(), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def kill(self) -> None:
        """End all its processes without any chance to tidy up."""
        assert self._process is not None
        self._signal_all(signal.SIGKILL)
        self._process.wait(START_SECONDS)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """All its processes stand still; the kernel goes on taking packets for them."""
        self._signal_all(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal_all(signal.SIGCONT)

    def end_connections(self) -> None:
        """What an administrator does with all who are connected."""
        self.run_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'esos'")

    def _signal_all(self, how: signal.Signals) -> None:
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.pid)], capture_output=True, text=True, check=False
        )
        for pid in (self.pid, *map(int, children.stdout.split())):
            with suppress(ProcessLookupError):
                os.kill(pid, how)

    def stop(self, how: int = signal.SIGINT) -> None:
        """End it: SIGINT breaks what is under way off, as an administrator's restart does."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(START_SECONDS)

    def remove(self) -> None:
        """End it at once, and forget its data."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder, ignore_errors=True)

    def promote(self) -> None:
        """Make a standby the one that is written to."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute("SELECT pg_promote(true, 60)")

    def run_sql(self, text: str) -> None:
        """Run a statement of an administrator."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(text.encode())

    def new_database(self, *, template: str = "template1") -> str:
        """The address of a database nobody else has."""
        name = f"esos_{secrets.token_hex(6)}"
        self.run_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def new_journal(self) -> str:
        """The address of an empty journal, copied from one that was made once."""
        template = "esos_template"
        with psycopg.connect(self.url()) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (template,)).fetchone()
        if not found:
            made = self.new_database()
            migrate(store_of(made))
            self.run_sql(f"ALTER DATABASE {made.rpartition('/')[2]} RENAME TO {template}")
        return self.new_database(template=template)

    def _run(self, program: str, *arguments: object) -> None:
        done = subprocess.run(
            [self._programs / program, *map(str, arguments)], capture_output=True, text=True, check=False,
            **self._as_user(),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def _who(self) -> str:
        if os.geteuid() != 0:
            return ""
        known = {entry.pw_name for entry in pwd.getpwall()}
        return next(name for name in USERS if name in known)

    def _as_user(self) -> dict:
        return (
            {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid, "extra_groups": [], "cwd": "/"}
            if self._user
            else {"cwd": "/"}
        )


def server_of_ones_own() -> Iterator[PostgresServer]:
    """For a fixture: a server that runs as long as it lasts and may be killed; skipped where there are no programs."""
    if server_programs() is None:
        pytest.skip("no PostgreSQL server here: make parts says how to have it")
    server = PostgresServer()
    try:
        yield server.start()
    finally:
        server.remove()
