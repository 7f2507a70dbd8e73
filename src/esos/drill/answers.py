"""How the teams of a drill answer: each looks into its own inbox and does, through the doors, what it does.

Every step follows from how the request stands, so that a step that a killed station has lost the answer
to is simply seen, and not done twice (law 3).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from esos.drill.case_in_play import CaseInPlay
from esos.drill.cast import Behaviour
from esos.drill.director import Player
from esos.drill.stage import StageRefused
from esos.message.bodies import Body, Committed, Declined, NeedAsk, Offered, OnRequest, Progressed, Settled, Withdrew
from esos.station.drills import BeatKind
from esos.words.ground import Ground
from esos.words.need import NeedLine

STAYS_MINUTES = 3
"""How long a team that has to withdraw was bound before."""
WHOLE_PERCENT, HALF_PERCENT = 100, 50
_UNANSWERED = frozenset({"sent", "delivered", "considering"})
_BOUND = frozenset({"committed", "on_scene", "extending"})
_Answer = Callable[[CaseInPlay, Player, dict[str, Any]], Awaitable[None]]


async def everybody_answers(c: CaseInPlay, view: dict[str, Any]) -> None:
    """Each team looks at its requests, thinks for a while, and does what it does; all at the same time."""
    by_member = {player.actor.member: player for player in c.d.players}
    steps = [
        _one_step(c, by_member[request["responder"]], request)
        for request in view["requests"]
        if request["responder"] in by_member
    ]
    await asyncio.gather(*steps)


def answers_to_come(c: CaseInPlay, view: dict[str, Any]) -> bool:
    """Whether a team will answer yet, in time or late."""
    by_member = {player.actor.member: player for player in c.d.players}
    return any(
        request["state"] in _UNANSWERED or _is_late(player, request)
        for request in view["requests"]
        if (player := by_member.get(request["responder"])) and player.team.behaviour is not Behaviour.SILENT
    )


def _is_late(player: Player, request: dict[str, Any]) -> bool:
    """Whether it would still say yes although its time ran out, as when the station was gone for long."""
    says_yes = player.team.behaviour in {Behaviour.COMMITS, Behaviour.OFFERS_PART, Behaviour.FAILS}
    return says_yes and request["state"] == "no_reply" and request["request"] not in player.late


def somebody_will_leave(c: CaseInPlay, view: dict[str, Any]) -> bool:
    """Whether a team is bound in this case that will have to withdraw."""
    ours = {one["request"] for one in view["requests"]}
    return any(
        player.team.behaviour is Behaviour.FAILS and player.bound.keys() & ours and not player.left
        for player in c.d.players
    )


async def _one_step(c: CaseInPlay, player: Player, request: dict[str, Any]) -> None:
    state = request["state"]
    if player.team.behaviour is Behaviour.SILENT:
        return
    if state in _UNANSWERED:
        await _think(c, player, request)
    elif state == "offered":
        await _take_or_thank(c, request)
    elif state == "selected":
        await _commit(c, player, request)
    elif state in _BOUND:
        await _stay(c, player, request)
    elif _is_late(player, request):
        await _say_yes_late(c, player, request)


async def _say_yes_late(c: CaseInPlay, player: Player, request: dict[str, Any]) -> None:
    """The first outcome stands; a yes that comes late enters as an offer that nobody asked for."""
    player.late.add(request["request"])
    if await said(c, player, "committed", Committed(request=bytes.fromhex(request["request"]), lines=_lines(request))):
        c.beat(BeatKind.PART, f"The yes of {player.name} comes late: it enters as an offer, and the officer decides.")


async def _think(c: CaseInPlay, player: Player, request: dict[str, Any]) -> None:
    key = request["request"]
    if key not in player.seen:
        player.seen[key] = c.d.minutes
        await c.d.stage.inbox(player.actor, bytes.fromhex(c.d.host.card["kid"]))
        await said(c, player, "delivered", OnRequest(request=bytes.fromhex(key)))
    elif c.d.minutes >= player.seen[key] + player.team.thinks_minutes:
        await _ANSWERS[player.team.behaviour](c, player, request)


async def _stay(c: CaseInPlay, player: Player, request: dict[str, Any]) -> None:
    bound_since = player.bound.setdefault(request["request"], c.d.minutes)
    if player.team.behaviour is Behaviour.FAILS:
        if c.d.minutes >= bound_since + STAYS_MINUTES and not player.left:
            await _withdraw(c, player, request)
    elif c.consented and request["request"] not in player.begun:
        await begin(c, player, request)


def _lines(request: dict[str, Any], share_percent: int = WHOLE_PERCENT) -> tuple[NeedAsk, ...]:
    asked = [(NeedLine(ask["line"]), ask["quantity"]) for ask in request["offered"] or request["lines"]]
    return tuple(NeedAsk(line=line, quantity=max(1, units * share_percent // 100)) for line, units in asked)


async def said(c: CaseInPlay, player: Player, kind: str, body: Body) -> bool:
    """Say it; a door's no (somebody was quicker, the need is met) is part of the play."""
    try:
        await c.d.stage.say(player.actor, kind, body, c.id)
    except StageRefused:
        return False
    return True


async def _commit(c: CaseInPlay, player: Player, request: dict[str, Any]) -> None:
    body = Committed(request=bytes.fromhex(request["request"]), lines=_lines(request), ready_minutes=30)
    if await said(c, player, "committed", body):
        await _note_commitment(c, player, request)


async def _offer_part(c: CaseInPlay, player: Player, request: dict[str, Any]) -> None:
    part = _lines(request, HALF_PERCENT)
    if await said(c, player, "offered", Offered(request=bytes.fromhex(request["request"]), how="partial", lines=part)):
        words = _listed(tuple((ask.line.words, ask.quantity, ask.line.unit) for ask in part))
        c.beat(BeatKind.PART, f"{player.name} offers half of what it was asked for: {words}.")


async def _take_or_thank(c: CaseInPlay, request: dict[str, Any]) -> None:
    """The coordinator takes an offer while any of its lines is open, and thanks for it otherwise."""
    still_open = {line["line"] for line in (await c.view())["needs"] if line["open"]}
    is_wanted = any(ask["line"] in still_open for ask in request["offered"])
    with contextlib.suppress(StageRefused):
        await c.act("selected" if is_wanted else "not_taken", {"request": request["request"]})


async def _note_commitment(c: CaseInPlay, player: Player, request: dict[str, Any]) -> None:
    key = request["request"]
    now = next(one for one in await c.requests() if one["request"] == key)
    if not now["committed"]:
        c.beat(BeatKind.THANKED, f"{player.name} says yes; others were quicker. It is thanked and let go.")
        return
    player.bound[key] = c.d.minutes
    units = c.counted(now["committed"])
    if units:
        c.commitments[key] = (c.d.minutes, units)
    words = _listed(tuple((ask["words"], ask["quantity"], ask["unit"]) for ask in now["committed"]))
    c.beat(BeatKind.COMING, f"{player.name} is coming: {words}.")


def _listed(lines: tuple[tuple[str, int, str], ...]) -> str:
    """Lines of help as ``restoring from backup (12 systems), people on site (3)``."""
    return ", ".join(f"{words.lower()} ({quantity} {_units(quantity, unit)})" for words, quantity, unit in lines)


_ONE = {"people": "person", "prefixes": "prefix", "Gbit/s": "Gbit/s"}
"""Units in the singular, where it takes more than leaving out the last letter."""


def _units(quantity: int, unit: str) -> str:
    return _ONE.get(unit, unit.removesuffix("s")) if quantity == 1 else unit


async def _decline(c: CaseInPlay, player: Player, request: dict[str, Any]) -> None:
    body = Declined(
        request=bytes.fromhex(request["request"]), ground=player.team.ground, sentence=player.team.ground.words
    )
    if await said(c, player, "declined", body):
        ground = player.team.ground.words
        c.beat(BeatKind.DECLINED, f"{player.name} declines on a lawful ground: “{ground}” That is a full answer.")


async def _withdraw(c: CaseInPlay, player: Player, request: dict[str, Any]) -> None:
    body = Withdrew(
        request=bytes.fromhex(request["request"]), ground=Ground.OWN_EMERGENCY, sentence="We are hit ourselves."
    )
    if await said(c, player, "withdrew", body):
        player.left = True
        c.commitments.pop(request["request"], None)
        c.beat(
            BeatKind.WITHDREW,
            f"{player.name} has to withdraw: it is hit itself. What it covered is open again, and the search "
            "goes on at once.",
        )


async def begin(c: CaseInPlay, player: Player, request: dict[str, Any]) -> None:
    """The first useful act; refused while the caller's consent or the call-back is missing."""
    body = Progressed(request=bytes.fromhex(request["request"]), note="We have begun.", done_percent=10)
    if await said(c, player, "progressed", body):
        player.begun.add(request["request"])


async def everybody_goes_home(c: CaseInPlay, view: dict[str, Any]) -> None:
    """Teams that were released report that they have returned, and their hours."""
    by_member = {player.actor.member: player for player in c.d.players}
    going = [request for request in view["requests"] if request["state"] in {"releasing", "returned"}]
    await asyncio.gather(
        *(
            _go_home(c, by_member[request["responder"]], request)
            for request in going
            if request["responder"] in by_member
        )
    )


async def _go_home(c: CaseInPlay, player: Player, request: dict[str, Any]) -> None:
    key = bytes.fromhex(request["request"])
    await said(c, player, "returned", OnRequest(request=key))
    await said(c, player, "settled", Settled(request=key, hours=6))


_ANSWERS: dict[Behaviour, _Answer] = {
    Behaviour.COMMITS: _commit,
    Behaviour.OFFERS_PART: _offer_part,
    Behaviour.DECLINES: _decline,
    Behaviour.FAILS: _commit,
}
