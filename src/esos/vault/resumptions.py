"""What earlier QUIC connections left for the next one, a file for each station beside the book of calls.

Whoever has such a file can read what its owner sends first in the next connection, and cannot sign anything.
"""

from esos.errors import Busy
from esos.vault.callbook import DiskCallBook
from esos.vault.keyfile import write_private

RESUMPTION_MAX_BYTES = 16_384


class DiskResumptions:
    """``<key>.calls/quic/<station>``: what was kept of each station."""

    def __init__(self, book: DiskCallBook) -> None:
        self.folder = book.folder / "quic"

    def find(self, kid: bytes) -> bytes:
        """What is kept of a station, empty where nothing is or it cannot be read."""
        path = self.folder / kid.hex()
        try:
            return path.read_bytes() if path.stat().st_size <= RESUMPTION_MAX_BYTES else b""
        except OSError:
            return b""

    def keep(self, kid: bytes, kept: bytes) -> None:
        """Keep this in place of what was kept; raises ``Busy`` (``resumption.not_kept``)."""
        try:
            write_private(self.folder / kid.hex(), kept, replace=True)
        except OSError as cause:
            raise Busy(
                "resumption.not_kept",
                f"What the next call by QUIC begins with could not be written to {self.folder}: {cause.strerror}.",
                hint="Make room on the disk. Calls go out all the same; by QUIC they begin with what was kept before.",
            ) from cause
