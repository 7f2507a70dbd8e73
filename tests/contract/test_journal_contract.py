"""What every journal promises, tried on each: the docstrings of ``esos.station.ports.Journal`` as tests."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from esos.errors import Busy, Conflict, Malformed, Unknown
from esos.logbook.checkpoint import CHECKPOINTS_MAX_HOURS, HOUR_MS
from esos.station.records import (
    DRAFT_DONE,
    DRAFT_DONE_MS,
    DRAFTS_MAX,
    FOLDING,
    LEASE_SLACK_MS,
    SET_ASIDE,
    AccessRecord,
    Admitted,
    CaseCount,
    CaseRecord,
    DraftLine,
    Due,
    FileRoom,
    FilesUsed,
    Folding,
    Kept,
    Leaf,
    Parcel,
    ParcelCount,
    ParcelOutcome,
    PasskeyRecord,
    Room,
    Said,
    Space,
    TokenRecord,
    Verdict,
)

pytestmark = pytest.mark.anyio

CASE, OTHER_CASE = b"c" * 16, b"d" * 16
ROUTE = f"case:{CASE.hex()}"
MINUTE_MS = 60_000
CRASH_ROUNDS = 10


def statement(name: str, *, route: str = ROUTE, dedupe: bytes | None = None, kind: str = "updated") -> Admitted:
    digest = hashlib.sha256(name.encode()).digest()
    return Admitted(
        id=digest, kind=kind, dedupe=dedupe or digest, route=route, cose=b"said: " + name.encode(), admission=b"by one"
    )


def case_record(case_id: bytes = CASE, **changes) -> CaseRecord:
    values = {
        "id": case_id,
        "caller": "harbour",
        "version": 1,
        "life": "arrived",
        "is_open": True,
        "urgency": "mayday",
        "concern": "distress",
        "holder": "",
        "page_code": "K7-42",
        "opened_ms": 1000,
        "updated_ms": 1000,
        "blob": b"the fold",
    }
    return CaseRecord(**(values | changes))


def folding(**changes) -> Folding:
    values = {
        "route": ROUTE,
        "fence": 0,
        "case": case_record(),
        "expected_version": 0,
        "verdicts": (),
        "said": (),
        "due": (),
        "parcels": (),
    }
    return Folding(**(values | changes))


def parcel(name: str, *, not_before_ms: int = 0, case: bytes | None = CASE, **turn) -> Parcel:
    values = {"id": name.encode().ljust(16), "kind": "page", "blob": b"to whom"}
    return Parcel(case=case, not_before_ms=not_before_ms, **values, **turn)


async def names_of_claimed(journal, room: Room, *, now_ms: int = 10) -> list[str]:
    taken = await journal.claim_parcels(holder="w", now_ms=now_ms, lease_ms=MINUTE_MS, room=room)
    return [record.parcel.id.decode().strip() for record in taken]


def applied(*seqs: int) -> tuple[Verdict, ...]:
    return tuple(Verdict(seq=seq, code="applied", reason="", place=seq) for seq in seqs)


async def keep(journal, *names: str, now_ms: int = 1, **changes) -> list[int]:
    kept = await journal.append([statement(name, **changes) for name in names], now_ms=now_ms)
    return [one.seq for one in kept]


async def claim(journal, *, holder: str = "worker", lease_ms: int = MINUTE_MS, limit: int = 10):
    return await journal.claim_inbox(holder=holder, lease_ms=lease_ms, limit=limit)


async def settle(journal, name: str, state: str = "done", *, now_ms: int = 2, **fate) -> None:
    outcome = ParcelOutcome(id=parcel(name).id, state=state, **fate)
    await journal.settle_parcels([outcome], now_ms=now_ms)


async def save(journal, *foldings: Folding, now_ms: int = 20) -> list[bool]:
    return await journal.save(foldings, now_ms=now_ms)


async def refusal(waiting, error: type[Exception]) -> str:
    with pytest.raises(error) as refused:
        await waiting
    return refused.value.code


# --------------------------------------------------------------------------------------------- append
async def test_what_was_acknowledged_is_there_after_the_journal_is_opened_again(home):
    first = await home.open()
    await first.append([statement("help")], now_ms=7)
    await first.close()
    again = await home.open()
    entry = (await again.read())[0]
    assert (entry.seq, entry.at_ms, entry.id, entry.kind) == (1, 7, statement("help").id, "updated")
    assert (entry.cose, entry.admission, entry.route) == (b"said: help", b"by one", ROUTE)
    assert (entry.case, entry.verdict, entry.reason, entry.place) == (None, "", "", 0)
    assert [work.route for work in await claim(again)] == [ROUTE]
    await again.close()


async def test_a_batch_is_answered_item_by_item_and_numbered_from_one_without_gaps(journal):
    kept = await journal.append([statement("a"), statement("b"), statement("c")], now_ms=5)
    assert kept == [Kept(seq=seq, at_ms=5, fresh=True, same=True) for seq in (1, 2, 3)]
    assert await journal.head() == 3


async def test_an_empty_journal_has_head_zero_and_an_empty_batch_changes_nothing(journal):
    assert await journal.append([], now_ms=5) == []
    assert await journal.head() == 0
    assert await journal.read() == []


async def test_a_repetition_is_answered_with_the_first_number_and_time(journal):
    first = Kept(seq=1, at_ms=5, fresh=True, same=True)
    again = Kept(seq=1, at_ms=5, fresh=False, same=True)
    assert await journal.append([statement("a"), statement("a")], now_ms=5) == [first, again]
    assert await journal.append([statement("b"), statement("a")], now_ms=9) == [
        Kept(seq=2, at_ms=9, fresh=True, same=True),
        again,
    ]


async def test_a_repetition_is_recognised_after_the_journal_is_opened_again(home):
    for now_ms in (5, 6, 7):
        journal = await home.open()
        assert (await journal.append([statement("a")], now_ms=now_ms))[0].at_ms == 5
        await journal.close()


async def test_other_bytes_under_a_used_key_are_not_kept_and_are_told(journal):
    first, second = statement("a", dedupe=b"call 1 seq 1"), statement("b", dedupe=b"call 1 seq 1")
    assert [one.same for one in await journal.append([first, second], now_ms=5)] == [True, False]
    assert await journal.append([second], now_ms=6) == [Kept(seq=1, at_ms=5, fresh=False, same=False)]
    assert await journal.entry(second.id) is None
    assert await journal.head() == 1


async def test_a_key_of_its_own_recognises_a_repetition_and_the_id_still_finds_it(journal):
    packet = statement("packet", dedupe=b"kid call seq")
    await journal.append([packet], now_ms=5)
    assert not (await journal.append([packet], now_ms=6))[0].fresh
    assert (await journal.entry(packet.id)).seq == 1


async def test_appends_that_wait_together_each_get_a_number_of_their_own(journal):
    batches = [[statement(f"{batch}.{item}") for item in range(1 + batch % 3)] for batch in range(100)]
    answers = await asyncio.gather(*(journal.append(batch, now_ms=5) for batch in batches))
    for batch, kept in zip(batches, answers, strict=True):
        seqs = [one.seq for one in kept]
        assert seqs == list(range(seqs[0], seqs[0] + len(batch)))
        assert [entry.id for entry in await journal.read(after_seq=seqs[0] - 1, limit=len(batch))] == [
            item.id for item in batch
        ]
    assert sorted(one.seq for kept in answers for one in kept) == list(range(1, await journal.head() + 1))


async def test_one_statement_sent_many_times_at_once_is_kept_once(journal):
    answers = await asyncio.gather(*(journal.append([statement("a")], now_ms=now) for now in range(50)))
    assert sum(kept[0].fresh for kept in answers) == 1
    assert {(kept[0].seq, kept[0].at_ms) for kept in answers} == {(1, answers[0][0].at_ms)}


async def test_a_batch_of_a_thousand_goes_in_whole(journal):
    kept = await journal.append([statement(str(number)) for number in range(1000)], now_ms=5)
    assert [one.seq for one in kept] == list(range(1, 1001))


async def test_a_statement_without_a_route_waits_for_nobody(journal):
    await keep(journal, "register copy", route="")
    assert await claim(journal) == []
    assert await journal.oldest_inbox_ms() is None


# ----------------------------------------------------------------------------------------- a sick store
async def test_a_full_disk_keeps_nothing_says_so_and_goes_on_when_there_is_room(home):
    journal = await home.open()
    await keep(journal, "before")
    await home.set_full(journal, is_full=True)
    large = msgspec.structs.replace(statement("large"), cose=b"x" * 60_000)
    refused = [await refusal(journal.append([statement("small"), large], now_ms=5), Busy) for _ in range(3)]
    assert refused == ["storage.full"] * 3
    assert [entry.id for entry in await journal.read()] == [statement("before").id]
    await home.set_full(journal, is_full=False)
    assert [one.seq for one in await journal.append([statement("small"), large], now_ms=6)] == [2, 3]
    await journal.close()


async def test_a_locked_store_keeps_nothing_says_so_and_goes_on_when_it_is_free(home):
    journal = await home.open()
    await keep(journal, "before")
    with home.locked():
        waiting = [journal.append([statement(str(number))], now_ms=5) for number in range(5)]
        answers = await asyncio.gather(*waiting, save(journal, folding()), return_exceptions=True)
        assert [answer.code for answer in answers] == ["storage.locked"] * 6
        assert await journal.head() == 1
    assert (await journal.append([statement("4")], now_ms=6))[0] == Kept(seq=2, at_ms=6, fresh=True, same=True)
    assert await journal.case(CASE) is None
    await journal.close()


async def test_a_closed_journal_refuses(home):
    journal = await home.open()
    await journal.close()
    await journal.close()
    assert await refusal(journal.append([statement("late")], now_ms=5), Busy) == "storage.closed"
    assert await refusal(journal.head(), Busy) == "storage.closed"


# ----------------------------------------------------------------------------------------------- read
async def test_reading_goes_on_after_a_number_and_stops_at_a_limit(journal):
    await keep(journal, "a", "b", "c", "d")
    assert [entry.seq for entry in await journal.read(after_seq=1, limit=2)] == [2, 3]
    assert await journal.read(after_seq=4) == []
    glanced = await journal.glance(after_seq=1, limit=2)
    assert [(one.seq, one.id) for one in glanced] == [(e.seq, e.id) for e in await journal.read(after_seq=1, limit=2)]
    assert await journal.glance(after_seq=4, limit=9) == []


async def test_a_route_is_read_in_journal_order_whether_folded_or_not(journal):
    await keep(journal, "a", "b", "c", "d")
    await keep(journal, "elsewhere", route="register")
    await save(journal, folding(verdicts=applied(1, 3)))
    assert [entry.seq for entry in await journal.read(route=ROUTE)] == [1, 2, 3, 4]
    assert [entry.seq for entry in await journal.read(route=ROUTE, after_seq=1, limit=2)] == [2, 3]
    assert [entry.seq for entry in await journal.read(route="register")] == [5]


async def test_a_case_is_read_in_the_order_it_was_folded(journal):
    await keep(journal, "a", "b", "c")
    verdicts = tuple(
        Verdict(seq=seq, code="applied", reason="", place=place) for seq, place in ((1, 3), (2, 1), (3, 2))
    )
    await save(journal, folding(verdicts=verdicts))
    assert [(entry.seq, entry.place) for entry in await journal.read(case=CASE)] == [(2, 1), (3, 2), (1, 3)]
    assert await journal.read(case=OTHER_CASE) == []


async def test_the_last_of_some_kinds_of_a_case_are_found_whatever_stands_before_and_after(journal):
    for kind in ("messaged", "updated", "mail_came", "messaged", "updated"):
        await keep(journal, str(await journal.head()), kind=kind)
    verdicts = tuple(
        Verdict(seq=seq, code="applied", reason="", place=place)
        for seq, place in ((1, 4), (2, 1), (3, 2), (4, 3), (5, 5))
    )
    await save(journal, folding(verdicts=verdicts))
    kinds = {"messaged", "mail_came"}
    assert [entry.seq for entry in await journal.newest(CASE, kinds=kinds, limit=2)] == [4, 1]
    assert [entry.seq for entry in await journal.newest(CASE, kinds=kinds, limit=9)] == [3, 4, 1]
    assert await journal.newest(OTHER_CASE, kinds=kinds, limit=9) == []
    assert [entry.seq for entry in await journal.newest(CASE, limit=3)] == [4, 1, 5]
    assert [entry.seq for entry in await journal.newest(CASE, limit=2, before_place=4)] == [3, 4]
    assert [entry.seq for entry in await journal.newest(CASE, kinds=kinds, limit=2, before_place=3)] == [3]


async def test_a_statement_is_found_by_its_id_also_when_another_process_wrote_it(home):
    one, other = await home.open(), await home.open()
    await keep(one, "mine")
    await keep(other, "yours", "yours too")
    assert (await one.entry(statement("yours too").id)).seq == 3
    assert (await other.entry(statement("mine").id)).seq == 1
    assert await one.entry(statement("nobody's").id) is None
    await one.close()
    await other.close()


async def test_two_journals_on_one_store_recognise_each_others_statements(home):
    one, other = await home.open(), await home.open()
    assert (await one.append([statement("a")], now_ms=5))[0].seq == 1
    assert await other.append([statement("a"), statement("b")], now_ms=6) == [
        Kept(seq=1, at_ms=5, fresh=False, same=True),
        Kept(seq=2, at_ms=6, fresh=True, same=True),
    ]
    assert not (await one.append([statement("b")], now_ms=7))[0].fresh
    await one.close()
    await other.close()


# ---------------------------------------------------------------------------------------------- inbox
async def test_routes_are_handed_out_oldest_first_with_their_entries_in_order(journal):
    await keep(journal, "1", route="caller:b")
    await keep(journal, "2", "3", route="caller:a")
    await keep(journal, "4", route="caller:b")
    works = await claim(journal)
    assert [(work.route, [entry.seq for entry in work.entries]) for work in works] == [
        ("caller:b", [1, 4]),
        ("caller:a", [2, 3]),
    ]


async def test_strangers_wait_behind_known_callers_and_always_have_their_share(journal):
    kinds = ("stranger", "visitor", "guest")
    for number in range(9):
        await keep(journal, f"s{number}", route=f"caller:{kinds[number % 3]}:{number}")
    for number in range(9):
        await keep(journal, f"k{number}", route=f"caller:{number}")
    routes = [work.route for work in await claim(journal, limit=8)]
    assert routes == [*(f"caller:{number}" for number in range(6)), "caller:stranger:0", "caller:visitor:1"]
    routes = [work.route for work in await claim(journal, limit=8)]
    assert routes == ["caller:6", "caller:7", "caller:8", "caller:guest:2", "caller:stranger:3"]
    assert [work.route for work in await claim(journal, limit=1)] == ["caller:visitor:4"]


async def test_no_more_routes_are_leased_than_asked_for(journal):
    for route in ("a", "b", "c"):
        await keep(journal, route, route=route)
    assert [work.route for work in await claim(journal, limit=2)] == ["a", "b"]
    assert [work.route for work in await claim(journal, limit=2)] == ["c"]


async def test_a_leased_route_is_not_handed_out_again_until_its_lease_lapses(journal, clock):
    await keep(journal, "a")
    first = (await claim(journal, lease_ms=100))[0]
    await keep(journal, "b")
    clock.now_ms = 109
    assert await claim(journal, holder="another") == []
    clock.now_ms = 110
    second = (await claim(journal, holder="another"))[0]
    assert second.fence > first.fence
    assert [entry.seq for entry in second.entries] == [1, 2]


async def test_two_workers_never_hold_one_route(home):
    one, other = await home.open(), await home.open()
    for number in range(20):
        await keep(one, str(number), route=f"caller:{number}")
    works = await asyncio.gather(*(claim(journal, limit=3) for journal in (one, other) * 5))
    routes = [work.route for each in works for work in each]
    assert len(routes) == len(set(routes)) == 20
    assert len({work.fence for each in works for work in each}) == 20
    await one.close()
    await other.close()


async def test_what_arrives_after_a_claim_stays_in_the_inbox(journal):
    await keep(journal, "a")
    work = (await claim(journal))[0]
    await keep(journal, "b", now_ms=3)
    assert await save(journal, folding(fence=work.fence, verdicts=applied(1))) == [True]
    assert await journal.oldest_inbox_ms() == 3
    assert [entry.seq for entry in (await claim(journal))[0].entries] == [2]


async def test_the_oldest_unfolded_entry_tells_its_age(journal):
    assert await journal.oldest_inbox_ms() is None
    await keep(journal, "a", now_ms=30)
    await keep(journal, "b", now_ms=20)
    assert await journal.oldest_inbox_ms() == 30
    await save(journal, folding(verdicts=applied(1)))
    assert await journal.oldest_inbox_ms() == 20


# ----------------------------------------------------------------------------------------------- save
async def test_a_saved_fold_keeps_case_verdicts_timers_and_effects_together(journal):
    await keep(journal, "a", "b")
    work = (await claim(journal))[0]
    refused = Verdict(seq=2, code="case.not_yours", reason="Only the coordinator may.", place=2)
    fold = folding(
        fence=work.fence,
        verdicts=(*applied(1), refused),
        said=(Said(admitted=statement("arrived"), code="applied", reason="", place=3),),
        due=(Due(key="ack", due_ms=500),),
        parcels=(parcel("page"),),
    )
    assert await save(journal, fold, now_ms=20) == [True]
    entries = await journal.read(case=CASE)
    assert [(entry.seq, entry.verdict, entry.reason, entry.place) for entry in entries] == [
        (1, "applied", "", 1),
        (2, "case.not_yours", "Only the coordinator may.", 2),
        (3, "applied", "", 3),
    ]
    assert (entries[2].at_ms, entries[2].cose) == (20, b"said: arrived")
    assert await journal.case(CASE) == case_record(change=1)
    assert await journal.next_due_ms() == 0
    assert [record.parcel for record in await journal.parcels()] == [parcel("page")]
    assert await claim(journal) == []


async def test_a_saved_fold_is_there_after_the_journal_is_opened_again(home):
    journal = await home.open()
    await keep(journal, "a")
    await save(journal, folding(verdicts=applied(1), due=(Due(key="ack", due_ms=5),), parcels=(parcel("page"),)))
    await journal.close()
    again = await home.open()
    assert await again.case(CASE) == case_record(change=1)
    assert await claim(again) == []
    due = await again.claim_due(holder="w", now_ms=5, lease_ms=10, limit=10)
    assert [(one.case, one.key, one.due_ms) for one in due] == [(CASE, "ack", 5)]
    assert len(await again.parcels(state="waiting")) == 1
    await again.close()


async def test_versions_count_saves_from_one(journal):
    for version in (1, 2, 3):
        assert await save(journal, folding(case=case_record(life=f"life {version}"), expected_version=version - 1)) == [
            True
        ]
        kept = await journal.case(CASE)
        assert (kept.version, kept.life) == (version, f"life {version}")


@pytest.mark.parametrize("expected_version", [0, 2])
async def test_a_fold_of_another_version_keeps_nothing_and_its_entries_stay(journal, expected_version):
    await keep(journal, "a")
    await save(journal, folding(due=(Due(key="ack", due_ms=9),)))
    stale = folding(
        case=case_record(life="overtaken"),
        expected_version=expected_version,
        verdicts=applied(1),
        said=(Said(admitted=statement("lie"), code="applied", reason=""),),
        due=(Due(key="other", due_ms=1),),
        parcels=(parcel("page"),),
    )
    assert await save(journal, stale) == [False]
    assert (await journal.case(CASE)).life == "arrived"
    assert (await journal.read())[0].verdict == ""
    assert await journal.head() == 1
    assert await journal.parcels() == []
    assert await journal.next_due_ms() == 9
    assert [entry.seq for entry in (await claim(journal))[0].entries] == [1]


async def test_a_fold_overtaken_in_version_gives_its_route_back_at_once(journal):
    await keep(journal, "a")
    work = (await claim(journal))[0]
    assert await save(journal, folding(fence=work.fence, expected_version=7, verdicts=applied(1))) == [False]
    assert [entry.seq for entry in (await claim(journal, holder="another"))[0].entries] == [1]


async def test_a_worker_that_was_taken_over_cannot_save(journal, clock):
    await keep(journal, "a")
    slow = (await claim(journal, lease_ms=5))[0]
    clock.now_ms += 5
    quick = (await claim(journal, holder="another"))[0]
    assert await save(journal, folding(fence=slow.fence, verdicts=applied(1))) == [False]
    assert await journal.case(CASE) is None
    assert await save(journal, folding(fence=quick.fence, verdicts=applied(1))) == [True]
    assert await save(journal, folding(fence=slow.fence, expected_version=1)) == [False]
    clock.now_ms = 10**9
    assert await claim(journal) == []


async def test_a_worker_that_was_late_but_not_taken_over_may_save(journal, clock):
    await keep(journal, "a")
    work = (await claim(journal, lease_ms=5))[0]
    clock.now_ms = 10_000
    assert await save(journal, folding(fence=work.fence, verdicts=applied(1)), now_ms=10_000) == [True]


async def test_a_fence_is_never_used_twice(home):
    fences = []
    for number in range(3):
        journal = await home.open()
        await keep(journal, str(number))
        work = (await claim(journal))[0]
        fences.append(work.fence)
        seq = work.entries[0].seq
        assert await save(journal, folding(fence=work.fence, expected_version=number, verdicts=applied(seq))) == [True]
        await journal.close()
    assert fences == sorted(set(fences))


async def test_one_bad_fold_does_not_take_others_with_it(journal):
    good = folding(case=case_record(OTHER_CASE), due=(Due(key="ack", due_ms=1),))
    bad = folding(expected_version=3)
    assert await save(journal, bad, good, bad) == [False, True, False]
    assert [case.id for case in await journal.cases()] == [OTHER_CASE]


async def test_folds_of_one_case_count_on_within_one_save(journal):
    await keep(journal, "a", "b")
    work = (await claim(journal))[0]
    first = folding(fence=work.fence, verdicts=applied(1), due=(Due(key="ack", due_ms=1),))
    second = folding(
        fence=work.fence,
        case=case_record(life="acknowledged"),
        expected_version=1,
        verdicts=applied(2),
        due=(Due(key="wave", due_ms=2),),
    )
    assert await save(journal, first, second) == [True, True]
    kept = await journal.case(CASE)
    assert (kept.version, kept.life) == (2, "acknowledged")
    assert await journal.next_due_ms() == 2
    assert await journal.oldest_inbox_ms() is None


async def test_a_fold_without_a_case_judges_its_entries(journal):
    await keep(journal, "card", route="register")
    work = (await claim(journal))[0]
    assert await save(journal, folding(route="register", fence=work.fence, case=None, verdicts=applied(1))) == [True]
    entry = (await journal.read(route="register"))[0]
    assert (entry.verdict, entry.case) == ("applied", None)
    assert await claim(journal) == []


async def test_what_the_station_said_is_kept_once_however_often_it_is_saved(journal):
    said = (Said(admitted=statement("arrived"), code="applied", reason="", place=1),)
    assert await save(journal, folding(said=said)) == [True]
    assert await save(journal, folding(said=said, expected_version=1)) == [True]
    assert [entry.id for entry in await journal.read()] == [statement("arrived").id]
    assert not (await journal.append([statement("arrived")], now_ms=30))[0].fresh


async def test_one_statement_said_by_two_folds_of_one_save_is_kept_once(journal):
    said = (Said(admitted=statement("both"), code="applied", reason="", place=1),)
    await save(journal, folding(said=said), folding(case=case_record(OTHER_CASE), said=said))
    assert [(entry.id, entry.case) for entry in await journal.read()] == [(statement("both").id, CASE)]


async def test_what_the_station_said_is_not_folded_again_when_it_had_already_come_in(journal):
    await keep(journal, "arrived")
    said = (Said(admitted=statement("arrived"), code="applied", reason="", place=1),)
    assert await save(journal, folding(said=said)) == [True]
    assert await claim(journal) == []
    entry = (await journal.read(case=CASE))[0]
    assert (entry.seq, entry.verdict, entry.place) == (1, "applied", 1)


async def test_saying_other_bytes_under_a_used_key_is_refused_whole(journal):
    await keep(journal, "first", dedupe=b"one key")
    said = (Said(admitted=statement("second", dedupe=b"one key"), code="applied", reason=""),)
    assert await refusal(save(journal, folding(said=said)), Conflict) == "storage.key_reused"
    assert await journal.case(CASE) is None


async def test_a_verdict_needs_a_code(journal):
    await keep(journal, "a")
    empty = folding(verdicts=(Verdict(seq=1, code="", reason=""),))
    assert await refusal(save(journal, empty), Malformed) == "storage.verdict"
    assert await journal.case(CASE) is None
    assert len(await claim(journal)) == 1


async def test_the_timers_of_a_case_are_replaced_whole(journal):
    await save(
        journal, folding(due=(Due(key="ack", due_ms=10), Due(key="wave", due_ms=20), Due(key="lease", due_ms=30)))
    )
    await save(journal, folding(case=case_record(OTHER_CASE), due=(Due(key="ack", due_ms=40),)))
    await save(journal, folding(expected_version=1, due=(Due(key="wave", due_ms=20), Due(key="lease", due_ms=35))))
    due = await journal.claim_due(holder="w", now_ms=100, lease_ms=10, limit=10)
    assert [(one.case, one.key, one.due_ms) for one in due] == [
        (CASE, "wave", 20),
        (CASE, "lease", 35),
        (OTHER_CASE, "ack", 40),
    ]


# ---------------------------------------------------------------------------------------------- cases
async def test_cases_are_listed_newest_first_and_by_caller(journal):
    ids = [bytes([number]) * 16 for number in range(5)]
    opened_ms = [300, 100, 200, 200, 400]
    is_open = [True, True, True, False, False]
    for case_id, moment, open_now in zip(ids, opened_ms, is_open, strict=True):
        await save(journal, folding(case=case_record(case_id, opened_ms=moment, is_open=open_now)))
    await save(journal, folding(case=case_record(b"z" * 16, caller="another", opened_ms=250)))
    newest_first = [ids[4], ids[0], b"z" * 16, ids[3], ids[2], ids[1]]
    assert [case.id for case in await journal.cases()] == newest_first
    assert [case.id for case in await journal.cases(limit=2)] == newest_first[:2]
    assert [case.id for case in await journal.cases(before_ms=250)] == newest_first[3:]
    assert [case.id for case in await journal.cases(only_open=True, before_ms=300)] == [b"z" * 16, ids[2], ids[1]]
    assert (await journal.open_case_of("harbour")).id == ids[0]
    assert (await journal.last_case_of("harbour")).id == ids[4]
    assert await journal.open_case_of("nobody") is None
    assert await journal.last_case_of("nobody") is None


async def test_open_cases_are_counted_and_the_longest_without_a_person_is_named(journal):
    assert await journal.count_cases() == CaseCount(open=0, unheld=0, unheld_since_ms=None)
    told = [(100, True, "officer"), (200, True, ""), (300, True, ""), (50, False, ""), (400, True, "officer")]
    for number, (opened_ms, is_open, holder) in enumerate(told):
        record = case_record(bytes([number]) * 16, opened_ms=opened_ms, is_open=is_open, holder=holder)
        await save(journal, folding(case=record))
    assert await journal.count_cases() == CaseCount(open=4, unheld=2, unheld_since_ms=200)
    assert await journal.count_cases(before_ms=300) == CaseCount(open=2, unheld=1, unheld_since_ms=200)
    assert await journal.count_cases(before_ms=200) == CaseCount(open=1, unheld=0, unheld_since_ms=None)


async def test_routes_lead_to_the_case_they_name_and_to_the_callers_newest_open_case_else_its_newest(journal):
    ids = [bytes([number]) * 16 for number in range(5)]
    opened = [("a", 100, True), ("a", 200, True), ("a", 300, False), ("b", 100, False), ("b", 200, False)]
    for case_id, (caller, opened_ms, is_open) in zip(ids, opened, strict=True):
        await save(journal, folding(case=case_record(case_id, caller=caller, opened_ms=opened_ms, is_open=is_open)))
    routes = ["caller:a", "caller:b", "caller:nobody", f"case:{ids[0].hex()}", f"case:{bytes(16).hex()[:-1]}9"]
    found = await journal.cases_of(routes)
    assert {route: record.id for route, record in found.items()} == {
        "caller:a": ids[1], "caller:b": ids[4], f"case:{ids[0].hex()}": ids[0],
    }  # fmt: skip
    assert found["caller:a"] == await journal.case(ids[1])
    assert await journal.cases_of([]) == {}


async def test_an_ended_case_is_no_longer_its_callers_open_case(journal):
    await save(journal, folding())
    assert (await journal.open_case_of("harbour")).id == CASE
    await save(journal, folding(case=case_record(is_open=False), expected_version=1))
    assert await journal.open_case_of("harbour") is None
    assert await journal.cases(only_open=True) == []


# --------------------------------------------------------------------------------------------- timers
async def test_a_timer_is_claimed_at_its_moment_and_not_before(journal):
    await save(journal, folding(due=(Due(key="ack", due_ms=100),)))
    assert await journal.claim_due(holder="w", now_ms=99, lease_ms=10, limit=10) == []
    assert len(await journal.claim_due(holder="w", now_ms=100, lease_ms=10, limit=10)) == 1


async def test_timers_come_earliest_first_within_the_limit_and_to_one_worker_until_the_lease_lapses(journal, clock):
    await save(journal, folding(due=tuple(Due(key=str(key), due_ms=key) for key in (30, 10, 20))))
    assert [one.due_ms for one in await journal.claim_due(holder="w", now_ms=50, lease_ms=10, limit=2)] == [10, 20]
    assert [one.due_ms for one in await journal.claim_due(holder="v", now_ms=50, lease_ms=10, limit=9)] == [30]
    clock.now_ms = 19
    assert await journal.claim_due(holder="v", now_ms=10**9, lease_ms=10, limit=9) == []
    clock.now_ms = 20
    assert [one.due_ms for one in await journal.claim_due(holder="v", now_ms=50, lease_ms=10, limit=9)] == [10, 20, 30]


async def test_a_saved_fold_frees_the_timers_it_leaves_running(journal):
    await save(journal, folding(due=(Due(key="ack", due_ms=10),)))
    await journal.claim_due(holder="w", now_ms=10, lease_ms=MINUTE_MS, limit=1)
    await save(journal, folding(expected_version=1, due=(Due(key="ack", due_ms=10),)))
    assert len(await journal.claim_due(holder="v", now_ms=11, lease_ms=10, limit=1)) == 1


async def test_the_next_moment_is_the_earliest_of_timers_and_effects_and_of_leases_that_lapse(journal):
    assert await journal.next_due_ms() is None
    await save(journal, folding(due=(Due(key="ack", due_ms=100),), parcels=(parcel("page", not_before_ms=200),)))
    assert await journal.next_due_ms() == 100
    await journal.claim_due(holder="w", now_ms=100, lease_ms=590, limit=1)
    assert await journal.next_due_ms() == 200
    await journal.claim_parcels(holder="w", now_ms=200, lease_ms=490, room=Room(lane=1))
    assert await journal.next_due_ms() == 500
    await settle(journal, "page", now_ms=210, result=b"")
    assert await journal.next_due_ms() == 600
    await save(journal, folding(expected_version=1))
    assert await journal.next_due_ms() is None


async def test_what_could_not_be_folded_is_counted_and_the_first_timer_shows_also_while_it_is_leased(journal):
    assert (await journal.set_aside_count(), await journal.earliest_due_ms()) == (0, None)
    seqs = await keep(journal, "odd", "good")
    aside = Verdict(seq=seqs[0], code=SET_ASIDE, reason="It could not be folded.")
    due = (Due(key="ack", due_ms=10), Due(key="wave", due_ms=99))
    await save(journal, folding(verdicts=(aside, *applied(seqs[1])), due=due))
    assert (await journal.set_aside_count(), await journal.earliest_due_ms()) == (1, 10)
    assert [entry.seq for entry in await journal.set_aside(limit=5)] == [seqs[0]]
    assert await journal.set_aside(limit=0) == []
    await journal.claim_due(holder="w", now_ms=50, lease_ms=MINUTE_MS, limit=1)
    assert await journal.earliest_due_ms() == 10


# -------------------------------------------------------------------------------------------- effects
async def test_an_effect_is_handed_to_one_worker_until_its_lease_lapses(journal, clock):
    await save(journal, folding(parcels=(parcel("b", not_before_ms=5), parcel("a"), parcel("late", not_before_ms=99))))
    taken = await journal.claim_parcels(holder="w", now_ms=10, lease_ms=10, room=Room(lane=5))
    assert [(record.parcel, record.state, record.attempts) for record in taken] == [
        (parcel("a"), "waiting", 1),
        (parcel("b", not_before_ms=5), "waiting", 1),
    ]
    clock.now_ms = 19
    assert await journal.claim_parcels(holder="v", now_ms=90, lease_ms=10, room=Room(lane=5)) == []
    clock.now_ms = 20
    again = await journal.claim_parcels(holder="v", now_ms=90, lease_ms=10, room=Room(lane=1))
    assert [(record.parcel.id, record.attempts) for record in again] == [(parcel("a").id, 2)]


async def test_a_lane_that_is_full_holds_up_no_other(journal):
    mails = tuple(parcel(f"mail {number}", lane="mail") for number in range(5))
    await save(journal, folding(parcels=(*mails, parcel("file", lane="file"))))
    assert await names_of_claimed(journal, Room(lane=2)) == ["mail 0", "mail 1", "file"]
    assert await names_of_claimed(journal, Room(lane=2, lanes={"mail": 0})) == []
    assert await names_of_claimed(journal, Room(lane=2, lanes={"mail": 1})) == ["mail 2"]


async def test_the_most_urgent_goes_first_however_late_it_came(journal):
    late = parcel("mayday", rank=0, not_before_ms=9)
    await save(journal, folding(parcels=(parcel("old", rank=2), parcel("older", rank=2, not_before_ms=0), late)))
    assert await names_of_claimed(journal, Room(lane=2)) == ["mayday", "old"]
    assert await names_of_claimed(journal, Room(lane=2)) == ["older"]


async def test_one_recipient_gets_so_many_at_once_and_the_others_do_not_wait_for_it(journal):
    same = tuple(parcel(f"same {number}", recipient=b"hangs") for number in range(4))
    other = parcel("other", recipient=b"works", rank=1)
    await save(journal, folding(parcels=(*same, other, parcel("nobody", rank=2))))
    room = Room(lane=4, recipient=2, recipients={b"hangs": 1})
    assert await names_of_claimed(journal, room) == ["same 0", "other", "nobody"]
    assert await names_of_claimed(journal, Room(lane=4, recipient=2, recipients={b"hangs": 2})) == []
    assert await names_of_claimed(journal, Room(lane=4, recipient=2)) == ["same 1", "same 2"]


async def test_of_one_topic_only_the_newest_that_waits_is_handed_out(journal):
    first, again = parcel("first", topic=b"case 1"), parcel("again", topic=b"case 1", not_before_ms=5)
    await save(journal, folding(parcels=(first, parcel("other", topic=b"case 2"), parcel("none"))))
    await save(journal, folding(expected_version=1, parcels=(again,)))
    assert await names_of_claimed(journal, Room(lane=9)) == ["other", "none", "again"]
    fates = {record.parcel.id.decode().strip(): record for record in await journal.parcels(case=CASE)}
    assert (fates["first"].state, fates["first"].error) == ("not_needed", "A newer page took its place.")


async def test_one_under_way_is_not_overtaken_until_it_comes_back(journal):
    await save(journal, folding(parcels=(parcel("first", topic=b"case 1"),)))
    assert await names_of_claimed(journal, Room(lane=9)) == ["first"]
    await save(journal, folding(expected_version=1, parcels=(parcel("again", topic=b"case 1"),)))
    assert await names_of_claimed(journal, Room(lane=9)) == ["again"]
    assert {record.state for record in await journal.parcels()} == {"waiting"}
    await settle(journal, "first", "waiting", now_ms=20, not_before_ms=20, error="no answer")
    assert await names_of_claimed(journal, Room(lane=9), now_ms=20) == []
    assert [record.state for record in await journal.parcels()] == ["waiting", "not_needed"]


async def test_an_effect_nobody_needs_any_more_ends_in_sight_and_is_not_tried_again(journal):
    await save(journal, folding(parcels=(parcel("page"), parcel("sent"))))
    await settle(journal, "sent", now_ms=2, result=b"ok")
    over = [ParcelOutcome(id=parcel(name).id, state="not_needed", error="held") for name in ("page", "sent")]
    await journal.settle_parcels(over, now_ms=3)
    assert [(one.state, one.error) for one in await journal.parcels()] == [("done", ""), ("not_needed", "held")]
    assert await names_of_claimed(journal, Room(lane=9)) == []


async def test_an_effect_with_the_same_id_is_kept_once_and_not_woken(journal):
    await save(journal, folding(parcels=(parcel("page"), parcel("page"))))
    await journal.claim_parcels(holder="w", now_ms=1, lease_ms=10, room=Room(lane=5))
    await settle(journal, "page", now_ms=2, result=b"250 ok")
    await save(journal, folding(expected_version=1, parcels=(parcel("page"),)))
    records = await journal.parcels()
    assert [(record.state, record.result, record.updated_ms) for record in records] == [("done", b"250 ok", 2)]
    assert await journal.claim_parcels(holder="w", now_ms=99, lease_ms=10, room=Room(lane=5)) == []


async def test_a_failed_effect_waits_for_its_next_try_with_its_error_in_sight(journal):
    await save(journal, folding(parcels=(parcel("page"),)))
    await journal.claim_parcels(holder="w", now_ms=1, lease_ms=MINUTE_MS, room=Room(lane=5))
    await settle(journal, "page", "waiting", now_ms=2, not_before_ms=50, error="no answer")
    assert [(record.state, record.error) for record in await journal.parcels()] == [("waiting", "no answer")]
    assert await journal.claim_parcels(holder="w", now_ms=49, lease_ms=10, room=Room(lane=5)) == []
    assert (await journal.claim_parcels(holder="w", now_ms=50, lease_ms=10, room=Room(lane=5)))[0].attempts == 2


async def test_an_effect_given_up_stays_visible_and_is_not_tried_again(journal):
    await save(journal, folding(parcels=(parcel("page"), parcel("other", case=None))))
    await settle(journal, "page", "given_up", now_ms=2, error="no such address")
    given_up = await journal.parcels(state="given_up")
    assert [(record.parcel.id, record.error) for record in given_up] == [(parcel("page").id, "no such address")]
    assert [
        record.parcel.case
        for record in await journal.claim_parcels(holder="w", now_ms=9, lease_ms=1, room=Room(lane=5))
    ] == [None]


async def test_what_was_performed_stays_performed(journal):
    await save(journal, folding(parcels=(parcel("page"),)))
    await settle(journal, "page", now_ms=2, result=b"ok")
    await settle(journal, "page", "waiting", now_ms=3, not_before_ms=4, error="too late")
    await settle(journal, "page", "given_up", now_ms=3, error="too late")
    assert [(record.state, record.error) for record in await journal.parcels()] == [("done", "")]


async def test_effects_are_listed_newest_first_by_case_and_state(journal):
    await save(journal, folding(parcels=(parcel("a"), parcel("b"))))
    await save(journal, folding(case=case_record(OTHER_CASE), parcels=(parcel("c", case=OTHER_CASE),)))
    await settle(journal, "a", now_ms=2, result=b"")
    assert [record.parcel.id for record in await journal.parcels()] == [parcel(name).id for name in "cba"]
    assert [record.parcel.id for record in await journal.parcels(case=CASE)] == [parcel(name).id for name in "ba"]
    assert [record.parcel.id for record in await journal.parcels(case=CASE, state="waiting")] == [parcel("b").id]
    assert [record.parcel.id for record in await journal.parcels(limit=1)] == [parcel("c").id]


async def test_effects_that_wait_and_were_given_up_are_counted_and_the_first_that_was_to_go_is_named(journal):
    assert await journal.count_parcels() == ParcelCount(waiting=0, first_ms=None, failed=0, given_up=0)
    sent = tuple(parcel(name, not_before_ms=due_ms) for name, due_ms in zip("abcde", (30, 20, 10, 40, 5), strict=True))
    await save(journal, folding(parcels=sent))
    await settle(journal, "c", "given_up", error="no such address")
    await settle(journal, "d", "waiting", error="busy", not_before_ms=60)
    await settle(journal, "e", result=b"ok")
    assert await journal.count_parcels() == ParcelCount(waiting=3, first_ms=20, failed=1, given_up=1)
    assert await journal.count_parcels(before_ms=60) == ParcelCount(waiting=2, first_ms=20, failed=0, given_up=1)
    assert await journal.count_parcels(before_ms=20) == ParcelCount(waiting=0, first_ms=None, failed=0, given_up=1)


async def test_an_effect_that_is_not_there_cannot_be_settled(journal):
    assert await refusal(settle(journal, "none"), Unknown) == "storage.parcel"


# --------------------------------------------------------------------------------------------- leases
async def test_a_worker_that_starts_anew_takes_up_at_once_what_it_had_in_hand(journal):
    await save(journal, folding(due=(Due(key="ack", due_ms=1),), parcels=(parcel("page"),)))
    await keep(journal, "late")

    async def take() -> list[int]:
        given = {"holder": "a", "lease_ms": MINUTE_MS}
        routes = await journal.claim_inbox(**given, limit=9)
        timers = await journal.claim_due(**given, now_ms=10, limit=9)
        return [len(routes), len(timers), len(await journal.claim_parcels(**given, now_ms=10, room=Room(lane=9)))]

    assert await take() == [1, 1, 1]
    await journal.let_go(holder="another", parcels=True)
    assert await take() == [0, 0, 0]
    await journal.let_go(holder="a", parcels=False)
    assert await take() == [1, 1, 0]
    await journal.let_go(holder="a", parcels=True)
    assert await take() == [1, 1, 1]


async def test_what_was_let_go_cannot_be_saved_once_another_has_it(journal):
    await keep(journal, "late")
    before = (await claim(journal, holder="a"))[0]
    await journal.let_go(holder="a", parcels=False)
    after = (await claim(journal, holder="b"))[0]
    assert after.fence > before.fence
    assert await save(journal, folding(route=before.route, fence=before.fence)) == [False]


async def test_a_named_lease_has_one_holder_and_is_free_at_the_moment_it_lapses(journal, clock):
    async def take(holder: str, at_ms: int, name: str = "sequencer") -> int:
        clock.now_ms = at_ms
        return await journal.lease(name, holder=holder, lease_ms=10)

    assert await take("a", 0) == 1
    assert await take("b", 9) == 0
    assert await take("a", 9) == 1
    assert await take("b", 18) == 0
    assert await take("b", 19) == 2
    assert await take("a", 19) == 0
    assert await take("a", 29) == 3
    assert await take("a", 99) == 3
    assert await take("a", 99, "another") == 1


async def test_a_lease_that_ends_later_than_any_could_is_free_since_the_clock_was_set_back(journal, clock):
    await keep(journal, "a")
    await save(journal, folding(due=(Due(key="ack", due_ms=1),), parcels=(parcel("page"),)))

    async def take(holder: str) -> list[int]:
        term = await journal.lease(FOLDING, holder=holder, lease_ms=3_000)
        routes = await journal.claim_inbox(holder=holder, lease_ms=3_000, limit=9)
        timers = await journal.claim_due(holder=holder, now_ms=10, lease_ms=3_000, limit=9)
        pages = await journal.claim_parcels(holder=holder, now_ms=10, lease_ms=3_000, room=Room(lane=9))
        return [term, len(routes), len(timers), len(pages)]

    clock.now_ms = 3_600_000
    assert await take("dead") == [1, 1, 1, 1]
    clock.now_ms -= LEASE_SLACK_MS
    assert await take("b") == [0, 0, 0, 0]
    clock.now_ms = 1_000
    assert await take("b") == [2, 1, 1, 1]
    assert await take("c") == [0, 0, 0, 0]


async def test_to_give_a_lease_back_takes_it_from_nobody_and_a_longer_one_is_believed_where_it_is_told(journal):
    assert await journal.lease("told", holder="a", lease_ms=60_000) == 1
    assert await journal.lease("told", holder="b", lease_ms=0) == 0
    assert await journal.lease("told", holder="b", lease_ms=1_000, longest_ms=60_000) == 0
    assert await journal.lease("told", holder="a", lease_ms=1_000) == 1


async def test_whoever_folded_under_an_earlier_term_can_save_no_more(journal, clock):
    await keep(journal, "a")
    assert await journal.lease(FOLDING, holder="a", lease_ms=10) == 1
    assert await journal.save([folding(expected_version=0)], now_ms=1, term=1) == [True]
    clock.now_ms += 10
    assert await journal.save([folding(expected_version=1)], now_ms=1, term=1) == [True]
    assert await journal.lease(FOLDING, holder="b", lease_ms=10) == 2
    assert await journal.save([folding(expected_version=2, verdicts=applied(1))], now_ms=1, term=1) == [False]
    assert (await journal.read())[0].verdict == ""
    assert await journal.save([folding(expected_version=2, verdicts=applied(1))], now_ms=1, term=2) == [True]


async def test_saves_of_cases_are_found_in_their_order(journal):
    await save(journal, folding(), folding(case=case_record(OTHER_CASE)))
    first, second = await journal.cases_since(0, limit=9)
    assert [first.id, second.id] == [CASE, OTHER_CASE]
    await save(journal, folding(expected_version=1, case=case_record(life="stable")))
    later = await journal.cases_since(second.change, limit=9)
    assert [(case.id, case.life, case.version) for case in later] == [(CASE, "stable", 2)]
    assert [case.id for case in await journal.cases_since(0, limit=1)] == [OTHER_CASE]
    assert await journal.cases_since(later[0].change, limit=9) == []


async def test_of_an_effect_handed_out_again_only_the_last_attempt_may_say_that_it_failed(journal, clock):
    await save(journal, folding(parcels=(parcel("page"),)))
    for _ in range(2):
        await names_of_claimed(journal, Room(lane=1))
        clock.now_ms += MINUTE_MS
    await settle(journal, "page", "given_up", error="slow", attempt=1)
    assert [(one.state, one.attempts) for one in await journal.parcels()] == [("waiting", 2)]
    await settle(journal, "page", "waiting", error="no answer", not_before_ms=5, attempt=2)
    assert [(one.state, one.error) for one in await journal.parcels()] == [("waiting", "no answer")]
    await settle(journal, "page", "done", result=b"ok", attempt=1)
    assert [(one.state, one.result) for one in await journal.parcels()] == [("done", b"ok")]


# ------------------------------------------------------------------------------------------------ log
def leaf(index: int, seq: int) -> Leaf:
    return Leaf(index=index, seq=seq, leaf_hash=bytes([index]) * 32, key=b"key" if seq else b"")


async def test_leaves_are_added_in_order_with_their_checkpoint(journal):
    assert await journal.checkpoint() == (0, b"")
    await keep(journal, "a", "b", "c")
    assert [entry.seq for entry in await journal.unlogged(limit=2)] == [1, 2]
    await journal.put_leaves([leaf(0, 1), leaf(1, 0), leaf(2, 2)], checkpoint=b"three", size=3, now_ms=0)
    assert await journal.checkpoint() == (3, b"three")
    assert [entry.seq for entry in await journal.unlogged(limit=9)] == [3]
    assert await journal.leaf_of(2) == leaf(2, 2)
    assert await journal.leaf_of(3) is None
    assert await journal.leaf_hashes(start=1, stop=9) == [b"\x01" * 32, b"\x02" * 32]
    await journal.put_leaves([], checkpoint=b"three, witnessed", size=3, now_ms=0)
    assert await journal.checkpoint() == (3, b"three, witnessed")


@pytest.mark.parametrize(
    ("indexes", "size"), [((1,), 2), ((3,), 4), ((2, 4), 4), ((2,), 4), ((0,), 1), ((), 3), ((3, 2), 4)]
)
async def test_leaves_that_leave_a_gap_or_write_over_are_refused(journal, indexes, size):
    await keep(journal, "a", "b", "c", "d")
    await journal.put_leaves([leaf(0, 1), leaf(1, 2)], checkpoint=b"two", size=2, now_ms=0)
    leaves = [leaf(index, 3 + place) for place, index in enumerate(indexes)]
    assert await refusal(journal.put_leaves(leaves, checkpoint=b"bad", size=size, now_ms=0), Conflict) == "log.gap"
    assert await journal.checkpoint() == (2, b"two")
    assert [entry.seq for entry in await journal.unlogged(limit=9)] == [3, 4]


async def test_no_entry_has_two_leaves_and_no_leaf_names_what_is_not_there(journal):
    await keep(journal, "a", "b")
    await journal.put_leaves([leaf(0, 1)], checkpoint=b"one", size=1, now_ms=0)
    assert await refusal(journal.put_leaves([leaf(1, 1)], checkpoint=b"", size=2, now_ms=0), Conflict) == "log.twice"
    twice = [leaf(1, 2), leaf(2, 2)]
    assert await refusal(journal.put_leaves(twice, checkpoint=b"", size=3, now_ms=0), Conflict) == "log.twice"
    assert (
        await refusal(journal.put_leaves([leaf(1, 9)], checkpoint=b"", size=2, now_ms=0), Conflict)
        == "log.not_committed"
    )
    assert await journal.checkpoint() == (1, b"one")


async def test_the_last_checkpoint_of_each_hour_is_kept_for_a_year(journal):
    await keep(journal, *"abcdef")
    hours = [0, 0, 1, 0, CHECKPOINTS_MAX_HOURS - 1]
    for place, hour in enumerate(hours):
        note = b"%d at %d" % (place + 1, hour)
        await journal.put_leaves(
            [leaf(place, place + 1)], checkpoint=note, size=place + 1, now_ms=hour * HOUR_MS + HOUR_MS - 1
        )
    assert await journal.checkpoints() == [b"2 at 0", b"4 at 0", b"5 at %d" % (CHECKPOINTS_MAX_HOURS - 1)]
    await journal.put_leaves([leaf(5, 6)], checkpoint=b"newest", size=6, now_ms=CHECKPOINTS_MAX_HOURS * HOUR_MS)
    assert await journal.checkpoints() == [b"4 at 0", b"5 at %d" % (CHECKPOINTS_MAX_HOURS - 1), b"newest"]
    assert await journal.checkpoint() == (6, b"newest")


async def test_entries_logged_out_of_turn_leave_the_others_unlogged(journal):
    await keep(journal, "a", "b", "c")
    await journal.put_leaves([leaf(0, 2)], checkpoint=b"one", size=1, now_ms=0)
    assert [entry.seq for entry in await journal.unlogged(limit=9)] == [1, 3]
    await journal.put_leaves([leaf(1, 1), leaf(2, 3)], checkpoint=b"three", size=3, now_ms=0)
    await keep(journal, "d")
    assert [entry.seq for entry in await journal.unlogged(limit=9)] == [4]


# ------------------------------------------------------------------------------------------------- drafts
DRAFT, OTHER_DRAFT = b"e" * 16, b"f" * 16


def draft_line(name: str = "caller", text: str = "Example Hospital", draft: bytes = DRAFT, **changes) -> DraftLine:
    values = {"draft": draft, "name": name, "text": text, "turn": 1, "at_ms": 50, "party": "officer-one"}
    return DraftLine(**(values | changes))


async def test_answers_of_a_draft_are_kept_one_by_one_and_survive_the_journal(home):
    journal = await home.open()
    assert await journal.keep_draft([draft_line()])
    assert await journal.keep_draft([draft_line("reply", "+353999000111", at_ms=51), draft_line(draft=OTHER_DRAFT)])
    await journal.close()
    journal = await home.open()
    kept = [draft_line(), draft_line("reply", "+353999000111", at_ms=51)]
    assert await journal.draft(DRAFT) == kept
    assert await journal.drafts() == [*kept, draft_line(draft=OTHER_DRAFT)]
    assert await journal.draft(b"0" * 16) == []
    await journal.close()


async def test_of_two_saves_of_an_answer_the_later_typed_stands_whichever_came_first(journal):
    await journal.keep_draft([draft_line(text="Example Hospital in the north", turn=7)])
    assert await journal.keep_draft([draft_line(text="Example Ho", turn=6)])
    assert await journal.draft(DRAFT) == [draft_line(text="Example Hospital in the north", turn=7)]
    await journal.keep_draft([draft_line(text="", turn=8)])
    assert await journal.draft(DRAFT) == [draft_line(text="", turn=8)]


async def test_a_draft_that_is_done_leaves_one_line_and_a_late_save_brings_nothing_back(journal):
    await journal.keep_draft([draft_line(), draft_line("reply", "+353999000111")])
    done = draft_line(DRAFT_DONE, CASE.hex(), at_ms=60)
    assert await journal.finish_draft(done)
    assert not await journal.finish_draft(draft_line(DRAFT_DONE, "", at_ms=61))
    assert not await journal.keep_draft([draft_line(text="typed before, come after", turn=9)])
    assert await journal.draft(DRAFT) == [done]
    assert await journal.drafts() == []


async def test_that_a_draft_was_done_is_forgotten_after_its_time(journal):
    await journal.finish_draft(draft_line(DRAFT_DONE, CASE.hex(), at_ms=0))
    await journal.finish_draft(draft_line(DRAFT_DONE, "", draft=OTHER_DRAFT, at_ms=DRAFT_DONE_MS))
    assert await journal.draft(DRAFT) != []
    await journal.finish_draft(draft_line(DRAFT_DONE, "", draft=b"g" * 16, at_ms=DRAFT_DONE_MS + 1))
    assert await journal.draft(DRAFT) == []
    assert await journal.draft(OTHER_DRAFT) != []


async def test_no_draft_pushes_another_out(journal):
    await journal.keep_draft([draft_line(draft=number.to_bytes(16)) for number in range(DRAFTS_MAX)])
    with pytest.raises(Busy) as refusal:
        await journal.keep_draft([draft_line(draft=b"z" * 16)])
    assert refusal.value.code == "draft.too_many"
    assert await journal.keep_draft([draft_line("reply", draft=bytes(16))])
    await journal.finish_draft(draft_line(DRAFT_DONE, draft=bytes(16)))
    assert await journal.keep_draft([draft_line(draft=b"z" * 16)])
    assert len({line.draft for line in await journal.drafts()}) == DRAFTS_MAX


# ------------------------------------------------------------------------------------- tokens and facts
def token(digest: bytes = b"t" * 32, **changes) -> TokenRecord:
    values = {"digest": digest, "purpose": "link", "party": "ada", "expires_ms": 100, "once": True, "blob": b"why"}
    return TokenRecord(**(values | changes))


async def test_a_token_lives_until_it_expires(journal):
    await journal.put_token(token())
    assert await journal.token(token().digest, now_ms=99) == token()
    assert await journal.token(token().digest, now_ms=99) == token()
    assert await journal.token(token().digest, now_ms=100) is None
    assert await journal.spend_token(token().digest, now_ms=100) is None
    assert await journal.token(b"unknown", now_ms=0) is None


async def test_a_one_time_token_has_exactly_one_taker(home):
    one, other = await home.open(), await home.open()
    await one.put_token(token())
    takers = [journal.spend_token(token().digest, now_ms=5) for journal in (one, other) * 8]
    assert sorted(map(bool, await asyncio.gather(*takers))) == [False] * 15 + [True]
    assert await one.token(token().digest, now_ms=5) is None
    await one.close()
    await other.close()


async def test_what_is_good_once_has_exactly_one_user_and_is_forgotten_after_its_time(home):
    one, other = await home.open(), await home.open()
    users = [journal.use_once(b"c" * 32, expires_ms=100, now_ms=5) for journal in (one, other) * 8]
    assert sorted(await asyncio.gather(*users)) == [False] * 15 + [True]
    assert not await one.use_once(b"c" * 32, expires_ms=100, now_ms=99)
    assert await one.spend_token(b"c" * 32, now_ms=99) is None
    assert await other.use_once(b"d" * 32, expires_ms=200, now_ms=100)
    assert await one.token(b"c" * 32, now_ms=0) is None, "swept out"
    await one.close()
    await other.close()


async def test_a_token_of_many_uses_is_not_spent(journal):
    await journal.put_token(token(once=False))
    assert await journal.spend_token(token().digest, now_ms=5) is None
    assert await journal.token(token().digest, now_ms=5) == token(once=False)


async def test_a_token_with_the_same_digest_replaces_the_first(journal):
    await journal.put_token(token())
    await journal.put_token(token(expires_ms=900, blob=b"renewed"))
    assert await journal.token(token().digest, now_ms=500) == token(expires_ms=900, blob=b"renewed")


async def test_a_token_is_renewed_only_while_it_is_there_and_never_made_shorter(journal):
    assert not await journal.renew_token(token().digest, expires_ms=900)
    assert await journal.token(token().digest, now_ms=5) is None
    await journal.put_token(token())
    assert await journal.renew_token(token().digest, expires_ms=900)
    assert not await journal.renew_token(token().digest, expires_ms=100)
    assert await journal.token(token().digest, now_ms=500) == token(expires_ms=900)
    await journal.drop_tokens(party="ada")
    assert not await journal.renew_token(token().digest, expires_ms=2000)
    assert await journal.token(token().digest, now_ms=5) is None


async def test_a_partys_tokens_are_revoked_all_or_by_purpose(journal):
    for digest, purpose in ((b"1", "link"), (b"2", "session"), (b"3", "session")):
        await journal.put_token(token(digest, purpose=purpose))
    await journal.put_token(token(b"4", party="ben"))
    assert await journal.drop_tokens(party="ada", purpose="session") == 2
    assert await journal.drop_tokens(party="ada") == 1
    assert await journal.drop_tokens(party="ada") == 0
    assert await journal.token(b"4", now_ms=5) is not None


async def test_a_partys_sessions_are_listed_and_one_of_them_is_revoked_by_its_owner_alone(journal):
    for digest, expires_ms in ((b"1", 50), (b"2", 70), (b"3", 60)):
        await journal.put_token(token(digest, purpose="session", expires_ms=expires_ms))
    await journal.put_token(token(b"4", purpose="link"))
    listed = [one.digest for one in await journal.tokens_of(party="ada", purpose="session", now_ms=50)]
    assert listed == [b"2", b"3"]
    assert not await journal.drop_token(b"2", party="ben")
    assert await journal.drop_token(b"2", party="ada")
    assert not await journal.drop_token(b"2", party="ada")
    assert [one.digest for one in await journal.tokens_of(party="ada", purpose="session", now_ms=5)] == [b"3", b"1"]


# ---------------------------------------------------------------------------------- passkeys and accesses
def passkey(credential: bytes = b"p", **changes) -> PasskeyRecord:
    values = {"id": credential, "party": "ada", "name": "Telephone", "public": b"key", "count": 0, "rp_id": "localhost"}
    return PasskeyRecord(**{**values, "added_ms": 5, **changes})


async def test_a_passkey_is_kept_once_and_is_its_owners(journal):
    assert await journal.add_passkey(passkey())
    assert not await journal.add_passkey(passkey(party="ben"))
    await journal.add_passkey(passkey(b"q", added_ms=3))
    assert await journal.passkey(b"p") == passkey()
    assert await journal.passkey(b"x") is None
    assert [one.id for one in await journal.passkeys_of("ada")] == [b"q", b"p"]
    assert await journal.passkeys_of("ben") == []
    assert not await journal.drop_passkey(b"p", party="ben")
    assert await journal.drop_passkey(b"p", party="ada")
    assert await journal.passkey(b"p") is None


async def test_of_two_uses_of_a_passkey_with_one_count_one_is_noted(home):
    one, other = await home.open(), await home.open()
    await one.add_passkey(passkey(count=4))
    uses = [journal.use_passkey(b"p", before=4, count=5, now_ms=9) for journal in (one, other) * 4]
    assert sorted(await asyncio.gather(*uses)) == [False] * 7 + [True]
    assert await other.passkey(b"p") == passkey(count=5, used_ms=9)
    assert not await one.use_passkey(b"gone", before=0, count=1, now_ms=9)
    await one.close()
    await other.close()


def access(at_ms: int, **changes) -> AccessRecord:
    return AccessRecord(**{"at_ms": at_ms, "party": "ada", "act": "case", "way": "session", **changes})


async def test_accesses_are_numbered_in_order_and_found_by_party_case_and_subject(journal):
    await journal.note_accesses([access(1, case=CASE), access(2, party="ben", about="member-1")])
    await journal.note_accesses([access(3, case=OTHER_CASE)])
    await journal.note_accesses([])
    rows = await journal.accesses(limit=10)
    assert [row.at_ms for row in rows] == [3, 2, 1]
    assert rows[0].num > rows[1].num > rows[2].num > 0
    assert await journal.accesses(limit=1, before_num=rows[0].num) == rows[1:2]
    assert await journal.accesses(limit=9, party="ben") == rows[1:2]
    assert await journal.accesses(limit=9, case=CASE) == rows[2:]
    assert await journal.accesses(limit=9, about="member-1") == rows[1:2]


async def test_accesses_are_forgotten_by_age_and_by_number_and_no_number_comes_twice(journal):
    await journal.note_accesses([access(at_ms) for at_ms in range(1, 7)])
    newest = (await journal.accesses(limit=1))[0].num
    assert await journal.forget_accesses(before_ms=2, keep_max=100) == 1
    assert await journal.forget_accesses(before_ms=2, keep_max=3) == 2
    assert [row.at_ms for row in await journal.accesses(limit=10)] == [6, 5, 4]
    await journal.note_accesses([access(7)])
    assert (await journal.accesses(limit=1))[0].num > newest


async def test_a_fact_is_kept_and_replaced(journal):
    assert await journal.fact("realm") is None
    await journal.set_fact("realm", b"real")
    await journal.set_fact("realm", b"exercise")
    assert await journal.fact("realm") == b"exercise"


# ----------------------------------------------------------------------------------------------- news
async def test_news_come_as_soon_as_there_are_any(home):
    journal, other = await home.open(), await home.open()
    await keep(journal, "old")
    assert await journal.wait_for_news(after_seq=0, timeout_ms=60_000) == 1
    for writer in (journal, other):  # the second stands for another process
        waiting = asyncio.ensure_future(journal.wait_for_news(after_seq=await journal.head(), timeout_ms=60_000))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        seqs = await keep(writer, f"new from {id(writer)}")
        assert await asyncio.wait_for(waiting, 10) == seqs[-1]
    await journal.close()
    await other.close()


async def test_waiting_for_news_ends_with_its_time(journal):
    await keep(journal, "old")
    assert await journal.wait_for_news(after_seq=1, timeout_ms=30) == 1
    assert await journal.wait_for_news(after_seq=1, timeout_ms=0) == 1


# -------------------------------------------------------------------------------------------- erasure
async def ended_case(journal) -> None:
    await keep(journal, "a", "b")
    await keep(journal, "elsewhere", route="register")
    ended = case_record(is_open=False)
    await save(
        journal, folding(case=ended, verdicts=applied(1, 2), due=(Due(key="x", due_ms=1),), parcels=(parcel("p"),))
    )
    await journal.put_leaves([leaf(0, 1), leaf(1, 2), leaf(2, 3)], checkpoint=b"three", size=3, now_ms=0)


async def test_erasing_a_case_destroys_its_words_and_keys_and_keeps_ids_and_tree(journal):
    await ended_case(journal)
    hashes = await journal.leaf_hashes(start=0, stop=3)
    assert await journal.erase_case(CASE, now_ms=50) == 2
    erased = await journal.read(case=CASE)
    assert [(entry.id, entry.cose, entry.admission, entry.reason) for entry in erased] == [
        (statement(name).id, b"", b"", "") for name in "ab"
    ]
    assert [(await journal.leaf_of(seq)).key for seq in (1, 2, 3)] == [b"", b"", b"key"]
    assert await journal.leaf_hashes(start=0, stop=3) == hashes
    assert await journal.checkpoint() == (3, b"three")
    assert (await journal.case(CASE)).blob == b""
    assert [(one.parcel.blob, one.state) for one in await journal.parcels(case=CASE)] == [(b"", "given_up")]
    assert await journal.next_due_ms() is None
    assert (await journal.entry(statement("elsewhere").id)).cose == b"said: elsewhere"
    assert await journal.erase_case(CASE, now_ms=60) == 0


async def test_what_says_that_a_case_was_erased_stays_with_its_key(journal):
    await ended_case(journal)
    (seq,) = await keep(journal, "tombstone", kind="erased")
    (refused,) = await keep(journal, "not taken", kind="erased")
    ended = case_record(is_open=False, life="erased")
    no = Verdict(seq=refused, code="case.on_hold", reason="A hold is on it.")
    await save(journal, folding(case=ended, expected_version=1, verdicts=(*applied(seq), no)))
    await journal.put_leaves([leaf(3, seq), leaf(4, refused)], checkpoint=b"five", size=5, now_ms=0)
    assert await journal.erase_case(CASE, now_ms=50) == 3
    left = [entry for entry in await journal.read(case=CASE) if entry.cose]
    assert [(entry.id, entry.admission) for entry in left] == [(statement("tombstone").id, b"by one")]
    assert [(await journal.leaf_of(one)).key for one in (seq, refused)] == [b"key", b""]


async def test_what_was_erased_is_still_recognised_as_a_repetition(journal):
    await ended_case(journal)
    await journal.erase_case(CASE, now_ms=50)
    assert await journal.append([statement("a")], now_ms=60) == [Kept(seq=1, at_ms=1, fresh=False, same=True)]
    assert (await journal.read(case=CASE))[0].cose == b""


async def test_an_open_case_is_not_erased(journal):
    await keep(journal, "a")
    await save(journal, folding(verdicts=applied(1)))
    assert await refusal(journal.erase_case(CASE, now_ms=50), Conflict) == "storage.case_open"
    assert (await journal.read())[0].cose == b"said: a"


async def test_a_fold_read_before_the_erasure_cannot_bring_the_words_back(journal):
    await ended_case(journal)
    await journal.erase_case(CASE, now_ms=50)
    assert await save(journal, folding(case=case_record(is_open=False), expected_version=1)) == [False]


async def test_what_a_provider_says_of_a_page_after_its_case_was_erased_is_not_kept(journal):
    await ended_case(journal)
    await journal.erase_case(CASE, now_ms=50)
    done = ParcelOutcome(id=parcel("p").id, state="done", result=b"handed to somebody")
    await journal.settle_parcels([done], now_ms=60)
    assert [(one.state, one.result) for one in await journal.parcels(case=CASE)] == [("done", b"")]


async def test_a_page_is_not_overtaken_by_one_whose_case_was_erased(journal):
    await save(journal, folding(case=None, parcels=(parcel("first", case=None, topic=b"one"),)))
    await save(journal, folding(case=case_record(is_open=False), parcels=(parcel("newer", topic=b"one"),)))
    await journal.erase_case(CASE, now_ms=50)
    assert await names_of_claimed(journal, Room(lane=9)) == ["first"]


async def test_old_copies_of_what_was_erased_are_looked_after_until_none_is_left(journal):
    assert await journal.forget_erased()
    await ended_case(journal)
    await journal.erase_case(CASE, now_ms=50)
    assert await journal.forget_erased()
    assert await journal.forget_erased()


async def test_what_waits_on_the_route_of_an_erased_case_is_erased_too(journal):
    await ended_case(journal)
    await keep(journal, "late word")
    assert await journal.erase_case(CASE, now_ms=50) == 3
    entry = await journal.entry(statement("late word").id)
    assert (entry.cose, entry.case, entry.verdict) == (b"", CASE, "erased")
    assert [work.route for work in await claim(journal)] == ["register"]


# ---------------------------------------------------------------------------------------------- crash
CHILD = """
import asyncio, hashlib, sys
from esos.station.records import Admitted
from esos.storage import SqlJournal

async def one(journal, worker, start):
    for number in range(start, 10**9):
        name = f"{worker}.{number}"
        digest = hashlib.sha256(name.encode()).digest()
        item = Admitted(id=digest, kind="called", dedupe=digest, route="caller:x", cose=name.encode(), admission=b"")
        kept = await journal.append([item], now_ms=number)
        sys.stdout.write(f"{kept[0].seq} {name}\\n")
        sys.stdout.flush()

async def main():
    journal = await SqlJournal.open(sys.argv[1])
    await asyncio.gather(*(one(journal, worker, int(sys.argv[2])) for worker in range(32)))

asyncio.run(main())
"""


def append_until_killed(path: Path, start: int, seconds: float) -> list[tuple[int, str]]:
    """What a child process had acknowledged when it was killed in the middle of its work."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(path), str(start)], stdout=subprocess.PIPE, text=True)
    try:
        first = child.stdout.readline()
        time.sleep(seconds)
    finally:
        os.kill(child.pid, signal.SIGKILL)
    lines = [first, *child.communicate()[0].splitlines(keepends=True)]
    whole = [line.split() for line in lines if line.endswith("\n")]
    return [(int(seq), name) for seq, name in whole]


async def test_what_was_acknowledged_survives_kill_9_at_any_moment(tmp_path):
    from esos.storage import SqlJournal

    path = tmp_path / "journal.db"
    acknowledged: dict[str, int] = {}
    for crash in range(CRASH_ROUNDS):
        told = append_until_killed(path, crash * 10**6, seconds=0.003 * crash)
        assert told
        acknowledged |= {name: seq for seq, name in told}
        journal = await SqlJournal.open(path)
        stored = {entry.cose.decode(): entry.seq for entry in await journal.read(limit=10**6)}
        assert acknowledged.items() <= stored.items()
        assert sorted(stored.values()) == list(range(1, await journal.head() + 1))
        seq, name = told[-1]
        item = msgspec.structs.replace(statement(name), route="caller:x")
        assert (await journal.append([item], now_ms=1))[0].seq == seq
        await journal.close()


async def test_a_statement_that_no_store_can_hold_is_refused_alone(journal):
    """A text with half a character: it fails in the driver, and not those that were written with it."""
    odd = msgspec.structs.replace(statement("odd"), kind="\ud800")
    waiting = [journal.append([statement("a")], now_ms=1), journal.append([odd], now_ms=1)]
    answers = await asyncio.gather(*waiting, journal.append([statement("b")], now_ms=1), return_exceptions=True)
    if isinstance(answers[1], Exception):
        assert isinstance(answers[1], UnicodeEncodeError)
        assert [answers[0][0].seq, answers[2][0].seq] == [1, 2]
        assert await journal.head() == 2


async def test_a_text_with_the_one_letter_that_not_every_store_holds_is_kept(journal):
    await keep(journal, "a")
    reason = "It said \0 and went on."
    await save(journal, folding(verdicts=(Verdict(seq=1, code="odd", reason=reason, place=1),)))
    kept = (await journal.read())[0].reason
    assert kept in {reason, reason.replace("\0", "\N{REPLACEMENT CHARACTER}")}


# ---------------------------------------------------------------------------------------------- files
DIGEST, OTHER_DIGEST, ROOM_BYTES = b"d" * 32, b"e" * 32, 100


async def put_file(journal, content=b"a file", digest=DIGEST):
    return await journal.put_file(CASE, digest, content, now_ms=5, room=ROOM)


ROOM = FileRoom(
    case=Space(ROOM_BYTES, 3),
    own=Space(ROOM_BYTES, 3),
    station=Space(3 * ROOM_BYTES, 6),
    strangers=Space(ROOM_BYTES + 20, 4),
)
STRANGERS = msgspec.structs.replace(ROOM, is_strangers=True)


async def test_a_file_of_a_case_is_kept_once_and_comes_back_as_it_was(journal):
    await journal.save([folding(case=case_record())], now_ms=1)
    assert await put_file(journal, b"\x00 any bytes \xff")
    assert not await put_file(journal, b"\x00 any bytes \xff")
    assert await journal.file(CASE, DIGEST) == b"\x00 any bytes \xff"
    assert await journal.file(CASE, OTHER_DIGEST) is None
    assert await journal.file(b"another case, id", DIGEST) is None


async def test_the_files_of_a_case_have_so_much_room_together_and_no_more(journal):
    await journal.save([folding(case=case_record())], now_ms=1)
    await put_file(journal, bytes(ROOM_BYTES))
    assert await refusal(put_file(journal, b"1", OTHER_DIGEST), Conflict) == "file.case_full"
    assert not await put_file(journal, bytes(ROOM_BYTES))
    assert await journal.file(CASE, OTHER_DIGEST) is None


async def put_of(journal, case, size, room, digest=DIGEST):
    return await journal.put_file(case, digest, bytes(size), now_ms=5, room=room)


async def cases_for_files(journal):
    others = [bytes([number]) * 16 for number in range(1, 5)]
    await journal.save([folding(case=case_record(id=case, caller=case.hex())) for case in (CASE, *others)], now_ms=1)
    return others


async def test_strangers_files_have_a_room_a_case_and_one_together_until_somebody_knows_who_called(journal):
    first, second, *_ = await cases_for_files(journal)
    assert await put_of(journal, first, 60, STRANGERS)
    assert await refusal(put_of(journal, first, 60, STRANGERS, OTHER_DIGEST), Conflict) == "file.stranger_room"
    assert await put_of(journal, second, 60, STRANGERS)
    assert await refusal(put_of(journal, CASE, 1, STRANGERS), Conflict) == "file.strangers_full"
    assert await put_of(journal, CASE, 1, ROOM)
    assert await journal.files_used() == FilesUsed(station=Space(121, 3), strangers=Space(120, 2))
    assert await put_of(journal, second, 40, msgspec.structs.replace(ROOM, is_known=True), OTHER_DIGEST)
    assert await journal.files_used() == FilesUsed(station=Space(161, 4), strangers=Space(60, 1))
    assert await put_of(journal, CASE, 60, STRANGERS, OTHER_DIGEST)


async def test_one_party_takes_its_part_of_a_case_s_room_and_leaves_the_rest_to_others(journal):
    await cases_for_files(journal)
    own = msgspec.structs.replace(ROOM, own=Space(40, 2), party="first")
    other = msgspec.structs.replace(own, party="second")
    assert await put_of(journal, CASE, 40, own, b"1" * 32)
    assert await refusal(put_of(journal, CASE, 1, own, b"2" * 32), Conflict) == "file.own_full"
    assert await put_of(journal, CASE, 1, other, b"2" * 32)
    assert await put_of(journal, CASE, 1, other, b"3" * 32)
    assert await refusal(put_of(journal, CASE, 1, other, b"4" * 32), Conflict) == "file.case_many"


async def test_of_files_so_many_are_kept_however_small_they_are(journal):
    first, second, third, fourth = await cases_for_files(journal)
    own = msgspec.structs.replace(ROOM, own=Space(40, 1), party="first")
    assert await put_of(journal, first, 1, own, b"1" * 32)
    assert await refusal(put_of(journal, first, 1, own, b"2" * 32), Conflict) == "file.own_many"
    for number in range(3):
        assert await put_of(journal, second, 1, STRANGERS, bytes([number]) * 32)
    assert await refusal(put_of(journal, second, 1, STRANGERS, b"4" * 32), Conflict) == "file.stranger_many"
    assert await put_of(journal, third, 1, STRANGERS)
    assert await refusal(put_of(journal, fourth, 1, STRANGERS), Conflict) == "file.strangers_full"
    assert await put_of(journal, fourth, 1, ROOM)
    assert await refusal(put_of(journal, CASE, 1, ROOM), Conflict) == "file.station_full"


async def test_the_files_of_a_station_have_so_much_room_together(journal):
    first, second, third, fourth = await cases_for_files(journal)
    for case in (first, second, third):
        assert await put_of(journal, case, ROOM_BYTES, ROOM)
    assert await refusal(put_of(journal, fourth, 1, ROOM), Conflict) == "file.station_full"
    assert await journal.file(fourth, DIGEST) is None
    assert (await journal.files_used()).station.size_bytes == 3 * ROOM_BYTES


async def test_no_file_is_kept_for_a_case_that_is_not_there_or_was_erased(journal):
    assert await refusal(put_file(journal), Unknown) == "case.unknown"
    await journal.save([folding(case=case_record(is_open=False, life="erased"))], now_ms=1)
    await put_file(journal)
    await journal.erase_case(CASE, now_ms=50)
    assert await journal.file(CASE, DIGEST) is None
    assert await refusal(put_file(journal), Conflict) == "case.erased"
