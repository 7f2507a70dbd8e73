"""The setting of a drill: who is registered and accepts the pact, who is on watch, and who takes charge of a call."""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any

from esos.drill import visitor
from esos.drill.case_in_play import CaseInPlay
from esos.drill.cast import Team
from esos.drill.director import Director, Player
from esos.drill.incident import CallerFacts
from esos.drill.stage import Actor, StageRefused, plain_name
from esos.logbook.base64s import url_safe
from esos.message.bodies import Acceded
from esos.message.card import Capability
from esos.station.drills import Act, BeatKind

AT_A_TIME = 16
"""How many members register at the same time."""


async def set_up(d: Director, parties: Iterable[tuple[Actor, dict[str, Any]]]) -> None:
    """Register teams and further parties (each with what its card says), let them accede, and man the watch."""
    d.enter(Act.SETTING, "The stage is being set: teams are registered and accept the pact.", "The call goes out.")
    d.players = [Player(actor=Actor(team.name), team=team) for team in d.incident.teams]
    sectors = tuple(dict.fromkeys(one.sector for one in d.incident.callers))
    members = [(player.actor, card_of(player.team, sectors)) for player in d.players]
    await register_all(d, [*members, *parties])
    await _man_the_watch(d)
    d.screen.note(f"{len(d.players)} teams are registered, every one fictitious, and bound by the pact “club”.")


def card_of(team: Team, sectors: tuple[str, ...]) -> dict[str, Any]:
    """What a team's card says."""
    can = tuple(Capability(line=line, units=units, lead_minutes=team.lead_minutes) for line, units in team.can.items())
    return {
        "country": team.country, "sectors": sectors, "capabilities": can,
        "asns": team.asns, "duty_sources": team.duty_sources,
    }  # fmt: skip


def caller_card(facts: CallerFacts) -> dict[str, Any]:
    """What a caller's card says, registered in peace time."""
    return {
        "country": facts.country, "sectors": (facts.sector,), "products": facts.products,
        "asns": (facts.asn,) if facts.asn else (), "prefixes": (facts.prefix,) if facts.prefix else (),
    }  # fmt: skip


async def register_all(d: Director, members: Iterable[tuple[Actor, dict[str, Any]]]) -> None:
    """Register these, a few at a time; each accedes to the pact with its own key."""
    turns = asyncio.Semaphore(AT_A_TIME)
    async with asyncio.TaskGroup() as group:
        for actor, about in members:
            group.create_task(_register(d, actor, about, turns))


async def _register(d: Director, actor: Actor, about: dict[str, Any], turns: asyncio.Semaphore) -> None:
    pact = d.host.card["pact"]
    async with turns:
        await d.stage.post("/api/v1/members", {"statement": url_safe(actor.card(**about))})
        accession = Acceded(member=actor.member, pact=pact["name"], digest=bytes.fromhex(pact["digest"]))
        await d.stage.say(actor, "acceded", accession, "")


async def _man_the_watch(d: Director) -> None:
    first = await d.stage.post("/api/v1/officers", {"name": "Officer on watch (drill)", "roles": ["officer"]})
    other = await d.stage.post("/api/v1/officers", {"name": "Second officer (drill)", "roles": ["officer", "second"]})
    await d.stage.put("/api/v1/roster", {"watch": [first["officer"]], "backup": [other["officer"]]})
    d.officer, d.second_officer = first["token"], other["token"]
    d.watch_link = first["link"].rpartition("/")[2]


async def somebody_takes_charge(c: CaseInPlay) -> str:
    """The visitor on watch may take charge; otherwise the officer of the drill does. The name of whoever has it."""
    if not await visitor.take_charge(c):
        with contextlib.suppress(StageRefused):
            await c.act("acknowledged")
    name = plain_name((await c.view())["holder_name"])
    c.beat(BeatKind.IN_CHARGE, f"{name} has charge of the case. A person has it now; that is not help yet.")
    return name


async def together(*works: Any) -> None:
    """All at the same time; the first that fails ends the others, and its error comes out as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from several
