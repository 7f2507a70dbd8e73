"""A demonstration under load that writes down what every client asked and heard, for whoever kills its processes.

``esos up`` runs with its supervisor and its station on a fixed port, so that clients find it again whatever died.
"""

import asyncio
import contextlib
import itertools
import json
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from doubles.heard_history import Heard, HeardHistory, Seen
from doubles.ports import free_port
from live import Live, Member
from rough import call_by_datagram, fresh_key, sealing_key, strangers_call, until

from esos.message import bodies as b
from esos.settings import Settings
from esos.vault.home import Home
from esos.vault.keyfile import KeyPair, read_key

READY_SECONDS = 60
UP_TRIES = 20
MESSAGES_IN_A_CASE = 12
PAUSE_SECONDS = 0.1
STREAM_SECONDS = 1.0
PROGRAM = (sys.executable, "-m", "esos.cli.main")


@dataclass(slots=True)
class Ended:
    """A command that ended by itself, or was killed (code below 0)."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        return json.loads(self.out.splitlines()[-1])


@dataclass(slots=True)
class Stage:
    """The processes of a demonstration, and the history of its clients."""

    folder: Path
    port: int
    history: HeardHistory = field(default_factory=HeardHistory)
    by_command: dict[str, str] = field(default_factory=dict)
    by_datagram: set[bytes] = field(default_factory=set)
    up: asyncio.subprocess.Process | None = None

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def card(self) -> Path:
        return self.folder / "station.json"

    async def start(self) -> None:
        """``esos up`` until it says that it is ready; again and again while what was killed still lets go."""
        arguments = ("up", "--home", self.home, "--port", self.port, "--no-browser", "--json")
        for _ in range(UP_TRIES):
            with (self.folder / "up.log").open("a") as log:
                self.up = await self.spawn(*arguments, log=log)
            async with asyncio.timeout(READY_SECONDS):
                line = await self.up.stdout.readline()
            if line:
                self.card.write_text(json.dumps(json.loads(line)["card"]))
                return
            await self.up.wait()
            await asyncio.sleep(0.5)
        raise AssertionError(f"esos up did not come up again:\n{(self.folder / 'up.log').read_text()[-3000:]}")

    async def stop(self) -> None:
        """End it in order, and by force where that takes long."""
        self.up.terminate()
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self.up.wait()
        except TimeoutError:
            self.up.kill()
            raise

    def station_pid(self) -> int | None:
        """The process of the station itself, the supervisor's only child."""
        try:
            children = Path(f"/proc/{self.up.pid}/task/{self.up.pid}/children").read_text().split()
        except FileNotFoundError:
            return None
        return int(children[0]) if children else None

    async def served(self) -> None:
        """Wait until the station takes calls."""

        async def ready() -> bool:
            async with httpx.AsyncClient(timeout=5) as client:
                with contextlib.suppress(httpx.HTTPError):
                    return (await client.get(f"{self.url}/readyz")).status_code == 200
            return False

        await until(ready, what="the station is ready again", seconds=READY_SECONDS)

    async def spawn(self, *arguments: object, log=asyncio.subprocess.PIPE, **environment: str):
        """Start a command of the command line."""
        surroundings = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **environment}
        return await asyncio.create_subprocess_exec(
            *PROGRAM,
            *map(str, arguments),
            cwd=self.folder,
            env=surroundings,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            limit=2**20,
        )

    async def run(self, *arguments: object, kill_after_s: float | None = None, **environment: str) -> Ended:
        """A command to its end, or to the moment at which it is killed."""
        process = await self.spawn(*arguments, "--json", **environment)
        talking = asyncio.ensure_future(process.communicate())
        if kill_after_s is not None:
            await asyncio.wait({talking}, timeout=kill_after_s)
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)  # send_signal may take the code of one that has just ended
        async with asyncio.timeout(READY_SECONDS):
            out, err = await talking
        return Ended(process.returncode, out.decode(), err.decode())

    async def does(self, *arguments: object, **environment: str) -> dict:
        """The result of a command that must succeed."""
        done = await self.run(*arguments, **environment)
        assert done.code == 0, (arguments, done.err)
        return done.json

    def live(self) -> Live:
        """The same station, as helpers of other tests know one."""
        identity = Home(self.home).identity()
        listed = json.loads((self.home / "demo" / "members.json").read_text())
        keys = [read_key(self.home / one["key"]) for one in listed]
        members = [
            Member(id=one["member"], name=one["name"], key=key, token="") for one, key in zip(listed, keys, strict=True)
        ]
        live = Live(home=Home(self.home), settings=Settings(), identity=identity, officers=[], members=members)
        live.http, live.udp = self.url, f"127.0.0.1:{self.port}"
        return live

    def officer(self) -> dict[str, str]:
        """The header of the officer on this machine."""
        return {"Authorization": f"Bearer {Home(self.home).read_token()}"}


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    """A stage that is up, and down afterwards."""
    scene = Stage(folder, free_port())
    await scene.start()
    try:
        yield scene
    finally:
        await scene.stop()


# ------------------------------------------------------------------------------------------------ the load
@asynccontextmanager
async def under_load(scene: Stage) -> AsyncIterator[None]:
    """Callers by HTTP and by datagram, and an officer who reads, all the while."""
    live = scene.live()
    async with httpx.AsyncClient(base_url=scene.url, timeout=5) as client:
        sealing = await sealing_key(client, live, live.members[0].key)
        cases: list[str] = []
        loads = [
            *(_talk(scene, client, member, cases) for member in live.members[:2]),
            *(_strangers(scene, client) for _ in range(2)),
            _datagrams(scene, live, live.members[0], sealing),
            _follow_stream(scene, client),
            _look_at_cases(scene, client, cases),
        ]
        running = [asyncio.ensure_future(load) for load in loads]
        try:
            yield
        finally:
            for load in running:
                load.cancel()
            ended = await asyncio.gather(*running, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended


async def _talk(scene: Stage, client: httpx.AsyncClient, member: Member, cases: list[str]) -> None:
    """A member calls, writes on its case, takes the call back, and begins again."""
    for number in itertools.count():
        said = member.say("called", b.Called(call=number.to_bytes(8)))
        case = (await post(scene, client, said, member.name))["case"]
        if not case:
            continue
        cases[:] = [*cases[-3:], case]
        for word in range(MESSAGES_IN_A_CASE):
            await post(scene, client, member.say("messaged", b.Messaged(text=f"Word {word}."), case=case), member.name)
        await post(scene, client, member.say("cancelled", b.Cancelled(), case=case), member.name)


async def _strangers(scene: Stage, client: httpx.AsyncClient) -> None:
    while True:
        key = fresh_key()
        await post(scene, client, strangers_call(key), "stranger", key)


async def post(scene: Stage, client: httpx.AsyncClient, statement, who: str, key: KeyPair | None = None) -> dict:
    """Post the same bytes until a station says that it has them; every try is written down, answered or not."""
    headers = {"Content-Type": "application/cose"} | ({"Esos-Key": key.public.hex()} if key else {})
    asked = {"kind": "append", "client": who, "subject": statement.id.hex()}
    while True:
        began = time.monotonic()
        await asyncio.sleep(PAUSE_SECONDS)
        try:
            answer = await client.post("/api/v1/statements", content=statement.raw, headers=headers)
        except httpx.HTTPError:
            scene.history.add(Heard(**asked, began=began))
            continue
        if answer.status_code in {200, 201, 202}:
            kept = answer.json()
            one = Seen(seq=kept["seq"], id=kept["id"], at_ms=kept["at_ms"], verdict=kept["verdict"])
            scene.history.add(Heard(**asked, began=began, ended=time.monotonic(), seen=(one,)))
            return kept
        scene.history.add(Heard(**asked, began=began))
        assert answer.status_code == 503, answer.text


async def _datagrams(scene: Stage, live: Live, member: Member, sealing: bytes) -> None:
    while True:
        heard, statement = await call_by_datagram(live, live.udp, member.key, sealing)
        assert heard.proven
        scene.by_datagram.add(statement)
        await asyncio.sleep(PAUSE_SECONDS)


async def _patiently(ask: Callable[[], Awaitable[None]]) -> None:
    """Ask for ever; a station that is down just now is asked again."""
    while True:
        with contextlib.suppress(httpx.HTTPError, TimeoutError):
            await ask()
        await asyncio.sleep(PAUSE_SECONDS)


async def _follow_stream(scene: Stage, client: httpx.AsyncClient) -> None:
    """An officer's stream of the whole journal: where it breaks off, it goes on from what was shown."""
    shown = [0]

    async def listen() -> None:
        began, seen, after = time.monotonic(), [], shown[0]
        try:
            async with (
                asyncio.timeout(STREAM_SECONDS),
                client.stream("GET", "/api/v1/events", params={"after": after}, headers=scene.officer()) as stream,
            ):
                async for line in stream.aiter_lines():
                    if line.startswith("data:"):
                        one = json.loads(line.removeprefix("data:"))
                        seen.append(Seen(seq=one["seq"], at_ms=one["at_ms"], verdict=one["verdict"]))
        finally:
            if seen:
                shown[0] = seen[-1].seq
                asked = {"kind": "stream", "client": "officer's stream", "subject": "", "after": after}
                scene.history.add(Heard(**asked, began=began, ended=time.monotonic(), seen=tuple(seen)))

    await _patiently(listen)


async def _look_at_cases(scene: Stage, client: httpx.AsyncClient, cases: list[str]) -> None:
    """An officer looks again and again at the cases that were opened last."""

    async def look() -> None:
        if not cases:
            return
        case = random.choice(cases)
        began = time.monotonic()
        answer = await client.get(f"/api/v1/cases/{case}/statements", headers=scene.officer())
        if answer.status_code == 200:
            rows = [
                Seen(seq=one["seq"], id=one["id"], at_ms=one["at_ms"], verdict=one["verdict"])
                for one in answer.json()["statements"]
            ]
            asked = {"kind": "case", "client": "officer", "subject": case}
            scene.history.add(Heard(**asked, began=began, ended=time.monotonic(), seen=tuple(rows)))

    await _patiently(look)
