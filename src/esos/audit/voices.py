"""Who spoke in a case, as far as signatures show it, and where it rests on the station's word.

Law 9: a consent counts only under the caller's own key. Law 11: what a station alone says of a key is
never shown as the word of the key's holder.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from esos.audit.taken_apart import CaseParts
from esos.case.bundle import BundleEntry
from esos.case.replay import APPLIED, Said, opening_word
from esos.errors import ProofFailed
from esos.keys.identity import kid_of
from esos.keys.speaker import KnownBy, Role, Speaker
from esos.message.bodies import (
    Arrived,
    CardSigned,
    GrantLodged,
    InstructionsLodged,
    KeyEnrolled,
    LodgedGrant,
    MemberRegistered,
    Suspected,
)
from esos.message.kinds import KINDS
from esos.message.reading import read_any
from esos.message.statement import Statement, check_signature
from esos.words.realm import Realm

CONSENTS = frozenset({"granted", "grant_revoked", "agreed"})
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
_OWN_ROLES = frozenset({Role.MEMBER, Role.STRANGER, Role.BEACON, Role.RELAY})
_OWN_KEYS = frozenset({KnownBy.KEY, KnownBy.TEMPORARY_KEY})


class Voices:
    """The speakers of a case file under one station's pinned key."""

    def __init__(self, parts: CaseParts, *, station: bytes) -> None:
        self._parts = parts
        self._station = kid_of(station)
        self._cards: dict[str, set[bytes]] = {}
        self._entered: dict[str, set[bytes]] = {}
        self._words: dict[str, list[int]] = {}

    def check_all(self) -> str:
        """Raise ``ProofFailed`` (``case.attested``, ``case.speaker``) unless everybody is who they are said to be."""
        for said in self._parts.register:
            self._take_in(said.statement)
        counts = Counter(self._check(said) for said in self._parts.everything)
        return ", ".join(f"{count} {how}" for how, count in sorted(counts.items()))

    def check_consents(self) -> str:
        """Raise ``ProofFailed`` (``case.consent``) unless each consent is the caller's own, signed by its own key."""
        given = latest_ms = 0
        for said in self._parts.said:
            latest_ms = max(latest_ms, said.row.at_ms)
            if said.statement.kind in CONSENTS and said.row.verdict == APPLIED:
                self._check_own(said)
                given += 1
            if isinstance(said.statement.body, Suspected):
                self._check_instructions(said, said.statement.body)
            if isinstance(said.statement.body, Arrived):
                given += self._check_standing(said, said.statement.body, latest_ms)
        return f"{given} consents"

    def remarks(self) -> Iterator[str]:
        """What rests on the station's word alone."""
        for party, seqs in self._words.items():
            listed = ", ".join(map(str, seqs))
            yield f"That the key under statement {listed} is a key of {party} is the station's word, not that party's."

    def _take_in(self, statement: Statement) -> None:
        """Which keys the register shows to be whose: by the member's own signed card, or by the station's word."""
        body = statement.body
        if isinstance(body, MemberRegistered):
            self._entered.setdefault(body.member, set()).update(kid_of(key.public) for key in body.card.keys)
            if body.proof:
                self._cards.setdefault(body.member, set()).update(_keys_on_card(body))
        elif isinstance(body, KeyEnrolled):
            self._entered.setdefault(body.member, set()).add(kid_of(body.key.public))

    def _check(self, said: Said[Any]) -> str:
        statement, speaker = said.statement, said.speaker
        if not KINDS[statement.kind].who & speaker.roles:
            raise ProofFailed("case.speaker", f"Statement {said.row.seq} is not for such a speaker to say.")
        if statement.attests is not None or speaker.attested:
            return self._check_attested(said)
        if statement.author == self._station:
            return self._check_station(said)
        return self._check_own_key(said)

    def _check_attested(self, said: Said[Any]) -> str:
        statement, speaker = said.statement, said.speaker
        attests, row = statement.attests, KINDS[statement.kind]
        if attests is None or statement.author != self._station or not row.attestable:
            raise ProofFailed("case.attested", f"Statement {said.row.seq} was not attested, or never could be.")
        known = (attests.party, attests.known_by, True)
        if known != (speaker.party, speaker.known_by.value, speaker.attested):
            raise ProofFailed("case.attested", f"Statement {said.row.seq} was attested for another speaker.")
        return "attested"

    def _check_station(self, said: Said[Any]) -> str:
        """What the station signs and does not attest, it says itself: never a member, never the caller."""
        speaker = said.speaker
        if speaker.party != self._station.hex() or speaker.roles != {Role.STATION}:
            raise ProofFailed("case.speaker", f"Statement {said.row.seq} is the station's, and shown as another's.")
        return "by the station itself"

    def _check_own_key(self, said: Said[Any]) -> str:
        author, speaker = said.statement.author, said.speaker
        if not speaker.roles <= _OWN_ROLES or not self._is_voice_of(author, speaker, said.row.seq):
            raise ProofFailed("case.speaker", f"Statement {said.row.seq} is not signed by who is said to speak.")
        return "signed with own keys"

    def _is_voice_of(self, author: bytes, speaker: Speaker, seq: int) -> bool:
        """A stranger's and a founding key name their party; another is on its card, or the station says so."""
        if Role.STRANGER in speaker.roles or speaker.party.startswith("stranger:"):
            named = speaker.party == f"stranger:{author.hex()}" and kid_of(speaker.stranger_key) == author
            return named and speaker.roles == {Role.STRANGER} and speaker.known_by is KnownBy.NOTHING
        if speaker.known_by not in _OWN_KEYS:
            return False
        if speaker.party == author.hex() or author in self._cards.get(speaker.party, ()):
            return True
        if author not in self._entered.get(speaker.party, ()):
            return False
        self._words.setdefault(speaker.party, []).append(seq)
        return True

    def _check_own(self, said: Said[Any]) -> None:
        caller = opening_word(self._parts.said).caller
        own_key = said.speaker.has_own_key and said.statement.author != self._station
        if not own_key or said.speaker.party != caller:
            raise ProofFailed("case.consent", f"Statement {said.row.seq} is no consent of the caller's own.")

    def _check_instructions(self, said: Said[Any], suspected: Suspected) -> None:
        """A suspicion rests on instructions that the caller lodged with its own key, and waited as long as they say."""
        lodged = {one.statement.id: one for one in self._parts.register}
        own = lodged.get(suspected.instructions)
        body = own.statement.body if own else None
        if own is None or own.speaker.party != suspected.caller or not own.speaker.has_own_key:
            raise ProofFailed("case.consent", f"Statement {said.row.seq} tells of instructions nobody gave.")
        if not isinstance(body, InstructionsLodged) or body.withdrawn or not _waited(suspected, body, said):
            raise ProofFailed("case.consent", f"Statement {said.row.seq} does not do what its instructions say.")

    def _check_standing(self, said: Said[Any], arrived: Arrived, latest_ms: int) -> int:
        """Consents lodged in peace time: each is in the file, the caller's own, and says what the station says.

        They last from what began this life of the case, which was had at ``latest_ms`` at the latest: clocks of
        one station's processes differ, so that what was folded earlier may bear a later time.
        """
        lodged = {one.statement.id: one for one in self._parts.register if isinstance(one.statement.body, GrantLodged)}
        for claimed in arrived.standing:
            own = lodged.get(claimed.grant)
            if own is None or own.speaker.party != arrived.caller or not own.speaker.has_own_key:
                raise ProofFailed("case.consent", f"Statement {said.row.seq} tells of a consent nobody gave.")
            if not _says(own, claimed, at_ms=latest_ms):
                raise ProofFailed("case.consent", f"Statement {said.row.seq} tells more of a consent than was given.")
        return len(arrived.standing)


def _waited(suspected: Suspected, lodged: InstructionsLodged, said: Said[Any]) -> bool:
    """Whether the silence was as long as was asked for; the time of an exercise may run faster."""
    waited_ms = said.row.at_ms - suspected.heard_ms
    is_long = waited_ms >= lodged.silent_minutes * MINUTE_MS or said.statement.realm is Realm.EXERCISE
    return suspected.silent_minutes == lodged.silent_minutes and is_long


def _says(own: Said[BundleEntry], claimed: LodgedGrant, *, at_ms: int) -> bool:
    """Whether a lodged consent says this much: the same help on the same things to the same, and no longer."""
    body: Any = own.statement.body
    until_ms = min(at_ms + body.hours_after_call * HOUR_MS, body.valid_until_ms or claimed.expires_ms)
    same = (body.help_class, body.scope, body.to) == (claimed.help_class, claimed.scope, claimed.to)
    return same and claimed.expires_ms <= until_ms


def _keys_on_card(body: MemberRegistered) -> Iterator[bytes]:
    """The keys on a member's card, signed by the founding key whose name is the member's; ``ProofFailed`` otherwise."""
    card = read_any(body.proof)
    if not isinstance(card.body, CardSigned) or card.author.hex() != body.member:
        raise ProofFailed("case.card", "A member's card in the file is not signed by the member.")
    keys = {kid_of(key.public): key.public for key in card.body.card.keys}
    if card.author not in keys:
        raise ProofFailed("case.card", "A member's card in the file does not name the key that signed it.")
    check_signature(card, keys[card.author])
    yield from keys
