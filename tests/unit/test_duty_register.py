"""The register: what each event changes, when a statement stops being believed, and what is refused."""

import pytest

from esos.duty.events import (
    Acceded,
    AccessionWithdrawn,
    Answered,
    AnswersCounted,
    AvailabilityStated,
    ConflictDeclared,
    LoadCarried,
    MemberRegistered,
    MemberRemoved,
    MemberSuspended,
    PackageLodged,
    PactPublished,
    Promise,
    Reached,
)
from esos.duty.picture import CallPicture, Need
from esos.duty.rank import rank, why_not
from esos.duty.record import answer_permille, units_free
from esos.duty.register import Register
from esos.errors import Conflict, Unknown
from esos.message.card import Capability, MemberCard
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

NOW_MS = 1_780_000_000_000
HOUR_MS = 3_600_000
LINE = NeedLine.FILTERING
NEED = Need(line=LINE, needed=40, open_units=40)


def card(units=40, **rest):
    return MemberCard(name="Example Net", keys=(), capabilities=(Capability(line=LINE, units=units),), **rest)


def register_with(*events):
    register = Register()
    for version, event in enumerate([MemberRegistered(member="net", card=card(), at_ms=0), *events], start=1):
        register.apply(version, event)
    return register


def stated(units, as_of_ms=NOW_MS, ttl_ms=HOUR_MS):
    return AvailabilityStated(member="net", line=LINE, units_free=units, as_of_ms=as_of_ms, ttl_ms=ttl_ms)


def carried(units, at_ms=NOW_MS):
    return LoadCarried(member="net", line=LINE, promises=(Promise(units=units, at_ms=at_ms),))


def listed(register, picture=None, now_ms=NOW_MS):
    return {c.member: c.units for c in rank(register, picture or CallPicture(), NEED, now_ms).candidates}


def test_a_register_names_the_last_statement_it_applied():
    register = register_with(stated(20))
    assert register.version == 2
    assert rank(register, CallPicture(), NEED, NOW_MS).register_version == 2


def test_a_statement_out_of_order_is_refused_and_changes_nothing():
    register = register_with(stated(20))
    with pytest.raises(Conflict) as refusal:
        register.apply(1, stated(0))
    assert refusal.value.code == "duty.version"
    assert units_free(register.record("net"), LINE, NOW_MS) == 20


def test_several_events_may_come_from_one_statement():
    register = register_with()
    register.apply(7, stated(9))
    register.apply(7, Reached(member="net", at_ms=NOW_MS))
    assert register.version == 7


def test_an_event_about_nobody_registered_is_refused_and_not_counted():
    register = register_with()
    with pytest.raises(Unknown) as refusal:
        register.apply(9, MemberSuspended(member="nobody", suspended=True))
    assert refusal.value.code == "duty.member"
    assert register.version == 1


def test_leaving_a_pact_never_accepted_is_refused():
    with pytest.raises(Unknown) as refusal:
        register_with(AccessionWithdrawn(member="net", pact="club", until_ms=NOW_MS))
    assert refusal.value.code == "duty.accession"


@pytest.mark.parametrize(
    ("age_ms", "units"),
    [
        (0, 30),
        (HOUR_MS, 30),
        (HOUR_MS + HOUR_MS // 2, 15),
        (2 * HOUR_MS - 1, 0),
        (2 * HOUR_MS, 0),
        (9 * HOUR_MS, 0),
        (-HOUR_MS, 30),
    ],
)
def test_what_was_stated_is_believed_for_its_time_and_then_fades_to_zero(age_ms, units):
    register = register_with(stated(30, as_of_ms=NOW_MS - age_ms))
    assert units_free(register.record("net"), LINE, NOW_MS) == units
    assert listed(register).get("net", 0) == units


def test_one_millisecond_after_its_time_a_statement_begins_to_fade():
    register = register_with(stated(1, as_of_ms=NOW_MS - HOUR_MS - 1))
    assert units_free(register.record("net"), LINE, NOW_MS) == 0
    assert listed(register) == {}


def test_who_never_stated_anything_is_taken_at_the_word_of_its_card():
    assert listed(register_with()) == {"net": 40}


def test_a_statement_can_lower_what_the_card_says_but_not_raise_it():
    assert listed(register_with(stated(5))) == {"net": 5}
    assert listed(register_with(stated(500))) == {"net": 40}


def test_what_is_carried_since_the_statement_is_taken_off_and_what_it_knew_of_is_not():
    load = carried(25)
    assert listed(register_with(stated(30, as_of_ms=NOW_MS - 1), load)) == {"net": 5}
    assert listed(register_with(stated(30, as_of_ms=NOW_MS), load)) == {"net": 30}
    assert listed(register_with(load)) == {"net": 15}


def test_of_several_promises_only_those_after_the_statement_are_taken_off():
    promises = (Promise(units=5, at_ms=NOW_MS - 1), Promise(units=7, at_ms=NOW_MS), Promise(units=9, at_ms=NOW_MS + 1))
    load = LoadCarried(member="net", line=LINE, promises=promises)
    assert listed(register_with(stated(30, as_of_ms=NOW_MS), load)) == {"net": 21}


def test_the_network_of_an_address_is_read_from_the_longest_prefix_on_a_card():
    register = register_with()
    for member, asn, prefix in (("wide", 64_500, "192.0.2.0/24"), ("near", 64_501, "192.0.2.128/25")):
        its_card = card(asns=(asn,), prefixes=(prefix, "no prefix"))
        register.apply(9, MemberRegistered(member=member, card=its_card, at_ms=0))
    assert [register.origin_of(one) for one in ("192.0.2.1", "192.0.2.128/26", "198.51.100.1", "nonsense")] == [
        64_500,
        64_501,
        None,
        None,
    ]
    register.apply(10, MemberRemoved(member="near"))
    assert register.origin_of("192.0.2.128/26") == 64_500


def test_a_load_that_changes_is_seen_by_the_next_search():
    register = register_with()
    assert listed(register) == {"net": 40}
    register.apply(5, carried(39))
    assert listed(register) == {"net": 1}
    register.apply(6, LoadCarried(member="net", line=LINE, promises=()))
    assert listed(register) == {"net": 40}


def test_a_new_card_keeps_what_else_is_on_record():
    register = register_with(Reached(member="net", at_ms=NOW_MS), stated(7), Answered(member="net", answered=True))
    register.apply(9, MemberRegistered(member="net", card=card(units=90), at_ms=NOW_MS))
    record = register.record("net")
    assert (record.reached_ms, record.asked, record.answered) == (NOW_MS, 1, 1)
    assert listed(register) == {"net": 7}


def test_a_removed_member_is_gone_and_starts_afresh_when_registered_again():
    register = register_with(stated(7), Acceded(member="net", pact="club", in_force_ms=0))
    register.apply(5, MemberRegistered(member="caller", card=card(), at_ms=0))
    register.apply(5, Acceded(member="caller", pact="club", in_force_ms=0))
    assert rank(register, CallPicture(caller="caller"), NEED, NOW_MS).candidates[0].tier == 2
    register.apply(6, MemberRemoved(member="net"))
    assert "net" not in register
    assert rank(register, CallPicture(), NEED, NOW_MS).considered == len(register) == 1
    register.apply(7, MemberRegistered(member="net", card=card(), at_ms=0))
    candidate = rank(register, CallPicture(caller="caller"), NEED, NOW_MS).candidates[0]
    assert (candidate.member, candidate.tier, candidate.units) == ("net", 0, 40)


def test_a_suspension_is_lifted_as_it_was_laid():
    register = register_with(MemberSuspended(member="net", suspended=True))
    assert listed(register) == {}
    register.apply(5, MemberSuspended(member="net", suspended=False))
    assert listed(register) == {"net": 40}


def test_the_answer_rate_starts_even_and_follows_what_was_measured():
    assert answer_permille(register_with().record("net")) == 500
    assert answer_permille(register_with(Answered(member="net", answered=True)).record("net")) == 600
    assert answer_permille(register_with(Answered(member="net", answered=False)).record("net")) == 400
    counted = register_with(AnswersCounted(member="net", asked=6, answered=7)).record("net")
    assert (counted.asked, counted.answered, answer_permille(counted)) == (6, 6, 800)


def test_the_latest_proof_of_being_reachable_stands_whatever_order_proofs_come_in():
    register = register_with(Reached(member="net", at_ms=NOW_MS), Reached(member="net", at_ms=NOW_MS - HOUR_MS))
    assert register.record("net").reached_ms == NOW_MS


def test_a_conflict_counts_both_ways_whoever_declared_it():
    for declared in (
        ConflictDeclared(member="net", other="caller"),
        ConflictDeclared(member="caller", other="net", by="caller"),
    ):
        register = register_with(MemberRegistered(member="caller", card=card(), at_ms=0), declared)
        assert listed(register, CallPicture(caller="caller")) == {}
        assert listed(register, CallPicture(caller="net")) == {}
        assert why_not(register, CallPicture(caller="caller"), NEED, NOW_MS, "net") == (
            "One of the two declared a conflict of interest.",
        )


def test_a_conflict_with_a_caller_that_is_no_member_is_kept_with_the_member():
    register = register_with(ConflictDeclared(member="stranger:00", other="net", by="stranger:00"))
    assert listed(register, CallPicture(caller="stranger:00")) == {}
    assert listed(register, CallPicture(caller="stranger:01")) == {"net": 40}


def test_a_conflict_declared_between_two_searches_is_seen_by_the_second():
    register = register_with()
    assert listed(register, CallPicture(caller="someone")) == {"net": 40}
    register.apply(5, ConflictDeclared(member="net", other="someone"))
    assert listed(register, CallPicture(caller="someone")) == {}


def test_an_empty_package_withdraws_the_one_before():
    package = PackageLodged(member="net", lines={LINE: 10}, urgencies=(Urgency.MAYDAY,))
    register = register_with(package)
    assert rank(register, CallPicture(), NEED, NOW_MS).candidates[0].automatic_units == 10
    register.apply(5, PackageLodged(member="net", lines={}, urgencies=()))
    assert rank(register, CallPicture(), NEED, NOW_MS).candidates[0].automatic_units == 0


def test_rebuilding_the_search_keeps_the_terms_of_the_pacts():
    register = register_with(
        MemberRegistered(member="caller", card=card(), at_ms=0),
        PactPublished(pact="club", name="The club", owed_lines=(NeedLine.ADVICE,)),
        Acceded(member="net", pact="club", in_force_ms=0),
        Acceded(member="caller", pact="club", in_force_ms=0),
    )
    before = rank(register, CallPicture(caller="caller"), NEED, NOW_MS)
    register.rebuild_index()
    assert rank(register, CallPicture(caller="caller"), NEED, NOW_MS) == before
    assert before.candidates[0].tier == 1


def test_the_members_are_walked_by_id():
    register = Register()
    for member in ("b", "a", "c"):
        register.apply(1, MemberRegistered(member=member, card=card(), at_ms=0))
    assert [record.member for record in register] == ["a", "b", "c"]
