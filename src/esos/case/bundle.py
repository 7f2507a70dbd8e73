"""A case as a file that outsiders can check: its statements in order, how each was judged, and the proof for each.

One writer and one reader, each the inverse of the other. Law 11: with this file and a station's pinned
key anybody can redo the whole case (``esos.case.replay``) and find out whether anything was changed. The
format is described in ``spec/case-file.md``.
"""

from collections.abc import Callable
from typing import Annotated, Literal, TypeVar, dataclass_transform

import msgspec
from msgspec import Meta

from esos.errors import Malformed, TooLarge
from esos.message.body import Instant
from esos.words.realm import Realm

BUNDLE_MAX_BYTES = 64 * 1024 * 1024
T = TypeVar("T")
Hash = Annotated[bytes, Meta(min_length=32, max_length=32)]


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the parts of the file; byte strings are base64 in JSON."""


class BundleStation(_Part, kw_only=True):
    """Whose case it is: the station's raw public key, log origin and realm."""

    public: Annotated[bytes, Meta(min_length=32, max_length=32)]
    origin: str
    realm: Realm


class BundleProof(_Part, kw_only=True):
    """Where a statement stands in the log: the key of its commitment, its leaf, and the way to the root."""

    key: Hash
    index: Annotated[int, Meta(ge=0)]
    hashes: Annotated[tuple[Hash, ...], Meta(max_length=63)]


class BundleEntry(_Part, kw_only=True):
    """One statement of the journal: its number, when the station had it, its bytes, and who is said to have spoken.

    ``admission`` is the station's record of that, as text (``esos.keys.speaker``).
    """

    seq: Annotated[int, Meta(ge=1)]
    at_ms: Instant
    cose: bytes
    admission: str
    proof: BundleProof


class BundleStatement(BundleEntry, kw_only=True):
    """A statement of the case, and how it was judged there."""

    verdict: str
    reason: str


class CaseBundle(_Part, kw_only=True):
    """The whole file. ``statements`` are those of the case in folding order, those set aside last.

    ``register`` are the statements of the register that show whose key a key is, and what was consented to
    beforehand. ``exported`` is the station's own word for all of it. ``keys`` are the raw public keys of all
    who signed, in the order in which they come.
    """

    esos: Literal["case"]
    version: Literal[1]
    station: BundleStation
    case: Annotated[bytes, Meta(min_length=16, max_length=16)]
    size: Annotated[int, Meta(ge=1)]
    checkpoint: str
    keys: tuple[Annotated[bytes, Meta(min_length=32, max_length=32)], ...]
    statements: tuple[BundleStatement, ...]
    register: tuple[BundleEntry, ...]
    exported: BundleEntry


def write_bundle(bundle: CaseBundle) -> bytes:
    """The file: JSON, one line a field, ended by a newline."""
    return msgspec.json.format(msgspec.json.encode(bundle), indent=1) + b"\n"


def read_bundle(data: bytes) -> CaseBundle:
    """The inverse of ``write_bundle``; raises ``Malformed`` (``bundle.malformed``) or ``TooLarge`` (``bundle.large``).

    Only the writer's own bytes are read, so that no two files say the same.
    """
    return read_exactly(data, CaseBundle, write_bundle, most_bytes=BUNDLE_MAX_BYTES, name="case file")


def read_exactly(data: bytes, kind: type[T], write: Callable[[T], bytes], *, most_bytes: int, name: str) -> T:
    """What these bytes say, where they are the very ones that ``write`` would write; raises as ``read_bundle``."""
    if len(data) > most_bytes:
        raise TooLarge("bundle.large", f"A {name} has at most {most_bytes} bytes.")
    try:
        found = msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("bundle.malformed", f"This is no {name}: {cause}.") from cause
    if write(found) != data:
        raise Malformed("bundle.malformed", f"This {name} was changed: it is not as a station writes it.")
    return found
