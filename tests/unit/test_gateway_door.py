"""The station's door for gateways: what is acknowledged, what is refused by which code, and that each is counted."""

import asyncio
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from doubles.packet_station import AT_MS, KEYS, KID, SEALER, SEED, STATION, CountingJournal, signed
from live import founded, inside

from esos.carriers.gateway_door import GatewayDoor
from esos.carriers.udp_book import DoorLimits
from esos.carriers.udp_door import UdpDoor
from esos.errors import Busy, EsosError, Forbidden
from esos.message.packet import Header, seal_packet, sign_packet
from esos.message.packet_ack import open_answer
from esos.message.packet_codes import AckState, PacketType
from esos.message.packet_part import PartFields
from esos.message.packet_payload import CallFields
from esos.message.packet_seal import Sealer
from esos.service import running_station
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio
CALL = signed()
SEALED = seal_packet(CALL, SEALER)


@asynccontextmanager
async def door(journal, *, within_ms=20_000, **limits):
    packets = UdpDoor(
        station=STATION,
        key_for=KEYS.current,
        older_key_for=KEYS.older,
        submit=journal.submit,
        clock=lambda: round(time.time() * 1000),
        jitter=lambda: 0.0,
        limits=DoorLimits(**limits),
    )
    async with packets.working():
        yield GatewayDoor(ask=packets.ask, within_ms=within_ms)


def ack_in(raw, packet=CALL):
    return open_answer(raw, packet.header, station=STATION, sealer=SEALER)


@pytest.mark.parametrize("carrier", ["sms", "mesh", ""])
async def test_a_packet_is_acknowledged_after_its_commit_and_again_when_it_comes_again(carrier):
    journal = CountingJournal()
    async with door(journal) as gateways:
        for _ in range(3):
            ack = ack_in(await gateways.take(SEALED, carrier))
            assert (ack.state, ack.time_ms) == (AckState.COMMITTED, AT_MS)
    assert len(journal.arrivals) == 1
    assert gateways.counters == {"gateway.acknowledged": 3}


async def test_what_is_not_committed_in_time_gets_an_empty_answer_and_then_the_acknowledgement():
    journal = CountingJournal()
    journal.gate.clear()
    async with door(journal, within_ms=30) as gateways:
        assert await gateways.take(SEALED, "sms") == b""
        journal.gate.set()
        async with asyncio.timeout(30):
            while not (raw := await gateways.take(SEALED, "sms")):
                await asyncio.sleep(0.01)
    assert ack_in(raw).state is AckState.COMMITTED
    assert gateways.counters["gateway.told_to_wait"] >= 1


def changed(packet, place):
    return packet[:place] + bytes((packet[place] ^ 1,)) + packet[place + 1 :]


PART = sign_packet(
    SEED, Header(type=PacketType.PART, kid=KID, call=b"call-id!", sequence=200),
    PartFields(first=200, count=30, digest=b"1234", data=bytes(93)),
)  # fmt: skip
LONG = seal_packet(PART, SEALER)


def _shown(value):
    return f"{len(value)} bytes" if isinstance(value, bytes) else None


@pytest.mark.parametrize(
    ("packet", "carrier", "code"),
    [
        (b"", "sms", "packet.length"),
        (b"\xe5", "sms", "packet.length"),
        (bytes(98), "sms", "packet.length"),
        (bytes(140), "sms", "packet.magic"),
        (bytes(141), "sms", "gateway.too_long"),
        (LONG, "sms", "gateway.too_long"),
        (bytes(201), "mesh", "gateway.too_long"),
        (bytes(201), "", "gateway.too_long"),
        (SEALED, "pigeon", "gateway.carrier"),
        (SEALED + b"\0" * 40, "mesh", "packet.length"),
        (changed(SEALED, 5), "sms", "packet.unknown_key"),
        (b"\xe5\x27" + SEALED[2:], "sms", "packet.version"),
        (b"\xe5\x17" + SEALED[2:], "sms", "packet.type"),
    ],
    ids=_shown,
)
async def test_what_is_no_packet_is_refused_by_a_code_and_counted(packet, carrier, code):
    journal = CountingJournal()
    async with door(journal) as gateways:
        with pytest.raises(EsosError) as refused:
            await gateways.take(packet, carrier)
    assert refused.value.code == code
    assert gateways.counters == {code: 1}
    assert journal.arrivals == []


async def test_a_long_part_of_a_report_comes_by_mesh():
    async with door(CountingJournal()) as gateways:
        assert ack_in(await gateways.take(LONG, "mesh"), PART)


async def test_a_packet_whose_seal_does_not_hold_is_never_acknowledged_however_often_it_comes():
    journal = CountingJournal()
    async with door(journal) as gateways:
        for place in (2 + 8, 18, 19, 60, len(SEALED) - 1):
            assert await gateways.take(changed(SEALED, place), "sms") == b""
    assert gateways.counters == {"gateway.set_aside": 5}
    assert journal.arrivals == []


async def test_one_key_beyond_its_budget_is_not_taken_and_another_is():
    journal = CountingJournal()
    async with door(journal, packets_per_key_burst=2, packets_per_key_per_s=0.001) as gateways:
        answers = [await gateways.take(seal_packet(signed(sequence=number), SEALER), "sms") for number in range(5)]
    assert [bool(one) for one in answers] == [True, True, False, False, False]
    assert gateways.counters == {"gateway.acknowledged": 2, "gateway.set_aside": 3}


@pytest.mark.parametrize("refusal", [Forbidden("realm.mismatch", "No."), Busy("storage.full", "Full.")])
async def test_what_the_station_refuses_is_said_by_its_own_code(refusal):
    journal = CountingJournal()
    journal.says = refusal
    async with door(journal) as gateways:
        with pytest.raises(type(refusal)):
            await gateways.take(SEALED, "sms")
    assert gateways.counters == {refusal.code: 1}


async def test_an_exercise_packet_under_a_real_key_is_refused_by_name():
    header = Header(type=PacketType.EXERCISE, kid=KID, call=b"call-id!", sequence=0)
    packet = seal_packet(sign_packet(SEED, header, CallFields()), SEALER)
    journal = CountingJournal()
    async with door(journal) as gateways:
        with pytest.raises(Forbidden) as refused:
            await gateways.take(packet, "sms")
    assert refused.value.code == "packet.realm"
    assert journal.arrivals == []


# --------------------------------------------------------------------------------------------------------- by HTTP
@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("gateways") / "home", members=2, realm=Realm.REAL)


@pytest.fixture(scope="module")
async def running(live):
    any_port = "127.0.0.1:0"
    settings = msgspec.structs.replace(live.settings, http=any_port, udp="", sms_number="+353999000111")
    async with running_station(live.home, settings) as running:
        yield running


@pytest.fixture
async def http(running):
    async with httpx.AsyncClient(base_url=running.http, timeout=30) as client:
        yield client


def of_member(running, live, kind=PacketType.CALL, *, call):
    key = live.members[0].key
    packet = sign_packet(key.seed, Header(type=kind, kid=key.kid, call=call, sequence=0), CallFields())
    sealer = Sealer(running.keys.issue(key.kid))
    return packet, seal_packet(packet, sealer), sealer


async def test_over_http_the_body_is_the_packet_and_the_answer_the_acknowledgement(running, live, http):
    packet, sealed, sealer = of_member(running, live, call=b"by-http!")
    answer = await http.post("/api/v1/packets", content=sealed, headers={"Esos-Carrier": "sms"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    ack = open_answer(answer.content, packet.header, station=running.station.identity.kid, sealer=sealer)
    assert ack.state is AckState.COMMITTED
    assert await running.station.journal.entry(packet.statement_id()) is not None


@pytest.mark.parametrize("kind", [PacketType.TEST, PacketType.HEARTBEAT])
async def test_a_test_of_the_way_is_answered_and_opens_no_case(running, live, http, kind):
    packet, sealed, sealer = of_member(running, live, kind, call=f"test  {int(kind):02}".encode())
    answer = await http.post("/api/v1/packets", content=sealed, headers={"Esos-Carrier": "mesh"})
    ack = open_answer(answer.content, packet.header, station=running.station.identity.kid, sealer=sealer)
    assert ack.state is AckState.HEARD


async def test_a_packet_that_nobody_can_open_is_answered_with_nothing(running, live, http):
    _, sealed, _ = of_member(running, live, call=b"changed!")
    answer = await http.post("/api/v1/packets", content=changed(sealed, 40))
    assert (answer.status_code, answer.content, answer.headers["retry-after"]) == (202, b"", "2")


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (bytes(120), {}, 400, "packet.magic"),
        (SEALED, {}, 401, "packet.unknown_key"),
        (bytes(150), {"Esos-Carrier": "sms"}, 413, "gateway.too_long"),
        (bytes(900), {}, 413, "gateway.too_long"),
        (bytes(100_000), {}, 413, "request.too_large"),
        (b"", {}, 400, "packet.length"),
        (SEALED, {"Esos-Carrier": "pigeon"}, 400, "request.invalid"),
    ],
    ids=_shown,
)
async def test_bad_bytes_are_refused_by_a_code_that_stays(http, body, headers, status, code):
    answer = await http.post("/api/v1/packets", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_what_became_of_packets_is_among_the_figures(running, live, http):
    await http.post("/api/v1/packets", content=bytes(150), headers={"Esos-Carrier": "sms"})
    figures = running.doors.figures()
    assert figures["gateway.too_long"] >= 1


async def test_its_card_names_the_number(http):
    card = (await http.get("/api/v1/station")).json()
    assert (card["sms"], card["mesh"]) == ("+353999000111", "")


async def test_a_station_that_does_not_run_takes_no_packets(live):
    async with inside(live) as (client, _):
        answer = await client.post("/api/v1/packets", content=SEALED)
    assert (answer.status_code, answer.json()["code"]) == (503, "gateway.shut")
