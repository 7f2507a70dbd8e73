"""``esos drill load``: calls at a steady rate against one's own exercise station, each of them proved afterwards."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from esos.cli.common import emit, json_option, note, run, table
from esos.errors import ProofFailed, Unknown

if TYPE_CHECKING:
    from esos.drill.load.result import LoadResult


@click.command("load")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="ESOS_HOME",
    help="The home of the running station: its address and its registrar's token are read from it.",
)
@click.option("--url", default="", help="Its address instead, on this machine's loopback only.")
@click.option("--token", envvar="ESOS_TOKEN", default="", help="A registrar's token there, to register the callers.")
@click.option("--rate", type=float, default=20.0, show_default=True, help="Calls a second.")
@click.option("--seconds", type=float, default=10.0, show_default=True, help="For how long, at most 600.")
@click.option("--doors", default="udp,http", show_default=True, help="Which doors, in turn: udp, http, pages.")
@click.option("--callers", type=int, default=50, show_default=True, help="How many distinct callers.")
@json_option
def load(
    home: Path | None,
    url: str,
    token: str,
    rate: float,
    seconds: float,
    doors: str,
    callers: int,
    *,
    as_json: bool,
) -> None:
    """Put a load on your own exercise station, and prove every call that it acknowledged.

    Example: esos drill load --home esos-demo --rate 50 --seconds 20
    """
    import msgspec

    from esos.drill.load.plan import plan_load
    from esos.drill.load.run import run_load

    planned = plan_load(rate=rate, seconds=seconds, doors=doors, callers=callers)
    of_home, home_token = _read_home(home, is_needed=not url)
    result = run(run_load(planned, url=url or of_home, token=token or home_token, of_home=of_home, tell=note))
    emit(msgspec.to_builtins(result), as_json=as_json, words=_words(result))
    if result.lost:
        raise ProofFailed(
            "load.lost", f"{result.lost} of {result.acknowledged} acknowledged calls cannot be proved.",
            hint="Keep the station's home as it is, and see: esos station doctor",
        )  # fmt: skip


def _read_home(home: Path | None, *, is_needed: bool) -> tuple[str, str]:
    """Where the station of this home listens, and its registrar's token; raises ``Unknown`` (``load.no_station``)."""
    from esos.vault.home import Home

    here = Home(home) if home is not None else None
    ready = here.read_run() if here is not None else None
    if here is not None and ready is not None:
        return ready.http, here.read_token()
    if is_needed:
        raise Unknown(
            "load.no_station",
            "There is no running station to put a load on.",
            hint="Run one, and name its home: esos drill load --home HOME",
        )
    return "", ""


def _words(result: "LoadResult") -> str:
    doors = ", ".join(f"{count} by {door}" for door, count in result.by_door.items()) or "none"
    refused = ", ".join(f"{count} {code}" for code, count in result.refused.items()) or "none"
    rows = [
        ("sent", f"{result.sent} in {result.seconds} s ({result.per_second} a second)"),
        ("acknowledged", f"{result.acknowledged} ({doors})"),
        ("refused", refused),
        ("unanswered", str(result.unanswered)),
        ("to receipt, p50", f"{result.p50_ms} ms"),
        ("to receipt, p95", f"{result.p95_ms} ms"),
        ("to receipt, p99", f"{result.p99_ms} ms"),
        ("proved afterwards", f"{result.proved}, of which {result.verified} were verified step by step"),
        ("lost", str(result.lost)),
    ]
    return table(rows, ("LOAD", ""))
