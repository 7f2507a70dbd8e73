"""The peers: one process that serves all of them, and one that calls by all of them, over the same links as our own.

``python -m beacon.peers serve FOLDER OUT`` says "ready" and notes what arrives until its standard input ends;
``python -m beacon.peers call FOLDER PLAN OUT`` plays a batch. Each peer gets what helps it most: a handshake as
short as it has, certificates that nobody checks, and a fresh try every few seconds beside those still under way.
"""

import asyncio
import contextlib
import json
import logging
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from beacon import peer_coap, peer_datagram, peer_dtls, peer_https, peer_quic
from beacon.certificate import make_certificate
from beacon.leash import leashed
from beacon.namespaces import station_address
from beacon.plan import Trial

BODY_BYTES = 115
NUMBER_BYTES = 4


class Peer(NamedTuple):
    """A protocol: its module, and after how many seconds another try joins those under way (None: none does)."""

    module: Any
    gap_s: float | None


PEERS = {
    "HTTPS": Peer(peer_https, 5.0),
    "QUIC": Peer(peer_quic, 5.0),
    "DTLS": Peer(peer_dtls, 5.0),
    "CoAP": Peer(peer_coap, None),
    "one datagram in 3 s": Peer(peer_datagram, None),
}


def body_of(number: int) -> bytes:
    """What is sent for this trial: as long as a standard call packet."""
    return number.to_bytes(NUMBER_BYTES, "big").ljust(BODY_BYTES, b"\0")


async def insist(caller: Any, peer: Peer, host: str, body: bytes) -> None:
    """Tries, one joining the other after the peer's gap, until one of them is answered."""
    answered = asyncio.Event()

    async def one_try() -> None:
        while True:
            began_s = asyncio.get_running_loop().time()
            try:
                await caller.attempt(host, body)
            except peer.module.FAILURES:
                await asyncio.sleep(max(0.1, (peer.gap_s or 1.0) - (asyncio.get_running_loop().time() - began_s)))
                if peer.gap_s is not None:
                    return  # the next try has its own time
            else:
                answered.set()
                return

    async with asyncio.TaskGroup() as group:
        tries = [group.create_task(one_try())]
        while not answered.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(peer.gap_s):
                    await answered.wait()
            if not answered.is_set():
                tries.append(group.create_task(one_try()))
        for task in tries:
            task.cancel()


async def play(trial: Trial, callers: dict[str, Any], plan: dict[str, Any]) -> dict[str, Any]:
    """One trial from its moment on."""
    peer = PEERS[trial.program]
    await asyncio.sleep(max(0.0, plan["begins"] + trial.at_s - time.monotonic()))
    began = time.monotonic()
    acked_s = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(plan["patience_s"]):
            await insist(callers[trial.program], peer, station_address(trial.number), body_of(trial.number))
            acked_s = time.monotonic() - began
    return {"number": trial.number, "began": began, "acked_s": acked_s}


async def call(folder: Path, plan_file: Path, out_file: Path) -> None:
    """Play the batch and write what came of it."""
    plan = json.loads(plan_file.read_text(encoding="utf-8"))  # noqa: ASYNC240 - nothing else runs yet
    callers = {name: peer.module.Caller(folder) for name, peer in PEERS.items()}
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)  # broken connections are the subject
    trials = [Trial(*given) for given in plan["trials"]]
    played = await asyncio.gather(*(play(trial, callers, plan) for trial in trials))
    out_file.write_text(json.dumps(played), encoding="utf-8")  # noqa: ASYNC240 - nothing else runs any more


async def serve(folder: Path, out_file: Path) -> None:
    """Serve every peer until standard input ends, then write when each trial's message first arrived."""
    first: dict[int, float] = {}

    def note(body: bytes) -> None:
        first.setdefault(int.from_bytes(body[:NUMBER_BYTES], "big"), time.monotonic())

    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.set_exception_handler(lambda _loop, _context: None)
    certificate = make_certificate(folder)
    kept = [await peer.module.serve(note, certificate) for peer in PEERS.values()]
    loop.add_reader(sys.stdin.fileno(), ended.set)
    print("ready", flush=True)
    await ended.wait()
    out_file.write_text(json.dumps(first), encoding="utf-8")  # noqa: ASYNC240 - nobody calls any more
    kept.clear()


def main() -> None:
    """See the module's own words."""
    verb, *names = sys.argv[1:]
    for library in ("quic", "coap", "coap-server"):
        logging.getLogger(library).setLevel(logging.CRITICAL)  # what was lost on the way is no news here
    paths = [Path(name) for name in names]
    asyncio.run(serve(*paths) if verb == "serve" else leashed(call(*paths)))


if __name__ == "__main__":
    main()
