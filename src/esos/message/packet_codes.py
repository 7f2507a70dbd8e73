"""The codes of the call packet: every closed table that turns a word into a number on the wire.

Law 2: code 0 always means "not known", so that nothing a caller lacks can stop its call.
Law 7: practice has packet types of its own; no type belongs to both realms.
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Final, TypeVar

from esos.words.language import later
from esos.words.need import NeedLine
from esos.words.realm import Realm
from esos.words.urgency import Urgency


class PacketType(IntEnum):
    """What a sealed packet is: the low four bits of its second byte. 7 is the acknowledgement's."""

    CALL = 1
    UPDATE = 2
    CANCEL = 3
    TEST = 4
    EXERCISE = 5
    HEARTBEAT = 6
    EXERCISE_UPDATE = 8
    EXERCISE_CANCEL = 9
    EXERCISE_HEARTBEAT = 10
    PART = 11
    EXERCISE_PART = 12

    @property
    def realm(self) -> Realm:
        """The one realm this type belongs to; the signing key must have the same purpose."""
        return REALM_OF_TYPE[self]

    @property
    def content_type(self) -> str:
        """The COSE content type that is implied by this type, and signed."""
        return CONTENT_TYPES[REALM_OF_TYPE[self]]


ACK_CODE: Final = 7
"""The type code of an acknowledgement, which is a format of its own."""

CONTENT_TYPES: Final[Mapping[Realm, str]] = {
    Realm.REAL: "application/esos-packet+cbor",
    Realm.EXERCISE: "application/esos-exercise-packet+cbor",
}
_PRACTICE = {
    PacketType.EXERCISE,
    PacketType.EXERCISE_UPDATE,
    PacketType.EXERCISE_CANCEL,
    PacketType.EXERCISE_HEARTBEAT,
    PacketType.EXERCISE_PART,
}
REALM_OF_TYPE: Final[Mapping[PacketType, Realm]] = {
    kind: Realm.EXERCISE if kind in _PRACTICE else Realm.REAL for kind in PacketType
}


ONE_ANSWER_IS_ENOUGH: Final = frozenset({PacketType.TEST, PacketType.HEARTBEAT, PacketType.EXERCISE_HEARTBEAT})
"""Types that only ask whether somebody hears: the first answer ends them."""


class AckState(IntEnum):
    """What an acknowledgement says. ``HEARD`` answers a heartbeat or a test: nothing was kept."""

    HEARD = 0
    COMMITTED = 1
    PERSON_READING = 2
    ASSIGNED = 3

    @property
    def words(self) -> str:
        """The sentence in English, as programs and terminals have it (law 4: receipt is not help)."""
        return _ACK_WORDS[self]


_ACK_WORDS = {
    AckState.HEARD: later("The station hears you. Nothing was reported."),
    AckState.COMMITTED: later("Arrived. No person has seen it yet."),
    AckState.PERSON_READING: later("Arrived, and a person has seen it."),
    AckState.ASSIGNED: later("A watch officer has charge of your case."),
}


class Origin(StrEnum):
    """Who pressed the button: a person, a program, or somebody calling for another."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"
    RELAY = "relay"


class CallState(StrEnum):
    """What the caller notices of its own means, one bit each; ``HEARS_YOU`` ends the station's repeating."""

    INBOUND_FLOODED = "inbound-flooded"
    DNS_GONE = "dns-gone"
    MAIL_GONE = "mail-gone"
    TELEPHONES_GONE = "telephones-gone"
    HEARS_YOU = "hears-you"
    CLOCK_UNSURE = "clock-unsure"
    POWER_UNSURE = "power-unsure"
    ACCOUNTS_UNTRUSTED = "accounts-untrusted"
    CHANNELS_OVERHEARD = "channels-overheard"


class ReplyChannel(StrEnum):
    """How the caller can be answered. Addresses are never sent: they were registered beforehand."""

    SAME_PATH = "same-path"
    TELEPHONE = "telephone"
    TEXT_MESSAGE = "text-message"
    MAIL = "mail"
    PAGE = "page"
    MESH = "mesh"
    THROUGH_RELAY = "through-relay"
    NONE = "none"


SECTORS: Final[tuple[str, ...]] = (
    "energy",
    "it",
    "communications",
    "transport",
    "water",
    "manufacturing",
    "government",
    "defence",
    "banking",
    "health",
    "commercial",
    "dams",
    "emergency",
    "agriculture",
    "chemical",
    "nuclear",
)
"""Sectors in wire order: the first has code 1. The words are those that severity knows."""


_Word = TypeVar("_Word")


def _numbered(values: tuple[_Word, ...]) -> dict[_Word, int]:
    """Codes from 1 in order of declaration: 0 stays free for "not known"."""
    return {value: number for number, value in enumerate(values, start=1)}


URGENCY_CODES: Final[Mapping[Urgency, int]] = {urgency: urgency.gravity for urgency in Urgency}
ORIGIN_CODES: Final[Mapping[Origin, int]] = _numbered(tuple(Origin))
REPLY_CODES: Final[Mapping[ReplyChannel, int]] = _numbered(tuple(ReplyChannel))
SECTOR_CODES: Final[Mapping[str, int]] = _numbered(SECTORS)
STATE_BITS: Final[Mapping[CallState, int]] = {state: bit for bit, state in enumerate(CallState)}
NEED_CODES: Final[Mapping[NeedLine, int]] = _numbered(tuple(NeedLine))
