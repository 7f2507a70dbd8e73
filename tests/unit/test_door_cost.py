"""What a flood makes the datagram door do is made ready once, and is never staler than the register and the clock."""

import asyncio

import pytest

from esos.beacon.schedule import ACK_TIMES_MS
from esos.carriers.udp_answers import TICK_MS, AnswerWheel, Listener
from esos.errors import Malformed
from esos.keys.identity import kid_of, public_of
from esos.message.packet import Header, seal_packet, sign_packet, unseal, unsealed
from esos.message.packet_codes import PacketType
from esos.message.packet_keys import Registered, StationKeys
from esos.message.packet_payload import CallFields
from esos.message.packet_seal import Sealer, derive_key
from esos.words.realm import Realm

SEED = b"\x05" * 32
KID = kid_of(public_of(SEED))
MASTER = b"m" * 32


class Register:
    """One caller's key, which may be revoked, and the present epoch."""

    def __init__(self):
        self.entry = Registered(public_of(SEED), Realm.REAL)
        self.epoch = 9
        self.keys = StationKeys(MASTER, registered=lambda _: self.entry, epoch=lambda: self.epoch)


def test_a_revoked_key_opens_nothing_although_it_was_made_ready_before():
    register = Register()
    assert register.keys.current(KID) is register.keys.current(KID)
    register.entry = None
    assert register.keys.current(KID) is None


def test_a_key_that_changed_in_the_register_is_made_ready_anew():
    register = Register()
    before = register.keys.current(KID)
    register.entry = Registered(public_of(b"\x06" * 32), Realm.EXERCISE)
    after = register.keys.current(KID)
    assert (after.public, after.realm) == tuple(register.entry)
    assert before != after


def test_a_new_epoch_brings_its_own_keys():
    register = Register()
    register.keys.current(KID)
    register.epoch = 10
    assert [one.key for one in register.keys.current(KID).sealers] == [
        derive_key(MASTER, KID, 10),
        derive_key(MASTER, KID, 9),
    ]


def test_no_more_callers_are_kept_ready_than_the_limit_says():
    keys = StationKeys(MASTER, registered=lambda _: Registered(bytes(32), Realm.REAL), epoch=lambda: 1, cached_max=4)
    for number in range(20):
        assert keys.current(number.to_bytes(8, "big")).kid == number.to_bytes(8, "big")
        assert len(keys._rings) <= 4


@pytest.mark.parametrize("epoch", [9, 8])
def test_a_packet_of_the_present_or_the_last_epoch_says_which_of_its_keys_opened_it(epoch):
    packet, header = _packet(derive_key(MASTER, KID, epoch))
    signed, sealer = unsealed(packet, header, Register().keys.current(KID))
    assert signed.header == header
    assert sealer.key == derive_key(MASTER, KID, epoch)


def test_a_packet_that_no_key_opens_is_nothing_to_the_door_and_a_refusal_to_others():
    packet, header = _packet(b"x" * 32)
    key = Register().keys.current(KID)
    assert unsealed(packet, header, key) is None
    with pytest.raises(Malformed) as refused:
        unseal(packet, header, key)
    assert refused.value.code == "packet.tag"


def _packet(sealing_key):
    header = Header(type=PacketType.CALL, kid=KID, call=b"c" * 8, sequence=0)
    return seal_packet(sign_packet(SEED, header, CallFields()), Sealer(sealing_key)), header


class Ready:
    """A packet that can be answered."""

    def ack(self, station):
        return b"ack"


@pytest.mark.anyio
async def test_copies_of_one_moment_owe_one_set_of_answers_and_a_later_copy_its_own(monkeypatch):
    tick, sent = [1_000], []
    wheel = AnswerWheel(send=sent.append, jitter=lambda: 0.0)
    monkeypatch.setattr(wheel, "_now_tick", lambda: tick[0])
    listener = Listener(Ready(), ("127.0.0.1", 9))
    for _ in range(1_000):
        wheel.schedule(listener)
    owed = {1_000 + time_ms // TICK_MS for time_ms in ACK_TIMES_MS[1:]}
    assert (len(sent), listener.due_ticks) == (1, owed)
    tick[0] += 5
    wheel.schedule(listener)
    assert (len(sent), listener.due_ticks) == (2, owed | {one + 5 for one in owed})
    wheel.stop()
    await asyncio.sleep(0)
