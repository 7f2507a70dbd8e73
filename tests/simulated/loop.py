"""An event loop whose time jumps and whose datagrams travel a simulated network: nobody waits, nothing leaves.

Everything happens in the order of its due time, one thing after another, so that the same seed gives the same
world byte for byte. Work for another thread is done at once, here.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulated.datagrams import Internet, SimSocket


class _Jumping(selectors.SelectSelector):
    """Instead of waiting so long, it is so much later. Nothing real is ever listened to."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("everybody waits for ever: nothing is due and nobody can be woken")
        if timeout > 0:
            self.now_s += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop on virtual time, from 0 s, with ``internet`` for its datagrams."""

    def __init__(self, internet: "Internet | None" = None) -> None:
        self._jumping = _Jumping()
        self._internet = internet
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s

    async def create_datagram_endpoint(self, protocol_factory: Any, local_addr: Any = None, **_: Any) -> Any:
        """A socket of whichever host is speaking, on the simulated network."""
        if self._internet is None:
            raise OSError("there is no network in this world")
        return self._internet.endpoint(protocol_factory, local_addr)

    def add_reader(self, fd: "SimSocket", callback: Callable[..., Any], *_: Any) -> None:  # type: ignore[override]
        if isinstance(fd, int):  # the loop's own, for signals and threads
            super().add_reader(fd, callback)
            return
        fd.on_arrival = callback

    def remove_reader(self, fd: "SimSocket") -> bool:  # type: ignore[override]
        if isinstance(fd, int):
            return super().remove_reader(fd)
        fd.on_arrival = None
        return True

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> "asyncio.Future[Any]":
        del executor
        done = self.create_future()
        done.set_result(func(*args))
        return done


def run_virtually(main: Coroutine[Any, Any, Any], internet: "Internet | None" = None) -> Any:
    """Run to the end on a loop of its own."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(internet)) as runner:
        return runner.run(main)
