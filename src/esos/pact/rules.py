"""What a case reads of its pact: a small frozen extract, kept with the case for as long as it lives.

Law 12: a case began under one pact's exact bytes (``digest``) and every later step reads the same
rules, whatever has been published since. A drill reads the same rules, only ``faster``.
"""

from typing import Literal

import msgspec

from esos.errors import Malformed
from esos.pact.ladder import Ladder, LadderStep, PageTarget
from esos.pact.model import (
    AboveFree,
    Callers,
    Duty,
    FreeLine,
    Pact,
    SecondOffice,
    TariffLine,
    Threshold,
    Widening,
)
from esos.pact.timers import Timers
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

__all__ = ["FreeLine", "Ladder", "LadderStep", "PageTarget", "Rules", "Timers", "rules_of"]

FASTER_MAX_TIMES = 100_000
"""The largest factor a drill may run at."""
_DOUBLINGS_MAX = 20
_FIELD: dict[Urgency, Literal["mayday", "pan_pan", "advisory"]] = {
    Urgency.MAYDAY: "mayday",
    Urgency.PAN_PAN: "pan_pan",
    Urgency.ADVISORY: "advisory",
}
_TIMED = ("mayday", "pan_pan", "advisory", "mayday_ladder", "pan_pan_ladder", "advisory_ladder")


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The extract of one pact (or of several, combined) that a case embeds.

    ``digest`` is the SHA-256 of the pact file's exact bytes. Sizes of waves count members asked;
    ``expected_answer_percent`` is the answer rate assumed until one has been measured;
    ``agreement_days`` is the usual length of an agreement: text, not a timer, so no drill shortens it.
    """

    pact: str
    version: int
    digest: bytes
    threshold: Threshold
    mayday: Timers
    pan_pan: Timers
    advisory: Timers
    mayday_ladder: Ladder
    pan_pan_ladder: Ladder
    advisory_ladder: Ladder
    mayday_duty: Duty
    pan_pan_duty: Duty
    advisory_duty: Duty
    wave_first_size: int
    wave_cap: int
    expected_answer_percent: int
    agreement_days: int
    owed: tuple[NeedLine, ...]
    free_tier: tuple[FreeLine, ...]
    above_free: AboveFree
    ceiling: int
    tariff: tuple[TariffLine, ...]
    callers: Callers
    widen: tuple[Widening, ...]
    second_officers: tuple[SecondOffice, ...]
    second_named: tuple[str, ...]

    def timers(self, urgency: Urgency) -> Timers:
        """The durations in force at this urgency."""
        timers: Timers = getattr(self, _FIELD[urgency])
        return timers

    def ladder(self, urgency: Urgency) -> Ladder:
        """Who is paged, and when, at this urgency."""
        ladder: Ladder = getattr(self, f"{_FIELD[urgency]}_ladder")
        return ladder

    def duty(self, urgency: Urgency) -> Duty:
        """What a member that acceded owes at this urgency."""
        duty: Duty = getattr(self, f"{_FIELD[urgency]}_duty")
        return duty

    def wave_size(self, number: int) -> int:
        """How many members wave ``number`` (from 1) may ask: doubling from the first size to the cap."""
        return min(self.wave_first_size << min(number - 1, _DOUBLINGS_MAX), self.wave_cap)

    def free_units(self, line: NeedLine) -> int:
        """Units of this line that are free at mayday, for each helper and case; 0 where none are."""
        return sum(one.units for one in self.free_tier if one.line is line)

    def faster(self, factor: int) -> "Rules":
        """The same rules with every duration divided by ``factor``, none that runs below 50 ms.

        Raises ``Malformed`` with code ``pact.factor`` for a factor outside 1 to 100,000.
        """
        if not 1 <= factor <= FASTER_MAX_TIMES:
            raise Malformed("pact.factor", f"A drill runs 1 to {FASTER_MAX_TIMES:,} times as fast, not {factor}.")
        if factor == 1:
            return self
        return msgspec.structs.replace(self, **{name: getattr(self, name).faster(factor) for name in _TIMED})


def rules_of(pact: Pact) -> Rules:
    """The extract of a pact that its cases keep."""
    return Rules(
        pact=pact.name,
        version=pact.version,
        digest=pact.digest,
        threshold=pact.threshold,
        mayday=pact.timers.mayday,
        pan_pan=pact.timers.pan_pan,
        advisory=pact.timers.advisory,
        mayday_ladder=pact.helpers.ladder.mayday,
        pan_pan_ladder=pact.helpers.ladder.pan_pan,
        advisory_ladder=pact.helpers.ladder.advisory,
        mayday_duty=pact.helpers.duty.mayday,
        pan_pan_duty=pact.helpers.duty.pan_pan,
        advisory_duty=pact.helpers.duty.advisory,
        wave_first_size=pact.helpers.wave_first_size,
        wave_cap=pact.helpers.wave_cap,
        expected_answer_percent=pact.helpers.expected_answer_percent,
        agreement_days=pact.assistance.agreement_days,
        owed=pact.assistance.owed,
        free_tier=pact.assistance.free_tier,
        above_free=pact.assistance.above_free,
        ceiling=pact.assistance.ceiling,
        tariff=pact.assistance.tariff,
        callers=pact.callers,
        widen=pact.helpers.widen,
        second_officers=pact.helpers.second_officers,
        second_named=pact.helpers.second_named,
    )
