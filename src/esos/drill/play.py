"""Play a real incident through a real station: call, charge, call-back, new key, waves, help, kill, release, proof.

The director only does what people and programs could do through the doors, and writes down what
happened when. A visitor may take the caller's and the officer's part; whoever does not, sees it done.
"""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from esos.drill.answers import begin, everybody_answers, said
from esos.drill.cast import cast
from esos.drill.director import Director, Player, Tell
from esos.drill.finale import SEED, finish
from esos.drill.incident import INCIDENTS
from esos.drill.report import DrillReport, write_report
from esos.drill.stage import Actor, Stage, StageRefused
from esos.drill.supervisor import Supervisor
from esos.errors import Unknown
from esos.keys.identity import public_of
from esos.logbook.base64s import url_safe
from esos.message.bodies import CallDetails, Granted, OnRequest, Settled, Updated
from esos.vault.chance import SystemClock
from esos.words.need import HelpClass

DEFAULT_SPEED = 40
"""Seconds of the drill in one real second: two hours in three minutes."""
VISITOR_SECONDS = 25.0
"""How long the director waits for a visitor to take charge before it is done for them."""
DEADLINE_SECONDS = 400.0
POLL_SECONDS = 0.3
GRANT_MS = 7 * 86_400_000
KILL_WHEN_COVERED_PERCENT = 35
WHOLE_PERCENT = 100
WAVES_EMPTY_MEANS_NOBODY = 2
_clock = SystemClock()


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
        report = await finish(director)
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
    await d.stage.post("/api/v1/members", {"statement": url_safe(card)})


async def _acts(d: Director, *, with_visitor: bool) -> None:
    """The play, act by act."""
    await _call_by_relay(d)
    await _somebody_takes_charge(d, with_visitor=with_visitor)
    async with asyncio.timeout(DEADLINE_SECONDS), asyncio.TaskGroup() as group:
        group.create_task(_call_back_and_consent(d))
        group.create_task(_until_covered(d))
    async with asyncio.timeout(DEADLINE_SECONDS):
        await _work_and_release(d)


async def _call_back_and_consent(d: Director) -> None:
    """Meanwhile, between officer and caller; teams think and answer beside it."""
    await _call_back_and_new_key(d)
    await _consent(d)
    d.consented = True


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
    await d.breathe()
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
    await d.breathe()


async def _call_back_and_new_key(d: Director) -> None:
    """The officer calls the number fixed beforehand; card and call-back together give the caller a new key."""
    await d.act("called_back", {"result": "in_distress", "by": "the number on the printed card", "confirms": True})
    d.beat("The officer calls back on the number fixed beforehand: the caller is in distress, and is who it says.")
    await d.breathe()
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
    await d.breathe()


async def _consent(d: Director) -> None:
    """The caller directs: nobody works in its systems before it has signed for that."""
    grant = Granted(
        help_class=HelpClass.ACCESS,
        scope="Restoring and examining the systems we name, together with our own staff",
        expires_ms=_clock.now_ms() + GRANT_MS,
    )
    await d.stage.say(d.caller_key, "granted", grant, d.case)
    d.beat("The caller signs a consent, with scope and end: helpers may work in the systems it names, for seven days.")
    await d.breathe()


async def _until_covered(d: Director) -> None:
    """Teams are asked in waves and answer as they do, until the need is met or nobody is left to ask."""
    told: set[str] = set()
    while True:
        view = await d.view()
        _tell_news(d, view, told)
        await everybody_answers(d, view)
        covered = _covered_percent(view)
        if covered >= KILL_WHEN_COVERED_PERCENT and d.consented and not d.killed:
            await _kill_and_compare(d)
        if covered >= WHOLE_PERCENT or _nobody_left(view):
            break
        await asyncio.sleep(POLL_SECONDS)
    still = [f"{line['open']} {line['unit']} of {line['words'].lower()}" for line in view["needs"] if line["open"]]
    unmet = f"Still unmet, and shown as such: {'; '.join(still)}."
    d.beat(unmet if still else "Partial offers have added up: everything that was asked for is committed.")
    await d.breathe()


def _tell_news(d: Director, view: dict[str, Any], told: set[str]) -> None:
    """Waves that went out and silences that became outcomes since the last look."""
    for item in view["timeline"]:
        if item["kind"] == "wave_called" and item["statement"] not in told:
            told.add(item["statement"])
            d.beat(f"The station asks teams by itself, each with the reasons for asking it: {item['text']}.")
    for request in view["requests"]:
        if request["state"] == "no_reply" and request["request"] not in told:
            told.add(request["request"])
            d.beat(f"{request['name']} has not answered in time. That is on record; the next wave repairs it.")


def _covered_percent(view: dict[str, Any]) -> int:
    needed = sum(line["needed"] for line in view["needs"])
    still = sum(line["open"] for line in view["needs"])
    return int(100 * (needed - still) // max(1, needed))


def _nobody_left(view: dict[str, Any]) -> bool:
    """Two waves in a row found nobody, and no answer is expected any more."""
    waves = [item for item in view["timeline"] if item["kind"] == "wave_called"]
    empty = [item for item in waves if "0 asked" in item["text"].split(" · ")[0]]
    waiting = [
        one for one in view["requests"] if one["state"] in {"sent", "delivered", "considering", "offered", "selected"}
    ]
    return len(empty) >= WAVES_EMPTY_MEANS_NOBODY and not waiting


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
    await d.breathe()
    await d.act("stood_down", {"caller_agrees": True, "note": "Released, with thanks. The caller agrees."})
    d.beat("Everybody is released. Every consent has ended.")
    await d.breathe()
    await _settle_all(d)
    await d.act("closed", {"report": "Drill ended.", "lessons": "See the report."})
    d.beat("The case is closed.")


async def _begin_all(d: Director) -> None:
    station = bytes.fromhex(d.supervisor.card["kid"])
    for player in d.players:
        for request in await d.stage.inbox(player.actor, station):
            if request["case"] == d.case and request["state"] == "committed" and request["request"] not in player.begun:
                await begin(d, player, request)


async def _settle_all(d: Director) -> None:
    """Helpers report their return and their hours."""
    by_member = {player.actor.member: player for player in d.players}
    for request in (await d.view())["requests"]:
        player = by_member.get(request["responder"])
        if player is None or request["state"] not in {"releasing", "returned"}:
            continue
        key = bytes.fromhex(request["request"])
        await said(d, player, "returned", OnRequest(request=key))
        await said(d, player, "settled", Settled(request=key, hours=6))


async def _wait_for(d: Director, holds: Callable[[dict[str, Any]], bool], seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not holds(await d.view()):  # noqa: ASYNC110 - another process changes it
                await asyncio.sleep(POLL_SECONDS)


__all__ = ["DEFAULT_SPEED", "run"]
