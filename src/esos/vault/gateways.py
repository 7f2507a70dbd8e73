"""Which programs send text messages and mesh packets for one caller: kept beside its key, for every verb.

Whoever can write this file chooses a program that runs as its owner, so it is the owner's alone.
"""

import msgspec

from esos.errors import Busy, Malformed
from esos.vault.callbook import DiskCallBook
from esos.vault.keyfile import write_private

GATEWAYS_MAX_BYTES = 16_384


class Gateways(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For each carrier a command line or a web address, empty for none."""

    sms: str = ""
    mesh: str = ""

    def over(self, kept: "Gateways") -> "Gateways":
        """What is named here, and for the rest what was kept."""
        return Gateways(sms=self.sms or kept.sms, mesh=self.mesh or kept.mesh)


class DiskGateways:
    """``<key>.gateways.json``, beside the key."""

    def __init__(self, book: DiskCallBook) -> None:
        self.file = book.pins.with_name(f"{book.folder.name.removesuffix('.calls')}.gateways.json")

    def find(self) -> Gateways:
        """What is kept, nothing where there is no file; raises ``Malformed`` (``gateway.file``)."""
        try:
            raw = self.file.read_bytes() if self.file.stat().st_size <= GATEWAYS_MAX_BYTES else b""
        except OSError:
            return Gateways()
        try:
            return msgspec.json.decode(raw, type=Gateways)
        except msgspec.MsgspecError as cause:
            raise Malformed(
                "gateway.file", f"{self.file} cannot be read.", hint="Write it anew: esos gateway set"
            ) from cause

    def keep(self, gateways: Gateways) -> None:
        """Keep these in place of what was kept; raises ``Busy`` (``gateway.not_kept``)."""
        try:
            write_private(self.file, msgspec.json.format(msgspec.json.encode(gateways)) + b"\n", replace=True)
        except OSError as cause:
            raise Busy(
                "gateway.not_kept",
                f"{self.file} could not be written: {cause.strerror}.",
                hint="Make room on the disk, or name the gateway each time: esos call --sms-gateway",
            ) from cause
