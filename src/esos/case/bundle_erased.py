"""An erased case as a file that outsiders can check: the one statement that is left, and its proof.

Law 11: whoever is told that a case is no more finds out who destroyed it, when and why, under the station's key.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from esos.case.bundle import BundleEntry, BundleStation, read_exactly

ERASED_MAX_BYTES = 64 * 1024
MARK = "erased-case"


class ErasedBundle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. ``erased`` is the statement that erased the case; the station signed it, for whoever said it."""

    esos: Literal["erased-case"]
    version: Literal[1]
    station: BundleStation
    case: Annotated[bytes, Meta(min_length=16, max_length=16)]
    size: Annotated[int, Meta(ge=1)]
    checkpoint: str
    erased: BundleEntry


class _Marked(msgspec.Struct, frozen=True):
    esos: str = ""


def write_erased(bundle: ErasedBundle) -> bytes:
    """The file: JSON, one line a field, ended by a newline."""
    return msgspec.json.format(msgspec.json.encode(bundle), indent=1) + b"\n"


def read_erased(data: bytes) -> ErasedBundle:
    """The inverse of ``write_erased``; raises ``Malformed`` (``bundle.malformed``), ``TooLarge`` (``bundle.large``)."""
    return read_exactly(data, ErasedBundle, write_erased, most_bytes=ERASED_MAX_BYTES, name="file of an erased case")


def is_erased_file(data: bytes) -> bool:
    """Whether this says of itself that it is the file of an erased case; it may still be malformed."""
    if len(data) > ERASED_MAX_BYTES:
        return False
    try:
        return msgspec.json.decode(data, type=_Marked).esos == MARK
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
