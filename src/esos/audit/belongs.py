"""What belongs to a case: its own statements, and of those that name no case only what arrived in it.

Law 11: a call names no case, for it was made before there was one. That it opened or joined this one is
the station's word in ``arrived``, and for the opening call also the id of the case, which follows from it.
"""

from collections.abc import Iterator

from esos.audit.taken_apart import CaseParts
from esos.case.bundle import BundleStatement
from esos.case.naming import case_id_of
from esos.case.replay import SET_ASIDE, Said, opening_word
from esos.errors import ProofFailed
from esos.message.bodies import Arrived, Suspected

CALLS = frozenset({"called", "relayed", "suspected"})
CASELESS = CALLS | {"updated", "part_given", "cancelled"}
"""Kinds that a packet can say, which knows of no case."""


def check_subjects(parts: CaseParts) -> str:
    """Every statement names this case, or may name none; all are of the station's one realm."""
    realm = parts.bundle.station.realm
    for said in parts.said:
        statement = said.statement
        if statement.case != parts.bundle.case and (statement.case is not None or statement.kind not in CASELESS):
            raise ProofFailed("case.subject", f"Statement {said.row.seq} concerns another case.")
    for each in parts.everything:
        if each.statement.realm is not realm:
            raise ProofFailed("case.realm", f"Statement {each.row.seq} is of another realm.")
    return realm.value


def check_calls(parts: CaseParts) -> str:
    """The calls in the file are just those that the station says arrived in this case, and the first one opened it."""
    opening = opening_word(parts.said)
    realm, first = parts.bundle.station.realm, parts.said[0].statement
    named = case_id_of(realm, caller=opening.caller, opening=opening.call)
    if first.id != opening.call or named != parts.bundle.case:
        raise ProofFailed("case.opening", "The file does not begin with the call that opened this case.")
    arrived = {word.call for word in _arrivals(parts)}
    calls = {said.statement.id: said for said in _folded(parts) if said.statement.kind in CALLS}
    for strange in calls.keys() - arrived:
        raise ProofFailed(
            "case.call", f"Statement {calls[strange].row.seq} is a call that did not arrive in this case."
        )
    if arrived - calls.keys():
        raise ProofFailed("case.call", "A call that arrived in this case is not in the file.")
    _check_callers(parts, opening.caller)
    return f"{len(calls)} calls"


def _check_callers(parts: CaseParts, caller: str) -> None:
    """The station names one caller, and what names no case was said by that caller, or by a relay for it."""
    for said in _folded(parts):
        body, is_callers_own = said.statement.body, said.statement.case is None and said.statement.kind != "relayed"
        whose = body.caller if isinstance(body, Suspected) else said.speaker.party
        if is_callers_own and whose != caller:
            raise ProofFailed("case.caller", f"Statement {said.row.seq} is of another caller than the case's.")
    for word in _arrivals(parts):
        if word.caller != caller:
            raise ProofFailed("case.caller", "The station names two callers for this case.")


def _folded(parts: CaseParts) -> Iterator[Said[BundleStatement]]:
    return (said for said in parts.said if said.row.verdict != SET_ASIDE)


def _arrivals(parts: CaseParts) -> Iterator[Arrived]:
    return (said.statement.body for said in parts.said if isinstance(said.statement.body, Arrived))
