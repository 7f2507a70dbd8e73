"""One turn of the worker over several cases: units are held as they are planned, and a failing search stops nothing."""

import asyncio
from itertools import pairwise

import pytest
from doubles.memory_journal import MemoryJournal, MemoryStore

from esos.audit.case import verify_case_file
from esos.caller.make import make_call, make_update
from esos.case.model import Case, Search, decode_case
from esos.keys.speaker import KnownBy
from esos.message import bodies as b
from esos.message.card import Capability, MemberCard, PublicKey
from esos.message.statement import write_statement
from esos.pact import shipped
from esos.station import fold
from esos.station import turn as station_turn
from esos.station.export import export_case
from esos.station.found import Founder
from esos.station.identity import StationIdentity
from esos.station.records import RouteWork
from esos.station.station import Station
from esos.vault.chance import SystemDice
from esos.vault.keyfile import KeyPair
from esos.words.life import Life
from esos.words.need import NeedLine
from esos.words.realm import Realm
from esos.words.urgency import Urgency

pytestmark = pytest.mark.anyio
START_MS = 1_800_000_000_000
LINE = NeedLine.FILTERING


class Hand:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.ms = START_MS

    def now_ms(self) -> int:
        return self.ms


class Turn:
    """A station whose worker turns when it is told to, and its members by their number."""

    def __init__(self) -> None:
        self.clock, self.store = Hand(), MemoryStore()
        self.keys = [KeyPair(seed=bytes([number + 1]) * 32, realm=Realm.REAL) for number in range(4)]
        self.members: list[str] = []

    async def open(self, pact: bytes) -> "Turn":
        self.station = Station(
            identity=StationIdentity(seed=b"s" * 32, master=b"m" * 32, name="Example Watch", realm=Realm.REAL),
            journal=await MemoryJournal.open(self.store),
            channels={},
            clock=self.clock,
            dice=SystemDice(),
            base_url=lambda: "http://station.example",
        )
        one = self.station
        self.founder = Founder(
            identity=one.identity, journal=one.journal, directory=one.directory, clock=self.clock, dice=SystemDice()
        )
        await self.founder.publish_pact(pact)
        self.officer = await self.founder.add_officer("Officer", ("officer", "registrar"))
        for number in range(len(self.keys)):
            await self.enter(number)
        return self

    async def enter(self, number: int) -> None:
        key = self.keys[number]
        card = MemberCard(
            name=f"Team {number}",
            keys=(PublicKey(public=key.public, realm=key.realm),),
            capabilities=(Capability(line=LINE, units=1_000),) if number == 0 else (),
        )
        self.members.append(await self.founder.register(self.signed(number, "card_signed", b.CardSigned(card=card))))
        pact = self.station.directory.pact
        assert pact is not None
        await self.says(number, "acceded", b.Acceded(member=self.members[-1], pact=pact.name, digest=pact.digest))

    def signed(self, number: int, kind: str, body: b.Body, case: bytes | None = None) -> bytes:
        key, at_ms = self.keys[number], self.clock.ms
        return write_statement(seed=key.seed, realm=key.realm, kind=kind, body=body, time_ms=at_ms, case=case).raw

    async def says(self, number: int, kind: str, body: b.Body, case: bytes | None = None) -> None:
        await self.station.intake.take(self.signed(number, kind, body, case))

    async def calls(self, number: int, units: int = 40, *, call: bytes = b"") -> None:
        details = b.CallDetails(natures=(2,), needs=(b.NeedAsk(line=LINE, quantity=units),))
        await self.says(number, "called", b.Called(call=call or bytes([number]) * 8, details=details))

    async def closed_case(self, number: int) -> Case:
        """A case of this member that was called, cancelled and closed."""
        await self.calls(number, call=b"the old1")
        await self.turns()
        (case,) = await self.cases()
        await self.says(number, "cancelled", b.Cancelled(), case.id)
        await self.turns()
        (case,) = await self.cases()
        await self.turns(after_ms=case.timers["settle"].due_ms - self.clock.ms)
        (case,) = await self.cases()
        assert case.life is Life.CLOSED
        return case

    async def turns(self, after_ms: int = 0) -> None:
        self.clock.ms += after_ms
        await self.station.folder.run_once(now_ms=self.clock.ms)

    async def cases(self) -> list[Case]:
        return [decode_case(record.blob) for record in await self.station.journal.cases()]


def club_without_share_cap() -> bytes:
    raw = shipped.load("club")[0].decode()
    return raw.replace("share_cap_percent = 50", "share_cap_percent = 100").encode()


def given(case: Case) -> int:
    return sum(ask.quantity for request in case.requests.values() for ask in request.committed)


async def test_of_two_cases_planned_in_one_turn_only_one_gets_the_same_package():
    turn = await Turn().open(club_without_share_cap())
    promised = b.PackageLodged(member=turn.members[0], lines=(b.NeedAsk(line=LINE, quantity=40),))
    await turn.says(0, "package_lodged", promised)
    await turn.calls(1)
    await turn.calls(2)
    await turn.turns()
    await turn.turns(after_ms=6 * 60_000)
    cases = await turn.cases()
    assert sorted(given(case) for case in cases) == [0, 40]
    assert all(case.wave == 1 for case in cases)


async def test_units_held_for_a_case_that_another_worker_overtook_are_given_back():
    turn = await Turn().open(club_without_share_cap())
    promised = b.PackageLodged(member=turn.members[0], lines=(b.NeedAsk(line=LINE, quantity=40),))
    await turn.says(0, "package_lodged", promised)
    await turn.calls(1)
    await turn.turns()
    save = turn.station.journal.save

    async def overtaken(foldings, *, now_ms, term):
        return [False] * len(foldings)

    turn.station.journal.save = overtaken
    await turn.turns(after_ms=6 * 60_000)
    turn.station.journal.save = save
    assert not turn.station.directory.register.record(turn.members[0]).carried.get(LINE)


async def test_a_search_that_fails_is_said_and_the_clock_goes_on(monkeypatch: pytest.MonkeyPatch):
    turn = await Turn().open(club_without_share_cap())
    await turn.calls(1)
    await turn.turns()

    def fails(*args, **fields):
        raise ValueError(args, fields)

    monkeypatch.setattr(fold, "plan", fails)
    await turn.turns(after_ms=6 * 60_000)
    (case,) = await turn.cases()
    assert case.timers["wave"].due_ms > turn.clock.ms
    assert (case.search, case.wave) == (Search.NOBODY, 0)
    monkeypatch.undo()
    await turn.turns(after_ms=case.timers["wave"].due_ms - turn.clock.ms)
    (case,) = await turn.cases()
    assert len(case.requests) == 1


async def test_a_new_version_of_the_pact_binds_only_between_those_who_accepted_it():
    turn = await Turn().open(club_without_share_cap())
    await turn.founder.publish_pact(club_without_share_cap().replace(b"version = 1", b"version = 2"))
    turn.keys.append(KeyPair(seed=b"n" * 32, realm=Realm.REAL))
    await turn.enter(4)
    for number in (1, 4):
        await turn.calls(number)
    await turn.turns()
    await turn.turns(after_ms=6 * 60_000)
    cases = {case.caller: case for case in await turn.cases()}
    tiers = {
        number: [request.why.tier for request in cases[turn.members[number]].requests.values()] for number in (1, 4)
    }
    assert {case.rules.version for case in cases.values()} == {2}
    assert tiers == {1: [2], 4: [0]}, "team 0 accepted version 1, as did caller 1, and caller 4 did not"


async def test_leaving_a_pact_leaves_every_version_of_it():
    turn = await Turn().open(club_without_share_cap())
    await turn.founder.publish_pact(club_without_share_cap().replace(b"version = 1", b"version = 2"))
    pact = turn.station.directory.pact
    assert pact is not None
    await turn.says(2, "acceded", b.Acceded(member=turn.members[2], pact=pact.name, digest=pact.digest))
    await turn.says(2, "accession_withdrawn", b.AccessionWithdrawn(member=turn.members[2], pact=pact.name))
    await turn.turns()
    held = turn.station.directory.register.record(turn.members[2]).accessions
    assert len(held) == 2
    assert all(one.until_ms for one in held.values())


async def test_an_officer_who_asks_by_hand_sends_the_reasons_along():
    turn = await Turn().open(club_without_share_cap())
    await turn.calls(1)
    await turn.turns()
    (case,) = await turn.cases()
    speaker = turn.station.directory.officer_speaker(turn.officer, KnownBy.SESSION)
    body = b.Requested(request=b"r" * 16, responder=turn.members[0], lines=(b.NeedAsk(line=LINE, quantity=40),))
    explained = await turn.station.desk.explained(body, case.id, turn.clock.ms)
    assert speaker is not None
    assert "Bound by the pact" in explained.why.sentence
    assert explained.why.terms["cover"] == 200


async def test_a_pact_that_owes_no_help_binds_to_none():
    raw = club_without_share_cap().decode()
    start, end = raw.index("owed = ["), raw.index("]", raw.index("owed = [")) + 1
    turn = await Turn().open((raw[:start] + "owed = []" + raw[end:]).encode())
    await turn.calls(1)
    await turn.turns()
    await turn.turns(after_ms=6 * 60_000)
    (case,) = await turn.cases()
    assert [request.why.tier for request in case.requests.values()] == [1]


async def test_what_the_station_said_because_of_a_call_that_waited_is_redone_at_the_time_that_stands_beside_it():
    """The station's assessment makes the call graver, and sets its timers; then one of them runs out."""
    turn = await Turn().open(club_without_share_cap())
    facts = {"functional_impact": "denial-critical", "observed_activity": "effect"}
    details = b.CallDetails(urgency=Urgency.PAN_PAN, natures=(1,), facts=facts)
    await turn.says(1, "called", b.Called(call=b"waiting!", details=details))
    await turn.turns(after_ms=2_000)
    await turn.turns(after_ms=10 * 60_000)
    [case] = await turn.cases()
    kinds = [entry.kind for entry in await turn.station.journal.read(case=case.id)]
    assert kinds.index("severity_assessed") < kinds.index("elapsed")
    identity = turn.station.identity
    report = verify_case_file(
        await export_case(turn.station, case.id), pinned_public=identity.public, origin=identity.origin
    )
    assert report.accepted, report.lines()


async def test_a_call_joins_the_open_case_also_where_a_closed_one_is_spoken_of_in_the_same_turn():
    turn = await Turn().open(club_without_share_cap())
    closed = await turn.closed_case(1)
    await turn.calls(1, call=b"the new1")
    await turn.turns()
    await turn.says(1, "messaged", b.Messaged(text="About the old one."), closed.id)
    await turn.calls(1, call=b"the new2")
    await turn.turns()
    by_life = {case.life: case for case in await turn.cases()}
    assert set(by_life) == {Life.CLOSED, Life.ARRIVED}
    assert by_life[Life.ARRIVED].calls == (b"the new1", b"the new2")


async def test_what_concerns_no_case_stands_in_no_case_file():
    turn = await Turn().open(club_without_share_cap())
    closed = await turn.closed_case(1)
    key, at_ms, details = turn.keys[1], turn.clock.ms, b.CallDetails(natures=(2,))
    ours = {"seed": key.seed, "realm": key.realm, "now_ms": at_ms}
    record = make_call(call=b"the old1", details=details, stations=(), **ours).record
    for _ in range(3):
        record, (packet,) = make_update(record=record, details=details, **ours)
        await turn.station.intake.take(packet.cose())
    await turn.calls(1, call=b"the new1")
    await turn.turns()
    entries = await turn.station.journal.read(limit=1000)
    late = [entry for entry in entries if entry.kind == "updated"]
    assert [(entry.verdict, entry.case) for entry in late] == [("case.unknown", None)] * 3
    for case in await turn.cases():
        assert all(one.place for one in entries if one.case == case.id), f"no verdict without a place: {closed.id!r}"


async def test_between_two_cases_of_one_turn_the_doors_have_their_turn(monkeypatch: pytest.MonkeyPatch):
    """Law 3: nothing that is folded stands between a call and its acknowledgement."""
    turn = await Turn().open(shipped.load("club")[0])
    happened: list[str] = []
    take_work = station_turn.Turn.take_work

    def noted(one: station_turn.Turn, work: RouteWork) -> None:
        happened.append("folded")
        take_work(one, work)

    async def door() -> None:
        while True:
            happened.append("door")
            await asyncio.sleep(0)

    monkeypatch.setattr(station_turn.Turn, "take_work", noted)
    for number in (1, 2, 3):
        await turn.calls(number)
    beside = asyncio.get_running_loop().create_task(door())
    await turn.turns()
    beside.cancel()
    places = [place for place, what in enumerate(happened) if what == "folded"]
    assert len(places) >= 3
    assert all("door" in happened[one:other] for one, other in pairwise(places))
