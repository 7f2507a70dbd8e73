"""Every access recorded: who opened what, seen by auditors and by the one it concerns."""

import sys
from pathlib import Path

import pytest
from doubles.memory_journal import MemoryJournal, MemoryStore

from esos.errors import Busy
from esos.message import bodies as b
from esos.station.accesses import (
    ACCESSES_KEPT_MS,
    FORGET_EVERY_MS,
    FRESH_LOOK_MS,
    SAME_LOOK_MS,
    WAITING_MAX,
    AccessBook,
)
from esos.words.access import ACT_WORDS, Act
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("accesses") / "home", members=3, realm=Realm.REAL)


@pytest.fixture(scope="module")
async def web(live):
    async with inside(live) as (client, station):
        yield client, station


@pytest.fixture(scope="module")
async def case(web, live):
    """A case of the first member, with a request to the second."""
    client, _ = web
    call = live.members[0].say("called", b.Called(call=b"accessed", details=b.CallDetails(natures=(2,))))
    case_id = (await client.post("/api/v1/statements", content=call.raw)).json()["case"]
    officer, path = bearer(live.officers[0].token), f"/api/v1/cases/{case_id}/statements"
    await client.post(path, headers=officer, json={"kind": "acknowledged"})
    lines = [{"line": "filtering", "quantity": 10}]
    body = {"request": "22" * 16, "responder": live.members[1].id, "lines": lines}
    assert (await client.post(path, headers=officer, json={"kind": "requested", "body": body})).status_code == 201
    return case_id


async def test_who_opens_a_case_by_whichever_door_is_on_record_once_a_look(web, live, case):
    client, station = web
    party, about = live.officers[1].id, bytes.fromhex(case)
    session = {"cookie": f"esos_session={await station.tokens.session(party)}", "accept": "text/html"}
    for _ in range(2):
        assert (await client.get(f"/watch/{case}", headers=session)).status_code == 200
        assert (await client.get(f"/api/v1/cases/{case}", headers=bearer(live.officers[1].token))).status_code == 200
        assert (await client.get(f"/api/v1/cases/{case}/export", headers=bearer(live.officers[1].token))).is_success
    rows = await station.journal.accesses(limit=50, party=party, case=about)
    assert sorted((row.act, row.way) for row in rows) == [
        ("case", "bearer"), ("case", "session"), ("case_exported", "bearer"), ("case_exported", "bearer"),
    ]  # fmt: skip


async def test_a_link_and_a_request_lead_to_the_case_that_was_looked_at(web, live, case):
    client, station = web
    responder, about = live.members[1], bytes.fromhex(case)
    link = station.tokens.page_link(responder.id, about=about + bytes.fromhex("22" * 16), lives_ms=60_000)
    assert (await client.get(f"/r/{link}", headers={"accept": "text/html"})).status_code == 200
    session = {"cookie": f"esos_session={await station.tokens.session(responder.id)}", "accept": "text/html"}
    assert (await client.get(f"/inbox/{'22' * 16}", headers=session)).status_code == 200
    assert (await client.get(f"/api/v1/requests/{'22' * 16}", headers=bearer(responder.token))).status_code == 200
    rows = await station.journal.accesses(limit=50, party=responder.id, case=about)
    assert {row.way for row in rows} == {"page-link", "session", "bearer"}


async def test_what_was_refused_opened_nothing(web, live, case):
    client, station = web
    stranger = live.members[2]
    assert (await client.get(f"/api/v1/cases/{case}", headers=bearer(stranger.token))).status_code == 403
    assert await station.journal.accesses(limit=5, party=stranger.id, case=bytes.fromhex(case)) == []


async def test_whoever_says_that_a_page_is_only_kept_fresh_is_on_record_all_the_same(web, live, case):
    client, station = web
    party = live.officers[2].id
    session = {"cookie": f"esos_session={await station.tokens.session(party)}", "accept": "text/html"}
    for _ in range(3):
        assert (await client.get(f"/watch/{case}", headers={**session, "esos-fresh": "1"})).status_code == 200
    rows = await station.journal.accesses(limit=5, party=party, case=bytes.fromhex(case))
    assert [(row.act, row.way) for row in rows] == [("case", "session")]


async def test_auditors_read_the_record_and_reading_it_is_on_record(web, live):
    client, station = web
    auditor = live.officers[2]
    for member in live.members:
        await client.get(f"/api/v1/members/{member.id}", headers=bearer(auditor.token))
    await client.get("/api/v1/members", headers=bearer(auditor.token))
    read = await client.get("/api/v1/accesses?limit=3", headers=bearer(auditor.token))
    assert len(read.json()["accesses"]) == 3
    assert read.json()["next"] == read.json()["accesses"][-1]["num"]
    earlier = await client.get(f"/api/v1/accesses?before={read.json()['next']}", headers=bearer(auditor.token))
    assert max(row["num"] for row in earlier.json()["accesses"]) < read.json()["next"]
    assert (await station.journal.accesses(limit=1, party=auditor.id))[0].act == "accesses"
    for other in (live.officers[0].token, live.members[0].token):
        assert (await client.get("/api/v1/accesses", headers=bearer(other))).json()["code"] == "session.role"
    session = {"cookie": f"esos_session={await station.tokens.session(auditor.id)}", "accept": "text/html"}
    shown = await client.get("/access", headers=session)
    assert "Rows are only ever added." in shown.text


@pytest.mark.parametrize(
    ("page", "twin", "act"),
    [
        ("/ready", "/api/v1/ready", "readiness"),
        ("/telephone-tree", "/api/v1/telephone-tree", "numbers"),
        ("/roster/brief", "/api/v1/roster/brief", "brief"),
        ("/contacts", "/api/v1/contacts/{party}", "contacts"),
        ("/read-out/{case}", "/api/v1/cases/{case}/laws", "case"),
        ("/watch", "/api/v1/cases", "cases"),
    ],
)
async def test_what_lies_beside_a_case_is_on_record_by_page_and_by_program(web, live, case, page, twin, act):
    client, station = web
    party = live.officers[0].id
    session = {"cookie": f"esos_session={await station.tokens.session(party)}", "accept": "text/html"}
    before = await station.journal.accesses(limit=200, party=party)
    for path, headers in ((page, session), (twin, bearer(live.officers[0].token))):
        answer = await client.get(path.format(case=case, party=party), headers=headers)
        assert answer.status_code == 200, path
    rows = await station.journal.accesses(limit=200, party=party)
    ways = {row.way for row in rows if row.act == act}
    assert {"session", "bearer"} <= ways
    assert len(rows) > len(before)


async def test_a_caller_sees_who_looked_at_its_case_and_nobody_else_on_it_does(web, live, case):
    client, station = web
    await client.get(f"/api/v1/cases/{case}", headers=bearer(live.officers[0].token))
    path = f"/api/v1/cases/{case}/accesses"
    seen = (await client.get(path, headers=bearer(live.members[0].token))).json()["accesses"]
    assert live.officers[0].name in {row["name"] for row in seen}
    assert {row["case"] for row in seen} == {case}
    refused = await client.get(path, headers=bearer(live.members[1].token))
    assert refused.json()["code"] == "access.not_yours"
    link = station.tokens.page_link(live.members[0].id, about=bytes.fromhex(case), lives_ms=60_000)
    shown = await client.get(f"/c/{link}/looks", headers={"accept": "text/html"})
    assert live.officers[0].name in shown.text


async def test_a_member_sees_who_opened_its_card(web, live):
    client, station = web
    member = live.members[0]
    await client.get(f"/api/v1/members/{member.id}", headers=bearer(live.officers[1].token))
    session = {"cookie": f"esos_session={await station.tokens.session(member.id)}", "accept": "text/html"}
    assert live.officers[1].name in (await client.get("/me", headers=session)).text


def test_every_act_has_its_words():
    assert set(ACT_WORDS) == set(Act)


class Hands:
    now = 1_764_000_000_000

    def now_ms(self) -> int:
        return self.now


async def test_a_look_lasts_ten_minutes_and_then_is_another():
    clock, journal = Hands(), MemoryJournal(MemoryStore())
    book = AccessBook(journal, clock)
    for step_ms in (0, SAME_LOOK_MS - 1, 1):
        clock.now += step_ms
        await book.note("ada", Act.CASE, case=b"c" * 16)
    await book.note("ada", Act.CASE, case=b"d" * 16)
    assert len(await journal.accesses(limit=9)) == 3


async def test_a_page_that_keeps_itself_fresh_is_on_record_again_once_an_hour_whichever_process_answers():
    clock, journal = Hands(), MemoryJournal(MemoryStore())
    books = [AccessBook(journal, clock), AccessBook(journal, clock)]
    await books[0].note("ada", Act.CASE, case=b"c" * 16)
    for _ in range(11):
        clock.now += FRESH_LOOK_MS // 12
        for book in books:
            await book.note("ada", Act.CASE, case=b"c" * 16, is_fresh=True)
    assert len(await journal.accesses(limit=9)) == 1
    for other in ({"case": b"d" * 16}, {"case": b"c" * 16, "way": "page-link"}):
        await books[1].note("ada", Act.CASE, is_fresh=True, **other)
    await books[1].note("ben", Act.CASE, case=b"c" * 16, is_fresh=True)
    assert len(await journal.accesses(limit=9)) == 4
    clock.now += FRESH_LOOK_MS // 12
    for book in books:
        await book.note("ada", Act.CASE, case=b"c" * 16, is_fresh=True)
    assert len(await journal.accesses(limit=9)) == 5


async def test_a_page_that_keeps_itself_fresh_is_shown_while_the_journal_answers_nothing():
    clock, journal = Hands(), Shut(MemoryStore())
    book = AccessBook(journal, clock)
    await book.note("ada", Act.CASE, case=b"c" * 16, is_fresh=True)
    journal.is_shut = False
    assert await book.flush() == 0
    assert len(await journal.accesses(limit=9)) == 1


class Shut(MemoryJournal):
    """A journal whose record of accesses cannot be reached for a while."""

    is_shut = True

    def _need(self) -> None:
        if self.is_shut:
            raise Busy("storage.unreachable", "The database cannot be reached.")

    async def accesses(self, **asked):
        self._need()
        return await super().accesses(**asked)

    async def note_accesses(self, rows):
        self._need()
        await super().note_accesses(rows)


async def test_while_the_journal_takes_nothing_rows_wait_and_what_there_was_no_room_for_is_said():
    store, clock = MemoryStore(), Hands()
    journal = MemoryJournal(store)
    book = AccessBook(journal, clock)

    def full(name: str) -> None:
        raise Busy("storage.full", f"{name} does not go.")

    store.before = full
    for number in range(WAITING_MAX + 3):
        await book.note(f"party-{number}", Act.SIGNED_IN, way="link")
    store.before = lambda _: None
    await book.tend()
    rows = await journal.accesses(limit=WAITING_MAX * 2)
    assert (rows[0].act, rows[0].about) == ("lost", "3")
    assert [row.party for row in reversed(rows[1:])] == [f"party-{number}" for number in range(WAITING_MAX)]


async def test_an_access_is_kept_for_a_year_and_no_longer():
    clock, journal = Hands(), MemoryJournal(MemoryStore())
    book = AccessBook(journal, clock)
    await book.note("ada", Act.SIGNED_IN)
    clock.now += ACCESSES_KEPT_MS
    assert await book.tend() == 0
    clock.now += FORGET_EVERY_MS
    assert await book.tend() == 1
