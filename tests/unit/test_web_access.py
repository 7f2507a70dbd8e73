"""Who may see and do what at the HTTP door: officers, members, visitors, links and cookies."""

import asyncio
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from litestar import Request

from esos.errors import Busy
from esos.keys.speaker import KnownBy, Role, Speaker
from esos.message import bodies as b
from esos.service import founder_of
from esos.station.records import SET_ASIDE, Admitted, CaseRecord, Due, Folding, Verdict
from esos.station.tokens import SESSION_MS
from esos.web.api.events import Streams, Watch, may_read
from esos.web.auth import Party, Way, bearer_party
from esos.web.csrf import Csrf
from esos.web.settings import WebSettings
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("web") / "home", members=4, realm=Realm.REAL)


@pytest.fixture(scope="module")
async def web(live):
    async with inside(live) as (client, station):
        yield client, station


@pytest.fixture
async def case(web, live):
    """A case of the first member, with a request to the second; the third and fourth have no part in it."""
    client, _ = web
    call = live.members[0].say("called", b.Called(call=b"access-1", details=b.CallDetails(natures=(2,))))
    answer = await client.post("/api/v1/statements", content=call.raw)
    case_id = answer.json()["case"]
    officer = bearer(live.officers[0].token)
    path = f"/api/v1/cases/{case_id}/statements"
    view = (await client.get(f"/api/v1/cases/{case_id}", headers=officer)).json()
    if not view["holder"]:
        await client.post(path, headers=officer, json={"kind": "acknowledged"})
        lines = [{"line": "filtering", "quantity": 10}]
        body = {"request": "11" * 16, "responder": live.members[1].id, "lines": lines}
        asked = await client.post(path, headers=officer, json={"kind": "requested", "body": body})
        assert asked.status_code == 201, asked.text
    return case_id


async def test_a_case_is_seen_by_those_on_it_and_by_the_watch_and_by_nobody_else(web, live, case):
    client, _ = web
    tokens = {
        "caller": live.members[0].token,
        "responder": live.members[1].token,
        "officer": live.officers[1].token,
        "auditor": live.officers[2].token,
        "another member": live.members[2].token,
    }
    seen = {
        who: (await client.get(f"/api/v1/cases/{case}", headers=bearer(token))).status_code
        for who, token in tokens.items()
    }
    assert seen == {"caller": 200, "responder": 200, "officer": 200, "auditor": 200, "another member": 403}
    for part in ("statements", "requests", "export"):
        answer = await client.get(f"/api/v1/cases/{case}/{part}", headers=bearer(live.members[2].token))
        assert answer.json()["code"] == "case.not_yours"
    lists = {
        who: case in {row["case"] for row in (await client.get("/api/v1/cases", headers=bearer(token))).json()["cases"]}
        for who, token in tokens.items()
    }
    assert lists == {who: status == 200 for who, status in seen.items()}


async def test_an_auditor_reads_everything_and_says_nothing(web, live, case):
    client, _ = web
    auditor = bearer(live.officers[2].token)
    path = f"/api/v1/cases/{case}/statements"
    for saying in ({"kind": "acknowledged"}, {"kind": "messaged", "body": {"text": "Well done."}}):
        answer = await client.post(path, headers=auditor, json=saying)
        assert answer.json()["code"] == "statement.role"
    assert (await client.get("/api/v1/roster", headers=auditor)).status_code == 200


async def test_what_was_written_to_one_party_is_hidden_from_another_on_the_case(web, live, case):
    client, _ = web
    officer, caller, responder = (bearer(one.token) for one in (live.officers[0], *live.members[:2]))
    path = f"/api/v1/cases/{case}/statements"
    private = {"kind": "messaged", "body": {"text": "For the caller only.", "to": [live.members[0].id]}}
    said = (await client.post(path, headers=officer, json=private)).json()["statement"]
    sees = {}
    for who, headers in (("officer", officer), ("caller", caller), ("responder", responder)):
        view = (await client.get(f"/api/v1/cases/{case}", headers=headers)).json()
        rows = (await client.get(path, headers=headers)).json()["statements"]
        in_view = said in {item["statement"] for item in view["timeline"]}
        assert in_view == (said in {row["id"] for row in rows})
        sees[who] = in_view
    assert sees == {"officer": True, "caller": True, "responder": False}
    export = await client.get(f"/api/v1/cases/{case}/export", headers=responder)
    assert export.json()["code"] == "case.partly_hidden"


async def test_a_receipt_of_what_was_written_to_another_proves_it_and_does_not_show_it(web, live, case):
    client, station = web
    officer, caller, responder = (bearer(one.token) for one in (live.officers[0], *live.members[:2]))
    private = {"kind": "messaged", "body": {"text": "Proven to the caller only.", "to": [live.members[0].id]}}
    said = (await client.post(f"/api/v1/cases/{case}/statements", headers=officer, json=private)).json()["statement"]
    await station.sequencer.run_once(now_ms=station.clock.now_ms())
    answers = [await client.get(f"/api/v1/receipts/{said}", headers=who) for who in (officer, caller, responder)]
    assert [one.status_code for one in answers] == [200] * 3
    assert len(answers[0].text) == len(answers[1].text) > len(answers[2].text)


async def test_a_receipt_proves_to_anybody_and_shows_the_words_only_to_those_on_the_case(web, live, case):
    client, station = web
    path = f"/api/v1/cases/{case}/statements"
    first = (await client.get(path, headers=bearer(live.officers[0].token))).json()["statements"][0]["id"]
    await station.sequencer.run_once(now_ms=station.clock.now_ms())
    shows = {}
    for who, headers in (
        ("nobody", {}),
        ("another member", bearer(live.members[2].token)),
        ("caller", bearer(live.members[0].token)),
        ("auditor", bearer(live.officers[2].token)),
    ):
        answer = await client.get(f"/api/v1/receipts/{first}", headers=headers)
        assert answer.status_code == 200
        shows[who] = "statement" in answer.json()
    assert shows == {"nobody": False, "another member": False, "caller": True, "auditor": True}


async def test_a_link_for_one_case_opens_no_other_and_no_office(web, live, case):
    client, station = web
    other = (await client.post("/api/v1/calls", json={"caller_name": "Example Works"})).json()
    secret = await station.tokens.make(live.officers[0].id, "ack", lives_ms=60_000, about=bytes.fromhex(case))
    link = bearer(secret)
    assert (await client.get(f"/api/v1/cases/{case}", headers=link)).status_code == 200
    assert [row["case"] for row in (await client.get("/api/v1/cases", headers=link)).json()["cases"]] == [case]
    assert (await client.get(f"/api/v1/cases/{other['case']}", headers=link)).json()["code"] == "case.not_yours"
    path = f"/api/v1/cases/{other['case']}/statements"
    answer = await client.post(path, headers=link, json={"kind": "acknowledged"})
    assert answer.json()["code"] == "session.other_case"
    answer = await client.post("/api/v1/officers", headers=link, json={"name": "X", "roles": ["registrar"]})
    assert answer.json()["code"] == "session.link_only"


@pytest.mark.parametrize("purpose", ["link", "card"])
async def test_a_secret_made_for_something_else_is_no_token(web, live, purpose):
    client, station = web
    secret = await station.tokens.make(live.officers[0].id, purpose, lives_ms=60_000, once=True)
    answer = await client.get("/api/v1/cases", headers=bearer(secret))
    assert (answer.status_code, answer.json()["code"]) == (401, "session.token")


async def test_a_session_cookie_reads_but_acts_only_with_its_token_against_forgery(web, live, case):
    client, station = web
    session = await station.tokens.make(live.officers[0].id, "session", lives_ms=SESSION_MS)
    cookie = {"Cookie": f"esos_session={session}"}
    assert (await client.get("/api/v1/officers", headers=cookie)).status_code == 200
    path = f"/api/v1/cases/{case}/statements"
    saying = {"kind": "messaged", "body": {"text": "We are on it."}}
    forged = await client.post(path, headers=cookie, json=saying)
    assert (forged.status_code, forged.json()["code"]) == (403, "csrf.token")
    token = Csrf(station.identity.master).token_for(session)
    assert (await client.post(path, headers=cookie | {"Esos-Csrf": token}, json=saying)).status_code == 201
    elsewhere = Csrf(bytes(32)).token_for(session)
    assert (await client.post(path, headers=cookie | {"Esos-Csrf": elsewhere}, json=saying)).status_code == 403


async def test_a_program_token_in_a_cookie_is_no_session(web, live):
    client, _ = web
    answer = await client.get("/api/v1/cases", headers={"Cookie": f"esos_session={live.officers[0].token}"})
    assert answer.json()["code"] == "session.needed"


async def test_a_removed_officer_is_nobody_from_then_on(web, live):
    client, _ = web
    registrar = bearer(live.officers[0].token)
    added = await client.post("/api/v1/officers", headers=registrar, json={"name": "For a day", "roles": ["officer"]})
    assert added.status_code == 201, added.text
    new = added.json()
    assert new["link"].startswith("http")
    assert (await client.get("/api/v1/cases", headers=bearer(new["token"]))).status_code == 200
    assert (await client.delete(f"/api/v1/officers/{new['officer']}", headers=registrar)).status_code == 200
    assert (await client.get("/api/v1/cases", headers=bearer(new["token"]))).json()["code"] == "session.token"


async def still_known() -> bool:
    return True


async def events_of(party: Party, station, *, after: int, until: int) -> list[bytes]:
    """Events that a party is shown, until the journal number ``until`` has passed."""
    stopping, found = asyncio.Event(), []
    watch = Watch(party, station, WebSettings(events_poll_ms=50), stopping, still_known)

    async def listen() -> None:
        found.extend([event async for event in watch.events(after) if event.startswith(b"id: ")])

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(listen())
        while watch.seq < until:
            await asyncio.sleep(0.01)
        stopping.set()
    return found


async def test_a_member_hears_of_its_own_cases_only(web, live, case):
    client, station = web
    head = await station.journal.head()
    await client.post(f"/api/v1/cases/{case}/statements", headers=bearer(live.members[0].token),
                      json={"kind": "messaged", "body": {"text": "It goes on."}})  # fmt: skip
    last = await station.journal.head()
    heard = {
        who: len(await events_of(await bearer_party(token, station), station, after=head, until=last))
        for who, token in (
            ("officer", live.officers[0].token),
            ("caller", live.members[0].token),
            ("another member", live.members[3].token),
        )
    }
    assert heard == {"officer": 1, "caller": 1, "another member": 0}


async def test_a_message_to_others_is_no_event_of_a_member_s_stream(web, live, case):
    client, station = web
    head = await station.journal.head()
    officer, to = bearer(live.officers[0].token), [live.members[0].id]
    await client.post(f"/api/v1/cases/{case}/statements", headers=officer,
                      json={"kind": "messaged", "body": {"text": "For one.", "to": to}})  # fmt: skip
    last = await station.journal.head()
    heard = [
        len(await events_of(await bearer_party(live.members[number].token, station), station, after=head, until=last))
        for number in (0, 1)
    ]
    assert heard == [1, 0]


async def test_a_stream_ends_within_a_beat_of_its_party_being_unknown_however_much_happens(web, live, case):
    """The journal is read from its beginning, a line at a time: there is always something to tell."""
    _, station = web
    asked, settings = [], WebSettings(events_beat_ms=0)

    async def not_any_more() -> bool:
        asked.append(station.clock.now_ms())
        return len(asked) < 3

    party = await bearer_party(live.officers[0].token, station)
    watch = Watch(party, station, settings, asyncio.Event(), not_any_more)
    async with asyncio.timeout(30):
        told = [event async for event in watch.events(0)]
    assert len(asked) == 3
    assert any(event.startswith(b"id: ") for event in told)


@pytest.mark.parametrize("loss", ["the token is revoked", "the officer is removed"])
async def test_a_stream_of_events_ends_when_its_reader_may_not_read_any_more(live, tmp_path, loss):
    async with inside(await asyncio.to_thread(founded, tmp_path / "home", members=1)) as (_, station):
        founder = founder_of(station)
        officer = await founder.add_officer("Leaving officer", ("officer",))
        token = await station.tokens.program_token(officer)
        party = await bearer_party(token, station)
        request = Request({"type": "http", "headers": [(b"authorization", f"Bearer {token}".encode())]})
        asking = partial(may_read, party, request, station, Csrf(station.identity.master))
        watch = Watch(party, station, WebSettings(events_beat_ms=1), asyncio.Event(), asking)
        reading = asyncio.create_task(read_all(watch))
        await asyncio.sleep(0.1)
        assert not reading.done()
        if loss == "the token is revoked":
            await station.journal.drop_tokens(party=officer)
        else:
            await founder.say("officer_removed", b.OfficerRemoved(officer=officer))
            await station.directory.refresh(station.journal)
        async with asyncio.timeout(30):
            await reading


async def read_all(watch: Watch) -> list[bytes]:
    return [event async for event in watch.events(0)]


async def test_figures_show_what_was_set_aside_and_how_late_the_first_timer_is(live, tmp_path):
    async with inside(await asyncio.to_thread(founded, tmp_path / "home", members=1)) as (client, station):
        [first, *_] = await station.journal.read(limit=1)
        odd = Admitted(id=b"o" * 32, kind="updated", dedupe=b"o" * 32, route="", cose=b"", admission=b"")
        [kept] = await station.journal.append([odd], now_ms=first.at_ms)
        aside = Verdict(seq=kept.seq, code=SET_ASIDE, reason="It could not be folded.")
        record = CaseRecord(
            id=b"c" * 16, caller="m", version=0, life="arrived", is_open=True, urgency="mayday", concern="alert",
            holder="", page_code="A", opened_ms=1, updated_ms=1, blob=b"",
        )  # fmt: skip
        late = Due(key="ack", due_ms=station.clock.now_ms() - 90_000)
        change = Folding(
            route="", fence=0, case=record, expected_version=0, verdicts=(aside,), said=(), due=(late,), parcels=()
        )
        assert await station.journal.save([change], now_ms=first.at_ms) == [True]
        text = (await client.get("/metrics")).text
    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(figures["esos_entries_set_aside"]) == 1
    assert float(figures["esos_timer_overdue_seconds"]) >= 90


# ------------------------------------------------------------------------------------------- room for streams
def party_of(name: str, *roles: Role) -> Party:
    return Party(speaker=Speaker(party=name, roles=frozenset(roles), known_by=KnownBy.TOKEN), way=Way.BEARER)


async def opened(streams: Streams, party: Party, count: int) -> list[AsyncIterator[bytes]]:
    """So many streams of a party, each with one event read."""

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x"

    found = [streams.counted(party, endless()) for _ in range(count)]
    return [stream for stream in found if await anext(stream, b"") == b"x"]


async def test_one_party_opens_so_many_streams_and_no_more_also_when_it_asks_for_all_at_once():
    streams = Streams(WebSettings(events_per_party_max=3))
    member = party_of("member", Role.MEMBER)
    held = await opened(streams, member, 5)
    assert len(held) == 3
    with pytest.raises(Busy) as refused:
        streams.check(member)
    assert refused.value.code == "events.party_full"
    streams.check(party_of("another", Role.MEMBER))
    await held[0].aclose()
    streams.check(member)


async def test_members_cannot_take_the_streams_that_are_kept_for_the_watch():
    streams = Streams(WebSettings(events_max_streams=10, events_kept_percent=20, events_per_party_max=16))
    held = [await opened(streams, party_of(f"member {number}", Role.MEMBER), 1) for number in range(10)]
    assert sum(map(len, held)) == 8
    with pytest.raises(Busy) as refused:
        streams.check(party_of("one more", Role.MEMBER))
    assert refused.value.code == "events.full"
    watch = await opened(streams, party_of("officer", Role.OFFICER), 3)
    assert len(watch) == 2
    assert streams.open == 10


async def test_the_watch_s_roles_are_those_of_the_register(web, live):
    _, station = web
    party = await bearer_party(live.officers[2].token, station)
    assert party.has(Role.AUDITOR)
    assert not party.has(Role.OFFICER, Role.REGISTRAR)
