"""Who is bound by a pact, to what, and since when: signed accession, reservations, withdrawal.

A duty binds those who accepted it and nobody else: every answer here is a bond with the
sentence that says why. Where several pacts bind the same pair, the strongest accepted duty counts.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from esos.errors import Conflict, Malformed
from esos.pact.model import Duty, Line280, Pact
from esos.pact.rules import Rules
from esos.pact.timers import DAY_MS
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

RESERVATIONS_MAX = 40
"""The most reservations one accession may make."""

_LAST_MS = 253_402_300_799_000
"""The last second of the year 9999: the calendar ends there."""


class Section(StrEnum):
    """The sections a reservation may exclude.

    Who may call, what counts as distress, who answers and by when are the pact itself: whoever does
    not want them does not accede.
    """

    ASSISTANCE = "assistance"
    DISCLOSURE = "disclosure"
    LAW = "law"


class Reservation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing the member does not accept: a need line or a whole section, and its reason in a sentence.

    Raises ``Malformed`` (``accession.reservation``) unless it names exactly one of the two.
    """

    need: NeedLine | None = None
    section: Section | None = None
    reason: Line280 | None = None

    def __post_init__(self) -> None:
        """Refuse a reservation that names nothing, or two things."""
        if (self.need is None) == (self.section is None):
            raise Malformed("accession.reservation", "A reservation names one need line, or one section of the pact.")

    @property
    def excludes(self) -> str:
        """What it excludes, in words."""
        return self.need.words if self.need else f"the section “{self.section}”"


class Accession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A member's acceptance of one exact pact file; made by ``accede``, ended by ``withdraw``.

    ``in_force_ms`` is when it begins to bind; ``ends_ms`` when it no longer does, None while no
    notice was given. ``digest`` is that of the pact's bytes.
    """

    member: str
    pact: str
    version: int
    digest: bytes
    signed_ms: int
    in_force_ms: int
    ends_ms: int | None = None
    reservations: Annotated[tuple[Reservation, ...], Meta(max_length=RESERVATIONS_MAX)] = ()


class Bond(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a member owes for one need line at one moment, under which pact, and why in a sentence."""

    duty: Duty
    pact: str
    sentence: str

    @property
    def is_bound(self) -> bool:
        """Whether anything at all is owed because of an accession."""
        return self.duty is not Duty.NOTHING


def accede(
    pact: Pact,
    *,
    member: str,
    signed_ms: int,
    in_force_ms: int | None = None,
    reservations: tuple[Reservation, ...] = (),
) -> Accession:
    """The accession of ``member``, in force from ``in_force_ms`` or from the earliest date the pact allows.

    Raises ``Malformed``: ``accession.too_early`` for a date before that, ``accession.reservation``
    for two reservations of the same thing or too many.
    """
    earliest_ms = earliest_in_force_ms(pact, signed_ms=signed_ms)
    if in_force_ms is not None and in_force_ms < earliest_ms:
        raise Malformed(
            "accession.too_early",
            f"An accession to {pact.pact.title} can enter into force on {day(earliest_ms)} at the earliest.",
            hint="Leave the date out to take the earliest.",
        )
    excluded = [(one.need, one.section) for one in reservations]
    if len(excluded) > RESERVATIONS_MAX or len(set(excluded)) < len(excluded):
        raise Malformed(
            "accession.reservation", f"An accession makes at most {RESERVATIONS_MAX} reservations, none of them twice."
        )
    return Accession(
        member=member,
        pact=pact.name,
        version=pact.version,
        digest=pact.digest,
        signed_ms=signed_ms,
        in_force_ms=earliest_ms if in_force_ms is None else in_force_ms,
        reservations=reservations,
    )


def earliest_in_force_ms(pact: Pact, *, signed_ms: int) -> int:
    """When an accession signed at ``signed_ms`` can begin to bind: after the pact's delay, not before the pact."""
    return max(pact_in_force_ms(pact), signed_ms + pact.pact.accession_delay_days * DAY_MS)


def pact_in_force_ms(pact: Pact) -> int:
    """The first moment (UTC) of the day on which the pact enters into force."""
    begins = pact.pact.in_force
    return int(datetime(begins.year, begins.month, begins.day, tzinfo=UTC).timestamp()) * 1_000


def withdraw(accession: Accession, pact: Pact, *, said_ms: int) -> Accession:
    """The accession with its end: the pact's notice after ``said_ms``. Duties until then stand.

    Raises ``Conflict``: ``accession.already_withdrawn``, or ``accession.other_pact`` if ``pact`` is
    not the file that was acceded to.
    """
    if accession.ends_ms is not None:
        raise Conflict(
            "accession.already_withdrawn", f"{accession.member} has withdrawn; it ends {day(accession.ends_ms)}."
        )
    if accession.digest != pact.digest:
        raise Conflict(
            "accession.other_pact",
            f"{accession.member} acceded to {accession.pact} version {accession.version}, not to this file.",
        )
    ends_ms = max(accession.in_force_ms, said_ms + pact.pact.withdrawal_notice_days * DAY_MS)
    return msgspec.structs.replace(accession, ends_ms=ends_ms)


def binds(
    accession: Accession,
    need_line: NeedLine,
    at_ms: int,
    *,
    rules: Rules,
    urgency: Urgency = Urgency.MAYDAY,
) -> Bond:
    """What the accession obliges its member to at ``at_ms``, for one need line at one urgency.

    ``rules`` are those of the pact acceded to. Help that is not owed, or is reserved, still leaves
    the duty to answer: whoever is asked says yes or no.
    """
    reason = _why_not_in_force(accession, at_ms, rules)
    if reason:
        return Bond(duty=Duty.NOTHING, pact=accession.pact, sentence=reason)
    duty = rules.duty(urgency)
    because = f"{accession.member} acceded to {accession.pact}, in force since {day(accession.in_force_ms)}"
    if duty is Duty.HELP:
        limit = _why_no_help(accession, need_line, rules)
        duty = Duty.ANSWER if limit else duty
        because = f"{because}; {limit}" if limit else because
    return Bond(duty=duty, pact=accession.pact, sentence=f"{because}: {_OWES[duty]}.")


def strongest(bonds: tuple[Bond, ...]) -> Bond | None:
    """The bond with the strongest duty; the first by name of its pact among equals; None where there is none."""
    return min(bonds, key=lambda bond: (-bond.duty.strength, bond.pact, bond.sentence), default=None)


def day(at_ms: int) -> str:
    """The day (UTC) of a moment, as ``2026-01-31``; moments beyond the calendar get its first or last day."""
    return datetime.fromtimestamp(min(max(at_ms, 0), _LAST_MS) // 1_000, tz=UTC).date().isoformat()


_OWES = {
    Duty.HELP: "it must answer, and help if it reasonably can",
    Duty.ANSWER: "it must answer",
    Duty.NOTHING: "it owes nothing here",
}


def _why_not_in_force(accession: Accession, at_ms: int, rules: Rules) -> str:
    if accession.digest != rules.digest:
        which = f"{accession.pact} version {accession.version}"
        return f"{accession.member} acceded to {which}, which is not the pact of this case."
    if at_ms < accession.in_force_ms:
        return f"The accession of {accession.member} enters into force only on {day(accession.in_force_ms)}."
    if accession.ends_ms is not None and at_ms >= accession.ends_ms:
        return f"The accession of {accession.member} ended on {day(accession.ends_ms)}."
    return ""


def _why_no_help(accession: Accession, need_line: NeedLine, rules: Rules) -> str:
    if need_line not in rules.owed:
        return f"“{need_line.words}” is not owed under this pact"
    for one in accession.reservations:
        if one.need is need_line or one.section is Section.ASSISTANCE:
            return f"it reserved {one.excludes}"
    return ""
