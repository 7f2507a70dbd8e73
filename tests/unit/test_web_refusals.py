"""What the HTTP door refuses, and how: every refusal is a problem with a stable code, and none loses a call."""

import sys
from pathlib import Path

import pytest

from esos.errors import Busy
from esos.logbook.base64s import url_safe
from esos.message import bodies as b
from esos.message.statement import write_statement
from esos.vault.keyfile import new_key
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside, now_ms

pytestmark = pytest.mark.anyio
NOBODYS_CASE = "00" * 16


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("web") / "home", members=2, realm=Realm.REAL)


@pytest.fixture(scope="module")
async def web(live):
    async with inside(live) as (client, station):
        yield client, station


def assert_problem(answer, status: int, code: str) -> dict:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"] == f"urn:esos:problem:{code}"
    assert problem["title"]
    assert problem["detail"].endswith(".")
    return problem


OFFICER, MEMBER, NOBODY = "officer", "member", "nobody"

REFUSED = [
    (NOBODY, "GET", "/api/v1/cases", None, 401, "session.needed"),
    (NOBODY, "GET", "/api/v1/nothing", None, 404, "request.no_such_path"),
    (NOBODY, "DELETE", "/api/v1/station", None, 405, "request.method"),
    (NOBODY, "POST", "/api/v1/calls", b"{", 400, "request.malformed"),
    (NOBODY, "POST", "/api/v1/calls", b"\xff\xfe", 400, "request.malformed"),
    (NOBODY, "POST", "/api/v1/calls", {"details": {"natures": ["storm"]}}, 400, "nature.unknown"),
    (NOBODY, "POST", "/api/v1/calls", {"details": {"attacker": "x"}}, 400, "request.invalid"),
    (NOBODY, "POST", "/api/v1/calls", {"details": {"words": "x" * 4001}}, 400, "request.invalid"),
    (NOBODY, "POST", "/api/v1/calls", {"call": "12"}, 400, "request.invalid"),
    (NOBODY, "POST", "/api/v1/calls", b" " * 262_145, 413, "request.too_large"),
    (NOBODY, "POST", "/api/v1/statements", b"", 400, "cose.malformed"),
    (NOBODY, "POST", "/api/v1/statements", b"\x00" * 65_537, 413, "request.too_large"),
    (NOBODY, "POST", "/api/v1/beacon", None, 401, "session.needed"),
    (NOBODY, "GET", "/log/tile/0/zzz", None, 400, "tile.malformed"),
    (NOBODY, "GET", "/log/tile/0/000.p/200", None, 404, "tile.unknown"),
    (NOBODY, "GET", f"/api/v1/receipts/{'00' * 32}", None, 404, "receipt.unknown"),
    (NOBODY, "POST", "/v2/enqueue", {"routing_key": "x", "event_action": "trigger"}, 401, "session.token"),
    (NOBODY, "POST", "/v2/enqueue", {"routing_key": "x", "event_action": "shout"}, 400, "request.invalid"),
    (OFFICER, "GET", f"/api/v1/cases/{NOBODYS_CASE}", None, 404, "case.unknown"),
    (OFFICER, "GET", "/api/v1/cases/zz", None, 400, "request.invalid"),
    (OFFICER, "GET", f"/api/v1/requests/{NOBODYS_CASE}", None, 404, "request.unknown"),
    (OFFICER, "GET", f"/api/v1/members/{'00' * 8}", None, 404, "member.unknown"),
    (OFFICER, "POST", f"/api/v1/cases/{NOBODYS_CASE}/statements", {"kind": "acknowledged"}, 404, "case.unknown"),
    (OFFICER, "POST", f"/api/v1/cases/{NOBODYS_CASE}/statements", {"kind": "hacked_back"}, 400, "statement.kind"),
    (OFFICER, "POST", f"/api/v1/cases/{NOBODYS_CASE}/statements", {"kind": "roster_set"}, 400, "statement.scope"),
    (OFFICER, "POST", f"/api/v1/cases/{NOBODYS_CASE}/statements", {"kind": "messaged"}, 400, "statement.body"),
    (OFFICER, "POST", f"/api/v1/cases/{NOBODYS_CASE}/statements", {"kind": 7}, 400, "request.invalid"),
    (OFFICER, "POST", "/api/v1/members", {"statement": "%"}, 400, "base64.malformed"),
    (OFFICER, "POST", "/api/v1/pacts", {"text": "no pact"}, 400, "pact.malformed"),
    (OFFICER, "PUT", "/api/v1/roster", {"watch": ["officer:nobody"]}, 404, "officer.unknown"),
    (OFFICER, "DELETE", "/api/v1/officers/officer:nobody", None, 404, "officer.unknown"),
    (OFFICER, "POST", "/api/v1/beacon", None, 403, "beacon.own_key"),
    (OFFICER, "POST", "/api/v1/calls", {}, 403, "statement.role"),
    (OFFICER, "GET", "/api/v1/events?after=-1", None, 400, "request.invalid"),
    (MEMBER, "POST", f"/api/v1/cases/{NOBODYS_CASE}/statements", {"kind": "granted"}, 400, "statement.body"),
    (MEMBER, "GET", "/api/v1/roster", None, 403, "session.role"),
    (MEMBER, "GET", "/api/v1/officers", None, 403, "session.role"),
    (MEMBER, "POST", "/api/v1/members", {"statement": "aa"}, 403, "session.role"),
    (MEMBER, "POST", "/api/v1/officers", {"name": "X", "roles": ["officer"]}, 403, "session.role"),
]


@pytest.mark.parametrize(("who", "method", "path", "body", "status", "code"), REFUSED)
async def test_a_refusal_is_a_problem_with_its_own_code(web, live, who, method, path, body, status, code):
    client, _ = web
    tokens = {OFFICER: live.officers[0].token, MEMBER: live.members[0].token}
    headers = bearer(tokens[who]) if who in tokens else {}
    sent = {"content": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
    assert_problem(await client.request(method, path, headers=headers, **sent), status, code)


async def test_a_refusal_says_who_may_ask_and_when_to_come_again(web, live, monkeypatch):
    client, station = web
    answer = await client.get("/api/v1/cases")
    assert answer.headers["www-authenticate"] == "Bearer, ESOS"

    async def full(*args, **kwargs):
        raise Busy("storage.locked", "The store is locked.")

    monkeypatch.setattr(station.intake, "keep", full)
    answer = await client.post("/api/v1/calls", json={})
    assert_problem(answer, 503, "storage.locked")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Bearer", "session.token"),
        ("Bearer nobody", "session.token"),
        ("Bearer " + "x" * 500, "session.token"),
        ("Basic YTpi", "session.scheme"),
        ("ESOS", "cose.malformed"),
        ("ESOS %", "base64.malformed"),
    ],
)
async def test_credentials_that_do_not_hold_are_refused_but_a_call_is_heard_all_the_same(web, written, code):
    client, _ = web
    answer = await client.get("/api/v1/cases", headers={"Authorization": written})
    assert answer.json()["code"] == code
    heard = await client.post("/api/v1/calls", json={}, headers={"Authorization": written})
    assert (heard.status_code, heard.json()["known_by"]) == (201, "nothing")


async def test_a_fault_of_ours_says_nothing_of_what_is_inside_and_is_logged(web, monkeypatch, capsys, caplog):
    client, station = web

    async def broken(*args, **kwargs):
        raise RuntimeError("the secret words of a caller")

    monkeypatch.setattr(station.views, "records", broken)  # not the journal: the station itself reads that
    answer = await client.get("/api/v1/cases", headers=bearer(await station.tokens.program_token("local")))
    problem = assert_problem(answer, 500, "internal.error")
    assert "secret words" not in str(problem)
    assert "request_fault" in printed(capsys, caplog)


async def test_a_statement_of_the_other_realm_never_gets_in(web, live):
    client, _ = web
    body, key = b.Called(call=bytes(8)), live.members[0].key
    practice = write_statement(seed=key.seed, realm=Realm.EXERCISE, kind="called", body=body, time_ms=now_ms())
    answer = await client.post("/api/v1/statements", content=practice.raw)
    assert_problem(answer, 403, "realm.mismatch")


async def test_a_changed_byte_is_refused(web, live):
    client, _ = web
    statement = live.members[0].say("called", b.Called(call=bytes(8)))
    raw = statement.raw[:-1] + bytes([statement.raw[-1] ^ 1])
    assert_problem(await client.post("/api/v1/statements", content=raw), 422, "statement.signature")


@pytest.mark.parametrize(
    ("header", "code"), [("zz", "key.header"), ("00", "key.header"), ("00" * 32, "statement.signature")]
)
async def test_a_strangers_key_is_checked(web, header, code):
    client, _ = web
    key = new_key(Realm.REAL)
    body = b.Called(call=bytes(8))
    call = write_statement(seed=key.seed, realm=Realm.REAL, kind="called", body=body, time_ms=now_ms())
    answer = await client.post("/api/v1/statements", content=call.raw, headers={"Esos-Key": header})
    assert answer.json()["code"] == code


async def test_what_only_shows_who_somebody_is_is_not_kept(web, live):
    client, station = web
    head = await station.journal.head()
    shown = live.members[0].say("presented", b.Presented(audience=live.identity.kid, expires_ms=now_ms() + 1000))
    assert_problem(await client.post("/api/v1/statements", content=shown.raw), 403, "statement.not_kept")
    assert await station.journal.head() == head


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"audience": b"another!"}, "presented.audience"),
        ({"lives_ms": -1}, "presented.expired"),
        ({"lives_ms": 601_000}, "presented.expired"),
    ],
)
async def test_showing_a_key_is_for_one_station_and_ten_minutes(web, live, change, code):
    client, _ = web
    answer = await client.get("/api/v1/cases", headers=live.shows(live.members[0].key, **change))
    assert_problem(answer, 401, code)


async def test_showing_something_else_than_who_one_is_is_refused(web, live):
    client, _ = web
    call = live.members[0].say("called", b.Called(call=bytes(8)))
    answer = await client.get("/api/v1/cases", headers={"Authorization": f"ESOS {url_safe(call.raw)}"})
    assert_problem(answer, 401, "presented.kind")


async def test_showing_a_key_lets_a_party_read_and_not_act(web, live):
    client, _ = web
    shown = live.shows(live.members[0].key)
    assert (await client.get("/api/v1/cases", headers=shown)).status_code == 200
    path = f"/api/v1/cases/{NOBODYS_CASE}/statements"
    answer = await client.post(path, headers=shown, json={"kind": "messaged", "body": {"text": "x"}})
    assert_problem(answer, 401, "session.read_only")


async def test_every_answer_forbids_foreign_content_and_frames(web):
    client, _ = web
    for path in ("/healthz", "/nothing", "/api/v1/cases", "/metrics", "/schema/openapi.json"):
        headers = (await client.get(path)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"


async def test_showing_another_s_key_name_without_its_signature_is_refused(web, live):
    client, _ = web
    body = b.Presented(audience=live.identity.kid, expires_ms=now_ms() + 60_000)
    shown = live.members[0].say("presented", body)
    forged = shown.raw[:-1] + bytes([shown.raw[-1] ^ 1])
    answer = await client.get("/api/v1/cases", headers={"Authorization": f"ESOS {url_safe(forged)}"})
    assert_problem(answer, 422, "statement.signature")


async def test_an_unknown_key_shows_nobody_unless_it_is_sent_along_and_is_the_author_s(web, live):
    client, _ = web
    stranger, other = new_key(Realm.REAL), new_key(Realm.REAL)
    shown = live.shows(stranger)
    assert_problem(await client.get("/api/v1/cases", headers=shown), 401, "key.unknown")
    with_other = shown | {"Esos-Key": other.public.hex()}
    assert_problem(await client.get("/api/v1/cases", headers=with_other), 422, "statement.signature")
    answer = await client.get("/api/v1/cases", headers=shown | {"Esos-Key": stranger.public.hex()})
    assert answer.json() == {"cases": []}


def printed(capsys, caplog) -> str:
    """All that was logged; where it went depends on what configured the log before."""
    captured = capsys.readouterr()
    ours = (record.getMessage() for record in caplog.records if record.name.startswith("esos"))
    return "\n".join((captured.out, captured.err, *ours))


async def test_the_log_of_a_fault_names_the_place_and_no_secret_of_a_link(web, live, monkeypatch, capsys, caplog):
    client, station = web

    async def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(station.views, "record", broken)
    await client.get(f"/api/v1/cases/{NOBODYS_CASE}", headers=bearer(live.officers[0].token))
    said = printed(capsys, caplog)
    assert "/api/v1/cases/{case_id" in said
    assert NOBODYS_CASE not in said
