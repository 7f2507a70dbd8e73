"""Whatever goes out to a reader is in the reader's language: mails, texts, what is spoken, what is printed or answered."""

from collections.abc import Iterator

import pytest
from doubles.read_words import english_in_arabic, same_sentences

from esos.catalogues import tongues
from esos.message.printed_card import PrintedCard, sheet_of
from esos.paging.letter import letter_of
from esos.station.pager import facts_of
from esos.station.paging import PageOrder
from esos.station.ports import PageFrame, PageMessage
from esos.words import kept
from esos.words.access import ACT_WORDS, DEVICE_WORDS, WAY_WORDS
from esos.words.answer_replies import DRILL_ALOUD, Prompt, Reply, prompt_words, reply_words, text_answer
from esos.words.contact import ContactWhy, answer_words, contact_text
from esos.words.first_aid_whole import whole_cards
from esos.words.ground import Ground
from esos.words.language import say, speaking
from esos.words.life import Concern, Life, Verification
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.page_reasons import PageReason
from esos.words.page_text import page_text
from esos.words.phrases import Coming
from esos.words.realm import Realm
from esos.words.request_state import RequestState
from esos.words.sentences import CaseFacts, told
from esos.words.short_answers import grounds_in_words
from esos.words.take_call import Moment, aloud
from esos.words.tier import DutyTier
from esos.words.timers import ELAPSED_WORDS, HOLDER_WORDS, TIMER_WORDS, history_words, holder_words, timer_words
from esos.words.urgency import Urgency

OTHERS = ("fr", "es", "ar")
NOW_MS = 1_780_000_000_000
NAMES = ("Example Hospital", "Example Watch", "Example Team", "Officer One", "Mutual-aid club", "Own words here")
"""Of this test; and what its people wrote themselves."""


def order_of(reason: PageReason) -> PageOrder:
    """A page that says everything a page can say; why its reader was asked is as the record keeps it."""
    return PageOrder(
        case=b"c" * 16,
        ref=b"r" * 32,
        audience="asked",
        party="p" * 64,
        channel="mail",
        address="team@example.org",
        reason=reason.value,
        says=reason.value,
        name="Officer One",
        urgency=Urgency.MAYDAY.value,
        caller_name="Example Hospital",
        team="Example Team",
        natures=tuple(int(one) for one in Nature),
        needs={line.value: 3 for line in NeedLine},
        open_need={line.value: 2 for line in NeedLine},
        called_ms=NOW_MS - 60_000,
        since_ms=NOW_MS - 30_000,
        ordered_ms=NOW_MS,
        due_ms=NOW_MS + 60_000,
        escalates_ms=NOW_MS + 90_000,
        tier=int(DutyTier.PACT),
        basis=kept.BOTH_ACCEPTED.write(pact="Mutual-aid club", day="2026-01-02"),
        owed=kept.what_is_owed(DutyTier.PACT),
        why=f"{kept.BOUND[DutyTier.PACT]} {kept.NOT_BECAUSE} {kept.WHEN_RELEASED}",
        concern=Concern.DISTRESS.value,
        matter="end the case because nobody is in distress",
        sentence="Own words here",
        reply="+353 999 000 111",
        numbers=("+353 999 000 222",),
        is_confirmed=False,
        said="Own words here",
        by="Officer One",
    )


def pages() -> Iterator[str]:
    """Every page to a person, put in writing with what stands around it, as a drill and as a test too."""
    for reason in PageReason:
        title, body = page_text(reason, facts_of(order_of(reason), "Example Watch"))
        for drill, test in ((False, False), (True, False), (False, True)):
            page = PageMessage(
                stable_id="f" * 32, address="team@example.org", title=title, body=body, link="https://station.example/r/x",
                urgency="mayday", is_exercise=drill, is_test=test, frame=PageFrame.spoken(),
            )  # fmt: skip
            letter = letter_of(page)
            yield letter.title
            yield letter.text


def contacts() -> Iterator[str]:
    """A test of an address, for each reason there is, and how it is answered by text."""
    for why in ContactWhy:
        text = contact_text(
            why, name="Officer One", station="Example Watch", code="123 456", answer_by_ms=NOW_MS + 60_000, now_ms=NOW_MS,
            missed="team@example.org",
        )  # fmt: skip
        yield from (text.title, text.body, why.words if hasattr(why, "words") else "")
    yield answer_words("123 456")


def spoken() -> Iterator[str]:
    """What is said on the telephone, to whoever is called and to whoever calls."""
    values = {
        "station": "Example Watch",
        "caller": "Example Hospital",
        "team": "Example Team",
        "what": "",
        "case": "ABCD",
    }
    yield from (prompt_words(one, **values) for one in Prompt)
    yield say(DRILL_ALOUD)
    yield from (aloud(one, reply="+353", code="A B C D", officer="Officer One") for one in Moment)


def answers() -> Iterator[str]:
    """What is sent back to a short answer."""
    values = {"what": "", "caller": "Example Hospital", "case": "ABCD", "code": "123456", "why": "", "state": ""}
    yield from (reply_words(one, ground=Ground.UNABLE, **values) for one in Reply)
    yield from (text_answer("123456", is_officer=is_officer) for is_officer in (True, False))
    yield grounds_in_words()


def cases() -> Iterator[str]:
    """What a caller reads of its case, in each state; and the words of states, timers and histories."""
    whole = CaseFacts(
        station="Example Watch", since_ms=NOW_MS - 60_000, now_ms=NOW_MS, officer_since_ms=NOW_MS, asked=4, released=2,
        wave_due_ms=NOW_MS + 1, review_due_ms=NOW_MS + 1, settle_due_ms=NOW_MS + 1, call_back_due_ms=NOW_MS + 1,
        coming=(Coming(team="Example Team", line=NeedLine.FILTERING, units=20, needed_units=40, due_ms=NOW_MS + 1),),
        unmet=((NeedLine.ADVICE, 2),), is_exercise=True, cancel_waits=True,
    )  # fmt: skip
    bare = CaseFacts(
        station="Example Watch", since_ms=NOW_MS, now_ms=NOW_MS, person_due_ms=NOW_MS + 1, is_exercise=False
    )
    for life in Life:
        for facts in (whole, bare):
            said = told(life, facts)
            yield from (said.now, said.next, said.do_meanwhile, life.words)
    for listed in (Concern, Verification, RequestState, DutyTier, Ground, Urgency, Nature, NeedLine):
        yield from (one.words for one in listed)
    yield from map(timer_words, TIMER_WORDS)
    yield from map(holder_words, HOLDER_WORDS)
    yield from (history_words("elapsed", one) for one in ELAPSED_WORDS)
    yield from (say(words) for table in (ACT_WORDS, WAY_WORDS, DEVICE_WORDS) for words in table.values())


def printed() -> Iterator[str]:
    """A member's printed card, in earnest and for practice; and every card of first aid."""
    for realm in Realm:
        card = PrintedCard(
            name="Example Hospital", member="m" * 64, station="Example Watch", kid="k" * 16, realm=realm,
            numbers=("12345678",), qr="", text="+353", mailbox="watch@example.org", http="https://station.example",
            udp=("192.0.2.1:5683",), dns_zone="sos.example", mail="sos@example.org",
        )  # fmt: skip
        sheet = sheet_of(card)
        yield from (
            sheet.title,
            sheet.warning,
            sheet.says,
            *(row.words if hasattr(row, "words") else row[0] for row in sheet.rows),
        )
    for card in whole_cards():
        yield from (say(text) for line in (*card.do, *card.do_not) for text in (line.text, line.why))


KINDS = (pages, contacts, spoken, answers, cases, printed)


@pytest.mark.parametrize("made", KINDS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("code", OTHERS)
def test_no_english_is_left_in_what_goes_out(made, code):
    english = list(made())
    with speaking(tongues()[code]):
        texts = list(made())
    assert not same_sentences(texts, english, NAMES)
    if code == "ar":
        found = english_in_arabic(_without_addresses(texts), NAMES)
        assert not found, found


def _without_addresses(texts: list[str]) -> Iterator[str]:
    for text in texts:
        yield " ".join(word for word in text.split() if "@" not in word and "//" not in word)
