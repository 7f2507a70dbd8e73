"""Which carriers a call takes from this machine, and when each begins."""

from pathlib import Path

import pytest

from esos.beacon.schedule import Pace, next_question_ms
from esos.caller.ports import KnownStation
from esos.cli.party import PartyHere
from esos.cli.ways import MailWay, carriers_for, is_short_of_room, starts
from esos.errors import Malformed
from esos.keys.identity import kid_of, public_of
from esos.message.card import HomeStation
from esos.message.voice import Voice
from esos.vault.callbook import DiskCallBook
from esos.vault.gateways import DiskGateways, Gateways
from esos.words.realm import Realm

PUBLIC = public_of(b"\x07" * 32)
NO_BOOK = DiskCallBook(Path("nowhere") / "own.key")
EVERY = {
    "http": "http://127.0.0.1:9", "udp": ("127.0.0.1:9",), "dns_zone": "sos.club.example", "dns": ("127.0.0.1:9",),
    "mail": "sos@club.example", "sms": "+353999000111", "mesh": "!a1b2c3d4",
}  # fmt: skip


SLOW = {"mesh": 10_000, "sms": 10_000, "smtp": 15_000}
GATEWAYS = Gateways(sms="send-sms --modem 0", mesh="http://127.0.0.1:8090/send")


def party(book=None, **addresses):
    home = HomeStation(name="Example Watch", kid=kid_of(PUBLIC), public=PUBLIC, realm=Realm.REAL, **addresses)
    voice = Voice(seed=b"\x05" * 32, realm=Realm.REAL)
    return PartyHere(voice=voice, book=book or NO_BOOK, stations=(KnownStation(home=home, sealing_key=b"k" * 32),))


def test_a_station_with_every_address_is_called_by_every_carrier_each_from_its_time_on():
    names = [one.name for one in carriers_for(party(**EVERY), gateways=GATEWAYS)]
    assert names == ["udp", "dns", "smtp", "sms", "mesh", "https"]
    begin = {"dns": 2_000, "https": 5_000, **SLOW}
    assert starts(party(**EVERY)) == begin
    assert starts(party(**EVERY, quic=("127.0.0.1:9",))) == {**begin, "quic": 3_000}


@pytest.mark.parametrize(
    ("addresses", "names", "begin"),
    [
        ({"http": EVERY["http"]}, ["https"], SLOW),
        ({"dns_zone": EVERY["dns_zone"]}, ["dns", "https"], SLOW),
        ({"mail": EVERY["mail"]}, ["smtp", "https"], {}),
        ({"sms": EVERY["sms"]}, ["sms", "https"], {}),
        ({"mesh": EVERY["mesh"]}, ["mesh", "https"], {}),
    ],
)
def test_nothing_waits_for_a_carrier_that_a_station_has_not(addresses, names, begin):
    assert [one.name for one in carriers_for(party(**addresses), gateways=GATEWAYS)] == names
    assert starts(party(**addresses)) == begin


def test_what_is_no_name_server_or_no_mail_server_is_refused_before_anything_is_sent():
    for name in ("not:an:address:x", "dns.example", "dns.example:53", ""):
        with pytest.raises(Malformed):
            carriers_for(party(**EVERY), resolvers=[name])
    with pytest.raises(Malformed):
        carriers_for(party(**EVERY), mail=MailWay(relay="mail.example"))
    for line in ('send "', " ", "send\0"):
        with pytest.raises(Malformed) as refused:
            carriers_for(party(**EVERY), gateways=Gateways(sms=line))
        assert refused.value.code == "gateway.line"
    assert carriers_for(
        party(**EVERY), resolvers=["192.0.2.53", "[2001:db8::53]:5353", "2001:db8::53", "192.0.2.53:5300"]
    )


@pytest.mark.parametrize(("pace", "most"), [(Pace.FULL, 61), (Pace.QUIET, 21), (Pace.SLOW, 13)])
def test_questions_to_one_station_go_out_once_a_second_in_the_first_minute_and_slower_where_asked(pace, most):
    elapsed_ms = asked = 0
    while elapsed_ms <= 60_000:
        asked += 1
        elapsed_ms += next_question_ms(elapsed_ms, asked, 0.0, pace=pace)
    assert next_question_ms(0, 0, 0.0) == 0
    assert asked == most
    assert next_question_ms(61_000, asked, 0.0) >= 5_000


def names_of(party, **named):
    return {one.name for one in carriers_for(party, **named)} & {"sms", "mesh"}


def test_a_gateway_that_was_kept_holds_for_every_command_and_one_that_is_named_for_this_time(tmp_path):
    book = DiskCallBook(tmp_path / "own.key")
    here = party(book=book, **EVERY)
    assert names_of(here) == set()
    assert not is_short_of_room(here)
    DiskGateways(book).keep(Gateways(sms="send-sms"))
    assert names_of(here) == {"sms"}
    assert is_short_of_room(here)
    assert names_of(here, gateways=Gateways(mesh="send-mesh")) == {"sms", "mesh"}
    assert (tmp_path / "own.key.gateways.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("written", [b"", b"no json", b'{"pigeon": "coo"}', b'{"sms": "send \\""}', b"{" * 20_000])
def test_what_was_kept_and_cannot_be_used_is_told_and_stops_no_call(tmp_path, capsys, written):
    book = DiskCallBook(tmp_path / "own.key")
    (tmp_path / "own.key.gateways.json").write_bytes(written)
    assert "udp" in {one.name for one in carriers_for(party(book=book, **EVERY))}
    assert "The call goes on without it." in capsys.readouterr().err
