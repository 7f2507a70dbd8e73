"""Every free text of a body, found by walking its fields; so that law 1 can be tried on all of them and on none too few."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec import inspect

READ = {
    "sector": "a code of the catalogue, compared as such",
    "products": "CPE vendor:product pairs",
    "prefix": "an address prefix",
    "facts": "answers by effect name; an answer is one of the question's options",
    "scope": "what exactly is consented to, held against what is proven",
    "resource": "what exactly is proven",
    "timer": "the name of a timer",
    "caller": "a party's id",
    "responder": "a party's id",
    "to": "parties' ids",
}
"""Texts that decisions do read, by field name, and what they are; everything else is free."""
Write = Callable[[str], str]


def free_texts(struct: type[msgspec.Struct]) -> Iterator[str]:
    """The names of the fields, at any depth, that hold a text anybody may write as they like."""
    for one in inspect.type_info(struct).fields:  # type: ignore[attr-defined]
        for kind in _leaves(one.type):
            if isinstance(kind, inspect.StructType):
                yield from (f"{one.name}.{inner}" for inner in free_texts(kind.cls))
            elif isinstance(kind, inspect.StrType) and kind.pattern is None and one.name not in READ:
                yield one.name


def _leaves(kind: inspect.Type) -> Iterator[inspect.Type]:
    match kind:
        case inspect.UnionType(types=types):
            for one in types:
                yield from _leaves(one)
        case inspect.VarTupleType(item_type=item):
            yield from _leaves(item)
        case inspect.DictType(value_type=value):
            yield from _leaves(value)
        case _:
            yield kind


def rewritten(body: msgspec.Struct, write: Write) -> Any:
    """The body with every free text in it written anew."""
    free = {name.partition(".")[0] for name in free_texts(type(body))}
    return msgspec.structs.replace(body, **{name: _written(getattr(body, name), write) for name in free})


def _written(value: Any, write: Write) -> Any:
    match value:
        case msgspec.Struct():
            return rewritten(value, write)
        case tuple():
            return tuple(_written(one, write) for one in value)
        case dict():
            return {key: _written(one, write) for key, one in value.items()}
        case str():
            return write(value)
        case _:
            return value
