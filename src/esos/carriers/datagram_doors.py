"""A station's datagram doors, opened: that of registered callers in this process, that of strangers in one of its own.

Through either, a caller hears what a person did about its call.
"""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from esos.carriers.address import address_taken, read_listening, write_address
from esos.carriers.stranger_link import StrangersLink
from esos.carriers.stranger_words import Task
from esos.carriers.udp_door import UdpDoor
from esos.carriers.udp_intake import Teller, reader, submit_to, take_for, teller
from esos.message.packet_keys import StationKeys
from esos.message.stranger_packet import station_private
from esos.station.station import Station


@asynccontextmanager
async def open_door(station: Station, keys: StationKeys, address: str) -> AsyncIterator[tuple[UdpDoor, str]]:
    """The door of registered callers, and where it really listens.

    Raises ``Conflict`` (``station.address_taken``) and ``Malformed`` (``udp.address``).
    """
    door = UdpDoor(
        station=station.identity.kid,
        key_for=keys.current,
        older_key_for=keys.older,
        submit=submit_to(station),
        clock=station.clock.now_ms,
        jitter=lambda: random.uniform(-1, 1),  # noqa: S311 - spreads answers in time, guards nothing
    )
    _tell_by(door, station)
    async with AsyncExitStack() as stack:
        try:
            listening = door.listening(read_listening(address), is_shared=station.processes > 1)
            where = await stack.enter_async_context(listening)
        except OSError as cause:
            raise address_taken(f"UDP {address}", cause) from cause
        yield door, write_address(where)


@asynccontextmanager
async def open_strangers(station: Station, address: str) -> AsyncIterator[StrangersLink]:
    """The door of whom the station does not know; raises as ``open_door`` does."""
    read_listening(address)
    identity = station.identity
    private = station_private(identity.master)
    task = Task(address=address, station=identity.kid, realm=identity.realm, private=private)
    async with StrangersLink(task, take_for(station)).open() as link:
        _tell_by(link, station)
        yield link


def _tell_by(door: Teller, station: Station) -> None:
    """Whatever a person does about a call is told through this door too."""
    folder, seen = station.folder, station.seen
    folder.saved = _both(folder.saved, teller(station, door))
    seen.told = _both(seen.told, reader(station, door))


def _both(first: Callable[..., None], second: Callable[..., None]) -> Callable[..., None]:
    def told(*about: Any) -> None:
        first(*about)
        second(*about)

    return told
