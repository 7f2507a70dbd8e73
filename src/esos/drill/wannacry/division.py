"""Scarce help divided by hand: what helpers have left goes where it saves most, by the station's own reckoning.

Law 12: the division is ``duty.allocate``, the same for everybody who has the same register and the same calls.
"""

import contextlib
from collections.abc import Sequence

from esos.drill.director import Director
from esos.drill.stage import StageRefused
from esos.drill.wannacry.helped import HelpedCase
from esos.duty.allocate import ALLOCATE_NEEDS_MAX, DividedCall, allocate, severity_class
from esos.duty.allocation import Allocation
from esos.duty.events import MemberRegistered
from esos.duty.picture import CallPicture
from esos.duty.register import Register
from esos.keys.identity import public_of
from esos.message.card import Capability, MemberCard, PublicKey
from esos.station.drills import BeatKind
from esos.vault.chance import SystemClock
from esos.words.need import NeedLine
from esos.words.realm import Realm

_clock = SystemClock()
Left = dict[tuple[str, NeedLine], int]
"""What each member has left of each line."""


async def divide(d: Director, cases: Sequence[HelpedCase]) -> int:
    """Divide what is left among these cases, the gravest first, and ask by hand; how many were asked."""
    wanted = [(case, needs) for case in cases if (needs := await _still_open(case))]
    left = await _left(d, cases)
    calls = _calls(wanted)
    if not calls or not left:
        return 0
    division = allocate(_register(d, left), calls, _clock.now_ms())
    asked = await _ask(division, {case.id: case for case, _ in wanted}, d)
    _tell(d, division, asked)
    return asked


async def _still_open(case: HelpedCase) -> dict[NeedLine, int]:
    view = await case.view()
    if view["state"] in {"closed", "stood_down", "cancelled"}:
        return {}
    return {NeedLine(line["line"]): line["open"] for line in view["needs"] if line["open"]}


async def _left(d: Director, cases: Sequence[HelpedCase]) -> Left:
    """What the willing teams have left after everything that they are bound to bring."""
    left: Left = {
        (player.actor.member, line): units for player in d.players if not player.left
        for line, units in player.team.can.items()
    }  # fmt: skip
    for case in cases:
        for one in await case.requests():
            for ask in one["committed"]:
                key = (one["responder"], NeedLine(ask["line"]))
                left[key] = max(0, left.get(key, 0) - ask["quantity"])
    return {key: units for key, units in left.items() if units}


def _calls(wanted: Sequence[tuple[HelpedCase, dict[NeedLine, int]]]) -> list[DividedCall]:
    """The gravest calls with what they have open, as many as one division holds."""
    calls: list[DividedCall] = []
    room = ALLOCATE_NEEDS_MAX
    for case, needs in sorted(wanted, key=lambda one: (-_class(one[0]), one[0].voice.number)):
        if len(needs) > room:
            break
        room -= len(needs)
        picture = CallPicture(
            caller=case.voice.member or None,
            urgency=case.voice.kind.urgency,
            vouched=True,
        )
        calls.append(DividedCall(id=case.id, picture=picture, severity_class=_class(case), needs=needs))
    return calls


def _class(case: HelpedCase) -> int:
    kind = case.voice.kind
    return severity_class(kind.urgency, threatens_life=kind.may_lose_life)


def _register(d: Director, left: Left) -> Register:
    register = Register()
    for version, player in enumerate(d.players, start=1):
        can = tuple(
            Capability(line=line, units=left[player.actor.member, line], lead_minutes=player.team.lead_minutes)
            for line in player.team.can
            if (player.actor.member, line) in left
        )
        key = PublicKey(public=public_of(player.actor.seed), realm=Realm.EXERCISE)
        card = MemberCard(name=player.team.name, keys=(key,), country=player.team.country, capabilities=can)
        register.apply(version, MemberRegistered(member=player.actor.member, card=card, at_ms=_clock.now_ms()))
    return register


async def _ask(division: Allocation, cases: dict[str, HelpedCase], d: Director) -> int:
    names = {player.actor.member: player.team.name for player in d.players}
    asks: dict[tuple[str, str], list[dict[str, object]]] = {}
    for need in division.needs:
        for share in need.shares:
            asks.setdefault((need.call, share.member), []).append({"line": need.line.value, "quantity": share.units})
    asked = 0
    for (call, member), lines in asks.items():
        with contextlib.suppress(StageRefused):  # the case has ended, or the same helper is asked there already
            await cases[call].ask_by_hand(member, names[member], lines)
            cases[call].is_pending = True
            asked += 1
    return asked


def _tell(d: Director, division: Allocation, asked: int) -> None:
    calls = len({need.call for need in division.needs})
    helped = len({need.call for need in division.needs if need.served})
    d.beat(
        BeatKind.DIVIDED,
        f"What helpers have left is divided by severity among {calls} callers with {len(division.needs)} needs: "
        f"{helped} of them get something, by {asked} requests that go out by hand. What that leaves open stays so.",
    )
    why = next((need.why[0] for need in division.needs if need.unserved and need.why), "")
    if why:
        d.beat(BeatKind.WHY, f"Each is told why. One that gets less than it needs: {why}")
