"""Callers from whose network nothing gets out but name service, or nothing but mail, against a station that runs."""

import json
from contextlib import contextmanager, nullcontext

import dns.message
import dns.query
import httpx
import pytest
from aiosmtpd.controller import Controller
from cli_club import Club, Party, case_of, wait_for
from doubles.name_servers import unbound, unbound_program
from doubles.ports import free_port

from esos.carriers.address import UdpAddress

pytestmark = pytest.mark.timeout(300)
ZONE = "sos.club.example"


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    """A running station with a DNS door and a mail door."""
    club = Club(folder=tmp_path_factory.mktemp("club")).found()
    settings = {
        "dns_zone": ZONE, "dns": "127.0.0.1:0", "mail": "127.0.0.1:0", "mail_address": "sos@club.example"
    }  # fmt: skip
    lines = [f'{name} = "{value}"\n' for name, value in settings.items()]
    (club.folder / "home" / "esos.toml").write_text("".join(lines))
    club.start()
    yield club
    club.stop()


@pytest.fixture
def several(tmp_path, shared_store):
    """The same of two processes, on one database."""
    club = Club(folder=tmp_path)
    owner = Party(folder=tmp_path, environment={"ESOS_DATABASE": shared_store})
    owner.run("station", "init", "--home", "home", "--pact", "club", "--name", "Example Watch")
    settings = {
        "dns_zone": ZONE, "dns": f"127.0.0.1:{free_port()}", "mail": f"127.0.0.1:{free_port()}",
        "mail_address": "sos@club.example", "database": shared_store,
    }  # fmt: skip
    lines = [f'{name} = "{value}"\n' for name, value in settings.items()]
    (club.folder / "home" / "esos.toml").write_text("".join(lines) + "processes = 2\n")
    club.start()
    yield club
    club.process.terminate()
    club.process.communicate(timeout=60)


@pytest.fixture
def resolver(club):
    """A real resolver that finds the zone at the station; the station itself where there is none."""
    literal, _, port = json.loads(club.card.read_text())["dns"][0].rpartition(":")
    door = UdpAddress(literal, int(port))
    with unbound(ZONE, door) if unbound_program() else nullcontext(door) as where:
        yield f"{where.host}:{where.port}"


def test_a_caller_that_has_only_dns_is_heard_and_learns_that_an_officer_has_charge(club, resolver):
    caller, officer = club.member("Example Hospital"), club.officer("Officer One", "officer")
    caller.environment["ESOS_RESOLVER"] = resolver
    ways = caller.does("call", "--test")["ways"]
    assert {(way["carrier"], way["answers"]) for way in ways} == {
        (name, True) for name in ("https", "udp", "dns", "smtp")
    }

    card = json.loads(club.card.read_text())
    (caller.folder / "cut-off.json").write_text(json.dumps({**card, "http": "", "udp": [], "dns": [], "mail": ""}))
    caller.environment["ESOS_STATION"] = "cut-off.json"
    arrived = caller.does("call", "--nature", "cut-off", "--until", "arrived")
    assert arrived["state"] == "arrived"
    rows = {one["carrier"]: (one["state"], one["proven"]) for one in arrived["carriers"]}
    assert rows.items() >= {"dns": ("committed", True)}.items()

    calling = caller.start("call", "--resume", "--wait", "60", "--json")
    row = wait_for(lambda: case_of("Example Hospital", officer))
    officer.run("case", "acknowledge", row["case"])
    ended = caller.end(calling).json
    assert (ended["call"], ended["state"]) == (arrived["call"], "acknowledged")


@pytest.mark.nightly
def test_what_a_person_reads_while_the_call_goes_out_by_dns_is_whole_sentences(club, resolver):
    caller = club.member("Example School")
    caller.environment["ESOS_RESOLVER"] = resolver
    caller.run("call", "--test")
    card = json.loads(club.card.read_text())
    (caller.folder / "cut-off.json").write_text(json.dumps({**card, "http": "", "udp": [], "mail": ""}))
    calling = caller.start("call", "--station", "cut-off.json", "--nature", "outage", "--until", "arrived")
    done = caller.end(calling)
    assert "dns: Sending to Example Watch, copy 1." in done.err
    assert "dns: Example Watch: " in done.err
    assert "Arrived. No person has seen it yet." in done.out


def test_what_came_by_dns_is_counted_among_the_figures(club):
    literal, _, port = json.loads(club.card.read_text())["dns"][0].rpartition(":")
    dns.query.udp(dns.message.make_query(f"w-0.{ZONE}.", "TXT"), literal, timeout=20, port=int(port))
    figures = httpx.get(f"http://127.0.0.1:{club.port}/metrics", timeout=20).text
    assert 'esos_door_datagrams_total{what="dns.no_such_name"}' in figures


def test_a_caller_that_has_only_mail_is_heard_with_proof_and_learns_that_an_officer_has_charge(club):
    caller, officer = club.member("Example Clinic"), club.officer("Officer Two", "officer")
    caller.run("call", "--test")
    card = json.loads(club.card.read_text())
    (caller.folder / "cut-off.json").write_text(json.dumps({**card, "http": "", "udp": [], "dns_zone": "", "dns": []}))
    caller.environment["ESOS_STATION"] = "cut-off.json"
    arrived = caller.does("call", "--nature", "cut-off", "--until", "arrived")
    rows = {one["carrier"]: (one["state"], one["proven"]) for one in arrived["carriers"]}
    assert (arrived["state"], rows["smtp"]) == ("arrived", ("committed", True))
    row = wait_for(lambda: case_of("Example Clinic", officer))
    officer.run("case", "acknowledge", row["case"])
    assert caller.does("call", "--resume", "--wait", "60")["state"] == "acknowledged"


@pytest.mark.nightly
def test_a_caller_reads_that_a_mail_server_which_passes_its_call_on_has_not_answered(club):
    caller = club.member("Example Museum")
    caller.run("call", "--test")
    card = json.loads(club.card.read_text())
    alone = {**card, "http": "", "udp": [], "dns_zone": "", "dns": [], "mail_hosts": ["127.0.0.1:9"]}
    (caller.folder / "cut-off.json").write_text(json.dumps(alone))
    with mail_server() as port:
        done = caller.end(
            caller.start(
                "call", "--station", "cut-off.json", "--nature", "outage", "--wait", "5",
                "--mail-relay", f"smtp://127.0.0.1:{port}", "--mail-from", "desk@museum.example",
            ),
            expect=4,
        )  # fmt: skip
    assert "took the mail and will pass it on to Example Watch; that is no answer yet." in done.err
    assert "No station answered in time. The call is kept." in done.err


@pytest.mark.nightly
@pytest.mark.postgresql
def test_whichever_of_several_processes_name_service_or_mail_meets_the_call_is_heard(several):
    caller, officer = several.member("Example Harbour"), several.officer("Officer Three", "officer")
    card = json.loads(several.card.read_text())
    caller.environment["ESOS_RESOLVER"] = card["dns"][0]
    assert all(way["answers"] for way in caller.does("call", "--test")["ways"])
    none = {"http": "", "udp": [], "dns_zone": "", "dns": [], "mail": ""}
    ways = {"dns": {name: card[name] for name in ("dns_zone", "dns")}, "smtp": {"mail": card["mail"]}}
    calls = []
    for number in range(6):  # from another port each time, so that the kernel takes one process or the other
        carrier = ("dns", "smtp")[number % 2]
        (caller.folder / "cut-off.json").write_text(json.dumps(card | none | ways[carrier]))
        done = caller.does("call", "--station", "cut-off.json", "--nature", "cut-off", "--until", "arrived")
        rows = {one["carrier"]: (one["state"], one["proven"]) for one in done["carriers"]}
        assert rows[carrier] == ("committed", True)
        calls.append(done["call"])
    row = wait_for(lambda: case_of("Example Harbour", officer))
    assert officer.does("case", "list")["cases"] == [row], "one caller, one case"
    assert len(set(calls)) == len(calls)


@contextmanager
def mail_server():
    """A mail server of others, which takes every mail."""
    controller = Controller(Takes(), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


class Takes:
    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - the name aiosmtpd calls
        return "250 2.0.0 Ok: queued as 4D5E6F"
