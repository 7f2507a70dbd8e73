"""A station as its owner runs it, in processes of its own, over a home the benchmark made."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from common import register_members, run

from esos.pact import shipped
from esos.service import founder_of, opened_station
from esos.settings import Settings
from esos.station.station import Station
from esos.vault.home import Home
from esos.words.realm import Realm

STOP_SECONDS = 30


def make_home(folder: Path, *, members: int, database: str = "") -> Home:
    """A station's home with its register, ready to be served."""
    home = Home(folder)
    home.create(name="Benchmark station", realm=Realm.REAL)

    async def fill() -> None:
        async with opened_station(home, Settings(database=database), lambda: "") as station:
            await founder_of(station).publish_pact(shipped.load("club")[0])
            await register_members(station, members, callers=members)
            await _log_all(station)

    run(fill())
    return home


async def _log_all(station: Station) -> None:
    while await station.sequencer.run_once(now_ms=station.clock.now_ms()):
        pass  # members entered long ago are in the log long since


@contextmanager
def running(home: Home, *, database: str = "", processes: int = 1, strangers: str = "") -> Iterator[dict[str, Any]]:
    """What the station said when it was ready; it is asked to stop afterwards. ``strangers``: their door's address."""
    command = [str(Path(sys.executable).parent / "esos"), "station", "run", "--home", str(home.folder), "--json"]
    command += ["--http", "127.0.0.1:0", "--udp", "127.0.0.1:0", "--processes", str(processes)]
    command += ["--database", database] if database else []
    command += ["--udp-strangers", strangers] if strangers else []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    try:
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            raise SystemExit("bench: the station did not start")
        yield json.loads(line) | {"pid": process.pid}
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)
