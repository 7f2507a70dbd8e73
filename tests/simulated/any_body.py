"""Bodies made by chance from their own types: whatever the schema allows, somebody will send one day.

Fields that name something (a request, a proposal, a party) mostly get a name that exists, so that chance
also reaches the inside of a case.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import inspect

from esos.message.contact_bodies import CODE_PATTERN
from esos.words.conference import CONFERENCE_PATTERN

Names = Mapping[str, Sequence[Any]]
"""Field name to values that exist."""

_PATTERNS = {
    r"^[a-z][a-z0-9_-]{0,39}\Z": ("alpha", "b-2", "restore", "x" * 40),
    r"^[A-M]\Z": ("A", "C", "E", "M"),
    r"^[A-Z]{2}\Z": ("IE", "FR", "ZZ"),
    r"^[a-z]{2,16}\Z": ("file", "mail", "webhook", "nowhere"),
    r"^[a-z]{2,3}\Z": ("en", "fr", "zxx"),
    CONFERENCE_PATTERN: ("", "https://meet.example.net/room", "tel:+15550100"),
    CODE_PATTERN: ("0123456789AB", "ZYXWVTSRQPNM"),
}
_TEXTS = ("", "x", "Two\nlines", "nul \x00 inside", "<b>&amp;</b>", "{caller} %s", "\u202eturned", "é" * 7, "🛟", " ")
_BIG = 2**63 - 1
_LIST_MAX = 3


def any_body(body: type[msgspec.Struct], chance: random.Random, names: Names | None = None) -> Any:
    """A body of this type that its reader takes."""
    return _struct(inspect.type_info(body), chance, names or {})


def _struct(info: Any, chance: random.Random, names: Names) -> Any:
    values = {}
    for field in info.fields:
        if not field.required and chance.random() < 0.4:
            continue
        if names.get(field.name) and chance.random() < 0.9:
            value = chance.choice(names[field.name])
            values[field.name] = (value,) if isinstance(field.type, inspect.VarTupleType) else value
        else:
            values[field.name] = _value(field.type, chance, names)
    return info.cls(**values)


def _value(info: Any, chance: random.Random, names: Names) -> Any:
    return _MAKERS[type(info)](info, chance, names)


def _integer(info: Any, chance: random.Random, _: Names) -> int:
    low = 0 if info.ge is None else info.ge
    high = _BIG if info.le is None else info.le
    return chance.choice((low, high, chance.randint(low, high), chance.randint(low, min(high, low + 20))))


def _text(info: Any, chance: random.Random, _: Names) -> str:
    if info.pattern is not None:
        return chance.choice(_PATTERNS[info.pattern])
    text = chance.choice(_TEXTS)
    if info.max_length is not None and chance.random() < 0.1:
        text = "w" * info.max_length
    text = text.ljust(info.min_length or 0, "m")
    return text if info.max_length is None else text[: info.max_length]


def _bytes(info: Any, chance: random.Random, _: Names) -> bytes:
    low = info.min_length or 0
    high = 40 if info.max_length is None else min(info.max_length, low + 40)
    return chance.randbytes(chance.randint(low, high))


def _sequence(info: Any, chance: random.Random, names: Names) -> tuple[Any, ...]:
    low = info.min_length or 0
    high = _LIST_MAX if info.max_length is None else min(info.max_length, max(low, _LIST_MAX))
    return tuple(_value(info.item_type, chance, names) for _ in range(chance.randint(low, high)))


def _mapping(info: Any, chance: random.Random, names: Names) -> dict[Any, Any]:
    high = _LIST_MAX if info.max_length is None else min(info.max_length, _LIST_MAX)
    count = chance.randint(0, high)
    return {_value(info.key_type, chance, names): _value(info.value_type, chance, names) for _ in range(count)}


_MAKERS: dict[type, Callable[[Any, random.Random, Names], Any]] = {
    inspect.IntType: _integer,
    inspect.StrType: _text,
    inspect.BytesType: _bytes,
    inspect.BoolType: lambda _, chance, __: chance.random() < 0.5,
    inspect.NoneType: lambda *_: None,
    inspect.UnionType: lambda info, chance, names: _value(chance.choice(info.types), chance, names),
    inspect.LiteralType: lambda info, chance, _: chance.choice(info.values),
    inspect.EnumType: lambda info, chance, _: chance.choice(list(info.cls)),
    inspect.VarTupleType: _sequence,
    inspect.ListType: _sequence,
    inspect.DictType: _mapping,
    inspect.StructType: _struct,
    inspect.Metadata: lambda info, chance, names: _value(info.type, chance, names),
}
