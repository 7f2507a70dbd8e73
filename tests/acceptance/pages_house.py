"""A running station whose pages a real browser opens: its people's sessions, and a seat for whoever reads."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from live import founded

from esos.service import opened_station
from esos.station.contact_page import parcels_of, read_contact_page
from esos.words.realm import Realm

TELEPHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
LIVE_MS = 15_000
LINK_MS = 3_600_000


@dataclass
class House:
    """A running station, and a session for each of its people."""

    live: object
    sessions: dict
    links: dict

    @property
    def http(self) -> str:
        return self.live.http

    def client(self, number: int = 0) -> httpx.Client:
        return self.live.client(self.live.officers[number].token)

    def member(self, number: int) -> httpx.Client:
        return self.live.client(self.live.members[number].token)

    def call(self, number: int = 0, **details) -> dict:
        """A member calls through the interface for programs; its case and the address of its page."""
        body = {"details": {"urgency": "mayday", "natures": ["flooding"], **details}}
        answer = self.member(number).post("/api/v1/calls", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def say(self, client: httpx.Client, path: str, kind: str, **body) -> dict:
        answer = client.post(f"/api/v1{path}/statements", json={"kind": kind, "body": body})
        assert answer.status_code in {200, 201, 202}, answer.text
        return answer.json()

    def take(self, case: str) -> None:
        """The first officer has charge, now or since before: a member's new call joins its open case."""
        answer = self.client().post(f"/api/v1/cases/{case}/statements", json={"kind": "acknowledged", "body": {}})
        assert answer.status_code in {200, 201, 202} or answer.json()["code"] == "case.already_yours", answer.text

    def ask(self, case: str, number: int) -> str:
        """The first officer asks a member; the request's id."""
        asked = {"request": secrets.token_hex(16), "responder": self.live.members[number].id, "name": "Example Team"}
        lines = [{"line": "filtering", "quantity": 10}]
        self.say(self.client(), f"/cases/{case}", "requested", **asked, lines=lines)
        return asked["request"]

    def by_link(self, party: str, case: str, request: str = "") -> str:
        """The secret of the link that a page about this case, or this request, carried to somebody."""

        async def make() -> str:
            async with opened_station(self.live.home, self.live.settings, lambda: "") as station:
                about = bytes.fromhex(case + request)
                return station.tokens.page_link(party, about=about, lives_ms=LINK_MS)

        with ThreadPoolExecutor(1) as pool:  # a browser's driver has an event loop in this thread
            return pool.submit(lambda: asyncio.run(make())).result()

    def rung(self, party: str) -> str:
        """The code of a test of an address, as the channel got it."""

        async def read() -> str:
            async with opened_station(self.live.home, self.live.settings, lambda: "") as station:
                parcels = await station.journal.parcels(case=parcels_of(party))
                return read_contact_page(parcels[0].parcel.blob).code

        answer = self.client().post(f"/api/v1/contacts/{party}/ring")
        assert answer.is_success, answer.text
        with ThreadPoolExecutor(1) as pool:  # as above
            return pool.submit(lambda: asyncio.run(read())).result()

    def state(self, case: str) -> str:
        return self.client().get(f"/api/v1/cases/{case}").json()["state"]

    def calm(self) -> None:
        """End every case, whatever the test before left, so that this one finds a quiet watch floor."""
        client = self.client()
        for row in client.get("/api/v1/cases?open=1").json()["cases"]:
            if row["holder"] and row["holder"] != self.live.officers[0].id:
                continue
            self.end(row["case"])

    def end(self, case: str) -> None:
        """The first officer, who has charge or takes it, stands the case down with the second."""
        self.take(case)
        proposal = self.say(self.client(), f"/cases/{case}", "stood_down", caller_agrees=True)["statement"]
        if self.state(case) != "stood_down":
            self.say(self.client(1), f"/cases/{case}", "seconded", proposal=proposal)


def opened_house(folder, **settings) -> House:
    """A running exercise station of its own; ``live.kill`` ends it."""
    live = founded(folder, realm=Realm.EXERCISE, **settings)

    async def keys() -> tuple[dict, dict]:
        async with opened_station(live.home, live.settings, lambda: "") as station:
            people = [one.id for one in (*live.officers, *live.members)]
            sessions = {one: await station.tokens.session(one) for one in people}
            return sessions, {one: await station.tokens.link(one) for one in people}

    sessions, links = asyncio.run(keys())
    live.start()
    return House(live, sessions, links)


CHROMIUM_ARGUMENTS = ("--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage")
"""Shared memory as files in /tmp, since many containers give /dev/shm no more than 64 MB."""


class Seats:
    """Opens pages for one person; whatever breaks a page's own policy, or leaves the host, is kept as a fault."""

    def __init__(self, browser, house: House) -> None:
        self._browser = browser
        self._house = house
        self.faults: list[str] = []

    @contextmanager
    def __call__(self, party: str = "", size=DESK, script: bool = True, scheme: str = "light"):
        context = self._browser.new_context(
            base_url=self._house.http,
            viewport=size,
            java_script_enabled=script,
            color_scheme=scheme,
            timezone_id="Europe/Berlin",
        )
        context.set_default_timeout(LIVE_MS)
        context.on("request", lambda request: self._watch(request.url))
        if party:
            cookie = {"name": "esos_session", "value": self._house.sessions[party], "url": self._house.http}
            context.add_cookies([cookie])
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("console", lambda said: self._hear(said.text))
        try:
            yield page
        finally:
            context.close()

    def _watch(self, url: str) -> None:
        asked = urlsplit(url)
        if asked.scheme in {"http", "https"} and asked.netloc != urlsplit(self._house.http).netloc:
            self.faults.append(url)

    def _hear(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.faults.append(text)
