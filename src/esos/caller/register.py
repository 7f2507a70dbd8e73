"""Register for the datagram door in peace time, or at the last moment: fetch a sealing key and pin it.

Without a sealing key a station can be reached over HTTPS only; a call never waits for one.
"""

from collections.abc import Sequence

import msgspec

from esos.beacon.carrier import Carrier, Failed, Heard, Outgoing, Tell
from esos.caller.ports import CallBook, KnownStation, StationDoor
from esos.errors import EsosError


async def register(door: StationDoor, book: CallBook, station: KnownStation) -> KnownStation:
    """The station with its present sealing key, pinned; raises what the door and the book raise."""
    given = await door.sealing_key()
    keyed = msgspec.structs.replace(station, sealing_key=given.key, sealing_epoch=given.epoch)
    book.pin(keyed)
    return keyed


class RegisteringCarrier:
    """A carrier for stations that gave us no sealing key yet: it fetches one and then sends as the inner one does."""

    def __init__(self, inner: Carrier, *, door: StationDoor, book: CallBook, station: KnownStation) -> None:
        self._inner = inner
        self._door = door
        self._book = book
        self._station = station

    @property
    def name(self) -> str:
        """The inner carrier's name."""
        return self._inner.name

    async def send(self, outgoing: Outgoing, tell: Tell) -> tuple[Heard, ...]:
        """Register, then send to this one station; see the port ``Carrier``."""
        try:
            keyed = await register(self._door, self._book, self._station)
        except EsosError as refusal:
            tell(Failed(carrier=self.name, station=self._station.home.name, why=refusal.detail, code="", is_final=True))
            return ()
        targets = tuple(
            msgspec.structs.replace(target, sealing_key=keyed.sealing_key)
            for target in outgoing.targets
            if target.home.kid == keyed.home.kid
        )
        return await self._inner.send(msgspec.structs.replace(outgoing, targets=targets), tell)


def without_key(stations: Sequence[KnownStation]) -> list[KnownStation]:
    """Stations with a datagram door that gave us no sealing key yet."""
    return [station for station in stations if station.home.udp and not station.sealing_key]
