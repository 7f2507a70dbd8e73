"""What a caller says on its case: found again, said with its own key at every station, and never said by anybody else."""

import dataclasses

import msgspec
import pytest
from doubles.memory_callbook import MemoryCallBook
from doubles.small_club import small_club

from esos.beacon.carrier import Heard
from esos.caller.accede import accede
from esos.caller.accept import accept
from esos.caller.cancel import cancel, missed
from esos.caller.circle import Circle
from esos.caller.find import find_circle, find_record
from esos.caller.grant import grant, lodge_grant, revoke
from esos.caller.make import make_call
from esos.caller.register import RegisteringCarrier, register, without_key
from esos.caller.sitrep import give_sitrep, read_sitrep
from esos.caller.targets import outgoing_of
from esos.caller.update import update
from esos.caller.urgency import change_urgency
from esos.caller.way import WayTester
from esos.errors import Conflict, EsosError, Malformed, NotDelivered, Unknown
from esos.message.bodies import CallDetails, Committed, NeedAsk, SitrepGiven
from esos.message.card import HomeStation
from esos.message.packet_codes import AckState
from esos.message.reading import read_any
from esos.vault.chance import SystemClock, SystemDice
from esos.words.need import HelpClass, NeedLine
from esos.words.realm import Realm
from esos.words.urgency import Urgency

pytestmark = pytest.mark.anyio
CLOCK = SystemClock()
NAMES = iter(f"Example Caller {number}" for number in range(1000))


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
async def circle(club):
    """A caller with a call that has arrived."""
    voice = await club.join(next(NAMES))
    door, book = club.door(voice), MemoryCallBook()
    made = make_call(
        seed=voice.seed, realm=voice.realm, call=SystemDice().bytes(8), details=CallDetails(natures=(2,)),
        stations=(club.known.home,), now_ms=CLOCK.now_ms(),
    )  # fmt: skip
    reply = await door.submit(made.record.cose)
    cases = {club.known.home.kid.hex(): reply["case"]}
    record = msgspec.structs.replace(made.record, cases=cases, state="arrived")
    book.keep(record)
    return Circle(voice=voice, clock=CLOCK, book=book, doors=(door,), record=record, cases=cases)


def changed(circle, **changes):
    return dataclasses.replace(circle, **changes)


async def view_of(club, circle):
    case = next(iter(circle.cases.values()))
    return await club.station.views.case(bytes.fromhex(case), now_ms=CLOCK.now_ms())


# -------------------------------------------------------------------------------------- finding the case
async def test_the_newest_call_in_the_book_leads_to_its_case(circle):
    found = await find_circle(voice=circle.voice, clock=CLOCK, book=circle.book, doors=circle.doors)
    assert (found.cases, found.record) == (circle.cases, circle.record)


async def test_without_a_book_the_station_is_asked_for_ones_own_open_case(circle):
    found = await find_circle(voice=circle.voice, clock=CLOCK, book=MemoryCallBook(), doors=circle.doors)
    assert found.cases == circle.cases


async def test_a_case_is_named_by_its_id_or_its_call(circle):
    case, call = next(iter(circle.cases.values())), circle.record.call.hex()
    for wanted in (case, call):
        found = await find_circle(voice=circle.voice, clock=CLOCK, book=circle.book, doors=circle.doors, wanted=wanted)
        assert found.cases == circle.cases


async def test_a_station_that_does_not_answer_keeps_the_case_the_book_knows(club, circle):
    door = Unreachable(club.known.home)
    found = await find_circle(voice=circle.voice, clock=CLOCK, book=circle.book, doors=[door])
    assert found.cases == circle.cases


def test_an_id_that_is_none_is_said_to_be_none():
    with pytest.raises(Malformed) as refused:
        find_record(MemoryCallBook(), "hello")
    assert refused.value.code == "case.id"
    with pytest.raises(Unknown) as unknown:
        find_record(MemoryCallBook(), "0" * 16)
    assert unknown.value.code == "call.unknown"


async def test_saying_something_without_any_case_says_to_call_first(club, circle):
    nobody = Circle(voice=circle.voice, clock=CLOCK, book=circle.book, doors=circle.doors)
    with pytest.raises(Unknown) as refused:
        await update(nobody, CallDetails(words="x"))
    assert refused.value.code == "case.none_open"


# ------------------------------------------------------------------------------------ what a caller says
async def test_an_update_adds_and_its_number_is_kept_before_it_is_said(club, circle):
    for country in ("IE", "NL"):
        circle = changed(circle, record=circle.book.newest())
        await update(circle, CallDetails(country=country))
    assert (await view_of(club, circle)).details["country"] == "NL"
    assert circle.book.newest().sequence == 2


async def test_an_update_without_a_book_of_calls_counts_too(club, circle):
    await update(changed(circle, record=None), CallDetails(country="IE"))
    assert (await view_of(club, circle)).details["country"] == "IE"


async def test_one_station_that_took_it_is_enough_and_the_other_is_named(club, circle):
    other = HomeStation(name="Other Watch", kid=b"otherkid", public=b"\x01" * 32, realm=Realm.REAL)
    both = changed(
        circle, doors=(*circle.doors, Unreachable(other)), cases={**circle.cases, other.kid.hex(): "ab" * 16}
    )
    reached = await change_urgency(both, Urgency.PAN_PAN, "It is less")
    assert [one.station for one in reached.told] == ["Example Watch"]
    assert [(one.station, one.code) for one in reached.missed] == [("Other Watch", "station.unreachable")]
    assert (await view_of(club, circle)).urgency == "pan-pan"


async def test_where_no_station_took_it_the_first_refusal_is_raised(club, circle):
    with pytest.raises(NotDelivered):
        await change_urgency(changed(circle, doors=(Unreachable(club.known.home),)), Urgency.PAN_PAN)


async def test_a_situation_report_reaches_the_case(club, circle):
    await give_sitrep(circle, read_sitrep(b"C: Two wards are dark\nand the lift\nH: The telephone works"))
    sections = (await view_of(club, circle)).sections
    assert sections == {"C": "Two wards are dark\nand the lift", "H": "The telephone works"}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"All is dark", SitrepGiven(sections={"C": "All is dark"})),
        (b"a) We\nb. Here", SitrepGiven(sections={"A": "We", "B": "Here"})),
        (
            b'{"sections": {"M": "x"}, "needs": [{"line": "advice", "quantity": 2}]}',
            SitrepGiven(sections={"M": "x"}, needs=(NeedAsk(line=NeedLine.ADVICE, quantity=2),)),
        ),
        (b"", SitrepGiven()),
    ],
)
def test_a_report_is_read_from_words_letters_or_json(raw, expected):
    assert read_sitrep(raw) == expected


@pytest.mark.parametrize(("raw", "code"), [(b"\xff", "sitrep.text"), (b'{"sections": {"Z": "x"}}', "sitrep.body")])
def test_a_report_that_cannot_be_read_says_why(raw, code):
    with pytest.raises(Malformed) as refused:
        read_sitrep(raw)
    assert refused.value.code == code


async def test_consent_has_a_scope_and_an_end_and_is_taken_back_at_once(club, circle):
    given = await grant(circle, help_class=HelpClass.ACCESS, scope="the mail server", to=("ab" * 8,), hours=6)
    (shown,) = (await view_of(club, circle)).grants
    assert (shown.grant, shown.scope, shown.to, shown.live) == (
        given.told[0].statement, "the mail server", ("ab" * 8,), True,
    )  # fmt: skip
    assert 0 < shown.expires_ms - CLOCK.now_ms() <= 6 * 3_600_000
    await revoke(circle, bytes.fromhex(shown.grant))
    assert not (await view_of(club, circle)).grants[0].live


async def test_consent_can_be_lodged_beforehand(circle):
    lodged = await lodge_grant(circle, help_class=HelpClass.ACCESS, scope="all", to=(), hours_after_call=24)
    assert lodged.told[0].case == ""


async def test_an_offer_is_accepted_by_the_start_of_its_request(club, circle):
    helper = await club.join(next(NAMES))
    case = next(iter(circle.cases.values()))
    await club.officer_says("acknowledged", {}, case)
    request = await club.ask(case, helper)
    with pytest.raises(Conflict) as early:
        await accept(circle, request)
    assert early.value.code == "request.no_offer"
    committed = helper.say(
        "committed", Committed(request=bytes.fromhex(request)), now_ms=CLOCK.now_ms(), case=bytes.fromhex(case)
    )
    await club.door(helper).submit(committed.raw)
    await accept(circle, request[:8])
    assert next(one for one in (await view_of(club, circle)).requests if one.request == request).agreed


async def test_accepting_what_does_not_exist_is_refused(circle):
    with pytest.raises(Unknown) as refused:
        await accept(circle, "ffffffff")
    assert refused.value.code == "request.unknown"


async def test_a_member_accedes_to_exactly_what_the_pact_says(club):
    voice = await club.join(next(NAMES))
    await accede(club.door(voice), voice=voice, clock=CLOCK, pact="club", reservations=("people-on-site",))
    await club.station.directory.refresh(club.station.journal)
    assert club.station.directory.accessions.of(voice.kid.hex(), "club")
    with pytest.raises(Unknown) as refused:
        await accede(club.door(voice), voice=voice, clock=CLOCK, pact="nothing", reservations=())
    assert refused.value.code == "pact.not_published"


# ------------------------------------------------------------------------------------------------ cancel
class Recording:
    """A carrier that hands packets in at a station and remembers them."""

    name = "udp"

    def __init__(self, door):
        self.door = door
        self.sent = []

    async def send(self, outgoing, tell):
        self.sent.append(outgoing.cose)
        try:
            await self.door.submit(outgoing.cose)
        except EsosError:
            return ()
        tell(Heard(carrier="udp", station=self.door.home.name, state=AckState.COMMITTED, proven=True))
        return ()


async def taken_back(club, circle, carrier, wait_ms=2_000):
    return await cancel(
        circle, stations=[club.known], carriers=[carrier], tell=lambda _: None, reason="A cable", wait_ms=wait_ms
    )


async def test_a_call_is_taken_back_with_its_reason(club, circle):
    carrier = Recording(circle.doors[0])
    report = await taken_back(club, circle, carrier)
    view = await view_of(club, circle)
    assert (report.state, report.reached, view.state) == ("cancelled", True, "cancelled")
    assert next(item.text for item in view.timeline if item.kind == "cancelled") == "A cable"
    assert carrier.sent == []
    assert circle.book.newest().state == "cancelled"


async def test_where_http_is_dead_a_packet_takes_it_back(club, circle):
    carrier = Recording(circle.doors[0])
    report = await taken_back(club, changed(circle, doors=(Unreachable(club.known.home),)), carrier)
    assert (report.state, report.reached) == ("cancelled", True)
    assert read_any(carrier.sent[0]).kind == "cancelled"
    assert (await view_of(club, circle)).state == "cancelled"


async def test_a_station_that_does_not_know_yet_is_named(club, circle):
    dead = Unreachable(club.known.home)
    report = await taken_back(club, changed(circle, doors=(dead,)), Recording(dead), wait_ms=100)
    assert not report.reached
    assert [(one.station, one.code) for one in missed(report)] == [("Example Watch", "station.unreachable")]
    assert circle.book.newest().sequence == 1


async def test_taking_back_twice_is_the_same_as_once(club, circle):
    await taken_back(club, circle, Recording(circle.doors[0]))
    again = changed(circle, record=circle.book.newest())
    report = await taken_back(club, again, Recording(circle.doors[0]), wait_ms=300)
    assert (report.state, report.reached) == ("cancelled", True)


async def test_a_full_book_keeps_nobody_from_taking_a_call_back(club, circle):
    circle.book.is_full = True
    assert (await taken_back(club, circle, Recording(circle.doors[0]))).reached


# -------------------------------------------------------------------------------------- the way, tested
async def test_registering_pins_a_key_that_seals_what_the_station_opens(club, circle):
    keyed = await register(circle.doors[0], circle.book, club.known)
    assert len(keyed.sealing_key) == 32
    assert circle.book.station(club.known.home.kid) == keyed


async def test_only_stations_with_a_datagram_door_and_no_key_still_need_one(club):
    listening = msgspec.structs.replace(club.known.home, udp=("127.0.0.1:1",))
    unkeyed = msgspec.structs.replace(club.known, home=listening)
    assert without_key([club.known, unkeyed, msgspec.structs.replace(unkeyed, sealing_key=b"k" * 32)]) == [unkeyed]


async def test_a_registering_carrier_sends_with_the_key_it_fetched(club, circle):
    class Inner:
        name = "udp"

        async def send(self, outgoing, tell):
            self.targets = outgoing.targets
            return ()

    inner = Inner()
    carrier = RegisteringCarrier(inner, door=circle.doors[0], book=circle.book, station=club.known)
    await carrier.send(outgoing_of(circle.record, [club.known]), lambda _: None)
    assert [target.sealing_key for target in inner.targets] == [circle.book.station(club.known.home.kid).sealing_key]


async def test_where_no_key_can_be_had_the_carrier_says_so_and_ends(club, circle):
    told = []
    dead = Unreachable(club.known.home)
    carrier = RegisteringCarrier(Recording(dead), door=dead, book=circle.book, station=club.known)
    assert await carrier.send(outgoing_of(circle.record, [club.known]), told.append) == ()
    assert told[0].is_final


async def test_a_way_is_tested_without_opening_a_case(club):
    voice = await club.join(next(NAMES))
    door = club.door(voice)
    tester = WayTester(voice=voice, clock=CLOCK, dice=SystemDice(), book=MemoryCallBook(), elapsed_ms=CLOCK.now_ms)

    class Silent:
        name = "udp"

        async def send(self, outgoing, tell):
            return ()

    over_http, by_datagram = await tester.test(door, club.known, Silent())
    assert (over_http.carrier, over_http.answers) == ("https", True)
    assert (by_datagram.carrier, by_datagram.answers, by_datagram.why) == ("udp", False, "It has no datagram door.")
    assert await door.cases() == []


async def test_a_way_that_is_closed_says_why(club):
    voice = await club.join(next(NAMES))
    dead = Unreachable(club.known.home)
    tester = WayTester(voice=voice, clock=CLOCK, dice=SystemDice(), book=MemoryCallBook(), elapsed_ms=CLOCK.now_ms)
    ways = await tester.test(dead, club.known, Recording(dead))
    assert [(way.answers, way.code) for way in ways] == [(False, "station.unreachable")] * 2
