"""Stories of a situation report that comes in parts, in any order, twice, from several people, or never whole."""

from itertools import permutations

import pytest
from doubles.case_play import CALLER, FIRST, HELPER, RELAY, Play

from esos.case.reporting import UNFINISHED_MAX_COUNT
from esos.message.bodies import NeedAsk, SitrepGiven
from esos.message.packet_part import digest_of, pack_report, split_report
from esos.words.need import NeedLine

SITREP = SitrepGiven(
    sections={"C": "Two wards are dark. " + " ".join(f"Room {number} is lost." for number in range(60))},
    needs=(NeedAsk(line=NeedLine.FILTERING, quantity=60),),
)
PARTS = split_report(SITREP, first=3)
CALL = b"call-one"


def give(play, part, number, by=CALLER, call=CALL):
    return play.say(by, "part_given", **said(part, number, call))


def said(part, number, call=CALL):
    return {
        "call": call, "number": number, "first": part.first, "count": part.count, "digest": part.digest,
        "data": part.data,
    }  # fmt: skip


def numbered(parts=PARTS):
    return list(enumerate(parts, start=parts[0].first))


def test_a_report_in_parts_counts_once_the_last_one_is_there():
    play = Play().called()
    *before, (last, part) = numbered()
    for number, one in before:
        give(play, one, number)
    assert len(before) >= 2
    assert play.case.sections == {}
    give(play, part, last)
    assert play.case.sections == SITREP.sections
    assert play.case.needs == {NeedLine.FILTERING: 60}
    assert play.case.unfinished == ()


@pytest.mark.parametrize("order", list(permutations(range(3)))[:6])
def test_the_order_of_the_parts_does_not_matter_and_one_that_comes_twice_neither(order):
    play, parts = Play().called(), numbered()
    assert len(parts) == 3
    for place in order:
        give(play, parts[place][1], parts[place][0])
        give(play, parts[order[0]][1], parts[order[0]][0])
    assert play.case.sections == SITREP.sections


def test_parts_of_two_speakers_or_two_calls_make_no_report_together():
    play = Play().called().say(RELAY, "relayed", call=b"relayed1", caller=CALLER.party)
    (first, one), (second, two), (third, three) = numbered()
    give(play, one, first)
    give(play, two, second, by=RELAY)
    give(play, three, third, call=b"call-two")
    assert play.case.sections == {}


def test_what_waits_for_its_parts_is_bounded_and_the_oldest_is_let_go():
    play = Play().called()
    for number in range(UNFINISHED_MAX_COUNT + 3):
        give(play, PARTS[0], 3, call=b"call-%03d" % number)
    assert [one.call for one in play.case.unfinished] == [b"call-003", b"call-004"]


def test_parts_that_make_no_report_are_refused_and_the_case_stays_as_it_was():
    play, junk = Play().called(), b"no report at all"
    part = type(PARTS[0])(first=1, count=1, digest=digest_of(junk), data=junk)
    assert play.refused(CALLER, "part_given", **said(part, 1)) == "sitrep.parts"
    other = type(PARTS[0])(first=1, count=1, digest=b"none", data=pack_report(SitrepGiven(sections={"C": "x"})))
    assert play.refused(CALLER, "part_given", **said(other, 1)) == "sitrep.parts"
    assert (play.case.sections, play.case.unfinished) == ({}, ())


def test_a_relay_gives_no_part_on_a_restricted_channel_and_a_helper_none_at_all():
    play = Play().called().say(RELAY, "relayed", call=b"relayed1", caller=CALLER.party).acknowledged()
    play.say(FIRST, "channel_set", channel="restricted")
    assert play.refused(RELAY, "part_given", **said(PARTS[0], 3)) == "case.restricted"
    assert play.refused(HELPER, "part_given", **said(PARTS[0], 3)) == "case.role"


def test_another_call_about_something_else_leaves_no_half_report_behind():
    play = Play().called()
    give(play, PARTS[0], 3)
    play.say(CALLER, "cancelled").called(call=b"call-two", natures=(12,))
    assert play.case.unfinished == ()
