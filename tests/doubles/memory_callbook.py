"""A caller's book of calls in memory, kept honest by the same contract suite as the one on disk."""

import msgspec

from esos.beacon.pulse import Pulse
from esos.caller.ports import CallRecord, KnownStation
from esos.errors import Busy


class MemoryCallBook:
    """Remembers; ``is_full`` makes it refuse what a full disk refuses."""

    def __init__(self) -> None:
        self.records: dict[bytes, CallRecord] = {}
        self.pinned: dict[bytes, KnownStation] = {}
        self.pulses: dict[bytes, Pulse] = {}
        self.receipts: dict[str, bytes] = {}
        self.is_full = False

    def keep(self, record: CallRecord) -> None:
        self._need_room()
        self.records[record.call] = record

    def find(self, call: bytes) -> CallRecord | None:
        return self.records.get(call)

    def newest(self) -> CallRecord | None:
        return next(iter(self.calls()), None)

    def calls(self) -> list[CallRecord]:
        return sorted(self.records.values(), key=lambda record: (record.made_ms, record.call), reverse=True)

    def station(self, kid: bytes) -> KnownStation | None:
        return self.pinned.get(kid)

    def stations(self) -> list[KnownStation]:
        return list(self.pinned.values())

    def pin(self, station: KnownStation) -> None:
        self._need_room()
        self.pinned[station.home.kid] = msgspec.structs.replace(station, rtt_ms=None)

    def put_first(self, kids) -> None:
        self._need_room()
        order = dict.fromkeys([*kids, *self.pinned])
        self.pinned = {kid: self.pinned[kid] for kid in order if kid in self.pinned}

    def pulse(self, kid: bytes) -> Pulse:
        return self.pulses.get(kid, Pulse())

    def keep_pulse(self, kid: bytes, pulse: Pulse) -> None:
        self._need_room()
        self.pulses[kid] = pulse

    def keep_receipt(self, call: bytes, station: bytes, receipt: bytes) -> str:
        self._need_room()
        name = f"{call.hex()}.{station.hex()}.receipt"
        self.receipts[name] = receipt
        return name

    def _need_room(self) -> None:
        if self.is_full:
            raise Busy("callbook.not_kept", "The book was told to be full.")
