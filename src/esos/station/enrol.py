"""Register statements as the duty engine's events: one row a kind, so that ranking never sees a statement."""

from collections.abc import Callable, Iterable
from typing import Any

from esos.duty import events as d
from esos.message import bodies as b
from esos.message.bodies import Body
from esos.pact.read import read_pact
from esos.pact.rules import rules_of
from esos.station.accessions import Accessions
from esos.words.urgency import Urgency

MINUTE_MS = 60_000


def duty_events(body: Body, at_ms: int, accessions: Accessions) -> Iterable[d.RegisterEvent]:
    """What this statement means to the register; nothing for kinds that ranking does not read.

    ``accessions`` holds the pacts and who is bound to which; statements that
    enter or leave a pact have been put into it already.
    """
    if isinstance(body, (b.Acceded, b.AccessionWithdrawn)):
        return accessions.duty_events(body.member, body.pact)
    make = _MAKERS.get(type(body))
    return make(body, at_ms) if make else ()


def _member(body: Any, at_ms: int) -> Iterable[d.RegisterEvent]:
    yield d.MemberRegistered(member=body.member, card=body.card, at_ms=at_ms)


def _suspended(body: Any, at_ms: int) -> Iterable[d.RegisterEvent]:
    del at_ms
    yield d.MemberSuspended(member=body.member, suspended=body.suspended)


def _availability(body: Any, at_ms: int) -> Iterable[d.RegisterEvent]:
    yield d.AvailabilityStated(
        member=body.member, line=body.line, units_free=body.units, as_of_ms=at_ms, ttl_ms=body.ttl_minutes * MINUTE_MS
    )


def _package(body: Any, at_ms: int) -> Iterable[d.RegisterEvent]:
    del at_ms
    yield d.PackageLodged(
        member=body.member,
        lines={ask.line: ask.quantity for ask in body.lines},
        urgencies=body.urgencies,
        valid_until_ms=body.valid_until_ms,
    )


def _conflict(body: Any, at_ms: int) -> Iterable[d.RegisterEvent]:
    del at_ms
    yield d.ConflictDeclared(member=body.member, other=body.other, by=body.member)


def _pact(body: Any, at_ms: int) -> Iterable[d.RegisterEvent]:
    del at_ms
    pact = read_pact(body.raw)
    rules = rules_of(pact)
    yield d.PactPublished(
        pact=pact.digest.hex(),
        name=pact.pact.title,
        family=pact.name,
        owed_lines=pact.assistance.owed,
        duties={urgency: rules.duty(urgency) for urgency in Urgency},
    )


_MAKERS: dict[type[Body], Callable[[Any, int], Iterable[d.RegisterEvent]]] = {
    b.MemberRegistered: _member,
    b.MemberSuspended: _suspended,
    b.AvailabilityStated: _availability,
    b.PackageLodged: _package,
    b.ConflictDeclared: _conflict,
    b.PactPublished: _pact,
}
