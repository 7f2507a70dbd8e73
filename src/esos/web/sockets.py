"""Where the HTTP door listens: alone, or together with the other processes of the station."""

import socket

from esos.errors import Malformed

PORT_MAX = 65_535


def listening_socket(written: str, *, is_shared: bool = False) -> socket.socket:
    """A socket at HOST:PORT, port 0 takes any; raises ``Malformed`` (``station.address``) and ``OSError``.

    ``is_shared``: other processes of the station listen there too, and the kernel deals out the connections.
    """
    host, _, port = written.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > PORT_MAX:
        raise Malformed("station.address", f"{written!r} is no HOST:PORT.", hint="As 127.0.0.1:8765 or [::1]:8765.")
    literal = host.removeprefix("[").removesuffix("]")
    sock = socket.socket(socket.AF_INET6 if ":" in literal else socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(is_shared))
    try:
        sock.bind((literal, int(port)))
    except OSError:
        sock.close()
        raise
    return sock


def url_of(sock: socket.socket, *, by_tls: bool = False) -> str:
    """Where a socket really listens, as an address to open."""
    host, port = sock.getsockname()[:2]
    scheme = "https" if by_tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
