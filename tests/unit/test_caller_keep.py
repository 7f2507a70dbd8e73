"""A beacon and a real station's door over real datagrams: keys, epochs, clocks and silence."""

import asyncio
import itertools
import time
from contextlib import asynccontextmanager

import msgspec
import pytest
from doubles.memory_callbook import MemoryCallBook
from doubles.small_club import small_club

from esos.beacon.pulse import Pulse
from esos.caller.keep import HTTPS_AGAIN_MS, Beacon
from esos.caller.make import make_heartbeat
from esos.carriers.address import UdpAddress, write_address
from esos.carriers.udp_door import UdpDoor
from esos.carriers.udp_heart import UdpHeart
from esos.carriers.udp_intake import station_keys, submit_to
from esos.errors import Busy, NotDelivered
from esos.message.packet import seal_packet
from esos.message.packet_payload import home_digest_of
from esos.message.packet_seal import Sealer, derive_key, epoch_of
from esos.station.heartbeats import EXCHANGE_MS, SILENT_MS, Heartbeat, Heartbeats
from esos.vault.chance import SystemClock, SystemDice
from esos.vault.keyfile import new_key
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio
COPIES_MS = (0, 6_000)
"""On loopback nothing is lost, so that a second copy would only blur the round trip of a slow machine."""
NAMES = (f"Clinic {number}" for number in itertools.count())


class Shifted:
    """A clock that is wrong by so much."""

    def __init__(self, by_ms=0):
        self.by_ms = by_ms

    def now_ms(self):
        return SystemClock().now_ms() + self.by_ms


class Stopwatch:
    """Real time, and whatever a test adds to it."""

    def __init__(self):
        self.added_ms = 0

    def __call__(self):
        return time.monotonic_ns() // 1_000_000 + self.added_ms


class Closed:
    """A station whose HTTPS does not answer."""

    def __init__(self, door):
        self._door = door
        self.asked = 0

    @property
    def home(self):
        return self._door.home

    async def sealing_key(self):
        self.asked += 1
        raise NotDelivered("station.unreachable", "It did not answer.")

    async def submit(self, cose):
        raise NotDelivered("station.unreachable", "It did not answer.")


class Street:
    """A station with a datagram door, one member, and what its beacon needs."""

    def __init__(self, club, udp, voice, heart):
        self.club, self.udp, self.voice, self.heart = club, udp, voice, heart
        self.book, self.stopwatch = MemoryCallBook(), Stopwatch()

    @property
    def station(self):
        return self.club.station

    def known(self, **changes):
        bare = self.club.known
        home = msgspec.structs.replace(bare.home, udp=(self.udp,))
        return msgspec.structs.replace(bare, home=home, **changes)

    def door(self, *, clock=None):
        return self.club.door(self.voice, now_ms=(clock or Shifted()).now_ms)

    def beacon(self, *, clock=None, book=None):
        return Beacon(
            voice=self.voice,
            clock=clock or Shifted(),
            dice=SystemDice(),
            book=book or self.book,
            heart=self.heart,
            jitter=lambda: 0.0,
            elapsed_ms=self.stopwatch,
        )

    async def once(self, known=None, *, clock=None, door=None):
        beacon = self.beacon(clock=clock)
        (seen,) = await beacon.once([known or self.known()], [door or self.door(clock=clock)])
        return seen

    def key_of(self, epochs_ago):
        epoch = epoch_of(SystemClock().now_ms()) - epochs_ago
        return {
            "sealing_key": derive_key(self.station.identity.master, self.voice.kid, epoch),
            "sealing_epoch": epoch,
        }


@asynccontextmanager
async def street(folder, *, realm=Realm.REAL):
    async with small_club(folder, realm=realm) as club:
        keys = station_keys(club.station)
        door = UdpDoor(
            station=club.station.identity.kid,
            key_for=keys.current,
            older_key_for=keys.older,
            submit=submit_to(club.station),
            clock=club.station.clock.now_ms,
            jitter=lambda: 0.0,
        )
        heart = UdpHeart(elapsed_ms=Stopwatch(), copy_times_ms=COPIES_MS)
        async with door.listening(UdpAddress("127.0.0.1", 0)) as address, heart.open():
            yield Street(club, write_address(address), await club.join(next(NAMES)), heart)


@pytest.fixture(scope="module")
async def town(tmp_path_factory):
    async with street(tmp_path_factory.mktemp("town")) as one:
        yield one


@pytest.fixture
async def here(town):
    """The same station, and a member of one's own."""
    return Street(town.club, town.udp, await town.club.join(next(NAMES)), town.heart)


async def test_a_beacon_without_a_key_registers_and_is_heard_both_ways(here):
    first = await here.once()
    assert (first.hears_you, first.way) == (True, "udp")
    assert not here.station.heartbeats.last([here.voice.kid]).hears_us
    await here.once(here.book.station(here.club.known.home.kid))
    heard = here.station.heartbeats.last([here.voice.kid])
    assert heard.hears_us
    assert heard.home_list == home_digest_of((here.club.known.home.kid,))


async def test_the_round_trip_is_kept_beside_the_book_and_given_to_calls(here):
    seen = await here.once()
    pulse = here.book.pulse(here.club.known.home.kid)
    assert seen.rtt_ms == pulse.rtt_ms
    assert pulse.rtt_ms >= 1


async def test_the_home_list_is_stated_once_and_known_at_the_station(here):
    await here.once()
    await here.station.directory.refresh(here.station.journal)
    assert here.station.directory.homes[here.voice.kid.hex()] == (here.club.known.home.kid,)
    version = await here.station.journal.head()
    await here.once(here.book.station(here.club.known.home.kid))
    assert await here.station.journal.head() == version


@pytest.mark.parametrize("epochs_ago", [1, 2, 12])
async def test_an_old_backup_is_heard_and_its_key_renewed_by_the_stations_clock(here, epochs_ago):
    seen = await here.once(here.known(**here.key_of(epochs_ago)))
    assert seen.hears_you
    assert here.book.station(here.club.known.home.kid).sealing_epoch == epoch_of(SystemClock().now_ms())


async def test_an_old_backup_is_heard_while_https_does_not_answer(here):
    closed = Closed(here.door())
    seen = await here.once(here.known(**here.key_of(5)), door=closed)
    assert (seen.hears_you, seen.key_epoch) == (True, epoch_of(SystemClock().now_ms()) - 5)
    assert closed.asked == 1


@pytest.mark.parametrize("by_ms", [-365 * 86_400_000, 365 * 86_400_000])
async def test_a_clock_that_is_wrong_by_a_year_keeps_nobody_from_being_heard(here, by_ms):
    clock = Shifted(by_ms)
    seen = await here.once(here.known(**here.key_of(0)), clock=clock)
    assert seen.hears_you
    assert "Its clock is wrong" in here.station.heartbeats.view(here.voice.kid).sentence
    assert (await here.once(here.known(**here.key_of(1)), clock=clock)).hears_you


async def test_a_key_of_a_station_that_was_rebuilt_is_renewed_where_heartbeats_fall_silent(here, monkeypatch):
    monkeypatch.setattr("esos.carriers.udp_heart.ANSWER_WAIT_MS", 3_000)
    wrong = here.known(sealing_key=b"\x01" * 32, sealing_epoch=epoch_of(SystemClock().now_ms()))
    assert (await here.once(wrong)).hears_you


async def test_a_station_that_is_gone_is_said_to_be_and_https_is_not_asked_at_every_beat(here, monkeypatch):
    monkeypatch.setattr("esos.carriers.udp_heart.ANSWER_WAIT_MS", 300)
    here.udp = "127.0.0.1:9"
    closed = Closed(here.door())
    beacon = here.beacon()
    line = beacon._lines([here.known(**here.key_of(0))], [closed])[0]
    told = [await line.beat() for _ in range(3)]
    assert [one.hears_you for one in told] == [False, False, False]
    assert closed.asked == 1
    assert "ring the station" in told[-1].do
    here.stopwatch.added_ms = HTTPS_AGAIN_MS
    await line.beat()
    assert closed.asked == 2


async def test_what_stands_in_the_way_of_datagrams_is_said_where_https_answers(here, monkeypatch):
    monkeypatch.setattr("esos.carriers.udp_heart.ANSWER_WAIT_MS", 300)
    here.udp = "127.0.0.1:9"
    seen = await here.once(here.known(**here.key_of(0)))
    assert not seen.hears_you
    assert "Let datagrams to 127.0.0.1:9 through" in seen.do


async def test_a_full_disk_stops_no_heartbeat(here):
    here.book.is_full = True
    seen = await here.once(here.known(**here.key_of(0)))
    assert seen.hears_you
    assert here.station.heartbeats.last([here.voice.kid]) is not None


async def test_a_run_of_heartbeats_never_uses_one_number_for_two(here):
    line = here.beacon()._lines([here.known()], [])[0]
    headers = [line._next_packet().header for _ in range(600)]
    assert len({(one.call, one.sequence) for one in headers}) == 600
    assert len({one.call for one in headers}) == 3


async def test_a_beacon_that_runs_tells_what_changed_and_nothing_else(here, monkeypatch):
    monkeypatch.setattr("esos.caller.keep.next_beat_ms", lambda every_ms, jitter: 20)
    told, enough = [], asyncio.Event()

    def tell(seen):
        told.append(seen)
        enough.set()

    running = asyncio.create_task(here.beacon().run([here.known()], [here.door()], every_ms=30_000, tell=tell))
    await asyncio.wait_for(enough.wait(), 20)
    async with asyncio.timeout(20):
        while not here.station.heartbeats.last([here.voice.kid]).hears_us:
            await asyncio.sleep(0.01)
    running.cancel()
    assert [one.hears_you for one in told] == [True]


async def test_a_heartbeat_opens_no_case_and_leaves_nothing_in_the_journal(here):
    await here.once()
    head = await here.station.journal.head()
    await here.once(here.book.station(here.club.known.home.kid))
    assert await here.station.journal.head() == head
    assert await here.station.journal.cases() == []


@pytest.mark.parametrize("realm", [Realm.REAL, Realm.EXERCISE])
async def test_a_beacon_is_never_heard_in_the_other_realm(tmp_path, realm):
    """Also where its key was entered there by mistake: the type that is signed decides."""
    async with street(tmp_path, realm=realm) as here:
        other = Realm.EXERCISE if realm is Realm.REAL else Realm.REAL
        stray = new_key(other)
        entry = here.station.directory.keys[here.voice.kid]
        here.station.directory.keys[stray.kid] = entry._replace(public=stray.public, realm=other)
        packet = make_heartbeat(
            seed=stray.seed, realm=other, call=b"callcall", sequence=0, homes=(), hears_you=False, now_ms=0
        )
        key = derive_key(here.station.identity.master, stray.kid, epoch_of(SystemClock().now_ms()))
        assert seal_packet(packet, Sealer(key))
        known = here.known(sealing_key=key)
        waited = asyncio.create_task(here.heart.beat(packet, known))
        done, _ = await asyncio.wait({waited}, timeout=1)
        waited.cancel()
        assert not done
        assert here.station.heartbeats.last([stray.kid]) is None


# -------------------------------------------------------------------------------------- at the station
async def test_what_was_heard_is_kept_about_once_a_minute_and_known_after_a_restart(here):
    clock = Shifted()
    heartbeats, heard = Heartbeats(here.station.journal, clock), Heartbeat(at_ms=clock.now_ms())
    await heartbeats.exchange()
    heartbeats.note(here.voice.kid, heard)
    await heartbeats.exchange()
    assert await after_a_restart(here) is None
    clock.by_ms += EXCHANGE_MS + 1_000
    await heartbeats.exchange()
    assert await after_a_restart(here) == heard


async def after_a_restart(here):
    again = Heartbeats(here.station.journal, SystemClock())
    await again.exchange()
    return again.last([here.voice.kid])


async def test_two_processes_learn_of_each_others_beacons(here):
    clock = Shifted()
    one, two = (Heartbeats(here.station.journal, clock) for _ in range(2))
    one.note(b"kid-one!", Heartbeat(at_ms=clock.now_ms()))
    two.note(b"kid-two!", Heartbeat(at_ms=clock.now_ms()))
    for _ in range(2):
        await one.exchange()
        await two.exchange()
        clock.by_ms += EXCHANGE_MS + 1_000
    for process in (one, two):
        assert process.last([b"kid-one!"])
        assert process.last([b"kid-two!"])


async def test_a_beacon_that_stopped_is_shown_as_silent_and_no_call_is_made_of_it(here):
    now_ms = SystemClock().now_ms()
    here.station.heartbeats.note(here.voice.kid, Heartbeat(at_ms=now_ms - SILENT_MS))
    view = here.station.heartbeats.view(here.voice.kid)
    assert view.is_silent
    assert here.station.heartbeats.counts([here.voice.kid]) == (0, 1)
    await here.station.fold_all()
    assert await here.station.journal.cases() == []


async def test_a_store_that_is_busy_leaves_what_was_heard_in_memory(here, monkeypatch):
    async def busy(name):
        raise Busy("storage.locked", "Not now.")

    heartbeats = Heartbeats(here.station.journal, SystemClock())
    heartbeats.note(here.voice.kid, Heartbeat(at_ms=1))
    monkeypatch.setattr(here.station.journal, "fact", busy)
    with pytest.raises(Busy):
        await heartbeats.exchange()
    assert heartbeats.last([here.voice.kid])


def test_a_pulse_that_was_never_kept_is_a_fresh_one():
    assert MemoryCallBook().pulse(b"unknown!") == Pulse()


async def test_the_doctor_and_the_figures_tell_of_beacons(here):
    from esos.cli.doctor_station import beacons

    now_ms = SystemClock().now_ms()
    here.station.heartbeats.note(here.voice.kid, Heartbeat(at_ms=now_ms - SILENT_MS))
    said = [finding.sentence async for finding in beacons(here.station, None, now_ms)]
    assert "not heard since" in said[0]
    here.station.heartbeats.note(here.voice.kid, Heartbeat(at_ms=now_ms))
    assert here.station.heartbeats.counts([here.voice.kid]) == (1, 0)
