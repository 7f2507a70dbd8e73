"""What stands on a printed card: every way that the station has, and none that it has not."""

import pytest

from esos.cli.printed import QR_MAX_BYTES, lines_of, qr_text

CARD = {
    "name": "Example Hospital", "member": "00" * 8, "station": "North", "kid": "11" * 8, "realm": "real",
    "http": "http://192.0.2.1:8765", "udp": ["192.0.2.1:8753"], "numbers": ["48210937"], "dns_zone": "", "mail": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("dns_zone", "sos.club.example", "By name service, under: sos.club.example"),
        ("mail", "sos@club.example", "By mail, signed by the program, to: sos@club.example"),
    ],
)
def test_a_further_way_stands_on_the_paper_where_the_station_has_it(field, value, line):
    assert line in lines_of({**CARD, field: value})
    assert line.partition(":")[0] not in "\n".join(lines_of(CARD))


def test_the_code_stays_small_and_has_no_number_in_it():
    text = qr_text({**CARD, "mail": "sos@club.example"})
    assert len(text.encode()) <= QR_MAX_BYTES
    assert "48210937" not in text


def test_practice_says_so_first():
    assert lines_of({**CARD, "realm": "exercise"})[0] == "E-SOS EXERCISE CARD"
