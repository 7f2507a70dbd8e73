"""The tree in memory stays that of the journal, however many read it at once; what it proves verifies."""

import asyncio

import pytest
from doubles.small_club import small_club

from esos.audit.case import verify_case_file
from esos.audit.growth import verify_growth_file
from esos.audit.receipt import verify_receipt_file
from esos.errors import Unknown
from esos.logbook.growth import write_growth
from esos.logbook.nodes import Tree
from esos.logbook.receipt import write_receipt
from esos.message import bodies as b
from esos.station.export import export_case
from esos.vault.chance import SystemClock

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
        sequencer._tree = Tree()
        await asyncio.gather(*(sequencer.catch_up() for _ in range(20)))
        size, _ = await club.station.journal.checkpoint()
        assert sequencer.tree.size == size


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
        assert sequencer.tree.size == size
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
