"""Tells the service manager how the station is: ready, alive, stopping (sd_notify(3)); nothing where there is none.

The watchdog is fed by the loop that serves callers: a loop that hangs is not fed, and the process is started anew.
"""

import asyncio
import os
import socket

SOCKET = "NOTIFY_SOCKET"
WATCHDOG = "WATCHDOG_USEC"
WATCHDOG_PID = "WATCHDOG_PID"
US_PER_SECOND = 1_000_000
READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"


def tell(state: str) -> bool:
    """Tell the manager; whether there was one that took it. A manager that is gone is no reason to stop."""
    address = os.environ.get(SOCKET, "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        address = f"\0{address[1:]}"  # a name of Linux's own, in no folder
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as way:
            way.connect(address)
            way.sendall(state.encode())
    except OSError:
        return False
    return True


def watchdog_seconds() -> float:
    """How often the manager wants to hear that the station is alive, with as much to spare; 0: it does not."""
    wanted = os.environ.get(WATCHDOG, "")
    is_for_us = os.environ.get(WATCHDOG_PID, str(os.getpid())) == str(os.getpid())
    return int(wanted) / US_PER_SECOND / 2 if wanted.isascii() and wanted.isdigit() and is_for_us else 0.0


async def keep_alive() -> None:
    """Feed the watchdog until cancelled; ends at once where there is none."""
    while seconds := watchdog_seconds():
        tell(ALIVE)
        await asyncio.sleep(seconds)
