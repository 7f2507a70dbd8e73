"""Caller, officer and responders played through HTTP alone, against a station in another process (brief 6)."""

import itertools
import threading
import time

import httpx
import pytest
from live import Live, Member, Person, now_ms

from esos.logbook.receipt import read_receipt, verify_receipt
from esos.message import bodies as b
from esos.vault.keyfile import new_key
from esos.words.ground import Ground
from esos.words.need import HelpClass, NeedLine

pytestmark = pytest.mark.timeout(180)

WAIT_SECONDS = 30
NOTE = "Example Team 0 has lost its uplink."
_numbers = itertools.count(1)


def fresh_call_id() -> bytes:
    return next(_numbers).to_bytes(8)


def eventually(ask, *, what: str):
    """What ``ask`` gives as soon as it gives anything; the test fails when it does not."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        found = ask()
        if found:
            return found
        time.sleep(0.1)
    pytest.fail(f"in {WAIT_SECONDS} s there was no {what}")


def call_of(member: Member, *needs: b.NeedAsk, call: bytes = b"", urgency: str | None = None):
    details = b.CallDetails(natures=(2,), needs=needs, words=NOTE, sector="health")
    return member.say("called", b.Called(call=call or fresh_call_id(), details=details))


def acts(live: Live, officer: Person, case: str, kind: str, expect: int = 201, **body) -> dict:
    """An officer's act on a case through the interface."""
    with live.client(officer.token) as client:
        answer = client.post(f"/api/v1/cases/{case}/statements", json={"kind": kind, "body": body})
    assert answer.status_code == expect, answer.text
    return answer.json()


def case_of(live: Live, token: str, case: str) -> dict:
    with live.client(token) as client:
        answer = client.get(f"/api/v1/cases/{case}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def inbox(live: Live, member: Member, case: str) -> list[dict]:
    """What a member is asked on a case; it shows its own key to see it."""
    answer = httpx.get(f"{live.http}/api/v1/requests?open=1", headers=live.shows(member.key), timeout=20)
    assert answer.status_code == 200, answer.text
    return [one for one in answer.json()["requests"] if one["case"] == case]


def says(live: Live, member: Member, kind: str, body: b.Body, case: str, expect: int = 201) -> dict:
    """A member's own signed statement on a case."""
    answer = live.post(member.say(kind, body, case=case))
    assert answer.status_code == expect, answer.text
    return answer.json()


def close_quietly(live: Live, officer: Person, caller: Member, case: str) -> None:
    """End a case so that the next test begins with none."""
    says(live, caller, "cancelled", b.Cancelled(), case)
    acts(live, officer, case, "closed")


def assert_every_statement_is_proven(live: Live, token: str, case: str) -> None:
    """Each statement of the case has a receipt that holds under the station's pinned key."""
    with live.client(token) as client:
        rows = client.get(f"/api/v1/cases/{case}/statements").json()["statements"]
        assert [row["place"] for row in rows] == sorted(row["place"] for row in rows)
        for row in rows:
            path = f"/api/v1/receipts/{row['id']}"
            got = eventually(lambda path=path: (r := client.get(path)).status_code == 200 and r, what="receipt")
            receipt = read_receipt(got.content)
            proven = verify_receipt(receipt, pinned_public=live.identity.public, origin=live.identity.origin)
            assert proven.claim.statement.hex() == row["id"]
            assert proven.claim.seq == row["seq"]
            assert receipt.statement != b""


def test_a_call_is_heard_taken_helped_ended_and_proven_over_http_alone(live_station):
    live, (officer, _, auditor) = live_station, live_station.officers
    caller, *helpers = live.members

    # The call arrives: a machine has it, no person yet.
    call = call_of(caller, b.NeedAsk(line=NeedLine.FILTERING, quantity=40), b.NeedAsk(line=NeedLine.FORENSICS))
    kept = live.post(call)
    assert kept.status_code == 201, kept.text
    case = kept.json()["case"]
    assert (kept.json()["state"], kept.json()["has_officer"]) == ("arrived", False)

    # A person takes it; the caller, repeating its call, hears so.
    acts(live, officer, case, "acknowledged")
    again = live.post(call)
    assert again.status_code == 200
    assert again.json()["has_officer"] is True
    acts(live, officer, case, "called_back", result="in_distress", by="the number on the card")

    # The station asks teams by itself; the officer asks one more.
    asked = {
        one.name: eventually(lambda one=one: inbox(live, one, case), what=f"request to {one.name}")[0]
        for one in helpers
    }
    assert all(request["why"] and request["state"] == "sent" for request in asked.values())

    # One declines lawfully, two commit to filtering, one to forensics.
    first, second, third, refuser, _ = helpers
    ids = {one.name: bytes.fromhex(asked[one.name]["request"]) for one in helpers}
    says(live, first, "considering", b.OnRequest(request=ids[first.name]), case)
    declined = b.Declined(request=ids[refuser.name], ground=Ground.OWN_EMERGENCY, sentence="Our own line is down.")
    says(live, refuser, "declined", declined, case)
    filtering = (b.NeedAsk(line=NeedLine.FILTERING, quantity=20),)
    says(live, first, "offered", b.Offered(request=ids[first.name], how="partial", lines=filtering), case)
    for helper in (first, second):
        committed = b.Committed(request=ids[helper.name], lines=filtering, ready_minutes=5)
        says(live, helper, "committed", committed, case)
    examine = b.Committed(request=ids[third.name], lines=(b.NeedAsk(line=NeedLine.FORENSICS),))
    says(live, third, "committed", examine, case)
    view = case_of(live, caller.token, case)
    assert view["state"] == "assisting"
    assert [need["open"] for need in view["needs"]] == [0, 0]

    # Nobody touches the caller's systems before it has signed for it.
    work = b.Progressed(request=ids[third.name], note="Images are being taken.", done_percent=10)
    refused = live.post(third.say("progressed", work, case=case))
    assert (refused.status_code, refused.json()["code"]) == (409, "consent.missing")
    grant = b.Granted(
        help_class=HelpClass.ACCESS, scope="one file server", to=(third.id,), expires_ms=now_ms() + 600_000
    )
    says(live, caller, "granted", grant, case)
    work = b.Progressed(request=ids[third.name], note="Images are taken.", done_percent=50)
    says(live, third, "progressed", work, case)

    # It is over: everybody is released, and every grant is zero.
    acts(live, officer, case, "stabilised")
    acts(live, officer, case, "stood_down", note="The flood has ended.", caller_agrees=True)
    view = case_of(live, auditor.token, case)
    assert view["state"] == "stood_down"
    assert [one["live"] for one in view["grants"]] == [False]
    for helper in (first, second, third):
        says(live, helper, "returned", b.OnRequest(request=ids[helper.name]), case)
        says(live, helper, "settled", b.Settled(request=ids[helper.name], hours=3), case)
    acts(live, officer, case, "closed", report="A flood of 40 Gbit/s, filtered by two teams.")
    view = case_of(live, caller.token, case)
    assert view["state"] == "closed"
    outcomes = {one["name"]: one["state"] for one in view["requests"]}
    assert outcomes[refuser.name] == "declined"
    assert {outcomes[one.name] for one in (first, second, third)} == {"settled"}

    assert_every_statement_is_proven(live, auditor.token, case)


def test_of_two_officers_who_acknowledge_at_once_exactly_one_has_charge(live_station):
    live, (first, second, _) = live_station, live_station.officers
    caller = live.members[1]
    case = live.post(call_of(caller)).json()["case"]
    answers: list[httpx.Response] = []
    gate = threading.Barrier(2)

    def acknowledge(officer: Person) -> None:
        with live.client(officer.token) as client:
            gate.wait()
            answers.append(client.post(f"/api/v1/cases/{case}/statements", json={"kind": "acknowledged"}))

    threads = [threading.Thread(target=acknowledge, args=(officer,)) for officer in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert next(answer for answer in answers if answer.status_code == 409).json()["code"] == "case.held"
    holder = case_of(live, first.token, case)["holder"]
    assert holder in {first.id, second.id}
    close_quietly(live, first, caller, case)


def test_what_was_answered_is_there_after_the_power_was_cut(tmp_path):
    from live import founded

    live = founded(tmp_path / "home", members=1).start()
    try:
        call = call_of(live.members[0])
        kept = live.post(call).json()
        live.kill()
        live.start()
        deadline = time.monotonic() + 60
        while (again := live.post(call)).status_code == 202:  # kept, and what was kept before is being folded
            assert time.monotonic() < deadline
        assert again.status_code == 200
        assert (again.json()["case"], again.json()["seq"]) == (kept["case"], kept["seq"])
        assert case_of(live, live.officers[0].token, kept["case"])["times_called"] == 1
    finally:
        live.kill()


def test_a_stranger_with_a_key_of_its_own_is_heard_and_sees_only_its_own_case(live_station):
    live = live_station
    key = new_key(live.identity.realm)
    stranger = Member(id="", name="", key=key, token="")
    call = call_of(stranger)
    unknown = live.post(call)
    assert (unknown.status_code, unknown.json()["code"]) == (401, "key.unknown")
    kept = live.post(call, key=key)
    assert kept.status_code == 201, kept.text
    case = kept.json()["case"]
    shown = live.shows(key) | {"Esos-Key": key.public.hex()}
    own = httpx.get(f"{live.http}/api/v1/cases/{case}", headers=shown, timeout=20)
    assert own.status_code == 200
    assert own.json()["verification"] == "unverified"
    other = httpx.get(f"{live.http}/api/v1/cases", headers=live.shows(live.members[2].key), timeout=20)
    assert case not in {row["case"] for row in other.json()["cases"]}
    cancelled = live.post(stranger.say("cancelled", b.Cancelled(), case=case), key=key)
    assert cancelled.status_code == 201, cancelled.text


def test_a_visitor_calls_with_json_follows_the_call_by_its_link_and_takes_it_back(live_station):
    live, officer = live_station, live_station.officers[0]
    with live.client() as nobody:
        call = {"details": {"natures": ["flooding", 11], "country": "IE"}, "caller_name": "Example Clinic"}
        answer = nobody.post("/api/v1/calls", json=call)
    assert answer.status_code == 201, answer.text
    taken = answer.json()
    assert taken["page"] == f"{live.http}/c/{taken['token']}"
    assert case_of(live, taken["token"], taken["case"])["caller_name"] == "Example Clinic"
    with live.client(taken["token"]) as visitor:
        assert [row["case"] for row in visitor.get("/api/v1/cases").json()["cases"]] == [taken["case"]]
        path = f"/api/v1/cases/{taken['case']}/statements"
        assert visitor.post(path, json={"kind": "messaged", "body": {"text": "Are you there?"}}).status_code == 201
        assert visitor.post(path, json={"kind": "cancelled"}).status_code == 201
    assert case_of(live, officer.token, taken["case"])["state"] == "cancelled"


def test_a_stream_of_events_goes_on_where_it_was_broken_off(live_station):
    live, officer, caller = live_station, live_station.officers[0], live_station.members[2]
    with live.client(officer.token) as client:
        before = int(client.get("/metrics").text.split("\nesos_journal_head ")[1].split()[0].partition(".")[0])
        case = live.post(call_of(caller)).json()["case"]
        acts(live, officer, case, "acknowledged")
        seen = read_events(client, after=before, until="acknowledged")
        resumed = read_events(client, after=seen[0][0], until="acknowledged")
    assert [kind for _, kind in seen][:2] == ["called", "arrived"]
    assert resumed == seen[1:]
    close_quietly(live, officer, caller, case)


def read_events(client: httpx.Client, *, after: int, until: str) -> list[tuple[int, str]]:
    """Number and kind of what happened, up to the first of a kind."""
    found: list[tuple[int, str]] = []
    number = 0
    with client.stream("GET", "/api/v1/events", headers={"Last-Event-ID": str(after)}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                number = int(value)
            if name == "data":
                kind = value.partition('"kind":"')[2].partition('"')[0]
                found.append((number, kind))
                if kind == until:
                    return found
    pytest.fail("the stream ended")


def test_a_stop_ends_open_streams_within_five_seconds(tmp_path):
    from live import founded

    live = founded(tmp_path / "home", members=1).start()
    try:
        ended = threading.Event()
        began = threading.Event()

        def listen() -> None:
            with live.client(live.officers[0].token) as client, client.stream("GET", "/api/v1/events") as stream:
                for _ in stream.iter_lines():
                    began.set()
            ended.set()

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        assert began.wait(20)
        assert live.stop() < 5
        listener.join(5)
        assert ended.is_set(), "the stream was torn off, not ended"
    finally:
        live.kill()


def test_monitoring_raises_a_call_repeats_it_and_takes_it_back(live_station):
    live, officer, member = live_station, live_station.officers[0], live_station.members[3]
    alarm = {
        "routing_key": member.token,
        "event_action": "trigger",
        "dedup_key": "uplink-1",
        "payload": {"summary": "Uplink saturated", "source": "edge router", "severity": "critical"},
    }
    with live.client() as monitoring, live.client(officer.token) as watch:
        for _ in range(2):
            answer = monitoring.post("/v2/enqueue", json=alarm)
            assert answer.status_code == 202, answer.text
            assert answer.json()["status"] == "success"
            assert answer.json()["dedup_key"] == "uplink-1"
        rows = [row for row in watch.get("/api/v1/cases?open=1").json()["cases"] if row["caller"] == member.id]
        assert len(rows) == 1
        view = case_of(live, officer.token, rows[0]["case"])
        assert (view["details"]["origin"], view["times_called"], view["concern"]) == ("automatic", 1, "alert")
        monitoring.post("/v2/enqueue", json=alarm | {"event_action": "acknowledge"})
        assert case_of(live, officer.token, rows[0]["case"])["state"] == "arrived"
        monitoring.post("/v2/enqueue", json=alarm | {"event_action": "resolve"})
        assert case_of(live, officer.token, rows[0]["case"])["state"] == "cancelled"
        wrong = monitoring.post("/v2/enqueue", json=alarm | {"routing_key": officer.token})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "session.token")
    acts(live, officer, rows[0]["case"], "closed")


def test_a_beacon_gets_a_sealing_key_that_only_its_own_key_opens(live_station):
    from esos.errors import ProofFailed
    from esos.keys.sealed import unseal
    from esos.logbook.base64s import from_url_safe
    from esos.message.packet_seal import derive_key

    live, member, other = live_station, live_station.members[0], live_station.members[1]
    answer = httpx.post(f"{live.http}/api/v1/beacon", headers=live.shows(member.key), timeout=20)
    assert answer.status_code == 200, answer.text
    given = answer.json()
    key = unseal(member.key.seed, from_url_safe(given["sealed"]))
    assert key == derive_key(live.identity.master, member.key.kid, given["epoch"])
    assert given["station"]["kid"] == live.identity.kid.hex()
    with pytest.raises(ProofFailed):
        unseal(other.key.seed, from_url_safe(given["sealed"]))


def test_an_outsider_recomputes_the_log_from_its_tiles(live_station):
    from esos.logbook.checkpoint import verify_checkpoint
    from esos.logbook.nodes import range_root
    from esos.logbook.tiles import nodes_from_tiles

    live = live_station
    with live.client() as outsider:
        for _ in range(100):  # a station that has just begun has no head yet
            note = outsider.get("/log/checkpoint")
            if note.is_success:
                break
            time.sleep(0.2)
        assert note.headers["content-type"].startswith("text/plain"), note.text
        head = verify_checkpoint(note.content, origin=live.identity.origin, public=live.identity.public).checkpoint
        node = nodes_from_tiles(head.size, lambda tile: outsider.get(f"/log/{tile.path()}").raise_for_status().content)
        assert range_root(0, head.size, node) == head.root
        assert outsider.get("/log/export").text.count("\n") >= 3
