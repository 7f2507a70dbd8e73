"""A caller that has nothing left but a modem, or a radio, against a station that runs; gateways are real programs.

No modem and no radio was used: the program stands for both ends and for the network between them.
"""

import json
import sys
from pathlib import Path

import httpx
import pytest
from cli_club import Club, Party, case_of, wait_for

from esos.keys.identity import kid_of, public_of
from esos.message.packet import Header, read_cose, seal_packet, sign_packet
from esos.message.packet_ack import open_answer
from esos.message.packet_codes import AckState, PacketType
from esos.message.packet_payload import CallFields
from esos.message.packet_seal import Sealer
from esos.vault.callbook import DiskCallBook
from esos.vault.keyfile import read_key

pytestmark = pytest.mark.timeout(300)
NUMBER, NODE = "+353999000111", "!a1b2c3d4"
PROGRAM = Path(__file__).parent.parent / "doubles" / "gateway_program.py"
CUT_OFF = {"http": "", "udp": [], "dns_zone": "", "dns": [], "mail": ""}


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    """A running station that gateways hand in at, by text message and by mesh."""
    club = Club(folder=tmp_path_factory.mktemp("club")).found()
    settings = f'sms_number = "{NUMBER}"\nmesh_node = "{NODE}"\n'
    (club.folder / "home" / "esos.toml").write_text(settings)
    club.start()
    yield club
    club.stop()


def gateway(club, *habits):
    return " ".join(map(str, (sys.executable, PROGRAM, f"http://127.0.0.1:{club.port}", *habits)))


def cut_off(club, caller, **left):
    """From now on this caller reaches the station by nothing but what is left."""
    card = json.loads(club.card.read_text())
    (caller.folder / "cut-off.json").write_text(json.dumps({**card, **CUT_OFF, **left}))
    caller.environment["ESOS_STATION"] = "cut-off.json"


@pytest.mark.parametrize("way", ["sms", pytest.param("mesh", marks=pytest.mark.nightly)])
def test_a_caller_that_has_only_a_gateway_is_heard_and_learns_that_an_officer_has_charge(club, way):
    name = f"Example Hospital by {way}"
    caller, officer = club.member(name), club.officer(f"Officer for {way}", "officer")
    seen = caller.folder / "seen.txt"
    kept = caller.does("gateway", "set", f"--{way}", gateway(club, "--seen", seen, "--doubles"))
    assert kept[way].endswith("--doubles")
    ways = caller.does("call", "--test")["ways"]
    assert {one["carrier"]: one["answers"] for one in ways}[way]

    cut_off(club, caller)
    arrived = caller.does("call", "--nature", "cut-off", "--until", "arrived")
    assert arrived["state"] == "arrived"
    rows = {one["carrier"]: (one["state"], one["proven"]) for one in arrived["carriers"]}
    assert rows[way] == ("committed", True)
    assert {line.rsplit(" ", 1)[0] for line in seen.read_text().splitlines()} == {
        f"{way} {NUMBER if way == 'sms' else NODE}"
    }

    row = wait_for(lambda: case_of(name, officer))
    officer.run("case", "acknowledge", row["case"])
    ended = caller.does("call", "--resume", "--wait", "60")
    assert (ended["call"], ended["state"]) == (arrived["call"], "acknowledged")


@pytest.mark.nightly
def test_a_gateway_that_loses_doubles_and_delays_still_gets_a_call_and_its_report_through(club):
    caller, officer = club.member("Example Harbour"), club.officer("Officer for the harbour", "officer")
    (caller.folder / "report.txt").write_text("C: Cranes stand still; two ships wait.\nH: One telephone works.\n")
    caller.run("gateway", "set", "--sms", gateway(club, "--doubles", "--late-s", "0.1", "--loses-answers", "0.3"))
    caller.run("call", "--test", "--wait", "60")
    cut_off(club, caller, udp=["127.0.0.1:9"])
    called = caller.does("call", "--nature", "outage", "--sitrep", "report.txt", "--wait", "90", "--until", "arrived")
    assert (called["state"], called["more_left"]) == ("arrived", 0)
    row = wait_for(lambda: case_of("Example Harbour", officer))
    shown = officer.does("case", "show", row["case"])
    assert "Cranes stand still" in json.dumps(shown)
    assert caller.does("cancel", "--wait", "90")["state"] == "cancelled"
    wait_for(lambda: case_of("Example Harbour", officer)["state"] == "cancelled")


@pytest.mark.nightly
def test_what_a_person_reads_while_a_gateway_brings_nothing_back_is_whole_sentences(club):
    caller = club.member("Example School")
    caller.run("call", "--test")
    cut_off(club, caller)
    calling = caller.start(
        "call", "--nature", "outage", "--until", "arrived", "--wait", "8", "--sms-gateway", gateway(club, "--one-way"),
        "--mesh-gateway", "/nowhere/send-mesh",
    )  # fmt: skip
    done = caller.end(calling, expect=4)
    assert "sms: Sending to Example Watch, copy 1." in done.err
    said = "The gateway took copy 1 for Example Watch; no answer has come back this way."
    assert f"sms: Waiting: {said}" in done.err
    assert "mesh: Failed at Example Watch: The gateway program /nowhere/send-mesh cannot be started:" in done.err
    assert "No station answered in time. The call is kept." in done.err
    officer = club.officer("Officer for the school", "officer")
    assert wait_for(lambda: case_of("Example School", officer)), "the station acts on what it cannot acknowledge"


def hand_in(club, party, packet, *arguments, expect=0):
    (party.folder / "message.bin").write_bytes(packet)
    return party.run("gateway", "post", "message.bin", *arguments, expect=expect)


def kept_packet(club, caller):
    """The sealed packet of this caller's newest call, as its modem would send it."""
    book = DiskCallBook(caller.folder / "own.key")
    (station,) = book.stations()
    packet = read_cose(book.newest().cose)
    return packet, Sealer(station.sealing_key), station.home.kid


def test_at_the_stations_end_a_packet_is_handed_in_and_what_to_send_back_is_printed(club):
    caller = club.member("Example Library")
    caller.run("call", "--test")
    cut_off(club, caller)
    caller.run("call", "--nature", "cut-off", "--wait", "0.2", expect=4)
    packet, sealer, kid = kept_packet(club, caller)
    raw = seal_packet(packet, sealer)
    gateway_host = Party(folder=caller.folder, environment={"ESOS_STATION": str(club.card)})
    for written in (raw, raw.hex().encode() + b"\n"):
        ack = bytes.fromhex(hand_in(club, gateway_host, written, "--carrier", "sms").json["ack"])
        assert open_answer(ack, packet.header, station=kid, sealer=sealer).state is AckState.COMMITTED
    officer = club.officer("Officer for the library", "officer")
    assert wait_for(lambda: case_of("Example Library", officer))

    address = ("--station", f"http://127.0.0.1:{club.port}", "--carrier", "sms")
    for bad, code, exit_code in (
        (b"\xe5" + bytes(120), "packet.version", 3),
        (bytes(1_000), "gateway.letters", 3),
        (raw + bytes(60), "gateway.too_long", 3),
        (raw[:2] + b"nobody!!" + raw[10:], "packet.unknown_key", 3),
    ):
        assert hand_in(club, gateway_host, bad, *address, expect=exit_code).refusal["code"] == code
    forged = raw[:-1] + bytes((raw[-1] ^ 1,))
    refused = hand_in(club, gateway_host, forged, *address, "--wait", "1", expect=4).refusal
    assert refused["code"] == "gateway.no_answer"
    figures = httpx.get(f"http://127.0.0.1:{club.port}/metrics", timeout=20).text
    for what in ("gateway.acknowledged", "gateway.set_aside", "packet.unknown_key"):
        assert f'esos_door_datagrams_total{{what="{what}"}}' in figures


def test_a_practice_call_through_a_gateway_reaches_no_real_station(club):
    caller, officer = (
        club.member("Example Practice", exercise=True, register=False),
        club.officer("Officer for practice", "officer"),
    )
    seed = read_key(caller.folder / "own.key").seed
    header = Header(type=PacketType.EXERCISE, kid=kid_of(public_of(seed)), call=b"practice", sequence=0)
    raw = seal_packet(sign_packet(seed, header, CallFields()), Sealer(bytes(32)))
    refused = hand_in(club, caller, raw, "--carrier", "mesh", expect=3).refusal
    assert refused["code"] == "packet.unknown_key"
    assert case_of("Example Practice", officer) is None
