"""A responder at its desk: it signs each answer with its own key, and hands it to the station that asked."""

from dataclasses import dataclass
from typing import Any

import msgspec

from esos.message.bodies import Body
from esos.message.voice import Voice
from esos.responder.ports import ResponderClock, StationDoor
from esos.words.request_state import RequestState

REQUEST_HEX = 32
"""A request's id is the first half of that of the statement which made it, 16 bytes in hexadecimal."""
_LATE_YES = frozenset({"offered", "committed"})


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What the station made of an answer: the statement's id, and how the request and its case stand after it.

    ``request`` is the station's view of it; None for what concerns no request. ``late_for`` is the request that had
    its outcome already, where a yes came too late and ``request`` is the offer that it became.
    """

    statement: str
    kind: str
    station: str
    case: str = ""
    case_state: str = ""
    request: dict[str, Any] | None = None
    late_for: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponderDesk:
    """One member at one station. ``member`` is its id there, its key's name unless it has several keys."""

    voice: Voice
    clock: ResponderClock
    door: StationDoor
    member: str

    async def say(self, kind: str, body: Body, *, case: str = "") -> Said:
        """Sign and hand in; raises the station's refusal."""
        said = self.voice.say(kind, body, now_ms=self.clock.now_ms(), case=bytes.fromhex(case) if case else None)
        reply = await self.door.submit(said.raw)
        return Said(
            statement=said.id.hex(),
            kind=kind,
            station=self.door.home.name,
            case=str(reply.get("case") or ""),
            case_state=str(reply.get("state", "")) if case else "",
        )

    async def answer(self, kind: str, body: Body, view: dict[str, Any]) -> Said:
        """Say something on one request; how it stands then.

        Law 6: a yes to a request that has its outcome changes nothing of it. What stands then is the offer as which it
        entered, and ``late_for`` is the request that was over.
        """
        said = await self.say(kind, body, case=str(view["case"]))
        request = await self.door.request(str(view["request"]))
        if kind not in _LATE_YES or not RequestState(request["state"]).is_end:
            return msgspec.structs.replace(said, request=request)
        offer = await self.door.request(said.statement[:REQUEST_HEX])
        return msgspec.structs.replace(said, request=offer, late_for=request)
