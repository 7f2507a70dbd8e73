"""What people do through pages, links and tokens: the station signs for them and says how it knew them.

Law 4: an answer here is never more than what a person did. Attested speech is marked as such for ever.
"""

import asyncio
import copy
from collections.abc import Awaitable, Callable

import msgspec

from esos.case.model import decode_case
from esos.errors import Busy, Conflict, EsosError, Forbidden, Unauthenticated, Unknown
from esos.keys.speaker import KnownBy, Role, Speaker
from esos.message.bodies import Body, Erased, Requested
from esos.message.kinds import KINDS, Scope
from esos.message.statement import Attests, from_plain
from esos.station.admit import Judge
from esos.station.directory import Directory
from esos.station.intake import Intake, Taken
from esos.station.ports import Clock, Journal
from esos.station.records import APPLIED, Verdict
from esos.station.sight import sees_record
from esos.station.tokens import Holder
from esos.station.tombstone import count_said, refuse_erased
from esos.station.verdicts import Verdicts
from esos.station.waves import why_by_hand
from esos.words.language import ENGLISH, speaking

FOLD_WAIT_MS = 5_000
"""How long a door waits for the fold before it answers "kept, not folded yet"."""
FIRST_LOOK_SECONDS, LOOK_SECONDS = 0.05, 0.5
"""When it looks for itself, and how often then: another process may have folded it."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of something said: its id and number, the case it concerns, and the fold's verdict.

    ``verdict`` is ``applied``, or ``""`` while it is kept but not folded yet.
    """

    statement: str
    seq: int
    at_ms: int
    case: str
    verdict: str
    reason: str


class FoldSignal:
    """Rings whenever there is something new: a statement was kept, or a fold was saved. ``count`` counts the rings."""

    def __init__(self) -> None:
        self.count = 0
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody who waits."""
        self.count += 1
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seconds: float, *, seen: int | None = None) -> None:
        """Until the next ring, or so long; at once if it rang since ``seen`` was read."""
        if seen is not None and seen != self.count:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return


class Desk:
    """Turns what a known person or program wants into an attested statement, and a statement into its outcome."""

    def __init__(
        self, *, journal: Journal, judge: Judge, intake: Intake, directory: Directory, clock: Clock, verdicts: Verdicts
    ) -> None:
        self._journal = journal
        self._judge = judge
        self._intake = intake
        self._directory = directory
        self._clock = clock
        self._verdicts = verdicts
        self.learnt: Callable[[], Awaitable[None]] | None = None
        """Waits until what cases show of members is known: nobody is explained before (set by the station)."""

    def reading(self, journal: Journal) -> "Desk":
        """The same desk over the journal as somebody with a limited view sees it (``narrow``)."""
        desk = copy.copy(self)
        desk._journal = journal  # noqa: SLF001 - its own copy
        return desk

    def speaker(self, holder: Holder) -> Speaker:
        """Who a token's holder is; raises ``Unauthenticated`` (``session.gone``) when nobody any more."""
        officer = self._directory.officer_speaker(holder.party, holder.known_by)
        if officer is not None:
            return officer
        if holder.party in self._directory.members:
            return self._directory.member_speaker(holder.party, holder.known_by, attested=True)
        if holder.party.startswith("visitor:"):
            return visitor(holder.party, "")
        raise Unauthenticated("session.gone", "Whoever this belonged to is no longer known here.")

    async def known(self, holder: Holder) -> Speaker:
        """The same, the register read anew where it seems to know nobody: another process may have entered them."""
        try:
            return self.speaker(holder)
        except Unauthenticated:
            if not await self._directory.refresh(self._journal):
                raise
            return self.speaker(holder)

    async def say(
        self, speaker: Speaker, kind: str, plain: object, *, case: bytes | None = None, channel: str = "page"
    ) -> Outcome:
        """Say something for a person, and wait until it is folded.

        Raises ``Malformed`` and ``Forbidden`` before anything is kept, ``Conflict`` with the fold's
        own code when it is kept but changed nothing.
        """
        return await self.say_body(speaker, kind, from_plain(kind, plain), case=case, channel=channel)

    async def say_body(
        self,
        speaker: Speaker,
        kind: str,
        body: Body,
        *,
        case: bytes | None = None,
        channel: str = "page",
        once: bytes = b"",
    ) -> Outcome:
        """The same for a body already made.

        ``once`` is a key of 32 bytes under which it is said once: said again it is ``Conflict``
        (``call.sequence_reused``), as what brings it may come twice.
        """
        with speaking(ENGLISH):  # what is signed and kept is the same, whoever's language the page speaks
            return await self._say_body(speaker, kind, body, case=case, channel=channel, once=once)

    async def _say_body(
        self, speaker: Speaker, kind: str, body: Body, *, case: bytes | None, channel: str, once: bytes
    ) -> Outcome:
        await self._check_target(kind, case, speaker)
        await self._read_register(kind)
        now_ms = self._clock.now_ms()
        if isinstance(body, Requested):
            body = await self.explained(self._named(body), case, now_ms)
        elif isinstance(body, Erased) and case:
            body = Erased(ground=body.ground, statements=await count_said(self._journal, case))
        attests = Attests(
            party=speaker.party,
            name=speaker.name,
            role=",".join(sorted(role.value for role in speaker.roles)),
            channel=channel,
            known_by=speaker.known_by.value,
        )
        statement = self._directory.station.say(kind, body, now_ms=now_ms, case=case, attests=attests)
        if once:
            statement = msgspec.structs.replace(statement, dedupe=once)
        judged = self._judge.judge_own(statement, msgspec.structs.replace(speaker, attested=True))
        taken = await self._intake.keep(judged, now_ms=now_ms)
        await self._read_register(kind)
        return await self.outcome(taken)

    async def _read_register(self, kind: str) -> None:
        """What is said of the register is judged by all of it, and holds at once for whoever said it."""
        row = KINDS.get(kind)
        if row is not None and row.scope is Scope.REGISTER:
            await self._directory.refresh(self._journal)

    def _named(self, body: Requested) -> Requested:
        """A request carries the name people know the responder by, whoever typed only its id."""
        name = body.name or self._directory.name_of(body.responder)[:80]
        return msgspec.structs.replace(body, name=name)

    async def explained(self, body: Requested, case: bytes | None, now_ms: int) -> Requested:
        """A request by an officer says why this responder, as one of a wave does."""
        record = await self._journal.case(case) if case else None
        if record is None or not record.blob:
            return body
        if self.learnt is not None:
            await self.learnt()
        why = why_by_hand(decode_case(record.blob), self._directory.register, body, now_ms)
        return msgspec.structs.replace(body, why=why)

    async def submit(self, raw: bytes, *, stranger_key: bytes = b"") -> Outcome:
        """Take a signed statement, and wait until it is folded; raises as ``say`` and ``Intake.take`` do."""
        return await self.outcome(await self._intake.take(raw, stranger_key=stranger_key))

    async def outcome(self, taken: Taken, *, wait_ms: int = FOLD_WAIT_MS) -> Outcome:
        """Wait for the verdict on something kept; raises ``Conflict`` with its code when nothing came of it.

        What is kept is never called lost: where no verdict can be had in time, the outcome says "not yet".
        """
        if KINDS[taken.statement.kind].scope is Scope.STATION:
            return _outcome(taken)
        deadline_ms = self._clock.now_ms() + wait_ms
        pause = FIRST_LOOK_SECONDS if taken.fresh else 0.0
        with self._verdicts.expected(taken.seq) as told:
            while True:
                await asyncio.wait((told,), timeout=pause)
                seen = _outcome(taken, *told.result()) if told.done() else await self._look(taken)
                if seen is not None:
                    return seen
                pause = min(LOOK_SECONDS, (deadline_ms - self._clock.now_ms()) / 1000)
                if pause <= 0:
                    return _outcome(taken)

    async def _look(self, taken: Taken) -> Outcome | None:
        """The verdict as the journal has it, None while it has none or cannot say."""
        try:
            entry = await self._journal.entry(taken.statement.id)
        except Busy:
            return None
        if entry is None or not entry.verdict:
            return None
        return _outcome(taken, Verdict(seq=entry.seq, code=entry.verdict, reason=entry.reason), entry.case or b"")

    async def _check_target(self, kind: str, case: bytes | None, speaker: Speaker) -> None:
        """The case is there, as far as the speaker sees; nobody acts on what is outside their view, by any door."""
        row = KINDS.get(kind)
        if row is None or row.scope is not Scope.CASE:
            return
        record = await self._journal.case(case) if case else None
        if record is None or not sees_record(self._directory, speaker.party, record):
            raise Unknown("case.unknown", "This station has no such case.", hint="See the list of cases.")
        await refuse_erased(self._journal, record)


def visitor(party: str, name: str) -> Speaker:
    """Somebody at a page whom nobody knows: heard, and called back before it creates a duty."""
    return Speaker(party=party, name=name, roles=frozenset({Role.STRANGER}), known_by=KnownBy.NOTHING, attested=True)


def need_role(speaker: Speaker, *roles: Role) -> None:
    """Raise ``Forbidden`` (``session.role``) unless the speaker has one of the roles."""
    if not set(roles) & speaker.roles:
        wanted = " or ".join(role.value for role in roles)
        raise Forbidden("session.role", f"This is for {wanted}.", hint="Sign in as somebody who has that role.")


def _outcome(taken: Taken, verdict: Verdict | None = None, case: bytes = b"") -> Outcome:
    """What a door answers; without a verdict it is kept and not folded yet."""
    if verdict is not None and verdict.code != APPLIED:
        raise Conflict(verdict.code, verdict.reason)
    return Outcome(
        statement=taken.statement.id.hex(),
        seq=taken.seq,
        at_ms=taken.at_ms,
        case=case.hex(),
        verdict=verdict.code if verdict else "",
        reason=verdict.reason if verdict else "",
    )


def error_of(cause: EsosError) -> dict[str, str]:
    """An error as data: code, sentence and hint."""
    return {"code": cause.code, "detail": cause.detail, "hint": cause.hint}
