"""How each register event changes one member's record: a table of small functions, record in, record out."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from esos.duty import events as e
from esos.duty.record import Accession, Load, MemberRecord, Package, Stated
from esos.errors import Unknown

Fold = Callable[[MemberRecord, Any], MemberRecord]


def fold_event(record: MemberRecord, event: e.RegisterEvent) -> MemberRecord:
    """The record after an event about this member; raises ``Unknown`` (``duty.accession``)."""
    return _FOLDS[type(event)](record, event)


def with_conflict(record: MemberRecord, other: str) -> MemberRecord:
    """The record with one more declared conflict."""
    return replace(record, declared=record.declared | {other})


def _state(record: MemberRecord, event: e.AvailabilityStated) -> MemberRecord:
    stated = Stated(units_free=event.units_free, as_of_ms=event.as_of_ms, ttl_ms=event.ttl_ms)
    return replace(record, availability={**record.availability, event.line: stated})


def _carry(record: MemberRecord, event: e.LoadCarried) -> MemberRecord:
    loads = tuple(Load(units=one.units, at_ms=one.at_ms, automatic=one.automatic) for one in event.promises)
    return replace(record, carried={**record.carried, event.line: loads})


def _lodge_package(record: MemberRecord, event: e.PackageLodged) -> MemberRecord:
    package = Package(lines=dict(event.lines), urgencies=event.urgencies, valid_until_ms=event.valid_until_ms)
    return replace(record, package=package if event.lines else None)


def _accede(record: MemberRecord, event: e.Acceded) -> MemberRecord:
    accession = Accession(
        in_force_ms=event.in_force_ms, until_ms=event.until_ms, reserved=frozenset(event.reserved_lines)
    )
    return replace(record, accessions={**record.accessions, event.pact: accession})


def _withdraw(record: MemberRecord, event: e.AccessionWithdrawn) -> MemberRecord:
    if event.pact not in record.accessions:
        raise Unknown("duty.accession", f"Member {event.member!r} never acceded to {event.pact!r}.")
    # 0 would mean "without end": a notice that is over at the epoch is over.
    ended = replace(record.accessions[event.pact], until_ms=max(1, event.until_ms))
    return replace(record, accessions={**record.accessions, event.pact: ended})


def _reach(record: MemberRecord, event: e.Reached) -> MemberRecord:
    last_ms = record.reached_ms
    return replace(record, reached_ms=event.at_ms if last_ms is None else max(last_ms, event.at_ms))


def _count_answer(record: MemberRecord, event: e.Answered) -> MemberRecord:
    return replace(record, asked=record.asked + 1, answered=record.answered + event.answered)


def _set_answers(record: MemberRecord, event: e.AnswersCounted) -> MemberRecord:
    # More answers than requests is a miscount; an answer rate never exceeds one.
    return replace(record, asked=event.asked, answered=min(event.answered, event.asked))


_FOLDS: dict[type, Fold] = {
    e.MemberSuspended: lambda record, event: replace(record, suspended=event.suspended),
    e.AvailabilityStated: _state,
    e.LoadCarried: _carry,
    e.PackageLodged: _lodge_package,
    e.Acceded: _accede,
    e.AccessionWithdrawn: _withdraw,
    e.Reached: _reach,
    e.Answered: _count_answer,
    e.AnswersCounted: _set_answers,
}
