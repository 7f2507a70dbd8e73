"""How the fields of the model are spelled in TOML.

A field ``call_back_ms`` is the key ``call_back`` with a duration as text; ``pan_pan`` is ``pan-pan``.
What a value must be is said in words from its type, so a refusal names the whole range.
"""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UnsetType, inspect

from esos.pact.durations import count
from esos.pact.model import CURRENCY_PATTERN, SLUG_PATTERN

NOT_IN_FILE = frozenset({"digest"})
"""Fields of the model that no file may set."""
_PATTERN_WORDS = {
    SLUG_PATTERN: "a short name of small letters, digits and hyphens",
    CURRENCY_PATTERN: "a currency of three capital letters, or nothing",
}
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
    """The type without its ``Annotated`` ranges, and without its being left out."""
    if get_origin(type_) is Annotated:
        return get_args(type_)[0]
    return next(one for one in get_args(type_) if one is not UnsetType) if UnsetType in get_args(type_) else type_


def item_type(type_: Any) -> Any | None:
    """The type of the items if this is a list (``tuple[T, ...]``), else None."""
    inner = bare(type_)
    return get_args(inner)[0] if get_origin(inner) is tuple else None


def is_table(type_: Any) -> bool:
    """Whether the value is a table of its own."""
    return isinstance(bare(type_), type) and issubclass(bare(type_), msgspec.Struct)


def fits(type_: Any, length: int) -> bool:
    """Whether a list of this type may have so many items."""
    info: Any = inspect.type_info(type_)
    return (info.min_length or 0) <= length and (info.max_length is None or length <= info.max_length)


def describe_field(name: str, type_: Any) -> str:
    """What the value of a field must be, to follow "must be"."""
    if is_table(type_):
        return "a table"
    return 'a duration such as "15min"' if is_duration(name) else describe(type_)


def describe(type_: Any) -> str:
    """What a value of this type must be, to follow "must be"."""
    choices = get_args(bare(type_)) if get_origin(bare(type_)) is Literal else ()
    if choices:
        return f"one of: {', '.join(choices)}"
    info = inspect.type_info(type_)
    say = _DESCRIBED.get(type(info))
    return say(info) if say else "text"


def _describe_list(info: Any) -> str:
    most = info.max_length
    return "a list" if most is None else f"a list of {info.min_length or 0} to {count(most, 'item')}"


def _describe_text(info: Any) -> str:
    if info.max_length is not None:
        return f"one line of 1 to {info.max_length} characters"
    return _PATTERN_WORDS.get(info.pattern, "text")


_DESCRIBED: dict[type[inspect.Type], Callable[[Any], str]] = {
    inspect.BoolType: lambda _: "true or false",
    inspect.DateType: lambda _: "a date such as 2026-01-31",
    inspect.EnumType: lambda info: f"one of: {', '.join(info.cls)}",
    inspect.IntType: lambda info: f"a whole number from {info.ge:,} to {info.le:,}",
    inspect.StrType: _describe_text,
    inspect.VarTupleType: _describe_list,
}
