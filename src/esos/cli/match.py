"""``esos match``: the duty engine offline, on JSON or CSV: who would be asked, or serve whom, and why."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from esos.cli.common import NONE, emit, json_option, read_text, table
from esos.duty.weights import RANK_LIMIT_MAX

if TYPE_CHECKING:
    from esos.duty.allocation import Allocation, Served
    from esos.duty.ranking import Ranking

SHARE_PERCENT = 50
"""As in esos.duty.allocate, which the help does not wait for."""


@click.group("match")
def group() -> None:
    """The duty engine offline, on JSON or CSV."""


@group.command("rank")
@click.argument("file")
@click.option("--call", "call_file", help="The call and the need as JSON, where FILE holds members only.")
@click.option(
    "--limit", type=click.IntRange(1, RANK_LIMIT_MAX), default=20, show_default=True, help="How many to list."
)
@json_option
def rank(file: str, call_file: str | None, limit: int, *, as_json: bool) -> None:
    """Rank members for one need: FILE is {"need": "filtering=40", "call": {…}, "members": […]} or a CSV table.

    Example: esos match rank members.csv --call call.json
    """
    from esos.duty.offline import rank_text
    from esos.vault.chance import SystemClock

    call_text = read_text(call_file) if call_file else ""
    ranking = rank_text(read_text(file), now_ms=SystemClock().now_ms(), limit=limit, call_text=call_text)
    emit(ranking, as_json=as_json, words="\n".join(_words(ranking)))


def _words(ranking: "Ranking") -> Iterator[str]:
    need = ranking.need
    yield f"{need.line.words}: {need.open_units} of {need.needed} {need.line.unit} open."
    rows = [
        (str(place), one.name or one.member, one.tier.words, str(one.units), str(one.total), one.explanation[0])
        for place, one in enumerate(ranking.candidates, start=1)
    ]
    if rows:
        yield table(rows, ("", "WHO", "DUTY", need.line.unit.upper(), "POINTS", "WHY"))
    left_out = ", ".join(f"{count} {gate}" for gate, count in ranking.excluded.items() if count)
    yield f"{ranking.eligible} of {ranking.considered} can be asked" + (f"; left out: {left_out}." if left_out else ".")


@group.command("allocate")
@click.argument("file")
@click.option("--calls", "calls_file", help="The calls as JSON or CSV, where FILE holds members only.")
@click.option(
    "--share",
    "share_percent",
    type=click.IntRange(1, 100),
    default=SHARE_PERCENT,
    show_default=True,
    help="How much of one need one helper carries while others can, in percent.",
)
@json_option
def allocate(file: str, calls_file: str | None, share_percent: int, *, as_json: bool) -> None:
    """Divide scarce help among many calls: FILE is {"calls": [{"id": "A", "needs": […], …}], "members": […]} or CSV.

    Example: esos match allocate members.csv --calls calls.csv
    """
    from esos.duty.offline_calls import allocate_text
    from esos.vault.chance import SystemClock

    calls_text = read_text(calls_file) if calls_file else ""
    divided = allocate_text(
        read_text(file), now_ms=SystemClock().now_ms(), calls_text=calls_text, share_percent=share_percent
    )
    emit(divided, as_json=as_json, words="\n".join(_division(divided)))


def _division(divided: "Allocation") -> Iterator[str]:
    """Who gets what, the gravest first; who gives what; and why each need fares as it does."""
    from esos.words.kept import NOT_BECAUSE

    yield table(
        [_need_row(need) for need in divided.needs], ("CLASS", "CALL", "HELP", "NEEDED", "GETS", "SHORT", "FROM")
    )
    rows = [
        (one.name, one.line.words, f"{one.given} of {one.free} {one.unit}", ", ".join(one.calls) or NONE)
        for one in divided.helpers
    ]
    if rows:
        yield f"\n{table(rows, ('HELPER', 'HELP', 'GIVES', 'TO'))}"
    yield ""
    for need in divided.needs:
        yield f"{need.call}, {need.line.words.lower()}: {' '.join(need.why)}"
    yield NOT_BECAUSE


def _need_row(need: "Served") -> tuple[str, ...]:
    given = ", ".join(f"{share.name} {share.units}" for share in need.shares)
    return (
        str(need.severity_class),
        need.call,
        need.line.words,
        f"{need.needed} {need.unit}",
        str(need.served),
        str(need.unserved or NONE),
        given or NONE,
    )
