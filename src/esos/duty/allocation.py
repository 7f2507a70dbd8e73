"""What a division of scarce help says, as values: who serves what, what stays unserved, and why.

Law 12: it names the register, the weights and the instant it was made from, and the cost than which no other
division of the same needs has a lower one.
"""

from esos.duty.value import Value
from esos.words.need import NeedLine
from esos.words.tier import DutyTier


class Share(Value, frozen=True, kw_only=True):
    """What one helper gives to one call; ``total`` is its ranking total there."""

    member: str
    name: str
    units: int
    tier: DutyTier
    total: int


class Served(Value, frozen=True, kw_only=True):
    """How one need of one call fares; ``why`` are sentences, of what it gets and of what it does not."""

    call: str
    severity_class: int
    line: NeedLine
    unit: str
    needed: int
    served: int
    unserved: int
    shares: tuple[Share, ...]
    why: tuple[str, ...]


class Load(Value, frozen=True, kw_only=True):
    """What one helper gives of one kind of help in all, of the units it has ``free``."""

    member: str
    name: str
    line: NeedLine
    unit: str
    free: int
    given: int
    calls: tuple[str, ...]


class Allocation(Value, frozen=True, kw_only=True):
    """Every need and every helper that was looked at, needs by gravity and call, helpers by id.

    ``cost`` counts unserved units by their class and step, and what is given by the points it lacks.
    """

    register_version: int
    weights_version: int
    now_ms: int
    share_percent: int
    needs: tuple[Served, ...]
    helpers: tuple[Load, ...]
    cost: int
