"""Bad input at the HTTP door: every one gets a clear refusal with a stable code, or changes nothing that was done before."""

import asyncio
import random
import sys
from pathlib import Path

import cbor2
import pytest
from live import bearer, founded, inside, now_ms

from esos.case.model import decode_case
from esos.keys.identity import kid_of, public_of, sign
from esos.message import bodies as b
from esos.message.cose import encode_sign1, sig_structure
from esos.message.kinds import KINDS, Scope
from esos.message.statement import CONTENT_TYPES, Attests, write_statement
from esos.station.records import Admitted
from esos.vault.keyfile import new_key
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "simulation"))

from simulated.any_body import any_body

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
DAY_MS = 86_400_000
REALM = Realm.EXERCISE
COSE = {"Content-Type": "application/cose"}


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("bad") / "home", members=5)


@pytest.fixture(scope="module")
async def web(live):
    async with inside(live) as (client, station):
        yield client, station


async def post(client, raw: bytes, **headers: str):
    return await client.post("/api/v1/statements", content=raw, headers=COSE | headers)


async def called(web, live, number: int, name: bytes = b"") -> bytes:
    """A member's open case."""
    said = live.members[number].say("called", b.Called(call=name or random.randbytes(8)))
    answer = await post(web[0], said.raw)
    assert answer.status_code in {200, 201}, answer.text
    return bytes.fromhex(answer.json()["case"])


# ----------------------------------------------------------------------------------------------- bytes
def forged(seed: bytes, payload: object, *, header: dict | None = None, raw_payload: bytes | None = None) -> bytes:
    """A message signed by this key whatever it says."""
    said = {1: -8, 3: CONTENT_TYPES[REALM], 4: kid_of(public_of(seed))} | (header or {})
    protected = cbor2.dumps(said, canonical=True)
    encoded = cbor2.dumps(payload, canonical=True) if raw_payload is None else raw_payload
    return encode_sign1(protected, encoded, sign(seed, sig_structure(protected, encoded)))


def call_payload(**changes: object) -> dict:
    """The payload of a plain call, with fields by number replaced; None takes one away."""
    plain: dict = {1: 1, 2: "called", 3: 0, 5: {"call": b"12345678"}}
    plain |= {int(name.removeprefix("f")): value for name, value in changes.items()}
    return {name: value for name, value in plain.items() if value is not None}


def one_bit_off(raw: bytes) -> bytes:
    return raw[:-1] + bytes((raw[-1] ^ 1,))


BYTES = {
    "nothing": (lambda seed: b"", 400, "cose.malformed"),
    "junk": (lambda seed: b"\xff" * 40, 400, "cose.malformed"),
    "text": (lambda seed: b"HELP", 400, "cose.malformed"),
    "a number": (lambda seed: b"\x01", 400, "cose.tag"),
    "an untagged array": (lambda seed: cbor2.dumps([b"", {}, b"", b""]), 400, "cose.tag"),
    "a tag of three parts": (lambda seed: cbor2.dumps(cbor2.CBORTag(18, [b"", {}, b""])), 400, "cose.shape"),
    "deep nesting": (lambda seed: b"\xd2" + b"\x81" * 5000 + b"\x00", 400, "cose.malformed"),
    "bytes after the end": (lambda seed: forged(seed, call_payload()) + b"\x00", 400, "statement.not_canonical"),
    "a payload that is no map": (lambda seed: forged(seed, [1, 2]), 400, "statement.fields"),
    "an indefinite length": (lambda seed: forged(seed, 0, raw_payload=b"\xbf\x01\x01\xff"), 400, "cbor.not_deterministic"),
    "a float": (lambda seed: forged(seed, call_payload(f3=1.5)), 400, "cbor.type"),
    "a time before the beginning": (lambda seed: forged(seed, call_payload(f3=-1)), 400, "statement.fields"),
    "another version": (lambda seed: forged(seed, call_payload(f1=2)), 400, "statement.version"),
    "an unknown field": (lambda seed: forged(seed, call_payload(f9="x")), 400, "statement.fields"),
    "an unknown kind": (lambda seed: forged(seed, call_payload(f2="surrendered")), 400, "statement.kind"),
    "an unknown member of the body": (lambda seed: forged(seed, call_payload(f5={"call": b"1" * 8, "who_did_it": "them"})), 400, "statement.body"),
    "a call id too short": (lambda seed: forged(seed, call_payload(f5={"call": b"1"})), 400, "statement.body"),
    "words too long": (lambda seed: forged(seed, call_payload(f5={"call": b"1" * 8, "details": {"words": "w" * 4001}})), 400, "statement.body"),
    "a case where none belongs": (lambda seed: forged(seed, call_payload(f4=bytes(16))), 400, "statement.case"),
    "another algorithm": (lambda seed: forged(seed, call_payload(), header={1: -7}), 400, "statement.algorithm"),
    "another content type": (lambda seed: forged(seed, call_payload(), header={3: "text/plain"}), 400, "statement.content_type"),
    "a header more": (lambda seed: forged(seed, call_payload(), header={99: 1}), 400, "statement.header"),
    "a changed signature": (lambda seed: one_bit_off(forged(seed, call_payload())), 422, "statement.signature"),
    "an attestation of its own": (
        lambda seed: forged(seed, call_payload(f6={"party": "officer:x", "role": "officer"})), 403, "statement.attests_other",
    ),
    "another realm": (lambda seed: forged(seed, call_payload(), header={3: CONTENT_TYPES[Realm.REAL]}), 403, "realm.mismatch"),
    "an officer's word": (
        lambda seed: forged(seed, call_payload(f2="acknowledged", f4=bytes(16), f5={})), 403, "statement.role",
    ),
    "what only shows who one is": (
        lambda seed: forged(seed, call_payload(f2="presented", f5={"audience": b"1" * 8, "expires_ms": 1})), 403, "statement.not_kept",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BYTES)
async def test_bytes_that_say_nothing_get_a_clear_code_and_are_not_kept(web, live, name):
    client, station = web
    make, status, code = BYTES[name]
    before = await station.journal.head()
    answer = await post(client, make(live.members[0].key.seed))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert problem["detail"]
    assert problem["type"] == f"urn:esos:problem:{code}"
    assert await station.journal.head() == before


async def test_a_key_nobody_registered_is_unknown_or_a_stranger_and_never_somebody_else(web, live):
    client, station = web
    stranger, member = new_key(REALM), live.members[0]
    said = write_statement(seed=stranger.seed, realm=REALM, kind="called", body=b.Called(call=b"stranger"), time_ms=0)
    codes = {
        "no key sent along": ((await post(client, said.raw)).json()["code"], "key.unknown"),
        "no hexadecimal": ((await post(client, said.raw, **{"Esos-Key": "zz"})).json()["code"], "key.header"),
        "too short": ((await post(client, said.raw, **{"Esos-Key": "00"})).json()["code"], "key.header"),
        "another's key": (
            (await post(client, said.raw, **{"Esos-Key": member.key.public.hex()})).json()["code"], "statement.signature",
        ),
    }  # fmt: skip
    assert {name: got for name, (got, _) in codes.items()} == {name: wanted for name, (_, wanted) in codes.items()}
    real = new_key(Realm.REAL)
    other = write_statement(seed=real.seed, realm=Realm.REAL, kind="called", body=b.Called(call=b"realreal"), time_ms=0)
    assert (await post(client, other.raw, **{"Esos-Key": real.public.hex()})).json()["code"] == "realm.mismatch"
    heard = await post(client, said.raw, **{"Esos-Key": stranger.public.hex()})
    assert heard.status_code == 201
    record = await station.journal.case(bytes.fromhex(heard.json()["case"]))
    assert record.caller == f"stranger:{stranger.kid.hex()}"
    attested = write_statement(
        seed=stranger.seed, realm=REALM, kind="messaged", body=b.Messaged(text="I am an officer."), time_ms=0,
        case=record.id, attests=Attests(party=live.officers[0].id, role="officer"),
    )  # fmt: skip
    refused = await post(client, attested.raw, **{"Esos-Key": stranger.public.hex()})
    assert refused.json()["code"] == "statement.attests_stranger"


JSON = {
    "no JSON": ("/calls", b"{", 400, "request.malformed"),
    "no UTF-8": ("/calls", b'{"caller_name": "\xff"}', 400, "request.malformed"),
    "a list": ("/calls", b"[]", 400, "request.invalid"),
    "an unknown member": ("/calls", b'{"culprit": "them"}', 400, "request.invalid"),
    "an unknown member within": ("/calls", b'{"details": {"attribution": "them"}}', 400, "request.invalid"),
    "an unknown nature": ("/calls", b'{"details": {"natures": ["godzilla"]}}', 400, "nature.unknown"),
    "a nature beyond the last": ("/calls", b'{"details": {"natures": [99]}}', 400, "request.invalid"),
    "a name too long": ("/calls", b'{"caller_name": "' + b"n" * 81 + b'"}', 400, "request.invalid"),
    "a call id that is none": ("/calls", b'{"call": "xyz"}', 400, "request.invalid"),
    "a body too large": ("/calls", b'{"details": {"words": "' + b"w" * 300_000 + b'"}}', 413, "request.too_large"),
    "deep nesting": ("/calls", b'{"details": ' + b"[" * 100_000, 400, "request.malformed"),
}


@pytest.mark.parametrize("name", JSON)
async def test_json_that_cannot_be_read_gets_a_clear_code_and_is_not_kept(web, name):
    client, station = web
    path, body, status, code = JSON[name]
    before = await station.journal.head()
    answer = await client.post(f"/api/v1{path}", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await station.journal.head() == before


SAYINGS = {
    "an unknown kind": ({"kind": "surrendered"}, 400, "statement.kind"),
    "a kind of another place": ({"kind": "officer_added"}, 400, "statement.scope"),
    "a body that lacks what it needs": ({"kind": "seconded", "body": {}}, 400, "statement.body"),
    "an id that is no hexadecimal": ({"kind": "seconded", "body": {"proposal": "zz"}}, 400, "statement.body"),
    "an id that is too short": ({"kind": "seconded", "body": {"proposal": "00"}}, 400, "statement.body"),
    "a member that is unknown": ({"kind": "acknowledged", "body": {"culprit": "them"}}, 400, "statement.body"),
    "what only the station says": ({"kind": "elapsed", "body": {"timer": "ack", "due_ms": 1}}, 403, "statement.role"),
    "what only a caller signs": ({"kind": "granted", "body": {"help_class": "access", "scope": "x", "expires_ms": 1}}, 403, "statement.role"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAYINGS)
async def test_what_an_officer_says_wrongly_gets_a_clear_code_and_is_not_kept(web, live, name):
    client, station = web
    case = await called(web, live, 1)
    before = await station.journal.head()
    said, status, code = SAYINGS[name]
    answer = await client.post(
        f"/api/v1/cases/{case.hex()}/statements", json=said, headers=bearer(live.officers[0].token)
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await station.journal.head() == before


async def test_a_pact_that_cannot_be_read_never_enters_the_register_by_whatever_door(web, live):
    client, station = web
    registrar, before = bearer(live.officers[0].token), await station.journal.head()
    by_door = await client.post("/api/v1/pacts", json={"text": "this is = no [ pact"}, headers=registrar)
    assert (by_door.status_code, by_door.json()["code"]) == (400, "pact.malformed")
    member = live.members[0].id
    for raw in (b"\xff\xfe", b"this is = no [ pact"):
        said = {"kind": "pact_published", "body": {"raw": raw.hex()}}
        answer = await client.post(f"/api/v1/members/{member}/statements", json=said, headers=registrar)
        assert (answer.status_code, answer.json()["code"]) == (400, "pact.malformed"), answer.text
    assert await station.journal.head() == before
    await called(web, live, 0)


# ---------------------------------------------------------------------------------------------- clocks
@pytest.mark.parametrize(
    "time_ms",
    [0, 1, now_ms() - 400 * DAY_MS, now_ms() - 3 * DAY_MS, now_ms() + 3 * DAY_MS, 2**53, 2**63 - 1, 2**64 - 1],
    ids=["none", "first", "year-late", "days-late", "days-early", "far", "farther", "farthest"],
)
async def test_a_clock_that_is_off_by_days_or_ages_refuses_no_call_and_moves_no_deadline(web, live, time_ms):
    client, _station = web
    key = new_key(REALM)
    said = write_statement(seed=key.seed, realm=REALM, kind="called", body=b.Called(call=b"badclock"), time_ms=time_ms)
    answer = await post(client, said.raw, **{"Esos-Key": key.public.hex()})
    assert answer.status_code == 201, answer.text
    officer = bearer(live.officers[0].token)
    case = answer.json()["case"]
    view = (await client.get(f"/api/v1/cases/{case}", headers=officer)).json()
    assert abs(view["opened_ms"] - now_ms()) < DAY_MS / 24
    due = [timer["due_ms"] for timer in view["timers"] if timer["timer"] == "ack"]
    assert 0 < due[0] - view["opened_ms"] <= 60_000
    for path in (f"/api/v1/cases/{case}/statements", f"/api/v1/cases/{case}/requests"):
        assert (await client.get(path, headers=officer)).status_code == 200
    for _ in range(100):
        export = await client.get(f"/api/v1/cases/{case}/export", headers=officer)
        if export.status_code == 200:
            break
        await asyncio.sleep(0.05)
    assert export.status_code == 200, export.text


# --------------------------------------------------------------------------------------------- replays
REPLAYED = [
    kind
    for kind, row in KINDS.items()
    if row.who & {"member"} and row.scope is not Scope.STATION and kind != "key_revoked"
]


@pytest.mark.parametrize("kind", REPLAYED)
async def test_a_statement_that_comes_again_is_answered_alike_and_does_nothing_more(web, live, kind):
    client, station = web
    case = await called(web, live, 2)
    chance = random.Random(kind)
    _, kept = await station.views.record(case)
    names = {
        "member": [live.members[2].id], "sponsor": [live.members[2].id], "to": [live.members[3].id],
        "request": list(kept.requests), "grant": list(kept.grants), "caller": [live.members[3].id],
    }  # fmt: skip
    row = KINDS[kind]
    body = any_body(row.body, chance, names)
    said = live.members[2].say(kind, body, case=case.hex() if row.scope is Scope.CASE else "")
    first = await post(client, said.raw)
    head = await station.journal.head()
    before = {record.id: (record.version, record.blob) for record in await station.journal.cases()}
    pages = len(await station.journal.parcels())
    for _ in range(2):
        again = await post(client, said.raw)
        assert again.json().get("code") == first.json().get("code")
        if first.status_code in {201, 202}:
            assert again.status_code == 200
            assert again.json()["seq"] == first.json()["seq"]
    assert await station.journal.head() == head
    assert {record.id: (record.version, record.blob) for record in await station.journal.cases()} == before
    assert len(await station.journal.parcels()) == pages


async def test_a_call_sent_twice_by_json_under_its_own_id_is_one_call(web, live):
    client, station = web
    body = {"call": "00112233445566ff", "caller_name": "Example Clinic", "details": {"natures": ["flooding"]}}
    token = bearer(live.members[3].token)
    first = (await client.post("/api/v1/calls", json=body, headers=token)).json()
    second = (await client.post("/api/v1/calls", json=body, headers=token)).json()
    assert first["case"] == second["case"]
    _, case = await station.views.record(bytes.fromhex(first["case"]))
    assert case.times_called == 1


async def test_a_visitors_call_sent_twice_by_json_under_its_own_id_is_one_call(web):
    client, station = web
    body = {"call": "00112233445566fe", "caller_name": "Example Clinic", "details": {"natures": ["flooding"]}}
    first = (await client.post("/api/v1/calls", json=body)).json()
    second = (await client.post("/api/v1/calls", json=body)).json()
    assert first["case"] == second["case"]
    _, case = await station.views.record(bytes.fromhex(first["case"]))
    assert case.times_called == 1


# ----------------------------------------------------------------------------------------- two officers
async def test_of_two_officers_who_acknowledge_at_once_exactly_one_has_the_case(web, live):
    client, station = web
    for number in range(8):
        key = new_key(REALM)
        said = write_statement(
            seed=key.seed, realm=REALM, kind="called", body=b.Called(call=number.to_bytes(8)), time_ms=0
        )
        case = (await post(client, said.raw, **{"Esos-Key": key.public.hex()})).json()["case"]
        answers = await asyncio.gather(
            *(
                client.post(
                    f"/api/v1/cases/{case}/statements", json={"kind": "acknowledged"}, headers=bearer(officer.token)
                )
                for officer in live.officers[:2]
            )
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        loser = next(answer for answer in answers if answer.status_code == 409)
        assert loser.json()["code"] == "case.held"
        winner = live.officers[[answer.status_code for answer in answers].index(201)]
        record = await station.journal.case(bytes.fromhex(case))
        assert record.holder == winner.id
        assert winner.name in loser.json()["detail"]


# ------------------------------------------------------------------------------------------ odd statements
async def test_a_statement_that_cannot_be_folded_is_set_aside_in_sight_and_the_others_go_on(web, live):
    """As a newer release would leave it in the journal: a kind and bytes that this code does not know."""
    client, station = web
    case = await called(web, live, 4)
    route = f"case:{case.hex()}"
    odd = [
        Admitted(
            id=bytes([number]) * 32, kind=kind, dedupe=bytes([number]) * 32, route=route, cose=cose, admission=b"?"
        )
        for number, (kind, cose) in enumerate((("teleported", b"\xd2\x00"), ("messaged", b"")), start=1)
    ]
    good = live.members[4].say("messaged", b.Messaged(text="And we go on."), case=case.hex())
    judged = station.judge.judge(good.raw, now_ms=now_ms())
    kept = await station.journal.append([odd[0], judged.admitted, odd[1]], now_ms=now_ms())
    station.signal.ring()
    async with asyncio.timeout(60):
        while (await station.journal.entry(odd[1].id)).verdict == "":
            await asyncio.sleep(0.02)
    entries = {entry.seq: entry for entry in await station.journal.read(after_seq=kept[0].seq - 1)}
    assert [entries[one.seq].verdict for one in kept] == ["fold.set_aside", "applied", "fold.set_aside"]
    assert {entries[one.seq].case for one in kept} == {case}
    officer = bearer(live.officers[0].token)
    view = await client.get(f"/api/v1/cases/{case.hex()}", headers=officer)
    assert view.status_code == 200, view.text
    shown = {item["seq"]: item for item in view.json()["timeline"]}
    assert shown[kept[0].seq]["verdict"] == "fold.set_aside"
    assert "could not be folded" in shown[kept[0].seq]["reason"]
    for path in (f"/api/v1/cases/{case.hex()}/statements", "/api/v1/cases", "/readyz"):
        assert (await client.get(path, headers=officer)).status_code == 200
    answer = await post(client, live.members[4].say("messaged", b.Messaged(text="Still."), case=case.hex()).raw)
    assert answer.status_code == 201, answer.text
    assert decode_case((await station.journal.case(case)).blob).is_open
