"""The first engine: a scan of the columns, exact by construction, without a Python step for each member.

Gates first, each member stopped by the first in the table; then whole-number terms for those who pass;
then the best by total, ties by member id. Law 12: nothing here depends on the order of registration.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from esos.duty.columns import Columns, line_bits
from esos.duty.gates import Gate, Question, stops_everybody
from esos.duty.growing import Array, GrowingTable
from esos.duty.hours import awake_now
from esos.duty.index import Found, Score
from esos.duty.record import folded
from esos.duty.tier import UNKNOWN_TERMS, pacts_of_call, source_covers
from esos.duty.weights import (
    FULL_PERMILLE,
    PATH_LINES,
    REACHED_FRESH_MS,
    TIER_POINTS,
    USEFUL_COVER_PERMILLE,
    USEFUL_EFFECT_PERMILLE,
    WEIGHTS,
    Term,
)
from esos.pact.model import Duty as PactDuty
from esos.words.tier import DutyTier

_CODE = {gate: number for number, gate in enumerate(Gate, start=1)}
_PASSES = 0
_GONE = len(_CODE) + 1


@dataclass(frozen=True, slots=True)
class _Passed:
    """Those who pass every gate: slots in the line's table, rows, useful units, effect and duty tier of each."""

    slots: Array
    rows: Array
    units: Array
    effect: Array
    tiers: Array

    @staticmethod
    def nobody() -> "_Passed":
        none = np.zeros(0, "i8")
        return _Passed(none, none, none, none, none)

    def only(self, at: Array) -> "_Passed":
        return _Passed(self.slots[at], self.rows[at], self.units[at], self.effect[at], self.tiers[at])


class ColumnIndex(Columns):
    """The columns with a scan over them: the ``Index`` every register carries."""

    def find(self, question: Question) -> Found:
        """Answer a question exactly (see ``index.Index``)."""
        codes = _row_gates(self, question)
        stop = stops_everybody(question.picture, question.need)
        if stop is not None:
            codes[codes != _GONE] = _CODE[stop]
            return _found(codes, _Passed.nobody(), ())
        passed = _slot_gates(self, question, codes)
        return _found(codes, passed, self._scores(question, passed))

    def _scores(self, question: Question, passed: _Passed) -> tuple[Score, ...]:
        """The best of those who passed. Whole tiers that cannot reach the list are not even counted out."""
        can_be_listed = np.flatnonzero(passed.tiers >= _lowest_tier(passed.tiers, question.count))
        passed = passed.only(can_be_listed)
        tiers = passed.tiers
        terms = _terms(self, question, passed)
        totals = TIER_POINTS * tiers.astype("i4") + sum(terms.values(), np.zeros(len(tiers), "i4"))
        return tuple(
            Score(
                member=self.ids[int(passed.rows[at])],
                tier=int(tiers[at]),
                units=int(passed.units[at]),
                terms={term: int(points[at]) for term, points in terms.items()},
                total=int(totals[at]),
            )
            for at in _best(self, passed.rows, totals, question.count)
        )


def _found(codes: Array, passed: _Passed, best: tuple[Score, ...]) -> Found:
    counts = np.bincount(codes, minlength=_GONE + 1)
    return Found(
        best=best,
        eligible=len(passed.rows),
        eligible_units=int(passed.units.sum(dtype="i8")),
        excluded={gate: int(counts[number]) for gate, number in _CODE.items()},
        considered=int(len(codes) - counts[_GONE]),
    )


def _row_gates(columns: Columns, question: Question) -> Array:
    """The first gate that stops each member for what it is, whatever the line; the last written stands."""
    picture, members = question.picture, columns.members
    codes = np.zeros(members.count, "i1")
    codes[columns.rows_of(question.asked)] = _CODE[Gate.ASKED]
    codes[columns.rows_of(question.limits.resting)] = _CODE[Gate.QUOTA]
    if question.limits.within is not None:
        np.copyto(codes, _CODE[Gate.OUTSIDE], where=~_has_accepted(columns, question.limits.within, question.now_ms))
    if question.caller is not None:
        codes[columns.rows_of(question.caller.conflicts)] = _CODE[Gate.CONFLICT]
    _mark(codes, columns.rows("conflict", picture.caller), _CODE[Gate.CONFLICT])
    codes[columns.rows_of(picture.denied)] = _CODE[Gate.DENIED]
    np.copyto(codes, _CODE[Gate.EXPIRED], where=members["valid_until_ms"] <= question.now_ms)
    np.copyto(codes, _CODE[Gate.SUSPENDED], where=members["suspended"])
    if picture.caller is not None:
        codes[columns.rows_of([picture.caller])] = _CODE[Gate.CALLER]
    np.copyto(codes, _GONE, where=~members["active"])
    return codes


def _slot_gates(columns: Columns, question: Question, codes: Array) -> _Passed:
    """The gates of the line, written into ``codes``, and those who pass them all."""
    need, line = question.need, columns.lines[question.need.line].table
    live = line["valid_until_ms"] > question.now_ms
    is_capable = np.zeros(len(codes), bool)
    is_capable[line["row"]] = live
    np.copyto(codes, _CODE[Gate.INCAPABLE], where=(codes == _PASSES) & ~is_capable)

    slots = np.flatnonzero(codes[line["row"]] == _PASSES)
    rows = line["row"][slots]
    units = np.minimum(_free(line, slots, question.now_ms), question.useful_units).astype("i4")
    tiers = _tiers(columns, question)[rows]
    effect = _effect(columns, question, rows)
    stops = np.zeros(len(slots), "i1")
    if len(question.limits.tiers) < len(DutyTier):
        np.copyto(stops, _CODE[Gate.TIER], where=~np.isin(tiers, sorted(question.limits.tiers)))
    if need.line in PATH_LINES and question.picture.believed_path is not None:
        np.copyto(stops, _CODE[Gate.OFF_PATH], where=effect < USEFUL_EFFECT_PERMILLE)
    too_little = units * FULL_PERMILLE < need.open_units * USEFUL_COVER_PERMILLE
    np.copyto(stops, _CODE[Gate.TOO_LITTLE], where=too_little)
    np.copyto(stops, _CODE[Gate.NOTHING_FREE], where=units == 0)
    codes[rows] = stops
    return _Passed(slots, rows, units, effect, tiers).only(np.flatnonzero(stops == _PASSES))


def _free(line: GrowingTable, slots: Array, now_ms: int) -> Array:
    """Free units of some slots: as stated, fading once the statement is stale, less what is promised."""
    units = line["units"][slots]
    fresh_until = line["fresh_until_ms"][slots]
    stale = np.flatnonzero(fresh_until < now_ms)
    ttl = line["ttl_ms"][slots[stale]]
    left = fresh_until[stale] + ttl - now_ms
    units[stale[left <= 0]] = 0
    fading = np.flatnonzero(left > 0)
    units[stale[fading]] = units[stale[fading]] * left[fading] // ttl[fading]
    free: Array = np.maximum(units - line["carried"][slots], 0)
    return free


def _effect(columns: Columns, question: Question, rows: Array) -> Array:
    """Thousandths of the traffic that cross the networks of some members; zero where nothing is known."""
    if question.need.line not in PATH_LINES:
        return np.zeros(len(rows), "i4")
    effect = np.zeros(columns.members.count, "i4")
    for member, share in (question.picture.believed_path or {}).items():
        if member in columns.row_of:
            effect[columns.row_of[member]] = share
    if question.picture.asn is not None:
        _mark(effect, columns.rows("asn", question.picture.asn), FULL_PERMILLE)
    found: Array = effect[rows]
    return found


def _tiers(columns: Columns, question: Question) -> Array:
    """The duty tier of every member, weakest rule first so that the strongest stands."""
    picture, now_ms = question.picture, question.now_ms
    is_reached = columns.members["reached_ms"] > now_ms - REACHED_FRESH_MS
    tiers: Array = is_reached.astype("i1") * np.int8(DutyTier.ASKED)
    for tier, rows in sorted(_pact_rows(columns, question), key=lambda bound: bound[0]):
        tiers[rows] = tier
    keys = [("caller", picture.caller), ("country", picture.country), *(("sector", folded(s)) for s in picture.sectors)]
    sources = [source for source in columns.sources_for(keys) if source_covers(source, picture)]
    for source in sorted(sources, key=lambda source: source.tier):
        _mark(tiers, columns.rows("source", source), source.tier)
    for asn in picture.believed_sources:
        _mark(tiers, columns.rows("asn", asn), DutyTier.CONTRACT)
    for product in picture.hole_products:
        _mark(tiers, columns.rows("product", folded(product)), DutyTier.CONTRACT)
    return tiers


def _pact_rows(columns: Columns, question: Question) -> Iterator[tuple[DutyTier, Array]]:
    """Rows bound by each pact under which the call binds: to an answer, and to what is owed on the line."""
    line, now_ms = question.need.line, question.now_ms
    for pact in pacts_of_call(question.caller, question.picture, now_ms):
        terms = columns.terms.get(pact, UNKNOWN_TERMS)
        if terms.at(question.picture.urgency) is PactDuty.NOTHING or pact not in columns.pacts:
            continue
        table = columns.pacts[pact].table
        in_force = _in_force(table, now_ms)
        yield DutyTier.ASKED, table["row"][in_force]
        if terms.owes(line):
            yield DutyTier.PACT, table["row"][in_force & (table["reserved"] & line_bits([line]) == 0)]


def _in_force(table: GrowingTable, now_ms: int) -> Array:
    in_force: Array = (table["in_force_ms"] <= now_ms) & (now_ms < table["until_ms"])
    return in_force


def _has_accepted(columns: Columns, pacts: frozenset[str], now_ms: int) -> Array:
    """For every member, whether it has accepted any of some pacts, in force now."""
    has_accepted = np.zeros(columns.members.count, bool)
    for pact in pacts & columns.pacts.keys():
        table = columns.pacts[pact].table
        has_accepted[table["row"][_in_force(table, now_ms)]] = True
    return has_accepted


def _lowest_tier(tiers: Array, count: int) -> int:
    """The lowest tier that can still be listed: those above it fill the list whatever their terms (weights.py)."""
    at_least = np.cumsum(np.bincount(tiers, minlength=len(DutyTier))[::-1])[::-1]
    return int(np.flatnonzero(at_least >= count).max(initial=0))


def _terms(columns: Columns, question: Question, passed: _Passed) -> dict[Term, Array]:
    """The points of every term, in the order of the table."""
    picture, members, rows = question.picture, columns.members, passed.rows
    line = columns.lines[question.need.line].table
    country = columns.country_code(picture.country) if picture.country else -1
    age_ms = np.clip(question.now_ms - members["reached_ms"][rows], 0, REACHED_FRESH_MS)
    scaled = {
        Term.EFFECT: passed.effect,
        Term.COVER: passed.units * FULL_PERMILLE // question.need.open_units,
        Term.LEAD: line["lead"][passed.slots],
        Term.ANSWER: members["answer"][rows],
        Term.REACHED: FULL_PERMILLE * (REACHED_FRESH_MS - age_ms) // REACHED_FRESH_MS,
        Term.LOAD: line["load"][passed.slots],
    }
    whole = {
        Term.PRODUCT: _carries(columns, "product", picture.products)[rows],
        Term.SECTOR: _carries(columns, "sector", picture.sectors)[rows],
        Term.COUNTRY: members["country"][rows] == country,
        Term.LANGUAGE: _carries(columns, "language", picture.languages)[rows],
        Term.AWAKE: _awake(columns, question.now_ms)[members["hours"][rows]],
    }
    points = {term: measure.astype("i4") * WEIGHTS[term].points // FULL_PERMILLE for term, measure in scaled.items()}
    points |= {term: holds * np.int32(WEIGHTS[term].points) for term, holds in whole.items()}
    return {term: points[term] for term in Term}


def _carries(columns: Columns, kind: str, codes: tuple[str, ...]) -> Array:
    """For every member, whether it carries any of some codes."""
    carries = np.zeros(columns.members.count, bool)
    for code in codes:
        _mark(carries, columns.rows(kind, folded(code)), 1)
    return carries


def _awake(columns: Columns, now_ms: int) -> Array:
    """For every distinct pair of hours and time zone, whether people are awake: few pairs, many members."""
    return np.fromiter((awake_now(hours, zone, now_ms) for hours, zone in columns.hours), bool, len(columns.hours))


def _mark(column: Array, rows: Array | None, value: int) -> None:
    if rows is not None:
        column[rows] = value


def _best(columns: Columns, rows: Array, totals: Array, count: int) -> list[int]:
    """Positions of the best by total, ties by id. Of a large tie only as many are sorted as are wanted."""
    if len(rows) > count:
        ladder = np.cumsum(np.bincount(totals)[::-1])
        lowest = len(ladder) - 1 - int(np.searchsorted(ladder, count))
        above = np.flatnonzero(totals > lowest)
        tied = np.flatnonzero(totals == lowest)
        wanted = np.concatenate([above, _first_by_id(columns, rows, tied, count - len(above))])
    else:
        wanted = np.arange(len(rows))
    return sorted(wanted.tolist(), key=lambda at: (-int(totals[at]), columns.ids[int(rows[at])]))[:count]


def _first_by_id(columns: Columns, rows: Array, tied: Array, count: int) -> Array:
    """At least the first ``count`` of the tied by id: cut by the id's first bytes, left whole where those agree."""
    sure: list[Array] = []
    for word in ("id_high", "id_low"):
        if len(tied) <= count:
            break
        prefix = columns.members[word][rows[tied]]
        cut = np.partition(prefix, count - 1)[count - 1]
        sure.append(tied[prefix < cut])
        count -= len(sure[-1])
        tied = tied[prefix == cut]
    return np.concatenate([*sure, tied])
