"""``esos tree``: the telephone tree for a terminal and for paper."""

from pathlib import Path
from typing import Any

import click

from esos.cli.common import NONE, clock, emit, note, run, station_options, table
from esos.cli.where import Where


@click.command("tree")
@click.option("--out", type=click.Path(path_type=Path), help="Write it to this text file, with the code.")
@station_options
def command(home: Path, url: str, token: str, *, out: Path | None, as_json: bool) -> None:
    """Whom to ring in which order, with numbers, and who rings whom next. For A4 print the page /telephone-tree.

    Example: esos tree --home club --out telephone-tree.txt
    """
    tree = run(_tree(Where(home=home, url=url, token=token)))
    text = "" if as_json and out is None else words_of(tree)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
        note(f"Written to {out}.")
        text = f"{len(tree['rungs'])} people of the station, {len(tree['branches'])} members."
    emit(tree, as_json=as_json, words=text)


async def _tree(where: Where) -> Any:
    async with where.reached() as client:
        return await client.get("/telephone-tree")


def words_of(tree: dict[str, Any]) -> str:
    """The tree in lines, with the code of the station's card drawn beneath."""
    import io

    import segno

    out = io.StringIO()
    segno.make(tree["card"], micro=False, error="m", boost_error=False).terminal(out, compact=True)
    return "\n".join([*_head(tree), "", *_station(tree), "", *_members(tree), "", out.getvalue()])


def _head(tree: dict[str, Any]) -> list[str]:
    drill = ["EXERCISE. Nobody on this sheet is rung in earnest."] if tree["realm"] == "exercise" else []
    made = f"Made {clock(tree['made_ms'])}, version {tree['version']} of the register."
    return [f"TELEPHONE TREE OF {tree['station']}", *drill, made, "No answer within a minute: ring the next."]


def _station(tree: dict[str, Any]) -> list[str]:
    rows = [
        (str(one["order"]), one["name"] or "neighbour station", ", ".join(one["numbers"]), one["next"] or "neighbour")
        for one in tree["rungs"]
    ]
    return [table(rows, ("#", "STATION", "NUMBER", "THEN RING")) if rows else "Nobody of the station has a number."]


def _members(tree: dict[str, Any]) -> list[str]:
    rows = [
        (str(one["order"]), one["name"], ", ".join(one["numbers"]), one["by"] or "the officer on watch",
         "; ".join(one["rings"]) or NONE)
        for one in tree["branches"]
    ]  # fmt: skip
    lines = [table(rows, ("#", "MEMBER", "NUMBER", "IS RUNG BY", "THEN RINGS")) if rows else "No member has a number."]
    if tree["more"]:
        lines.append(f"{tree['more']} more stand in the register.")
    return [*lines, f"Without a number: {', '.join(tree['silent'])}"] if tree["silent"] else lines
