"""Write docs/reference/limits.md: every named limit and fixed time of the code, with its value and what it bounds.

It reads the source and never runs it. What a limit bounds is its docstring; where it has none, the
sentence of the refusal that names it, or the comment beside it.
"""

import ast
import operator
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reference_pages import REFERENCE, ROOT, WRITTEN_BY, cell, table, write_or_check

SOURCE = ROOT / "src" / "esos"
PAGE = REFERENCE / "limits.md"
NAMED = re.compile(r"^[A-Z][A-Z0-9_]*$")
LIMIT = re.compile(r"(^|_)(MAX|MIN|MS|BYTES|SECONDS|MINUTES|COUNT|CHARS|CHARACTERS|PERCENT|SIZE|DEPTH|LINES)(_|$)")
UNITS = {
    "MS": "ms",
    "BYTES": "bytes",
    "SECONDS": "s",
    "MINUTES": "min",
    "CHARS": "characters",
    "CHARACTERS": "characters",
    "LETTERS": "letters",
    "MEMBERS": "members",
    "PERCENT": "%",
}
_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
}
_SPANS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"))
Number = int | float

HEAD = f"""\
# Limits

Everything has a limit, and every limit a name and a unit. What a pact may change is not here but in
[the pact](../../spec/pact.md); what a station can be told stands in [settings](settings.md). A name below is the one in
the code, with the module that holds it.

{WRITTEN_BY}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One constant: where it stands, its value, and what it bounds."""

    module: str
    name: str
    value: Number
    says: str


def limits_in(source: Path = SOURCE) -> list[Limit]:
    """Every public numeric constant that is named like a limit, in order of module and line."""
    modules = [(path, path.read_text(encoding="utf-8")) for path in sorted(source.rglob("*.py"))]
    trees = [(path, text, ast.parse(text, filename=str(path))) for path, text in modules]
    values = {_module(path, source): _values(tree) for path, _, tree in trees}
    everywhere = {name: value for known in values.values() for name, value in known.items()}
    return [
        limit
        for path, text, tree in trees
        for limit in _limits(tree, text.splitlines(), _module(path, source), values[_module(path, source)], everywhere)
    ]


def _module(path: Path, source: Path) -> str:
    return ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")


def _values(tree: ast.Module) -> dict[str, Number]:
    """The numeric constants of a module, each computed from those before it."""
    found: dict[str, Number] = {}
    for node in tree.body:
        name, value = _assigned(node)
        number = _number(value, found) if value is not None else None
        if name and number is not None:
            found[name] = number
    return found


def _assigned(node: ast.stmt) -> tuple[str, ast.expr | None]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            return name, value
        case _:
            return "", None


def _number(node: ast.expr, known: dict[str, Number]) -> Number | None:
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.Name(id=name):
            return known.get(name)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            first, second = _number(left, known), _number(right, known)
            return None if first is None or second is None else _OPERATORS[type(op)](first, second)
        case _:
            return None


def _limits(
    tree: ast.Module, lines: list[str], module: str, values: dict[str, Number], everywhere: dict[str, Number]
) -> Iterator[Limit]:
    for node, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        name, _ = _assigned(node)
        if name in values and NAMED.match(name) and LIMIT.search(name):
            says = _docstring(following) or _refusal(tree, name, everywhere) or _comment(lines[node.lineno - 1])
            yield Limit(module=module, name=name, value=values[name], says=says)


def _docstring(node: ast.stmt | None) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str() as text)):
            return " ".join(text.replace("``", "`").split())
        case _:
            return ""


def _comment(line: str) -> str:
    _, mark, comment = line.partition("  # ")
    return "" if not mark or comment.startswith("noqa") else comment.strip()


def _refusal(tree: ast.Module, name: str, known: dict[str, Number]) -> str:
    """The first sentence of a refusal that says this limit and nothing that only the running program knows."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and any(_names(part) == name for part in node.values):
            parts = [_part(part, known) for part in node.values]
            text = "".join(part or "" for part in parts)
            if None not in parts and text.endswith("."):
                return text
    return ""


def _names(part: ast.expr) -> str:
    match part:
        case ast.FormattedValue(value=ast.Name(id=name)):
            return name
        case _:
            return ""


def _part(part: ast.expr, known: dict[str, Number]) -> str | None:
    if isinstance(part, ast.Constant):
        return str(part.value)
    name = _names(part)
    return f"{known[name]:,}" if name in known else None


def page(source: Path = SOURCE) -> str:
    """The whole page as text."""
    packages: dict[str, list[Limit]] = {}
    for limit in limits_in(source):
        packages.setdefault(limit.module.partition(".")[0], []).append(limit)
    return "\n".join([HEAD, *(_section(name, limits) for name, limits in sorted(packages.items()))])


def _section(package: str, limits: list[Limit]) -> str:
    rows = [(f"`{one.name}`", _shown(one), f"`{one.module}`", cell(one.says) or "–") for one in limits]
    return f"## {package}\n\n" + table(("limit", "value", "module", "what it bounds"), rows) + "\n"


def _shown(limit: Limit) -> str:
    """The value with its unit; a long time also in larger units."""
    words = limit.name.split("_")
    unit = next((UNITS[word] for word in reversed(words) if word in UNITS), "")
    if unit == "ms":
        return _span(limit.value)
    number = f"{limit.value:,}" if isinstance(limit.value, int) else f"{limit.value:g}"
    return f"{number} {unit}".strip()


def _span(value: Number) -> str:
    for size, unit in _SPANS:
        if value >= size and value % size == 0:
            return f"{value // size:,} {unit}"
    return f"{value:,} ms"


if __name__ == "__main__":
    sys.exit(write_or_check(__doc__ or "", {PAGE: page}))
