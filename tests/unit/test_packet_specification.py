"""spec/beacon.md says what the code does: its tables, sizes and codes are read and compared."""

import re

import pytest

from esos.beacon import schedule
from esos.caller import more
from esos.message import (
    case_bodies,
    packet,
    packet_ack,
    packet_codes,
    packet_limits,
    packet_part,
    packet_payload,
    packet_seal,
)
from esos.words.nature import Nature


@pytest.fixture(scope="module")
def chapter(repo_root):
    return (repo_root / "spec" / "beacon.md").read_text(encoding="utf-8")


def pairs_under(chapter, *heads):
    """Number and word of every two columns of the table whose header row has these words."""
    rows = chapter[re.search(r"^\| " + r" \| ".join(heads) + r".*$", chapter, re.MULTILINE).end() :].split("\n\n")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in rows.splitlines()[2:]]
    return [(row[at], row[at + 1]) for at in range(0, len(heads) - 1, 2) for row in cells if row[at]]


def numbers(pairs):
    return {word: int(number) for number, word in pairs}


def test_the_types_of_the_chapter_are_those_of_the_code(chapter):
    written = re.findall(r"^\| ([a-z-]+) \| (\d+) \| (real|exercise) \|", chapter, re.MULTILINE)
    assert written == [
        (kind.name.lower().replace("_", "-"), str(int(kind)), kind.realm.value) for kind in packet_codes.PacketType
    ]


def test_the_natures_states_and_words_of_the_chapter_are_those_of_the_code(chapter):
    natures = numbers(pairs_under(chapter, "bit", "nature", "bit", "nature"))
    assert natures == {nature.slug: nature - 1 for nature in Nature if nature}
    assert numbers(pairs_under(chapter, "bit", "state")) == dict(packet_codes.STATE_BITS)
    assert numbers(pairs_under(chapter, "code", "need", "code", "need", "code", "need")) == dict(
        packet_codes.NEED_CODES
    )
    mixed = pairs_under(chapter, "code", "reply", "code", "sector", "code", "sector")
    assert numbers(mixed[:8]) == dict(packet_codes.REPLY_CODES)
    assert numbers(mixed[8:]) == dict(packet_codes.SECTOR_CODES)


def test_the_fields_of_the_chapter_are_those_of_the_code(chapter):
    cddl = chapter[chapter.index("payload = [") : chapter.index("Sig_structure")]
    in_cddl = re.findall(r"^  \??\s?([a-z-]+):", cddl, re.MULTILINE)
    numbered = re.findall(r"^\| (\d+) \| ([a-z-]+) \| ", chapter, re.MULTILINE)
    in_table = [name for at, (number, name) in enumerate(numbered) if int(number) == at][: len(in_cddl)]
    renamed = {"time": "time_s", "at-risk": "at_risk_log10"}
    assert in_cddl == in_table
    assert [renamed.get(name, name.replace("-", "_")) for name in in_cddl] == list(packet_payload.FIELD_NAMES)


def test_the_states_of_the_acknowledgement_are_those_of_the_code(chapter):
    written = re.findall(r"^\| ([a-z-]+) \| (\d) \| ", chapter[chapter.index("## Acknowledgement") :], re.MULTILINE)
    assert written == [(state.name.lower().replace("_", "-"), str(int(state))) for state in packet_codes.AckState]


@pytest.mark.parametrize(
    "sentence",
    [
        f"longer: 101 to {packet_limits.PART_PACKET_MAX_BYTES} bytes.",
        f"has {packet_limits.PART_PAYLOAD_MIN_BYTES} to {packet_limits.PART_PAYLOAD_MAX_BYTES} bytes:",
        f"count: 1..{case_bodies.REPORT_PARTS_MAX},",
        f"bytes .size (1..{case_bodies.PART_DATA_MAX_BYTES}),",
        f"digest: bytes .size {packet_part.REPORT_DIGEST_BYTES},",
        f"more than {packet_part.REPORT_MAX_BYTES:,} bytes",
        f"at most {packet_limits.SHORT_PART_PACKET_MAX_BYTES} bytes ({packet_part.SHORT_PART_DATA_MAX_BYTES} bytes of",
        f"{more.PACKET_TURN_MS // 1000} s for each part",
        f"a packet has {packet_limits.PACKET_MIN_BYTES} to {packet_limits.PACKET_MAX_BYTES} bytes",
        f"{packet.PADDED_BYTES_V4} bytes on IPv4, {packet.PADDED_BYTES_V6} on IPv6",
        f"{packet.COMPACT_MIN_BYTES} to {packet.COMPACT_MAX_BYTES} bytes. From it",
        f"has {packet_payload.PAYLOAD_MIN_BYTES} to {packet_payload.PAYLOAD_MAX_BYTES} bytes.",
        f"{packet_ack.ACK_BYTES} bytes, never padded",
        f"nonce of {packet_seal.NONCE_BYTES} bytes",
        f"count {packet_seal.EPOCH_MS // 86_400_000}-day periods",
        f"the first {packet_ack.ACK_MAC_BYTES} bytes of HMAC-SHA256",
        f"more than {schedule.PACKETS_PER_MINUTE_MAX} packets or {schedule.BYTES_PER_MINUTE_MAX:,} bytes",
        f"(IPv6: {schedule.BYTES_PER_MINUTE_MAX_V6:,}) in any minute",
        f"begins {schedule.STATION_OFFSET_MS} ms after the one before it",
        f"within {schedule.ACK_MERGE_MS} ms of each other",
        f"silent for {schedule.ACK_UNTIL_MS // 1000} s",
        f"The n-th station of the home list begins {schedule.STATION_OFFSET_MS} ms",
        f"{packet.HEADER_LABEL} => bytes .size {packet_seal.HEADER_BYTES}",
        *packet_codes.CONTENT_TYPES.values(),
    ],
)
def test_the_figures_of_the_chapter_are_those_of_the_code(chapter, sentence):
    assert sentence in " ".join(chapter.split())


def test_the_carriers_of_the_chapter_join_when_the_code_says(chapter):
    written = re.findall(r"^\| ([a-z]+) \| (\d+) s \|$", chapter, re.MULTILINE)
    assert [(name, int(seconds) * 1000) for name, seconds in written] == list(schedule.CARRIER_START_MS.items())
