"""Write docs/reference/openapi.json, as a station serves it, and docs/reference/http.md, its operations as a table."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
from reference_pages import REFERENCE, WRITTEN_BY, cell, table, write_or_check

from esos.service import serving_in_process
from esos.settings import Settings
from esos.vault.home import Home
from esos.words.realm import Realm

PAGE, DESCRIPTION = REFERENCE / "http.md", REFERENCE / "openapi.json"
METHODS = ("get", "post", "put", "patch", "delete")
WAYS = {"bearer": "token", "esos": "key", "session": "session"}
HEAD = f"""\
# HTTP interface

Every station offers it, and describes it itself at `/schema/openapi.json` (OpenAPI 3.1). The same description stands
here as [openapi.json](openapi.json); this page is its table of contents.

{WRITTEN_BY}

## Who you are

- **Token**: `Authorization: Bearer TOKEN`. For officers (`esos officer add` prints one) and for members' programs
  (`esos member token`). What is said so is *attested* by the station.
- **Key**: `Authorization: ESOS` and a `presented` statement in base64url, signed with your own key and good for ten
  minutes at most. It lets you read. What you do is a statement that you sign and post to `/api/v1/statements`.
- **Session**: the cookie of a person who signed in on a page. What changes anything also sends the page's token.
- **Nobody** needs to be known to call for help, to fetch a proof, the station's card or the log.

"Anybody" in the tables below means that no header is asked for. A posted statement carries its own signature, and an
event of monitoring its routing key.

## What comes back

Refusals are RFC 9457 problems (`application/problem+json`) with `type`, `title`, `status`, `detail`, a stable `code`
and, where there is something to do, a `hint`. The codes are listed in [errors](errors.md).

A statement that is posted is answered 201 when it is new, 200 when the station had it already, and 202 when it is kept
and not folded yet. Any of the three means that it is durable. A statement that the case's tables refuse is kept all the
same, with its reason, and answered 409.

`/api/v1/events` is a stream of server-sent events. Each has the journal number as its id; with `Last-Event-ID` it goes
on from there.

"""


@lru_cache(maxsize=1)
def description() -> dict[str, Any]:
    """The description that a new station serves, and what the code says of each operation."""
    served: dict[str, Any] = asyncio.run(_served())
    return served


async def _served() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "station")
        home.create(name="Example station", realm=Realm.EXERCISE)
        async with serving_in_process(home, Settings()) as (app, _):
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                served = (await client.get("/schema/openapi.json")).raise_for_status().json()
                docstrings = {handler.handler_name: handler.fn.__doc__ for handler in _handlers(app)}
                return {"served": served, "docstrings": docstrings}


def _handlers(app: Any) -> Iterator[Any]:
    for route in app.routes:
        yield from getattr(route, "route_handlers", ())


def openapi() -> str:
    """The description as a file."""
    return json.dumps(description()["served"], indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def page() -> str:
    """The operations by subject."""
    described = description()["served"]
    operations = [
        (method, path, operation)
        for path, item in described["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]
    parts = [HEAD + "## Operations"]
    for tag in described["tags"]:
        mine = sorted((path, method, one) for method, path, one in operations if tag["name"] in one.get("tags", ()))
        rows = [_row(path, method, one, described) for path, method, one in mine]
        if rows:
            parts.append(f"### {tag['name']}\n\n{tag['description']}\n\n" + table(_COLUMNS, rows))
    return "\n\n".join(parts) + "\n"


_COLUMNS = ("operation", "does", "who", "answers")


def _row(path: str, method: str, operation: dict[str, Any], described: dict[str, Any]) -> tuple[object, ...]:
    summary = operation.get("summary", "").rstrip("?.")
    docstring = description()["docstrings"].get(operation["operationId"]) or ""
    says = f"**{cell(summary)}.** {cell(docstring.replace('``', '`'))}"
    security = operation.get("security", described.get("security"))
    answers = ", ".join(sorted(operation.get("responses", {})))
    return f"`{method.upper()} {path}`", says.strip(), _who(security), answers


def _who(security: list[dict[str, Any]] | None) -> str:
    if not security:
        return "anybody"
    ways = [WAYS.get(name, name) for one in security for name in one]
    return ", ".join(dict.fromkeys(ways)) + (" or nobody" if {} in security else "")


if __name__ == "__main__":
    sys.exit(write_or_check(__doc__ or "", {PAGE: page, DESCRIPTION: openapi}))
