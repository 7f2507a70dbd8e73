"""Durable intake of raw statements on both engines, each acknowledged after its commit, beside a bare verify loop.

The verify loop (PyNaCl, the same bytes, one thread) runs right before and right after each round, so that a busy
machine slows both. Also how it stays while the journal grows (``--stored`` sets how far), and how fast the worker
folds.
"""

import argparse
import asyncio
import os
import time
from typing import Any

from common import BATCH, Rounds, register_members, row, run, scratch_station, seed_of, spread_row, write_rows
from common_postgres import postgres
from nacl.signing import VerifyKey

from esos.keys.identity import public_of
from esos.message.bodies import CallDetails, Called, Tested
from esos.message.statement import Statement, write_statement
from esos.station.records import Admitted
from esos.station.station import Station
from esos.words.realm import Realm

MEMBERS = 500
MESSAGES = 4_000
IN_FLIGHT = 256
ROUNDS = 5
STATEMENT_BYTES = 300


def made(kind: str, number: int) -> Statement:
    """A signed statement of one of the members."""
    body = (
        Tested(call=os.urandom(8))
        if kind == "tested"
        else Called(call=os.urandom(8), details=CallDetails(natures=(2,)))
    )
    seed = seed_of(number % MEMBERS)
    return write_statement(seed=seed, realm=Realm.REAL, kind=kind, body=body, time_ms=number)


def verify_rate(statements: list[Statement]) -> float:
    """Messages a second of a bare verify loop."""
    keys = {number: VerifyKey(public_of(seed_of(number))) for number in range(MEMBERS)}
    began = time.perf_counter()
    for number, statement in enumerate(statements):
        keys[number % MEMBERS].verify(statement.signed, statement.signature)
    return len(statements) / (time.perf_counter() - began)


async def intake_rate(station: Station, statements: list[Statement]) -> float:
    """Statements a second taken in, each acknowledged after its commit."""
    waiting = iter(statements)

    async def door() -> None:
        for statement in waiting:
            await station.intake.take(statement.raw)

    began = time.perf_counter()
    await asyncio.gather(*(door() for _ in range(IN_FLIGHT)))
    return len(statements) / (time.perf_counter() - began)


async def grow(station: Station, target: int) -> None:
    """Fill the journal to a size with statements that nothing folds."""
    head = await station.journal.head()
    while head < target:
        count = min(BATCH, target - head)
        names, cose = os.urandom(32 * count), os.urandom(STATEMENT_BYTES)
        batch = [
            Admitted(id=name, kind="tested", dedupe=name, route="", cose=cose, admission=b"x" * 60)
            for name in (names[start : start + 32] for start in range(0, 32 * count, 32))
        ]
        await station.journal.append(batch, now_ms=1)
        head += count


async def measure_sizes(engine: str, station: Station, stored: list[int]) -> list[dict[str, Any]]:
    """A row for each size, and one that compares the largest with the smallest."""
    await register_members(station, MEMBERS)
    found: list[Rounds] = []
    for size in stored:
        await grow(station, size)
        found.append(await rounds(station))
    rows = [
        spread_row(f"durable intake, {engine}, at {size} stored", one, "statements/s", "PyNaCl verify loop")
        for size, one in zip(stored, found, strict=True)
    ]
    first, last = found[0].ratio, found[-1].ratio
    beside = f"the ratio at {stored[0]} stored"
    return [*rows, row(f"durable intake, {engine}, ratio at {stored[-1]} stored", last, "", beside, last / first)]


async def rounds(station: Station) -> Rounds:
    """Several rounds, each between two runs of the floor."""
    pairs = []
    for _ in range(ROUNDS):
        statements = [made("tested", number) for number in range(MESSAGES)]
        before = verify_rate(statements)
        rate = await intake_rate(station, statements)
        pairs.append((rate, (before + verify_rate(statements)) / 2))
    return Rounds(pairs)


async def folding(station: Station) -> dict[str, Any]:
    """How fast the worker folds calls."""
    calls = [made("called", number) for number in range(MESSAGES // 2)]
    await intake_rate(station, calls)
    began, folded = time.perf_counter(), 0
    while count := await station.folder.run_once(now_ms=station.clock.now_ms()):
        folded += count
    rate = folded / (time.perf_counter() - began)
    return row("folding, SQLite", rate, "statements/s", "the 1,000 a second it must keep up with", rate / 1000)


async def measure(stored: list[int], database: str) -> list[dict[str, Any]]:
    """The rows of this benchmark; without PostgreSQL where there is none."""
    async with scratch_station() as station:
        rows = await measure_sizes("SQLite", station, stored)
        last = await folding(station)
    if database:
        async with scratch_station(database=database) as station:
            rows += await measure_sizes("PostgreSQL", station, stored)
    return [*rows, last]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stored", type=int, default=1_000_000, help="grow the journal to this many statements")
    largest = parser.parse_args().stored
    sizes = [size for size in (1_000, 10_000, 100_000, 1_000_000) if size <= largest]
    with postgres() as server:
        write_rows("intake", run(measure(sizes, server.new_journal() if server else "")))


if __name__ == "__main__":
    main()
