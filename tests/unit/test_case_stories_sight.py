"""Stories of who is shown a case although its caller is outside their view."""

from doubles.case_play import CALLER, FIRST, HOUR_MS, STATION, Play

from esos.message.bodies import CallDetails
from esos.words.urgency import Urgency

MAYDAY = CallDetails(urgency=Urgency.MAYDAY)


def test_whoever_is_woken_stays_shown_and_nothing_else_in_the_case_changes():
    def story(*, with_sight: bool) -> Play:
        play = Play().say(CALLER, "called", call=b"call-one", details=MAYDAY)
        if with_sight:
            play.say(STATION, "sight_widened", officers=("officer:a", "officer:b"), why="unanswered")
            play.say(STATION, "sight_widened", officers=("officer:b", "officer:c"), why="unanswered")
        return play.wait(HOUR_MS)

    shown, plain = story(with_sight=True), story(with_sight=False)
    assert shown.case.shown_to == ("officer:a", "officer:b", "officer:c")
    assert plain.case.shown_to == ()
    assert shown.case.timers == plain.case.timers


def test_only_the_station_shows_a_case_to_somebody():
    play = Play().say(CALLER, "called", call=b"call-one", details=MAYDAY)
    assert play.refused(FIRST, "sight_widened", officers=("officer:a",), why="nobody") == "case.role"
