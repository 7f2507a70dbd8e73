"""Stories of law beside a case: it changes nothing in how help goes on, and the caller is reminded in time."""

import msgspec
from doubles.case_play import CALLER, FIRST, HOUR_MS, STATION, Play

from esos.case.event import Audience, Reason
from esos.case.law import DRAFTS_MAX_COUNT, LAWS_MAX_COUNT
from esos.case.table import LIFE_ROWS
from esos.message.bodies import CallDetails
from esos.words.life import Life
from esos.words.urgency import Urgency

MAYDAY = CallDetails(urgency=Urgency.MAYDAY)


def test_help_goes_on_alike_whether_a_law_was_named_or_not():
    def story(*, with_law: bool) -> Play:
        play = Play().say(CALLER, "called", call=b"call-one", details=MAYDAY)
        if with_law:
            play.say(CALLER, "law_named", law="nis2", moments={"aware": 1})
            play.say(FIRST, "law_drafted", law="nis2", clock="final", text="So far.")
            play.say(
                STATION,
                "law_reminded",
                law="nis2",
                clock="final",
                due_ms=2,
                before_minutes=0,
                title="Final report",
                under="NIS2",
            )
        play.say(FIRST, "acknowledged").wait(2 * HOUR_MS)
        return play

    with_law, without = story(with_law=True), story(with_law=False)
    assert with_law.case.laws
    assert plain(msgspec.structs.replace(with_law.case, laws={})) == plain(without.case)


def plain(case) -> object:
    """A case but for its lease, which names the statement that took it."""
    return {name: value for name, value in msgspec.to_builtins(case).items() if name != "lease"}


def test_a_law_can_be_named_in_every_state_of_a_case():
    rows = [row for row in LIFE_ROWS if row.event in {"law_named", "law_drafted"}]
    assert [set(row.frm) for row in rows] == [set(Life) - {Life.CALLING, Life.ERASED}] * 2


def test_a_reminder_goes_to_the_caller_once_for_each_time_ahead():
    play = Play().say(CALLER, "called", call=b"call-one", details=MAYDAY)
    body = {
        "law": "nis2",
        "clock": "early-warning",
        "due_ms": 9,
        "before_minutes": 60,
        "title": "Early warning",
        "under": "NIS2",
    }
    assert play.refused(STATION, "law_reminded", **body) == "law.not_named"
    play.say(CALLER, "law_named", law="nis2")
    play.say(STATION, "law_reminded", **body)
    assert play.ever_paged(Audience.CALLER, Reason.LAW_DUE) == 1
    assert play.refused(STATION, "law_reminded", **body) == "law.reminded"
    play.say(STATION, "law_reminded", **(body | {"before_minutes": 0}))
    assert play.ever_paged(Audience.CALLER, Reason.LAW_DUE) == 2


def test_a_law_keeps_a_bounded_number_of_drafts():
    play = Play().say(CALLER, "called", call=b"call-one", details=MAYDAY)
    for number in range(DRAFTS_MAX_COUNT):
        play.say(CALLER, "law_drafted", law="nis2", clock=f"report-{number}", text="")
    assert play.refused(CALLER, "law_drafted", law="nis2", clock="one-more", text="") == "law.too_many"
    assert play.say(CALLER, "law_drafted", law="nis2", clock="report-1", text="More.").case.laws["nis2"].drafts


def test_a_law_that_does_not_apply_after_all_reminds_nobody():
    play = Play().say(CALLER, "called", call=b"call-one", details=MAYDAY).say(CALLER, "law_named", law="nis2")
    play.say(FIRST, "law_named", law="nis2", applies=False)
    body = {
        "law": "nis2",
        "clock": "final",
        "due_ms": 9,
        "before_minutes": 60,
        "title": "Final report",
        "under": "NIS2",
    }
    assert play.refused(STATION, "law_reminded", **body) == "law.not_named"


def test_a_case_keeps_a_bounded_number_of_laws():
    play = Play().say(CALLER, "called", call=b"call-one", details=MAYDAY)
    for number in range(LAWS_MAX_COUNT):
        play.say(CALLER, "law_named", law=f"law-{number}")
    assert play.refused(CALLER, "law_named", law="one-more") == "law.too_many"
