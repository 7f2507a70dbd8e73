"""Take the pictures of docs/pictures: a real station, a story played through its pages, and each page as people see it.

The station runs on this machine with fictitious members; a second one, which keeps exercises, shows the
banner of a drill. Telephone and desk, light and dark. ``--all`` takes every page in every way.
"""

import argparse
import asyncio
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "acceptance"))

from live import Live, Member, card_of, founded  # noqa: E402 - the station of the acceptance tests plays here too

from esos.service import founder_of, opened_station  # noqa: E402
from esos.vault.keyfile import new_key  # noqa: E402
from esos.words.realm import Realm  # noqa: E402

SIZES = {"telephone": {"width": 360, "height": 740}, "desk": {"width": 1120, "height": 780}}
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-sync", "--no-first-run"]
ZONE = "Europe/Berlin"
NAMES = (
    "Example County Hospital", "Example Regional Response Team", "Example Health Sector Team",
    "Example University Team", "Example Mutual Aid North", "Example Forensics Pool",
)  # fmt: skip
WAVE_WAIT_SECONDS = 75
PLAY_WAIT_SECONDS, PLAY_PAUSE_SECONDS, PLAY_STOP_SECONDS = 240, 9, 20
COMMITTED = {
    "call-telephone-light", "call-telephone-dark", "countdown-telephone-light", "arrived-telephone-light",
    "coming-telephone-light", "coming-telephone-dark", "floor-desk-light", "floor-desk-dark", "floor-telephone-light",
    "case-desk-light", "case-desk-dark", "request-telephone-light", "request-telephone-dark", "inbox-desk-light",
    "register-desk-light", "report-desk-light", "log-desk-light", "drill-call-telephone-light",
    "drill-floor-desk-light", "drill-doors-desk-light", "drill-playing-desk-light", "drill-playing-telephone-dark",
    "drill-end-desk-light",
}  # fmt: skip
"""Those that are kept in the repository."""
Result = TypeVar("Result")


def main() -> int:
    """Write the pictures; 1 where there is no Chromium."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures", help="where the pictures go")
    arguments.add_argument("--all", action="store_true", help="every page, telephone and desk, light and dark")
    arguments.add_argument("--fast", type=int, default=1, help="play as a drill, so many times as fast")
    chosen = arguments.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("pictures: Chromium is missing; `make parts` says how to have it.", file=sys.stderr)
        return 1
    chosen.out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        play = stack.enter_context(sync_playwright())
        browser = play.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        camera = Camera(browser, chosen.out, takes_all=chosen.all)
        realm = Realm.EXERCISE if chosen.fast > 1 else Realm.REAL
        story(camera, stack.enter_context(_station(realm, chosen.fast)))
        if chosen.fast == 1:
            drill(camera, stack.enter_context(_station(Realm.EXERCISE, 1)))
            replay(camera, stack.enter_context(_played()))
        browser.close()
    return 0


@contextmanager
def _station(realm: Realm, speed: int) -> Iterator[Live]:
    with tempfile.TemporaryDirectory() as folder:
        live = apart(lambda: _with_people(founded(Path(folder) / "home", members=0, realm=realm, speed=speed)))
        try:
            yield live.start()
        finally:
            live.stop()


def _with_people(live: Live) -> Live:
    """The station with a hospital as its first member and teams that can help it."""

    async def register() -> None:
        async with opened_station(live.home, live.settings, lambda: "") as station:
            for number, name in enumerate(NAMES):
                key = new_key(live.identity.realm)
                member = await founder_of(station).register(card_of(name, key, address=f"team{number}"))
                token = await station.tokens.program_token(member)
                live.members.append(Member(id=member, name=name, key=key, token=token))

    asyncio.run(register())
    return live


def link_for(live: Live, party: str) -> str:
    """A one-time sign-in link's secret."""

    async def make() -> str:
        async with opened_station(live.home, live.settings, lambda: "") as station:
            return await station.tokens.link(party)

    return apart(lambda: asyncio.run(make()))


def apart(work: Callable[[], Result]) -> Result:
    """Do it in a thread of its own: the browser's own loop runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One way to look: a browser context of one size and scheme."""

    name: str
    context: BrowserContext


class Camera:
    """Takes a page in every way that is wanted, signed in where the page needs it."""

    def __init__(self, browser: Browser, folder: Path, *, takes_all: bool) -> None:
        self._folder = folder
        self._takes_all = takes_all
        self.seats = [
            Seat(
                name=f"{size}-{scheme}",
                context=browser.new_context(viewport=viewport, color_scheme=scheme, timezone_id=ZONE),
            )
            for size, viewport in SIZES.items()
            for scheme in ("light", "dark")
        ]

    def sign_in(self, live: Live, party: str) -> None:
        """Sign every seat in as one party, whoever sat there before."""
        self.sign_out()
        for seat in self.seats:
            page = seat.context.new_page()
            page.goto(f"{live.http}/enter/{link_for(live, party)}")
            page.get_by_role("button", name="Sign in on this device").click()
            page.wait_for_load_state()
            page.close()

    def sign_out(self) -> None:
        """Nobody sits there any more."""
        for seat in self.seats:
            seat.context.clear_cookies()

    def take(self, url: str, name: str, *, whole: bool = True, first: Any = None, last: Any = None) -> None:
        """The page in every way; ``first`` does something on it before, ``last`` after."""
        for seat in self.seats:
            title = f"{name}-{seat.name}"
            if not self._takes_all and title not in COMMITTED:
                continue
            page = seat.context.new_page()
            page.goto(url)
            if first:
                first(page)
            page.wait_for_timeout(2200)
            page.screenshot(path=self._folder / f"{title}.png", full_page=whole and self._takes_all)
            if last:
                last(page)
            page.close()
            print(f"pictures: {title}.png")


def fill_in(page: Page) -> None:
    """The three questions, answered by a hospital."""
    page.get_by_text("Data or systems are being encrypted or wiped").click()
    page.get_by_text("We are being held to ransom").click()
    page.get_by_text("Emergency now").click()
    page.select_option("#q-safety", "yes")
    page.select_option("#q-service", "vital-barely")
    page.select_option("#q-restore", "extended")
    page.fill("#name", "Example County Hospital")
    page.fill("#reply", "The switchboard: +353 1 555 0100")
    page.fill("#words", "All file servers show unreadable names since 02:40. The wards work on paper.")


def press(page: Page) -> None:
    """Fill in and press the button; the countdown runs."""
    fill_in(page)
    page.get_by_role("button", name="Call for help", exact=True).click()


def abort(page: Page) -> None:
    """Nothing has left yet; nothing does."""
    page.get_by_role("button", name="Abort: do not call").click()


class Api:
    """The interface for programs, for the parties whose pages are not in the picture."""

    def __init__(self, live: Live, token: str) -> None:
        self._client = httpx.Client(
            base_url=f"{live.http}/api/v1", headers={"authorization": f"Bearer {token}"}, timeout=20
        )

    def get(self, path: str) -> Any:
        """What stands there."""
        answer = self._client.get(path)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Say something there."""
        answer = self._client.post(path, json=body)
        if answer.is_error:
            raise SystemExit(f"pictures: {path} {body} was refused: {answer.text}")
        return answer.json()

    def say(self, path: str, kind: str, **body: Any) -> None:
        """A statement on a case or a request."""
        self.post(f"{path}/statements", {"kind": kind, "body": body})


def story(camera: Camera, live: Live) -> None:
    """A hospital calls; an officer takes the case; teams are asked, answer and come; everybody is released."""
    officer, caller = Api(live, live.officers[0].token), Api(live, live.members[0].token)
    camera.take(f"{live.http}/", "call")
    if live.settings.speed == 1:
        camera.take(f"{live.http}/", "countdown", whole=False, first=press, last=abort)
    made = caller.post("/calls", _call_details())
    case, page = f"/cases/{made['case']}", made["page"]
    _others(live)
    camera.take(page, "arrived")
    camera.sign_in(live, live.officers[0].id)
    camera.take(f"{live.http}/watch", "floor")
    officer.say(case, "acknowledged")
    officer.say(case, "called_back", result="in_distress", by="the switchboard number on the member card")
    camera.take(f"{live.http}/watch/{made['case']}", "case-begins")
    asked = _wait_for_requests(made["case"], officer)
    camera.sign_in(live, asked[0]["responder"])
    camera.take(f"{live.http}/inbox", "inbox")
    camera.take(f"{live.http}/inbox/{asked[0]['request']}", "request")
    _answers(live, case, asked, officer)
    camera.sign_out()
    camera.take(page, "coming")
    camera.sign_in(live, live.officers[0].id)
    camera.take(f"{live.http}/watch/{made['case']}", "case")
    camera.take(f"{live.http}/register", "register")
    camera.take(f"{live.http}/register/{live.members[1].id}", "member")
    camera.take(f"{live.http}/log", "log")
    officer.say(case, "stabilised", note="The caller says that the spread has stopped.")
    officer.say(case, "stood_down", caller_agrees=True, note="Everybody may go home. Thank you.")
    camera.take(page, "over")
    camera.take(f"{live.http}/case/{made['case']}/report", "report")
    camera.take(f"{live.http}/nothing-here", "refused")
    camera.take(f"{live.http}/enter", "enter")


def _call_details() -> dict[str, Any]:
    return {
        "caller_name": "Example County Hospital",
        "details": {
            "urgency": "mayday",
            "natures": ["destruction", "held-to-ransom"],
            "sector": "health",
            "country": "IE",
            "words": "All file servers show unreadable names since 02:40. The wards work on paper.",
            "reply": "The switchboard: +353 1 555 0100",
            "facts": {
                "threat_to_life_or_safety": True,
                "functional_impact": "significant-critical",
                "recoverability": "extended",
            },
            "needs": [
                {"line": "triage", "quantity": 30},
                {"line": "advice", "quantity": 40},
                {"line": "forensics", "quantity": 6},
            ],
        },
    }


def _others(live: Live) -> None:
    """Other people are in trouble too, so that the watch floor is a floor."""
    callers = (
        ("Example Water Board", "pan-pan", ["degrading"], "Pumps report late; the control room sees gaps."),
        ("Example University", "mayday", ["flooding"], "40 Gbit/s since 02:31, all lines full."),
        ("Example Software House", "advisory", ["foul-supply"], "Our update 4.2 may carry something foreign."),
    )
    for name, urgency, natures, words in callers:
        details = {"urgency": urgency, "natures": natures, "words": words}
        httpx.post(f"{live.http}/api/v1/calls", json={"caller_name": name, "details": details}, timeout=20)
    second = Api(live, live.officers[1].token)
    for row in second.get("/cases")["cases"]:
        if row["caller_name"] == "Example Water Board":
            second.say(f"/cases/{row['case']}", "acknowledged")


def _wait_for_requests(case: str, officer: Api) -> list[dict[str, Any]]:
    """The first wave, which the station calls by itself."""
    give_up = time.monotonic() + WAVE_WAIT_SECONDS
    while time.monotonic() < give_up:
        requests: list[dict[str, Any]] = officer.get(f"/cases/{case}")["requests"]
        if requests:
            return requests
        time.sleep(0.5)
    raise SystemExit("pictures: no team was asked in time.")


def _answers(live: Live, case: str, asked: list[dict[str, Any]], officer: Api) -> None:
    """One team commits, one offers a part, one declines with its ground, one thinks."""
    tokens = {one.id: one.token for one in live.members}

    def team(number: int) -> tuple[Api, str]:
        return Api(live, tokens[asked[number]["responder"]]), f"/requests/{asked[number]['request']}"

    steps = (
        ("committed", {"ready_minutes": 25}),
        ("offered", {"how": "conditional", "condition": "Remote only, until 08:00.", "ready_minutes": 40}),
        ("declined", {"ground": "D2", "sentence": "Our own mail is down since midnight."}),
        ("considering", {}),
    )
    for number, (kind, body) in enumerate(steps[: len(asked)]):
        api, path = team(number)
        api.say(path, kind, **body)
    api, path = team(0)
    officer.say(case, "messaged", text="The first team is on its way. Keep the switchboard line free.")
    api.say(case, "messaged", text="We join your bridge in ten minutes. Please leave the servers switched on.")


def drill(camera: Camera, live: Live) -> None:
    """The same pages where everything is practice."""
    camera.take(f"{live.http}/", "drill-call")
    caller = Api(live, live.members[0].token)
    caller.post("/calls", _call_details())
    camera.sign_in(live, live.officers[0].id)
    camera.take(f"{live.http}/watch", "drill-floor")


@contextmanager
def _played() -> Iterator[str]:
    """The address of a station at which a real incident is replayed, for a visitor."""
    esos = str(Path(sys.executable).parent / "esos")
    with tempfile.TemporaryDirectory() as folder:
        command = [
            esos,
            "up",
            "--drill",
            "hse-2021",
            "--no-browser",
            "--port",
            "0",
            "--home",
            f"{folder}/home",
            "--json",
        ]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            yield json.loads(child.stdout.readline())["http"]
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(PLAY_STOP_SECONDS)


def replay(camera: Camera, http: str) -> None:
    """The page of a drill: the doors to choose from, in the middle of it, and at its end."""
    _wait_for_act(http, "opening")
    camera.take(f"{http}/drill", "drill-doors")
    httpx.post(f"{http}/drill/hse-2021/looking-on", timeout=20)
    _wait_for_act(http, "asking")
    time.sleep(PLAY_PAUSE_SECONDS)
    camera.take(f"{http}/drill", "drill-playing")
    _wait_for_act(http, "over")
    camera.take(f"{http}/drill", "drill-end")


def _wait_for_act(http: str, act: str) -> None:
    give_up = time.monotonic() + PLAY_WAIT_SECONDS
    while time.monotonic() < give_up:
        with suppress(httpx.TransportError, KeyError):  # it is killed once, and has not begun at first
            if httpx.get(f"{http}/api/v1/drills/hse-2021", timeout=20).json()["drill"]["act"] == act:
                return
        time.sleep(0.2)
    raise SystemExit(f"pictures: the drill never came to {act!r}.")


if __name__ == "__main__":
    sys.exit(main())
