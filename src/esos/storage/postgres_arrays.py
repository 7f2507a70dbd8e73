"""Columns of rows as PostgreSQL's own binary arrays.

The driver writes arrays as text, item by item, and that was about half of what a writer used of the processor
for a statement. Here each column is packed at once; the server reads the same values either way.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from struct import Struct
from typing import Any, Final, NamedTuple

from psycopg.adapt import Dumper
from psycopg.pq import Format
from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, Text

_HEAD: Final = Struct("!iiIii")
"""Dimensions, whether there are NULLs, the type of an item, how many, and the number of the first."""
_LENGTH: Final = Struct("!i")
_NULL: Final = (_LENGTH.pack(-1), b"")
_PLAIN: Final = "\N{REPLACEMENT CHARACTER}"


class _Kind(NamedTuple):
    """A type of items: the numbers PostgreSQL has for it and for its arrays, and an item's bytes."""

    oid: int
    array_oid: int
    pack: Callable[[Any], bytes]


def _text(value: str) -> bytes:
    return plain(value).encode()


def plain(text: str) -> str:
    """Text without the one character that PostgreSQL has no room for."""
    return text.replace("\0", _PLAIN) if "\0" in text else text


_BIGINT: Final = _Kind(20, 1016, Struct("!q").pack)
_BYTEA: Final = _Kind(17, 1001, bytes)
_TEXT: Final = _Kind(25, 1009, _text)
_BY_COLUMN: Final = (
    (BigInteger, _BIGINT),
    (Integer, _Kind(23, 1007, Struct("!i").pack)),
    (Text, _TEXT),
    (LargeBinary, _BYTEA),
    (Boolean, _Kind(16, 1000, Struct("!?").pack)),
)
_BY_VALUE: Final = {int: _BIGINT, bytes: _BYTEA, str: _TEXT}


class Packed(NamedTuple):
    """An array, ready to be sent."""

    array_oid: int
    raw: bytes


class PackedDumper(Dumper):
    """Hands a ``Packed`` to the server as it is."""

    format = Format.BINARY

    def get_key(self, obj: Packed, format: Any) -> Any:  # noqa: A002 - the driver's own name
        """One dumper for each type of array."""
        del format
        return (self.cls, obj.array_oid)

    def upgrade(self, obj: Packed, format: Any) -> "PackedDumper":  # noqa: A002 - the driver's own name
        """The dumper that names this type of array."""
        del format
        dumper = type(self)(self.cls)
        dumper.oid = obj.array_oid
        return dumper

    def dump(self, obj: Packed) -> bytes:
        """Its bytes."""
        return obj.raw


def packed_columns(columns: Iterable[Column[Any]], rows: Sequence[Sequence[Any]]) -> list[Packed]:
    """One array for each column, its items in the rows' order."""
    return [_packed(kind_of(column), items) for column, items in zip(columns, zip(*rows, strict=True), strict=True)]


def packed_values(values: Sequence[Any]) -> Packed:
    """Numbers, bytes or texts, at least one, as one array."""
    return _packed(_BY_VALUE[type(values[0])], values)


def kind_of(column: Column[Any]) -> _Kind:
    """The type of a column's items."""
    return next(kind for base, kind in _BY_COLUMN if isinstance(column.type, base))


def _packed(kind: _Kind, items: Sequence[Any]) -> Packed:
    length, pack = _LENGTH.pack, kind.pack
    has_null = None in items
    if has_null:
        pairs = [_NULL if item is None else (length(len(one := pack(item))), one) for item in items]
    else:
        pairs = [(length(len(one)), one) for one in map(pack, items)]
    head = _HEAD.pack(1, has_null, kind.oid, len(items), 1)
    return Packed(kind.array_oid, b"".join((head, *chain.from_iterable(pairs))))
