"""Whoever reads French, Spanish or Arabic is shown no sentence of English: what stands in Latin letters is a name."""

import httpx
import pytest
from doubles.read_words import english_in_arabic, same_sentences, texts_of
from pages_table import opened_pages

NAMES = (
    "Example Watch", "Example Team", "Example Hospital", "Example Harbour", "First officer", "Second officer",
    "The officer at the station", "Hospitals of the North", "Practice caller (nobody is in distress)", "Mutual-aid club", "UK NCSC",
    "Export rules", "A long word",
)  # fmt: skip
"""Of this house, in titles and inside sentences; elsewhere names stand in ``bdi``. And words that its people wrote."""


@pytest.fixture(scope="module")
def read(open_house):
    """Every page as the reader of each language sees it: the texts by language, by the name of the page."""
    with httpx.Client(base_url=open_house.http, timeout=30) as client:
        return {one.name: _in_each(client, open_house, one) for one in opened_pages(open_house)}


def _in_each(client, house, one):
    return {code: _texts(client, house, one, code) for code in ("en", "fr", "es", "ar")}


def _texts(client, house, one, code):
    client.cookies.clear()
    headers = {"Accept-Language": code, "accept": "text/html"}
    if one.reader:
        headers["cookie"] = f"esos_session={house.sessions[one.reader]}"
    html = client.get(one.path, headers=headers).text
    assert f'<html lang="{code}"' in html, one.path
    texts = texts_of(html, code)
    assert texts, one.path
    return texts


def test_no_page_shows_english_to_a_reader_of_arabic(read):
    found = {(name, run) for name, texts in read.items() for run in english_in_arabic(texts["ar"], NAMES)}
    assert not found, "\n".join(f"{name}: {run}" for name, run in sorted(found))


@pytest.mark.parametrize("code", ["fr", "es"])
def test_no_page_shows_a_sentence_of_english_to_a_reader_of_another_language(read, code):
    found = {(name, one) for name, texts in read.items() for one in same_sentences(texts[code], texts["en"], NAMES)}
    assert not found, "\n".join(f"{name}: {one}" for name, one in sorted(found))
