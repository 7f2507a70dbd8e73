"""A call read aloud over a telephone: what is said, and what is refused when it was heard wrongly."""

import pytest

from esos.errors import Malformed
from esos.message.spoken import SPELLING, SpokenCall, decode_spoken, encode_spoken, pseudonym_words
from esos.words.nature import Nature
from esos.words.realm import Realm
from esos.words.urgency import Urgency

CALL = SpokenCall(
    pseudonym=bytes((127, 0, 0, 1)),
    urgency=Urgency.MAYDAY,
    natures=(Nature.CUT_OFF, Nature.HELD_TO_RANSOM),
    token="00219347",
)
TEXT = encode_spoken(CALL)


def code_of(text):
    with pytest.raises(Malformed) as refusal:
        decode_spoken(text)
    return refusal.value.code


def test_the_words_of_a_name_are_those_of_the_published_table():
    """127.0.0.1 is "lusab-babad" in the paper that the letters come from."""
    assert pseudonym_words(bytes((127, 0, 0, 1))) == "lusab-babad"
    assert pseudonym_words(bytes((63, 84, 220, 193))) == "gutih-tugad"


def test_a_call_is_one_line_a_person_can_read_aloud():
    assert TEXT.startswith(
        "e-SOS call. Caller: lusab-babad. Urgency: mayday. Nature: cut-off and held-to-ransom. Token: 0021 9347. Check: "
    )
    assert len(TEXT.split("Check: ")[1].split()) == 3
    assert decode_spoken(TEXT) == CALL


def test_practice_is_said_first_and_is_covered_by_the_check_words():
    practice = SpokenCall(
        pseudonym=CALL.pseudonym, urgency=CALL.urgency, natures=CALL.natures, token=CALL.token, realm=Realm.EXERCISE
    )
    said = encode_spoken(practice)
    assert said.startswith("EXERCISE EXERCISE EXERCISE.")
    assert said.split("Check:")[1] != TEXT.split("Check:")[1]
    assert code_of(TEXT.replace("e-SOS call", "EXERCISE EXERCISE EXERCISE")) == "spoken.check"
    assert code_of(said.replace("EXERCISE EXERCISE EXERCISE", "e-SOS call")) == "spoken.check"


def test_a_call_without_a_nature_says_that_something_is_wrong():
    call = SpokenCall(pseudonym=CALL.pseudonym, urgency=Urgency.PAN_PAN, token=CALL.token)
    assert "Nature: undesignated." in encode_spoken(call)
    assert decode_spoken(encode_spoken(call)) == call


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("", "spoken.layout"),
        ("hello", "spoken.layout"),
        ("x" * 601, "spoken.layout"),
        (TEXT.replace("e-SOS call", "a call"), "spoken.layout"),
        (TEXT.replace("Nature", "Token"), "spoken.layout"),
        (TEXT + " Token: 1", "spoken.layout"),
        (TEXT.replace("lusab-babad", "lusab"), "spoken.caller"),
        (TEXT.replace("lusab-babad", "lusab-bybad"), "spoken.caller"),
        (TEXT.replace("lusab-babad", "lusab-babadd"), "spoken.caller"),
        (TEXT.replace("mayday", "help"), "spoken.urgency"),
        (TEXT.replace("cut-off", "on-fire"), "nature.unknown"),
        (TEXT.replace("0021 9347", "0021 934"), "spoken.token"),
        (TEXT.replace("0021 9347", "0021 9348"), "spoken.check"),
        (TEXT.replace("mayday", "advisory"), "spoken.check"),
        (TEXT.replace("lusab", "lusad"), "spoken.check"),
        (TEXT.rsplit(" ", 1)[0], "spoken.check"),
    ],
)
def test_what_was_heard_wrongly_is_refused_by_name(wrong, code):
    assert code_of(wrong) == code


def test_the_person_is_told_what_to_do_next():
    with pytest.raises(Malformed) as refusal:
        decode_spoken(TEXT.replace("9347", "9374"))
    assert "read again" in refusal.value.hint


@pytest.mark.parametrize(
    "wrong",
    [
        {"pseudonym": b"abc"},
        {"token": "1234567"},
        {"token": "1234567a"},
        {"token": "١٢٣٤٥٦٧٨"},
        {"natures": (Nature.HELD_TO_RANSOM, Nature.CUT_OFF)},
        {"natures": (Nature.UNDESIGNATED,)},
    ],
    ids=str,
)
def test_what_cannot_be_said_is_never_made(wrong):
    good = {"pseudonym": CALL.pseudonym, "urgency": CALL.urgency, "natures": CALL.natures, "token": CALL.token}
    with pytest.raises(Malformed) as refusal:
        SpokenCall(**good | wrong)
    assert refusal.value.code == "spoken.field"


def test_the_spelling_words_begin_with_the_letters_of_the_alphabet_in_order():
    assert "".join(word[0] for word in SPELLING) == "abcdefghijklmnopqrstuvwxyz"
