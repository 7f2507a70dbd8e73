"""``esos case hold``, ``release-hold`` and ``erase``: how long a case is kept, and how it goes.

Erasing cannot be undone: it asks first, and leaves a signed statement of who did it, when and why.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.case_acts import Act
from esos.cli.common import clock, emit, run, station_options, table
from esos.cli.text import find_case
from esos.cli.where import Where
from esos.words.erasure import EraseGround

if TYPE_CHECKING:
    from esos.cli.client import StationClient

_WHY = click.Option(["--reason"], required=True, help="Why, in a sentence.")
KEEPING_ACTS: tuple[Act, ...] = (
    Act(
        verb="hold",
        kind="hold_set",
        says="Put a hold on a case: it is kept until the hold is released",
        example='esos case hold QXZKPM --reason "A court asked for it"',
        done="A hold is on the case: it is not erased.",
        options=(_WHY,),
    ),
    Act(
        verb="release-hold",
        kind="hold_released",
        says="Release the hold on a case",
        example='esos case release-hold QXZKPM --reason "The court has decided"',
        done="The hold is released.",
        options=(_WHY,),
    ),
)
GROUNDS = tuple(ground.value for ground in EraseGround)
HEAD = ("CODE", "ERASED", "BY", "BECAUSE", "STATEMENTS", "ID")


@click.command("erase")
@click.argument("case")
@click.option("--ground", type=click.Choice(GROUNDS), required=True, help="Why: one of a closed list.")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
@station_options
def erase(case: str, ground: str, home: Path, url: str, token: str, *, is_sure: bool, as_json: bool) -> None:
    """Destroy what was said on a closed case, for good. That there was a case, who erased it and why, stays.

    Example: esos case erase QXZKPM --ground asked
    """
    words = EraseGround(ground).words
    if not is_sure:
        click.confirm(f"Erase case {case} for good, because {words}?", abort=True, err=True)
    done = run(_erase(Where(home=home, url=url, token=token), case, ground))
    emit(
        done, as_json=as_json, words=f"Erased, because {words}. Proof of it: esos case export {done['case']} --out FILE"
    )


async def _erase(where: Where, given: str, ground: str) -> dict[str, Any]:
    async with where.reached() as client:
        said = {"kind": "erased", "body": {"ground": ground}}
        done: dict[str, Any] = await client.post(f"/cases/{await find_case(client, given)}/statements", said)
        return done


@click.command("erased")
@station_options
def list_erased(home: Path, url: str, token: str, *, as_json: bool) -> None:
    """List erased cases: who erased them, when and why.

    Example: esos case erased --home club
    """
    found = run(_erased(Where(home=home, url=url, token=token)))
    rows = [
        (one["code"], clock(one["at_ms"]), one["name"], one["ground_words"], str(one["statements"]), one["case"])
        for one in found["erased"]
    ]
    emit(found, as_json=as_json, words=table(rows, HEAD) if rows else "No case was erased.")


async def _erased(where: Where) -> Any:
    async with where.reached() as client:
        return await client.get("/erased")


@click.command("retain")
@click.option("--apply", "is_applied", is_flag=True, help="Erase them, but for those on hold.")
@station_options
def retain(home: Path, url: str, token: str, *, is_applied: bool, as_json: bool) -> None:
    """Show the closed cases whose time, by the pact in force, is over; with --apply the station erases them.

    Example: esos station retain --home club
    """
    found = run(_retain(Where(home=home, url=url, token=token), is_applied=is_applied))
    emit(found, as_json=as_json, words=_retained(found, is_applied=is_applied))


async def _retain(where: Where, *, is_applied: bool) -> Any:
    async with where.reached() as client:
        return await (_apply(client) if is_applied else client.get("/retention"))


async def _apply(client: "StationClient") -> Any:
    return await client.post("/retention", {})


def _retained(found: dict[str, Any], *, is_applied: bool) -> str:
    if not found["days"]:
        return "No pact is in force, so no case is past its time."
    rows = [(one["code"], clock(one["closed_ms"]), _fate(one, is_applied=is_applied)) for one in found["past"]]
    rule = f"The pact in force keeps a case for {found['days']} days after it was closed."
    if not rows:
        return f"{rule} No closed case is past its time."
    hint = "" if is_applied else "\nErase them: esos station retain --apply"
    return f"{rule}\n{table(rows, ('CODE', 'LAST CHANGED', 'NOW'))}{hint}"


def _fate(one: dict[str, Any], *, is_applied: bool) -> str:
    if one["on_hold"]:
        return "kept: a hold is on it"
    return "erased" if is_applied else "past its time"
