"""The end of a drill: the case verified as an outsider would, then again with one byte changed; the report."""

from typing import Any

from esos.audit.case import verify_case_file
from esos.audit.report import Report
from esos.drill.cast import RATES_PERCENT
from esos.drill.director import Director
from esos.drill.hours import compare
from esos.drill.report import Beat, DrillReport
from esos.errors import ProofFailed

ENDED_STATES = frozenset({"settled", "declined", "no_reply", "not_taken", "withdrawn", "cancelled"})
SEED = 2021
"""The seed of the cast: the same teams in every performance."""


async def finish(d: Director) -> DrillReport:
    """Verify the case as an outsider would, then again with one byte changed, and set both timelines side by side."""
    view = await d.view()
    data = await d.stage.raw(f"/api/v1/cases/{d.case}/export")
    card = d.supervisor.card
    public, origin = bytes.fromhex(card["public"]), str(card["origin"])
    accepted = verify_case_file(data, pinned_public=public, origin=origin)
    refused = verify_case_file(_one_byte_changed(data), pinned_public=public, origin=origin)
    if not accepted.accepted:
        d.tell("\n".join(accepted.lines()))
    _check_end(view, accepted, refused, d)
    outcomes: dict[str, int] = {}
    for request in view["requests"]:
        outcomes[request["state"]] = outcomes.get(request["state"], 0) + 1
    d.tell("esos verify case: accepted. After one byte was changed: refused.")
    return DrillReport(
        name=d.incident.name,
        title=d.incident.title,
        when=d.incident.when,
        speed=d.speed,
        seed=SEED,
        first_sign=d.incident.first_sign,
        history=tuple(Beat(at_minutes=one.at_minutes, says=one.says) for one in d.incident.moments),
        drill=tuple(d.beats),
        rates_percent={behaviour.value: share for behaviour, share in RATES_PERCENT.items()},
        outcomes=outcomes,
        comparison=compare(d.incident, tuple(d.commitments)),
        killed=d.killed,
        lost_after_kill=d.lost_after_kill,
        accepted=accepted.accepted,
        refused_after_change=not refused.accepted,
        verification=tuple(accepted.lines()),
        case=d.case,
        case_file=data,
        station_card=card,
        sources=d.incident.sources,
    )


def _one_byte_changed(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _check_end(view: dict[str, Any], accepted: Report, refused: Report, d: Director) -> None:
    """What every drill must end with; raises ``ProofFailed`` (``drill.unfinished``) otherwise."""
    unended = [one["name"] for one in view["requests"] if one["state"] not in ENDED_STATES]
    promises = {
        "the case is closed": view["state"] == "closed",
        "every request has one outcome": not unended,
        "no timer runs unheld": not view["timers"],
        "nothing was lost by the kill": not d.killed or d.lost_after_kill == 0,
        "the case file is accepted": accepted.accepted,
        "a changed case file is refused": not refused.accepted,
    }
    broken = [promise for promise, kept in promises.items() if not kept]
    if broken:
        raise ProofFailed("drill.unfinished", f"The drill did not end as it must: {'; '.join(broken)}.")
