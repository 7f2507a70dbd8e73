"""``esos watch``: the watch floor in a terminal: who is in distress, who holds each case, and what is overdue.

Law 4: a case that no person has seen says so, first and loudest. The bell rings once for each of them.
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.common import NONE, clock, emit, note, run, station_options
from esos.cli.where import Where

if TYPE_CHECKING:
    import asyncio

    from rich.table import Table

    from esos.cli.client import StationClient

LOOK_SECONDS = 1.0
MINUTE_MS = 60_000
_COLOUR_OF_URGENCY = {"mayday": "bold red", "pan-pan": "yellow", "advisory": "cyan"}


@click.command("watch")
@click.option("--once", is_flag=True, help="Show the floor once and end.")
@click.option("--all", "show_all", is_flag=True, help="Ended cases too.")
@click.option("--no-bell", is_flag=True, help="Never ring the terminal's bell.")
@station_options
def command(home: Path, url: str, token: str, *, once: bool, show_all: bool, no_bell: bool, as_json: bool) -> None:
    """Watch the floor until Ctrl-C; --json gives one snapshot and ends.

    Example: esos watch --home club
    """
    where = Where(home=home, url=url, token=token)
    if as_json or once:
        snapshot = run(_snapshot(where, show_all=show_all))
        if as_json:
            emit(snapshot, as_json=True)
        else:
            _print(snapshot)
        return
    with suppress(KeyboardInterrupt):
        run(_live(where, show_all=show_all, is_loud=not no_bell))


async def _snapshot(where: Where, *, show_all: bool) -> dict[str, Any]:
    async with where.reached() as client:
        return await _look(client, show_all=show_all)


async def _look(client: "StationClient", *, show_all: bool) -> dict[str, Any]:
    from esos.vault.chance import SystemClock

    station = await client.get("/station")
    cases = (await client.get("/cases", open=int(not show_all)))["cases"]
    return {
        "station": station["name"],
        "realm": station["realm"],
        "now_ms": SystemClock().now_ms(),
        "without_a_person": sum(_needs_a_person(case) for case in cases),
        "overdue": sum(case["overdue"] for case in cases),
        "cases": cases,
    }


def _needs_a_person(case: dict[str, Any]) -> bool:
    return not case["holder"] and case["state"] not in {"stood_down", "cancelled", "no_emergency", "closed"}


async def _live(where: Where, *, show_all: bool, is_loud: bool) -> None:
    from rich.console import Console
    from rich.live import Live

    console = Console()
    rung: set[str] = set()
    async with where.reached() as client:
        with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
            async for snapshot in _looks(client, show_all=show_all):
                live.update(floor(snapshot), refresh=True)
                waiting = {case["case"] for case in snapshot["cases"] if _needs_a_person(case)}
                if is_loud and waiting - rung:
                    console.bell()
                rung |= waiting


async def _looks(client: "StationClient", *, show_all: bool) -> AsyncIterator[dict[str, Any]]:
    """The floor now, and again at once when something happens, else every second for the countdowns."""
    import asyncio

    news = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(_listen(client, news))
        try:
            while True:
                yield await _look(client, show_all=show_all)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await news.wait()
                news.clear()
                if listening.done():
                    note("The station ended the stream.")
                    return
        finally:
            listening.cancel()


async def _listen(client: "StationClient", news: "asyncio.Event") -> None:
    async for _ in client.events():
        news.set()


def _print(snapshot: dict[str, Any]) -> None:
    from rich.console import Console

    Console().print(floor(snapshot))


def floor(snapshot: dict[str, Any]) -> "Table":
    """The floor as a table, its heading the one sentence that matters most."""
    from rich import box
    from rich.table import Table

    table = Table(title=_heading(snapshot), caption=clock(snapshot["now_ms"]), box=box.SIMPLE_HEAD, expand=True)
    for name in ("Code", "Urgency", "Caller", "State", "Held by", "Next", "Asked", "Coming"):
        table.add_column(name)
    for case in snapshot["cases"]:
        style = _COLOUR_OF_URGENCY.get(case["urgency"], "") if _needs_a_person(case) else ""
        table.add_row(*_cells(case, snapshot["now_ms"]), style=style)
    return table


def _heading(snapshot: dict[str, Any]) -> str:
    drill = "DRILL: " if snapshot["realm"] == "exercise" else ""
    waiting, overdue = snapshot["without_a_person"], snapshot["overdue"]
    if waiting:
        says = f"{waiting} {'call has' if waiting == 1 else 'calls have'} NO PERSON YET"
    else:
        says = "Every open case has a person" if snapshot["cases"] else "Nobody is in distress"
    return f"{drill}{snapshot['station']}: {says}" + (f"; {overdue} overdue" if overdue else "")


def _cells(case: dict[str, Any], now_ms: int) -> tuple[str, ...]:
    from rich.markup import escape

    return (
        case["code"],
        case["urgency_words"],
        escape(case["caller_name"]),
        case["state_words"],
        escape(case["holder_name"]) or "nobody",
        _next(case, now_ms),
        str(case["asked"]),
        str(case["coming"]),
    )


def _next(case: dict[str, Any], now_ms: int) -> str:
    from esos.words.timers import timer_words

    if not case["next_due_ms"]:
        return NONE
    left_ms = case["next_due_ms"] - now_ms
    name = timer_words(case["next_timer"])
    if left_ms < 0:
        return f"{name}: OVERDUE by {_span(-left_ms)}"
    return f"{name}: in {_span(left_ms)}"


def _span(ms: int) -> str:
    return f"{ms // MINUTE_MS} min" if ms >= 2 * MINUTE_MS else f"{ms // 1000} s"
