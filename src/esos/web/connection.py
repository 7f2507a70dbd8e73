"""One HTTP connection with deadlines: for its header, for its body, and for taking what we answer.

A reader that takes nothing is ended, whatever it asked for: what waits for it costs memory.
"""

import asyncio
import ipaddress
from collections.abc import Container
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from esos.web.crowd import Crowd

HEADER_SECONDS = 20.0
"""How long a header may take, from the connection's beginning or the last answer."""
BODY_SECONDS = 60.0
"""How long a body may take, from the end of its header."""
TAKE_SECONDS = 30.0
"""How long a reader may leave what we answer untouched once it fills the buffer."""
RETRY_SECONDS = 1
_UNANSWERED = (h11.IDLE, h11.SEND_RESPONSE)


class Deadlines:
    """How long each part of a connection may take, in seconds."""

    def __init__(
        self, *, header: float = HEADER_SECONDS, body: float = BODY_SECONDS, take: float = TAKE_SECONDS
    ) -> None:
        self.header, self.body, self.take = header, body, take
        self.of_state = {h11.IDLE: header, h11.SEND_BODY: body}
        """What we wait for when the other side's half of the exchange is in this state."""


class Connection(H11Protocol):
    """uvicorn's connection, one of a crowd. ``address`` is empty where the other side is this machine or not known.

    A proxy on this machine, or one that is trusted (``near``), brings everybody from one address; those behind a
    trusted one are limited request by request.
    """

    def __init__(self, *args: Any, crowd: Crowd, deadlines: Deadlines, near: Container[str] = (), **named: Any) -> None:
        super().__init__(*args, **named)
        self.address = ""
        self._near = near
        self._crowd = crowd
        self._deadlines = deadlines
        self._state: Any = None
        self._to_speak: asyncio.TimerHandle | None = None
        self._to_take: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place in the crowd, or say at once that there is none."""
        super().connection_made(transport)
        self.address = "" if self.client and self.client[0] in self._near else _far_address(self.client)
        if self._crowd.enter(self):
            self._wait_for(h11.IDLE)
        else:
            self._end(HTTPStatus.SERVICE_UNAVAILABLE)

    def data_received(self, data: bytes) -> None:
        """Take what was sent; the deadline is for all of a part, not for its next byte."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """It is the other side's turn again."""
        super().on_response_complete()
        closing = self.transport.is_closing()
        self._wait_for(h11.IDLE if closing else self.conn.their_state)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self._crowd.leave(self)
        _cancel(self._to_speak)
        _cancel(self._to_take)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The other side takes nothing: it has so long to begin."""
        super().pause_writing()
        _cancel(self._to_take)
        self._to_take = self.loop.call_later(self._deadlines.take, self._too_slow, None)

    def resume_writing(self) -> None:
        """It takes again."""
        super().resume_writing()
        _cancel(self._to_take)

    def make_room(self) -> None:
        """Go for another one's sake."""
        self._end(HTTPStatus.REQUEST_TIMEOUT)

    def _look(self) -> None:
        if self.conn.their_state is not self._state and not self.transport.is_closing():
            self._wait_for(self.conn.their_state)

    def _wait_for(self, state: Any) -> None:
        """Start the deadline of what is to come from the other side, if anything is."""
        self._state = state
        _cancel(self._to_speak)
        seconds = self._deadlines.of_state.get(state)
        if seconds is None:
            self._crowd.is_served(self)
            return
        self._crowd.is_waited_for(self)
        self._to_speak = self.loop.call_later(seconds, self._too_slow, HTTPStatus.REQUEST_TIMEOUT)

    def _too_slow(self, status: HTTPStatus | None) -> None:
        self._crowd.was_slow()
        self._end(status)

    def _end(self, status: HTTPStatus | None) -> None:
        """Say why where nothing was answered yet, and go without waiting for it to be read."""
        if status is not None and self.conn.our_state in _UNANSWERED and not self.transport.is_closing():
            self.transport.write(_refusal(status))
        self.transport.abort()


def _refusal(status: HTTPStatus) -> bytes:
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Length: 0\r\nConnection: close\r\n"
    return f"{head}Retry-After: {RETRY_SECONDS}\r\n\r\n".encode()


def _far_address(client: tuple[str, int] | None) -> str:
    host = client[0] if client else ""
    try:
        return "" if ipaddress.ip_address(host).is_loopback else host
    except ValueError:
        return host


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
