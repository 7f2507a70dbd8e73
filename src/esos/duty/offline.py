"""Ranking without a station: members and a call from one JSON or CSV text, through the same engine.

Law 2: what is missing is unknown, what is malformed is named with its row and column. Law 1: a ``note``
may stand beside a call or a member for people to read; it is dropped before anything is ranked.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from esos.duty.csv_table import read_table
from esos.duty.events import AVAILABILITY_TTL_MAX_MS, MemberId
from esos.duty.hours import offset_minutes, read_hours
from esos.duty.picture import CallPicture, Need
from esos.duty.rank import rank
from esos.duty.ranking import Ranking
from esos.duty.register import Register
from esos.duty.value import Value
from esos.errors import EsosError, Malformed, TooLarge
from esos.message.card import Asn, Country, Text80, Units
from esos.words.need import NEED_QUANTITY_MAX_UNITS, NeedLine, read_need

OFFLINE_MEMBERS_MAX = 1_000_000
DAY_MS = 86_400_000
Instant = int | str
"""Milliseconds since 1970 (UTC), or a text as 2026-03-01T02:50:00Z."""


class OfflineMember(Value):
    """One member as a file gives it; every field but ``id`` may be missing.

    ``capabilities`` and ``free`` give units by need line, ``free_as_of`` (default: now) when ``free`` was stated and
    ``free_ttl_minutes`` how long it is believed; ``carried`` what is promised already. ``contract_with`` are
    callers it is bound to by contract, ``mandate_countries`` and ``mandate_sectors`` what the law binds it to;
    ``pacts`` it is in, ``reserved`` lines excepted. ``note`` is for people and never read.
    """

    id: MemberId
    name: Text80 = ""
    country: Country | None = None
    timezone: Text80 = "UTC"
    hours: Text80 = "24/7"
    languages: tuple[Text80, ...] = ()
    sectors: tuple[Text80, ...] = ()
    products: tuple[Text80, ...] = ()
    asns: tuple[Asn, ...] = ()
    capabilities: dict[NeedLine, Units] = {}
    lead_minutes: Annotated[int, Meta(ge=0, le=525_600)] = 60
    free: dict[NeedLine, Units] = {}
    free_as_of: Instant | None = None
    free_ttl_minutes: Annotated[int, Meta(ge=1, le=AVAILABILITY_TTL_MAX_MS // 60_000)] = 1440
    carried: dict[NeedLine, Units] = {}
    suspended: bool = False
    valid_until: Instant | None = None
    contract_with: tuple[str, ...] = ()
    mandate_countries: tuple[Country, ...] = ()
    mandate_sectors: tuple[Text80, ...] = ()
    pacts: tuple[Text80, ...] = ()
    reserved: tuple[NeedLine, ...] = ()
    conflicts: tuple[str, ...] = ()
    reached: Instant | None = None
    asked: Annotated[int, Meta(ge=0, le=100_000)] = 0
    answered: Annotated[int, Meta(ge=0, le=100_000)] = 0
    note: str = ""


class OfflineQuestion(Value):
    """What a file asks: a call, a need, an instant, the members; ``caller_pacts`` are those the caller is in."""

    picture: CallPicture
    caller_pacts: tuple[str, ...]
    need: Need
    now_ms: int
    members: tuple[OfflineMember, ...]


def rank_text(text: str, limit: int = 20) -> Ranking:
    """Rank what a JSON or CSV text asks (``read_question``)."""
    question = read_question(text)
    return rank(register_of(question), question.picture, question.need, question.now_ms, limit)


def read_question(text: str) -> OfflineQuestion:
    """Read a question from JSON (``{"now", "call", "need", "members"}``) or CSV (``# key: value`` lines, then a table).

    Raises ``Malformed``: ``match.json``, ``match.csv``, ``match.columns``, ``match.member``, ``match.duplicate``,
    ``match.call``, ``match.need``, ``match.time``; ``TooLarge`` (``match.size``) above a million members.
    """
    text = text.removeprefix("\ufeff")
    if text.lstrip()[:1] in {"{", "["}:
        return _question(_read_json(text), unit="Member")
    head, rows = read_table(text, OfflineMember, CallPicture)
    return _question({**head, "members": [row for _, row in rows]}, unit="Line", numbers=[number for number, _ in rows])


def register_of(question: OfflineQuestion) -> Register:
    """A register with the question's members, its version the number of members; the caller is entered if it is
    in a pact and not among them."""
    # Events are imported with the translation, below the values they are made from.
    from esos.duty.offline_events import caller_events, member_events  # noqa: PLC0415

    register = Register()
    for version, member in enumerate(question.members, start=1):
        for event in member_events(member, question.now_ms, read_instant):
            register.apply(version, event)
    for event in caller_events(question.picture.caller, question.caller_pacts, register, question.now_ms):
        register.apply(len(question.members) + 1, event)
    return register
