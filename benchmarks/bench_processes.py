"""What more processes of one station give on PostgreSQL: durable statements by HTTP and by datagram.

Stations of one, two and four processes run side by side, each on a database of its own in one server, and get the
same load in turn, round after round, so that a busy machine slows all of them. The clients run on the same
processors; what they use is told. By HTTP the statements are tests, which are
kept and answered like calls and fold nothing: folding is done by one process however many there are. Calls by HTTP that
wait for their fold are measured beside them. By datagram they are calls, acknowledged when they are durable and folded
behind that. A ratio is honest only where the clients leave the station a processor.
"""

import argparse
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from common import Rounds, row, seed_of, spread_row, write_rows
from common_postgres import postgres
from common_run import make_home, running
from load_client import CLIENTS, HttpLoad, Sum, UdpLoad, clients, http_request, put

from esos.keys.identity import kid_of, public_of
from esos.message.bodies import CallDetails, Called, Tested
from esos.message.packet import Header, pad_packet, seal_packet, sign_packet
from esos.message.packet_codes import PacketType
from esos.message.packet_keys import StationKeys
from esos.message.packet_payload import CallFields
from esos.message.packet_seal import Sealer, epoch_of
from esos.message.statement import write_statement
from esos.vault.chance import SystemClock
from esos.vault.home import Home
from esos.words.nature import Nature
from esos.words.realm import Realm

MEMBERS = 1_000
COUNTS = (1, 2, 4)
ROUNDS = 4
CONNECTIONS = 32
"""Of each client."""
SOCKETS = 64
"""Of each client: the kernel gives each socket's packets to one process."""
IN_FLIGHT = 128
PADDED_BYTES = 240
MESSAGES = {"HTTP": 1_500, "HTTP, calls folded": 200, "UDP": 3_000}
"""Of each client, in each round."""


class Served(NamedTuple):
    """A running station and what its callers need."""

    processes: int
    home: Home
    ready: dict[str, Any]


def statements(count: int, kind: str) -> list[bytes]:
    """So many signed statements of the members in turn."""
    now_ms = SystemClock().now_ms()

    def one(number: int) -> bytes:
        call = os.urandom(8)
        body = Called(call=call, details=CallDetails(natures=(2,))) if kind == "called" else Tested(call=call)
        return write_statement(seed=seed_of(number), realm=Realm.REAL, kind=kind, body=body, time_ms=now_ms).raw

    return [one(number % MEMBERS) for number in range(count)]


def packets(home: Home, count: int, first: int) -> dict[bytes, bytes]:
    """So many signed and sealed packets, by call."""
    now_ms = SystemClock().now_ms()
    keys = StationKeys(home.identity().master, registered=lambda _kid: None, epoch=lambda: epoch_of(now_ms))
    made: dict[bytes, bytes] = {}
    for number in range(first, first + count):
        seed = seed_of(number % MEMBERS)
        kid = kid_of(public_of(seed))
        header = Header(type=PacketType.CALL, kid=kid, call=os.urandom(8), sequence=0)
        signed = sign_packet(seed, header, CallFields(time_s=now_ms // 1000, natures=(Nature.FLOODING,)))
        made[header.call] = pad_packet(seal_packet(signed, Sealer(keys.issue(kid))), PADDED_BYTES)
    return made


def http_loads(served: Served, door: str) -> list[HttpLoad]:
    """A load by HTTP for each client."""
    url = urlsplit(served.ready["http"])
    kind = "called" if "calls" in door else "tested"
    said = statements(MESSAGES[door] * CLIENTS, kind)
    sent = [http_request("/api/v1/statements", raw, "application/cose", url.netloc) for raw in said]
    return [HttpLoad(str(url.hostname), int(url.port or 0), sent[one::CLIENTS], CONNECTIONS) for one in range(CLIENTS)]


def udp_loads(served: Served) -> list[UdpLoad]:
    """A load by datagram for each client."""
    host, _, port = served.ready["udp"].rpartition(":")
    count = MESSAGES["UDP"]
    return [
        UdpLoad(host, int(port), packets(served.home, count, one * count), SOCKETS, IN_FLIGHT) for one in range(CLIENTS)
    ]


def round_of(pool: ProcessPoolExecutor, stations: list[Served], door: str) -> dict[int, Sum]:
    """The same load on each station in turn."""
    found = {}
    for served in stations:
        found[served.processes] = put(pool, udp_loads(served) if door == "UDP" else http_loads(served, door))
        print(f"bench: {door}, {served.processes} processes: {found[served.processes].per_second:.0f} a second")
        if found[served.processes].refused:
            raise SystemExit(f"bench: {found[served.processes].refused} statements were refused by {door}")
    return found


def rows_of(door: str, found: list[dict[int, Sum]]) -> list[dict[str, Any]]:
    """One process beside the clients' own use, then several beside one."""
    alone = sorted((one[1] for one in found), key=lambda sums: sums.per_second)[len(found) // 2]
    rows = [row(f"{door}, 1 process", alone.per_second, "statements/s", "what the clients used of one processor",
                alone.client_share)]  # fmt: skip
    for count in found[0].keys() - {1}:
        pairs = Rounds([(one[count].per_second, one[1].per_second) for one in found])
        rows.append(spread_row(f"{door}, {count} processes", pairs, "statements/s", "one process in the same round"))
    return rows


def measure(folder: Path, counts: tuple[int, ...], rounds: int) -> list[dict[str, Any]]:
    """The rows of this benchmark; none without PostgreSQL."""
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        if server is None:
            return []
        stations = []
        for count in counts:
            database = server.new_journal()
            home = make_home(folder / str(count), members=MEMBERS, database=database)
            ready = stack.enter_context(running(home, database=database, processes=count))
            stations.append(Served(count, home, ready))
        pool = stack.enter_context(clients())
        rows = []
        for door in MESSAGES:
            rows += rows_of(door, [round_of(pool, stations, door) for _ in range(rounds)])
        return rows


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=list(COUNTS))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        rows = measure(Path(folder), tuple(given.counts), given.rounds)
    if rows:
        write_rows("processes", rows)


if __name__ == "__main__":
    main()
