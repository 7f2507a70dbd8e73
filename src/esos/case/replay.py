"""Redo a case from its statements alone: the same rows of the same tables, and nothing that the station adds.

Law 12: same statements, same case, byte for byte.
"""

import hashlib
from collections.abc import Sequence

import msgspec

from esos.case.bundle import BundleStatement, CaseBundle
from esos.case.event import Event, Refused
from esos.case.model import Case, Opening, Request, begin
from esos.case.step import step
from esos.errors import Malformed, ProofFailed
from esos.keys.speaker import Speaker, decode_speaker
from esos.message.bodies import Arrived
from esos.message.cbor import encode
from esos.message.reading import read_any
from esos.message.statement import Statement
from esos.pact.rules import Rules
from esos.words.life import Verification

APPLIED = "applied"


def replay(bundle: CaseBundle) -> Case:
    """The case as its statements make it.

    Raises ``ProofFailed``: ``replay.verdict`` where the station judged otherwise than the tables (also when
    statements stand in another order), ``replay.opening`` where it never said how the case began.
    """
    said = [(row, read_any(row.cose)) for row in bundle.statements]
    case = begin(_opening(bundle, [statement for _, statement in said]))
    for row, statement in said:
        case = _redo(case, row, statement)
    return case


def case_digest(case: Case) -> bytes:
    """The SHA-256 of how a case stands, by which two folds are compared: who is called, held, asked, bound and granted.

    Of its meaning and not of its encoding, so that a later release that remembers more gives the same.
    """
    return hashlib.sha256(encode(_standing(case))).digest()


def _standing(case: Case) -> dict[str, object]:
    return {
        "case": case.id,
        "caller": case.caller,
        "life": case.life.value,
        "urgency": case.urgency.value,
        "concern": case.concern.value,
        "verification": case.verification.value,
        "channel": case.channel.value,
        "holder": case.lease.holder if case.lease else "",
        "needs": {line.value: units for line, units in case.needs.items()},
        "open": {line.value: units for line, units in case.open_need().items()},
        "timers": {key: timer.due_ms for key, timer in case.timers.items()},
        "requests": [_request_standing(request) for request in case.requests.values()],
        "grants": [[grant.id, grant.live, grant.expires_ms] for grant in case.grants.values()],
        "proposals": list(case.proposals),
    }


def _request_standing(request: Request) -> list[object]:
    lines = [[ask.line.value, ask.quantity] for ask in request.committed]
    return [request.id, request.responder, request.state.value, lines, request.agreed]


def _redo(case: Case, row: BundleStatement, statement: Statement) -> Case:
    event = Event(
        id=statement.id,
        realm=statement.realm,
        kind=statement.kind,
        speaker=speaker_of(row),
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


def speaker_of(row: BundleStatement) -> Speaker:
    """Who made a statement, as the station judged it; raises ``Malformed`` (``bundle.admission``)."""
    try:
        return decode_speaker(row.admission)
    except (msgspec.DecodeError, ValueError) as cause:
        raise Malformed("bundle.admission", f"Who made statement {row.seq} cannot be read.") from cause


def _opening(bundle: CaseBundle, statements: Sequence[Statement]) -> Opening:
    """How the station said the case began, in its first ``arrived``."""
    for statement in statements:
        if isinstance(statement.body, Arrived) and statement.body.rules:
            said = statement.body
            return Opening(
                case=bundle.case,
                realm=bundle.station.realm,
                caller=said.caller,
                caller_name=said.caller_name,
                home=statement.author.hex(),
                rules=_rules(said.rules),
                verification=Verification(said.verification),
                linked_to=said.linked_to,
            )
    raise ProofFailed("replay.opening", "The station nowhere says how this case began.")


def _rules(raw: bytes) -> Rules:
    try:
        return msgspec.msgpack.decode(raw, type=Rules)
    except (msgspec.DecodeError, ValueError) as cause:
        raise Malformed("bundle.rules", "The rules under which the case began cannot be read.") from cause
