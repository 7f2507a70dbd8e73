"""When there is too much: whose words still go in, who is told to come again, and in which words."""

import asyncio
import re
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from esos.message import bodies as b
from esos.message.packet_keys import StationKeys
from esos.service import serving_in_process
from esos.web.admission import (
    PLACES,
    REFUSED_FROM,
    RETRY_SECONDS,
    Places,
    Pressure,
    Work,
    declared_bytes,
    short_of,
    work_of,
)
from esos.web.app import create_app
from esos.web.card import StationCard
from esos.web.gate import Room
from esos.web.pressure import Gauges, LoopWatch

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded

pytestmark = pytest.mark.anyio

FIRST_TO_LAST = [Work.WORDS, Work.DESK, Work.PAGES, Work.UPLOADS, Work.REST]
KINDS = [
    ("POST", "/", False, Work.WORDS),
    ("POST", "/api/v1/calls", False, Work.WORDS),
    ("POST", "/api/v1/calls/", False, Work.WORDS),
    ("POST", "/api/v1/statements", False, Work.WORDS),
    ("POST", "/api/v1/packets", False, Work.WORDS),
    ("POST", "/api/v1/beacon", False, Work.WORDS),
    ("POST", "/api/v1/cases/11/statements", True, Work.WORDS),
    ("POST", "/api/v1/requests/11/statements", True, Work.WORDS),
    ("POST", "/inbox/11/accepted", True, Work.WORDS),
    ("POST", "/c/secret/cancel", False, Work.WORDS),
    ("POST", "/a/secret/acknowledged", False, Work.WORDS),
    ("POST", "/r/secret/accepted", False, Work.WORDS),
    ("POST", "/watch/11/acknowledged", True, Work.WORDS),
    ("POST", "/v2/enqueue", False, Work.WORDS),
    ("DELETE", "/api/v1/officers/11", True, Work.DESK),
    ("POST", "/api/v1/pacts", True, Work.DESK),
    ("POST", "/api/v1/pacts", False, Work.PAGES),
    ("POST", "/enter/secret", False, Work.DESK),
    ("POST", "/nothing", False, Work.PAGES),
    ("POST", "/watch/11/acknowledged", False, Work.PAGES),
    ("POST", "/api/v1/cases/11/statements", False, Work.PAGES),
    ("DELETE", "/static/esos.css", False, Work.PAGES),
    ("DELETE", "/api/v1/calls", False, Work.PAGES),
    ("FOO", "/watch", False, Work.PAGES),
    ("FOO", "/c/secret", False, Work.PAGES),
    ("GET", "/c/secret", False, Work.WORDS),
    ("GET", "/a/secret", False, Work.WORDS),
    ("GET", "/r/secret", False, Work.WORDS),
    ("GET", "/api/v1/station", False, Work.WORDS),
    ("GET", "/watch", True, Work.DESK),
    ("GET", "/api/v1/cases/11", True, Work.DESK),
    ("GET", "/api/v1/events", True, Work.DESK),
    ("GET", "/watch", False, Work.PAGES),
    ("GET", "/", False, Work.PAGES),
    ("GET", "/anything", False, Work.PAGES),
    ("GET", "/log", True, Work.REST),
    ("GET", "/log/tile/0/000", False, Work.REST),
    ("GET", "/log/export", True, Work.REST),
    ("GET", "/api/v1/cases", True, Work.REST),
    ("GET", "/api/v1/cases/11/export", True, Work.REST),
    ("GET", "/api/v1/receipts/11", False, Work.REST),
    ("GET", "/api/v1/members", True, Work.REST),
    ("POST", "/drill/one/floor", False, Work.REST),
    ("PUT", "/api/v1/drills/one", True, Work.REST),
    ("GET", "/healthz", False, Work.HEALTH),
    ("GET", "/metrics", False, Work.HEALTH),
]


@pytest.mark.parametrize(("method", "path", "known", "work"), KINDS)
def test_every_request_is_of_one_kind_of_work(method, path, known, work):
    assert work_of(method, path, is_known=known) is work


TALKS = ["/watch/11/talk", "/c/secret/talk", "/a/secret/talk", "/r/secret/talk", "/c/secret/talk/", "/c//secret//talk"]


@pytest.mark.parametrize("path", TALKS)
@pytest.mark.parametrize("known", [False, True])
def test_a_message_with_a_file_has_no_place_among_words_and_one_without_has(path, known):
    works = {
        size: work_of("POST", path, is_known=known, body_bytes=size) for size in (19_000_000, 65_537, None, 65_536)
    }
    assert [works[size] for size in (19_000_000, 65_537, None)] == [Work.UPLOADS] * 3
    assert works[65_536] is (Work.WORDS if known or not path.startswith("/watch") else Work.PAGES)


def test_a_file_handed_in_by_a_program_has_the_same_few_places():
    path = "/api/v1/cases/11/files"
    assert work_of("POST", path, is_known=True, body_bytes=5_000_000) is Work.UPLOADS
    assert work_of("GET", f"{path}/22", is_known=True, body_bytes=None) is Work.DESK
    assert work_of("POST", "/c/secret/cancel", is_known=False, body_bytes=None) is Work.WORDS


@pytest.mark.parametrize(
    ("headers", "size"),
    [
        ({"content-length": "12"}, 12),
        ({}, None),
        ({"content-length": "-1"}, None),
        ({"content-length": "²"}, None),
        ({"content-length": "12", "transfer-encoding": "chunked"}, None),
    ],
)
def test_a_length_is_what_was_declared_and_nothing_else(headers, size):
    assert declared_bytes(headers) == size


WORDS_POSTED = {
    "/", "/c/{token}/{kind}", "/a/{token}/{kind}", "/r/{token}/{kind}", "/watch/{case}/{kind}",
    "/inbox/{request_id}/{kind}", "/api/v1/calls", "/api/v1/statements", "/api/v1/packets", "/api/v1/beacon",
    "/v2/enqueue", "/api/v1/cases/{case_id}/statements", "/api/v1/requests/{request_id}/statements",
    "/take/{draft}", "/take/{draft}/keep", "/take/{draft}/call", "/api/v1/drafts/{draft}",
    "/api/v1/drafts/{draft}/call", "/api/v1/texts", "/api/v1/rings",
    "/a/{token}/talk", "/c/{token}/talk", "/r/{token}/talk", "/watch/{case}/talk",
}  # fmt: skip


async def test_of_all_that_can_be_changed_calls_and_acts_alone_are_words(live):
    async with serving_in_process(live.home, live.settings) as (app, _):
        changing = [
            (method, re.sub(r":\w+}", "}", route.path))
            for route in app.routes
            for method in sorted(route.methods - {"GET", "HEAD", "OPTIONS"})
        ]
    found = {path for method, path in changing if work_of(method, path, is_known=True) is Work.WORDS}
    assert found == WORDS_POSTED
    assert len(changing) > len(WORDS_POSTED)


@pytest.mark.parametrize("measure", REFUSED_FROM)
def test_whatever_runs_short_the_rest_is_refused_first_and_words_never(measure):
    for value in range(0, 5_000, 10):
        admitted = [not short_of(work, Pressure(**{measure: value})) for work in FIRST_TO_LAST]
        assert admitted == sorted(admitted, reverse=True)
        assert admitted[0]
        assert not short_of(Work.HEALTH, Pressure(**{measure: value}))
    assert admitted == [True, False, False, False, False]
    assert not any(short_of(work, Pressure()) for work in Work)


def test_who_goes_first_has_most_places_and_is_asked_to_come_again_soonest():
    assert [PLACES[work].at_once for work in FIRST_TO_LAST] == sorted(
        (PLACES[work].at_once for work in FIRST_TO_LAST), reverse=True
    )
    assert [RETRY_SECONDS[work] for work in FIRST_TO_LAST] == sorted(RETRY_SECONDS[work] for work in FIRST_TO_LAST)


def test_the_page_about_too_much_says_what_the_tables_say():
    page = (Path(__file__).parent.parent.parent / "docs" / "explanation" / "when-too-much-comes.md").read_text("utf-8")
    rows = {cells[1]: cells for line in page.splitlines() if len(cells := [one.strip() for one in line.split("|")]) > 5}
    for work, places in PLACES.items():
        at_once, waits = f"{places.at_once:,}", f"{places.waiting:,} for {places.wait_ms // 1_000} s"
        assert rows[work.value][3:5] == [at_once, waits]
    named = {
        "loop_late_ms": "lateness of the event loop, at three looks in a row",
        "writer_percent": "the queue of the store's writer",
        "reader_percent": "the queue of its readers",
        "connection_percent": "connections that are being served",
    }
    for measure, step in REFUSED_FROM.items():
        said = [
            int(re.match(r"[0-9]+", cell)[0]) * (1_000 if cell.endswith(" s") else 1)
            for cell in rows[named[measure]][2:5]
        ]
        assert said == [step.rest, step.pages, step.desk]
    assert f"({RETRY_SECONDS[Work.DESK]} s for the desk, {RETRY_SECONDS[Work.PAGES]} s for pages" in page


# ------------------------------------------------------------------------------------------------------- places
async def test_a_room_lets_in_as_many_as_there_are_places_then_waits_in_turn_then_refuses():
    room = Room(Places(at_once=1, waiting=2, wait_ms=60_000))
    assert await room.enter()
    first, second = (asyncio.create_task(room.enter()) for _ in range(2))
    await asyncio.sleep(0)
    assert (room.taken, room.waiting) == (1, 2)
    assert not await room.enter()
    room.leave()
    assert await first
    assert not second.done()
    room.leave()
    assert await second
    room.leave()
    assert (room.taken, room.waiting) == (0, 0)


async def test_whoever_waits_too_long_or_goes_away_leaves_no_place_taken():
    room = Room(Places(at_once=1, waiting=9, wait_ms=20))
    assert await room.enter()
    assert not await room.enter()
    gone = asyncio.create_task(room.enter())
    await asyncio.sleep(0)
    gone.cancel()
    late = asyncio.create_task(room.enter())
    await asyncio.sleep(0)
    room.leave()
    late.cancel()  # in the very moment in which its turn came
    await asyncio.gather(gone, late, return_exceptions=True)
    assert (room.taken, room.waiting) == (0, 0)


def hold_up(seconds: float) -> None:
    """Let nobody else have a turn for so long."""
    held_until = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < held_until:
        pass


async def test_the_loop_watch_sees_that_the_event_loop_is_held_up_again_and_again():
    loop = LoopWatch()
    looking = asyncio.create_task(loop.watch())
    async with asyncio.timeout(60):
        while loop.late_ms < 100:
            await asyncio.sleep(0.01)
            hold_up(0.4)
        while loop.late_ms > 0.9 * 400:
            await asyncio.sleep(0.05)
    looking.cancel()


async def test_one_long_turn_is_no_shortage_of_time():
    loop = LoopWatch()
    seen: list[float] = []
    looking = asyncio.create_task(loop.watch())
    await asyncio.sleep(0.01)
    hold_up(1.0)
    async with asyncio.timeout(60):
        while loop._last[-1] < 500 and len(seen) < 3:
            await asyncio.sleep(0.02)
            seen.append(loop.late_ms)
    looking.cancel()
    assert loop.late_ms < 500


# --------------------------------------------------------------------------------------- the application behind it
@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("admission") / "home", members=1)


@asynccontextmanager
async def under(live, **late):
    """The station's application while its event loop is so late."""
    async with serving_in_process(live.home, live.settings) as (_, station):
        loop = LoopWatch()
        loop.late_ms = late["late_ms"]
        keys = StationKeys(station.identity.master, registered=lambda _: None, epoch=lambda: 0)
        app = create_app(station, card=lambda: StationCard.of(station, http="http://x"), keys=keys, loop=loop)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x", timeout=20) as client:
            yield client


HTML = {"Accept": "text/html"}


async def test_a_person_who_cannot_have_a_page_is_told_so_and_calls_from_where_they_are(live):
    async with under(live, late_ms=10_000) as client:
        refused = await client.get("/", headers=HTML)
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == str(RETRY_SECONDS[Work.PAGES])
        assert refused.headers["content-type"].startswith("text/html")
        assert "frame-ancestors 'none'" in refused.headers["content-security-policy"]
        assert "calls for help go first" in refused.text
        assert "DRILL" in refused.text
        sent = await client.post("/", data={"urgency": "mayday", "name": "Example Clinic", "confirmed": "1"})
        assert sent.status_code == 303, sent.text
        arrived = await client.get(sent.headers["location"], headers=HTML)
        assert arrived.status_code == 200
        assert "Arrived" in arrived.text


async def test_a_caller_whose_word_finds_no_place_is_told_that_nothing_was_kept_and_never_that_calls_are_taken(
    live, monkeypatch
):
    monkeypatch.setitem(PLACES, Work.WORDS, Places(at_once=0, waiting=0, wait_ms=1))
    async with under(live, late_ms=0) as client:
        program = await client.post("/api/v1/calls", json={"caller_name": "Example Clinic"})
        person = await client.post("/", data={"confirmed": "1"}, headers=HTML)
    assert (program.status_code, person.status_code) == (503, 503)
    assert program.json()["code"] == "overload.refused"
    assert "nothing of this was kept" in program.json()["detail"]
    assert "What you sent just now was not taken" in person.text
    assert program.headers["retry-after"] == person.headers["retry-after"] == str(RETRY_SECONDS[Work.WORDS])
    for words in ("go first", "is still taken", "taken at once", "Calls do not"):
        assert words not in program.text + person.text


async def test_whether_the_process_lives_is_answered_however_many_ask_for_its_health(live, monkeypatch):
    monkeypatch.setitem(PLACES, Work.HEALTH, Places(at_once=0, waiting=0, wait_ms=1))
    async with under(live, late_ms=0) as client:
        answers = [await client.get(path) for path in ("/healthz", "/readyz")]
    assert [one.status_code for one in answers] == [200, 503]
    assert answers[1].json()["code"] == "overload.refused"


async def test_the_short_form_works_for_somebody_signed_in_too(live):
    async with serving_in_process(live.home, live.settings) as (_, station):
        session = await station.tokens.make(live.members[0].id, "session", lives_ms=60_000)
    async with under(live, late_ms=10_000) as client:
        client.cookies.set("esos_session", session)
        refused = await client.get("/", headers=HTML)
        token = refused.text.partition('name="csrf" value="')[2].partition('"')[0]
        sent = await client.post("/", data={"csrf": token, "confirmed": "1"})
        assert (refused.status_code, sent.status_code) == (503, 303), sent.text


async def test_a_program_is_told_with_a_stable_code_and_its_call_and_answers_go_in(live):
    async with under(live, late_ms=10_000) as client:
        for path in ("/api/v1/cases", "/log/export", "/api/v1/cases/" + "00" * 16):
            refused = await client.get(path, headers=bearer(live.officers[0].token))
            assert (refused.status_code, refused.json()["code"]) == (503, "overload.refused")
            assert "short of time" in refused.json()["detail"]
            assert refused.headers["content-type"] == "application/problem+json"
            assert int(refused.headers["retry-after"]) >= 1
        said = live.members[0].say("called", b.Called(call=b"admitted"))
        assert (await client.post("/api/v1/statements", content=said.raw)).status_code in {201, 202}
        assert (await client.get("/healthz")).status_code == 200


async def test_people_at_work_have_their_pages_longer_than_visitors_and_lists_go_first(live):
    async with under(live, late_ms=300) as client:
        assert (await client.get("/", headers=HTML)).status_code == 200
        assert (await client.get("/api/v1/cases", headers=bearer(live.officers[0].token))).status_code == 503
    async with under(live, late_ms=600) as client:
        assert (await client.get("/", headers=HTML)).status_code == 503
        known = await client.get("/api/v1/requests/" + "00" * 16, headers=bearer(live.officers[0].token))
        assert known.status_code == 404


async def test_the_journal_s_queues_are_among_what_can_run_short(live):
    async with serving_in_process(live.home, live.settings) as (_, station):
        load = station.journal.load()
        assert (load.writer_waiting, load.refused) == (0, 0)

        class Full:
            def load(self):
                return type(load)(writer_waiting=9, writer_percent=50, reader_waiting=0, reader_percent=0, refused=2)

        pressure = Gauges(journal=Full(), busy_percent=lambda: 95).now()
        assert (pressure.writer_percent, pressure.connection_percent) == (50, 95)
        assert short_of(Work.PAGES, pressure) == "room to write"
        assert Gauges(busy_percent=int).now() == Pressure()


class NeverReads(httpx.AsyncByteStream):
    """A body that nobody may begin to read."""

    async def __aiter__(self):
        pytest.fail("the body was read before it was known who sends it")
        yield b""


@pytest.mark.parametrize("path", ["/watch/{case}/talk", "/c/none/talk", "/a/none/talk", "/r/none/talk"])
@pytest.mark.parametrize("length", ["19000000", "100"])
async def test_of_whoever_may_not_write_here_nothing_is_read(live, path, length):
    async with under(live, late_ms=0) as client:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": length}
        refused = await client.post(
            path.format(case="11" * 16), headers={**headers, "Cookie": "esos_session=junk"}, content=NeverReads()
        )
    assert refused.status_code == 401, refused.text


async def test_while_files_find_no_place_words_do(live, monkeypatch):
    monkeypatch.setitem(PLACES, Work.UPLOADS, Places(at_once=0, waiting=0, wait_ms=1))
    async with under(live, late_ms=0) as client:
        called = await client.post("/", data={"urgency": "mayday", "name": "Example Clinic", "confirmed": "1"})
        page = f"{called.headers['location'].partition('?')[0]}/talk"
        words = {"text": "Nobody can reach the ward."}
        refused = await client.post(page, data=words, files={"files": ("log.txt", bytes(70_000))})
        said = await client.post(page, data=words)
    assert (refused.status_code, refused.json()["code"]) == (503, "overload.refused")
    assert "words are taken" in refused.text
    assert said.status_code == 303, said.text
