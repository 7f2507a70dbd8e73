"""Write docs/reference/errors.md: every refusal the code can make, with its code, sentence and advice.

It reads the source and never runs it: each raise names its class and its code as a literal, and the
docstring of the class says what a caller can do. ``--check`` writes nothing and fails where the page
is out of date.
"""

import argparse
import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "esos"
PAGE = ROOT / "docs" / "reference" / "errors.md"
BASE = "EsosError"

HEAD = """\
# Errors

Every refusal of the command line, the HTTP interface and the protocol carries one of these codes. Scripts match on the
code, which stays; the sentence is for people and may be improved. `…` stands for what was met in the case at hand.

On the command line a refusal ends the program with the exit code of its class; with `--json` it stands on standard
error as JSON. Over HTTP it is an RFC 9457 problem with the status of its class and the same `code`.

This page is written from the source by `make docs`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorClass:
    """One class of the tree of refusals, as its definition reads."""

    name: str
    base: str
    says: str
    status: int | None
    exit_code: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One place that refuses; ``codes`` is empty where the code there is no literal."""

    error_class: str
    codes: tuple[str, ...]
    detail: str
    hint: str
    place: str


@dataclass(slots=True, kw_only=True)
class Row:
    """One code of the page, with every sentence and advice it is given in the code."""

    details: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)


def classes_in(source: Path = SOURCE) -> dict[str, ErrorClass]:
    """The base class of refusals and everything that descends from it, by name, in order of definition."""
    found: dict[str, ErrorClass] = {}
    for _, tree in _modules(source):
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and (known := _error_class(node, found)):
                found[known.name] = known
    return found


def _error_class(node: ast.ClassDef, known: dict[str, ErrorClass]) -> ErrorClass | None:
    bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
    base = next((base for base in bases if base in known), "")
    if not base and node.name != BASE:
        return None
    inherited = known.get(base)
    return ErrorClass(
        name=node.name,
        base=base,
        says=" ".join((ast.get_docstring(node) or "").split()),
        status=_number(node, "status", inherited.status if inherited else None),
        exit_code=_number(node, "exit_code", inherited.exit_code if inherited else None),
    )


def _number(node: ast.ClassDef, name: str, inherited: int | None) -> int | None:
    """The integer a class body gives to ``name``, else what it inherits."""
    for line in node.body:
        targets = (
            line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            value = line.value  # type: ignore[union-attr]
            if isinstance(value, ast.Constant) and isinstance(value.value, int):
                return value.value
    return inherited


def refusals_in(source: Path = SOURCE) -> list[Refusal]:
    """Every call of an error class that makes a refusal of its own, in order of module and line."""
    known = classes_in(source)
    return [
        _refusal(node, name, f"{path.relative_to(source)}:{node.lineno}")
        for path, tree in _modules(source)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and (name := _called(node)) in known and not _passes_on(node)
    ]


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _passes_on(node: ast.Call) -> bool:
    """Whether an earlier refusal is made again with the code it was kept with, as ``entry.verdict``."""
    return bool(node.args) and isinstance(node.args[0], ast.Attribute)


def _refusal(node: ast.Call, name: str, place: str) -> Refusal:
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    code = node.args[0] if node.args else named.get("code")
    detail = node.args[1] if len(node.args) > 1 else named.get("detail")
    return Refusal(
        error_class=name, codes=_codes(code), detail=_template(detail), hint=_template(named.get("hint")), place=place
    )


def _codes(node: ast.expr | None) -> tuple[str, ...]:
    """The literal code, or both of an ``a if … else b``."""
    match node:
        case ast.Constant(value=str() as code):
            return (code,)
        case ast.IfExp(body=yes, orelse=no):
            both = _codes(yes), _codes(no)
            return both[0] + both[1] if all(both) else ()
        case _:
            return ()


def _template(node: ast.expr | None) -> str:
    """The text of a literal or an f-string, with ``…`` for what only the running program knows."""
    match node:
        case None:
            return ""
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_template(part) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _template(left) + _template(right)
        case _:
            return "…"


def page_of(source: Path = SOURCE) -> str:
    """The whole page as text."""
    known, rows = classes_in(source), _rows(refusals_in(source))
    return "\n".join([HEAD, *(_section(known[name], codes) for name, codes in rows.items())])


def _rows(refusals: list[Refusal]) -> dict[str, dict[str, Row]]:
    """Class name → code → row; classes and codes sorted, texts in order of the code."""
    table: dict[str, dict[str, Row]] = {}
    for refusal in refusals:
        for code in refusal.codes:
            row = table.setdefault(refusal.error_class, {}).setdefault(code, Row())
            _add(row.details, refusal.detail)
            _add(row.hints, refusal.hint)
    return {name: dict(sorted(table[name].items())) for name in sorted(table)}


def _add(texts: list[str], text: str) -> None:
    """Keep a text once, and none that says nothing."""
    if text.strip("… ") and text not in texts:
        texts.append(text)


def _section(error_class: ErrorClass, codes: dict[str, Row]) -> str:
    numbers = f"HTTP status {error_class.status}, exit code {error_class.exit_code}."
    head = f"## {error_class.name}\n\n{error_class.says} {numbers}\n"
    lines = ["| code | what it says | what to do |", "|---|---|---|"]
    lines += [f"| `{code}` | {_cell(row.details)} | {_cell(row.hints)} |" for code, row in codes.items()]
    return head + "\n" + "\n".join(lines) + "\n"


def _cell(texts: list[str]) -> str:
    """Several texts in one cell of a table, safe from its bars and from HTML."""
    joined = " · ".join(" ".join(text.split()) for text in texts)
    for mark, shown in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("*", "\\*"), ("_", "\\_")):
        joined = joined.replace(mark, shown)
    return joined


def _modules(source: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Every module, the one that defines the tree first."""
    for path in sorted(source.rglob("*.py"), key=lambda path: (path.name != "errors.py", str(path))):
        yield path, ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def main() -> int:
    """Write the page, or compare with ``--check``; 1 where it is out of date."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing, fail where the page is out of date")
    wanted = page_of()
    if arguments.parse_args().check:
        return 0 if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == wanted else 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
