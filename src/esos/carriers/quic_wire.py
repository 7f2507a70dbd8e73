"""What is said over QUIC: one call and its answer on one stream, each a deterministic CBOR array.

The call is ``[statement, author]``; ``author`` is the raw public key, or empty. The answer is
``[1, statement id, state, time]`` when the station has it, and ``[0, code, sentence, is final]`` when not.
"""

from typing import Any

import msgspec

from esos.errors import Malformed, TooLarge
from esos.keys.identity import PUBLIC_KEY_BYTES
from esos.message.cbor import decode, encode
from esos.message.packet_codes import AckState

ALPN = "esos"
CALL_MAX_BYTES = 16_384
"""The longest call with its frame: what goes out at once, before anything came back."""
ANSWER_MAX_BYTES = 1_024
CODE_MAX_CHARS = 80
SENTENCE_MAX_CHARS = 400
ID_BYTES = 32
_REFUSED, _KEPT = 0, 1


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A signed statement in its standard form, and its author's public key for a station that does not know it."""

    cose: bytes
    author: bytes = b""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The station has it durably (``HEARD``: a test, of which nothing is kept); ``at_ms`` is its clock."""

    statement: bytes
    state: AckState
    at_ms: int


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The station did not take it. ``is_final``: the same again will not be taken either."""

    code: str
    detail: str
    is_final: bool


Answer = Kept | Refused


def write_call(said: Said) -> bytes:
    """The call as it goes out; raises ``TooLarge`` (``quic.too_large``)."""
    raw = encode([said.cose, said.author])
    if len(raw) > CALL_MAX_BYTES:
        raise TooLarge("quic.too_large", f"A call by QUIC is at most {CALL_MAX_BYTES} bytes.", hint="Use HTTPS.")
    return raw


def read_call(raw: bytes) -> Said:
    """The inverse of ``write_call``; raises ``Malformed`` (``quic.call``, ``cbor.*``) and ``TooLarge``."""
    if len(raw) > CALL_MAX_BYTES:
        raise TooLarge("quic.too_large", f"A call by QUIC is at most {CALL_MAX_BYTES} bytes.", hint="Use HTTPS.")
    match decode(raw):
        case [bytes(cose), bytes(author)] if len(author) in {0, PUBLIC_KEY_BYTES}:
            return Said(cose=cose, author=author)
    raise Malformed("quic.call", "This is no call by QUIC.", hint="See spec/beacon.md, Over QUIC.")


def write_answer(answer: Answer) -> bytes:
    """An answer as it goes out; sentences that are too long are cut."""
    if isinstance(answer, Kept):
        return encode([_KEPT, answer.statement, int(answer.state), answer.at_ms])
    return encode([_REFUSED, answer.code[:CODE_MAX_CHARS], _cut(answer.detail), answer.is_final])


def read_answer(raw: bytes) -> Answer:
    """The inverse of ``write_answer``; raises ``Malformed`` (``quic.answer``, ``cbor.*``)."""
    answer = _answer(decode(raw)) if len(raw) <= ANSWER_MAX_BYTES else None
    if answer is None:
        raise Malformed("quic.answer", "This is no station's answer by QUIC.")
    return answer


def _answer(value: Any) -> Answer | None:
    match value:
        case [1, bytes(statement), int(state), int(at_ms)] if len(statement) == ID_BYTES and at_ms >= 0:
            known = {one.value for one in AckState} if type(value[0]) is type(state) is type(at_ms) is int else ()
            return Kept(statement=statement, state=AckState(state), at_ms=at_ms) if state in known else None
        case [0, str(code), str(detail), bool(is_final)] if type(value[0]) is int:
            fits = len(code) <= CODE_MAX_CHARS and len(detail) <= SENTENCE_MAX_CHARS
            return Refused(code=code, detail=detail, is_final=is_final) if fits else None
    return None


def _cut(sentence: str) -> str:
    """So many characters that the answer fits, whatever they are."""
    return sentence.encode()[:SENTENCE_MAX_CHARS].decode(errors="ignore")
