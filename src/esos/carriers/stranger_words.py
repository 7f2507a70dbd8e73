"""What a station and the process of its strangers' door say to one another, a JSON line each, over the process's pipes.

The process is given what it needs to open a stranger's call and nothing else: neither the station's signing key, nor
its master, nor its journal.
"""

import msgspec

from esos.carriers.stranger_door import StrangerLimits
from esos.words.realm import Realm

LINE_MAX_BYTES = 65_536


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Where to listen, for which station, and with which private key."""

    address: str
    station: bytes
    realm: Realm
    private: bytes
    limits: StrangerLimits = StrangerLimits()


class Listening(msgspec.Struct, frozen=True, kw_only=True, tag="listening"):
    """It listens there."""

    udp: str


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """It cannot listen: an error by its code, sentence and hint."""

    code: str
    detail: str
    hint: str


class Handed(msgspec.Struct, frozen=True, kw_only=True, tag="handed"):
    """A stranger's call that passed every check there: as in the open, with the public key that came along."""

    number: int
    call: bytes
    public: bytes


class Counted(msgspec.Struct, frozen=True, kw_only=True, tag="counted"):
    """Once a second: how many datagrams went which way since it began. It also says that its loop turns."""

    counters: dict[str, int]


class Said(msgspec.Struct, frozen=True, kw_only=True, tag="said"):
    """What the station says of a call that was handed over: committed in this state, or refused with this code."""

    number: int
    state: int = 0
    at_ms: int = 0
    refused: str = ""


class Risen(msgspec.Struct, frozen=True, kw_only=True, tag="risen"):
    """A person did more about a call."""

    kid: bytes
    call: bytes
    state: int
    at_ms: int


FromDoor = Listening | Refused | Handed | Counted
ToDoor = Said | Risen
