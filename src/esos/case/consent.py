"""What the caller allows, and what work may begin under it: grants, proofs of control, and the gates of brief 2.

Law 9: no work begins outside what the caller allows. Law 10: nothing that harms a third party without
proof of control of exactly what is named, two officers and an expiry.
"""

from collections.abc import Callable

import msgspec

from esos.case.draft import Draft
from esos.case.event import Audience, Reason
from esos.case.knowing import is_vouched_for
from esos.case.model import Case, Request
from esos.case.parts import Grant, Proof
from esos.words.language import later
from esos.words.life import Verification
from esos.words.need import HelpClass

PROOF_RUNG_NEEDED = 2
"""How well control must be shown before others are affected (the ladder of proofs)."""
PROOFS_MAX_COUNT = 100
"""How many proofs of control a case remembers; the newest stay."""


def grant(d: Draft) -> None:
    """The consent lives until its expiry, unless it is taken back, its agreement ends or the case does."""
    body = d.body
    one = Grant(id=d.event.id, help_class=body.help_class, scope=body.scope, to=body.to, expires_ms=body.expires_ms)
    put_grant(d, one)


def put_grant(d: Draft, one: Grant) -> None:
    """Keep a grant and run its time."""
    d.set(grants={**d.case.grants, one.id: one})
    d.start_at("grant", one.expires_ms, one.id)


def revoke_grant(d: Draft) -> None:
    """The consent is dead at once, and whoever works under it is told to stop."""
    kill_grant(d, d.case.grants[d.body.grant])


def kill_grant(d: Draft, one: Grant) -> None:
    """A grant ends: by expiry, by the caller, or with its agreement."""
    if not one.live:
        return
    d.set(grants={**d.case.grants, one.id: msgspec.structs.replace(one, live=False)})
    d.stop_about(one.id)
    stopped = [request for request in d.case.requests.values() if _must_stop(d, request, one)]
    for request in stopped:
        d.page_responder(request, Reason.CONSENT_ENDED)
    if stopped:
        d.page(Audience.COORDINATOR, Reason.CONSENT_ENDED)


def _must_stop(d: Draft, request: Request, ended: Grant) -> bool:
    """Whether a bound helper worked, or was about to, under the consent that has ended."""
    is_under_it = request.is_bound and ended.help_class in classes_of(request)
    return is_under_it and (not ended.to or request.responder in ended.to) and bool(missing_consent(d, request))


def end_consents_of(d: Draft, responder: str) -> None:
    """Consent given to one helper dies with its agreement; what was given to several goes on for the others."""
    if any(request.is_bound and request.responder == responder for request in d.case.requests.values()):
        return
    for one in tuple(d.case.grants.values()):
        if not one.live or responder not in one.to:
            continue
        others = tuple(party for party in one.to if party != responder)
        if others:
            d.set(grants={**d.case.grants, one.id: msgspec.structs.replace(one, to=others)})
        else:
            kill_grant(d, one)


def prove(d: Draft) -> None:
    """The caller showed control of a resource; a newer proof of the same one replaces the older."""
    proof = Proof(resource=d.body.resource, rung=d.body.rung, expires_ms=d.body.expires_ms)
    others = tuple(one for one in d.case.proofs if one.resource != proof.resource)
    d.set(proofs=(*others, proof)[-PROOFS_MAX_COUNT:])


def classes_of(request: Request) -> frozenset[HelpClass]:
    """The classes of help that a request is about now: committed, else offered, else asked."""
    lines = request.committed or request.offered or request.lines
    return frozenset(ask.line.help_class for ask in lines)


def touches_others(request: Request) -> bool:
    """Whether any line asked, offered or committed affects third parties."""
    return any(ask.line.help_class is HelpClass.THIRD_PARTY for ask in request.all_lines)


def missing_consent(d: Draft, request: Request) -> str:
    """Why work may not begin yet, as a sentence; empty when it may."""
    classes = classes_of(request)
    sentences = (gate(d, request) for help_class, gate in GATES.items() if help_class in classes)
    return next((sentence for sentence in sentences if sentence), "")


def _third_party_gate(d: Draft, request: Request) -> str:
    """The caller confirmed, proof of control of exactly what the caller's grant names, two officers, an expiry."""
    if d.case.verification is not Verification.CONFIRMED:
        return later("The caller is not confirmed yet.")
    grants = d.case.live_grants(HelpClass.THIRD_PARTY, request.responder, d.now_ms)
    if not grants:
        return later("The caller has not signed a grant with an expiry for this.")
    if not any(_is_proven(d.case, one.scope, d.now_ms) for one in grants):
        return later("The caller has not shown control of exactly what its grant names.")
    return "" if request.two_officers else later("Two officers have not agreed to this yet.")


def _is_proven(case: Case, scope: str, now_ms: int) -> bool:
    """Whether every resource a grant names, parted by blanks or commas, is proven now."""
    proven = {proof.resource for proof in case.proofs if proof.rung >= PROOF_RUNG_NEEDED and now_ms < proof.expires_ms}
    named = scope.replace(",", " ").split()
    return bool(named) and set(named) <= proven


def _access_gate(d: Draft, request: Request) -> str:
    """The caller called back, and its signed grant (scope, expiry), given now or lodged beforehand."""
    if d.case.verification.level < Verification.CALLED_BACK.level:
        return later("The caller has not been called back yet.")
    if d.case.live_grant(HelpClass.ACCESS, request.responder, d.now_ms) is None:
        return later("The caller has not signed a grant for access to its systems.")
    return ""


def _capacity_gate(d: Draft, request: Request) -> str:
    """A caller known by its key, or a relay that vouches."""
    del request
    is_known = d.case.verification.level >= Verification.KEY_OK.level
    if is_known or is_vouched_for(d.case):
        return ""
    return later("Nobody has vouched for the caller yet: advice and own-edge filtering may begin.")


def _advice_gate(d: Draft, request: Request) -> str:
    """Nothing: even an unverified or unreachable caller gets it."""
    del d, request
    return ""


GATES: dict[HelpClass, Callable[[Draft, Request], str]] = {
    HelpClass.THIRD_PARTY: _third_party_gate,
    HelpClass.ACCESS: _access_gate,
    HelpClass.CAPACITY: _capacity_gate,
    HelpClass.ADVICE: _advice_gate,
}
"""Class of help, gravest first, to what it waits for. They gate the kind of help, never the answer."""
