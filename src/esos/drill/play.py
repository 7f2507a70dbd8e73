"""Play a real incident through a real station, from the first call to the proof, and write its report.

The director only does what people and programs could do through the doors, and writes down what
happened when. A visitor may take the caller's and the officer's part; whoever does not, sees it done.
"""

import asyncio
from collections.abc import Awaitable, Callable

from esos.drill.director import Director, Screen
from esos.drill.estonia.acts import play as play_estonia
from esos.drill.host import Host
from esos.drill.hse.acts import play as play_hse
from esos.drill.incidents import need_incident
from esos.drill.options import Options
from esos.drill.report import DrillReport, write_report
from esos.drill.stage import Stage, StageRefused
from esos.drill.wannacry.acts import play as play_wannacry
from esos.errors import Conflict, EsosError, ProofFailed
from esos.station.drills import Act

Play = Callable[[Director, Options], Awaitable[DrillReport]]
PLAYS: dict[str, Play] = {"hse-2021": play_hse, "estonia-2007": play_estonia, "wannacry-2017": play_wannacry}
"""How each incident is played, by its name."""
USUAL = Options()


async def run(
    *,
    host: Host,
    registrar_token: str,
    name: str,
    screen: Screen,
    speed: int | None = None,
    options: Options = USUAL,
) -> DrillReport:
    """Play a drill on a running exercise station, and write its report into the station's home.

    Raises ``Unknown`` (``drill.unknown``), ``Conflict`` (``drill.refused``) where a door said no, and
    ``ProofFailed`` (``drill.unfinished``) where it did not end as promised.
    """
    incident = need_incident(name)
    stage = Stage(lambda: host.urls, registrar_token)
    d = Director(incident, host, stage, speed or incident.speed, screen)
    deadline_seconds = incident.deadline_seconds
    try:
        async with asyncio.timeout(deadline_seconds):
            report = await _posted(d, PLAYS[name], options)
    except TimeoutError as cause:
        raise ProofFailed("drill.unfinished", f"The drill had not ended after {deadline_seconds:.0f} s.") from cause
    except StageRefused as cause:
        raise Conflict("drill.refused", f"A door said no: {cause.detail} ({cause.code})") from cause
    finally:
        await stage.close()
    write_report(report, host.home)
    return report


async def _posted(d: Director, play: Play, options: Options) -> DrillReport:
    """Play it, and keep posted how it stands until the last word is said."""
    posting = asyncio.create_task(d.keep_posted(), name="drill posted")
    try:
        report = await play(d, options)
    except (EsosError, StageRefused) as cause:
        d.enter(Act.BROKEN, f"The drill broke off: {cause}")
        raise
    finally:
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
    await d.post()
    return report
