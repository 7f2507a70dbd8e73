"""The station's door for gateways: programs that receive text messages or mesh packets hand in what they carried.

Law 3: the acknowledgement is given after the commit. A packet is judged as at the datagram door, by the same book,
budget and commit; what fails there learns nothing but the code of its refusal.
"""

from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

from esos.errors import EsosError, Malformed
from esos.message.packet_gateway import Gateway, check_fits
from esos.message.packet_limits import PACKET_MIN_BYTES

Ask = Callable[..., Awaitable[bytes | None]]
"""As ``UdpDoor.ask``: a packet and how long to wait for its commit, to the acknowledgement."""
GATEWAY_COMMIT_MS = 5_000
"""How long a gateway waits for the commit; then it posts the same packet again."""
_log = structlog.get_logger(__name__)


class GatewayDoor:
    """Takes packets from gateways. ``ask`` judges and commits; ``counters`` tells what became of packets."""

    def __init__(self, *, ask: Ask, within_ms: int = GATEWAY_COMMIT_MS) -> None:
        self.counters: Counter[str] = Counter()
        self._ask = ask
        self._within_ms = within_ms

    async def take(self, packet: bytes, carrier: str) -> bytes:
        """The acknowledgement, to be sent back the way the packet came; empty where nothing can be said yet.

        ``carrier`` is what brought it, empty where nobody says. Raises ``TooLarge`` (``gateway.too_long``),
        ``Malformed`` (``gateway.carrier``, ``packet.*``), ``Unauthenticated`` (``packet.unknown_key``), and what the
        station says to a packet whose seal holds.
        """
        try:
            _check_size(packet, carrier)
            ack = await self._ask(packet, within_ms=self._within_ms)
        except EsosError as refusal:
            self.counters[refusal.code] += 1
            _log.info("gateway_packet_refused", code=refusal.code)
            raise
        what = "set_aside" if ack is None else "acknowledged" if ack else "told_to_wait"
        self.counters[f"gateway.{what}"] += 1
        return ack or b""


def _check_size(packet: bytes, carrier: str) -> None:
    """What the carrier that is named cannot have carried did not come by it; unnamed, the larger limit holds."""
    if carrier and carrier not in set(Gateway):
        raise Malformed("gateway.carrier", f"There is no gateway for {carrier!r}.", hint="sms or mesh")
    if len(packet) < PACKET_MIN_BYTES:
        raise Malformed("packet.length", f"A packet has at least {PACKET_MIN_BYTES} bytes.")
    check_fits(packet, Gateway(carrier) if carrier else Gateway.MESH)
