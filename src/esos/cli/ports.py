"""Which port a demonstration listens on: the one it is known by, or any other where that is taken."""

import socket

from esos.errors import Conflict

LOOPBACK = "127.0.0.1"


def port_for(wanted: int, *, is_chosen: bool) -> int:
    """The wanted port where it is free for pages and calls, else 0 for any; 0 stays 0.

    Raises ``Conflict`` (``up.port_taken``) where a person chose the port that is taken.
    """
    if wanted == 0 or _is_free(wanted):
        return wanted
    if is_chosen:
        raise Conflict(
            "up.port_taken",
            f"Port {wanted} is taken by another program on this machine.",
            hint="Stop that program, or choose another port: --port 0 takes any that is free.",
        )
    return 0


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                return False
    return True
