"""The HTTP server around the application: its socket, its limits, and a server that leaves signals to the process.

However many connections come, the process keeps files to work with, and its log stays readable.
"""

import asyncio
import contextlib
import functools
import logging
import resource
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import uvicorn
from litestar import Litestar

from esos.web.connection import Connection, Deadlines
from esos.web.console import warm_up
from esos.web.crowd import Crowd, CrowdLimits
from esos.web.pressure import LoopWatch
from esos.web.proxies import BehindProxies, Proxies
from esos.web.tls import Certificate

LAST_WORDS_SECONDS = 1.0
"""How long, once a station stops, whoever is still sending something may take to end it."""
DRAIN_SECONDS = 3
"""How long what is being answered may take to finish when the server stops."""
OPEN_FILES_WANTED_COUNT = 8_192
"""Files the process asks to have open at once; it gets what its hard limit allows."""
KEPT_FILES_COUNT = 256
"""Files that connections never take: journal, datagrams, pages under way, processes."""
BACKLOG_MAX = 256
"""Connections that may wait to be taken in."""
SAME_LINE_SECONDS = 60.0
"""How long a line of the server's log is not written again."""
LINES_MAX = 1_000
"""How many different lines are remembered for that."""
_LOUD = ("uvicorn.error", "asyncio")


class Server(uvicorn.Server):
    """Signals are the process's to handle, not the door's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signal handlers alone."""
        yield


class Seldom(logging.Filter):
    """Lets each line of a log through once a minute, with how often it was held back since."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it now."""
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        line = (record.name, str(record.msg).partition("\n")[0], kind)
        last, held = self._seen.get(line, (0.0, 0))
        now = time.monotonic()
        if line in self._seen and now - last < SAME_LINE_SECONDS:
            self._seen[line] = (last, held + 1)
            return False
        if len(self._seen) >= LINES_MAX:
            self._seen.clear()
        self._seen[line] = (now, 0)
        if held:
            record.msg = f"{record.msg} (and {held} times since this was last written)"
        return True


_SELDOM = Seldom()


def crowd_limits(*, wanted: CrowdLimits, open_files: int) -> CrowdLimits:
    """What the door may take of so many open files."""
    most = max(1, open_files - KEPT_FILES_COUNT) if open_files > 2 * KEPT_FILES_COUNT else max(1, open_files // 2)
    return msgspec.structs.replace(wanted, total_max=min(wanted.total_max, most))


def raise_open_files() -> int:
    """Ask for as many open files as a flood needs, within the hard limit; how many there may be now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES_WANTED_COUNT if hard == resource.RLIM_INFINITY else min(OPEN_FILES_WANTED_COUNT, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return OPEN_FILES_WANTED_COUNT if soft == resource.RLIM_INFINITY else soft


def server_of(
    app: Litestar,
    crowd: Crowd,
    deadlines: Deadlines | None = None,
    *,
    certificate: Certificate | None = None,
    proxies: Proxies | None = None,
) -> Server:
    """A server for the application, not started; it stops when ``should_exit`` is set.

    With a ``certificate`` it speaks TLS; what ``proxies`` say of who comes is believed.
    """
    for name in _LOUD:
        logging.getLogger(name).addFilter(_SELDOM)
    near = proxies or Proxies()
    connection: Any = functools.partial(Connection, crowd=crowd, deadlines=deadlines or Deadlines(), near=near)
    config = uvicorn.Config(
        BehindProxies(app, near, per_address_max=crowd.limits.per_address_max) if near else app,
        proxy_headers=False,
        ssl_context_factory=None if certificate is None else lambda *_: certificate.context,
        http=connection,
        ws="none",
        backlog=BACKLOG_MAX,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        lifespan="on",
        server_header=False,
        date_header=True,
    )
    return Server(config)


@asynccontextmanager
async def tended(crowd: Crowd, loop: LoopWatch, stopping: asyncio.Event) -> AsyncIterator[None]:
    """What goes on beside an open door: how late all is, pages made ready, and a last word for whoever hangs."""
    works = (loop.watch(), warm_up(), _send_off(crowd, stopping))
    tasks = [asyncio.create_task(work, name="tending the HTTP door") for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _send_off(crowd: Crowd, stopping: asyncio.Event) -> None:
    """Uploads that hang do not hold up the end: they have so long, and what is being answered has longer."""
    await stopping.wait()
    await asyncio.sleep(LAST_WORDS_SECONDS)
    crowd.send_off()
