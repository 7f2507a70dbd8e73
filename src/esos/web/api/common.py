"""What the resources share: ids in paths, who may be asked for, and the answer to something said."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import Response
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema, SecurityRequirement
from litestar.params import PathParameter, QueryParameter

from esos.errors import Malformed
from esos.message.bodies import Body
from esos.message.jsonform import body_from_json
from esos.message.kinds import KINDS, Scope
from esos.station.desk import Outcome
from esos.web.problems import also, problems

CaseId = Annotated[str, PathParameter(pattern="^[0-9a-f]{32}$", description="A case's id: 16 bytes in hexadecimal.")]
RequestId = Annotated[
    str, PathParameter(pattern="^[0-9a-f]{32}$", description="A request's id: 16 bytes in hexadecimal.")
]
StatementId = Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$", description="A statement's id, in hexadecimal.")]
MemberId = Annotated[str, PathParameter(pattern="^[0-9a-f]{16}$", description="A member's id, in hexadecimal.")]
OfficerId = Annotated[str, PathParameter(pattern="^[A-Za-z0-9:_=-]{1,80}$", description="An officer's id.")]
Kind = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
SAFE_MAX = 2**53 - 1
"""The largest number that every reader of JSON reads as it stands (RFC 8259, section 6)."""
LogSize = Annotated[int, QueryParameter(ge=1, le=SAFE_MAX, description="How many leaves a log has.")]
BeforePlace = Annotated[int, QueryParameter(ge=0, le=SAFE_MAX, description="Only what was said before this place.")]
AfterSeq = Annotated[int, QueryParameter(ge=0, le=SAFE_MAX, description="Only what has a higher journal number.")]
OnlyOpen = Annotated[int, QueryParameter(name="open", ge=0, le=1, description="1: only what is open.")]

OfConstituency = Annotated[
    str,
    QueryParameter(name="constituency", pattern="^([a-z][a-z0-9_-]{0,39})?$", description="Only its members' cases."),
]

SIGNED_IN: list[SecurityRequirement] = [{"bearer": []}, {"esos": []}, {"session": []}]
"""The ways to be known; any one of them."""
ANYBODY: list[SecurityRequirement] = [{}, *SIGNED_IN]
"""Nobody needs to be known, and whoever is, is heard as such."""
READING = problems(401, 403, 404)
ACTING = problems(401, 403, 404, 409, 413)
SAYING = ACTING | also(Outcome, _202="Kept, not folded yet.")


def _kinds(scope: Scope, *, on_request: bool = False) -> msgspec.Meta:
    """The kinds that may be said somewhere, for the description; what is said is checked when its body is read."""
    named = [name for name, row in KINDS.items() if row.scope is scope and row.attestable]
    asked = [name for name in named if "request" in KINDS[name].body.__struct_fields__]
    return msgspec.Meta(extra_json_schema={"enum": sorted(asked if on_request else named)})


class Saying(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something to say: a kind, and its body with ids in hexadecimal (see ``spec/statements.md``)."""

    kind: Kind
    body: dict[str, Any] = {}


class SayingOnCase(Saying, frozen=True, kw_only=True):
    """Something to say on a case."""

    kind: Annotated[Kind, _kinds(Scope.CASE)]


class SayingOnRequest(Saying, frozen=True, kw_only=True):
    """Something to say on a request; its id is filled in."""

    kind: Annotated[Kind, _kinds(Scope.CASE, on_request=True)]


class SayingOnMember(Saying, frozen=True, kw_only=True):
    """Something to say of a member; its id is filled in."""

    kind: Annotated[Kind, _kinds(Scope.REGISTER)]


def answer(outcome: Outcome) -> Response[Outcome]:
    """201 for what was said and folded, 202 for what is kept and not folded yet."""
    return Response(outcome, status_code=HTTPStatus.CREATED if outcome.verdict else HTTPStatus.ACCEPTED)


def body_for(saying: Saying, scope: Scope, **known: str) -> Body:
    """The body said, with what the address already says filled in.

    Raises ``Malformed`` (``statement.kind``, ``statement.scope``, ``statement.body``).
    """
    row = KINDS.get(saying.kind)
    if row is not None and row.scope is not scope:
        raise Malformed("statement.scope", f"{saying.kind!r} is not said here.", hint="See spec/statements.md.")
    fields = row.body.__struct_fields__ if row else ()
    filled = {name: value for name, value in known.items() if name in fields}
    return body_from_json(saying.kind, {**saying.body, **filled})


@dataclass
class TakesCose(Operation):
    """The description of an operation whose body is raw COSE, which the framework cannot see by itself."""

    def __post_init__(self) -> None:
        """Say what the body is."""
        self.request_body = RequestBody(
            description="One statement or call packet: COSE_Sign1, at most 64 KiB.",
            required=True,
            content={"application/cose": OpenAPIMediaType(schema=Schema(content_media_type="application/cose"))},
        )
