"""What the page of a drill shows: how far it is, an axis that both timelines share, and what a change does to a file."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.drill.hse.facts import HSE_2021
from esos.station.drills import Act, Beat, BeatKind, Comparison, DrillState, Ending, Loss, Moment, one_byte_changed
from esos.web.console.drill_parts import (
    ACT_STEPS,
    AXIS_UNITS,
    BEAT_WORDS,
    MARKS,
    after,
    bands_of,
    bar_width,
    figures_of,
    key_beats,
    lanes_of,
    marks,
    outcomes_of,
    place,
    steps_of,
)
from esos.words.request_state import RequestState

BASE = DrillState(
    name="some",
    title="Some",
    when="once",
    first_sign="01:00",
    speed=40,
    act=Act.OVER,
    now="Over.",
    history=HSE_2021.moments,
)
ENDING = Ending(
    comparison=Comparison(
        history=Loss(service_hours=100, first_back_minutes=10_080, all_back_minutes=187_200),
        drill=Loss(service_hours=7, first_back_minutes=1_800, all_back_minutes=11_520),
        assumptions=("One.",),
    ),
    behaviours={"say yes": 2},
    outcomes={"settled": 3, "declined": 1, "no_reply": 1},
    killed=True,
    lost_after_kill=0,
    down_ms=2_000,
    accepted=True,
    refused_after_change=True,
    proof=("Accepted.",),
    refusal=("REFUSED.",),
)


def beat(at_minutes: int, kind: BeatKind, says: str = "It happened.") -> Beat:
    return Beat(at_minutes=at_minutes, says=says, clock="02:50", kind=kind)


def shown(*beats: Beat, act: Act = Act.OVER) -> DrillState:
    return msgspec.structs.replace(BASE, beats=beats, act=act)


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_later_never_stands_before_sooner_on_the_axis(one, other):
    assert (place(one) <= place(other)) or one > other
    assert 0 <= place(one) <= AXIS_UNITS


def test_every_mark_stands_where_its_minutes_do_and_all_are_equally_far_apart():
    assert [at for at, _ in marks()] == [place(minutes) for minutes, _ in MARKS]
    distances = {later[0] - sooner[0] for sooner, later in zip(marks(), marks()[1:], strict=False)}
    assert max(distances) - min(distances) <= 1


@pytest.mark.parametrize(("act", "done", "now"), [
    (Act.OPENING, 0, "The call"), (Act.ASKING, 2, "Teams are being asked"), (Act.KILLING, 3, "The station is killed"),
    (Act.PROVING, 6, "It is being proved"), (Act.OVER, 7, ""),
])  # fmt: skip
def test_the_strip_says_how_far_it_is(act, done, now):
    steps = steps_of(shown(act=act))
    assert sum(step.state == "done" for step in steps) == done
    assert next((step.words for step in steps if step.state == "now"), "") == now


def test_every_act_has_its_step_on_the_strip():
    assert {act for _, acts in ACT_STEPS for act in acts} == set(Act) - {Act.OVER, Act.BROKEN}


def test_every_kind_of_beat_has_its_word():
    assert set(BEAT_WORDS) == set(BeatKind)


def test_nothing_of_history_and_no_turn_of_the_drill_is_missing_from_the_bands():
    state = shown(
        beat(110, BeatKind.CALLED), beat(112, BeatKind.COMING, "First."), beat(113, BeatKind.COMING, "Second.")
    )
    bands = bands_of(state)
    assert [line.says for band in bands for line in band.history] == [moment.says for moment in state.history]
    assert [line.says for band in bands for line in band.drill] == ["It happened.", "First."]
    assert all(band.history or band.drill for band in bands)
    assert bands[0].words == "0 to 1 h"


def test_an_event_at_the_very_mark_belongs_to_the_later_band():
    state = msgspec.structs.replace(BASE, history=(Moment(at_minutes=60, says="At one hour."),))
    assert bands_of(state)[0].words == "1 to 2 h"


def test_of_answers_only_the_first_of_each_kind_stands_beside_history():
    kinds = [BeatKind.COMING, BeatKind.COMING, BeatKind.DECLINED, BeatKind.KILLED, BeatKind.DECLINED, BeatKind.WHY]
    assert [one.kind for one in key_beats(tuple(beat(1, kind) for kind in kinds))] == [
        BeatKind.COMING, BeatKind.DECLINED, BeatKind.KILLED,
    ]  # fmt: skip


def test_lanes_cover_the_whole_axis_in_order():
    for lane in lanes_of(shown(beat(120, BeatKind.CALLED)), ENDING):
        assert sum(stretch.width for stretch in lane.stretches) == AXIS_UNITS
        assert [stretch.what for stretch in lane.stretches] == ["nothing", "coming-back", "back"]
        assert lane.dots


def test_spans_are_counted_from_the_call():
    state = shown(beat(110, BeatKind.CALLED), beat(112, BeatKind.IN_CHARGE), beat(171, BeatKind.MET))
    assert figures_of(state) == (("2 min", "until a person had charge"), ("1 h 1 min", "until everything was bound"))
    assert figures_of(shown()) == ()


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 min"), (59, "59 min"), (60, "1 h"), (221, "3 h 41 min"), (1_440, "day 1"), (187_200, "day 130")],
)
def test_times_after_the_first_sign_in_words(minutes, words):
    assert after(minutes) == words


def test_a_loss_is_never_drawn_as_nothing():
    assert (bar_width(0, 100), bar_width(1, 1_000_000), bar_width(100, 100), bar_width(0, 0)) == (0, 1, 1000, 0)


def test_outcomes_are_told_in_words_and_add_up():
    told = outcomes_of(ENDING)
    assert [count for count, _ in told] == [3, 1, 1]
    ends = {state.value: 1 for state in RequestState if state.is_end}
    words = [text for _, text in outcomes_of(msgspec.structs.replace(ENDING, outcomes=ends))]
    assert len(set(words)) == len(ends)
    assert not any("_" in text for text in words)


@given(st.binary(min_size=1, max_size=400))
def test_exactly_one_byte_is_changed(data):
    changed = one_byte_changed(data)
    assert len(changed) == len(data)
    assert sum(one != other for one, other in zip(data, changed, strict=True)) == 1


def test_the_changed_byte_is_inside_a_signed_statement_where_there_is_one():
    data = b'{"cose": "' + b"A" * 300 + b'"}'
    assert chr(next(one for one, other in zip(one_byte_changed(data), data, strict=True) if one != other)) == "B"
