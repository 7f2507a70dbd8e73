"""Many calls with one cause are seen as one, and whoever has the same product is warned before it is hit."""

import asyncio
from typing import Any

import msgspec

from esos.drill.case_in_play import CaseInPlay
from esos.drill.director import Director
from esos.drill.incident import CallerFacts
from esos.drill.setting import register_all
from esos.drill.wannacry.facts import COUNTRY, NATURES, PRODUCT, SECTOR
from esos.drill.wannacry.floor import Floor
from esos.message.bodies import CallDetails, Called
from esos.station.case_rows import CaseRow
from esos.station.drills import BeatKind
from esos.station.together import common_causes
from esos.vault.chance import SystemDice
from esos.words.urgency import Urgency

SEEN_CALLS_MIN = 5
"""From so many open calls on that share something the watch warns others."""
POLL_SECONDS = 0.5
_dice = SystemDice()


async def warn_others(d: Director, floor: Floor, warnings: list[CaseInPlay]) -> None:
    """As soon as the floor shows a common cause, a supplier's team gives the warning, and an officer lets it out.

    ``warnings`` gets its case.
    """
    cause = ""
    while not cause:
        await asyncio.sleep(POLL_SECONDS)
        cause = common_cause(floor.rows)
    d.beat(BeatKind.NOTE, cause)
    facts = CallerFacts(
        name="A supplier's team (drill)", words="", natures=NATURES, sector=SECTOR, country=COUNTRY, needs=(),
        label="The supplier's team",
    )  # fmt: skip
    case = CaseInPlay(d, facts)
    await register_all(d, [(case.caller, {"country": COUNTRY, "sectors": ("it",)})])
    details = CallDetails(urgency=Urgency.ADVISORY, sector=SECTOR, products=(PRODUCT,), words="Correct it; close it.")
    called = case.caller.sign("called", Called(call=_dice.bytes(8), details=details))
    while not case.id:
        case.id = (await d.stage.hand_in(called))["case"]
    await case.take()
    warnings.append(case)
    case.beat(BeatKind.WARNED, "One warning goes to every member that has the same product or is of the same sector.")


def common_cause(rows: list[dict[str, Any]]) -> str:
    """What the watch floor says of calls that may have one cause; empty while they are few."""
    causes = common_causes((msgspec.convert(row, CaseRow) for row in rows), None)
    return next((cause.sentence for cause in causes if len(cause.codes) >= SEEN_CALLS_MIN), "")
