"""The tutorial and the README work when they are typed: their commands are run in order, and what is shown is what they print.

How the page is read, so that a person and this test read the same:

- a block ``console`` holds commands after ``$ `` and, below each, lines of its output. Every line shown has to
  be printed, in that order; others may stand between. ``…`` stands for anything.
- a block ``console terminal-2`` is what somebody types in a second terminal: it goes on running, and the test
  goes on when the lines shown were printed. At the end it is stopped as with Ctrl-C.
- a block ``console waits`` holds one command that goes on until somebody presses something on a telephone; a block
  ``console terminal-3`` is typed meanwhile, again and again until it prints what is shown.
- a comment ``press: I have it`` is that press, at the address that the third terminal printed last: in a real browser
  as wide as a telephone, or as the same form sent without one. Then the command that waited has to end.
- a comment ``print: card.svg`` is that file on paper.
- what stands behind a comment ``the short way ends here`` is looked at by night.
- a comment ``yours: QXZKPM = [A-Z]{6}`` says that QXZKPM is an example and everybody's own is of that form:
  where it is first shown the test learns it, and types its own from then on.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from doubles import ports

BLOCK = re.compile(
    r"^```console(?: (?P<how>terminal-2|terminal-3|waits))?\n(?P<text>.*?)^```$"
    r"|^<!-- (?P<done>press|print): (?P<what>[^\n]+) -->$",
    flags=re.MULTILINE | re.DOTALL,
)
SHORT_WAY_ENDS = "<!-- the short way ends here -->"
TELEPHONE = {"width": 360, "height": 740}
YOURS = re.compile(r"<!-- yours: (?P<example>\S+) = (?P<form>\S+) -->")
COMMAND_SECONDS = 60
LOOK_AGAIN_SECONDS = 0.2
BROWSER_MS = 30_000
READY_SECONDS = 60
SPEED = "10"
"""A minute of the exercise passes in six seconds; the page itself is true at any speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command with the lines that the page shows below it; or, by ``how``, what is pressed or printed."""

    command: str
    shown: tuple[str, ...] = ()
    how: str = ""


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
    """Every command of the page, and everything done with a telephone or on paper, in order."""
    steps: list[Step] = []
    for block in BLOCK.finditer(page):
        if block["done"]:
            steps.append(Step(command=block["what"], how=block["done"]))
            continue
        for part in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
            command, _, output = part.replace("\\\n", " ").partition("\n")
            shown = tuple(line for line in output.splitlines() if line.strip() not in {"", "…"})
            steps.append(Step(command=command, shown=shown, how=block["how"] or ""))
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
    """The port at which the page's station listens, in place of the one that the page names."""
    return ports.free_port()


def the_page(repo_root: Path, page: str, free_port: int) -> str:
    return (repo_root / page).read_text(encoding="utf-8").replace("8765", str(free_port))


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("page", "steps_min"),
    [
        ("docs/tutorial/first-watch.md", 30),
        ("README.md", 8),
        ("docs/how-to/operate-a-station.md", 9),
    ],
)
def test_what_a_page_says_to_type_works_when_it_is_typed(page, steps_min, repo_root, tmp_path, environment, free_port):
    walk(the_page(repo_root, page, free_port), steps_min, tmp_path, environment, FormsOnly())


FOUND = "docs/tutorial/found-a-club.md"


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_a_newcomer_founds_a_club_and_answers_its_practice_call_on_a_page_as_narrow_as_a_telephone(
    repo_root, tmp_path, environment, free_port, chromium
):
    page = the_page(repo_root, FOUND, free_port).partition(SHORT_WAY_ENDS)[0]
    with in_chromium(chromium, only="I take this case") as telephone:
        walk(page, 40, tmp_path, environment, telephone)
    assert telephone.pressed == ["I take this case"]


@pytest.mark.nightly
@pytest.mark.browser
@pytest.mark.timeout(600)
def test_all_of_the_tutorial_works_and_everything_in_it_is_pressed_on_a_telephone_and_printed(
    repo_root, tmp_path, environment, free_port, chromium
):
    with in_chromium(chromium) as telephone:
        walk(the_page(repo_root, FOUND, free_port), 45, tmp_path, environment, telephone)
    assert telephone.pressed == [*["I have it"] * 5, "I take this case"]


def walk(page: str, steps_min: int, tmp_path: Path, environment: dict[str, str], telephone: "FormsOnly") -> None:
    """Do everything that the page says, in order, as somebody with three terminals does."""
    steps, learner = steps_of(page), Learner(forms=dict(YOURS.findall(page)))
    assert len(steps) >= steps_min
    folder = tmp_path / "watch"
    folder.mkdir()
    with ExitStack() as running:
        desk = Desk(folder=folder, environment=environment, learner=learner, telephone=telephone)
        running.callback(desk.clear)
        for step in steps:
            desk.do(step)
        assert set(learner.own) == set(learner.forms), "an example of the page is nobody's own"
        assert desk.waiting is None, "a command of the page waits for nothing"
        assert [stop(process) for process in desk.stations] == [0]


@dataclass(slots=True, kw_only=True)
class Desk:
    """Three terminals and a telephone."""

    folder: Path
    environment: dict[str, str]
    learner: Learner
    telephone: "FormsOnly"
    stations: "list[subprocess.Popen[bytes]]" = field(default_factory=list)
    waiting: "tuple[Step, subprocess.Popen[str]] | None" = None
    address: str = ""

    def do(self, step: Step) -> None:
        """One step of the page."""
        command = self.learner.types(step.command)
        match step.how:
            case "terminal-2":
                self.stations.append(start(command, self.folder, self.environment, step, self.learner))
            case "waits":
                assert self.waiting is None, f"$ {command}\nNobody answered the command before."
                self.waiting = (step, begin(command, self.folder, self.environment))
            case "terminal-3":
                printed = self._looks_until_shown(step, command)
                self.address = next(iter(re.findall(r'https?://[^"\s]+', printed)), self.address)
            case "press":
                self.telephone.press(command, self.address)
                self._hears_the_end()
            case "print":
                self.telephone.print(self.folder / command)
            case _:
                check(step, run(command, self.folder, self.environment), self.learner)

    def _looks_until_shown(self, step: Step, command: str) -> str:
        until = time.monotonic() + COMMAND_SECONDS
        while True:
            printed = run(command, self.folder, self.environment)
            if self.address not in printed or not self.address:  # an address pressed before is not the new one
                shown = [self.learner.looks_for(line, printed.splitlines(), 0) for line in step.shown]
                if all(place > 0 for place in shown):
                    return printed
            if time.monotonic() > until:
                check(step, printed, self.learner)
                pytest.fail(f"$ {command}\nIt goes on printing what was there before:\n{printed}")
            time.sleep(LOOK_AGAIN_SECONDS)

    def _hears_the_end(self) -> None:
        assert self.waiting is not None, "the page presses something, and nothing waits for it"
        step, process = self.waiting
        printed, _ = process.communicate(timeout=COMMAND_SECONDS)
        self.waiting = None
        assert process.returncode == 0, f"$ {step.command}\n{printed}"
        check(step, printed, self.learner)

    def clear(self) -> None:
        """Leave nothing running."""
        for process in [*self.stations, *([self.waiting[1]] if self.waiting else [])]:
            if process.poll() is None:
                process.kill()


class FormsOnly:
    """A telephone without a screen: opens a page, finds the form of the button, and sends it."""

    def press(self, button: str, address: str) -> None:
        page = httpx.get(address, timeout=COMMAND_SECONDS)
        forms = re.findall(r"<form[^>]*?(?:action=\"([^\"]*)\")?[^>]*>(.*?)</form>", page.text, flags=re.DOTALL)
        action = next(action for action, form in forms if button in unescape(form))
        sent = httpx.post(urljoin(address, unescape(action)), data={}, timeout=COMMAND_SECONDS)
        assert sent.is_redirect, sent.text

    def print(self, path: Path) -> None:
        """Without a printer: what would be on the paper."""
        assert "E-SOS EXERCISE CARD" in path.read_text(encoding="utf-8")


class InChromium(FormsOnly):
    """A browser window as narrow as a telephone."""

    def __init__(self, browser, only: str) -> None:
        self._browser, self._only = browser, only
        self.pressed: list[str] = []

    def press(self, button: str, address: str) -> None:
        if self._only not in {"", button}:
            return super().press(button, address)
        with self._page() as page:
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            page.get_by_role("button", name=button, exact=True).click()
            page.get_by_role("button", name=button, exact=True).wait_for(state="detached")
        self.pressed.append(button)
        return None

    def print(self, path: Path) -> None:
        super().print(path)
        with self._page() as page:
            page.goto(path.as_uri())
            paper = page.pdf(format="A4")
        assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1

    @contextmanager
    def _page(self):
        context = self._browser.new_context(viewport=TELEPHONE, has_touch=True, is_mobile=True)
        context.set_default_timeout(BROWSER_MS)
        try:
            yield context.new_page()
        finally:
            context.close()


@contextmanager
def in_chromium(chromium: str, *, only: str = "") -> Iterator[InChromium]:
    """A telephone with a screen; with ``only``, for this one button."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        try:
            yield InChromium(browser, only)
        finally:
            browser.close()


CHROMIUM_ARGUMENTS = ("--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage")


def begin(command: str, folder: Path, environment: dict[str, str]) -> "subprocess.Popen[str]":
    """A command that waits for somebody."""
    return subprocess.Popen(
        ["bash", "-c", f"exec {command}"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


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
