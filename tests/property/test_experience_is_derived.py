"""What a station has learnt of its members is a function of its cases: learnt live or after a restart, the same."""

from dataclasses import replace

import pytest
from test_case_laws import AnyStory, told

from esos.duty.events import MemberRegistered
from esos.duty.record import MemberRecord
from esos.duty.register import Register
from esos.message.card import MemberCard
from esos.station.experience import Experience

STORIES = 12
MEMBERS = ("helper", "other", "third", "neighbour", "hospital")


def station() -> Experience:
    register = Register()
    for name in MEMBERS:
        register.apply(0, MemberRegistered(member=name, card=MemberCard(name=name, keys=()), at_ms=0))
    return Experience(register)


def learnt(experience: Experience) -> tuple[list[MemberRecord], list[frozenset[str]]]:
    """Everything a ranking may read of what was learnt."""
    register = experience.register
    quotas = [
        register.resting(open_max=most, recent_max=10_000, since_ms=0)
        | register.resting(open_max=10_000, recent_max=most, since_ms=0)
        for most in range(1, 20)
    ]
    return [record_without_empty(record) for record in register], quotas


def record_without_empty(record: MemberRecord) -> MemberRecord:
    """A line on which nothing is carried any more is like one on which nothing ever was."""
    return replace(record, carried={line: loads for line, loads in record.carried.items() if loads})


@pytest.mark.parametrize("seed", range(STORIES))
def test_relearning_a_case_gives_what_was_learnt_from_it_live(seed: int) -> None:
    live, again, story = station(), station(), AnyStory()
    for _ in told(story, seed):
        live.learn(story.case)
    again.learn(story.case)
    assert learnt(again) == learnt(live)
    again.learn(story.case)
    assert learnt(again) == learnt(live)


def test_the_stories_teach_something_of_every_kind() -> None:
    live = station()
    for seed in range(STORIES):
        story = AnyStory()
        for _ in told(story, seed):
            live.learn(story.case)
    records = list(live.register)
    assert any(record.answered for record in records)
    assert any(record.asked > record.answered for record in records)
    assert any(record.reached_ms for record in records)
    assert any(record.carried for record in records)
