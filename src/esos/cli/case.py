"""``esos case``: cases, their history, and what an officer does, over a station's interface.

Law 4: arrived, taken by a person, and helped are told apart in every line.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.case_acts import ACTS, Act, as_given
from esos.cli.case_keeping import KEEPING_ACTS, erase, list_erased
from esos.cli.case_next import saying_what_next
from esos.cli.common import NONE, clock, emit, note, run, station_options, table
from esos.cli.text import find_case
from esos.cli.where import Where

if TYPE_CHECKING:
    from esos.cli.client import StationClient

PAGE_CODE_CHARACTERS = 6
UNTIL_ENDED = ("stood_down", "cancelled", "no_emergency", "closed", "erased")


@click.group("case")
def group() -> None:
    """Cases: see them, and act as an officer. CASE is its six-letter code, its id, or the beginning of its id."""


@group.command("list")
@click.option("--open", "only_open", is_flag=True, help="Only what is open.")
@click.option("--constituency", default="", help="Only cases of its members, by its id.")
@station_options
def list_cases(constituency: str, home: Path, url: str, token: str, *, only_open: bool, as_json: bool) -> None:
    """List cases, those that need a person first.

    Example: esos case list --home club --open
    """
    shown = run(_list(Where(home=home, url=url, token=token), constituency, only_open=only_open))
    words = table([_row(one) for one in shown["cases"]], HEAD) if shown["cases"] else "No cases."
    emit(shown, as_json=as_json, words=words)


HEAD = ("CODE", "URGENCY", "CALLER", "STATE", "HELD BY", "ASKED", "COMING", "SINCE", "NEXT DUE", "ID")


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    from esos.words.timers import timer_words

    due = clock(one["next_due_ms"]) + (" OVERDUE" if one["overdue"] else "")
    return (
        one["code"],
        one["urgency_words"],
        one["caller_name"],
        one["state_words"],
        one["holder_name"] or "nobody",
        str(one["asked"]),
        str(one["coming"]),
        clock(one["opened_ms"]),
        f"{timer_words(one['next_timer'])}: {due}" if one["next_due_ms"] else NONE,
        one["case"][:12],
    )


async def _list(where: Where, constituency: str, *, only_open: bool) -> Any:
    async with where.reached() as client:
        return await client.get("/cases", open=int(only_open), constituency=constituency)


@group.command("show")
@click.argument("case")
@station_options
def show(case: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Show a case whole: what is known, who holds it, what is due, who was asked, and its history.

    Example: esos case show QXZKPM --home club
    """
    from esos.cli.case_words import case_words

    shown = run(_show(Where(home=home, url=url, token=token), case))
    emit(shown, as_json=as_json, words=case_words(shown))


async def _show(where: Where, case: str) -> dict[str, Any]:
    async with where.reached() as client:
        return await read_case(client, case)


async def read_case(client: "StationClient", given: str) -> dict[str, Any]:
    """The case a person means; raises as ``find_case`` and the station do."""
    shown: dict[str, Any] = await client.get(f"/cases/{await find_case(client, given)}")
    return shown


@group.command("export")
@click.argument("case")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Where to write it.")
@station_options
def export(case: str, out: Path, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Write a case with its proofs to one file that anybody can verify offline.

    Example: esos case export QXZKPM --home club --out case.esos
    """
    case_id, content = run(_export(Where(home=home, url=url, token=token), case))
    out.write_bytes(content)
    result = {"case": case_id, "file": str(out), "bytes": len(content)}
    emit(result, as_json=as_json, words=f"{out}: {len(content)} bytes. Verify it: esos verify case {out}")


async def _export(where: Where, case: str) -> tuple[str, bytes]:
    async with where.reached() as client:
        case_id = await find_case(client, case)
        return case_id, await client.raw(f"/api/v1/cases/{case_id}/export")


@group.command("watch")
@click.argument("case")
@click.option("--until", help="End when the case has come to this state, as acknowledged. [default: when it ends]")
@station_options
def watch(case: str, until: str | None, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Follow a case: its history so far, then each thing as it happens.

    Example: esos case watch QXZKPM --home club
    """
    run(_watch(Where(home=home, url=url, token=token), case, until, as_json=as_json))


async def _watch(where: Where, given: str, until: str | None, *, as_json: bool) -> None:
    async with where.reached() as client:
        case_id = await find_case(client, given)
        async for item, state in _told(client, case_id):
            if item is not None:
                emit(item, as_json=as_json, words=_line(item))
            if _has_come_to(state, until):
                return
        note("The station ended the stream.")


def _has_come_to(state: str, until: str | None) -> bool:
    """Whether a case is in the state waited for, or past it: two may follow each other between two looks."""
    from esos.words.life import Life

    way = [one.value for one in Life]
    if until in way and state in way and way.index(until) <= way.index("closed"):
        return state in UNTIL_ENDED or (state != "suspended" and way.index(state) >= way.index(until))
    return state == until or (not until and state in UNTIL_ENDED)


def _line(item: dict[str, Any]) -> str:
    from esos.words.timers import history_words

    unfolded = "" if item["verdict"] in ("applied", "") else f"  [not taken: {item['reason']}]"
    said = history_words(item["kind"], item["text"])
    text = f": {said}" if said else ""
    return f"{clock(item['at_ms'])}  {item['who']} {item['says']}{text}{unfolded}"


async def _told(client: "StationClient", case_id: str) -> AsyncIterator[tuple[dict[str, Any] | None, str]]:
    """Each statement of the case once, oldest first, with the state the case is in when it is shown.

    The stream is opened before the history is read, so that nothing falls between the two.
    """
    shown: set[str] = set()
    events = client.events()
    try:
        while True:
            case = await client.get(f"/cases/{case_id}")
            news = [item for item in case["timeline"] if item["statement"] not in shown and item["verdict"]]
            for item in news:
                shown.add(item["statement"])
                yield item, ""
            yield None, case["state"]
            async for event in events:
                if event.data["case"] == case_id:
                    break
            else:
                return
    finally:
        await events.aclose()


def _add(act: Act) -> None:
    """Add an act of the table as a verb."""

    def say(case: str, home: Path, url: str, token: str, *, as_json: bool, **given: Any) -> None:
        done = run(_act(Where(home=home, url=url, token=token), case, act, given))
        emit(done, as_json=as_json, words=done["waits"] or act.done)

    say.__doc__ = f"{act.says}.\n\nExample: {act.example}"
    verb = group.command(act.verb)(click.argument("case")(station_options(say)))
    arguments = [option for option in act.options if isinstance(option, click.Argument)]
    verb.params[1:1] = arguments
    verb.params.extend(option for option in act.options if option not in arguments)


async def _act(where: Where, given: str, act: Act, options: dict[str, Any]) -> dict[str, Any]:
    """Say it, and look whether it waits for a second officer."""
    async with where.reached() as client:
        case = await read_case(client, given)
        body = await (act.body or as_given)(client, case, options)
        with saying_what_next(case):
            done = await client.post(f"/cases/{case['case']}/statements", {"kind": act.kind, "body": body})
        after = await client.get(f"/cases/{case['case']}")
    waiting = [one for one in after["proposals"] if one["proposal"] == done["statement"]]
    waits = f"Waits for a second officer: esos case second {after['code']}" if waiting else ""
    return {**done, "state": after["state"], "holder": after["holder"], "waits": waits}


for _one in (*ACTS, *KEEPING_ACTS):
    _add(_one)
for _command in (erase, list_erased):
    group.add_command(_command)
