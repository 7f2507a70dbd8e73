"""All the ways a station has to reach people, picked by the name of the contact's channel."""

from collections.abc import Iterable
from contextlib import AsyncExitStack

from esos.errors import Conflict, Malformed
from esos.station.ports import Channel, PageMessage, Sent


class Channels:
    """The channels of a station, one a scheme. ``Conflict`` (``paging.channel_twice``) when two serve the same."""

    def __init__(self, channels: Iterable[Channel]) -> None:
        self._by_scheme: dict[str, Channel] = {}
        for channel in channels:
            if channel.scheme in self._by_scheme:
                raise Conflict("paging.channel_twice", f"Two channels serve {channel.scheme!r}.")
            self._by_scheme[channel.scheme] = channel

    @property
    def schemes(self) -> tuple[str, ...]:
        """The contact channels that work here, sorted."""
        return tuple(sorted(self._by_scheme))

    async def send(self, scheme: str, page: PageMessage) -> Sent:
        """Hand a page to the channel of this name.

        ``Malformed`` (``paging.channel_unknown``) when there is none; else what the channel raises.
        """
        channel = self._by_scheme.get(scheme)
        if channel is None:
            raise Malformed(
                "paging.channel_unknown",
                f"This station has no paging channel {scheme!r}.",
                hint=f"It has: {', '.join(self.schemes) or 'none'}.",
            )
        return await channel.send(page)

    async def close(self) -> None:
        """Close every channel, the rest also when one fails."""
        async with AsyncExitStack() as stack:
            for channel in self._by_scheme.values():
                stack.push_async_callback(channel.close)
