"""The socket of a datagram door: its own, or shared with the other processes of the station."""

import socket

from esos.carriers.address import UdpAddress


def bound_socket(address: UdpAddress, receive_buffer_bytes: int, *, is_shared: bool) -> socket.socket:
    """A socket at this address, shared or not; raises ``OSError``."""
    sock = socket.socket(address.family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(is_shared))
    if address.family is socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    return sock
