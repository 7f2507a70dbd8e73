"""Carriers race: each begins in its time, one that breaks stops no other, and only proven answers count."""

import asyncio

import pytest

from esos.beacon.carrier import Failed, Heard, Outgoing, Sending, Waiting
from esos.caller.make import make_call
from esos.caller.send import send_call
from esos.message.bodies import CallDetails
from esos.message.packet_codes import AckState
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio


class Scripted:
    """A carrier that tells what it was given, each after so many seconds, and then goes on for ever or ends."""

    def __init__(self, name, *events, ends=True, fault=None):
        self.name = name
        self.events = events
        self.ends = ends
        self.fault = fault
        self.runs = 0

    async def send(self, outgoing, tell):
        self.runs += 1
        if self.fault:
            raise self.fault
        for wait_s, event in self.events:
            await asyncio.sleep(wait_s)
            tell(event)
        if not self.ends:
            await asyncio.Event().wait()
        return ()


def heard(carrier="udp", state=AckState.COMMITTED, *, proven=True, station="Example Watch"):
    return Heard(carrier=carrier, station=station, state=state, proven=proven)


@pytest.fixture
def outgoing():
    made = make_call(
        seed=b"\x05" * 32, realm=Realm.REAL, call=b"call-id!", details=CallDetails(), stations=(), now_ms=1
    )
    packet = made.packet
    return Outgoing(cose=packet.cose(), statement_id=packet.statement_id(), targets=(), packet=packet)


async def test_one_proven_answer_ends_the_race(outgoing):
    told = []
    carriers = [Scripted("udp", (0.01, heard()), ends=False), Scripted("https", (5, heard("https")))]
    result = await send_call(outgoing, carriers, told.append, wait_ms=3_000)
    assert (result.kept, result.person, result.heard) == (True, False, (heard(),))
    assert told == [heard()]


async def test_an_answer_that_is_not_proven_silences_nobody(outgoing):
    forged = heard(state=AckState.ASSIGNED, proven=False)
    carriers = [Scripted("udp", (0, forged)), Scripted("https", (0.05, heard("https")))]
    result = await send_call(outgoing, carriers, lambda _: None, wait_ms=3_000)
    assert (result.kept, result.person) == (True, False)


async def test_a_carrier_that_breaks_stops_no_other(outgoing):
    told = []
    carriers = [Scripted("udp", fault=RuntimeError("no socket")), Scripted("https", (0.05, heard("https")))]
    result = await send_call(outgoing, carriers, told.append, wait_ms=3_000)
    assert result.kept
    assert told[0] == Failed(carrier="udp", station="this machine", why="RuntimeError: no socket", is_final=True)


async def test_when_nobody_is_left_to_ask_the_wait_is_over(outgoing):
    refused = Failed(carrier="https", station="Example Watch", why="No.", code="key.unknown", is_final=True)
    async with asyncio.timeout(2):
        result = await send_call(outgoing, [Scripted("https", (0, refused))], lambda _: None, wait_ms=60_000)
    assert (result.kept, result.refused) == (False, (refused,))


async def test_the_wait_ends_a_race_that_nobody_wins(outgoing):
    sending = Sending(carrier="udp", station="Example Watch", copies=1)
    async with asyncio.timeout(2):
        result = await send_call(outgoing, [Scripted("udp", (0, sending), ends=False)], lambda _: None, wait_ms=50)
    assert not result.answered


async def test_a_later_carrier_begins_in_its_time(outgoing):
    told = []
    later = Scripted("https", (0, heard("https")))
    result = await send_call(
        outgoing, [Scripted("udp", ends=False), later], told.append, wait_ms=3_000, starts_ms={"https": 60}
    )
    assert result.kept
    assert isinstance(told[0], Waiting)


async def test_a_later_carrier_does_not_begin_after_an_answer(outgoing):
    later = Scripted("https", (0, heard("https")))
    carriers = [Scripted("udp", (0.02, heard())), later]
    await send_call(outgoing, carriers, lambda _: None, wait_ms=3_000, starts_ms={"https": 500})
    assert later.runs == 0


async def test_for_a_test_of_the_way_any_answer_will_do(outgoing):
    carriers = [Scripted("udp", (0, heard(state=AckState.HEARD)), ends=False)]
    result = await send_call(outgoing, carriers, lambda _: None, wait_ms=3_000, any_answer=True)
    assert (result.answered, result.kept) == (True, False)
