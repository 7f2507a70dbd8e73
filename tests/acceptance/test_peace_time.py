"""A beacon and its stations in peace time, each a process of its own, on real sockets."""

import json
import signal
import time

import httpx
import msgspec
import pytest
from cli_club import Club, Failed, kid_of

from esos.caller.keep import Beacon
from esos.caller.ports import KnownStation
from esos.carriers.station_door import HttpStationDoor, read_home
from esos.carriers.udp_heart import UdpHeart
from esos.message.packet_seal import derive_key, epoch_of
from esos.message.voice import Voice
from esos.vault.callbook import DiskCallBook
from esos.vault.chance import SystemClock, SystemDice
from esos.vault.home import Home
from esos.vault.keyfile import read_key

pytestmark = pytest.mark.timeout(300)
YEAR_MS = 365 * 86_400_000


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    """A running station."""
    club = Club(folder=tmp_path_factory.mktemp("peace")).found().start()
    yield club
    club.stop()


def pins_of(party):
    return json.loads((party.folder / "own.key.stations.json").read_text())


def lines_until(process, wanted, seconds=60):
    """What a running beacon says as JSON, up to the first line that is as wanted."""
    deadline, said = time.monotonic() + seconds, []
    while time.monotonic() < deadline:
        line = process.stdout.readline()
        if not line:
            break
        said.append(json.loads(line))
        if wanted(said[-1]):
            return said
    raise Failed(f"the beacon never said so: {said}\n{process.stderr.read() if process.poll() is not None else ''}")


def test_one_heartbeat_says_whether_it_is_heard_and_the_next_that_the_answer_arrived(club):
    clinic, officer = club.member("Example Clinic"), club.officer("Officer One", "officer")
    first = clinic.does("beacon", "run", "--once")
    (row,) = first["stations"]
    assert (row["hears_you"], row["way"]) == (True, "udp")
    assert row["rtt_ms"] >= 1
    assert first["warnings"][0].startswith("Only one station is on your home list.")
    assert not beacon_of(club, officer, clinic)["hears_us"]
    clinic.does("beacon", "run", "--once")
    seen = beacon_of(club, officer, clinic)
    assert (seen["hears_us"], seen["is_silent"], seen["name"]) == (True, False, "Example Clinic")
    assert clinic.does("beacon", "show")["stations"][0]["hears_you"]


def beacon_of(club, officer, party):
    headers = {"Authorization": f"Bearer {officer.environment['ESOS_TOKEN']}"}
    answer = httpx.get(f"{officer.environment['ESOS_URL']}/api/v1/beacons", headers=headers, timeout=20)
    assert answer.status_code == 200, answer.text
    return next(row for row in answer.json()["beacons"] if row["member"] == kid_of(party))


def test_when_a_beacon_was_heard_is_nothing_for_other_members(club):
    curious = club.member("Example Curious")
    token = club.owner.does("member", "token", kid_of(curious), "--home", "home")["secret"]
    answer = httpx.get(
        f"http://127.0.0.1:{club.port}/api/v1/beacons", headers={"Authorization": f"Bearer {token}"}, timeout=20
    )
    assert answer.status_code == 403


def test_a_beacon_that_runs_says_that_it_is_heard_and_ends_in_order(club):
    party = club.member("Example Harbour")
    beacon = party.start("beacon", "run", "--every", "15", "--json")
    try:
        said = lines_until(beacon, lambda line: line.get("hears_you"))
        assert "warning" in said[0]
        beacon.send_signal(signal.SIGTERM)
        assert beacon.wait(20) == 0
    finally:
        beacon.kill()
        beacon.communicate()


def test_a_key_from_an_old_backup_is_heard_and_renewed(club):
    party = club.member("Example Archive")
    party.does("beacon", "run", "--once")
    epoch, pins = epoch_of(SystemClock().now_ms()), pins_of(party)
    (kid,) = pins
    master = Home(club.folder / "home").identity().master
    old = derive_key(master, bytes.fromhex(kid_of(party)), epoch - 7)
    pinned = msgspec.json.decode(msgspec.json.encode(pins[kid]), type=KnownStation)
    stale = msgspec.structs.replace(pinned, sealing_key=old, sealing_epoch=epoch - 7)
    (party.folder / "own.key.stations.json").write_bytes(msgspec.json.encode({kid: stale}))
    assert party.does("beacon", "run", "--once")["stations"][0]["hears_you"]
    assert pins_of(party)[kid]["sealing_epoch"] == epoch
    called = party.does("call", "--nature", "flooding", "--until", "arrived", "--arm", "0")
    assert called["state"] == "arrived"


@pytest.mark.anyio
@pytest.mark.parametrize("by_ms", [-YEAR_MS, YEAR_MS])
async def test_a_clock_that_is_wrong_by_a_year_registers_renews_and_is_heard(club, by_ms):
    party = club.member(f"Example Wrong Clock {by_ms}")
    key = read_key(party.folder / "own.key")
    home, origin = read_home(club.card.read_bytes())
    voice = Voice(seed=key.seed, realm=key.realm)

    class Wrong:
        def now_ms(self):
            return SystemClock().now_ms() + by_ms

    def elapsed_ms():
        return time.monotonic_ns() // 1_000_000

    async with UdpHeart(elapsed_ms=elapsed_ms).open() as heart:
        beacon = Beacon(
            voice=voice,
            clock=Wrong(),
            dice=SystemDice(),
            book=DiskCallBook(party.folder / "own.key"),
            heart=heart,
            jitter=lambda: 0.0,
            elapsed_ms=elapsed_ms,
        )
        door = HttpStationDoor(home, voice=voice, now_ms=Wrong().now_ms)
        (seen,) = await beacon.once([KnownStation(home=home, origin=origin)], [door])
    assert (seen.hears_you, seen.key_epoch) == (True, epoch_of(SystemClock().now_ms()))


@pytest.mark.nightly  # three stations are slow to start
def test_three_stations_named_in_an_order_are_the_home_list_of_every_call(club, tmp_path):
    others = []
    for name in ("Second Watch", "Third Watch"):
        folder = tmp_path / name.replace(" ", "-")
        folder.mkdir()
        others.append(Club(folder=folder).found(name=name).start())
    try:
        party = club.member("Example Foundry")
        for other in others:
            other.owner.run("member", "add", party.folder / "own.card", "--home", "home")
        order = [others[1], club, others[0]]
        named = [part for one in order for part in ("--station", one.card)]
        seen = party.does("beacon", "run", "--once", *named)
        assert [row["station"] for row in seen["stations"]] == ["Third Watch", "Example Watch", "Second Watch"]
        assert all(row["hears_you"] for row in seen["stations"])
        assert seen["warnings"] == []
        assert list(pins_of(party)) == [row["kid"] for row in seen["stations"]]
        others[0].stop()
        missed = party.run("beacon", "run", "--once", *named, expect=4)
        assert missed.refusal["code"] == "beacon.unheard"
        assert [row["hears_you"] for row in missed.json["stations"]] == [True, True, False]
        assert "ring the station" in missed.json["stations"][2]["do"]
    finally:
        for other in others:
            other.stop()


def test_practice_is_refused_at_a_real_station_before_a_heartbeat_leaves(club):
    learner = club.member("Example Learners", exercise=True, register=False)
    assert learner.run("beacon", "run", "--once", expect=3).refusal["code"] == "key.realm"


def test_instructions_are_lodged_with_every_station_and_taken_back(club):
    party = club.member("Example Quay")
    lodged = party.does("beacon", "lodge", "--if-silent", "30", "--words", "Ring the port office first")
    assert [one["has_it"] for one in lodged["stations"]] == [True]
    assert party.does("beacon", "lodge", "--withdraw")["stations"][0]["has_it"]
    assert party.run("beacon", "lodge", expect=2).refusal["code"] == "beacon.what"
    stranger = club.member("Example Nobody", register=False)
    assert stranger.run("beacon", "lodge", "--if-silent", "30", expect=4).refusal["code"] == "beacon.not_lodged"
