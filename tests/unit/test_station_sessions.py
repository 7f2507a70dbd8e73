"""How long somebody stays signed in: while it is used, and never beyond a bound."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from doubles.memory_journal import MemoryJournal, MemoryStore

from esos.station.tokens import SESSION_LONGEST_MS, SESSION_MS, Tokens

START_MS = 1_764_000_000_000


class Hands:
    """A clock that is set by hand."""

    now = START_MS

    def now_ms(self) -> int:
        return self.now


class Loaded:
    """Dice that always give something else."""

    thrown = 0

    def bytes(self, count: int) -> bytes:
        self.thrown += 1
        return self.thrown.to_bytes(count)


def tokens() -> tuple[Tokens, Hands]:
    clock = Hands()
    return Tokens(journal=MemoryJournal(MemoryStore()), dice=Loaded(), clock=clock, link_key=bytes(32)), clock


def now(said: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(said)


def test_a_session_that_is_used_does_not_end_in_the_middle_of_a_watch():
    station, clock = tokens()
    session = now(station.session("officer:a"))
    for _ in range(6):
        clock.now += SESSION_MS // 2
        assert now(station.in_session(session)).party == "officer:a"


def test_a_session_nobody_uses_ends():
    station, clock = tokens()
    session = now(station.session("officer:a"))
    clock.now += SESSION_MS
    assert now(station.in_session(session)) is None


def test_no_session_lasts_beyond_its_bound_however_much_it_is_used():
    station, clock = tokens()
    session = now(station.session("officer:a"))
    while clock.now < START_MS + SESSION_LONGEST_MS:
        assert now(station.in_session(session)) is not None
        clock.now += SESSION_MS // 4
    assert now(station.in_session(session)) is None


def test_no_other_secret_is_a_session():
    station, _ = tokens()
    assert now(station.in_session(now(station.program_token("officer:a")))) is None
    assert now(station.in_session(now(station.link("officer:a")))) is None


class EndedMeanwhile(MemoryJournal):
    """A journal in which somebody signs out between a look at a token and whatever is done with it."""

    async def token(self, digest, *, now_ms):
        found = await super().token(digest, now_ms=now_ms)
        await self.drop_tokens(party="officer:a", purpose="session")
        return found


def test_a_request_under_way_does_not_undo_signing_out():
    clock, store = Hands(), MemoryStore()
    slow, quick = [
        Tokens(journal=journal(store), dice=Loaded(), clock=clock, link_key=bytes(32))
        for journal in (EndedMeanwhile, MemoryJournal)
    ]
    session = now(quick.session("officer:a"))
    clock.now += SESSION_MS // 2
    now(slow.in_session(session))
    assert now(quick.in_session(session)) is None
