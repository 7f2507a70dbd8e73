"""The drill as a person lives it: played through real processes, on a terminal and in a browser, from call to proof."""

import contextlib
import json
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from drill_play import ENDS, ESOS, environment, esos, play_once, shared_folder
from pages_house import CHROMIUM_ARGUMENTS
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect, sync_playwright

from esos.station.drills import Act, BeatKind
from esos.web.console.drill_parts import after

SPEED = "200"
PLAYED_MAX_SECONDS = 60
STOP_MAX_SECONDS = 5
TOLD_LATE_MINUTES = 60
"""How long after its moment, in the drill's own time, a beat may be told: at this speed eighteen seconds."""
PAGE_MS = 60_000
expect.set_options(timeout=PAGE_MS)
TELEPHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
STORY = [
    BeatKind.CALLED, BeatKind.ARRIVED, BeatKind.IN_CHARGE, BeatKind.CALLED_BACK, BeatKind.ASKED, BeatKind.COMING,
    BeatKind.MET, BeatKind.AT_WORK, BeatKind.RESTORED, BeatKind.STABLE, BeatKind.RELEASED, BeatKind.CLOSED, BeatKind.PROVED,
]  # fmt: skip
"""What every drill tells, in this order."""
ON_THE_WAY = {
    BeatKind.NEW_KEY, BeatKind.CONSENT, BeatKind.WHY, BeatKind.PART, BeatKind.DECLINED, BeatKind.SILENT,
    BeatKind.WITHDREW, BeatKind.KILLED, BeatKind.BACK,
}  # fmt: skip
"""What it tells besides, wherever it falls."""


# ------------------------------------------------------------------------------------- played to its end, on its own
@pytest.fixture(scope="module")
def played(tmp_path_factory):
    return play_once(shared_folder(tmp_path_factory, "drill"), "hse-2021", "--speed", SPEED)


def test_it_ends_in_time_and_as_promised(played):
    assert played.seconds < PLAYED_MAX_SECONDS
    assert played.ready["ready"]
    assert urlsplit(played.ready["drill"]).path == "/drill"


def test_the_whole_story_is_told_in_its_order(played):
    kinds = played.kinds()
    assert set(kinds) >= ON_THE_WAY
    firsts = [kinds.index(kind) for kind in STORY]
    assert firsts == sorted(firsts)
    assert kinds.index("killed") < kinds.index("back")


def test_silence_is_repaired_by_a_later_wave(played):
    kinds = played.kinds()
    assert "asked" in kinds[kinds.index("silent") :]
    waves = [beat["says"] for beat in played.report["drill"] if beat["kind"] == "asked"]
    assert len(waves) >= 2
    assert any("silence" in says for says in waves)


def test_a_withdrawal_is_repaired_and_everything_is_met_in_the_end(played):
    kinds = played.kinds()
    assert kinds.index("withdrew") < kinds.index("met")
    assert "unmet" not in kinds


def test_the_kill_lost_nothing(played):
    ending = played.report["ending"]
    assert (ending["killed"], ending["lost_after_kill"]) == (True, 0)
    assert ending["down_ms"] > 0


def test_every_request_has_one_outcome_and_the_case_is_closed_without_a_timer(played):
    assert set(played.report["ending"]["outcomes"]) <= ENDS
    shown = esos("case", "show", played.report["case"], "--home", played.home, "--json")
    view = json.loads(shown.stdout)
    assert (view["state"], view["timers"]) == ("closed", [])
    assert {one["state"] for one in view["requests"]} <= ENDS
    assert len(view["requests"]) == sum(played.report["ending"]["outcomes"].values())
    assert not any(line["open"] for line in view["needs"])
    assert not any(grant["live"] for grant in view["grants"])


def test_the_case_file_is_accepted_by_the_program_and_refused_after_one_byte_is_changed(played, tmp_path):
    card, file = played.home / "drill-station-card.json", played.home / "drill-case.esos"
    assert esos("verify", "case", file, "--station", card).returncode == 0
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 1
    (tmp_path / "changed.esos").write_bytes(data)
    assert esos("verify", "case", tmp_path / "changed.esos", "--station", card).returncode == 5
    ending = played.report["ending"]
    assert (ending["accepted"], ending["refused_after_change"]) == (True, True)


def test_the_report_has_both_timelines_every_assumption_and_the_teams(played):
    shown = esos("drill", "report", "--home", played.home)
    assert shown.returncode == 0
    for moment in [*played.report["history"], *played.report["drill"]]:
        assert moment["says"] in shown.stdout
    for assumption in played.report["ending"]["comparison"]["assumptions"]:
        assert assumption in shown.stdout
    for behaviour, count in played.report["ending"]["behaviours"].items():
        assert f"{count} {behaviour}" in shown.stdout
    assert (played.home / "drill-report.md").read_text() in shown.stdout


def test_the_report_can_be_had_as_json_again(played):
    shown = esos("drill", "report", "--home", played.home, "--json")
    assert json.loads(shown.stdout)["ending"] == played.report["ending"]


def test_nobody_is_released_before_the_day_on_which_the_model_has_the_last_service_back(played):
    last_minutes = played.report["ending"]["comparison"]["drill"]["all_back_minutes"]
    beats = {beat["kind"]: beat for beat in played.report["drill"]}
    assert beats["released"]["at_minutes"] >= beats["stable"]["at_minutes"] >= last_minutes
    assert last_minutes <= beats["restored"]["at_minutes"] <= last_minutes + TOLD_LATE_MINUTES
    assert "40 of 40 services are back" in beats["restored"]["says"]


def test_the_report_and_the_page_say_spans_in_one_form(played):
    comparison = played.report["ending"]["comparison"]["drill"]
    text = (played.home / "drill-report.md").read_text()
    assert f"| {after(comparison['first_back_minutes'])} |" in text
    assert f"| {after(comparison['all_back_minutes'])} |" in text


def test_help_in_the_drill_lost_less_than_history(played):
    comparison = played.report["ending"]["comparison"]
    assert comparison["history"]["service_hours"] == 65_760
    assert comparison["drill"]["service_hours"] < 6_000


def test_a_drill_is_not_played_in_a_home_that_is_in_use(played):
    again = esos("drill", "run", "hse-2021", "--home", played.home, "--json")
    assert again.returncode == 3
    assert json.loads(again.stderr.strip().splitlines()[-1])["code"] == "drill.home_used"


def test_drills_are_listed_and_an_unknown_one_is_refused(tmp_path):
    assert [one["name"] for one in json.loads(esos("drill", "list", "--json").stdout)["drills"]] == [
        "hse-2021", "estonia-2007", "wannacry-2017",
    ]  # fmt: skip
    refused = esos("drill", "run", "no-such", "--home", tmp_path / "none", "--json")
    assert (refused.returncode, json.loads(refused.stderr)["code"]) == (3, "drill.unknown")
    assert not (tmp_path / "none").exists()
    missing = esos("drill", "report", "--home", tmp_path / "none", "--json")
    assert (missing.returncode, json.loads(missing.stderr)["code"]) == (3, "drill.no_report")


def test_a_port_that_is_taken_is_said_and_nothing_is_started(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = esos("up", "--drill", "hse-2021", "--exit", "--port", port, "--home", tmp_path / "none", "--json")
    assert refused.returncode == 3
    said = json.loads(refused.stderr.strip().splitlines()[-1])
    assert said["code"] == "up.port_taken"
    assert "--port 0" in said["hint"]
    assert not (tmp_path / "none").exists()


# --------------------------------------------------------------------------------------- with a visitor, in a browser
@dataclass
class Play:
    """A drill that is being played for a visitor."""

    child: subprocess.Popen
    output: Path
    http: str

    def state(self) -> dict:
        return httpx.get(f"{self.http}/api/v1/drills/hse-2021", timeout=10).json()

    def wait_for(self, *acts: Act) -> dict:
        """The drill's state once it is in one of these acts."""
        deadline = time.monotonic() + PLAYED_MAX_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError, KeyError):
                view = self.state()
                if view["drill"]["act"] in acts:
                    return view
            time.sleep(0.1)
        raise AssertionError(self.output.read_text())


@contextlib.contextmanager
def playing(folder: Path, *flags: str):
    """``esos up --drill`` as a person starts it; ended by Ctrl-C."""
    output = folder / "output.txt"
    command = [ESOS, "up", "--drill", "hse-2021", "--no-browser", "--port", "0", "--speed", SPEED, *flags]
    with output.open("w") as out:
        child = subprocess.Popen(
            [*command, "--home", str(folder / "home")], env=environment(), stdout=out, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 30
        while not (found := re.search(r"(http://\S+)/drill", output.read_text())):
            assert time.monotonic() < deadline, output.read_text()
            assert child.poll() is None, output.read_text()
            time.sleep(0.05)
        yield Play(child, output, found.group(1))
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(15)
        child.kill()


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as engine:
        found = engine.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield found
        found.close()


@dataclass
class Seat:
    """A browser window of one person, and everything that broke the page's own policy or left the host."""

    context: object
    faults: list = field(default_factory=list)

    def page(self):
        page = self.context.new_page()
        page.set_default_timeout(PAGE_MS)
        page.on("request", lambda asked: None if "//127.0.0.1:" in asked.url else self.faults.append(asked.url))
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("console", lambda said: self.faults.append(said.text) if "Content Security" in said.text else None)
        return page


@pytest.fixture
def sit(browser):
    seats = []

    def open_seat(size=DESK, scheme: str = "light", script: bool = True) -> Seat:
        seats.append(Seat(browser.new_context(viewport=size, color_scheme=scheme, java_script_enabled=script)))
        return seats[-1]

    yield open_seat
    for seat in seats:
        seat.context.close()
        assert seat.faults == []


@pytest.mark.nightly
@pytest.mark.browser
def test_a_visitor_takes_a_part_sees_the_kill_and_the_end_and_leaves_with_ctrl_c(sit, tmp_path):
    with playing(tmp_path) as play:
        play.wait_for(Act.OPENING)
        beside = httpx.post(f"{play.http}/api/v1/calls", json={"caller_name": "Example Passer-by"}, timeout=10)
        assert beside.status_code == 201
        desk = sit()
        page = desk.page()
        page.goto(f"{play.http}/drill")
        expect(page.locator(".drill-banner")).to_contain_text("DRILL")
        expect(page.get_by_role("button", name="Call for help")).to_be_visible()
        with desk.context.expect_page() as opened:
            page.get_by_role("button", name="Sit down at the watch").click()
        watch = opened.value
        expect(watch.get_by_role("heading", name="Watch floor")).to_be_visible()
        watch.get_by_role("link", name="A national health service").click()
        with contextlib.suppress(PlaywrightTimeout):  # at this speed the play may be quicker than a click
            watch.get_by_role("button", name="I take this case").click(timeout=2_000)
        expect(page.locator("#part-stage .phone")).to_be_visible()
        telephone = sit(TELEPHONE, "dark").page()
        telephone.goto(play.http + play.wait_for(*list(Act)[3:])["drill"]["caller_page"])
        expect(telephone.locator("#told")).to_be_visible()

        expect(page.locator("#down")).to_contain_text("killed, on purpose")
        expect(page.locator("#down")).to_be_visible()
        expect(page.locator("#down")).to_be_hidden()
        expect(page.locator(".beat.back").first).to_contain_text("none is lost")
        expect(page.locator("#part-end .verdict.no")).to_contain_text("Refused")
        assert "watch" in play.wait_for(Act.OVER)["seats"]
        _ends_by_ctrl_c(play)
        assert "Passer-by" not in play.output.read_text()


def _ends_by_ctrl_c(play: Play, *, code: int = 0, words: str = "Stopped.") -> None:
    assert play.child.poll() is None
    began = time.monotonic()
    play.child.send_signal(signal.SIGINT)
    assert play.child.wait(15) == code
    assert time.monotonic() - began < STOP_MAX_SECONDS
    said = play.output.read_text()
    assert words in said
    assert "Traceback" not in said
    with pytest.raises(httpx.TransportError):
        play.state()


def test_ctrl_c_in_the_middle_of_it_ends_it_cleanly_and_is_no_success_for_a_program(tmp_path):
    with playing(tmp_path, "--exit") as play:
        play.wait_for(*list(Act)[2:6])
        _ends_by_ctrl_c(play, code=3, words="was stopped before its end")


@pytest.mark.browser
def test_the_caller_s_button_makes_the_call_and_opens_the_caller_s_page(sit, tmp_path):
    with playing(tmp_path) as play:
        play.wait_for(Act.OPENING)
        page = sit(TELEPHONE, script=False).page()
        page.goto(f"{play.http}/drill")
        with page.context.expect_page() as opened:
            page.get_by_role("button", name="Call for help").click()
        expect(opened.value.locator("#told")).to_be_visible()
        assert urlsplit(opened.value.url).path.startswith("/c/")
        assert "caller" in play.state()["seats"]


# ------------------------------------------------------------------------------------------------- looked at afterwards
@pytest.fixture(scope="module")
def served(played, tmp_path_factory):
    """The address of the station that the drill was played at, started again on a copy of its home."""
    home = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(played.home, home)
    command = [ESOS, "station", "run", "--home", str(home), "--http", "127.0.0.1:0", "--udp", "", "--json"]
    child = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(child.stdout.readline())["http"]
    finally:
        child.terminate()
        child.wait(10)
        child.stdout.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("size", "scheme", "script"), [(DESK, "light", True), (TELEPHONE, "dark", True), (TELEPHONE, "light", False)]
)
def test_the_end_is_whole_on_every_screen_with_and_without_a_script(played, served, sit, size, scheme, script):
    page = sit(size, scheme, script).page()
    page.goto(f"{served}/drill")
    text = page.locator("main").inner_text()
    for assumption in played.report["ending"]["comparison"]["assumptions"]:
        assert assumption in text
    for words in ("Service-hours lost", "Both timelines", "What really happened", "In the drill", "esos station init"):
        assert words in text
    for moment in played.report["history"]:
        assert moment["says"] in text
    assert page.locator(".axis:visible").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.browser
def test_the_files_of_the_end_are_what_the_verifier_accepts_and_refuses(served, sit, tmp_path):
    page = sit().page()
    page.goto(f"{served}/drill")
    for link in page.locator("a[download]").all():
        with page.expect_download() as arriving:
            link.click()
        arriving.value.save_as(tmp_path / arriving.value.suggested_filename)
    card = tmp_path / "drill-station-card.json"
    assert esos("verify", "case", tmp_path / "drill-case.esos", "--station", card).returncode == 0
    changed = esos("verify", "case", tmp_path / "drill-case-changed.esos", "--station", card)
    assert changed.returncode == 5
    assert "REFUSED" in changed.stdout


def test_the_watch_has_one_seat_and_the_link_to_it_is_shown_to_nobody(played, served, tmp_path):
    assert httpx.get(f"{served}/api/v1/drills/hse-2021", timeout=10).json()["drill"]["watch_link"] == ""
    first, second = (httpx.post(f"{served}/drill/hse-2021/watch", headers={"accept": "text/html"}) for _ in range(2))
    assert (first.status_code, first.headers["location"]) == (303, "/watch")
    assert httpx.get(f"{served}/watch", cookies=first.cookies).status_code == 200
    assert second.status_code == 409
    assert "Somebody sits at the watch already" in second.text
    assert not second.cookies
