"""The end of a drill: the case verified as an outsider would, then again with one byte changed; the report."""

from collections import Counter
from typing import Any

from esos.audit.case import verify_case_file
from esos.audit.report import Report
from esos.drill.cast import behaviours
from esos.drill.director import Director
from esos.drill.hours import compare
from esos.drill.report import DrillReport, figure
from esos.errors import ProofFailed
from esos.station.drills import Act, BeatKind, Ending, one_byte_changed

ENDED_STATES = frozenset({"settled", "declined", "no_reply", "not_taken", "withdrawn", "cancelled"})


async def finish(d: Director) -> DrillReport:
    """Verify the case as an outsider would, then again with one byte changed, and set both timelines side by side."""
    d.enter(
        Act.PROVING,
        "The case is verified as an outsider would who trusts nobody here: as it is, and with one byte changed.",
        "Both timelines, side by side.",
    )
    view = await d.view()
    data = await d.stage.raw(f"/api/v1/cases/{d.case}/export")
    card = d.supervisor.card
    public, origin = bytes.fromhex(card["public"]), str(card["origin"])
    accepted = verify_case_file(data, pinned_public=public, origin=origin)
    refused = verify_case_file(one_byte_changed(data), pinned_public=public, origin=origin)
    _check_end(view, accepted, refused, d)
    d.beat(BeatKind.PROVED, "esos verify case: accepted. With one byte of the file changed: refused.")
    await d.breathe()
    d.ending = _ending(d, view, accepted, refused)
    d.enter(Act.OVER, _last_word(d.ending), "Look around as long as you like.")
    return _report(d, d.ending, data)


def _last_word(ending: Ending) -> str:
    loss = ending.comparison
    history, ours = figure(loss.history.service_hours), figure(loss.drill.service_hours)
    return (
        f"The drill is over. By the model, {history} service-hours were lost in history, and {ours} would have "
        "been lost in the drill."
    )


def _ending(d: Director, view: dict[str, Any], accepted: Report, refused: Report) -> Ending:
    return Ending(
        comparison=compare(d.incident, d.commitments.values()),
        behaviours=behaviours(),
        outcomes=dict(Counter(request["state"] for request in view["requests"])),
        killed=d.killed,
        lost_after_kill=d.lost_after_kill,
        down_ms=d.down_ms,
        accepted=accepted.accepted,
        refused_after_change=not refused.accepted,
        proof=tuple(accepted.lines()),
        refusal=tuple(refused.lines()),
    )


def _report(d: Director, ending: Ending, case_file: bytes) -> DrillReport:
    state = d.state()
    return DrillReport(
        name=state.name,
        title=state.title,
        when=state.when,
        first_sign=state.first_sign,
        speed=state.speed,
        history=state.history,
        drill=state.beats,
        ending=ending,
        sources=state.sources,
        case=d.case,
        case_file=case_file,
        station_card=d.supervisor.card,
    )


def _check_end(view: dict[str, Any], accepted: Report, refused: Report, d: Director) -> None:
    """What every drill must end with; raises ``ProofFailed`` (``drill.unfinished``) otherwise."""
    unended = [one["name"] for one in view["requests"] if one["state"] not in ENDED_STATES]
    promises = {
        "the case is closed": view["state"] == "closed",
        "every request has one outcome": not unended,
        "no timer runs unheld": not view["timers"],
        "nothing was lost by the kill": not d.lost_after_kill,
        "the case file is accepted": accepted.accepted,
        "a changed case file is refused": not refused.accepted,
    }
    broken = [promise for promise, kept in promises.items() if not kept]
    if broken:
        raise ProofFailed("drill.unfinished", f"The drill did not end as it must: {'; '.join(broken)}.")
