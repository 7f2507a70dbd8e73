"""Several processes on one store: one folds at a time, whoever takes over knows every promise, all tell their callers."""

import asyncio

import msgspec
import pytest
from doubles.twin_stations import LINE, Twins

from esos.errors import Conflict
from esos.keys.speaker import KnownBy
from esos.message import bodies as b
from esos.station.found import Founder
from esos.station.records import FOLDING
from esos.station.seen import SEEN_MAX
from esos.station.tokens import Holder
from esos.station.worker import FOLD_LEASE_MS

pytestmark = pytest.mark.anyio
MINUTE_MS = 60_000


def units_given(twins: Twins) -> list[int]:
    return sorted(
        sum(ask.quantity for one in case.requests.values() for ask in one.committed) for case in twins.cases()
    )


def carried(station, member) -> int:
    return sum(promise.units for promise in station.directory.register.record(member).carried.get(LINE, ()))


async def test_while_one_process_folds_the_other_takes_calls_and_leaves_them_to_it():
    twins = await Twins.founded()
    await twins.call(twins.a)
    assert await twins.turn(twins.a)
    await twins.call(twins.b, "second")
    assert await twins.turn(twins.b) == 0
    assert len(twins.cases()) == 1
    assert await twins.turn(twins.a) == 1
    assert len(twins.cases()) == 2


async def test_a_station_with_nothing_to_do_writes_nothing():
    twins = await Twins.founded()
    while await twins.turn(twins.a):
        pass
    written = []
    twins.store.after = written.append
    for _ in range(5):
        await twins.turn(twins.a, after_ms=MINUTE_MS)
        await twins.turn(twins.b)
        await twins.a.follow()
        await twins.b.follow()
    assert written == []


async def test_when_the_process_that_folds_falls_silent_another_folds_after_its_lease_and_not_before():
    twins = await Twins.founded()
    await twins.call(twins.a)
    await twins.turn(twins.a)
    await twins.call(twins.b, "second")
    assert await twins.turn(twins.b, after_ms=FOLD_LEASE_MS - 1) == 0
    assert await twins.turn(twins.b, after_ms=int(twins.b.folder.lease.ask_again_seconds * 1000)) == 1
    assert len(twins.cases()) == 2


async def test_a_process_that_ends_in_order_frees_the_lease_at_once():
    twins = await Twins.founded()
    await twins.call(twins.a)
    await twins.turn(twins.a)
    await twins.call(twins.b, "second")
    await twins.a.give_up_leases()
    assert await twins.turn(twins.b) == 1


async def test_whoever_takes_over_knows_what_is_promised_and_promises_it_to_nobody_else():
    twins = await Twins.founded(share_cap_percent="100")
    await twins.promise(twins.b)
    await twins.call(twins.a)
    while await twins.turn(twins.a):
        pass
    await twins.turn(twins.a, after_ms=6 * MINUTE_MS)
    assert units_given(twins) == [40]
    await twins.call(twins.b, "second")
    await twins.turn(twins.b, after_ms=FOLD_LEASE_MS + 1)
    assert carried(twins.b, twins.member("helper")) == 40
    for _ in range(10):
        await twins.turn(twins.b, after_ms=MINUTE_MS)
    assert units_given(twins) == [0, 40]


async def test_what_a_process_planned_after_it_had_lost_the_lease_is_not_kept_and_holds_no_units():
    twins = await Twins.founded(share_cap_percent="100")
    await twins.promise(twins.a)
    await twins.call(twins.a)
    while await twins.turn(twins.a):
        pass
    twins.clock.now += 6 * MINUTE_MS
    save = twins.a.journal.save

    async def saves_late(foldings, **given):
        """Between planning and saving the process stands still, longer than its lease."""
        twins.clock.now += FOLD_LEASE_MS + 1
        twins.a.journal.save = save
        await twins.call(twins.b, "second")
        assert await twins.turn(twins.b)
        return await save(foldings, **given)

    twins.a.journal.save = saves_late
    await twins.a.folder.run_once(now_ms=twins.clock.now)
    assert twins.store.leases[FOLDING].holder == "process b"
    assert units_given(twins) == [0, 40]
    assert carried(twins.a, twins.member("helper")) == carried(twins.b, twins.member("helper")) == 40
    for _ in range(12):
        await twins.turn(twins.a, after_ms=MINUTE_MS)
        await twins.turn(twins.b)
    assert units_given(twins) == [0, 40]


async def test_a_crew_planned_by_a_process_that_had_lost_the_lease_goes_to_the_case_of_its_successor_alone():
    twins = await Twins.founded(share_cap_percent="100")
    await twins.promise(twins.a)
    await twins.call(twins.a)
    await twins.call(twins.a, "second")
    while await twins.turn(twins.a):
        pass
    twins.clock.now += 6 * MINUTE_MS
    first = twins.cases()[0].id
    claim, save = twins.a.journal.claim_due, twins.a.journal.save

    async def claims_one(**given):
        """This process has the first case in hand and keeps it; the second is left to others."""
        claimed = await claim(**given)
        for (case, _), timer in twins.store.due.items():
            if case == first:
                timer.until_ms = twins.clock.now + 60 * MINUTE_MS
            else:
                timer.until_ms, timer.holder = 0, ""
        twins.a.journal.claim_due = claim
        return [one for one in claimed if one.case == first]

    async def saves_late(foldings, **given):
        twins.clock.now += FOLD_LEASE_MS + 1
        twins.a.journal.save = save
        await twins.turn(twins.b)
        assert units_given(twins) == [0, 40]
        return await save(foldings, **given)

    twins.a.journal.claim_due, twins.a.journal.save = claims_one, saves_late
    await twins.a.folder.run_once(now_ms=twins.clock.now)
    assert units_given(twins) == [0, 40]


async def test_processes_that_fold_in_turns_never_promise_the_same_units_twice():
    twins = await Twins.founded(share_cap_percent="100")
    await twins.promise(twins.a)
    await twins.call(twins.a)
    await twins.call(twins.b, "second")
    for number in range(12):
        order = (twins.a, twins.b) if number % 2 else (twins.b, twins.a)
        assert await twins.turn(order[0], after_ms=MINUTE_MS) or number
        await twins.turn(order[1])
        assert sum(units_given(twins)) <= 40
    assert units_given(twins) == [0, 40]


async def test_a_process_started_anew_under_its_old_name_learns_before_it_folds():
    twins = await Twins.founded(share_cap_percent="100")
    await twins.promise(twins.a)
    await twins.call(twins.a)
    for _ in range(8):
        await twins.turn(twins.a, after_ms=MINUTE_MS)
    again = await twins.more("a")
    await twins.call(again, "second")
    for _ in range(8):
        await twins.turn(again, after_ms=MINUTE_MS)
    assert units_given(twins) == [0, 40]


async def test_what_was_folded_elsewhere_is_told_to_the_doors_of_every_process_once():
    twins = await Twins.founded()
    told = {twins.a: [], twins.b: []}
    for station, cases in told.items():
        station.folder.saved = cases.append
    await twins.call(twins.a)
    await twins.turn(twins.b)
    assert [len(cases) for cases in told.values()] == [0, 1]
    for _ in range(2):
        await twins.a.follow()
        await twins.b.follow()
    assert [len(cases) for cases in told.values()] == [1, 1]
    assert told[twins.a] == told[twins.b]


async def test_a_door_that_waits_is_told_the_verdict_that_another_process_gave():
    twins = await Twins.founded()
    taken = await twins.call(twins.a)
    with twins.a.verdicts.expected(taken.seq) as told:
        await twins.turn(twins.b)
        assert not told.done()
        await twins.a.follow()
        verdict, case = told.result()
    assert (verdict.code, case) == ("applied", twins.cases()[0].id)


async def test_a_refusal_by_another_process_comes_with_its_reason():
    twins = await Twins.founded()
    await twins.call(twins.a)
    await twins.turn(twins.b)
    case = twins.cases()[0].id
    request = b"r" * 16
    asked = asyncio.create_task(
        twins.a.desk.say_body(twins.speaker(twins.a), "selected", b.OnRequest(request=request), case=case)
    )
    while not twins.store.inbox:
        await asyncio.sleep(0)
    await twins.turn(twins.b)
    await twins.a.follow()
    with pytest.raises(Conflict) as refusal:
        await asked
    assert refusal.value.code.startswith("request.")
    assert refusal.value.detail


async def test_a_call_opened_at_a_page_of_one_process_is_told_to_its_caller_at_the_door_of_another():
    twins = await Twins.founded()
    await twins.call(twins.a)
    await twins.turn(twins.a)
    told: list[tuple[bytes, int]] = []
    twins.a.seen.told = lambda case, at_ms: told.append((case.id, at_ms))
    twins.b.seen.opened(twins.cases()[0])
    await twins.b.follow()
    opened_ms = twins.clock.now
    twins.clock.now += 500
    await twins.a.follow()
    await twins.a.follow()
    assert told == [(twins.cases()[0].id, opened_ms)]


async def test_of_two_processes_that_tell_at_once_neither_is_lost():
    twins = await Twins.founded()
    await twins.call(twins.a)
    await twins.call(twins.a, "second")
    await twins.turn(twins.a)
    one, other = twins.cases()
    third = await twins.more("c")
    told: list[bytes] = []
    third.seen.told = lambda case, at_ms: told.append(case.id)
    twins.a.seen.opened(one)
    twins.b.seen.opened(other)
    await asyncio.gather(twins.a.follow(), twins.b.follow())
    await asyncio.gather(twins.a.follow(), twins.b.follow())
    await third.follow()
    assert sorted(told) == sorted([one.id, other.id])


async def test_however_many_calls_are_opened_the_list_between_processes_stays_short():
    twins = await Twins.founded()
    await twins.call(twins.a)
    await twins.turn(twins.a)
    (case,) = twins.cases()
    for number in range(3 * SEEN_MAX):
        twins.clock.now += 1
        twins.a.seen.opened(_like(case, number))
    for _ in range(3):
        await twins.a.seen.exchange()
    assert len(twins.store.facts["seen"]) < SEEN_MAX * 40


async def test_an_officer_entered_at_one_process_signs_in_at_another_at_once():
    twins = await Twins.founded()
    one = twins.a
    founder = Founder(
        identity=one.identity, journal=one.journal, directory=one.directory, clock=twins.clock, dice=twins.dice
    )
    officer = await founder.add_officer("Officer Two", ("officer",))
    holder, _ = await twins.b.tokens.sign_in(await one.tokens.link(officer))
    assert holder.party == officer
    speaker = await twins.b.desk.known(Holder(party=officer, purpose="session", known_by=KnownBy.SESSION))
    assert speaker.party == officer


def _like(case, number):
    return msgspec.structs.replace(case, id=number.to_bytes(16))
