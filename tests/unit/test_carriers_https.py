"""The HTTPS carrier against a small real web server, and against every answer that is not a station's."""

import asyncio
import json
from contextlib import asynccontextmanager

import httpx
import pytest

from esos.beacon.carrier import Failed, Heard, Outgoing, Sending, Target, Waiting
from esos.carriers.https import HttpsCarrier
from esos.message.card import HomeStation
from esos.message.packet_codes import AckState
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio

COSE = b"\xd2 a signed call"
ID = bytes(range(32))


@asynccontextmanager
async def server(*answers):
    """A web server that gives these answers (status, body) in turn, the last for ever; yields its URL and what came."""
    came, left = [], list(answers)

    async def serve(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
        came.append((writer.get_extra_info("peername"), head, await reader.readexactly(length)))
        status, body = left.pop(0) if len(left) > 1 else left[0]
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(raw)) + raw)
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", came


def target(http, name="North", kid=b"station1"):
    return Target(home=HomeStation(name=name, kid=kid, public=bytes(32), realm=Realm.REAL, http=http))


def outgoing(*targets):
    return Outgoing(cose=COSE, statement_id=ID, targets=targets)


def reply(state="acknowledged", **more):
    return {"id": ID.hex(), "state": state, "case": "c" * 32, **more}


def carrier(**more):
    return HttpsCarrier(jitter=lambda: 0.0, gap_ms=20, **more)


async def send(*targets, by=None):
    told = []
    heard = await asyncio.wait_for((by or carrier()).send(outgoing(*targets), told.append), 5)
    return heard, told


async def test_the_signed_call_is_posted_as_it_is_and_the_answer_is_understood():
    async with server((200, reply(receipt="receipt text", more="of a newer station"))) as (url, came):
        heard, told = await send(target(url))
    assert heard == (
        Heard(
            carrier="https",
            station="North",
            state=AckState.ASSIGNED,
            proven=True,
            case="c" * 32,
            receipt="receipt text",
        ),
    )
    assert told == [Sending(carrier="https", station="North", copies=1), heard[0]]
    assert came[0][1].startswith("POST /api/v1/statements HTTP/1.1")
    assert "content-type: application/cose" in came[0][1].lower()
    assert came[0][2] == COSE


async def test_it_goes_on_after_arrived_with_a_fresh_connection_each_time_until_a_person_has_it():
    async with server((201, reply("arrived")), (200, reply("arrived")), (200, reply())) as (url, came):
        heard, told = await send(target(url))
    assert [event.state for event in told if isinstance(event, Heard)] == [AckState.COMMITTED, AckState.ASSIGNED]
    assert heard[0].state is AckState.ASSIGNED
    assert len(came) == len({peer for peer, _, _ in came}) == 3


async def test_two_stations_that_have_it_are_enough():
    async with server((200, reply("arrived"))) as (north, _), server((200, reply("arrived"))) as (south, _):
        heard, _ = await send(target(north), target(south, name="South", kid=b"station2"))
    assert {answer.station for answer in heard} == {"North", "South"}


@pytest.mark.parametrize("status", [500, 503, 429, 408])
async def test_a_station_that_cannot_now_is_tried_again(status):
    async with server((status, {"code": "storage.locked", "detail": "Not now."}), (200, reply())) as (url, _):
        heard, told = await send(target(url))
    failed = next(event for event in told if isinstance(event, Failed))
    assert (failed.code, failed.why, failed.is_final) == ("storage.locked", "Not now.", False)
    assert heard[0].state is AckState.ASSIGNED


@pytest.mark.parametrize("status", [400, 401, 403, 409, 413])
async def test_a_refusal_is_reported_with_its_code_and_ends_this_station(status):
    async with server((status, {"code": "call.no", "detail": "No.", "type": "about:blank"})) as (url, came):
        heard, told = await send(target(url))
    assert heard == ()
    assert told[-1] == Failed(carrier="https", station="North", why="No.", code="call.no", is_final=True)
    assert len(came) == 1


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>welcome to the airport</html>"),
        (200, {"id": "00" * 32, "state": "acknowledged"}),
        (200, {"state": "acknowledged"}),
        (200, b"[" * 70_000),
        (302, b""),
    ],
    ids=["a portal", "another statement", "no id", "endless", "elsewhere"],
)
async def test_what_is_no_answer_to_this_call_is_not_believed_and_it_goes_on(answer):
    async with server(answer, answer, (200, reply())) as (url, came):
        heard, told = await send(target(url))
    assert any(isinstance(event, Failed) for event in told)
    assert len(came) == 3
    assert heard[0].state is AckState.ASSIGNED


async def test_nobody_listening_is_reported_and_tried_again():
    told = []
    sending = asyncio.ensure_future(carrier().send(outgoing(target("http://127.0.0.1:9")), told.append))
    await asyncio.sleep(0.3)
    sending.cancel()
    assert sum(isinstance(event, Sending) for event in told) >= 2
    assert any(isinstance(event, Failed) and not event.is_final for event in told)


async def test_a_station_that_says_nothing_is_left_after_the_deadline():
    async def stall(_, writer):
        writers.append(writer)

    writers = []
    listening = await asyncio.start_server(stall, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    told = []
    sending = asyncio.ensure_future(carrier(timeout_ms=50).send(outgoing(target(url)), told.append))
    await asyncio.sleep(0.4)
    sending.cancel()
    listening.close()
    for writer in writers:
        writer.close()
    assert "No answer within 50 ms." in [event.why for event in told if isinstance(event, Failed)]


async def test_an_answer_in_the_clear_from_another_machine_is_not_proof():
    def answer(_):
        return httpx.Response(200, json=reply())

    told = []
    by = carrier(transport=httpx.MockTransport(answer))
    sending = asyncio.ensure_future(by.send(outgoing(target("http://198.51.100.7")), told.append))
    await asyncio.sleep(0.2)
    assert not sending.done()
    sending.cancel()
    assert {event.proven for event in told if isinstance(event, Heard)} == {False}
    heard, _ = await send(target("https://198.51.100.7"), by=by)
    assert heard[0].proven


@pytest.mark.parametrize(
    ("state", "shown"),
    [("mobilising", AckState.COMMITTED), ("of a newer station", AckState.COMMITTED), ("tested", AckState.HEARD)],
)
async def test_a_state_never_shows_more_than_is_sure(state, shown):
    """Law 4: requests may go out before any person has the case."""
    async with server((200, reply(state)), (200, reply())) as (url, _):
        _, told = await send(target(url))
    assert next(event for event in told if isinstance(event, Heard)).state is shown


async def test_without_a_web_address_it_waits():
    heard, told = await send(target(""))
    assert heard == ()
    assert isinstance(told[0], Waiting)


@pytest.mark.parametrize("http", ["ftp://station.example", "station.example", "http://a\x00b"])
async def test_an_address_that_is_none_ends_this_station(http):
    heard, told = await send(target(http))
    assert heard == ()
    assert told[-1].is_final
