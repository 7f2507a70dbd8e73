"""A station's clock is judged by the kernel and by many members' clocks; a call is never refused for it (law 2)."""

import pytest
from doubles.small_club import small_club

from esos.keys.speaker import KnownBy, Role, Speaker
from esos.message import bodies as b
from esos.station.clocks import (
    CLOCK_WRONG_MS,
    HEARD_FOR_MS,
    HEARD_MAX_COUNT,
    HEARD_MIN_COUNT,
    HeardClocks,
    KernelWord,
    judge_clock,
)
from esos.vault.chance import SystemClock
from esos.vault.kernel_clock import kernel_word, word_of
from esos.web.csrf import SESSION_COOKIE
from esos.web.metrics import Metrics

IN_TIME = KernelWord("synchronised", 20)
NOW_MS = 1_764_000_000_000


def member(number: int) -> Speaker:
    return Speaker(party=f"member{number}", roles=frozenset({Role.MEMBER}), known_by=KnownBy.KEY)


def heard(*ahead_ms: int) -> HeardClocks:
    clocks = HeardClocks()
    for number, ahead in enumerate(ahead_ms):
        clocks.note(member(number), time_ms=NOW_MS - ahead, at_ms=NOW_MS)
    return clocks


def judged(clocks: HeardClocks, kernel: KernelWord = IN_TIME, *, now_ms: int = NOW_MS):
    return judge_clock(kernel, clocks.ahead_of_each_ms(now_ms=now_ms))


# ------------------------------------------------------------------------------------------ the judgement
def test_a_clock_that_is_kept_in_time_and_that_members_agree_with_is_fine():
    found = judged(heard(100, 300, 200, -50, 900))
    assert (found.is_wrong, found.sentence) == (False, "The clock is kept in time.")


@pytest.mark.parametrize(("ahead_ms", "which"), [(120_000, "ahead of"), (-120_000, "behind")])
def test_a_clock_that_many_members_contradict_is_wrong_whatever_the_kernel_says(ahead_ms, which):
    found = judged(heard(*[ahead_ms] * HEARD_MIN_COUNT))
    assert found.is_wrong
    assert f"120 seconds {which} those of the {HEARD_MIN_COUNT} members" in found.sentence


def test_one_member_with_a_wrong_clock_says_nothing_about_this_one():
    assert not judged(heard(10, 20, 30, 40, 86_400_000)).is_wrong
    assert not judged(heard(*[86_400_000] * (HEARD_MIN_COUNT - 1))).is_wrong


def test_the_limit_itself_is_not_beyond_it():
    assert not judged(heard(*[CLOCK_WRONG_MS] * HEARD_MIN_COUNT)).is_wrong
    assert judged(heard(*[CLOCK_WRONG_MS + 1] * HEARD_MIN_COUNT)).is_wrong


@pytest.mark.parametrize(
    ("kernel", "is_wrong", "word"),
    [
        (KernelWord("not"), False, "nobody keeps this clock in time"),
        (KernelWord("synchronised", 9_000), True, "9 seconds off"),
        (KernelWord(), False, "cannot be asked"),
        (IN_TIME, False, "kept in time"),
    ],
)
def test_the_kernel_is_believed_where_nobody_contradicts_it(kernel, is_wrong, word):
    found = judged(HeardClocks(), kernel)
    assert (found.is_wrong, word in found.sentence) == (is_wrong, True)


# ----------------------------------------------------------------------------------- whose clocks count
def test_what_was_late_on_its_way_says_nothing_when_the_same_member_was_quick_once():
    clocks = heard(50, 50, 50, 50, 50)
    for number in range(5):
        clocks.note(member(number), time_ms=NOW_MS - 600_000, at_ms=NOW_MS + 1)
    assert judged(clocks).ahead_ms == 50


def test_what_was_heard_an_hour_ago_counts_no_more():
    clocks = heard(*[600_000] * HEARD_MIN_COUNT)
    assert judged(clocks, now_ms=NOW_MS + HEARD_FOR_MS).heard == 0


@pytest.mark.parametrize(
    "speaker",
    [
        Speaker(party="stranger:1", roles=frozenset({Role.STRANGER})),
        Speaker(party="member1", roles=frozenset({Role.MEMBER}), known_by=KnownBy.SESSION, attested=True),
        Speaker(party="officer:1", roles=frozenset({Role.OFFICER}), known_by=KnownBy.SESSION, attested=True),
    ],
)
def test_only_a_members_own_signed_time_counts(speaker):
    clocks = HeardClocks()
    clocks.note(speaker, time_ms=1, at_ms=NOW_MS)
    clocks.note(member(1), time_ms=0, at_ms=NOW_MS)
    assert clocks.ahead_of_each_ms(now_ms=NOW_MS) == []


def test_no_more_clocks_are_remembered_than_the_limit():
    clocks = heard(*range(HEARD_MAX_COUNT + 20))
    assert len(clocks.ahead_of_each_ms(now_ms=NOW_MS)) == HEARD_MAX_COUNT


# ------------------------------------------------------------------------------------------- the kernel
@pytest.mark.parametrize(
    ("state", "status", "error_us", "expected"),
    [
        (0, 0x2001, 21_500, KernelWord("synchronised", 21)),
        (5, 0, 0, KernelWord("not")),
        (0, 0x40, 16_000_000, KernelWord("not")),
    ],
)
def test_the_kernels_answer_in_our_words(state, status, error_us, expected):
    assert word_of(state, status=status, error_us=error_us) == expected


def test_this_machine_can_be_asked_and_its_answer_is_one_of_three(tmp_path):
    found = kernel_word(tmp_path / "none")
    assert found.state in {"synchronised", "not", "unknown"}
    assert 0 <= found.error_ms < 60_000


def test_where_the_kernel_may_not_be_asked_the_time_services_mark_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("esos.vault.kernel_clock._adjtimex", lambda: lambda _: -1)
    assert kernel_word(tmp_path / "none") == KernelWord("unknown")
    (tmp_path / "synchronized").touch()
    assert kernel_word(tmp_path / "synchronized") == KernelWord("synchronised")


# ------------------------------------------------------------------------------------- told to people
@pytest.mark.anyio
async def test_a_wrong_clock_is_shown_on_the_floor_and_in_figures_and_refuses_nobody(tmp_path):
    import httpx

    async with small_club(tmp_path / "home") as club:
        station = club.station
        station.kernel = lambda: IN_TIME
        assert not station.clock_view().is_wrong
        for number in range(HEARD_MIN_COUNT):
            voice = await club.join(f"Team {number}")
            said = voice.say("called", b.Called(call=b"12345678"), now_ms=SystemClock().now_ms() - 400_000)
            assert (await station.desk.submit(said.raw)).verdict == "applied"
        assert station.clock_view().is_wrong
        figures = (await Metrics(station, dict, dict).text(streams_open=0)).decode()
        assert "\nesos_clock_wrong 1.0" in figures
        (ahead,) = [line for line in figures.splitlines() if line.startswith("esos_clock_ahead_seconds ")]
        assert 399 < float(ahead.split()[1]) < 500
        cookies = {SESSION_COOKIE: await station.tokens.make(club.officer, "session", lives_ms=60_000)}
        async with httpx.AsyncClient(transport=club.transport, base_url="http://localhost", cookies=cookies) as web:
            floor = (await web.get("/watch")).text
        assert "seconds ahead of those of the 5 members heard last" in floor
