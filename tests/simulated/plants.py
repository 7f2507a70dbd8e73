"""Bugs planted on purpose, each of a kind that a station must never have: the world has to find every one.

A plant is put in for as long as one world runs. None of them touches what looks at the laws.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import doubles.memory_journal as memory
import msgspec

from esos.case import guards
from esos.case.timing import TIMERS
from esos.station.admit import Judge
from esos.station.pager import Pager
from simulated.plan import Plan

STORE_CRASHES_EVERY_S = 3.0


def _unchanged(plan: Plan) -> Plan:
    return plan


def _lying(plan: Plan) -> Plan:
    """The store says "kept" before its sync, and loses its power now and then."""
    disk = replace(plan.disk, is_lying=True, sync_s=max(plan.disk.sync_s, 0.05))
    return replace(plan, disk=disk, store_crash_every_s=STORE_CRASHES_EVERY_S)


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def _changed(owner: Any, name: str, value: Any) -> Iterator[None]:
    kept = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, kept)


@contextmanager
def _timer_without_holder() -> Iterator[None]:
    """When the coordinator's lease runs out, nobody is named to take over."""
    kept = TIMERS["lease"]
    TIMERS["lease"] = kept._replace(holder="")
    try:
        yield
    finally:
        TIMERS["lease"] = kept


@contextmanager
def _double_effect() -> Iterator[None]:
    """A page that is tried again goes out under another id, so that nobody can see that it is the same."""
    real = Pager._send

    async def send(self: Pager, record: Any, channel: Any, message: Any) -> Any:
        again = f"{record.attempts - 1:02x}" + message.stable_id[2:] if record.attempts > 1 else message.stable_id
        return await real(self, record, channel, msgspec.structs.replace(message, stable_id=again))

    with _changed(Pager, "_send", send):
        yield


@contextmanager
def _two_coordinators() -> Iterator[None]:
    """An officer takes charge although another one has it."""
    with _changed(guards.nobody_has_charge, "__code__", (lambda d: None).__code__):
        yield


@contextmanager
def _drill_enters() -> Iterator[None]:
    """Nobody looks at the realm of a statement."""
    with _changed(Judge, "_check_realm", lambda *_: None):
        yield


@contextmanager
def _no_fence() -> Iterator[None]:
    """The store takes the work of a process that was overtaken long ago."""
    real = memory.MemoryJournal._save

    def save(self: memory.MemoryJournal, foldings: Any, now_ms: int, term: int) -> list[bool]:
        del term
        return real(self, foldings, now_ms, 0)

    with _changed(memory, "_is_current", lambda *_: True), _changed(memory.MemoryJournal, "_save", save):
        yield


PLANTS: dict[str, tuple[Callable[[Plan], Plan], Callable[[], Any]]] = {
    "acknowledge-before-commit": (_lying, _nothing),
    "timer-without-holder": (_unchanged, _timer_without_holder),
    "double-effect": (_unchanged, _double_effect),
    "two-coordinators": (_unchanged, _two_coordinators),
    "drill-enters": (_unchanged, _drill_enters),
    "no-fence": (_unchanged, _no_fence),
}
"""Name to what it changes in the plan, and in the code while a world runs."""
