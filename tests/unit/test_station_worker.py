"""A worker that comes late folds a case as its time left it: what was due before a statement runs out before it."""

import pytest
from doubles.slow_station import SlowStation

from esos.message import bodies as b
from esos.station.records import CaseRecord, Folding
from esos.station.station import Station
from esos.words.need import NeedLine
from esos.words.request_state import RequestState

pytestmark = pytest.mark.anyio

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
REQUEST = b"r" * 16
TWENTY = (b.NeedAsk(line=NeedLine.FILTERING, quantity=20),)


@pytest.fixture
async def station():
    """A case that an officer has, with a request to the helper."""
    one = await SlowStation.founded()
    await one.called()
    await one.officer_says(0, "requested", b.Requested(request=REQUEST, responder=one.party("helper"), lines=TWENTY))
    await one.work()
    return one


def state(station):
    return station.case.requests[REQUEST].state


async def test_a_commitment_after_the_reply_was_due_is_a_late_yes_although_the_worker_sees_it_first(station):
    station.clock.now += 15 * MINUTE_MS
    await station.say("helper", "committed", b.Committed(request=REQUEST), case=station.case.id)
    await station.work(HOUR_MS)
    assert state(station) is RequestState.NO_REPLY
    assert station.request("helper").unsolicited


async def test_a_commitment_a_millisecond_before_the_reply_was_due_binds_although_the_worker_comes_late(station):
    station.clock.now += 15 * MINUTE_MS - 1
    await station.say("helper", "committed", b.Committed(request=REQUEST), case=station.case.id)
    await station.work(HOUR_MS)
    assert state(station) is RequestState.COMMITTED


async def test_a_held_offer_is_not_chosen_after_its_time(station):
    until_ms = station.clock.now + 5 * MINUTE_MS
    offer = b.Offered(request=REQUEST, how="provisional", until_ms=until_ms)
    await station.say("helper", "offered", offer, case=station.case.id)
    await station.work()
    station.clock.now = until_ms
    await station.officer_says(0, "selected", b.OnRequest(request=REQUEST))
    await station.work(MINUTE_MS)
    assert state(station) is RequestState.WITHDRAWN
    assert ("selected", "request.ended") in station.judged()


async def test_after_hours_without_an_act_another_officer_takes_charge_at_once(station):
    station.clock.now += 5 * HOUR_MS
    await station.officer_says(1, "acknowledged", b.Acknowledged())
    await station.work()
    assert station.case.lease.holder == station.officers[1]


async def test_of_two_queues_of_one_case_the_journal_has_the_order(station):
    """A caller's repetition waits in the caller's queue, an answer in the case's; neither overtakes the other."""
    station.clock.now += 15 * MINUTE_MS - 1
    await station.say("helper", "considering", b.OnRequest(request=REQUEST), case=station.case.id)
    station.clock.now += 1
    await station.say("caller", "called", b.Called(call=b"call-two"))
    await station.say("helper", "committed", b.Committed(request=REQUEST), case=station.case.id)
    station.journal.arrange = lambda works: sorted(works, key=lambda work: work.route, reverse=True)
    before = len(station.judged())
    await station.work()
    said = [kind for kind, _ in station.judged()[before:] if kind in {"considering", "called", "committed"}]
    assert said == ["considering", "called", "committed"]
    assert ("considering", "applied") in station.judged()
    assert state(station) is RequestState.NO_REPLY


async def test_a_timer_that_another_worker_holds_runs_out_all_the_same_before_what_came_after_it(station):
    station.clock.now += 15 * MINUTE_MS
    await station.say("helper", "committed", b.Committed(request=REQUEST), case=station.case.id)
    station.journal.hides_dues = True
    await station.work()
    assert state(station) is RequestState.NO_REPLY


async def started_anew(station) -> Station:
    """Another process of the same station, on the same journal."""
    parts = station.station
    again = Station(
        identity=parts.identity, journal=station.journal, channels={}, clock=station.clock, dice=parts.dice,
        base_url=lambda: "",
    )  # fmt: skip
    await again.open()
    return again


async def test_a_worker_that_starts_knows_who_carries_what_before_it_folds_even_where_one_case_cannot_be_read(station):
    await station.say("helper", "committed", b.Committed(request=REQUEST), case=station.case.id)
    await station.work()
    odd = CaseRecord(
        id=b"o" * 16, caller="odd", version=1, life="arrived", is_open=True, urgency="mayday", concern="alert",
        holder="", page_code="", opened_ms=1, updated_ms=1, blob=b"no case",
    )  # fmt: skip
    await station.journal.save(
        [Folding(route="", fence=0, case=odd, expected_version=0, verdicts=(), said=(), due=(), parcels=())], now_ms=1
    )
    parts, again = station.station, await started_anew(station)
    await again.folder.run_once(now_ms=station.clock.now)
    known = again.directory.register.record(station.party("helper"))
    assert (known.asked, known.answered) == (1, 1)
    assert known.carried == parts.directory.register.record(station.party("helper")).carried != {}


async def test_an_officer_who_asks_before_the_first_fold_of_a_start_reads_what_cases_show(station):
    await station.say("helper", "committed", b.Committed(request=REQUEST), case=station.case.id)
    await station.work()
    parts, again = station.station, await started_anew(station)
    asked = b.Requested(request=b"q" * 16, responder=station.party("helper"), lines=TWENTY)
    explained = [await one.desk.explained(asked, station.case.id, station.clock.now) for one in (parts, again)]
    assert explained[0] == explained[1] != asked
