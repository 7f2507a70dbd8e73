"""Write the tables and diagrams of spec/case.md from the rows the program obeys.

The text around them is written by hand and stays; each table stands between two marks. ``--check``
writes nothing and fails where the page is out of date.
"""

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from reference_pages import ROOT, cell, table, write_or_check

from esos.case.consent import GATES
from esos.case.guards import free, is_any
from esos.case.model import AFTER_WORK, ASKED, AT_WORK, BOUND, PENDING, CaseRole
from esos.case.rows import LifeRow, RequestRow
from esos.case.table import ACTIVE, AT_END, BY_CLOCK, ENDED, LAST_HELPER_LOST, LIFE_ROWS, OPEN, REQUEST_ROWS, STARTED
from esos.case.timing import REMINDERS, TIMERS
from esos.case.watching import SEEKING
from esos.pact.durations import say_duration
from esos.pact.ladder import DEFAULT_LADDERS
from esos.pact.timers import DEFAULT_TIMERS
from esos.words.life import Life
from esos.words.request_state import RequestState
from esos.words.urgency import Urgency

PAGE = ROOT / "spec" / "case.md"
NOTHING = "\N{EN DASH}"
MARKED = "(<!-- written [^>]*: {name} -->\n).*?(<!-- end: {name} -->)"
CASE = ROOT / "src" / "esos" / "case"
ROLES = {
    CaseRole.CALLER: "the one in distress, by whatever it speaks: its own key, its beacon, a page, a telephone",
    CaseRole.RELAY: "anybody who called for the caller",
    CaseRole.OFFICER: "a person of the station who is a watch officer",
    CaseRole.COORDINATOR: "the one officer who holds this case now",
    CaseRole.SECOND: "an officer, or somebody the pact names as a second, who is not the caller",
    CaseRole.RESPONDER: "whoever was asked, or offered help, on this case",
    CaseRole.STATION: "the home station's machine",
    CaseRole.REGISTRAR: "who keeps the register",
    CaseRole.ANY: "whoever the station admits for this kind",
}
LIFE_GROUPS = {
    "any life": STARTED,
    "any open or ended life": OPEN | ENDED,
    "any open life": OPEN,
    "any open life but suspended": ACTIVE,
    "any ended life": ENDED,
    "`arrived` to `assisting`": SEEKING,
}
STATE_GROUPS = {
    "pending": PENDING,
    "bound": BOUND,
    "asked": ASKED,
    "after work": AFTER_WORK,
    "at work": AT_WORK,
}


def page() -> str:
    """The page with its tables as the rows have them now."""
    text = PAGE.read_text(encoding="utf-8")
    for name, written in PARTS.items():
        pattern = re.compile(MARKED.format(name=name), flags=re.DOTALL)
        shown = written()
        text, count = pattern.subn(lambda found, shown=shown: f"{found[1]}\n{shown}\n\n{found[2]}", text)
        if count != 1:
            message = f"{PAGE.name} has {count} places for {name!r}"
            raise LookupError(message)
    return text


def said(act: Callable[..., object]) -> str:
    """What a function's docstring says of it; a dash where there is nothing to say."""
    return NOTHING if act in {free, is_any} else cell(inspect.getdoc(act) or "")


def code(name: str) -> str:
    return f"`{name}`"


# --- names of sets ------------------------------------------------------------------------------


def named(members: frozenset[Life] | frozenset[RequestState], groups: dict[str, frozenset[object]]) -> str:
    """A set in words: a group's name, a group without a few, or its members in order."""
    for name, group in groups.items():
        if members == group:
            return name
    for name, group in groups.items():
        if members < group and len(group - members) == 1:
            return f"{name} but {code(next(iter(group - members)).value)}"
    kind = type(next(iter(members)))
    return ", ".join(code(one.value) for one in kind if one in members)


def listed(members: Iterable[Life | RequestState]) -> str:
    return ", ".join(code(one.value) for one in members) or "stays"


def roles(who: frozenset[CaseRole]) -> str:
    return ", ".join(role.value for role in CaseRole if role in who)


# --- tables -------------------------------------------------------------------------------------


def role_table() -> str:
    return table(("role", "who that is"), [(role.value, says) for role, says in ROLES.items()])


def life_table() -> str:
    rows: list[tuple[object, ...]] = [
        (
            code(row.event),
            named(row.frm, LIFE_GROUPS),
            listed(row.to),
            roles(row.who),
            condition(row),
            said(row.do),
        )
        for row in LIFE_ROWS
    ]
    return table(("statement", "from", "to", "who", "what must hold", "what follows"), rows)


def request_table() -> str:
    rows: list[tuple[object, ...]] = [
        (
            code(row.event),
            named(row.frm, STATE_GROUPS),
            listed(row.to),
            roles(row.who),
            condition(row),
            said(row.do),
        )
        for row in REQUEST_ROWS
    ]
    return table(("statement", "from", "to", "who", "what must hold", "what follows"), rows)


def condition(row: LifeRow | RequestRow) -> str:
    """The guard in words, and when a second officer must agree."""
    two = said(row.two).rstrip(".")
    if two == "Never":
        return said(row.guard)
    return f"{said(row.guard)} **A second officer:** {two[0].lower()}{two[1:]}.".removeprefix(f"{NOTHING} ")


def clock_table() -> str:
    rows: list[tuple[object, ...]] = [
        (code(name), named(frms, STATE_GROUPS), code(to.value)) for name, frms, to in BY_CLOCK
    ]
    rows += [("every end, and a suspension", named(frms, STATE_GROUPS), code(to.value)) for frms, to in AT_END]
    return table(("by", "from", "to"), rows)


def consent_table() -> str:
    rows: list[tuple[object, ...]] = [(help_class.value, said(gate)) for help_class, gate in reversed(GATES.items())]
    return table(("class of help", "work under it begins once there is"), rows)


def timer_table() -> str:
    rows: list[tuple[object, ...]] = []
    for name, row in TIMERS.items():
        if name in REMINDERS[1:]:
            continue
        shown = "`remind0` to `remind4`" if name == REMINDERS[0] else code(name)
        lasts = [lasting(name, urgency) for urgency in Urgency]
        rows.append((shown, cell(row.label), cell(row.waits_for), *lasts, row.holder, cell(row.says)))
    return table(
        ("timer", "name", "waits for", *(one.value for one in Urgency), "next holder", "when it runs out"), rows
    )


def lasting(name: str, urgency: Urgency) -> str:
    """How long a timer runs by default, in words."""
    timers = DEFAULT_TIMERS[urgency]
    special = {
        "ack": lambda: "; ".join(
            f"{step.page} at {say_duration(step.after_ms)}" for step in DEFAULT_LADDERS[urgency].steps if step.after_ms
        ),
        "wave": lambda: "; ".join(
            part
            for part in (
                duration(timers.wave_first_ack_ms, "{} after charge"),
                duration(timers.wave_first_unacked_ms, "at {} without"),
                duration(timers.wave_interval_ms, "then every {}"),
            )
            if part
        ),
        "reply": lambda: say_duration(TIMERS["reply"].lasts(timers)),
        REMINDERS[0]: lambda: " and ".join(say_duration(one) for one in timers.reply_reminders_ms),
        "grant": lambda: "its own expiry",
        "lapse": lambda: "the offer's own time",
        "agreement": lambda: "7 days, or as extended",
    }
    shown = special[name]() if name in special else duration(TIMERS[name].lasts(timers), "{}")
    return shown or NOTHING


def duration(ms: int, text: str) -> str:
    return text.format(say_duration(ms)) if ms else ""


def refusal_table() -> str:
    rows: list[tuple[object, ...]] = [(code(name), cell(reason)) for name, reason in sorted(refusals())]
    return table(("code", "what it says"), rows)


def refusals() -> Iterator[tuple[str, str]]:
    """Every ``Refused(code=…, reason=…)`` of the case, the reason as far as it is a literal."""
    found: dict[str, list[str]] = {}
    for path in sorted(CASE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
                given = {word.arg: word.value for word in node.keywords}
                name = ast.literal_eval(given["code"])
                sentences = found.setdefault(name, [])
                sentences += [sentence for sentence in [literal(given["reason"])] if sentence not in sentences]
    for name, sentences in found.items():
        yield name, " Or: ".join(sentences)


def literal(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return "A sentence that says what is missing."


def limit_table() -> str:
    rows = [row for path in sorted(CASE.glob("*.py")) for row in limits_in(path)]
    return table(("what it bounds", "value", "name"), sorted(rows))


def limits_in(path: Path) -> Iterator[tuple[object, ...]]:
    """Module constants with ``MAX`` in their name, their value, and the docstring under them."""
    module = importlib.import_module(f"esos.case.{path.stem}")
    body = ast.parse(path.read_text(encoding="utf-8")).body
    for node, following in zip(body, [*body[1:], None], strict=False):
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name = node.targets[0].id
        says = (
            following.value.value
            if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
            else ""
        )
        if "MAX" in name and says:
            value = getattr(module, name)
            yield (cell(says), say_duration(value) if name.endswith("_MS") else f"{value:,}", code(name))


# --- diagrams -----------------------------------------------------------------------------------


def life_diagram() -> str:
    """Table A as a picture: an arrow from a box is an arrow from everything in it."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for event, frm, to in life_arrows():
        arrows.setdefault((frm, to), []).append(event)
    lines = ["stateDiagram-v2", "    [*] --> calling", "    state open {", "        state active {"]
    lines += [f"            {life.value}" for life in Life if life in ACTIVE]
    lines += ["        }", "        suspended", "    }", "    state ended {"]
    lines += [f"        {life.value}" for life in Life if life in ENDED]
    lines += ["    }"]
    lines += [f"    {frm} --> {to}: {', '.join(dict.fromkeys(events))}" for (frm, to), events in arrows.items()]
    return "\n".join(["```mermaid", *lines, "    closed --> [*]", "```"])


def life_arrows() -> Iterator[tuple[str, str, str]]:
    for row in LIFE_ROWS:
        for to in row.to:
            for frm in boxes(row.frm - {to}, {"open": OPEN, "active": ACTIVE, "ended": ENDED}):
                yield row.event, frm, to.value
    for row in REQUEST_ROWS:
        for move in row.moves:
            yield row.event, move[0].value, move[1].value
    yield "last helper lost", LAST_HELPER_LOST[0].value, LAST_HELPER_LOST[1].value


def boxes(members: frozenset[Life] | frozenset[RequestState], groups: dict[str, frozenset[object]]) -> list[str]:
    """The fewest boxes and single states that make up a set."""
    names = []
    for name, group in groups.items():
        if group <= members:
            names.append(name)
            members -= group
    return names + sorted(one.value for one in members)


def request_diagram() -> str:
    """Table B as a picture."""
    groups: dict[str, frozenset[object]] = {
        "pending": PENDING,
        "bound": BOUND,
        "asked": ASKED,
        "after_work": AFTER_WORK,
    }
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in REQUEST_ROWS:
        for to in row.to:
            for frm in boxes(row.frm - {to}, groups):
                arrows.setdefault((frm, to.value), []).append(row.event)
    for name, frms, to in BY_CLOCK:
        for frm in boxes(frms, groups):
            arrows.setdefault((frm, to.value), []).append(f"{name} runs out")
    for frms, to in AT_END:
        for frm in boxes(frms, groups):
            arrows.setdefault((frm, to.value), []).append("the case ends")
    lines = ["stateDiagram-v2", "    [*] --> sent: requested", "    [*] --> offered: volunteered, stood_by, a late yes"]
    lines += ["    state pending {", "        state asked {"]
    lines += [f"            {state.value}" for state in RequestState if state in ASKED]
    lines += ["        }", "        offered", "        selected", "    }", "    state bound {"]
    lines += [f"        {state.value}" for state in RequestState if state in BOUND]
    lines += ["    }", "    state after_work {"]
    lines += [f"        {state.value}" for state in RequestState if state in AFTER_WORK]
    lines += ["    }"]
    lines += [f"    {frm} --> {to}: {', '.join(dict.fromkeys(events))}" for (frm, to), events in arrows.items()]
    lines += [f"    {state.value} --> [*]" for state in RequestState if state.is_end]
    return "\n".join(["```mermaid", *lines, "```"])


# --- short lists --------------------------------------------------------------------------------


def lives() -> str:
    return table(
        ("life", "open", "what a list shows"),
        [(code(one.value), "yes" if one.is_open else NOTHING, one.words) for one in Life],
    )


def states() -> str:
    rows: list[tuple[object, ...]] = [
        (code(one.value), one.page_word.value, "yes" if one.is_end else NOTHING, one.words) for one in RequestState
    ]
    return table(("state", "page word", "outcome", "in a sentence"), rows)


PARTS: dict[str, Callable[[], str]] = {
    "roles": role_table,
    "lives": lives,
    "life table": life_table,
    "life diagram": life_diagram,
    "states": states,
    "request table": request_table,
    "request diagram": request_diagram,
    "clock table": clock_table,
    "consent table": consent_table,
    "timer table": timer_table,
    "refusals": refusal_table,
    "limits": limit_table,
}


if __name__ == "__main__":
    sys.exit(write_or_check(__doc__ or "", {PAGE: page}))
