"""A log grows under faults, lost or persisted anyway; after every step all of it still verifies."""

from functools import partial

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from esos.audit.log import verify_log, write_log
from esos.keys.identity import kid_of, public_of, sign
from esos.logbook.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from esos.logbook.commitment import claim_leaf, claim_of
from esos.logbook.nodes import Tree, nodes_from_leaves
from esos.logbook.proofs import consistency_proof, inclusion_proof, verify_consistency
from esos.logbook.receipt import Receipt, verify_receipt
from esos.logbook.tiles import nodes_from_tiles, tile_bytes, tiles_between
from esos.logbook.tree import Frontier, leaf_hash

SEED = bytes(range(32))
PUBLIC = public_of(SEED)
ORIGIN = "north-station.example/esos-log"


class Store:
    """What is durable: leaves and the checkpoint over them, written together or not at all."""

    def __init__(self):
        self.leaves, self.heads = [], []

    def put(self, first, leaves, head):
        assert first == len(self.leaves)
        self.leaves.extend(leaves)
        self.heads.append(head)


class GrowingLog(RuleBasedStateMachine):
    """A sequencer that may die at any write; an outsider who keeps every checkpoint and receipt it was shown."""

    def __init__(self):
        super().__init__()
        self.store, self.tiles = Store(), {}
        self.committed, self.claims = 0, {}
        self.shown, self.receipts = [], []

    @initialize()
    def start(self):
        self.edge = Frontier()

    def prepare(self, count, dummies):
        """The next leaves, from claims not yet in the log and from dummies, and the checkpoint over them."""
        leaves = []
        for place in range(len(self.store.leaves), len(self.store.leaves) + count):
            self.committed += 1
            seq, key = self.committed, place.to_bytes(32, "big")
            claim = claim_of(
                station=kid_of(PUBLIC), seq=seq, statement=seq.to_bytes(32, "big"), at_ms=seq, admission=b""
            )
            self.claims[place] = (claim, key)
            leaves.append(claim_leaf(claim, key))
        leaves.extend(leaf_hash((seq + 10**6).to_bytes(32, "big")) for seq in range(dummies))
        edge = self.edge.extended(leaves)
        head = Checkpoint(origin=ORIGIN, size=edge.size, root=edge.root())
        return leaves, edge, sign_checkpoint(head, public=PUBLIC, sign=partial(sign, SEED))

    def recover(self):
        """What a sequencer does when it starts: read the edge from the store, and compare it with the checkpoint."""
        self.edge = Frontier().extended(self.store.leaves)
        if self.store.heads:
            head = verify_checkpoint(self.store.heads[-1], origin=ORIGIN, public=PUBLIC).checkpoint
            assert (head.size, head.root) == (self.edge.size, self.edge.root())
        self.claims = {place: claim for place, claim in self.claims.items() if place < self.edge.size}

    @rule(count=st.integers(0, 9), dummies=st.integers(0, 2))
    def append(self, count, dummies):
        leaves, edge, head = self.prepare(count, dummies)
        self.store.put(self.edge.size, leaves, head)
        self.edge = edge

    @rule(count=st.integers(1, 9))
    def fail_and_lose_the_write(self, count):
        self.prepare(count, 0)
        self.recover()

    @rule(count=st.integers(1, 9))
    def fail_although_the_write_was_persisted(self, count):
        leaves, edge, head = self.prepare(count, 0)
        self.store.put(self.edge.size, leaves, head)
        self.recover()
        assert self.edge == edge

    @rule()
    def publish(self):
        """Tiles are written as the log grows; an earlier file never changes."""
        tree = Tree(self.store.leaves)
        shown = self.shown[-1][0] if self.shown else 0
        for tile in tiles_between(shown, tree.size):
            content = tile_bytes(tile, tree.size, tree.node)
            assert self.tiles.setdefault(tile.path(), content) == content
        if self.store.heads:
            self.shown.append((tree.size, self.store.heads[-1]))

    @precondition(lambda self: self.claims)
    @rule(pick=st.randoms(use_true_random=False))
    def hand_out_a_receipt(self, pick):
        place = pick.choice(sorted(self.claims))
        claim, key = self.claims[place]
        size = len(self.store.leaves)
        node = nodes_from_leaves(lambda start, stop: self.store.leaves[start:stop])
        proof = inclusion_proof(place, size, node)
        head = self.store.heads[-1].decode()
        self.receipts.append(
            Receipt(public=PUBLIC, claim=claim, key=key, index=place, size=size, proof=proof, checkpoint=head)
        )

    @invariant()
    def the_whole_log_verifies_with_all_that_was_kept(self):
        if not self.store.heads:
            return
        report = verify_log(
            write_log(origin=ORIGIN, public=PUBLIC, leaf_hashes=self.store.leaves, checkpoints=self.store.heads),
            pinned_public=PUBLIC,
            origin=ORIGIN,
            kept=[note for _, note in self.shown],
            receipts=self.receipts,
        )
        assert report.accepted, report.lines()

    @invariant()
    def every_receipt_handed_out_verifies_for_ever(self):
        for receipt in self.receipts:
            assert verify_receipt(receipt, pinned_public=PUBLIC, origin=ORIGIN).claim == receipt.claim

    @invariant()
    def an_outsider_sees_only_growth(self):
        if not self.shown or not self.shown[-1][0]:
            return
        size, note = self.shown[-1]
        last = verify_checkpoint(note, origin=ORIGIN, public=PUBLIC).checkpoint
        node = nodes_from_tiles(size, lambda tile: self.tiles[tile.path()])
        for old, note_then in self.shown:
            then = verify_checkpoint(note_then, origin=ORIGIN, public=PUBLIC).checkpoint
            if old:
                proof = consistency_proof(old, size, node)
                verify_consistency(old=old, new=size, proof=proof, old_root=then.root, new_root=last.root)


TestAGrowingLogVerifiesAfterEveryStep = GrowingLog.TestCase
TestAGrowingLogVerifiesAfterEveryStep.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
