"""From a pact to TOML text that ``read.py`` reads back as the same pact.

A registrar signs the bytes of a file, not the values: writing is for making a new file, never for
repeating one that is already signed.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from esos.pact.durations import write_duration
from esos.pact.form import fields_of, is_duration, is_table, item_type
from esos.pact.model import Pact

_ZERO_IS_AT_ONCE = frozenset({"after_ms", "arm_ms"})
"""Durations for which 0 means "at once" rather than "never"."""


def write_pact(pact: Pact) -> bytes:
    """A complete pact file: every key is written, defaults too, in the order of the model."""
    return "\n".join(_table(Pact, pact, "")).lstrip("\n").encode() + b"\n"


def _table(type_: type[msgspec.Struct], value: msgspec.Struct, path: str) -> Iterator[str]:
    fields = [(key, field.name, field_type) for key, (field, field_type) in fields_of(type_).items()]
    simple = [one for one in fields if not is_table(one[2])]
    if path and simple:
        yield from ("", f"[{path}]")
    for key, name, field_type in simple:
        yield f"{key} = {_value(name, field_type, getattr(value, name))}"
    for key, name, field_type in fields:
        if is_table(field_type):
            yield from _table(field_type, getattr(value, name), f"{path}.{key}".removeprefix("."))


def _value(name: str, type_: Any, value: object) -> str:
    item = item_type(type_)
    if item is not None and isinstance(value, tuple):
        return f"[{', '.join(_value(name, item, one) for one in value)}]"
    if isinstance(value, msgspec.Struct):
        fields = fields_of(type(value)).items()
        pairs = (f"{key} = {_value(one.name, kind, getattr(value, one.name))}" for key, (one, kind) in fields)
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, int) and not isinstance(value, bool):
        return _text(_duration(name, value)) if is_duration(name) else str(value)
    return _scalar(value)


def _duration(name: str, duration_ms: int) -> str:
    return "0s" if name in _ZERO_IS_AT_ONCE and not duration_ms else write_duration(duration_ms)


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else _text(str(value))


def _text(value: str) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's, but for the one control character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
