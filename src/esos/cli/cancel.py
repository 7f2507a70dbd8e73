"""``esos cancel``: take your call back, by every carrier, at every station that it may have reached (law 8)."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from esos.cli.common import emit, json_option, note, run
from esos.cli.party import case_option, open_circle, open_party, party_options
from esos.errors import NotDelivered, Unknown

if TYPE_CHECKING:
    from esos.caller.cancel import CancelReport

WAIT_SECONDS = 30
SECOND_MS = 1_000


@click.command("cancel")
@party_options
@case_option
@click.option("--reason", default="", help="Not needed.")
@click.option("--wait", "wait_s", type=click.FloatRange(0.1, 86_400), default=WAIT_SECONDS, show_default=True,
              help="Seconds to go on trying.")  # fmt: skip
@json_option
def command(key_file: Path, cards: tuple[str, ...], wanted: str, reason: str, wait_s: float, *, as_json: bool) -> None:
    """Take your call back: free, and no reason is needed. Calling again is always possible.

    Example: esos cancel --station station.json --key hospital.key
    """
    run(_cancel(key_file, cards, wanted, reason, wait_s, as_json=as_json))


async def _cancel(
    key_file: Path, cards: tuple[str, ...], wanted: str, reason: str, wait_s: float, *, as_json: bool
) -> None:
    from esos.caller.cancel import cancel
    from esos.cli.call_show import Silence, TakingBack
    from esos.cli.ways import carriers_for

    party, circle = await open_circle(key_file, cards or await _stations_of_call(key_file, wanted), wanted)
    if circle.record is None and not circle.cases:
        raise Unknown("case.none_to_cancel", "There is no call of yours to take back.")
    report = await cancel(
        circle,
        stations=party.stations,
        carriers=carriers_for(party),
        tell=Silence().tell if as_json else TakingBack().tell,
        reason=reason,
        wait_ms=round(wait_s * SECOND_MS),
    )
    _conclude(report, as_json=as_json)


async def _stations_of_call(key_file: Path, wanted: str) -> tuple[str, ...]:
    """The stations the call was for, as cards, where none are named."""
    from esos.caller.find import find_record
    from esos.cli.party import card_of

    party = await open_party(key_file, (), need_station=False)
    record = find_record(party.book, wanted)
    return tuple(card_of(home, party.book) for home in record.stations) if record else ()


def _conclude(report: "CancelReport", *, as_json: bool) -> None:
    from esos.caller.cancel import missed

    emit(report, as_json=as_json, words=_words(report))
    troubles = missed(report)
    if troubles and not as_json:
        for trouble in troubles:
            note(trouble.words)
    if troubles:
        raise NotDelivered(
            "cancel.not_delivered",
            f"{', '.join(one.station for one in troubles)} does not know yet that you took your call back.",
            hint="Run esos cancel again, or tell the station by telephone.",
        )


def _words(report: "CancelReport") -> str:
    if any(one.calls_back for one in report.stations):
        return "Your word is there. Others reported your distress too, so somebody calls you back before it ends."
    names = [one.station for one in report.stations if one.reached]
    return f"Taken back at {', '.join(names)}. If you need help again: esos call" if names else ""
