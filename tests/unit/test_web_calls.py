"""Calls from people and programs without a key: visitors, printed cards, relays, and today's monitoring."""

import sys
from pathlib import Path

import pytest

from esos.case.model import decode_case
from esos.errors import Busy, Malformed
from esos.message.bodies import CallDetails
from esos.service import founder_of
from esos.station.visit import WRONG_CARDS_MAX, RelayFor, Visits, details_from, returning_visitor
from esos.vault.keyfile import new_key
from esos.web.api.pagerduty import WORDS_MAX_LETTERS
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import Member, bearer, card_of, founded, inside

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("web") / "home", members=4, realm=Realm.REAL)


@pytest.fixture(scope="module")
async def web(live):
    async with inside(live) as (client, station):
        yield client, station


async def case_of(web, live, case: str) -> dict:
    client, _ = web
    return (await client.get(f"/api/v1/cases/{case}", headers=bearer(live.officers[0].token))).json()


async def test_a_call_with_nothing_in_it_is_heard(web, live):
    client, _ = web
    answer = await client.post("/api/v1/calls", json={})
    assert answer.status_code == 201, answer.text
    taken = answer.json()
    assert (taken["state"], taken["known_by"], taken["card_accepted"]) == ("arrived", "nothing", None)
    view = await case_of(web, live, taken["case"])
    assert (view["urgency"], view["verification"]) == ("mayday", "unverified")


async def test_natures_may_be_words_or_numbers(web, live):
    client, _ = web
    answer = await client.post("/api/v1/calls", json={"details": {"natures": ["flooding", 11]}})
    view = await case_of(web, live, answer.json()["case"])
    assert view["natures"] == ["flooding", "outage"]
    assert details_from({"natures": ["2", "held-to-ransom"]}).natures == (2, 18)
    for wrong in ({"natures": "flooding"}, {"who_did_it": "x"}):
        with pytest.raises(Malformed) as refused:
            details_from(wrong)
        assert refused.value.code == "call.details"


async def test_a_visitor_that_calls_again_with_its_link_joins_its_case(web, live):
    client, _ = web
    first = (await client.post("/api/v1/calls", json={"caller_name": "Example Clinic"})).json()
    again = (await client.post("/api/v1/calls", json={}, headers=bearer(first["token"]))).json()
    assert again["case"] == first["case"]
    assert (await case_of(web, live, first["case"]))["times_called"] == 2


async def test_the_same_visit_is_the_same_visitor_and_another_is_not():
    one, other = "ab" * 18, "cd" * 18
    assert returning_visitor(one) == returning_visitor(one)
    assert returning_visitor(one).party != returning_visitor(other).party
    assert one not in returning_visitor(one).party


@pytest.mark.parametrize("purpose", ["card", "invitation"])
async def test_what_is_no_sign_in_link_is_not_spent_by_trying_it_as_one(web, live, purpose):
    client, station = web
    tokens, member = station.tokens, live.members[3].id
    if purpose == "card":
        secret = await tokens.make_card_number(member)
    else:
        secret = await tokens.make(member, purpose, lives_ms=60_000, once=True)
    for _ in range(2):
        refused = await client.post(f"/enter/{secret}", headers={"accept": "application/json"})
        assert (refused.status_code, refused.json()["code"]) == (401, "session.link")
    if purpose == "card":
        assert (await client.post("/api/v1/calls", json={"card_token": secret})).json()["card_accepted"] is True
    else:
        assert await tokens.spend(secret, purpose) is not None


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "null"}, 403),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 303),
        ({"origin": "http://{host}"}, 303),
        ({"origin": "null"}, 303),
        ({}, 303),
    ],
)
async def test_no_other_site_signs_a_browser_in(web, live, sent, status):
    client, station = web
    link = await station.tokens.link(live.members[3].id)
    headers = {name: value.format(host=client.base_url.netloc.decode()) for name, value in sent.items()}
    answer = await client.post(f"/enter/{link}", headers={**headers, "accept": "application/json"})
    assert answer.status_code == status, answer.text
    is_spent = (await client.post(f"/enter/{link}", headers={"accept": "application/json"})).status_code == 401
    assert is_spent == (status == 303)


async def test_a_printed_card_makes_it_the_members_call_once(web, live):
    client, _ = web
    member = live.members[0]
    made = await client.post(
        f"/api/v1/members/{member.id}/secrets", headers=bearer(live.officers[0].token), json={"purpose": "card"}
    )
    number = made.json()["secret"]
    assert number.isdigit()
    first = (await client.post("/api/v1/calls", json={"card_token": number})).json()
    assert (first["known_by"], first["card_accepted"]) == ("card", True)
    assert (await case_of(web, live, first["case"]))["caller"] == member.id
    second = (await client.post("/api/v1/calls", json={"card_token": number})).json()
    assert (second["known_by"], second["card_accepted"]) == ("nothing", False)
    assert second["case"] != first["case"]


async def test_a_card_is_not_spent_when_the_call_could_not_be_kept(web, live, monkeypatch):
    client, station = web
    number = await station.tokens.make_card_number(live.members[1].id)

    async def full(*args, **kwargs):
        raise Busy("storage.full", "The store is full.")

    with monkeypatch.context() as broken:
        broken.setattr(station.intake, "keep", full)
        assert (await client.post("/api/v1/calls", json={"card_token": number})).status_code == 503
    assert (await client.post("/api/v1/calls", json={"card_token": number})).json()["card_accepted"] is True


async def test_guessing_card_numbers_makes_visitors_and_nothing_more(web, live):
    _, station = web
    visits = Visits(station)
    number = await station.tokens.make_card_number(live.members[2].id)
    for guess in range(WRONG_CARDS_MAX):
        assert await visits._card(f"guess {guess}") is None
    made = await visits.call(CallDetails(), card_token=number)
    assert made.card_accepted is False
    assert made.outcome.case
    assert (await Visits(station).call(CallDetails(), card_token=number)).card_accepted is True


async def test_a_relay_calls_for_a_member_and_keeps_who_is_who(web, live):
    client, _ = web
    relay, caller = live.members[3], live.members[2]
    body = {"relay_for": {"caller": caller.id, "vouched": True}, "details": {"natures": ["cut-off"]}}
    taken = (await client.post("/api/v1/calls", json=body, headers=bearer(relay.token))).json()
    view = await case_of(web, live, taken["case"])
    assert (view["caller"], view["relays"]) == (caller.id, [relay.name])
    link = bearer(taken["token"])
    assert (await client.get(f"/api/v1/cases/{taken['case']}", headers=link)).status_code == 200
    assert (await client.get("/api/v1/members", headers=link)).json()["code"] == "session.link_only"


async def test_a_relay_for_somebody_nobody_knows_is_heard_by_the_name_it_gives(web, live):
    client, _ = web
    for given in ({"caller_name": "Example Harbour"}, {"caller": "Example Harbour"}):
        taken = (await client.post("/api/v1/calls", json={"relay_for": given})).json()
        view = await case_of(web, live, taken["case"])
        assert view["caller_name"] == "Example Harbour"
        assert view["caller"].startswith("guest:")


async def test_an_officer_calls_for_whoever_is_on_the_telephone(web, live):
    client, _ = web
    body = {"relay_for": {"caller_name": "Example Waterworks"}}
    answer = await client.post("/api/v1/calls", json=body, headers=bearer(live.officers[0].token))
    assert answer.status_code == 201, answer.text
    assert (await case_of(web, live, answer.json()["case"]))["relays"] == ["First officer"]


async def test_a_call_id_is_eight_bytes(web):
    _, station = web
    with pytest.raises(Malformed) as refused:
        await Visits(station).call(CallDetails(), call=b"short", relay_for=RelayFor())
    assert refused.value.code == "call.id"


async def test_one_alarm_that_is_over_does_not_end_a_case_that_has_another(web, live):
    client, _ = web
    member = live.members[3]

    async def event(action: str, alarm: str) -> str:
        payload = {"summary": f"Alarm {alarm}", "source": "probe", "severity": "error"}
        sent = {"routing_key": member.token, "event_action": action, "dedup_key": alarm, "payload": payload}
        answer = await client.post("/v2/enqueue", json=sent)
        assert answer.status_code == 202, answer.text
        return answer.json()["message"]

    async def state() -> str:
        rows = (await client.get("/api/v1/cases", headers=bearer(member.token))).json()["cases"]
        return max((row for row in rows if row["caller"] == member.id), key=lambda row: row["opened_ms"])["state"]

    assert "No call" in await event("resolve", "one")
    await event("trigger", "one")
    await event("trigger", "two")
    await event("resolve", "one")
    assert await state() == "arrived"


async def test_a_repeated_alarm_with_more_facts_updates_its_call(web, live):
    client, station = web
    member = live.members[0]
    for words in ("Disk is full", "Disk is full", "Disk is full and failing"):
        sent = {
            "routing_key": member.token,
            "event_action": "trigger",
            "dedup_key": "disk",
            "payload": {"summary": words},
        }
        assert (await client.post("/v2/enqueue", json=sent)).status_code == 202
    record = await station.journal.open_case_of(member.id)
    kinds = [entry.kind for entry in await station.journal.read(case=record.id)]
    assert kinds.count("updated") == 1


async def test_a_visitor_that_repeats_its_call_word_for_word_gets_its_case_and_its_page_again(web, live):
    client, _ = web
    sent = {"call": "00112233445566aa", "caller_name": "Example Clinic", "details": {"natures": ["flooding"]}}
    first, again = [(await client.post("/api/v1/calls", json=sent)).json() for _ in range(2)]
    assert (again["case"], again["call"]) == (first["case"], sent["call"])
    view = await case_of(web, live, first["case"])
    assert view["times_called"] == 1
    assert (await client.get(f"/api/v1/cases/{first['case']}", headers=bearer(again["token"]))).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [{"call": "00112233445566ac"}, {"caller_name": "Somebody"}, {"details": {}}, {"relay_for": {"caller_name": "B"}}],
)
async def test_whoever_does_not_repeat_every_word_of_a_call_opens_a_case_of_its_own(web, changed):
    client, _ = web
    sent = {"call": "00112233445566ab", "caller_name": "Example Clinic", "details": {"natures": ["flooding"]}}
    first = (await client.post("/api/v1/calls", json=sent)).json()
    other = await client.post("/api/v1/calls", json={**sent, **changed})
    assert other.status_code == 201
    assert other.json()["case"] != first["case"]


async def test_who_reads_a_visitors_case_cannot_repeat_its_call(web, live):
    """The id is the caller's secret: it stands nowhere in the case, for whoever knows it gets the caller's page."""
    client, station = web
    secret = "00112233445566ad"
    taken = (await client.post("/api/v1/calls", json={"call": secret})).json()
    entries = await station.journal.read(case=bytes.fromhex(taken["case"]))
    assert not any(bytes.fromhex(secret) in entry.cose for entry in entries)
    view = await client.get(f"/api/v1/cases/{taken['case']}", headers=bearer(live.officers[0].token))
    assert secret not in view.text


async def alarm(client, member, key: str, **payload) -> str:
    sent = {"routing_key": member.token, "event_action": "trigger", "dedup_key": key, "payload": payload}
    answer = await client.post("/v2/enqueue", json=sent)
    assert answer.status_code == 202, answer.text
    return answer.json()["message"]


async def test_monitoring_is_told_truly_whether_a_person_has_charge(live):
    async with inside(live) as (client, station):
        member = live.members[2]
        assert "No person has seen it yet." in await alarm(client, member, "a", summary="A")
        record = await station.journal.open_case_of(member.id)
        officer = bearer(live.officers[0].token)
        path = f"/api/v1/cases/{record.id.hex()}/statements"
        await client.post(path, json={"kind": "acknowledged"}, headers=officer)
        for key, words in (("b", "B"), ("a", "B"), ("a", "More")):
            said = await alarm(client, member, key, summary=words)
            assert "A watch officer has charge of its case." in said
            assert "No person" not in said


@pytest.mark.parametrize(
    ("payload", "urgency"),
    [
        ({"summary": "x" * 5_000, "source": "y" * 5_000, "severity": "error"}, "pan-pan"),
        ({"summary": "x", "severity": "CRITICAL"}, "mayday"),
        ({"summary": "x", "severity": "disaster", "component": None, "group": None}, "mayday"),
        ({"summary": "", "severity": None}, "mayday"),
        ({}, "mayday"),
    ],
)
async def test_no_alarm_is_lost_for_its_form(live, payload, urgency):
    async with inside(live) as (client, station):
        key = new_key(Realm.REAL)
        party = await founder_of(station).register(card_of("Example Newcomers", key))
        member = Member(id=party, name="", key=key, token=await station.tokens.program_token(party))
        await alarm(client, member, f"{payload} {'k' * 400}", **payload)
        case = decode_case((await station.journal.open_case_of(member.id)).blob)
        assert (case.urgency.value, case.details.origin) == (urgency, "automatic")
        assert len(case.details.words) <= WORDS_MAX_LETTERS
