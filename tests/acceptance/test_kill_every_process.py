"""Every kind of process is killed under load, and one journal explains all that any client was told.

What is broken is told as a sentence by ``doubles.heard_history``, whose own tests show that it finds each breach.
"""

import asyncio
import random
from collections import Counter, defaultdict

import pytest
from doubles.heard_history import Seen, breaches
from kills import KINDS, Strikes
from stage import Stage, stage, under_load

from esos.message import bodies as b
from esos.message.reading import read_any
from esos.service import opened_station
from esos.settings import Settings
from esos.station.records import Entry
from esos.vault.home import Home

pytestmark = pytest.mark.timeout(300)

SEED = 20261
ONCE = dict.fromkeys(("supervisor", "caller", "backup"), 1)
"""The station itself is killed in ``test_kill_nine`` at each run, the others at night."""
ALL_NIGHT = {name: kind.nightly for name, kind in KINDS.items()}


@pytest.mark.parametrize(
    "times",
    [ONCE, pytest.param(ALL_NIGHT, marks=[pytest.mark.nightly, pytest.mark.timeout(7200)])],
    ids=["once", "all"],
)
def test_whatever_process_is_killed_one_journal_explains_all_that_anybody_was_told(tmp_path, times):
    entries, scene = asyncio.run(_killed(tmp_path, times))
    journal = [Seen(seq=one.seq, id=one.id.hex(), at_ms=one.at_ms, verdict=one.verdict) for one in entries]
    assert breaches(scene.history, journal) == []
    stored = {one.id for one in journal}
    assert {one.hex() for one in scene.by_datagram} <= stored
    assert scene.by_command.keys() <= stored
    heard = Counter(one.kind for one in scene.history.heard)
    print(
        f"kills {sum(times.values())} ({', '.join(f'{count} of {name}' for name, count in times.items())}), "
        f"questions {heard.total()}, statements {len(journal)}, breaches 0"
    )
    assert all(heard[kind] > 5 for kind in ("append", "case", "stream"))
    assert scene.by_datagram
    assert len(cases_of_calls(entries)) > 3


async def _killed(folder, times: dict[str, int]) -> tuple[list[Entry], Stage]:
    chance = random.Random(SEED)
    order = [name for name, count in times.items() for _ in range(count)]
    chance.shuffle(order)
    async with stage(folder) as scene:
        strikes = Strikes(scene, chance)
        async with under_load(scene):
            for name in order:
                await KINDS[name].strike(strikes)
            await scene.served()
    async with opened_station(Home(scene.home), Settings(), lambda: "") as station:
        await station.fold_all()
        return await station.journal.read(limit=10_000_000), scene


def cases_of_calls(entries: list[Entry]) -> dict[tuple, set]:
    """The cases that each call opened or joined: one call, one case."""
    cases = defaultdict(set)
    for entry in entries:
        statement = read_any(entry.cose)
        if isinstance(statement.body, b.Called):
            cases[statement.author, statement.body.call].add(entry.case)
    assert all(len(found) == 1 and None not in found for found in cases.values()), "one call, one case"
    return cases
