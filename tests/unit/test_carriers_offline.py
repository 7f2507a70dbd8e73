"""A call carried by a person: file, QR code and printed lines, and every way of reading them wrongly."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esos.carriers.offline import (
    QR_PREFIX,
    from_file,
    from_print,
    from_qr,
    read_call,
    to_file,
    to_print,
    to_qr,
    to_qr_text,
    to_terminal,
    write_call,
)
from esos.errors import EsosError, Malformed, TooLarge
from esos.keys.identity import kid_of, public_of
from esos.message.bodies import Called, Messaged
from esos.message.packet import Header, sign_packet
from esos.message.packet_codes import PacketType
from esos.message.packet_payload import CallFields
from esos.message.statement import write_statement
from esos.words.realm import Realm
from esos.words.urgency import Urgency

SEED = b"\x09" * 32
KID = kid_of(public_of(SEED))


def packet(kind=PacketType.CALL):
    header = Header(type=kind, kid=KID, call=b"call-id!", sequence=0)
    return sign_packet(SEED, header, CallFields(time_s=1_764_000_000, urgency=Urgency.MAYDAY, country="NL")).cose()


def statement(realm=Realm.REAL, text=""):
    if not text:
        return write_statement(seed=SEED, realm=realm, kind="called", body=Called(call=b"call-id!"), time_ms=7).raw
    body = Messaged(text=text)
    return write_statement(seed=SEED, realm=realm, kind="messaged", body=body, time_ms=7, case=bytes(16)).raw


MESSAGES = {
    "a call": packet(),
    "an exercise": packet(PacketType.EXERCISE),
    "a statement": statement(),
    "an exercise statement": statement(Realm.EXERCISE),
    "a long statement": statement(text="water " * 100),
}
PRINTED = to_print(packet())
LINES = PRINTED.splitlines()


def code_of(act, /, *args):
    with pytest.raises(EsosError) as refusal:
        act(*args)
    return refusal.value.code


@pytest.mark.parametrize("cose", MESSAGES.values(), ids=MESSAGES)
def test_what_is_made_offline_is_read_back_to_the_same_bytes(cose):
    assert from_file(to_file(cose)).cose == cose
    assert from_print(to_print(cose)).cose == cose
    assert from_qr(to_qr_text(cose)).cose == cose


@pytest.mark.parametrize("cose", MESSAGES.values(), ids=MESSAGES)
def test_the_authors_public_key_may_come_along_by_every_way(tmp_path, cose):
    public = public_of(SEED)
    assert from_file(to_file(cose, public)) == (cose, public)
    assert from_print(to_print(cose, public)) == (cose, public)
    assert from_qr(to_qr_text(cose, public)) == (cose, public)
    assert to_print(cose, public).splitlines()[0].startswith(to_print(cose).splitlines()[0].split(",")[0])
    for suffix in (".esos", ".txt"):
        write_call(tmp_path / f"call{suffix}", cose, public)
        assert read_call(tmp_path / f"call{suffix}") == (cose, public)


def test_with_its_key_a_call_takes_three_more_lines_and_still_makes_a_small_code():
    public = public_of(SEED)
    assert len(to_print(packet(), public).splitlines()) <= len(LINES) + 3
    assert to_qr(packet(), public).version <= 10


@pytest.mark.parametrize("content", [b"\xe6", b"\xe6" + bytes(32), b"\xe6" + bytes(20), b"\xe6" + bytes(32) + b"hello"])
def test_a_key_without_a_signed_message_is_no_call(content):
    assert code_of(from_file, content) in {"offline.empty", "offline.not_signed"}


def test_a_call_makes_a_small_qr_code_in_its_densest_text_mode():
    code = to_qr(packet())
    assert code.mode == "alphanumeric"
    assert code.version <= 8
    assert re.fullmatch(r"ESOS1:[A-Z2-7]+", to_qr_text(packet()))
    assert "█" in to_terminal(code)


@pytest.mark.parametrize("suffix", [".esos", ".txt"])
@pytest.mark.parametrize("cose", MESSAGES.values(), ids=MESSAGES)
def test_a_file_that_was_written_is_read_back(tmp_path, cose, suffix):
    path = tmp_path / f"call{suffix}"
    write_call(path, cose)
    assert read_call(path).cose == cose


def test_a_scanned_text_saved_to_a_file_is_read(tmp_path):
    path = tmp_path / "scanned.txt"
    path.write_text(f"\n{to_qr_text(packet())}\n", encoding="ascii")
    assert read_call(path).cose == packet()


@pytest.mark.parametrize(("suffix", "start"), [(".svg", b"<?xml"), (".png", b"\x89PNG")])
def test_a_picture_is_written_for_a_camera_and_not_read_by_us(tmp_path, suffix, start):
    path = tmp_path / f"call{suffix}"
    write_call(path, packet())
    assert path.read_bytes().startswith(start)
    assert code_of(read_call, path) == "offline.suffix"


def test_an_unknown_suffix_is_refused_with_the_ones_there_are(tmp_path):
    with pytest.raises(Malformed) as refusal:
        write_call(tmp_path / "call.pdf", packet())
    assert refusal.value.code == "offline.suffix"
    assert ".esos" in refusal.value.hint


def test_a_print_has_numbered_lines_of_blocks_and_says_how_many():
    assert LINES[0] == f"BEGIN E-SOS CALL, {len(LINES) - 2} LINES"
    assert LINES[-1] == "END E-SOS CALL"
    assert all(re.fullmatch(r"\d\d( [0-9A-TV-Z]{5}){4} [0-9A-TV-Z]{2}", line) for line in LINES[1:-2])
    assert max(map(len, LINES)) <= 32


def test_practice_says_so_in_its_first_line():
    assert to_print(packet(PacketType.EXERCISE)).startswith("BEGIN E-SOS EXERCISE,")
    assert to_print(statement(Realm.EXERCISE)).startswith("BEGIN E-SOS EXERCISE,")
    assert code_of(from_print, PRINTED.replace("E-SOS CALL", "E-SOS EXERCISE")) == "offline.realm"


def test_lines_may_be_typed_in_any_order_and_spacing():
    shuffled = [LINES[0], "", *reversed(LINES[1:-1]), "  "]
    assert from_print("\r\n".join(line.lower().replace(" ", "   ") for line in shuffled)).cose == packet()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "offline.no_begin"),
        ("\n".join(LINES[1:]), "offline.no_begin"),
        ("\n".join(LINES[:2] + LINES[3:]), "offline.line_missing"),
        ("\n".join([*LINES[:3], LINES[2], *LINES[3:]]), "offline.line_twice"),
        (PRINTED.replace("9 LINES", "7 LINES").replace("8 LINES", "7 LINES"), "offline.line_missing"),
        (PRINTED.replace(LINES[2][3:8], LINES[2][9:14]), "offline.line_check"),
        (PRINTED.replace(LINES[2], LINES[2].replace("02 ", "03 ", 1)), "offline.line_check"),
        (PRINTED.replace(LINES[2], LINES[2][:-4]), "offline.line_check"),
        (PRINTED.replace(LINES[2], LINES[2] + " ABCDE"), "offline.line_check"),
        (PRINTED.replace(LINES[2], LINES[2].replace(LINES[2][3], "U", 1)), "offline.line_layout"),
        (PRINTED.replace(LINES[2], "02"), "offline.line_layout"),
        (PRINTED.replace(LINES[2], "please help"), "offline.line_layout"),
    ],
)
def test_a_print_that_was_typed_wrongly_is_refused_by_name(text, code):
    assert code_of(from_print, text) == code


def test_a_wrong_line_is_named():
    with pytest.raises(Malformed) as refusal:
        from_print(PRINTED.replace(LINES[4][3:8], "00000"))
    assert "Line 4" in refusal.value.detail


@given(st.integers(1, len(LINES) - 2), st.data())
def test_no_single_wrong_letter_passes_as_another_call(number, data):
    line = LINES[number]
    places = [place for place, letter in enumerate(line) if letter != " " and place > 2]
    place = data.draw(st.sampled_from(places))
    letter = data.draw(st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ").filter(lambda new: new != line[place]))
    typed = PRINTED.replace(line, line[:place] + letter + line[place + 1 :])
    try:
        read = from_print(typed)
    except Malformed:
        return
    assert read.cose != packet(), "one in 1,024 passes here, as another message that its signature then refuses"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "offline.no_qr_text"),
        ("https://example.org", "offline.no_qr_text"),
        (QR_PREFIX, "offline.not_signed"),
        (f"{QR_PREFIX}AAAA", "offline.not_signed"),
        (f"{QR_PREFIX}A", "offline.letters"),
        (f"{QR_PREFIX}ab!", "offline.letters"),
        (f"{QR_PREFIX}\u00f2", "offline.letters"),
        (f"{QR_PREFIX}AB", "offline.letters"),
        (to_qr_text(packet())[:-3], "offline.letters"),
    ],
)
def test_a_scan_that_is_no_call_is_refused_by_name(text, code):
    assert code_of(from_qr, text) == code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "offline.empty"),
        (b"hello", "offline.not_signed"),
        (packet()[:-1], "offline.not_signed"),
        (bytes(65_537), "offline.too_large"),
    ],
)
def test_a_file_that_is_no_call_is_refused_by_name(content, code):
    assert code_of(from_file, content) == code


def test_a_text_file_with_letters_of_no_print_is_refused(tmp_path):
    path = tmp_path / "call.txt"
    path.write_text("BEGIN E-SOS CÄLL", encoding="utf-8")
    assert code_of(read_call, path) == "offline.letters"


def test_what_is_too_long_for_paper_is_sent_to_a_file():
    cose = statement(text="x" * 3_000)
    for make in (to_qr, to_print):
        with pytest.raises(TooLarge) as refusal:
            make(cose)
        assert refusal.value.code == "offline.too_large"
        assert "file" in refusal.value.hint
    assert from_file(to_file(cose)).cose == cose


@given(st.text(max_size=300))
def test_the_readers_survive_any_text(text):
    for read in (from_print, from_qr):
        with pytest.raises(EsosError):
            read(text)


@given(st.binary(max_size=300))
def test_the_file_reader_survives_any_bytes(content):
    with pytest.raises(EsosError):
        from_file(content)
