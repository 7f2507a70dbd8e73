"""What a commitment may cost its caller: the pact's free tier first, above it the registered tariff or ceiling.

Money never delays a commitment: whoever asks for more than the pact allows is bound all the same, on the
pact's terms. Nothing here can refuse anything.
"""

from collections.abc import Iterable, Iterator

from esos.case.model import Case, Request
from esos.message.bodies import NeedAsk
from esos.words.urgency import Urgency

FREE = "free"
CEILING = "ceiling"


def cost_of(case: Case, request: Request, lines: tuple[NeedAsk, ...], cost: str, ceiling: int) -> tuple[str, int]:
    """How this commitment is paid, and at most how much (0: nothing is said), whatever its helper asked for.

    ``ceiling`` and the amount are whole units of the pact's currency.
    """
    above = _above_free(case, request, lines)
    if cost == FREE or not above or case.rules.above_free == FREE:
        return FREE, 0
    most = min(_ceilings(case, request, above))
    allowed = min(most, ceiling or most) if cost == CEILING else most
    return (CEILING, allowed) if allowed else (FREE, 0)


def _above_free(case: Case, request: Request, lines: tuple[NeedAsk, ...]) -> dict[str, int]:
    """Units of each line beyond what this helper gives free in this case; at mayday only there is a free tier."""
    has_free_tier = case.binding is Urgency.MAYDAY
    above = {}
    for ask in lines:
        free = case.rules.free_units(ask.line) - _given(case, request, ask) if has_free_tier else 0
        above[ask.line.value] = ask.quantity - min(ask.quantity, max(0, free))
    return {line: units for line, units in above.items() if units}


def _given(case: Case, request: Request, about: NeedAsk) -> int:
    """Units of the line that the same helper committed to this case before."""
    return sum(
        ask.quantity
        for one in _others(case, request)
        if one.responder == request.responder
        for ask in one.committed
        if ask.line is about.line
    )


def _ceilings(case: Case, request: Request, above: dict[str, int]) -> Iterator[int]:
    """What so much help may cost at most: by the tariff, and by what is left of the ceiling of the whole case.

    Under a tariff alone a line without a price costs nothing; under a ceiling it is its helper's to price.
    """
    rules, prices = case.rules, {one.line.value: one.price for one in case.rules.tariff}
    if rules.above_free == CEILING:
        yield max(0, rules.ceiling - sum(one.ceiling_eur for one in _others(case, request)))
    if rules.above_free != CEILING or above.keys() <= prices.keys():
        yield sum(prices.get(line, 0) * units for line, units in above.items())


def _others(case: Case, request: Request) -> Iterable[Request]:
    """The other commitments of this life of the case."""
    return (one for one in case.requests.values() if one.committed and not one.spent and one.id != request.id)
