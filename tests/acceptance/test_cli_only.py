"""Callers, officers and responders play a case through the command line alone, against a station that really runs."""

import json
import time

import pytest
from cli_club import Club, Failed, kid_of

from esos.message.spoken import decode_spoken
from esos.words.nature import Nature

pytestmark = pytest.mark.timeout(300)
SITREP = "C: The uplink is full\nH: The telephone works\n"


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    """A running station."""
    club = Club(folder=tmp_path_factory.mktemp("club")).found().start()
    yield club
    club.stop()


def wait_for(look, seconds=20):
    """What ``look`` gives as soon as it gives something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise Failed("it did not come about in time")


def test_a_call_is_answered_helped_and_closed_by_people_at_command_lines(club):
    caller = club.member("Example Hospital")
    net = club.member("Example Net", "filtering=40Gbit/s", "advice=40")
    lab = club.member("Example Lab", "filtering=10Gbit/s", "triage=16")
    first, second = club.officer("Officer One", "officer"), club.officer("Officer Two", "officer", "second")
    assert net.does("accede", "--pact", "club", "--reserve", "people-on-site")["pact"] == "club"
    assert net.does("request", "availability", "--line", "filtering", "--units", "40")["kind"] == "availability_stated"
    called = calls_until_an_officer_has_charge(caller, first)
    case = called["case"]
    proof_holds_until_a_byte_is_changed(club, caller, called["receipts"][0])
    what_did_not_fit_has_followed(first, case)
    declined, request = one_declines_and_one_commits(first, lab, net, case)
    caller_directs(caller, first, net, case, request)
    lab.run("request", "standby", case, "--line", "triage=8", "--note", "Two people tonight")
    everybody_is_released(first, net, case, request)
    closed = second.does("case", "show", case)
    states = {one["request"]: one["state"] for one in closed["requests"]}
    assert closed["state"] == "closed"
    assert (states[request], states[declined]) == ("settled", "declined")
    assert set(states.values()) <= {"settled", "declined", "not_taken", "cancelled", "no_reply"}


def case_of(caller, officer):
    rows = officer.does("case", "list")["cases"]
    return next((row for row in rows if row["caller_name"] == caller), None)


def calls_until_an_officer_has_charge(caller, officer):
    """The caller waits at its command line; an officer takes the case, and the command ends."""
    (caller.folder / "report.txt").write_text(SITREP)
    calling = caller.start(
        "call", "--nature", "flooding", "--need", "filtering=40Gbit/s", "--words", "We are cut off from everybody",
        "--sitrep", "report.txt", "--wait", "40", "--json",
    )  # fmt: skip
    row = wait_for(lambda: case_of("Example Hospital", officer))
    assert row["state"] == "arrived"
    officer.run("case", "acknowledge", row["case"])
    called = caller.end(calling).json
    assert (called["state"], called["case"], called["holder"]) == ("acknowledged", row["case"], "Officer One")
    assert {one["carrier"] for one in called["carriers"]} >= {"udp", "https"}
    return called


def proof_holds_until_a_byte_is_changed(club, caller, receipt):
    assert receipt["verified"]
    caller.run("verify", "receipt", receipt["file"], "--station", club.card)
    broken = json.loads((caller.folder / receipt["file"]).read_text())
    broken["claim"]["at_ms"] += 1
    (caller.folder / "broken.receipt").write_text(json.dumps(broken))
    caller.run("verify", "receipt", "broken.receipt", "--station", club.card, expect=5)


def what_did_not_fit_has_followed(officer, case):
    shown = officer.does("case", "show", case)
    assert shown["details"]["words"] == "We are cut off from everybody"
    assert shown["sections"] == {"C": "The uplink is full", "H": "The telephone works"}
    assert [(need["line"], need["needed"]) for need in shown["needs"]] == [("filtering", 40)]


def one_declines_and_one_commits(officer, lab, net, case):
    """The officer asks two; one declines lawfully, the other offers in part under a condition, is selected, and commits."""
    officer.run("case", "call-back", case, "--result", "in-distress", "--by", "the number on its card")
    officer.run("case", "request", case, "--responder", "Example Net", "--need", "filtering=40Gbit/s")
    officer.run("case", "request", case, "--responder", "Example Lab", "--need", "filtering=10Gbit/s")
    declined = lab.does("request", "list", "--open")["requests"][0]["request"]
    said = lab.does(
        "request", "decline", declined, "--ground", "d2", "--could-meet", "triage=4", "--sentence", "So are we"
    )
    assert said["request"]["state"] == "declined"
    assert lab.does("request", "list", "--open") == {"requests": []}
    asked = net.does("request", "list")["requests"]
    assert [one["state"] for one in asked] == ["delivered"]
    request = asked[0]["request"]
    assert net.does("request", "show", request[:8])["case_view"]["caller_name"] == "Example Hospital"
    net.run("request", "consider", request)
    offered = net.does("request", "offer", request, "--line", "filtering=30Gbit/s", "--condition", "At night only")
    assert (offered["request"]["state"], offered["request"]["how"]) == ("offered", "conditional")
    assert net.run("request", "commit", request, expect=3).refusal["code"] == "request.not_selected"
    officer.run("case", "select", case, request)
    assert net.does("request", "commit", request, "--ready-minutes", "15")["request"]["state"] == "committed"
    return declined, request


def caller_directs(caller, officer, net, case, request):
    """The caller agrees, consents within bounds and takes consent back, and goes on reporting; the helper works."""
    caller.run("accept", request[:8])
    granted = caller.does(
        "grant", "--class", "access", "--scope", "the border router", "--for", kid_of(net), "--hours", "6"
    )
    assert officer.does("case", "show", case)["grants"][0]["live"]
    caller.run("grant", "--revoke", granted["grant"])
    caller.run("update", "--need", "filtering=30Gbit/s", "--at-risk", "20000")
    caller.run("sitrep", "--section", "C=It grows less")
    net.run("request", "progress", request, "--percent", "80", "--note", "30 Gbit/s are filtered")
    caller.run("urgency", "pan-pan", "--reason", "Systems are back")
    shown = officer.does("case", "show", case)
    assert (shown["urgency"], shown["state"], shown["grants"][0]["live"]) == ("pan-pan", "assisting", False)
    assert (shown["details"]["at_risk_log10"], shown["sections"]["C"]) == (4, "It grows less")
    assert next(one["agreed"] for one in shown["requests"] if one["request"] == request)


def everybody_is_released(officer, net, case, request):
    officer.run("case", "stabilise", case)
    officer.run("case", "stand-down", case, "--caller-agrees")
    assert net.does("request", "return", request)["request"]["state"] == "returned"
    assert net.does("request", "settle", request, "--hours", "6")["request"]["state"] == "settled"
    officer.run("case", "close", case, "--report", "Filtered for six hours")


def test_a_call_is_taken_back_and_made_again(club):
    caller, officer = club.member("Example School"), club.officer("Officer Three", "officer")
    called = caller.does("call", "--nature", "outage", "--until", "arrived")
    assert called["state"] == "arrived"
    assert called["holder"] == ""
    taken_back = caller.does("cancel", "--reason", "It was a cable")
    assert (taken_back["state"], taken_back["case"]) == ("cancelled", called["case"])
    assert officer.does("case", "show", called["case"])["state"] == "cancelled"
    assert caller.run("call", "--resume", expect=3).refusal["code"] == "call.was_cancelled"
    again = caller.does("call", "--until", "arrived")
    assert (again["state"], again["case"]) == ("arrived", called["case"])


def test_somebody_is_called_for_by_a_relay_that_vouches(club):
    hospital, relay = club.member("Example Clinic"), club.member("Example Ministry")
    relayed = relay.does("relay", "--for", kid_of(hospital), "--vouch", "--nature", "cut-off", "--until", "arrived")
    officer = club.officer("Officer Four", "officer")
    shown = officer.does("case", "show", relayed["case"])
    assert (shown["caller_name"], shown["relays"]) == ("Example Clinic", ["Example Ministry"])
    assert "relayed" in {one["kind"] for one in shown["timeline"]}
    by_name = relay.does("relay", "--for", "A village hall", "--words", "Their telephone is dead", "--until", "arrived")
    assert officer.does("case", "show", by_name["case"])["caller_name"] == "A village hall"


def test_the_number_on_a_printed_card_names_the_caller_to_the_station(club):
    hall, relay = club.member("Example Hall"), club.member("Example Neighbour")
    number = club.owner.does("member", "card-number", "Example Hall", "--home", "home")["numbers"][0]
    relayed = relay.does(
        "relay", "--for", "The hall", "--card-number", number, "--vouch", "--nature", "cut-off", "--until", "arrived"
    )
    shown = club.officer("Officer Five", "officer").does("case", "show", relayed["case"])
    assert (shown["caller"], shown["caller_name"]) == (kid_of(hall), "Example Hall")
    assert "Example Neighbour" in shown["relays"]


def test_a_call_is_carried_on_paper_and_handed_in_by_anybody(club):
    caller, carrier = club.member("Example Mill"), club.member("Example Courier", register=False)
    for name in ("call.esos", "call.txt"):
        offline = caller.does("call", "--nature", "destruction", "--offline", name)
        assert offline["state"] == "calling"
        handed_in = carrier.does("hand-in", caller.folder / name)
        assert handed_in["state"] == "arrived"
        assert handed_in["statement"] == offline["statement"]
    assert caller.does("call", "--resume", "--until", "arrived")["case"] == handed_in["case"]


def test_a_strangers_call_on_paper_is_heard_by_a_station_that_does_not_know_its_key(club):
    stranger, carrier = club.member("Example Ferry", register=False), club.member("Example Pilot", register=False)
    for name in ("ferry.esos", "ferry.txt"):
        offline = stranger.does("call", "--nature", "cut-off", "--offline", name)
        handed_in = carrier.does("hand-in", stranger.folder / name)
        assert (handed_in["state"], handed_in["statement"]) == ("arrived", offline["statement"])
    shown = club.officer("Officer Seven", "officer").does("case", "show", handed_in["case"])
    assert shown["verification"] == "unverified"


def test_a_stranger_is_heard(club):
    stranger = club.member("Example Stranger", register=False)
    called = stranger.does(
        "call", "--nature", "held-to-ransom", "--words", "Nobody knows us here", "--until", "arrived"
    )
    assert called["state"] == "arrived"
    shown = club.officer("Officer Six", "officer").does("case", "show", called["case"])
    assert shown["verification"] == "unverified"
    assert shown["details"]["words"] == "Nobody knows us here"


def test_a_call_read_over_a_telephone_is_typed_in_and_is_its_cards_owners(club):
    caller, neighbour = club.member("Example Weather"), club.member("Example Ropery", register=False)
    numbers = club.owner.does("member", "card-number", "Example Weather", "--home", "home", "--count", "2")["numbers"]
    aloud = caller.does("call", "--nature", "destruction", "--urgency", "pan-pan", "--aloud", numbers[0])["aloud"]
    wrong = neighbour.run("hand-in", aloud.replace("pan-pan", "mayday"), expect=3)
    assert wrong.refusal["code"] == "spoken.check"
    handed = neighbour.does("hand-in", aloud.upper())
    assert handed["card_accepted"] is handed["is_named_alike"] is True
    again = [neighbour.does("hand-in", f"  {aloud.lower()}") for _ in range(2)]
    assert [one["card_accepted"] for one in again] == [False, False], "a number serves once"
    assert again[0]["case"] == again[1]["case"], "and whoever types it again and again makes one case of it"
    shown = club.officer("Officer Ear", "officer").does("case", "show", handed["case"])
    assert (shown["caller"], shown["urgency"]) == (handed["caller"], "pan-pan")
    assert shown["details"]["natures"] == [int(Nature.DESTRUCTION)]

    another = club.member("Example Tram")
    borrowed = another.does("call", "--nature", "flooding", "--aloud", numbers[1])["aloud"]
    heard = neighbour.does("hand-in", borrowed)
    assert (heard["card_accepted"], heard["is_named_alike"]) == (True, False), "another's card: an officer asks"
    guessed = neighbour.does("hand-in", caller.does("call", "--nature", "flooding", "--aloud", "00000000")["aloud"])
    assert guessed["card_accepted"] is False, "heard all the same"


def test_practice_read_over_a_telephone_reaches_no_real_station(club):
    player = club.member("Example Stage", exercise=True, register=False)
    del player.environment["ESOS_STATION"]
    aloud = player.does("call", "--nature", "flooding", "--aloud", "12345678")["aloud"]
    assert player.run("hand-in", aloud, "--station", club.card, expect=3).refusal["code"] == "realm.mismatch"


def test_a_test_of_the_way_opens_no_case(club):
    member = club.member("Example Library")
    ways = member.does("call", "--test")["ways"]
    assert {(way["carrier"], way["answers"]) for way in ways} == {("https", True), ("udp", True)}
    member.run("cancel", expect=3)


def test_an_exercise_key_reaches_no_real_station(club):
    player = club.member("Example Player", exercise=True, register=False)
    assert player.run("call", "--nature", "flooding", expect=3).refusal["code"] == "key.realm"


# --------------------------------------------------------------------------------------------- bad days
def test_while_the_station_is_down_the_call_is_kept_and_later_the_same_call_arrives(tmp_path):
    club = Club(folder=tmp_path).found()
    club.start()
    caller = club.member("Example Harbour")
    caller.run("call", "--test")
    club.stop()
    failed = caller.run("call", "--nature", "flooding", "--words", "All is dark", "--wait", "3", expect=4)
    assert failed.refusal["code"] == "call.not_delivered"
    assert failed.json["state"] == "calling"
    for way in ("--resume", "--offline call.svg", "--aloud NUMBER"):
        assert way in failed.refusal["hint"]
    aloud = caller.does("call", "--resume", failed.json["call"], "--aloud", "4821 0937")["aloud"]
    assert decode_spoken(aloud).natures == (Nature.FLOODING,)
    carried = caller.folder / "call.esos"
    caller.does("call", "--resume", failed.json["call"], "--offline", carried)
    assert carried.exists()
    club.start()
    resumed = caller.does("call", "--resume", failed.json["call"], "--until", "arrived")
    assert resumed["state"] == "arrived"
    assert (resumed["call"], resumed["statement"]) == (failed.json["call"], failed.json["statement"])
    shown = club.officer("Officer One", "officer").does("case", "show", resumed["case"])
    assert shown["details"]["words"] == "All is dark"
    club.stop()


def test_a_caller_killed_in_mid_call_sends_the_identical_call_again(tmp_path):
    club = Club(folder=tmp_path).found().start()
    caller = club.member("Example Airport")
    club.stop()
    calling = caller.start("call", "--nature", "isolating", "--wait", "60")
    book = caller.folder / "own.key.calls"
    kept = wait_for(lambda: list(book.glob("*.json")) if book.is_dir() else None)[0]
    before = json.loads(kept.read_text())
    calling.kill()
    calling.communicate()
    club.start()
    resumed = caller.does("call", "--resume", "--until", "arrived")
    after = json.loads(kept.read_text())
    assert (after["cose"], after["call"]) == (before["cose"], before["call"])
    shown = club.officer("Officer One", "officer").does("case", "show", resumed["case"])
    assert [one["statement"] for one in shown["timeline"] if one["kind"] == "called"] == [resumed["statement"]]
    club.stop()


def test_a_full_disk_does_not_stop_a_call(club):
    caller = club.member("Example Bakery")
    called = caller.run("call", "--nature", "flooding", "--until", "arrived", limit_files=True)
    assert called.json["state"] == "arrived"
    assert called.json["kept"] is False
    assert "callbook.not_kept" in called.err


def test_a_full_disk_and_no_station_is_said_as_what_it_is(tmp_path):
    club = Club(folder=tmp_path).found().start()
    caller = club.member("Example Dam")
    club.stop()
    failed = caller.run("call", "--nature", "flooding", "--wait", "1", expect=4, limit_files=True)
    assert failed.refusal["code"] == "call.not_delivered_nor_kept"
