"""What a ranking says, as values: who, with which duty, for which points, and who was left out.

Law 12: it names the register, the weights and the instant it was made from, so that anybody who has
those can make it again, byte for byte.
"""

from esos.duty.picture import Need
from esos.duty.value import Value
from esos.words.tier import DutyTier


class Candidate(Value, frozen=True, kw_only=True):
    """One member that can be asked.

    ``owed`` is the sentence of what it owes. ``units`` are those useful for the open need, ``automatic_units``
    of them commit by its standing package; ``terms`` are points in the order of the weights table; ``total``
    adds 1000 a tier.
    """

    member: str
    name: str
    tier: DutyTier
    basis: str
    owed: str
    units: int
    automatic_units: int
    answer_permille: int
    terms: dict[str, int]
    total: int
    explanation: tuple[str, ...]


class Ranking(Value, frozen=True, kw_only=True):
    """The best candidates for one need, best first; ``runner_up`` is the first beyond the limit.

    ``eligible`` members pass every gate, with ``eligible_units`` useful units together; ``excluded`` counts the
    others under the first gate that stops each; ``considered`` is everybody registered.
    """

    register_version: int
    weights_version: int
    now_ms: int
    need: Need
    candidates: tuple[Candidate, ...]
    runner_up: Candidate | None
    eligible: int
    eligible_units: int
    excluded: dict[str, int]
    considered: int
