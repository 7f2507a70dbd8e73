"""The board of ``esos watch``: what a snapshot of the floor looks like in a terminal of any size, 80 by 24 and up.

Law 4: a case that no person has stands first and says so; a board that is no longer fresh says that before all else.
"""

from typing import TYPE_CHECKING, Any

from esos.cli.common import NONE, clock

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

MINUTE_MS = 60_000
NARROW_COLUMNS = 110
LINES_AROUND = 7
"""What of the height is not rows: title, heading, rules, the keys."""
COLOUR_OF_URGENCY = {"mayday": "bold red", "pan-pan": "yellow", "advisory": "cyan"}
ENDED = frozenset({"stood_down", "cancelled", "no_emergency", "closed"})
KEYS = "j k choose · a take charge · Enter open, Esc back · q leave"


def needs_a_person(case: dict[str, Any]) -> bool:
    """Whether nobody has charge of it, and somebody must."""
    return not case["holder"] and case["state"] not in ENDED


def floor(
    snapshot: dict[str, Any],
    *,
    chosen: str = "",
    columns: int = NARROW_COLUMNS,
    lines: int = 0,
    with_keys: bool = False,
) -> "Table":
    """The floor as a table, its heading the one sentence that matters most; ``lines`` 0 shows every case."""
    from rich import box
    from rich.table import Table

    rows = _shown(snapshot["cases"], chosen, lines - LINES_AROUND if lines else len(snapshot["cases"]))
    left = len(snapshot["cases"]) - len(rows)
    caption = clock(snapshot["now_ms"]) + (f" · {left} more" if left else "") + (f"\n{KEYS}" if with_keys else "")
    table = Table(title=heading(snapshot), caption=caption, box=box.SIMPLE_HEAD, expand=True, padding=(0, 1, 0, 0))
    is_narrow = columns < NARROW_COLUMNS
    for name, ratio in _NARROW if is_narrow else _WIDE:
        table.add_column(name, ratio=ratio, no_wrap=True, overflow="ellipsis")
    for case in rows:
        style = COLOUR_OF_URGENCY.get(case["urgency"], "") if needs_a_person(case) else ""
        table.add_row(
            *(_narrow_cells if is_narrow else _cells)(case, snapshot["now_ms"]),
            style=f"{style} reverse" if case["case"] == chosen else style,
        )
    return table


_WIDE = (
    ("Code", 2), ("Urgency", 3), ("Caller", 5), ("State", 5), ("Held by", 4), ("Next", 5), ("Asked", 1), ("Coming", 1),
)  # fmt: skip
_NARROW = (("Code", 6), ("Urgency", 8), ("Caller", 13), ("Held by", 10), ("Next", 15))


def _shown(cases: list[dict[str, Any]], chosen: str, most: int) -> list[dict[str, Any]]:
    """As many as there is room for, the chosen one among them."""
    most = max(1, most)
    at = next((place for place, case in enumerate(cases) if case["case"] == chosen), 0)
    start = max(0, min(at - most + 1, len(cases) - most))
    return cases[start : start + most]


def heading(snapshot: dict[str, Any]) -> str:
    """What matters most, in one line."""
    from rich.markup import escape

    drill = "DRILL: " if snapshot["realm"] == "exercise" else ""
    waiting, overdue = snapshot["without_a_person"], snapshot["overdue"]
    if waiting:
        says = f"{waiting} {'call has' if waiting == 1 else 'calls have'} NO PERSON YET"
    else:
        says = "Every open case has a person" if snapshot["cases"] else "Nobody is in distress"
    line = f"{drill}{escape(snapshot['station'])}: {says}" + (f"; {overdue} overdue" if overdue else "")
    if snapshot.get("stale_since_ms"):
        since = clock(snapshot["stale_since_ms"])
        return f"[bold white on red] NOT UP TO DATE since {since}: the station does not answer. [/]\n{line}"
    return line


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


def _narrow_cells(case: dict[str, Any], now_ms: int) -> tuple[str, ...]:
    code, urgency, caller, _state, holder, then, _asked, _coming = _cells(case, now_ms)
    return code, urgency, caller, "NOBODY" if needs_a_person(case) else holder, then


def _next(case: dict[str, Any], now_ms: int) -> str:
    from esos.words.timers import timer_words

    if not case["next_due_ms"]:
        return NONE
    left_ms = case["next_due_ms"] - now_ms
    name = timer_words(case["next_timer"])
    if left_ms < 0:
        return f"OVERDUE by {_span(-left_ms)}: {name}"
    return f"{_span(left_ms)}: {name}"


def _span(ms: int) -> str:
    return f"{ms // MINUTE_MS} min" if ms >= 2 * MINUTE_MS else f"{ms // 1000} s"


def opened(case: dict[str, Any], said: str, *, lines: int) -> "Group":
    """One case: what it is, who has it, and the newest of its history."""
    from rich.console import Group
    from rich.text import Text

    head = Text(f"{case['code']}  {case['urgency_words']}  {case['caller_name']}", style="bold")
    holder = Text("NO PERSON YET", style="bold red") if needs_a_person(case) else Text(f"Held by {case['holder_name']}")
    newest = [
        Text(f"{clock(item['at_ms'])}  {item['who']} {item['says']}" + (f": {item['text']}" if item["text"] else ""))
        for item in reversed(case["timeline"][-max(1, lines - LINES_AROUND) :])
    ]
    for one in newest:
        one.no_wrap, one.overflow = True, "ellipsis"
    told, keys = Text(said, style="bold yellow"), Text(KEYS, style="dim")
    return Group(head, holder, Text(case["state_words"]), told, *newest, keys)
