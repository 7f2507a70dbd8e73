"""The end of a drill: everything counted, cases verified as an outsider would, then again with one byte changed."""

from collections.abc import Sequence
from typing import Any

from esos.audit.case import verify_case_file
from esos.audit.report import Report
from esos.drill.cast import behaviours
from esos.drill.director import Director, Followed
from esos.drill.report import DrillReport, figure
from esos.drill.tally import Tally, tally
from esos.errors import ProofFailed
from esos.station.drills import Act, BeatKind, Comparison, Ending, one_byte_changed


async def finish(d: Director, cases: Sequence[Followed], compared: Comparison) -> DrillReport:
    """Count over these cases, verify all of them, and set both timelines side by side."""
    views = [await case.view() for case in cases]
    counted = tally(views, callers=len(cases), kept=d.stage.kept)
    return await prove(d, counted, [case.id for case in cases], compared)


async def prove(d: Director, counted: Tally, case_ids: Sequence[str], compared: Comparison) -> DrillReport:
    """Verify these cases as an outsider would, and the first again with one byte changed; then the last word.

    Raises ``ProofFailed`` (``drill.unfinished``) where the drill did not end as every drill must.
    """
    d.enter(
        Act.PROVING,
        "What was kept is verified as an outsider would who trusts nobody here: as it is, and with one byte changed.",
        "Both timelines, side by side.",
    )
    files = [await d.stage.raw(f"/api/v1/cases/{case}/export") for case in case_ids]
    accepted = [_verified(d, data) for data in files]
    refused = _verified(d, one_byte_changed(files[0]))
    _check_end(counted, accepted, refused)
    d.beat(BeatKind.PROVED, f"{_verified_words(len(files))} With one byte of the file changed: refused.")
    await d.breathe()
    d.ending = _ending(d, counted, compared, accepted, refused)
    d.enter(Act.OVER, _last_word(d.ending), "Look around as long as you like.")
    return _report(d, d.ending, case_ids[0], files)


def _verified(d: Director, data: bytes) -> Report:
    card = d.host.card
    return verify_case_file(data, pinned_public=bytes.fromhex(card["public"]), origin=str(card["origin"]))


def _verified_words(count: int) -> str:
    return "esos verify case: accepted." if count == 1 else f"esos verify case: all {count} files accepted."


def _last_word(ending: Ending) -> str:
    loss = ending.comparison
    history, ours = figure(loss.history.service_hours), figure(loss.drill.service_hours)
    return (
        f"The drill is over. By the model, {history} service-hours were lost in history, and {ours} would have "
        "been lost in the drill."
    )


def _ending(d: Director, counted: Tally, compared: Comparison, accepted: Sequence[Report], refused: Report) -> Ending:
    return Ending(
        comparison=compared,
        behaviours=behaviours(d.incident.teams),
        outcomes=counted.outcomes,
        figures={**counted.figures(), **_also(d, accepted)},
        unmet=counted.unmet_units,
        killed=d.killed,
        processes=d.host.processes,
        lost_after_kill=d.lost_after_kill,
        down_ms=d.down_ms,
        accepted=all(one.accepted for one in accepted),
        refused_after_change=not refused.accepted,
        proof=tuple(accepted[0].lines()),
        refusal=tuple(refused.lines()),
    )


def _also(d: Director, accepted: Sequence[Report]) -> dict[str, int]:
    return {"case files verified": len(accepted), **({"kills of the station": d.kills} if d.kills else {})}


def _report(d: Director, ending: Ending, case: str, files: Sequence[bytes]) -> DrillReport:
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
        case=case,
        case_files=tuple(files),
        station_card=d.host.card,
    )


def _check_end(counted: Tally, accepted: Sequence[Report], refused: Report) -> None:
    """What every drill must end with; raises ``ProofFailed`` (``drill.unfinished``) otherwise."""
    promises: dict[str, Any] = {
        **counted.promises(),
        "every case file is accepted": all(one.accepted for one in accepted),
        "a changed case file is refused": not refused.accepted,
    }
    broken = [promise for promise, kept in promises.items() if not kept]
    if broken:
        counts = ", ".join(f"{words} {count}" for words, count in counted.figures().items())
        raise ProofFailed(
            "drill.unfinished", f"The drill did not end as it must. Not kept: {'; '.join(broken)}. Counted: {counts}."
        )
