"""The HTTP server around the application: its socket, and a server that leaves signals to the process."""

import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from litestar import Litestar

from esos.errors import Malformed

DRAIN_SECONDS = 3
"""How long what is being answered may take to finish when the server stops."""
PORT_MAX = 65_535


class Server(uvicorn.Server):
    """Signals are the process's to handle, not the door's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signal handlers alone."""
        yield


def server_of(app: Litestar) -> Server:
    """A server for the application, not started; it stops when ``should_exit`` is set."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        lifespan="on",
        server_header=False,
        date_header=True,
    )
    return Server(config)


def listening_socket(written: str) -> socket.socket:
    """A socket at HOST:PORT, port 0 takes any; raises ``Malformed`` (``station.address``) and ``OSError``."""
    host, _, port = written.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > PORT_MAX:
        raise Malformed("station.address", f"{written!r} is no HOST:PORT.", hint="As 127.0.0.1:8765 or [::1]:8765.")
    literal = host.removeprefix("[").removesuffix("]")
    sock = socket.socket(socket.AF_INET6 if ":" in literal else socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((literal, int(port)))
    except OSError:
        sock.close()
        raise
    return sock


def url_of(sock: socket.socket) -> str:
    """Where a socket really listens, as an address to open."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
