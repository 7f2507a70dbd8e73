"""The gate before the application: whoever's turn it is goes in, a few more wait, the others are told to come again.

It stands before all reading of what was asked for, so that a refusal costs next to nothing.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Protocol

import msgspec
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from esos.errors import Busy
from esos.web.admission import (
    PLACES,
    RETRY_SECONDS,
    Places,
    Pressure,
    Work,
    declared_bytes,
    is_known,
    short_of,
    work_of,
)
from esos.web.csrf import SESSION_COOKIE
from esos.web.problems import PROBLEM_TYPE, problem_of

_ALIVE = "/healthz"
"""Whether the process lives is never a question of places: whoever is told no would kill it."""
_STREAM = "/api/v1/events"
"""Streams of events have limits of their own and last: they are let in like others, and take no place."""
_INTERFACES = ("/api/", "/v2/", "/log/", "/schema", "/metrics", "/healthz", "/readyz", "/static/")


class BusyPage(Protocol):
    """The page that a person is shown instead, for whoever holds this session cookie."""

    def __call__(self, cookie: str, *, is_word: bool) -> bytes:
        """In other words where what was refused is a word, such as a call: it was not kept."""


class Room:
    """So many at once, so many more waiting in turn for so long."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._free = places.at_once
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def taken(self) -> int:
        """How many places are taken."""
        return self._places.at_once - self._free

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return len(self._waiting)

    async def enter(self) -> bool:
        """Take a place, waiting for one where there is room to wait; False where none came in time."""
        if self._free:
            self._free -= 1
            return True
        if len(self._waiting) >= self._places.waiting:
            return False
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        has_place = False
        try:
            async with asyncio.timeout(self._places.wait_ms / 1_000):
                await turn
            has_place = True
        except TimeoutError:
            return False
        finally:
            if not has_place:
                self._forgo(turn)
        return True

    def _forgo(self, turn: asyncio.Future[None]) -> None:
        """Whoever waited has gone, perhaps in the very moment in which its turn came."""
        if turn in self._waiting:
            self._waiting.remove(turn)
        elif not turn.cancelled():
            self.leave()

    def leave(self) -> None:
        """Give a place to whoever has waited longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Gate:
    """Lets requests in by their kind of work. ``counts`` says how many of each were admitted and refused."""

    def __init__(self, pressure: Callable[[], Pressure], page: BusyPage | None) -> None:
        self._pressure = pressure
        self._page = page
        self.rooms = {work: Room(places) for work, places in PLACES.items()}
        self.counts: Counter[tuple[str, str]] = Counter()

    def before(self, app: ASGIApp) -> ASGIApp:
        """The application behind this gate."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == _ALIVE:
                await app(scope, receive, send)
                return
            headers = _headers(scope)
            work = work_of(
                method_of(scope), scope["path"], is_known=is_known(headers), body_bytes=declared_bytes(headers)
            )
            room = self.rooms[work]
            short = short_of(work, self._pressure())
            if short or not await room.enter():
                self.counts[work.value, "refused"] += 1
                await self._refuse(refusal(work, short or "time"), work, scope, headers, send)
                return
            self.counts[work.value, "admitted"] += 1
            place = _Place(room)
            if scope["path"] == _STREAM:
                place.give_back()
            try:
                await app(scope, receive, place.until_answered(send) if work is not Work.REST else send)
            finally:
                place.give_back()

        return guarded

    async def _refuse(self, error: Busy, work: Work, scope: Scope, headers: Mapping[str, str], send: Send) -> None:
        """Say so, and end the connection: its place is worth more than its next request."""
        is_page = "text/html" in headers.get("accept", "") and not scope["path"].startswith(_INTERFACES)
        if is_page and self._page is not None:
            body, media = self._page(_cookie(headers), is_word=work is Work.WORDS), "text/html; charset=utf-8"
        else:
            body, media = msgspec.json.encode(problem_of(error)), PROBLEM_TYPE
        given = {
            "content-type": media,
            "content-length": str(len(body)),
            "retry-after": str(RETRY_SECONDS[work]),
            "connection": "close",
        }
        raw = [(name.encode(), value.encode()) for name, value in given.items()]
        start: Any = {"type": "http.response.start", "status": int(HTTPStatus.SERVICE_UNAVAILABLE), "headers": raw}
        shown = b"" if method_of(scope) == "HEAD" else body
        await send(start)
        await send({"type": "http.response.body", "body": shown, "more_body": False})


class _Place:
    """A place in a room, given back once: when the answer begins, since slow readers must not keep it."""

    def __init__(self, room: Room) -> None:
        self._room: Room | None = room

    def give_back(self) -> None:
        """Safe to say twice."""
        if self._room is not None:
            self._room.leave()
            self._room = None

    def until_answered(self, send: Send) -> Send:
        """The same way to answer; with the answer's first word the place is given back."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.give_back()
            await send(message)

        return answer


def refusal(work: Work, short: str) -> Busy:
    """What a program is told; whoever spoke a word is never told that words are taken."""
    if work is Work.WORDS:
        return Busy(
            "overload.refused",
            "The station has as many calls and answers in hand as it can take just now; nothing of this was kept.",
            hint="Send it again after the seconds in Retry-After. Try another way too: a telephone.",
        )
    if work is Work.UPLOADS:
        return Busy(
            "overload.refused",
            "The station takes no more files just now; nothing of this was kept.",
            hint="Write without the file: words are taken. Send the file after the seconds in Retry-After.",
        )
    return Busy(
        "overload.refused",
        f"The station is short of {short} just now; calls go first, and this must wait.",
        hint="Ask again after the seconds in Retry-After. A call, an answer or a cancel is still taken.",
    )


def method_of(scope: Scope) -> str:
    """The method of a request; there is no other kind of connection at this door."""
    return str(scope.get("method", ""))


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _cookie(headers: Mapping[str, str]) -> str:
    parts = (part.strip().partition("=") for part in headers.get("cookie", "").split(";"))
    return next((value for name, _, value in parts if name == SESSION_COOKIE), "")
