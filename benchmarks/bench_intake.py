"""Durable intake of raw statements, acknowledged after commit, beside a bare PyNaCl verify loop over the same bytes.

Also how it stays flat while the journal grows (``--stored`` sets how far), and how fast the worker folds.
"""

import argparse
import asyncio
import os
import time

from common import BATCH, register_members, row, scratch_station, seed_of, write_rows
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
ROUNDS = 3


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
        batch = [
            Admitted(
                id=os.urandom(32),
                kind="tested",
                dedupe=os.urandom(32),
                route="",
                cose=os.urandom(300),
                admission=b"x" * 60,
            )
            for _ in range(min(BATCH, target - head))
        ]
        await station.journal.append(batch, now_ms=1)
        head += len(batch)


async def measure(stored: list[int]) -> list[dict[str, object]]:
    """The rows of this benchmark."""
    rows = []
    async with scratch_station() as station:
        await register_members(station, MEMBERS)
        for size in stored:
            await grow(station, size)
            pairs = []
            for _ in range(ROUNDS):
                statements = [made("tested", number) for number in range(MESSAGES)]
                pairs.append((verify_rate(statements), await intake_rate(station, statements)))
            floor, rate = max(pairs, key=lambda pair: pair[1] / pair[0])
            rows.append(
                row(f"durable intake at {size} stored", rate, "statements/s", "PyNaCl verify loop", rate / floor)
            )
        calls = [made("called", number) for number in range(MESSAGES)]
        await intake_rate(station, calls)
        began = time.perf_counter()
        folded = 0
        while count := await station.folder.run_once(now_ms=station.clock.now_ms()):
            folded += count
        rate = folded / (time.perf_counter() - began)
        rows.append(row("folding", rate, "statements/s", "the 1,000 a second it must keep up with", rate / 1000))
    return rows


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stored", type=int, default=1_000_000, help="grow the journal to this many statements")
    largest = parser.parse_args().stored
    sizes = [size for size in (1_000, 10_000, 100_000, 1_000_000) if size <= largest]
    write_rows("intake", asyncio.run(measure(sizes)))


if __name__ == "__main__":
    main()
