"""What is read in a text message, in four languages and as people type at three in the morning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.words.ground import Ground
from esos.words.short_answers import ShortWord, read_text_answer

COMING, LIMITED, NO = ShortWord.COMING, ShortWord.LIMITED, ShortWord.NO


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("coming 482913", COMING),
        ("COMING 482 913", COMING),
        ("we are comming 482913", COMING),
        ("482913 coming", COMING),
        ("Oui 482913", COMING),
        ("Nous arrivons 482-913", COMING),
        ("Sí 482913", COMING),
        ("vamos 482913!", COMING),
        ("قادمون ٤٨٢٩١٣", COMING),
        ("نعم 482913", COMING),
        ("limited 482913 5", LIMITED),
        ("Limmited 482913 5", LIMITED),
        ("limité 482913 5", LIMITED),
        ("parcial 482913 5", LIMITED),
        ("محدود ٤٨٢٩١٣ ٥", LIMITED),
        ("no 482913 D2", NO),
        ("Non 482913 d2", NO),
        ("لا ٤٨٢٩١٣ D2", NO),
        ("can't 482913 D2", NO),
        ("no 482913 D2 because our people are coming home", NO),
    ],
)
def test_a_text_means_what_it_says_in_four_languages_and_with_a_slip(text, word):
    answer = read_text_answer(text)
    assert (answer.word, answer.code) == (word, "482913")


@pytest.mark.parametrize(
    "text", ["not coming 482913", "yes and no 482913", "482913", "ok 482913", "noo 482913", "I am driving 482913", ""]
)
def test_what_could_be_read_in_two_ways_or_in_none_means_nothing(text):
    assert read_text_answer(text).word is None


def test_the_ground_and_the_sentence_of_a_no_are_read():
    answer = read_text_answer("No 482913 d 10, because We do not know who this is, José.")
    assert answer.ground is Ground.UNVERIFIED
    assert answer.sentence == "We do not know who this is, José."
    assert read_text_answer("non 482913 D2 parce que nous aussi").sentence == "nous aussi"
    assert read_text_answer("no 482913 D11").ground is None
    assert read_text_answer("no 482913").ground is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("no 482913 2", ""),
        ("No 482 913, 2.", ""),
        ("no 2 482913", ""),
        ("482913 no 2", ""),
        ("لا ٤٨٢٩١٣ ٢", ""),
        ("no 482913 2: our own mail is down", "our own mail is down"),
        ("no 482913 2, our own mail is down", "our own mail is down"),
        ("no 482913 2 because we are flooded too", "we are flooded too"),
        ("no 2 482913 because 3 of us are ill", "3 of us are ill"),
        ("non 482913 2 parce que nous aussi", "nous aussi"),
        ("no 482913 D2: our own mail is down", "our own mail is down"),
    ],
)
def test_a_ground_is_read_by_its_number_as_well_as_with_its_letter(text, sentence):
    answer = read_text_answer(text)
    assert (answer.word, answer.code, answer.ground) == (NO, "482913", Ground.OWN_EMERGENCY)
    assert answer.sentence == sentence


def test_the_number_ten_is_a_ground_and_not_one_and_a_nought():
    assert read_text_answer("no 482913 10").ground is Ground.UNVERIFIED
    assert read_text_answer("no 482913 1").ground is not Ground.UNVERIFIED


@pytest.mark.parametrize(
    "rest",
    [
        "2 people are ill",
        "we have 2",
        "2 3",
        "2, 3",
        "2.5",
        "11",
        "0",
        "20",
        "because 2",
        "because 2: both of us",
        "at 2: we sleep",
        "2 maybe",
    ],
)
def test_a_number_that_may_mean_something_else_names_no_ground(rest):
    answer = read_text_answer(f"no 482913 {rest}")
    assert (answer.word, answer.ground) == (NO, None)


def test_a_number_behind_a_yes_or_a_part_is_no_ground():
    assert read_text_answer("coming 482913 2").ground is None
    part = read_text_answer("limited 482913 2")
    assert (part.ground, part.amounts) == (None, (2,))


def test_the_amounts_of_a_part_are_read_in_their_order():
    assert read_text_answer("limited 482913 5").amounts == (5,)
    assert read_text_answer("limited 482913 5, 20 Gbit/s").amounts == (5, 20)
    assert read_text_answer("محدود ٤٨٢٩١٣ ٥").amounts == (5,)
    assert read_text_answer("limited 482913").amounts == ()


@given(st.text(max_size=200))
def test_any_text_at_all_is_read_without_an_error(text):
    answer = read_text_answer(text)
    assert len(answer.sentence) <= 280
    assert answer.code == "" or len(answer.code) == 6


@given(st.text(max_size=60), st.sampled_from(["no", "NON", "لا"]))
def test_a_no_never_becomes_a_coming_whatever_stands_behind_the_code(rest, word):
    assert read_text_answer(f"{word} 482913 {rest}").word in {NO, None}
