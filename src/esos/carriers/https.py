"""A call by HTTPS: the standard signed form posted to ``/api/v1/statements``, a fresh connection each time.

An established connection that loss has stalled is worse than a new one (brief 3). An answer counts as
proven only over TLS, or from this very machine.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

import httpx
import msgspec

from esos.beacon.carrier import Failed, Heard, Outgoing, Sending, Target, Tell, Waiting, is_enough
from esos.beacon.schedule import HTTPS_GAP_MS, JITTER_SHARE
from esos.message.packet_codes import AckState

STATEMENTS_PATH = "/api/v1/statements"
COSE_MEDIA_TYPE = "application/cose"
KEY_HEADER = "Esos-Key"
ATTEMPT_TIMEOUT_MS = 10_000
REPLY_MAX_BYTES = 65_536
_STATES: Final = {
    "acknowledged": AckState.ASSIGNED,
    "assigned": AckState.ASSIGNED,
    "person_reading": AckState.PERSON_READING,
    "heard": AckState.HEARD,
    "tested": AckState.HEARD,
}
"""What a reply's state shows at least; any other is ``COMMITTED``, since a station answers after the commit."""
_WORTH_ANOTHER_TRY: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


class StatementReply(msgspec.Struct, frozen=True, kw_only=True):
    """What a station answers to a posted statement; fields a newer station adds are passed over."""

    id: str
    state: str
    case: str | None = None
    receipt: str | None = None
    has_officer: bool = False


class _Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of an RFC 9457 problem that we show."""

    code: str = ""
    detail: str = ""


class HttpsCarrier:
    """Posts the call to each station's door, every 5 s until enough is heard.

    ``jitter`` gives values in [-1, 1]. ``stranger_key`` is the author's public key, sent along so that a
    station that does not know it can check the signature. ``transport`` replaces the network in tests.
    """

    def __init__(
        self,
        *,
        jitter: Callable[[], float],
        gap_ms: int = HTTPS_GAP_MS,
        timeout_ms: int = ATTEMPT_TIMEOUT_MS,
        stranger_key: bytes = b"",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._jitter = jitter
        self._gap_ms = gap_ms
        self._timeout_ms = timeout_ms
        self._stranger_key = stranger_key
        self._transport = transport

    @property
    def name(self) -> str:
        """``https``."""
        return "https"

    async def send(self, outgoing: Outgoing, tell: Tell) -> tuple[Heard, ...]:
        """Post until enough is heard, or until every station has refused for good; see the port ``Carrier``."""
        targets = [target for target in outgoing.targets if target.home.http]
        if not targets:
            tell(Waiting(carrier=self.name, why="No station gave us a web address."))
            return ()
        heard: dict[bytes, Heard] = {}
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(self._repeat(outgoing, target, heard, tell)) for target in targets]
            await first_enough(running, heard)
            for task in running:
                task.cancel()
        return tuple(heard.values())

    async def _repeat(self, outgoing: Outgoing, target: Target, heard: dict[bytes, Heard], tell: Tell) -> None:
        """Attempts at one station until it refuses for good, or enough is heard."""
        copies = 0
        while not is_enough(heard.values()):
            copies += 1
            tell(Sending(carrier=self.name, station=target.home.name, copies=copies))
            event = await self._post(outgoing, target)
            before = heard.get(target.home.kid)
            if isinstance(event, Heard):
                heard[target.home.kid] = event
            if event != before:
                tell(event)
            if isinstance(event, Failed) and event.is_final:
                return
            if not is_enough(heard.values()):
                await asyncio.sleep(self._gap_ms / 1000 * (1 + JITTER_SHARE * abs(self._jitter())))

    async def _post(self, outgoing: Outgoing, target: Target) -> Heard | Failed:
        """One attempt on a connection of its own."""
        try:
            async with asyncio.timeout(self._timeout_ms / 1000):
                status, content = await self._exchange(target.home.http.rstrip("/") + STATEMENTS_PATH, outgoing.cose)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as cause:
            return self._failed(target, str(cause), is_final=True)
        except TimeoutError:
            return self._failed(target, f"No answer within {self._timeout_ms} ms.")
        except httpx.HTTPError as cause:
            return self._failed(target, str(cause) or type(cause).__name__)
        if len(content) > REPLY_MAX_BYTES:
            return self._failed(target, "The answer is too long to be a station's.")
        return self._understand(status, content, outgoing, target)

    async def _exchange(self, url: str, cose: bytes) -> tuple[int, bytes]:
        """Status and body of one answer, read no further than just beyond the limit."""
        headers = {"Content-Type": COSE_MEDIA_TYPE, "Accept": "application/json"}
        if self._stranger_key:
            headers[KEY_HEADER] = self._stranger_key.hex()
        async with (
            httpx.AsyncClient(transport=self._transport, timeout=None) as client,  # noqa: S113 - the caller's deadline
            client.stream("POST", url, content=cose, headers=headers) as response,
        ):
            content = b""
            async for part in response.aiter_bytes():
                content += part
                if len(content) > REPLY_MAX_BYTES:
                    break
            return response.status_code, content

    def _understand(self, status: int, content: bytes, outgoing: Outgoing, target: Target) -> Heard | Failed:
        """What the station's answer means."""
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return self._refused(status, content, target)
        try:
            reply = msgspec.json.decode(content, type=StatementReply)
        except msgspec.DecodeError:
            return self._failed(target, "The answer is not a station's.")
        if reply.id != outgoing.statement_id.hex():
            return self._failed(target, "The answer is about another statement.")
        return Heard(
            carrier=self.name,
            station=target.home.name,
            state=AckState.ASSIGNED if reply.has_officer else _STATES.get(reply.state, AckState.COMMITTED),
            proven=_is_proven(target.home.http),
            case=reply.case or "",
            receipt=reply.receipt or "",
        )

    def _refused(self, status: int, content: bytes, target: Target) -> Failed:
        try:
            problem = msgspec.json.decode(content, type=_Problem)
        except msgspec.DecodeError:
            problem = _Problem()
        why = problem.detail or f"The station answered {status}."
        is_client_error = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        is_final = is_client_error and status not in _WORTH_ANOTHER_TRY
        return self._failed(target, why, code=problem.code, is_final=is_final)

    def _failed(self, target: Target, why: str, *, code: str = "", is_final: bool = False) -> Failed:
        return Failed(carrier=self.name, station=target.home.name, why=why, code=code, is_final=is_final)


async def first_enough(running: list[asyncio.Task[None]], heard: dict[bytes, Heard]) -> None:
    """Return when enough is heard or nobody is left to ask."""
    waiting = set(running)
    while waiting and not is_enough(heard.values()):
        _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)


def _is_proven(http: str) -> bool:
    url = httpx.URL(http)
    return url.scheme == "https" or _is_this_machine(url.host)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
