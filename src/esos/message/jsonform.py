"""Bodies as JSON: the same values as in CBOR, with byte strings written as hexadecimal text."""

from typing import Any

import msgspec
from msgspec import inspect

from esos.errors import Malformed
from esos.message.bodies import Body
from esos.message.kinds import KINDS
from esos.message.statement import from_plain


def body_from_json(kind: str, plain: object) -> Body:
    """The body of a kind from parsed JSON; raises ``Malformed`` (``statement.kind``, ``statement.body``)."""
    row = KINDS.get(kind)
    if row is None:
        return from_plain(kind, plain)
    try:
        return from_plain(kind, _to_bytes(plain, inspect.type_info(row.body)))
    except ValueError as cause:
        raise Malformed("statement.body", f"The body of {kind!r} has an id that is not hexadecimal.") from cause


def body_to_json(body: Body) -> Any:
    """A body as JSON values; the inverse of ``body_from_json``."""
    return _to_hex(msgspec.to_builtins(body, builtin_types=(bytes,)))


def _to_hex(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: _to_hex(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_hex(item) for item in value]
    return value


def _to_bytes(value: Any, wanted: inspect.Type) -> Any:
    """Turn hexadecimal text into bytes wherever the type wants bytes; everything else is left to the reader."""
    if isinstance(wanted, inspect.Metadata):
        return _to_bytes(value, wanted.type)
    if isinstance(wanted, inspect.BytesType):
        return bytes.fromhex(value) if isinstance(value, str) else value
    if isinstance(wanted, inspect.UnionType):
        options = [one for one in wanted.types if isinstance(one, (inspect.BytesType, inspect.StructType))]
        return _to_bytes(value, options[0]) if options and value is not None else value
    if isinstance(wanted, inspect.StructType) and isinstance(value, dict):
        types = {field.encode_name: field.type for field in wanted.fields}
        return {key: _to_bytes(item, types[key]) if key in types else item for key, item in value.items()}
    if isinstance(wanted, (inspect.VarTupleType, inspect.ListType)) and isinstance(value, (list, tuple)):
        return [_to_bytes(item, wanted.item_type) for item in value]
    return value
