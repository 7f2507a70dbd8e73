"""An answer to a request in one short line, by mail or text message: coming, limited, or no with a ground.

Nothing else is an answer: "no problem" is not a no, and "coming to think of it" binds nobody.
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple

from esos.errors import Malformed
from esos.words.ground import Ground
from esos.words.language import later

READY_MAX_MINUTES = 10_080
SENTENCE_MAX_CHARS = 280
GRAMMAR: Final = later("coming · limited: what you can do · no and the number of a ground, as in: no 2")


class ShortWord(StrEnum):
    """What a team says to a request in one word."""

    COMING = "coming"
    LIMITED = "limited"
    NO = "no"


class ShortAnswer(NamedTuple):
    """An answer as read: the ground where it is a no, in how many minutes where that was said, and what was added."""

    word: ShortWord
    ground: Ground | None = None
    ready_minutes: int = 0
    sentence: str = ""


WORDS: Final[dict[str, ShortWord]] = {
    "coming": ShortWord.COMING, "limited": ShortWord.LIMITED, "no": ShortWord.NO,
    "venons": ShortWord.COMING, "limité": ShortWord.LIMITED, "non": ShortWord.NO,
    "vamos": ShortWord.COMING, "limitado": ShortWord.LIMITED,
    "قادمون": ShortWord.COMING, "محدود": ShortWord.LIMITED, "لا": ShortWord.NO,
}  # fmt: skip
"""The words, in each language that the pages speak."""
_GROUNDS: Final = {ground.value.lower(): ground for ground in Ground} | {
    ground.value.removeprefix("D"): ground for ground in Ground
}
_LINE: Final = re.compile(
    rf"(?P<word>{'|'.join(sorted(WORDS, key=len, reverse=True))})"
    r"(?:[ ]{1,3}(?P<mark>d?[0-9]{1,5})[ ]?(?:min\.?|minutes)?)?"
    r"[ ]*(?:[.:!]+[ ]*(?P<rest>.*)|)\Z",
    re.IGNORECASE,
)


def read_short_answer(text: str) -> ShortAnswer | None:
    """The answer in the first line that is not empty; None where it is none, so that nobody is bound by chance.

    Raises ``Malformed`` (``answer.no_ground``, ``answer.unknown_ground``, ``answer.minutes``) for one that is begun.
    """
    line = next((" ".join(one.split()) for one in text.splitlines() if one.strip()), "")
    found = _LINE.match(_western(line))
    if found is None:
        return None
    word, mark = WORDS[found["word"].lower()], (found["mark"] or "").lower()
    sentence = (found["rest"] or "").strip()[:SENTENCE_MAX_CHARS]
    if word is ShortWord.NO:
        return ShortAnswer(word, ground=_ground(mark), sentence=sentence)
    return ShortAnswer(word, ready_minutes=_minutes(mark), sentence=sentence)


def _ground(mark: str) -> Ground:
    if not mark:
        raise Malformed(
            "answer.no_ground",
            "A no needs its ground: write no and the number of the ground, as in: no 2",
            hint=grounds_in_words(),
        )
    if mark not in _GROUNDS:
        raise Malformed("answer.unknown_ground", f"There is no ground {mark}.", hint=grounds_in_words())
    return _GROUNDS[mark]


def _minutes(mark: str) -> int:
    if not mark:
        return 0
    if not mark.isdigit() or int(mark) > READY_MAX_MINUTES:
        raise Malformed("answer.minutes", f"Say in how many minutes: a number up to {READY_MAX_MINUTES}.")
    return int(mark)


def grounds_in_words() -> str:
    """The lawful grounds with their numbers, a line each."""
    return "\n".join(f"{ground.value.removeprefix('D')}  {ground.words}" for ground in Ground)


def _western(line: str) -> str:
    """Digits of any script as the ten that grounds are numbered with."""
    return "".join(str(int(one)) if one.isdecimal() else one for one in line)
