"""The search against a slow oracle: every member asked in turn, in plain Python, from the text of spec/duty.md."""

import contextlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from esos.duty.events import (
    Acceded,
    AccessionWithdrawn,
    AnswersCounted,
    AvailabilityStated,
    ConflictDeclared,
    LoadCarried,
    MemberRegistered,
    MemberRemoved,
    MemberSuspended,
    PactPublished,
    Promise,
    Reached,
    RequestsCounted,
)
from esos.duty.gates import NO_LIMITS, Gate, Limits
from esos.duty.picture import CallPicture, Need, Verification
from esos.duty.rank import duty_between, rank, why_not
from esos.duty.register import Register
from esos.errors import Unknown
from esos.message.card import Capability, DutySource, MemberCard
from esos.pact.model import Duty as PactDuty
from esos.words.need import NeedLine
from esos.words.tier import DutyTier
from esos.words.urgency import Urgency

NOW_MS = 1_780_000_000_000
DAY_MS = 86_400_000
LINES = (NeedLine.FILTERING, NeedLine.ADVICE, NeedLine.TAKEDOWN_OR_SINKHOLE)
# Ids that agree in their first 8, 16 and more bytes, so that every step of the tie-break is walked.
IDS = (
    "a",
    "a\0",
    "b",
    "member-1",
    "member-2",
    "member-3",
    "member-of-a-club-1",
    "member-of-a-club-2",
    "é",
    "\U0001f6df",
)
COUNTRIES, SECTORS, PRODUCTS, LANGUAGES = ("EE", "LV"), ("health", "Energy"), ("acme:box", "acme:hub"), ("en", "et")
ASNS, PACTS = (64_500, 64_501), ("club", "treaty")
HOURS = ("24/7", "Mo-Fr 08:00-18:00", "Mo-Su 22:00-06:00", "whenever")
ZONES = ("UTC", "Europe/Tallinn", "America/St_Johns", "Nowhere/Land")


def few(of, most=2):
    return st.lists(st.sampled_from(of), max_size=most, unique=True).map(tuple)


# Most of what is made up lets a member pass, so that what stops or moves one is seen; edges fall on the instant asked about.
around_now = st.sampled_from([-2 * DAY_MS, -2 * DAY_MS + 1, -DAY_MS - 1, -DAY_MS, -DAY_MS // 2, -1, 0, 1]).map(
    lambda step: NOW_MS + step
)
until = st.sampled_from([0, 0, 0, 0, 0, NOW_MS - 1, NOW_MS, NOW_MS + 1])
units = st.sampled_from([40, 100, 3, 2, 1, 0])
ids = st.sampled_from(IDS)
often = st.sampled_from(IDS[:4])
lines = st.sampled_from((*LINES[:1] * 3, *LINES))
capabilities = st.builds(
    Capability, line=lines, units=units, lead_minutes=st.sampled_from([0, 60, 999]), valid_until_ms=until
)
sources = st.builds(
    DutySource,
    tier=st.sampled_from([3, 4]),
    basis=st.sampled_from(["A law.", "A contract."]),
    callers=few(IDS),
    sectors=few(("HEALTH", "water")),
    countries=few(COUNTRIES),
)
cards = st.builds(
    MemberCard,
    name=st.sampled_from(["Alpha", "Beta"]),
    keys=st.just(()),
    country=st.sampled_from([None, *COUNTRIES]),
    timezone=st.sampled_from(ZONES),
    hours=st.sampled_from(HOURS),
    languages=few(LANGUAGES),
    sectors=few(SECTORS),
    products=few(PRODUCTS),
    asns=few(ASNS),
    capabilities=st.lists(capabilities, min_size=1, max_size=4).map(tuple),
    duty_sources=st.lists(sources, max_size=2).map(tuple),
    conflicts=few(IDS, 1),
    valid_until_ms=until,
)
registrations = st.builds(MemberRegistered, member=ids, card=cards, at_ms=st.just(0))
changes = st.one_of(
    st.builds(MemberRegistered, member=often, card=cards, at_ms=st.just(0)),
    st.builds(MemberRemoved, member=ids),
    st.builds(MemberSuspended, member=ids, suspended=st.booleans()),
    st.builds(
        AvailabilityStated,
        member=often,
        line=lines,
        units_free=units,
        as_of_ms=around_now,
        ttl_ms=st.sampled_from([DAY_MS, 1]),
    ),
    st.builds(
        LoadCarried,
        member=often,
        line=lines,
        promises=st.lists(st.builds(Promise, units=units, at_ms=around_now), max_size=2).map(tuple),
    ),
    st.builds(
        RequestsCounted,
        member=often,
        open_count=st.integers(0, 3),
        asked_ms=st.lists(st.integers(0, 60).map(lambda days: NOW_MS - days * DAY_MS), max_size=4).map(tuple),
    ),
    st.builds(ConflictDeclared, member=ids, other=ids),
    st.builds(
        PactPublished,
        pact=st.sampled_from(PACTS),
        name=st.just("The pact"),
        owed_lines=st.sampled_from([None, LINES[:1], ()]),
        family=st.just("family"),
        duties=st.none() | st.dictionaries(st.sampled_from(Urgency), st.sampled_from(PactDuty)),
    ),
    st.builds(
        Acceded,
        member=often,
        pact=st.sampled_from(PACTS),
        in_force_ms=around_now,
        reserved_lines=few(LINES, 1),
        until_ms=until,
    ),
    st.builds(AccessionWithdrawn, member=often, pact=st.sampled_from(PACTS), until_ms=until),
    st.builds(Reached, member=ids, at_ms=st.integers(-20, 1).map(lambda days: NOW_MS + days * DAY_MS)),
    st.builds(AnswersCounted, member=ids, asked=st.integers(0, 9), answered=st.integers(0, 9)),
)
pictures = st.builds(
    CallPicture,
    caller=st.sampled_from([*IDS[:4], None, "stranger"]),
    country=st.sampled_from([None, *COUNTRIES]),
    sectors=few(("health", "water")),
    products=few(PRODUCTS),
    hole_products=few(PRODUCTS, 1),
    asn=st.sampled_from([None, *ASNS]),
    source_asns=few(ASNS),
    sources_trusted=st.booleans(),
    on_path=st.none() | st.dictionaries(ids, st.sampled_from([0, 9, 10, 500, 1000])),
    on_path_measured=st.booleans(),
    languages=few(LANGUAGES),
    urgency=st.sampled_from(Urgency),
    verification=st.sampled_from(Verification),
    proof_level=st.integers(0, 4),
    denied=few(IDS, 1),
)
needs = st.tuples(lines, st.sampled_from([1, 50, 400]), st.sampled_from([30, 400, 1, 0])).map(
    lambda row: Need(line=row[0], needed=row[1], open_units=min(row[1], row[2]))
)
asked_sets = few(IDS).map(frozenset)
all_limits = st.builds(
    Limits,
    within=st.sampled_from([None, None, frozenset(PACTS), frozenset(PACTS[:1]), frozenset()]),
    tiers=st.sampled_from([frozenset(DutyTier), frozenset({4, 2}), frozenset({1, 0})]),
    resting=few(IDS, 1).map(frozenset),
    most_units=st.sampled_from([1000, 20, 1]),
)
instants = st.sampled_from([NOW_MS, NOW_MS + DAY_MS // 2, NOW_MS + DAY_MS])


def fold(events):
    """A register of the events that apply; those about nobody registered are refused and left out."""
    register = Register()
    for version, event in enumerate(events, start=1):
        with contextlib.suppress(Unknown):
            register.apply(version, event)
    return register


# --- the oracle -------------------------------------------------------------------------------

POINTS = {
    "effect": 250,
    "cover": 200,
    "product": 90,
    "sector": 60,
    "country": 60,
    "language": 60,
    "awake": 90,
    "lead": 60,
    "answer": 70,
    "reached": 30,
    "load": 29,
}
FORTNIGHT_MS = 14 * DAY_MS


def lower(codes):
    return {code.strip().casefold() for code in codes}


def best_capability(card, line):
    rows = [row for row in card.capabilities if row.line == line]
    return min(rows, key=lambda r: (-r.units, r.lead_minutes, r.valid_until_ms != 0, -r.valid_until_ms), default=None)


def ended(until_ms, now_ms):
    return until_ms != 0 and now_ms >= until_ms


def free(record, line, now_ms):
    units = best_capability(record.card, line).units
    stated, load = record.availability.get(line), record.carried.get(line)
    if stated:
        units = min(units, stated.units_free)
        late_ms = now_ms - stated.as_of_ms - stated.ttl_ms
        if late_ms >= stated.ttl_ms:
            units = 0
        elif late_ms > 0:
            units = units * (stated.ttl_ms - late_ms) // stated.ttl_ms
    for promise in load or ():
        if not stated or promise.at_ms > stated.as_of_ms:
            units -= promise.units
    return max(units, 0)


def crossing(record, picture, need):
    if need.line != NeedLine.FILTERING:
        return 0
    if picture.asn in record.card.asns:
        return 1000
    known = picture.on_path if picture.sources_trusted or picture.on_path_measured else None
    return (known or {}).get(record.member, 0)


def useful(record, need, now_ms, limits):
    return min(free(record, need.line, now_ms), need.open_units, limits.most_units)


def has_accepted(record, pacts, now_ms):
    held = [record.accessions[pact] for pact in pacts if pact in record.accessions]
    return any(one.in_force_ms <= now_ms and not ended(one.until_ms, now_ms) for one in held)


def first_gate(record, register, picture, need, now_ms, asked, limits):  # noqa: C901, PLR0911, PLR0912 (one rule after another, as the text has them)
    caller = register.find(picture.caller)
    knows_path = picture.on_path is not None and (picture.sources_trusted or picture.on_path_measured)
    proven = picture.verification == "confirmed" and picture.proof_level >= 2
    if need.open_units == 0:
        return "met"
    if need.line == NeedLine.TAKEDOWN_OR_SINKHOLE and not proven:
        return "proof"
    if record.member == picture.caller:
        return "caller"
    if record.suspended:
        return "suspended"
    if ended(record.card.valid_until_ms, now_ms):
        return "expired"
    if record.member in picture.denied:
        return "denied"
    if picture.caller in record.conflicts or (caller and record.member in caller.conflicts):
        return "conflict"
    if limits.within is not None and not has_accepted(record, limits.within, now_ms):
        return "outside"
    if record.member in limits.resting:
        return "quota"
    if record.member in asked:
        return "asked"
    capability = best_capability(record.card, need.line)
    if capability is None or ended(capability.valid_until_ms, now_ms):
        return "incapable"
    units = useful(record, need, now_ms, limits)
    if units == 0:
        return "nothing-free"
    if units * 100 < need.open_units:
        return "too-little"
    if need.line == NeedLine.FILTERING and knows_path and crossing(record, picture, need) < 10:
        return "off-path"
    return None if tier(record, register, picture, need, now_ms) in limits.tiers else "tier-not-asked"


def covers(source, picture):
    given = [
        (source.callers, picture.caller in source.callers),
        (source.sectors, lower(source.sectors) & lower(picture.sectors)),
        (source.countries, picture.country in source.countries),
    ]
    return any(names for names, _ in given) and all(holds for names, holds in given if names)


def pact_tier(record, register, picture, need, now_ms):
    """2 where a pact in force for both owes the line, 1 where it only has everybody answer, 0 where it says nothing."""
    found, caller = 0, register.find(picture.caller)
    for pact, theirs in (caller.accessions if caller else {}).items():
        ours, terms = record.accessions.get(pact), register.pacts.get(pact)
        running = ours and all(a.in_force_ms <= now_ms and not ended(a.until_ms, now_ms) for a in (ours, theirs))
        asks = not terms or terms.duties is None or terms.duties.get(picture.urgency, "nothing") != "nothing"
        if running and asks:
            owed = not terms or terms.owed is None or need.line in terms.owed
            found = max(found, 2 if owed and need.line not in ours.reserved else 1)
    return found


def tier(record, register, picture, need, now_ms):
    card = record.card
    at_source = picture.sources_trusted and set(card.asns) & set(picture.source_asns)
    if at_source or lower(card.products) & lower(picture.hole_products):
        return 4
    sources = [source.tier for source in card.duty_sources if covers(source, picture)]
    if sources:
        return max(sources)
    is_reached = record.reached_ms is not None and now_ms - record.reached_ms < FORTNIGHT_MS
    return max(pact_tier(record, register, picture, need, now_ms), int(is_reached))


def is_awake(card, now_ms):
    if card.hours == "whenever" or card.timezone == "Nowhere/Land":
        return False
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=now_ms)).astimezone(ZoneInfo(card.timezone))
    hour, weekday = local.hour, local.weekday()
    return {
        "24/7": True,
        "Mo-Fr 08:00-18:00": weekday < 5 and 8 <= hour < 18,
        "Mo-Su 22:00-06:00": hour >= 22 or hour < 6,
    }[card.hours]


def terms(record, picture, need, now_ms, limits):
    card, capability = record.card, best_capability(record.card, need.line)
    load = sum(promise.units for promise in record.carried.get(need.line, ()))
    age_ms = FORTNIGHT_MS if record.reached_ms is None else min(max(now_ms - record.reached_ms, 0), FORTNIGHT_MS)
    measures = {
        "effect": crossing(record, picture, need),
        "cover": 1000 * useful(record, need, now_ms, limits) // need.open_units,
        "product": 1000 if lower(card.products) & lower(picture.products) else 0,
        "sector": 1000 if lower(card.sectors) & lower(picture.sectors) else 0,
        "country": 1000 if picture.country and card.country == picture.country else 0,
        "language": 1000 if lower(card.languages) & lower(picture.languages) else 0,
        "awake": 1000 if is_awake(card, now_ms) else 0,
        "lead": 60_000 // (60 + capability.lead_minutes),
        "answer": 1000 * (record.answered + 2) // (record.asked + 4),
        "reached": 1000 * (FORTNIGHT_MS - age_ms) // FORTNIGHT_MS,
        "load": 1000
        if not load or not capability.units
        else 1000 * max(capability.units - load, 0) // capability.units,
    }
    return {name: POINTS[name] * measure // 1000 for name, measure in measures.items()}


def oracle(register, picture, need, now_ms, asked, limits=NO_LIMITS):
    """Everybody that passes, best first, as (member, tier, units, terms, total); and who was stopped by what."""
    passed, stopped = [], {}
    for record in register:
        gate = first_gate(record, register, picture, need, now_ms, asked, limits)
        if gate:
            stopped[gate] = stopped.get(gate, 0) + 1
        else:
            bound, points = tier(record, register, picture, need, now_ms), terms(record, picture, need, now_ms, limits)
            units = useful(record, need, now_ms, limits)
            passed.append((record.member, bound, units, points, 1000 * bound + sum(points.values())))
    return sorted(passed, key=lambda row: (-row[4], row[0])), stopped


def shown(candidate):
    return (candidate.member, int(candidate.tier), candidate.units, candidate.terms, candidate.total)


# --- what must hold ---------------------------------------------------------------------------


@settings(max_examples=150)
@given(
    st.lists(registrations, max_size=12),
    st.lists(changes, max_size=25),
    pictures,
    needs,
    instants,
    st.integers(1, 12),
    asked_sets,
    all_limits,
)
def test_the_search_finds_what_asking_every_member_in_turn_finds(
    first, events, picture, need, now_ms, limit, asked, limits
):
    register = fold(first + events)
    ranking = rank(register, picture, need, now_ms, limit, asked, limits=limits)
    passed, stopped = oracle(register, picture, need, now_ms, asked, limits)
    assert [shown(candidate) for candidate in ranking.candidates] == passed[:limit]
    assert (shown(ranking.runner_up) if ranking.runner_up else None) == (passed[limit] if len(passed) > limit else None)
    assert ranking.excluded == stopped
    assert (ranking.eligible, ranking.eligible_units) == (len(passed), sum(row[2] for row in passed))
    assert ranking.considered == len(register) == ranking.eligible + sum(ranking.excluded.values())


@given(st.lists(registrations, max_size=12), st.lists(changes, max_size=25), pictures, needs, asked_sets)
def test_a_search_patched_change_by_change_answers_like_one_built_anew(first, events, picture, need, asked):
    patched = fold(first)
    for version, event in enumerate(events, start=100):
        with contextlib.suppress(Unknown):
            patched.apply(version, event)
        rank(patched, picture, need, NOW_MS)
    before = msgspec.json.encode(rank(patched, picture, need, NOW_MS, asked=asked))
    patched.rebuild_index()
    assert msgspec.json.encode(rank(patched, picture, need, NOW_MS, asked=asked)) == before


@given(st.lists(registrations, min_size=4, max_size=8), st.lists(st.tuples(often, cards), max_size=4), pictures, needs)
def test_a_card_replaced_leaves_nothing_of_the_old_one_in_the_search(first, replaced, picture, need):
    register = fold(first)
    rank(register, picture, need, NOW_MS)
    for member, card in replaced:
        register.apply(100, MemberRegistered(member=member, card=card, at_ms=0))
        passed, _ = oracle(register, picture, need, NOW_MS, frozenset())
        assert [shown(candidate) for candidate in rank(register, picture, need, NOW_MS).candidates] == passed


@given(st.lists(registrations, max_size=10, unique_by=lambda event: event.member), pictures, needs, st.randoms())
def test_the_order_in_which_members_came_changes_no_byte(first, picture, need, dice):
    shuffled = list(first)
    dice.shuffle(shuffled)
    one, other = rank(fold(first), picture, need, NOW_MS), rank(fold(shuffled), picture, need, NOW_MS)
    assert msgspec.json.encode(one) == msgspec.json.encode(other)


@given(st.lists(registrations, max_size=12), st.lists(changes, max_size=20), pictures, needs, asked_sets)
def test_why_not_names_the_gate_that_counted_the_member_and_the_tier_has_its_basis(first, events, picture, need, asked):
    register = fold(first + events)
    ranked = {
        candidate.member: candidate for candidate in rank(register, picture, need, NOW_MS, asked=asked).candidates
    }
    for record in register:
        gate = first_gate(record, register, picture, need, NOW_MS, asked, NO_LIMITS)
        said = why_not(register, picture, need, NOW_MS, record.member, asked)
        if gate:
            assert said[0] == Gate(gate).words
        else:
            assert said[0].startswith("Nothing stops it")
            assert duty_between(register, picture, need, NOW_MS, record.member).tier == ranked[record.member].tier


@given(st.lists(registrations, max_size=12), st.lists(changes, max_size=20), pictures, needs)
def test_nobody_denied_or_in_conflict_with_the_caller_is_ever_ranked(first, events, picture, need):
    register = fold(first + events)
    ranking = rank(register, picture, need, NOW_MS)
    caller = register.find(picture.caller)
    for candidate in ranking.candidates:
        assert candidate.member not in picture.denied
        assert candidate.member != picture.caller
        assert picture.caller not in register.record(candidate.member).conflicts
        assert caller is None or candidate.member not in caller.conflicts


@given(st.lists(registrations, max_size=12), st.lists(changes, max_size=20), pictures, needs)
def test_a_stronger_duty_is_never_outranked_and_equals_go_by_id(first, events, picture, need):
    candidates = rank(fold(first + events), picture, need, NOW_MS).candidates
    for before, after in pairwise(candidates):
        assert before.tier >= after.tier
        assert before.total > after.total or (before.total == after.total and before.member < after.member)


@given(st.lists(registrations, max_size=8), pictures, needs, st.text(max_size=20), st.text(max_size=20))
def test_text_that_ranking_does_not_read_changes_no_byte(first, picture, need, kind, address):
    """Law 1: whatever a card says of anybody in words, severity of duty and order stay as they are."""
    from esos.message.card import Contact

    def scribbled(event):
        contact = Contact(channel="mail", address=address)
        card = msgspec.structs.replace(event.card, kind=kind, contacts=(contact,), prefixes=(kind,))
        return msgspec.structs.replace(event, card=card)

    plain, other = (
        rank(fold(first), picture, need, NOW_MS),
        rank(fold([scribbled(e) for e in first]), picture, need, NOW_MS),
    )
    assert msgspec.json.encode(plain) == msgspec.json.encode(other)


@given(
    st.integers(1, 30), st.integers(1, 40), st.sampled_from(["", "m", "member-number-", "members-of-the-same-club-"])
)
def test_of_a_large_tie_the_first_ids_are_listed(limit, members, prefix):
    register = Register()
    names = [f"{prefix}{(number * 7919) % 997:03}" for number in range(members)]
    card = MemberCard(name="Alike", keys=(), capabilities=(Capability(line=NeedLine.ADVICE, units=4),))
    for name in names:
        register.apply(1, MemberRegistered(member=name, card=card, at_ms=0))
    ranking = rank(register, CallPicture(), Need(line=NeedLine.ADVICE, needed=4, open_units=4), NOW_MS, limit)
    assert [candidate.member for candidate in ranking.candidates] == sorted(names)[:limit]
