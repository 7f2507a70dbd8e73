"""A beacon falls silent at a station that really runs: it is suspected, told, taken for no call, and provable."""

import time

import pytest
from live import bearer, founded

from esos.audit.case import verify_case_file
from esos.caller.keep import Beacon
from esos.caller.lodge import lodge_instructions
from esos.caller.ports import KnownStation
from esos.carriers.station_door import HttpStationDoor, read_home
from esos.carriers.udp_heart import UdpHeart
from esos.message.voice import Voice
from esos.vault.callbook import DiskCallBook
from esos.vault.chance import SystemClock, SystemDice
from esos.words.realm import Realm

pytestmark = [pytest.mark.timeout(300), pytest.mark.anyio]
SPEED = 60
"""Five minutes of silence are five seconds here."""


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    live = founded(tmp_path_factory.mktemp("silent") / "home", members=2, speed=SPEED, realm=Realm.EXERCISE)
    live.start()
    yield live
    live.kill()


def elapsed_ms():
    return time.monotonic_ns() // 1_000_000


def wait_for(look, seconds=90):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come about in time")


class Owner:
    """The member whose beacon it is."""

    def __init__(self, live, folder):
        self.member = live.members[0]
        with live.client() as client:
            home, origin = read_home(client.get("/api/v1/station").content)
        self.known = KnownStation(home=home, origin=origin)
        self.voice = Voice(seed=self.member.key.seed, realm=self.member.key.realm)
        self.door = HttpStationDoor(home, voice=self.voice, now_ms=SystemClock().now_ms)
        self.book = DiskCallBook(folder / "own.key")

    async def beats(self):
        async with UdpHeart(elapsed_ms=elapsed_ms).open() as heart:
            beacon = Beacon(
                voice=self.voice,
                clock=SystemClock(),
                dice=SystemDice(),
                book=self.book,
                heart=heart,
                jitter=lambda: 0.0,
                elapsed_ms=elapsed_ms,
            )
            pinned = self.book.station(self.known.home.kid) or self.known
            (seen,) = await beacon.once([pinned], [self.door])
            assert seen.hears_you, seen

    async def lodges(self):
        (told,) = await lodge_instructions(
            self.voice, [self.door], 5, "pan-pan", "Ring the port office first.", now_ms=SystemClock().now_ms()
        )
        assert told.has_it, told


async def test_a_lodged_silence_is_suspected_and_its_end_told_and_both_can_be_verified(live, tmp_path):
    owner = Owner(live, tmp_path)
    await owner.lodges()
    await owner.beats()
    officer = bearer(live.officers[0].token)
    with live.client() as client:

        def ask(path):
            answer = client.get(f"/api/v1{path}", headers=officer)
            assert answer.status_code == 200, answer.text
            return answer

        def mine():
            rows = ask("/cases").json()["cases"]
            return next((row["case"] for row in rows if row["caller"] == owner.member.id), "")

        case = wait_for(mine)
        view = ask(f"/cases/{case}").json()
        assert (view["concern"], view["requests"]) == ("suspected", [])
        assert "fell silent" in view["concern_words"]
        await owner.beats()
        history = wait_for(lambda: said_of(ask, case, "contact_returned"))
        assert "suspected" in history
        member = ask(f"/members/{owner.member.id}").json()
        assert member["suspected_after_minutes"] == 5
        assert member["beacons"][0]["heard_ms"]
        raw = ask(f"/cases/{case}/export").content
    report = verify_case_file(raw, pinned_public=live.identity.public, origin=live.identity.origin)
    assert report.accepted, report.lines()


def said_of(ask, case, wanted):
    kinds = [one["kind"] for one in ask(f"/cases/{case}/statements").json()["statements"]]
    return kinds if wanted in kinds else None
