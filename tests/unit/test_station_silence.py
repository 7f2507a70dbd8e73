"""Standing instructions from lodging to the case file: a beacon falls silent, somebody looks, nobody is bound."""

import asyncio

import msgspec
import pytest
from doubles.memory_journal import MemoryJournal, MemoryStore

from esos.audit.case import verify_case_file
from esos.case.model import Case, decode_case
from esos.errors import Conflict, Forbidden
from esos.keys.speaker import KnownBy
from esos.message import bodies as b
from esos.message.card import Capability, Contact, MemberCard, PublicKey
from esos.message.statement import write_statement
from esos.pact import shipped
from esos.station.export import export_case
from esos.station.found import Founder
from esos.station.heartbeats import EXCHANGE_MS, Heartbeat
from esos.station.identity import StationIdentity
from esos.station.silence import GAP_MS, LOOK_MS, SilenceWatch
from esos.station.station import Station
from esos.vault.chance import SystemDice
from esos.vault.keyfile import KeyPair
from esos.words.life import Concern, Life
from esos.words.need import NeedLine
from esos.words.realm import Realm
from esos.words.urgency import Urgency

pytestmark = pytest.mark.anyio
START_MS = 1_800_000_000_000
MINUTE_MS = 60_000
SILENT_MINUTES = 10


class Hand:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.ms = START_MS

    def now_ms(self) -> int:
        return self.ms


class Harbour:
    """A station, the member whose beacon falls silent, and one that could help."""

    def __init__(self) -> None:
        self.clock, self.store = Hand(), MemoryStore()
        self.owner, self.helper = (KeyPair(seed=bytes([one]) * 32, realm=Realm.REAL) for one in (1, 2))

    async def open(self, pact: bytes) -> "Harbour":
        self.station = await self.restarted()
        one = self.station
        founder = Founder(
            identity=one.identity, journal=one.journal, directory=one.directory, clock=self.clock, dice=SystemDice()
        )
        await founder.publish_pact(pact)
        contact = Contact(channel="file", address="officer")
        self.officer = await founder.add_officer("Officer", ("officer",), (contact,))
        for key, name in ((self.owner, "Owner"), (self.helper, "Helper")):
            await founder.register(self.signed(key, "card_signed", b.CardSigned(card=card(key, name))))
            here = one.directory.pact
            await self.says(key, "acceded", b.Acceded(member=key.kid.hex(), pact=here.name, digest=here.digest))
        return self

    async def restarted(self) -> Station:
        self.station = Station(
            identity=StationIdentity(seed=b"s" * 32, master=b"m" * 32, name="Example Watch", realm=Realm.REAL),
            journal=await MemoryJournal.open(self.store),
            channels={},
            clock=self.clock,
            dice=SystemDice(),
            base_url=lambda: "http://station.example",
        )
        await self.station.open()
        self.watch = SilenceWatch(self.station)
        return self.station

    def signed(self, key: KeyPair, kind: str, body: b.Body, case: bytes | None = None) -> bytes:
        return write_statement(
            seed=key.seed, realm=key.realm, kind=kind, body=body, time_ms=self.clock.ms, case=case
        ).raw

    async def says(self, key: KeyPair, kind: str, body: b.Body, case: bytes | None = None) -> None:
        await self.station.intake.take(self.signed(key, kind, body, case))
        await self.station.directory.refresh(self.station.journal)

    async def lodges(self, **fields) -> None:
        await self.says(
            self.owner, "instructions_lodged", b.InstructionsLodged(silent_minutes=SILENT_MINUTES, **fields)
        )

    def beats(self) -> None:
        self.station.heartbeats.note(self.owner.kid, Heartbeat(at_ms=self.clock.ms))

    async def passes(self, minutes: float, *, beating: bool = False) -> int:
        """Time passes, and the station looks as often as it does; how much it said of silences."""
        said, until_ms = 0, self.clock.ms + round(minutes * MINUTE_MS)
        while self.clock.ms < until_ms:
            self.clock.ms += LOOK_MS
            if beating:
                self.beats()
            await self.station.heartbeats.exchange()
            said += await self.watch.run_once()
            await self.station.folder.run_once(now_ms=self.clock.ms)
        return said

    async def officer_says(self, kind: str, plain: dict, case: bytes) -> None:
        speaker = self.station.directory.officer_speaker(self.officer, KnownBy.SESSION)
        saying = asyncio.create_task(self.station.desk.say(speaker, kind, plain, case=case))
        while not saying.done():
            await self.station.folder.run_once(now_ms=self.clock.ms)
            self.station.signal.ring()
            await asyncio.sleep(0.01)
        await saying

    async def cases(self) -> list[Case]:
        return [decode_case(record.blob) for record in await self.station.journal.cases()]

    async def suspected(self, **fields) -> Case:
        """The case of a beacon that was heard and has fallen silent."""
        await self.lodges(words="Ring the port office first.", **fields)
        self.beats()
        await self.passes(SILENT_MINUTES + 1)
        (case,) = await self.cases()
        return case


def card(key: KeyPair, name: str) -> MemberCard:
    able = (Capability(line=NeedLine.TRIAGE, units=40),) if name == "Helper" else ()
    return MemberCard(name=name, keys=(PublicKey(public=key.public, realm=key.realm),), capabilities=able)


def pact_with(line: str = "") -> bytes:
    raw = shipped.load("club")[0].decode()
    return raw.replace('relays = "anyone"', f'relays = "anyone"\n{line}').encode()


@pytest.fixture
async def harbour():
    return await Harbour().open(pact_with())


async def test_a_silence_of_which_nobody_lodged_anything_opens_no_case(harbour):
    harbour.beats()
    await harbour.passes(60)
    assert await harbour.cases() == []


async def test_a_lodged_silence_is_suspected_distress_and_an_officer_is_paged(harbour):
    case = await harbour.suspected()
    assert (case.life, case.concern, case.suspected) == (Life.ARRIVED, Concern.SUSPECTED, True)
    assert (case.caller, case.caller_name, case.urgency) == (harbour.owner.kid.hex(), "Owner", Urgency.PAN_PAN)
    assert case.details.words == "Ring the port office first."
    assert "ack" in case.timers
    pages = await harbour.station.journal.parcels(case=case.id)
    assert pages, "nobody was paged"


async def test_each_silence_is_said_once_however_often_it_is_looked_at(harbour):
    await harbour.suspected()
    assert await harbour.passes(60) == 0
    (case,) = await harbour.cases()
    assert len(case.calls) == 1


async def test_a_beacon_that_is_heard_is_never_suspected(harbour):
    await harbour.lodges()
    await harbour.passes(60, beating=True)
    assert await harbour.cases() == []


async def test_a_beacon_that_was_never_set_going_is_not_silent(harbour):
    await harbour.lodges()
    await harbour.passes(60)
    assert await harbour.cases() == []


async def test_instructions_taken_back_are_no_longer_followed(harbour):
    await harbour.lodges()
    harbour.beats()
    await harbour.says(harbour.owner, "instructions_lodged", b.InstructionsLodged(withdrawn=True))
    await harbour.passes(60)
    assert await harbour.cases() == []


async def test_nobody_is_asked_for_help_while_it_is_only_suspected_however_long_that_lasts(harbour):
    case = await harbour.suspected()
    await harbour.passes(6 * 60)
    (case,) = await harbour.cases()
    assert case.requests == {}
    assert case.suspected
    assert case.open_need(), "there is something to ask for, and it is not asked for"


async def test_an_officer_who_asks_somebody_by_hand_is_told_to_call_back_first(harbour):
    case = await harbour.suspected()
    await harbour.officer_says("acknowledged", {}, case.id)
    asked = {"request": b"r" * 16, "responder": harbour.helper.kid.hex(), "lines": [{"line": "triage", "quantity": 2}]}
    with pytest.raises(Conflict) as refused:
        await harbour.officer_says("requested", asked, case.id)
    assert refused.value.code == "case.only_suspected"


async def test_a_call_back_that_finds_distress_makes_it_a_call_and_help_is_asked_for(harbour):
    case = await harbour.suspected()
    await harbour.officer_says("acknowledged", {}, case.id)
    await harbour.officer_says("called_back", {"result": "in_distress", "by": "port office"}, case.id)
    await harbour.passes(60)
    (case,) = await harbour.cases()
    assert not case.suspected
    assert [request.responder for request in case.requests.values()] == [harbour.helper.kid.hex()]


async def test_the_callers_own_call_confirms_it(harbour):
    await harbour.suspected()
    details = b.CallDetails(natures=(2,), needs=(b.NeedAsk(line=NeedLine.TRIAGE, quantity=2),))
    await harbour.says(harbour.owner, "called", b.Called(call=b"my call!", details=details))
    await harbour.passes(60)
    (case,) = await harbour.cases()
    assert (case.suspected, case.concern) == (False, Concern.DISTRESS)
    assert case.requests


async def test_the_pact_may_say_that_silence_counts_as_a_call():
    harbour = await Harbour().open(pact_with('silence = "as-call"'))
    case = await harbour.suspected(urgency=Urgency.MAYDAY)
    assert (case.suspected, case.concern) == (False, Concern.ALERT)
    await harbour.passes(60)
    (case,) = await harbour.cases()
    assert case.requests


async def test_cancelling_is_free_and_the_same_silence_is_not_suspected_again(harbour):
    case = await harbour.suspected()
    await harbour.says(harbour.owner, "cancelled", b.Cancelled(), case.id)
    await harbour.passes(3 * SILENT_MINUTES)
    (case,) = await harbour.cases()
    assert case.life is Life.CANCELLED
    await harbour.restarted()
    await harbour.passes(3 * SILENT_MINUTES)
    (case,) = await harbour.cases()
    assert case.life is Life.CANCELLED


async def test_a_new_silence_after_that_is_suspected_anew(harbour):
    case = await harbour.suspected()
    await harbour.says(harbour.owner, "cancelled", b.Cancelled(), case.id)
    await harbour.passes(1)
    harbour.beats()
    await harbour.passes(SILENT_MINUTES + 1)
    cases = [case for case in await harbour.cases() if case.is_open]
    assert [(case.suspected, case.concern) for case in cases] == [(True, Concern.SUSPECTED)]


async def test_a_heartbeat_that_returns_says_so_and_ends_nothing(harbour):
    case = await harbour.suspected()
    await harbour.passes(2, beating=True)
    (case,) = await harbour.cases()
    said = [entry.kind for entry in await harbour.station.journal.read(case=case.id)]
    assert said.count("contact_returned") == 1
    assert (case.is_open, case.suspected, case.beacon_silent_ms) == (True, True, 0)


async def test_silence_in_an_open_case_is_lost_contact_and_no_second_case(harbour):
    await harbour.lodges()
    harbour.beats()
    await harbour.says(harbour.owner, "called", b.Called(call=b"my call!", details=b.CallDetails(natures=(2,))))
    await harbour.passes(SILENT_MINUTES + 1)
    (case,) = await harbour.cases()
    assert (case.suspected, case.lost_since_ms > 0) == (False, True)


async def test_no_silence_counts_that_the_station_could_not_have_heard_end(harbour):
    """After a stop of the station, or a clock that jumped, every silence is counted anew."""
    await harbour.lodges()
    harbour.beats()
    await harbour.passes(1)
    harbour.clock.ms += EXCHANGE_MS
    await harbour.station.heartbeats.exchange()
    harbour.clock.ms += 10 * SILENT_MINUTES * MINUTE_MS
    await harbour.restarted()
    assert await harbour.passes(SILENT_MINUTES - 1) == 0
    harbour.clock.ms += GAP_MS + LOOK_MS
    assert await harbour.passes(SILENT_MINUTES - 1) == 0
    assert await harbour.passes(2) == 1


async def test_a_suspicion_can_be_verified_offline_and_one_without_instructions_cannot(harbour):
    case = await harbour.suspected()
    await harbour.passes(2, beating=True)
    raw, one = await export_case(harbour.station, case.id), harbour.station.identity
    report = verify_case_file(raw, pinned_public=one.public, origin=one.origin)
    assert report.accepted, report.lines()


async def test_a_suspicion_of_somebody_who_lodged_nothing_is_not_believed(harbour):
    """A station that makes a silence up, or does not wait as long as it was asked to, is found out."""
    await harbour.lodges()
    directory = harbour.station.directory
    lodged = directory.instructions[harbour.owner.kid.hex()]
    for instructions, heard_ms in ((b"\x00" * 32, 0), (lodged.id, harbour.clock.ms)):
        body = b.Suspected(
            call=instructions[:8],
            caller=harbour.owner.kid.hex(),
            instructions=instructions,
            heard_ms=heard_ms,
            silent_minutes=SILENT_MINUTES,
        )
        station = harbour.station
        statement = station.identity.say("suspected", body, now_ms=harbour.clock.ms)
        await station.intake.keep(station.judge.judge_own(statement, station.identity.speaker), now_ms=harbour.clock.ms)
        await station.folder.run_once(now_ms=harbour.clock.ms)
        (case,) = await harbour.cases()
        raw = await export_case(station, case.id)
        report = verify_case_file(raw, pinned_public=station.identity.public, origin=station.identity.origin)
        assert not report.accepted


async def test_nobody_but_the_station_suspects_and_nobody_but_the_member_lodges(harbour):
    body = b.Suspected(
        call=b"12345678", caller=harbour.owner.kid.hex(), instructions=b"i" * 32, heard_ms=0, silent_minutes=10
    )
    with pytest.raises(Forbidden):
        await harbour.says(harbour.helper, "suspected", body)


def test_instructions_have_limits():
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"silent_minutes": 4}, b.InstructionsLodged)
