"""The station's side of the command line, by the real console script against real processes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

ESOS = str(Path(sys.executable).parent / "esos")
STOP_SECONDS = 5.0
PROOF_SECONDS = 8.0
"""Less than the lease of the sequencer: a station that died takes up its own again at once."""


@dataclass
class Shell:
    """Runs the console script with nothing of the outer environment but the path."""

    environment: dict[str, str]

    def run(self, *arguments: object, text: str | None = None) -> subprocess.CompletedProcess:
        return subprocess.run(
            [ESOS, *map(str, arguments)],
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def json(self, *arguments: object, text: str | None = None):
        """The JSON a verb prints; the verb must succeed."""
        done = self.run(*arguments, "--json", text=text)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def refusal(self, *arguments: object) -> tuple[int, str]:
        """Exit code, and the stable code on standard error."""
        done = self.run(*arguments, "--json")
        return done.returncode, json.loads(done.stderr.strip().splitlines()[-1])["code"]


@dataclass
class Process:
    """A running station: where it listens, and its process."""

    child: subprocess.Popen
    ready: dict

    @property
    def http(self) -> str:
        return self.ready["http"]


@contextmanager
def station(shell: Shell, home: Path, *flags: str):
    """A station on any free ports, ended in order when the block ends."""
    command = [ESOS, "station", "run", "--home", str(home), "--json", "--http", "127.0.0.1:0", "--udp", "127.0.0.1:0"]
    child = subprocess.Popen([*command, *flags], env=shell.environment, stdout=subprocess.PIPE, text=True)
    try:
        line = child.stdout.readline()
        assert line, f"the station ended with {child.wait()}"
        yield Process(child, json.loads(line))
    finally:
        if child.poll() is None:
            child.terminate()
        try:
            child.wait(timeout=10)
        finally:
            child.kill()
            child.stdout.close()


@pytest.fixture(scope="module")
def shell(tmp_path_factory) -> Shell:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    cache = tmp_path_factory.getbasetemp().parent / "bytecode"
    return Shell({**kept, "PYTHONPYCACHEPREFIX": str(cache)})


@dataclass
class Club:
    """A home with two officers and two members, made by the command line alone."""

    home: Path
    folder: Path
    first: dict
    second: dict
    members: dict[str, str]
    token: str

    def copy(self, folder: Path) -> "Club":
        """The same club in a home of its own."""
        shutil.copytree(self.home, folder / "club")
        return replace(self, home=folder / "club")


def make_club(shell: Shell, folder: Path) -> Club:
    home = folder / "club"
    shell.json("station", "init", "--home", home, "--pact", "club", "--name", "North Club")
    with station(shell, home):
        return fill_club(shell, folder, home)


def fill_club(shell: Shell, folder: Path, home: Path) -> Club:
    first = shell.json(
        "officer", "add", "--home", home, "--name", "Officer A", "--role", "officer", "--contact", "file:a"
    )
    second = shell.json(
        "officer", "add", "--home", home, "--name", "Officer B", "--role", "officer", "--role", "second"
    )
    members = {}
    for name, capability in (("Example Hospital", "advice=4"), ("Example Net", "filtering=40Gbit/s")):
        key, card = folder / f"{name}.key", folder / f"{name}.card"
        shell.json("key", "new", "--out", key)
        made = shell.run(
            "member", "card", "--key", key, "--name", name, "--capability", capability, "--contact", "file:m"
        )
        card.write_text(made.stdout)
        members[name] = shell.json("member", "add", "--home", home, card)["member"]
    token = shell.json("member", "token", "Example Hospital", "--home", home)["secret"]
    return Club(home, folder, first, second, members, token)


@pytest.fixture(scope="module")
def founded(shell, tmp_path_factory) -> Club:
    """The club as it was founded, its station stopped; tests that kill or restore take a copy."""
    return make_club(shell, tmp_path_factory.mktemp("founded"))


@pytest.fixture(scope="module")
def club(founded, tmp_path_factory) -> Club:
    return founded.copy(tmp_path_factory.mktemp("club"))


@pytest.fixture(scope="module")
def running(shell, club):
    with station(shell, club.home) as process:
        yield process


def call(http: str, token: str) -> dict:
    """A member's call for help over HTTP; a second one joins the first while it is open."""
    details = {"natures": ["flooding"], "needs": [{"line": "filtering", "quantity": 40}]}
    headers = {"authorization": f"Bearer {token}"}
    answer = httpx.post(f"{http}/api/v1/calls", json={"details": details}, headers=headers, timeout=20)
    assert answer.status_code == 201, answer.text
    return answer.json()


def receipt_of(http: str, made: dict, token: str) -> bytes:
    """The proof that the call is in the log, as soon as there is one."""
    headers = {"authorization": f"Bearer {token}"}
    deadline = time.monotonic() + PROOF_SECONDS
    while True:
        answer = httpx.get(http + made["receipt"], headers=headers, timeout=20)
        if answer.status_code == 200 or time.monotonic() > deadline:
            assert answer.status_code == 200, answer.text
            return answer.content
        time.sleep(0.1)


# ------------------------------------------------------------------------------------------------- homes
def test_a_new_home_is_readable_by_its_owner_only_and_is_never_made_twice(shell, club):
    secrets = [club.home / name for name in ("station.json", "local.token", "journal.sqlite")]
    assert [path.name for path in secrets if path.stat().st_mode & 0o077] == []
    assert shell.refusal("station", "init", "--home", club.home) == (3, "home.exists")


def test_a_pact_that_cannot_be_read_makes_no_home(shell, tmp_path):
    (tmp_path / "bad.toml").write_text("[pact]\nname = 3\n")
    done = shell.run("station", "init", "--home", tmp_path / "home", "--pact", tmp_path / "bad.toml")
    assert done.returncode == 3
    assert not (tmp_path / "home").exists()


def test_the_verbs_work_at_home_while_the_station_does_not_run(shell, founded):
    listed = shell.json("member", "list", "--home", founded.home)
    assert {row["name"]: row["member"] for row in listed["members"]} == founded.members
    added = shell.json("officer", "add", "--home", founded.home, "--name", "Auditor", "--role", "auditor")
    assert added["link"].startswith("http://127.0.0.1:8765/in/")


def test_a_card_is_signed_by_the_member_and_a_changed_one_is_refused(shell, club, tmp_path):
    card = json.loads((club.folder / "Example Net.card").read_text())
    assert card["card"]["name"] == "Example Net"
    blob = card["statement"]
    card["statement"] = blob[:-20] + ("A" if blob[-20] != "A" else "B") + blob[-19:]
    (tmp_path / "changed.card").write_text(json.dumps(card))
    assert shell.refusal("member", "add", "--home", club.home, tmp_path / "changed.card") == (5, "statement.signature")


def test_a_key_for_practice_cannot_enter_a_real_register(shell, club, tmp_path):
    shell.json("key", "new", "--out", tmp_path / "drill.key", "--exercise")
    made = shell.run("member", "card", "--key", tmp_path / "drill.key", "--name", "Drill Team")
    (tmp_path / "drill.card").write_text(made.stdout)
    assert shell.refusal("member", "add", "--home", club.home, tmp_path / "drill.card") == (3, "card.realm")


# ----------------------------------------------------------------------------------------------- running
def test_a_station_says_in_one_line_where_it_is_and_who(running, club):
    card = running.ready["card"]
    assert running.ready["ready"] is True
    assert running.http.startswith("http://127.0.0.1:")
    assert card["name"] == "North Club"
    assert card["http"] == running.http
    assert card["udp"] == [running.ready["udp"]]
    assert httpx.get(f"{running.http}/api/v1/station", timeout=20).json() == card
    assert json.loads((club.home / "run.json").read_text())["http"] == running.http


def test_a_home_is_served_by_one_station_only(shell, club, running):
    assert shell.refusal("station", "run", "--home", club.home, "--http", "127.0.0.1:0") == (3, "station.running")


def test_an_address_that_is_taken_is_said_so(shell, running, tmp_path):
    shell.json("station", "init", "--home", tmp_path / "other")
    taken = running.http.removeprefix("http://")
    code = shell.refusal("station", "run", "--home", tmp_path / "other", "--http", taken, "--udp", "")
    assert code == (3, "station.address_taken")


def test_an_officer_takes_charge_by_the_code_that_people_read_aloud(shell, club, running):
    made = call(running.http, club.token)
    row = next(one for one in shell.json("case", "list", "--home", club.home)["cases"] if one["case"] == made["case"])
    mine = ("--url", running.http, "--token", club.first["token"])
    before = shell.json("case", "show", row["code"], *mine)
    if not before["holder"]:
        taken = shell.json("case", "acknowledge", row["code"], *mine)
        assert (taken["holder"], taken["verdict"]) == (club.first["officer"], "applied")
    shown = shell.json("case", "show", row["case"][:10], *mine)
    promised = {"case", "state", "concern", "verification", "urgency", "holder", "timers", "requests", "timeline"}
    assert promised <= set(shown)
    assert shown["holder"] == club.first["officer"]
    assert shell.refusal("case", "acknowledge", row["code"], *mine)[0] == 3


def test_a_message_with_a_file_and_a_conference_is_written_listed_and_fetched(shell, club, running, tmp_path):
    case, link = call(running.http, club.token)["case"], "https://meet.example.net/room"
    caller, officer = (("--url", running.http, "--token", one) for one in (club.token, club.first["token"]))
    logs = tmp_path / "logs.txt"
    logs.write_bytes(b"line one\x00\xff")
    shell.json("message", "write", case, "The logs.", "--attach", logs, "--conference", link, *caller)
    (said,) = shell.json("message", "list", case, *officer)["messages"]
    assert (said["text"], said["conference"]) == ("The logs.", link)
    assert said["conference_words"] == "A meeting on the web, at meet.example.net"
    digest, out = said["files"][0]["digest"], tmp_path / "fetched.txt"
    assert shell.json("message", "fetch", case, digest[:8], "--out", out, *officer)["bytes"] == 10
    assert out.read_bytes() == logs.read_bytes()
    for digits in (digest[:8], "00" * 32):
        assert shell.run("message", "fetch", case, digits, "--out", out, *officer).returncode != 0
    assert out.read_bytes() == logs.read_bytes()
    bad = ("message", "write", case, "Come.", "--conference", "javascript:alert(1)", *caller)
    assert shell.run(*bad).returncode != 0


def test_what_needs_two_people_waits_for_the_second(shell, running, club):
    folder = club.folder / "two"
    key = folder / "town.key"
    shell.json("key", "new", "--out", key)
    card = shell.run("member", "card", "--key", key, "--name", "Example Town").stdout
    shell.run("member", "add", "--home", club.home, "-", text=card)
    token = shell.json("member", "token", "Example Town", "--home", club.home)["secret"]
    case = call(running.http, token)["case"]
    first = ("--url", running.http, "--token", club.first["token"])
    second = ("--url", running.http, "--token", club.second["token"])
    evidence = ("--evidence", "A planned test of theirs")
    assert shell.refusal("case", "no-emergency", case, *evidence, *first) == (3, "case.not_shown")
    shell.json("case", "call-back", case, "--result", "no-distress", *first)
    proposed = shell.json("case", "no-emergency", case, *evidence, *first)
    assert proposed["waits"]
    assert proposed["state"] == "arrived"
    assert shell.refusal("case", "second", case, *first) == (3, "second.same_person")
    assert shell.json("case", "second", case, *second)["state"] == "no_emergency"


def test_a_case_is_followed_until_it_is_where_one_waits_for(shell, running, club):
    case = call(running.http, club.token)["case"]
    where = ("--url", running.http, "--token", club.second["token"])
    shown = shell.json("case", "show", case, *where)
    done = shell.run("case", "watch", case, "--until", shown["state"], "--json", *where)
    kinds = [json.loads(line)["kind"] for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert {"called", "arrived"} <= set(kinds)


def test_a_case_is_exported_and_verified_and_one_changed_byte_is_refused(shell, running, club, tmp_path):
    case = call(running.http, club.token)["case"]
    (tmp_path / "station.card").write_text(json.dumps(running.ready["card"]))
    pinned = ("--station", tmp_path / "station.card")
    deadline = time.monotonic() + 20
    while True:
        done = shell.run("case", "export", case, "--out", tmp_path / "case.esos", "--home", club.home)
        if done.returncode == 0 or time.monotonic() > deadline:
            break
    assert shell.json("verify", "case", tmp_path / "case.esos", *pinned)["accepted"] is True
    content = bytearray((tmp_path / "case.esos").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "case.esos").write_bytes(content)
    assert shell.refusal("verify", "case", tmp_path / "case.esos", *pinned) == (5, "verify.refused")
    assert shell.refusal("verify", "case", tmp_path / "case.esos") == (2, "verify.pin")


def test_the_log_and_a_receipt_verify_under_the_pinned_card(shell, running, club, tmp_path):
    made = call(running.http, club.token)
    headers = {"authorization": f"Bearer {club.first['token']}"}
    (tmp_path / "station.card").write_text(json.dumps(running.ready["card"]))
    receipt = receipt_of(running.http, made, club.first["token"])
    kept = httpx.get(f"{running.http}/log/checkpoint", timeout=20)
    (tmp_path / "kept").write_bytes(kept.content)
    (tmp_path / "call.receipt").write_bytes(receipt)
    (tmp_path / "log").write_bytes(httpx.get(f"{running.http}/log/export", headers=headers, timeout=20).content)
    pinned = ("--station", tmp_path / "station.card")
    assert shell.json("verify", "receipt", tmp_path / "call.receipt", *pinned)["accepted"] is True
    with_receipt = shell.json("verify", "log", tmp_path / "log", "--receipt", tmp_path / "call.receipt", *pinned)
    assert with_receipt["accepted"] is True
    growth = httpx.get(f"{running.http}/log/growth/{kept.text.splitlines()[1]}", timeout=20)
    (tmp_path / "growth").write_bytes(growth.raise_for_status().content)
    since = ("--since", tmp_path / "kept")
    assert shell.json("verify", "growth", tmp_path / "growth", *since, *pinned)["accepted"] is True
    (tmp_path / "growth").write_bytes(growth.content[:-1])
    assert shell.refusal("verify", "growth", tmp_path / "growth", *since, *pinned) == (5, "verify.refused")


def test_the_roster_names_who_is_woken(shell, running, club):
    shell.json("roster", "set", "--home", club.home, "--watch", "officer a", "--backup", "Officer B")
    roster = shell.json("roster", "show", "--home", club.home)
    assert roster["watch"] == [club.first["officer"]]
    assert roster["backup"] == [club.second["officer"]]
    tonight = json.dumps({"watch": ["Officer A"], "neighbour": ["mail:watch@example.org"]})
    shell.json("roster", "import", "-", "--home", club.home, text=tonight)
    assert shell.json("roster", "show", "--home", club.home)["backup"] == []
    assert shell.refusal("roster", "set", "--home", club.home, "--watch", "Nobody") == (3, "input.nothing")


def test_a_pact_of_ones_own_is_put_in_force_by_the_registrar(shell, running, club, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(shell.run("pact", "show", "club", "--raw").stdout)
    published = shell.json("pact", "publish", str(own), "--home", club.home)
    assert published["digest"] == shell.json("pact", "check", str(own))["digest"]


def test_a_watch_is_shared_swapped_and_handed_over_on_the_command_line(shell, running, club, tmp_path):
    home = ("--home", club.home)
    turns = ("--officer", "Officer A", "--officer", "Officer B", "--from", "2026-01-05", "--days", "1")
    shell.json("roster", "rotate", "days", *turns, *home)
    rules = shell.json("roster", "export", *home)
    assert rules["rotations"][0]["officers"] == [club.first["officer"], club.second["officer"]]
    span = ("--from", "2030-12-24T08:00", "--until", "2030-12-25T08:00")
    shell.json("roster", "override", "Officer B", *span, *home)
    shell.json("roster", "absent", "Officer A", *span, *home)
    now = shell.json("roster", "show", *home)["on_watch"]
    assert {one["kind"] for one in now["changes"]} >= {"overridden", "absent"}
    for one in now["changes"]:
        shell.json("roster", "withdraw", one["change"][:16], *home)
    shell.json("roster", "holiday", "add", "New year", "01-01", "--watch", "Officer B", *home)
    shell.json("roster", "holiday", "add", "New year", "01-01", "--watch", "Officer A", *home)
    kept = shell.json("roster", "export", *home)["holidays"]
    assert [(one["day"], one["watch"]) for one in kept] == [("01-01", [club.first["officer"]])]
    shell.json("roster", "holiday", "drop", "New year", *home)
    assert shell.json("roster", "export", *home)["holidays"] == []
    assert shell.refusal("roster", "holiday", "drop", "New year", *home) == (3, "roster.no_holiday")
    calendar = shell.run("roster", "export", "--ics", "--officer", "Officer B", *home).stdout
    assert "SUMMARY:On watch: Officer B" in calendar
    file = tmp_path / "shifts.ics"
    file.write_text(calendar, newline="")
    shell.json("roster", "import", str(file), "--duty", "backup", *home)
    laid = shell.json("roster", "show", *home)["stretches"]
    assert club.second["officer"] in {
        each["person"] for one in laid if one["duty"] == "backup" for each in one["people"]
    }
    assert "Hand-over brief of" in shell.run("roster", "brief", *home).stdout
    assert "On watch" in shell.run("roster", "show", *home).stdout
    assert shell.json("roster", "feed", "--all", *home)["link"].endswith(".ics")
    shell.json("roster", "rotate", "days", "--drop", *home)
    shell.json("roster", "set", "--clear", "watch", *home)
    gaps = shell.run("roster", "gaps", "--json", *home)
    assert (gaps.returncode, len(json.loads(gaps.stdout)["gaps"])) == (3, 1)


def test_ready_names_whoever_would_not_wake_tonight(shell, founded, tmp_path):
    club = founded.copy(tmp_path)  # elsewhere an officer who takes charge of a call has proved an address by it
    with station(shell, club.home):
        done = shell.run("station", "ready", "--home", club.home, "--json")
    says = [finding["sentence"] for finding in json.loads(done.stdout)["findings"]]
    assert done.returncode == 3
    assert any("Officer B has no address" in sentence for sentence in says)
    assert any("no address of theirs is proved" in sentence and "Officer A" in sentence for sentence in says)
    assert any("nobody could help with this now" in sentence for sentence in says)


def test_an_officer_rings_themselves_and_sends_back_the_code_that_came(shell, running, club):
    ring = [ESOS, "contact", "ring", "Officer A", "--home", str(club.home), "--wait", "90", "--json"]
    with subprocess.Popen(ring, env=shell.environment, stdout=subprocess.PIPE, text=True) as ringing:
        code = rung_code(club.home / "pages" / "a.jsonl")
        assert shell.json("contact", "confirm", code.lower(), "--home", club.home)["verdict"] == "applied"
        shown = json.loads(ringing.communicate(timeout=100)[0])
    trial = shown["trials"][0]
    assert trial["why"] == "ring"
    assert trial["answered_ms"] >= trial["asked_ms"]
    ready = json.loads(shell.run("station", "ready", "--home", club.home, "--json").stdout)
    assert {one["name"]: one["wakes"] for one in ready["officers"]}["Officer A"]


def test_an_officers_number_is_changed_and_the_new_one_counts_when_its_code_came_back(shell, running, club):
    here = ("--home", club.home)
    assert shell.refusal("contact", "add", "Officer B", "file:../b", *here) == (3, "contact.address_form")
    added = shell.json("contact", "add", "Officer B", "file:changed", *here)
    assert [(one["address"], one["state"]) for one in added["ways"]] == [("changed", "unconfirmed")]
    assert shell.json("contact", "confirm", rung_code(club.home / "pages" / "changed.jsonl", "is this"), *here)
    assert shell.json("contact", "list", "Officer B", *here)["wakes"]
    assert shell.json("contact", "language", "Officer B", "fr", *here)["language"] == "fr"
    taken = ("contact", "remove", "Officer B", "file:changed", *here)
    assert shell.refusal(*taken) == (3, "contact.last_way")
    assert shell.json(*taken, "--sure")["ways"] == []
    assert shell.refusal(*taken, "--sure") == (3, "contact.not_there")
    assert shell.refusal("contact", "add", "Example Net", "file:x", *here) == (3, "contact.on_card")


def rung_code(file: Path, words: str = "rings you") -> str:
    """The code of the test that came to a file."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        pages = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        rung = [page for page in pages if words in page["title"].lower()]
        if rung:
            assert rung[-1]["test"]
            assert rung[-1]["title"].startswith("TEST, not a call")
            return rung[-1]["link"].rpartition("/")[2]
        time.sleep(0.1)
    pytest.fail("no test came")


def test_the_doctor_finds_nothing_to_mend_at_a_station_that_is_well(shell, running, club):
    report = json.loads(shell.run("station", "doctor", "--home", club.home, "--json").stdout)
    by_mark = {(one["subject"], one["mark"]) for one in report["findings"]}
    assert {("files", "ok"), ("journal", "ok"), ("pact", "ok"), ("process", "ok")} <= by_mark


def test_a_member_is_suspended_and_restored(shell, running, club):
    shell.json("member", "suspend", "Example Net", "--reason", "Away", "--home", club.home)
    rows = {row["name"]: row for row in shell.json("member", "list", "--home", club.home)["members"]}
    assert rows["Example Net"]["suspended"] is True
    shell.json("member", "restore", club.members["Example Net"], "--home", club.home)
    rows = {row["name"]: row for row in shell.json("member", "list", "--home", club.home)["members"]}
    assert rows["Example Net"]["suspended"] is False


def test_a_printed_card_carries_numbers_that_serve_once(shell, running, club, tmp_path):
    out = tmp_path / "card.svg"
    made = shell.json("member", "card-number", "Example Hospital", "--home", club.home, "--count", "2", "--out", out)
    assert len(made["qr"].encode()) <= 300
    assert [len(number) for number in made["numbers"]] == [8, 8]
    assert "<svg" in out.read_text()
    relay = {"details": {}, "relay_for": {"caller": club.members["Example Hospital"], "card_token": made["numbers"][0]}}
    taken = httpx.post(f"{running.http}/api/v1/calls", json=relay, timeout=20)
    assert taken.status_code == 201, taken.text
    assert taken.json()["card_accepted"] is True


def test_an_officer_who_is_removed_is_known_no_more(shell, running, club):
    added = shell.json("officer", "add", "--home", club.home, "--name", "Officer C", "--role", "auditor")
    where = ("--url", running.http, "--token", added["token"])
    assert shell.run("officer", "list", *where).returncode == 0
    shell.json("officer", "remove", "Officer C", "--home", club.home)
    assert shell.refusal("officer", "list", *where) == (3, "session.token")


def test_a_link_from_the_command_line_signs_in_once(shell, running, club):
    link = shell.json("officer", "link", "Officer A", "--home", club.home)["link"]
    assert link.startswith(f"{running.http}/in/")


def test_the_floor_is_shown_once_as_a_snapshot(shell, running, club):
    call(running.http, club.token)
    snapshot = shell.json("watch", "--once", "--home", club.home)
    assert snapshot["station"] == "North Club"
    assert len(snapshot["cases"]) >= 1
    assert shell.run("watch", "--once", "--home", club.home).stdout.strip()


# ------------------------------------------------------------------------------------------- exit codes
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("case", "show"), 2),
        (("no-such-verb",), 2),
        (("case", "list", "--home", "nowhere-at-all"), 3),
        (("pact", "check", "no-such-pact"), 3),
        (("case", "list", "--url", "http://127.0.0.1:1"), 4),
        (("pact", "check", "club"), 0),
        (("--help",), 0),
    ],
)
def test_exit_codes_are_those_that_scripts_rely_on(shell, arguments, expected):
    done = shell.run(*arguments)
    assert done.returncode == expected
    assert bool(done.stderr) == (expected != 0)


def test_one_file_sets_what_flags_set(shell, club, tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text(f'home = "{club.home}"\nhttp = "127.0.0.1:9"\n[case.list]\nopen = true\njson = true\n')
    done = shell.run("--settings", file, "case", "list")
    assert "cases" in json.loads(done.stdout), done.stderr
    file.write_text("[case.list]\nopne = true\n")
    assert shell.refusal("--settings", file, "case", "list") == (3, "settings.flag")


# ------------------------------------------------------------------------------------- stopping and dying
def test_a_stop_takes_no_longer_than_five_seconds_with_a_stream_open(shell, club, tmp_path):
    home = tmp_path / "stopping"
    shell.json("station", "init", "--home", home)
    with station(shell, home) as process:
        headers = {"authorization": f"Bearer {(home / 'local.token').read_text()}"}
        with httpx.stream("GET", f"{process.http}/api/v1/events?after=0", headers=headers, timeout=20) as stream:
            assert next(stream.iter_raw())
            began = time.monotonic()
            process.child.send_signal(signal.SIGTERM)
            assert process.child.wait(timeout=10) == 0
            assert time.monotonic() - began < STOP_SECONDS
    assert not (home / "run.json").exists()


def test_kill_9_loses_nothing_that_was_acknowledged(shell, founded, tmp_path):
    club = founded.copy(tmp_path)
    with station(shell, club.home) as process:
        made = call(process.http, club.token)
        shell.json("case", "acknowledge", made["case"], "--home", club.home)
        before = shell.json("case", "show", made["case"], "--home", club.home)
        process.child.kill()
        process.child.wait(timeout=10)
    assert (club.home / "run.json").exists()
    with station(shell, club.home) as process:
        after = shell.json("case", "show", made["case"], "--home", club.home)
        receipt = receipt_of(process.http, made, club.token)
    kept = {item["statement"] for item in after["timeline"]}
    assert {item["statement"] for item in before["timeline"]} <= kept
    assert (after["holder"], after["state"]) == (before["holder"], before["state"])
    assert json.loads(receipt)["claim"]["statement"] == made["statement"]


def test_a_backup_taken_while_it_runs_is_put_back_in_a_home_that_lost_its_journal(shell, founded, tmp_path):
    club = founded.copy(tmp_path)
    with station(shell, club.home) as process:
        made = call(process.http, club.token)
        copied = shell.json("backup", "--home", club.home, "--out", tmp_path / "copy")
        assert shell.refusal("restore", "--home", club.home, "--from", tmp_path / "copy") == (3, "station.running")
    (club.home / "journal.sqlite").unlink()
    restored = shell.json("restore", "--home", club.home, "--from", tmp_path / "copy")
    assert restored["head"] == copied["head"]
    assert shell.json("case", "show", made["case"], "--home", club.home)["caller_name"] == "Example Hospital"


@pytest.mark.anyio
async def test_the_supervisor_starts_a_station_that_died_again_where_it_was(shell, tmp_path):
    from esos.drill.supervisor import Supervisor
    from esos.errors import Conflict

    home = tmp_path / "supervised"
    shell.json("station", "init", "--home", home, "--exercise")
    async with Supervisor(home) as supervisor:
        url, first = supervisor.url, supervisor.pid
        os.kill(first, signal.SIGKILL)
        await _until_not(supervisor, first)
        assert (await supervisor.wait_ready(60)).http == url
        second = await supervisor.kill()
        assert second != first
        with pytest.raises(Conflict, match="not running"):
            await supervisor.kill()
        assert supervisor.pid is None
        assert (await supervisor.restart()).http == url
    assert supervisor.pid is None


async def _until_not(supervisor, pid: int) -> None:
    import asyncio

    async with asyncio.timeout(30):
        while supervisor.pid in {pid, None}:
            await asyncio.sleep(0.05)


def test_up_shows_a_station_with_members_and_ends_by_itself(shell, tmp_path):
    done = shell.run("up", "--home", tmp_path / "demo", "--port", "0", "--exit", "--json")
    said = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert said["card"]["realm"] == "exercise"
    assert len(said["members"]) >= 5
    assert all(name.endswith("(demo)") for name in said["members"])
    assert not (tmp_path / "demo" / "run.json").exists()
