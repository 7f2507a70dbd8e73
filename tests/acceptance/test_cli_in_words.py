"""What the terminal says to people: in the words of the pages, and with a next step where something is refused."""

import pytest
from cli_club import Club, kid_of

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    """A running station."""
    club = Club(folder=tmp_path_factory.mktemp("club")).found().start()
    yield club
    club.stop()


@pytest.fixture(scope="module")
def officer(club):
    return club.officer("Officer One", "officer")


def said(party, *arguments, expect=0):
    """What a command writes for people: both streams."""
    done = party.end(party.start(*arguments), expect=expect)
    return " ".join((done.out + done.err).split())


def called(party, *extra):
    return party.does("call", "--nature", "flooding", "--until", "arrived", "--wait", 30, *extra)["case"]


def test_a_key_that_is_not_registered_is_told_what_to_do(club):
    stranger = club.member("Some Stranger", register=False)
    words = said(stranger, "accede", "--pact", "club", expect=3)
    assert "This key is not registered at Example Watch" in words
    assert "esos member card" in words


def test_an_address_that_does_not_answer_is_not_called_no_address(club):
    words = said(
        club.member("Cut Off", "filtering=1"), "call", "--station", "http://127.0.0.1:9", "--wait", 1, expect=4
    )
    assert "http://127.0.0.1:9 did not answer" in words
    assert "No station gave us a web address" not in words


def test_a_refused_act_says_what_can_be_said_instead(club, officer):
    case = called(club.member("Caller One", "filtering=1"))
    assert "esos case acknowledge" in said(officer, "case", "stand-down", case, "--caller-agrees", expect=3)
    said(officer, "case", "acknowledge", case)
    assert "--caller-agrees" in said(officer, "case", "stand-down", case, expect=3)
    assert "What can be said now: esos case {" in said(officer, "case", "relapse", case, expect=3)


def test_lists_histories_and_the_floor_name_what_is_due_in_words(club, officer):
    case = called(club.member("Caller Two", "filtering=1"))
    for arguments in (("case", "list"), ("case", "show", case)):
        words = said(officer, *arguments)
        assert "Others are called" in words
        assert " ack " not in words
    assert "Others" in said(officer, "watch", "--once")


def test_a_request_shows_whose_network_it_is_where_to_answer_and_why_you(club, officer):
    helper = club.member("Helper One", "filtering=40")
    case = called(
        club.member("Caller Three", "filtering=1"),
        "--prefix", "192.0.2.0/24", "--asn", 64500, "--product", "acme:box", "--sector", "health",
        "--reply", "telephone +000 1", "--need", "filtering=40",
    )  # fmt: skip
    said(officer, "case", "acknowledge", case)
    said(officer, "case", "request", case, "--responder", "Helper One")
    request = helper.does("request", "list")["requests"][0]["request"]
    words = said(helper, "request", "show", request)
    for told in (
        "192.0.2.0/24",
        "AS64500",
        "acme:box",
        "health",
        "telephone +000 1",
        "no such field is read",
    ):
        assert told in words


def test_a_yes_after_a_no_is_said_to_be_an_offer_and_which(club, officer):
    helper = club.member("Helper Two", "filtering=40")
    case = called(club.member("Caller Four", "filtering=1"), "--need", "filtering=40")
    said(officer, "case", "acknowledge", case)
    said(officer, "case", "request", case, "--responder", "Helper Two")
    request = helper.does("request", "list")["requests"][0]["request"]
    helper.does("request", "decline", request, "--ground", "D2")
    words = said(helper, "request", "commit", request)
    offers = [one["request"] for one in helper.does("request", "list")["requests"] if one["unsolicited"]]
    assert f"You had declined; this is now an offer, request {offers[0]}. The coordinator decides." in words
    again = helper.does("request", "commit", request)
    assert again["request"]["unsolicited"]
    assert again["late_for"]["state"] == "declined"


def test_a_consent_is_for_somebody_who_exists_by_id_or_name(club, officer):
    caller = club.member("Caller Five", "filtering=1")
    helper = kid_of(club.member("Helper Three", "filtering=40"))
    case = called(caller)
    assert "There is no member 'zzz'" in said(
        caller, "grant", "--class", "access", "--scope", "mail", "--for", "zzz", expect=3
    )
    caller.does("grant", "--class", "access", "--scope", "mail", "--for", "Helper Three")
    assert officer.does("case", "show", case)["grants"][0]["to"] == [helper]


def test_taking_a_call_back_is_not_reported_as_a_call_that_nobody_has_seen(club):
    caller = club.member("Caller Six", "filtering=1")
    called(caller)
    words = said(caller, "cancel")
    assert "Taken back at Example Watch" in words
    assert "No person has seen it yet" not in words


def test_a_call_handed_in_is_told_in_words(club):
    author = club.member("Caller Seven", "filtering=1")
    author.does("call", "--nature", "outage", "--offline", "call.esos")
    assert "Arrived; no person has seen it yet." in said(author, "hand-in", "call.esos")


@pytest.mark.parametrize("arguments", [("pact", "show", "nope"), ("station", "init", "--home", "x", "--pact", "nope")])
def test_a_pact_that_does_not_exist_names_those_that_do(club, arguments):
    assert "pledge, club, treaty, federation" in said(club.owner, *arguments, expect=3)


def test_a_file_that_cannot_be_written_is_said_in_words(club, officer):
    case = called(club.member("Caller Eight", "filtering=1"))
    words = said(officer, "case", "export", case, "--out", "no-such-folder/case.esos", expect=3)
    assert "no-such-folder/case.esos: No such file or directory." in words


def test_a_card_has_a_name(club):
    club.owner.does("key", "new", "--out", "nameless.key")
    assert "--name" in said(club.owner, "member", "card", "--key", "nameless.key", "--name", " ", expect=3)


def test_a_home_that_is_not_there_says_how_to_name_another(club):
    words = said(club.owner, "case", "list", "--home", "nowhere", expect=3)
    assert "--home" in words
    assert "--url" in words
