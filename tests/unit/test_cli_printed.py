"""What stands on a printed card: who answers the telephone first, every way that the station has, none that it has not."""

import re

import msgspec
import pytest

from esos.catalogues import tongues
from esos.cli.printed import lines_of, printed_text, write_printed
from esos.errors import TooLarge
from esos.message.printed_card import CARD_NUMBERS_MAX, QR_MAX_BYTES, TO_WRITE, PrintedCard, qr_text, sheet_of
from esos.words.language import speaking
from esos.words.realm import Realm

CODED = {
    "name": "Example Hospital", "member": "00" * 8, "kid": "11" * 8, "realm": Realm.REAL, "http": "http://192.0.2.1:8765",
    "udp": ("192.0.2.1:8753",),
}  # fmt: skip
CARD = PrintedCard(**CODED, station="North", numbers=("48210937",), qr=qr_text(**CODED))
PHONE = "+353 999 000 111"


def changed(**fields) -> PrintedCard:
    return msgspec.structs.replace(CARD, **fields)


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("dns_zone", "sos.club.example", "By name service, under: sos.club.example"),
        ("mail", "sos@club.example", "By mail, signed by the program, to: sos@club.example"),
        ("telephone", (PHONE, "+353999000112"), f"Ring the watch: {PHONE}, +353999000112"),
        ("text", "+353999000112", "Text message to the watch: +353999000112"),
        ("mailbox", "watch@club.example", "Mail to the watch: watch@club.example"),
    ],
)
def test_a_further_way_stands_on_the_paper_where_the_station_has_it(field, value, line):
    assert line in lines_of(changed(**{field: value}))
    assert f"{line.partition(':')[0]}:" not in "\n".join(lines_of(CARD))


def test_the_telephone_of_the_watch_comes_before_every_address():
    rows = sheet_of(changed(telephone=(PHONE,), text="+353999000112", mailbox="watch@club.example")).rows
    assert [row.values for row in rows if row.is_large] == [row.values for row in rows[:3]]
    assert rows[0].values == (PHONE,)


def test_a_card_without_a_telephone_number_has_a_place_to_write_it():
    first = sheet_of(CARD).rows[0]
    assert (first.values, first.is_large) == ((TO_WRITE,), True)
    assert TO_WRITE not in sheet_of(changed(telephone=(PHONE,))).rows[0].values


def test_the_code_stays_small_and_has_no_number_in_it():
    assert len(CARD.qr.encode()) <= QR_MAX_BYTES
    assert "48210937" not in CARD.qr


def test_a_code_that_a_poor_camera_would_not_read_is_refused():
    with pytest.raises(TooLarge):
        qr_text(**{**CODED, "name": "x" * QR_MAX_BYTES})


def test_practice_says_so_first():
    assert lines_of(changed(realm=Realm.EXERCISE))[0] == "E-SOS EXERCISE CARD"


@pytest.mark.parametrize("code", sorted(tongues()))
def test_the_picture_is_in_the_language_of_the_card_and_runs_as_it_does(tmp_path, code):
    card = changed(language=code, telephone=(PHONE,))
    write_printed(tmp_path / "card.svg", card)
    picture = (tmp_path / "card.svg").read_text(encoding="utf-8")
    with speaking(tongues()[code]):
        title = sheet_of(card).title
    assert f'direction="{"rtl" if code == "ar" else "ltr"}"' in picture
    assert title in picture
    assert PHONE in picture
    assert PHONE in printed_text(card)


def test_the_fullest_card_is_still_one_sheet(tmp_path):
    full = changed(
        telephone=tuple(f"+3539990001{one:02}" for one in range(8)),
        numbers=("48210937",) * CARD_NUMBERS_MAX,
        http="https://" + "a" * 270,
        text="+353999000112",
        mailbox="w" * 260 + "@club.example",
    )
    write_printed(tmp_path / "card.svg", full)
    picture = (tmp_path / "card.svg").read_text(encoding="utf-8")
    width, height = re.search(r'width="(\d+)" height="(\d+)"', picture).groups()
    assert int(width) <= 720
    assert int(height) <= 1_000
