"""Admission: who may say what, in which realm, signed or attested; each statement is judged once, before it is kept."""

import hashlib

import msgspec
import pytest

from esos.errors import Conflict, Forbidden, Malformed, ProofFailed, Unauthenticated, Unknown
from esos.keys.identity import kid_of, public_of
from esos.keys.speaker import KnownBy, Role, Speaker, decode_speaker, encode_speaker
from esos.message import bodies as b
from esos.message.card import MemberCard, PublicKey
from esos.message.kinds import KINDS, Scope
from esos.message.packet import Header, sign_packet
from esos.message.packet_codes import Origin, PacketType
from esos.message.packet_payload import CallFields
from esos.message.reading import packet_statement
from esos.message.statement import Attests, write_statement
from esos.pact import shipped
from esos.station.admit import Judge
from esos.station.directory import Directory
from esos.station.identity import StationIdentity
from esos.station.records import Entry
from esos.words.erasure import EraseGround
from esos.words.ground import Ground
from esos.words.need import HelpClass
from esos.words.realm import Realm

NOW_MS = 1_764_000_000_000
HOUR_MS = 3_600_000
CASE = b"c" * 16
CALL = b"call-one"
STATION = StationIdentity(seed=b"s" * 32, master=b"m" * 32, name="Watch One", realm=Realm.REAL)
DRILLS = StationIdentity(seed=b"d" * 32, master=b"m" * 32, name="Drill Watch", realm=Realm.EXERCISE)
MEMBER, OTHER, STRANGER, DRILLER, TEMPORARY = (letter * 32 for letter in (b"1", b"2", b"3", b"4", b"5"))
OFFICER = "officer:first"
REGISTRAR = Speaker(party=OFFICER, roles=frozenset({Role.REGISTRAR}), known_by=KnownBy.SESSION, attested=True)


def party_of(seed):
    return kid_of(public_of(seed)).hex()


def key_of(seed, realm=Realm.REAL):
    return PublicKey(public=public_of(seed), realm=realm)


def registration(seed, *others, realm=Realm.REAL):
    """What a registrar says of a member with this key, and with others on its card: the card it signed itself."""
    card = MemberCard(name="A Member", keys=tuple(key_of(one, realm) for one in (seed, *others)))
    proof = said(seed, "card_signed", b.CardSigned(card=card), realm=realm).raw
    return b.MemberRegistered(member=party_of(seed), card=card, proof=proof)


class Register:
    """A station's directory, filled by the station's own statements."""

    def __init__(self, identity=STATION):
        self.identity = identity
        self.directory = Directory(identity)
        self.judge = Judge(self.directory)
        self._seq = 0

    def holds(self, kind, body, *, by=None, at_ms=NOW_MS):
        self.judge.judge_own(self.identity.say(kind, body, now_ms=at_ms), by or self.identity.speaker)
        return self.folds(kind, body, at_ms=at_ms)

    def folds(self, kind, body, *, at_ms=NOW_MS):
        """The same of what an older station admitted, or two doors at once: it stands in the journal unjudged."""
        statement = self.identity.say(kind, body, now_ms=at_ms)
        self._seq += 1
        self.directory.apply(
            Entry(
                seq=self._seq,
                at_ms=at_ms,
                id=statement.id,
                kind=kind,
                route="register",
                cose=statement.raw,
                admission=encode_speaker(self.identity.speaker),
                case=None,
                verdict="applied",
                reason="",
            )
        )
        return self

    def with_member(self, seed, realm=Realm.REAL):
        return self.holds("member_registered", registration(seed, realm=realm))

    def with_officer(self, *roles):
        return self.holds("officer_added", b.OfficerAdded(officer=OFFICER, name="First", roles=roles or ("officer",)))


@pytest.fixture
def register():
    pact, _ = shipped.load("club")
    made = Register().holds("pact_published", b.PactPublished(raw=pact))
    return made.with_member(MEMBER).with_member(OTHER).with_officer()


def said(seed, kind, body, *, realm=Realm.REAL, case=None, attests=None):
    row = KINDS[kind]
    case = case or (CASE if row.scope is Scope.CASE else None)
    return write_statement(seed=seed, realm=realm, kind=kind, body=body, time_ms=NOW_MS, case=case, attests=attests)


def judged(register, seed, kind, body, *, stranger=False, now_ms=NOW_MS, **given):
    raw = said(seed, kind, body, **given).raw
    return register.judge.judge(raw, now_ms=now_ms, stranger_key=public_of(seed) if stranger else b"")


def refusal(error, register, seed, kind, body, **given):
    with pytest.raises(error) as refused:
        judged(register, seed, kind, body, **given)
    return refused.value.code


def attested(register, speaker, kind, body):
    """What a station says for a person at a page."""
    statement = register.identity.say(
        kind,
        body,
        now_ms=NOW_MS,
        case=CASE if KINDS[kind].scope is Scope.CASE else None,
        attests=Attests(party=speaker.party, known_by=speaker.known_by.value),
    )
    return register.judge.judge_own(statement, speaker)


def attested_refusal(error, register, speaker, kind, body):
    with pytest.raises(error) as refused:
        attested(register, speaker, kind, body)
    return refused.value.code


# ------------------------------------------------------------------------------------------ who speaks
def test_a_member_is_known_by_its_key(register):
    speaker = judged(register, MEMBER, "called", b.Called(call=CALL)).speaker
    assert (speaker.party, speaker.name) == (party_of(MEMBER), "A Member")
    assert (speaker.known_by, speaker.attested, speaker.has_own_key) == (KnownBy.KEY, False, True)


def test_a_judgement_travels_with_the_statement_as_it_was_made(register):
    found = judged(register, MEMBER, "called", b.Called(call=CALL))
    assert decode_speaker(found.admitted.admission) == found.speaker
    assert found.admitted.id == found.statement.id
    assert found.admitted.cose == found.statement.raw


def test_a_stranger_is_heard_when_it_sends_its_key_along(register):
    found = judged(register, STRANGER, "called", b.Called(call=CALL), stranger=True)
    assert found.speaker.party == f"stranger:{party_of(STRANGER)}"
    assert found.speaker.roles == {Role.STRANGER}
    assert found.speaker.known_by is KnownBy.NOTHING
    assert not found.speaker.has_own_key
    assert found.speaker.stranger_key == public_of(STRANGER)


def test_without_its_key_a_stranger_is_told_what_to_do(register):
    assert refusal(Unauthenticated, register, STRANGER, "called", b.Called(call=CALL)) == "key.unknown"


def test_a_key_that_is_not_the_authors_proves_nothing(register):
    raw = said(STRANGER, "called", b.Called(call=CALL)).raw
    with pytest.raises(ProofFailed) as refused:
        register.judge.judge(raw, now_ms=NOW_MS, stranger_key=public_of(OTHER))
    assert refused.value.code == "statement.signature"


def test_a_signature_that_does_not_hold_is_refused_for_members_and_strangers(register):
    for seed in (MEMBER, STRANGER):
        raw = bytearray(said(seed, "called", b.Called(call=CALL)).raw)
        raw[-1] ^= 1
        with pytest.raises(ProofFailed) as refused:
            register.judge.judge(bytes(raw), now_ms=NOW_MS, stranger_key=public_of(seed))
        assert refused.value.code == "statement.signature"


def test_what_is_no_statement_is_refused_before_anybody_is_asked(register):
    with pytest.raises(Malformed):
        register.judge.judge(b"help", now_ms=NOW_MS)


def test_a_member_that_sends_a_key_along_is_still_the_member(register):
    found = judged(register, MEMBER, "called", b.Called(call=CALL), stranger=True)
    assert found.speaker.party == party_of(MEMBER)


# ------------------------------------------------------------------------------------------ keys that end
def enrolled(register, *, until_ms=0, temporary=True):
    key = PublicKey(public=public_of(TEMPORARY), realm=Realm.REAL)
    body = b.KeyEnrolled(member=party_of(MEMBER), key=key, temporary=temporary, until_ms=until_ms)
    return register.holds("key_enrolled", body)


def test_a_temporary_key_speaks_for_its_member_for_72_hours_at_most(register):
    enrolled(register, until_ms=NOW_MS + 1000 * HOUR_MS)
    last_ms = NOW_MS + 72 * HOUR_MS
    found = judged(register, TEMPORARY, "called", b.Called(call=CALL), now_ms=last_ms - 1)
    assert (found.speaker.party, found.speaker.known_by) == (party_of(MEMBER), KnownBy.TEMPORARY_KEY)
    assert refusal(Unauthenticated, register, TEMPORARY, "called", b.Called(call=CALL), now_ms=last_ms) == "key.unknown"


def test_a_revoked_key_speaks_for_nobody(register):
    register.holds("key_revoked", b.KeyRevoked(kid=kid_of(public_of(MEMBER))), by=REGISTRAR)
    assert refusal(Unauthenticated, register, MEMBER, "called", b.Called(call=CALL)) == "key.unknown"


def test_the_stations_own_key_is_not_revoked_by_anybody(register):
    register.holds("key_revoked", b.KeyRevoked(kid=STATION.kid), by=REGISTRAR)
    assert register.directory.key(STATION.kid, NOW_MS) is not None


# ------------------------------------------------------------------------------------------ whose a key is
WATCH = Speaker(party=OFFICER, roles=frozenset({Role.OFFICER}), known_by=KnownBy.SESSION, attested=True)
FACTORS = ("card", "call-back")


def enrolment(seed, *, member=MEMBER, temporary=False, factors=FACTORS):
    return b.KeyEnrolled(member=party_of(member), key=key_of(seed), temporary=temporary, factors=factors)


def whose(register, seed, now_ms=NOW_MS):
    speaker = register.directory.speaker_of_key(kid_of(public_of(seed)), now_ms)
    return speaker.party if speaker else None


@pytest.mark.parametrize("seed", [OTHER, STATION.seed])
@pytest.mark.parametrize("temporary", [False, True])
def test_nobody_enrols_a_key_of_another_member_or_of_the_station(register, seed, temporary):
    before = whose(register, seed)
    body = enrolment(seed, temporary=temporary)
    for speaker in (REGISTRAR, WATCH) if temporary else (REGISTRAR,):
        assert attested_refusal(Conflict, register, speaker, "key_enrolled", body) == "key.taken"
    assert whose(register.folds("key_enrolled", body), seed) == before


@pytest.mark.parametrize("seed", [OTHER, STATION.seed])
def test_nobody_registers_a_card_that_names_a_key_of_another(register, seed):
    before, body = whose(register, seed), registration(STRANGER, seed)
    assert attested_refusal(Conflict, register, REGISTRAR, "member_registered", body) == "key.taken"
    register.folds("member_registered", body)
    assert whose(register, seed) == before
    assert party_of(STRANGER) not in register.directory.members
    assert whose(register, STRANGER) is None


def test_a_member_is_not_registered_without_the_card_it_signed(register):
    good, other = registration(STRANGER), registration(OTHER)
    for body, error, code in (
        (msgspec.structs.replace(good, proof=b""), Malformed, "card.kind"),
        (msgspec.structs.replace(good, proof=other.proof), ProofFailed, "card.other"),
        (msgspec.structs.replace(good, card=MemberCard(name="B", keys=(key_of(STRANGER),))), ProofFailed, "card.other"),
        (msgspec.structs.replace(good, member=party_of(OTHER)), ProofFailed, "card.other"),
    ):
        assert attested_refusal(error, register, REGISTRAR, "member_registered", body) == code
    attested(register, REGISTRAR, "member_registered", good)


def test_a_key_that_ran_out_or_was_revoked_never_becomes_anothers(register):
    register.holds("key_enrolled", enrolment(TEMPORARY, temporary=True))
    late_ms = NOW_MS + 100 * HOUR_MS
    assert whose(register, TEMPORARY, late_ms) is None
    for _ in range(2):
        body = enrolment(TEMPORARY, member=OTHER)
        assert attested_refusal(Conflict, register, REGISTRAR, "key_enrolled", body) == "key.taken"
        register.holds("key_revoked", b.KeyRevoked(kid=kid_of(public_of(TEMPORARY))), by=REGISTRAR)


def test_a_revoked_key_stays_void_whatever_is_said_later(register):
    register.holds("key_revoked", b.KeyRevoked(kid=kid_of(public_of(MEMBER))), by=REGISTRAR)
    assert attested_refusal(Conflict, register, REGISTRAR, "key_enrolled", enrolment(MEMBER)) == "key.void"
    register.holds("member_registered", registration(MEMBER), by=REGISTRAR)
    assert whose(register, MEMBER) is None


def test_an_officer_alone_enrols_a_key_for_some_hours_and_by_two_factors(register):
    assert attested_refusal(Forbidden, register, WATCH, "key_enrolled", enrolment(TEMPORARY)) == "key.permanent"
    for factors in ((), ("card",), ("card", "card")):
        body = enrolment(TEMPORARY, temporary=True, factors=factors)
        assert attested_refusal(Forbidden, register, WATCH, "key_enrolled", body) == "key.factors"
    attested(register, WATCH, "key_enrolled", enrolment(TEMPORARY, temporary=True))
    attested(register, REGISTRAR, "key_enrolled", enrolment(TEMPORARY, factors=()))


def test_a_members_own_key_is_not_cut_short_by_enrolling_it_for_some_hours(register):
    body = enrolment(MEMBER, temporary=True)
    assert attested_refusal(Conflict, register, WATCH, "key_enrolled", body) == "key.known"
    register.folds("key_enrolled", body)
    assert whose(register, MEMBER, NOW_MS + 100 * HOUR_MS) == party_of(MEMBER)


def test_a_key_is_enrolled_for_a_known_member_only(register):
    for party in (OFFICER, STATION.party, "nobody"):
        body = msgspec.structs.replace(enrolment(TEMPORARY), member=party)
        assert attested_refusal(Unknown, register, REGISTRAR, "key_enrolled", body) == "member.unknown"
        register.folds("key_enrolled", body)
        assert whose(register, TEMPORARY) is None


# ------------------------------------------------------------------------------------------ realms (law 7)
@pytest.mark.parametrize("stranger", [False, True])
def test_an_exercise_statement_never_enters_a_real_station(register, stranger):
    code = refusal(
        Forbidden if stranger else Unauthenticated,
        register, DRILLER, "called", b.Called(call=CALL), realm=Realm.EXERCISE, stranger=stranger,
    )  # fmt: skip
    assert code == ("realm.mismatch" if stranger else "key.unknown")


def test_a_real_key_makes_no_exercise_and_not_even_a_test_in_one(register):
    for kind, body, code in (
        ("called", b.Called(call=CALL), "realm.mismatch"),
        ("tested", b.Tested(call=CALL), "realm.key"),
    ):
        assert refusal(Forbidden, register, MEMBER, kind, body, realm=Realm.EXERCISE) == code


def test_an_exercise_key_enters_no_real_register(register):
    body = registration(DRILLER, realm=Realm.EXERCISE)
    key = b.KeyEnrolled(member=party_of(MEMBER), key=key_of(DRILLER, Realm.EXERCISE))
    for kind, said_of_it in (("member_registered", body), ("key_enrolled", key)):
        assert attested_refusal(Forbidden, register, REGISTRAR, kind, said_of_it) == "card.realm"


def test_a_real_call_never_enters_an_exercise_station():
    pact, _ = shipped.load("club")
    drills = Register(DRILLS).holds("pact_published", b.PactPublished(raw=pact)).with_member(DRILLER, Realm.EXERCISE)
    judged(drills, DRILLER, "called", b.Called(call=CALL), realm=Realm.EXERCISE)
    assert refusal(Forbidden, drills, MEMBER, "called", b.Called(call=CALL), stranger=True) == "realm.mismatch"
    assert refusal(Forbidden, drills, DRILLER, "called", b.Called(call=CALL), realm=Realm.REAL) == "realm.mismatch"


@pytest.mark.parametrize("kind", [PacketType.EXERCISE, PacketType.EXERCISE_UPDATE, PacketType.EXERCISE_CANCEL])
def test_an_exercise_packet_never_becomes_a_real_call(register, kind):
    header = Header(type=kind, kid=kid_of(public_of(MEMBER)), call=CALL, sequence=0)
    statement = packet_statement(sign_packet(MEMBER, header, CallFields()))
    for judge in (register.judge.judge_statement, register.judge.judge_verified):
        with pytest.raises(Forbidden) as refused:
            judge(statement, now_ms=NOW_MS)
        assert refused.value.code == "realm.mismatch"


def test_a_test_of_the_way_is_heard_and_reaches_no_case(register):
    found = judged(register, MEMBER, "tested", b.Tested(call=CALL))
    assert found.admitted.route == ""


# ------------------------------------------------------------------------------------------ routes
def test_a_call_is_folded_with_its_callers_case_and_a_statement_with_the_one_it_names(register):
    assert judged(register, MEMBER, "called", b.Called(call=CALL)).admitted.route == f"caller:{party_of(MEMBER)}"
    message = judged(register, MEMBER, "messaged", b.Messaged(text="Here."))
    assert message.admitted.route == f"case:{CASE.hex()}"
    stated = b.AvailabilityStated(member=party_of(MEMBER), line="filtering", units=3)
    assert judged(register, MEMBER, "availability_stated", stated).admitted.route == "register"


def test_a_relayed_call_belongs_to_the_one_it_is_for(register):
    known = b.Relayed(call=CALL, caller=party_of(OTHER))
    assert judged(register, MEMBER, "relayed", known).admitted.route == f"caller:{party_of(OTHER)}"
    named = [b.Relayed(call=CALL, caller_name=name) for name in ("Harbour  Hospital", "harbour hospital")]
    routes = {judged(register, MEMBER, "relayed", one).admitted.route for one in named}
    assert routes == {f"caller:guest:{hashlib.sha256(b'harbour hospital').hexdigest()[:16]}"}


def test_a_relayed_call_reaches_its_caller_by_any_key_it_ever_had(register):
    register.holds("key_enrolled", enrolment(TEMPORARY, temporary=True))
    header = Header(type=PacketType.CALL, kid=kid_of(public_of(OTHER)), call=CALL, sequence=0)
    fields = CallFields(origin=Origin.RELAY, caller=kid_of(public_of(TEMPORARY)))
    statement = packet_statement(sign_packet(OTHER, header, fields))
    for now_ms in (NOW_MS, NOW_MS + 100 * HOUR_MS):
        found = register.judge.judge_verified(statement, now_ms=now_ms)
        assert found.admitted.route == f"caller:{party_of(MEMBER)}"


@pytest.mark.parametrize("named", [OFFICER, STATION.party, "visitor:0011223344556677", "stranger:ff", "a name"])
def test_a_caller_who_is_no_member_is_a_guest_whatever_it_is_called(register, named):
    found = judged(register, STRANGER, "relayed", b.Relayed(call=CALL, caller=named), stranger=True)
    assert found.admitted.route == f"caller:guest:{hashlib.sha256(named.encode()).hexdigest()[:16]}"


def test_calls_for_somebody_without_a_name_are_kept_apart_by_their_id(register):
    routes = {
        judged(register, MEMBER, "relayed", b.Relayed(call=call)).admitted.route for call in (b"call-one", b"call-two")
    }
    assert len(routes) == 2


def test_a_packet_by_a_relay_is_a_relayed_call(register):
    header = Header(type=PacketType.CALL, kid=kid_of(public_of(MEMBER)), call=CALL, sequence=0)
    fields = CallFields(origin=Origin.RELAY, caller=kid_of(public_of(OTHER)))
    found = register.judge.judge_verified(packet_statement(sign_packet(MEMBER, header, fields)), now_ms=NOW_MS)
    assert found.statement.kind == "relayed"
    assert found.admitted.route == f"caller:{party_of(OTHER)}"
    assert found.admitted.dedupe == header.kid + CALL + b"\x00"


def test_a_packet_by_a_key_nobody_knows_is_not_taken_at_the_verified_door(register):
    header = Header(type=PacketType.CALL, kid=kid_of(public_of(STRANGER)), call=CALL, sequence=0)
    with pytest.raises(Unauthenticated) as refused:
        register.judge.judge_verified(packet_statement(sign_packet(STRANGER, header, CallFields())), now_ms=NOW_MS)
    assert refused.value.code == "key.unknown"


# ------------------------------------------------------------------------------------------ roles
MEMBERS_MAY_NOT = {
    "acknowledged": b.Acknowledged(),
    "called_back": b.CalledBack(result="in_distress"),
    "stood_down": b.StoodDown(caller_agrees=True),
    "no_emergency": b.NoEmergency(evidence="None."),
    "seconded": b.Seconded(proposal=bytes(32)),
    "elapsed": b.Elapsed(timer="lease", due_ms=1),
    "arrived": b.Arrived(call=bytes(32), caller="x"),
    "wave_called": b.WaveCalled(wave=1, asked=0),
    "officer_added": b.OfficerAdded(officer="x", name="X", roles=("officer",)),
    "roster_set": b.RosterSet(),
    "member_suspended": b.MemberSuspended(member="x"),
    "erased": b.Erased(ground=EraseGround.ASKED),
    "hold_set": b.HoldSet(reason="Keep it."),
}


@pytest.mark.parametrize("kind", MEMBERS_MAY_NOT)
def test_a_members_key_does_not_say_what_is_the_stations_or_its_peoples(register, kind):
    assert refusal(Forbidden, register, MEMBER, kind, MEMBERS_MAY_NOT[kind]) == "statement.role"


STRANGERS_MAY = {"called", "relayed", "updated", "sitrep_given", "messaged", "urgency_changed", "cancelled", "tested"}


def test_a_stranger_calls_talks_and_cancels_and_answers_no_requests(register):
    allowed = {name for name, row in KINDS.items() if Role.STRANGER in row.who}
    assert allowed >= STRANGERS_MAY
    for kind, body in (
        ("committed", b.Committed(request=bytes(16))),
        ("declined", b.Declined(request=bytes(16), ground=Ground.UNABLE)),
        ("volunteered", b.Volunteered()),
        ("acceded", b.Acceded(member="x", pact="club", digest=bytes(32))),
    ):
        assert refusal(Forbidden, register, STRANGER, kind, body, stranger=True) == "statement.role"


def test_an_officer_speaks_through_the_station_and_only_in_its_roles(register):
    speaker = register.directory.officer_speaker(OFFICER, KnownBy.SESSION)
    found = attested(register, speaker, "acknowledged", b.Acknowledged())
    assert (found.speaker.party, found.speaker.attested) == (OFFICER, True)
    assert found.statement.author == STATION.kid
    with pytest.raises(Forbidden) as refused:
        attested(register, speaker, "member_suspended", b.MemberSuspended(member="x"))
    assert refused.value.code == "statement.role"


def test_somebody_who_is_no_officer_any_more_is_nobody(register):
    register.holds("officer_removed", b.OfficerRemoved(officer=OFFICER))
    assert register.directory.officer_speaker(OFFICER, KnownBy.SESSION) is None


def test_a_second_seconds_and_takes_no_charge():
    register = Register().with_officer("second")
    speaker = register.directory.officer_speaker(OFFICER, KnownBy.SESSION)
    attested(register, speaker, "seconded", b.Seconded(proposal=bytes(32)))
    with pytest.raises(Forbidden):
        attested(register, speaker, "acknowledged", b.Acknowledged())


# ------------------------------------------------------------------------------------------ attested or signed
UNATTESTED = sorted(name for name, row in KINDS.items() if not row.attestable)
NEEDS_A_KEY = {"granted", "grant_revoked", "agreed", "acceded", "accession_withdrawn", "grant_lodged", "package_lodged"}


def test_consent_and_accession_are_never_attested():
    assert set(UNATTESTED) >= NEEDS_A_KEY


def test_a_member_at_a_page_calls_and_answers_and_gives_no_consent(register):
    speaker = register.directory.member_speaker(party_of(MEMBER), KnownBy.SESSION, attested=True)
    attested(register, speaker, "called", b.Called(call=CALL))
    attested(register, speaker, "committed", b.Committed(request=bytes(16)))
    granted = b.Granted(help_class=HelpClass.ACCESS, scope="All.", expires_ms=NOW_MS + HOUR_MS)
    with pytest.raises(Forbidden) as refused:
        attested(register, speaker, "granted", granted)
    assert refused.value.code == "statement.unsigned"


def test_a_member_signs_its_consent_with_its_own_key(register):
    granted = b.Granted(help_class=HelpClass.ACCESS, scope="All.", expires_ms=NOW_MS + HOUR_MS)
    assert judged(register, MEMBER, "granted", granted).speaker.has_own_key


def test_nobody_but_the_station_attests(register):
    attests = Attests(party=party_of(OTHER))
    body = b.Messaged(text="Here.")
    assert refusal(Forbidden, register, MEMBER, "messaged", body, attests=attests) == "statement.attests_other"
    assert (
        refusal(Forbidden, register, STRANGER, "messaged", body, attests=attests, stranger=True)
        == "statement.attests_stranger"
    )


def test_what_a_station_attested_is_not_taken_from_outside(register):
    """Whoever copies an attested statement back to a door speaks for nobody."""
    statement = STATION.say(
        "messaged", b.Messaged(text="Here."), now_ms=NOW_MS, case=CASE, attests=Attests(party=OFFICER)
    )
    with pytest.raises(Forbidden) as refused:
        register.judge.judge(statement.raw, now_ms=NOW_MS)
    assert refused.value.code == "statement.attests_other"


def test_the_stations_own_statements_are_its_own(register):
    statement = STATION.say("elapsed", b.Elapsed(timer="lease", due_ms=1), now_ms=NOW_MS, case=CASE)
    found = register.judge.judge_own(statement, STATION.speaker)
    assert found.speaker.roles == {Role.STATION}
    assert found.admitted.route == f"case:{CASE.hex()}"


# ------------------------------------------------------------------------------------------ showing who one is
def test_a_party_shows_who_it_is_and_that_reaches_no_case(register):
    presented = b.Presented(audience=STATION.kid, expires_ms=NOW_MS + HOUR_MS)
    found = judged(register, MEMBER, "presented", presented)
    assert found.speaker.party == party_of(MEMBER)
    assert found.admitted.route == ""
    speaker = register.directory.member_speaker(party_of(MEMBER), KnownBy.SESSION, attested=True)
    with pytest.raises(Forbidden) as refused:
        attested(register, speaker, "presented", presented)
    assert refused.value.code == "statement.unsigned"


# ------------------------------------------------------------------------------------------ suspended, and others' words
def test_a_suspended_member_still_calls_and_directs_its_own_case(register):
    register.holds("member_suspended", b.MemberSuspended(member=party_of(MEMBER)))
    granted = b.Granted(help_class=HelpClass.ACCESS, scope="All.", expires_ms=NOW_MS + HOUR_MS)
    for kind, body in (
        ("called", b.Called(call=CALL)),
        ("updated", b.Updated(number=1)),
        ("messaged", b.Messaged(text="Here.")),
        ("granted", granted),
        ("cancelled", b.Cancelled()),
    ):
        assert judged(register, MEMBER, kind, body).speaker.party == party_of(MEMBER)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("committed", b.Committed(request=bytes(16))),
        ("volunteered", b.Volunteered()),
        ("offered", b.Offered(request=bytes(16))),
    ],
)
def test_a_suspended_member_helps_nobody_until_it_is_restored(register, kind, body):
    register.holds("member_suspended", b.MemberSuspended(member=party_of(MEMBER)))
    assert refusal(Forbidden, register, MEMBER, kind, body) == "member.suspended"
    register.holds("member_suspended", b.MemberSuspended(member=party_of(MEMBER), suspended=False))
    judged(register, MEMBER, kind, body)


def test_a_member_speaks_only_for_itself_in_the_register(register):
    for kind, body in (
        ("availability_stated", b.AvailabilityStated(member=party_of(OTHER), line="filtering", units=3)),
        ("package_lodged", b.PackageLodged(member=party_of(OTHER), lines=(b.NeedAsk(line="filtering"),))),
        ("conflict_declared", b.ConflictDeclared(member=party_of(OTHER), other="x")),
        ("key_revoked", b.KeyRevoked(kid=kid_of(public_of(OTHER)))),
        ("member_sponsored", b.MemberSponsored(member="x", sponsor=party_of(OTHER))),
    ):
        assert refusal(Forbidden, register, MEMBER, kind, body) == "statement.not_yours"


def test_a_registrar_states_for_a_member(register):
    body = b.AvailabilityStated(member=party_of(OTHER), line="filtering", units=3)
    assert attested(register, REGISTRAR, "availability_stated", body).speaker == REGISTRAR


def test_a_consent_lodged_beforehand_is_ready_for_the_members_next_call(register):
    lodged = b.GrantLodged(
        help_class=HelpClass.ACCESS, scope="Logs.", hours_after_call=2, valid_until_ms=NOW_MS + HOUR_MS
    )
    statement = said(MEMBER, "grant_lodged", lodged)
    admission = register.judge.judge(statement.raw, now_ms=NOW_MS).admitted.admission
    entry = Entry(
        seq=99, at_ms=NOW_MS, id=statement.id, kind="grant_lodged", route="register", cose=statement.raw,
        admission=admission, case=None, verdict="applied", reason="",
    )  # fmt: skip
    register.directory.apply(entry)
    (standing,) = register.directory.standing_grants(party_of(MEMBER), at_ms=NOW_MS)
    assert (standing.grant, standing.expires_ms) == (statement.id, NOW_MS + HOUR_MS)
    assert register.directory.standing_grants(party_of(MEMBER), at_ms=NOW_MS + HOUR_MS) == ()
    assert register.directory.standing_grants(party_of(OTHER), at_ms=NOW_MS) == ()
