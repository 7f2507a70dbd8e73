"""``esos match``: the duty engine offline, on JSON or CSV: who would be asked, in which order, and why."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from esos.cli.common import emit, json_option, read_text, table
from esos.duty.weights import RANK_LIMIT_MAX

if TYPE_CHECKING:
    from esos.duty.ranking import Ranking


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
