"""What the parent of several processes and each of them say to one another, a JSON line each."""

from typing import Any

import msgspec

from esos.settings import Settings


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a parent asks of a process: which home it serves, as which of how many, with which settings."""

    home: str
    slot: int
    of: int
    settings: Settings


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag="ready"):
    """It serves: where, with the address of its own, and the station's card."""

    http: str
    udp: str
    own_http: str
    card: Any
    cert: str = ""


class Beat(msgspec.Struct, frozen=True, kw_only=True, tag="beat"):
    """Its loop turns."""


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """It cannot serve: an error by its code, sentence and hint."""

    code: str
    detail: str
    hint: str


News = Ready | Beat | Refused
