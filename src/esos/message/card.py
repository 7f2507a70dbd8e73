"""A member's card: who it is, how to reach it, what it can do. Data of the register, never of a case."""

from typing import Annotated, dataclass_transform

import msgspec
from msgspec import Meta

from esos.words.need import NeedLine
from esos.words.realm import Realm

Text80 = Annotated[str, Meta(max_length=80)]
Text280 = Annotated[str, Meta(max_length=280)]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z")]
Asn = Annotated[int, Meta(ge=1, le=4_294_967_295)]
UNITS_MAX = 1_000_000
Units = Annotated[int, Meta(ge=0, le=UNITS_MAX)]


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class CardPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of the parts of a card: unknown fields are refused, defaults are left out."""


class PublicKey(CardPart, kw_only=True):
    """A raw Ed25519 public key and the one realm it may speak in."""

    public: Annotated[bytes, Meta(min_length=32, max_length=32)]
    realm: Realm


class Contact(CardPart, kw_only=True):
    """A way to reach the member.

    ``channel`` names a paging channel (``mail``, ``webhook``, ``apprise``, or ``voice`` for call-back);
    ``address`` is that channel's own form. Whether it counts is said by its owner, in a statement of its own
    (``contact_answered``), and by nobody on a card.
    """

    channel: Annotated[str, Meta(pattern=r"^[a-z]{2,16}\Z")]
    address: Text280


class Capability(CardPart, kw_only=True):
    """So much of one need line, ready after ``lead_minutes``; ``valid_until_ms`` 0 means without end."""

    line: NeedLine
    units: Units
    lead_minutes: Annotated[int, Meta(ge=0, le=525_600)] = 60
    valid_until_ms: Annotated[int, Meta(ge=0)] = 0


class DutySource(CardPart, kw_only=True):
    """Why the member is bound towards some callers beyond a pact.

    ``tier`` 4: own contract; 3: legal mandate for a constituency. It covers the callers listed by
    member id, or whole sectors and countries (all that are given must match).
    """

    tier: Annotated[int, Meta(ge=3, le=4)]
    basis: Text280
    callers: Annotated[tuple[str, ...], Meta(max_length=1000)] = ()
    sectors: Annotated[tuple[str, ...], Meta(max_length=40)] = ()
    countries: Annotated[tuple[Country, ...], Meta(max_length=250)] = ()


class MemberCard(CardPart, kw_only=True):
    """What a member says of itself; signed with its own key, registered by a registrar.

    ``hours`` is ``24/7`` or ``Mo-Fr 08:00-18:00`` in ``timezone`` (IANA name). ``free_units`` by need
    line is stated separately as availability. ``products`` are CPE vendor:product pairs.
    ``delegates`` are members (by id) that may call for this one as if it called itself.
    """

    name: Text80
    kind: Text80 = "team"
    keys: Annotated[tuple[PublicKey, ...], Meta(min_length=1, max_length=8)]
    country: Country | None = None
    timezone: Text80 = "UTC"
    hours: Text80 = "24/7"
    languages: Annotated[tuple[Annotated[str, Meta(pattern=r"^[a-z]{2,3}\Z")], ...], Meta(max_length=20)] = ()
    sectors: Annotated[tuple[Text80, ...], Meta(max_length=20)] = ()
    products: Annotated[tuple[Text80, ...], Meta(max_length=100)] = ()
    asns: Annotated[tuple[Asn, ...], Meta(max_length=100)] = ()
    prefixes: Annotated[tuple[Text80, ...], Meta(max_length=100)] = ()
    contacts: Annotated[tuple[Contact, ...], Meta(max_length=20)] = ()
    capabilities: Annotated[tuple[Capability, ...], Meta(max_length=40)] = ()
    duty_sources: Annotated[tuple[DutySource, ...], Meta(max_length=20)] = ()
    conflicts: Annotated[tuple[str, ...], Meta(max_length=200)] = ()
    delegates: Annotated[tuple[str, ...], Meta(max_length=50)] = ()
    valid_until_ms: Annotated[int, Meta(ge=0)] = 0


SMS_NUMBER = r"^([+]?[0-9]{3,15})?\Z"
"""A telephone number in digits (ITU-T E.164), or empty. Nothing else: it is handed to programs that people write."""
MESH_NODE = r"^(![0-9a-f]{8})?\Z"
"""A Meshtastic node as its programs write it, or empty."""


class HomeStation(CardPart, kw_only=True):
    """A station as a caller pins it: address literals, no names to look up at call time (brief 3).

    ``hpke`` is the key to seal a call to, and ``udp_strangers`` where to send it, while it does not know the caller.
    ``dns_zone`` is the zone beneath which a question is a call, and ``dns`` where its own name server is.
    ``mail`` is the address that takes calls by mail, and ``mail_hosts`` where its own mail door is.
    ``sms`` is the number that takes calls in text messages, ``mesh`` the Meshtastic node that takes them by radio.
    ``telephone`` are the numbers at which a person answers, ``text`` and ``mailbox`` where a person reads.
    """

    name: Text80
    kid: Annotated[bytes, Meta(min_length=8, max_length=8)]
    public: Annotated[bytes, Meta(min_length=32, max_length=32)]
    realm: Realm
    http: Text280 = ""
    udp: Annotated[tuple[Text80, ...], Meta(max_length=8)] = ()
    hpke: Annotated[bytes, Meta(max_length=32)] = b""
    udp_strangers: Annotated[tuple[Text80, ...], Meta(max_length=8)] = ()
    dns_zone: Text80 = ""
    dns: Annotated[tuple[Text80, ...], Meta(max_length=8)] = ()
    mail: Text280 = ""
    mail_hosts: Annotated[tuple[Text80, ...], Meta(max_length=8)] = ()
    quic: Annotated[tuple[Text80, ...], Meta(max_length=8)] = ()
    sms: Annotated[str, Meta(pattern=SMS_NUMBER)] = ""
    mesh: Annotated[str, Meta(pattern=MESH_NODE)] = ""
    telephone: Annotated[tuple[Text80, ...], Meta(max_length=8)] = ()
    text: Annotated[str, Meta(pattern=SMS_NUMBER)] = ""
    mailbox: Text280 = ""
