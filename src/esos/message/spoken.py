"""A call that can be read aloud over a telephone: who, how urgent, what, a one-time token, and check words.

Law 7: practice is said first and is covered by the check words. The token, from the caller's printed
card, is the only proof of identity in it; the officer who writes it down calls back (brief 5).
"""

import re
from hashlib import sha256
from typing import Final

import msgspec

from esos.errors import Malformed
from esos.words.nature import Nature, read_nature
from esos.words.realm import Realm
from esos.words.urgency import Urgency

PSEUDONYM_BYTES = 4
TOKEN_DIGITS = 8
CHECK_WORDS = 3
SPOKEN_MAX_CHARACTERS = 600
SPELLING: Final = (
    *("alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett", "kilo"),
    *("lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform"),
    *("victor", "whiskey", "xray", "yankee", "zulu"),
)
"""The spelling words of the ICAO and ITU alphabet, A to Z; people on watch know them."""
_CONSONANTS: Final = "bdfghjklmnprstvz"
_VOWELS: Final = "aiou"
_SYLLABLES: Final = ((12, _CONSONANTS), (10, _VOWELS), (6, _CONSONANTS), (4, _VOWELS), (0, _CONSONANTS))
_WORD_LETTERS: Final = len(_SYLLABLES)
_PSEUDONYM_WORDS: Final = PSEUDONYM_BYTES // 2
_CLEANED: Final = re.compile(r"[^a-z0-9]+")
_LABELS: Final = ("caller", "urgency", "nature", "token", "check")
_AT_LABELS: Final = re.compile(rf"\b({'|'.join(_LABELS)})\b")
_OPENINGS: Final = {Realm.REAL: "e-SOS call", Realm.EXERCISE: "EXERCISE EXERCISE EXERCISE"}


class SpokenCall(msgspec.Struct, frozen=True, kw_only=True):
    """What is read aloud. ``pseudonym`` is the first 4 bytes of the caller's kid, ``token`` 8 digits.

    ``natures`` stand in the order of their table; empty means undesignated. Raises ``Malformed``
    (``spoken.field``) when made from anything that cannot be said.
    """

    pseudonym: bytes
    urgency: Urgency
    natures: tuple[Nature, ...] = ()
    token: str
    realm: Realm = Realm.REAL

    def __post_init__(self) -> None:
        """Check once at birth that it can be read aloud and read back."""
        plain = tuple(sorted(set(self.natures) - {Nature.UNDESIGNATED}))
        if (
            len(self.pseudonym) != PSEUDONYM_BYTES
            or not re.fullmatch(f"[0-9]{{{TOKEN_DIGITS}}}", self.token, re.ASCII)
            or plain != self.natures
        ):
            raise Malformed("spoken.field", "A field of this call cannot be read aloud.")


def pseudonym_words(pseudonym: bytes) -> str:
    """Pronounceable words for an even number of bytes, two bytes a word.

    Consonants and vowels in turn, by the letter table of Wilkerson's "proquints" (arXiv:0901.4016).
    """
    pairs = (int.from_bytes(pseudonym[start : start + 2], "big") for start in range(0, len(pseudonym), 2))
    return "-".join(_word(pair) for pair in pairs)


def encode_spoken(call: SpokenCall) -> str:
    """The text to read aloud, in one line, ending with three check words over all the rest."""
    natures = " and ".join(nature.slug for nature in call.natures or (Nature.UNDESIGNATED,))
    check = " ".join(word.capitalize() for word in check_words(call))
    half = TOKEN_DIGITS // 2
    return (
        f"{_OPENINGS[call.realm]}. Caller: {pseudonym_words(call.pseudonym)}. Urgency: {call.urgency}. "
        f"Nature: {natures}. Token: {call.token[:half]} {call.token[half:]}. Check: {check}."
    )


def begins_spoken(text: str) -> bool:
    """Whether a text opens as one to be read aloud does, whatever follows."""
    return _clean(text[:SPOKEN_MAX_CHARACTERS]).startswith(tuple(_clean(words) for words in _OPENINGS.values()))


def decode_spoken(text: str) -> SpokenCall:
    """Read what was written down; case, punctuation and spacing do not matter.

    Raises ``Malformed``: ``spoken.layout``, ``spoken.caller``, ``spoken.urgency``, ``nature.unknown``,
    ``spoken.token``, or ``spoken.check`` when the check words say that something was heard wrongly.
    """
    realm, caller, urgency, natures, token, check = _split(text)
    call = SpokenCall(
        pseudonym=_read_pseudonym(caller),
        urgency=_read_urgency(urgency),
        natures=_read_natures(natures),
        token=_read_token(token),
        realm=realm,
    )
    if tuple(check.split()) != check_words(call):
        raise Malformed(
            "spoken.check",
            "The check words do not fit: something was heard or written wrongly.",
            hint="Ask for the call to be read again, slowly, token last.",
        )
    return call


def _split(text: str) -> tuple[Realm, str, str, str, str, str]:
    """The realm its opening names, and the five parts behind their labels."""
    if len(text) > SPOKEN_MAX_CHARACTERS:
        raise Malformed("spoken.layout", f"A spoken call has at most {SPOKEN_MAX_CHARACTERS} characters.")
    opening, *rest = _AT_LABELS.split(_clean(text))
    realm = {_clean(words): realm for realm, words in _OPENINGS.items()}.get(opening.strip())
    if realm is None or tuple(rest[::2]) != _LABELS:
        raise Malformed(
            "spoken.layout",
            f"A spoken call has an opening and then, each once: {', '.join(_LABELS)}.",
            hint="Ask for the call to be read again from its beginning.",
        )
    caller, urgency, natures, token, check = (part.strip() for part in rest[1::2])
    return realm, caller, urgency, natures, token, check


def _clean(text: str) -> str:
    return _CLEANED.sub(" ", text.lower()).strip()


def _read_pseudonym(text: str) -> bytes:
    words = text.split()
    if len(words) != _PSEUDONYM_WORDS:
        raise Malformed("spoken.caller", f"A caller's name is {_PSEUDONYM_WORDS} words of {_WORD_LETTERS} letters.")
    return b"".join(_pair(word).to_bytes(2, "big") for word in words)


def _read_urgency(text: str) -> Urgency:
    word = text.replace(" ", "-")
    if word not in set(Urgency):
        raise Malformed("spoken.urgency", f"{text!r} is no urgency.", hint=f"One of: {', '.join(Urgency)}.")
    return Urgency(word)


def _read_natures(text: str) -> tuple[Nature, ...]:
    named = {read_nature(part.strip().replace(" ", "-")) for part in f" {text} ".split(" and ")}
    return tuple(sorted(named - {Nature.UNDESIGNATED}))


def _read_token(text: str) -> str:
    digits = text.replace(" ", "")
    if len(digits) != TOKEN_DIGITS:
        raise Malformed("spoken.token", f"A token has {TOKEN_DIGITS} digits, not {len(digits)}.")
    return digits


def check_words(call: SpokenCall) -> tuple[str, ...]:
    """Three spelling words from SHA-256 over everything that is said: 1 in 17,576 errors passes."""
    natures = bytes(call.natures)
    said = b"|".join(
        (b"esos-spoken1", call.realm.encode(), call.pseudonym, call.urgency.encode(), natures, call.token.encode())
    )
    number = int.from_bytes(sha256(said).digest(), "big")
    return tuple(SPELLING[number // len(SPELLING) ** place % len(SPELLING)] for place in range(CHECK_WORDS))


def _word(pair: int) -> str:
    return "".join(letters[pair >> shift & len(letters) - 1] for shift, letters in _SYLLABLES)


def _pair(word: str) -> int:
    if len(word) != _WORD_LETTERS or any(letter not in row for letter, (_, row) in zip(word, _SYLLABLES, strict=True)):
        raise Malformed("spoken.caller", f"{word!r} is no part of a caller's name.", hint="As lusab or babad.")
    return sum(row.index(letter) << shift for letter, (shift, row) in zip(word, _SYLLABLES, strict=True))
