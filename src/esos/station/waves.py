"""From an unmet need to requests: rank the register, choose the next wave, and say why for each (law 12)."""

import hashlib
from collections.abc import Iterator

import msgspec

from esos.case.model import Case, Request
from esos.duty.picture import CallPicture, Need, Verification
from esos.duty.rank import rank
from esos.duty.ranking import Candidate
from esos.duty.record import answer_permille
from esos.duty.register import Register
from esos.duty.wave import Asked, plan_wave
from esos.message.bodies import NeedAsk, Requested, Why
from esos.station.callers import ADVICE_ONLY, binds_under, is_given
from esos.words.nature import Nature
from esos.words.need import HelpClass, NeedLine

REASON_MAX_CHARACTERS = 1000
BASIS_MAX_CHARACTERS = 280


class Wave(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asked now, and what is still open; ``is_withheld`` where the pact gives this caller nothing of it."""

    requests: tuple[Requested, ...]
    unmet: tuple[NeedAsk, ...]
    register_version: int
    is_withheld: bool = False


def plan(case: Case, register: Register, *, wave: int, widen: bool, now_ms: int) -> Wave:
    """The next wave for everything that is open: one request a member, all its lines together."""
    lines: dict[str, list[tuple[NeedAsk, Candidate]]] = {}
    still_open = case.open_need()
    given = {line: units for line, units in still_open.items() if is_given(case, register, line)}
    for line, units in given.items():
        for candidate in _for_line(case, register, line, units, wave - case.wave_from + int(widen), now_ms):
            ask = NeedAsk(line=line, quantity=candidate.units)
            lines.setdefault(candidate.member, []).append((ask, candidate))
    return Wave(
        requests=tuple(_request(case, wave, member, found) for member, found in sorted(lines.items())),
        unmet=tuple(NeedAsk(line=line, quantity=units) for line, units in still_open.items()),
        register_version=register.version,
        is_withheld=bool(still_open) and not given,
    )


def why_nobody(case: Case, *, is_withheld: bool = False) -> str:
    """Why a wave asked nobody, as a sentence."""
    if is_withheld:
        return ADVICE_ONLY
    if any(request.is_pending for request in case.requests.values()):
        return "Whoever can help was asked, and an answer is still to come."
    return "Nobody else in the register can help with what is open."


def picture_of(case: Case, now_ms: int) -> CallPicture:
    """What ranking may read of the case: codes and numbers, no free text (law 1)."""
    details = case.details
    granted = {grant.help_class for grant in case.grants.values() if grant.live and now_ms < grant.expires_ms}
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
        granted=tuple(line for line in NeedLine if line.help_class in granted),
    )


def with_register(picture: CallPicture, register: Register) -> CallPicture:
    """The same, with what the caller's own card says where the call left it out."""
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


def _for_line(
    case: Case, register: Register, line: NeedLine, units: int, wave: int, now_ms: int
) -> tuple[Candidate, ...]:
    picture = with_register(picture_of(case, now_ms), register)
    picture = msgspec.structs.replace(picture, binds_under=binds_under(case, register))
    need = Need(line=line, needed=case.needs[line], open_units=units)
    asked = frozenset(one.responder for one in case.requests.values() if not one.may_be_asked_again)
    ranking = rank(register, picture, need, now_ms, limit=case.rules.wave_size(wave), asked=asked)
    return plan_wave(
        ranking, need, tuple(_waiting(case, register, line)), wave, case.rules.wave_cap, case.rules.wave_first_size
    )


def _waiting(case: Case, register: Register, line: NeedLine) -> Iterator[Asked]:
    for request in case.requests.values():
        units = sum(ask.quantity for ask in _promising(request) if ask.line == line)
        record = register.find(request.responder)
        if units and record is not None:
            yield Asked(member=request.responder, units=units, answer_permille=answer_permille(record))


def _promising(request: Request) -> tuple[NeedAsk, ...]:
    """What a request that is not yet bound could still bring."""
    return (request.offered or request.lines) if request.is_pending else ()


def _request(case: Case, wave: int, member: str, found: list[tuple[NeedAsk, Candidate]]) -> Requested:
    best = max((candidate for _, candidate in found), key=lambda candidate: candidate.total)
    why = Why(
        tier=best.tier,
        basis=best.basis[:BASIS_MAX_CHARACTERS],
        terms=best.terms,
        total=best.total,
        sentence=" ".join(best.explanation)[:REASON_MAX_CHARACTERS],
    )
    return Requested(
        request=request_id(case.id, member, wave),
        responder=member,
        name=best.name[:80],
        lines=tuple(ask for ask, _ in found),
        wave=wave,
        why=why,
        automatic=_is_automatic(found),
    )


def _is_automatic(found: list[tuple[NeedAsk, Candidate]]) -> bool:
    """Only where the standing package covers every line asked, and none of them affects a third party."""
    return all(
        candidate.automatic_units >= ask.quantity and ask.line.help_class is not HelpClass.THIRD_PARTY
        for ask, candidate in found
    )


def request_id(case_id: bytes, member: str, wave: int) -> bytes:
    """The id of the request to a member in a wave: the same however often the wave is planned."""
    return hashlib.sha256(b"esos-request-1" + case_id + wave.to_bytes(4) + member.encode()).digest()[:16]
