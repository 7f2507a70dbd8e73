"""What must hold of a station's store, whatever happened to the station: each law gives its breaches as sentences."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec
from doubles.memory_journal import MemoryStore
from world import World

from esos.audit.case import verify_case_file
from esos.case.model import Case, decode_case
from esos.errors import Conflict
from esos.logbook.checkpoint import verify_checkpoint
from esos.logbook.nodes import Tree
from esos.logbook.receipt import verify_receipt
from esos.message.bodies import Called, Elapsed
from esos.message.reading import read_any
from esos.station.export import export_case
from esos.station.paging import PageOrder
from esos.station.station import Station


def breaches(world: World) -> Iterator[str]:
    """What must hold at any moment, also while the station is down."""
    store = world.store
    yield from _kept(world)
    yield from _log_without_gap(store)
    for record in store.cases.values():
        case = decode_case(record.blob)
        due = {key: timer.due_ms for (case_id, key), timer in store.due.items() if case_id == case.id}
        yield from (f"case {case.id.hex()[:8]}: {fault}" for fault in _held(case, due))


def _kept(world: World) -> Iterator[str]:
    """Law 3: what was acknowledged is there, under the number that was said."""
    entries = world.store.entries
    for statement, (seq, _) in world.acknowledged.items():
        if seq > len(entries) or entries[seq - 1].id != statement or not entries[seq - 1].cose:
            yield f"acknowledged under {seq} and not there: {statement.hex()}"


def _numbered(store: MemoryStore) -> Iterator[str]:
    if [entry.seq for entry in store.entries] != list(range(1, len(store.entries) + 1)):
        yield "journal numbers have a gap"
    if len({entry.id for entry in store.entries}) != len(store.entries):
        yield "a statement stands in the journal twice"
    for entry in store.entries:
        if entry.verdict == "fold.set_aside":
            yield f"entry {entry.seq} ({entry.kind}) could not be folded: {entry.reason}"


def _held(case: Case, due: dict[str, int]) -> Iterator[str]:
    """Laws 5 and 6, and that the due rows are the case's timers."""
    if due != {key: timer.due_ms for key, timer in case.timers.items()}:
        yield "the due rows are not the case's timers"
    if any(not timer.next_holder for timer in case.timers.values()):
        yield "a timer without a next holder"
    holders = {"ack"} if case.lease is None else {"lease", "review"}
    if case.is_open and not holders & case.timers.keys():
        yield f"open, {case.life.value}, and nobody holds it"
    if case.life.is_ended and set(case.timers) - {"settle"} - {key for key in case.timers if key.startswith("return:")}:
        yield f"ended, and more than its account still runs: {sorted(case.timers)}"
    if case.life.is_ended and "settle" not in case.timers:
        yield "ended, and nothing will close it"
    if not case.is_open:
        yield from _let_go(case)


def _let_go(case: Case) -> Iterator[str]:
    for request in case.requests.values():
        is_home = request.is_ended or request.state.value in {"releasing", "returned"}
        if not is_home or (case.life.value == "closed" and not request.is_ended):
            yield f"{case.life.value}, and a request is still {request.state.value}"
    if any(grant.live for grant in case.grants.values()):
        yield f"{case.life.value}, and a grant is still live"


def _one_case_a_caller(store: MemoryStore) -> Iterator[str]:
    is_open = Counter(record.caller for record in store.cases.values() if record.is_open)
    yield from (f"{count} open cases of {caller}" for caller, count in is_open.items() if count > 1)
    calls: dict[tuple[str, bytes], set[bytes]] = defaultdict(set)
    for entry in store.entries:
        body = read_any(entry.cose).body
        if isinstance(body, Called) and entry.case is not None:
            calls[entry.route, entry.id].add(entry.case)
    yield from (f"one call in {len(cases)} cases" for cases in calls.values() if len(cases) > 1)


def _elapsed_once(store: MemoryStore) -> Iterator[str]:
    ran_out: Counter[Any] = Counter()
    for entry in store.entries:
        if entry.kind == "elapsed" and entry.verdict == "applied":
            body = read_any(entry.cose).body
            assert isinstance(body, Elapsed)
            ran_out[entry.case, body.timer, body.due_ms] += 1
    yield from (f"timer {key[1]} ran out {count} times at one due time" for key, count in ran_out.items() if count > 1)


def _nobody_paged_twice(store: MemoryStore) -> Iterator[str]:
    """One reason, one address, one moment: one page. Another round of the ladder or another urgency is another moment."""
    orders = defaultdict(list)
    for posted in store.parcels.values():
        order = msgspec.msgpack.decode(posted.record.parcel.blob, type=PageOrder)
        if order.address:
            orders[order.case, order.party, order.address, order.reason, order.ref, order.urgency].append(order)
    for (case, party, _, reason, *_), found in orders.items():
        if len({order.ordered_ms for order in found}) != len(found):
            audiences = sorted({order.audience for order in found})
            yield f"case {case.hex()[:8]}: {party} paged twice for {reason} ({audiences}) at one moment"


def _pages_were_ordered(world: World) -> Iterator[str]:
    """What reached a person has its parcel, so that whoever deduplicates on the id loses nothing and gets nothing twice."""
    ids = {parcel.hex() for parcel in world.store.parcels}
    words: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for page in world.reached:
        words[page.stable_id].add((page.address, page.title, page.body))
        if page.stable_id not in ids:
            yield f"a page reached {page.address} that nobody ordered"
    yield from (f"one page said {len(said)} different things" for said in words.values() if len(said) > 1)


def _log_without_gap(store: MemoryStore) -> Iterator[str]:
    if [leaf.index for leaf in store.leaves] != list(range(len(store.leaves))):
        yield "the log's numbers have a gap"
    named = Counter(leaf.seq for leaf in store.leaves if leaf.seq)
    yield from (f"entry {seq} has {count} leaves" for seq, count in named.items() if count > 1)
    if store.checkpoint[0] != len(store.leaves):
        yield "the checkpoint does not cover the log"


def breaches_at_rest(world: World) -> Iterator[str]:
    """What holds once nothing waits any more."""
    store = world.store
    yield from world.problems
    yield from breaches(world)
    yield from _numbered(store)
    yield from _one_case_a_caller(store)
    yield from _elapsed_once(store)
    yield from _nobody_paged_twice(store)
    yield from _pages_were_ordered(world)
    yield from (f"entry {entry.seq} was never judged" for entry in store.entries if entry.route and not entry.verdict)
    logged = {leaf.seq for leaf in store.leaves}
    yield from (f"entry {entry.seq} has no leaf" for entry in store.entries if entry.seq not in logged)
    yield from _one_history(world)


def _one_history(world: World) -> Iterator[str]:
    """Law 11: every checkpoint that was ever kept is a beginning of the log as it is now."""
    tree, size = Tree(), 0
    for said, note in sorted(set(world.checkpoints)):
        tree.extend([leaf.leaf_hash for leaf in world.store.leaves[size:said]])
        size = said
        head = verify_checkpoint(note, origin=world.identity.origin, public=world.identity.public).checkpoint
        if (head.size, head.root) != (said, tree.frontier().root()):
            yield f"the checkpoint of size {said} is not a beginning of the log"


async def breaches_of_proof(world: World, station: Station) -> list[str]:
    """Laws 11 and 12: what was acknowledged has a receipt that holds, and anybody can redo every case."""
    found: list[str] = []
    pinned = {"pinned_public": world.identity.public, "origin": world.identity.origin}
    for statement, (seq, _) in world.acknowledged.items():
        proven = verify_receipt(await station.sequencer.receipt(statement), **pinned)
        if (proven.claim.statement, proven.claim.seq) != (statement, seq):
            found.append(f"the receipt of {statement.hex()} proves something else")
    for case_id in world.store.cases:
        try:
            report = verify_case_file(await export_case(station, case_id), **pinned)
        except Conflict as moving:
            found.append(f"case {case_id.hex()[:8]} cannot be exported: {moving.code}")
            continue
        if not report.accepted:
            found.append(f"case {case_id.hex()[:8]} cannot be redone: {report.lines()}")
    return found


def digest(world: World) -> str:
    """A fingerprint of everything the store holds and of everything that reached a person."""
    store, whole = world.store, sha256()
    parts: list[Any] = [
        *store.entries, *store.leaves, store.checkpoint, *store.cases.values(),
        *(posted.record for posted in store.parcels.values()),
        *((case, key, timer.due_ms) for (case, key), timer in store.due.items()), *world.reached,
    ]  # fmt: skip
    for part in parts:
        whole.update(msgspec.msgpack.encode(part))
    return whole.hexdigest()
