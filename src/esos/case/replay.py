"""Redo a case from its statements alone: the same rows of the same tables, and nothing that the station adds.

Law 12: same statements, same case, byte for byte.
"""

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

import msgspec

from esos.case.bundle import BundleEntry, BundleStatement, CaseBundle
from esos.case.event import Event, Refused
from esos.case.model import Case, Opening, begin
from esos.case.step import step
from esos.errors import Malformed, ProofFailed
from esos.keys.identity import kid_of
from esos.keys.speaker import Speaker, decode_speaker
from esos.message.bodies import Arrived
from esos.message.reading import read_any
from esos.message.statement import Statement
from esos.pact.rules_text import read_rules
from esos.words.life import Verification

APPLIED = "applied"
SET_ASIDE = "fold.set_aside"
"""The verdict on what was admitted and could not be folded: it changed nothing, and stands in the file all the same."""
Row = TypeVar("Row", bound=BundleEntry)


class Said(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """A line of a case file, read: the statement, and who the station says has spoken."""

    row: Row
    statement: Statement
    speaker: Speaker


def read_said(row: Row) -> Said[Row]:
    """Read a line of a case file; raises ``Malformed`` (as ``read_any`` does, and ``bundle.admission``)."""
    try:
        speaker = decode_speaker(row.admission.encode())
    except (msgspec.DecodeError, ValueError) as cause:
        raise Malformed("bundle.admission", f"Who made statement {row.seq} cannot be read.") from cause
    return Said(row=row, statement=read_any(row.cose), speaker=speaker)


def replay(bundle: CaseBundle, statements: Sequence[Said[BundleStatement]]) -> Case:
    """The case as its statements make it; what was set aside changed nothing.

    Raises ``ProofFailed``: ``replay.verdict`` where the station judged otherwise than the tables (also when
    statements stand in another order), ``replay.opening`` where it never said how the case began.
    """
    case = begin(_opening(bundle, statements))
    for said in statements:
        if said.row.verdict != SET_ASIDE:
            case = _redo(case, said)
    return case


def opening_word(statements: Iterable[Said[BundleStatement]]) -> Arrived:
    """The station's first ``arrived``, which says how the case began; raises ``ProofFailed`` (``replay.opening``)."""
    for said in statements:
        if isinstance(said.statement.body, Arrived) and said.statement.body.rules:
            return said.statement.body
    raise ProofFailed("replay.opening", "The station nowhere says how this case began.")


def _redo(case: Case, said: Said[BundleStatement]) -> Case:
    row, statement = said.row, said.statement
    event = Event(
        id=statement.id,
        realm=statement.realm,
        kind=statement.kind,
        speaker=said.speaker,
        body=statement.body,
        at_ms=row.at_ms,
    )
    case, effects = step(case, event, row.at_ms)
    refused = next((effect for effect in effects if isinstance(effect, Refused)), None)
    found = (refused.code, refused.reason) if refused else (APPLIED, "")
    if found != (row.verdict, row.reason):
        raise ProofFailed(
            "replay.verdict", f"Statement {row.seq} was judged {row.verdict!r}; the tables say {found[0]!r}."
        )
    return case


def _opening(bundle: CaseBundle, statements: Iterable[Said[BundleStatement]]) -> Opening:
    said = opening_word(statements)
    return Opening(
        case=bundle.case,
        realm=bundle.station.realm,
        caller=said.caller,
        caller_name=said.caller_name,
        home=kid_of(bundle.station.public).hex(),
        rules=read_rules(said.rules),
        verification=Verification(said.verification),
        linked_to=said.linked_to,
    )
