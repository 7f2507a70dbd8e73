"""The service unit and the container file: what they name exists, and the station tells a service manager how it is."""

import configparser
import os
import re
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import click
import pytest

from esos.cli import notify
from esos.cli.main import cli, run
from esos.settings import STOP_SECONDS, Settings
from esos.vault.home import Home
from esos.web.serving import OPEN_FILES_WANTED_COUNT
from esos.words.realm import Realm

DEADLINE_SECONDS = 60
EXPOSURE_MAX_TENTHS = 20
"""How exposed systemd may call the service, in tenths of its own scale of ten."""
REPO = Path(__file__).parent.parent.parent


class Unit(configparser.RawConfigParser):
    """A unit file: keys as they are written, the last of several values."""

    optionxform = staticmethod(str)


@pytest.fixture(scope="module")
def unit():
    found = Unit(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    found.read(REPO / "deploy" / "esos.service", encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def container():
    """The instructions of the container file, each as its word and the rest."""
    lines = (REPO / "deploy" / "Containerfile").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line and not line.startswith("#")]


def parsed(arguments: list[str]) -> None:
    """Raise where the command line does not know a verb or an option."""
    command, arguments = cli, list(arguments)
    context = click.Context(cli, info_name="esos")
    while isinstance(command, click.Group):
        command = command.get_command(context, arguments.pop(0))
        assert command is not None
        context = click.Context(command, parent=context)
    command.make_parser(context).parse_args(arguments)


# ------------------------------------------------------------------------------------------------- the unit
def test_the_unit_runs_a_command_line_that_exists(unit):
    program, *arguments = shlex.split(unit["Service"]["ExecStart"])
    assert program.endswith("/esos")
    parsed(arguments)
    with pytest.raises(click.UsageError):
        parsed([*arguments, "--no-such-option"])


def test_the_unit_gives_the_program_what_it_asks_for(unit):
    service = unit["Service"]
    assert service["Type"] == "notify"
    assert int(service["LimitNOFILE"]) >= OPEN_FILES_WANTED_COUNT
    assert int(service["TimeoutStopSec"]) > STOP_SECONDS
    assert service["Restart"] == "always"
    home = shlex.split(service["ExecStart"])[shlex.split(service["ExecStart"]).index("--home") + 1]
    assert home == f"/var/lib/{service['StateDirectory']}"
    assert "adjtimex" in (REPO / "deploy" / "esos.service").read_text().partition("SystemCallFilter=~")[2]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here to judge the unit")
def test_systemd_takes_the_unit_and_calls_it_little_exposed(tmp_path):
    mine = tmp_path / "esos.service"
    written = (REPO / "deploy" / "esos.service").read_text(encoding="utf-8")
    mine.write_text(written.replace("/opt/esos/bin/esos", sys.executable), encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", mine],
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX_TENTHS}", mine],
        capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stdout[-200:]


# ---------------------------------------------------------------------------------------- the daily copy
def unit_of(name: str) -> Unit:
    found = Unit(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    assert found.read(REPO / "deploy" / name, encoding="utf-8")
    return found


def test_the_timer_starts_a_daily_copy_by_a_command_that_exists(unit):
    timer, service = unit_of("esos-backup.timer"), unit_of("esos-backup.service")["Service"]
    assert timer["Timer"]["OnCalendar"].startswith("*-*-* ")
    assert timer["Timer"]["Persistent"] == "true"
    assert "Unit" not in timer["Timer"], "it starts the service of its own name"
    shell, option, script = shlex.split(service["ExecStart"])
    assert (shell, option) == ("/bin/sh", "-c")
    word, program, *arguments = shlex.split(script)
    assert (word, program) == ("exec", "/opt/esos/bin/esos")
    parsed(arguments)
    assert service["User"] == unit["Service"]["User"]
    assert arguments[arguments.index("--home") + 1] == f"/var/lib/{unit['Service']['StateDirectory']}"
    assert arguments[arguments.index("--out") + 1].startswith(f"{service['ReadWritePaths']}/")


def test_each_copy_has_a_name_of_its_own_and_opens_again(tmp_path):
    home, copies = tmp_path / "home", tmp_path / "copies"
    copies.mkdir()
    esos = [sys.executable, "-m", "esos.cli.main"]
    init = [*esos, "station", "init", "--home", home, "--name", "Example Watch"]
    subprocess.run(init, capture_output=True, timeout=DEADLINE_SECONDS, check=True)
    script = shlex.split(unit_of("esos-backup.service")["Service"]["ExecStart"])[2]
    script = script.replace("$$", "$").replace("%%", "%").replace("/opt/esos/bin/esos", shlex.join(esos))
    script = script.replace("/var/lib/esos", str(home)).replace("/var/backups/esos", str(copies))
    made = subprocess.run(
        ["/bin/sh", "-c", script], capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False
    )
    assert made.returncode == 0, made.stderr
    (copy,) = copies.iterdir()
    assert re.fullmatch(r"journal-\d{4}-\d\d-\d\d-\d{6}", copy.name)
    assert "verified" in made.stdout


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here to judge the units")
def test_systemd_takes_the_units_of_the_daily_copy(tmp_path):
    for name in ("esos-backup.service", "esos-backup.timer"):
        written = (REPO / "deploy" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(written.replace("/opt/esos/bin/esos", sys.executable), encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir())],
        capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False,
    )  # fmt: skip
    assert (verified.returncode, verified.stderr) == (0, "")


# ------------------------------------------------------------------------------------ the service manager
@pytest.fixture(params=["a path", "an abstract name"])
def manager(request, tmp_path, monkeypatch):
    """A service manager's socket, as systemd opens it."""
    name = str(tmp_path / "notify") if request.param == "a path" else f"@esos-test-{os.getpid()}-{id(request)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{name[1:]}" if name.startswith("@") else name)
        listening.settimeout(DEADLINE_SECONDS)
        monkeypatch.setenv(notify.SOCKET, name)
        yield listening


def test_a_service_manager_is_told(manager):
    assert notify.tell(notify.READY)
    assert manager.recv(100) == b"READY=1"


def test_without_a_service_manager_nothing_is_told_and_nothing_breaks(monkeypatch, tmp_path):
    for name in ("", "nonsense", str(tmp_path / "gone")):
        monkeypatch.setenv(notify.SOCKET, name)
        assert notify.tell(notify.READY) is False


@pytest.mark.parametrize(
    ("wanted", "pid", "seconds"),
    [("30000000", "", 15.0), ("30000000", "1", 0.0), ("", "", 0.0), ("often", "", 0.0), ("0", "", 0.0)],
)
def test_the_watchdog_is_fed_twice_in_its_time_and_only_by_whom_it_watches(monkeypatch, wanted, pid, seconds):
    monkeypatch.setenv(notify.WATCHDOG, wanted)
    monkeypatch.setenv(notify.WATCHDOG_PID, pid or str(os.getpid()))
    assert notify.watchdog_seconds() == seconds


def test_a_station_says_when_it_is_ready_that_it_lives_and_that_it_stops(tmp_path, capsys):
    home, name = tmp_path / "home", tmp_path / "notify"
    esos = [sys.executable, "-m", "esos.cli.main", "station"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "ESOS_UDP": "", "ESOS_HTTP": "127.0.0.1:0"}
    Home(home).create(name="Example Watch", realm=Realm.REAL)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(name))
        listening.settimeout(DEADLINE_SECONDS)
        watched = {**environment, notify.SOCKET: str(name), notify.WATCHDOG: "200000"}
        process = subprocess.Popen([*esos, "run", "--home", home], env=watched, stdout=subprocess.DEVNULL)
        try:
            told = [listening.recv(200).decode()]
            while sum(one.startswith("READY=1\nSTATUS=Listening on http://127.0.0.1:") for one in told) < 1:
                told.append(listening.recv(200).decode())
            while told.count("WATCHDOG=1") < 3:
                told.append(listening.recv(200).decode())
            assert run(["station", "health", "--home", str(home)]) == 3  # it has no pact yet, and says so
            assert "No pact is in force" in capsys.readouterr().out
            process.send_signal(signal.SIGTERM)
            while told[-1] != "STOPPING=1":
                told.append(listening.recv(200).decode())
            assert process.wait(DEADLINE_SECONDS) == 0
        finally:
            process.kill()
            process.wait()
    assert run(["station", "health", "--home", str(home)]) == 3
    assert "It does not run now" in capsys.readouterr().out


# -------------------------------------------------------------------------------------- the container file
def test_what_the_container_file_copies_is_there(container):
    for rest in (rest for word, rest in container if word == "COPY" and "--from" not in rest):
        *sources, _ = rest.split()
        assert [source for source in sources if not (REPO / source).exists()] == []


def test_the_container_runs_a_station_as_nobody_special_and_asks_how_it_is(container):
    words = dict(container)
    assert words["USER"] == "esos"
    parsed(_listed(words["CMD"]))
    assert _listed(words["ENTRYPOINT"]) == ["esos"]
    asked = _listed(words["HEALTHCHECK"].partition("CMD ")[2])
    parsed(asked[1:])
    assert words["STOPSIGNAL"] == "SIGTERM"


def test_what_the_container_sets_is_a_setting_of_the_station(container):
    names = [rest.partition("=")[0] for word, rest in container if word == "ENV"]
    known = {f"ESOS_{name.upper()}" for name in Settings.__struct_fields__} | {"ESOS_HOME"}
    assert [name for name in names if name.startswith("ESOS_") and name not in known] == []


def _listed(written: str) -> list[str]:
    return re.findall(r'"([^"]*)"', written)


@pytest.mark.nightly
def test_the_steps_of_the_container_file_make_a_program_that_runs_a_station(container, tmp_path):
    """The same commands in a folder of this machine; no container engine is needed, and none is tested."""
    build, made = tmp_path / "build", tmp_path / "made"
    build.mkdir()
    first = container[: [number for number, (word, _) in enumerate(container) if word == "FROM"][1]]
    for word, rest in first:
        if word == "COPY":
            *sources, target = rest.split()
            _copied(sources, build, target)
        elif word == "RUN":
            step = rest.replace("/build/", f"{build}/").replace("/opt/esos", str(made))
            subprocess.run(step, shell=True, cwd=build, check=True, timeout=900)
    home = tmp_path / "home"
    environment = {"PATH": f"{made}/bin", "HOME": str(tmp_path), "ESOS_HOME": str(home), "ESOS_HTTP": "127.0.0.1:0"}
    subprocess.run(["esos", "station", "init"], env=environment, check=True, timeout=DEADLINE_SECONDS)
    with subprocess.Popen(["esos", "station", "run", "--udp", ""], env=environment, stdout=subprocess.PIPE) as running:
        stop = threading.Timer(DEADLINE_SECONDS, running.kill)
        stop.start()
        assert select.select([running.stdout], [], [], DEADLINE_SECONDS)[0]
        assert running.stdout.readline().startswith(b"Ready: ")
        subprocess.run(["esos", "station", "health"], env=environment, check=True, timeout=DEADLINE_SECONDS)
        running.send_signal(signal.SIGTERM)
        assert running.wait(DEADLINE_SECONDS) == 0
        stop.cancel()


def _copied(sources: list[str], build: Path, target: str) -> None:
    for source in sources:
        found = REPO / source
        if found.is_dir():
            shutil.copytree(found, build / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(found, build / found.name)
