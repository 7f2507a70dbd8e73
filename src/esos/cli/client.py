"""The command line's way to a station: its interface over HTTP, or the same interface in this process.

A refusal comes back as the error it was at the station, with the same stable code and exit code. Where a
home's station does not run, its interface is opened here without any socket, so that every verb works
alike at the station's own machine.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec

from esos.cli.common import note, settings_for
from esos.errors import (
    Busy,
    Conflict,
    EsosError,
    Forbidden,
    Malformed,
    NotDelivered,
    ProofFailed,
    TooLarge,
    Unauthenticated,
    Unknown,
)
from esos.vault.home import Home, RunFile

API = "/api/v1"
OVERLOAD = "overload.refused"
TIMEOUT_SECONDS = 30.0
PATIENCE_SECONDS = 60
"""For how long in all a command goes on asking a station that says it has no time just now."""
CONNECT_SECONDS = 5.0
_CLASS_OF_STATUS: dict[int, type[EsosError]] = {
    kind.status: kind
    for kind in (Malformed, Unauthenticated, Forbidden, Unknown, Conflict, TooLarge, ProofFailed, Busy, NotDelivered)
}


class _Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An RFC 9457 problem, as far as it is shown."""

    detail: str = ""
    title: str = ""
    code: str = "http.error"
    hint: str = ""


class StationEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the stream: the journal number, and what it says."""

    seq: int
    data: dict[str, Any]


class StationClient:
    """Asks one station; ``is_live`` is false where it was opened here because it does not run."""

    def __init__(self, http: httpx.AsyncClient, *, is_live: bool) -> None:
        self._http = http
        self.is_live = is_live

    async def get(self, path: str, **parameters: str | int) -> Any:
        """The JSON of a resource below ``/api/v1``; raises the station's refusal."""
        return _read(await self._ask("GET", API + path, params=parameters))

    async def post(self, path: str, said: object) -> Any:
        """Post JSON to a resource below ``/api/v1``; raises the station's refusal."""
        return _read(await self._send("POST", path, said))

    async def post_bytes(self, path: str, content: bytes, **parameters: str) -> Any:
        """Post bytes to a resource below ``/api/v1``; raises the station's refusal."""
        return _read(await self._ask("POST", API + path, content=content, params=parameters))

    async def put(self, path: str, said: object) -> Any:
        """Put JSON to a resource below ``/api/v1``; raises the station's refusal."""
        return _read(await self._send("PUT", path, said))

    async def delete(self, path: str) -> Any:
        """Remove a resource below ``/api/v1``; raises the station's refusal."""
        return _read(await self._ask("DELETE", API + path))

    async def raw(self, path: str) -> bytes:
        """The bytes behind a path of the station, as the log or a case's export."""
        return (await self._ask("GET", path)).content

    async def events(self, after_seq: int | None = None) -> AsyncGenerator[StationEvent, None]:
        """The station's events as they come, after a journal number; ends when the station closes the stream."""
        headers = {"accept": "text/event-stream"}
        if after_seq is not None:
            headers["last-event-id"] = str(after_seq)
        timeout = httpx.Timeout(CONNECT_SECONDS, read=None)
        try:
            async with self._http.stream("GET", f"{API}/events", headers=headers, timeout=timeout) as answer:
                if answer.status_code != HTTPStatus.OK:
                    await answer.aread()
                _checked(answer)
                async for event in _events_of(answer):
                    yield event
        except httpx.TransportError as cause:
            raise _unreachable(cause) from cause

    async def _send(self, method: str, path: str, said: object) -> httpx.Response:
        headers = {"content-type": "application/json"}
        return await self._ask(method, API + path, content=msgspec.json.encode(said), headers=headers)

    async def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The answer; a station that has no time just now is asked again, since it did nothing of what it refused."""
        left_seconds = PATIENCE_SECONDS
        while True:
            try:
                answer = await self._http.request(method, path, **options)
            except httpx.TransportError as cause:
                raise _unreachable(cause) from cause
            pause_seconds = _asks_to_wait(answer)
            if pause_seconds is None or pause_seconds > left_seconds:
                return _checked(answer)
            note(f"The station is short of time; asking again in {pause_seconds} s.")
            await asyncio.sleep(pause_seconds)
            left_seconds -= pause_seconds


@asynccontextmanager
async def reach(folder: Path, url: str = "", token: str = "") -> AsyncIterator[StationClient]:
    """A station over HTTP where there is an address or the home's station runs, else its home opened here."""
    if url:
        async with over_http(url.rstrip("/"), token) as client:
            yield client
        return
    home = Home(folder)
    home.identity()
    run = home.read_run()
    if run is not None and await _is_alive(run):
        async with over_http(run.http, token or home.read_token(), verify=trust_of(run)) as client:
            yield client
        return
    async with _in_process(home, token) as client:
        yield client


def _asks_to_wait(answer: httpx.Response) -> int | None:
    """For how many seconds a refused question is to wait, where it was refused for want of time only."""
    wait = answer.headers.get("retry-after", "")
    is_overload = answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE and OVERLOAD in answer.text
    return int(wait) if is_overload and wait.isdigit() else None


def trust_of(run: RunFile) -> ssl.SSLContext | bool:
    """What to trust of a home's own running station: its very certificate, whatever name that bears."""
    if not run.cert:
        return True
    context = ssl.create_default_context(cafile=run.cert)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


@asynccontextmanager
async def over_http(url: str, token: str, *, verify: ssl.SSLContext | bool = True) -> AsyncIterator[StationClient]:
    """A station at this address, for whoever has the token; empty for nobody known."""
    timeout = httpx.Timeout(TIMEOUT_SECONDS, connect=CONNECT_SECONDS)
    async with httpx.AsyncClient(base_url=url, headers=_headers(token), timeout=timeout, verify=verify) as http:
        yield StationClient(http, is_live=True)


@asynccontextmanager
async def _in_process(home: Home, token: str) -> AsyncIterator[StationClient]:
    from esos.cli.logs import configure
    from esos.service import serving_in_process

    settings = settings_for(home.folder)
    configure(settings)
    async with serving_in_process(home, settings, shows_pages=False) as (app, _):
        # Litestar and httpx write the same ASGI interface with types that do not match.
        transport = httpx.ASGITransport(app=cast("Any", app))
        headers = _headers(token or home.read_token())
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as http:
            yield StationClient(http, is_live=False)


def _headers(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"} if token else {}


async def _is_alive(run: RunFile) -> bool:
    """Whether something answers there; a station that was killed leaves its address behind."""
    try:
        async with httpx.AsyncClient(timeout=CONNECT_SECONDS, verify=trust_of(run)) as http:
            await http.get(f"{run.http}/healthz")
    except httpx.TransportError:
        return False
    return True


def _read(answer: httpx.Response) -> Any:
    return msgspec.json.decode(answer.content) if answer.content else None


def _checked(answer: httpx.Response) -> httpx.Response:
    """The answer, or the station's refusal raised as what it was."""
    if answer.status_code < HTTPStatus.BAD_REQUEST:
        return answer
    try:
        problem = msgspec.json.decode(answer.content, type=_Problem)
    except msgspec.MsgspecError:
        problem = _Problem(detail=f"The station answered {answer.status_code} {answer.reason_phrase}.")
    kind = _CLASS_OF_STATUS.get(answer.status_code, EsosError)
    raise kind(problem.code, problem.detail or problem.title, hint=problem.hint)


def _unreachable(cause: httpx.TransportError) -> NotDelivered:
    return NotDelivered(
        "station.unreachable",
        f"The station did not answer: {str(cause) or type(cause).__name__}.",
        hint="Check its address; at its own machine: esos station doctor",
    )


async def _events_of(answer: httpx.Response) -> AsyncIterator[StationEvent]:
    """Server-sent events whose data is JSON; comments that keep the line open are left out."""
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(":")
            if name:
                fields[name] = value.removeprefix(" ")
            continue
        if "data" in fields:
            data = msgspec.json.decode(fields["data"])
            yield StationEvent(seq=int(fields.get("id") or data.get("seq") or 0), data=data)
        fields = {}
