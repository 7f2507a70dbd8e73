"""A station asked over HTTP by a party that shows its own key: the ``StationDoor`` of callers and responders.

What the party does is a statement it signed; showing the key (a short-lived ``presented`` statement) only
lets it read. Refusals come back as the class of their status, with the station's own code.
"""

import asyncio
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

import httpx
import msgspec

from esos.caller.ports import SealingKey
from esos.carriers.https import COSE_MEDIA_TYPE, KEY_HEADER, STATEMENTS_PATH
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
from esos.keys.identity import kid_of
from esos.keys.sealed import unseal
from esos.logbook.base64s import from_url_safe, url_safe
from esos.message.bodies import Presented
from esos.message.card import HomeStation
from esos.message.voice import Voice

API = "/api/v1"
ANSWER_MAX_BYTES = 16 * 1_048_576
EXCHANGE_TIMEOUT_MS = 10_000
SHOWN_FOR_MS = 300_000
"""How long a shown key is good for; half of what a station allows, so that clocks may differ."""
SECOND_MS = 1_000
_CLASS_OF_STATUS: Final[dict[int, type[EsosError]]] = {
    kind.status: kind
    for kind in (Malformed, Unauthenticated, Forbidden, Unknown, Conflict, TooLarge, ProofFailed, Busy, NotDelivered)
}


class _Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of an RFC 9457 problem that we pass on."""

    code: str = "station.refused"
    detail: str = "The station refused this without saying why."
    hint: str = ""


class HttpStationDoor:
    """One station for one party; ``voice`` None for somebody who only hands in what others signed.

    ``now_ms`` is the party's clock; where a station finds it wrong, the station's own clock is taken.
    ``public`` is the key of the author where that is not the party itself. ``transport`` replaces the
    network in tests.
    """

    def __init__(
        self,
        home: HomeStation,
        *,
        voice: Voice | None,
        now_ms: Callable[[], int],
        public: bytes = b"",
        timeout_ms: int = EXCHANGE_TIMEOUT_MS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._home = home
        self._voice = voice
        self._now_ms = now_ms
        self._public = public or (voice.public if voice else b"")
        self._timeout_ms = timeout_ms
        self._transport = transport
        self._clock_wrong_ms = 0

    @property
    def home(self) -> HomeStation:
        """Which station this is."""
        return self._home

    async def sealing_key(self) -> SealingKey:
        """The key for the datagram door, opened with the party's own key.

        Raises ``Malformed`` (``beacon.nobody``, ``station.answer``), ``ProofFailed`` (``key.unseal``) beside the
        station's refusals.
        """
        if self._voice is None:
            raise Malformed("beacon.nobody", "Only somebody with a key can register for the datagram door.")
        reply = await self._json("POST", "/beacon")
        key, epoch = unseal(self._voice.seed, from_url_safe(str(reply.get("sealed", "")))), reply.get("epoch")
        if not isinstance(epoch, int):
            raise Malformed("station.answer", "The station's answer names no epoch of the key.")
        return SealingKey(key=key, epoch=epoch)

    async def submit(self, cose: bytes) -> dict[str, Any]:
        """What the station says of a signed statement that is now kept there."""
        headers = {"Content-Type": COSE_MEDIA_TYPE, **self._key_header()}
        raw = await self._exchange("POST", STATEMENTS_PATH, headers=headers, content=cose)
        return _object(raw)

    async def cases(self) -> list[dict[str, Any]]:
        """The open cases that the party is part of."""
        return _rows(await self._json("GET", "/cases", {"open": "1"}), "cases")

    async def case(self, case: str) -> dict[str, Any]:
        """A case as the party may see it."""
        return await self._json("GET", f"/cases/{case}")

    async def requests(self) -> list[dict[str, Any]]:
        """What the party is asked, newest first."""
        return _rows(await self._json("GET", "/requests"), "requests")

    async def request(self, request: str) -> dict[str, Any]:
        """One request."""
        return await self._json("GET", f"/requests/{request}")

    async def members(self) -> list[dict[str, Any]]:
        """The register, without contacts; for members only."""
        return _rows(await self._json("GET", "/members"), "members")

    async def pacts(self) -> list[dict[str, Any]]:
        """The pacts in force there."""
        return _rows(await self._json("GET", "/pacts"), "pacts")

    async def receipt(self, statement: str) -> bytes:
        """The receipt file of a statement."""
        return await self._shown("GET", f"{API}/receipts/{statement}")

    async def call_by_card(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """A call for somebody who showed a printed card, said as a visitor; what the station made of it."""
        headers = {"Content-Type": "application/json"}
        return _object(await self._exchange("POST", f"{API}/calls", headers=headers, content=msgspec.json.encode(call)))

    async def _json(self, method: str, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        return _object(await self._shown(method, API + path, query))

    async def _shown(self, method: str, path: str, query: Mapping[str, str] | None = None) -> bytes:
        """An exchange in which the party shows its key; tried once more by the station's clock where ours is wrong."""
        try:
            return await self._exchange(method, path, headers=self._shown_key(), query=query)
        except Unauthenticated as refusal:
            if refusal.code != "presented.expired" or not self._clock_wrong_ms:
                raise
        return await self._exchange(method, path, headers=self._shown_key(), query=query)

    def _shown_key(self) -> dict[str, str]:
        if self._voice is None:
            return {}
        now_ms = self._now_ms() + self._clock_wrong_ms
        body = Presented(audience=self._home.kid, expires_ms=now_ms + SHOWN_FOR_MS)
        shown = self._voice.say("presented", body, now_ms=now_ms)
        return {"Authorization": f"ESOS {url_safe(shown.raw)}", **self._key_header()}

    def _key_header(self) -> dict[str, str]:
        return {KEY_HEADER: self._public.hex()} if self._public else {}

    async def _exchange(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        content: bytes = b"",
        query: Mapping[str, str] | None = None,
    ) -> bytes:
        """One exchange on a connection of its own; raises the station's refusal."""
        url = self._home.http.rstrip("/") + path
        try:
            async with asyncio.timeout(self._timeout_ms / SECOND_MS):
                status, answer, date = await _fetch(self._transport, method, url, headers, content, query)
        except TimeoutError as cause:
            raise self._unreachable(f"no answer within {self._timeout_ms} ms") from cause
        except (httpx.HTTPError, httpx.InvalidURL) as cause:
            raise self._unreachable(str(cause) or type(cause).__name__) from cause
        if status >= HTTPStatus.BAD_REQUEST:
            self._note_clock(date)
            raise refusal_of(status, answer)
        return answer

    def _note_clock(self, date: str) -> None:
        """How far the station's clock is from ours, as its answer's date says."""
        try:
            theirs_ms = round(parsedate_to_datetime(date).timestamp() * SECOND_MS)
        except (ValueError, TypeError):
            return
        self._clock_wrong_ms = theirs_ms - self._now_ms()

    def _unreachable(self, why: str) -> NotDelivered:
        return NotDelivered(
            "station.unreachable",
            f"{self._home.name} did not answer: {why}.",
            hint="Try again, another carrier, or another station.",
        )


async def fetch_card(http: str, *, timeout_ms: int = EXCHANGE_TIMEOUT_MS) -> bytes:
    """The card a station shows at its web address; raises ``NotDelivered`` (``station.unreachable``) and refusals."""
    url = http.rstrip("/") + f"{API}/station"
    try:
        async with asyncio.timeout(timeout_ms / SECOND_MS):
            status, answer, _ = await _fetch(None, "GET", url, {}, b"", None)
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as cause:
        raise NotDelivered(
            "station.unreachable",
            f"{http} did not answer: {str(cause) or type(cause).__name__}.",
            hint="Give the station's card as a file, so that a call needs nothing but the station.",
        ) from cause
    if status >= HTTPStatus.BAD_REQUEST:
        raise refusal_of(status, answer)
    return answer


def refusal_of(status: int, answer: bytes) -> EsosError:
    """A station's refusal as the class of its status, with its own code."""
    try:
        problem = msgspec.json.decode(answer, type=_Problem)
    except msgspec.MsgspecError:
        problem = _Problem(detail=f"The station answered {status}.")
    default = Busy if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Malformed
    return _CLASS_OF_STATUS.get(status, default)(problem.code, problem.detail, hint=problem.hint)


async def _fetch(
    transport: httpx.AsyncBaseTransport | None,
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: bytes,
    query: Mapping[str, str] | None,
) -> tuple[int, bytes, str]:
    """Status, body and date of one answer, read no further than the limit."""
    async with (
        httpx.AsyncClient(transport=transport, timeout=None) as client,  # noqa: S113 - the caller's deadline
        client.stream(method, url, headers=dict(headers), content=content or None, params=query) as response,
    ):
        answer = bytearray()
        async for part in response.aiter_bytes():
            answer += part
            if len(answer) > ANSWER_MAX_BYTES:
                raise Malformed("station.answer", "The station's answer is longer than anything it should say.")
        return response.status_code, bytes(answer), response.headers.get("date", "")


def _object(raw: bytes) -> dict[str, Any]:
    """A JSON object; raises ``Malformed`` (``station.answer``) for anything else."""
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except msgspec.MsgspecError as cause:
        raise Malformed("station.answer", "What answered there is no station.") from cause


def _rows(answer: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    rows = answer.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def read_home(raw: bytes) -> tuple[HomeStation, str]:
    """A station to pin, and the origin of its log, from its card in JSON (alone, or within a ready line).

    Raises ``Malformed`` (``station.card``), ``ProofFailed`` (``station.card_kid``) where kid and key disagree.
    """
    plain = _card_in(raw)
    try:
        home = HomeStation(
            name=str(plain["name"])[:80],
            kid=bytes.fromhex(plain["kid"]),
            public=bytes.fromhex(plain["public"]),
            realm=plain["realm"],
            http=str(plain.get("http") or ""),
            udp=tuple(plain.get("udp") or ()),
            hpke=bytes.fromhex(plain.get("hpke") or ""),
            udp_strangers=tuple(plain.get("udp_strangers") or ()),
            dns_zone=str(plain.get("dns_zone") or ""),
            dns=tuple(plain.get("dns") or ()),
            mail=str(plain.get("mail") or ""),
            mail_hosts=tuple(plain.get("mail_hosts") or ()),
            quic=tuple(plain.get("quic") or ()),
            sms=str(plain.get("sms") or ""),
            mesh=str(plain.get("mesh") or ""),
        )
        home = msgspec.convert(msgspec.to_builtins(home, builtin_types=(bytes,)), HomeStation)
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise _no_card() from cause
    if kid_of(home.public) != home.kid:
        raise ProofFailed("station.card_kid", "This card's kid is not of its key: do not use it.")
    return home, str(plain.get("origin") or "")


def _card_in(raw: bytes) -> dict[str, Any]:
    try:
        plain = msgspec.json.decode(raw, type=dict[str, Any])
    except msgspec.MsgspecError as cause:
        raise _no_card() from cause
    inner = plain.get("card")
    return inner if isinstance(inner, dict) else plain


def _no_card() -> Malformed:
    return Malformed(
        "station.card",
        "This is no station's card.",
        hint="Take what GET /api/v1/station answers, or the card of the ready line of: esos station run --json",
    )
