"""Duty is computed for a responder, a caller and a need: which rule speaks, and in which words."""

import pytest

from esos.duty.events import Acceded, AccessionWithdrawn, MemberRegistered, PactPublished, Reached
from esos.duty.picture import CallPicture, Need
from esos.duty.rank import duty_between, rank
from esos.duty.register import Register
from esos.errors import Unknown
from esos.message.card import Capability, DutySource, MemberCard
from esos.pact.model import Duty as PactDuty
from esos.words.need import NeedLine
from esos.words.tier import ANSWER_OWED_BY_PACT, DutyTier
from esos.words.urgency import Urgency

NOW_MS = 1_780_000_000_000
DAY_MS = 86_400_000
LINE = NeedLine.ADVICE
NEED = Need(line=LINE, needed=8, open_units=8)


def card(**rest):
    return MemberCard(name="Example Team", keys=(), capabilities=(Capability(line=LINE, units=8),), **rest)


def register_with(*events, **fields):
    register = Register()
    for member, its_card in (("team", card(**fields)), ("caller", card(country="EE", sectors=("health",)))):
        register.apply(1, MemberRegistered(member=member, card=its_card, at_ms=0))
    for event in events:
        register.apply(2, event)
    return register


def duty(register, need=NEED, **picture):
    call = CallPicture(**{"caller": "caller", "country": "EE", "sectors": ("health",), **picture})
    found = duty_between(register, call, need, NOW_MS, "team")
    ranked = next(c for c in rank(register, call, need, NOW_MS).candidates if c.member == "team")
    assert (ranked.tier, ranked.basis) == (found.tier, found.basis)
    return found


def in_pact(*, theirs=0, ours=0, reserved=(), until_ms=0):
    return (
        Acceded(member="caller", pact="club", in_force_ms=theirs),
        Acceded(member="team", pact="club", in_force_ms=ours, reserved_lines=reserved, until_ms=until_ms),
    )


def test_who_is_bound_by_nothing_and_was_never_reached_is_a_volunteer():
    found = duty(register_with())
    assert found.tier is DutyTier.VOLUNTEER
    assert found.basis == "You are registered as able to help; nothing binds you."


@pytest.mark.parametrize(("days_ago", "tier"), [(0, 1), (13, 1), (14, 0), (30, 0)])
def test_who_was_reached_within_a_fortnight_owes_an_answer(days_ago, tier):
    assert duty(register_with(Reached(member="team", at_ms=NOW_MS - days_ago * DAY_MS))).tier == tier


def test_a_pact_binds_where_both_accepted_it_and_names_the_day():
    found = duty(register_with(*in_pact(ours=NOW_MS - DAY_MS), PactPublished(pact="club", name="Example Club")))
    assert found.tier is DutyTier.PACT
    assert (
        found.basis
        == "You and the caller both accepted the pact Example Club; it is in force for you since 2026-05-27."
    )


@pytest.mark.parametrize(
    "events",
    [
        in_pact(ours=NOW_MS + 1),
        in_pact(theirs=NOW_MS + 1),
        in_pact(until_ms=NOW_MS),
        in_pact()[1:],
        in_pact()[:1],
        (*in_pact(), AccessionWithdrawn(member="team", pact="club", until_ms=NOW_MS)),
        (*in_pact(), AccessionWithdrawn(member="caller", pact="club", until_ms=NOW_MS)),
        (*in_pact(), PactPublished(pact="club", name="", duties={Urgency.PAN_PAN: PactDuty.HELP})),
    ],
    ids=[
        "not yet ours",
        "not yet theirs",
        "over",
        "only us",
        "only them",
        "we left",
        "they left",
        "not at mayday",
    ],
)
def test_a_pact_does_not_bind_where_it_is_not_in_force_for_both(events):
    assert duty(register_with(*events)).tier is DutyTier.VOLUNTEER


@pytest.mark.parametrize(
    "events",
    [
        in_pact(ours=NOW_MS),
        in_pact(until_ms=NOW_MS + 1),
        in_pact(reserved=(NeedLine.LEGAL,)),
        (*in_pact(), AccessionWithdrawn(member="team", pact="club", until_ms=NOW_MS + 1)),
        (*in_pact(), PactPublished(pact="club", name="", owed_lines=(LINE,), duties={Urgency.MAYDAY: PactDuty.HELP})),
    ],
    ids=["from now", "until later", "another line reserved", "notice still runs", "owed at mayday"],
)
def test_a_pact_binds_to_its_last_moment_and_but_for_what_was_reserved(events):
    assert duty(register_with(*events)).tier is DutyTier.PACT


@pytest.mark.parametrize(
    "events",
    [
        in_pact(reserved=(LINE,)),
        (*in_pact(), PactPublished(pact="club", name="", owed_lines=(NeedLine.LEGAL,))),
        (*in_pact(), PactPublished(pact="club", name="", owed_lines=())),
    ],
    ids=["reserved", "not owed", "nothing owed at all"],
)
def test_help_that_is_reserved_or_not_owed_still_leaves_the_duty_to_answer(events):
    found = duty(register_with(*events))
    assert found.tier is DutyTier.ASKED
    assert found.basis.endswith("This kind of help is not owed: an answer is.")


def test_where_the_pact_asks_for_an_answer_only_nobody_is_told_that_help_is_owed():
    duties = {Urgency.MAYDAY: PactDuty.HELP, Urgency.PAN_PAN: PactDuty.ANSWER}
    register = register_with(*in_pact(), PactPublished(pact="club", name="Club", duties=duties))
    assert duty(register, urgency=Urgency.MAYDAY).owed == DutyTier.PACT.owed
    at_pan_pan = duty(register, urgency=Urgency.PAN_PAN)
    assert (at_pan_pan.tier, at_pan_pan.owed) == (DutyTier.PACT, ANSWER_OWED_BY_PACT)
    assert "help if" not in at_pan_pan.owed


def test_a_new_version_of_a_pact_binds_only_between_those_who_accepted_that_version():
    def accepted(ours, theirs):
        return (Acceded(member="caller", pact=theirs, in_force_ms=0), Acceded(member="team", pact=ours, in_force_ms=0))

    assert duty(register_with(*accepted("club-2", "club-2"))).tier is DutyTier.PACT
    assert duty(register_with(*accepted("club-1", "club-2"))).tier is DutyTier.VOLUNTEER
    both = (*accepted("club-1", "club-2"), Acceded(member="team", pact="club-2", in_force_ms=0))
    assert duty(register_with(*both)).tier is DutyTier.PACT


def test_of_several_pacts_the_strongest_duty_counts_whatever_their_names():
    weak = PactPublished(pact="a", name="A", duties={Urgency.MAYDAY: PactDuty.ANSWER})
    strong = PactPublished(pact="b", name="B", duties={Urgency.MAYDAY: PactDuty.HELP})
    both = [Acceded(member=member, pact=pact, in_force_ms=0) for member in ("caller", "team") for pact in ("a", "b")]
    found = duty(register_with(weak, strong, *both))
    assert "the pact B" in found.basis
    assert found.owed == DutyTier.PACT.owed


def test_a_pact_binds_nobody_towards_a_stranger():
    register = register_with(*in_pact())
    assert duty(register, caller=None).tier is DutyTier.VOLUNTEER
    assert duty(register, caller="stranger:00").tier is DutyTier.VOLUNTEER


@pytest.mark.parametrize("tier", [3, 4])
@pytest.mark.parametrize(
    ("source", "covers"),
    [
        ({"callers": ("caller",)}, True),
        ({"callers": ("other",)}, False),
        ({"countries": ("EE",)}, True),
        ({"countries": ("LV",)}, False),
        ({"sectors": ("HEALTH ",)}, True),
        ({"sectors": ("energy",)}, False),
        ({"countries": ("EE",), "sectors": ("health",)}, True),
        ({"countries": ("EE",), "sectors": ("energy",)}, False),
        ({"callers": ("caller",), "countries": ("LV",)}, False),
        ({}, False),
    ],
)
def test_a_duty_source_binds_towards_the_callers_it_names_and_no_others(tier, source, covers):
    found = duty(register_with(duty_sources=(DutySource(tier=tier, basis="By example.", **source),)))
    assert found.tier == (tier if covers else 0)
    assert (found.basis == "By example.") == covers


def test_the_strongest_source_decides_and_gives_its_own_basis():
    sources = (
        DutySource(tier=3, basis="The law.", countries=("EE",)),
        DutySource(tier=4, basis="The contract.", callers=("caller",)),
    )
    found = duty(register_with(*in_pact(), duty_sources=sources))
    assert (found.tier, found.basis) == (4, "The contract.")


def test_whose_network_the_harm_comes_out_of_is_bound_only_where_senders_cannot_be_forged():
    register = register_with(asns=(64_500,))
    assert duty(register, source_asns=(64_500,), sources_trusted=True).tier is DutyTier.CONTRACT
    assert duty(register, source_asns=(64_500,), sources_trusted=False).tier is DutyTier.VOLUNTEER
    assert duty(register, source_asns=(64_501,), sources_trusted=True).tier is DutyTier.VOLUNTEER


def test_whose_product_has_the_hole_is_bound_and_whose_product_merely_runs_there_is_not():
    register = register_with(products=("Acme:Box",))
    assert duty(register, hole_products=("acme:box",)).basis == "The weakness was reported in your product acme:box."
    assert duty(register, hole_products=("acme:box",)).tier is DutyTier.CONTRACT
    assert duty(register, products=("acme:box",)).tier is DutyTier.VOLUNTEER


def test_the_duty_of_nobody_registered_is_refused():
    with pytest.raises(Unknown) as refusal:
        duty_between(register_with(), CallPicture(), NEED, NOW_MS, "nobody")
    assert refusal.value.code == "duty.member"
