"""Invitations: somebody whom a list named becomes a member only by its own key, signed on its own card.

Law 7: a key enters for the station's realm only, by the same rules as any other (``station/cards.py``).
"""

import msgspec

from esos.errors import Conflict, Unauthenticated
from esos.message.bodies import MemberInvited, MemberRegistered
from esos.station.cards import check_card
from esos.station.station import Station

INVITATION_BYTES = 8
INVITATION_MS = 30 * 86_400_000
"""How long an invitation can be accepted."""
PURPOSE = "invitation"


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


def is_known(name: str, station: Station) -> bool:
    """Whether somebody of this name is a member or invited already."""
    directory = station.directory
    names = [card.name for card in directory.members.values()] + [one.name for one in directory.invited.values()]
    return name.casefold() in {one.casefold() for one in names}


async def secret_for(station: Station, invitation: bytes) -> str:
    """The secret by which one invitation is accepted, once, within 30 days."""
    return await station.tokens.make(
        f"invited:{invitation.hex()}", PURPOSE, lives_ms=INVITATION_MS, once=True, about=invitation
    )


async def accept(station: Station, secret: str, proof: bytes) -> str:
    """Enter the member that accepts, by the card it signed itself; its member id.

    The secret is spent only once the card has been found good. Raises what ``check_card`` and ``check_keys`` raise,
    and ``Unauthenticated`` (``invitation.unknown``) or ``Conflict`` (``invitation.over``).
    """
    member, card = check_card(proof, station.identity)
    await station.directory.refresh(station.journal)
    station.directory.check_keys(card.keys, member)
    held = await station.tokens.spend(secret, PURPOSE)
    if held is None:
        raise Unauthenticated(
            "invitation.unknown",
            "This invitation is not known, or was accepted.",
            hint="Ask the registrar for another.",
        )
    if held.about not in station.directory.invited:
        raise Conflict("invitation.over", "Somebody accepted this invitation, or it was taken back.")
    now_ms = station.clock.now_ms()
    body = MemberRegistered(member=member, card=card, proof=proof, invitation=held.about)
    statement = station.identity.say("member_registered", body, now_ms=now_ms)
    await station.intake.keep(station.judge.judge_own(statement, station.identity.speaker), now_ms=now_ms)
    await station.directory.refresh(station.journal)
    station.signal.ring()
    return member
