"""Ranking without a station: members and a call from JSON or CSV text, through the engine a station uses.

Law 2: what is missing is unknown, what is malformed is named with its row. Law 1: a ``note`` may stand
beside the call for people to read; it is dropped before anything is ranked.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from esos.duty.csv_table import read_table
from esos.duty.events import Acceded, MemberRegistered
from esos.duty.offline_member import OfflineMember, member_events, read_instant
from esos.duty.picture import CallPicture, Need
from esos.duty.rank import rank
from esos.duty.ranking import Ranking
from esos.duty.register import Register
from esos.duty.value import Value
from esos.errors import Malformed, TooLarge
from esos.message.card import MemberCard
from esos.words.nature import read_nature
from esos.words.need import read_need

OFFLINE_MEMBERS_MAX = 1_000_000
_STRICT = False
"""Numbers and booleans are also read from text, as a table has them."""
_TOP_KEYS = frozenset({"now", "need", "call", "caller_pacts", "members"})
_MEMBER_COLUMNS = frozenset(OfflineMember.__struct_fields__)
_SHAPE_HINT = 'Write {"now": …, "need": "filtering=40", "call": {…}, "members": […]}, or a CSV table.'


class OfflineQuestion(Value, frozen=True, kw_only=True):
    """What a file asks: a call, a need, an instant and the members; ``caller_pacts`` are those the caller is in.

    ``places`` says where each member stands, for messages.
    """

    picture: CallPicture
    caller_pacts: tuple[str, ...]
    need: Need
    now_ms: int
    members: tuple[OfflineMember, ...]
    places: tuple[str, ...]


def rank_text(text: str, *, now_ms: int, limit: int = 20, call_text: str = "") -> Ranking:
    """Rank what a text asks: see ``read_question``, and ``register_of`` for what else is refused."""
    question = read_question(text, now_ms=now_ms, call_text=call_text)
    return rank(register_of(question), question.picture, question.need, question.now_ms, limit)


def read_question(text: str, *, now_ms: int, call_text: str = "") -> OfflineQuestion:
    """Read a question from one text, or members from ``text`` and everything else from the JSON ``call_text``.

    JSON is an object with ``members`` (or the bare list of them), CSV a table after ``# key: value`` lines; both
    may give ``need``, ``now`` (default: ``now_ms``), ``caller_pacts`` and the call. Raises ``Malformed``
    (``match.json``, ``match.csv``, ``match.columns``, ``match.member``, ``match.duplicate``, ``match.call``,
    ``match.need``, ``match.time``, and the codes of need lines and natures) and ``TooLarge`` (``match.size``).
    """
    top, members, places = read_members(text, _TOP_KEYS)
    if call_text:
        top |= read_parts(read_json(call_text), _TOP_KEYS)
    return OfflineQuestion(
        picture=read_picture(top.get("call", {})),
        caller_pacts=read_pacts(top.get("caller_pacts", ())),
        need=_read_need(top.get("need")),
        now_ms=read_now(top.get("now", now_ms)),
        members=members,
        places=places,
    )


def register_of(question: OfflineQuestion) -> Register:
    """A register of the question's members. The caller of a pact that is not among them is entered, able to nothing.

    Raises ``Malformed`` (``match.member``, ``match.call``).
    """
    register = register_members(question.members, question.places, question.now_ms)
    enter_caller(register, question.picture.caller, question.caller_pacts, question.now_ms)
    return register


def register_members(members: Sequence[OfflineMember], places: Sequence[str], now_ms: int) -> Register:
    """A register of these members; raises ``Malformed`` (``match.member``) with the place of the one that is wrong."""
    register = Register()
    for version, (member, place) in enumerate(zip(members, places, strict=True), start=1):
        try:
            for event in member_events(member, now_ms):
                register.apply(version, event)
        except Malformed as error:
            raise Malformed("match.member", f"{place}: {error.detail}", hint=error.hint) from error
    return register


def enter_caller(register: Register, caller: str | None, pacts: Sequence[str], now_ms: int) -> None:
    """Enter a caller and the pacts it is in; raises ``Malformed`` (``match.call``) for pacts of nobody."""
    if not pacts:
        return
    version = register.version + 1
    if caller is None:
        raise Malformed("match.call", "The call names pacts but no caller.", hint="Give the call a caller.")
    if caller not in register:
        card = MemberCard(name=caller, keys=())
        register.apply(version, MemberRegistered(member=caller, card=card, at_ms=now_ms))
    for pact in pacts:
        register.apply(version, Acceded(member=caller, pact=pact, in_force_ms=0))


def read_now(read: Any) -> int:
    """The instant a file is of; raises ``Malformed`` (``match.time``)."""
    # A table has only text; in JSON a number may stand for itself.
    if type(read) is not int and not isinstance(read, str):
        raise Malformed("match.time", f"now: {read!r} is no time.", hint=_SHAPE_HINT)
    return read_instant(read)


def read_pacts(read: Any) -> tuple[str, ...]:
    """The pacts a caller is in; raises ``Malformed`` (``match.call``)."""
    try:
        return msgspec.convert(read, tuple[str, ...])
    except msgspec.ValidationError as error:
        raise Malformed("match.call", f"caller_pacts: {error}.", hint=_SHAPE_HINT) from error


def read_members(
    text: str, keys: frozenset[str], hint: str = _SHAPE_HINT
) -> tuple[dict[str, Any], tuple[OfflineMember, ...], tuple[str, ...]]:
    """The other parts of a text, its members, and where each stands; ``keys`` are the parts there may be.

    Raises ``Malformed`` and ``TooLarge`` as ``read_question`` does.
    """
    top, rows, places = _read_rows(text.removeprefix("\ufeff"), keys, hint)
    if len(rows) > OFFLINE_MEMBERS_MAX:
        raise TooLarge("match.size", f"A file holds at most {OFFLINE_MEMBERS_MAX} members.")
    members = tuple(_read_member(row, place) for row, place in zip(rows, places, strict=True))
    refuse_duplicates([member.id for member in members], places)
    return top, members, tuple(places)


def _read_rows(text: str, keys: frozenset[str], hint: str) -> tuple[dict[str, Any], list[Any], list[str]]:
    if text.lstrip()[:1] not in {"{", "["}:
        head, numbered = read_table(text, _MEMBER_COLUMNS)
        top = {key: head.pop(key) for key in keys & head.keys()}
        return {**top, **({"call": head} if head else {})}, [row for _, row in numbered], places_of("Line", numbered)
    read = read_json(text)
    top = {"members": read} if isinstance(read, list) else read_parts(read, keys, hint)
    rows = top.pop("members", [])
    if not isinstance(rows, list):
        raise Malformed("match.json", "The members are no list.", hint=_SHAPE_HINT)
    return top, rows, places_of("Member", list(enumerate(rows, start=1)))


def places_of(word: str, numbered: Sequence[tuple[int, Any]]) -> list[str]:
    """Where each numbered thing stands, for messages."""
    return [f"{word} {number}" for number, _ in numbered]


def read_json(text: str) -> Any:
    """The value of a JSON text; raises ``Malformed`` (``match.json``)."""
    try:
        return msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise Malformed("match.json", f"This is no JSON: {error}.", hint=_SHAPE_HINT) from error


def read_parts(read: Any, keys: frozenset[str], hint: str = _SHAPE_HINT) -> dict[str, Any]:
    """An object with no parts but these; raises ``Malformed`` (``match.json``)."""
    if not isinstance(read, dict) or not read.keys() <= keys:
        raise Malformed("match.json", f"A question has no parts but {', '.join(sorted(keys))}.", hint=hint)
    return dict(read)


def _read_member(row: Any, place: str) -> OfflineMember:
    try:
        return msgspec.convert(row, OfflineMember, strict=_STRICT)
    except msgspec.ValidationError as error:
        raise Malformed("match.member", f"{place}: {error}.") from error


def refuse_duplicates(ids: Sequence[str], places: Sequence[str]) -> None:
    """Raise ``Malformed`` (``match.duplicate``) where an id stands twice."""
    first: dict[str, str] = {}
    for given, place in zip(ids, places, strict=True):
        if given in first:
            raise Malformed("match.duplicate", f"{place} repeats the id {given!r} of {first[given]}.")
        first[given] = place


def read_picture(read: Any) -> CallPicture:
    """What ranking reads of a call; a ``note`` beside it is dropped. Raises ``Malformed`` (``match.call``)."""
    if not isinstance(read, dict):
        raise Malformed("match.call", "The call is no object.", hint=_SHAPE_HINT)
    call = {key: value for key, value in read.items() if key != "note"}
    if isinstance(call.get("natures"), list):
        call["natures"] = [read_nature(str(nature)) for nature in call["natures"]]
    try:
        return msgspec.convert(call, CallPicture, strict=_STRICT)
    except msgspec.ValidationError as error:
        raise Malformed("match.call", f"The call: {error}.") from error


def _read_need(read: Any) -> Need:
    if isinstance(read, str):
        line, needed = read_need(read)
        return Need(line=line, needed=needed, open_units=needed)
    if not isinstance(read, dict):
        raise Malformed("match.need", "The question names no need.", hint="Write need as filtering=40Gbit/s.")
    all_open = {"open_units": read["needed"]} if "needed" in read else {}
    try:
        return msgspec.convert({**all_open, **read}, Need, strict=_STRICT)
    except msgspec.ValidationError as error:
        raise Malformed("match.need", f"The need: {error}.") from error
