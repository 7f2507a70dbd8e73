"""Calls by text message and mesh radio: what is handed to which program, and what of its answers is believed."""

import asyncio
import os
import shlex
import signal
import stat
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from doubles.packet_station import KID, SEALER, signed, until

from esos.beacon.carrier import Failed, Heard, Outgoing, Sending, Target, Waiting
from esos.caller.more import deliver
from esos.caller.ports import KnownStation
from esos.caller.send import send_call
from esos.carriers.gateway import GatewayCarrier
from esos.carriers.gateway_programs import Command, Handed, Post, read_program
from esos.keys.identity import public_of
from esos.message.card import HomeStation
from esos.message.packet import Header, sign_packet
from esos.message.packet_ack import Ack, encode_ack
from esos.message.packet_codes import AckState, PacketType
from esos.message.packet_gateway import Gateway
from esos.message.packet_part import PartFields
from esos.message.packet_seal import Sealer
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio
DEADLINE_S = 30
STATION = b"station1"
PUBLIC = public_of(b"\x07" * 32)
NUMBER = "+353999000111"
FAST = (50,)


def target(name="North", kid=STATION, **changes):
    home = HomeStation(name=name, kid=kid, public=PUBLIC, realm=Realm.REAL, sms=NUMBER, mesh="!a1b2c3d4")
    return Target(home=home, sealing_key=SEALER.key, **changes)


def outgoing(packet=None, *targets):
    call = packet or signed()
    return Outgoing(cose=call.cose(), statement_id=call.statement_id(), packet=call, targets=targets or (target(),))


def ack_of(packet, state=AckState.COMMITTED, *, station=STATION, sealer=SEALER):
    header = packet.header
    said = Ack(call=header.call, sequence=header.sequence, state=state, station=station[:4], time_ms=7)
    return encode_ack(said, kid=header.kid, sealer=sealer)


class Scripted:
    """A gateway that says what it is told to, in turn, the last for ever."""

    def __init__(self, *says):
        self.says = list(says)
        self.handed = []
        self.at_once = self.at_once_most = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def hand(self, packet, gateway, to):
        self.handed.append((packet, gateway, to))
        self.at_once += 1
        self.at_once_most = max(self.at_once, self.at_once_most)
        try:
            await self.gate.wait()
            await asyncio.sleep(0)
        finally:
            self.at_once -= 1
        says = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        return says if isinstance(says, Handed) else Handed(output=says)


def carrier(program, gateway=Gateway.SMS, gaps_ms=FAST):
    return GatewayCarrier(gateway, program, jitter=lambda: 0.0, gaps_ms=gaps_ms)


@asynccontextmanager
async def sending(what, way):
    told = []
    task = asyncio.create_task(way.send(what, told.append))
    try:
        yield told, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def heard_in(told):
    return [event for event in told if isinstance(event, Heard)]


def failed_in(told):
    return [event for event in told if isinstance(event, Failed)]


# ------------------------------------------------------------------------------------------------ what is handed over
async def test_what_is_handed_over_is_the_sealed_packet_that_a_datagram_carries_and_to_whom():
    packet, program = signed(), Scripted(b"")
    async with sending(outgoing(packet), carrier(program)):
        await until(lambda: program.handed)
    (sent, gateway, to), *_ = program.handed
    assert sent == SEALER.seal(packet.header.encode(), packet.payload + packet.signature)
    assert (gateway, to) == (Gateway.SMS, NUMBER)


def long_part():
    header = Header(type=PacketType.PART, kid=KID, call=b"call-id!", sequence=200)
    return sign_packet(b"\x05" * 32, header, PartFields(first=200, count=30, digest=b"1234", data=bytes(93)))


async def test_what_does_not_fit_is_refused_in_words_before_it_is_sent():
    told, program = [], Scripted(b"")
    assert await asyncio.wait_for(carrier(program).send(outgoing(long_part()), told.append), DEADLINE_S) == ()
    (failed,) = told
    assert (failed.code, failed.is_final) == ("gateway.too_long", True)
    assert failed.why == "This packet has 196 bytes; one text message carries 140."
    assert program.handed == []
    async with sending(outgoing(long_part()), carrier(program, Gateway.MESH)):
        await until(lambda: program.handed)
    assert len(program.handed[0][0]) == 196


async def test_a_part_that_its_only_carrier_never_takes_is_told_once_and_not_tried_without_a_pause():
    told, turns = [], []
    way = carrier(Scripted(b""))

    class Counted:
        name = "sms"

        async def send(self, outgoing, tell):
            turns.append(outgoing)
            return await way.send(outgoing, tell)

    station = KnownStation(home=target().home, sealing_key=SEALER.key)
    packets = [long_part().cose(), long_part().cose()]
    delivering = asyncio.create_task(
        deliver(packets, station, [Counted()], delivered=packets.remove, refused=told.append)
    )
    await asyncio.sleep(0.6)
    delivering.cancel()
    assert [event.code for event in told] == ["gateway.too_long"]
    assert 1 <= len(turns) <= 4
    assert len(packets) == 2


async def test_a_modem_has_one_packet_at_a_time_whoever_waits():
    program = Scripted(b"")
    way = carrier(program, gaps_ms=(1,))
    calls = [outgoing(signed(sequence=number), target(), target("South", b"station2")) for number in range(3)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(way.send(one, lambda _: None)) for one in calls]
        await until(lambda: len(program.handed) > 20)
        for task in tasks:
            task.cancel()
    assert program.at_once_most == 1
    assert len({packet for packet, _, _ in program.handed}) == 3


async def test_a_packet_that_was_just_handed_over_is_not_handed_over_again_by_the_next_sending():
    program, packet = Scripted(b""), signed()
    way = carrier(program, gaps_ms=(600_000,))
    for _ in range(3):
        async with sending(outgoing(packet), way):
            await until(lambda: program.handed)
            await asyncio.sleep(0.05)
    assert len(program.handed) == 1


async def test_an_answer_that_comes_when_nobody_waits_for_it_any_more_counts_later():
    packet = signed()
    program = Scripted(ack_of(packet))
    program.gate.clear()
    way = carrier(program, gaps_ms=(600_000,))
    async with sending(outgoing(packet), way):
        await until(lambda: program.at_once)
    assert program.at_once == 1, "a modem that sends is not interrupted"
    program.gate.set()
    sent = await send_call(outgoing(packet), [way], lambda _: None, wait_ms=DEADLINE_S * 1000)
    assert sent.kept
    assert len(program.handed) == 1


async def test_an_answer_to_an_earlier_packet_among_the_words_of_a_later_one_counts():
    first, second = signed(), signed(sequence=1)
    program = Scripted(b"", b"late: " + ack_of(first).hex().encode())
    way = carrier(program, gaps_ms=(600_000,))
    async with sending(outgoing(first), way) as (told, _):
        await until(lambda: program.handed)
        async with sending(outgoing(second), way):
            await until(lambda: heard_in(told))
    assert heard_in(told)[0].state is AckState.COMMITTED


# ----------------------------------------------------------------------------------------------- what is said of it
async def test_a_gateway_that_brings_nothing_back_is_told_as_that_and_the_call_goes_out_again():
    program = Scripted(b"OK, message reference=12\n")
    async with sending(outgoing(), carrier(program)) as (told, task):
        await until(lambda: sum(isinstance(event, Sending) for event in told) > 2)
        assert not task.done()
    waiting = next(event for event in told if isinstance(event, Waiting))
    assert waiting.why == "The gateway took copy 1 for North; no answer has come back this way."
    assert [event.copies for event in told if isinstance(event, Sending)][:3] == [1, 2, 3]
    assert heard_in(told) == []


@pytest.mark.parametrize(
    "forged",
    [
        ack_of(signed(), sealer=Sealer(b"x" * 32)),
        ack_of(signed(), station=b"other-st"),
        ack_of(signed(sequence=9)),
        ack_of(signed())[:-1] + b"\0",
    ],
)
async def test_an_acknowledgement_that_the_station_did_not_make_does_not_count(forged):
    async with sending(outgoing(), carrier(Scripted(forged))) as (told, task):
        await until(lambda: failed_in(told))
        assert not task.done()
    assert heard_in(told) == []
    assert (failed_in(told)[0].code, failed_in(told)[0].is_final) == ("ack.mac", False)


async def test_a_call_goes_on_until_a_person_has_it_and_each_state_is_told_once():
    packet = signed()
    program = Scripted(ack_of(packet), ack_of(packet), ack_of(packet, AckState.ASSIGNED))
    told = []
    heard = await asyncio.wait_for(carrier(program).send(outgoing(packet), told.append), DEADLINE_S)
    assert [event.state for event in heard_in(told)] == [AckState.COMMITTED, AckState.ASSIGNED]
    assert (heard[0].proven, heard[0].at_ms) == (True, 7)


async def test_two_stations_that_have_it_are_enough():
    packet = signed()
    both = b"\n".join(ack_of(packet, station=kid).hex().encode() for kid in (STATION, b"other-st"))
    sent = carrier(Scripted(both)).send(outgoing(packet, target(), target("South", b"other-st")), lambda _: None)
    assert {event.station for event in await asyncio.wait_for(sent, DEADLINE_S)} == {"North", "South"}


# ---------------------------------------------------------------------------------------------- programs of all kinds
def script(tmp_path, text):
    path = tmp_path / "gateway"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return shlex.quote(str(path))


async def hand(line, **how):
    return await asyncio.wait_for(Command(line, **how).hand(b"\xe5\x11\x00", Gateway.SMS, NUMBER), DEADLINE_S)


async def test_a_command_gets_the_packet_in_hexadecimal_and_whom_to_send_it_to(tmp_path):
    line = script(tmp_path, 'read packet; echo "$packet $ESOS_GATEWAY_TO $ESOS_GATEWAY_CARRIER $1 $#"')
    handed = await hand(f"{line} '--modem 0; rm' x")
    assert handed == Handed(output=f"e51100 {NUMBER} sms --modem 0; rm 2\n".encode())


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("exit 3", "gateway.failed", "The gateway program ended with code 3."),
        ("echo no modem >&2; exit 1", "gateway.failed", "The gateway program ended with code 1. no modem"),
        ("printf '\\033[2Jno\\n'; exit 1", "gateway.failed", "The gateway program ended with code 1. [2Jno"),
        ("kill -9 $$", "gateway.failed", "The gateway program ended with code -9."),
        ("exec yes", "gateway.too_much", "The gateway program said more than 65536 bytes and was stopped."),
        (
            "head -c 9000000 /dev/zero",
            "gateway.too_much",
            "The gateway program said more than 65536 bytes and was stopped.",
        ),
        ("head -c 999 /dev/urandom", "", ""),
        ("exec <&-; echo fine", "", ""),
    ],
)
async def test_what_a_bad_program_does_is_told_in_words(tmp_path, text, code, says):
    handed = await hand(script(tmp_path, text))
    assert (handed.code, handed.trouble) == (code, says)


@pytest.mark.parametrize("line", ["/nowhere/at/all", "/", "."])
async def test_a_program_that_is_not_there_is_told_in_words(line):
    handed = await hand(line)
    assert handed.code == "gateway.missing"
    assert handed.trouble.startswith(f"The gateway program {line} cannot be started: ")


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # One that nobody has collected yet is gone too.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


async def test_a_program_that_hangs_is_stopped_with_what_it_started_and_its_words_until_then_count(tmp_path):
    pids = tmp_path / "pids"
    line = script(tmp_path, f"trap '' TERM; sleep 600 & echo $$ $! > {pids}; echo halfway; while :; do sleep 1; done")
    handed = await hand(line, within_ms=700)
    assert (handed.code, handed.output) == ("gateway.slow", b"halfway\n")
    for pid in map(int, pids.read_text().split()):
        await until(lambda pid=pid: is_gone(pid))


async def test_a_program_that_leaves_another_one_behind_is_not_waited_for(tmp_path):
    pids = tmp_path / "pids"
    handed = await hand(script(tmp_path, f"sleep 600 & echo $! > {pids}; echo done"))
    assert handed == Handed(output=b"done\n")
    os.kill(int(pids.read_text()), signal.SIGKILL)


async def test_a_call_that_is_stopped_ends_the_program(tmp_path):
    pids = tmp_path / "pids"
    handing = asyncio.create_task(hand(script(tmp_path, f"echo $$ > {pids}; exec sleep 600")))
    await until(lambda: pids.exists() and pids.read_text().strip())
    handing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await handing
    await until(lambda: is_gone(int(pids.read_text())))


def posts(answer):
    return Post("http://gateway.example/send", transport=httpx.MockTransport(answer))


async def test_a_program_that_runs_gets_the_packet_as_it_is_and_whom_to_send_it_to():
    asked = []

    def answer(request):
        asked.append(request)
        return httpx.Response(200, content=b"ack")

    handed = await posts(answer).hand(b"\xe5\x11", Gateway.MESH, "!a1b2c3d4")
    assert handed == Handed(output=b"ack")
    assert asked[0].content == b"\xe5\x11"
    assert (asked[0].headers["Esos-Carrier"], asked[0].headers["Esos-To"]) == ("mesh", "!a1b2c3d4")


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        (httpx.Response(503, text="no radio\n"), "gateway.failed", "The gateway answered 503. no radio"),
        (httpx.Response(500, html="<p>"), "gateway.failed", "The gateway answered 500."),
        (
            httpx.Response(
                401,
                headers={"content-type": "application/problem+json"},
                content=b'{"code":"packet.unknown_key","detail":"No caller is registered under this key."}',
            ),
            "packet.unknown_key",
            "No caller is registered under this key.",
        ),
        (
            httpx.Response(200, content=bytes(70_000)),
            "gateway.too_much",
            "The gateway answered with more than 65536 bytes.",
        ),
        (
            httpx.Response(302, headers={"location": "http://elsewhere.example/"}),
            "gateway.failed",
            "The gateway answered 302.",
        ),
    ],
)
async def test_what_a_bad_gateway_answers_is_told_in_words(answer, code, says):
    handed = await posts(lambda _: answer).hand(b"\xe5", Gateway.MESH, "")
    assert (handed.code, handed.trouble) == (code, says)


async def test_a_gateway_that_is_not_there_or_is_none_is_told_in_words():
    for url in ("http://127.0.0.1:9/send", "http://[bad", "https://"):
        handed = await asyncio.wait_for(read_program(url).hand(b"\xe5", Gateway.MESH, ""), DEADLINE_S)
        assert handed.code == "gateway.missing", url
        assert handed.trouble
