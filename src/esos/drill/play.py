"""Play a real incident through a real station: call, charge, call-back, new key, waves, help, kill, release, proof.

The director only does what people and programs could do through the doors, and writes down what
happened when. A visitor may take the caller's and the officer's part; whoever does not, sees it done.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from esos.audit.case import verify_case_file
from esos.audit.report import Report
from esos.drill.cast import RATES_PERCENT, Behaviour, Team, cast
from esos.drill.hours import compare
from esos.drill.incident import INCIDENTS, Incident
from esos.drill.report import Beat, DrillReport, write_report
from esos.drill.stage import Actor, Stage, StageRefused
from esos.drill.supervisor import Supervisor
from esos.errors import ProofFailed, Unknown
from esos.keys.identity import public_of
from esos.message.bodies import (
    CallDetails,
    Committed,
    Declined,
    Granted,
    NeedAsk,
    Offered,
    OnRequest,
    Progressed,
    Settled,
    Updated,
    Withdrew,
)
from esos.vault.chance import SystemClock
from esos.words.ground import Ground
from esos.words.need import HelpClass, NeedLine

DEFAULT_SPEED = 60
"""Seconds of the drill in one real second: three hours in three minutes."""
SEED = 2021
VISITOR_SECONDS = 6.0
"""How long the director waits for a visitor to take a part before it is done for them."""
DEADLINE_SECONDS = 240.0
POLL_SECONDS = 0.3
GRANT_MS = 7 * 86_400_000
KILL_WHEN_COVERED_PERCENT = 35
ENDED_STATES = frozenset({"settled", "declined", "no_reply", "not_taken", "withdrawn", "cancelled"})
Tell = Callable[[str], None]
_clock = SystemClock()


class Player(msgspec.Struct, kw_only=True):
    """One team on stage, and which requests it has dealt with."""

    actor: Actor
    team: Team
    seen: dict[str, int] = {}
    answered: set[str] = set()
    begun: set[str] = set()
    left: bool = False


class Director:
    """Everything one performance knows."""

    def __init__(self, incident: Incident, supervisor: Supervisor, stage: Stage, speed: int, tell: Tell) -> None:
        self.incident = incident
        self.supervisor = supervisor
        self.stage = stage
        self.speed = speed
        self.tell = tell
        self.beats: list[Beat] = []
        self.players: list[Player] = []
        self.caller = Actor(incident.caller_name)
        self.caller_key = Actor(incident.caller_name)
        self.relay = Actor("A neighbouring hospital (drill)")
        self.case = ""
        self.officer = ""
        self.second = ""
        self.commitments: list[tuple[int, int]] = []
        self.killed = False
        self.lost_after_kill = -1
        self._began_ms = _clock.now_ms()

    def start_clock(self) -> None:
        """Minute of the call, now."""
        self._began_ms = _clock.now_ms()

    @property
    def minutes(self) -> int:
        """Minutes after the first sign, in the drill's own time."""
        passed = (_clock.now_ms() - self._began_ms) * self.speed / 60_000
        return self.incident.call_minutes + int(passed)

    def beat(self, says: str) -> None:
        """Write down that something happened now, and say so."""
        beat = Beat(at_minutes=self.minutes, says=says)
        self.beats.append(beat)
        self.tell(f"{self.incident_clock(beat.at_minutes)}  {says}")

    def incident_clock(self, at_minutes: int) -> str:
        """Minutes after the first sign as the clock on the wall."""
        hours, minutes = (int(part) for part in self.incident.first_sign.split(":"))
        total = hours * 60 + minutes + at_minutes
        return f"{total // 60 % 24:02d}:{total % 60:02d}"

    async def view(self) -> dict[str, Any]:
        """The case as its officer sees it."""
        case: dict[str, Any] = await self.stage.get(f"/api/v1/cases/{self.case}", token=self.officer)
        return case

    async def act(self, kind: str, body: dict[str, Any] | None = None, *, token: str = "") -> dict[str, Any]:
        """An officer's act."""
        done: dict[str, Any] = await self.stage.post(
            f"/api/v1/cases/{self.case}/statements", {"kind": kind, "body": body or {}}, token=token or self.officer
        )
        return done


async def run(
    *,
    home: Path,
    supervisor: Supervisor,
    registrar_token: str,
    name: str = "hse-2021",
    speed: int = DEFAULT_SPEED,
    with_visitor: bool = False,
    tell: Tell = print,
) -> DrillReport:
    """Play a drill on a running exercise station, and write its report into the home.

    Raises ``Unknown`` (``drill.unknown``), ``ProofFailed`` (``drill.unfinished``) where it did not end as promised.
    """
    incident = INCIDENTS.get(name)
    if incident is None:
        raise Unknown("drill.unknown", f"There is no drill {name!r}.", hint=f"There are: {', '.join(INCIDENTS)}.")
    stage = Stage(supervisor.url, registrar_token)
    director = Director(incident, supervisor, stage, speed, tell)
    try:
        await _set_up(director)
        await _acts(director, with_visitor=with_visitor)
        report = await _finish(director)
    finally:
        await stage.close()
    write_report(report, home)
    return report


async def _set_up(d: Director) -> None:
    """Register everybody, name two officers, print the caller's card."""
    d.tell(f"DRILL. {d.incident.title} ({d.incident.when}). Every team is fictitious; nothing here is real distress.")
    d.players = [Player(actor=Actor(team.name), team=team) for team in cast(SEED)]
    sectors = (d.incident.sector,)
    for player in d.players:
        await _register(d, player.actor.card(player.team.country, player.team.capabilities, sectors))
    await _register(d, d.caller.card(d.incident.country, (), sectors))
    await _register(d, d.relay.card(d.incident.country, (), sectors))
    first = await d.stage.post("/api/v1/officers", {"name": "Officer on watch (drill)", "roles": ["officer"]})
    other = await d.stage.post("/api/v1/officers", {"name": "Second officer (drill)", "roles": ["officer", "second"]})
    d.officer, d.second = first["token"], other["token"]
    d.tell(f"{len(d.players)} teams are registered. Watch floor: {d.supervisor.url}/watch  Sign in: {first['link']}")


async def _register(d: Director, card: bytes) -> None:
    from esos.logbook.base64s import url_safe  # noqa: PLC0415 - one short use

    await d.stage.post("/api/v1/members", {"statement": url_safe(card)})


async def _acts(d: Director, *, with_visitor: bool) -> None:
    """The play, act by act."""
    await _call_by_relay(d)
    await _somebody_takes_charge(d, with_visitor=with_visitor)
    await _call_back_and_new_key(d)
    await _consent(d)
    async with asyncio.timeout(DEADLINE_SECONDS):
        await _until_covered(d)
        await _work_and_release(d)


async def _call_by_relay(d: Director) -> None:
    """No mail, no telephones, no keys but a printed card: a neighbour calls, reading the number from it."""
    d.start_clock()
    card = await d.stage.post(f"/api/v1/members/{d.caller.member}/secrets", {"purpose": "card"})
    details: dict[str, Any] = {
        "urgency": "mayday",
        "natures": [nature.slug for nature in d.incident.natures],
        "sector": d.incident.sector,
        "country": d.incident.country,
        "state": list(d.incident.state),
        "facts": d.incident.facts,
        "words": d.incident.caller_words,
        "needs": [{"line": line.value, "quantity": units} for line, units in d.incident.needs],
    }
    relay_token = await d.stage.post(f"/api/v1/members/{d.relay.member}/secrets", {"purpose": "token"})
    made = await d.stage.post(
        "/api/v1/calls",
        {
            "details": details,
            "relay_for": {"caller": d.caller.member, "vouched": True, "card_token": card["secret"]},
        },
        token=relay_token["secret"],
    )
    d.case = made["case"]
    d.beat("The caller has nothing left but a printed card. A neighbouring hospital reads its number and calls for it.")
    d.beat("Arrived: the station has the call durably. No person has seen it yet.")
    d.tell(f"The caller's page: {made['page']}")


async def _somebody_takes_charge(d: Director, *, with_visitor: bool) -> None:
    """The visitor may acknowledge; otherwise the officer of the drill does."""
    if with_visitor:
        d.tell(f"You may take charge now: sign in, open {d.supervisor.url}/watch and press “a”. Or watch it happen.")
        await _wait_for(d, lambda view: bool(view["holder"]), VISITOR_SECONDS)
    if not (await d.view())["holder"]:
        with contextlib.suppress(StageRefused):
            await d.act("acknowledged")
    view = await d.view()
    d.beat(f"{view['holder_name']} has charge of the case. That is not help yet.")


async def _call_back_and_new_key(d: Director) -> None:
    """The officer calls the number fixed beforehand; card and call-back together give the caller a new key."""
    await d.act("called_back", {"result": "in_distress", "by": "the number on the printed card", "confirms": True})
    d.beat("The officer calls back on the number fixed beforehand: the caller is in distress, and is who it says.")
    until_ms = _clock.now_ms() + 72 * 3_600_000
    await d.stage.post(
        f"/api/v1/members/{d.caller.member}/statements",
        {
            "kind": "key_enrolled",
            "body": {
                "member": d.caller.member,
                "key": {"public": public_of(d.caller_key.seed).hex(), "realm": "exercise"},
                "temporary": True,
                "until_ms": until_ms,
                "factors": ["card", "call-back"],
            },
        },
    )
    d.beat("Two factors held, printed card and call-back: the caller gets a new key for 72 hours.")
    more = CallDetails(words="We have forty systems to bring back. Our laboratory and radiology first.")
    await d.stage.say(d.caller_key, "updated", Updated(number=1, details=more), d.case)
    d.beat("With its new key the caller adds what it knows now.")


async def _consent(d: Director) -> None:
    """The caller directs: nobody works in its systems before it has signed for that."""
    grant = Granted(
        help_class=HelpClass.ACCESS,
        scope="Restoring and examining the systems we name, together with our own staff",
        expires_ms=_clock.now_ms() + GRANT_MS,
    )
    await d.stage.say(d.caller_key, "granted", grant, d.case)
    d.beat("The caller signs a consent, with scope and end: helpers may work in the systems it names, for seven days.")


async def _until_covered(d: Director) -> None:
    """Teams are asked in waves and answer as they do, until the need is met or nobody is left to ask."""
    told_wave = 0
    while True:
        view = await d.view()
        if view["state"] == "mobilising" and told_wave == 0:
            d.beat(f"The station asks the first {len(view['requests'])} teams, each with the reasons for asking it.")
            told_wave = 1
        await _everybody_answers(d)
        covered = _covered_percent(view)
        if covered >= KILL_WHEN_COVERED_PERCENT and not d.killed:
            await _kill_and_compare(d)
        if covered >= 100 or _nobody_left(view):
            break
        await asyncio.sleep(POLL_SECONDS)
    still = [f"{line['open']} {line['unit']} of {line['words'].lower()}" for line in view["needs"] if line["open"]]
    d.beat(
        "Partial offers have added up: everything that was asked for is committed."
        if not still
        else f"Still unmet, and shown as such: {'; '.join(still)}."
    )


def _covered_percent(view: dict[str, Any]) -> int:
    needed = sum(line["needed"] for line in view["needs"])
    still = sum(line["open"] for line in view["needs"])
    return 100 * (needed - still) // max(1, needed)


def _nobody_left(view: dict[str, Any]) -> bool:
    """Two waves in a row found nobody, and no answer is expected any more."""
    waves = [item for item in view["timeline"] if item["kind"] == "wave_called"]
    empty = [item for item in waves if "0 asked" in item["text"].split(" · ")[0]]
    waiting = [
        one for one in view["requests"] if one["state"] in {"sent", "delivered", "considering", "offered", "selected"}
    ]
    return len(empty) >= 2 and not waiting  # noqa: PLR2004 - as the sentence says


async def _everybody_answers(d: Director) -> None:
    """Each team looks into its inbox, thinks for a while, and does what it does."""
    station = bytes.fromhex(d.supervisor.card["kid"])
    for player in d.players:
        if player.team.behaviour is Behaviour.SILENT:
            continue
        for request in await d.stage.inbox(player.actor, station):
            if request["case"] != d.case:
                continue
            key = request["request"]
            player.seen.setdefault(key, d.minutes)
            if key not in player.answered and d.minutes >= player.seen[key] + player.team.thinks_minutes:
                player.answered.add(key)
                await _ANSWERS[player.team.behaviour](d, player, request)
            elif request["state"] == "committed" and player.team.behaviour is Behaviour.FAILS and not player.left:
                await _withdraw(d, player, request)
            elif request["state"] == "committed" and key not in player.begun:
                await _begin(d, player, request)


def _lines(request: dict[str, Any], share_percent: int = 100) -> tuple[NeedAsk, ...]:
    asked = [(NeedLine(ask["line"]), ask["quantity"]) for ask in request["lines"]]
    return tuple(NeedAsk(line=line, quantity=max(1, units * share_percent // 100)) for line, units in asked)


async def _said(d: Director, player: Player, kind: str, body: Any) -> bool:
    """Say it; a door's no (somebody was quicker, the need is met) is part of the play."""
    try:
        await d.stage.say(player.actor, kind, body, d.case)
    except StageRefused as refused:
        d.tell(f"       ({player.team.name}: {refused.detail})")
        return False
    return True


async def _commit(d: Director, player: Player, request: dict[str, Any]) -> None:
    body = Committed(request=bytes.fromhex(request["request"]), lines=_lines(request), ready_minutes=30)
    if await _said(d, player, "committed", body):
        await _note_commitment(d, player, request)


async def _offer_part(d: Director, player: Player, request: dict[str, Any]) -> None:
    key = bytes.fromhex(request["request"])
    part = _lines(request, 50)
    if await _said(d, player, "offered", Offered(request=key, how="partial", lines=part)):
        d.beat(f"{player.team.name} offers half of what it was asked for.")
        with contextlib.suppress(StageRefused):
            await d.act("selected", {"request": request["request"]})
        if await _said(d, player, "committed", Committed(request=key, lines=part, ready_minutes=45)):
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
    if await _said(d, player, "declined", body):
        d.beat(f"{player.team.name} declines on a lawful ground, on record: {player.team.ground.words}")


async def _withdraw(d: Director, player: Player, request: dict[str, Any]) -> None:
    player.left = True
    body = Withdrew(
        request=bytes.fromhex(request["request"]), ground=Ground.OWN_EMERGENCY, sentence="We are hit ourselves."
    )
    if await _said(d, player, "withdrew", body):
        d.beat(f"{player.team.name} must withdraw. What it covered is open again, and the search goes on at once.")


async def _begin(d: Director, player: Player, request: dict[str, Any]) -> None:
    player.begun.add(request["request"])
    body = Progressed(request=bytes.fromhex(request["request"]), note="We have begun.", done_percent=10)
    if await _said(d, player, "progressed", body):
        d.tell(f"{d.incident_clock(d.minutes)}  {player.team.name} has begun.")


_ANSWERS: dict[Behaviour, Callable[[Director, Player, dict[str, Any]], Awaitable[None]]] = {
    Behaviour.COMMITS: _commit,
    Behaviour.OFFERS_PART: _offer_part,
    Behaviour.DECLINES: _decline,
    Behaviour.FAILS: _commit,
}


async def _kill_and_compare(d: Director) -> None:
    """SIGKILL to the station in the middle of it all; everything it had acknowledged must still be there."""
    d.killed = True
    before = {item["statement"] for item in (await d.view())["timeline"]}
    pid = await d.supervisor.kill()
    d.beat(f"The station process (number {pid}) is killed in the middle of it all.")
    await d.supervisor.restart()
    after = {item["statement"] for item in (await d.view())["timeline"]}
    d.lost_after_kill = len(before - after)
    d.beat(f"It is back. Of {len(before)} statements it had, {d.lost_after_kill} are lost.")


async def _work_and_release(d: Director) -> None:
    """Work, stable, everybody released, accounts settled, the case closed."""
    await _begin_all(d)
    await d.act("stabilised", {"note": "What was asked for is at work; the service runs its emergency plans."})
    d.beat("The coordinator finds the situation stable, on the caller's word.")
    await d.act("stood_down", {"caller_agrees": True, "note": "Released, with thanks. The caller agrees."})
    d.beat("Everybody is released. Every consent has ended.")
    await _settle_all(d)
    await d.act("closed", {"report": "Drill ended.", "lessons": "See the report."})
    d.beat("The case is closed.")


async def _begin_all(d: Director) -> None:
    station = bytes.fromhex(d.supervisor.card["kid"])
    for player in d.players:
        for request in await d.stage.inbox(player.actor, station):
            if request["case"] == d.case and request["state"] == "committed" and request["request"] not in player.begun:
                await _begin(d, player, request)


async def _settle_all(d: Director) -> None:
    """Helpers report their return and their hours."""
    by_member = {player.actor.member: player for player in d.players}
    for request in (await d.view())["requests"]:
        player = by_member.get(request["responder"])
        if player is None or request["state"] not in {"releasing", "returned"}:
            continue
        key = bytes.fromhex(request["request"])
        await _said(d, player, "returned", OnRequest(request=key))
        await _said(d, player, "settled", Settled(request=key, hours=6))


async def _wait_for(d: Director, holds: Callable[[dict[str, Any]], bool], seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not holds(await d.view()):
                await asyncio.sleep(POLL_SECONDS)


async def _finish(d: Director) -> DrillReport:
    """Verify the case as an outsider would, then again with one byte changed, and set both timelines side by side."""
    view = await d.view()
    data = await d.stage.raw(f"/api/v1/cases/{d.case}/export")
    card = d.supervisor.card
    public, origin = bytes.fromhex(card["public"]), str(card["origin"])
    accepted = verify_case_file(data, pinned_public=public, origin=origin)
    refused = verify_case_file(_one_byte_changed(data), pinned_public=public, origin=origin)
    if not accepted.accepted:
        d.tell("\n".join(accepted.lines()))
    _check_end(view, accepted, refused, d)
    outcomes: dict[str, int] = {}
    for request in view["requests"]:
        outcomes[request["state"]] = outcomes.get(request["state"], 0) + 1
    d.tell("esos verify case: accepted. After one byte was changed: refused.")
    return DrillReport(
        name=d.incident.name,
        title=d.incident.title,
        when=d.incident.when,
        speed=d.speed,
        seed=SEED,
        first_sign=d.incident.first_sign,
        history=tuple(Beat(at_minutes=one.at_minutes, says=one.says) for one in d.incident.moments),
        drill=tuple(d.beats),
        rates_percent={behaviour.value: share for behaviour, share in RATES_PERCENT.items()},
        outcomes=outcomes,
        comparison=compare(d.incident, tuple(d.commitments)),
        killed=d.killed,
        lost_after_kill=d.lost_after_kill,
        accepted=accepted.accepted,
        refused_after_change=not refused.accepted,
        verification=tuple(accepted.lines()),
        case=d.case,
        case_file=data,
        station_card=card,
        sources=d.incident.sources,
    )


def _one_byte_changed(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _check_end(view: dict[str, Any], accepted: Report, refused: Report, d: Director) -> None:
    """What every drill must end with; raises ``ProofFailed`` (``drill.unfinished``) otherwise."""
    unended = [one["name"] for one in view["requests"] if one["state"] not in ENDED_STATES]
    promises = {
        "the case is closed": view["state"] == "closed",
        "every request has one outcome": not unended,
        "no timer runs unheld": not view["timers"],
        "nothing was lost by the kill": not d.killed or d.lost_after_kill == 0,
        "the case file is accepted": accepted.accepted,
        "a changed case file is refused": not refused.accepted,
    }
    broken = [promise for promise, kept in promises.items() if not kept]
    if broken:
        raise ProofFailed("drill.unfinished", f"The drill did not end as it must: {'; '.join(broken)}.")


__all__ = ["DEFAULT_SPEED", "run"]
