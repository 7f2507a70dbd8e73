"""How often a station looks while there is news all the time: often enough for people, seldom enough for calls."""

import asyncio
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from doubles.small_club import small_club

from esos.station.station import _Loop

pytestmark = pytest.mark.anyio
SPACING_SECONDS = 0.05


@asynccontextmanager
async def kept_doing(station, loop):
    task = asyncio.create_task(station._keep_doing(loop))
    try:
        yield
    finally:
        task.cancel()


async def test_looks_that_find_nothing_stand_apart_however_much_news_there_is(tmp_path):
    turns = []

    async def look() -> int:
        turns.append(asyncio.get_running_loop().time())
        return 0

    async with small_club(tmp_path) as club, kept_doing(club.station, _Loop("look", look, SPACING_SECONDS)):
        while len(turns) < 8:
            club.station.signal.ring()
            await asyncio.sleep(0.001)
    gaps = [later - earlier for earlier, later in pairwise(turns)]
    assert min(gaps) >= SPACING_SECONDS * 0.9, "clocks of timers are coarse by a little"


async def test_a_turn_that_had_all_it_can_do_is_followed_by_the_next_at_once(tmp_path):
    turns, done = [], asyncio.Event()

    async def work() -> int:
        turns.append(1)
        if len(turns) == 5:
            done.set()
            await asyncio.sleep(60)
        return 3

    loop = _Loop("work", work, spacing_seconds=60, full_count=3)
    async with small_club(tmp_path) as club, kept_doing(club.station, loop), asyncio.timeout(20):
        await done.wait()
