"""Accept an offer: after request and offer, the third signature of the agreement."""

from typing import Any

from esos.caller.circle import Circle, Reached, say_to
from esos.caller.ports import StationDoor
from esos.errors import Conflict, EsosError, Malformed, Unknown
from esos.message.bodies import Agreed

PREFIX_MIN = 4


async def accept(circle: Circle, wanted: str, template: str = "") -> Reached:
    """Agree to what is offered on this request (its id in hex, or the start of it), as it stands now.

    Where the helper asks to stay longer, that is what is agreed to. Raises ``Unknown`` (``request.unknown``),
    ``Malformed`` (``request.ambiguous``), ``Conflict`` (``request.no_offer``).
    """
    door, view = await find_offer(circle, wanted)
    offer = view["longer"] or view["offer"]
    if not offer:
        raise Conflict("request.no_offer", "Nothing is offered on this request yet.", hint="See: esos case show CASE")
    body = Agreed(request=bytes.fromhex(view["request"]), offer=bytes.fromhex(offer), template=template)
    said = circle.voice.say("agreed", body, now_ms=circle.clock.now_ms(), case=bytes.fromhex(view["case"]))
    return await say_to([door], lambda _: said.raw)


async def find_offer(circle: Circle, wanted: str) -> tuple[StationDoor, dict[str, Any]]:
    """The request on the caller's case that this id names, and the station that has it."""
    trouble: EsosError | None = None
    for door in circle.doors:
        case = circle.cases.get(door.home.kid.hex())
        if not case:
            continue
        try:
            view = await door.case(case)
        except EsosError as cause:
            trouble = cause
            continue
        found = [one for one in view.get("requests", ()) if matches(str(one["request"]), wanted)]
        if len(found) > 1:
            raise Malformed(
                "request.ambiguous", f"{wanted!r} is the start of several requests.", hint="Say more of it."
            )
        if found:
            return door, found[0]
    raise trouble or Unknown(
        "request.unknown", "There is no such request on your case.", hint="See: esos case show CASE"
    )


def matches(identity: str, wanted: str) -> bool:
    """Whether an id in hex is the one wanted, or begins with it."""
    return identity == wanted or (len(wanted) >= PREFIX_MIN and identity.startswith(wanted))
