"""What people are paged with: each reason its own true sentence, to each reader, at the time it was."""

from types import SimpleNamespace

import msgspec
import pytest
from doubles.case_play import FIRST, HELPER, MINUTE_MS, SECOND, START_MS, STRANGER, Play

from esos.case.event import Audience, Page, Reason
from esos.case.table import LIFE_ROWS, REQUEST_ROWS
from esos.message.card import Contact
from esos.message.roster_bodies import RosterSet
from esos.roster.fold import Roster
from esos.station.case_rows import timers_shown
from esos.station.constituencies import Constituencies
from esos.station.contacts import Contacts
from esos.station.overdue import deadlines
from esos.station.pager import facts_of
from esos.station.paging import PageOrder, parcels_for
from esos.station.telling import told_of
from esos.web.console.wording import PAGE_REASON_WORDS
from esos.words.page_reasons import PageReason
from esos.words.page_text import page_text
from esos.words.page_words import PAGES
from esos.words.proposal import PROPOSAL_WORDS

MAIL = Contact(channel="mail", address="somebody@watch.example")
VOICE = Contact(channel="voice", address="+44 1632 960 001")
NEXT_DOOR = Contact(channel="mail", address="watch@nextdoor.example")


def directory(*, neighbours: tuple[Contact, ...] = (), members: tuple[str, ...] = ("helper", "hospital")):
    officers = {
        one.party: SimpleNamespace(
            officer=one.party, name=one.name, roles=("officer",), station="", contacts=(MAIL, VOICE)
        )
        for one in (FIRST, SECOND)
    }
    cards = {name: SimpleNamespace(name=name.title(), contacts=(MAIL,), timezone="UTC") for name in members}
    roster = Roster(rules=RosterSet(neighbour=neighbours))
    return SimpleNamespace(
        officers=officers,
        members=cards,
        roster=roster,
        name_of=str.title,
        contacts=Contacts(),
        rung=frozenset(),
        constituencies=Constituencies(),
    )


def orders(play: Play, page: Page, where=None) -> list[PageOrder]:
    found = parcels_for(page, play.case, where or directory(), now_ms=play.now_ms)
    return [msgspec.msgpack.decode(one.blob, type=PageOrder) for one in found]


def paged(play: Play, reason: Reason, audience: Audience, where=None) -> tuple[str, str]:
    """The text of the newest page that the case ordered for this."""
    effects = [one for _, effects in reversed(play.history) for one in effects if isinstance(one, Page)]
    page = next(one for one in effects if (one.reason, one.audience) == (reason, audience))
    order = orders(play, page, where)[0]
    return page_text(PageReason(order.says), facts_of(order, "Northern Watch"))


# --- a sentence for each reason ---------------------------------------------------------------
def test_every_reason_of_the_case_tables_has_a_text_of_its_own():
    titles = {PAGES[PageReason(reason.value)].title for reason in Reason}
    assert len(titles) == len(Reason)
    assert set(PAGES) == set(PageReason) == set(PAGE_REASON_WORDS)


def test_an_offer_that_arrives_is_told_as_an_offer():
    play = Play().called().acknowledged().asked("helper").answers(HELPER, "offered", how="partial")
    title, body = paged(play, Reason.COMMITMENT_DUE, Audience.COORDINATOR)
    assert title.endswith("Helper offers help to General Hospital, please decide")
    assert "It is not bound yet, and waits for your word." in body


def test_that_nobody_has_committed_is_told_as_that():
    play = Play().called().acknowledged().asked("helper").wait(31 * MINUTE_MS)
    title, _ = paged(play, Reason.COMMITMENT_DUE, Audience.COORDINATOR)
    assert title.endswith("nobody has committed to help General Hospital")


def test_a_call_back_that_is_due_and_work_that_has_not_begun_have_words_of_their_own():
    play = Play().called().acknowledged().wait(11 * MINUTE_MS)
    assert "has not been called back" in paged(play, Reason.CALL_BACK_DUE, Audience.COORDINATOR)[0]
    play = Play().assisting().say(FIRST, "messaged", text="On it.").wait(125 * MINUTE_MS)
    assert "has not begun to help" in paged(play, Reason.SCENE_DUE, Audience.COORDINATOR)[0]
    assert "waits for word of your work" in paged(play, Reason.SCENE_DUE, Audience.RESPONDER)[0]


def test_a_helper_is_sent_home_where_the_caller_is_told_that_its_case_is_over():
    play = Play().stabilised().say(FIRST, "stood_down", caller_agrees=True)
    assert paged(play, Reason.RELEASED, Audience.ASKED)[0].startswith("You are released")
    assert paged(play, Reason.RELEASED, Audience.CALLER)[0] == "The case of General Hospital is over"
    play = (
        Play()
        .called()
        .acknowledged()
        .asked("helper")
        .say(FIRST, "no_emergency", shown_by="on-site", evidence="A test.")
        .seconded()
    )
    assert "is not needed any more" in paged(play, Reason.ENDED, Audience.ASKED)[0]
    assert "has ended without an emergency" in paged(play, Reason.ENDED, Audience.CALLER)[0]


def test_an_officer_whose_offered_case_nobody_took_is_not_asked_to_take_it_over():
    play = Play().called().acknowledged().say(FIRST, "handed_over", to=SECOND.party).wait(6 * MINUTE_MS)
    page = next(one for one in play.history[-1][1] if isinstance(one, Page) and one.reason is Reason.HANDED_OVER)
    assert not page.to
    assert "stays yours" in paged(play, Reason.HANDED_OVER, Audience.COORDINATOR)[0]


# --- times ------------------------------------------------------------------------------------
def test_the_time_of_the_call_is_when_it_came_however_late_the_page_is():
    play = Play().called().wait(6 * MINUTE_MS)
    order = orders(play, Page(audience=Audience.BACKUP, reason=Reason.BACKUP_DUE))[0]
    assert (order.called_ms, order.ordered_ms) == (START_MS, START_MS + 6 * MINUTE_MS)
    _, body = page_text(PageReason(order.says), facts_of(order, "Northern Watch"))
    assert body.startswith("General Hospital called at 16:00:00 UTC.")


# --- neighbours -------------------------------------------------------------------------------
NEIGHBOUR_DUE = Page(audience=Audience.NEIGHBOUR, reason=Reason.NEIGHBOUR_DUE)


def test_with_no_neighbour_named_our_own_officers_are_not_called_a_neighbour():
    play = Play().called()
    order = orders(play, NEIGHBOUR_DUE)[0]
    title, body = page_text(PageReason(order.says), facts_of(order, "Northern Watch"))
    assert "everybody is being called" in title
    assert "neighbour" not in title + body


def test_a_neighbour_gets_numbers_and_the_cases_code():
    play = Play().called(reply="the porter, +44 1632 960 777")
    order = orders(play, NEIGHBOUR_DUE, directory(neighbours=(NEXT_DOOR,)))[0]
    _, body = page_text(PageReason(order.says), facts_of(order, "Northern Watch"))
    assert "Telephone numbers there: +44 1632 960 001." in body
    assert "The caller gave this way to reach it: the porter, +44 1632 960 777." in body
    assert "The case has the code" in body
    assert "Open the link" not in body


# --- who calls --------------------------------------------------------------------------------
def test_a_name_that_nobody_has_checked_is_said_to_be_the_callers_own_word():
    play = Play(caller=STRANGER).called(STRANGER)
    title, body = paged(play, Reason.WATCH_DUE, Audience.WATCH)
    assert "somebody who says it is General Hospital (not checked) is calling" in title
    assert body.startswith("Somebody who says it is General Hospital (not checked) called at")
    assert "not checked" not in paged(Play().called(), Reason.WATCH_DUE, Audience.WATCH)[0]


def test_a_caller_without_an_address_is_not_paged_and_that_is_no_failure():
    told = Page(audience=Audience.CALLER, reason=Reason.OFFICER_HAS_YOUR_CASE)
    play = Play(caller=STRANGER).called(STRANGER).acknowledged()
    assert orders(play, told) == []
    assert len(orders(Play().called().acknowledged(), told)) == 1


# --- two people -------------------------------------------------------------------------------
def test_everything_that_may_take_two_people_has_words():
    may = {row.event for row in (*LIFE_ROWS, *REQUEST_ROWS) if row.two.__name__ != "never"}
    assert may == set(PROPOSAL_WORDS)


def test_the_second_officer_reads_what_is_proposed_in_words():
    play = (
        Play().called().acknowledged().say(FIRST, "no_emergency", shown_by="on-site", evidence="A cleaner pressed it.")
    )
    _, body = paged(play, Reason.SECOND_NEEDED, Audience.SECOND)
    assert "wishes to end the case because nobody is in distress." in body


# --- what is told of a case -------------------------------------------------------------------
def test_a_caller_nobody_has_checked_is_promised_no_teams():
    play = Play(caller=STRANGER).called(STRANGER).acknowledged()
    said = told_of(play.case, directory(), play.now_ms)
    assert "Teams are asked once you have been called back, or when the officer asks them." in said.next
    assert "first teams are asked by" not in said.next
    assert "wave" not in {one.key for one in timers_shown(play.case)}
    known = Play().called().acknowledged()
    assert "The first teams are asked by" in told_of(known.case, directory(), known.now_ms).next
    assert "wave" in {one.key for one in timers_shown(known.case)}


@pytest.mark.parametrize("minutes", [6, 11, 40])
def test_a_person_that_was_due_stays_due_then_however_often_others_are_called(minutes):
    play = Play().called().wait(minutes * MINUTE_MS)
    said = told_of(play.case, directory(), play.now_ms)
    assert "No person has " in said.now
    assert "one was due by 16:05" in said.now
    assert "Nobody who was called first has answered; " in said.now


def test_that_the_backup_was_called_is_said_with_its_time_to_the_second():
    play = Play().called().wait(MINUTE_MS + 1_000)
    said = told_of(play.case, directory(neighbours=(NEXT_DOOR,)), play.now_ms)
    assert "one is due by 16:05:00 UTC." in said.now
    assert "Nobody who was called first has answered; called at 16:01:00 UTC: the backup officers." in said.now
    assert said.next.startswith("If nobody has answered by 16:05:00 UTC, these are called next: the neighbour station.")
    alone = told_of(play.case, directory(), play.now_ms)
    assert "called next: all its officers." in alone.next


def test_a_call_back_that_did_not_come_is_admitted():
    play = Play().called().acknowledged()
    assert "were not" not in told_of(play.case, directory(), play.now_ms).now
    play.wait(12 * MINUTE_MS)
    said = told_of(play.case, directory(), play.now_ms)
    assert "You were to be called back by 16:10:00 UTC, and were not; the officer is told so." in said.now
    assert [one.words for one in deadlines(play.case) if one.due_ms <= play.now_ms] == ["the call-back"]
