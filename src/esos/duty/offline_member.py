"""One member as a file gives it, and the register events that say the same.

Law 1: a ``note`` may stand beside a member for people to read; it becomes no event, so nothing ranks by it.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from esos.duty.events import (
    AVAILABILITY_TTL_MAX_MS,
    Acceded,
    AnswersCounted,
    AvailabilityStated,
    LoadCarried,
    MemberId,
    MemberRegistered,
    MemberSuspended,
    Promise,
    Reached,
    RegisterEvent,
)
from esos.duty.hours import MINUTE_MS, offset_minutes, read_hours
from esos.duty.value import Value
from esos.errors import Malformed
from esos.message.card import Asn, Capability, Country, DutySource, MemberCard, Text80, Text280, Units
from esos.words.need import NeedLine

LATEST_INSTANT_MS = 200_000_000_000_000
"""Far in the future, and still within the calendar that time zones are computed with."""
_NUMBER_MAX_CHARACTERS = 18
_TIME_HINT = "Write milliseconds since 1970, or a text as 2026-03-01T02:50:00Z."
Instant = int | str
"""Milliseconds since 1970 (UTC), or a text with its offset, as 2026-03-01T02:50:00Z."""


class OfflineMember(Value, frozen=True, kw_only=True):
    """One member of a file; every field but ``id`` may be missing.

    ``capabilities`` and ``free`` give units by need line; ``free_as_of`` (default: now) is when ``free`` was stated,
    ``free_ttl_minutes`` how long it is believed; ``carried`` is what is promised already. ``contract_with`` are
    callers it is bound to by contract, ``mandate_countries`` and ``mandate_sectors`` whom the law binds it to,
    ``basis`` the words for either; ``pacts`` are those it is in, except for the ``reserved`` lines.
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
    capabilities: dict[NeedLine, Units] = msgspec.field(default_factory=dict)
    lead_minutes: Annotated[int, Meta(ge=0, le=525_600)] = 60
    free: dict[NeedLine, Units] = msgspec.field(default_factory=dict)
    free_as_of: Instant | None = None
    free_ttl_minutes: Annotated[int, Meta(ge=1, le=AVAILABILITY_TTL_MAX_MS // MINUTE_MS)] = 1440
    carried: dict[NeedLine, Units] = msgspec.field(default_factory=dict)
    suspended: bool = False
    valid_until: Instant | None = None
    contract_with: tuple[str, ...] = ()
    mandate_countries: tuple[Country, ...] = ()
    mandate_sectors: tuple[Text80, ...] = ()
    basis: Text280 = ""
    pacts: tuple[Text80, ...] = ()
    reserved: tuple[NeedLine, ...] = ()
    conflicts: tuple[str, ...] = ()
    reached: Instant | None = None
    asked: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    answered: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    note: str = ""


def read_instant(value: Instant) -> int:
    """Milliseconds of a number or of an ISO 8601 text with its offset; ``Malformed`` with code ``match.time``."""
    number = value if isinstance(value, int) else _instant_of(value.strip())
    if not 0 <= number <= LATEST_INSTANT_MS:
        raise Malformed("match.time", f"{value!r} is out of range.", hint=_TIME_HINT)
    return number


def _instant_of(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) <= _NUMBER_MAX_CHARACTERS:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed("match.time", f"{text!r} is no time.", hint=_TIME_HINT) from error
    if moment.tzinfo is None:
        raise Malformed("match.time", f"{text!r} does not say its offset from UTC.", hint=_TIME_HINT)
    return int(moment.timestamp() * 1000)


def member_events(member: OfflineMember, now_ms: int) -> Iterator[RegisterEvent]:
    """What a register must apply to know this member.

    Raises ``Malformed`` (``duty.hours``, ``match.timezone``, ``match.time``) for what cannot be read.
    """
    read_hours(member.hours)
    if offset_minutes(member.timezone, now_ms) is None:
        raise Malformed("match.timezone", f"{member.timezone!r} is no time zone.", hint="Write it as Europe/Tallinn.")
    yield MemberRegistered(member=member.id, card=_card(member), at_ms=now_ms)
    if member.suspended:
        yield MemberSuspended(member=member.id, suspended=True)
    as_of_ms = now_ms if member.free_as_of is None else read_instant(member.free_as_of)
    ttl_ms = member.free_ttl_minutes * MINUTE_MS
    for line, units in member.free.items():
        yield AvailabilityStated(member=member.id, line=line, units_free=units, as_of_ms=as_of_ms, ttl_ms=ttl_ms)
    for line, units in member.carried.items():
        # A file is one picture of one moment: what is carried is not yet taken off what is free.
        promise = Promise(units=units, at_ms=max(now_ms, as_of_ms + 1))
        yield LoadCarried(member=member.id, line=line, promises=(promise,))
    for pact in member.pacts:
        yield Acceded(member=member.id, pact=pact, in_force_ms=0, reserved_lines=member.reserved)
    if member.reached is not None:
        yield Reached(member=member.id, at_ms=read_instant(member.reached))
    if member.asked:
        yield AnswersCounted(member=member.id, asked=member.asked, answered=member.answered)


def _card(member: OfflineMember) -> MemberCard:
    return MemberCard(
        name=member.name or member.id,
        keys=(),  # A file is no register: nobody signs from it, so its members need no keys.
        country=member.country,
        timezone=member.timezone,
        hours=member.hours,
        languages=member.languages,
        sectors=member.sectors,
        products=member.products,
        asns=member.asns,
        capabilities=tuple(
            Capability(line=line, units=units, lead_minutes=member.lead_minutes)
            for line, units in member.capabilities.items()
        ),
        duty_sources=tuple(_duty_sources(member)),
        conflicts=member.conflicts,
        valid_until_ms=0 if member.valid_until is None else max(1, read_instant(member.valid_until)),
    )


def _duty_sources(member: OfflineMember) -> Iterator[DutySource]:
    if member.contract_with:
        basis = member.basis or "You have a contract with the caller."
        yield DutySource(tier=4, basis=basis, callers=member.contract_with)
    if member.mandate_countries or member.mandate_sectors:
        yield DutySource(
            tier=3,
            basis=member.basis or "The law gives you this constituency.",
            countries=member.mandate_countries,
            sectors=member.mandate_sectors,
        )
