"""The interface described (OpenAPI 3.1), generated from the code that answers: every operation and every value.

The framework writes the operations; the values are written by msgspec, which also reads and writes
them on the wire, so that the description says exactly what is taken.
"""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, get_args, get_type_hints

import msgspec
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, Reference, SecurityScheme, Tag

import esos
from esos.web.csrf import HEADER, SESSION_COOKIE
from esos.web.problems import Problem

_REFERENCE = "#/components/schemas/{name}"
_ABOUT = (
    "A distress call system for cyberspace. *Arrived* means that a machine has a call durably; *acknowledged* that a "
    "named officer has charge; *committed* that a helper is bound. Refusals are RFC 9457 problems with a stable `code`."
)
_TAGS = {
    "statements": "The whole protocol in one door: signed statements.",
    "calls": "A call as plain JSON, by anybody.",
    "cases": "Everything about one caller's situation.",
    "requests": "What responders are asked, and what they answer.",
    "members": "Those who can call and help.",
    "register": "Pacts, roster, officers.",
    "constituencies": "Groups of members of one station, and who sees which.",
    "events": "What happens, as it happens.",
    "log": "Proofs for anybody.",
    "station": "Who this is.",
    "beacon": "Keys for the datagram door.",
    "bridges": "Other systems' own forms.",
    "health": "For whoever runs the station.",
}
_SCHEMES: dict[str, SecurityScheme | Reference] = {
    "bearer": SecurityScheme(type="http", scheme="bearer", description="A program's token, or that of a page's link."),
    "esos": SecurityScheme(
        type="http",
        scheme="ESOS",
        description="A statement of the kind `presented` in base64url, signed with a registered key. For reading.",
    ),
    "session": SecurityScheme(
        type="apiKey",
        name=SESSION_COOKIE,
        security_scheme_in="cookie",
        description=f"A signed-in session. What changes anything also sends the header `{HEADER}`.",
    ),
}


class _Plugin(JsonRenderPlugin):
    """Writes the description with msgspec's schemas in the place of the framework's."""

    def __init__(self, handlers: Sequence[HTTPRouteHandler]) -> None:
        super().__init__(path="/openapi.json")
        self._handlers = handlers
        self._schemas: dict[str, Any] = {}

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The description as JSON."""
        self._schemas = self._schemas or schemas_of(self._handlers)
        components = openapi_schema.get("components", {})
        whole = {**openapi_schema, "components": {**components, "schemas": self._schemas}}
        return super().render(request, whole)


def description(handlers: Sequence[HTTPRouteHandler]) -> OpenAPIConfig:
    """How the framework describes these operations, at ``/schema/openapi.json``."""
    return OpenAPIConfig(
        title="e-SOS watch station",
        version=esos.__version__,
        description=_ABOUT,
        path="/schema",
        use_handler_docstrings=True,
        render_plugins=[_Plugin(handlers)],
        components=Components(security_schemes=_SCHEMES),
        tags=[Tag(name=name, description=says) for name, says in _TAGS.items()],
        operation_id_creator=lambda handler, method, path: handler.handler_name,  # noqa: ARG005
    )


def schemas_of(handlers: Iterable[HTTPRouteHandler]) -> dict[str, Any]:
    """JSON Schema of every value that these operations take or give, by the name of its class."""
    found = {Problem}.union(*(_values_of(handler) for handler in handlers))
    ordered = sorted(found, key=lambda value: value.__name__)
    _, schemas = msgspec.json.schema_components(ordered, schema_hook=_any, ref_template=_REFERENCE)
    return {name: _tidy(schema) for name, schema in schemas.items()}


def _tidy(value: Any) -> Any:
    """Docstrings without their indentation, and patterns as ECMA-262 spells them."""
    if isinstance(value, dict):
        return {name: _TIDY.get(name, _tidy)(item) for name, item in value.items()}
    return [_tidy(item) for item in value] if isinstance(value, list) else value


def _tidy_pattern(value: Any) -> Any:
    return value.replace("\\Z", "$") if isinstance(value, str) else _tidy(value)


def _tidy_text(value: Any) -> Any:
    return inspect.cleandoc(value).replace("``", "`") if isinstance(value, str) else _tidy(value)


_TIDY: dict[str, Callable[[Any], Any]] = {"description": _tidy_text, "pattern": _tidy_pattern}


def _values_of(handler: HTTPRouteHandler) -> set[Any]:
    hints = get_type_hints(handler.fn)
    mentioned = [hints.get("return"), hints.get("data"), *get_args(hints.get("return"))]
    named = {spec.data_container for spec in (handler.responses or {}).values()}
    return {one for one in (*mentioned, *named) if isinstance(one, type) and issubclass(one, msgspec.Struct)}


def _any(wanted: type) -> dict[str, Any]:
    """A value of any kind, as the body of a statement before its kind is known."""
    if wanted is object:
        return {"description": "Any JSON value."}
    raise NotImplementedError(wanted)
