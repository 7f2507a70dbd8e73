"""What the register knows of one key and of one beacon: small values that the directory keeps."""

from typing import NamedTuple

from esos.message.bodies import InstructionsLodged
from esos.words.realm import Realm


class KeyEntry(NamedTuple):
    """A registered key and whose it is. ``until_ms`` 0: without end."""

    public: bytes
    realm: Realm
    party: str
    temporary: bool
    until_ms: int


class Instructions(NamedTuple):
    """What a member lodged for its beacon's silence, by which statement, and since when the station has it."""

    id: bytes
    body: InstructionsLodged
    at_ms: int
