"""Who gets a call by QUIC offered: whoever tested the way, at the time that the schedule says, and only with its library."""

import json

import msgspec
import pytest

from esos.caller.ports import KnownStation
from esos.carriers.quic_extra import has_quic, need_quic
from esos.carriers.station_door import read_home
from esos.cli.party import PartyHere, card_of
from esos.cli.ways import carriers_for, quic_to_test, starts
from esos.errors import Busy, Conflict
from esos.keys.identity import kid_of, public_of
from esos.message.card import HomeStation
from esos.message.voice import Voice
from esos.vault.callbook import DiskCallBook
from esos.vault.resumptions import RESUMPTION_MAX_BYTES, DiskResumptions
from esos.words.realm import Realm

PUBLIC = public_of(b"\x01" * 32)
HOME = HomeStation(
    name="North",
    kid=kid_of(PUBLIC),
    public=PUBLIC,
    realm=Realm.REAL,
    http="https://192.0.2.1",
    udp=("192.0.2.1:1",),
    quic=("192.0.2.1:2",),
)
with_quic = pytest.mark.skipif(
    not has_quic(), reason="the library for QUIC is an extra and is not installed here: pip install 'esos[quic]'"
)


@pytest.fixture
def party(tmp_path):
    station = KnownStation(home=HOME, sealing_key=bytes(32))
    voice = Voice(seed=b"\x02" * 32, realm=Realm.REAL)
    return PartyHere(voice=voice, book=DiskCallBook(tmp_path / "own.key"), stations=(station,))


@pytest.fixture
def kept(party):
    return DiskResumptions(party.book)


def names(party):
    return [carrier.name for carrier in carriers_for(party)]


@with_quic
def test_a_call_goes_by_quic_only_where_an_earlier_connection_was_kept(party, kept):
    assert names(party) == ["udp", "https"]
    kept.keep(HOME.kid, b"of an earlier connection")
    assert names(party) == ["udp", "quic", "https"]
    assert starts(party)["quic"] == 3_000
    assert quic_to_test(party).name == "quic"


def test_without_the_library_nothing_changes_for_a_caller_and_a_station_says_what_to_do(party, kept, monkeypatch):
    monkeypatch.setattr("esos.carriers.quic_extra.find_spec", lambda name: None)
    kept.keep(HOME.kid, b"of an earlier connection")
    assert names(party) == ["udp", "https"]
    assert quic_to_test(party) is None
    with pytest.raises(Conflict) as refused:
        need_quic()
    assert refused.value.code == "quic.not_installed"
    assert "esos[quic]" in refused.value.hint


def test_what_is_kept_is_read_again_by_its_owner_alone(kept):
    assert kept.find(HOME.kid) == b""
    kept.keep(HOME.kid, b"one")
    kept.keep(HOME.kid, b"two")
    assert kept.find(HOME.kid) == b"two"
    assert (kept.folder / HOME.kid.hex()).stat().st_mode & 0o077 == 0


def test_what_is_far_too_long_is_as_if_nothing_were_kept(kept):
    kept.keep(HOME.kid, bytes(RESUMPTION_MAX_BYTES + 1))
    assert kept.find(HOME.kid) == b""


def test_a_disk_that_takes_nothing_is_said(kept):
    kept.folder.parent.mkdir()
    kept.folder.write_text("in the way")
    with pytest.raises(Busy) as refused:
        kept.keep(HOME.kid, b"x")
    assert refused.value.code == "resumption.not_kept"


def test_a_card_tells_where_calls_by_quic_go_and_one_without_is_as_before(party):
    card = json.loads(card_of(HOME, party.book))
    assert read_home(json.dumps(card).encode())[0] == HOME
    del card["quic"]
    assert read_home(json.dumps(card).encode())[0] == msgspec.structs.replace(HOME, quic=())
