"""Which carriers a call takes from this machine, and when each begins."""

import pytest

from esos.beacon.schedule import Pace, next_question_ms
from esos.caller.ports import KnownStation
from esos.cli.party import PartyHere
from esos.cli.ways import MailWay, carriers_for, starts
from esos.errors import Malformed
from esos.keys.identity import kid_of, public_of
from esos.message.card import HomeStation
from esos.message.voice import Voice
from esos.words.realm import Realm

PUBLIC = public_of(b"\x07" * 32)
EVERY = {
    "http": "http://127.0.0.1:9", "udp": ("127.0.0.1:9",), "dns_zone": "sos.club.example", "dns": ("127.0.0.1:9",),
    "mail": "sos@club.example",
}  # fmt: skip


def party(**addresses):
    home = HomeStation(name="Example Watch", kid=kid_of(PUBLIC), public=PUBLIC, realm=Realm.REAL, **addresses)
    voice = Voice(seed=b"\x05" * 32, realm=Realm.REAL)
    return PartyHere(voice=voice, book=None, stations=(KnownStation(home=home, sealing_key=b"k" * 32),))


def test_a_station_with_every_address_is_called_by_every_carrier_each_from_its_time_on():
    names = [one.name for one in carriers_for(party(**EVERY))]
    assert names == ["udp", "dns", "smtp", "https"]
    assert starts(party(**EVERY)) == {"dns": 2_000, "https": 5_000, "smtp": 15_000}


@pytest.mark.parametrize(
    ("addresses", "names", "begin"),
    [
        ({"http": EVERY["http"]}, ["https"], {"smtp": 15_000}),
        ({"dns_zone": EVERY["dns_zone"]}, ["dns", "https"], {"smtp": 15_000}),
        ({"mail": EVERY["mail"]}, ["smtp", "https"], {}),
    ],
)
def test_nothing_waits_for_a_carrier_that_a_station_has_not(addresses, names, begin):
    assert [one.name for one in carriers_for(party(**addresses))] == names
    assert starts(party(**addresses)) == begin


def test_what_is_no_name_server_or_no_mail_server_is_refused_before_anything_is_sent():
    for name in ("not:an:address:x", "dns.example", "dns.example:53", ""):
        with pytest.raises(Malformed):
            carriers_for(party(**EVERY), resolvers=[name])
    with pytest.raises(Malformed):
        carriers_for(party(**EVERY), mail=MailWay(relay="mail.example"))
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
