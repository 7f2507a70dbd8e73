"""What the register knows of one key, of one beacon and of who was invited: what the directory keeps of each."""

from typing import NamedTuple

from esos.errors import Conflict
from esos.message.bodies import InstructionsLodged, MemberInvited
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


class Invited(dict[bytes, MemberInvited]):
    """Who was invited and has not accepted yet, by invitation; ``accepted`` says whose each of the others became."""

    def __init__(self) -> None:
        super().__init__()
        self.accepted: dict[bytes, str] = {}

    def invite(self, body: MemberInvited) -> None:
        """Somebody is invited, or what is known of them is new; raises ``Conflict`` (``invitation.over``)."""
        if body.invitation in self.accepted:
            raise over()
        self[body.invitation] = body

    def accept(self, invitation: bytes | None, member: str) -> None:
        """The first member that accepts has it; raises ``Conflict`` (``invitation.over``) for any other."""
        if invitation is None:
            return
        if self.accepted.setdefault(invitation, member) != member:
            raise over()
        self.pop(invitation, None)


def over() -> Conflict:
    """An invitation that serves no more."""
    return Conflict(
        "invitation.over",
        "Somebody accepted this invitation, or it was taken back.",
        hint="Ask the registrar for another.",
    )
