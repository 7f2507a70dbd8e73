"""How long a station takes from its start to the first receipt and the first page, with a million statements behind it.

The journal is made through its own port: members, cases open and closed, their statements, and a leaf for each. Then
the station is started as its owner starts it, and asked from outside. Beside it, in the same run: the same start of a
station with nothing behind it, and the bare reading of the journal's bytes. Writes ``benchmarks/results/restart.json``.
"""

import argparse
import asyncio
import hashlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
from common import register_members, row, seed_of, write_rows

from esos.case.model import Case, decode_case, encode_case
from esos.keys.identity import sign
from esos.keys.speaker import encode_speaker
from esos.logbook.checkpoint import Checkpoint, sign_checkpoint
from esos.logbook.tree import Frontier
from esos.message.bodies import CallDetails, Called, Cancelled
from esos.message.voice import Voice
from esos.pact import shipped
from esos.service import founder_of, opened_station
from esos.settings import Settings
from esos.station.records import Admitted, CaseRecord, Due, Folding, Leaf
from esos.station.station import Station
from esos.vault.home import Home
from esos.words.realm import Realm

LIMIT_SECONDS = 3
"""From start to full service, at most."""
EVERY_CASE = 50
"""One case for so many statements."""
OPEN_EVERY = 10
"""One in so many cases is open."""
TEMPLATES = 40
STATEMENT_BYTES = 320
BATCH = 5_000
STARTS = 5
READ_BYTES = 1 << 20
WAIT_SECONDS = 120


async def make_home(folder: Path, *, statements: int, members: int) -> None:
    """A station's home whose journal holds so many statements."""
    home = Home(folder)
    home.create(name="Benchmark station", realm=Realm.REAL)
    async with opened_station(home, Settings(), lambda: "") as station:
        await founder_of(station).publish_pact(shipped.load("club")[0])
        if statements:
            await register_members(station, members)
            await _fill_cases(station, statements // EVERY_CASE)
            await _fill_statements(station, statements)
            await _fill_log(station)


async def _fill_cases(station: Station, count: int) -> None:
    """Real cases, open and cancelled, and copies of them under other ids and callers."""
    now_ms = station.clock.now_ms()
    callers = [Voice(seed=seed_of(number), realm=Realm.REAL) for number in range(TEMPLATES)]
    for number, caller in enumerate(callers):
        body = Called(call=number.to_bytes(8), details=CallDetails(natures=(1,), words="Nothing works here. " * 5))
        await station.intake.take(caller.say("called", body, now_ms=now_ms).raw)
    await station.fold_all()
    ended = callers[TEMPLATES // OPEN_EVERY :]
    for caller in ended:
        case = await station.journal.last_case_of(caller.kid.hex())
        if case is not None:
            await station.intake.take(caller.say("cancelled", Cancelled(), now_ms=now_ms, case=case.id).raw)
    await station.fold_all()
    records = await station.journal.cases(limit=TEMPLATES)
    read = [(one, decode_case(one.blob)) for one in records]
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        await station.journal.save([_copy(read, number) for number in numbers], now_ms=now_ms)


def _copy(read: list[tuple[CaseRecord, Case]], number: int) -> Folding:
    """One of the real cases again, of another caller; its timers come a day later, so that this measures starting."""
    record, case = read[number % len(read)]
    case_id = hashlib.sha256(b"case %d" % number).digest()[:16]
    copied = msgspec.structs.replace(case, id=case_id, caller=f"copy-{number}")
    kept = msgspec.structs.replace(record, id=case_id, caller=copied.caller, version=1, blob=encode_case(copied))
    due = tuple(Due(key=one.key, due_ms=one.due_ms + 86_400_000) for one in case.timers.values())
    return Folding(
        route="", fence=0, case=kept, expected_version=0, verdicts=(), said=(), due=due, parcels=()
    )  # fmt: skip


async def _fill_statements(station: Station, count: int) -> None:
    """As many as are missing, as large as real ones; nothing folds them."""
    now_ms, head = station.clock.now_ms(), await station.journal.head()
    admission, body = encode_speaker(station.identity.speaker), os.urandom(STATEMENT_BYTES)
    for start in range(head, count, BATCH):
        names = [hashlib.sha256(b"%d" % number).digest() for number in range(start, min(start + BATCH, count))]
        batch = [Admitted(id=n, kind="timed_out", dedupe=n, route="", cose=body, admission=admission) for n in names]
        await station.journal.append(batch, now_ms=now_ms)


async def _fill_log(station: Station) -> None:
    """A leaf for each statement under one signed head, as the sequencer would have put them one by one."""
    now_ms, identity = station.clock.now_ms(), station.identity
    head, (size, _) = await station.journal.head(), await station.journal.checkpoint()
    hashes = await station.journal.leaf_hashes(start=0, stop=size)
    frontier = Frontier().extended(hashes)
    for start in range(size, head, BATCH):
        leaves = [_leaf(index) for index in range(start, min(start + BATCH, head))]
        frontier = frontier.extended([leaf.leaf_hash for leaf in leaves])
        text = Checkpoint(origin=identity.origin, size=frontier.size, root=frontier.root())
        note = sign_checkpoint(text, public=identity.public, sign=lambda said: sign(identity.seed, said))
        await station.journal.put_leaves(leaves, checkpoint=note, size=frontier.size, now_ms=now_ms)


def _leaf(index: int) -> Leaf:
    digest = hashlib.sha256(b"leaf %d" % index).digest()
    return Leaf(index=index, seq=index + 1, leaf_hash=digest, key=digest)


class Started:
    """A station's process: the seconds from its start to the first receipt, the first page, and the first proof."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self._home = home
        self._environment = environment
        self.seconds: dict[str, float] = {}

    def run(self) -> dict[str, float]:
        """Start it, ask it, stop it."""
        command = [str(Path(sys.executable).parent / "esos"), "station", "run", "--home", str(self._home), "--json"]
        began = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--http", "127.0.0.1:0", "--udp", "127.0.0.1:0"],
            env=self._environment,
            stdout=subprocess.PIPE,
        )
        try:
            ready = json.loads(next(self._lines(process)))
            with httpx.Client(base_url=ready["http"], timeout=WAIT_SECONDS) as client:
                self._ask(client, process, began)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(WAIT_SECONDS)
        return self.seconds

    def _lines(self, process: "subprocess.Popen[bytes]") -> Iterator[bytes]:
        if process.stdout is None:
            raise SystemExit("bench: the station says nothing")
        yield from process.stdout

    def _ask(self, client: httpx.Client, process: "subprocess.Popen[bytes]", began: float) -> None:
        call = {"caller_name": "Example Net", "call": os.urandom(8).hex(), "details": {"urgency": "mayday"}}
        kept = client.post("/api/v1/calls", json=call)
        kept.raise_for_status()
        self.seconds["receipt"] = time.perf_counter() - began
        client.get("/", headers={"accept": "text/html"}).raise_for_status()
        self.seconds["page"] = time.perf_counter() - began
        proof = f"/api/v1/receipts/{kept.json()['statement']}"
        while client.get(proof).status_code != httpx.codes.OK:
            time.sleep(0.01)
        self.seconds["proof"] = time.perf_counter() - began
        self.seconds["processor"] = processor_seconds(process.pid)


def processor_seconds(pid: int) -> float:
    """What a process has used of the processor: the same on a busy machine as on an idle one."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def read_seconds(home: Path) -> float:
    """How long the bare reading of the journal's bytes takes."""
    began = time.perf_counter()
    for file in sorted(home.glob("journal*")):
        with file.open("rb", buffering=0) as opened:
            while opened.read(READ_BYTES):
                pass
    return time.perf_counter() - began


def starts_of(home: Path, count: int) -> dict[str, float]:
    """The median of so many starts, by what was waited for."""
    with tempfile.TemporaryDirectory() as cache:  # compiled before, as in any installation
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        runs = [Started(home, environment).run() for _ in range(count + 1)][1:]
    return {what: statistics.median(run[what] for run in runs) for what in runs[0]}


def measure(folder: Path, *, statements: int, members: int, starts: int) -> list[dict[str, Any]]:
    """The rows of this benchmark."""
    empty, full = folder / "empty", folder / "full"
    for home, count in ((empty, 0), (full, statements)):
        if not home.exists():
            asyncio.run(make_home(home, statements=count, members=members))
    reading = min(read_seconds(full) for _ in range(3))
    bare, found = starts_of(empty, starts), starts_of(full, starts)
    whole = max(found[what] for what in ("receipt", "page", "proof"))
    behind = f"{statements} statements"
    beside = "the same start with nothing behind it"
    return [
        row(f"start to first receipt, {behind}", found["receipt"], "s", beside, found["receipt"] / bare["receipt"]),
        row(f"start to first page, {behind}", found["page"], "s", beside, found["page"] / bare["page"]),
        row(f"start to first proof, {behind}", found["proof"], "s", beside, found["proof"] / bare["proof"]),
        row(f"start to full service, {behind}", whole, "s", f"the {LIMIT_SECONDS} s allowed", whole / LIMIT_SECONDS),
        row(f"start to full service, {behind}", whole, "s", "the bare reading of the journal's bytes", whole / reading),
        row(f"processor until then, {behind}", found["processor"], "s", beside, found["processor"] / bare["processor"]),
    ]  # fmt: skip


def main() -> None:
    """Measure and write down."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--statements", type=int, default=1_000_000)
    arguments.add_argument("--members", type=int, default=2_000)
    arguments.add_argument("--starts", type=int, default=STARTS)
    arguments.add_argument("--keep", type=Path, help="Keep the homes in this folder, for another time.")
    given = arguments.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp(dir=os.environ.get("BENCH_DIR")))
    try:
        rows = measure(folder, statements=given.statements, members=given.members, starts=given.starts)
    finally:
        if given.keep is None:
            shutil.rmtree(folder)
    write_rows("restart", rows)


if __name__ == "__main__":
    main()
