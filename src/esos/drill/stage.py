"""The doors a drill plays through: the same HTTP interface, keys and tokens that anybody has. No back door.

Law 7: everything here is signed with exercise keys, made for this drill, and reaches an exercise station only.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from esos.errors import NotDelivered
from esos.keys.identity import kid_of, public_of
from esos.keys.sealed import unseal
from esos.logbook.base64s import from_url_safe, url_safe
from esos.message.bodies import Body, CardSigned, Presented
from esos.message.card import MemberCard, PublicKey
from esos.message.statement import write_statement
from esos.vault.chance import SystemClock, SystemDice
from esos.words.realm import Realm

TRY_AGAIN_SECONDS, TRY_AGAIN_MAX_SECONDS = 0.25, 1.0
"""The pause before something is tried again while the station is down or busy: longer each time, never long."""
TRIES_MAX = 120
TIMEOUT_SECONDS = 20.0
PRESENTED_MS = 5 * 60_000
_clock, _dice = SystemClock(), SystemDice()


FICTITIOUS = " (drill)"
"""Ends the name of every party of a drill; where everything is marked as a drill it is left out."""


def plain_name(name: str) -> str:
    """A party's name without the mark."""
    return name.removesuffix(FICTITIOUS)


class StageRefused(Exception):
    """A door said no: its problem, with the stable code."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("detail", ""))
        self.status = status
        self.code = str(problem.get("code", ""))
        self.detail = str(problem.get("detail", ""))


class Actor:
    """A party with a key of its own: it signs what it says and shows its key to read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seed = _dice.bytes(32)
        self.member = kid_of(public_of(self.seed)).hex()

    def sign(self, kind: str, body: Body, case: str = "") -> bytes:
        """A signed statement in the exercise realm."""
        return write_statement(
            seed=self.seed,
            realm=Realm.EXERCISE,
            kind=kind,
            body=body,
            time_ms=_clock.now_ms(),
            case=bytes.fromhex(case) if case else None,
        ).raw

    def shown(self, station: bytes) -> str:
        """What it shows a station for a few minutes, so as to read what is its own."""
        presented = self.sign("presented", Presented(audience=station, expires_ms=_clock.now_ms() + PRESENTED_MS))
        return f"ESOS {url_safe(presented)}"

    def card(self, **about: Any) -> bytes:
        """Its member card, signed; ``about`` is what it says beyond name and key."""
        key = PublicKey(public=public_of(self.seed), realm=Realm.EXERCISE)
        return self.sign(
            "card_signed", CardSigned(card=MemberCard(name=self.name, keys=(key,), languages=("en",), **about))
        )


class Stage:
    """One station seen through its doors. Every call is tried again while it is down, at its next address in turn."""

    def __init__(self, urls: Callable[[], tuple[str, ...]], registrar_token: str) -> None:
        self._urls = urls
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False)
        self._registrar = registrar_token
        self._turn = 0
        self.down_tries = 0
        self.kept: set[str] = set()
        """Ids of statements about cases that the station has said it has: none of them may be lost."""

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def get(self, path: str, *, token: str = "") -> Any:
        """Read something as JSON, as the registrar or as a token's holder."""
        return (await self._send("GET", path, token=token or self._registrar)).json()

    async def raw(self, path: str) -> bytes:
        """Read a file."""
        return (await self._send("GET", path, token=self._registrar)).content

    async def post(self, path: str, body: object, *, token: str = "") -> Any:
        """Say something as the registrar or as a token's holder."""
        return self._noted(await self._send("POST", path, token=token or self._registrar, json=body))

    async def call(self, body: object) -> Any:
        """Call for help as somebody whom nobody knows."""
        return self._noted(await self._send("POST", "/api/v1/calls", json=body))

    async def put(self, path: str, body: object) -> Any:
        """Put something in its place, as the registrar."""
        return (await self._send("PUT", path, token=self._registrar, json=body)).json()

    async def say(self, actor: Actor, kind: str, body: Body, case: str) -> Any:
        """Hand in a statement that an actor signed."""
        cose = actor.sign(kind, body, case)
        return await self.hand_in(cose)

    async def hand_in(self, cose: bytes) -> Any:
        """Hand in the bytes of a signed statement; the same again changes nothing."""
        return self._noted(await self._send("POST", "/api/v1/statements", content=cose, cose=True))

    async def own(self, actor: Actor, station: bytes, path: str) -> Any:
        """Read something as an actor that shows its key."""
        return (await self._send("GET", path, authorization=actor.shown(station))).json()

    async def inbox(self, actor: Actor, station: bytes) -> list[dict[str, Any]]:
        """An actor's requests, read by showing its key."""
        requests: list[dict[str, Any]] = (await self.own(actor, station, "/api/v1/requests?open=1"))["requests"]
        return requests

    async def sealing_key(self, actor: Actor, station: bytes) -> bytes:
        """The key under which an actor's datagrams are sealed, fetched as a caller's program fetches it."""
        answer = await self._send("POST", "/api/v1/beacon", authorization=actor.shown(station))
        return unseal(actor.seed, from_url_safe(answer.json()["sealed"]))

    async def _send(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        authorization: str = "",
        json: object = None,
        content: bytes | None = None,
        cose: bool = False,
    ) -> httpx.Response:
        headers = {"Authorization": authorization or f"Bearer {token}"} if token or authorization else {}
        if cose:
            headers["Content-Type"] = "application/cose"
        pause_seconds = TRY_AGAIN_SECONDS
        for _ in range(TRIES_MAX):
            try:
                answer = await self._client.request(
                    method, self._url() + path, headers=headers, json=json, content=content
                )
            except httpx.TransportError:
                self.down_tries += 1
                self._turn += 1
                pause_seconds = await _wait(pause_seconds)
                continue
            if answer.status_code < httpx.codes.BAD_REQUEST:
                return answer
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                pause_seconds = await _wait(pause_seconds)
                continue
            raise StageRefused(answer.status_code, answer.json())
        raise NotDelivered("drill.no_station", "The station did not come back.")

    def _noted(self, answer: httpx.Response) -> Any:
        """What a door answered; what it says it has of a case is remembered."""
        said = answer.json()
        if said.get("case"):
            self.kept.add(said.get("statement") or said["id"])
        return said

    def _url(self) -> str:
        urls = self._urls()
        return urls[self._turn % len(urls)]


async def _wait(seconds: float) -> float:
    """Wait for so long; how long to wait the next time."""
    await asyncio.sleep(seconds)
    return min(TRY_AGAIN_MAX_SECONDS, seconds * 2)
