"""One case of a drill: whose it is, what is bound in it, and what its officer does."""

from typing import Any

from esos.drill.director import Director
from esos.drill.incident import CallerFacts
from esos.drill.stage import Actor, StageRefused
from esos.message.bodies import Body
from esos.station.drills import BeatKind
from esos.vault.chance import SystemDice
from esos.words.need import NeedLine

_dice = SystemDice()


class CaseInPlay:
    """A caller and its case.

    ``caller`` is the party that calls, ``key`` whoever signs for it once it may. ``commitments`` are, by request,
    when a team was bound and for how much of the counted line (minutes, units).
    """

    def __init__(self, d: Director, facts: CallerFacts) -> None:
        self.d = d
        self.facts = facts
        self.caller = Actor(facts.name)
        self.key = self.caller
        self.id = ""
        self.page = ""
        self.needs = dict(facts.needs)
        self.commitments: dict[str, tuple[int, int]] = {}
        self.consented = False
        self.officer_acted_minutes = 0

    @property
    def officer(self) -> str:
        """The token of the officer who works on it."""
        return self.d.officer

    @property
    def is_first(self) -> bool:
        """Whether it is the one by which the drill is followed."""
        return self.d.cases[0] is self

    @property
    def counted_units(self) -> int:
        """How much of the counted line it needs."""
        return self.needs.get(self.d.incident.counted, 0)

    def counted(self, lines: list[dict[str, Any]]) -> int:
        """How much of the counted line is among these."""
        line: NeedLine = self.d.incident.counted
        return sum(one["quantity"] for one in lines if one["line"] == line)

    def beat(self, kind: BeatKind, says: str) -> None:
        """Something happened in this case; where there are several, it is said in which."""
        self.d.beat(kind, f"{self.facts.label}: {says}" if self.facts.label else says)

    async def breathe(self, share: float = 1.0) -> None:
        """A pause to read in; with several cases each has its part of it."""
        await self.d.breathe(share / max(1, len(self.d.cases)))

    async def view(self) -> dict[str, Any]:
        """The case as its officer sees it."""
        case: dict[str, Any] = await self.d.stage.get(f"/api/v1/cases/{self.id}", token=self.officer)
        return case

    async def requests(self) -> list[dict[str, Any]]:
        """Everybody who was asked in it, and how that stands."""
        path = f"/api/v1/cases/{self.id}/requests"
        found: list[dict[str, Any]] = (await self.d.stage.get(path, token=self.officer))["requests"]
        return found

    async def say(self, kind: str, body: Body) -> Any:
        """The caller says something, signed with its key."""
        return await self.d.stage.say(self.key, kind, body, self.id)

    async def act(self, kind: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """An officer's act. A case whose holder was silent for too long is taken up again first."""
        self.officer_acted_minutes = self.d.minutes
        try:
            return await self.tell(kind, body or {}, self.officer)
        except StageRefused as refused:
            if refused.code != "case.role" or (await self.view())["holder"]:
                raise
        await self.take()
        return await self.tell(kind, body or {}, self.officer)

    async def take(self) -> None:
        """Take charge. That its officer has it already is as good: the answer to the first time was lost in a kill."""
        try:
            await self.tell("acknowledged", {}, self.officer)
        except StageRefused as refused:
            if refused.code != "case.already_yours":
                raise

    async def second(self, kind: str) -> None:
        """The second officer's word on what the first has proposed, if there is such a proposal."""
        for proposal in (await self.view())["proposals"]:
            if proposal["kind"] == kind:
                await self.tell("seconded", {"proposal": proposal["proposal"], "agrees": True}, self.d.second_officer)

    async def tell(self, kind: str, body: dict[str, Any], token: str) -> dict[str, Any]:
        """Say something on the case as the holder of a token."""
        path = f"/api/v1/cases/{self.id}/statements"
        said: dict[str, Any] = await self.d.stage.post(path, {"kind": kind, "body": body}, token=token)
        return said

    async def ask_by_hand(self, member: str, name: str, lines: list[dict[str, Any]]) -> None:
        """An officer asks one team itself."""
        await self.act(
            "requested", {"request": _dice.bytes(16).hex(), "responder": member, "name": name, "lines": lines}
        )
