"""From a call's details to its compact fields: what fits goes first, the rest follows as updates.

Law 2: nothing is left out because it is long; it follows in packets of its own.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from esos.errors import TooLarge
from esos.message.bodies import CallDetails, NeedAsk
from esos.message.packet_codes import NEED_CODES, SECTOR_CODES, CallState, Origin, ReplyChannel
from esos.message.packet_payload import CallFields, encode_fields
from esos.words.nature import Nature
from esos.words.need import NEED_QUANTITY_MAX_UNITS, NeedLine

NEEDS_PER_UPDATE = 3
"""How many need lines one update packet carries beside its time."""
_MOVABLE: Final = ("needs", "prefix", "home_digest", "asn")
_STATE_WORDS: Final = frozenset(CallState)
_REPLY_WORDS: Final = frozenset(ReplyChannel)


def fields_of(details: CallDetails, *, time_s: int | None) -> CallFields:
    """The compact form of a call's details; what has no code (free words, facts, products) is for a sitrep.

    A need named twice is added up. Raises ``Malformed`` (``packet.payload``) for a prefix that is none.
    """
    natures = {Nature(code) for code in details.natures} - {Nature.UNDESIGNATED}
    known = _STATE_WORDS.intersection(details.state)
    return CallFields(
        time_s=time_s,
        urgency=details.urgency,
        natures=tuple(sorted(natures)),
        states=tuple(state for state in CallState if state in known),
        origin=Origin(details.origin),
        at_risk_log10=details.at_risk_log10,
        reply=ReplyChannel(details.reply) if details.reply in _REPLY_WORDS else None,
        sector=details.sector if details.sector in SECTOR_CODES else None,
        country=details.country,
        asn=details.asn,
        prefix=details.prefix,
        needs=_merged(details.needs),
    )


def split_fields(fields: CallFields) -> tuple[CallFields, ...]:
    """The call's fields, then those of the updates that carry what did not fit into one packet."""
    first, moved = fields, {}
    for name in _MOVABLE:
        if _fits(first):
            break
        moved[name] = getattr(first, name)
        first = msgspec.structs.replace(first, **{name: _EMPTY[name]})
    return (first, *_updates(moved, fields.time_s))


def _merged(needs: tuple[NeedAsk, ...]) -> tuple[NeedAsk, ...]:
    """One need a line, in catalogue order."""
    asked: dict[NeedLine, int] = {}
    for need in needs:
        asked[need.line] = min(asked.get(need.line, 0) + need.quantity, NEED_QUANTITY_MAX_UNITS)
    return tuple(NeedAsk(line=line, quantity=asked[line]) for line in NEED_CODES if line in asked)


def _updates(moved: dict[str, object], time_s: int | None) -> Iterator[CallFields]:
    for name, value in moved.items():
        for part in _portions(value):
            yield msgspec.structs.replace(CallFields(time_s=time_s), **{name: part})


def _portions(value: object) -> list[object]:
    if not isinstance(value, tuple):
        return [] if value is None else [value]
    return [value[start : start + NEEDS_PER_UPDATE] for start in range(0, len(value), NEEDS_PER_UPDATE)]


def _fits(fields: CallFields) -> bool:
    try:
        encode_fields(fields)
    except TooLarge:
        return False
    return True


_EMPTY: Final = {name: getattr(CallFields(), name) for name in _MOVABLE}
