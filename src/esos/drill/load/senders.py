"""The callers of a load, and how each makes one call by one door: once, without trying again, and timed."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from esos.drill.datagram import call_by_datagram, now_s
from esos.drill.load.plan import Door
from esos.drill.load.result import Answered
from esos.drill.stage import Actor
from esos.keys.identity import public_of
from esos.message.bodies import CallDetails, Called
from esos.message.packet_payload import CallFields
from esos.vault.chance import SystemDice
from esos.words.nature import Nature
from esos.words.urgency import Urgency

UNANSWERED_SECONDS = 20.0
"""A call without an answer for so long counts as unanswered."""
_dice = SystemDice()
_NATURE = Nature.DEGRADING


class LoadCaller:
    """One distinct caller: a key of its own, and where it is registered the key for the datagram door."""

    def __init__(self, number: int) -> None:
        self.actor = Actor(f"Load caller {number} (drill)")
        self.sealing_key = b""


class Senders:
    """Makes calls at one station."""

    def __init__(self, url: str, card: dict[str, Any], callers: list[LoadCaller]) -> None:
        self._url = url
        self._doors = _Seen(card)
        self._callers = callers
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=256)
        self._client = httpx.AsyncClient(base_url=url, timeout=UNANSWERED_SECONDS, limits=limits, trust_env=False)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def call(self, door: Door, caller: int) -> Answered:
        """One call, and what became of it."""
        began = time.perf_counter()
        said: dict[str, str] = {}
        with contextlib.suppress(httpx.HTTPError, TimeoutError):
            said = await _BY_DOOR[door](self, self._callers[caller])
        return Answered(door=door, took_ms=(time.perf_counter() - began) * 1000, **said)

    async def _http(self, caller: LoadCaller) -> dict[str, str]:
        details = CallDetails(urgency=Urgency.PAN_PAN, natures=(int(_NATURE),))
        raw = caller.actor.sign("called", Called(call=_dice.bytes(8), details=details))
        headers = {"Content-Type": "application/cose", "Esos-Key": public_of(caller.actor.seed).hex()}
        answer = await self._client.post("/api/v1/statements", content=raw, headers=headers)
        said = answer.json()
        return {"code": said["code"]} if answer.is_error else {"statement": said["id"]}

    async def _udp(self, caller: LoadCaller) -> dict[str, str]:
        kept: list[str] = []
        fields = CallFields(time_s=now_s(), urgency=Urgency.PAN_PAN, natures=(_NATURE,))
        async with asyncio.timeout(UNANSWERED_SECONDS):
            await call_by_datagram(
                self._doors,
                caller.actor,
                caller.sealing_key,
                _dice.bytes(8),
                fields,
                lambda one: kept.append(one.hex()),
            )
        return {"statement": kept[0]}

    async def _pages(self, caller: LoadCaller) -> dict[str, str]:
        form = {"urgency": Urgency.PAN_PAN.value, "nature": _NATURE.slug, "name": caller.actor.name, "confirmed": "1"}
        answer = await self._client.post("/", data={**form, "visit": _dice.bytes(16).hex()}, headers=_AS_A_BROWSER)
        self._client.cookies.clear()  # each call is a visit of its own
        if answer.is_error:
            return {"code": f"pages.{answer.status_code}"}
        return {"token": answer.headers["location"].removeprefix("/c/").partition("?")[0]}


class _Seen:
    """A station seen from outside, as far as a call by datagram needs it."""

    def __init__(self, card: dict[str, Any]) -> None:
        self.card = card
        self.udps = tuple(card["udp"])


_AS_A_BROWSER = {"Accept": "text/html"}
_BY_DOOR: dict[Door, Callable[[Senders, LoadCaller], Awaitable[dict[str, str]]]] = {
    Door.HTTP: Senders._http,  # noqa: SLF001 - the table of this class
    Door.UDP: Senders._udp,  # noqa: SLF001
    Door.PAGES: Senders._pages,  # noqa: SLF001
}
