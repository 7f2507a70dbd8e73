"""How the teams of a drill answer: each looks into its own inbox and does, through the doors, what it does."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from esos.drill.cast import Behaviour
from esos.drill.director import Director, Player
from esos.drill.stage import StageRefused
from esos.message.bodies import Body, Committed, Declined, NeedAsk, Offered, OnRequest, Progressed, Withdrew
from esos.words.ground import Ground
from esos.words.need import NeedLine

_UNANSWERED = frozenset({"sent", "delivered", "considering"})


async def everybody_answers(d: Director, view: dict[str, Any]) -> None:
    """Each team that was asked looks into its inbox, thinks for a while, and does what it does."""
    by_member = {player.actor.member: player for player in d.players}
    for request in view["requests"]:
        player = by_member.get(request["responder"])
        if player is not None and player.team.behaviour is not Behaviour.SILENT and not request["unsolicited"]:
            await _one_answers(d, player, request)


async def _one_answers(d: Director, player: Player, request: dict[str, Any]) -> None:
    key, state = request["request"], request["state"]
    if key not in player.seen:
        player.seen[key] = d.minutes
        await d.stage.inbox(player.actor, bytes.fromhex(d.supervisor.card["kid"]))
        await said(d, player, "delivered", OnRequest(request=bytes.fromhex(key)))
    elif state in _UNANSWERED and d.minutes >= player.seen[key] + player.team.thinks_minutes:
        await _ANSWERS[player.team.behaviour](d, player, request)
    elif state == "committed" and player.team.behaviour is Behaviour.FAILS and not player.left:
        await _withdraw(d, player, request)
    elif state == "committed" and key not in player.begun:
        await begin(d, player, request)


def _lines(request: dict[str, Any], share_percent: int = 100) -> tuple[NeedAsk, ...]:
    asked = [(NeedLine(ask["line"]), ask["quantity"]) for ask in request["lines"]]
    return tuple(NeedAsk(line=line, quantity=max(1, units * share_percent // 100)) for line, units in asked)


async def said(d: Director, player: Player, kind: str, body: Body) -> bool:
    """Say it; a door's no (somebody was quicker, the need is met) is part of the play."""
    try:
        await d.stage.say(player.actor, kind, body, d.case)
    except StageRefused as refused:
        d.tell(f"       ({player.team.name}: {refused.detail})")
        return False
    return True


async def _commit(d: Director, player: Player, request: dict[str, Any]) -> None:
    body = Committed(request=bytes.fromhex(request["request"]), lines=_lines(request), ready_minutes=30)
    if await said(d, player, "committed", body):
        await _note_commitment(d, player, request)


async def _offer_part(d: Director, player: Player, request: dict[str, Any]) -> None:
    key = bytes.fromhex(request["request"])
    part = _lines(request, 50)
    if await said(d, player, "offered", Offered(request=key, how="partial", lines=part)):
        d.beat(f"{player.team.name} offers half of what it was asked for.")
        with contextlib.suppress(StageRefused):
            await d.act("selected", {"request": request["request"]})
        if await said(d, player, "committed", Committed(request=key, lines=part, ready_minutes=45)):
            await _note_commitment(d, player, request)


async def _note_commitment(d: Director, player: Player, request: dict[str, Any]) -> None:
    now = await d.stage.get(f"/api/v1/requests/{request['request']}", token=d.officer)
    taken = {ask["line"]: ask["quantity"] for ask in now["committed"]}
    if not taken:
        d.beat(f"{player.team.name} says yes; others were quicker. It is thanked and released.")
        return
    systems = taken.get(NeedLine.BACKUP_AND_RESTORE.value, 0)
    if systems and player.team.behaviour is not Behaviour.FAILS:
        d.commitments.append((d.minutes, systems))
    words = ", ".join(f"{ask['quantity']} {ask['unit']} of {ask['words'].lower()}" for ask in now["committed"])
    d.beat(f"{player.team.name} is coming: {words}.")


async def _decline(d: Director, player: Player, request: dict[str, Any]) -> None:
    body = Declined(
        request=bytes.fromhex(request["request"]), ground=player.team.ground, sentence=player.team.ground.words
    )
    if await said(d, player, "declined", body):
        d.beat(f"{player.team.name} declines on a lawful ground, on record: {player.team.ground.words}")


async def _withdraw(d: Director, player: Player, request: dict[str, Any]) -> None:
    player.left = True
    body = Withdrew(
        request=bytes.fromhex(request["request"]), ground=Ground.OWN_EMERGENCY, sentence="We are hit ourselves."
    )
    if await said(d, player, "withdrew", body):
        d.beat(f"{player.team.name} must withdraw. What it covered is open again, and the search goes on at once.")


async def begin(d: Director, player: Player, request: dict[str, Any]) -> None:
    """The first useful act; refused while the caller's consent or the call-back is missing."""
    player.begun.add(request["request"])
    body = Progressed(request=bytes.fromhex(request["request"]), note="We have begun.", done_percent=10)
    if await said(d, player, "progressed", body):
        d.tell(f"{d.incident_clock(d.minutes)}  {player.team.name} has begun.")


_ANSWERS: dict[Behaviour, Callable[[Director, Player, dict[str, Any]], Awaitable[None]]] = {
    Behaviour.COMMITS: _commit,
    Behaviour.OFFERS_PART: _offer_part,
    Behaviour.DECLINES: _decline,
    Behaviour.FAILS: _commit,
}
