"""Asks the machine whether somebody keeps its clock in time: adjtimex(2) read-only, else what a time service leaves."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

from esos.station.clocks import KernelWord

TIMESYNC_MARK = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd touches it whenever it has set the clock."""
_UNSYNCHRONISED = 0x40  # STA_UNSYNC
_TIME_ERROR = 5
_US_PER_MS = 1_000


class _Timeval(ctypes.Structure):
    _fields_ = (("sec", ctypes.c_long), ("usec", ctypes.c_long))


class _Timex(ctypes.Structure):
    """``struct timex`` of Linux (sys/timex.h)."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time", _Timeval),
        ("tick", ctypes.c_long),
        ("ppsfreq", ctypes.c_long),
        ("jitter", ctypes.c_long),
        ("shift", ctypes.c_int),
        ("stabil", ctypes.c_long),
        ("jitcnt", ctypes.c_long),
        ("calcnt", ctypes.c_long),
        ("errcnt", ctypes.c_long),
        ("stbcnt", ctypes.c_long),
        ("tai", ctypes.c_int),
        ("reserved", ctypes.c_int * 11),
    )


def kernel_word(mark: Path = TIMESYNC_MARK) -> KernelWord:
    """What is known here. Changes nothing; needs no right."""
    found = _asked()
    if found is not None:
        return found
    return KernelWord("synchronised") if mark.exists() else KernelWord()


def _asked() -> KernelWord | None:
    """The kernel's answer; None where there is no such call, or it may not be made."""
    ask = _adjtimex()
    if ask is None:
        return None
    read = _Timex(modes=0)
    state = ask(ctypes.byref(read))
    return None if state < 0 else word_of(state, status=read.status, error_us=read.maxerror)


def word_of(state: int, *, status: int, error_us: int) -> KernelWord:
    """The answer in our words. An error that grows without end says that nobody corrects the clock."""
    if state == _TIME_ERROR or status & _UNSYNCHRONISED:
        return KernelWord("not", 0)
    return KernelWord("synchronised", error_us // _US_PER_MS)


def _adjtimex() -> Callable[..., int] | None:
    if os.name != "posix":
        return None
    found: Callable[..., int] | None = getattr(ctypes.CDLL(None, use_errno=True), "adjtimex", None)
    return found
