"""Founding a station: its pact is published, its first officer is named. Everything here is a statement."""

from base64 import urlsafe_b64encode
from typing import Literal, get_args

from esos.errors import Malformed
from esos.message.bodies import Body, MemberRegistered, OfficerAdded, PactPublished
from esos.message.card import Contact
from esos.pact.read import read_pact
from esos.station.admit import Judge
from esos.station.cards import check_card
from esos.station.directory import Directory
from esos.station.identity import StationIdentity
from esos.station.intake import Taken, taken
from esos.station.ports import Clock, Dice, Journal

LOCAL_OFFICER = "local"
OFFICER_ID_BYTES = 6
OfficerRole = Literal["officer", "second", "registrar", "auditor"]


class Founder:
    """The registrar's acts, said by the station itself: for its owner, at its own machine."""

    def __init__(
        self, *, identity: StationIdentity, journal: Journal, directory: Directory, clock: Clock, dice: Dice
    ) -> None:
        self._identity = identity
        self._journal = journal
        self._directory = directory
        self._judge = Judge(directory)
        self._clock = clock
        self._dice = dice

    async def publish_pact(self, raw: bytes) -> Taken:
        """Put a pact in force; raises ``Malformed`` (``pact.*``) for one that cannot be read."""
        read_pact(raw)
        return await self._say("pact_published", PactPublished(raw=raw))

    async def add_officer(
        self, name: str, roles: tuple[OfficerRole, ...], contacts: tuple[Contact, ...] = (), officer: str = ""
    ) -> str:
        """Name an officer; its id. Raises ``Malformed`` (``officer.role``) for a role that does not exist."""
        party = officer or f"officer:{urlsafe_b64encode(self._dice.bytes(OFFICER_ID_BYTES)).decode()}"
        unknown = set(roles) - set(get_args(OfficerRole))
        if unknown or not roles:
            raise Malformed("officer.role", "A role is officer, second, registrar or auditor.")
        await self._say("officer_added", OfficerAdded(officer=party, name=name, roles=roles, contacts=contacts))
        return party

    async def register(self, proof: bytes) -> str:
        """Enter a member by the card it signed itself; its member id.

        Raises what ``check_registered`` raises.
        """
        member, card = check_card(proof, self._identity)
        await self._directory.refresh(self._journal)
        await self._say("member_registered", MemberRegistered(member=member, card=card, proof=proof))
        return member

    async def say(self, kind: str, body: Body) -> Taken:
        """Another act of the register, such as suspending a member or setting the roster."""
        return await self._say(kind, body)

    async def _say(self, kind: str, body: Body) -> Taken:
        now_ms = self._clock.now_ms()
        statement = self._identity.say(kind, body, now_ms=now_ms)
        judged = self._judge.judge_own(statement, self._identity.speaker)
        kept = (await self._journal.append([judged.admitted], now_ms=now_ms))[0]
        await self._directory.refresh(self._journal)
        return taken(statement, kept)
