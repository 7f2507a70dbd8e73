"""The tutorial and the README work when they are typed: their commands are run in order, and what is shown is what they print.

How the page is read, so that a person and this test read the same:

- a block ``console`` holds commands after ``$ `` and, below each, lines of its output. Every line shown has to
  be printed, in that order; others may stand between. ``…`` stands for anything.
- a block ``console terminal-2`` is what somebody types in a second terminal: it goes on running, and the test
  goes on when the lines shown were printed. At the end it is stopped as with Ctrl-C.
- a comment ``yours: QXZKPM = [A-Z]{6}`` says that QXZKPM is an example and everybody's own is of that form:
  where it is first shown the test learns it, and types its own from then on.
"""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

BLOCK = re.compile(r"^```console(?P<second> terminal-2)?\n(?P<text>.*?)^```$", flags=re.MULTILINE | re.DOTALL)
YOURS = re.compile(r"<!-- yours: (?P<example>\S+) = (?P<form>\S+) -->")
COMMAND_SECONDS = 60
READY_SECONDS = 60
SPEED = "10"
"""A minute of the exercise passes in six seconds; the page itself is true at any speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command with the lines that the page shows below it."""

    command: str
    shown: tuple[str, ...]
    is_second: bool


@dataclass(slots=True, kw_only=True)
class Learner:
    """What somebody who follows the page has learned: examples, their forms, and their own in their place."""

    forms: dict[str, str]
    own: dict[str, str] = field(default_factory=dict)

    def types(self, command: str) -> str:
        for example, own in self.own.items():
            command = command.replace(example, own)
        return command

    def looks_for(self, shown: str, printed: list[str], start: int) -> int:
        """The place behind the first line from ``start`` on that the shown one describes; -1 where there is none."""
        pattern = re.compile(self._pattern(shown))
        for place in range(start, len(printed)):
            if found := pattern.fullmatch(printed[place].rstrip()):
                names = {f"e{number}": example for number, example in enumerate(self.forms)}
                self.own.update({names[name]: value for name, value in found.groupdict().items() if value is not None})
                return place + 1
        return -1

    def _pattern(self, shown: str) -> str:
        pattern = re.escape(shown.rstrip()).replace("…", ".*")
        for number, (example, form) in enumerate(self.forms.items()):
            wanted = re.escape(self.own[example]) if example in self.own else f"(?P<e{number}>{form})"
            pattern = pattern.replace(re.escape(example), wanted, 1)
        return pattern


def steps_of(page: str) -> list[Step]:
    """Every command of the page, in order."""
    steps: list[Step] = []
    for block in BLOCK.finditer(page):
        for part in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
            command, _, output = part.replace("\\\n", " ").partition("\n")
            shown = tuple(line for line in output.splitlines() if line.strip() not in {"", "…"})
            steps.append(Step(command=command, shown=shown, is_second=block["second"] is not None))
    return steps


def check(step: Step, printed: str, learner: Learner) -> None:
    """Every line shown was printed, in that order."""
    lines, place = printed.splitlines(), 0
    for shown in step.shown:
        after = learner.looks_for(shown, lines, place)
        assert after > 0, f"$ {step.command}\nThe page shows:\n{shown}\nThe program printed:\n{printed}"
        place = after


@pytest.fixture
def environment(tmp_path, free_port):
    """A shell in an empty folder, in which ``esos`` is the program under test; a minute passes quickly."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ESOS_")}
    path = os.pathsep.join((str(Path(sys.executable).parent), kept.get("PATH", "")))
    address = f"127.0.0.1:{free_port}"
    own = {"PATH": path, "ESOS_HTTP": address, "ESOS_UDP": address, "ESOS_SPEED": SPEED, "COLUMNS": "400"}
    return {**kept, **own, "HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def free_port():
    """A port that was free a moment ago."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("page", "steps_min"),
    [
        ("docs/tutorial/first-watch.md", 30),
        ("docs/tutorial/found-a-club.md", 24),
        ("README.md", 8),
        ("docs/how-to/operate-a-station.md", 9),
    ],
)
def test_what_a_page_says_to_type_works_when_it_is_typed(page, steps_min, repo_root, tmp_path, environment, free_port):
    text = (repo_root / page).read_text(encoding="utf-8").replace("8765", str(free_port))
    steps, learner = steps_of(text), Learner(forms=dict(YOURS.findall(text)))
    assert len(steps) >= steps_min
    folder = tmp_path / "watch"
    folder.mkdir()
    seconds: list[subprocess.Popen[bytes]] = []
    try:
        for step in steps:
            command = learner.types(step.command)
            if step.is_second:
                seconds.append(start(command, folder, environment, step, learner))
            else:
                check(step, run(command, folder, environment), learner)
        assert set(learner.own) == set(learner.forms), "an example of the page is nobody's own"
        assert [stop(process) for process in seconds] == [0]
    finally:
        for process in seconds:
            if process.poll() is None:
                process.kill()


def run(command: str, folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=COMMAND_SECONDS,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stdout, f"$ {command}\n{done.stdout}"
    return done.stdout


def start(
    command: str, folder: Path, environment: dict[str, str], step: Step, learner: Learner
) -> "subprocess.Popen[bytes]":
    """A program that goes on running, once it has printed what the page shows."""
    log = folder / "terminal-2.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command}"], cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        lines = log.read_text(encoding="utf-8").splitlines()
        if all(learner.looks_for(shown, lines, 0) > 0 for shown in step.shown):
            return process
        time.sleep(0.1)
    process.kill()
    pytest.fail(f"$ {command}\n{log.read_text(encoding='utf-8')}")


def stop(process: "subprocess.Popen[bytes]") -> int:
    """Ctrl-C."""
    process.send_signal(signal.SIGINT)
    return process.wait(20)


def test_a_line_that_is_not_printed_is_found():
    (step,) = steps_of("```console\n$ say hello\nHello, you.\n```\n")
    with pytest.raises(AssertionError, match="Hello, you"):
        check(step, "Hello, somebody.\n", Learner(forms={}))


def test_an_example_is_learned_where_it_is_shown_and_typed_from_then_on():
    page = "<!-- yours: QXZKPM = [A-Z]{6} -->\n```console\n$ list\nCODE …\nQXZKPM  …\n$ show QXZKPM\nQXZKPM\n```\n"
    first, second = steps_of(page)
    learner = Learner(forms=dict(YOURS.findall(page)))
    check(first, "CODE  URGENCY\nABCDEF  Emergency now\n", learner)
    assert learner.types(second.command) == "show ABCDEF"
    check(second, "ABCDEF\n", learner)
    with pytest.raises(AssertionError):
        check(second, "GHIJKL\n", learner)


def test_a_command_over_two_lines_is_one_command():
    (step,) = steps_of("```console\n$ one \\\n    two\nthree\n```\n")
    assert step.command.split() == ["one", "two"]
    assert step.shown == ("three",)
