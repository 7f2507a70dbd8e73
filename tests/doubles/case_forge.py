"""A station that signs whatever it is told, honest or not: case files to try a verifier on, always the same bytes."""

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import msgspec

from esos.case.bundle import BundleEntry, BundleProof, BundleStatement, BundleStation, CaseBundle
from esos.case.event import Event, Refused
from esos.case.model import Case, Opening, begin
from esos.case.naming import case_id_of
from esos.case.standing import case_digest, list_digest
from esos.case.step import step
from esos.keys.identity import kid_of, public_of, sign
from esos.keys.speaker import KnownBy, Role, Speaker, encode_speaker
from esos.logbook.checkpoint import Checkpoint, sign_checkpoint
from esos.logbook.commitment import claim_leaf, claim_of
from esos.logbook.nodes import Tree
from esos.logbook.proofs import inclusion_proof
from esos.message import bodies as b
from esos.message.card import MemberCard, PublicKey
from esos.message.statement import Attests, Statement, write_statement
from esos.pact import shipped
from esos.pact.rules import rules_of
from esos.pact.rules_text import write_rules
from esos.words.realm import Realm

ORIGIN = "north-station.example/esos-log"
START_MS = 1_790_000_000_000
RULES = rules_of(shipped.load("club")[1])


def seed_of(name: str) -> bytes:
    """A worthless key, the same every time."""
    return hashlib.sha256(f"esos case vector: {name}".encode()).digest()


STATION, CLINIC, SPARE, TEMPORARY, OTHER, NOBODY = map(
    seed_of, ("station", "clinic", "clinic's second key", "clinic's temporary key", "other member", "nobody")
)
PUBLIC = public_of(STATION)
KEYS = {kid_of(public_of(seed)): public_of(seed) for seed in (STATION, CLINIC, SPARE, TEMPORARY, OTHER, NOBODY)}


def name_of(seed: bytes) -> str:
    """The name of whoever founded itself with this key."""
    return kid_of(public_of(seed)).hex()


def member(party: str, known_by: KnownBy = KnownBy.KEY, **changes: Any) -> Speaker:
    return Speaker(party=party, **{"roles": frozenset({Role.MEMBER}), "known_by": known_by, **changes})


ITSELF = Speaker(party=name_of(STATION), roles=frozenset({Role.STATION}), known_by=KnownBy.KEY)
OFFICER = Speaker(
    party="officer:one",
    name="Officer One",
    roles=frozenset({Role.OFFICER, Role.REGISTRAR}),
    known_by=KnownBy.SESSION,
    attested=True,
)
CALLER = member(name_of(CLINIC))


@dataclass(frozen=True)
class Line:
    """A statement as a station keeps it; ``verdict`` None is the one the tables give."""

    statement: Statement
    speaker: Speaker
    at_ms: int
    verdict: str | None = None
    reason: str = ""


def attests(speaker: Speaker, **changes: Any) -> Attests:
    fields = {"party": speaker.party, "name": speaker.name, "channel": "page", "known_by": speaker.known_by.value}
    return Attests(**{**fields, **changes})


def say(seed: bytes, speaker: Speaker, kind: str, body: b.Body, second: int, **more: Any) -> Line:
    """Somebody says something so many seconds after the start."""
    at_ms = START_MS + 1000 * second
    if speaker.attested and "attests" not in more:
        more["attests"] = attests(speaker)
    realm = more.pop("realm", Realm.REAL)
    statement = write_statement(seed=seed, realm=realm, kind=kind, body=body, time_ms=at_ms, **more)
    return Line(statement, speaker, at_ms)


def key_of(seed: bytes) -> PublicKey:
    return PublicKey(public=public_of(seed), realm=Realm.REAL)


def card_of(seed: bytes, *more: bytes, by: bytes = b"", names: tuple[bytes, ...] = ()) -> Line:
    """A registrar enters a member by its card with the keys it ``names``, signed with its founding key, or ``by``."""
    card = MemberCard(name="Clinic", keys=tuple(map(key_of, names or (seed, *more))))
    proof = write_statement(
        seed=by or seed, realm=Realm.REAL, kind="card_signed", body=b.CardSigned(card=card), time_ms=START_MS
    )
    body = b.MemberRegistered(member=name_of(seed), card=card, proof=proof.raw)
    return say(STATION, ITSELF, "member_registered", body, -60)


def enrolled(member_id: str, seed: bytes) -> Line:
    """An officer enters a temporary key by call-back: the station's word, and no more."""
    body = b.KeyEnrolled(member=member_id, key=key_of(seed), temporary=True)
    return say(STATION, OFFICER, "key_enrolled", body, -30)


LODGED = b.GrantLodged(help_class="capacity", scope="Mail may go through the helper.", hours_after_call=24)
CALL = say(CLINIC, CALLER, "called", b.Called(call=b"call one", details=b.CallDetails(natures=(2,))), 0)
CASE = case_id_of(Realm.REAL, caller=CALLER.party, opening=CALL.statement.id)
AGAIN = say(CLINIC, CALLER, "called", b.Called(call=b"call two", details=b.CallDetails(natures=(2, 3))), 40)
OTHERS = say(
    OTHER, member(name_of(OTHER)), "called", b.Called(call=b"call six", details=b.CallDetails(natures=(5,))), 5
)
CONSENT = say(CLINIC, CALLER, "grant_lodged", LODGED, -10)


def standing(**changes: Any) -> b.LodgedGrant:
    fields = {"help_class": LODGED.help_class, "scope": LODGED.scope, "to": LODGED.to}
    expires_ms = START_MS + 24 * 3_600_000
    return b.LodgedGrant(**{"grant": CONSENT.statement.id, "expires_ms": expires_ms, **fields, **changes})


def arrived(call: Line = CALL, second: int = 1, **changes: Any) -> Line:
    """The station's word for a call; the first one says how the case began."""
    is_first = not changes.get("joined", False)
    fields = {"call": call.statement.id, "caller": CALLER.party, "caller_name": "Clinic", "verification": "key_ok"}
    rest = {"rules": write_rules(RULES), "standing": (standing(),)} if is_first else {}
    return say(STATION, ITSELF, "arrived", b.Arrived(**{**fields, **rest, **changes}), second, case=CASE)


def granted(seed: bytes = SPARE, speaker: Speaker = CALLER, **more: Any) -> Line:
    body = b.Granted(help_class="access", scope="The mail server.", expires_ms=START_MS + 3_600_000)
    return say(seed, speaker, "granted", body, 20, case=CASE, **more)


def wrote(seed: bytes, speaker: Speaker, text: str = "Two wards are dark.", **more: Any) -> Line:
    return say(seed, speaker, "messaged", b.Messaged(text=text), 30, **{"case": CASE, **more})


@dataclass(frozen=True)
class Story:
    """What a station keeps of one case. ``others`` are in its log as well, and concern other cases."""

    lines: tuple[Line, ...]
    register: tuple[Line, ...]
    others: tuple[Line, ...] = (OTHERS,)

    def with_line(self, line: Line, place: int | None = None) -> "Story":
        """One more line, at the end or at a place."""
        at = len(self.lines) if place is None else place
        return replace(self, lines=(*self.lines[:at], line, *self.lines[at:]))

    def instead(self, place: int, *lines: Line) -> "Story":
        """Other lines, or none, in the place of one."""
        return replace(self, lines=(*self.lines[:place], *lines, *self.lines[place + 1 :]))


HONEST = Story(
    lines=(
        CALL,
        arrived(),
        say(STATION, OFFICER, "acknowledged", b.Acknowledged(), 10, case=CASE),
        granted(),
        wrote(CLINIC, CALLER),
        AGAIN,
        arrived(AGAIN, 41, joined=True),
    ),
    register=(card_of(CLINIC, SPARE), CONSENT),
)


def fold(story: Story) -> tuple[Case, list[tuple[str, str]]]:
    """The case and the verdicts as the tables give them."""
    fields = {"caller": CALLER.party, "caller_name": "Clinic", "home": ITSELF.party, "rules": RULES}
    case = begin(Opening(case=CASE, realm=Realm.REAL, **fields))
    first = next((one.statement.body for one in story.lines if isinstance(one.statement.body, b.Arrived)), None)
    if first is not None:
        case = msgspec.structs.replace(case, verification=type(case.verification)(first.verification))
    verdicts = []
    for line in story.lines:
        if line.verdict == "fold.set_aside":
            verdicts.append((line.verdict, line.reason))
            continue
        said = line.statement
        event = Event(
            id=said.id, realm=said.realm, kind=said.kind, speaker=line.speaker, body=said.body, at_ms=line.at_ms
        )
        case, effects = step(case, event, line.at_ms)
        refused = next((one for one in effects if isinstance(one, Refused)), None)
        verdicts.append((refused.code, refused.reason) if refused else ("applied", ""))
    return case, verdicts


Judged = list[tuple[bytes, str, str]]


def judged(story: Story) -> tuple[Case, Judged]:
    """The case, and each statement with the verdict that the file shows."""
    case, verdicts = fold(story)
    return case, [
        (line.statement.id, *(found if line.verdict is None else (line.verdict, line.reason)))
        for line, found in zip(story.lines, verdicts, strict=True)
    ]


def word_of(story: Story, **said: Any) -> Line:
    """The station's word for a story; ``said`` changes what it says."""
    case, verdicts = judged(story)
    fields = {
        "case": CASE,
        "count": len(verdicts),
        "statements_sha256": list_digest(verdicts, (line.statement.id for line in story.register)),
        "case_sha256": case_digest(case),
    }
    return say(STATION, ITSELF, "case_exported", b.CaseExported(**{**fields, **said}), 100)


def log_of(story: Story, word: Line) -> "Log":
    return Log([*story.register, *story.others, *story.lines, word])


def bundle_of(story: Story = HONEST, word: Line | None = None) -> CaseBundle:
    """The file of a story, all of it logged and signed for; ``word`` is another line in the place of the station's."""
    _, verdicts = judged(story)
    word = word or word_of(story)
    log = log_of(story, word)
    authors = dict.fromkeys(line.statement.author for line in (*story.lines, *story.register, word))
    return CaseBundle(
        esos="case",
        version=1,
        station=BundleStation(public=PUBLIC, origin=ORIGIN, realm=Realm.REAL),
        case=CASE,
        size=log.tree.size,
        checkpoint=log.note(),
        keys=tuple(KEYS[author] for author in authors),
        statements=tuple(
            log.statement(line, code, reason) for line, (_, code, reason) in zip(story.lines, verdicts, strict=True)
        ),
        register=tuple(log.entry(line) for line in story.register),
        exported=log.entry(word),
    )


class Log:
    """The log of the station, with just these lines in it."""

    def __init__(self, lines: list[Line]) -> None:
        self._seqs: dict[bytes, int] = {}
        for line in lines:
            self._seqs.setdefault(line.statement.id, len(self._seqs) + 1)
        kept = {line.statement.id: line for line in lines}
        self.tree = Tree([claim_leaf(self._claim(kept[one]), self._key(one)) for one in self._seqs])

    def note(self) -> str:
        head = Checkpoint(origin=ORIGIN, size=self.tree.size, root=self.tree.root())
        return sign_checkpoint(head, public=PUBLIC, sign=partial(sign, STATION)).decode()

    def statement(self, line: Line, verdict: str, reason: str) -> BundleStatement:
        return BundleStatement(**self._fields(line), verdict=verdict, reason=reason)

    def entry(self, line: Line) -> BundleEntry:
        return BundleEntry(**self._fields(line))

    def _fields(self, line: Line) -> dict[str, Any]:
        statement = line.statement.id
        seq = self._seqs[statement]
        proof = BundleProof(
            key=self._key(statement),
            index=seq - 1,
            hashes=inclusion_proof(seq - 1, self.tree.size, self.tree.node),
        )
        admission = encode_speaker(line.speaker).decode()
        return {"seq": seq, "at_ms": line.at_ms, "cose": line.statement.raw, "admission": admission, "proof": proof}

    def _claim(self, line: Line) -> Any:
        return claim_of(
            station=kid_of(PUBLIC),
            seq=self._seqs[line.statement.id],
            statement=line.statement.id,
            at_ms=line.at_ms,
            admission=encode_speaker(line.speaker),
        )

    def _key(self, statement: bytes) -> bytes:
        return hashlib.sha256(b"esos case vector: key of leaf " + statement).digest()
