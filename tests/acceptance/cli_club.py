"""A club played through the command line alone: every party is a process of its own, with its own key or token."""

import json
import os
import select
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

READY_SECONDS = 60
COMMAND_SECONDS = 60
NO_FILE_GROWS = ("/bin/sh", "-c", 'ulimit -f 0; exec "$@"', "sh")


class Failed(AssertionError):
    """A command ended otherwise than the story wants."""


@dataclass(slots=True, kw_only=True)
class Done:
    """One command that ended: exit code, result (JSON), and the refusal on standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out.splitlines()[-1])

    @property
    def refusal(self):
        return json.loads(self.err.splitlines()[-1])


@dataclass(slots=True, kw_only=True)
class Party:
    """Somebody at a command line: its folder, and the environment its commands run in."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments, limit_files=False, log=subprocess.PIPE):
        """Start a command and let it run; with ``limit_files`` no file can grow, as on a full disk."""
        command = [sys.executable, "-m", "esos.cli.main", *map(str, arguments)]
        return subprocess.Popen(
            [*NO_FILE_GROWS, *command] if limit_files else command,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )

    def end(self, process, *, expect=0):
        """Wait for a command's end."""
        out, err = process.communicate(timeout=COMMAND_SECONDS)
        if process.returncode != expect:
            raise Failed(f"{process.args[3:]} ended with {process.returncode}, not {expect}:\n{out}\n{err}")
        return Done(code=process.returncode, out=out, err=err)

    def run(self, *arguments, expect=0, **how):
        """One command with ``--json``, to its end."""
        return self.end(self.start(*arguments, "--json", **how), expect=expect)

    def does(self, *arguments):
        """The result of a command that must succeed."""
        return self.run(*arguments).json


@dataclass(slots=True, kw_only=True)
class Club:
    """A station's home, its process, and everybody around it."""

    folder: Path
    process: subprocess.Popen | None = None
    port: int = 0

    @property
    def owner(self):
        """Whoever owns the station's home."""
        return Party(folder=self.folder)

    @property
    def card(self):
        """The station's card, as everybody keeps it."""
        return self.folder / "station.json"

    def found(self, *extra, name="Example Watch"):
        """Make the home."""
        self.owner.run("station", "init", "--home", "home", "--pact", "club", "--name", name, *extra)
        return self

    def start(self):
        """Run the station until it says that it is ready; on the same port when it ran before."""
        address = f"127.0.0.1:{self.port}"
        arguments = ("station", "run", "--home", "home", "--http", address, "--udp", address, "--json")
        with (self.folder / "station.log").open("a") as log:
            self.process = self.owner.start(*arguments, log=log)
        heard, _, _ = select.select([self.process.stdout], [], [], READY_SECONDS)
        line = self.process.stdout.readline() if heard else ""
        if not line:
            raise Failed(f"the station is not ready: {(self.folder / 'station.log').read_text()}")
        ready = json.loads(line)
        self.card.write_text(json.dumps(ready["card"]))
        self.port = int(ready["http"].rpartition(":")[2])
        return self

    def stop(self):
        """Take the power away."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def member(self, name, *capabilities, exercise=False, register=True):
        """Somebody with a key, and a member of the club unless ``register`` is false."""
        folder = self.folder / name.lower().replace(" ", "-")
        folder.mkdir()
        party = Party(folder=folder, environment={"ESOS_KEY": "own.key", "ESOS_STATION": str(self.card)})
        party.run("key", "new", "--out", "own.key", *(["--exercise"] if exercise else []))
        if register:
            wanted = [part for one in capabilities for part in ("--capability", one)]
            card = party.run("member", "card", "--key", "own.key", "--name", name, *wanted)
            (folder / "own.card").write_text(card.out)
            self.owner.run("member", "add", folder / "own.card", "--home", "home")
        return party

    def officer(self, name, *roles):
        """Somebody with a token, over HTTP."""
        wanted = [part for role in roles for part in ("--role", role)]
        added = self.owner.does("officer", "add", "--home", "home", "--name", name, *wanted)
        environment = {"ESOS_TOKEN": added["token"], "ESOS_URL": f"http://127.0.0.1:{self.port}"}
        return Party(folder=self.folder, environment=environment)


def kid_of(party):
    """A party's member id."""
    return party.does("key", "show", "own.key")["kid"]


def wait_for(look, seconds=60):
    """What ``look`` gives as soon as it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.2)
    return found


def case_of(caller, officer):
    """The caller's case as this officer's list has it, None while there is none."""
    rows = officer.does("case", "list")["cases"]
    return next((row for row in rows if row["caller_name"] == caller), None)
