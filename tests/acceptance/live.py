"""A real station in a process of its own, on real ports of the loopback interface, for whoever plays its parties.

``founded`` makes a home with officers and members; ``Live.start`` runs it, ``stop`` and ``kill`` end it, and
it can be started again on the same home. Run as a program, this file *is* the station's process.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec
import structlog

from esos.cli.serve import stop_in_time
from esos.cli.several import serve_by_several
from esos.logbook.base64s import url_safe
from esos.message import bodies as b
from esos.message.card import Capability, Contact, MemberCard, PublicKey
from esos.message.statement import Statement, write_statement
from esos.pact import shipped
from esos.service import founder_of, opened_station, running_station, serving_in_process
from esos.settings import Settings
from esos.station.identity import StationIdentity
from esos.station.station import Station
from esos.vault.home import Home
from esos.vault.keyfile import KeyPair, new_key
from esos.words.need import NeedLine
from esos.words.realm import Realm

READY_SECONDS = 90
STOP_SECONDS = 10
MINUTE_MS = 60_000


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An officer of the station, with the token of its program."""

    id: str
    name: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member with its key and, for programs without the key, a token."""

    id: str
    name: str
    key: KeyPair
    token: str

    def say(self, kind: str, body: b.Body, *, case: str = "") -> Statement:
        """A statement signed with the member's own key."""
        return write_statement(
            seed=self.key.seed,
            realm=self.key.realm,
            kind=kind,
            body=body,
            time_ms=now_ms(),
            case=bytes.fromhex(case) if case else None,
        )


@dataclass(slots=True, kw_only=True)
class Live:
    """A station's home with its people, and its process while it runs."""

    home: Home
    settings: Settings
    identity: StationIdentity
    officers: list[Person]
    members: list[Member]
    process: subprocess.Popen[bytes] | None = None
    http: str = ""
    udp: str = ""
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.home.folder / "station.log"

    def start(self) -> "Live":
        """Run the station; it may have been stopped or killed before."""
        arguments = [sys.executable, __file__, str(self.home.folder), msgspec.json.encode(self.settings).decode()]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=log)
        os.set_blocking(self.process.stdout.fileno(), False)
        line, deadline = b"", time.monotonic() + READY_SECONDS
        while not line.endswith(b"\n"):
            assert time.monotonic() < deadline, f"the station was not ready in time:\n{self.log.read_text()}"
            assert self.process.poll() is None, f"the station ended:\n{self.log.read_text()}"
            line += self.process.stdout.read() or b""
            time.sleep(0.02)
        ready = json.loads(line)
        self.http, self.udp = ready["http"], ready["udp"]
        return self

    def stop(self) -> float:
        """Ask it to end; the seconds that it took."""
        return self._end(signal.SIGTERM)

    def kill(self) -> float:
        """Take the power away."""
        return self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> float:
        began = time.monotonic()
        if self.process is not None:
            self.process.send_signal(how)
            try:
                self.process.wait(STOP_SECONDS)
            finally:
                self.process.kill()
                self.process.stdout.close()
                self.process = None
        return time.monotonic() - began

    def client(self, token: str = "") -> httpx.Client:
        """A client for one party: with its token, or for nobody known."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.http, headers=headers, timeout=20)

    def shows(self, key: KeyPair, *, lives_ms: int = 5 * MINUTE_MS, audience: bytes = b"") -> dict[str, str]:
        """The header with which a key's holder shows who it is."""
        body = b.Presented(audience=audience or self.identity.kid, expires_ms=now_ms() + lives_ms)
        statement = write_statement(seed=key.seed, realm=key.realm, kind="presented", body=body, time_ms=now_ms())
        return {"Authorization": f"ESOS {url_safe(statement.raw)}"}

    def post(self, statement: Statement, *, key: KeyPair | None = None) -> httpx.Response:
        """Post a signed statement; with ``key`` as a stranger who sends its public key along."""
        headers = {"Content-Type": "application/cose"}
        if key is not None:
            headers["Esos-Key"] = key.public.hex()
        return httpx.post(f"{self.http}/api/v1/statements", content=statement.raw, headers=headers, timeout=20)


def card_of(name: str, key: KeyPair, *, address: str = "") -> bytes:
    """A member's card as it signs it: a team that filters, advises, looks and examines."""
    card = MemberCard(
        name=name,
        keys=(PublicKey(public=key.public, realm=key.realm),),
        country="IE",
        contacts=(Contact(channel="file", address=address),) if address else (),
        capabilities=(
            Capability(line=NeedLine.FILTERING, units=20, lead_minutes=5),
            Capability(line=NeedLine.ADVICE, units=40),
            Capability(line=NeedLine.TRIAGE, units=16),
            Capability(line=NeedLine.FORENSICS, units=4),
        ),
    )
    body = b.CardSigned(card=card)
    return write_statement(seed=key.seed, realm=key.realm, kind="card_signed", body=body, time_ms=now_ms()).raw


async def _found(home: Home, settings: Settings, members: int, pact: str) -> tuple[list[Person], list[Member]]:
    realm = home.identity().realm
    async with opened_station(home, settings, lambda: "") as station:
        founder = founder_of(station)
        await founder.publish_pact(shipped.load(pact)[0])
        officers = []
        for name, roles in (
            ("First officer", ("officer", "registrar")),
            ("Second officer", ("officer",)),
            ("Auditor", ("auditor",)),
        ):
            party = await founder.add_officer(name, roles)
            officers.append(Person(id=party, name=name, token=await station.tokens.program_token(party)))
        await founder.say("roster_set", b.RosterSet(watch=(officers[0].id,), backup=(officers[1].id,)))
        joined = []
        for number in range(members):
            name, key = f"Example Team {number}", new_key(realm)
            member = await founder.register(card_of(name, key, address=f"team{number}"))
            joined.append(Member(id=member, name=name, key=key, token=await station.tokens.program_token(member)))
            accession = b.Acceded(member=member, pact=station.directory.pact.name, digest=station.directory.pact.digest)
            await station.intake.take(joined[-1].say("acceded", accession).raw)
        return officers, joined


def founded(
    folder: Path, *, members: int = 6, speed: int = 1, realm: Realm = Realm.EXERCISE, pact: str = "club", **settings
) -> Live:
    """A station's home with three officers (the first is registrar too, the third an auditor) and members; not running."""
    home = Home(folder)
    identity = home.create(name="Example Watch", realm=realm)
    wanted = Settings(**{"http": "127.0.0.1:0", "udp": "127.0.0.1:0", "speed": speed, **settings})
    officers, joined = asyncio.run(_found(home, wanted, members, pact))
    return Live(home=home, settings=wanted, identity=identity, officers=officers, members=joined)


@asynccontextmanager
async def inside(live: Live) -> AsyncIterator[tuple[httpx.AsyncClient, Station]]:
    """The same station in this process, without sockets: a client for its application, and the station itself."""
    async with serving_in_process(live.home, live.settings) as (app, station):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://station.example", timeout=20) as client:
            yield client, station


def bearer(token: str) -> dict[str, str]:
    """The header of a program with a token."""
    return {"Authorization": f"Bearer {token}"}


async def _serve(folder: Path, settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop_in_time, stop)
    async with running_station(Home(folder), settings) as running:
        print(json.dumps({"ready": True, "http": running.http, "udp": running.udp}), flush=True)
        await stop.wait()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # nobody reads on from the ready line
    given = msgspec.json.decode(sys.argv[2], type=Settings)
    if given.processes > 1:
        serve_by_several(Path(sys.argv[1]), given, with_parent=True, as_json=True)
    else:
        asyncio.run(_serve(Path(sys.argv[1]), given))
