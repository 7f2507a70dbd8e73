"""Who is bound to which pact: accessions with their reservations, entry into force and withdrawal.

A duty binds those who accepted it, from the date the pact allows, except for what they reserved.
"""

from collections.abc import Iterable

from esos.duty import events as d
from esos.errors import Conflict, Malformed, Unknown
from esos.message.bodies import Acceded, AccessionWithdrawn
from esos.pact.accession import Accession, Reservation, Section, accede, withdraw
from esos.pact.model import Pact
from esos.words.need import NeedLine

_SECTIONS = {section.value: section for section in Section}
_LINES = {line.value: line for line in NeedLine}


class Accessions:
    """The pacts published here by digest, and each member's accession to each version of each.

    A new version is a new pact: whoever accepted the old one is bound by the old one.
    """

    def __init__(self) -> None:
        self.pacts: dict[bytes, Pact] = {}
        self.held: dict[tuple[str, bytes], Accession] = {}

    def publish(self, pact: Pact) -> None:
        """Another pact can be acceded to."""
        self.pacts[pact.digest] = pact

    def entered(self, body: Acceded, at_ms: int) -> Accession:
        """The accession this makes.

        Raises ``Unknown`` (``accession.unknown_pact``), ``Malformed`` (``accession.*``) when it cannot be.
        """
        pact = self.pacts.get(body.digest)
        if pact is None or pact.name != body.pact:
            raise Unknown(
                "accession.unknown_pact",
                f"No pact {body.pact!r} with this digest is published here.",
                hint="Read the pact again, and accede to exactly what it says now.",
            )
        return accede(
            pact,
            member=body.member,
            signed_ms=at_ms,
            in_force_ms=body.in_force_ms or None,
            reservations=tuple(_reservation(word) for word in body.reservations),
        )

    def left(self, body: AccessionWithdrawn, at_ms: int) -> tuple[Accession, ...]:
        """The accessions to every version it still stands by, each with its end.

        Raises ``Conflict`` (``accession.*``) where there is none to end.
        """
        held = self.of(body.member, body.pact)
        if not held:
            raise Conflict("accession.none", f"{body.member} has not acceded to {body.pact}.")
        standing = [one for one in held if one.ends_ms is None] or held[-1:]
        return tuple(withdraw(one, self.pacts[one.digest], said_ms=at_ms) for one in standing)

    def of(self, member: str, pact: str) -> list[Accession]:
        """A member's accessions to the versions of a pact, oldest first."""
        held = [one for (who, _), one in self.held.items() if who == member and one.pact == pact]
        return sorted(held, key=lambda one: (one.version, one.digest))

    def put(self, accession: Accession) -> None:
        """Keep what was entered or left."""
        self.held[accession.member, accession.digest] = accession

    def duty_events(self, member: str, pact: str) -> Iterable[d.RegisterEvent]:
        """The same for the register that ranking reads, a version at a time."""
        for held in self.of(member, pact):
            everything = any(one.section is Section.ASSISTANCE for one in held.reservations)
            reserved = tuple(NeedLine) if everything else tuple(one.need for one in held.reservations if one.need)
            yield d.Acceded(
                member=member,
                pact=held.digest.hex(),
                in_force_ms=held.in_force_ms,
                reserved_lines=reserved,
                until_ms=held.ends_ms or 0,
            )


def _reservation(word: str) -> Reservation:
    if word in _LINES:
        return Reservation(need=_LINES[word])
    if word in _SECTIONS:
        return Reservation(section=_SECTIONS[word])
    raise Malformed("accession.reservation", f"{word!r} is neither a need line nor a section that can be reserved.")
