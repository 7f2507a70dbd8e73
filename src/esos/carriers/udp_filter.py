"""A filter in the kernel, before our queue: what is not even shaped like a call never wakes us.

Classic BPF (Linux), step 0 of brief 3's order of checks. It only ever drops what the first check of
the door would refuse too, so a station without it decides the same.
"""

import ctypes
import socket
import struct
import sys
from typing import Final

from esos.message.packet import MAGIC
from esos.message.packet_limits import PACKET_MIN_BYTES

_SO_ATTACH_FILTER: Final = 26
_UDP_HEADER_BYTES: Final = 8
_LOAD_BYTE, _LOAD_LENGTH, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x30, 0x80, 0x15, 0x35, 0x06
_WHOLE_DATAGRAM: Final = 0xFFFF
_PROGRAM: Final = (
    (_LOAD_BYTE, 0, 0, _UDP_HEADER_BYTES),
    (_IF_EQUAL, 0, 3, MAGIC),
    (_LOAD_LENGTH, 0, 0, 0),
    (_IF_AT_LEAST, 0, 1, _UDP_HEADER_BYTES + PACKET_MIN_BYTES),
    (_RETURN, 0, 0, _WHOLE_DATAGRAM),
    (_RETURN, 0, 0, 0),
)


def attach_filter(sock: socket.socket) -> bool:
    """Let the kernel drop datagrams without our magic or too short; False where the system cannot."""
    if sys.platform != "linux":
        return False
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in _PROGRAM))
    try:
        sock.setsockopt(
            socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", len(_PROGRAM), ctypes.addressof(program))
        )
    except OSError:
        return False
    return True
