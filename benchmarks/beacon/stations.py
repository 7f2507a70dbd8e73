"""Real stations in the station namespace, and what their journals hold afterwards: that is what counts as delivered."""

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from common_run import make_home

from beacon.namespaces import Pair, ending
from esos.vault.home import Home

FIRST_PORT = 47_100
UNTIL_INPUT_ENDS = '"$@" </dev/null & child=$!; cat >/dev/null; kill -TERM $child; wait $child'
"""The station runs beside a reader of our pipe: it is asked to stop when the benchmark ends, however that ends."""


def make_stations(folder: Path, count: int, members: int) -> list[Home]:
    """So many stations with the same members in their registers."""
    return [make_home(folder / f"station{number}", members=members) for number in range(count)]


@contextmanager
def on_watch(pair: Pair, homes: list[Home], folder: Path) -> Iterator[None]:
    """The stations run, each on a port of its own of every address of their side."""
    with ExitStack() as stack:
        for place, home in enumerate(homes):
            log = stack.enter_context((folder / f"station{place}.log").open("wb"))
            command = [
                str(Path(sys.executable).parent / "esos"),
                "station",
                "run",
                "--home",
                str(home.folder),
                "--json",
            ]
            command += ["--http", "127.0.0.1:0", "--udp", f"0.0.0.0:{FIRST_PORT + place}"]
            kept = pair.inside("station", ["sh", "-c", UNTIL_INPUT_ENDS, "sh", *command])
            process = stack.enter_context(ending(kept, stdout=-1, stderr=log))
            if process.stdout is None or not process.stdout.readline():
                raise SystemExit(
                    f"bench: station {place} did not start: {(folder / f'station{place}.log').read_text()}"
                )
        yield


def cards(homes: list[Home]) -> list[dict[str, Any]]:
    """What callers must know of each station."""
    found = []
    for place, home in enumerate(homes):
        identity = home.identity()
        found.append(
            {
                "name": f"Station {place + 1}",
                "public": identity.public.hex(),
                "master": identity.master.hex(),
                "port": FIRST_PORT + place,
            }
        )
    return found


def committed(homes: list[Home]) -> dict[str, int]:
    """When each call was first committed by any station: statement id to ms since 1970."""
    first: dict[str, int] = {}
    for home in homes:
        with closing(sqlite3.connect(f"file:{home.journal}?mode=ro", uri=True)) as journal:
            for name, at_ms in journal.execute("SELECT id, at_ms FROM entries WHERE kind = 'called'"):
                first[name.hex()] = min(at_ms, first.get(name.hex(), at_ms))
    return first


def write_json(file: Path, value: object) -> Path:
    """Keep a value for another process."""
    file.write_text(json.dumps(value), encoding="utf-8")
    return file
