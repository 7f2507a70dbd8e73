"""What the datagram door may say of a call: after a restart, to relays, and while a person reads."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest
from doubles.small_club import HTTP, small_club

import esos.web
from esos.carriers.stranger_words import Handed
from esos.carriers.udp_book import AckInfo, Arrival
from esos.carriers.udp_intake import reader, station_keys, submit_to, take_for, teller
from esos.case.model import decode_case
from esos.errors import Busy, EsosError
from esos.message import bodies as b
from esos.message.packet import Header, open_packet, seal_packet, sign_packet
from esos.message.packet_codes import AckState, Origin, PacketType
from esos.message.packet_payload import CallFields
from esos.message.voice import Voice
from esos.web.console.watch import FRESH_HEADER
from esos.web.csrf import SESSION_COOKIE
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio
CALL = b"call-id!"


class Told:
    """A door that only remembers what it is told."""

    def __init__(self):
        self.said = []

    def tell(self, *, kid, call, info):
        self.said.append((kid, call, info.state))


@asynccontextmanager
async def house(folder):
    async with small_club(folder) as club:
        yield club, submit_to(club.station)


def arrival(club, voice, kind=PacketType.CALL, *, sequence=0, call=CALL, **fields):
    """A packet as a door that remembers nothing passes it on."""
    keys = station_keys(club.station).current
    header = Header(type=kind, kid=voice.kid, call=call, sequence=sequence)
    sealed = seal_packet(sign_packet(voice.seed, header, CallFields(**fields)), keys(voice.kid).sealers[0])
    return Arrival(opened=open_packet(sealed, keys), address=("127.0.0.1", 1))


async def said(submit, *arrivals):
    return [info.state for info in await submit(arrivals)]


async def folded(club):
    """Until the station, which folds by itself, has folded everything."""
    async with asyncio.timeout(20):
        while await club.station.journal.oldest_inbox_ms() is not None:
            await asyncio.sleep(0.01)


async def acknowledged(club):
    await folded(club)
    (record,) = await club.station.journal.cases()
    await club.officer_says("acknowledged", {}, record.id.hex())
    return await case_of(club)


async def case_of(club):
    (record,) = await club.station.journal.cases()
    return decode_case(record.blob)


async def test_a_copy_after_a_restart_is_answered_with_the_officer_who_has_charge(tmp_path):
    async with house(tmp_path) as (club, submit):
        clinic = await club.join("Clinic")
        assert await said(submit, arrival(club, clinic)) == [AckState.COMMITTED]
        case = await acknowledged(club)
        (again,) = await submit([arrival(club, clinic)])
        assert again == AckInfo(state=AckState.ASSIGNED, at_ms=case.lease.since_ms)


async def test_an_update_after_a_restart_is_answered_with_the_officer_who_has_charge(tmp_path):
    async with house(tmp_path) as (club, submit):
        clinic = await club.join("Clinic")
        await submit([arrival(club, clinic)])
        await acknowledged(club)
        update = arrival(club, clinic, PacketType.UPDATE, sequence=1)
        assert await said(submit, update) == [AckState.ASSIGNED]


async def test_a_new_call_in_a_case_that_has_an_officer_is_told_once_it_is_folded(tmp_path):
    async with house(tmp_path) as (club, submit):
        clinic = await club.join("Clinic")
        await submit([arrival(club, clinic)])
        await acknowledged(club)
        assert await said(submit, arrival(club, clinic, call=b"another!")) == [AckState.COMMITTED]
        await folded(club)
        assert await said(submit, arrival(club, clinic, call=b"another!")) == [AckState.ASSIGNED]


async def test_a_copy_of_a_call_that_was_looked_after_and_ended_does_not_say_that_nobody_saw_it(tmp_path):
    async with house(tmp_path) as (club, submit):
        clinic = await club.join("Clinic")
        await submit([arrival(club, clinic)])
        case = await acknowledged(club)
        await submit([arrival(club, clinic, PacketType.CANCEL, sequence=1)])
        await folded(club)
        await club.officer_says("closed", {"lessons": "None."}, case.id.hex())
        assert (await case_of(club)).lease is None
        assert await said(submit, arrival(club, clinic)) == [AckState.PERSON_READING]


async def test_a_test_and_a_heartbeat_are_heard_and_nothing_more(tmp_path):
    async with house(tmp_path) as (club, submit):
        clinic = await club.join("Clinic")
        sent = [arrival(club, clinic, kind, call=b"the way!") for kind in (PacketType.TEST, PacketType.HEARTBEAT)]
        assert await said(submit, *sent, *sent) == [AckState.HEARD] * 4


async def test_in_one_batch_each_packet_gets_its_own_answer_in_its_place(tmp_path):
    async with house(tmp_path) as (club, submit):
        clinic, school = await club.join("Clinic"), await club.join("School")
        await submit([arrival(club, school)])
        batch = [
            arrival(club, clinic),
            arrival(club, clinic, PacketType.HEARTBEAT),
            arrival(club, school, time_s=77),  # a sequence that was used for something else
            arrival(club, clinic, PacketType.UPDATE, sequence=1),
            arrival(club, school, PacketType.TEST, call=b"the way!"),
        ]
        outcomes = await submit(batch)
        told = [one.code if isinstance(one, EsosError) else one.state for one in outcomes]
        refused = "call.sequence_reused"
        assert told == [AckState.COMMITTED, AckState.HEARD, refused, AckState.COMMITTED, AckState.HEARD]


async def test_where_the_store_takes_nothing_a_heartbeat_in_the_same_batch_is_still_heard(tmp_path, monkeypatch):
    async with house(tmp_path) as (club, submit):
        clinic = await club.join("Clinic")

        async def full(batch, *, now_ms):
            raise Busy("storage.queue_full", "Too much is waiting.")

        monkeypatch.setattr(club.station.journal, "append", full)
        call, heart, test = await submit([
            arrival(club, clinic), arrival(club, clinic, PacketType.HEARTBEAT), arrival(club, clinic, PacketType.TEST),
        ])  # fmt: skip
        assert heart.state is AckState.HEARD
        assert (call.code, test.code) == ("storage.queue_full", "storage.queue_full")


async def test_a_relay_by_datagram_learns_that_an_officer_has_charge(tmp_path):
    async with house(tmp_path) as (club, submit):
        clinic, neighbour = await club.join("Clinic"), await club.join("Neighbour")
        await submit([arrival(club, neighbour, origin=Origin.RELAY, caller=clinic.kid)])
        case = await acknowledged(club)
        assert case.caller == clinic.kid.hex()
        door = Told()
        teller(club.station, door)(case)
        assert (neighbour.kid, CALL, AckState.ASSIGNED) in door.said
        assert (clinic.kid, CALL, AckState.ASSIGNED) in door.said


async def test_an_officer_who_opens_the_case_is_told_to_its_caller_and_a_page_that_refreshes_itself_is_not(tmp_path):
    async with house(tmp_path) as (club, submit):
        clinic, door = await club.join("Clinic"), Told()
        await submit([arrival(club, clinic)])
        await folded(club)
        club.station.seen.told = reader(club.station, door)
        path = f"/watch/{(await case_of(club)).id.hex()}"
        _, session = await club.station.tokens.sign_in(await club.station.tokens.link(club.officer))
        cookies = {SESSION_COOKIE: session}
        async with httpx.AsyncClient(transport=club.transport, base_url=HTTP, cookies=cookies) as page:
            assert (await page.get(path, headers={"esos-fresh": "1"})).status_code == 200
            assert (await page.get("/watch")).status_code == 200
            assert door.said == []
            assert (await page.get(path)).status_code == 200
        assert door.said == [(clinic.kid, CALL, AckState.PERSON_READING)]


async def test_an_auditor_who_opens_the_case_is_no_help_and_nothing_is_told(tmp_path):
    async with house(tmp_path) as (club, submit):
        clinic, door = await club.join("Clinic"), Told()
        await submit([arrival(club, clinic)])
        await folded(club)
        club.station.seen.told = reader(club.station, door)
        added = b.OfficerAdded(officer="officer:auditor", name="Auditor", roles=("auditor",))
        club.station.directory.officers[added.officer] = added
        _, session = await club.station.tokens.sign_in(await club.station.tokens.link(added.officer))
        cookies = {SESSION_COOKIE: session}
        async with httpx.AsyncClient(transport=club.transport, base_url=HTTP, cookies=cookies) as page:
            assert (await page.get(f"/watch/{(await case_of(club)).id.hex()}")).status_code == 200
        assert door.said == []


async def test_the_live_script_says_that_it_only_keeps_the_page_fresh():
    script = Path(esos.web.__file__).parent / "static" / "live.js"
    assert f'"{FRESH_HEADER}": "1"' in script.read_text()


def handed(voice, kind=PacketType.CALL, *, sequence=0, public=b"", **fields):
    """A call as the process of the strangers' door hands it over."""
    header = Header(type=kind, kid=voice.kid, call=CALL, sequence=sequence)
    packet = sign_packet(voice.seed, header, CallFields(**fields))
    return Handed(number=1, call=packet.compact(), public=public or voice.public)


STRANGER = Voice(seed=b"nobody here knows this very key.", realm=Realm.REAL)


async def test_a_strangers_call_is_kept_as_one_and_its_caller_hears_of_the_officer(tmp_path):
    async with house(tmp_path) as (club, _):
        take = take_for(club.station)
        assert (await take(handed(STRANGER))).state is AckState.COMMITTED
        case = await acknowledged(club)
        assert case.caller == f"stranger:{STRANGER.kid.hex()}"
        again = await take(handed(STRANGER))
        assert again == AckInfo(state=AckState.ASSIGNED, at_ms=case.lease.since_ms)
        door = Told()
        teller(club.station, door)(case)
        assert door.said == [(STRANGER.kid, CALL, AckState.ASSIGNED)]


async def test_an_update_of_a_stranger_is_answered_with_the_officer_who_has_charge(tmp_path):
    async with house(tmp_path) as (club, _):
        take = take_for(club.station)
        await take(handed(STRANGER))
        await acknowledged(club)
        assert (await take(handed(STRANGER, PacketType.UPDATE, sequence=1))).state is AckState.ASSIGNED


async def test_a_member_at_the_strangers_door_is_the_member_it_is_and_by_both_doors_its_call_is_one(tmp_path):
    async with house(tmp_path) as (club, submit):
        clinic = await club.join("Clinic")
        assert (await take_for(club.station)(handed(clinic))).state is AckState.COMMITTED
        await submit([arrival(club, clinic)])
        await folded(club)
        assert (await case_of(club)).caller == clinic.kid.hex()


@pytest.mark.parametrize(
    "forged",
    [
        handed(STRANGER, public=b"k" * 32),
        msgspec.structs.replace(handed(STRANGER), call=handed(STRANGER).call[:-1] + b"\x00"),
        msgspec.structs.replace(handed(STRANGER), call=b""),
        handed(Voice(seed=STRANGER.seed, realm=Realm.EXERCISE), PacketType.EXERCISE),
        handed(STRANGER, PacketType.HEARTBEAT),
    ],
)
async def test_what_the_process_of_the_strangers_door_claims_is_judged_anew(tmp_path, forged):
    async with house(tmp_path) as (club, _):
        with pytest.raises(EsosError):
            await take_for(club.station)(forged)
        assert await club.station.journal.cases() == []


async def test_strangers_by_datagram_share_the_budget_of_all_strangers(tmp_path):
    async with house(tmp_path) as (club, _):
        while club.station.intake.strangers._calls.take():
            pass
        with pytest.raises(Busy) as refusal:
            await take_for(club.station)(handed(STRANGER))
        assert refusal.value.code == "stranger.busy"
        clinic = await club.join("Clinic")
        assert (await take_for(club.station)(handed(clinic))).state is AckState.COMMITTED
