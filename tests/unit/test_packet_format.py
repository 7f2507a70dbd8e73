"""The call packet, told by its sizes, its refusals and what can never be made of it."""

import msgspec
import pytest

from esos.errors import EsosError, Forbidden, Malformed, TooLarge, Unauthenticated
from esos.keys.identity import kid_of, public_of
from esos.message.bodies import CallDetails, NeedAsk
from esos.message.cbor import decode
from esos.message.cose import decode_sign1, sig_structure
from esos.message.packet import (
    Header,
    is_packet_cose,
    open_packet,
    pad_packet,
    protected_of,
    read_compact,
    read_cose,
    seal_packet,
    sign_packet,
)
from esos.message.packet_ack import Ack, encode_ack, open_ack
from esos.message.packet_codes import SECTORS, AckState, CallState, Origin, PacketType, ReplyChannel
from esos.message.packet_details import fields_of, split_fields
from esos.message.packet_keys import Registered, StationKeys
from esos.message.packet_limits import PARTS
from esos.message.packet_part import PartFields
from esos.message.packet_payload import CallFields, decode_fields, encode_fields, home_digest_of
from esos.message.packet_seal import EPOCH_MS, Sealer, derive_key, epoch_of, nonce_of
from esos.message.reading import details_of
from esos.message.statement import write_statement
from esos.triage.facts import Sector
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.realm import Realm
from esos.words.urgency import Urgency

SEED = bytes(range(32))
PUBLIC = public_of(SEED)
KID = kid_of(PUBLIC)
MASTER = b"m" * 32
EPOCH = 20
MINIMAL = CallFields(time_s=1_764_000_000, urgency=Urgency.MAYDAY, natures=(Nature.FLOODING,))
STANDARD = CallFields(
    time_s=1_764_000_000,
    urgency=Urgency.MAYDAY,
    natures=(Nature.FLOODING,),
    states=(CallState.INBOUND_FLOODED, CallState.DNS_GONE),
    origin=Origin.MANUAL,
    at_risk_log10=4,
    reply=ReplyChannel.TELEPHONE,
    sector="health",
    country="NL",
    asn=64_500,
    home_digest=home_digest_of((KID,)),
)
LONGEST = CallFields(
    time_s=4_294_967_295,
    urgency=Urgency.MAYDAY,
    natures=tuple(Nature)[1:],
    states=tuple(CallState),
    origin=Origin.MANUAL,
    at_risk_log10=9,
    reply=ReplyChannel.NONE,
    sector=SECTORS[-1],
    country="ZZ",
    asn=4_294_967_295,
    home_digest=b"\xff" * 4,
    home_number=255,
)
PART = PartFields(first=1, count=2, digest=b"dig.", data=b"some bytes of a report")


def header(kind=PacketType.CALL, sequence=0):
    return Header(type=kind, kid=KID, call=b"call-id!", sequence=sequence)


def packet_of(fields, kind=PacketType.CALL, epoch=EPOCH):
    return seal_packet(sign_packet(SEED, header(kind), fields), Sealer(derive_key(MASTER, KID, epoch)))


def any_of(kind, sealed_as=None):
    """Some packet of a type that its reader takes, perhaps sealed anew as another type."""
    said = PART if kind in PARTS else STANDARD
    signed = sign_packet(SEED, header(kind, sequence=1), said)
    retyped = msgspec.structs.replace(signed, header=header(sealed_as or kind, sequence=1))
    return seal_packet(retyped, Sealer(derive_key(MASTER, KID, EPOCH)))


def keys(realm=Realm.REAL, epoch=EPOCH):
    return StationKeys(
        MASTER, registered=lambda kid: Registered(PUBLIC, realm) if kid == KID else None, epoch=lambda: epoch
    )


def code_of(act, /, *args, **kwargs):
    with pytest.raises(EsosError) as refusal:
        act(*args, **kwargs)
    return refusal.value.code


# --------------------------------------------------------------------------------------------------- sizes
def test_the_sizes_are_those_of_the_specification():
    assert len(packet_of(MINIMAL)) == 99
    assert len(packet_of(STANDARD)) == 115
    assert len(packet_of(CallFields())) == 99
    assert len(packet_of(LONGEST)) <= 128


def test_a_call_fits_a_text_message_a_mesh_packet_and_a_dns_query():
    """140 bytes binary SMS, 200 bytes Meshtastic; a DNS name carries 146 bytes beside the zone (brief 3)."""
    largest = len(packet_of(CallFields(time_s=1, prefix="2001:db8::7/128")))
    assert largest == 127
    assert all(largest <= carried for carried in (140, 146, 200))


def test_four_answers_are_no_larger_than_one_padded_call_headers_counted():
    ack = encode_ack(
        Ack(call=b"call-id!", sequence=0, state=AckState.COMMITTED, station=b"stat", time_ms=1),
        kid=KID,
        sealer=Sealer(bytes(32)),
    )
    assert len(ack) == 38
    assert 4 * (len(ack) + 28) <= len(pad_packet(packet_of(MINIMAL), 240)) + 28
    assert 4 * (len(ack) + 48) <= len(pad_packet(packet_of(MINIMAL), 296)) + 48


def test_every_field_of_a_direct_call_fits_at_its_longest():
    assert len(encode_fields(LONGEST)) == 34


def test_what_is_too_long_is_refused_with_the_way_out():
    with pytest.raises(TooLarge) as refusal:
        encode_fields(msgspec.structs.replace(LONGEST, prefix="2001:db8::/48"))
    assert refusal.value.code == "packet.too_long"
    assert "update" in refusal.value.hint


# ------------------------------------------------------------------------------------------ opening in order
def test_an_opened_packet_says_what_was_signed():
    opened = open_packet(pad_packet(packet_of(STANDARD), 240), keys().current)
    assert opened.fields == STANDARD
    assert opened.header == header()
    assert opened.id == opened.signed.statement_id()
    assert opened.signed.dedupe_key() == KID + b"call-id!" + b"\x00"


def test_a_caller_nobody_knows_is_unauthenticated():
    with pytest.raises(Unauthenticated) as refusal:
        open_packet(packet_of(MINIMAL), lambda _: None)
    assert refusal.value.code == "packet.unknown_key"


def test_a_revoked_key_stops_at_once_though_it_is_remembered():
    live = {KID: Registered(PUBLIC, Realm.REAL)}
    ring = StationKeys(MASTER, registered=live.get, epoch=lambda: EPOCH)
    open_packet(packet_of(MINIMAL), ring.current)
    live.clear()
    assert code_of(open_packet, packet_of(MINIMAL), ring.current) == "packet.unknown_key"


def test_the_checks_stop_at_the_cheapest_that_fails():
    good = packet_of(MINIMAL)
    wrong_everywhere = b"\x00" + good[1:-1] + bytes((good[-1] ^ 1,))
    assert code_of(open_packet, wrong_everywhere[:50], keys().current) == "packet.length"
    assert code_of(open_packet, wrong_everywhere, keys().current) == "packet.magic"
    assert code_of(open_packet, b"\xe5" + wrong_everywhere[1:], lambda _: None) == "packet.unknown_key"
    assert code_of(open_packet, b"\xe5" + wrong_everywhere[1:], keys().current) == "packet.tag"


@pytest.mark.parametrize("position", range(99))
def test_no_byte_of_a_packet_can_be_changed(position):
    good = packet_of(MINIMAL)
    changed = good[:position] + bytes((good[position] ^ 0x01,)) + good[position + 1 :]
    with pytest.raises(EsosError):
        open_packet(changed, keys().current)


# ------------------------------------------------------------------------------------- law 7: practice and test
@pytest.mark.parametrize("realm", list(Realm))
@pytest.mark.parametrize("kind", list(PacketType))
def test_a_key_speaks_in_its_own_realm_only(kind, realm):
    packet = any_of(kind)
    if kind.realm is realm:
        assert open_packet(packet, keys(realm).current).header.type is kind
    else:
        with pytest.raises(Forbidden) as refusal:
            open_packet(packet, keys(realm).current)
        assert refusal.value.code == "packet.realm"


@pytest.mark.parametrize("before", list(PacketType))
@pytest.mark.parametrize("after", list(PacketType))
def test_no_type_can_be_turned_into_another_even_by_who_holds_the_sealing_key(before, after):
    raw = any_of(before, sealed_as=after)
    if before is after:
        assert open_packet(raw, keys(after.realm).current).header.type is after
    else:
        assert code_of(open_packet, raw, keys(after.realm).current) == "packet.signature"


# ---------------------------------------------------------------------------------------------- keys and nonces
def test_the_present_and_the_last_epoch_open_at_once_and_older_ones_at_the_slower_door():
    for age, ring in ((0, "current"), (1, "current"), (2, "older"), (5, "older")):
        opened = open_packet(packet_of(MINIMAL, epoch=EPOCH - age), getattr(keys(), ring))
        assert opened.sealer.key == derive_key(MASTER, KID, EPOCH - age)
    assert code_of(open_packet, packet_of(MINIMAL, epoch=EPOCH - 2), keys().current) == "packet.tag"


def test_a_young_station_has_no_older_keys():
    assert keys(epoch=1).older(KID) is None
    assert len(keys(epoch=0).current(KID).sealers) == 1


def test_a_key_is_issued_for_the_present_epoch_and_differs_by_caller_epoch_and_station():
    issued = keys().issue(KID)
    assert issued == derive_key(MASTER, KID, EPOCH)
    others = {
        derive_key(MASTER, b"another!", EPOCH),
        derive_key(MASTER, KID, EPOCH + 1),
        derive_key(b"n" * 32, KID, EPOCH),
    }
    assert issued not in others
    assert len(others) == 3
    assert epoch_of(EPOCH * EPOCH_MS) == EPOCH
    assert epoch_of(EPOCH * EPOCH_MS - 1) == EPOCH - 1


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ((b"short", KID, 0), "packet.master"),
        ((MASTER, b"short", 0), "packet.kid"),
        ((MASTER, KID, -1), "packet.epoch"),
        ((MASTER, KID, 1 << 32), "packet.epoch"),
    ],
)
def test_a_key_is_not_derived_from_values_of_the_wrong_size(args, code):
    assert code_of(derive_key, *args) == code


def test_a_sealing_key_has_32_bytes():
    assert code_of(Sealer, bytes(16)) == "packet.seal_key"


def test_the_nonce_differs_wherever_the_plaintext_could():
    headers = [
        msgspec.structs.replace(header(), type=kind, sequence=sequence, call=call)
        for kind in PacketType
        for sequence in (0, 1, 255)
        for call in (b"call-id!", b"call-id?")
    ]
    nonces = {nonce_of(each.encode()) for each in headers}
    assert {len(nonce) for nonce in nonces} == {13}
    assert len(nonces) == len(headers)


def test_a_packet_is_the_same_bytes_every_time_it_is_sent():
    assert packet_of(STANDARD) == packet_of(STANDARD)


# ------------------------------------------------------------------------------------------------ COSE and forms
def test_the_protected_header_from_constants_is_deterministic_cbor():
    for kind in PacketType:
        raw = protected_of(header(kind))
        assert decode(raw) == {1: -8, 3: kind.content_type, 4: KID, -70001: header(kind).encode()}


def test_the_station_keeps_a_standard_cose_sign1():
    signed = sign_packet(SEED, header(), STANDARD)
    sign1 = decode_sign1(signed.cose())
    assert sign1.unprotected == {}
    assert sig_structure(sign1.protected_bytes, sign1.payload) == signed.signed_bytes()
    assert read_cose(signed.cose()) == signed
    assert read_compact(signed.compact()) == signed


def test_a_statement_is_no_packet_and_a_packet_no_statement():
    statement = write_statement(
        seed=SEED, realm=Realm.REAL, kind="called", body=msgspec.convert({"call": b"call-id!"}, _called()), time_ms=0
    )
    assert not is_packet_cose(statement.raw)
    assert not is_packet_cose(b"junk")
    assert is_packet_cose(sign_packet(SEED, header(), MINIMAL).cose())
    assert code_of(read_cose, statement.raw) == "packet.cose"


def _called():
    from esos.message.bodies import Called

    return Called


def test_a_cose_that_its_header_does_not_imply_is_refused():
    signed = sign_packet(SEED, header(), MINIMAL)
    good = signed.cose()
    exercise = good.replace(b"application/esos-packet+cbor", b"application/esos-pocket+cbor")
    assert code_of(read_cose, exercise) == "packet.cose"
    long = msgspec.structs.replace(signed, payload=bytes(37))
    assert code_of(read_cose, long.cose()) == "packet.cose"
    assert code_of(read_compact, signed.compact()[:90]) == "packet.length"


def test_a_header_with_sizes_the_wire_cannot_carry_is_never_made():
    assert code_of(Header, type=PacketType.CALL, kid=KID, call=b"short", sequence=0) == "packet.header"
    assert code_of(Header, type=PacketType.CALL, kid=KID, call=b"call-id!", sequence=256) == "packet.header"
    assert code_of(Header, type=PacketType.CALL, kid=b"", call=b"call-id!", sequence=0) == "packet.header"


def test_nobody_signs_under_a_kid_that_is_not_theirs():
    other = msgspec.structs.replace(header(), kid=b"not mine")
    assert code_of(sign_packet, SEED, other, MINIMAL) == "packet.kid"


# -------------------------------------------------------------------------------------------------- fields
@pytest.mark.parametrize(
    "wrong",
    [
        {"time_s": 0},
        {"time_s": -1},
        {"time_s": 1 << 32},
        {"time_s": 1.5},
        {"urgency": "panic"},
        {"natures": [Nature.FLOODING]},
        {"natures": (Nature.UNDESIGNATED,)},
        {"natures": (Nature.INTRUDER, Nature.FLOODING)},
        {"natures": (Nature.FLOODING, Nature.FLOODING)},
        {"states": ("on-fire",)},
        {"origin": "ghost"},
        {"at_risk_log10": 10},
        {"at_risk_log10": -1},
        {"at_risk_log10": True},
        {"reply": "pigeon"},
        {"sector": "espionage"},
        {"country": "N"},
        {"country": "nl"},
        {"country": "NLD"},
        {"asn": 0},
        {"asn": 1 << 32},
        {"home_digest": b"abc"},
        {"home_number": 256},
        {"caller": b"short"},
        {"prefix": "203.0.113.1/24"},
        {"prefix": "203.0.113.0/255.255.255.0"},
        {"prefix": "nowhere"},
        {"needs": (NeedAsk(line=NeedLine.TRIAGE), NeedAsk(line=NeedLine.ADVICE))},
        {"needs": (NeedAsk(line=NeedLine.ADVICE), NeedAsk(line=NeedLine.ADVICE))},
        {"needs": (NeedAsk(line=NeedLine.ADVICE, quantity=0),)},
        {"needs": (NeedAsk(line=NeedLine.ADVICE, quantity=1_000_001),)},
    ],
    ids=str,
)
def test_a_value_the_wire_cannot_carry_never_exists(wrong):
    with pytest.raises(Malformed) as refusal:
        CallFields(**wrong)
    assert refusal.value.code == "packet.payload"
    assert next(iter(wrong)) in refusal.value.detail


def test_unknown_is_never_the_mildest_answer():
    nothing = decode_fields(encode_fields(CallFields()))
    assert nothing == CallFields()
    assert nothing.urgency is None
    assert decode_fields(encode_fields(CallFields(at_risk_log10=0))).at_risk_log10 == 0


def test_the_sectors_of_the_wire_are_those_that_severity_knows():
    assert set(SECTORS) == {sector.value for sector in Sector}


def test_nobody_can_be_accused_in_a_packet():
    """Law 1: no field says who did it, and none takes free text."""
    kinds = {field.name: field.type for field in msgspec.structs.fields(CallFields)}
    assert {name for name, kind in kinds.items() if kind == str | None} == {"sector", "country", "prefix"}


# ------------------------------------------------------------------------------------------ details and updates
def test_details_survive_the_way_through_one_or_several_packets():
    details = CallDetails(
        urgency=Urgency.MAYDAY,
        natures=(2, 18),
        sector="health",
        country="DE",
        asn=4_200_000_000,
        prefix="2001:db8::7/128",
        at_risk_log10=5,
        state=("inbound-flooded", "clock-unsure"),
        reply="telephone",
        needs=tuple(NeedAsk(line=line, quantity=7) for line in NeedLine),
    )
    sent = [encode_fields(part) for part in split_fields(fields_of(details, time_s=1_764_000_000))]
    parts = [details_of(decode_fields(payload)) for payload in sent]
    assert len(parts) == 1 + 8 + 1
    assert parts[0].urgency is Urgency.MAYDAY
    assert [part.prefix for part in parts if part.prefix] == ["2001:db8::7/128"]
    assert [need for part in parts for need in part.needs] == list(details.needs)
    assert msgspec.structs.replace(details, needs=(), prefix=None) == parts[0]


def test_a_call_that_fits_is_one_packet():
    assert split_fields(STANDARD) == (STANDARD,)


def test_what_has_no_code_does_not_stop_a_call():
    details = CallDetails(state=("on-fire",), sector="cheese", reply="shout three times", words="help")
    assert fields_of(details, time_s=None) == CallFields(origin=Origin.MANUAL)


def test_a_need_named_twice_is_added_up():
    asked = (NeedAsk(line=NeedLine.TRIAGE, quantity=2), NeedAsk(line=NeedLine.ADVICE), NeedAsk(line=NeedLine.TRIAGE))
    needs = fields_of(CallDetails(needs=asked), time_s=None).needs
    assert needs == (NeedAsk(line=NeedLine.ADVICE), NeedAsk(line=NeedLine.TRIAGE, quantity=3))


# ------------------------------------------------------------------------------------------ acknowledgements
def test_an_acknowledgement_says_exactly_what_was_put_in():
    sealer = Sealer(derive_key(MASTER, KID, EPOCH))
    ack = Ack(call=b"call-id!", sequence=9, state=AckState.ASSIGNED, station=b"stat", time_ms=1_764_000_000_123)
    assert open_ack(encode_ack(ack, kid=KID, sealer=sealer), kid=KID, sealer=sealer) == ack


@pytest.mark.parametrize("position", range(38))
def test_no_byte_of_an_acknowledgement_can_be_changed(position):
    sealer = Sealer(derive_key(MASTER, KID, EPOCH))
    ack = Ack(call=b"call-id!", sequence=9, state=AckState.COMMITTED, station=b"stat", time_ms=5)
    raw = encode_ack(ack, kid=KID, sealer=sealer)
    changed = raw[:position] + bytes((raw[position] ^ 0x01,)) + raw[position + 1 :]
    assert code_of(open_ack, changed, kid=KID, sealer=sealer) in {"ack.magic", "ack.mac"}


@pytest.mark.parametrize(
    "wrong",
    [{"call": b"x"}, {"sequence": 256}, {"station": b"toolong"}, {"time_ms": 1 << 48}, {"time_ms": -1}],
    ids=str,
)
def test_an_acknowledgement_with_sizes_the_wire_cannot_carry_is_never_made(wrong):
    good = {"call": b"call-id!", "sequence": 0, "state": AckState.HEARD, "station": b"stat", "time_ms": 0}
    assert code_of(Ack, **good | wrong) == "ack.field"


def test_only_the_state_after_a_commit_says_arrived():
    assert "Arrived" in AckState.COMMITTED.words
    assert "Arrived" not in AckState.HEARD.words
    assert "No person" in AckState.COMMITTED.words
