"""What a station signs for when it hands out a case: how the case stands, and which statements make it, in order.

Law 11, law 12: two folds of the same statements have one digest; a list cut, reordered or judged otherwise
has another.
"""

import hashlib
from collections.abc import Iterable

from esos.case.model import Case, Request
from esos.message.cbor import encode

Judged = tuple[bytes, str, str]
"""The id of a statement, the verdict on it, and the reason."""


def list_digest(statements: Iterable[Judged], register: Iterable[bytes]) -> bytes:
    """The SHA-256 over a case's statements in folding order, then over the ids of those of the register beside them.

    Over the CBOR sequence (RFC 8742) of ``[id, verdict, reason]`` for each, then ``[id]`` for each.
    """
    whole = hashlib.sha256()
    for judged in statements:
        whole.update(encode(judged))
    for statement in register:
        whole.update(encode([statement]))
    return whole.digest()


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
