"""The words for the states of cases and requests, duty tiers and first aid: every code has its sentence."""

import re

import pytest

from esos.words.first_aid import card_for, cards_for
from esos.words.five import PageWord
from esos.words.ground import Ground
from esos.words.life import Concern, Life, Verification
from esos.words.nature import Nature
from esos.words.request_state import RequestState
from esos.words.tier import DutyTier

AVOIDED = re.compile(
    r"\b(ticket|alert rule|attackers?|threat actors?|workflow|casualt(y|ies)|summons|hoax|received|acknowledged)\b",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"^[A-Z].*[.?]$", re.DOTALL)
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|\bD\d\d?\b|\bT_[A-Z]+\b|None|\{|\}")
EVERY_TEXT = [
    *(state.words for state in RequestState),
    *(word.meaning for word in PageWord),
    *(concern.words for concern in Concern),
    *(verification.words for verification in Verification),
    *(tier.owed for tier in DutyTier),
    *(sentence for nature in Nature for card in [card_for(nature)] for sentence in (*card.do, *card.do_not)),
]


# ------------------------------------------------------------------------------------------------------- life
def test_open_is_arrived_to_stabilised_and_suspended():
    assert [life.value for life in Life if life.is_open] == [
        "arrived",
        "acknowledged",
        "mobilising",
        "assisting",
        "stabilised",
        "suspended",
    ]


def test_ended_is_stood_down_cancelled_or_no_emergency():
    assert {life.value for life in Life if life.is_ended} == {"stood_down", "cancelled", "no_emergency"}


def test_a_call_under_way_and_a_closed_or_erased_case_are_neither_open_nor_ended():
    assert {life.value for life in Life if not life.is_open and not life.is_ended} == {
        "calling", "closed", "erased",
    }  # fmt: skip


def test_nothing_is_open_and_ended():
    assert [life for life in Life if life.is_open and life.is_ended] == []


def test_concern_rises_from_uncertainty_over_alert_to_distress():
    assert [(concern.value, concern.level) for concern in Concern] == [
        ("suspected", 0),
        ("uncertainty", 1),
        ("alert", 2),
        ("distress", 3),
    ]


def test_a_disputed_call_opens_no_more_than_an_unverified_one():
    levels = {verification.value: verification.level for verification in Verification}
    assert levels == {"unverified": 0, "key_ok": 1, "called_back": 2, "confirmed": 3, "disputed": 0}


def test_every_life_has_words_and_no_two_the_same():
    assert all(life.words for life in Life)
    assert len({life.words for life in Life}) == len(Life)


# ---------------------------------------------------------------------------------------------------- requests
def test_the_ends_of_a_request_are_its_outcomes():
    ends = {state.value for state in RequestState if state.is_end}
    assert ends == {"settled", "declined", "no_reply", "not_taken", "withdrawn", "cancelled"}


@pytest.mark.parametrize(
    ("word", "states"),
    [
        ("asked", {"sent", "delivered"}),
        ("thinking", {"considering"}),
        ("offering", {"offered", "selected"}),
        ("coming", {"committed", "on_scene", "extending"}),
        (
            "done",
            {"releasing", "returned", "settled", "declined", "no_reply", "not_taken", "withdrawn", "cancelled"},
        ),
    ],
)
def test_pages_show_five_words_for_all_states_of_a_request(word, states):
    assert {state.value for state in RequestState if state.page_word == word} == states


def test_nobody_is_shown_as_coming_before_it_is_committed():
    order = list(RequestState)
    before = order[: order.index(RequestState.COMMITTED)]
    assert PageWord.COMING not in {state.page_word for state in before}


def test_every_end_is_shown_as_done():
    assert {state.page_word for state in RequestState if state.is_end} == {PageWord.DONE}


# -------------------------------------------------------------------------------------------------------- tiers
def test_the_tiers_of_duty_are_said_in_the_words_of_the_mission():
    assert {int(tier): tier.words for tier in DutyTier} == {
        4: "bound by contract",
        3: "bound by law",
        2: "bound by the pact",
        1: "asked to answer",
        0: "volunteer",
    }


def test_silence_escalates_for_those_who_are_bound_is_recorded_for_those_asked_and_is_nothing_for_volunteers():
    assert [(int(tier), tier.silence_escalates, tier.owes_an_answer) for tier in DutyTier] == [
        (0, False, False),
        (1, False, True),
        (2, True, True),
        (3, True, True),
        (4, True, True),
    ]


# ----------------------------------------------------------------------------------------------------- first aid
@pytest.mark.parametrize("nature", Nature)
def test_every_nature_has_a_card_that_fits_on_a_card(nature):
    card = card_for(nature)
    assert card.title == nature.words
    assert 3 <= len(card.do) <= 5
    assert 2 <= len(card.do_not) <= 4
    assert len(set(card.do + card.do_not)) == len(card.do + card.do_not)
    assert max(map(len, card.do + card.do_not)) <= 100


@pytest.mark.parametrize("nature", Nature)
def test_what_not_to_do_is_said_as_such(nature):
    card = card_for(nature)
    assert [line for line in card.do_not if not line.startswith("Do not ")] == []
    assert [line for line in card.do if line.startswith("Do not ")] == []


def test_no_two_natures_share_a_card():
    assert len({(card.do, card.do_not) for card in map(card_for, Nature)}) == len(Nature)


def test_a_call_that_names_nothing_gets_the_card_for_not_knowing():
    assert cards_for([]) == (card_for(Nature.UNDESIGNATED),)


def test_a_call_gets_its_cards_in_its_own_order_and_each_once():
    natures = [Nature.SPREADING, Nature.DESTRUCTION, Nature.SPREADING]
    assert [card.nature for card in cards_for(natures)] == [Nature.SPREADING, Nature.DESTRUCTION]


# ---------------------------------------------------------------------------------------------------- all of them
@pytest.mark.parametrize("text", EVERY_TEXT)
def test_every_text_is_a_whole_sentence_without_codes_or_words_to_avoid(text):
    assert SENTENCE.match(text), text
    assert len(text.split()) >= 3
    assert not CODE.search(text), text
    assert not AVOIDED.search(text), text


def test_the_words_to_avoid_are_found_where_they_stand():
    assert AVOIDED.search("Your ticket was received.")
    assert CODE.search("State no_reply")
    assert not SENTENCE.match("no_reply")


def test_short_words_hold_no_words_to_avoid():
    texts = [*(life.words for life in Life), *(tier.words for tier in DutyTier), *(ground.words for ground in Ground)]
    assert [text for text in texts if AVOIDED.search(text)] == []
