"""The register through the HTTP door: members, their secrets, pacts, roster and officers."""

import sys
from pathlib import Path

import httpx
import pytest

from esos.logbook.base64s import url_safe
from esos.message import bodies as b
from esos.pact import shipped
from esos.vault.keyfile import new_key
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, card_of, founded, inside

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("web") / "home", members=3, realm=Realm.REAL)


@pytest.fixture(scope="module")
async def web(live):
    async with inside(live) as (client, station):
        yield client, station


@pytest.fixture
def registrar(live) -> dict[str, str]:
    return bearer(live.officers[0].token)


async def register(client: httpx.AsyncClient, headers: dict[str, str], proof: bytes) -> httpx.Response:
    return await client.post("/api/v1/members", headers=headers, json={"statement": url_safe(proof)})


async def test_a_registrar_enters_a_member_by_the_card_it_signed(web, registrar):
    client, _ = web
    key = new_key(Realm.REAL)
    answer = await register(client, registrar, card_of("Example Newcomers", key))
    assert answer.status_code == 201, answer.text
    member = answer.json()["member"]
    assert member == key.kid.hex()
    view = (await client.get(f"/api/v1/members/{member}", headers=registrar)).json()
    assert (view["name"], view["keys"]) == ("Example Newcomers", [key.kid.hex()])


async def test_a_card_that_another_key_signed_is_refused(web, registrar):
    client, _ = web
    raw = card_of("Example Forgers", new_key(Realm.REAL))
    answer = await register(client, registrar, raw[:-1] + bytes([raw[-1] ^ 1]))
    assert (answer.status_code, answer.json()["code"]) == (422, "statement.signature")


async def test_an_exercise_card_stays_out_of_a_real_register(web, registrar):
    client, _ = web
    answer = await register(client, registrar, card_of("Example Learners", new_key(Realm.EXERCISE)))
    assert (answer.status_code, answer.json()["code"]) == (403, "card.realm")


async def test_no_officer_and_no_registrar_takes_over_a_key_at_the_door(web, live, registrar):
    """What a member or the station signed stays theirs, whatever is posted about somebody else."""
    client, station = web
    thief, victim = live.members[0], live.members[1]
    path = f"/api/v1/members/{thief.id}/statements"
    for public in (victim.key.public.hex(), station.identity.public.hex()):
        key = {"public": public, "realm": "real"}
        enrolled = {"key": key, "temporary": True, "factors": ["card", "call-back"]}
        card = {"name": "Forged", "keys": [key]}
        for headers, kind, body, code in (
            (bearer(live.officers[1].token), "key_enrolled", enrolled, "key.taken"),
            (registrar, "key_enrolled", {"key": key}, "key.taken"),
            (registrar, "member_registered", {"card": card, "proof": "00"}, "cose.tag"),
            (registrar, "member_registered", {"card": card}, "card.kind"),
        ):
            answer = await client.post(path, headers=headers, json={"kind": kind, "body": body})
            assert answer.json()["code"] == code, answer.text
    kept = {kid: one.party for kid, one in station.directory.keys.items()}
    assert kept[victim.key.kid] == victim.id
    assert kept[station.identity.kid] == station.identity.party
    call = victim.say("called", b.Called(call=b"my own!!"))
    answer = await client.post("/api/v1/statements", content=call.raw, headers={"Content-Type": "application/cose"})
    view = (await client.get(f"/api/v1/cases/{answer.json()['case']}", headers=registrar)).json()
    assert view["caller"] == victim.id


async def test_an_officer_gives_a_caller_that_lost_its_keys_one_for_some_hours(web, live):
    client, station = web
    member, key = live.members[2], new_key(Realm.REAL)
    path, officer = f"/api/v1/members/{member.id}/statements", bearer(live.officers[1].token)
    given = {"key": {"public": key.public.hex(), "realm": "real"}, "factors": ["card", "call-back"]}
    answer = await client.post(path, headers=officer, json={"kind": "key_enrolled", "body": given})
    assert (answer.status_code, answer.json()["code"]) == (403, "key.permanent")
    answer = await client.post(
        path, headers=officer, json={"kind": "key_enrolled", "body": {**given, "temporary": True}}
    )
    assert answer.status_code == 201, answer.text
    assert station.directory.keys[key.kid].party == member.id


async def test_of_two_who_are_given_one_key_at_once_the_second_is_refused(web, live, registrar):
    client, _ = web
    key = new_key(Realm.REAL)
    body = {"key": {"public": key.public.hex(), "realm": "real"}}
    codes = [
        (
            await client.post(
                f"/api/v1/members/{member.id}/statements",
                headers=registrar,
                json={"kind": "key_enrolled", "body": body},
            )
        )
        .json()
        .get("code")
        for member in live.members[:2]
    ]
    assert codes == [None, "key.taken"]


async def test_contacts_are_for_the_watch_and_the_member_itself(web, live, registrar):
    client, _ = web
    path = f"/api/v1/members/{live.members[0].id}"
    own, other = bearer(live.members[0].token), bearer(live.members[1].token)
    sees = [bool((await client.get(path, headers=headers)).json()["contacts"]) for headers in (registrar, own, other)]
    assert sees == [True, True, False]
    listed = (await client.get("/api/v1/members", headers=other)).json()["members"]
    assert live.members[0].name in {row["name"] for row in listed}
    assert all("contacts" not in row for row in listed)


async def test_a_suspended_member_keeps_its_own_call(web, live, registrar):
    client, _ = web
    member = live.members[2]
    saying = {"kind": "member_suspended", "body": {"reason": "Its contacts are out of date."}}
    answer = await client.post(f"/api/v1/members/{member.id}/statements", headers=registrar, json=saying)
    assert answer.status_code == 201, answer.text
    assert (await client.get(f"/api/v1/members/{member.id}", headers=registrar)).json()["suspended"] is True
    call = await client.post("/api/v1/calls", headers=bearer(member.token), json={})
    assert call.status_code == 201
    seen = await client.get(f"/api/v1/cases/{call.json()['case']}", headers=live.shows(member.key))
    assert seen.status_code == 200


async def test_a_member_states_what_is_free_only_for_itself(web, live):
    client, _ = web
    own, other = live.members[0], live.members[1]
    saying = {"kind": "availability_stated", "body": {"line": "filtering", "units": 5}}
    mine = await client.post(f"/api/v1/members/{own.id}/statements", headers=bearer(own.token), json=saying)
    assert mine.status_code == 201, mine.text
    theirs = await client.post(f"/api/v1/members/{other.id}/statements", headers=bearer(own.token), json=saying)
    assert (theirs.status_code, theirs.json()["code"]) == (403, "statement.not_yours")


async def test_a_member_can_void_its_own_key_and_no_other(web, live):
    client, _ = web
    own, other = live.members[0], live.members[1]
    path = f"/api/v1/members/{own.id}/statements"
    body = {"kid": other.key.kid.hex(), "reason": "It is not ours."}
    answer = await client.post(path, headers=bearer(own.token), json={"kind": "key_revoked", "body": body})
    assert (answer.status_code, answer.json()["code"]) == (403, "statement.not_yours")
    assert (await client.get("/api/v1/cases", headers=live.shows(other.key))).status_code == 200


async def test_a_member_answers_for_another_in_its_own_name_only(web, live):
    client, _ = web
    sponsor, new = live.members[0], live.members[1]
    path = f"/api/v1/members/{new.id}/statements"
    for who, says, status in ((sponsor.id, sponsor.token, 201), (sponsor.id, new.token, 403)):
        saying = {"kind": "member_sponsored", "body": {"sponsor": who}}
        answer = await client.post(path, headers=bearer(says), json=saying)
        assert answer.status_code == status, answer.text


async def test_what_needs_the_members_own_key_is_not_said_with_a_token(web, live):
    client, _ = web
    member = live.members[0]
    saying = {"kind": "package_lodged", "body": {"lines": [{"line": "filtering", "quantity": 5}]}}
    answer = await client.post(f"/api/v1/members/{member.id}/statements", headers=bearer(member.token), json=saying)
    assert (answer.status_code, answer.json()["code"]) == (403, "statement.unsigned")
    signed = member.say("package_lodged", b.PackageLodged(member=member.id, lines=(b.NeedAsk(line="filtering"),)))
    assert (await client.post("/api/v1/statements", content=signed.raw)).status_code == 201


async def test_a_member_fetches_a_program_token_with_its_own_key_and_nobody_elses(web, live):
    client, _ = web
    own, other = live.members[0], live.members[1]
    made = await client.post(
        f"/api/v1/members/{own.id}/secrets", headers=live.shows(own.key), json={"purpose": "token"}
    )
    assert made.status_code == 201, made.text
    token = bearer(made.json()["secret"])
    assert (await client.get(f"/api/v1/members/{own.id}", headers=token)).json()["contacts"]
    for headers in (live.shows(other.key), bearer(own.token)):
        answer = await client.post(f"/api/v1/members/{own.id}/secrets", headers=headers, json={"purpose": "token"})
        assert answer.status_code in {401, 403}


async def test_the_roster_is_set_whole(web, live, registrar):
    client, _ = web
    first, second, _ = live.officers
    wanted = {"watch": [second.id], "backup": [first.id], "neighbour": []}
    assert (await client.put("/api/v1/roster", headers=bearer(second.token), json=wanted)).status_code == 200
    assert wanted.items() <= (await client.get("/api/v1/roster", headers=registrar)).json().items()


async def test_a_new_pact_takes_force_with_its_exact_bytes(web, registrar):
    client, _ = web
    raw, pact = shipped.load("club")
    before = (await client.get("/api/v1/pacts")).json()["pacts"][0]
    assert (before["digest"], before["text"].encode()) == (pact.digest.hex(), raw)
    text = raw.decode().replace("version = 1", "version = 2", 1)
    answer = await client.post("/api/v1/pacts", headers=registrar, json={"text": text})
    assert answer.status_code == 201, answer.text
    after = (await client.get("/api/v1/pacts")).json()["pacts"][0]
    assert (after["version"], after["text"]) == (2, text)
    assert (await client.get("/api/v1/station")).json()["pact"]["digest"] == after["digest"]


async def test_a_station_is_ready_when_it_could_act_and_says_why_not(web, monkeypatch):
    client, station = web
    assert (await client.get("/readyz")).json() == {"ok": True, "troubles": []}
    monkeypatch.setattr(station.directory, "pact", None)
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["troubles"] == ["No pact is in force, so no case can begin."]


async def test_the_figures_count_what_waits(web, live):
    client, station = web
    await client.post("/api/v1/calls", json={})
    text = (await client.get("/metrics")).text
    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    cases = await station.journal.cases(only_open=True)
    assert float(figures["esos_cases_open"]) == len(cases) > 0
    assert float(figures["esos_members"]) == len(station.directory.members)
    assert float(figures["esos_journal_head"]) == await station.journal.head()
    assert float(figures['esos_http_answers_total{status="201"}']) > 0
    assert live.members[0].name not in text
