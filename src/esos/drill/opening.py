"""The opening of a drill: who is registered, the call by a relay, charge, call-back, a new key, and consent."""

import asyncio
import contextlib
from typing import Any
from urllib.parse import urlsplit

from esos.drill import visitor
from esos.drill.cast import CAST
from esos.drill.director import Director, Player
from esos.drill.stage import Actor, StageRefused, plain_name
from esos.keys.identity import public_of
from esos.logbook.base64s import url_safe
from esos.message.bodies import Acceded, CallDetails, Granted, Updated
from esos.message.card import Capability
from esos.station.drills import Act, BeatKind
from esos.vault.chance import SystemClock
from esos.words.need import HelpClass

GRANT_DAYS = 14
DAY_MS = 86_400_000
KEY_MS = 72 * 3_600_000
AT_A_TIME = 4
"""How many members register at the same time."""
_clock = SystemClock()


async def set_up(d: Director) -> None:
    """Register everybody, let them accede to the pact, and put two officers on watch."""
    d.enter(Act.SETTING, "The stage is being set: teams are registered and accept the pact.", "The call goes out.")
    d.players = [Player(actor=Actor(team.name), team=team) for team in CAST]
    turns = asyncio.Semaphore(AT_A_TIME)
    async with asyncio.TaskGroup() as group:
        for player in d.players:
            can = tuple(
                Capability(line=line, units=units, lead_minutes=player.team.lead_minutes)
                for line, units in player.team.can.items()
            )
            group.create_task(_register(d, player.actor, player.team.country, can, turns))
        for party in (d.caller, d.relay):
            group.create_task(_register(d, party, d.incident.country, (), turns))
    await _man_the_watch(d)
    d.screen.note(f"{len(CAST)} teams are registered, every one fictitious, and bound by the pact “club”.")


async def _register(
    d: Director, party: Actor, country: str, can: tuple[Capability, ...], turns: asyncio.Semaphore
) -> None:
    pact = d.supervisor.card["pact"]
    async with turns:
        card = party.card(country, can, (d.incident.sector,))
        await d.stage.post("/api/v1/members", {"statement": url_safe(card)})
        accession = Acceded(member=party.member, pact=pact["name"], digest=bytes.fromhex(pact["digest"]))
        await d.stage.say(party, "acceded", accession, "")


async def _man_the_watch(d: Director) -> None:
    first = await d.stage.post("/api/v1/officers", {"name": "Officer on watch (drill)", "roles": ["officer"]})
    other = await d.stage.post("/api/v1/officers", {"name": "Second officer (drill)", "roles": ["officer", "second"]})
    await d.stage.put("/api/v1/roster", {"watch": [first["officer"]], "backup": [other["officer"]]})
    d.officer, d.watch_link = first["token"], first["link"].rpartition("/")[2]


async def call_by_relay(d: Director) -> None:
    """No mail, no telephones, no keys but a printed card: a neighbour calls, reading the number from it."""
    d.enter(
        Act.CALLING,
        "The caller has no mail and no telephones. A neighbouring hospital reads the number on its printed card, and "
        "calls for it.",
        "The station keeps the call durably; then a person must take it.",
    )
    d.start_clock()
    card = await d.stage.post(f"/api/v1/members/{d.caller.member}/secrets", {"purpose": "card"})
    relay_token = await d.stage.post(f"/api/v1/members/{d.relay.member}/secrets", {"purpose": "token"})
    relay_for = {"caller": d.caller.member, "vouched": True, "card_token": card["secret"]}
    made = await d.stage.post(
        "/api/v1/calls", {"details": _details(d), "relay_for": relay_for}, token=relay_token["secret"]
    )
    d.case, d.caller_page = made["case"], urlsplit(made["page"]).path
    d.beat(BeatKind.CALLED, "With nothing left but a printed card, the caller calls through a neighbouring hospital.")
    d.beat(BeatKind.ARRIVED, "Arrived: the station has the call durably. No person has seen it yet.")
    await d.breathe()


def _details(d: Director) -> dict[str, Any]:
    incident = d.incident
    return {
        "urgency": "mayday",
        "natures": [nature.slug for nature in incident.natures],
        "sector": incident.sector,
        "country": incident.country,
        "state": list(incident.state),
        "facts": incident.facts,
        "words": incident.caller_words,
        "needs": [{"line": line.value, "quantity": units} for line, units in incident.needs],
    }


async def somebody_takes_charge(d: Director) -> None:
    """The visitor on watch may take charge; otherwise the officer of the drill does."""
    if not await visitor.take_charge(d):
        with contextlib.suppress(StageRefused):
            await d.act("acknowledged")
    name = plain_name((await d.view())["holder_name"])
    d.enter(
        Act.CHARGE,
        f"{name} has charge of the case, and calls back on the number fixed beforehand.",
        "Once the caller is known, the station asks teams by itself.",
    )
    d.beat(BeatKind.IN_CHARGE, f"{name} has charge of the case. A person has it now; that is not help yet.")
    await d.breathe()


async def call_back_and_consent(d: Director) -> None:
    """Meanwhile, between officer and caller; teams think and answer beside it."""
    with contextlib.suppress(StageRefused):  # a visitor may have done it, or ended the case
        await _call_back(d)
        await _new_key(d)
        await _consent(d)
    d.consented = True


async def _call_back(d: Director) -> None:
    await d.act("called_back", {"result": "in_distress", "by": "the number on the printed card", "confirms": True})
    d.beat(BeatKind.CALLED_BACK, "The officer has called back: the caller is in distress, and is who it says.")
    d.enter(
        Act.ASKING,
        "The station asks teams by itself, wave by wave, and says to each why it was asked. Each answers as it can.",
        "The caller gets a new key and signs its consent; then the station is killed, on purpose.",
    )
    await d.breathe()


async def _new_key(d: Director) -> None:
    """Card and call-back are two factors; together they give the caller a key for a while."""
    key = {"public": public_of(d.caller_key.seed).hex(), "realm": "exercise"}
    until_ms = _clock.now_ms() + KEY_MS
    body = {"member": d.caller.member, "key": key, "temporary": True, "until_ms": until_ms}
    path = f"/api/v1/members/{d.caller.member}/statements"
    await d.stage.post(path, {"kind": "key_enrolled", "body": {**body, "factors": ["card", "call-back"]}})
    more = CallDetails(words="We have forty systems to bring back. Our laboratory and radiology first.")
    await d.stage.say(d.caller_key, "updated", Updated(number=1, details=more), d.case)
    d.beat(
        BeatKind.NEW_KEY,
        "Its own keys are gone. Two factors hold, printed card and call-back: the caller gets a new key for 72 hours.",
    )
    await d.breathe()


async def _consent(d: Director) -> None:
    """The caller directs: nobody works in its systems before it has signed for that."""
    grant = Granted(
        help_class=HelpClass.ACCESS,
        scope="Restoring and examining the systems we name, together with our own staff",
        expires_ms=_clock.now_ms() + GRANT_DAYS * DAY_MS,
    )
    await d.stage.say(d.caller_key, "granted", grant, d.case)
    d.beat(
        BeatKind.CONSENT,
        f"The caller signs its consent: helpers may work in the systems it names, for {GRANT_DAYS} days. "
        "Before, nobody may.",
    )
    await d.breathe()
