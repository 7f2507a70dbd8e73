"""The examples work as they stand: each is run against a real station, as somebody would who read its first lines."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from doubles.ports import free_port

ESOS = (sys.executable, "-m", "esos.cli.main")


@dataclass(frozen=True, slots=True, kw_only=True)
class Club:
    """A station of these tests, running."""

    home: Path
    url: str
    environment: dict[str, str]

    def esos(self, *arguments: str | Path) -> Any:
        """The result of a verb as JSON."""
        done = subprocess.run(
            [*ESOS, *arguments, "--json"], env=self.environment, capture_output=True, text=True, timeout=60, check=True
        )
        return json.loads(done.stdout)

    def cases(self) -> list[dict[str, Any]]:
        return self.esos("case", "list", "--home", self.home)["cases"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    """No setting of the machine reaches the examples."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ESOS_")}
    bins = os.pathsep.join((str(Path(sys.executable).parent), kept.get("PATH", "")))
    return {**kept, "PATH": bins, "HOME": str(tmp_path_factory.mktemp("home"))}


@pytest.fixture(scope="module")
def club(tmp_path_factory, environment, repo_root) -> Iterator[Club]:
    """An exercise station under the example's own pact, on a port that was free."""
    home = tmp_path_factory.mktemp("club") / "club"
    pact = repo_root / "examples" / "our-pact.toml"
    made = [*ESOS, "station", "init", "--home", home, "--pact", pact, "--exercise"]
    subprocess.run(made, env=environment, check=True, capture_output=True, timeout=60)
    address = f"127.0.0.1:{free_port()}"
    program = [*ESOS, "station", "run", "--home", home, "--http", address, "--udp", "", "--json"]
    running = subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        ready = json.loads(running.stdout.readline())
        yield Club(home=home, url=ready["http"], environment=environment)
    finally:
        running.terminate()
        running.wait(20)


def test_the_pact_can_be_put_in_force_and_explained(repo_root, environment):
    pact = str(repo_root / "examples" / "our-pact.toml")
    for verb in ("check", "show"):
        done = subprocess.run(
            [*ESOS, "pact", verb, pact], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "north-hospitals" in done.stdout


def test_the_card_is_signed_and_registered(club, repo_root, tmp_path):
    key, card = tmp_path / "net.key", tmp_path / "net.card"
    club.esos("key", "new", "--exercise", "--out", key)
    signed = club.esos("member", "card", "--key", key, "--base", repo_root / "examples" / "member-card.json")
    card.write_text(json.dumps(signed), encoding="utf-8")
    member = club.esos("member", "add", "--home", club.home, card)["member"]
    (row,) = [one for one in club.esos("member", "list", "--home", club.home)["members"] if one["member"] == member]
    assert row["name"] == "Example Net"
    given = json.loads((repo_root / "examples" / "member-card.json").read_text(encoding="utf-8"))
    assert {name for name in given if given[name] != signed["card"].get(name)} == set()


def test_monitoring_raises_a_call_once_and_takes_it_back(club, repo_root, tmp_path):
    key, card = tmp_path / "monitoring.key", tmp_path / "monitoring.card"
    club.esos("key", "new", "--exercise", "--out", key)
    card.write_text(
        json.dumps(club.esos("member", "card", "--key", key, "--name", "Example Monitoring")), encoding="utf-8"
    )
    member = club.esos("member", "add", "--home", club.home, card)["member"]
    token = club.esos("member", "token", member, "--home", club.home)["secret"]
    said = {**club.environment, "ESOS_URL": club.url, "ESOS_TOKEN": token}

    def send(*arguments: str) -> dict[str, str]:
        script = repo_root / "examples" / "monitoring-webhook.sh"
        done = subprocess.run([script, *arguments], env=said, capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)

    for _ in range(2):
        assert send("trigger", "uplink-1", 'Uplink "saturated"')["status"] == "success"
    mine = [one for one in club.cases() if one["caller"] == member]
    assert [(one["state"], one["urgency"]) for one in mine] == [("arrived", "mayday")]
    assert send("resolve", "uplink-1")["message"] == "The call is taken back."
    assert [one["state"] for one in club.cases() if one["caller"] == member] == ["cancelled"]


def test_a_call_is_made_with_two_public_libraries_and_nothing_of_ours(club, repo_root):
    before = len(club.cases())
    script = repo_root / "examples" / "call_over_http.py"
    done = subprocess.run(
        [sys.executable, script, club.url, "flooding"],
        env=club.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "No person has seen it yet" in done.stdout
    assert len(club.cases()) == before + 1


def test_that_example_imports_nothing_of_ours(repo_root):
    script = (repo_root / "examples" / "call_over_http.py").read_text(encoding="utf-8")
    assert [line for line in script.splitlines() if line.startswith(("import esos", "from esos"))] == []


def test_every_example_is_named_in_its_readme(repo_root):
    folder = repo_root / "examples"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in folder.iterdir() if path.name not in readme and path.name != "README.md"] == []


def test_the_tables_of_members_and_calls_are_divided_with_the_gravest_served_first(repo_root, environment):
    tables = (repo_root / "examples" / "members.csv", "--calls", repo_root / "examples" / "many-calls.csv")
    done = subprocess.run(
        [*ESOS, "match", "allocate", *tables, "--json"],
        env=environment, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    needs = {(need["call"], need["line"]): need for need in json.loads(done.stdout)["needs"]}
    assert needs["hospital", "filtering"]["unserved"] == needs["ministry", "filtering"]["unserved"] == 0
    assert needs["shop", "filtering"]["unserved"] == 15
