"""Who spoke, as a station judged it once at admission and never judges again (brief 5)."""

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What a party may be to a station; caller, coordinator and responder are roles within a case."""

    MEMBER = "member"
    BEACON = "beacon"
    RELAY = "relay"
    OFFICER = "officer"
    SECOND = "second"
    REGISTRAR = "registrar"
    AUDITOR = "auditor"
    STATION = "station"
    STRANGER = "stranger"


class KnownBy(StrEnum):
    """How the station knew who spoke, weakest first."""

    NOTHING = "nothing"
    CARD = "card"
    LINK = "link"
    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a way of being known, no secret
    VOICE = "voice"
    TEMPORARY_KEY = "temporary-key"
    KEY = "key"


class Speaker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A party, its roles at the station, and how it was known.

    ``party`` is a member id, an officer id, a station's kid in hex, or ``stranger:<kid hex>``.
    ``attested`` is true where the station signed for a person without a key of their own.
    ``stranger_key`` is the public key a stranger sent along, kept so that its signature stays checkable.
    """

    party: str
    name: str = ""
    roles: frozenset[Role] = frozenset()
    known_by: KnownBy = KnownBy.NOTHING
    attested: bool = False
    stranger_key: bytes = b""

    @property
    def has_own_key(self) -> bool:
        """Whether the party signed this itself, with a key that is registered as its own."""
        return not self.attested and self.known_by in {KnownBy.KEY, KnownBy.TEMPORARY_KEY}


_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder(Speaker)


def encode_speaker(speaker: Speaker) -> bytes:
    """A judgement in its one spelling, which the log commits to: compact JSON, names in order."""
    return _ENCODER.encode(speaker)


def decode_speaker(blob: bytes) -> Speaker:
    """The inverse of ``encode_speaker``; raises ``msgspec.DecodeError`` for anything else."""
    speaker = _DECODER.decode(blob)
    if encode_speaker(speaker) != blob:
        message = "a judgement has one spelling"
        raise msgspec.DecodeError(message)
    return speaker
