"""First-aid cards whole: a why for every line, plain language, evidence by RFC 3227, sources; nobody is blamed."""

import json
import re

import pytest

from esos.cli.main import run
from esos.errors import Malformed
from esos.words.evidence import EVIDENCE
from esos.words.first_aid_whole import named_card, whole_card, whole_cards
from esos.words.nature import Nature

READING_EASE_MIN = 60
"""Flesch: from 60 on it is plain English, understood at 13 to 15 years."""
SENTENCE_WORDS_MAX = 12
"""On average over a card."""
BLAME = re.compile(
    r"\b(attacker|threat actor|hacker|criminal|culprit|perpetrator|adversar\w+|enem\w+)\b", re.IGNORECASE
)


@pytest.mark.parametrize("nature", list(Nature), ids=lambda nature: nature.slug)
def test_each_line_of_each_card_says_why_in_a_short_clause(nature):
    card = whole_card(nature)
    whys = [line.why for line in (*card.do, *card.do_not)]
    assert all(10 <= len(why) <= 90 and why.endswith(".") for why in whys)
    assert len(set(whys)) == len(whys)


@pytest.mark.parametrize("nature", list(Nature), ids=lambda nature: nature.slug)
def test_each_card_reads_easily(nature):
    sentences = _sentences(nature)
    assert _reading_ease(sentences) >= READING_EASE_MIN
    assert sum(len(_words(one)) for one in sentences) / len(sentences) <= SENTENCE_WORDS_MAX


def test_a_text_of_officials_does_not_read_easily():
    hard = "Organisational stakeholders should operationalise comprehensive remediation methodologies expeditiously."
    assert _reading_ease([hard]) < READING_EASE_MIN


@pytest.mark.parametrize("nature", list(Nature), ids=lambda nature: nature.slug)
def test_each_card_names_public_sources_with_their_section(nature):
    sources = whole_card(nature).sources
    assert len(sources) >= 2
    assert all(one.document and one.section and one.link.startswith("https://") for one in sources)
    assert any("RFC 3227" in one.document for one in sources)


def test_no_card_speaks_of_who_did_it():
    assert not [found for nature in Nature for one in _sentences(nature) if (found := BLAME.search(one))]


def test_what_to_keep_stands_in_the_order_in_which_it_fades():
    steps = [one.volatile for one in EVIDENCE]
    order = ["registers", "memory", "temporary", "disk", "remote", "physical", "archival", "custody"]
    assert all(word in step for word, step in zip(order, steps, strict=True))


def test_a_card_is_found_by_its_word_and_by_its_number():
    assert named_card("held-to-ransom") == named_card("18") == whole_card(Nature.HELD_TO_RANSOM)
    with pytest.raises(Malformed) as refused:
        named_card("no-such-thing")
    assert refused.value.code == "nature.unknown"


def test_the_command_line_prints_every_card_on_a_page_of_its_own(capsys):
    assert run(["first-aid", "--print"]) == 0
    sheets = capsys.readouterr().out.split("\f")
    assert len(sheets) == len(Nature)
    assert all(card.do[0].why in sheet for card, sheet in zip(whole_cards(), sheets, strict=True))


def test_the_command_line_gives_a_card_as_json(capsys):
    assert run(["first-aid", "flooding", "--json"]) == 0
    (card,) = json.loads(capsys.readouterr().out)["cards"]
    assert card["nature"] == "flooding"
    assert card["do"][0]["why"]
    assert card["keep"][1]["volatile"].endswith("memory")


def _sentences(nature):
    card = whole_card(nature)
    texts = [text for line in (*card.do, *card.do_not) for text in line]
    texts += [text for one in card.keep for text in (f"{one.what}.", one.how)]
    return [part for text in texts for part in re.split(r"(?<=[.:;])\s+", text) if _words(part)]


def _words(text):
    return re.findall(r"[a-z']+", text.lower())


def _reading_ease(sentences):
    """Flesch, 1948; syllables are groups of vowels, without a silent e."""
    words = [word for one in sentences for word in _words(one)]
    return 206.835 - 1.015 * len(words) / len(sentences) - 84.6 * sum(map(_syllables, words)) / len(words)


def _syllables(word):
    groups = len(re.findall(r"[aeiouy]+", word))
    silent = word.endswith("e") and not word.endswith("le") and groups > 1
    return max(1, groups - silent)
