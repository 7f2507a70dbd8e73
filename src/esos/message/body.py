"""The base of every body, the plain types they are made of, and the one value most of them share.

Law 1: there is no field for who did it. Law 2: whatever a caller may not know has a default.
"""

from typing import Annotated, dataclass_transform

import msgspec
from msgspec import Meta

from esos.words.need import NeedLine

Bytes8 = Annotated[bytes, Meta(min_length=8, max_length=8)]
Bytes16 = Annotated[bytes, Meta(min_length=16, max_length=16)]
Bytes32 = Annotated[bytes, Meta(min_length=32, max_length=32)]
Instant = Annotated[int, Meta(ge=0, le=32_503_680_000_000)]
Long = Annotated[str, Meta(max_length=4000)]
NatureCode = Annotated[int, Meta(ge=0, le=19)]
Quantity = Annotated[int, Meta(ge=1, le=1_000_000)]
Party = Annotated[str, Meta(min_length=1, max_length=80)]
Code = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,39}\Z")]


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every body: frozen, named, strict, defaults left out."""


class NeedAsk(Body, kw_only=True):
    """So many units of one need line."""

    line: NeedLine
    quantity: Quantity = 1
