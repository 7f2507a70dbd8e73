"""From an unmet need to requests: rank the register, choose the next wave, and say why for each (law 12)."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import msgspec

from esos.case.asking import REQUESTS_MAX_COUNT
from esos.case.model import Case, Request, Search
from esos.duty.gates import Limits
from esos.duty.picture import CallPicture, Need, Verification
from esos.duty.rank import duty_between, gates_against, rank
from esos.duty.ranking import Candidate, Ranking
from esos.duty.record import answer_permille
from esos.duty.register import Register
from esos.duty.wave import Asked, plan_wave
from esos.duty.weights import RANK_LIMIT_MAX
from esos.message.bodies import NeedAsk, Requested, Why
from esos.message.request_bodies import WAVES_MAX_COUNT
from esos.pact.model import Tier
from esos.pact.rules import Rules
from esos.pact.timers import DAY_MS
from esos.station.callers import ADVICE_ONLY, binds_under, is_given
from esos.station.reasons import why_asked, why_chosen
from esos.words.language import ENGLISH, later, speaking
from esos.words.nature import Nature
from esos.words.need import NEED_QUANTITY_MAX_UNITS, HelpClass, NeedLine
from esos.words.tier import DutyTier

MONTH_MS = 30 * DAY_MS
"""The month over which a pact's quota of requests is counted."""
LIKELY_FACTOR = 3
"""So many times the pact's size are looked at closely: enough to over-call in all but the worst answer rates."""
NOBODY_ELSE = later("Nobody else in the register can help with what is open.")
_PERMILLE_OF_PERCENT = 10
_TIERS = {
    Tier.CONTRACT: DutyTier.CONTRACT,
    Tier.LAW: DutyTier.LAW,
    Tier.PACT: DutyTier.PACT,
    Tier.ABLE: DutyTier.ASKED,
    Tier.VOLUNTEER: DutyTier.VOLUNTEER,
}


class Wave(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asked now, as wave ``number``, and what is still open after whatever is expected of them.

    ``is_withheld`` says that the pact gives this caller nothing of it unasked.
    """

    number: int
    requests: tuple[Requested, ...]
    unmet: tuple[NeedAsk, ...]
    register_version: int
    is_withheld: bool = False


class Found(NamedTuple):
    """One line a member is asked for, with the ranking it was found in."""

    ask: NeedAsk
    candidate: Candidate
    ranking: Ranking


def plan(case: Case, register: Register, *, wave: int, widen: bool, now_ms: int) -> Wave:
    """The next wave for everything that is open: one request a member, all its new lines together.

    Whatever a pact says and however long the search lasts, it stays within what a statement can carry.
    """
    number = min(wave, WAVES_MAX_COUNT)
    still_open = case.open_need()
    given = {line: units for line, units in still_open.items() if is_given(case, register, line)}
    lines: dict[str, list[Found]] = {}
    for line, units in given.items():
        ranking, chosen = _chosen(case, register, line, units, max(1, number - case.wave_from + int(widen)), now_ms)
        for candidate in chosen:
            ask = NeedAsk(line=line, quantity=candidate.units)
            lines.setdefault(candidate.member, []).append(Found(ask, candidate, ranking))
    room = max(0, REQUESTS_MAX_COUNT - len(case.requests))
    best = sorted(lines, key=lambda member: (-_best(lines[member]).candidate.total, member))[:room]
    return Wave(
        number=number,
        requests=tuple(_request(case, number, member, lines[member]) for member in sorted(best)),
        unmet=tuple(NeedAsk(line=line, quantity=units) for line, units in still_open.items()),
        register_version=register.version,
        is_withheld=bool(still_open) and not given,
    )


def why_nobody(case: Case, *, is_withheld: bool = False) -> str:
    """Why a wave asked nobody, as a sentence."""
    if is_withheld:
        return ADVICE_ONLY
    if any(request.is_pending for request in case.requests.values()):
        return later("Whoever can help was asked, and an answer is still to come.")
    return NOBODY_ELSE


def is_said_already(case: Case) -> bool:
    """Whether the last search said already that answers are awaited, and one still is; it need not say so again."""
    return case.search is Search.WAITING and any(request.is_pending for request in case.requests.values())


def _chosen(
    case: Case, register: Register, line: NeedLine, units: int, number: int, now_ms: int
) -> tuple[Ranking, tuple[Candidate, ...]]:
    """Whom a wave asks for one line. Few are looked at closely, and all it may take only where few do not suffice."""
    cap = min(case.rules.wave_cap, RANK_LIMIT_MAX)
    likely = min(cap, LIKELY_FACTOR * case.rules.wave_first_size << min(number - 1, cap.bit_length()))
    for limit in dict.fromkeys((likely, cap)):
        ranking = rank_line(case, register, line, units, now_ms, limit=limit)
        chosen = _next(case, register, ranking, number)
        if len(chosen) < limit:
            break
    return ranking, chosen


def rank_line(
    case: Case, register: Register, line: NeedLine, units: int, now_ms: int, *, limit: int = RANK_LIMIT_MAX
) -> Ranking:
    """Everybody who may be asked for a line now, at most as many as one wave may take.

    A share protects helpers while others can carry the rest; it leaves no need unmet where nobody else can.
    """
    need = Need(line=line, needed=max(case.needs.get(line, units), units), open_units=units)
    limits = limits_of(case.rules, register, need, now_ms)
    limit = min(limit, case.rules.wave_cap)
    ranking = _ranked(case, register, need, limits, now_ms, limit)
    if ranking.eligible_units + _promised_units(case, line) < units:
        return _ranked(case, register, need, replace(limits, most_units=NEED_QUANTITY_MAX_UNITS), now_ms, limit)
    return ranking


def _ranked(case: Case, register: Register, need: Need, limits: Limits, now_ms: int, limit: int) -> Ranking:
    return rank(
        register,
        picture_with_register(case, register, now_ms),
        need,
        now_ms,
        limit=limit,
        asked=asked_for(case, need.line),
        limits=limits,
    )


def _promised_units(case: Case, line: NeedLine) -> int:
    """What requests that are not bound yet could still bring of a line."""
    return sum(ask.quantity for one in case.requests.values() for ask in _promising(one) if ask.line is line)


def asked_for(case: Case, line: NeedLine) -> frozenset[str]:
    """Whoever was asked for this very line, and has not been asked for it in vain."""
    return frozenset(
        request.responder
        for request in case.requests.values()
        if request.is_about(line) and not request.may_be_asked_again
    )


def limits_of(rules: Rules, register: Register, need: Need, now_ms: int) -> Limits:
    """What the pact of a case says of who is asked, how often and for how much."""
    return Limits(
        within=None if rules.reach == "anyone" else register.versions_of(rules.pact),
        tiers=frozenset(_TIERS[tier] for tier in rules.tiers),
        resting=register.resting(
            open_max=rules.open_requests_max, recent_max=rules.requests_a_month_max, since_ms=now_ms - MONTH_MS
        ),
        most_units=rules.share_of(need.needed),
        prior_permille=rules.expected_answer_percent * _PERMILLE_OF_PERCENT,
    )


def picture_with_register(case: Case, register: Register, now_ms: int) -> CallPicture:
    """What ranking may read of the case, with what the register knows of the caller where the call left it out."""
    picture, details = picture_of(case, now_ms), case.details
    asn = picture.asn or (register.origin_of(details.prefix) if details.prefix else None)
    bound = binds_under(case, register)
    return _with_card(msgspec.structs.replace(picture, asn=asn, binds_under=bound), register)


def picture_of(case: Case, now_ms: int) -> CallPicture:
    """What ranking may read of the case: codes and numbers, no free text (law 1)."""
    details = case.details
    granted, granted_to = _grants(case, now_ms)
    return CallPicture(
        caller=case.caller,
        country=details.country,
        sectors=(details.sector,) if details.sector else (),
        products=details.products,
        asn=details.asn,
        natures=tuple(Nature(code) for code in details.natures),
        urgency=case.binding,
        verification=Verification(case.verification.value),
        proof_level=max((proof.rung for proof in case.proofs if now_ms < proof.expires_ms), default=0),
        vouched=case.corroborated or any(relay.vouched for relay in case.relays),
        granted=granted,
        granted_to=granted_to,
        denied=tuple(sorted(case.refused)),
    )


def _grants(case: Case, now_ms: int) -> tuple[tuple[NeedLine, ...], dict[str, tuple[NeedLine, ...]]]:
    """Lines consented to for anybody, and those for one member, from the grants that live in the case."""
    classes: dict[str, set[HelpClass]] = {}
    for grant in case.grants.values():
        if grant.live and now_ms < grant.expires_ms:
            for party in grant.to or ("",):
                classes.setdefault(party, set()).add(grant.help_class)
    lines = {party: tuple(line for line in NeedLine if line.help_class in of) for party, of in sorted(classes.items())}
    return lines.pop("", ()), lines


def _with_card(picture: CallPicture, register: Register) -> CallPicture:
    record = register.find(picture.caller)
    if record is None:
        return picture
    card = record.card
    return msgspec.structs.replace(
        picture,
        country=picture.country or card.country,
        sectors=picture.sectors or card.sectors,
        products=picture.products or card.products,
        asn=picture.asn or (card.asns[0] if card.asns else None),
        languages=card.languages,
    )


def _next(case: Case, register: Register, ranking: Ranking, number: int) -> tuple[Candidate, ...]:
    rules, waiting = case.rules, tuple(_waiting(case, register, ranking.need.line))
    cap = min(rules.wave_cap, RANK_LIMIT_MAX)
    return plan_wave(ranking, ranking.need, waiting, number, cap, rules.wave_first_size)


def _waiting(case: Case, register: Register, line: NeedLine) -> Iterator[Asked]:
    prior_permille = case.rules.expected_answer_percent * _PERMILLE_OF_PERCENT
    for request in case.requests.values():
        units = sum(ask.quantity for ask in _promising(request) if ask.line == line)
        record = register.find(request.responder)
        if units and record is not None:
            rate = answer_permille(record, prior_permille)
            yield Asked(member=request.responder, units=units, answer_permille=rate)


def _promising(request: Request) -> tuple[NeedAsk, ...]:
    """What a request that is not yet bound could still bring."""
    return (request.offered or request.lines) if request.is_pending else ()


def _best(found: list[Found]) -> Found:
    return max(found, key=lambda one: one.candidate.total)


def _request(case: Case, wave: int, member: str, found: list[Found]) -> Requested:
    best = _best(found)
    return Requested(
        request=request_id(case.id, member, wave),
        responder=member,
        name=best.candidate.name[:80],
        lines=tuple(one.ask for one in found),
        wave=wave,
        why=why_asked(best.ranking, member),
        automatic=_is_automatic(found),
    )


@speaking(ENGLISH)  # it is signed and kept, whatever language the officer who asks reads
def why_by_hand(case: Case, register: Register, body: Requested, now_ms: int) -> Why:
    """Why a member that an officer asks: as a wave would say it, or its duty and what speaks against it.

    Where it stands in the ranking of the first line it is asked for; ``Why()`` for somebody not registered.
    """
    record = register.find(body.responder)
    if record is None:
        return Why()
    line, quantity = body.lines[0].line, body.lines[0].quantity
    ranking = rank_line(case, register, line, case.open_need().get(line, quantity), now_ms)
    if any(candidate.member == body.responder for candidate in ranking.candidates):
        return why_asked(ranking, body.responder)
    picture, need = picture_with_register(case, register, now_ms), ranking.need
    limits, asked = limits_of(case.rules, register, need, now_ms), asked_for(case, line)
    against = gates_against(register, picture, need, now_ms, body.responder, asked, limits=limits)
    return why_chosen(ranking, duty_between(register, picture, need, now_ms, body.responder), against)


def _is_automatic(found: list[Found]) -> bool:
    """Only where the standing package covers every line asked, and none of them affects a third party."""
    return all(
        one.candidate.automatic_units >= one.ask.quantity and one.ask.line.help_class is not HelpClass.THIRD_PARTY
        for one in found
    )


def request_id(case_id: bytes, member: str, wave: int) -> bytes:
    """The id of the request to a member in a wave: the same however often the wave is planned."""
    return hashlib.sha256(b"esos-request-1" + case_id + wave.to_bytes(4) + member.encode()).digest()[:16]
