"""The budget of brief 3 holds whatever the dice: 110 packets and 32 KB (40 on IPv6) to one station in any minute."""

from hypothesis import given
from hypothesis import strategies as st

from esos.beacon.schedule import (
    BYTES_PER_MINUTE_MAX,
    BYTES_PER_MINUTE_MAX_V6,
    PACKETS_PER_MINUTE_MAX,
    Pace,
    next_send_ms,
)
from esos.message.packet import PADDED_BYTES_V4, PADDED_BYTES_V6

MINUTE_MS = 60_000
LONG_MS = 700_000
rtts = st.none() | st.integers(0, 5_000)
dice = st.randoms(use_true_random=False)


def times_of(rtt_ms, jitters, pace):
    times, elapsed_ms = [], 0
    while elapsed_ms < LONG_MS:
        elapsed_ms += next_send_ms(elapsed_ms, len(times), rtt_ms, jitters(), pace=pace)
        times.append(elapsed_ms)
    return times


def busiest_minute(times):
    return max(sum(start <= moment < start + MINUTE_MS for moment in times) for start in times)


@given(rtts, dice, st.sampled_from(Pace), st.sampled_from([0.0, 0.5, 1.0]))
def test_no_minute_has_more_than_110_packets(rtt_ms, chance, pace, lean):
    """``lean`` pushes the dice towards the shortest gaps."""

    def jitter():
        return -1.0 if chance.random() < lean else chance.uniform(-1, 1)

    assert busiest_minute(times_of(rtt_ms, jitter, pace)) <= PACKETS_PER_MINUTE_MAX


@given(st.integers(0, LONG_MS), st.integers(5, 200), rtts, st.floats(-1, 1), st.sampled_from(Pace))
def test_a_longer_wait_is_never_followed_by_an_earlier_copy(elapsed_ms, sends, rtt_ms, jitter, pace):
    """So the shortest gaps are the worst case, and the first test below covers all dice."""
    soon = elapsed_ms + next_send_ms(elapsed_ms, sends, rtt_ms, jitter, pace=pace)
    later = elapsed_ms + 10 + next_send_ms(elapsed_ms + 10, sends, rtt_ms, jitter, pace=pace)
    assert later >= soon


def test_the_worst_dice_use_the_budget_and_do_not_pass_it():
    worst = busiest_minute(times_of(0, lambda: -1.0, Pace.FULL))
    assert worst == PACKETS_PER_MINUTE_MAX
    assert worst * (PADDED_BYTES_V4 + 28) <= BYTES_PER_MINUTE_MAX
    assert worst * (PADDED_BYTES_V6 + 48) <= BYTES_PER_MINUTE_MAX_V6


@given(rtts, dice)
def test_the_first_answer_only_slows_a_beacon_down(rtt_ms, chance):
    elapsed_ms, sends, jitter = chance.randrange(LONG_MS), chance.randrange(1, 200), chance.uniform(-1, 1)
    full = next_send_ms(elapsed_ms, sends, rtt_ms, jitter)
    slow = next_send_ms(elapsed_ms, sends, rtt_ms, jitter, pace=Pace.SLOW)
    assert slow >= full
