"""What people do to a station, by chance and in their own time: sensible acts often enough to get somewhere, any act
now and then. Callers call by datagram with their real program, by signed statement, or at a page.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from esos.case.model import Case, Request
from esos.errors import EsosError
from esos.keys.speaker import KnownBy
from esos.message import bodies as b
from esos.message.kinds import KINDS, Scope
from esos.message.reading import read_any
from esos.station.constituencies import DIVIDING
from esos.station.tokens import Holder
from esos.station.visit import RelayFor
from esos.vault.keyfile import KeyPair
from esos.words.ground import Ground
from esos.words.need import NeedLine
from esos.words.no_distress import NoDistress
from esos.words.realm import Realm
from esos.words.request_state import RequestState as State
from esos.words.urgency import Urgency
from simulated.any_body import any_body
from simulated.beacons import Beacon
from simulated.datagrams import HOST
from simulated.process import UDP_PORT

if TYPE_CHECKING:
    from simulated.world import Person, World

Act = Callable[["World", random.Random, Any], Awaitable[None]]
LINES = (NeedLine.FILTERING, NeedLine.ADVICE, NeedLine.TRIAGE)
CALLERS_COUNT, BEACONS_COUNT = 2, 6
LOOKS = 0.5
"""How often an officer looks at a case before it acts."""
REPLAYED_MAX = 12
"""How many datagrams somebody who overheard them sends again at a time."""
POST_TRIES = 5
CONSTITUENCIES = ("north", "south")
ASLEEP_S = (20.0, 60.0, 200.0)
"""How long an officer or a team may say nothing at all."""
_NEVER = frozenset({"pact_published", "member_suspended", "key_revoked", "officer_removed", "erased", "roster_set"})
"""Acts that would end the play: nobody left to answer."""


async def play(world: "World") -> None:
    """Callers, strangers, officers and teams, all at once, for as long as the plan says."""
    async with asyncio.TaskGroup() as people:
        for number, member in enumerate(world.members):
            if number < BEACONS_COUNT:
                people.create_task(_live(world, f"caller {number}", Beacon(world, member).act, member))
            act = _caller if number < CALLERS_COUNT else _team
            people.create_task(_live(world, f"member {number}", act, member))
        for number, officer in enumerate(world.officers):
            people.create_task(_live(world, f"officer {number}", _officer, officer))
        people.create_task(_live(world, "stranger", _stranger, None))
        people.create_task(_live(world, "visitor", _visitor, None))
        people.create_task(_live(world, "anybody", _anybody, None))
        people.create_task(_live(world, "practice", _practice, None))
        people.create_task(_live(world, "replayer", _replayer, None))


async def _live(world: "World", name: str, act: Act, who: "Person | None") -> None:
    """One person's time: act after act, sometimes silent for long."""
    HOST.set(who.host if who else "192.0.2.99")
    chance, loop = world.chance(name), asyncio.get_running_loop()
    until = loop.time() + world.plan.length_s
    while loop.time() < until and not world.is_over():
        await asyncio.sleep(chance.expovariate(1 / world.plan.act_every_s))
        if chance.random() < 0.01:
            await asyncio.sleep(chance.choice(ASLEEP_S))
        await act(world, chance, who)


# ---------------------------------------------------------------------------------------- ways to say it
async def post(
    world: "World", chance: random.Random, who: "Person", raw: bytes, *, stranger_key: bytes = b""
) -> bool | None:
    """Hand in a statement until a station says that it has it, or refuses; None where the person gave up."""
    what = read_any(raw).kind
    try:
        taken = await world.ask(
            who, chance, lambda life: life.station.intake.take(raw, stranger_key=stranger_key), what=what
        )
    except EsosError:
        return False
    if taken is None:
        return None
    world.watch.told(taken.statement.id, taken.seq)
    return True


async def attested(
    world: "World", chance: random.Random, who: "Person", kind: str, body: b.Body, case: bytes | None
) -> None:
    """What an officer does at a page, once: a person whose page failed looks before doing it again."""
    holder = Holder(party=who.id, purpose="session", known_by=KnownBy.SESSION)

    async def act(life: Any) -> Any:
        desk = life.station.desk
        return await desk.say_body(desk.speaker(holder), kind, body, case=case)

    try:
        outcome = await world.ask(who, chance, act, what=kind, tries=1)
    except EsosError:
        return
    if outcome is not None:
        world.watch.told(bytes.fromhex(outcome.statement), outcome.seq)


def details(chance: random.Random) -> b.CallDetails:
    """What a caller says of its distress."""
    needs = tuple(b.NeedAsk(line=line, quantity=chance.randint(1, 60)) for line in chance.sample(LINES, 2))
    return b.CallDetails(
        urgency=chance.choice((None, *Urgency)), natures=(chance.randint(0, 19),), needs=chance.choice(((), needs))
    )


# ----------------------------------------------------------------------------------------------- callers
async def _caller(world: "World", chance: random.Random, who: "Person") -> None:
    mine = [case for case in world.cases if case.caller == who.id]
    if not mine or chance.random() < 0.1:
        said = world.signed(who, "called", b.Called(call=chance.randbytes(8), details=details(chance)))
        for _ in range(POST_TRIES if chance.random() < 0.8 else 1):  # some give up
            if await post(world, chance, who, said) is not None:
                break
        if chance.random() < 0.5:
            await post(world, chance, who, said)
        return
    kind, body = chance.choice(_more(chance))
    if kind != "cancelled" or chance.random() < 0.3:
        await post(world, chance, who, world.signed(who, kind, body, mine[-1].id))


def _more(chance: random.Random) -> list[tuple[str, b.Body]]:
    return [
        ("updated", b.Updated(number=chance.randint(0, 9), details=details(chance))),
        ("messaged", b.Messaged(text="Still here.")),
        ("urgency_changed", b.UrgencyChanged(urgency=chance.choice(tuple(Urgency)))),
        ("sitrep_given", b.SitrepGiven(sections={"C": "It goes on."})),
        ("relapsed", b.Noted()),
        ("cancelled", b.Cancelled()),
    ]


async def _stranger(world: "World", chance: random.Random, _: None) -> None:
    """Somebody with a key that nobody knows calls, or relays for somebody else."""
    if chance.random() < 0.8:
        return
    key = KeyPair(seed=chance.randbytes(32), realm=world.plan.realm)
    body: b.Body = b.Called(call=chance.randbytes(8), details=details(chance))
    kind = "called"
    if chance.random() < 0.5:
        caller = chance.choice((None, chance.choice(world.members).id, "nobody"))
        kind = "relayed"
        body = b.Relayed(call=chance.randbytes(8), caller=caller, caller_name="Example Clinic", details=details(chance))
    someone = _someone(world, key)
    await post(world, chance, someone, world.signed(someone, kind, body), stranger_key=key.public)


def _someone(world: "World", key: KeyPair) -> "Person":
    return type(world.members[0])("", key, "192.0.2.99")


async def _visitor(world: "World", chance: random.Random, _: None) -> None:
    """Somebody at a page calls without any key, and repeats it where no answer came."""
    if chance.random() < 0.85:
        return
    call, said = chance.randbytes(8), details(chance)
    relay = RelayFor(caller=chance.choice(world.members).id) if chance.random() < 0.3 else None
    someone = _someone(world, KeyPair(seed=bytes(32), realm=world.plan.realm))
    try:
        made = await world.ask(
            someone,
            chance,
            lambda life: life.visits.call(said, caller_name="Example Library", call=call, relay_for=relay),
            what="call at a page",
        )
    except EsosError:
        return
    if made is not None:
        world.watch.told(bytes.fromhex(made.outcome.statement), made.outcome.seq)


async def _practice(world: "World", chance: random.Random, _: None) -> None:
    """Somebody with a key of the other realm: whatever it says must stay outside (law 7)."""
    if chance.random() < 0.9:
        return
    other = Realm.REAL if world.plan.realm is Realm.EXERCISE else Realm.EXERCISE
    someone = _someone(world, KeyPair(seed=chance.randbytes(32), realm=other))
    assert someone.key is not None
    mine = world.cases[-1].id if world.cases and chance.random() < 0.5 else None
    body: b.Body = b.Messaged(text="A drill.") if mine else b.Called(call=chance.randbytes(8), details=details(chance))
    said = world.signed(someone, "messaged" if mine else "called", body, mine)
    if await post(world, chance, someone, said, stranger_key=someone.key.public):
        world.broken(f"a statement of the {other.value} realm entered a station of the {world.plan.realm.value} one")


async def _replayer(world: "World", chance: random.Random, _: None) -> None:
    """Somebody who overheard datagrams sends them again, some changed, to any process: nothing comes of it."""
    overheard, source = world.internet.overheard, ("192.0.2.250", chance.randint(1024, 1100))
    for _number in range(chance.randint(0, REPLAYED_MAX) if overheard else 0):
        data = chance.choice(overheard)
        if chance.random() < 0.3:
            place = chance.randrange(len(data))
            data = data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]
        target = chance.choice(world.processes).host
        world.internet.send(data, source, (target, UDP_PORT))


# ----------------------------------------------------------------------------------------------- helpers
async def _team(world: "World", chance: random.Random, who: "Person") -> None:
    mine = [
        (case, one)
        for case in world.cases
        for one in case.requests.values()
        if one.responder == who.id and not one.is_ended
    ]
    if not mine:
        if chance.random() < 0.1:
            free = b.AvailabilityStated(member=who.id, line=chance.choice(LINES), units=chance.randint(0, 40))
            await post(world, chance, who, world.signed(who, "availability_stated", free))
        return
    case, request = chance.choice(mine)
    kind, body = chance.choice(_answers(request, chance))
    await post(world, chance, who, world.signed(who, kind, body, case.id))


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


# ---------------------------------------------------------------------------------------------- officers
async def _officer(world: "World", chance: random.Random, who: "Person") -> None:
    cases = world.cases
    if cases and chance.random() < LOOKS:
        await _look(world, chance, who, chance.choice(cases[-12:]))
    if cases:
        case = chance.choice(cases[-12:] if chance.random() < 0.9 else cases)
        kind, body = chance.choice(_decisions(world, case, chance))
        await attested(world, chance, who, kind, body, case.id)


async def _look(world: "World", chance: random.Random, who: "Person", case: Case) -> None:
    """What the page of a case shows never speaks of less than was saved before it was asked for."""

    async def act(life: Any) -> Any:
        return await life.station.journal.case(case.id)

    version = world.watch.version_of(case.id)
    try:
        seen = await world.ask(who, chance, act, what="look at a case", tries=1)
    except EsosError:
        return
    if seen is not None and seen.version < version:
        world.broken(f"case {case.id.hex()[:8]} was shown as version {seen.version}, and {version} was saved before")


def _decisions(world: "World", case: Case, chance: random.Random) -> list[tuple[str, b.Body]]:
    offers = [one for one in case.requests.values() if one.state in {State.OFFERED, State.SELECTED}]
    on_offer = chance.choice(offers).id if offers else chance.randbytes(16)
    heard: Any = chance.choice(("in_distress", "in_distress", "no_distress", "no_answer", "wrong_party"))
    ask = b.Requested(
        request=chance.randbytes(16),
        responder=chance.choice(world.members).id,
        lines=(b.NeedAsk(line=chance.choice(LINES), quantity=5),),
    )
    decisions: list[tuple[str, b.Body]] = [
        *[("acknowledged", b.Acknowledged())] * 5,
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


# ---------------------------------------------------------------------------------------------- anybody
async def _anybody(world: "World", chance: random.Random, _: None) -> None:
    """Any kind, any body of its schema, from anybody: nothing of it may stop the station."""
    kind = chance.choice(sorted(KINDS.keys() - _NEVER))
    cases = world.cases
    case = chance.choice(cases) if cases else None
    row = KINDS[kind]
    if row.scope is Scope.CASE and case is None:
        return
    names = _names(world, case) | (_dividing(world) if kind in DIVIDING else {})
    body = any_body(row.body, chance, names)
    case_id = case.id if row.scope is Scope.CASE and case else None
    if chance.random() < 0.5:
        who = chance.choice(world.members)
        await post(world, chance, who, world.signed(who, kind, body, case_id))
    else:
        await attested(world, chance, chance.choice(world.officers), kind, body, case_id)


def _dividing(world: "World") -> dict[str, list[Any]]:
    """So that constituencies come to be, and officers are limited to them: calls must find a person all the same."""
    officers = [one.id for one in world.officers]
    return {
        "constituency": list(CONSTITUENCIES),
        "constituencies": list(CONSTITUENCIES),
        "members": [one.id for one in world.members],
        "officer": officers,
    }


def _names(world: "World", case: Case | None) -> dict[str, list[Any]]:
    parties = [one.id for one in (*world.members, *world.officers)]
    members = [one.id for one in world.members]
    names: dict[str, list[Any]] = {
        "to": parties, "responder": members, "member": members, "sponsor": members, "caller": members,
    }  # fmt: skip
    if case is not None:
        names |= {"request": list(case.requests), "proposal": list(case.proposals), "grant": list(case.grants)}
    return names
