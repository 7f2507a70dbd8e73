"""``esos law``: which legal clocks run in a case, when each report is due, and its draft."""

from pathlib import Path
from typing import Any

import click

from esos.cli.common import NONE, clock, emit, run, station_options, table
from esos.cli.where import Where
from esos.errors import Usage


@click.command("law")
@click.argument("case", required=False)
@click.option("--list", "only_list", is_flag=True, help="The laws this program comes with, without a case.")
@click.option("--file", "as_file", is_flag=True, help="Their file, to begin a laws.toml of your own with.")
@click.option("--name", help="This law applies to the caller.")
@click.option("--not", "not_law", help="This law does not apply after all.")
@click.option("--sent", help="LAW/REPORT that went out now, as nis2/early-warning.")
@click.option("--draft", help="LAW/REPORT to print as a draft, as nis2/early-warning.")
@station_options
def command(
    case: str | None,
    home: Path,
    url: str,
    token: str,
    *,
    only_list: bool,
    as_file: bool,
    as_json: bool,
    **wanted: str | None,
) -> None:
    """Show the legal clocks of CASE, name a law that applies, or print the draft of a report. Nothing is ever sent.

    \b
    Example: esos law 6EH64F --name nis2 --home club
             esos law 6EH64F --draft nis2/early-warning --home club
    """  # noqa: D301 - click wants the backspace as it is
    if as_file or only_list:
        _show_shipped(as_file=as_file, as_json=as_json)
        return
    if not case:
        raise Usage("law.what", "Name a case, or ask for --list.", hint="esos case list shows the cases.")
    run(_law(Where(home=home, url=url, token=token), case, wanted, as_json=as_json))


def _show_shipped(*, as_file: bool, as_json: bool) -> None:
    from esos.law.read import shipped_file, shipped_laws

    if as_file:
        emit({"file": shipped_file().decode()}, as_json=as_json, words=shipped_file().decode().rstrip())
        return
    laws = shipped_laws()
    rows = [(one.id, one.title, "yes" if one.in_force else "not yet", one.source, one.checked) for one in laws]
    emit({"laws": laws}, as_json=as_json, words=table(rows, ("LAW", "NAME", "IN FORCE", "SOURCE", "LOOKED UP")))


async def _law(where: Where, case: str, wanted: dict[str, str | None], *, as_json: bool) -> None:
    from esos.cli.text import find_case

    async with where.reached() as client:
        case_id = await find_case(client, case)
        for body in _said(wanted):
            await client.post(f"/cases/{case_id}/statements", {"kind": "law_named", "body": body})
        if wanted["draft"]:
            law, report = _report(wanted["draft"])
            made = await client.get(f"/cases/{case_id}/laws/{law}/{report}")
            emit(made, as_json=as_json, words=made["text"].rstrip())
            return
        shown = await client.get(f"/cases/{case_id}/laws")
    emit(shown, as_json=as_json, words=_words(shown["laws"]))


def _said(wanted: dict[str, str | None]) -> list[dict[str, Any]]:
    """What was said of laws on the command line, as bodies."""
    from esos.vault.chance import SystemClock

    bodies: list[dict[str, Any]] = []
    if wanted["name"]:
        bodies.append({"law": wanted["name"], "applies": True})
    if wanted["not_law"]:
        bodies.append({"law": wanted["not_law"], "applies": False})
    if wanted["sent"]:
        law, report = _report(wanted["sent"])
        bodies.append({"law": law, "applies": True, "moments": {report: SystemClock().now_ms()}})
    return bodies


def _report(written: str) -> tuple[str, str]:
    law, _, report = written.partition("/")
    if not report:
        raise Usage("law.no_report", f"{written!r} names no report.", hint="As nis2/early-warning.")
    return law, report


def _words(laws: list[dict[str, Any]]) -> str:
    named = [law for law in laws if law["named"]]
    if not named:
        known = ", ".join(law["law"] for law in laws)
        return f"No law was named in this case. Help goes on without it. Known here: {known}."
    rows = [
        (law["title"], one["clock"], one["title"], _state(one), law["to"]) for law in named for one in law["clocks"]
    ]
    return table(rows, ("LAW", "REPORT", "", "DUE AT THE LATEST", "TO"))


def _state(one: dict[str, Any]) -> str:
    if one["sent_ms"]:
        return f"sent {clock(one['sent_ms'])}"
    if not one["due_ms"]:
        return NONE
    return clock(one["due_ms"]) + (" at the latest" if one["is_assumed"] else "") + (" OVER" if one["is_late"] else "")
