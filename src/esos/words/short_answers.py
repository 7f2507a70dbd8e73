"""Answers in one short line, in four languages: by text message ``no CODE 2 because …``, by mail ``no 2: …``.

Of a text message, which is an answer and nothing else, spelling is forgiven and meaning is not guessed: what could be
read in two ways is unclear, and changes nothing. In a mail people say what they like: only a first line that is an
answer and nothing else is one, so that neither "no problem" declines nor "yes, I saw it" binds anybody.
"""

import re
import unicodedata
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

import msgspec

from esos.errors import Malformed
from esos.words.ground import Ground
from esos.words.language import say

TEXT_MAX_CHARACTERS = 1_600
"""How much of a text is read: ten messages joined."""
SENTENCE_MAX_CHARACTERS = 280
READY_MAX_MINUTES = 10_080
"""The longest time in which a team may say that it comes: a week."""
CLOSE_ENOUGH = 0.8
"""How alike a word must be to one of the list (``difflib``); with one letter wrong in six it is."""
FORGIVEN_FROM_LETTERS = 4
"""Shorter words are read only as they are written: one wrong letter makes another word of them."""


class ShortWord(StrEnum):
    """What somebody says to a request in one word."""

    COMING = "coming"
    LIMITED = "limited"
    NO = "no"


_WORDS: Final[dict[ShortWord, str]] = {
    ShortWord.COMING: (
        "coming come yes accept accepted "
        "viens venons venir arrive arrivons oui accepte "
        "vamos venimos vengo voy acepto aceptamos si "
        "قادم قادمون نعم اتون موافق موافقون"
    ),
    ShortWord.LIMITED: (
        "limited partly partial part some "
        "limite limitee partiel partielle partiellement partie "
        "limitado limitada parcial parcialmente parte "
        "محدود جزئي جزئيا جزء"
    ),
    ShortWord.NO: (
        "no not decline declined refuse cannot cant unable "
        "non ne pas impossible refusons "
        "imposible rechazo rechazamos nunca "
        "لا لن كلا نرفض ارفض نعتذر"
    ),
}
"""The words of each meaning in English, French, Spanish and Arabic, without accents, vowel signs and capitals."""
_MEANING: Final = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}
_FORGIVEN: Final = tuple(word for word in _MEANING if len(word) >= FORGIVEN_FROM_LETTERS)
_CODE: Final = re.compile(r"(?<!\d)(\d{3})[ .\-]?(\d{3})(?!\d)")
_GROUND: Final = re.compile(r"\bd[ \-]?(10|[1-9])\b")
_BECAUSE: Final = re.compile(r"\b(because|since|car|parce qu[e']?|porque|ya que|لان|بسبب)\b[ :,]*")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_BARE_GROUND: Final = re.compile(
    rf"(?P<words>\D*)(?P<number>10|[1-9])\s*(?:\Z|[.:,;!]+(?![.:,;!\s]*\d)|(?={_BECAUSE.pattern}))"
)
"""A ground without its letter: nothing behind it, or a stop, or "because"; "2 people are ill" names none."""
_EVEN: Final = str.maketrans({"\u0649": "\u064a", "\u0640": None})
"""Arabic: a final ya without its dots is a ya, and a line that only widens a word is nothing."""


class ShortAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said, as far as it is clear: None and empty for what is not said."""

    word: ShortWord | None = None
    code: str = ""
    amounts: tuple[int, ...] = ()
    ready_minutes: int = 0
    ground: Ground | None = None
    sentence: str = ""


def read_text_answer(text: str) -> ShortAnswer:
    """Read a text message. Its meaning stands before the code, else right behind it."""
    plain = _plain(text[:TEXT_MAX_CHARACTERS])
    found = _CODE.search(plain)
    before, after = (plain[: found.start()], plain[found.end() :]) if found else (plain, "")
    bare = _bare_ground(before, after)
    head, words_count = _reason(after, bare)
    meant = _meant(before) if _LETTERS.search(before) else _meant(head)
    ground = _GROUND.search(head) or _GROUND.search(before)
    number = ground.group(1) if ground else bare["number"] if bare and meant is ShortWord.NO else ""
    return ShortAnswer(
        word=meant,
        code=found.group(1) + found.group(2) if found else "",
        amounts=_amounts(head) if meant is ShortWord.LIMITED else (),
        ground=Ground(f"D{number}") if number else None,
        sentence=_last_words(text[:TEXT_MAX_CHARACTERS], words_count),
    )


def _plain(text: str) -> str:
    """Small letters without accents and vowel signs, every digit as 0 to 9; how Arabic letters vary is evened out."""
    spread = unicodedata.normalize("NFKD", text.translate(_EVEN)).casefold()
    kept = (char for char in spread if unicodedata.category(char) != "Mn")
    return "".join(_digit(char) for char in kept).replace("'", "")


def _digit(char: str) -> str:
    number = unicodedata.digit(char, None)
    return char if number is None else str(number)


def _bare_ground(before: str, after: str) -> re.Match[str] | None:
    """A ground written as a mere number, behind the code or in front of it, with no other word than a no."""
    for text in (after, before):
        found = _BARE_GROUND.match(text)
        if found and all(_meaning(word) is ShortWord.NO for word in _LETTERS.findall(found["words"])):
            return found
    return None


def _reason(after: str, bare: re.Match[str] | None) -> tuple[str, int]:
    """What stands before "because", and how many words behind it; a ground without it is followed by its sentence."""
    because = _BECAUSE.search(after)
    if because:
        return after[: because.start()], len(after[because.end() :].split())
    ground = _GROUND.search(after)
    if ground is None and bare is not None and bare.string == after:
        return after[: bare.end("number")], len(after[bare.end() :].split())
    return (after[: ground.end()], len(after[ground.end() :].lstrip(" .,:;!-").split())) if ground else (after, 0)


def _last_words(text: str, count: int) -> str:
    """The end of the text as it was written, on one line."""
    words = text.split()[-count:] if count else []
    return " ".join(words).strip(" ,;:-").replace("\0", "")[:SENTENCE_MAX_CHARACTERS]


def _meant(text: str) -> ShortWord | None:
    """The one meaning that the words have; None for none, and for two."""
    meanings = {one for one in map(_meaning, _LETTERS.findall(text)) if one is not None}
    return meanings.pop() if len(meanings) == 1 else None


def _meaning(word: str) -> ShortWord | None:
    if word in _MEANING:
        return _MEANING[word]
    if len(word) < FORGIVEN_FROM_LETTERS:
        return None
    close = get_close_matches(word, _FORGIVEN, n=3, cutoff=CLOSE_ENOUGH)
    meanings = {_MEANING[one] for one in close}
    return meanings.pop() if len(meanings) == 1 else None


def _amounts(head: str) -> tuple[int, ...]:
    """Numbers that stand for quantities, in order; longer ones than any need has are none."""
    return tuple(int(one) for one in re.findall(r"(?<![\dd])\d{1,7}(?!\d)", head))


MAIL_WORDS: Final[dict[str, ShortWord]] = {
    word: meaning
    for meaning, words in {
        ShortWord.COMING: "coming viens venons arrivons voy vamos venimos قادم قادمون",
        ShortWord.LIMITED: "limited partly limite limitee partiel limitado limitada parcial محدود جزئي",
        ShortWord.NO: "no non لا",
    }.items()
    for word in words.split()
}
"""What a mail may begin with to be an answer; a mere yes is none, as people say it to anything."""
_MAIL_LINE: Final = re.compile(
    r"(?P<word>[^\W\d_]{1,20})"
    r"(?:[ ]{1,3}(?P<mark>d?[ -]?[0-9]{1,7}(?:(?:, ?| )[0-9]{1,7}){0,9})"
    r"[ ]?(?P<unit>min\b|minutes?\b|minutos?\b|دقيقة|دقائق)?)?"
    r"[ ]*(?:[.:!]+[ ]*(?P<rest>.*)|)\Z",
    re.IGNORECASE,
)
_GROUNDS: Final = {ground.value.removeprefix("D"): ground for ground in Ground}


def read_mail_answer(text: str) -> ShortAnswer | None:
    """The answer in the first line of a mail that is not empty; None where it is none, so that nobody is bound by it.

    A number is minutes after ``coming``, what is given of each need line after ``limited``, a ground after ``no``.
    Raises ``Malformed`` (``answer.no_ground``, ``answer.unknown_ground``, ``answer.minutes``) for one that is begun.
    """
    line = next((" ".join(one.split()) for one in text.splitlines() if one.strip()), "")
    found = _MAIL_LINE.match("".join(_digit(char) for char in unicodedata.normalize("NFC", line)))
    word = MAIL_WORDS.get(_plain(found["word"])) if found else None
    if found is None or word is None:
        return None
    numbers = re.findall(r"[0-9]+", found["mark"] or "")
    answer = ShortAnswer(word=word, sentence=(found["rest"] or "").replace("\0", "")[:SENTENCE_MAX_CHARACTERS])
    if word is ShortWord.NO:
        return msgspec.structs.replace(answer, ground=_ground(numbers))
    if word is ShortWord.COMING or found["unit"]:
        return msgspec.structs.replace(answer, ready_minutes=_minutes(numbers))
    return msgspec.structs.replace(answer, amounts=tuple(int(one) for one in numbers))


def _ground(numbers: list[str]) -> Ground:
    if not numbers:
        raise Malformed(
            "answer.no_ground",
            say("A no needs its ground: write no and the number of the ground, as in: no 2"),
            hint=grounds_in_words(),
        )
    ground = _GROUNDS.get(numbers[0].lstrip("0"))
    if ground is None or len(numbers) > 1:
        number = ", ".join(numbers)
        raise Malformed(
            "answer.unknown_ground", say("There is no ground {number}.", number=number), hint=grounds_in_words()
        )
    return ground


def _minutes(numbers: list[str]) -> int:
    minutes = int(numbers[0]) if len(numbers) == 1 else 0 if not numbers else READY_MAX_MINUTES + 1
    if minutes > READY_MAX_MINUTES:
        raise Malformed(
            "answer.minutes", say("Say in how many minutes: one number up to {most}.", most=READY_MAX_MINUTES)
        )
    return minutes


def grounds_in_words() -> str:
    """The lawful grounds with their numbers, a line each."""
    return "\n".join(f"{ground.value.removeprefix('D')}  {ground.words}" for ground in Ground)
