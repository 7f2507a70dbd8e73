"""The inbox: what a responder is asked. Its program says at once that it has each request.

Law 4: ``delivered`` is a machine's word. It answers nothing; a person still owes the answer.
"""

from typing import Any

from esos.errors import EsosError, Malformed, Unknown
from esos.message.bodies import OnRequest
from esos.responder.desk import REQUEST_HEX, ResponderDesk
from esos.words.request_state import RequestState

PREFIX_MIN = 4


async def inbox(desk: ResponderDesk, *, only_open: bool = False) -> list[dict[str, Any]]:
    """Every request made to this member, newest first, each countersigned as delivered."""
    views = [await deliver(desk, view) for view in await desk.door.requests()]
    return [view for view in views if not only_open or not RequestState(view["state"]).is_end]


async def find_request(desk: ResponderDesk, wanted: str) -> dict[str, Any]:
    """One request by its id or the start of it, countersigned; raises ``Unknown`` (``request.unknown``)."""
    if len(wanted) == REQUEST_HEX:
        return await deliver(desk, await desk.door.request(wanted))
    views = [view for view in await desk.door.requests() if str(view["request"]).startswith(wanted)]
    if len(wanted) < PREFIX_MIN or not views:
        raise Unknown("request.unknown", "There is no such request in your inbox.", hint="See: esos request list")
    if len(views) > 1:
        raise Malformed("request.ambiguous", f"{wanted!r} is the start of several requests.", hint="Say more of it.")
    return await deliver(desk, views[0])


async def find_case(desk: ResponderDesk, wanted: str) -> str:
    """A case's id: given whole, or by the code or start of one that the member is part of already.

    Raises ``Unknown`` (``case.unknown_here``).
    """
    given = wanted.strip().replace("-", "").casefold()
    if len(given) == REQUEST_HEX and not set(given) - set("0123456789abcdef"):
        return given
    rows = await desk.door.cases()
    found = [str(row["case"]) for row in rows if given in {str(row["code"]).casefold(), str(row["case"])[: len(given)]}]
    if not given or len(found) != 1:
        raise Unknown(
            "case.unknown_here",
            f"{wanted!r} is no case that you are part of.",
            hint="Give the whole id of the case, 32 letters: caller and officer can tell it.",
        )
    return found[0]


async def deliver(desk: ResponderDesk, view: dict[str, Any]) -> dict[str, Any]:
    """Countersign a request that was only sent so far; one that cannot be is shown as it is."""
    if view["state"] != RequestState.SENT.value or view["responder"] != desk.member:
        return view
    body = OnRequest(request=bytes.fromhex(view["request"]))
    try:
        said = await desk.answer("delivered", body, view)
    except EsosError:
        return view
    return said.request or view
