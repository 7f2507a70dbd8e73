"""The kinds of process there are, and how each is killed: one row a kind.

A strike starts the process where it does not run already, takes it away at a random moment, brings things back in the way
a person would, and looks at what the process had promised. A new kind of process is one more row in ``KINDS``.
"""

import asyncio
import json
import os
import random
import shutil
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from stage import Stage, until

from esos.storage import SqlJournal
from esos.storage.backup import BEFORE_RESTORE, verify
from esos.vault.home import Home
from esos.vault.keyfile import read_key

LOAD_SECONDS = (0.3, 2.0)
TRIES = 12
"""A command that is done before it can be killed is started again, so many times."""


@dataclass(slots=True)
class Strikes:
    """What strikes need to know of each other."""

    stage: Stage
    chance: random.Random
    seconds: dict[str, float] = field(default_factory=dict)
    restored: list[tuple[int, bytes]] | None = None
    case: str = ""
    number: int = 0

    def officer(self) -> dict[str, str]:
        """The surroundings of an officer's commands."""
        return {"ESOS_TOKEN": Home(self.stage.home).read_token(), "ESOS_URL": self.stage.url}

    async def kill(self, what: str, *arguments: object, **environment: str) -> bool:
        """Run a command and kill it somewhere between its start and its usual end; whether it was killed."""
        for number in range(TRIES):
            usual = self.seconds.get(what)
            after = usual * self.chance.uniform(0.2, 1.0) if usual else None
            began = time.monotonic()
            ended = await self.stage.run(*arguments, kill_after_s=after, **environment)
            if ended.code == -signal.SIGKILL:
                return True
            assert ended.code == 0 or number, ended.err
            self.seconds[what] = time.monotonic() - began  # it was faster than was thought
        return False


Strike = Callable[[Strikes], Awaitable[None]]


async def strike_station(strikes: Strikes) -> None:
    """The supervisor starts it again by itself."""
    stage = strikes.stage
    await asyncio.sleep(strikes.chance.uniform(*LOAD_SECONDS))
    killed = stage.station_pid()
    assert killed is not None, "the station is a child of its supervisor"
    os.kill(killed, signal.SIGKILL)

    async def is_another() -> bool:
        return stage.station_pid() not in {None, killed}

    await until(is_another, what="a new station", seconds=60)
    await stage.served()


async def strike_supervisor(strikes: Strikes) -> None:
    """The station notices, stops in order, and both are started again at the same place."""
    stage = strikes.stage
    await asyncio.sleep(strikes.chance.uniform(*LOAD_SECONDS))
    stage.up.kill()
    await stage.up.wait()
    await stage.start()
    await stage.served()


async def strike_caller(strikes: Strikes) -> None:
    """A call that was killed is resumed byte for byte; one that was not kept yet is made again."""
    stage, who = strikes.stage, caller_folder(strikes)
    environment = {"ESOS_KEY": str(who / "own.key"), "ESOS_STATION": str(stage.card)}
    call = ("call", "--nature", "flooding", "--until", "arrived", "--wait", 60)
    assert await strikes.kill("call", *call, **environment)
    kept = {path: cose_of(path) for path in sorted((who / "own.key.calls").glob("*.json"))}
    again = ("call", "--resume", "--until", "arrived", "--wait", 60) if kept else call
    done = await stage.does(*again, **environment)
    assert done["state"] not in {"calling", ""}
    assert {path: cose_of(path) for path in kept} == kept, "a kept call was changed"
    stage.by_command[done["statement"]] = "called"


def caller_folder(strikes: Strikes):
    """Somebody new at a command line, with a member's key and no calls yet."""
    strikes.number += 1
    who = strikes.stage.folder / f"caller-{strikes.number}"
    who.mkdir()
    shutil.copy(strikes.stage.home / "demo" / f"member-{strikes.number % 3 + 3}.key", who / "own.key")
    return who


def cose_of(path) -> str:
    return json.loads(path.read_text())["cose"]


async def strike_responder(strikes: Strikes) -> None:
    """What a killed answer said is said or not; said again by the same command it is said, and the outcome is one."""
    stage = strikes.stage
    key = stage.home / "demo" / "member-4.key"
    environment = {"ESOS_KEY": str(key), "ESOS_STATION": str(stage.card)}
    case = await case_of(strikes)
    request = await asked_for(strikes, case, read_key(key).kid.hex(), **environment)
    decline = ("request", "decline", request, "--ground", "d2")
    assert await strikes.kill("request", "request", "consider", request, **environment)
    after = strikes.seconds["request"] * strikes.chance.uniform(0.2, 1.3)
    killed = await stage.run(*decline, kill_after_s=after, **environment)
    assert killed.code in {0, -signal.SIGKILL}, killed.err
    again = await stage.run(*decline, **environment)
    shown = await stage.does("request", "show", request, **environment)
    assert shown["state"] == "declined", (again.err, shown)


async def case_of(strikes: Strikes) -> str:
    """A case of a caller whose distress was confirmed by a call-back."""
    stage, officer = strikes.stage, strikes.officer()
    if not strikes.case:
        who = {"ESOS_KEY": str(stage.home / "demo" / "member-6.key"), "ESOS_STATION": str(stage.card)}
        strikes.case = (await stage.does("call", "--nature", "flooding", "--until", "arrived", **who))["case"]
        await stage.does("case", "acknowledge", strikes.case, **officer)
        by = ("--result", "in-distress", "--by", "the number on its card")
        await stage.does("case", "call-back", strikes.case, *by, **officer)
    return strikes.case


async def asked_for(strikes: Strikes, case: str, member: str, **responder: str) -> str:
    """A request to a member that is open, as the member finds it."""
    ask = ("case", "request", case, "--responder", member, "--need", "advice=1")
    await strikes.stage.does(*ask, **strikes.officer())
    found = await strikes.stage.does("request", "list", "--open", **responder)
    return found["requests"][0]["request"]


async def strike_backup(strikes: Strikes) -> None:
    """The older copy is there whole, or the newer one."""
    stage = strikes.stage
    copy = stage.folder / "copy.journal"
    before = (await asyncio.to_thread(verify, copy)).head if copy.exists() else 0
    assert await strikes.kill("backup", "backup", "--home", stage.home, "--out", copy)
    after = (await asyncio.to_thread(verify, copy)).head
    assert after >= before


async def strike_restore(strikes: Strikes) -> None:
    """The journal that was there is there whole, or the one that was put in its place; neither is thrown away."""
    stage = strikes.stage
    away = Home(stage.folder / "away")
    if strikes.restored is None:
        shutil.copytree(stage.home, away.folder, ignore=shutil.ignore_patterns("journal*", "run*"))
        await stage.does("backup", "--home", stage.home, "--out", stage.folder / "away.journal")
    copy = stage.folder / "away.journal"
    await strikes.kill("restore", "restore", "--home", away.folder, "--from", copy, "--force")
    wanted = await said_in(copy)
    found = await said_in(away.journal)
    assert found in (strikes.restored, wanted), "the journal is neither the old nor the new"
    for aside in away.folder.glob(f"*{BEFORE_RESTORE}-*"):
        aside.unlink()
    await stage.does("backup", "--home", stage.home, "--out", copy)
    strikes.restored = found


async def said_in(path) -> list[tuple[int, bytes]]:
    """Every statement of a journal that no station has open."""
    journal = await SqlJournal.open(path, create=False)
    found = [(one.seq, one.id) for one in await journal.glance(after_seq=0, limit=10_000_000)]
    await journal.close()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessKind:
    """A kind of process: how it is killed, and how often in a night."""

    strike: Strike
    nightly: int


KINDS = {
    "station": ProcessKind(strike=strike_station, nightly=70),
    "supervisor": ProcessKind(strike=strike_supervisor, nightly=30),
    "caller": ProcessKind(strike=strike_caller, nightly=60),
    "responder": ProcessKind(strike=strike_responder, nightly=40),
    "backup": ProcessKind(strike=strike_backup, nightly=30),
    "restore": ProcessKind(strike=strike_restore, nightly=30),
}
"""With the 40 of ``test_kill_nine`` they are 300."""
