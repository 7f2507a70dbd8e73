"""The laws hold in a case whatever is said, by whom, in whatever order, however time passes.

A machine of random speakers throws everything they could say at one case, with timers running out,
waves going out, repetitions, unknown ids and the wrong roles; after each step every law is looked at.
"""

import random
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from doubles.case_laws import assert_laws, assert_step
from doubles.case_play import (
    BACKUP,
    CALLER,
    FIRST,
    HELPER,
    OTHER,
    REGISTRAR,
    RELAY,
    RULES,
    SECOND,
    START_MS,
    STATION,
    STRANGER,
    THIRD,
    member,
    officer,
)
from doubles.case_words import body_about, body_of, event_id
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from esos.case.draft import roles_in
from esos.case.event import CallWave, Event, Refused
from esos.case.model import Case, CaseRole, Opening, begin, decode_case, encode_case
from esos.case.step import step
from esos.case.table import LIFE_ROWS, REQUEST_ROWS
from esos.keys.speaker import KnownBy, Role
from esos.message.bodies import Agreed, Elapsed, Noted, Requested, WaveCalled
from esos.message.kinds import KINDS, Scope
from esos.words.life import Life
from esos.words.realm import Realm
from esos.words.request_state import RequestState

MACHINE_STEPS = 60
LONG_STORY_STEPS = 200
LONG_STORIES = 40
STORIES_MAX = 200
"""How many stories may be told until every life and every state was reached."""
KIND_NAMES = sorted(name for name, row in KINDS.items() if row.scope in {Scope.CASE, Scope.CALL} and name != "elapsed")
ATTESTED_CALLER = member(CALLER.party, KnownBy.SESSION, attested=True)
DEPUTY = officer("deputy", Role.SECOND)
SPEAKERS = (
    CALLER, ATTESTED_CALLER, STRANGER, RELAY, HELPER, OTHER, THIRD, FIRST, SECOND, BACKUP, DEPUTY, STATION, REGISTRAR,
)  # fmt: skip
ANSWERS = frozenset(row.event for row in REQUEST_ROWS)
ENDERS = frozenset({"cancelled", "no_emergency", "stood_down", "closed", "suspended"})
ENDS_OF_TEN = 3
"""How often a story may come to an end, of ten times it could."""


def fitting(case: Case, chance: random.Random) -> tuple[str, Any, bytes]:
    """A kind that a row takes now, somebody whose it is to say, and the request it is about."""
    with_ends = chance.randrange(10) < ENDS_OF_TEN
    options = [
        (row.event, speaker, b"")
        for row in LIFE_ROWS
        if case.life in row.frm and row.event != "elapsed" and (with_ends or row.event not in ENDERS)
        for speaker in SPEAKERS
        if row.who & roles_of(case, speaker)
    ]
    options += [
        (row.event, speaker, request.id)
        for request in case.requests.values()
        for row in REQUEST_ROWS
        if request.state in row.frm
        for speaker in SPEAKERS
        if row.who & roles_of(case, speaker) and (speaker.party == request.responder or speaker in {FIRST, CALLER})
    ]
    kinds = sorted({kind for kind, _, _ in options})
    kind = chance.choice([*kinds, *(kind for kind in kinds if kind in ANSWERS)])
    return chance.choice([option for option in options if option[0] == kind])


def roles_of(case: Case, speaker: Any) -> frozenset[CaseRole]:
    event = Event(id=b"", realm=case.realm, kind="", speaker=speaker, body=Noted(), at_ms=0)
    return roles_in(case, event)


def new_case(realm: Realm = Realm.REAL) -> Case:
    opening = Opening(
        case=b"c" * 16, realm=realm, caller=CALLER.party, caller_name="Hospital", home=STATION.party, rules=RULES
    )
    return begin(opening)


class AnyStory(RuleBasedStateMachine):
    """One case, everything that can happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.case = new_case()
        self.now_ms = START_MS
        self.events: list[tuple[Event, int]] = []
        self.waves: list[CallWave] = []

    # --- what happens ---------------------------------------------------------------------------

    @initialize(chance=st.randoms(use_true_random=False), relayed=st.booleans())
    def a_call_opens_the_case(self, chance: random.Random, relayed: bool) -> None:
        kind, speaker = ("relayed", RELAY) if relayed else ("called", CALLER)
        self._take(kind, speaker, body_of(kind, self.case, self.now_ms, chance))

    @rule(chance=st.randoms(use_true_random=False), kind=st.sampled_from(KIND_NAMES), speaker=st.sampled_from(SPEAKERS))
    def somebody_says_something(self, chance: random.Random, kind: str, speaker: Any) -> None:
        self._take(kind, speaker, body_of(kind, self.case, self.now_ms, chance))

    @rule(chance=st.randoms(use_true_random=False))
    def something_that_fits_is_said(self, chance: random.Random) -> None:
        if self.case.life not in {Life.CLOSED, Life.ERASED}:
            kind, speaker, request = fitting(self.case, chance)
            said = (kind, self.case, self.now_ms, chance)
            self._take(kind, speaker, body_about(request, *said) if request else body_of(*said))

    @rule(ms=st.integers(0, 90 * 60_000))
    def time_passes(self, ms: int) -> None:
        self.now_ms += ms

    @rule()
    def the_next_timer_runs_out(self) -> None:
        timers = sorted(self.case.timers.values(), key=lambda timer: (timer.due_ms, timer.key))
        if timers:
            self.now_ms = max(self.now_ms, timers[0].due_ms)
            self._elapse(timers[0].key, timers[0].due_ms)

    @rule(chance=st.randoms(use_true_random=False))
    def any_due_timer_runs_out(self, chance: random.Random) -> None:
        due = [timer for timer in self.case.timers.values() if timer.due_ms <= self.now_ms]
        if due:
            timer = chance.choice(due)
            self._elapse(timer.key, timer.due_ms)

    @rule(due_ms=st.integers(0, 10), name=st.sampled_from(["ack", "wave", "lease", "reply:00", "nothing", "grant:"]))
    def a_timer_that_does_not_run_runs_out(self, due_ms: int, name: str) -> None:
        before = self.case
        self._elapse(name, due_ms)
        assert self.case is before

    @rule(chance=st.randoms(use_true_random=False), automatic=st.booleans())
    def the_station_sends_a_wave(self, chance: random.Random, automatic: bool) -> None:
        if not self.waves:
            return
        wave = self.waves.pop(0)
        lines = body_of("requested", self.case, self.now_ms, chance).lines
        names = chance.sample(["helper", "other", "third"], k=chance.randint(0, 3))
        for name in names:
            request = event_id(len(self.events), name)[:16]
            body = Requested(request=request, responder=name, lines=lines, wave=wave.wave, automatic=automatic)
            self._take("requested", STATION, body)
        self._take("wave_called", STATION, WaveCalled(wave=wave.wave, asked=len(names)))

    @rule(chance=st.randoms(use_true_random=False))
    def a_bound_helper_works_and_wishes_to_stay_longer(self, chance: random.Random) -> None:
        bound = [request for request in self.case.requests.values() if request.is_bound]
        if not bound:
            return
        request = chance.choice(bound)
        for kind in chance.choice((("progressed",), ("progressed", "extended"))):
            body = body_about(request.id, kind, self.case, self.now_ms, chance)
            self._take(kind, member(request.responder), body)
        wish = self.case.requests[request.id].longer
        if wish and chance.random() < 0.5:
            self._take("agreed", CALLER, Agreed(request=request.id, offer=wish))

    @rule(chance=st.randoms(use_true_random=False))
    def something_of_the_other_realm_is_said(self, chance: random.Random) -> None:
        kind = chance.choice(KIND_NAMES)
        event = self._event(kind, chance.choice(SPEAKERS), body_of(kind, self.case, self.now_ms, chance))
        foreign = msgspec.structs.replace(event, realm=Realm.EXERCISE)
        after, effects = step(self.case, foreign, self.now_ms)
        assert after is self.case
        assert [effect.code for effect in effects] == ["case.realm"]

    @rule(chance=st.randoms(use_true_random=False))
    def the_caller_calls_again(self, chance: random.Random) -> None:
        """Law 8: whatever has ended is undone by calling again; nobody calls into silence."""
        body = msgspec.structs.replace(
            body_of("called", self.case, self.now_ms, chance), call=event_id(len(self.events), "call")[:8]
        )
        ended = self.case.life.is_ended
        self._take("called", CALLER, body)
        assert self.case.is_open or self.case.life in {Life.CLOSED, Life.ERASED}
        assert self.case.life is Life.ARRIVED or not ended
        assert self.case.life is not Life.SUSPENDED

    # --- how it is taken --------------------------------------------------------------------------

    def _elapse(self, key: str, due_ms: int) -> None:
        self._take("elapsed", STATION, Elapsed(timer=key, due_ms=due_ms))

    def _event(self, kind: str, speaker: Any, body: Any) -> Event:
        return Event(
            id=event_id(len(self.events), kind),
            realm=Realm.REAL,
            kind=kind,
            speaker=speaker,
            body=body,
            at_ms=self.now_ms,
        )

    def _take(self, kind: str, speaker: Any, body: Any) -> None:
        event = self._event(kind, speaker, body)
        self.events.append((event, self.now_ms))
        before = self.case
        self.case, effects = step(before, event, self.now_ms)
        assert step(before, event, self.now_ms) == (self.case, effects)
        if any(isinstance(effect, Refused) for effect in effects):
            assert self.case is before
            assert len(effects) == 1
        self.waves += [effect for effect in effects if isinstance(effect, CallWave)]
        assert_step(before, event, self.case, effects, self.now_ms)

    # --- what holds -------------------------------------------------------------------------------

    @invariant()
    def every_law_holds(self) -> None:
        assert_laws(self.case, self.now_ms)

    @invariant()
    def what_is_stored_reads_back_as_the_same_case(self) -> None:
        stored = encode_case(self.case)
        assert encode_case(decode_case(stored)) == stored
        assert decode_case(stored) == self.case

    def teardown(self) -> None:
        """The same statements in the same order make the same bytes, however they arrived and how often."""
        assert encode_case(self._folded(self.events)) == encode_case(self.case)
        arrivals = list(enumerate(self.events)) * 2
        random.Random(len(arrivals)).shuffle(arrivals)
        assert encode_case(self._folded(ordered(arrivals))) == encode_case(self.case)

    @staticmethod
    def _folded(events: list[tuple[Event, int]]) -> Case:
        case = new_case()
        for event, at_ms in events:
            case, _ = step(case, event, at_ms)
        return case


def ordered(arrivals: list[tuple[int, tuple[Event, int]]]) -> list[tuple[Event, int]]:
    """What a journal makes of arrivals in any order, with repetitions: each once, by its number."""
    return [event for _, event in sorted(dict(arrivals).items())]


TestAnyStory = AnyStory.TestCase
TestAnyStory.settings = settings(
    settings.get_profile(settings.get_current_profile_name()), stateful_step_count=MACHINE_STEPS
)


@pytest.mark.parametrize("seed", range(LONG_STORIES))
def test_a_long_story_keeps_every_law(seed: int) -> None:
    """Far beyond where a search that also shrinks gets: two hundred things said, mostly such as fit."""
    story = AnyStory()
    for _ in told(story, seed):
        story.every_law_holds()
    story.what_is_stored_reads_back_as_the_same_case()
    story.teardown()


@pytest.mark.nightly
def test_the_long_stories_reach_every_life_and_every_state() -> None:
    """What is never reached is never proven."""
    lives, states = set[Life](), set[RequestState]()
    for seed in range(STORIES_MAX):
        if set(Life) - lives <= {Life.CALLING, Life.ERASED} and len(states) == len(RequestState):
            break
        story = AnyStory()
        for _ in told(story, seed):
            lives.add(story.case.life)
            states |= {request.state for request in story.case.requests.values()}
    assert lives | {Life.ERASED} == set(Life) - {Life.CALLING}  # which few stories come to
    assert states == set(RequestState)


def told(story: AnyStory, seed: int) -> Iterator[None]:
    """A story by its seed, one happening at a time."""
    chance = random.Random(seed)
    story.a_call_opens_the_case(chance, relayed=chance.random() < 0.3)
    for _ in range(LONG_STORY_STEPS):
        chance.choice(happenings(story, chance))()
        yield


def happenings(story: AnyStory, chance: random.Random) -> list[Callable[[], None]]:
    """What may happen next, likelier things more often."""
    return [
        *([lambda: story.something_that_fits_is_said(chance)] * 8),
        lambda: story.somebody_says_something(chance, chance.choice(KIND_NAMES), chance.choice(SPEAKERS)),
        lambda: story.time_passes(chance.randint(0, 40 * 60_000)),
        story.the_next_timer_runs_out,
        lambda: story.any_due_timer_runs_out(chance),
        lambda: story.a_bound_helper_works_and_wishes_to_stay_longer(chance),
        lambda: story.the_station_sends_a_wave(chance, automatic=chance.random() < 0.5),
        lambda: story.something_of_the_other_realm_is_said(chance),
        lambda: story.the_caller_calls_again(chance) if chance.random() < 0.2 else None,
    ]


@given(chance=st.randoms(use_true_random=False), kind=st.sampled_from(KIND_NAMES), speaker=st.sampled_from(SPEAKERS))
def test_a_drill_case_is_untouched_by_anything_real(chance: random.Random, kind: str, speaker: Any) -> None:
    """Law 7, from the other side."""
    case = new_case(Realm.EXERCISE)
    event = Event(
        id=b"e" * 32,
        realm=Realm.REAL,
        kind=kind,
        speaker=speaker,
        body=body_of(kind, case, START_MS, chance),
        at_ms=START_MS,
    )
    after, effects = step(case, event, START_MS)
    assert after is case
    assert [effect.code for effect in effects] == ["case.realm"]
