"""The one-minute path: how much of a standing package commits by itself for this call.

Consent and proof gate the kind of help, never the answer: a package commits without a person only
where its class of help needs nothing more than is already known (laws 9 and 10).
"""

from collections.abc import Callable

from esos.duty.picture import Verification
from esos.duty.record import lasts, package_left, units_free
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
    return min(package_left(pair.responder, line), free, pair.need.open_units)


def has_consent(pair: Pair) -> bool:
    """Whether a grant of the caller lives in this case for the line, for anybody or for this responder.

    One lodged in peace time lives in the case since the call arrived, and dies there with the others.
    """
    picture, line = pair.picture, pair.need.line
    return line in picture.granted or line in picture.granted_to.get(pair.responder.member, ())


def _may_give_access(pair: Pair) -> bool:
    return pair.picture.verification in _CALLED_BACK_OR_BETTER and has_consent(pair)


_ALLOWS: dict[HelpClass, Callable[[Pair], bool]] = {
    HelpClass.ADVICE: lambda _: True,
    HelpClass.CAPACITY: lambda pair: pair.picture.vouched or pair.picture.verification in _KEY_OK_OR_BETTER,
    HelpClass.ACCESS: _may_give_access,
    # Two officers must agree each time: nothing that reaches a third party is ever automatic.
    HelpClass.THIRD_PARTY: lambda _: False,
}
