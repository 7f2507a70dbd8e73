"""spec/beacon.md says of strangers what the code does: sizes, forms, labels and times are read and compared."""

import re

import pytest

from esos.carriers import stranger_cookie, stranger_door, udp_stranger
from esos.message import stranger_packet as packet


@pytest.fixture(scope="module")
def chapter(repo_root):
    whole = (repo_root / "spec" / "beacon.md").read_text(encoding="utf-8")
    return whole[whole.index("## Strangers") : whole.index("## Over HTTPS")]


def test_the_forms_of_the_chapter_are_those_of_the_code(chapter):
    written = re.findall(r"^\| (\d) \| ([a-z-]+) \| (?:caller|station) \|", chapter, re.MULTILINE)
    assert written == [(str(int(form)), form.name.lower().replace("_", "-")) for form in packet.Form]


def test_the_sizes_of_the_chapter_are_those_of_the_code(chapter):
    assert f"| {packet.STRANGER_MIN_BYTES} to {packet.STRANGER_MAX_BYTES}, padded to 240, on IPv6 296 |" in chapter
    assert f"| cookie | station | {packet.COOKIE_ANSWER_BYTES} |" in chapter
    assert f"magic 0x{packet.STRANGER_MAGIC:X}" in chapter
    assert f"**{packet.WORK_BITS}** zero bits, or **{packet.WORK_BITS_BUSY}**" in chapter
    assert f"{1 << packet.WORK_BITS:,} tries on average" in chapter


def test_the_labels_of_the_chapter_are_those_of_the_code(chapter):
    for label in (packet._KEY_LABEL, packet._SEAL_INFO, packet._ACK_CONTEXT, packet._WORK_LABEL):
        assert f'"{label.decode()}"' in chapter


def test_the_times_and_copies_of_the_chapter_are_those_of_the_code(chapter):
    turn_s = stranger_cookie.COOKIE_TURN_MS // 1000
    assert f"holds for at least {turn_s} s and at most {2 * turn_s} s" in " ".join(chapter.split())
    copies = stranger_door.StrangerLimits().cookie_copies
    assert f"{copies} × (26 + 28) bytes against 240 + 28, on IPv6 {copies} × (26 + 48) against 296 + 48" in chapter
    assert f"when {udp_stranger.WORK_AFTER_MS // 1000} s brought no cookie" in chapter
    assert f"when {udp_stranger.WORK_ANYWAY_MS // 1000} s brought no acknowledgement" in chapter
    assert f"After {udp_stranger.MORE_WORK_AFTER_MS // 1000} s it works on to {packet.WORK_BITS_BUSY} bits" in chapter
    assert f"a cookie of the last {udp_stranger.COOKIE_FRESH_MS // 1000} s" in chapter


def test_every_refusal_of_the_door_stands_in_the_chapter(chapter, repo_root):
    source = "".join(
        (repo_root / "src" / "esos" / place).read_text(encoding="utf-8")
        for place in ("message/stranger_packet.py", "carriers/stranger_door.py", "carriers/stranger_process.py")
    )
    codes = set(re.findall(r'(?:Malformed|Forbidden|Busy)\(\s*"(stranger\.[a-z_]+)"', source))
    assert len(codes) > 10
    short = chapter.replace("`.", "`stranger.")
    assert {code for code in codes if f"`{code}`" not in short} == set()


def test_answers_to_one_ask_are_no_longer_than_it():
    copies = stranger_door.StrangerLimits().cookie_copies
    for asked, headers in ((240, 28), (296, 48)):
        assert copies * (packet.COOKIE_ANSWER_BYTES + headers) <= asked + headers
