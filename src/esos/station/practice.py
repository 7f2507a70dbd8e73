"""Practice with one's own people: a fictitious caller calls this exercise station, and the watch and the teams answer.

Everything goes through the same journal and rules as a real call, in the exercise realm: the caller's key is made
from the station's own secret and cannot sign for the other realm (law 7). Its words are signed statements; which
scene is played is only a note of the station.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator

import msgspec

from esos.errors import Busy, Conflict, Forbidden, Unknown
from esos.keys.identity import kid_of, public_of
from esos.message.bodies import (
    Acceded,
    Body,
    CallDetails,
    Called,
    CardSigned,
    MemberRegistered,
    Messaged,
    NeedAsk,
    Updated,
    UrgencyChanged,
)
from esos.message.card import MemberCard, PublicKey
from esos.message.statement import Statement, write_statement
from esos.station.desk import Outcome
from esos.station.drills import need_exercise
from esos.station.history import timeline_item
from esos.station.practice_plan import CHANCE_BYTES, PracticePlan, check_plan, drawn
from esos.station.practice_results import PracticeResult, result_of
from esos.station.practice_shut import shut_of
from esos.station.rostering import name_on_roster, on_watch
from esos.station.station import Station
from esos.words.need import NeedLine
from esos.words.practice import CALLER_KIND, CALLER_NAME, SCENES, Inject, Scene
from esos.words.realm import Realm

RUNS_MAX_COUNT = 120
"""How many practices a station remembers as such, ten years of monthly ones; cases themselves stay."""
HISTORY_MAX_ITEMS = 5_000
_PLAN, _RUNS, _BEGINNING = "practice:plan", "practice:runs", "practice:beginning"
_TELLING = "practice:telling"
BEGINNING_MS = 60_000
"""A call that was noted and is not in the journal after so long was never made."""
TELLING_MS = 10_000
"""A piece that was begun so long ago and is not noted as told was left by a process that was stopped."""
_CALL_ID_BYTES = 8
KEEPING_MS = 5_000
"""How long a run may take to be noted, until others take a stopped process for gone."""
_TRIES, _BETWEEN_TRIES_SECONDS = 200, 0.05


class PracticeRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One practice: its case, scene and beginning, and how many of the scene's injects were told.

    ``by_hand``: at a table, a facilitator tells them one by one; else the clock does. ``watch`` are the names of whom
    the roster had on watch when it began. ``telling_ms`` is when the next inject began to be told, 0 while none is.
    """

    case: str
    scene: str
    began_ms: int
    told: int = 0
    by_hand: bool = False
    watch: tuple[str, ...] = ()
    telling_ms: int = 0


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """A call that is about to be made, noted before it: whoever finds it afterwards can finish what was begun."""

    run: PracticeRun
    statement: bytes
    raw: bytes


async def plan_of(station: Station) -> PracticePlan:
    """What is planned here; never, where nobody planned anything."""
    return msgspec.json.decode(await station.journal.fact(_PLAN) or b"{}", type=PracticePlan)


async def set_plan(station: Station, plan: PracticePlan) -> PracticePlan:
    """Plan practice and draw its next moment; raises ``Forbidden`` (``drill.realm``) at a station for real calls."""
    need_exercise(station.identity)
    now_ms = station.clock.now_ms()
    shut = shut_of(station.directory, now_ms)
    next_ms = drawn(check_plan(plan), now_ms, station.dice.bytes(CHANCE_BYTES), this_period=True, shut=shut)
    planned = msgspec.structs.replace(plan, next_ms=next_ms)
    await keep_plan(station, planned)
    return planned


async def keep_plan(station: Station, plan: PracticePlan) -> None:
    """Keep a plan as it is, its next moment too."""
    await station.journal.set_fact(_PLAN, msgspec.json.encode(plan))


async def runs_of(station: Station) -> tuple[PracticeRun, ...]:
    """The practices of this station, the newest first."""
    return msgspec.json.decode(await station.journal.fact(_RUNS) or b"[]", type=tuple[PracticeRun, ...])


async def runs_shown(station: Station) -> tuple[PracticeRun, ...]:
    """Those of them that the reader sees: of a limited view, practices of its own members."""
    runs = await runs_of(station)
    if station.whole is station:
        return runs
    return tuple([run for run in runs if run.case and await station.journal.case(bytes.fromhex(run.case))])


async def run_of(station: Station, case: str) -> PracticeRun:
    """One practice by its case; raises ``Unknown`` (``practice.none``)."""
    found = next((run for run in await runs_shown(station) if run.case == case), None)
    if found is None:
        raise Unknown("practice.none", "This case is no practice of this station.", hint="See esos practice list")
    return found


async def _keep(station: Station, run: PracticeRun) -> None:
    """Note a run beside the others; raises ``Busy`` (``practice.busy``)."""
    async with _alone(station):
        others = [one for one in await runs_of(station) if one.case != run.case]
        newest = sorted([run, *others], key=lambda one: -one.began_ms)[:RUNS_MAX_COUNT]
        await station.journal.set_fact(_RUNS, msgspec.json.encode(newest))


@contextlib.asynccontextmanager
async def _alone(station: Station) -> AsyncIterator[None]:
    """One officer or process at a time: the runs are read and written as one."""
    holder = station.dice.bytes(_CALL_ID_BYTES).hex()
    for _ in range(_TRIES):
        if await station.journal.lease(_RUNS, holder=holder, lease_ms=KEEPING_MS):
            break
        await asyncio.sleep(_BETWEEN_TRIES_SECONDS)
    else:
        raise Busy("practice.busy", "Another practice is being noted just now.", hint="Try again.")
    try:
        yield
    finally:
        await station.journal.lease(_RUNS, holder=holder, lease_ms=0)


def scene_named(name: str) -> Scene:
    """A scene; raises ``Unknown`` (``practice.scene``)."""
    if name not in SCENES:
        raise Unknown("practice.scene", f"There is no scene {name}.", hint=f"One of: {', '.join(SCENES)}.")
    return SCENES[name]


async def next_scene(station: Station) -> str:
    """The scene that was not played for the longest time."""
    last = {run.scene: run.began_ms for run in reversed(await runs_of(station))}
    return min(SCENES, key=lambda name: last.get(name, 0))


async def begin(station: Station, scene: str = "", *, by_hand: bool = False) -> PracticeRun:
    """The practice caller calls.

    Raises ``Forbidden`` (``drill.realm``, ``practice.whole``), ``Unknown`` (``practice.scene``), and ``Conflict``
    (``practice.open``) while the practice before is still open.
    """
    need_exercise(station.identity)
    if station.whole is not station:
        raise Forbidden(
            "practice.whole",
            "A practice concerns the whole station, and you see a part of it.",
            hint="Ask an officer who sees the whole station to begin it.",
        )
    played = scene_named(scene or await next_scene(station))
    await recover(station)
    caller = PracticeCaller(station)
    await caller.join()
    if await _beginning(station) is not None or await station.journal.open_case_of(caller.member) is not None:
        raise Conflict(
            "practice.open",
            "The practice before is still open.",
            hint="End its case on the watch floor first.",
        )
    now_ms, said = station.clock.now_ms(), caller.call(played)
    named = on_watch(station.directory, now_ms).watch
    run = PracticeRun(
        case="",
        scene=played.name,
        began_ms=now_ms,
        by_hand=by_hand,
        watch=tuple(name_on_roster(station.directory, one) for one in named),
    )
    begun = Beginning(run=run, statement=said.id, raw=said.raw)
    await station.journal.set_fact(_BEGINNING, msgspec.json.encode(begun))
    return await _call(station, begun)


async def _call(station: Station, begun: Beginning) -> PracticeRun:
    """Make the call that was noted, or find that it was made: the same bytes are the same call.

    While it is not folded into a case it stays noted, for ``recover`` to finish.
    """
    outcome = await station.desk.submit(begun.raw)
    if not outcome.case:
        return begun.run
    run = msgspec.structs.replace(begun.run, case=outcome.case)
    known = {one.case: one for one in await runs_of(station)}
    if run.case not in known:
        await _keep(station, run)
    await station.journal.set_fact(_BEGINNING, b"")
    return known.get(run.case, run)


async def recover(station: Station) -> None:
    """Finish what a process was doing when it was stopped: a call that was made and not noted, a piece half told."""
    begun = await _beginning(station)
    if begun is not None:
        if await station.journal.entry(begun.statement) is not None:
            await _call(station, begun)
        elif station.clock.now_ms() - begun.run.began_ms > BEGINNING_MS:
            await station.journal.set_fact(_BEGINNING, b"")
    for run in await runs_of(station):
        if _is_left(station, run):
            await _tell_left(station, run.case)


def _is_left(station: Station, run: PracticeRun) -> bool:
    return bool(run.telling_ms) and station.clock.now_ms() - run.telling_ms > TELLING_MS


async def _tell_left(station: Station, case: str) -> None:
    """Tell a piece that was left half told, unless somebody is doing so."""
    with contextlib.suppress(Conflict):
        async with _telling(station):
            run = await run_of(station, case)
            if _is_left(station, run):
                await _tell(station, run)


async def _beginning(station: Station) -> Beginning | None:
    noted = await station.journal.fact(_BEGINNING)
    return msgspec.json.decode(noted, type=Beginning) if noted else None


async def tell_next(station: Station, case: str, piece: int | None = None) -> PracticeRun:
    """The caller tells what comes next in the scene; ``piece``: only if so many were told before it.

    Raises ``Conflict`` (``practice.all_told``, ``practice.over``, ``practice.telling``, ``practice.told``).
    """
    need_exercise(station.identity)
    async with _telling(station):
        return await _tell_next(station, case, piece)


@contextlib.asynccontextmanager
async def _telling(station: Station) -> AsyncIterator[None]:
    """One at a time, of all processes and people: else two at the same instant tell a piece in two ways."""
    holder = f"{station.holder}:{station.dice.bytes(_CALL_ID_BYTES).hex()}"
    if not await station.journal.lease(_TELLING, holder=holder, lease_ms=TELLING_MS):
        raise Conflict("practice.telling", "Somebody else tells a piece at this moment.", hint="Look at it again.")
    try:
        yield
    finally:
        await station.journal.lease(_TELLING, holder=holder, lease_ms=0)


async def _tell_next(station: Station, case: str, piece: int | None) -> PracticeRun:
    run = await run_of(station, case)
    if piece is not None and piece != run.told:
        raise Conflict("practice.told", "This piece was told a moment ago.", hint="See what comes next now.")
    injects = scene_named(run.scene).injects
    if run.told >= len(injects):
        raise Conflict("practice.all_told", "Everything of this scene was told.", hint="Let the watch end the case.")
    record = await station.journal.case(bytes.fromhex(case))
    if record is None or not record.is_open:
        raise Conflict("practice.over", "This practice is over.", hint="Begin another: esos practice begin")
    if not run.telling_ms:
        run = msgspec.structs.replace(run, telling_ms=station.clock.now_ms())
        await _keep(station, run)  # first: told again after a stop it is the same bytes, and so the same piece
    return await _tell(station, run)


async def _tell(station: Station, run: PracticeRun) -> PracticeRun:
    """Tell the piece that was noted, and note that it was told."""
    injects = SCENES[run.scene].injects if run.scene in SCENES else ()
    for inject in injects[run.told : run.told + 1]:
        await PracticeCaller(station).tell(inject, bytes.fromhex(run.case), run.telling_ms)
    told = msgspec.structs.replace(run, told=run.told + 1, telling_ms=0)
    await _keep(station, told)
    return told


def told_of(run: PracticeRun) -> tuple[Inject, ...]:
    """The pieces of its scene that were told, in order."""
    return SCENES[run.scene].injects[: run.told] if run.scene in SCENES else ()


def coming_of(run: PracticeRun) -> tuple[Inject, ...]:
    """The pieces that a facilitator may read beforehand: none where the clock tells them, which tests whoever leads."""
    return SCENES[run.scene].injects[run.told :] if run.by_hand and run.scene in SCENES else ()


async def result(station: Station, case: str) -> PracticeResult:
    """What a practice came to, so far or at its end; raises ``Unknown`` (``practice.none``)."""
    await run_of(station, case)
    record, folded = await station.views.record(bytes.fromhex(case))
    entries = await station.journal.read(case=folded.id, limit=HISTORY_MAX_ITEMS)
    history = [timeline_item(entry, station.directory) for entry in entries]
    return result_of(folded, record.page_code, history, frozenset(station.directory.officers))


class PracticeCaller:
    """The caller that exists for practice only, with a key derived from the station's secret."""

    def __init__(self, station: Station) -> None:
        self._station = station
        secret = hashlib.blake2b(b"e-SOS practice caller", key=station.identity.master, digest_size=32)
        self._seed = secret.digest()
        self.member = kid_of(public_of(self._seed)).hex()

    async def join(self) -> None:
        """Enter the register and accede to the pact, once."""
        directory = self._station.directory
        await directory.refresh(self._station.journal)
        if self.member not in directory.members:
            await self._register()
        pact = directory.pact
        if pact is not None and (self.member, pact.digest) not in directory.accessions.held:
            await self._say("acceded", Acceded(member=self.member, pact=pact.name, digest=pact.digest))

    async def _register(self) -> None:
        key = PublicKey(public=public_of(self._seed), realm=Realm.EXERCISE)
        card = MemberCard(name=CALLER_NAME, kind=CALLER_KIND, keys=(key,))
        proof = self._signed("card_signed", CardSigned(card=card))
        body = MemberRegistered(member=self.member, card=card, proof=proof.raw)
        station = self._station
        now_ms = station.clock.now_ms()
        said = station.identity.say("member_registered", body, now_ms=now_ms)
        await station.intake.keep(station.judge.judge_own(said, station.identity.speaker), now_ms=now_ms)
        await station.directory.refresh(station.journal)

    def call(self, scene: Scene) -> Statement:
        """A call for help, as the scene has it."""
        details = CallDetails(
            urgency=scene.urgency, natures=(scene.nature,), needs=_asks(scene.needs), words=scene.situation
        )
        return self._signed("called", Called(call=self._station.dice.bytes(_CALL_ID_BYTES), details=details))

    async def tell(self, inject: Inject, case: bytes, at_ms: int) -> None:
        """Tell what an inject says: as a message, as a need, as another urgency; the same at the same time is the same.

        What changes nothing any more, as an urgency that an officer raised already, is on record with its reason.
        """
        said: list[tuple[str, Body]] = [("messaged", Messaged(text=inject.says))]
        if inject.needs:
            said.append(("updated", Updated(details=CallDetails(needs=_asks(inject.needs)))))
        if inject.urgency is not None:
            said.append(("urgency_changed", UrgencyChanged(urgency=inject.urgency, reason=inject.says[:280])))
        for kind, body in said:
            with contextlib.suppress(Conflict):
                await self._say(kind, body, case, at_ms)

    async def _say(self, kind: str, body: Body, case: bytes | None = None, at_ms: int = 0) -> Outcome:
        return await self._station.desk.submit(self._signed(kind, body, case, at_ms).raw)

    def _signed(self, kind: str, body: Body, case: bytes | None = None, at_ms: int = 0) -> Statement:
        time_ms = at_ms or self._station.clock.now_ms()
        return write_statement(seed=self._seed, realm=Realm.EXERCISE, kind=kind, body=body, time_ms=time_ms, case=case)


def _asks(needs: tuple[tuple[NeedLine, int], ...]) -> tuple[NeedAsk, ...]:
    return tuple(NeedAsk(line=line, quantity=units) for line, units in needs)
