"""The tree in memory stays that of the journal, however many read it at once; what it proves verifies."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from doubles.small_club import small_club

from esos.audit.case import verify_case_file
from esos.audit.growth import verify_growth_file
from esos.audit.receipt import verify_receipt_file
from esos.errors import Conflict, TooLarge, Unknown
from esos.keys.identity import sign
from esos.logbook.blocks import BLOCK_LEAVES, HighTree
from esos.logbook.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from esos.logbook.growth import write_growth
from esos.logbook.proofs import inclusion_nodes, inclusion_proof, verify_inclusion
from esos.logbook.receipt import write_receipt
from esos.logbook.tree import leaf_hash, root_of
from esos.message import bodies as b
from esos.pact import shipped
from esos.service import founder_of, opened_station
from esos.settings import Settings
from esos.station import export
from esos.station.export import export_case
from esos.station.records import Leaf
from esos.station.sequence import LEASE_MS, SUMMARY_BLOCKS, Sequencer
from esos.vault.chance import SystemClock
from esos.vault.home import Home
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio


async def logged(station):
    """Wait until the log holds everything that was kept."""
    async with asyncio.timeout(60):
        while await station.journal.unlogged(limit=1):
            await asyncio.sleep(0.02)


async def called(club, name="Clinic"):
    voice = await club.join(name)
    said = voice.say("called", b.Called(call=b"12345678"), now_ms=SystemClock().now_ms())
    return voice, await club.station.desk.submit(said.raw)


def pin_of(station):
    return {"pinned_public": station.identity.public, "origin": station.identity.origin}


async def test_many_readers_at_once_leave_the_tree_as_the_journal_has_it(tmp_path):
    async with small_club(tmp_path) as club:
        await called(club)
        await logged(club.station)
        sequencer = club.station.sequencer
        sequencer._tree = HighTree()
        await asyncio.gather(*(sequencer.catch_up() for _ in range(20)))
        size, _ = await club.station.journal.checkpoint()
        assert sequencer.size == size


async def test_a_reader_between_the_commit_and_the_tree_counts_no_leaf_twice(tmp_path):
    async with small_club(tmp_path) as club:
        await called(club)
        await logged(club.station)
        journal, sequencer = club.station.journal, club.station.sequencer
        put = journal.put_leaves

        async def put_and_let_others_read(*given, **named):
            await put(*given, **named)
            await sequencer.catch_up()

        journal.put_leaves = put_and_let_others_read
        _, outcome = await called(club, "Helper")
        await logged(club.station)
        size, _ = await journal.checkpoint()
        assert sequencer.size == size
        receipt = await sequencer.receipt(bytes.fromhex(outcome.statement))
        assert verify_receipt_file(write_receipt(receipt), **pin_of(club.station)).accepted


async def test_a_receipt_with_its_statement_has_the_key_of_whoever_spoke(tmp_path):
    async with small_club(tmp_path) as club:
        voice, outcome = await called(club)
        await logged(club.station)
        receipt = await club.station.sequencer.receipt(bytes.fromhex(outcome.statement))
        assert receipt.author == voice.public
        bare = await club.station.sequencer.receipt(bytes.fromhex(outcome.statement), with_statement=False)
        assert (bare.statement, bare.author) == (b"", b"")


async def test_a_receipt_of_what_was_erased_is_not_given(tmp_path):
    async with small_club(tmp_path) as club:
        voice, outcome = await called(club)
        over = voice.say("cancelled", b.Cancelled(), now_ms=SystemClock().now_ms(), case=bytes.fromhex(outcome.case))
        await club.station.desk.submit(over.raw)
        await logged(club.station)
        await club.station.journal.erase_case(bytes.fromhex(outcome.case), now_ms=1)
        with pytest.raises(Unknown) as refusal:
            await club.station.sequencer.receipt(bytes.fromhex(outcome.statement))
        assert refusal.value.code == "receipt.erased"


async def test_the_log_is_shown_to_have_grown_since_any_checkpoint_that_was_kept(tmp_path):
    async with small_club(tmp_path) as club:
        await called(club)
        await logged(club.station)
        size, kept = await club.station.journal.checkpoint()
        await called(club, "Helper")
        await logged(club.station)
        growth = await club.station.sequencer.growth(size)
        report = verify_growth_file(write_growth(growth), since=kept, **pin_of(club.station))
        assert report.accepted, report.lines()


async def test_a_case_with_a_consent_lodged_in_peace_time_is_exported_with_it(tmp_path):
    async with small_club(tmp_path) as club:
        voice = await club.join("Clinic")
        now_ms = SystemClock().now_ms
        lodged = b.GrantLodged(help_class="capacity", scope="Mail may go through the helper.")
        await club.station.desk.submit(voice.say("grant_lodged", lodged, now_ms=now_ms()).raw)
        said = voice.say("called", b.Called(call=b"12345678"), now_ms=now_ms())
        outcome = await club.station.desk.submit(said.raw)
        report = verify_case_file(await export_case(club.station, bytes.fromhex(outcome.case)), **pin_of(club.station))
        assert report.accepted, report.lines()
        assert any(step.detail == "1 consents" for step in report.steps)


async def test_each_export_is_a_statement_of_the_station(tmp_path):
    async with small_club(tmp_path) as club:
        _, outcome = await called(club)
        before = await club.station.journal.head()
        await export_case(club.station, bytes.fromhex(outcome.case))
        said = await club.station.journal.read(after_seq=before)
        assert [entry.kind for entry in said] == ["case_exported"]


async def test_a_case_too_long_for_a_file_is_refused_by_name_and_nothing_is_said(tmp_path, monkeypatch):
    async with small_club(tmp_path) as club:
        _, outcome = await called(club)
        case, before = bytes.fromhex(outcome.case), await club.station.journal.head()
        there = len(await club.station.journal.read(case=case))
        monkeypatch.setattr(export, "EXPORT_STATEMENTS_MAX", there - 1)
        with pytest.raises(TooLarge) as refused:
            await export_case(club.station, case)
        assert refused.value.code == "case.too_long"
        assert await club.station.journal.head() == before
        monkeypatch.setattr(export, "EXPORT_STATEMENTS_MAX", there)
        assert await export_case(club.station, case)


# ------------------------------------------------------------------------------------- starting with a long log
SUMMARY_LEAVES = SUMMARY_BLOCKS * BLOCK_LEAVES


def long_log(count: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(4)) for number in range(count)]


@asynccontextmanager
async def quiet_station(folder):
    """A station in which nothing happens by itself."""
    home = Home(folder / "home")
    home.create(name="Example Watch", realm=Realm.EXERCISE)
    async with opened_station(home, Settings(), lambda: "") as station:
        await founder_of(station).publish_pact(shipped.load("club")[0])
        yield station


@asynccontextmanager
async def station_with_long_log(folder):
    """A station whose log goes on from more leaves than one kept summary covers."""
    async with quiet_station(folder) as station:
        hashes, identity = long_log(SUMMARY_LEAVES + 3 * BLOCK_LEAVES // 2), station.identity
        head = Checkpoint(origin=identity.origin, size=len(hashes), root=root_of(hashes))
        note = sign_checkpoint(head, public=identity.public, sign=lambda text: sign(identity.seed, text))
        leaves = [Leaf(index=at, seq=0, leaf_hash=each, key=b"k") for at, each in enumerate(hashes)]
        await station.journal.put_leaves(leaves, checkpoint=note, size=len(leaves), now_ms=1)
        assert await station.sequencer.run_once(now_ms=station.clock.now_ms())
        yield station


def sequencer_of(station, journal=None) -> Sequencer:
    """The same station's sequencer in another process."""
    return Sequencer(
        journal=journal or station.journal, directory=station.directory, dice=station.dice, holder="another"
    )


class Watched:
    """A journal that counts the leaves that are read of it, and may tell a summary that is wrong."""

    def __init__(self, journal, wrong: bytes = b"") -> None:
        self._journal, self._wrong, self.read = journal, wrong, 0

    def __getattr__(self, name):
        return getattr(self._journal, name)

    async def leaf_hashes(self, *, start, stop):
        self.read += stop - start
        return await self._journal.leaf_hashes(start=start, stop=stop)

    async def fact(self, name):
        kept = await self._journal.fact(name)
        return self._wrong or kept if name.startswith("log.blocks.") else kept


async def test_a_start_reads_the_end_of_a_long_log_only_and_proves_what_is_at_its_beginning(tmp_path):
    async with station_with_long_log(tmp_path) as station:
        size, note = await station.journal.checkpoint()
        watched = Watched(station.journal)
        started = sequencer_of(station, watched)
        await started.catch_up()
        assert started.size == size
        assert watched.read == size - SUMMARY_LEAVES
        head = verify_checkpoint(note, origin=station.identity.origin, public=station.identity.public).checkpoint
        for index in (0, BLOCK_LEAVES - 1, SUMMARY_LEAVES - 1, SUMMARY_LEAVES, size - 1):
            [leaf] = await station.journal.leaf_hashes(start=index, stop=index + 1)
            proof = inclusion_proof(index, size, await started.nodes(inclusion_nodes(index, size)))
            verify_inclusion(leaf=leaf, index=index, size=size, proof=proof, root=head.root)


async def test_a_kept_summary_that_is_wrong_is_found_by_the_signed_head_and_not_used(tmp_path):
    async with station_with_long_log(tmp_path) as station:
        size, _ = await station.journal.checkpoint()
        watched = Watched(station.journal, wrong=bytes(SUMMARY_BLOCKS * 32))
        started = sequencer_of(station, watched)
        await started.catch_up()
        assert (started.size, watched.read) == (size, size - SUMMARY_LEAVES + size), "then all was read"


async def test_nothing_is_signed_on_leaves_that_are_not_those_of_the_signed_head(tmp_path):
    async with quiet_station(tmp_path) as station:
        assert await station.sequencer.run_once(now_ms=station.clock.now_ms())
        before = await station.journal.checkpoint()

        class Damaged(Watched):
            async def leaf_hashes(self, *, start, stop):
                return [leaf_hash(b"another") for _ in range(start, stop)]

        damaged = sequencer_of(station, Damaged(station.journal))
        await station.sequencer.lease.let_go()
        await founder_of(station).add_officer("Officer", ("officer",))
        much_later_ms = station.clock.now_ms() + 10 * LEASE_MS
        for _ in range(3):
            with pytest.raises(Conflict) as refusal:
                await damaged.run_once(now_ms=much_later_ms)
            assert refusal.value.code == "log.head_wrong"
        assert await station.journal.checkpoint() == before
        await damaged.lease.let_go()
        assert await sequencer_of(station).run_once(now_ms=3 * much_later_ms), "one that reads aright goes on"
