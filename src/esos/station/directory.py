"""Who is known here: keys, members, officers, roster and pact, folded from the register's statements.

Law 7: a key is known in one realm. The same fold feeds the duty engine's register, so that a ranking
names the journal number it read (law 12).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import structlog

from esos.duty.register import Register
from esos.errors import Conflict, EsosError, Unknown
from esos.keys.identity import kid_of
from esos.keys.speaker import KnownBy, Role, Speaker, decode_speaker
from esos.message.bodies import GrantLodged, KeyEnrolled, LodgedGrant, OfficerAdded
from esos.message.card import MemberCard, PublicKey
from esos.message.reading import read_any
from esos.message.statement import Statement
from esos.pact.model import Pact
from esos.pact.read import read_pact
from esos.pact.rules import Rules, rules_of
from esos.roster.fold import Roster, fold
from esos.station.accessions import Accessions
from esos.station.constituencies import DIVIDING, Constituencies
from esos.station.contact_changes import CHANGING, change_contacts
from esos.station.contacts import Asked, Contacts
from esos.station.enrol import duty_events
from esos.station.identity import StationIdentity
from esos.station.known import Instructions, Invited, KeyEntry
from esos.station.ports import Journal
from esos.station.records import Entry
from esos.station.rostering import ROSTERING, said_in

_log = structlog.get_logger("esos.directory")
REFRESH_ROWS, HOUR_MS = 2000, 3_600_000
STANDING_GRANTS_MAX = 20
"""How many lodged consents of one member are kept; the newest stay."""
TEMPORARY_KEY_MAX_MS = 72 * HOUR_MS
"""A temporary key lives at most 72 hours (brief 5)."""


class Directory:
    """An index in memory of the register; ``version`` is the journal number it stands at.

    ``past_keys`` are all keys that were ever registered here, by kid, and ``entered_by`` the ids of the
    statements that entered them; ``homes`` are the home list that each member stated last, by kid.
    """

    def __init__(self, station: StationIdentity, speed: int = 1) -> None:
        self.station = station
        self._station_speaker = station.speaker
        self.speed = speed
        self.version = 0
        self.keys: dict[bytes, KeyEntry] = {
            station.kid: KeyEntry(station.public, station.realm, station.party, temporary=False, until_ms=0)
        }
        self.past_keys: dict[bytes, bytes] = {station.kid: station.public}
        self.holders: dict[bytes, str] = {station.kid: station.party}
        """Whose each key is or ever was."""
        self.void_keys: set[bytes] = set()
        self._kids: dict[str, list[bytes]] = {}
        self.entered_by: dict[bytes, bytes] = {}
        self.members: dict[str, MemberCard] = {}
        self.invited = Invited()
        self.suspended: set[str] = set()
        self.sponsors: dict[str, set[str]] = {}
        self.officers: dict[str, OfficerAdded] = {}
        self.constituencies = Constituencies()
        self.roster = Roster()
        self.contacts = Contacts()
        """Which addresses of whom are proved."""
        self.rung: frozenset[str] = frozenset()  # of the channels that people dial: those that a machine rings here
        self.pact: Pact | None = None
        self.pact_raw = b""
        self.accessions = Accessions()
        self.lodged: dict[str, dict[bytes, GrantLodged]] = {}
        self.homes: dict[str, tuple[bytes, ...]] = {}
        self.instructions: dict[str, Instructions] = {}
        """What each member wants done when its beacon falls silent, as it said last."""
        self.register = Register()
        self._rules: Rules | None = None
        self._speakers: dict[tuple[str, KnownBy], Speaker] = {}
        """Members as they speak with their keys, at this version."""

    @property
    def everybody(self) -> Mapping[str, MemberCard]:
        """Every member, also where ``members`` are those in somebody's view."""
        return self.members

    async def refresh(self, journal: Journal) -> int:
        """Apply what the journal holds beyond ``version``; how many statements."""
        count = 0
        while entries := await journal.read(after_seq=self.version, limit=REFRESH_ROWS, route="register"):
            for entry in entries:
                if entry.seq > self.version:  # else another task was quicker
                    self.apply(entry)
            count += len(entries)
        return count

    def apply(self, entry: Entry) -> None:
        """One statement of the register, in journal order. An odd one is set aside in the log, never in the way."""
        self._speakers.clear()
        if entry.cose:
            try:
                self._take_in(entry, read_any(entry.cose))
            except Exception as cause:  # noqa: BLE001 - one odd statement must never stop the station
                _log.error("register_set_aside", seq=entry.seq, kind=entry.kind, exc_info=cause)
        self.version = entry.seq

    def _take_in(self, entry: Entry, statement: Statement) -> None:
        handler = _HANDLERS.get(statement.kind)
        if handler is None or self._handle(handler, statement, entry):
            self._tell_register(entry, statement)

    def _handle(self, handler: "Handler", statement: Statement, entry: Entry) -> bool:
        """Whether it changed anything; of two statements that together break a rule, the first stands."""
        try:
            handler(self, statement, entry)
        except EsosError as cause:
            _log.warning("register_statement_ignored", seq=entry.seq, kind=statement.kind, code=cause.code)
            return False
        return True

    def _tell_register(self, entry: Entry, statement: Statement) -> None:
        """Feed the duty engine; what concerns a member nobody registered changes nothing there."""
        for event in duty_events(statement.body, entry.at_ms, self.accessions):
            try:
                self.register.apply(entry.seq, event)
            except Unknown as missing:
                _log.warning("register_event_ignored", seq=entry.seq, code=missing.code)

    @property
    def rules(self) -> Rules:
        """What a new case reads of the pact in force, at the station's speed. Raises ``LookupError`` without a pact."""
        if self._rules is None:
            if self.pact is None:
                message = "the station has no pact yet"
                raise LookupError(message)
            self._rules = rules_of(self.pact).faster(self.speed)
        return self._rules

    def use_rules(self, rules: Rules) -> None:
        """Let new cases begin under these rules instead of the pact's, until the next pact; for measuring."""
        self._rules = rules

    def forget_rules(self) -> None:
        """A new pact is in force: rules are read anew."""
        self._rules = None

    def key(self, kid: bytes, now_ms: int) -> KeyEntry | None:
        """A live key."""
        entry = self.keys.get(kid)
        if entry is None or (entry.until_ms and now_ms >= entry.until_ms):
            return None
        return entry

    def speaker_of_key(self, kid: bytes, now_ms: int) -> Speaker | None:
        """Who speaks with this key now, None where nobody does."""
        entry = self.key(kid, now_ms)
        if entry is None:
            return None
        if entry.party == self._station_speaker.party:
            return self._station_speaker
        known_by = KnownBy.TEMPORARY_KEY if entry.temporary else KnownBy.KEY
        who = (entry.party, known_by)
        if who not in self._speakers:
            self._speakers[who] = self.member_speaker(*who)
        return self._speakers[who]

    def member_speaker(self, party: str, known_by: KnownBy, *, attested: bool = False) -> Speaker:
        """A member as a speaker."""
        card = self.members.get(party)
        return Speaker(
            party=party,
            name=card.name if card else "",
            roles=frozenset({Role.MEMBER}),
            known_by=known_by,
            attested=attested,
        )

    def officer_speaker(self, officer: str, known_by: KnownBy) -> Speaker | None:
        """An officer as a speaker; officers have no keys of their own, the station attests."""
        row = self.officers.get(officer)
        if row is None:
            return None
        roles = frozenset(Role(role) for role in row.roles)
        return Speaker(party=officer, name=row.name, roles=roles, known_by=known_by, attested=True)

    def name_of(self, party: str) -> str:
        """The name people know a party by; the party itself where there is none."""
        if party in self.members:
            return self.members[party].name
        if party in self.officers:
            return self.officers[party].name
        return self.station.name if party == self.station.party else party

    def standing_grants(self, party: str, *, at_ms: int) -> tuple[LodgedGrant, ...]:
        """The consents a member lodged beforehand, as they apply to a case whose call arrived at ``at_ms``."""
        return tuple(
            LodgedGrant(
                grant=statement_id,
                help_class=lodged.help_class,
                scope=lodged.scope,
                to=lodged.to,
                expires_ms=_standing_until_ms(lodged, at_ms),
            )
            for statement_id, lodged in self.lodged.get(party, {}).items()
            if _standing_until_ms(lodged, at_ms) > at_ms
        )[-STANDING_GRANTS_MAX:]

    def suspected_after_minutes(self, party: str) -> int:
        """After how long a silence of its beacon a member wants somebody to look; 0 where it lodged nothing."""
        lodged = self.instructions.get(party)
        return lodged.body.silent_minutes if lodged and not lodged.body.withdrawn else 0

    def keys_of(self, party: str) -> list[bytes]:
        """Kids of a party's keys, those that have run out among them."""
        return [kid for kid in self._kids.get(party, ()) if kid in self.keys]

    def member_named(self, name: str) -> str:
        """The member with this id, or with a key of this kid in hexadecimal; empty where there is none."""
        try:
            holder = self.holders.get(bytes.fromhex(name), "")
        except ValueError:
            holder = ""
        return next((one for one in (name, holder) if one in self.members), "")

    def check_keys(self, keys: Iterable[PublicKey], party: str) -> None:
        """Raise ``Conflict`` (``key.taken``) where one of these is or was another party's, or is the station's."""
        is_free = all(self.holders.get(kid_of(key.public), party) == party for key in keys)
        if party == self.station.party or not is_free:
            raise Conflict("key.taken", "This key is, or was, another party's here.", hint="Make a new key.")

    def check_enrolment(self, body: KeyEnrolled) -> None:
        """Raise ``Unknown`` (``member.unknown``) or ``Conflict`` (``key.taken``, ``key.void``, ``key.known``)."""
        if body.member not in self.members:
            raise Unknown("member.unknown", "This station knows no such member.", hint="See the list of members.")
        self.check_keys((body.key,), body.member)
        kid = kid_of(body.key.public)
        if kid in self.void_keys:
            raise Conflict("key.void", "This key was revoked, and stays so.", hint="Make a new key.")
        known = self.keys.get(kid)
        if known is not None and not known.temporary and body.temporary:
            raise Conflict("key.known", "This key is the member's own already, and for longer.")

    def put_key(
        self, key: PublicKey, party: str, entered_by: bytes, *, temporary: bool = False, until_ms: int = 0
    ) -> None:
        """From now on this key speaks for the party, unless it was revoked; ``entered_by`` says so."""
        kid = kid_of(key.public)
        self.past_keys[kid] = key.public
        self.entered_by[kid] = entered_by
        if kid not in self.holders:
            self._kids.setdefault(party, []).append(kid)
        self.holders[kid] = party
        if kid not in self.void_keys:
            self.keys[kid] = KeyEntry(key.public, key.realm, party, temporary=temporary, until_ms=until_ms)


def _register_member(directory: Directory, statement: Statement, entry: Entry) -> None:
    del entry
    body: Any = statement.body
    directory.check_keys(body.card.keys, body.member)
    directory.invited.accept(body.invitation, body.member)
    directory.members[body.member] = body.card
    for key in body.card.keys:
        directory.put_key(key, body.member, statement.id)


def _invite(directory: Directory, statement: Statement, _: Entry) -> None:
    """An invitation makes no member; one of the same name that is a member already stays what it is."""
    body: Any = statement.body
    directory.invited.invite(body)


def _standing_until_ms(lodged: GrantLodged, at_ms: int) -> int:
    """When a lodged consent ends in a case: so many hours after the call, never beyond its own validity."""
    until_ms = at_ms + lodged.hours_after_call * HOUR_MS
    return min(until_ms, lodged.valid_until_ms) if lodged.valid_until_ms else until_ms


def _lodge_grant(directory: Directory, statement: Statement, entry: Entry) -> None:
    body: Any = statement.body
    party = decode_speaker(entry.admission).party
    kept = {**directory.lodged.get(party, {}), statement.id: body}
    directory.lodged[party] = dict(list(kept.items())[-STANDING_GRANTS_MAX:])


def _state_homes(directory: Directory, statement: Statement, entry: Entry) -> None:
    body: Any = statement.body
    directory.homes[decode_speaker(entry.admission).party] = body.homes


def _lodge_instructions(directory: Directory, statement: Statement, entry: Entry) -> None:
    body: Any = statement.body
    party = decode_speaker(entry.admission).party
    directory.instructions[party] = Instructions(statement.id, body, entry.at_ms)


def _suspend(directory: Directory, statement: Statement, _: Entry) -> None:
    body: Any = statement.body
    (directory.suspended.add if body.suspended else directory.suspended.discard)(body.member)


def _sponsor(directory: Directory, statement: Statement, _: Entry) -> None:
    body: Any = statement.body
    directory.sponsors.setdefault(body.member, set()).add(body.sponsor)


def _enrol_key(directory: Directory, statement: Statement, entry: Entry) -> None:
    body: Any = statement.body
    directory.check_enrolment(body)
    until_ms = body.until_ms
    if body.temporary:
        until_ms = min(until_ms or entry.at_ms + TEMPORARY_KEY_MAX_MS, entry.at_ms + TEMPORARY_KEY_MAX_MS)
    directory.put_key(body.key, body.member, statement.id, temporary=body.temporary, until_ms=until_ms)


def _revoke_key(directory: Directory, statement: Statement, _: Entry) -> None:
    body: Any = statement.body
    if body.kid != directory.station.kid:
        directory.keys.pop(body.kid, None)
        directory.void_keys.add(body.kid)


def _add_officer(directory: Directory, statement: Statement, _: Entry) -> None:
    body: Any = statement.body
    directory.officers[body.officer] = body


def _remove_officer(directory: Directory, statement: Statement, _: Entry) -> None:
    body: Any = statement.body
    directory.officers.pop(body.officer, None)


def _divide(directory: Directory, statement: Statement, _: Entry) -> None:
    directory.constituencies.take(statement.body)


def _change_roster(directory: Directory, statement: Statement, entry: Entry) -> None:
    directory.roster = fold(directory.roster, said_in(directory, statement, entry))


def _ask_contact(directory: Directory, statement: Statement, entry: Entry) -> None:
    body: Any = statement.body
    directory.contacts.ask(Asked(id=statement.id, body=body, at_ms=entry.at_ms))


def _answer_contact(directory: Directory, statement: Statement, entry: Entry) -> None:
    body: Any = statement.body
    directory.contacts.answer(body, decode_speaker(entry.admission).party, entry.at_ms)


def _change_contacts(directory: Directory, statement: Statement, _: Entry) -> None:
    body: Any = statement.body
    change_contacts(body, directory.officers, directory.contacts)


def _publish_pact(directory: Directory, statement: Statement, _: Entry) -> None:
    body: Any = statement.body
    directory.pact, directory.pact_raw = read_pact(body.raw), body.raw
    directory.accessions.publish(directory.pact)
    directory.forget_rules()


def _accede(directory: Directory, statement: Statement, entry: Entry) -> None:
    body: Any = statement.body
    directory.accessions.put(directory.accessions.entered(body, entry.at_ms))


def _leave_pact(directory: Directory, statement: Statement, entry: Entry) -> None:
    body: Any = statement.body
    for accession in directory.accessions.left(body, entry.at_ms):
        directory.accessions.put(accession)


Handler = Callable[[Directory, Statement, Entry], None]
_HANDLERS: dict[str, Handler] = {
    "member_invited": _invite,
    "member_registered": _register_member,
    "member_suspended": _suspend,
    "grant_lodged": _lodge_grant,
    "homes_stated": _state_homes,
    "instructions_lodged": _lodge_instructions,
    "member_sponsored": _sponsor,
    "key_enrolled": _enrol_key,
    "key_revoked": _revoke_key,
    "officer_added": _add_officer,
    "officer_removed": _remove_officer,
    **dict.fromkeys(DIVIDING, _divide),
    **dict.fromkeys(ROSTERING, _change_roster),
    "contact_asked": _ask_contact,
    "contact_answered": _answer_contact,
    **dict.fromkeys(CHANGING, _change_contacts),
    "pact_published": _publish_pact,
    "acceded": _accede,
    "accession_withdrawn": _leave_pact,
}
