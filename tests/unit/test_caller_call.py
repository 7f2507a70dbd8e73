"""A call is followed from the first proof until a person has charge, and every promise on the way is kept."""

import asyncio

import msgspec
import pytest
from doubles.memory_callbook import MemoryCallBook
from doubles.small_club import small_club

from esos.beacon.carrier import Failed, Heard
from esos.caller import call as calling
from esos.caller import more
from esos.caller.call import Calling
from esos.caller.make import made_again, make_call
from esos.caller.report import CaseSeen, Delivered, Followed, Trouble
from esos.errors import NotDelivered
from esos.message.bodies import CallDetails, NeedAsk, SitrepGiven
from esos.message.packet_codes import AckState
from esos.message.reading import read_any
from esos.vault.chance import SystemClock
from esos.words.need import NeedLine

pytestmark = pytest.mark.anyio
DETAILS = CallDetails(natures=(2,), words="It is dark")
SITREP = SitrepGiven(sections={"C": "Dark"})
CLOCK = SystemClock()


class ByHand:
    """A carrier that hands the call in at the station, as any way does, and says what it heard."""

    name = "udp"

    def __init__(self, door, *, state=AckState.COMMITTED, proven=True, hands_in=True, then=None):
        self.door = door
        self.state = state
        self.proven = proven
        self.hands_in = hands_in
        self.then = then
        self.sent = []

    async def send(self, outgoing, tell):
        self.sent.append(outgoing.cose)
        if self.hands_in:
            await self.door.submit(outgoing.cose)
        tell(Heard(carrier="udp", station=self.door.home.name, state=self.state, proven=self.proven))
        if self.then:
            await asyncio.sleep(0.05)
            tell(Heard(carrier="udp", station=self.door.home.name, state=self.then, proven=True))
        return ()


class Unreachable:
    """A station that no HTTP reaches."""

    def __init__(self, home):
        self.home = home

    def __getattr__(self, name):
        async def fail(*_):
            raise NotDelivered("station.unreachable", "It does not answer.")

        return fail


@pytest.fixture(scope="module")
async def club(tmp_path_factory):
    async with small_club(tmp_path_factory.mktemp("club") / "home") as club:
        yield club


@pytest.fixture
def quick(monkeypatch):
    """The pauses of a call, shortened."""
    monkeypatch.setattr(calling, "FOLLOW_SECONDS", 0.02)
    monkeypatch.setattr(calling, "HTTP_LEAD_SECONDS", 0.06)
    monkeypatch.setattr(more, "PACKET_TURN_MS", 60)
    monkeypatch.setattr(calling, "ASK_AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(calling, "RECEIPT_TRY_SECONDS", 0.02)


class Caller:
    """A member with a call that is ready to go."""

    def __init__(self, club, voice, *, details=DETAILS, sitrep=None, door=None):
        self.book = MemoryCallBook()
        self.voice = voice
        self.known = club.known
        self.door = door or club.door(voice)
        self.told = []
        self.record = make_call(
            seed=voice.seed, realm=voice.realm, call=b"call-id!", details=details, stations=(club.known.home,),
            now_ms=CLOCK.now_ms(), sitrep=sitrep,
        ).record  # fmt: skip

    async def run(self, *carriers, wait_ms=600, until_person=True, record=None):
        calling = Calling(
            record or self.record, voice=self.voice, book=self.book, clock=CLOCK, stations=[self.known], doors=[self.door],
            tell=self.told.append,
        )  # fmt: skip
        return await calling.run(carriers, wait_ms=wait_ms, until_person=until_person)

    def of(self, kind):
        return [event for event in self.told if isinstance(event, kind)]


@pytest.fixture
async def caller(club, quick):
    return Caller(club, await club.join("Example Hospital"), sitrep=SITREP)


async def view_of(club, report):
    return await club.station.views.case(bytes.fromhex(report.case), now_ms=CLOCK.now_ms())


async def test_a_call_arrives_and_what_did_not_fit_follows_once(club, caller):
    report = await caller.run(ByHand(caller.door))
    view = await view_of(club, report)
    assert (report.state, report.holder) == ("arrived", "")
    assert "No person has seen it yet" in report.now
    assert view.details["words"] == "It is dark"
    assert view.sections == {"C": "Dark"}
    assert [event.what for event in caller.of(Followed)] == ["rest of the call", "situation report"]
    kinds = [item.kind for item in view.timeline]
    assert [kinds.count(kind) for kind in ("called", "updated", "sitrep_given")] == [1, 1, 1]


async def test_it_ends_when_a_person_has_charge(club, caller):
    async def acknowledge():
        while not caller.of(CaseSeen):
            await asyncio.sleep(0.01)
        await club.officer_says("acknowledged", {}, caller.of(CaseSeen)[0].case)

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(acknowledge())
        report = await caller.run(ByHand(caller.door), wait_ms=60_000)
    assert (report.state, report.holder) == ("acknowledged", "Officer One")


async def test_the_proof_is_kept_and_holds_under_the_pinned_key(caller):
    report = await caller.run(ByHand(caller.door))
    (receipt,) = report.receipts
    assert receipt.verified
    assert receipt.file in caller.book.receipts
    assert caller.book.newest().receipts == (receipt.file,)


async def test_a_proof_under_another_key_is_kept_and_not_believed(caller, club):
    other = msgspec.structs.replace(club.known.home, public=b"\x01" * 32)
    caller.known = msgspec.structs.replace(caller.known, home=other)
    (receipt,) = (await caller.run(ByHand(caller.door))).receipts
    assert not receipt.verified


async def test_the_record_is_kept_before_the_first_copy_leaves(caller):
    class Looks(ByHand):
        async def send(self, outgoing, tell):
            assert caller.book.find(b"call-id!").cose == outgoing.cose
            return await super().send(outgoing, tell)

    assert (await caller.run(Looks(caller.door))).has_arrived


async def test_after_a_crash_the_same_bytes_go_out_and_nothing_is_said_twice(club, caller):
    first = ByHand(caller.door)
    await caller.run(first)
    second = ByHand(caller.door)
    report = await caller.run(second, record=made_again(caller.book.newest()).record)
    assert second.sent[0] == first.sent[0]
    kinds = [item.kind for item in (await view_of(club, report)).timeline]
    assert [kinds.count(kind) for kind in ("called", "updated", "sitrep_given")] == [1, 1, 1]


async def test_a_full_book_stops_no_call_and_is_said(caller):
    caller.book.is_full = True
    report = await caller.run(ByHand(caller.door))
    assert (report.state, report.kept, report.receipts) == ("arrived", False, ())
    assert "callbook.not_kept" in {trouble.code for trouble in caller.of(Trouble)}


async def test_without_any_answer_nothing_is_claimed(caller):
    class Deaf(ByHand):
        async def send(self, outgoing, tell):
            await asyncio.Event().wait()

    report = await caller.run(Deaf(caller.door), wait_ms=80)
    assert (report.state, report.case, report.has_arrived) == ("calling", "", False)
    assert caller.book.newest().state == "calling"


async def test_an_unproven_answer_claims_nothing(caller):
    report = await caller.run(ByHand(caller.door, state=AckState.ASSIGNED, proven=False, hands_in=False))
    assert report.state == "calling"


async def test_a_refusal_for_good_is_reported_with_its_code(caller):
    class Refused(ByHand):
        async def send(self, outgoing, tell):
            tell(Failed(carrier="https", station="Example Watch", why="No.", code="realm.mismatch", is_final=True))

    async with asyncio.timeout(5):
        report = await caller.run(Refused(caller.door), wait_ms=60_000)
    assert calling.refusal_of(report).code == "realm.mismatch"


async def test_for_a_program_arriving_is_enough(club, caller):
    async with asyncio.timeout(10):
        report = await caller.run(ByHand(caller.door), wait_ms=60_000, until_person=False)
    assert report.state == "arrived"
    assert (await view_of(club, report)).sections == {"C": "Dark"}


# ----------------------------------------------------------------------------------- where HTTP is dead
@pytest.fixture
async def cut_off(club, quick):
    """A caller whose datagrams arrive and whose HTTP does not."""
    needs = tuple(NeedAsk(line=line, quantity=3) for line in list(NeedLine)[:8])
    voice = await club.join("Example Harbour")
    return Caller(club, voice, details=CallDetails(needs=needs), door=Unreachable(club.known.home))


async def test_what_does_not_fit_goes_in_packets_the_way_the_call_went(club, cut_off):
    by_hand = ByHand(club.door(cut_off.voice))
    report = await cut_off.run(by_hand)
    assert report.state == "arrived"
    sent = {read_any(cose).id for cose in by_hand.sent}
    assert {read_any(cose).id for cose in cut_off.record.more} <= sent
    open_rows = await club.door(cut_off.voice).cases()
    view = await club.station.views.case(bytes.fromhex(open_rows[0]["case"]), now_ms=CLOCK.now_ms())
    assert len(view.needs) == 8


LONG_SITREP = SitrepGiven(sections={"C": " ".join(f"Room {number} is dark." for number in range(90))})


@pytest.fixture
async def cut_off_with_report(club, quick):
    voice = await club.join("Example Lighthouse")
    return Caller(club, voice, sitrep=LONG_SITREP, door=Unreachable(club.known.home))


async def case_of(club, cut_off):
    open_rows = await club.door(cut_off.voice).cases()
    return await club.station.views.case(bytes.fromhex(open_rows[0]["case"]), now_ms=CLOCK.now_ms())


async def test_where_http_is_dead_a_situation_report_arrives_in_packets_and_is_one_report(club, cut_off_with_report):
    caller = cut_off_with_report
    assert len(caller.record.more) > 2
    report = await caller.run(ByHand(club.door(caller.voice)), wait_ms=60_000, until_person=False)
    assert (report.state, report.more_left) == ("arrived", 0)
    assert (await case_of(club, caller)).sections == LONG_SITREP.sections
    assert caller.of(Delivered)[-1].words.endswith(f"in {len(caller.record.more)} packets.")


class Dying(ByHand):
    """A carrier whose program is killed after some packets."""

    async def send(self, outgoing, tell):
        if len(self.sent) >= 3:
            await asyncio.Event().wait()
        return await super().send(outgoing, tell)


async def test_after_a_crash_only_the_packets_that_no_station_has_are_sent_again(club, cut_off_with_report):
    caller = cut_off_with_report
    dying = Dying(club.door(caller.voice))
    report = await caller.run(dying, wait_ms=700)
    assert 0 < report.more_left < len(caller.record.more)
    kept = caller.book.newest()
    again = ByHand(club.door(caller.voice))
    report = await caller.run(again, record=kept, wait_ms=60_000, until_person=False)
    assert report.more_left == 0
    assert set(again.sent) == {kept.cose} | set(caller.record.more) - set(dying.sent)
    assert (await case_of(club, caller)).sections == LONG_SITREP.sections


async def test_a_person_is_heard_of_by_datagram_alone(club, cut_off):
    async with asyncio.timeout(10):
        report = await cut_off.run(ByHand(club.door(cut_off.voice), then=AckState.ASSIGNED), wait_ms=60_000)
    assert report.state == "acknowledged"


async def test_once_every_carrier_has_ended_the_call_is_sent_again_to_hear_how_it_stands(club, cut_off):
    by_hand = ByHand(club.door(cut_off.voice))
    await cut_off.run(by_hand, wait_ms=400)
    assert by_hand.sent.count(cut_off.record.cose) > 1
