"""Ports for programs that must be told theirs beforehand, such as name servers and databases."""

import random
import socket
from contextlib import closing

LOOPBACK = "127.0.0.1"
BELOW_EPHEMERAL = range(20_000, 32_768)
"""Linux gives a socket that asks for any port one from 32768 upwards: down here nobody gets one by chance."""

TRIES = 100


def free_port() -> int:
    """A port of the loopback interface that nobody has just now, by UDP or by TCP.

    A port that the kernel chose and that was given back at once may be anybody's by the time it is used, where
    tests run side by side; drawn from below the kernel's own range it is not.
    """
    for port in random.sample(BELOW_EPHEMERAL, TRIES):
        if _is_free(port):
            return port
    raise AssertionError(f"none of {TRIES} ports of the loopback interface is free")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with closing(socket.socket(socket.AF_INET, kind)) as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                return False
    return True
