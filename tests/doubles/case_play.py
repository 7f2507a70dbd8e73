"""A case played out on a clock of its own: who says what, what a station would do about it, and what came of it.

It is the smallest station there is: it orders what is said, lets timers run out, and sends the waves
the step asks for: to the members it was named, or, given a register, to those a station would find there.
Everything else is the real case machine.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from esos.case.event import Audience, CallWave, Effect, Event, Page, Reason, Refused
from esos.case.model import Case, Opening, Request, begin
from esos.case.step import step
from esos.duty.register import Register
from esos.keys.speaker import KnownBy, Role, Speaker
from esos.message.bodies import CallDetails, NeedAsk
from esos.message.kinds import KINDS
from esos.pact import shipped
from esos.pact.rules import Rules, rules_of
from esos.station.experience import Experience
from esos.station.waves import is_said_already, plan
from esos.words.life import Life, Verification
from esos.words.need import NeedLine
from esos.words.realm import Realm
from esos.words.request_state import RequestState

RULES: Rules = rules_of(shipped.load("club")[1])
START_MS = 1_764_000_000_000
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


def member(name: str, known_by: KnownBy = KnownBy.KEY, *, attested: bool = False) -> Speaker:
    """A registered party with its own key."""
    return Speaker(party=name, name=name.title(), roles=frozenset({Role.MEMBER}), known_by=known_by, attested=attested)


def officer(name: str, *roles: Role) -> Speaker:
    """A person of the station; the station signs for it."""
    held = frozenset(roles or {Role.OFFICER})
    return Speaker(party=f"officer:{name}", name=name.title(), roles=held, known_by=KnownBy.SESSION, attested=True)


CALLER = member("hospital")
STRANGER = Speaker(party="visitor:1", roles=frozenset({Role.STRANGER}), attested=True)
RELAY = member("neighbour")
HELPER, OTHER, THIRD = member("helper"), member("other"), member("third")
FIRST, SECOND, BACKUP = officer("first"), officer("second"), officer("backup")
STATION = Speaker(party="station", name="Watch", roles=frozenset({Role.STATION}), known_by=KnownBy.KEY)
REGISTRAR = officer("registrar", Role.REGISTRAR)


class Play:
    """One case, its clock, and all that happened: ``effects`` of the last thing said, ``history`` of everything."""

    def __init__(
        self,
        *,
        caller: Speaker = CALLER,
        rules: Rules = RULES,
        realm: Realm = Realm.REAL,
        experience: Experience | None = None,
        case: bytes = b"c" * 16,
    ) -> None:
        self.now_ms = START_MS
        self.experience = experience
        self.realm = realm
        self.case: Case = begin(
            Opening(
                case=case,
                realm=realm,
                caller=caller.party,
                caller_name="General Hospital",
                home="station",
                rules=rules,
                verification=Verification.UNVERIFIED,
            )
        )
        self.effects: tuple[Effect, ...] = ()
        self.history: list[tuple[Event, tuple[Effect, ...]]] = []
        self.to_ask: list[str] = []
        self._said = 0

    # --- saying -------------------------------------------------------------------------------

    def say(self, speaker: Speaker, kind: str, **fields: Any) -> "Play":
        """Somebody says something; it must be taken."""
        self._step(speaker, kind, fields)
        refused = [effect for effect in self.effects if isinstance(effect, Refused)]
        assert not refused, f"{kind} was refused: {refused[0].code}: {refused[0].reason}"
        return self

    def refused(self, speaker: Speaker, kind: str, **fields: Any) -> str:
        """Somebody says something that must change nothing; the code of the refusal."""
        before = self.case
        self._step(speaker, kind, fields)
        refusal = self.effects[0]
        assert isinstance(refusal, Refused), f"{kind} was taken"
        assert self.case is before
        return refusal.code

    def _step(self, speaker: Speaker, kind: str, fields: dict[str, Any]) -> None:
        self._said += 1
        event = Event(
            id=hashlib.sha256(f"{self._said}".encode()).digest(),
            realm=self.realm,
            kind=kind,
            speaker=speaker,
            body=KINDS[kind].body(**fields),
            at_ms=self.now_ms,
        )
        self.last_id = event.id
        self.case, self.effects = step(self.case, event, self.now_ms)
        self.history.append((event, self.effects))
        if self.experience is not None:
            self.experience.learn(self.case)
        waves = [effect for effect in self.effects if isinstance(effect, CallWave)]
        kept = self.effects
        for wave in waves:
            self._send(wave)
        self.effects = kept

    def _send(self, wave: CallWave) -> None:
        """What a station does about a wave: it asks the next members, and says that it did."""
        if self.experience is not None:
            self._send_planned(self.experience.register, wave)
            return
        asked = 0
        while self.to_ask:
            lines = tuple(NeedAsk(line=line, quantity=units) for line, units in self.case.open_need().items())
            name = self.to_ask.pop(0)
            self.say(STATION, "requested", request=request_id(name), responder=name, lines=lines, wave=wave.wave)
            asked += 1
        self.say(STATION, "wave_called", wave=wave.wave, asked=asked)

    def _send_planned(self, register: Register, wave: CallWave) -> None:
        planned = plan(self.case, register, wave=wave.wave, widen=wave.widen, now_ms=self.now_ms)
        for body in planned.requests:
            self.say(STATION, "requested", **msgspec.structs.asdict(body))
            if body.automatic:
                self.say(STATION, "committed", request=body.request, lines=body.lines)
        if planned.requests or not is_said_already(self.case):
            self.say(STATION, "wave_called", wave=planned.number, asked=len(planned.requests))

    # --- time ---------------------------------------------------------------------------------

    def wait(self, ms: int) -> "Play":
        """Let time pass; every timer that is due runs out at its own time, the last at the end."""
        end_ms = self.now_ms + ms
        for _ in range(10_000):
            due = sorted(self.case.timers.values(), key=lambda timer: (timer.due_ms, timer.key))
            if not due or due[0].due_ms > end_ms:
                self.now_ms = end_ms
                return self
            self.now_ms = max(self.now_ms, due[0].due_ms)
            self.say(STATION, "elapsed", timer=due[0].key, due_ms=due[0].due_ms)
        raise AssertionError("time does not pass")

    def until(self, timer: str, about: bytes = b"") -> int:
        """Ms until a timer runs out."""
        key = f"{timer}:{about.hex()}" if about else timer
        return self.case.timers[key].due_ms - self.now_ms

    def runs(self, timer: str, about: bytes = b"") -> bool:
        """Whether a timer runs."""
        return (f"{timer}:{about.hex()}" if about else timer) in self.case.timers

    # --- what came of it ------------------------------------------------------------------------

    def paged(self, audience: Audience, reason: Reason, to: str = "") -> bool:
        """Whether the last thing said paged somebody."""
        return any(self._is_page(effect, audience, reason, to) for effect in self.effects)

    def ever_paged(self, audience: Audience, reason: Reason, to: str = "") -> int:
        """How often somebody was paged for a reason."""
        return sum(self._is_page(effect, audience, reason, to) for _, effects in self.history for effect in effects)

    @staticmethod
    def _is_page(effect: Effect, audience: Audience, reason: Reason, to: str) -> bool:
        return (
            isinstance(effect, Page)
            and (effect.audience, effect.reason) == (audience, reason)
            and (not to or effect.to == to)
        )

    @property
    def life(self) -> Life:
        """Where the case stands."""
        return self.case.life

    def request(self, name: str) -> Request:
        """The newest request to a responder."""
        return [one for one in self.case.requests.values() if one.responder == name][-1]

    def state(self, name: str) -> RequestState:
        """Where the newest request to a responder stands."""
        return self.request(name).state

    # --- short stories ----------------------------------------------------------------------------

    def called(
        self, speaker: Speaker = CALLER, *, call: bytes = b"call-one", sequence: int = 0, **details: Any
    ) -> "Play":
        """A call for help; without details a flood that needs 40 Gbit/s of filtering."""
        given = details or {"natures": (2,), "needs": need(40)}
        return self.say(speaker, "called", call=call, sequence=sequence, details=CallDetails(**given))

    def acknowledged(self, by: Speaker = FIRST) -> "Play":
        """An officer takes charge."""
        return self.say(by, "acknowledged")

    def asked(self, *names: str, lines: tuple[NeedAsk, ...] = ()) -> "Play":
        """The coordinator asks responders."""
        for name in names:
            asks = lines or need(20)
            self.say(FIRST, "requested", request=request_id(name), responder=name, lines=asks)
        return self

    def answers(self, who: Speaker, kind: str, **fields: Any) -> "Play":
        """A responder answers its newest request."""
        return self.say(who, kind, request=self.request(who.party).id, **fields)

    def seconded(self, by: Speaker = SECOND, *, agrees: bool = True) -> "Play":
        """A second officer gives its word on the one act that waits."""
        (proposal,) = self.case.proposals
        return self.say(by, "seconded", proposal=proposal, agrees=agrees)

    def assisting(self) -> "Play":
        """As far as one committed helper: called, in charge, asked, 20 of 40 committed."""
        return self.called().acknowledged().asked("helper").answers(HELPER, "committed")

    def stabilised(self) -> "Play":
        """As far as a stable situation."""
        return self.assisting().say(FIRST, "stabilised")

    def suspended(self) -> "Play":
        """As far as a suspension."""
        return self.assisting().say(FIRST, "suspended", reason="Nobody is left to ask.").seconded()


def need(units: int, line: NeedLine = NeedLine.FILTERING) -> tuple[NeedAsk, ...]:
    """So much of one line."""
    return (NeedAsk(line=line, quantity=units),)


def request_id(name: str) -> bytes:
    """The request id a story uses for a responder."""
    return hashlib.sha256(name.encode()).digest()[:16]


def pages_of(effects: Iterable[Effect]) -> list[Page]:
    """The pages among effects."""
    return [effect for effect in effects if isinstance(effect, Page)]
