"""Where a station listens, as an address literal: a call must not need a name server (brief 3)."""

import socket
from ipaddress import ip_address
from typing import NamedTuple

from esos.errors import Conflict, Malformed
from esos.message.packet import PADDED_BYTES_V4, PADDED_BYTES_V6

_PORT_MAX = 65_535
_IPV6 = 6
IP_AND_UDP_BYTES_V4 = 28
IP_AND_UDP_BYTES_V6 = 48


class UdpAddress(NamedTuple):
    """An IP literal and a port."""

    host: str
    port: int

    @property
    def family(self) -> socket.AddressFamily:
        """Which kind of socket reaches it."""
        return socket.AF_INET6 if ip_address(self.host).version == _IPV6 else socket.AF_INET

    @property
    def padded_bytes(self) -> int:
        """The size calls to it are padded to, so that four answers are no larger than one call."""
        return PADDED_BYTES_V6 if self.family is socket.AF_INET6 else PADDED_BYTES_V4


def read_address(text: str) -> UdpAddress:
    """Read ``192.0.2.1:4747`` or ``[2001:db8::1]:4747``; raises ``Malformed`` (``udp.address``)."""
    host, _, port = text.rpartition(":")
    literal = host.removeprefix("[").removesuffix("]")
    try:
        version = ip_address(literal).version
    except ValueError as cause:
        raise _no_address(text) from cause
    written = f"[{literal}]" if version == _IPV6 else literal
    if host != written or not port.isascii() or not port.isdigit() or not 0 < int(port) <= _PORT_MAX:
        raise _no_address(text)
    return UdpAddress(literal, int(port))


def _no_address(text: str) -> Malformed:
    return Malformed(
        "udp.address",
        f"{text!r} is no address literal with a port.",
        hint="As 192.0.2.1:4747 or [2001:db8::1]:4747.",
    )


def read_listening(written: str) -> UdpAddress:
    """An address literal to listen on; port 0 takes any. Raises what ``read_address`` raises."""
    host, _, port = written.rpartition(":")
    if port != "0":
        return read_address(written)
    return UdpAddress(read_address(f"{host}:1").host, 0)


def listed(written: str) -> tuple[str, ...]:
    """What stands in a setting with commas between."""
    return tuple(one.strip() for one in written.split(",") if one.strip())


def write_address(address: UdpAddress) -> str:
    """The inverse of ``read_listening``."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{host}:{address.port}"


def address_taken(what: str, cause: OSError) -> Conflict:
    """The refusal of an address that cannot be listened on."""
    return Conflict(
        "station.address_taken",
        f"The station cannot listen on {what}: {cause.strerror}.",
        hint="Another program may have it; choose another port with --http and --udp, or port 0 for any.",
    )
