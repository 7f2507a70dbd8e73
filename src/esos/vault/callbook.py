"""The caller's book of calls on disk, beside its key file: written durably before a call leaves, byte for byte.

Law 3 on the caller's side: what ``keep`` returned from survives a crash, so that a call can be resumed
and a sequence number is never used twice. A full disk is said, and never stops a call.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from esos.beacon.pulse import Pulse
from esos.caller.ports import CallRecord, KnownStation
from esos.errors import Busy, Conflict
from esos.vault.keyfile import write_private

RECORD_MAX_BYTES = 1_048_576
_PINS = msgspec.json.Decoder(dict[str, KnownStation])
_PULSES = msgspec.json.Decoder(dict[str, Pulse])


class DiskCallBook:
    """``<key>.calls/<call>.json`` for each call, its proofs beside it, and ``<key>.stations.json`` for pins.

    What heartbeats showed stands in ``<key>.heard.json``, so that a beacon that writes it twice a minute never
    stands in the way of a call that pins a station.
    """

    def __init__(self, key_file: Path) -> None:
        self.folder = key_file.with_name(f"{key_file.name}.calls")
        self.pins = key_file.with_name(f"{key_file.name}.stations.json")
        self.heard = key_file.with_name(f"{key_file.name}.heard.json")

    def keep(self, record: CallRecord) -> None:
        """Remember a call, durably; raises ``Busy`` (``callbook.not_kept``)."""
        self._write(self._path(record.call), _json(record))

    def find(self, call: bytes) -> CallRecord | None:
        """A call by its id."""
        return _read(self._path(call))

    def newest(self) -> CallRecord | None:
        """The call made last."""
        return next(iter(self.calls()), None)

    def calls(self) -> list[CallRecord]:
        """Every call kept, newest first; what cannot be read is passed over."""
        paths = self.folder.glob("*.json") if self.folder.is_dir() else ()
        records = [record for path in paths if (record := _read(path)) is not None]
        return sorted(records, key=lambda record: (record.made_ms, record.call), reverse=True)

    def station(self, kid: bytes) -> KnownStation | None:
        """What is pinned of a station, None where nothing is."""
        return self._pinned().get(kid.hex())

    def stations(self) -> list[KnownStation]:
        """Every station that is pinned, in the order in which they were."""
        return list(self._pinned().values())

    def pin(self, station: KnownStation) -> None:
        """Pin a station, in place of what was pinned of it; raises ``Busy`` (``callbook.not_kept``)."""
        bare = msgspec.structs.replace(station, rtt_ms=None)
        self._write(self.pins, _json({**self._pinned(), station.home.kid.hex(): bare}))

    def put_first(self, kids: Sequence[bytes]) -> None:
        """The order of the home list: these first, in this order; raises ``Busy`` (``callbook.not_kept``)."""
        pinned = self._pinned()
        order = dict.fromkeys([*(kid.hex() for kid in kids), *pinned])
        if [name for name in order if name in pinned] != list(pinned):
            self._write(self.pins, _json({name: pinned[name] for name in order if name in pinned}))

    def pulse(self, kid: bytes) -> Pulse:
        """What heartbeats showed of a station, a fresh one where nothing is kept."""
        return self._pulses().get(kid.hex(), Pulse())

    def keep_pulse(self, kid: bytes, pulse: Pulse) -> None:
        """Remember what heartbeats showed; raises ``Busy`` (``callbook.not_kept``)."""
        self._write(self.heard, _json({**self._pulses(), kid.hex(): pulse}))

    def keep_receipt(self, call: bytes, station: bytes, receipt: bytes) -> str:
        """Keep a proof beside the call; its path. Raises ``Busy`` (``callbook.not_kept``)."""
        path = self.folder / f"{call.hex()}.{station.hex()}.receipt"
        self._write(path, receipt)
        return str(path)

    def _path(self, call: bytes) -> Path:
        return self.folder / f"{call.hex()}.json"

    def _pinned(self) -> dict[str, KnownStation]:
        try:
            return _PINS.decode(self.pins.read_bytes())
        except (OSError, msgspec.MsgspecError):
            return {}

    def _pulses(self) -> dict[str, Pulse]:
        try:
            return _PULSES.decode(self.heard.read_bytes())
        except (OSError, msgspec.MsgspecError):
            return {}

    def _write(self, path: Path, data: bytes) -> None:
        """Whole and durable, its name too."""
        try:
            write_private(path, data, replace=True)
        except (OSError, Conflict) as cause:
            raise Busy(
                "callbook.not_kept",
                f"This could not be written to {path.parent}: {getattr(cause, 'strerror', None) or cause}.",
                hint="Make room on the disk. A call is sent all the same, but cannot be resumed.",
            ) from cause


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value)) + b"\n"


def _read(path: Path) -> CallRecord | None:
    try:
        if path.stat().st_size > RECORD_MAX_BYTES:
            return None
        return msgspec.json.decode(path.read_bytes(), type=CallRecord)
    except (OSError, msgspec.MsgspecError):
        return None
