"""What people do to a station, by chance: sensible acts often enough to get somewhere, any act now and then."""

import asyncio
import random
from typing import Any

from any_body import any_body
from world import Person, World

from esos.case.model import Case, Request, decode_case
from esos.message import bodies as b
from esos.message.kinds import KINDS, Scope
from esos.vault.keyfile import KeyPair
from esos.words.ground import Ground
from esos.words.need import NeedLine
from esos.words.no_distress import NoDistress
from esos.words.realm import Realm
from esos.words.request_state import RequestState as State
from esos.words.urgency import Urgency

_LINES = (NeedLine.FILTERING, NeedLine.ADVICE, NeedLine.TRIAGE)
_NEVER = frozenset({"pact_published", "member_suspended", "key_revoked", "officer_removed", "erased", "roster_set"})
"""Acts that would end the play: nobody left to answer."""


async def play(world: World, *, seconds: float) -> None:
    """Callers, strangers, officers and teams, all at once, for so long."""
    async with asyncio.TaskGroup() as people:
        for number, member in enumerate(world.members):
            actor = _caller if number < 2 else _team
            people.create_task(_for(world, seconds, f"member {number}", actor, member))
        for number, officer in enumerate(world.officers):
            people.create_task(_for(world, seconds, f"officer {number}", _officer, officer))
        people.create_task(_for(world, seconds, "stranger", _stranger, None))
        people.create_task(_for(world, seconds, "anybody", _anybody, None))


async def _for(world: World, seconds: float, name: str, act: Any, who: Person | None) -> None:
    chance, loop = world.chance(name), asyncio.get_running_loop()
    until = loop.time() + seconds
    while loop.time() < until:
        await asyncio.sleep(chance.expovariate(0.7))
        await act(world, chance, who)


def _cases(world: World) -> list[Case]:
    return [decode_case(record.blob) for record in world.store.cases.values()]


def _details(chance: random.Random) -> b.CallDetails:
    needs = tuple(b.NeedAsk(line=line, quantity=chance.randint(1, 60)) for line in chance.sample(_LINES, 2))
    return b.CallDetails(
        urgency=chance.choice((None, *Urgency)), natures=(chance.randint(0, 19),), needs=chance.choice(((), needs))
    )


async def _caller(world: World, chance: random.Random, who: Person) -> None:
    mine = [case for case in _cases(world) if case.caller == who.id]
    call = b.Called(call=chance.randbytes(8), details=_details(chance))
    if not mine or chance.random() < 0.1:
        said = world.signed(who, "called", call)
        await world.post(said)
        if chance.random() < 0.5:
            await world.post(said)
        return
    case = mine[-1]
    kind, body = chance.choice(
        (
            ("updated", b.Updated(number=chance.randint(0, 9), details=_details(chance))),
            ("messaged", b.Messaged(text="Still here.")),
            ("urgency_changed", b.UrgencyChanged(urgency=chance.choice(tuple(Urgency)))),
            ("sitrep_given", b.SitrepGiven(sections={"C": "It goes on."})),
            ("relapsed", b.Noted()),
            ("cancelled", b.Cancelled()),
        )
    )
    if kind != "cancelled" or chance.random() < 0.3:
        await world.post(world.signed(who, kind, body, case.id))


async def _team(world: World, chance: random.Random, who: Person) -> None:
    mine = [
        (case, one)
        for case in _cases(world)
        for one in case.requests.values()
        if one.responder == who.id and not one.is_ended
    ]
    if not mine:
        line = chance.choice(_LINES)
        body = b.AvailabilityStated(member=who.id, line=line, units=chance.randint(0, 40))
        if chance.random() < 0.1:
            await world.post(world.signed(who, "availability_stated", body))
        return
    case, request = chance.choice(mine)
    kind, body = chance.choice(_answers(request, chance))
    await world.post(world.signed(who, kind, body, case.id))


def _answers(request: Request, chance: random.Random) -> list[tuple[str, b.Body]]:
    named = b.OnRequest(request=request.id)
    if request.state in {State.SENT, State.DELIVERED, State.CONSIDERING, State.SELECTED}:
        how: Any = chance.choice(("full", "partial", "conditional"))
        return [
            ("delivered", named),
            ("considering", named),
            ("offered", b.Offered(request=request.id, how=how)),
            ("committed", b.Committed(request=request.id)),
            ("committed", b.Committed(request=request.id, ready_minutes=5)),
            ("declined", b.Declined(request=request.id, ground=chance.choice(tuple(Ground)))),
        ]
    return [
        ("progressed", b.Progressed(request=request.id, note="Filters are in place.", done_percent=40)),
        ("withdrew", b.Withdrew(request=request.id, ground=Ground.OWN_EMERGENCY)),
        ("returned", named),
        ("settled", b.Settled(request=request.id, hours=3)),
        ("extended", b.Extended(request=request.id)),
    ]


async def _officer(world: World, chance: random.Random, who: Person) -> None:
    cases = _cases(world)
    if not cases:
        return
    case = chance.choice(cases)
    kind, body = chance.choice(_decisions(world, case, chance))
    await world.attested(who, kind, body, case.id)


def _decisions(world: World, case: Case, chance: random.Random) -> list[tuple[str, b.Body]]:
    offers = [one for one in case.requests.values() if one.state in {State.OFFERED, State.SELECTED}]
    on_offer = chance.choice(offers).id if offers else chance.randbytes(16)
    heard: Any = chance.choice(("in_distress", "in_distress", "no_distress", "no_answer", "wrong_party"))
    ask = b.Requested(
        request=chance.randbytes(16),
        responder=chance.choice(world.members).id,
        lines=(b.NeedAsk(line=chance.choice(_LINES), quantity=5),),
    )
    decisions: list[tuple[str, b.Body]] = [
        ("acknowledged", b.Acknowledged()),
        ("acknowledged", b.Acknowledged()),
        ("called_back", b.CalledBack(result=heard)),
        ("requested", ask),
        ("selected", b.OnRequest(request=on_offer)),
        ("not_taken", b.OnRequest(request=on_offer)),
        ("messaged", b.Messaged(text="We are on it.")),
        ("stabilised", b.Noted()),
        ("stood_down", b.StoodDown(caller_agrees=True)),
        ("suspended", b.Suspended()),
        ("resumed", b.Noted()),
        ("handed_over", b.HandedOver(to=chance.choice(world.officers).id)),
        ("hand_over_accepted", b.HandOverAccepted()),
        ("no_emergency", b.NoEmergency(shown_by=NoDistress.ANNOUNCED, evidence="A test of the generator.")),
        ("closed", b.Closed()),
    ]
    seconds = [("seconded", b.Seconded(proposal=one, agrees=chance.random() < 0.8)) for one in case.proposals]
    return decisions + seconds * 6


async def _stranger(world: World, chance: random.Random, _: None) -> None:
    if chance.random() < 0.8:
        return
    someone = Person("", KeyPair(seed=chance.randbytes(32), realm=Realm.EXERCISE))
    assert someone.key is not None
    body: b.Body = b.Called(call=chance.randbytes(8), details=_details(chance))
    kind = "called"
    if chance.random() < 0.5:
        caller = chance.choice((None, chance.choice(world.members).id, "nobody"))
        kind = "relayed"
        body = b.Relayed(
            call=chance.randbytes(8), caller=caller, caller_name="Example Clinic", details=_details(chance)
        )
    await world.post(world.signed(someone, kind, body), stranger_key=someone.key.public)


async def _anybody(world: World, chance: random.Random, _: None) -> None:
    """Any kind, any body of its schema, from anybody: nothing of it may stop the station."""
    kind = chance.choice(sorted(KINDS.keys() - _NEVER))
    cases = _cases(world)
    case = chance.choice(cases) if cases else None
    row = KINDS[kind]
    if row.scope is Scope.CASE and case is None:
        return
    body = any_body(row.body, chance, _names(world, case))
    case_id = case.id if row.scope is Scope.CASE and case else None
    if chance.random() < 0.5:
        await world.post(world.signed(chance.choice(world.members), kind, body, case_id))
    else:
        await world.attested(chance.choice(world.officers), kind, body, case_id)


def _names(world: World, case: Case | None) -> dict[str, list[Any]]:
    parties = [one.id for one in (*world.members, *world.officers)]
    members = [one.id for one in world.members]
    names: dict[str, list[Any]] = {
        "to": parties, "responder": members, "member": members, "sponsor": members, "caller": members,
    }  # fmt: skip
    if case is not None:
        names |= {"request": list(case.requests), "proposal": list(case.proposals), "grant": list(case.grants)}
    return names
