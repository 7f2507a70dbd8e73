"""Any bytes at the datagram door, behind its seal, and as an answer: refused by name, or read and written alike."""

import atheris
from each_reader import fuzz, must

with atheris.instrument_imports(include=["esos"]):
    from esos.errors import EsosError
    from esos.keys.identity import kid_of, public_of
    from esos.message.packet import (
        PADDED_BYTES_V4,
        Header,
        fields_in,
        open_packet,
        pad_packet,
        parse_packet,
        read_compact,
        read_cose,
        unpad_datagram,
        unsealed,
        verify_packet,
    )
    from esos.message.packet_ack import encode_ack, open_ack
    from esos.message.packet_codes import PacketType
    from esos.message.packet_keys import CallerKey
    from esos.message.packet_part import PartFields, encode_part, unpack_report
    from esos.message.packet_payload import encode_fields
    from esos.message.packet_seal import Sealer
    from esos.words.realm import Realm

SEED = b"\x07" * 32
PUBLIC = public_of(SEED)
KID = kid_of(PUBLIC)
SEALER = Sealer(b"\x05" * 32)
KEYS = {realm: CallerKey(kid=KID, public=PUBLIC, realm=realm, sealers=(SEALER,)) for realm in Realm}


def at_the_door(data: bytes) -> None:
    """The datagram as it comes."""
    packet = unpad_datagram(data)
    if len(data) == PADDED_BYTES_V4:
        must(claim=pad_packet(packet, PADDED_BYTES_V4) == data)
    must(claim=parse_packet(packet).encode() == packet[:19])
    open_packet(data, lambda _: KEYS[Realm.REAL])


def behind_the_seal(data: bytes) -> None:
    """The same bytes as what somebody sealed rightly: type, call id, sequence, and what follows."""
    kind = PacketType(data[0] % 16) if data[:1] and data[0] % 16 in set(PacketType) else PacketType.CALL
    header = Header(type=kind, kid=KID, call=data[1:9].ljust(8, b"\x00"), sequence=data[9] if len(data) > 9 else 0)
    key = KEYS[kind.realm]
    packet = SEALER.seal(header.encode(), data[10:])
    parse_packet(packet)
    found = unsealed(packet, header, key)
    if found is None:
        raise AssertionError("The seal was ours.")
    verify_packet(found[0], key, found[1])


def as_payload(data: bytes) -> None:
    """What a payload says, of every type: encoding it again gives the same bytes."""
    for kind in PacketType:
        header = Header(type=kind, kid=KID, call=bytes(8), sequence=1)
        try:
            fields = fields_in(header, data)
        except EsosError:
            continue
        again = encode_part(fields) if isinstance(fields, PartFields) else encode_fields(fields)
        must(claim=again == data)


def as_answer(data: bytes) -> None:
    """An acknowledgement: only one with our MAC is read, and it is written alike."""
    ack = open_ack(data, kid=KID, sealer=SEALER)
    must(claim=encode_ack(ack, kid=KID, sealer=SEALER) == data)


def as_kept(data: bytes) -> None:
    """What a station keeps of it."""
    must(claim=read_cose(data).cose() == data)


def in_the_open(data: bytes) -> None:
    """What a person carries."""
    must(claim=read_compact(data).compact() == data)


if __name__ == "__main__":
    fuzz(at_the_door, behind_the_seal, as_payload, as_answer, as_kept, in_the_open, unpack_report)
