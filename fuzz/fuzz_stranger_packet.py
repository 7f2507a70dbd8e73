"""Any bytes at the strangers' door, and any bytes behind its seal: refused by name, or read and written alike."""

import atheris
from each_reader import fuzz, must

with atheris.instrument_imports(include=["esos"]):
    from esos.keys.hpke import HpkeKey, seal_to
    from esos.message.packet import verify_packet
    from esos.message.packet_keys import CallerKey
    from esos.message.stranger_packet import (
        STRANGER_MAX_BYTES,
        STRANGER_MIN_BYTES,
        Ask,
        check_work,
        open_call,
        read_cookie,
        read_datagram,
        write_ask,
        write_call,
    )
    from esos.words.realm import Realm

STATION = b"station1"
KEY = HpkeKey(b"\x01" * 32)
INFO = b"esos-stranger1" + STATION


def at_the_door(data: bytes) -> None:
    """The datagram as it comes."""
    came = read_datagram(data)
    if isinstance(came, Ask):
        must(claim=write_ask(came.nonce, len(data)) == data)
        return
    if len(data) > STRANGER_MAX_BYTES:
        must(claim=write_call(came.form, came.leave, came.sealed, len(data)) == data)
    must(claim=STRANGER_MIN_BYTES <= 18 + len(came.sealed) <= STRANGER_MAX_BYTES)
    check_work(STATION, came, bits=0)
    behind_the_seal(came.sealed)


def behind_the_seal(sealed: bytes) -> None:
    """What was sealed, opened and verified."""
    opened = open_call(sealed, KEY, station=STATION)
    key = CallerKey(kid=opened.signed.header.kid, public=opened.public, realm=Realm.REAL, sealers=())
    verify_packet(opened.signed, key, opened.answers)


def sealed_anew(data: bytes) -> None:
    """The same bytes as the plaintext of somebody who seals rightly."""
    made = seal_to(KEY.public, data, info=INFO, ephemeral=b"\x02" * 32)
    behind_the_seal(made.enc + made.ciphertext)


def as_cookie(data: bytes) -> None:
    """A cookie that a caller reads."""
    read_cookie(data, data[2:10])


if __name__ == "__main__":
    fuzz(as_cookie, at_the_door, sealed_anew)
