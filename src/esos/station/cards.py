"""Whose key is it: the rules under which a key enters the register, for every door and for the station itself.

Law 7: a key enters for the station's realm only. A key that ever was somebody's never becomes another's, so
that what it signed stays the word of whoever signed it.
"""

from esos.errors import Forbidden, Malformed, ProofFailed
from esos.keys.identity import kid_of
from esos.keys.speaker import Role, Speaker
from esos.message.bodies import CardSigned, KeyEnrolled, MemberRegistered
from esos.message.card import MemberCard
from esos.message.reading import read_any
from esos.message.statement import check_signature
from esos.station.directory import Directory
from esos.station.identity import StationIdentity

FACTORS_MIN = 2
"""How many independent factors restore rights (brief 5)."""


def check_card(proof: bytes, station: StationIdentity) -> tuple[str, MemberCard]:
    """Member id and card of a signed card; the founding key is the first on the card and signed it.

    Raises ``Malformed`` (``card.kind``), ``ProofFailed`` (``card.signature``), ``Forbidden`` (``card.realm``).
    """
    statement = read_any(proof) if proof else None
    if statement is None or not isinstance(statement.body, CardSigned):
        raise Malformed("card.kind", "This is no signed member card.", hint="Make one: esos member card --key FILE")
    card = statement.body.card
    if kid_of(card.keys[0].public) != statement.author:
        raise ProofFailed("card.signature", "A card is signed by the first key that it names.")
    check_signature(statement, card.keys[0].public)
    if statement.realm is not station.realm or any(key.realm is not station.realm for key in card.keys):
        raise Forbidden(
            "card.realm",
            f"This station keeps the {station.realm.value} realm; the card is of another.",
            hint="Make an exercise key with: esos key new --exercise --out FILE",
        )
    return statement.author.hex(), card


def check_registered(body: MemberRegistered, directory: Directory) -> None:
    """A member enters by the card it signed itself, with keys that are nobody else's.

    Raises what ``check_card`` raises, ``ProofFailed`` (``card.other``) and ``Conflict`` (``key.taken``).
    """
    if check_card(body.proof, directory.station) != (body.member, body.card):
        raise ProofFailed("card.other", "The signed card is of another member, or says something else.")
    directory.check_keys(body.card.keys, body.member)


def check_enrolled(body: KeyEnrolled, speaker: Speaker, directory: Directory) -> None:
    """Another key for a known member: by a registrar, or for some hours by an officer who names two factors.

    Raises ``Unknown`` (``member.unknown``), ``Forbidden`` (``card.realm``, ``key.permanent``, ``key.factors``)
    and ``Conflict`` (``key.taken``, ``key.void``, ``key.known``).
    """
    if body.key.realm is not directory.station.realm:
        raise Forbidden("card.realm", "A key enters the register of its own realm only.")
    directory.check_enrolment(body)
    if not {Role.REGISTRAR, Role.STATION} & speaker.roles:
        _check_for_some_hours(body)


def _check_for_some_hours(body: KeyEnrolled) -> None:
    """What an officer alone may do for a caller that has lost its keys."""
    if not body.temporary:
        raise Forbidden(
            "key.permanent",
            "An officer enrols a key for 72 hours at most; one for good is a registrar's to enrol.",
            hint='Say "temporary": true, or ask a registrar.',
        )
    if len(set(body.factors)) < FACTORS_MIN:
        raise Forbidden(
            "key.factors",
            "Two independent factors restore a caller's rights; one does not.",
            hint='Name both, such as "factors": ["card", "call-back"].',
        )
