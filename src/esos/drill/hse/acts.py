"""The acts of ``hse-2021``: the call by a relay, call-back, a new key and consent, and the days of restoring."""

import contextlib
from urllib.parse import urlsplit

from esos.drill.case_in_play import CaseInPlay
from esos.drill.director import Director
from esos.drill.finale import finish
from esos.drill.helping import OVER, close, go_on, go_to_work, report_work, stabilise, stand_down
from esos.drill.hse.hours import DECRYPTOR_MINUTES, compare, restored
from esos.drill.incident import DAY_MINUTES
from esos.drill.options import Options
from esos.drill.report import DrillReport
from esos.drill.searching import until_covered
from esos.drill.setting import caller_card, set_up, somebody_takes_charge, together
from esos.drill.stage import Actor, StageRefused
from esos.drill.visitor import choose_a_part
from esos.keys.identity import public_of
from esos.message.bodies import CallDetails, Granted, Updated
from esos.station.drills import Act, BeatKind
from esos.vault.chance import SystemClock
from esos.words.need import HelpClass

GRANT_DAYS = 14
DAY_MS = 86_400_000
KEY_MS = 72 * 3_600_000
AGREED_DAYS = 7
"""How long an agreement holds under the pact of the drill."""
DAY_SHARE = 0.5
"""How long each day of restoring is shown, as a share of the time people have to read."""
_clock = SystemClock()


async def play(d: Director, options: Options) -> DrillReport:
    """The play, act by act."""
    (facts,) = d.incident.callers[: d.incident.callers_of(options.callers)]
    relay = Actor("A neighbouring hospital (drill)")
    c = CaseInPlay(d, facts)
    await set_up(d, [(c.caller, caller_card(facts)), (relay, caller_card(facts))])
    if options.with_visitor:
        await choose_a_part(d)
    await _call_by_relay(c, relay)
    await _charge(c)
    await together(_call_back_and_consent(c), until_covered(c))
    await _help_and_release(c)
    return await finish(d, [c], compare(d.incident, c.commitments.values()))


async def _call_by_relay(c: CaseInPlay, relay: Actor) -> None:
    """No mail, no telephones, no keys but a printed card: a neighbour calls, reading the number from it."""
    d = c.d
    d.enter(
        Act.CALLING,
        "The caller has no mail and no telephones. A neighbouring hospital reads the number on its printed card, and "
        "calls for it.",
        "The station keeps the call durably; then a person must take it.",
    )
    d.start_clock()
    card = await d.stage.post(f"/api/v1/members/{c.caller.member}/secrets", {"purpose": "card"})
    relay_token = await d.stage.post(f"/api/v1/members/{relay.member}/secrets", {"purpose": "token"})
    relay_for = {"caller": c.caller.member, "vouched": True, "card_token": card["secret"]}
    made = await d.stage.post(
        "/api/v1/calls", {"details": c.facts.details(), "relay_for": relay_for}, token=relay_token["secret"]
    )
    c.id, c.page = made["case"], urlsplit(made["page"]).path
    d.cases.append(c)
    c.beat(BeatKind.CALLED, "With nothing left but a printed card, the caller calls through a neighbouring hospital.")
    c.beat(BeatKind.ARRIVED, "Arrived: the station has the call durably. No person has seen it yet.")
    await d.breathe()


async def _charge(c: CaseInPlay) -> None:
    name = await somebody_takes_charge(c)
    c.d.enter(
        Act.CHARGE,
        f"{name} has charge of the case, and calls back on the number fixed beforehand.",
        "Once the caller is known, the station asks teams by itself.",
    )
    await c.d.breathe()


async def _call_back_and_consent(c: CaseInPlay) -> None:
    """Meanwhile, between officer and caller; teams think and answer beside it."""
    with contextlib.suppress(StageRefused):  # a visitor may have done it, or ended the case
        await _call_back(c)
        await _new_key(c)
        await _consent(c)
    c.consented = True


async def _call_back(c: CaseInPlay) -> None:
    await c.act("called_back", {"result": "in_distress", "by": "the number on the printed card", "confirms": True})
    c.beat(BeatKind.CALLED_BACK, "The officer has called back: the caller is in distress, and is who it says.")
    c.d.enter(
        Act.ASKING,
        "The station asks teams by itself, wave by wave, and says to each why it was asked. Each answers as it can.",
        "The caller gets a new key and signs its consent; then the station is killed, on purpose.",
    )
    await c.d.breathe()


async def _new_key(c: CaseInPlay) -> None:
    """Card and call-back are two factors; together they give the caller a key for a while."""
    c.key = Actor(c.facts.name)
    key = {"public": public_of(c.key.seed).hex(), "realm": "exercise"}
    until_ms = _clock.now_ms() + KEY_MS
    body = {"member": c.caller.member, "key": key, "temporary": True, "until_ms": until_ms}
    path = f"/api/v1/members/{c.caller.member}/statements"
    await c.d.stage.post(path, {"kind": "key_enrolled", "body": {**body, "factors": ["card", "call-back"]}})
    more = CallDetails(words="We have forty systems to bring back. Our laboratory and radiology first.")
    await c.say("updated", Updated(number=1, details=more))
    c.beat(
        BeatKind.NEW_KEY,
        "Its own keys are gone. Two factors hold, printed card and call-back: the caller gets a new key for 72 hours.",
    )
    await c.d.breathe()


async def _consent(c: CaseInPlay) -> None:
    """The caller directs: nobody works in its systems before it has signed for that."""
    grant = Granted(
        help_class=HelpClass.ACCESS,
        scope="Restoring and examining the systems we name, together with our own staff",
        expires_ms=_clock.now_ms() + GRANT_DAYS * DAY_MS,
    )
    await c.say("granted", grant)
    c.beat(
        BeatKind.CONSENT,
        f"The caller signs its consent: helpers may work in the systems it names, for {GRANT_DAYS} days. "
        "Before, nobody may.",
    )
    await c.d.breathe()


async def _help_and_release(c: CaseInPlay) -> None:
    """Work, stable, everybody released, accounts settled, the case closed; whatever a visitor did before is kept."""
    c.d.enter(
        Act.RELEASING,
        "Help is at work in the systems that the caller has named.",
        "The days of restoring pass in seconds; then everybody is released, and every consent ends.",
    )
    await go_to_work(c)
    await _restore(c)
    await stabilise(c, "What the teams took on is back; the service works without them.")
    await stand_down(c)
    await close(c)


async def _restore(c: CaseInPlay) -> None:
    """The days of restoring, by the model that the report counts with: each day's work reported, each in seconds."""
    d, systems = c.d, c.d.incident.systems
    back = restored(d.incident, c.commitments.values())
    for day, until in sorted({at // DAY_MINUTES: at for at in sorted(back)}.items()):
        if (await c.view())["state"] in OVER:
            return
        if d.minutes < AGREED_DAYS * DAY_MINUTES <= until:
            await go_on(c, AGREED_DAYS)
        d.pass_over_to(until)
        count = sum(at <= until for at in back)
        await report_work(c, 100 * count // systems, f"{count} of {systems} services are back.")
        tool = " The decryption tool is there, as it was in history." if until >= DECRYPTOR_MINUTES else ""
        c.beat(BeatKind.RESTORED, f"Day {day}: {count} of {systems} services are back.{tool}")
        await d.breathe(DAY_SHARE)
