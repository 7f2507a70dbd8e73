"""How the fields of the model are spelled in TOML, for the reader and the writer alike.

A field ``call_back_ms`` is the key ``call_back`` with a duration as text; ``pan_pan`` is ``pan-pan``.
What a value must be is said in words from its type, so a refusal names the whole range.
"""

from datetime import date
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import inspect

from esos.pact.durations import count

NOT_IN_FILE = frozenset({"digest"})
"""Fields of the model that no file may set."""
_SPELLED = {"pan_pan": "pan-pan"}


@cache
def fields_of(table: type[msgspec.Struct]) -> dict[str, tuple[msgspec.structs.FieldInfo, Any]]:
    """The keys a table may have, in order, each with its field and its full type."""
    hints = get_type_hints(table, include_extras=True)
    return {
        key_of(one.name): (one, hints[one.name]) for one in msgspec.structs.fields(table) if one.name not in NOT_IN_FILE
    }


def key_of(field: str) -> str:
    """The TOML key of a field."""
    return _SPELLED.get(field, field.removesuffix("_ms"))


def is_duration(field: str) -> bool:
    """Whether the field is written as a duration, or a list of them."""
    return field.endswith("_ms")


def bare(type_: Any) -> Any:
    """The type without its ``Annotated`` ranges."""
    return get_args(type_)[0] if get_origin(type_) is Annotated else type_


def item_type(type_: Any) -> Any | None:
    """The type of the items if this is a list (``tuple[T, ...]``), else None."""
    inner = bare(type_)
    return get_args(inner)[0] if get_origin(inner) is tuple else None


def is_table(type_: Any) -> bool:
    """Whether the value is a table of its own."""
    return isinstance(bare(type_), type) and issubclass(bare(type_), msgspec.Struct)


def fits(type_: Any, length: int) -> bool:
    """Whether a list of this type may have so many items."""
    info = inspect.type_info(type_)
    if not isinstance(info, inspect.VarTupleType):
        return False
    return (info.min_length or 0) <= length and (info.max_length is None or length <= info.max_length)


def describe_field(name: str, type_: Any) -> str:
    """What the value of a field must be, to follow "must be"."""
    if is_table(type_):
        return "a table"
    return 'a duration such as "15min"' if is_duration(name) else describe(type_)


def describe(type_: Any) -> str:
    """What a value of this type must be, to follow "must be"."""
    if bare(type_) is date:
        return "a date such as 2026-01-31"
    match inspect.type_info(type_):
        case inspect.IntType(ge=least, le=most) if least is not None:
            return f"a whole number from {least:,} to {most:,}"
        case inspect.BoolType():
            return "true or false"
        case inspect.EnumType(cls=choices):
            return f"one of: {', '.join(choices)}"
        case inspect.LiteralType(values=values):
            return f"one of: {', '.join(str(value) for value in values)}"
        case inspect.VarTupleType(min_length=least, max_length=most):
            return f"a list of {least or 0} to {count(most, 'item')}" if most else "a list"
        case inspect.StrType(max_length=most) if most is not None:
            return f"one line of 1 to {most} characters"
        case inspect.StrType(pattern=pattern) if pattern is not None:
            return f"text of the form {pattern}"
        case _:
            return "text"
