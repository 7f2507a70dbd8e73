"""How those who know nobody out there call: by a printed card, by a relay, as a visitor, and by telephone to the watch.

No caller has an address book. Each needs only the one station it can still reach, by whatever way.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from esos.drill.case_in_play import CaseInPlay
from esos.drill.director import Director
from esos.drill.incident import CallerFacts
from esos.drill.stage import Actor
from esos.station.drills import BeatKind
from esos.vault.chance import SystemDice

RELAY_NAME = "A bank abroad (drill)"
_dice = SystemDice()
CALLS = "/api/v1/calls"


class Caller(CaseInPlay):
    """A caller of this drill with its way to call; ``token`` opens its own case where it has no key for that.

    ``is_searched`` says that the first search for help is over.
    """

    def __init__(self, d: Director, facts: CallerFacts, way: "Way", relay: Actor) -> None:
        super().__init__(d, facts)
        self.way = way
        self.relay = relay
        self.token = ""
        self.is_searched = False

    async def call(self) -> None:
        """Call for help, or once more; the case is followed from then on."""
        made, says = await self.way(self)
        self.id, self.page, self.token = made["case"], urlsplit(made["page"]).path, made["token"]
        if self not in self.d.cases:
            self.d.cases.append(self)
        self.beat(BeatKind.CALLED, says)


Way = Callable[[Caller], Awaitable[tuple[dict[str, Any], str]]]
"""How a call is made: what the station answered, and a sentence about it."""


async def by_card(c: Caller) -> tuple[dict[str, Any], str]:
    """With the number of a printed card, from a borrowed telephone."""
    card = await c.d.stage.post(f"/api/v1/members/{c.caller.member}/secrets", {"purpose": "card"})
    made = await c.d.stage.call({"details": c.facts.details(), "card_token": card["secret"]})
    return (
        made,
        "It calls from a borrowed telephone, with the number of its printed card. It knows no address but this one.",
    )


async def by_relay(c: Caller) -> tuple[dict[str, Any], str]:
    """Through a registered party abroad that knows it and vouches for it."""
    token = await c.d.stage.post(f"/api/v1/members/{c.relay.member}/secrets", {"purpose": "token"})
    relay_for = {"caller": c.caller.member, "vouched": True}
    body = {"details": c.facts.details(), "relay_for": relay_for, "call": _dice.bytes(8).hex()}
    made = await c.d.stage.post(CALLS, body, token=token["secret"])
    return made, "It cannot be reached on the network; a bank abroad that knows it calls for it."


async def as_visitor(c: Caller) -> tuple[dict[str, Any], str]:
    """At the page, as somebody whom the station does not know."""
    body = {"details": c.facts.details(), "caller_name": c.facts.name, "call": _dice.bytes(8).hex()}
    made = await c.d.stage.call(body)
    return made, "Nobody here knows it. It calls as a visitor, and is heard like anybody."


async def by_telephone(c: Caller) -> tuple[dict[str, Any], str]:
    """By telephone to the watch; the officer writes the call down."""
    relay_for = {"caller": c.caller.member, "caller_name": c.facts.name, "vouched": True}
    body = {"details": c.facts.details(), "relay_for": relay_for, "call": _dice.bytes(8).hex()}
    made = await c.d.stage.post(CALLS, body, token=c.d.officer)
    return made, "It telephones to the watch on another line, and the officer takes the call down."
