"""Play a real incident through a real station: call, charge, call-back, new key, waves, help, kill, release, proof.

The director only does what people and programs could do through the doors, and writes down what
happened when. A visitor may take the caller's and the officer's part; whoever does not, sees it done.
"""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from esos.drill.director import Director, Screen
from esos.drill.finale import finish
from esos.drill.helping import help_and_release
from esos.drill.incident import INCIDENTS
from esos.drill.opening import call_back_and_consent, call_by_relay, set_up, somebody_takes_charge
from esos.drill.report import DrillReport, write_report
from esos.drill.searching import until_covered
from esos.drill.stage import Stage, StageRefused
from esos.drill.supervisor import Supervisor
from esos.drill.visitor import choose_a_part
from esos.errors import Conflict, EsosError, ProofFailed, Unknown
from esos.station.drills import Act

DEFAULT_SPEED = 40
"""Seconds of the drill in one real second: two hours in three minutes."""
DEADLINE_SECONDS = 420.0
"""A play that has not ended by then does not end."""

__all__ = ["DEFAULT_SPEED", "run"]


async def run(
    *,
    home: Path,
    supervisor: Supervisor,
    registrar_token: str,
    name: str,
    screen: Screen,
    speed: int = DEFAULT_SPEED,
    with_visitor: bool = False,
) -> DrillReport:
    """Play a drill on a running exercise station, and write its report into the home.

    Raises ``Unknown`` (``drill.unknown``), ``Conflict`` (``drill.refused``) where a door said no, and
    ``ProofFailed`` (``drill.unfinished``) where it did not end as promised.
    """
    incident = INCIDENTS.get(name)
    if incident is None:
        raise Unknown("drill.unknown", f"There is no drill {name!r}.", hint=f"There are: {', '.join(INCIDENTS)}.")
    stage = Stage(supervisor.url, registrar_token)
    d = Director(incident, supervisor, stage, speed, screen)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            report = await _posted(d, with_visitor=with_visitor)
    except TimeoutError as cause:
        raise ProofFailed("drill.unfinished", f"The drill had not ended after {DEADLINE_SECONDS:.0f} s.") from cause
    except StageRefused as cause:
        raise Conflict("drill.refused", f"A door said no: {cause.detail} ({cause.code})") from cause
    finally:
        await stage.close()
    write_report(report, home)
    return report


async def _posted(d: Director, *, with_visitor: bool) -> DrillReport:
    """Play it, and keep posted how it stands until the last word is said."""
    posting = asyncio.create_task(d.keep_posted(), name="drill posted")
    try:
        report = await _acts(d, with_visitor=with_visitor)
    except (EsosError, StageRefused) as cause:
        d.enter(Act.BROKEN, f"The drill broke off: {cause}")
        raise
    finally:
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
    await d.post()
    return report


async def _acts(d: Director, *, with_visitor: bool) -> DrillReport:
    """The play, act by act."""
    await set_up(d)
    if with_visitor:
        await choose_a_part(d)
    await call_by_relay(d)
    await somebody_takes_charge(d)
    await _together(call_back_and_consent(d), until_covered(d))
    await help_and_release(d)
    return await finish(d)


async def _together(*works: Coroutine[Any, Any, None]) -> None:
    """All at the same time; the first that fails ends the others, and its error comes out as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from several
