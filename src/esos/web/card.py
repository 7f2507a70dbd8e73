"""The station's card: who it is, where it listens, and under which pact; what callers pin.

The same card stands in the ready line of ``esos station run`` and behind ``GET /api/v1/station``.
"""

from typing import Any, Self

import msgspec

from esos.station.station import Station
from esos.words.realm import Realm


class PactCard(msgspec.Struct, frozen=True, kw_only=True):
    """The pact in force: its name, version, and the SHA-256 of its exact bytes in hex."""

    name: str
    version: int
    digest: str


class StationCard(msgspec.Struct, frozen=True, kw_only=True):
    """A station's public face. ``kid`` and ``public`` are hex; ``udp`` and ``quic`` are address literals with port.

    ``hpke`` is the X25519 key in hex that strangers seal their calls to, ``udp_strangers`` where they send them.
    ``dns_zone`` is the zone beneath which a question is a call, empty for none; ``dns`` where its name server is.
    ``mail`` is the address that takes calls by mail, empty for none; ``mail_hosts`` where its mail door is.
    ``sms`` is the number that takes calls in text messages, ``mesh`` the Meshtastic node that takes them by radio.
    ``telephone`` are the numbers at which a person answers, ``text`` and ``mailbox`` where a person reads.
    """

    name: str
    kid: str
    public: str
    realm: Realm
    http: str
    udp: tuple[str, ...]
    origin: str
    pact: PactCard | None
    quic: tuple[str, ...] = ()
    hpke: str = ""
    udp_strangers: tuple[str, ...] = ()
    dns_zone: str = ""
    dns: tuple[str, ...] = ()
    mail: str = ""
    mail_hosts: tuple[str, ...] = ()
    sms: str = ""
    mesh: str = ""
    telephone: tuple[str, ...] = ()
    text: str = ""
    mailbox: str = ""

    @classmethod
    def of(cls, station: Station, *, http: str, udp: tuple[str, ...] = (), **doors: Any) -> Self:
        """The card of a station that listens there; ``doors`` are the fields of its other doors."""
        identity = station.identity
        return cls(
            name=identity.name,
            kid=identity.kid.hex(),
            public=identity.public.hex(),
            realm=identity.realm,
            http=http.rstrip("/"),
            udp=udp,
            origin=identity.origin,
            pact=pact_card(station),
            hpke=identity.hpke_public.hex(),
            **doors,
        )


def pact_card(station: Station) -> PactCard | None:
    """The pact in force, None before one is published."""
    pact = station.directory.pact
    if pact is None:
        return None
    return PactCard(name=pact.name, version=pact.version, digest=pact.digest.hex())
