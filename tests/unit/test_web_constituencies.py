"""Several constituencies on one station: what an officer does not see is not there, at every address and in every way."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from esos.errors import Conflict, Unknown
from esos.keys.speaker import KnownBy
from esos.message import bodies as b
from esos.message.card import Contact, MemberCard, PublicKey
from esos.message.statement import write_statement
from esos.service import founder_of
from esos.station import narrow
from esos.station.ports import Journal
from esos.station.tokens import Holder
from esos.vault.keyfile import new_key
from esos.web.api.events import Watch
from esos.web.auth import Party, Way
from esos.web.csrf import Csrf
from esos.web.roles import bare
from esos.web.settings import WebSettings
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import Member, bearer, founded, inside, now_ms

pytestmark = pytest.mark.anyio
NORTH, SOUTH = 0, 1
TEXT = ("The northern ledgers are locked.", "The southern ward has no lists.")
REPLY = ("+353 1 000 0001", "+353 1 000 0002")
STREAM = "/api/v1/events"
HELPERS_TO_ASK = re.compile(r"<option[^>]*>[^<]*")
"""Whom a coordinator may ask: teams of every constituency, by name."""


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("constituencies") / "home", members=3, realm=Realm.EXERCISE)


class Two:
    """A station with two constituencies, a limited officer and an open case in each, and what each case holds."""

    def __init__(self, client, station, live):
        self.client, self.station, self.live = client, station, live
        self.officers: list[str] = []
        self.cases: list[str] = []
        self.requests = ["a1" * 16, "b2" * 16]
        self.whole = live.officers[1].id

    async def token(self, party: str) -> dict[str, str]:
        return bearer(await self.station.tokens.program_token(party))

    async def session(self, party: str) -> dict[str, str]:
        secret = await self.station.tokens.session(party)
        csrf = Csrf(self.station.identity.master).token_for(secret)
        return {"cookie": f"esos_session={secret}", "accept": "text/html", "esos-csrf": csrf}

    async def divide(self) -> None:
        registrar = bearer(self.live.officers[0].token)
        for number, (name, title) in enumerate((("north", "Hospitals of the North"), ("south", "Southern networks"))):
            put = self.client.put
            assert (await put(f"/api/v1/constituencies/{name}", headers=registrar, json={"name": title})).is_success
            members = {"members": [self.live.members[number].id]}
            path = f"/api/v1/constituencies/{name}/members"
            assert (await put(path, headers=registrar, json=members)).is_success
            officer = await founder_of(self.station).add_officer(f"Officer {title}", ("officer",))
            await self.station.directory.refresh(self.station.journal)
            path = f"/api/v1/officers/{officer}/view"
            assert (await put(path, headers=registrar, json={"constituencies": [name]})).is_success
            self.officers.append(officer)

    async def call(self, number: int) -> None:
        member = self.live.members[number]
        details = b.CallDetails(natures=(2,), reply=REPLY[number])
        call = member.say("called", b.Called(call=b"separate", details=details))
        case = (await self.client.post("/api/v1/statements", content=call.raw)).json()["case"]
        said = member.say("messaged", b.Messaged(text=TEXT[number]), case=case)
        assert (await self.client.post("/api/v1/statements", content=said.raw)).is_success
        self.cases.append(case)
        officer, path = await self.token(self.officers[number]), f"/api/v1/cases/{case}/statements"
        assert (await self.client.post(path, headers=officer, json={"kind": "acknowledged"})).is_success
        lines = [{"line": "filtering", "quantity": 10}]
        asked = {"request": self.requests[number], "responder": self.live.members[2].id, "lines": lines}
        answer = await self.client.post(path, headers=officer, json={"kind": "requested", "body": asked})
        assert answer.status_code == 201, answer.text

    def secrets(self, number: int) -> list[str]:
        """What nobody of the other constituency may read anywhere."""
        case = bytes.fromhex(self.cases[number])
        code = self.code[number]
        contact = f"file:team{number}"
        return [case.hex(), code, TEXT[number], REPLY[number], self.requests[number], contact, f'"team{number}"']

    async def begin(self) -> "Two":
        await self.divide()
        await self.call(NORTH)
        await self.call(SOUTH)
        self.code = [(await self.station.journal.case(bytes.fromhex(case))).page_code for case in self.cases]
        return self


@pytest.fixture(scope="module")
async def two(live):
    async with inside(live) as (client, station):
        yield await Two(client, station, live).begin()


def addresses(client) -> list[str]:
    """Every address that can be read."""
    app = client._transport.app
    while not hasattr(app, "routes"):
        app = app.app
    found = {bare(one.path_format) for one in app.routes if "GET" in (getattr(one, "methods", ()) or ())}
    return sorted(one for one in found if not one.startswith(("/schema", "/static")) and one != STREAM)


async def parts_of(two: Two, number: int) -> dict[str, str]:
    """What fills an address so that it is about the case of one constituency."""
    case, member = two.cases[number], two.live.members[number].id
    said = await two.station.journal.read(case=bytes.fromhex(case))
    return {
        "case": case, "case_id": case, "member": member, "party": member, "request_id": two.requests[number],
        "statement": said[0].id.hex(), "law": "nis2", "report": "early-warning", "draft": "0a" * 16,
    }  # fmt: skip


def filled(template: str, parts: dict[str, str]) -> str:
    named = (part[1:-1] if part.startswith("{") else "" for part in template.split("/"))
    pieces = zip(template.split("/"), named, strict=True)
    return "/".join(parts.get(name, "none") if name else piece for piece, name in pieces) or "/"


async def test_no_address_shows_an_officer_anything_of_another_constituency(two):
    looked = 0
    for mine, theirs in ((NORTH, SOUTH), (SOUTH, NORTH)):
        session, token = await two.session(two.officers[mine]), await two.token(two.officers[mine])
        name = two.live.members[theirs].name
        for parts in (await parts_of(two, theirs), await parts_of(two, mine)):
            for template in addresses(two.client):
                path = filled(template, parts)
                headers = token if path.startswith(("/api/", "/log/")) else session
                answer = await two.client.get(f"{path}?ended=1&open=0&history=all", headers=headers)
                assert answer.status_code < 500, (path, answer.text)
                shown = [one for one in two.secrets(theirs) if one in answer.text and one not in path]
                assert shown == [], (path, shown)
                if "ready" not in path:  # where the names of teams stand that could help, whatever their constituency
                    assert name not in HELPERS_TO_ASK.sub("", answer.text), path
                looked += answer.is_success
    assert looked > 100, "the walk reads pages, and is not turned away from all of them"


@pytest.mark.parametrize("written", ["Basic x", "Bearer x", "ESOS x", "a member's token", "an officer's token"])
async def test_an_authorization_beside_a_session_shows_nothing_more(two, written):
    session, theirs = await two.session(two.officers[NORTH]), await parts_of(two, SOUTH)
    whose = {"a member's token": two.live.members[2].id, "an officer's token": two.whole}.get(written)
    beside = await two.token(whose) if whose else {"authorization": written}
    looked = 0
    for template in addresses(two.client):
        path = filled(template, theirs)
        if path.startswith(("/api/", "/log/")) and whose:
            continue  # there a token is who one is, whatever session comes along
        alone, both = [
            await two.client.get(f"{path}?ended=1&open=0&history=all", headers=headers)
            for headers in (session, {**session, **beside})
        ]
        if both.status_code in {400, 401, 403}:
            continue  # refused, since what came along is no authorization
        known = [*two.secrets(SOUTH), *two.secrets(NORTH), *(one.name for one in two.live.members)]
        shown = [[one for one in known if one in answer.text and one not in path] for answer in (alone, both)]
        assert (both.status_code, shown[1]) == (alone.status_code, shown[0]), path
        looked += both.is_success and not path.startswith("/api/")
    assert looked > 15, "the walk reads pages, and is not turned away from all of them"


async def test_what_is_not_seen_answers_as_what_is_not_there(two):
    officer = two.officers[NORTH]
    session, token = await two.session(officer), await two.token(officer)
    nothing = {
        "case": "ef" * 16, "case_id": "ef" * 16, "member": "0e" * 8, "party": "0e" * 8, "request_id": "de" * 16,
        "statement": "fe" * 32, "law": "nis2", "report": "early-warning", "draft": "0b" * 16,
    }  # fmt: skip
    theirs = await parts_of(two, SOUTH)
    for template in addresses(two.client):
        is_proof = "receipts" in template or "growth" in template  # a proof without what it proves is anybody's
        if "{" not in template or is_proof:
            continue
        headers = token if template.startswith("/api/") else {**session, "accept": "application/json"}
        seen = [await two.client.get(filled(template, parts), headers=headers) for parts in (theirs, nothing)]
        codes = [re.findall(r'"code":"([a-z_.]+)"', one.text) for one in seen]
        assert seen[0].status_code == seen[1].status_code, template
        assert codes[0] == codes[1], template


async def test_a_receipt_proves_and_shows_nothing_of_a_case_outside(two):
    theirs = await parts_of(two, SOUTH)
    path = f"/api/v1/receipts/{theirs['statement']}"
    await two.station.sequencer.run_once(now_ms=two.station.clock.now_ms())
    mine, other = [await two.client.get(path, headers=await two.token(one)) for one in two.officers]
    assert mine.status_code == other.status_code == 200
    assert len(mine.text) < len(other.text)


async def test_the_register_s_own_words_with_members_contacts_are_for_whoever_sees_the_whole_station(two):
    station = two.station
    await station.sequencer.run_once(now_ms=station.clock.now_ms())
    entries = await station.journal.read(route="register", limit=5_000)
    cards = [one.id.hex() for one in entries if one.kind == "member_registered"]
    assert cards
    whole = await two.token(two.whole)
    for officer, card in ((officer, card) for officer in two.officers for card in cards):
        path = f"/api/v1/receipts/{card}"
        mine, other = [await two.client.get(path, headers=who) for who in (await two.token(officer), whole)]
        assert (mine.status_code, other.status_code) == (200, 200)
        assert len(mine.text) < len(other.text)


async def test_a_case_is_exported_to_a_limited_officer_without_anybody_else_s_card(two):
    """A helper of no constituency speaks with the second key of its card, and so the card goes with the proof."""
    station, first, key = two.station, new_key(Realm.EXERCISE), new_key(Realm.EXERCISE)
    ways = (Contact(channel="mail", address="elsewhere@mail.example"),)
    keys = tuple(PublicKey(public=one.public, realm=one.realm) for one in (first, key))
    body = b.CardSigned(card=MemberCard(name="Elsewhere", contacts=ways, keys=keys))
    signed = write_statement(seed=first.seed, realm=first.realm, kind="card_signed", body=body, time_ms=now_ms())
    helper = await founder_of(station).register(signed.raw)
    await station.directory.refresh(station.journal)
    asked = {"request": "c3" * 16, "responder": helper, "lines": [{"line": "advice", "quantity": 1}]}
    case, mine = two.cases[NORTH], await two.token(two.officers[NORTH])
    path = f"/api/v1/cases/{case}/statements"
    assert (await two.client.post(path, headers=mine, json={"kind": "requested", "body": asked})).status_code == 201
    body = b.OnRequest(request=bytes.fromhex("c3" * 16))
    said = Member(id=helper, name="Elsewhere", key=key, token="").say("considering", body, case=case)
    assert (await two.client.post("/api/v1/statements", content=said.raw)).status_code == 201
    export = f"/api/v1/cases/{case}/export"
    refused = await two.client.get(export, headers=mine)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "case.partly_hidden"
    assert (await two.client.get(export, headers=await two.token(two.whole))).is_success


ACTS = {"kind": "called_back", "body": {"result": "no_answer"}}


async def test_nobody_acts_on_a_case_outside_and_the_attempt_is_on_record(two):
    officer, case = two.officers[NORTH], two.cases[SOUTH]
    token, session = await two.token(officer), await two.session(officer)
    answer = await two.client.post(f"/api/v1/cases/{case}/statements", headers=token, json=ACTS)
    assert (answer.status_code, answer.json()["code"]) == (404, "case.unknown")
    csrf = {"csrf": session["esos-csrf"]}
    assert (await two.client.post(f"/watch/{case}/acknowledged", headers=session, data=csrf)).status_code == 404
    asked = await two.client.post(
        f"/api/v1/requests/{two.requests[SOUTH]}/statements", headers=token, json={"kind": "request_cancelled"}
    )
    assert (asked.status_code, asked.json()["code"]) == (404, "request.unknown")
    speaker = two.station.desk.speaker(Holder(party=officer, purpose="session", known_by=KnownBy.LINK))
    with pytest.raises(Unknown, match="no such case"):
        await two.station.desk.say(speaker, "acknowledged", {}, case=bytes.fromhex(case))
    rows = await two.station.journal.accesses(limit=100, party=officer, case=bytes.fromhex(case))
    assert "outside" in {row.act for row in rows}
    assert {row.act for row in rows} == {"outside"}


async def test_an_attempt_on_a_members_contacts_is_on_record_and_a_list_is_none(two):
    officer, member = two.officers[NORTH], two.live.members[SOUTH].id
    token = await two.token(officer)
    assert (await two.client.get("/api/v1/cases", headers=token)).is_success
    assert (await two.client.get(f"/api/v1/members/{member}", headers=token)).json()["code"] == "member.unknown"
    rows = await two.station.journal.accesses(limit=5, party=officer, about=member)
    assert [row.act for row in rows][:1] == ["outside"]


async def test_officers_of_the_whole_station_see_all_and_may_look_at_one_constituency(two):
    token = await two.token(two.whole)
    seen = {one["case"] for one in (await two.client.get("/api/v1/cases", headers=token)).json()["cases"]}
    assert set(two.cases) <= seen
    south = (await two.client.get("/api/v1/cases?constituency=south", headers=token)).json()["cases"]
    assert [one["case"] for one in south] == [two.cases[SOUTH]]
    session = await two.session(two.whole)
    floor = (await two.client.get("/watch?of=south", headers=session)).text
    assert two.cases[SOUTH] in floor
    assert two.cases[NORTH] not in floor
    assert "You see the whole station." in floor


async def test_the_floor_says_whose_view_it_is(two):
    floor = (await two.client.get("/watch", headers=await two.session(two.officers[NORTH]))).text
    line = re.search(r'<p class="whose">(.*?)</p>', floor)
    assert re.sub("<[^>]*>", "", line[1]) == "You see the cases of Hospitals of the North."
    assert two.cases[NORTH] in floor


async def test_help_is_asked_of_members_of_every_constituency(two):
    page = (await two.client.get(f"/watch/{two.cases[NORTH]}", headers=await two.session(two.officers[NORTH]))).text
    assert f'value="{two.live.members[SOUTH].id}"' in page
    responder = bearer(two.live.members[2].token)
    assert (await two.client.get(f"/api/v1/requests/{two.requests[NORTH]}", headers=responder)).is_success


async def test_a_stream_follows_a_view_that_changes_while_it_is_open(two):
    officer = two.officers[NORTH]
    speaker = two.station.directory.officer_speaker(officer, KnownBy.TOKEN)
    watch = Watch(
        Party(speaker=speaker, way=Way.BEARER), two.station, WebSettings(), asyncio.Event(), lambda: asyncio.sleep(0, 1)
    )
    entries = await two.station.journal.glance(after_seq=0, limit=1000)
    shown = {entry.case.hex() for entry in await watch._seen(entries) if entry.case}
    assert two.cases[NORTH] in shown
    assert two.cases[SOUTH] not in shown
    registrar = bearer(two.live.officers[0].token)
    path = f"/api/v1/officers/{officer}/view"
    await two.client.put(path, headers=registrar, json={"constituencies": []})
    shown = {entry.case.hex() for entry in await watch._seen(entries) if entry.case}
    assert set(two.cases) <= shown
    await two.client.put(path, headers=registrar, json={"constituencies": ["north"]})
    assert two.cases[SOUTH] not in {one.case.hex() for one in await watch._seen(entries) if one.case}


async def test_a_registrar_divides_the_station_on_its_page_and_nobody_else_does(two):
    registrar = await two.session(two.live.officers[0].id)
    csrf = {"csrf": registrar["esos-csrf"]}
    named = await two.client.post("/constituencies/name", headers=registrar, data={**csrf, "name": "Harbours, West"})
    assert named.status_code == 303
    assert two.station.directory.constituencies.names["harbours-west"] == "Harbours, West"
    placed = {**csrf, "constituency": "harbours-west", "member": two.live.members[2].id}
    assert (await two.client.post("/constituencies/members", headers=registrar, data=placed)).status_code == 303
    page = (await two.client.get("/constituencies", headers=registrar)).text
    assert "Harbours, West" in page
    viewed = {**csrf, "officer": two.whole, "constituency": "harbours-west"}
    assert (await two.client.post("/constituencies/view", headers=registrar, data=viewed)).status_code == 303
    assert two.station.directory.constituencies.views[two.whole] == {"harbours-west"}
    assert (
        await two.client.post("/constituencies/view", headers=registrar, data={**csrf, "officer": two.whole})
    ).status_code == 303
    ended = {**csrf, "constituency": "harbours-west", "name": "Harbours, West"}
    assert (await two.client.post("/constituencies/end", headers=registrar, data=ended)).status_code == 303
    assert two.station.directory.constituencies.of(two.live.members[2].id) == frozenset()
    officer = await two.session(two.whole)
    refused = await two.client.post(
        "/constituencies/name", headers=officer, data={"csrf": officer["esos-csrf"], "name": "Mine"}
    )
    assert refused.status_code == 403


async def test_a_pages_link_shows_its_officer_what_that_officer_sees(two):
    links = [
        two.station.tokens.page_link(two.officers[NORTH], about=bytes.fromhex(case), lives_ms=60_000)
        for case in two.cases
    ]
    mine, theirs = [await two.client.get(f"/a/{link}", headers={"accept": "text/html"}) for link in links]
    assert mine.status_code == 200
    assert theirs.status_code == 404
    assert TEXT[SOUTH] not in theirs.text
    mine, theirs = [await two.client.get(f"/a/{link}/talk", headers={"accept": "text/html"}) for link in links]
    assert TEXT[NORTH] in mine.text
    assert theirs.status_code == 404
    assert TEXT[SOUTH] not in theirs.text


@pytest.mark.parametrize("room", ["a", "c", "r"])
async def test_a_link_opens_the_talk_in_the_room_of_whoever_it_was_sent_to_and_in_no_other(two, room):
    members, about = two.live.members, bytes.fromhex(two.cases[NORTH])
    seen = {}
    for name, party in (("a", two.officers[NORTH]), ("c", members[NORTH].id), ("r", members[2].id)):
        link = two.station.tokens.page_link(party, about=about, lives_ms=60_000)
        answer = await two.client.get(f"/{room}/{link}/talk", headers={"accept": "text/html"})
        seen[name] = answer.status_code
        assert (TEXT[NORTH] in answer.text) == (name == room), (room, name)
    assert seen == {name: 200 if name == room else 401 for name in "acr"}


async def test_whoever_is_offered_a_case_sees_it(two):
    north, south = [await two.token(one) for one in two.officers]
    case, member = two.cases[NORTH], two.live.members[NORTH].id
    path = f"/api/v1/cases/{case}"
    assert (await two.client.get(path, headers=south)).status_code == 404
    body = {"kind": "handed_over", "body": {"to": two.officers[SOUTH]}}
    said = await two.client.post(f"{path}/statements", headers=north, json=body)
    assert said.status_code == 201, said.text
    assert (await two.client.get(path, headers=south)).status_code == 200
    assert (await two.client.get(f"/api/v1/members/{member}", headers=south)).status_code == 404
    body = {"kind": "handed_over", "body": {"to": two.whole}}
    assert (await two.client.post(f"{path}/statements", headers=north, json=body)).status_code == 201
    assert (await two.client.get(path, headers=south)).status_code == 404


async def test_whoever_takes_a_call_by_telephone_sees_the_case_that_it_becomes_and_only_their_own_drafts(two):
    north, south = [await two.token(one) for one in two.officers]
    draft = "77" * 16
    said = {"answers": {"caller": "A quiet harbour"}}
    assert (await two.client.put(f"/api/v1/drafts/{draft}", headers=south, json=said)).status_code == 200
    assert (await two.client.get("/api/v1/drafts", headers=north)).json() == {"drafts": []}
    assert "harbour" not in (await two.client.get("/watch", headers=await two.session(two.officers[NORTH]))).text
    made = await two.client.post(f"/api/v1/drafts/{draft}/call", headers=south)
    case = made.json()["case"]
    assert (await two.client.get(f"/api/v1/cases/{case}", headers=south)).status_code == 200
    assert (await two.client.get(f"/api/v1/cases/{case}", headers=north)).status_code == 404
    assert (await two.client.get(f"/api/v1/cases/{case}", headers=await two.token(two.whole))).status_code == 200


async def test_whoever_is_invited_is_in_no_constituency_yet(two):
    await founder_of(two.station).say("member_invited", b.MemberInvited(invitation=b"invited1", name="Example Port"))
    north, whole = await two.token(two.officers[NORTH]), await two.token(two.whole)
    assert (await two.client.get("/api/v1/invitations", headers=north)).json() == {"invited": []}
    assert "Example Port" in (await two.client.get("/api/v1/invitations", headers=whole)).text


async def test_a_practice_concerns_the_whole_station(two):
    north, whole = await two.token(two.officers[NORTH]), await two.token(two.whole)
    refused = await two.client.post("/api/v1/practice/runs", headers=north, json={})
    assert refused.json()["code"] == "practice.whole"
    run = (await two.client.post("/api/v1/practice/runs", headers=whole, json={})).json()["case"]
    assert run in (await two.client.get("/api/v1/practice", headers=whole)).text
    assert run not in (await two.client.get("/api/v1/practice", headers=north)).text
    assert run not in (await two.client.get("/practice", headers=await two.session(two.officers[NORTH]))).text
    seen = await two.client.get(f"/api/v1/practice/runs/{run}", headers=north)
    assert seen.json()["code"] == "practice.none"


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("members_placed", b.MembersPlaced(constituency="nowhere", members=("01" * 8,)), "constituency.unknown"),
        ("members_placed", b.MembersPlaced(constituency="north", members=("01" * 8,)), "member.unknown"),
        ("view_limited", b.ViewLimited(officer="officer:none", constituencies=("north",)), "officer.unknown"),
    ],
)
async def test_what_is_not_there_is_put_into_no_constituency(two, kind, body, code):
    with pytest.raises(Unknown) as refused:
        await founder_of(two.station).say(kind, body)
    assert refused.value.code == code


async def test_whoever_answers_for_the_whole_station_sees_it_whole(two):
    body = b.ViewLimited(officer=two.live.officers[2].id, constituencies=("north",))
    with pytest.raises(Conflict) as refused:
        await founder_of(two.station).say("view_limited", body)
    assert refused.value.code == "view.whole"


def test_every_way_to_read_a_journal_is_decided_on():
    declared = {name for name in vars(Journal) if not name.startswith("_")}
    filtered = {name for name in vars(narrow.SeenJournal) if not name.startswith("_")}
    assert declared == filtered | narrow.PASSED
    assert not filtered & narrow.PASSED


async def test_a_station_without_constituencies_shows_nothing_of_them(tmp_path):
    alone = await asyncio.to_thread(founded, tmp_path / "home", members=1)
    async with inside(alone) as (client, station):
        one = Two(client, station, alone)
        floor = (await client.get("/watch", headers=await one.session(alone.officers[1].id))).text
        assert "whose" not in floor
        assert "onstituenc" not in floor
        assert "onstituenc" not in (await client.get("/register", headers=await one.session(alone.officers[1].id))).text
