"""Whether this machine can speak QUIC: the library for it is an extra, since only some need it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import Any

from esos.errors import Conflict
from esos.station.station import Station


def has_quic() -> bool:
    """Whether the library is installed."""
    return find_spec("aioquic") is not None


def need_quic() -> None:
    """Raise ``Conflict`` (``quic.not_installed``) where it is not."""
    if not has_quic():
        raise Conflict(
            "quic.not_installed",
            "The setting quic asks for a door for calls by QUIC, and the library for it is not installed.",
            hint="pip install 'esos[quic]', or take the setting away: calls come by the other doors.",
        )


@asynccontextmanager
async def open_quic(
    station: Station, written: str, certified: Callable[[], tuple[Any, Any]], *, is_first: bool
) -> AsyncIterator[tuple[Callable[[], Mapping[str, int]], str]]:
    """The door's figures and where it listens, while the block runs; raises as ``need_quic`` and ``quic_door_open``.

    Of several processes the first has this door, since a connection's datagrams must not go to different ones; all
    show the same card.
    """
    if not written or not is_first:
        yield dict, "" if written.endswith(":0") else written
        return
    need_quic()
    from esos.carriers.quic_intake import quic_door_open  # noqa: PLC0415 - an extra

    async with quic_door_open(station, written, certified()) as (door, where):
        yield lambda: door.counters, where
