"""Write spec/schemas/statement.json: every kind with its body as JSON Schema, read from the classes that read them.

In JSON, byte strings are written as lower-case hexadecimal; everything else is as in CBOR. ``--check``
writes nothing and fails where the file is out of date.
"""

import json
import re
import sys
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import inspect
from reference_pages import ROOT, write_or_check

from esos.message.kinds import KINDS

SCHEMA = ROOT / "spec" / "schemas" / "statement.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
SAYS = (
    "What can be said, as JSON: a kind and its body. Byte strings are lower-case hexadecimal; what has a default may "
    "be left out; nothing that is not listed may be there. spec/statements.md says the rest."
)
BRIEF = re.compile(r"\s*\(?(?:of )?brief \d\)?")
Part = dict[str, Any]


def schema() -> str:
    """The file's text."""
    defs: dict[str, Part] = {}
    kinds = [one_kind(name, row.says, part_of(inspect.type_info(row.body), defs)) for name, row in KINDS.items()]
    whole = {
        "$schema": DIALECT,
        "title": "Statement",
        "description": SAYS,
        "oneOf": kinds,
        "$defs": dict(sorted(defs.items())),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def one_kind(kind: str, says: str, body: Part) -> Part:
    return {
        "title": kind,
        "description": f"Somebody {says}.",
        "type": "object",
        "properties": {"kind": {"const": kind}, "body": body},
        "required": ["kind", "body"],
        "additionalProperties": False,
    }


def part_of(kind: Any, defs: dict[str, Part]) -> Part:
    """A type as JSON Schema; structs and enumerations go to ``defs``."""
    return PARTS[type(kind)](kind, defs)


def limits(**named: Any) -> Part:
    """Keywords that say something."""
    return {name: value for name, value in named.items() if value is not None}


def of_struct(kind: inspect.StructType, defs: dict[str, Part]) -> Part:
    name = kind.cls.__name__
    if name not in defs:
        defs[name] = {}
        fields = {field.encode_name: with_default(field, part_of(field.type, defs)) for field in kind.fields}
        defs[name] = {
            "description": says_of(kind.cls),
            "type": "object",
            "properties": fields,
            "required": [field.encode_name for field in kind.fields if field.required],
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{name}"}


def says_of(cls: type) -> str:
    """A class's docstring in one line, without what only its makers can look up."""
    return BRIEF.sub("", " ".join((cls.__doc__ or "").split())).replace("``", "")


def with_default(field: inspect.Field, part: Part) -> Part:
    default = field.default if field.default is not msgspec.NODEFAULT else msgspec.NODEFAULT
    if field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    if default is msgspec.NODEFAULT:
        return part
    plain = msgspec.to_builtins(default, builtin_types=(bytes,))
    return {**part, "default": plain.hex() if isinstance(plain, bytes) else plain}


def of_enum(kind: inspect.EnumType, defs: dict[str, Part]) -> Part:
    defs[kind.cls.__name__] = {
        "description": says_of(kind.cls),
        "enum": [one.value for one in kind.cls],
    }
    return {"$ref": f"#/$defs/{kind.cls.__name__}"}


def of_bytes(kind: inspect.BytesType, defs: dict[str, Part]) -> Part:
    del defs
    least, most = (None if one is None else 2 * one for one in (kind.min_length, kind.max_length))
    return {"type": "string", "pattern": "^([0-9a-f]{2})*$", **limits(minLength=least, maxLength=most)}


def of_text(kind: inspect.StrType, defs: dict[str, Part]) -> Part:
    del defs
    return {
        "type": "string",
        **limits(minLength=kind.min_length, maxLength=kind.max_length, pattern=pattern_of(kind)),
    }


def pattern_of(kind: inspect.StrType) -> str | None:
    """The pattern as JSON Schema writes it: ``$`` is the end there, and never stands before a line end."""
    return None if kind.pattern is None else kind.pattern.replace("\\Z", "$")


def of_number(kind: inspect.IntType, defs: dict[str, Part]) -> Part:
    del defs
    return {"type": "integer", **limits(minimum=kind.ge, maximum=kind.le)}


def of_list(kind: inspect.VarTupleType, defs: dict[str, Part]) -> Part:
    items = part_of(kind.item_type, defs)
    return {"type": "array", "items": items, **limits(minItems=kind.min_length, maxItems=kind.max_length)}


def of_map(kind: inspect.DictType, defs: dict[str, Part]) -> Part:
    return {
        "type": "object",
        "propertyNames": part_of(kind.key_type, defs),
        "additionalProperties": part_of(kind.value_type, defs),
        **limits(minProperties=kind.min_length, maxProperties=kind.max_length),
    }


def of_union(kind: inspect.UnionType, defs: dict[str, Part]) -> Part:
    return {"anyOf": [part_of(one, defs) for one in kind.types]}


PARTS: dict[type, Callable[[Any, dict[str, Part]], Part]] = {
    inspect.Metadata: lambda kind, defs: part_of(kind.type, defs),
    inspect.StructType: of_struct,
    inspect.EnumType: of_enum,
    inspect.BytesType: of_bytes,
    inspect.StrType: of_text,
    inspect.IntType: of_number,
    inspect.BoolType: lambda kind, defs: {"type": "boolean"},  # noqa: ARG005 - one signature for all types
    inspect.NoneType: lambda kind, defs: {"type": "null"},  # noqa: ARG005
    inspect.LiteralType: lambda kind, defs: {"enum": list(kind.values)},  # noqa: ARG005
    inspect.VarTupleType: of_list,
    inspect.DictType: of_map,
    inspect.UnionType: of_union,
}
"""A type that is not here has no place in a statement."""


if __name__ == "__main__":
    sys.exit(write_or_check(__doc__ or "", {SCHEMA: schema}))
