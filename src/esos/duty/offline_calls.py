"""Dividing help without a station: members and many calls from JSON or CSV text, through ``allocate``.

Law 2: what is missing is unknown, what is malformed is named with its place. Law 1: a ``note`` may stand beside a
call for people to read; it is dropped before anything is decided.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from esos.duty.allocate import SHARE_PERCENT, DividedCall, allocate, severity_class
from esos.duty.allocation import Allocation
from esos.duty.csv_table import read_table
from esos.duty.offline import (
    enter_caller,
    places_of,
    read_json,
    read_members,
    read_now,
    read_parts,
    read_picture,
    refuse_duplicates,
    register_members,
)
from esos.duty.picture import CallPicture
from esos.errors import Malformed
from esos.message.card import Text80
from esos.words.need import NEED_QUANTITY_MAX_UNITS, NeedLine, read_need

_PARTS = frozenset({"now", "calls", "members"})
_SHAPE_HINT = 'Write {"now": …, "calls": [{"id": "A", "needs": ["filtering=40"], …}], "members": […]}, or CSV tables.'


class CallClaim(msgspec.Struct, frozen=True, kw_only=True):
    """What a call says beside its picture."""

    id: Text80
    needs: Annotated[tuple[str, ...], Meta(min_length=1)]
    score: Annotated[int, Meta(ge=0, le=100)] | None = None
    threatens_life: bool = False
    caller_pacts: tuple[Text80, ...] = ()


_OWN = frozenset(CallClaim.__struct_fields__)
_COLUMNS = _OWN | frozenset(CallPicture.__struct_fields__) | {"note"}


def allocate_text(text: str, *, now_ms: int, calls_text: str = "", share_percent: int = SHARE_PERCENT) -> Allocation:
    """Divide what a text asks: members and ``calls`` from one JSON text, or the calls from a text of their own.

    ``calls_text`` is a JSON list, an object with ``calls``, or a CSV table of a call a line: ``id``, ``needs``
    (as ``filtering=40;advice=2``), ``urgency``, ``score``, ``threatens_life``, ``caller_pacts`` and what ranking reads
    of a call. Raises as ``read_question`` and ``allocate`` do.
    """
    top, members, places = read_members(text, _PARTS, _SHAPE_HINT)
    if calls_text:
        top |= _read_calls_text(calls_text.removeprefix("\ufeff"))
    rows = top.get("calls")
    if not isinstance(rows, list) or not rows or "call" in top:
        raise Malformed("match.calls", "The question names no calls.", hint=_SHAPE_HINT)
    call_places = top.get("places") or places_of("Call", list(enumerate(rows, start=1)))
    claims = [_read_claim(row, place) for row, place in zip(rows, call_places, strict=True)]
    refuse_duplicates([claim.id for claim, _ in claims], call_places)
    at_ms = read_now(top.get("now", now_ms))
    register = register_members(members, places, at_ms)
    for claim, picture in claims:
        enter_caller(register, picture.caller, claim.caller_pacts, at_ms)
    return allocate(register, [_divided(*claim) for claim in claims], at_ms, share_percent=share_percent)


def _read_calls_text(text: str) -> dict[str, Any]:
    if text.lstrip()[:1] not in {"{", "["}:
        head, numbered = read_table(text, _COLUMNS)
        places = places_of("Line", numbered)
        return {**head, "calls": [row for _, row in numbered], "places": places}
    read = read_json(text)
    return {"calls": read} if isinstance(read, list) else read_parts(read, _PARTS - {"members"}, _SHAPE_HINT)


def _read_claim(row: Any, place: str) -> tuple[CallClaim, CallPicture]:
    if not isinstance(row, dict):
        raise Malformed("match.call", f"{place} is no object.", hint=_SHAPE_HINT)
    try:
        claim = msgspec.convert({key: row[key] for key in _OWN & row.keys()}, CallClaim, strict=False)
        return claim, read_picture({key: value for key, value in row.items() if key not in _OWN})
    except msgspec.ValidationError as error:
        raise Malformed("match.call", f"{place}: {error}.", hint=_SHAPE_HINT) from error
    except Malformed as error:
        raise Malformed("match.call", f"{place}: {error.detail}", hint=error.hint) from error


def _divided(claim: CallClaim, picture: CallPicture) -> DividedCall:
    return DividedCall(
        id=claim.id,
        picture=picture,
        severity_class=severity_class(picture.urgency, score=claim.score, threatens_life=claim.threatens_life),
        needs=_read_needs(claim.id, claim.needs),
    )


def _read_needs(call: str, written: Sequence[str]) -> dict[NeedLine, int]:
    """Units by line; a line given twice is added up."""
    needs: dict[NeedLine, int] = {}
    for text in written:
        line, units = read_need(text)
        needs[line] = needs.get(line, 0) + units
        if needs[line] > NEED_QUANTITY_MAX_UNITS:
            raise Malformed("need.quantity", f"Call {call}: a quantity is 1 to {NEED_QUANTITY_MAX_UNITS}.")
    return needs
