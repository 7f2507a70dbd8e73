"""What is kept in English is said to its reader in their own language: the program makes no sentence it would not know."""

import pytest
from doubles.read_words import english_in_arabic, same_sentences

from esos.catalogues import tongues
from esos.duty.gates import Gate
from esos.duty.tier import Duty
from esos.duty.weights import WEIGHTS
from esos.pact import shipped
from esos.pact.explain import explain
from esos.station.reasons import why_chosen
from esos.triage.facts import Facts
from esos.triage.questions import QUESTIONS, answer
from esos.triage.score import assess
from esos.triage.translate import translations
from esos.words import kept
from esos.words.form import Form
from esos.words.ground import NEVER_A_GROUND
from esos.words.kept import FORMS, kept_pieces, say_kept
from esos.words.language import speaking
from esos.words.nature import Nature, kept_words
from esos.words.need import NeedLine
from esos.words.tier import DutyTier

OTHERS = ("fr", "es", "ar")
NAMES = ("UK NCSC", "Mutual-aid club", "Duty officer of the depositary", "CSIRT", "U.S.C.", "TLP:AMBER", "PAP:AMBER")


def counted() -> str:
    lines = (kept.COUNTED_POINTS.write(points=7, most=one.points, what=one.words) for one in WEIGHTS.values())
    return kept.COUNTED.write(points=2000, list=", ".join(lines))


def kept_sentences() -> list[str]:
    """A sentence of every form, with each of the words that may stand in it."""
    pact = {"pact": "Mutual-aid club", "day": "2026-01-02"}
    return [
        kept.BOTH_ACCEPTED.write(**pact),
        kept.YOU_ACCEPTED.write(**pact),
        kept.OWN_NETWORK.write(network="AS64500"),
        kept.OWN_PRODUCT.write(product="vendor:product"),
        *(kept.REPORTS.write(seen=f"{kept_words(one)}; {kept_words(Nature.FLOODING)}") for one in Nature),
        *(kept.CAN_BRING.write(line=one.words, units=3, open=40, unit=one.unit) for one in NeedLine),
        *(kept.PACKAGE.write(units=3, unit=one.unit) for one in NeedLine),
        *(kept.COST.write(units=3, unit=one.unit) for one in NeedLine),
        kept.NEVER.write(list="; ".join(NEVER_A_GROUND)),
        counted(),
        kept.COUNTED_DUTY.write(points=2000),
        kept.NEXT_BEHIND.write(points=-12),
        *(kept.NOT_THEIRS.write(roles=" or ".join(kept.ROLES[:count])) for count in (1, 3)),
        *(form.english for form in FORMS if "{" not in form.english),
        *(gate.words for gate in Gate),
    ]


@pytest.mark.parametrize("code", OTHERS)
def test_a_sentence_of_every_form_is_recognised_and_said_in_another_language(code):
    sentences = kept_sentences()
    with speaking(tongues()[code]):
        for sentence in sentences:
            (piece,) = kept_pieces(sentence)
            assert piece.is_said, sentence
            assert not same_sentences([piece.words], [sentence], NAMES)
            if code == "ar":
                assert not english_in_arabic([piece.words], NAMES), piece.words


def test_a_row_of_sentences_is_said_one_by_one_and_free_words_between_them_stay_as_they_are():
    told = f"{kept.BOUND[DutyTier.LAW]} Lei n. 5, artigo 2. {kept.NOT_BECAUSE} {kept.WHEN_RELEASED}"
    with speaking(tongues()["fr"]):
        first, free, *last = kept_pieces(told)
        assert first.words == "Lié par la loi."
        assert free == ("Lei n. 5, artigo 2.", False)
        assert all(one.is_said for one in last)
        assert len(last) == 2
    assert say_kept(told) == told


def test_a_name_with_a_sentence_in_it_forges_none():
    sentence = kept.BOTH_ACCEPTED.write(pact="Club. Volunteer.", day="2026-01-02")
    with speaking(tongues()["es"]):
        (piece,) = kept_pieces(sentence)
    assert "Club. Volunteer." in piece.words


def test_a_text_longer_than_any_that_is_kept_is_shown_as_it_is():
    sentence = f"{kept.NO_ADDRESS} "
    with speaking(tongues()["ar"]):
        assert say_kept(sentence.strip()) != sentence.strip()
        long = (sentence * (kept.READ_MAX_CHARACTERS // len(sentence) + 1)).strip()
        assert kept_pieces(long) == (kept.Piece(long, is_said=False),)


def test_a_form_reads_what_it_wrote_and_nothing_else():
    form = Form("{who} has {count} left.", count="figure")
    assert form.whole(form.write(who="Blue", count=3)).groupdict() == {"who": "Blue", "count": "3"}
    assert form.whole("Blue has three left.") is None


@pytest.mark.parametrize("code", OTHERS)
def test_why_an_officer_chose_a_team_is_said_whole(code):
    class Ranking:
        register_version, weights_version = 1, 1

    duty = Duty(tier=DutyTier.VOLUNTEER, basis=kept.NOTHING_BINDS, owed=kept.what_is_owed(DutyTier.VOLUNTEER))
    why = why_chosen(Ranking(), duty, tuple(gate.words for gate in Gate))
    with speaking(tongues()[code]):
        assert all(piece.is_said for piece in kept_pieces(why.sentence))


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("name", ["pledge", "club", "treaty", "federation"])
def test_a_shipped_pact_is_read_in_each_language(code, name):
    pact = shipped.load(name)[1]
    english = explain(pact)
    with speaking(tongues()[code]):
        said = explain(pact)
    for theirs, ours in zip(said.parts, english.parts, strict=True):
        texts, original = (theirs.heading, *theirs.sentences), (ours.heading, *ours.sentences)
        assert not same_sentences(texts, original, (pact.pact.title, *NAMES))
        if code == "ar":
            assert not english_in_arabic(texts, NAMES)


def assessed() -> list[str]:
    """Every line that any single answer can bring about, and those of every question's last answer together."""
    one_by_one = [answer(Facts(), one.id, option.id) for one in QUESTIONS for option in one.options]
    worst, mildest = Facts(), Facts()
    for question in QUESTIONS:
        mildest = answer(mildest, question.id, question.options[0].id)
        worst = answer(worst, question.id, question.options[-2].id)
    every = [*one_by_one, worst, mildest]
    return sorted(
        {line for facts in every for line in assess(facts).explanation}
        | {one.sentence for facts in every for one in translations(facts)}
    )


@pytest.mark.parametrize("code", OTHERS)
def test_how_bad_it_is_and_what_other_scales_say_is_told_in_each_language(code):
    english = assessed()
    with speaking(tongues()[code]):
        said = assessed()
    assert len(english) > 100
    assert not same_sentences(said, english, NAMES)
    if code == "ar":
        assert not english_in_arabic(said, NAMES)
