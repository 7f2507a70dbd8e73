"""The process of a station: its signals, its one line when it is ready, and its end within five seconds.

Law 3 makes the end simple: what is acknowledged is durable, so a stop that hangs is cut short.
"""

import asyncio
import gc
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from esos.cli import notify
from esos.cli.common import emit, run_in
from esos.cli.parting import stop_with_parent
from esos.service import Running, running_station
from esos.settings import STOP_SECONDS
from esos.vault.home import Home

if TYPE_CHECKING:
    from esos.settings import Settings

CERTIFICATE_POLL_SECONDS = 30.0
"""How often a station looks whether its certificate was renewed."""
GARBAGE_AFTER_OBJECTS = 10_000
"""After so many new objects the youngest are looked through for garbage that holds itself."""
CUT_SECONDS = 0.5
"""How long before the end of the promised time a stop that hangs is cut short."""


def serve(folder: Path, settings: "Settings", *, with_parent: bool, as_json: bool) -> None:
    """Run the station of a home until it is told to stop; prints one line when it is ready."""
    run_in(loop_runner(), _run(folder, settings, with_parent=with_parent, as_json=as_json))


def loop_runner() -> Any:
    """The faster loop where it is installed, the standard one elsewhere; in it, garbage is looked for less often.

    Nearly all that a station lets go of is freed at once, and each look walks whatever is in hand.
    """
    gc.set_threshold(GARBAGE_AFTER_OBJECTS, *gc.get_threshold()[1:])
    try:
        import uvloop
    except ImportError:
        return asyncio.run
    return uvloop.run


async def _run(folder: Path, settings: "Settings", *, with_parent: bool, as_json: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop_in_time, stop)
    async with running_station(Home(folder), settings) as running, asyncio.TaskGroup() as group:
        watching = [group.create_task(stop_with_parent(stop))] if with_parent else []
        watching += [group.create_task(one) for one in (keep_certificate(running), notify.keep_alive())]
        loop.add_signal_handler(signal.SIGHUP, renew, running)
        ready = {"ready": True, "http": running.http, "udp": running.udp, "quic": running.quic, "card": running.card()}
        by_quic = f", by QUIC: {running.quic}" if running.quic else ""
        words = f"Ready: {running.http} (calls by datagram: {running.udp or 'none'}{by_quic}). Ctrl-C stops it."
        emit(ready, as_json=as_json, words=words)
        notify.tell(f"{notify.READY}\nSTATUS=Listening on {running.http}")
        try:
            await running.until(stop)
        finally:
            notify.tell(notify.STOPPING)
            for task in watching:
                task.cancel()


def stop_in_time(stop: asyncio.Event) -> None:
    """Stop in order; what is acknowledged is durable, so a stop that hangs is cut short and loses nothing."""
    if not stop.is_set():
        cut = threading.Timer(STOP_SECONDS - CUT_SECONDS, os._exit, args=(0,))
        cut.daemon = True
        cut.start()
    stop.set()


def renew(running: Running) -> None:
    """SIGHUP: read the certificate again. A log that was moved away is begun anew by its next line anyhow."""
    if running.certificate is not None:
        running.certificate.renew()


async def keep_certificate(running: Running) -> None:
    """Read the certificate again whenever its files were renewed; ends at once where there is none."""
    while running.certificate is not None:
        await asyncio.sleep(CERTIFICATE_POLL_SECONDS)
        renew(running)
