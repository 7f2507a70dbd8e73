"""A statement is judged once: admitted with who said it, or refused with a reason. Nothing is re-judged later.

Law 7: a key speaks in one realm, and a station keeps one. Law 2: a stranger's call is heard; it
creates no duty until somebody called back.
"""

import hashlib
from typing import Any

import msgspec

from esos.errors import Forbidden, ProofFailed, Unauthenticated
from esos.keys.identity import kid_of
from esos.keys.speaker import GUEST, KnownBy, Role, Speaker, encode_speaker
from esos.message.bodies import (
    Acceded,
    AccessionWithdrawn,
    Body,
    ContactAnswered,
    KeyEnrolled,
    KeyRevoked,
    MemberRegistered,
    MemberSponsored,
    PactPublished,
)
from esos.message.kinds import KINDS, Kind, Scope
from esos.message.reading import read_any
from esos.message.statement import Statement, check_signature
from esos.pact.read import read_pact
from esos.roster.fold import BODIES, fold
from esos.station.cards import check_enrolled, check_registered
from esos.station.contact_changes import CHANGES, check_change
from esos.station.directory import Directory
from esos.station.records import Admitted
from esos.station.rostering import said_of
from esos.words.realm import Realm


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """An admitted statement: what it says, who said it, and its row for the journal."""

    statement: Statement
    speaker: Speaker
    admitted: Admitted


class Judge:
    """Decides who speaks and whether this is theirs to say. ``directory`` must be as fresh as it can be."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def judge(self, raw: bytes, *, now_ms: int, stranger_key: bytes = b"") -> Judged:
        """Judge bytes from any door; raises ``Malformed``, ``Unauthenticated``, ``Forbidden`` or ``ProofFailed``."""
        return self.judge_statement(read_any(raw), now_ms=now_ms, stranger_key=stranger_key)

    def judge_statement(self, statement: Statement, *, now_ms: int, stranger_key: bytes = b"") -> Judged:
        """The same for a statement already read, as from the datagram door."""
        speaker = self._known_speaker(statement, now_ms) or self._stranger(statement, stranger_key)
        return self._allowed(statement, speaker, now_ms)

    def judge_own(self, statement: Statement, speaker: Speaker) -> Judged:
        """A statement this station has just signed, for itself or for a person it knows."""
        return self._allowed(statement, speaker, statement.time_ms)

    def judge_verified(self, statement: Statement, *, now_ms: int) -> Judged:
        """A statement whose signature the door has checked against the registered key."""
        speaker = self._directory.speaker_of_key(statement.author, now_ms)
        if speaker is None:
            raise Unauthenticated("key.unknown", "No live key with this name is registered here.")
        self._check_realm(statement)
        return self._allowed(statement, speaker, now_ms)

    def _known_speaker(self, statement: Statement, now_ms: int) -> Speaker | None:
        entry = self._directory.key(statement.author, now_ms)
        if entry is None:
            return None
        check_signature(statement, entry.public)
        self._check_realm(statement, entry.realm)
        if statement.attests is not None:
            raise Forbidden(
                "statement.attests_other", "Only this station attests here, and only through its own doors."
            )
        return self._directory.speaker_of_key(statement.author, now_ms)

    def _check_realm(self, statement: Statement, key_realm: Realm | None = None) -> None:
        ours = self._directory.station.realm
        entry = self._directory.keys.get(statement.author)
        theirs = key_realm or (entry.realm if entry else statement.realm)
        if statement.realm is not ours and statement.kind != "tested":
            raise Forbidden(
                "realm.mismatch",
                f"This station keeps {ours.value} statements; this one is {statement.realm.value}.",
                hint="Practise with an exercise key at an exercise station.",
            )
        if theirs is not statement.realm:
            raise Forbidden("realm.key", f"This key speaks only in the {theirs.value} realm.")

    def _stranger(self, statement: Statement, public: bytes) -> Speaker:
        if not public:
            raise Unauthenticated(
                "key.unknown",
                "No live key with this name is registered here.",
                hint="Register the key, or send the public key along to call as a stranger.",
            )
        if kid_of(public) != statement.author:
            raise ProofFailed("statement.signature", "The public key sent along is not the author's.")
        check_signature(statement, public)
        self._check_realm(statement)
        if statement.attests is not None:
            raise Forbidden("statement.attests_stranger", "Only a station attests.")
        return Speaker(
            party=f"stranger:{statement.author.hex()}",
            roles=frozenset({Role.STRANGER}),
            known_by=KnownBy.NOTHING,
            stranger_key=public,
        )

    def _allowed(self, statement: Statement, speaker: Speaker, now_ms: int) -> Judged:
        row = KINDS[statement.kind]
        if not row.who & speaker.roles and Role.STRANGER in speaker.roles:
            name = self._directory.station.name
            raise Forbidden(
                "statement.role",
                f"This key is not registered at {name}; only those who are can say {statement.kind!r}.",
                hint='Make your card and send it to the station\'s registrar: esos member card --key KEY --name "NAME"',
            )
        if not row.who & speaker.roles:
            raise Forbidden("statement.role", f"This is not for {_roles(speaker)} to say: {statement.kind!r}.")
        if speaker.attested and not row.attestable:
            raise Forbidden(
                "statement.unsigned",
                f"{statement.kind!r} must be signed with the party's own key.",
                hint="Use the command line with the key file.",
            )
        self._check_own(statement.body, speaker)
        if row.scope is Scope.REGISTER:
            self._check_pact(statement.body, now_ms)
            self._check_keys(statement.body, speaker)
            self._check_code(statement.body, speaker, now_ms)
            self._check_roster(statement, speaker, now_ms)
            self._directory.constituencies.check(statement.body, self._directory)
        if speaker.party in self._directory.suspended and statement.kind not in _FOR_SUSPENDED:
            raise Forbidden("member.suspended", "This member is suspended; it may still call for help.")
        return Judged(statement=statement, speaker=speaker, admitted=_row(statement, speaker, row, self._directory))

    def _check_pact(self, body: Body, now_ms: int) -> None:
        """A pact can be read, and whoever accedes or leaves does so as it allows: refused here, or never."""
        if isinstance(body, PactPublished):
            read_pact(body.raw)
        elif isinstance(body, Acceded):
            self._directory.accessions.entered(body, now_ms)
        elif isinstance(body, AccessionWithdrawn):
            self._directory.accessions.left(body, now_ms)

    def _check_keys(self, body: Body, speaker: Speaker) -> None:
        """A key enters for whose it is, and is nobody else's."""
        if isinstance(body, MemberRegistered):
            check_registered(body, self._directory)
        elif isinstance(body, KeyEnrolled):
            check_enrolled(body, speaker, self._directory)

    def _check_code(self, body: Body, speaker: Speaker, now_ms: int) -> None:
        """Only whose address it is says that a code reached them there, or changes it; a registrar for an officer."""
        if isinstance(body, ContactAnswered):
            self._directory.contacts.check(body, speaker.party, now_ms)
        elif isinstance(body, CHANGES):
            check_change(body, speaker, self._directory.officers)

    def _check_roster(self, statement: Statement, speaker: Speaker, now_ms: int) -> None:
        """What is said of the roster fits what was said of it before: refused here, or never."""
        if isinstance(statement.body, BODIES):
            fold(self._directory.roster, said_of(self._directory, statement.id, statement.body, speaker, now_ms))

    def _check_own(self, body: Body, speaker: Speaker) -> None:
        """A member speaks for itself in the register; registrars and the station for anybody."""
        whose = self._whose(body)
        if whose is not None and whose != speaker.party and not _FOR_ANYBODY & speaker.roles:
            raise Forbidden("statement.not_yours", "A member speaks only for itself.")

    def _whose(self, body: Body) -> str | None:
        """Whose word this is: the sponsor's, the key holder's or the member's; None where it is no member's."""
        if isinstance(body, MemberSponsored):
            return body.sponsor
        if isinstance(body, KeyRevoked):
            known = self._directory.keys.get(body.kid)
            return known.party if known else ""
        return getattr(body, "member", None)


_FOR_ANYBODY = frozenset({Role.REGISTRAR, Role.STATION, Role.OFFICER})
_FOR_SUSPENDED = frozenset({
    "called", "relayed", "updated", "sitrep_given", "part_given", "cancelled", "messaged", "urgency_changed",
    "relapsed", "granted", "grant_revoked", "agreed", "released", "tested", "presented", "homes_stated",
    "instructions_lodged", "contact_answered",
})  # fmt: skip
"""Failing one's duty never forfeits one's own call (brief 2)."""


def _row(statement: Statement, speaker: Speaker, kind: Kind, directory: Directory) -> Admitted:
    return Admitted(
        id=statement.id,
        kind=statement.kind,
        dedupe=statement.dedupe,
        route=route_of(statement, speaker, kind, directory),
        cose=statement.raw,
        admission=encode_speaker(speaker),
    )


def route_of(statement: Statement, speaker: Speaker, kind: Kind, directory: Directory) -> str:
    """The queue that folds a statement: the case's, the caller's, the register's, or none."""
    if kind.scope is Scope.STATION:
        return ""
    if kind.scope is Scope.REGISTER:
        return "register"
    if statement.case is not None:
        return f"case:{statement.case.hex()}"
    return f"caller:{caller_of(statement, speaker, directory)}"


def caller_of(statement: Statement, speaker: Speaker, directory: Directory) -> str:
    """Whose call it is: the speaker's own, or of the one it calls for, named by its id or by any key it ever had.

    A caller that is no member is a guest, whatever it is called, so that nobody gets a case in a name that
    means something else here (law 2: it is heard all the same).
    """
    body: Any = statement.body
    if statement.kind == "suspected":
        return str(body.caller)
    if statement.kind != "relayed":
        return speaker.party
    named = str(body.caller or "")
    member = directory.member_named(named)
    if member:
        return member
    name = " ".join((body.caller_name or named).lower().split()) or body.call.hex()
    return f"{GUEST}{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _roles(speaker: Speaker) -> str:
    return " or ".join(sorted(role.value for role in speaker.roles)) or "nobody"
