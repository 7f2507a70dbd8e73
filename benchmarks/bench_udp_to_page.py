"""From a call's datagram at the door to the first request handed to its channel, with a large register.

The wave's own waiting time is set to the least, so that what is left is the machine's: datagram, commit,
fold, timer, ranking, requests, pages. Fifty calls a second beside a quiet hour's single calls in the same run.
"""

import argparse
import asyncio
import os
import re
import time

import msgspec
from common import percentile, register_members, row, scratch_station, seed_of, write_rows

from esos.carriers.address import UdpAddress
from esos.carriers.udp_door import UdpDoor
from esos.carriers.udp_intake import submit_to
from esos.keys.identity import kid_of, public_of
from esos.message.bodies import NeedAsk
from esos.message.card import Contact
from esos.message.packet import Header, pad_packet, seal_packet, sign_packet
from esos.message.packet_codes import PacketType
from esos.message.packet_keys import Registered, StationKeys
from esos.message.packet_payload import CallFields
from esos.message.packet_seal import Sealer, epoch_of
from esos.station.ports import PageMessage, Sent
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

ALONE = 20
ALONE_GAP_SECONDS = 0.25
WAIT_SECONDS = 0.05
WAIT_LOOKS = 600
PADDED_BYTES = 240


class Stopwatch:
    """A channel that notes when the first request of each call was handed over; the call's name is its caller's."""

    scheme = "stopwatch"

    def __init__(self) -> None:
        self.first: dict[str, float] = {}

    async def send(self, page: PageMessage) -> Sent:
        """Note the time."""
        for number in re.findall(r"Caller (\d+)", page.title + page.body):
            self.first.setdefault(number, time.perf_counter())
        return Sent(provider="stopwatch", detail="noted")

    async def close(self) -> None:
        """Nothing to let go of."""


async def measure(members: int, calls: int, per_second: int) -> list[dict[str, object]]:
    """The rows of this benchmark."""
    watch = Stopwatch()
    async with scratch_station({"stopwatch": watch}) as station:

        def contact(number: int) -> Contact:
            return Contact(channel="stopwatch", address=f"team {number}")

        await register_members(station, members, contact=contact, callers=ALONE + calls)
        while await station.sequencer.run_once(now_ms=station.clock.now_ms()):
            pass  # members entered long ago are in the log long since
        at_once = msgspec.structs.replace(station.directory.rules.mayday, wave_first_unacked_ms=1)
        # Everybody here may be asked as often as it is called: what is measured is the way, not the pact's limits.
        rules = msgspec.structs.replace(
            station.directory.rules,
            mayday=at_once,
            wave_first_size=7,
            reach="anyone",
            open_requests_max=1_000,
            requests_a_month_max=10_000,
        )
        station.directory.use_rules(rules)
        keys = StationKeys(
            station.identity.master,
            registered=lambda kid: _registered(station, kid),
            epoch=lambda: epoch_of(station.clock.now_ms()),
        )
        door = UdpDoor(
            station=station.identity.kid,
            key_for=keys.current,
            submit=submit_to(station),
            clock=station.clock.now_ms,
            jitter=lambda: 0.0,
        )
        loops = asyncio.create_task(station.run())
        async with door.listening(UdpAddress("127.0.0.1", 0)) as address:
            alone = await _play(watch, keys, address, range(ALONE), ALONE_GAP_SECONDS)
            many = await _play(watch, keys, address, range(ALONE, ALONE + calls), 1 / per_second)
        loops.cancel()
        await asyncio.gather(loops, return_exceptions=True)
    quiet, busy = percentile(alone, 0.5), percentile(many, 0.99)
    return [
        row(f"datagram to first request, {members} members, one call at a time, median", quiet, "s", "1 s", quiet),
        row(f"datagram to first request, {members} members, {per_second} calls/s, p99", busy, "s", "1 s", busy),
        row("calls whose first request was handed over", len(many), "calls", f"{calls} made", len(many) / calls),
    ]


def _registered(station: object, kid: bytes) -> Registered | None:
    entry = station.directory.key(kid, 0)  # type: ignore[attr-defined]
    return Registered(entry.public, entry.realm) if entry else None


async def _play(
    watch: Stopwatch, keys: StationKeys, address: UdpAddress, numbers: range, gap_seconds: float
) -> list[float]:
    """Send calls one after another, and wait for their first requests; seconds for each that came."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=(address.host, address.port)
    )
    sent: dict[str, float] = {}
    began = loop.time()
    for position, number in enumerate(numbers):
        await asyncio.sleep(max(0.0, began + position * gap_seconds - loop.time()))
        sent[str(number)] = time.perf_counter()
        transport.sendto(_packet(keys, number))
    for _ in range(WAIT_LOOKS):
        if sent.keys() <= watch.first.keys():
            break
        await asyncio.sleep(WAIT_SECONDS)
    transport.close()
    return [watch.first[name] - at for name, at in sent.items() if name in watch.first]


def _packet(keys: StationKeys, number: int) -> bytes:
    seed = seed_of(number)
    kid = kid_of(public_of(seed))
    fields = CallFields(
        urgency=Urgency.MAYDAY, natures=(Nature.FLOODING,), needs=(NeedAsk(line=NeedLine.FILTERING, quantity=40),)
    )
    header = Header(type=PacketType.CALL, kid=kid, call=os.urandom(8), sequence=0)
    return pad_packet(seal_packet(sign_packet(seed, header, fields), Sealer(keys.issue(kid))), PADDED_BYTES)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--per-second", type=int, default=50)
    given = parser.parse_args()
    write_rows("udp_to_page", asyncio.run(measure(given.members, given.calls, given.per_second)))


if __name__ == "__main__":
    main()
