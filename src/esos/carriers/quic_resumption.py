"""What one QUIC connection leaves for the next, so that a call can go out with the first datagram (0-RTT).

TLS calls it a session ticket. A station keeps the newest so many in memory; a caller keeps one for each station.
"""

import datetime as dt
from collections import OrderedDict
from typing import Protocol

import msgspec
from aioquic.tls import CipherSuite, SessionTicket

SESSIONS_MAX = 4_096
"""How many sessions a station remembers: beyond that the oldest begin with a whole handshake again."""


class Resumptions(Protocol):
    """Where a caller keeps what each station gave it."""

    def find(self, kid: bytes) -> bytes:
        """What is kept of a station, empty where nothing is."""

    def keep(self, kid: bytes, kept: bytes) -> None:
        """Keep this in place of what was kept; raises ``Busy`` where the disk cannot."""


class _Session(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A session as it is written down."""

    age_add: int
    cipher_suite: int
    not_before: dt.datetime
    not_after: dt.datetime
    secret: bytes
    label: bytes
    early_bytes: int | None
    parameters: list[tuple[int, bytes]]


def write_session(session: SessionTicket) -> bytes:
    """A session as bytes, to be kept secret."""
    kept = _Session(
        age_add=session.age_add,
        cipher_suite=int(session.cipher_suite),
        not_before=session.not_valid_before,
        not_after=session.not_valid_after,
        secret=session.resumption_secret,
        label=session.ticket,
        early_bytes=session.max_early_data_size,
        parameters=[(int(number), value) for number, value in session.other_extensions],
    )
    return msgspec.json.encode(kept)


def read_session(raw: bytes) -> SessionTicket | None:
    """The inverse of ``write_session``; None for anything else, since a call can begin without."""
    try:
        kept = msgspec.json.decode(raw, type=_Session)
        return SessionTicket(
            age_add=kept.age_add,
            cipher_suite=CipherSuite(kept.cipher_suite),
            not_valid_before=kept.not_before,
            not_valid_after=kept.not_after,
            resumption_secret=kept.secret,
            server_name=None,  # type: ignore[arg-type] # a station is known by its key, not by a name
            ticket=kept.label,
            max_early_data_size=kept.early_bytes,
            other_extensions=kept.parameters,
        )
    except (msgspec.MsgspecError, ValueError):
        return None


class Sessions:
    """What a station remembers of its callers' connections: bounded, the newest stay. A restart forgets all."""

    def __init__(self, limit: int = SESSIONS_MAX) -> None:
        self._limit = limit
        self._kept: OrderedDict[bytes, SessionTicket] = OrderedDict()

    def add(self, session: SessionTicket) -> None:
        """Remember one that was just given away."""
        self._kept[session.ticket] = session
        while len(self._kept) > self._limit:
            self._kept.popitem(last=False)

    def find(self, label: bytes) -> SessionTicket | None:
        """The session that a caller comes back with. It may be used again: a call lost on the way begins anew."""
        return self._kept.get(label)
