"""That a log only grew: the proof that a newer checkpoint goes on from one that somebody kept, in one small file.

Law 11: who kept a checkpoint need not fetch the whole log to find out whether anything before it was changed.
One writer, one strict reader.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from esos.errors import EsosError, Malformed
from esos.logbook.base64s import from_url_safe, url_safe
from esos.logbook.checkpoint import Checkpoint
from esos.logbook.proofs import verify_consistency
from esos.logbook.tree import MAX_SIZE

MAX_GROWTH_BYTES = 524_288
MAX_PROOF_HASHES = 64
GROWTH_VERSION: Literal[1] = 1
_HINT = "Ask the station for it again; see spec/log.md, “Growth”."


class Growth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The consistency proof from the tree of ``old`` leaves to that of ``checkpoint``, a signed note."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: str


class GrowthFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A proof of growth as it stands in a file: the size it goes on from, the hashes, and the newest checkpoint."""

    format: Literal["esos-growth"]
    version: Literal[1]
    old: Annotated[int, Meta(ge=0, le=MAX_SIZE)]
    proof: Annotated[tuple[str, ...], Meta(max_length=MAX_PROOF_HASHES)]
    checkpoint: str


def write_growth(growth: Growth) -> bytes:
    """The proof as a JSON file, indented by two spaces and ended by a newline."""
    file = GrowthFile(
        format="esos-growth",
        version=GROWTH_VERSION,
        old=growth.old,
        proof=tuple(url_safe(item) for item in growth.proof),
        checkpoint=growth.checkpoint,
    )
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def read_growth(data: bytes) -> Growth:
    """The proof in a file; verifies nothing. Raises ``Malformed`` (``growth.malformed``).

    Only the writer's own bytes are read, so that no two files say the same.
    """
    if len(data) > MAX_GROWTH_BYTES:
        raise Malformed("growth.malformed", f"A proof of growth is at most {MAX_GROWTH_BYTES} bytes.", hint=_HINT)
    try:
        file = msgspec.json.decode(data, type=GrowthFile)
        proof = tuple(from_url_safe(item) for item in file.proof)
    except EsosError as cause:
        raise Malformed("growth.malformed", cause.detail, hint=_HINT) from cause
    except (ValueError, RecursionError) as cause:  # msgspec's errors and those of Unicode are ValueErrors
        raise Malformed("growth.malformed", f"This is no proof of growth: {cause}.", hint=_HINT) from cause
    growth = Growth(old=file.old, proof=proof, checkpoint=file.checkpoint)
    if write_growth(growth) != data:
        raise Malformed("growth.malformed", "This proof of growth is not as a station writes it.", hint=_HINT)
    return growth


def check_growth(growth: Growth, *, kept: Checkpoint, newer: Checkpoint) -> None:
    """Return if the log of ``newer`` begins with the log of ``kept``; raises ``ProofFailed`` (``proof.*``)."""
    verify_consistency(old=kept.size, new=newer.size, proof=growth.proof, old_root=kept.root, new_root=newer.root)
