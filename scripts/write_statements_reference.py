"""Write the tables of spec/statements.md: every kind and every body, read from the classes that read them on the wire.

The text around the tables is written by hand and stays; each table stands between two marks.
"""

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec import inspect as kinds
from reference_pages import ROOT, cell, table, write_or_check

from esos.message.kinds import KINDS
from esos.words.ground import Ground
from esos.words.need import NeedLine

PAGE = ROOT / "spec" / "statements.md"
LISTED = {
    NeedLine: ("need line", "../docs/reference/natures-needs-grounds.md#need-lines"),
    Ground: ("ground", "../docs/reference/natures-needs-grounds.md#grounds-to-decline"),
}
MARKED = "(<!-- written [^>]*: {name} -->\n).*?(<!-- end: {name} -->)"
BRIEF = re.compile(r"\s*\(?(?:of )?brief \d\)?")


def page() -> str:
    """The page with its tables as the code has them now."""
    text = PAGE.read_text(encoding="utf-8")
    for name, written in (("kinds", _kinds()), ("bodies", _bodies())):
        pattern = re.compile(MARKED.format(name=name), flags=re.DOTALL)
        text = pattern.sub(lambda found, written=written: f"{found[1]}\n{written}\n\n{found[2]}", text)
    return text


def _kinds() -> str:
    rows: list[tuple[object, ...]] = [
        (
            f"`{name}`",
            cell(kind.says),
            kind.scope.value,
            ", ".join(sorted(role.value for role in kind.who)),
            "yes" if kind.attestable else "**no**",
            f"[{kind.body.__name__}](#{kind.body.__name__.lower()})",
        )
        for name, kind in KINDS.items()
    ]
    return table(("kind", "says that somebody", "on", "who", "attested", "body"), rows)


def _bodies() -> str:
    named = dict.fromkeys(kind.body for kind in KINDS.values())
    parts = dict.fromkeys(part for body in named for part in _parts_of(body))
    return "\n\n".join(_section(body) for body in (*(part for part in parts if part not in named), *named))


def _parts_of(body: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """Values that a body is made of, and those that they are made of."""
    for field in msgspec.structs.fields(body):
        for part in _structs_in(kinds.type_info(field.type)):
            yield part
            yield from _parts_of(part)


def _structs_in(info: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(info, kinds.StructType):
        yield info.cls
    for inner in (getattr(info, name, None) for name in ("item_type", "value_type", "type")):
        if isinstance(inner, kinds.Type):
            yield from _structs_in(inner)
    for one in getattr(info, "types", ()):
        yield from _structs_in(one)


def _section(body: type[msgspec.Struct]) -> str:
    kinds = ", ".join(f"`{name}`" for name, kind in KINDS.items() if kind.body is body)
    says = BRIEF.sub("", " ".join(inspect.cleandoc(body.__doc__ or "").split())).replace("``", "`")
    head = f"### {body.__name__}\n\n{cell(says)}" + (f" Said in {kinds}." if kinds else "")
    rows = list(_rows(body))
    return f"{head}\n\n{table(('field', 'value', 'default'), rows)}" if rows else f"{head}\n\nIt has no fields."


def _rows(body: type[msgspec.Struct]) -> Iterator[tuple[object, ...]]:
    for field in msgspec.structs.fields(body):
        yield f"`{field.name}`", cell(_kind(kinds.type_info(field.type))), _default(field)


def _default(field: Any) -> str:
    if field.required:
        return "required"
    if field.default is msgspec.NODEFAULT:
        return "empty"
    if field.default is None:
        return "not known"
    if isinstance(field.default, msgspec.Struct) or field.default in ("", (), b""):
        return "empty"
    return f"`{msgspec.json.encode(field.default).decode()}`"


def _kind(info: Any) -> str:
    """What a value may be, in words."""
    return _WORDS[type(info)](info)


def _text(info: Any) -> str:
    if info.pattern:
        return "text `{}`".format(info.pattern.replace("\\Z", "$"))
    return f"text{_between(info.min_length, info.max_length, 'characters')}"


def _bytes(info: Any) -> str:
    if info.min_length and info.min_length == info.max_length:
        return f"{info.min_length} bytes"
    return f"bytes{_between(info.min_length, info.max_length, 'bytes')}"


def _list(info: Any) -> str:
    most = f" (at most {info.max_length:,})" if info.max_length else ""
    return f"list{most} of {_kind(info.item_type)}"


def _map(info: Any) -> str:
    most = f" (at most {info.max_length:,})" if info.max_length else ""
    return f"map{most} of texts to {_kind(info.value_type)}"


def _union(info: Any) -> str:
    return " or ".join(_kind(one) for one in info.types if not isinstance(one, kinds.NoneType))


def _listed(info: Any) -> str:
    """A short list as it is, a long one by its page."""
    values = [one.value for one in info.cls]
    if info.cls in LISTED:
        return f"[{LISTED[info.cls][0]}]({LISTED[info.cls][1]})"
    return "one of " + ", ".join(f"`{value}`" for value in values)


_WORDS: dict[type, Callable[[Any], str]] = {
    kinds.BoolType: lambda info: "true or false",  # noqa: ARG005 - one signature for all
    kinds.IntType: lambda info: f"integer{_between(info.ge, info.le)}",
    kinds.StrType: _text,
    kinds.BytesType: _bytes,
    kinds.EnumType: _listed,
    kinds.LiteralType: lambda info: "one of " + ", ".join(f"`{value}`" for value in info.values),
    kinds.StructType: lambda info: f"[{info.cls.__name__}](#{info.cls.__name__.lower()})",
    kinds.VarTupleType: _list,
    kinds.DictType: _map,
    kinds.UnionType: _union,
    kinds.Metadata: lambda info: _kind(info.type),
}


def _between(low: int | None, high: int | None, unit: str = "") -> str:
    unit = f" {unit}" if unit else ""
    if low is not None and high is not None:
        return f", {low:,} to {high:,}{unit}"
    if high is not None:
        return f", at most {high:,}{unit}"
    return f", at least {low:,}{unit}" if low else ""


if __name__ == "__main__":
    sys.exit(write_or_check(__doc__ or "", {PAGE: page}))
