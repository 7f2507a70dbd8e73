"""The judge of histories finds each way in which a station could break its word, and is content with a true one."""

from dataclasses import replace

import pytest
from doubles.heard_history import NEVER, Heard, HeardHistory, Seen, breaches


def seen(seq: int, name: str, verdict: str = "applied") -> Seen:
    return Seen(seq=seq, id=name, at_ms=1000 + seq, verdict=verdict)


JOURNAL = [seen(1, "a"), seen(2, "b"), seen(3, "c", "case.ended"), seen(4, "d")]


def append(name: str, seq: int, began: float, ended: float, verdict: str = "applied") -> Heard:
    return Heard(
        kind="append", client="caller", subject=name, began=began, ended=ended, seen=(seen(seq, name, verdict),)
    )


def look(began: float, *shown: Seen, kind="case", after: int = 0) -> Heard:
    return Heard(kind=kind, client="officer", subject="K", began=began, ended=began + 1, seen=shown, after=after)


def judged(*heard: Heard, journal=JOURNAL) -> list[str]:
    history = HeardHistory()
    for one in heard:
        history.add(one)
    return breaches(history, journal)


TRUE = (
    append("a", 1, 0, 3, ""),
    append("b", 2, 1, 2, ""),
    Heard(kind="append", client="caller", subject="c", began=4, ended=NEVER),
    append("c", 3, 6, 7, "case.ended"),
    append("d", 4, 8, 9),
    append("a", 1, 20, 21),
    look(3, seen(1, "a"), seen(2, "b", "")),
    look(10, *JOURNAL),
    look(3, seen(1, ""), seen(2, "", ""), kind="stream"),
    look(11, seen(3, "", "case.ended"), seen(4, ""), kind="stream", after=2),
)


def test_a_true_history_is_believed():
    assert judged(*TRUE) == []


@pytest.mark.parametrize(
    ("word", "lie", "journal"),
    [
        ("lost", append("x", 5, 30, 31), JOURNAL),
        ("lost", append("x", 4, 30, 31), JOURNAL),
        ("lost", look(30, *JOURNAL, seen(5, "x")), JOURNAL),
        ("lost", append("d", 4, 30, 31), [*JOURNAL[:2], JOURNAL[3]]),
        ("twice", append("d", 4, 30, 31), [*JOURNAL, seen(5, "b")]),
        ("twice", append("a", 5, 30, 31), [*JOURNAL, seen(5, "x")]),
        ("twice", look(30, *JOURNAL, seen(4, "d")), JOURNAL),
        ("changed", look(30, seen(1, "a", "case.ended"), *JOURNAL[1:]), JOURNAL),
        ("changed", append("d", 4, 30, 31), [*JOURNAL[:3], seen(4, "d", "")]),
        ("changed", look(30, replace(seen(1, "a"), at_ms=7), *JOURNAL[1:]), JOURNAL),
        ("backwards", append("e", 5, 10, 11), [*JOURNAL, seen(5, "e")]),
        ("backwards", look(30, *JOURNAL[:2]), JOURNAL),
        ("backwards", look(30, JOURNAL[1], JOURNAL[0], *JOURNAL[2:]), JOURNAL),
        ("backwards", look(30, seen(3, "", "case.ended"), kind="stream"), JOURNAL),
        ("backwards", look(30, seen(1, ""), seen(2, ""), kind="stream"), JOURNAL),
        ("backwards", look(30, seen(4, ""), seen(3, "", "case.ended"), kind="stream", after=3), JOURNAL),
    ],
)
def test_each_way_to_break_a_word_is_found(word, lie, journal):
    heard = [*TRUE, lie]
    if lie.subject == "e":  # said long after the number that "f" got, and given a lower one
        heard = [*TRUE, append("f", 6, 5, 6), lie]
        journal = [*journal, seen(6, "f")]
    assert [one for one in judged(*heard, journal=journal) if one.startswith(word)]


def test_what_was_never_answered_may_be_there_or_not():
    asked = Heard(kind="append", client="caller", subject="x", began=5)
    assert judged(*TRUE, asked) == []
    assert judged(*TRUE, asked, journal=[*JOURNAL, seen(5, "x")]) == []
