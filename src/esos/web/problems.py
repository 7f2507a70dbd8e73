"""Refusals at the HTTP border: the one translation of every error into an RFC 9457 problem with its stable code."""

import traceback
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar, NoReturn

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, InternalServerException, ValidationException
from litestar.openapi.datastructures import ResponseSpec

from esos.errors import Busy, Conflict, EsosError, Forbidden, Malformed, TooLarge, Unauthenticated, Unknown
from esos.words.language import later

PROBLEM_TYPE = "application/problem+json"
RETRY_SECONDS = 1
SHOWN_MAX_FAULTS = 5
_log = structlog.get_logger("esos.web")


class WrongMethod(EsosError):
    """An address is not asked in that way: see the interface's description."""

    status: ClassVar[int] = 405


class WrongMedia(EsosError):
    """The body is of a kind that is not read here: send the kind that is named."""

    status: ClassVar[int] = 415


class Fault(EsosError):
    """Our fault, not the caller's: it is logged here; try again, or another way."""

    status: ClassVar[int] = 500


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal (RFC 9457): ``code`` is stable, ``detail`` is for a person, ``hint`` says what to do next."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str = ""


PageOf = Callable[[Request[Any, Any, Any], Problem], Response[Any]]
"""Shows a problem to a person at a page."""


def problem_of(error: EsosError) -> Problem:
    """An error as a problem."""
    return Problem(
        type=f"urn:esos:problem:{error.code}",
        title=HTTPStatus(error.status).phrase,
        status=error.status,
        detail=error.detail,
        code=error.code,
        hint=error.hint,
    )


def problem_response(problem: Problem) -> Response[bytes]:
    """The answer for a program."""
    return Response(
        msgspec.json.encode(problem),
        status_code=problem.status,
        media_type=PROBLEM_TYPE,
        headers=_HEADERS.get(problem.status, {}),
    )


_HEADERS: dict[int, dict[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer, ESOS"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": str(RETRY_SECONDS)},
}


def handler(page_of: PageOf | None) -> Callable[[Request[Any, Any, Any], Exception], Response[Any]]:
    """The app's one exception handler; ``page_of`` shows the problem where a person asked for a page."""

    def handle(request: Request[Any, Any, Any], cause: Exception) -> Response[Any]:
        problem = problem_of(error_of(cause, request))
        if page_of and wants_page(request):
            response = page_of(request, for_people(problem))
        else:
            response = problem_response(problem)
        if isinstance(cause, HTTPException) and cause.headers:
            response.headers.update(cause.headers)
        return response

    return handle


_NOTHING_KEPT = later("This station can keep nothing just now, not even a call.")
_STILL_CALL = later(
    "If you call for help: use a telephone, and try again here. The station goes on by itself when its journal is "
    "back; whoever looks after it runs: esos station doctor"
)
_PAGE_WORDS: dict[str, tuple[str, str]] = {
    "request.no_such_path": (
        "",
        later("Perhaps the address was cut short. If you need help, call: nothing else is needed."),
    ),
    "request.invalid": (
        later("This address is not as it should be."),
        later("Follow a link on a page instead of typing it."),
    ),
    "request.malformed": (
        later("What was sent could not be read."),
        later("Go back, load the page again and send it once more."),
    ),
    "request.method": ("", later("Open the page again, and use its button.")),
    "request.media_type": (
        later("What was sent could not be read."),
        later("Open the page again, and use its button."),
    ),
    "request.too_large": (later("What was sent is too long."), later("Go back and say it in fewer words.")),
    "storage.unreachable": (_NOTHING_KEPT, _STILL_CALL),
    "storage.full": (_NOTHING_KEPT, _STILL_CALL),
    "storage.locked": (_NOTHING_KEPT, _STILL_CALL),
    "session.needed": ("", later("Open the sign-in link that your station gave you.")),
    "session.scheme": ("", later("Open the sign-in link that your station gave you.")),
}
"""What a person at a page reads instead of words for programs: sentence (empty: the same) and hint."""


def for_people(problem: Problem) -> Problem:
    """The same refusal in words for a person at a page; the code stays."""
    detail, hint = _PAGE_WORDS.get(problem.code, ("", problem.hint))
    return msgspec.structs.replace(problem, detail=detail or problem.detail, hint=hint)


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Whether a person with a browser asked, and not for one of the interfaces."""
    is_interface = request.url.path.startswith(("/api/", "/v2/", "/log/", "/schema", "/metrics", "/healthz", "/readyz"))
    return not is_interface and "text/html" in request.headers.get("accept", "")


def _place(request: Request[Any, Any, Any]) -> str:
    """The address as it is declared: a real one may carry the secret of a page's link, which no log should."""
    return str(request.scope.get("path_template") or "")


def error_of(cause: Exception, request: Request[Any, Any, Any]) -> EsosError:
    """Any exception as one of our refusals; what nobody foresaw is logged and becomes ``internal.error``."""
    if isinstance(cause, EsosError):
        if cause.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.warning("request_failed", place=_place(request), code=cause.code)
        return cause
    try:
        _refuse(cause, request)
    except EsosError as refusal:
        return refusal


def _refuse(cause: Exception, request: Request[Any, Any, Any]) -> NoReturn:
    """Raise our own refusal for an exception of the framework, or for one that nobody foresaw."""
    if isinstance(cause, ValidationException):
        raise Malformed("request.invalid", _faults(cause), hint="See /schema/openapi.json.")
    raised_in = _module_of(cause)
    if raised_in.startswith("litestar.serialization") and isinstance(cause, UnicodeDecodeError | RecursionError):
        _malformed()
    if raised_in.startswith("litestar.connection") and isinstance(cause, InternalServerException):
        raise Malformed("request.cut_off", "The connection ended before the whole request had come.")
    status = cause.status_code if isinstance(cause, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    refuse = _REFUSALS.get(status)
    if refuse is not None:
        refuse()
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        _malformed()
    # Written out here, so that no setting of the log can add local values: keys and a caller's words stay out.
    trace = "".join(traceback.format_exception(cause))
    _log.error("request_fault", place=_place(request), method=request.method, trace=trace)
    raise Fault("internal.error", "Something went wrong here; it is logged.", hint="Try again, or another way.")


def _module_of(cause: Exception) -> str:
    """Where it was raised: the framework lets bad UTF-8, endless nesting and a client that left through as faults."""
    last = cause.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return str(last.tb_frame.f_globals.get("__name__")) if last is not None else ""


def _faults(cause: ValidationException) -> str:
    """The faults that the framework found, as one sentence each."""
    extra = cause.extra if isinstance(cause.extra, list) else []
    found = [
        f"{fault.get('key') or 'the request'}: {fault.get('message')}" for fault in extra if isinstance(fault, dict)
    ]
    return "The request is not as it should be: " + ("; ".join(found[:SHOWN_MAX_FAULTS]) or "see its description") + "."


def _malformed() -> NoReturn:
    raise Malformed("request.malformed", "The request could not be read.", hint="Is its body valid JSON?")


def _unknown() -> NoReturn:
    raise Unknown("request.no_such_path", "There is nothing at this address.", hint="See /schema/openapi.json.")


def _method() -> NoReturn:
    raise WrongMethod("request.method", "This address is not asked in that way.", hint="See /schema/openapi.json.")


def _media() -> NoReturn:
    raise WrongMedia(
        "request.media_type", "The body is of a kind that is not read here.", hint="Send application/json."
    )


def _large() -> NoReturn:
    raise TooLarge("request.too_large", "The body is larger than what is taken here.", hint="Send less at a time.")


_REFUSALS: dict[int, Callable[[], NoReturn]] = {
    HTTPStatus.BAD_REQUEST: _malformed,
    HTTPStatus.NOT_FOUND: _unknown,
    HTTPStatus.METHOD_NOT_ALLOWED: _method,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: _media,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _large,
}

_KINDS: tuple[type[EsosError], ...] = (
    Malformed, Unauthenticated, Forbidden, Unknown, Conflict, TooLarge, Busy, WrongMethod, WrongMedia,
)  # fmt: skip


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """The refusals an operation documents, by status; 400 (malformed) and 503 (busy) always."""
    says = {kind.status: (kind.__doc__ or "").splitlines()[0] for kind in _KINDS} | {
        HTTPStatus.UNPROCESSABLE_ENTITY: "A signature or a proof does not hold."
    }
    wanted = sorted({HTTPStatus.BAD_REQUEST, HTTPStatus.SERVICE_UNAVAILABLE, *statuses})
    return {
        int(status): ResponseSpec(
            data_container=Problem, media_type=PROBLEM_TYPE, description=says[status], generate_examples=False
        )
        for status in wanted
    }


def also(value: type[msgspec.Struct], **says: str) -> dict[int, ResponseSpec]:
    """Further answers of one kind of value: ``also(Kept, _200="the same again")``."""
    return {
        int(status.lstrip("_")): ResponseSpec(data_container=value, description=text, generate_examples=False)
        for status, text in says.items()
    }
