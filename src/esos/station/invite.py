"""Invitations: somebody whom a list named becomes a member only by its own key, signed on its own card.

Law 7: a key enters for the station's realm only, by the same rules as any other (``station/cards.py``).
"""

import msgspec

from esos.errors import Busy, Unauthenticated
from esos.message.bodies import MemberInvited, MemberRegistered
from esos.message.card import MemberCard
from esos.station.cards import check_card
from esos.station.known import over
from esos.station.station import Station

INVITATION_BYTES = 8
INVITATION_MS = 30 * 86_400_000
"""How long an invitation can be accepted."""
PURPOSE = "invitation"
ACCEPTING_MS = 10_000
"""How long accepting may take; one at a time, so that one secret makes one member."""
_ALONE = "invitation"


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation with its secret, which is shown once. ``card`` is what the list knew, to begin a card with."""

    invitation: str
    secret: str
    station: str
    http: str
    card: dict[str, object]


def base_card(body: MemberInvited) -> dict[str, object]:
    """What was known of the invited one, as the beginning of its own card."""
    plain: dict[str, object] = msgspec.to_builtins(body)
    return {name: value for name, value in plain.items() if name not in {"invitation", "source"}}


class Guests:
    """Who is a member and who is invited, by name, as one list of wanted teams is gone through."""

    def __init__(self, station: Station) -> None:
        self._members = {card.name.casefold() for card in station.directory.members.values()}
        self._invited = {one.name.casefold(): one for one in reversed(station.directory.invited.values())}

    def is_member(self, name: str) -> bool:
        """Whether somebody of this name is a member already."""
        return name.casefold() in self._members

    def invited_as(self, name: str) -> MemberInvited | None:
        """The invitation of this name that nobody accepted yet."""
        return self._invited.get(name.casefold())

    def invited(self, body: MemberInvited) -> None:
        """Somebody was invited just now."""
        self._invited[body.name.casefold()] = body


def renewed(earlier: MemberInvited, said: dict[str, object]) -> MemberInvited:
    """An invitation with what is said now; what is left out now stays as it was."""
    fields = {one.name: one for one in msgspec.structs.fields(MemberInvited)}
    told = {name: value for name, value in said.items() if value not in (None, "", (), fields[name].default)}
    return msgspec.structs.replace(earlier, **told)


async def secret_for(station: Station, invitation: bytes) -> str:
    """The secret by which one invitation is accepted, once, within 30 days; one before it is void."""
    party = f"invited:{invitation.hex()}"
    await station.journal.drop_tokens(party=party, purpose=PURPOSE)
    return await station.tokens.make(party, PURPOSE, lives_ms=INVITATION_MS, once=True, about=invitation)


async def accept(station: Station, secret: str, proof: bytes) -> str:
    """Enter the member that accepts, by the card it signed itself; its member id.

    The secret is spent only once the member is in the register, so that a stop in between costs nothing, and whoever
    did not hear that it is a member may ask again. Raises what ``check_card`` and ``check_keys`` raise, and
    ``Unauthenticated`` (``invitation.unknown``), ``Conflict`` (``invitation.over``) or ``Busy`` (``invitation.busy``).
    """
    member, card = check_card(proof, station.identity)
    holder = station.dice.bytes(INVITATION_BYTES).hex()
    if not await station.journal.lease(_ALONE, holder=holder, lease_ms=ACCEPTING_MS):
        raise Busy("invitation.busy", "Somebody else accepts an invitation just now.", hint="Try again.")
    try:
        await station.directory.refresh(station.journal)
        station.directory.check_keys(card.keys, member)
        before = station.directory.members.get(member)
        if before is None or before.keys != card.keys:
            await _enter(station, secret, member, card, proof)
        await station.tokens.spend(secret, PURPOSE)
    finally:
        await station.journal.lease(_ALONE, holder=holder, lease_ms=0)
    return member


async def _enter(station: Station, secret: str, member: str, card: MemberCard, proof: bytes) -> None:
    held = await station.tokens.holder(secret)
    if held is None or held.purpose != PURPOSE:
        raise Unauthenticated(
            "invitation.unknown",
            "This invitation is not known, or was accepted.",
            hint="Ask the registrar for another.",
        )
    if held.about not in station.directory.invited:
        raise over()
    now_ms = station.clock.now_ms()
    body = MemberRegistered(member=member, card=card, proof=proof, invitation=held.about)
    statement = station.identity.say("member_registered", body, now_ms=now_ms)
    await station.intake.keep(station.judge.judge_own(statement, station.identity.speaker), now_ms=now_ms)
    await station.directory.refresh(station.journal)
    if station.directory.invited.accepted.get(held.about) != member:
        raise over()  # this process was held up, and another was quicker
    station.signal.ring()
