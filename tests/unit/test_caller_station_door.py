"""The door to a station over HTTP: who asks is shown by its key, and refusals keep the station's own code."""

import asyncio
from email.utils import formatdate

import httpx
import msgspec
import pytest
from doubles.small_club import small_club

from esos.carriers.station_door import HttpStationDoor, read_home, refusal_of
from esos.errors import (
    Busy,
    Conflict,
    Forbidden,
    Malformed,
    NotDelivered,
    ProofFailed,
    TooLarge,
    Unauthenticated,
    Unknown,
)
from esos.keys.identity import kid_of, public_of
from esos.logbook.receipt import read_receipt
from esos.message.bodies import CallDetails, Called, Updated
from esos.message.card import HomeStation
from esos.message.packet_seal import epoch_of
from esos.message.voice import Voice
from esos.vault.chance import SystemClock
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio
CLOCK = SystemClock()
DAY_MS = 86_400_000
PUBLIC = public_of(b"\x09" * 32)
HOME = HomeStation(name="Example Watch", kid=kid_of(PUBLIC), public=PUBLIC, realm=Realm.REAL, http="http://127.0.0.1:9")
STRANGER = Voice(seed=b"\x0a" * 32, realm=Realm.REAL)


@pytest.fixture(scope="module")
async def club(tmp_path_factory):
    async with small_club(tmp_path_factory.mktemp("club") / "home") as club:
        yield club


@pytest.fixture(scope="module")
async def voice(club):
    return await club.join("Example Hospital")


def called(voice, call=b"call-id!"):
    body = Called(call=call, details=CallDetails(words="Help"))
    return voice.say("called", body, now_ms=CLOCK.now_ms())


async def test_a_signed_call_is_handed_in_and_its_case_can_be_read(club, voice):
    door = club.door(voice)
    reply = await door.submit(called(voice).raw)
    assert (await door.case(reply["case"]))["details"]["words"] == "Help"
    assert reply["case"] in {row["case"] for row in await door.cases()}


async def test_a_receipt_comes_with_the_statement_for_whoever_may_read_it(club, voice):
    said = called(voice, b"receipt!")
    await club.door(voice).submit(said.raw)
    await club.station.sequencer.run_once(now_ms=CLOCK.now_ms())
    receipt = read_receipt(await club.door(voice).receipt(said.id.hex()))
    assert receipt.statement == said.raw


async def test_the_sealing_key_comes_sealed_and_is_opened_with_ones_own_key(club, voice):
    given = await club.door(voice).sealing_key()
    assert (len(given.key), given.epoch) == (32, epoch_of(CLOCK.now_ms()))


async def test_without_a_key_nobody_registers_but_anybody_hands_in(club, voice):
    with pytest.raises(Malformed) as refused:
        await club.door(None).sealing_key()
    assert refused.value.code == "beacon.nobody"
    assert (await club.door(None).submit(called(voice, b"by-hand!").raw))["case"]


async def test_a_stranger_sends_its_key_along_and_reads_its_own_case(club):
    door = club.door(STRANGER)
    reply = await door.submit(called(STRANGER).raw)
    assert (await door.case(reply["case"]))["verification"] == "unverified"


class Dated(httpx.AsyncBaseTransport):
    """Answers carry the station's date, as its server sets it."""

    def __init__(self, inner):
        self.inner = inner

    async def handle_async_request(self, request):
        answer = await self.inner.handle_async_request(request)
        answer.headers["date"] = formatdate(CLOCK.now_ms() / 1000, usegmt=True)
        return answer


@pytest.mark.parametrize("days_wrong", [-400, 400])
async def test_a_wrong_clock_is_mended_by_the_stations_own(club, voice, days_wrong):
    wrong = HttpStationDoor(
        club.known.home,
        voice=voice,
        now_ms=lambda: CLOCK.now_ms() + days_wrong * DAY_MS,
        transport=Dated(club.transport),
    )
    assert isinstance(await wrong.cases(), list)


async def test_without_a_date_to_go_by_a_wrong_clock_is_said(club, voice):
    with pytest.raises(Unauthenticated) as refused:
        await club.door(voice, now_ms=lambda: CLOCK.now_ms() - 400 * DAY_MS).cases()
    assert refused.value.code == "presented.expired"


async def test_a_key_shown_to_another_station_opens_nothing(club, voice):
    home = msgspec.structs.replace(club.known.home, kid=b"elsewhr!")
    door = HttpStationDoor(home, voice=voice, now_ms=CLOCK.now_ms, transport=club.transport)
    with pytest.raises(Unauthenticated) as refused:
        await door.cases()
    assert refused.value.code == "presented.audience"


async def test_a_refusal_of_the_fold_keeps_its_code(club, voice):
    other = await club.join("Example Other")
    case = (await club.door(voice).submit(called(voice, b"refused!").raw))["case"]
    update = other.say("updated", Updated(number=1), now_ms=CLOCK.now_ms(), case=bytes.fromhex(case))
    with pytest.raises(Conflict) as refused:
        await club.door(other).submit(update.raw)
    assert refused.value.code == "case.role"


async def test_a_case_of_somebody_else_stays_closed(club, voice):
    case = (await club.door(voice).submit(called(voice, b"private!").raw))["case"]
    with pytest.raises(Forbidden) as refused:
        await club.door(await club.join("Example Onlooker")).case(case)
    assert refused.value.code == "case.not_yours"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Malformed), (401, Unauthenticated), (403, Forbidden), (404, Unknown), (409, Conflict), (413, TooLarge),
     (422, ProofFailed), (503, Busy), (504, NotDelivered), (418, Malformed), (500, Busy)],
)  # fmt: skip
def test_each_status_becomes_the_error_it_was(status, kind):
    answer = msgspec.json.encode({"code": "some.code", "detail": "No.", "hint": "Wait."})
    refusal = refusal_of(status, answer)
    assert (type(refusal), refusal.code, refusal.detail, refusal.hint) == (kind, "some.code", "No.", "Wait.")


def test_a_refusal_without_a_problem_still_is_one():
    assert refusal_of(502, b"<html>").code == "station.refused"


def over(handler):
    return HttpStationDoor(
        HOME, voice=STRANGER, now_ms=CLOCK.now_ms, timeout_ms=200, transport=httpx.MockTransport(handler)
    )


async def test_a_network_that_fails_is_not_delivered():
    def fail(request):
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(NotDelivered) as refused:
        await over(fail).cases()
    assert refused.value.code == "station.unreachable"


async def test_a_station_that_never_answers_is_given_up_in_time():
    async def never(request):
        await asyncio.sleep(30)

    with pytest.raises(NotDelivered):
        await over(never).cases()


@pytest.mark.parametrize("content", [b"<html>", b"[]", b""])
async def test_what_is_no_station_is_recognised(content):
    with pytest.raises(Malformed) as refused:
        await over(lambda request: httpx.Response(200, content=content)).submit(b"x")
    assert refused.value.code == "station.answer"


async def test_an_endless_answer_is_cut_off():
    endless = b"x" * (17 * 1024 * 1024)
    with pytest.raises(Malformed) as refused:
        await over(lambda request: httpx.Response(200, content=endless)).case("ab")
    assert refused.value.code == "station.answer"


# ------------------------------------------------------------------------------------------------- cards
CARD = {
    "name": "Example Watch", "kid": HOME.kid.hex(), "public": PUBLIC.hex(), "realm": "real",
    "http": HOME.http, "udp": ["127.0.0.1:9"], "origin": "example-watch/esos-log", "pact": {"name": "club"},
}  # fmt: skip


@pytest.mark.parametrize("written", [CARD, {"ready": True, "card": CARD}])
def test_a_card_is_read_alone_or_from_a_ready_line(written):
    home, origin = read_home(msgspec.json.encode(written))
    assert home == msgspec.structs.replace(HOME, udp=("127.0.0.1:9",))
    assert origin == "example-watch/esos-log"


def test_a_card_whose_kid_is_of_another_key_is_not_used():
    with pytest.raises(ProofFailed) as refused:
        read_home(msgspec.json.encode({**CARD, "kid": "00" * 8}))
    assert refused.value.code == "station.card_kid"


@pytest.mark.parametrize("written", [b"no", b"[]", b"{}", msgspec.json.encode({**CARD, "realm": "dream"}),
                                     msgspec.json.encode({**CARD, "public": "zz"}), msgspec.json.encode({**CARD, "udp": [1]})])  # fmt: skip
def test_what_is_no_card_is_said_to_be_none(written):
    with pytest.raises(Malformed) as refused:
        read_home(written)
    assert refused.value.code == "station.card"
