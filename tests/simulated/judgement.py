"""The laws looked at as a whole: in a calm moment that nothing is late, and at rest that everything holds."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from esos.audit.case import verify_case_file
from esos.errors import Busy, Conflict, Unknown
from esos.logbook.receipt import verify_receipt
from esos.message.bodies import Called, Elapsed
from esos.message.reading import read_any
from esos.station.export import export_case
from esos.station.records import SET_ASIDE, Entry
from esos.station.station import Station
from esos.words.kept import NO_CHANNEL
from esos.words.realm import Realm

if TYPE_CHECKING:
    from simulated.world import World

T = TypeVar("T")
CALM_S = 90.0
"""After so long without trouble nothing may be late any more: longer than every lease and retry of a loop."""
LATE_S = 30.0
SKEW_MS = 70_000
"""By how much clocks may be wrong, and a little more."""
RECEIPTS_MAX, CASES_MAX = 20, 10
"""How many receipts and case files are fetched and verified at the end of one world, drawn from its seed."""
TRIES_MAX = 50


def judge_in_calm(world: "World") -> None:
    """Law 5 and the promise of the inbox: while a process is up, no timer stays overdue and no row ages."""
    now_s = asyncio.get_running_loop().time()
    is_up = any(process.started.is_set() for process in world.processes)
    if not is_up or world.disk.is_down or now_s - world.trouble_s < CALM_S:
        return
    store = world.disk.store
    late_ms = world.now_ms - round(LATE_S * 1000) - SKEW_MS
    for (case, key), timer in store.due.items():
        if timer.due_ms < late_ms:
            world.broken(f"case {case.hex()[:8]}: timer {key} is {world.now_ms - timer.due_ms} ms overdue")
    for seq in sorted(store.inbox)[:1]:
        if store.entries[seq - 1].at_ms < late_ms:
            world.broken(f"entry {seq} ({store.entries[seq - 1].kind}) has waited in the inbox for too long")


async def judge_at_rest(world: "World", station: Station) -> None:
    """Everything, once nothing waits any more."""
    for words in _breaches(world):
        world.broken(words)
    async for words in _breaches_of_proof(world, station):
        world.broken(words)
    world.watch.look_at_log()


def _breaches(world: "World") -> Iterator[str]:
    store = world.disk.store
    read = [(entry, read_any(entry.cose)) for entry in store.entries]
    yield from _numbered(store.entries)
    yield from _one_realm(read, world.identity.realm)
    yield from _one_open_case_a_caller(store.cases.values())
    yield from _one_case_a_call(read)
    yield from _elapsed_once(read)
    yield from _everybody_told(world)
    yield from _one_leaf_each(world)
    for statement, seq in world.watch.acknowledged.items():
        kept = store.ids.get(statement)
        if kept is None or (seq and seq != kept):
            yield f"acknowledged under {seq} and not there: {statement.hex()}"


def _numbered(entries: list[Entry]) -> Iterator[str]:
    if [entry.seq for entry in entries] != list(range(1, len(entries) + 1)):
        yield "journal numbers have a gap"
    if len({entry.id for entry in entries}) != len(entries):
        yield "a statement stands in the journal twice"
    for entry in entries:
        if entry.verdict == SET_ASIDE:
            yield f"entry {entry.seq} ({entry.kind}) could not be folded: {entry.reason}"
        if entry.route and not entry.verdict:
            yield f"entry {entry.seq} ({entry.kind}) was never judged"


def _one_realm(read: list[tuple[Entry, Any]], realm: Realm) -> Iterator[str]:
    """Law 7: what one realm's key says stands in no journal of the other."""
    for entry, statement in read:
        if statement.realm is not realm and entry.kind != "tested":
            yield f"entry {entry.seq} ({entry.kind}) is of the {statement.realm.value} realm"


def _one_open_case_a_caller(records: Any) -> Iterator[str]:
    is_open = Counter(record.caller for record in records if record.is_open)
    yield from (f"{count} open cases of {caller}" for caller, count in is_open.items() if count > 1)


def _one_case_a_call(read: list[tuple[Entry, Any]]) -> Iterator[str]:
    calls: dict[tuple[str, bytes], set[bytes]] = defaultdict(set)
    for entry, statement in read:
        if isinstance(statement.body, Called) and entry.case is not None:
            calls[entry.route, entry.id].add(entry.case)
    yield from (f"one call in {len(cases)} cases" for cases in calls.values() if len(cases) > 1)


def _elapsed_once(read: list[tuple[Entry, Any]]) -> Iterator[str]:
    """A timer runs out once, unless something folded in between, and had before it was due, could start it anew.

    The same due time may come twice: a process whose clock is late hears something after another's timers ran out.
    """
    by_case: dict[bytes | None, list[tuple[Entry, Any]]] = defaultdict(list)
    for entry, statement in read:
        if entry.verdict == "applied":
            by_case[entry.case].append((entry, statement))
    for said in by_case.values():
        yield from ran_out_twice(sorted(said, key=lambda one: one[0].place))


def ran_out_twice(said: list[tuple[Entry, Any]]) -> Iterator[str]:
    """The timers of one case that ran out twice without cause, in words; ``said`` in the order of the fold."""
    ran_out: set[tuple[str, int]] = set()
    for entry, statement in said:
        if not isinstance(statement.body, Elapsed):
            ran_out = {one for one in ran_out if one[1] <= entry.at_ms}
            continue
        timer = (statement.body.timer, statement.body.due_ms)
        if timer in ran_out:
            yield f"timer {timer[0]} ran out twice at one due time"
        ran_out.add(timer)


def _everybody_told(world: "World") -> Iterator[str]:
    """No page was given up that could have gone out one day: some cards, made by chance, name ways that do not exist."""
    for posted in world.disk.store.parcels.values():
        error = posted.record.error
        if posted.record.state == "given_up" and not ("address" in error or NO_CHANNEL.whole(error)):
            yield f"a page was given up: {error}"


def _one_leaf_each(world: "World") -> Iterator[str]:
    """Law 11: every entry has exactly one leaf, and the log has no gap."""
    store = world.disk.store
    if [leaf.index for leaf in store.leaves] != list(range(len(store.leaves))):
        yield "the log's numbers have a gap"
    named = Counter(leaf.seq for leaf in store.leaves if leaf.seq)
    yield from (f"entry {seq} has {count} leaves" for seq, count in named.items() if count > 1)
    yield from (f"entry {entry.seq} has no leaf" for entry in store.entries if entry.seq not in named)
    if store.checkpoint[0] != len(store.leaves):
        yield "the checkpoint does not cover the log"


async def _breaches_of_proof(world: "World", station: Station) -> Any:
    """Laws 11 and 12: what was acknowledged has a receipt that holds, and anybody can redo every case."""
    pinned: Any = {"pinned_public": world.identity.public, "origin": world.identity.origin}
    chance = world.chance("proofs")
    told, cases = list(world.watch.acknowledged), list(world.disk.store.cases)
    for statement in chance.sample(told, min(RECEIPTS_MAX, len(told))):
        proven = verify_receipt(await _patiently(lambda one=statement: station.sequencer.receipt(one)), **pinned)
        if proven.claim.statement != statement:
            yield f"the receipt of {statement.hex()} proves something else"
    for case_id in chance.sample(cases, min(CASES_MAX, len(cases))):
        report = verify_case_file(await _patiently(lambda one=case_id: export_case(station, one)), **pinned)
        if not report.accepted:
            failed = [line for line in report.lines() if "DOES NOT HOLD" in line]
            yield f"case {case_id.hex()[:8]} cannot be redone: {' '.join(failed)}"


async def _patiently(act: Callable[[], Awaitable[T]]) -> T:
    """Ask again while the case moves or the log is behind, as a program does."""
    for _ in range(TRIES_MAX):
        with suppress(Busy, Conflict, Unknown):
            return await act()
        await asyncio.sleep(1.0)
    return await act()


def digest(world: "World") -> str:
    """A fingerprint of everything the store holds and of everything that reached a person."""
    store, whole = world.disk.store, sha256()
    parts: list[Any] = [
        *store.entries, *store.leaves, store.checkpoint, *store.cases.values(),
        *(posted.record for posted in store.parcels.values()),
        *((case, key, timer.due_ms) for (case, key), timer in store.due.items()),
        *world.post_box.pages.items(), dict(world.chronicle.counts),
    ]  # fmt: skip
    for part in parts:
        whole.update(msgspec.msgpack.encode(part))
    return whole.hexdigest()
