"""What people do through pages, links and tokens: the station signs for them and says how it knew them.

Law 4: an answer here is never more than what a person did. Attested speech is marked as such for ever.
"""

import asyncio

import msgspec

from esos.case.model import decode_case
from esos.errors import Busy, Conflict, EsosError, Forbidden, Unauthenticated, Unknown
from esos.keys.speaker import KnownBy, Role, Speaker
from esos.message.bodies import Body, Requested
from esos.message.kinds import KINDS, Scope
from esos.message.statement import Attests, from_plain
from esos.station.admit import Judge
from esos.station.directory import Directory
from esos.station.intake import Intake, Taken
from esos.station.ports import Clock, Journal
from esos.station.records import Entry
from esos.station.tokens import Holder
from esos.station.waves import why_by_hand

FOLD_WAIT_MS = 5_000
"""How long a door waits for the fold before it answers "kept, not folded yet"."""
POLL_SECONDS = 0.05


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
        self, *, journal: Journal, judge: Judge, intake: Intake, directory: Directory, clock: Clock, signal: FoldSignal
    ) -> None:
        self._journal = journal
        self._judge = judge
        self._intake = intake
        self._directory = directory
        self._clock = clock
        self._signal = signal

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

    async def say(
        self, speaker: Speaker, kind: str, plain: object, *, case: bytes | None = None, channel: str = "page"
    ) -> Outcome:
        """Say something for a person, and wait until it is folded.

        Raises ``Malformed`` and ``Forbidden`` before anything is kept, ``Conflict`` with the fold's
        own code when it is kept but changed nothing.
        """
        return await self.say_body(speaker, kind, from_plain(kind, plain), case=case, channel=channel)

    async def say_body(
        self, speaker: Speaker, kind: str, body: Body, *, case: bytes | None = None, channel: str = "page"
    ) -> Outcome:
        """The same for a body already made."""
        await self._check_target(kind, case)
        await self._read_register(kind)
        now_ms = self._clock.now_ms()
        if isinstance(body, Requested):
            body = await self.explained(self._named(body), case, now_ms)
        attests = Attests(
            party=speaker.party,
            name=speaker.name,
            role=",".join(sorted(role.value for role in speaker.roles)),
            channel=channel,
            known_by=speaker.known_by.value,
        )
        statement = self._directory.station.say(kind, body, now_ms=now_ms, case=case, attests=attests)
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
        why = why_by_hand(decode_case(record.blob), self._directory.register, body, now_ms)
        return msgspec.structs.replace(body, why=why)

    async def submit(self, raw: bytes, *, stranger_key: bytes = b"") -> Outcome:
        """Take a signed statement, and wait until it is folded; raises as ``say`` and ``Intake.take`` do."""
        return await self.outcome(await self._intake.take(raw, stranger_key=stranger_key))

    async def outcome(self, taken: Taken, *, wait_ms: int = FOLD_WAIT_MS) -> Outcome:
        """Wait for the verdict on something kept; raises ``Conflict`` with its code when nothing came of it."""
        deadline_ms = self._clock.now_ms() + wait_ms
        while True:
            entry = await self._journal.entry(taken.statement.id)
            if entry is None:
                raise Busy("storage.lost_sight", "The statement is kept, but cannot be read just now.")
            waits = KINDS[entry.kind].scope is not Scope.STATION
            if entry.verdict or not waits or self._clock.now_ms() >= deadline_ms:
                return _judged(entry)
            await self._signal.wait(POLL_SECONDS)

    async def _check_target(self, kind: str, case: bytes | None) -> None:
        row = KINDS.get(kind)
        if row is None or row.scope is not Scope.CASE:
            return
        if case is None or await self._journal.case(case) is None:
            raise Unknown("case.unknown", "This station has no such case.", hint="See the list of cases.")


def visitor(party: str, name: str) -> Speaker:
    """Somebody at a page whom nobody knows: heard, and called back before it creates a duty."""
    return Speaker(party=party, name=name, roles=frozenset({Role.STRANGER}), known_by=KnownBy.NOTHING, attested=True)


def need_role(speaker: Speaker, *roles: Role) -> None:
    """Raise ``Forbidden`` (``session.role``) unless the speaker has one of the roles."""
    if not set(roles) & speaker.roles:
        wanted = " or ".join(role.value for role in roles)
        raise Forbidden("session.role", f"This is for {wanted}.", hint="Sign in as somebody who has that role.")


def _judged(entry: Entry) -> Outcome:
    if entry.verdict not in {"", "applied"}:
        raise Conflict(entry.verdict, entry.reason)
    return Outcome(
        statement=entry.id.hex(),
        seq=entry.seq,
        at_ms=entry.at_ms,
        case=entry.case.hex() if entry.case else "",
        verdict=entry.verdict,
        reason=entry.reason,
    )


def error_of(cause: EsosError) -> dict[str, str]:
    """An error as data: code, sentence and hint."""
    return {"code": cause.code, "detail": cause.detail, "hint": cause.hint}
