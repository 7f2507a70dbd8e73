"""A duty binds those who accepted it, from a date, except what they reserved, until their notice has run out."""

import msgspec
import pytest

from esos.errors import Conflict, Malformed
from esos.pact.accession import (
    Accession,
    Bond,
    Reservation,
    Section,
    accede,
    binds,
    day,
    earliest_in_force_ms,
    pact_in_force_ms,
    strongest,
    withdraw,
)
from esos.pact.combine import combine
from esos.pact.model import Duty
from esos.pact.rules import rules_of
from esos.pact.shipped import load
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

DAY = 86_400_000
TREATY = load("treaty")[1]
RULES = rules_of(TREATY)
BEGINS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
SIGNED = BEGINS + 100 * DAY
IN_FORCE = SIGNED + 30 * DAY


def acceded(**changes):
    return accede(TREATY, member="a1b2", signed_ms=SIGNED, **changes)


def bond(accession, line=NeedLine.ADVICE, at_ms=IN_FORCE, urgency=Urgency.MAYDAY):
    return binds(accession, line, at_ms, rules=RULES, urgency=urgency)


def test_a_pact_begins_with_its_day_in_utc():
    assert pact_in_force_ms(TREATY) == BEGINS


def test_an_accession_enters_into_force_after_the_delay_of_the_pact():
    assert acceded().in_force_ms == IN_FORCE
    assert earliest_in_force_ms(TREATY, signed_ms=SIGNED) == IN_FORCE


def test_an_accession_signed_early_waits_for_the_pact():
    assert accede(TREATY, member="a1b2", signed_ms=BEGINS - 300 * DAY).in_force_ms == BEGINS


def test_a_later_date_may_be_chosen_and_an_earlier_one_not():
    assert acceded(in_force_ms=IN_FORCE + DAY).in_force_ms == IN_FORCE + DAY
    with pytest.raises(Malformed) as refusal:
        acceded(in_force_ms=IN_FORCE - 1)
    assert refusal.value.code == "accession.too_early"
    assert day(IN_FORCE) in refusal.value.detail


def test_whoever_acceded_must_answer_and_help():
    result = bond(acceded())
    assert (result.duty, result.pact, result.is_bound) == (Duty.HELP, "treaty", True)
    assert (
        result.sentence
        == f"a1b2 acceded to treaty, in force since {day(IN_FORCE)}: it must answer, and help if it reasonably can."
    )


def test_nobody_is_bound_before_the_date_and_the_moment_itself_belongs_to_it():
    assert bond(acceded(), at_ms=IN_FORCE - 1).duty is Duty.NOTHING
    assert bond(acceded(), at_ms=IN_FORCE).duty is Duty.HELP


def test_at_a_lower_urgency_less_is_owed():
    assert [bond(acceded(), urgency=urgency).duty for urgency in Urgency] == [Duty.HELP, Duty.ANSWER, Duty.NOTHING]
    assert bond(acceded(), urgency=Urgency.ADVISORY).sentence.endswith("it owes nothing here.")


def test_help_that_is_not_owed_leaves_the_duty_to_answer():
    result = bond(acceded(), NeedLine.LEGAL)
    assert result.duty is Duty.ANSWER
    assert "“Legal advice” is not owed under this pact" in result.sentence


def test_a_reserved_line_leaves_the_duty_to_answer_and_no_other_line_changes():
    accession = acceded(reservations=(Reservation(need=NeedLine.PEOPLE_ON_SITE, reason="Our law forbids it."),))
    assert bond(accession, NeedLine.PEOPLE_ON_SITE).duty is Duty.ANSWER
    assert "it reserved People on site" in bond(accession, NeedLine.PEOPLE_ON_SITE).sentence
    assert bond(accession, NeedLine.ADVICE).duty is Duty.HELP


def test_a_reserved_section_of_help_takes_every_line():
    accession = acceded(reservations=(Reservation(section=Section.ASSISTANCE),))
    assert {bond(accession, line).duty for line in NeedLine} == {Duty.ANSWER}


def test_a_reserved_section_of_another_kind_takes_no_line():
    accession = acceded(reservations=(Reservation(section=Section.LAW),))
    assert bond(accession).duty is Duty.HELP


@pytest.mark.parametrize("named", [{}, {"need": NeedLine.ADVICE, "section": Section.LAW}])
def test_a_reservation_names_exactly_one_thing(named):
    with pytest.raises(Malformed) as refusal:
        Reservation(**named)
    assert refusal.value.code == "accession.reservation"


def test_nothing_is_reserved_twice():
    with pytest.raises(Malformed) as refusal:
        acceded(reservations=(Reservation(need=NeedLine.ADVICE), Reservation(need=NeedLine.ADVICE, reason="Again.")))
    assert refusal.value.code == "accession.reservation"


def test_who_may_call_and_what_is_distress_cannot_be_reserved():
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"section": "callers"}, Reservation)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"section": "threshold"}, Reservation)


def test_withdrawal_takes_notice_and_the_duty_stands_until_then():
    said = IN_FORCE + 10 * DAY
    ended = withdraw(acceded(), TREATY, said_ms=said)
    assert ended.ends_ms == said + 365 * DAY
    assert bond(ended, at_ms=ended.ends_ms - 1).duty is Duty.HELP
    assert bond(ended, at_ms=ended.ends_ms).duty is Duty.NOTHING
    assert day(ended.ends_ms) in bond(ended, at_ms=ended.ends_ms).sentence


def test_whoever_withdraws_before_it_began_is_bound_no_longer_than_the_notice():
    late = acceded(in_force_ms=SIGNED + 2_000 * DAY)
    assert withdraw(late, TREATY, said_ms=SIGNED + DAY).ends_ms == late.in_force_ms


def test_nobody_withdraws_twice_or_from_another_file():
    ended = withdraw(acceded(), TREATY, said_ms=IN_FORCE)
    with pytest.raises(Conflict) as again:
        withdraw(ended, TREATY, said_ms=IN_FORCE + DAY)
    with pytest.raises(Conflict) as other:
        withdraw(acceded(), load("club")[1], said_ms=IN_FORCE)
    assert (again.value.code, other.value.code) == ("accession.already_withdrawn", "accession.other_pact")


def test_an_accession_to_other_bytes_binds_nobody_here():
    newer = msgspec.structs.replace(RULES, digest=b"\1" * 32, version=2)
    result = binds(acceded(), NeedLine.ADVICE, IN_FORCE, rules=newer)
    assert result.duty is Duty.NOTHING
    assert "treaty version 1, which is not the pact of this case" in result.sentence


def test_an_accession_survives_being_written_and_read():
    accession = acceded(reservations=(Reservation(need=NeedLine.LEGAL),))
    assert msgspec.json.decode(msgspec.json.encode(accession), type=Accession) == accession


@pytest.mark.parametrize("at_ms", [-1, 0, 2**63, 10**30])
def test_a_day_can_be_said_of_any_moment(at_ms):
    assert len(day(at_ms)) == 10


def test_of_several_bonds_the_strongest_counts():
    weak = Bond(duty=Duty.ANSWER, pact="a", sentence="x")
    strong = Bond(duty=Duty.HELP, pact="z", sentence="y")
    assert strongest((weak, strong)) == strong
    assert strongest((weak, msgspec.structs.replace(weak, pact="b"))) == weak
    assert strongest(()) is None


def test_of_several_pacts_the_shortest_timer_that_runs_counts():
    slow = msgspec.structs.replace(
        rules_of(load("club")[1]),
        mayday=msgspec.structs.replace(RULES.mayday, reply_ms=60_000, call_back_ms=1_800_000),
    )
    both = combine(RULES, slow)
    assert (both.mayday.reply_ms, both.mayday.call_back_ms) == (60_000, 600_000)
    assert both.mayday.reply_reminders_ms == ()
    assert both.pan_pan.wave_first_unacked_ms == 0


def test_of_several_pacts_the_strongest_duty_and_all_owed_help_count():
    pledge, club = rules_of(load("pledge")[1]), rules_of(load("club")[1])
    both = combine(club, pledge)
    assert both.pan_pan_duty is Duty.HELP
    assert set(both.owed) == set(pledge.owed) | set(club.owed)
    assert (both.free_units(NeedLine.ADVICE), both.free_units(NeedLine.TRIAGE)) == (16, 16)
    assert (both.pact, both.wave_first_size, both.wave_cap, both.expected_answer_percent) == (
        "club + pledge",
        7,
        56,
        50,
    )
    assert len(both.digest) == 32
    assert both.digest not in {pledge.digest, club.digest}


def test_the_ladders_of_several_pacts_page_nobody_later():
    pledge, club = rules_of(load("pledge")[1]), rules_of(load("club")[1])
    steps = [(step.after_ms // 1_000, step.page) for step in combine(pledge, club).mayday_ladder.steps]
    assert steps == [(0, "watch"), (60, "backup"), (300, "everyone"), (300, "neighbour"), (600, "everyone")]


def test_one_pact_alone_or_twice_is_itself_and_none_is_refused():
    assert combine(RULES) == RULES
    assert combine(RULES, RULES) == RULES
    with pytest.raises(Malformed) as refusal:
        combine()
    assert refusal.value.code == "pact.nothing_to_combine"
