"""A PostgreSQL server of the benchmarks' own, the very one that the tests start: commits reach the disk."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from doubles.postgres_server import PostgresServer, server_programs

MISSING = "bench: there is no PostgreSQL server here, so its rows are left out. To have it: apt-get install postgresql"


@contextmanager
def postgres() -> Iterator[PostgresServer | None]:
    """A running server, forgotten afterwards; None, and a word about it, where there is none to start."""
    if server_programs() is None:
        print(MISSING)
        yield None
        return
    server = PostgresServer()
    try:
        yield server.start()
    finally:
        server.remove()
