"""A caller from whose network nothing gets out but name service, at its command line, against a station that runs."""

import json
import time
from contextlib import nullcontext

import dns.message
import dns.query
import httpx
import pytest
from cli_club import Club
from doubles.name_servers import free_port, unbound, unbound_program

from esos.carriers.address import UdpAddress

pytestmark = pytest.mark.timeout(300)
ZONE = "sos.club.example"


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    """A running station with a DNS door."""
    club = Club(folder=tmp_path_factory.mktemp("club")).found()
    (club.folder / "home" / "esos.toml").write_text(f'dns_zone = "{ZONE}"\ndns = "127.0.0.1:{free_port()}"\n')
    club.start()
    yield club
    club.stop()


@pytest.fixture
def resolver(club):
    """A real resolver that finds the zone at the station; the station itself where there is none."""
    literal, _, port = json.loads(club.card.read_text())["dns"][0].rpartition(":")
    door = UdpAddress(literal, int(port))
    with unbound(ZONE, door) if unbound_program() else nullcontext(door) as where:
        yield f"{where.host}:{where.port}"


def wait_for(look, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.2)
    return found


def case_of(caller, officer):
    rows = officer.does("case", "list")["cases"]
    return next((row for row in rows if row["caller_name"] == caller), None)


def test_a_caller_that_has_only_dns_is_heard_and_learns_that_an_officer_has_charge(club, resolver):
    caller, officer = club.member("Example Hospital"), club.officer("Officer One", "officer")
    caller.environment["ESOS_RESOLVER"] = resolver
    ways = caller.does("call", "--test")["ways"]
    assert {(way["carrier"], way["answers"]) for way in ways} == {("https", True), ("udp", True), ("dns", True)}

    card = json.loads(club.card.read_text())
    (caller.folder / "cut-off.json").write_text(json.dumps({**card, "http": "", "udp": [], "dns": []}))
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


def test_what_a_person_reads_while_the_call_goes_out_by_dns_is_whole_sentences(club, resolver):
    caller = club.member("Example School")
    caller.environment["ESOS_RESOLVER"] = resolver
    caller.run("call", "--test")
    card = json.loads(club.card.read_text())
    (caller.folder / "cut-off.json").write_text(json.dumps({**card, "http": "", "udp": []}))
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
