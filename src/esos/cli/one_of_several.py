"""One of several processes of a station, as its parent starts it: settings come in on standard input, news go out.

It ends when it is told to, and when its parent is gone: then nobody would start it again.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import msgspec

from esos.cli.logs import configure
from esos.cli.process_news import Beat, News, Ready, Refused, Task
from esos.cli.serve import keep_certificate, loop_runner, renew, stop_in_time
from esos.errors import EsosError
from esos.service import Running, running_process
from esos.vault.home import Home
from esos.web import app, serving

_LOADED = (app, serving)
"""What its doors will need: loaded now, while it waits for its task."""
BEAT_SECONDS = 1.0
"""How often it tells its parent that its loop still turns."""


def main() -> None:
    """Serve until told to stop."""
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    configure(task.settings, is_station=True)
    try:
        loop_runner()(_serve(task))
    except EsosError as refusal:
        _tell(Refused(code=refusal.code, detail=refusal.detail, hint=refusal.hint))
        sys.exit(1)


async def _serve(task: Task) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop_in_time, stop)
    loop.add_reader(sys.stdin.fileno(), stop_in_time, stop)  # nothing more is said: it is the end of the parent
    beating = [asyncio.create_task(_beat(stop))]  # also while it makes the journal ready, however long that takes
    try:
        async with running_process(Home(Path(task.home)), task.settings, slot=task.slot, of=task.of) as running:
            loop.add_signal_handler(signal.SIGHUP, renew, running)
            _tell(_ready(running))
            os.set_blocking(sys.stdout.fileno(), False)
            beating.append(asyncio.create_task(keep_certificate(running)))
            try:
                await running.until(stop)
            finally:
                loop.remove_reader(sys.stdin.fileno())
    finally:
        for beat in beating:
            beat.cancel()


def _ready(running: Running) -> Ready:
    return Ready(http=running.http, udp=running.udp, own_http=running.own_http, card=running.card(), cert=running.cert)


async def _beat(stop: asyncio.Event) -> None:
    while not stop.is_set():
        await asyncio.sleep(BEAT_SECONDS)
        _tell(Beat())


def _tell(news: News) -> None:
    """A line to the parent; where it does not read, or is gone, that shows elsewhere."""
    try:
        os.write(sys.stdout.fileno(), msgspec.json.encode(news) + b"\n")
    except OSError:
        return


if __name__ == "__main__":
    main()
