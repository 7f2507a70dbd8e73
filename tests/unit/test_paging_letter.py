"""How a page is put in writing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.paging.letter import BODY_MAX_CHARS, TITLE_MAX_CHARS, letter_of, one_line
from esos.station.ports import DRILL_LINE, DRILL_PREFIX, PageMessage


def page(**changes) -> PageMessage:
    values = {
        "stable_id": "page-1",
        "address": "officer",
        "title": "Urgent (pan-pan): Harbour Hospital",
        "body": "First line.\nSecond line.",
        "link": "https://station.example/answer/abc",
        "urgency": "pan-pan",
        "is_exercise": False,
    }
    return PageMessage(**(values | changes))


def test_a_page_has_its_body_then_the_link_then_its_id():
    assert letter_of(page()).text == (
        "First line.\nSecond line.\n\nAnswer here: https://station.example/answer/abc\nPage page-1"
    )


def test_a_drill_says_so_before_anything_else():
    letter = letter_of(page(is_exercise=True))
    assert letter.title == "DRILL – Urgent (pan-pan): Harbour Hospital"
    assert letter.text.startswith("This is a drill. Nobody is in distress.\n\nFirst line.")


def test_a_title_that_is_marked_is_not_marked_twice():
    assert letter_of(page(is_exercise=True, title="DRILL – Harbour")).title == "DRILL – Harbour"


def test_a_page_without_a_link_has_no_line_for_one():
    assert letter_of(page(link="")).text == "First line.\nSecond line.\n\nPage page-1"


def test_a_page_without_a_body_is_still_a_page():
    assert letter_of(page(body="")).text == "Answer here: https://station.example/answer/abc\nPage page-1"


@pytest.mark.parametrize("max_chars", [0, 1, 40, 70, 160, 1000])
def test_a_short_channel_loses_body_and_never_the_link_the_id_or_the_mark(max_chars):
    text = letter_of(page(body="word " * 500, is_exercise=True), max_chars=max_chars).text
    never_cut = len(DRILL_LINE) + 2 + len("Answer here: https://station.example/answer/abc\nPage page-1")
    assert len(text) <= max(max_chars, never_cut)
    assert text.startswith(DRILL_LINE)
    assert text.endswith("https://station.example/answer/abc\nPage page-1")


def test_what_was_cut_is_seen_to_be_cut():
    assert "…" in letter_of(page(body="word " * 5000)).text
    assert "…" not in letter_of(page()).text


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\x07", "\x1b", "\u2028", "\ud800", "\r"])
def test_signs_that_forge_or_turn_text_are_taken_out(sign):
    letter = letter_of(page(title=f"Har{sign}bour", body=f"Har{sign}bour"))
    assert sign not in letter.title + letter.text
    assert letter.title == "Har bour"


def test_scripts_that_are_written_from_right_to_left_stay_whole():
    assert letter_of(page(body="مستشفى המיناء")).text.startswith("مستشفى המיناء")


@given(title=st.text(max_size=400), body=st.text(max_size=400), link=st.text(max_size=60), drill=st.booleans())
def test_whatever_is_in_a_page_its_letter_can_be_printed_encoded_and_bounded(title, body, link, drill):
    letter = letter_of(page(title=title, body=body, link=link, is_exercise=drill))
    letter.title.encode()
    letter.text.encode()
    assert "\n" not in letter.title
    assert "\r" not in letter.title
    assert len(letter.title) <= TITLE_MAX_CHARS + len(DRILL_PREFIX)
    assert len(letter.text) <= BODY_MAX_CHARS
    assert letter.text.endswith("Page page-1")
    assert drill == letter.text.startswith(DRILL_LINE) or body.startswith(DRILL_LINE)


@given(st.text(), st.integers(min_value=0, max_value=50))
def test_one_line_is_one_line_and_no_longer_than_asked(text, max_chars):
    line = one_line(text, max_chars=max_chars)
    assert len(line) <= max_chars
    assert not {"\n", "\r", "\u2028", "\x85"} & set(line)
