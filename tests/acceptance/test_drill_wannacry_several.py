"""The drill of a mass on PostgreSQL, by several processes of which one is killed again and again to the very end."""

import json
import os
import stat

import psycopg
import pytest
from drill_play import ENDS, esos, play_once, verify_and_break

SMALL, SMALL_PROCESSES, SMALL_SPEED = 20, 3, "150"
LARGE, LARGE_PROCESSES = int(os.environ.get("ESOS_DRILL_CALLERS", "2000")), 4
LARGE_SPEED = os.environ.get("ESOS_DRILL_SPEED", "30")
PASSWORD = "a-word-nobody-may-read"


def flags(database: str, *, callers: int, processes: int, speed: str, every: str) -> tuple[str, ...]:
    store = ("--database", database, "--processes", str(processes))
    return (*store, "--callers", str(callers), "--speed", speed, "--kill-every", every)


def with_password(url: str) -> str:
    return url.replace("esos@", f"esos:{PASSWORD}@")


def check_promises(played, callers: int, processes: int) -> None:
    figures, ending = played.ending["figures"], played.ending
    assert figures["callers"] == callers + 1, "and the one who gave the warning"
    assert figures["callers answered by a person"] == figures["callers"]
    assert figures["requests without an outcome"] == figures["open timers unheld"] == 0
    assert figures["kept statements lost"] == 0
    assert set(ending["outcomes"]) <= ENDS
    assert sum(ending["outcomes"].values()) == figures["assistance requests"]
    assert (ending["accepted"], ending["refused_after_change"]) == (True, True)
    assert (ending["killed"], ending["processes"]) == (True, processes)
    assert figures["kills of the station"] > 1


def check_log(database: str) -> None:
    """Every statement that any process took has its place in the log."""
    with psycopg.connect(database) as connection:
        missing = "SELECT count(*) FROM entries LEFT JOIN leaves USING (seq) WHERE leaves.seq IS NULL"
        assert connection.execute(missing).fetchone() == (0,)


def check_home(played, callers: int) -> None:
    """Its cases are found afterwards by its home alone."""
    listed = json.loads(esos("case", "list", "--home", played.home, "--json").stdout)["cases"]
    assert len(listed) == callers + 1
    assert {row["state"] for row in listed} == {"closed"}


def check_password(played) -> None:
    """It stands in the home's own settings, and is shown nowhere."""
    file = played.home / "esos.toml"
    assert PASSWORD in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    shown = esos("station", "settings", "--home", played.home).stdout
    assert PASSWORD not in json.dumps([played.ready, played.report]) + shown
    assert PASSWORD not in (played.home / "drill-report.md").read_text()


@pytest.mark.nightly  # a minute; the same drill by one process is played every time
@pytest.mark.timeout(900)
def test_every_caller_is_answered_and_every_request_ends_although_one_process_after_the_other_is_killed(
    tmp_path, postgres_server
):
    database = with_password(postgres_server.new_database())
    chosen = flags(database, callers=SMALL, processes=SMALL_PROCESSES, speed=SMALL_SPEED, every="5")
    played = play_once(tmp_path, "wannacry-2017", *chosen)
    check_promises(played, SMALL, SMALL_PROCESSES)
    assert played.ending["figures"]["case files verified"] >= SMALL * 4 // 5
    check_log(database)
    check_home(played, SMALL)
    check_password(played)
    assert verify_and_break(played, "drill-case.esos", tmp_path / "changed.esos") == (0, 5)


def test_a_database_in_which_anything_stands_is_refused_and_its_password_not_told(tmp_path, postgres_server):
    database = with_password(postgres_server.new_database())
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE somebody (name text)")
    chosen = flags(database, callers=SMALL, processes=2, speed=SMALL_SPEED, every="5")
    again = esos("drill", "run", "wannacry-2017", "--home", tmp_path / "again", *chosen, "--json")
    refused = json.loads(again.stderr.strip().splitlines()[-1])
    assert (again.returncode, refused["code"]) == (3, "up.database_used")
    assert PASSWORD not in again.stdout + again.stderr
    assert not (tmp_path / "again" / "station.json").exists()


@pytest.mark.nightly
@pytest.mark.timeout(3_600)
def test_two_thousand_callers_are_all_answered_by_four_processes_of_which_one_is_killed_every_ten_seconds(
    tmp_path, postgres_server
):
    database = postgres_server.new_database()
    chosen = flags(database, callers=LARGE, processes=LARGE_PROCESSES, speed=LARGE_SPEED, every="10")
    check_promises(play_once(tmp_path, "wannacry-2017", *chosen), LARGE, LARGE_PROCESSES)
    check_log(database)
