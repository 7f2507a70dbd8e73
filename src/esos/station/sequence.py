"""The sequencer: gives leaf numbers to what is committed, never skipping, never twice, and signs the tree's head.

Law 11. It never stands in the way of intake: it runs behind it, within a second, one at a time.
"""

from collections.abc import Sequence

from esos.errors import Conflict, Unknown
from esos.keys.identity import sign
from esos.logbook.checkpoint import Checkpoint, sign_checkpoint
from esos.logbook.commitment import KEY_BYTES, claim_leaf, claim_of
from esos.logbook.growth import Growth
from esos.logbook.nodes import Tree
from esos.logbook.proofs import consistency_proof, inclusion_proof
from esos.logbook.receipt import Receipt
from esos.station.authors import author_key
from esos.station.directory import Directory
from esos.station.lease import NamedLease
from esos.station.ports import Dice, Journal
from esos.station.records import Entry, Leaf

LEASE_NAME = "sequencer"
LEASE_MS = 3_000
"""How long the process that sequences may be silent before another does."""
BATCH_ENTRIES = 1_000
REBUILD_LEAVES = 100_000


class Sequencer:
    """Keeps the tree of one station in memory, beside the leaves the journal holds."""

    def __init__(self, *, journal: Journal, directory: Directory, dice: Dice, holder: str) -> None:
        self._journal = journal
        self._directory = directory
        self._station = directory.station
        self._dice = dice
        self.lease = NamedLease(journal, LEASE_NAME, holder=holder, lease_ms=LEASE_MS)
        self._tree = Tree()

    @property
    def tree(self) -> Tree:
        """The tree as far as this process has read it."""
        return self._tree

    async def catch_up(self) -> int:
        """Read leaves that the journal has and this tree has not; the size of the tree."""
        size, _ = await self._journal.checkpoint()
        while self._tree.size < size:
            start = self._tree.size
            stop = min(size, start + REBUILD_LEAVES)
            self._grow(start, await self._journal.leaf_hashes(start=start, stop=stop))
        return size

    def _grow(self, start: int, hashes: Sequence[bytes]) -> None:
        """Add the leaves from ``start`` on that are not there yet: others read the log at the same time."""
        self._tree.extend(hashes[max(0, self._tree.size - start) :])

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
        return await self._put(self._leaves(entries), now_ms) if entries else 0

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
        return Leaf(index=index, seq=entry.seq, leaf_hash=claim_leaf(claim, key), key=key)

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
            raise Unknown("receipt.erased", "This was erased. Its leaf stays in the log; nobody can open it any more.")
        await self.catch_up()
        author = await self._author(entry) if with_statement else b""
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
            proof=inclusion_proof(leaf.index, size, self._tree.node),
            checkpoint=note.decode(),
            statement=entry.cose if author else b"",
            author=author,
        )

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
        return Growth(old=old, proof=consistency_proof(old, size, self._tree.node), checkpoint=note.decode())
