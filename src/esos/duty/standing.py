"""The one-minute path: how much of a standing package commits by itself for this call.

Consent and proof gate the kind of help, never the answer: a package commits without a person only
where its class of help needs nothing more than is already known (laws 9 and 10).
"""

from collections.abc import Callable

from esos.duty.picture import CallPicture, Verification
from esos.duty.record import MemberRecord, lasts, units_free
from esos.duty.tier import Pair
from esos.words.need import HelpClass

_KEY_OK_OR_BETTER = frozenset({Verification.KEY_OK, Verification.CALLED_BACK, Verification.CONFIRMED})
_CALLED_BACK_OR_BETTER = frozenset({Verification.CALLED_BACK, Verification.CONFIRMED})


def automatic_units(pair: Pair) -> int:
    """Units of the need that the responder's standing package commits at once, 0 where a person must say yes."""
    package, line = pair.responder.package, pair.need.line
    if package is None or pair.picture.urgency not in package.urgencies:
        return 0
    if not lasts(package.valid_until_ms, pair.now_ms) or not _ALLOWS[line.help_class](pair):
        return 0
    free = units_free(pair.responder, line, pair.now_ms)
    return min(package.lines.get(line, 0), free, pair.need.open_units)


def has_consent(picture: CallPicture, caller: MemberRecord | None, pair: Pair) -> bool:
    """Whether the caller signed a grant for the line: in this case, or lodged beforehand for this responder or any."""
    if pair.need.line in picture.granted:
        return True
    lodged = [] if caller is None else [caller.consents.get(grantee) for grantee in (pair.responder.member, "")]
    return any(c is not None and pair.need.line in c.lines and lasts(c.valid_until_ms, pair.now_ms) for c in lodged)


def _may_give_access(pair: Pair) -> bool:
    verified = pair.picture.verification in _CALLED_BACK_OR_BETTER
    return verified and has_consent(pair.picture, pair.caller, pair)


_ALLOWS: dict[HelpClass, Callable[[Pair], bool]] = {
    HelpClass.ADVICE: lambda _: True,
    HelpClass.CAPACITY: lambda pair: pair.picture.vouched or pair.picture.verification in _KEY_OK_OR_BETTER,
    HelpClass.ACCESS: _may_give_access,
    # Two officers must agree each time: nothing that reaches a third party is ever automatic.
    HelpClass.THIRD_PARTY: lambda _: False,
}
