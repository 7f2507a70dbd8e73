"""``/statements``: the whole protocol in one door. What is answered 2xx is durable (law 3)."""

from http import HTTPStatus

import msgspec
from litestar import Response, post
from litestar.params import RawBody

from esos.errors import Forbidden
from esos.message.kinds import KINDS, Scope
from esos.message.reading import read_any
from esos.station.desk import Outcome
from esos.station.intake import Taken
from esos.station.station import Station
from esos.web.api.common import TakesCose
from esos.web.auth import AnyRequest, read_key_header
from esos.web.given import TheSettings, TheStation
from esos.web.problems import also, problems
from esos.web.settings import KIB
from esos.words.life import Life

STATEMENT_MAX_BYTES = 64 * KIB


class StatementKept(msgspec.Struct, frozen=True, kw_only=True):
    """The station has it durably.

    ``state`` is the life of its case; ``arrived`` where it has none yet, ``tested`` for a test.

    ``has_officer`` says that a person has charge. ``verdict`` is ``applied``, or empty while it is
    kept and not folded yet. ``receipt`` is where its proof will be.
    """

    id: str
    seq: int
    at_ms: int
    case: str
    state: str
    has_officer: bool
    verdict: str
    reason: str
    receipt: str


@post(
    "/statements",
    summary="Post a signed statement",
    operation_class=TakesCose,
    response_description="New, and folded.",
    responses=problems(401, 403, 404, 409, 413, 422)
    | also(StatementKept, _200="The same again.", _202="Kept, not folded yet."),
    request_max_body_size=STATEMENT_MAX_BYTES,
    tags=["statements"],
)
async def post_statement(
    request: AnyRequest, body: RawBody, station: TheStation, settings: TheSettings
) -> Response[StatementKept]:
    """Post one statement or call packet, signed with its author's key.

    201: new. 200: the same again. 202: kept, not folded yet. A stranger sends its public key along in
    the header ``Esos-Key``. A 409 names why the case did not take it; it is kept all the same.
    """
    _check_keepable(body)
    taken = await station.intake.take(body, stranger_key=read_key_header(request))
    outcome = await station.desk.outcome(taken, wait_ms=settings.fold_wait_ms)
    return Response(await _kept(station, taken, outcome), status_code=_status(taken, outcome))


def _check_keepable(raw: bytes) -> None:
    """What only shows who somebody is stays out of the journal: whoever reads that could show it too."""
    if read_any(raw).kind == "presented":
        raise Forbidden(
            "statement.not_kept", "This only shows who you are; it is not kept.", hint="Send it as Authorization: ESOS."
        )


def _status(taken: Taken, outcome: Outcome) -> HTTPStatus:
    is_folded = bool(outcome.verdict) or KINDS[taken.statement.kind].scope is Scope.STATION
    if not is_folded:
        return HTTPStatus.ACCEPTED
    return HTTPStatus.CREATED if taken.fresh else HTTPStatus.OK


async def _kept(station: Station, taken: Taken, outcome: Outcome) -> StatementKept:
    nowhere = "tested" if taken.statement.kind == "tested" else Life.ARRIVED.value
    record = await station.journal.case(bytes.fromhex(outcome.case)) if outcome.case else None
    return StatementKept(
        id=outcome.statement,
        seq=outcome.seq,
        at_ms=outcome.at_ms,
        case=outcome.case,
        state=record.life if record else nowhere,
        has_officer=bool(record and record.holder),
        verdict=outcome.verdict,
        reason=outcome.reason,
        receipt=f"/api/v1/receipts/{outcome.statement}",
    )


HANDLERS = [post_statement]
