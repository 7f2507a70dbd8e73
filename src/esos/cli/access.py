"""``esos access``: who signed in how, and who opened what."""

from pathlib import Path
from typing import Any

import click

from esos.cli.common import NONE, emit, open_home, run, station_options, table

LIST_MAX = 500


@click.group("access")
def group() -> None:
    """Who came in how, and who opened what."""


@group.command("list")
@click.option("--limit", type=click.IntRange(1, LIST_MAX), default=50, show_default=True, help="How many at most.")
@click.option("--before", type=click.IntRange(min=0), default=0, help="Only what has a lower number.")
@station_options
def list_accesses(limit: int, before: int, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """List accesses, newest first: with an auditor's token, or at the station's own machine.

    Example: esos access list --home club --limit 20
    """
    shown = run(_over_http(url, token, limit, before) if url else _at_home(home, limit, before))
    rows = [
        (_when(one["at_ms"]), one["name"] or NONE, _what(one), one["way"] or NONE, one["device"] or NONE)
        for one in shown["accesses"]
    ]
    emit(shown, as_json=as_json, words=table(rows, ("WHEN (UTC)", "WHO", "WHAT", "HOW", "DEVICE")))


async def _over_http(url: str, token: str, limit: int, before: int) -> Any:
    from esos.cli.where import Where

    async with Where(home=Path(), url=url, token=token).reached() as client:
        return await client.get(f"/accesses?limit={limit}&before={before}")


async def _at_home(home: Path, limit: int, before: int) -> dict[str, Any]:
    """Whoever owns the home may read what it keeps."""
    import msgspec

    from esos.station.accesses import access_view

    async with open_home(home) as station:
        rows = await station.journal.accesses(limit=limit, before_num=before)
        views = [msgspec.to_builtins(access_view(row, station.directory.name_of)) for row in rows]
    return {"accesses": views, "next": rows[-1].num if len(rows) == limit else 0}


def _when(at_ms: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _what(one: dict[str, Any]) -> str:
    from esos.words.access import ACT_WORDS
    from esos.words.language import say

    act = str(one["act"])
    said = say(ACT_WORDS.get(act, act))
    return " ".join(part for part in (said, one["case"][:8], one["about"]) if part)
