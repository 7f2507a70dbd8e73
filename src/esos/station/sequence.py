"""The sequencer: gives leaf numbers to what is committed, never skipping, never twice, and signs the tree's head.

Law 11. It never stands in the way of intake: it runs behind it, within a second, one at a time.
"""

import asyncio
from collections.abc import Iterable, Sequence

import structlog

from esos.errors import Conflict, Unknown
from esos.keys.identity import sign
from esos.logbook.blocks import BLOCK_LEAVES, HighTree
from esos.logbook.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from esos.logbook.commitment import KEY_BYTES, claim_leaf, claim_of
from esos.logbook.growth import Growth
from esos.logbook.nodes import NodeSource
from esos.logbook.proofs import consistency_nodes, consistency_proof, inclusion_nodes, inclusion_proof
from esos.logbook.receipt import Receipt
from esos.logbook.tree import HASH_BYTES, Node
from esos.station.authors import author_key
from esos.station.directory import Directory
from esos.station.lease import NamedLease
from esos.station.ports import Dice, Journal
from esos.station.records import SEQUENCING, Entry, Leaf
from esos.station.tombstone import tombstone_of

LEASE_MS = 3_000
"""How long the process that sequences may be silent before another does."""
BATCH_ENTRIES = 1_000
REBUILD_LEAVES = 16_384
"""Leaves read and hashed in one turn while the tree is read: turns stay short, so that no call waits."""
SUMMARY_BLOCKS = 256
"""Roots of blocks in one kept summary: the tree above 65,536 leaves, as 8 KiB."""
BLOCKS_CACHED_MAX = 64
"""Blocks of leaves remembered for proofs."""
_log = structlog.get_logger("esos.sequence")


class Sequencer:
    """Keeps the upper part of one station's tree in memory, beside the leaves the journal holds.

    What it keeps of the tree between starts is only trusted as far as it leads to the head that was signed last.
    """

    def __init__(self, *, journal: Journal, directory: Directory, dice: Dice, holder: str) -> None:
        self._journal = journal
        self._directory = directory
        self._station = directory.station
        self._dice = dice
        self.lease = NamedLease(journal, SEQUENCING, holder=holder, lease_ms=LEASE_MS)
        self._tree = HighTree()
        self._reading = asyncio.Lock()
        self._blocks: dict[int, list[bytes]] = {}
        self._summaries = 0
        self._wrong_head = b""

    @property
    def size(self) -> int:
        """How many leaves this process has read."""
        return self._tree.size

    async def catch_up(self) -> int:
        """Read leaves that the journal has and this tree has not; the size of the tree.

        Raises ``Conflict`` (``log.head_wrong``) where the leaves are not those of the head that was signed last:
        then nothing is signed on top of them.
        """
        size, note = await self._journal.checkpoint()
        if self._tree.size < size:
            async with self._reading:
                await self._read(size, note)
        return size

    async def _read(self, size: int, note: bytes) -> None:
        if note == self._wrong_head:
            raise _head_wrong()
        if not self._tree.size:
            self._tree = HighTree(await self._summary(size))
        await self._read_leaves(size)
        if not self._is_headed(size, note):
            _log.error("log_read_anew", size=size)
            self._tree = HighTree()
            await self._read_leaves(size)
        if not self._is_headed(size, note):
            self._tree, self._wrong_head = HighTree(), note
            raise _head_wrong()

    async def _read_leaves(self, size: int) -> None:
        while self._tree.size < size:
            start = self._tree.size
            stop = min(size, start + REBUILD_LEAVES)
            found = await self._journal.leaf_hashes(start=start, stop=stop)
            if len(found) != stop - start:
                raise _head_wrong()
            self._grow(start, found)

    def _is_headed(self, size: int, note: bytes) -> bool:
        """Whether this is the tree of the signed head; one that went on meanwhile stood on it."""
        if self._tree.size != size:
            return self._tree.size > size
        head = verify_checkpoint(note, origin=self._station.origin, public=self._station.public).checkpoint
        return (head.size, head.root) == (size, self._tree.root())

    async def _summary(self, size: int) -> list[bytes]:
        """The roots of blocks that were kept, as far as they go."""
        roots: list[bytes] = []
        self._summaries = 0
        while (len(roots) + SUMMARY_BLOCKS) * BLOCK_LEAVES <= size:
            kept = await self._journal.fact(_summary_name(self._summaries))
            if kept is None or len(kept) != SUMMARY_BLOCKS * HASH_BYTES:
                break
            roots += [kept[at : at + HASH_BYTES] for at in range(0, len(kept), HASH_BYTES)]
            self._summaries += 1
        return roots

    async def _keep_summaries(self) -> None:
        """Keep what has become complete, so that the next start need not read those leaves."""
        while (self._summaries + 1) * SUMMARY_BLOCKS <= self._tree.block_count:
            start = self._summaries * SUMMARY_BLOCKS
            roots = self._tree.block_roots(start, start + SUMMARY_BLOCKS)
            await self._journal.set_fact(_summary_name(self._summaries), b"".join(roots))
            self._summaries += 1

    async def nodes(self, wanted: Iterable[Node]) -> NodeSource:
        """What gives these nodes, at once and until something else is awaited. ``catch_up`` first."""
        needed = list(wanted)
        leaves: dict[int, list[bytes]] = {}
        while missing := self._tree.blocks_for(needed) - leaves.keys():
            leaves |= {block: await self._block(block) for block in sorted(missing)}
        return self._tree.source(leaves)

    async def _block(self, block: int) -> list[bytes]:
        """The leaves of a complete block."""
        if block not in self._blocks:
            start = block * BLOCK_LEAVES
            found = await self._journal.leaf_hashes(start=start, stop=start + BLOCK_LEAVES)
            while len(self._blocks) >= BLOCKS_CACHED_MAX:
                del self._blocks[next(iter(self._blocks))]
            self._blocks[block] = found
        return self._blocks[block]

    def _grow(self, start: int, hashes: Sequence[bytes]) -> None:
        """Add the leaves from ``start`` on that are not there yet: others read the log at the same time."""
        if self._tree.size >= start:
            self._tree.extend(hashes[self._tree.size - start :])

    async def run_once(self, *, now_ms: int) -> int:
        """Sequence what waits, if this process holds the lease; how many entries got a leaf.

        The lease is asked for only when something waits, so that an idle station writes nothing. A process that
        only thinks it holds it does no harm: leaves that another has put already are refused (``put_leaves``).
        """
        if self.lease.is_refused(now_ms=now_ms) or not await self._journal.unlogged(limit=1):
            return 0
        if not await self.lease.take(now_ms=now_ms):
            return 0
        entries = await self._journal.unlogged(limit=BATCH_ENTRIES)
        await self.catch_up()
        count = await self._put(self._leaves(entries), now_ms) if entries else 0
        await self._keep_summaries()
        return count

    async def _put(self, leaves: list[Leaf], now_ms: int) -> int:
        hashes = [leaf.leaf_hash for leaf in leaves]
        frontier = self._tree.frontier().extended(hashes)
        head = Checkpoint(origin=self._station.origin, size=frontier.size, root=frontier.root())
        note = sign_checkpoint(head, public=self._station.public, sign=lambda text: sign(self._station.seed, text))
        try:
            await self._journal.put_leaves(leaves, checkpoint=note, size=frontier.size, now_ms=now_ms)
        except Conflict:
            self.lease.doubt()
            await self.catch_up()
            return 0
        self._grow(leaves[0].index, hashes)
        return len(leaves)

    def _leaves(self, entries: list[Entry]) -> list[Leaf]:
        first = self._tree.size
        keys = self._dice.bytes(KEY_BYTES * len(entries))
        return [
            self._leaf(first + number, entry, keys[number * KEY_BYTES : (number + 1) * KEY_BYTES])
            for number, entry in enumerate(entries)
        ]

    def _leaf(self, index: int, entry: Entry, key: bytes) -> Leaf:
        claim = claim_of(
            station=self._station.kid,
            seq=entry.seq,
            statement=entry.id,
            at_ms=entry.at_ms,
            admission=entry.admission,
        )
        kept = key if entry.cose else b""  # erased before it had a leaf: nobody can open this one either
        return Leaf(index=index, seq=entry.seq, leaf_hash=claim_leaf(claim, key), key=kept)

    async def receipt(self, statement_id: bytes, *, with_statement: bool = True) -> Receipt:
        """The proof that a statement is in the log, where wanted with the statement and its author's key.

        Raises ``Unknown`` (``receipt.unknown`` where the station has no such statement, ``receipt.not_yet``
        while it has no leaf, ``receipt.erased`` where its key was destroyed).
        """
        entry = await self._journal.entry(statement_id)
        if entry is None:
            raise Unknown("receipt.unknown", "This station has no such statement.")
        leaf = await self._journal.leaf_of(entry.seq)
        size, note = await self._journal.checkpoint()
        if leaf is None or leaf.index >= size:
            raise Unknown("receipt.not_yet", "It is kept, but not in the log yet.", hint="Ask again in a second.")
        if not leaf.key:
            raise await self._erased(entry)
        await self.catch_up()
        author = await self._author(entry) if with_statement else b""
        nodes = await self.nodes(inclusion_nodes(leaf.index, size))
        return Receipt(
            public=self._station.public,
            claim=claim_of(
                station=self._station.kid,
                seq=entry.seq,
                statement=entry.id,
                at_ms=entry.at_ms,
                admission=entry.admission,
            ),
            key=leaf.key,
            index=leaf.index,
            size=size,
            proof=inclusion_proof(leaf.index, size, nodes),
            checkpoint=note.decode(),
            statement=entry.cose if author else b"",
            author=author,
        )

    async def _erased(self, entry: Entry) -> Unknown:
        record = await self._journal.case(entry.case) if entry.case else None
        told = (await tombstone_of(self._journal, record)).sentence if record else "This was erased."
        return Unknown("receipt.erased", told, hint="Its leaf stays; nobody can open it any more.")

    async def _author(self, entry: Entry) -> bytes:
        return await author_key(entry, directory=self._directory, journal=self._journal)

    async def growth(self, old: int) -> Growth:
        """The proof that the log goes on from its first ``old`` leaves.

        Raises ``Unknown`` (``log.not_so_large``) where it has fewer, ``Malformed`` (``tree.size``) for none.
        """
        size, note = await self._journal.checkpoint()
        await self.catch_up()
        if old > size:
            raise Unknown("log.not_so_large", f"The log has {size} leaves; there is no growth from {old}.")
        nodes = await self.nodes(consistency_nodes(old, size))
        return Growth(old=old, proof=consistency_proof(old, size, nodes), checkpoint=note.decode())


def _summary_name(number: int) -> str:
    return f"log.blocks.{number}"


def _head_wrong() -> Conflict:
    return Conflict(
        "log.head_wrong",
        "The leaves kept here are not those that the signed head of the log speaks of.",
        hint="Calls are still taken, and nothing more is signed. Run: esos station doctor; then restore a backup.",
    )
