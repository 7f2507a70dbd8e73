"""Signing in with passkeys: who comes in, who does not, and what is on record afterwards."""

import asyncio
import sys
from pathlib import Path

import pytest
from doubles.soft_authenticator import SoftAuthenticator

from esos.errors import Conflict
from esos.station.tokens import CHALLENGE_MS
from esos.web.csrf import Csrf
from esos.web.passkeys import place_of
from esos.words.access import device_of
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside

pytestmark = pytest.mark.anyio
BASE = "http://localhost:8765"
HOST = {"host": "localhost:8765"}
TELEPHONE = {**HOST, "user-agent": "Mozilla/5.0 (Linux; Android 15) Mobile"}


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("passkeys") / "home", members=2, realm=Realm.REAL)


@pytest.fixture(scope="module")
async def web(live):
    async with inside(live) as (client, station):
        yield client, station


class Browser:
    """One browser at the station: its cookies, and what its page's script does."""

    def __init__(self, client, station, session: str = "") -> None:
        self.client, self.station = client, station
        self.cookies = {"esos_session": session} if session else {}

    async def post(self, path: str, *, headers=None, **more):
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = await self.client.post(path, headers={**TELEPHONE, "cookie": cookie, **(headers or {})}, **more)
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        self.client.cookies.clear()
        return answer

    async def get(self, path: str):
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return await self.client.get(path, headers={**TELEPHONE, "cookie": cookie, "accept": "text/html"})

    @property
    def csrf(self) -> dict[str, str]:
        return {"esos-csrf": Csrf(self.station.identity.master).token_for(self.cookies["esos_session"])}

    async def add(self, device: SoftAuthenticator, name: str = "My telephone"):
        options = (await self.post("/me/passkeys/begin", headers=self.csrf, json={})).json()
        said = {"credential": device.make(options), "name": name}
        return await self.post("/me/passkeys", headers=self.csrf, json=said)

    async def enter(self, device: SoftAuthenticator, *, counts: bool = True):
        options = (await self.post("/enter/passkey/begin", json={})).json()
        return await self.post("/enter/passkey/finish", json=device.use(options, counts=counts))


@pytest.fixture
async def signed_in(web, live):
    """A browser in which the first officer is signed in by a link, and a device of theirs with a passkey here."""
    client, station = web
    party = live.officers[0].id
    browser, device = Browser(client, station, await station.tokens.session(party)), SoftAuthenticator(BASE)
    assert (await browser.add(device)).status_code == 201
    return browser, device


async def test_a_passkey_signs_its_owner_in_without_a_name(web, live, signed_in):
    client, station = web
    _, device = signed_in
    fresh = Browser(client, station)
    answer = await fresh.enter(device)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"go": "/watch"}
    assert (await fresh.get("/watch")).status_code == 200
    kept = await station.journal.passkey(device.id)
    assert (kept.party, kept.name, kept.count) == (live.officers[0].id, "My telephone", 1)
    assert kept.used_ms > 0
    rows = await station.journal.accesses(limit=4, party=live.officers[0].id)
    newest = next(row for row in rows if row.act == "signed_in")
    assert (newest.act, newest.way, newest.device) == ("signed_in", "passkey", "telephone")


async def test_a_member_signs_in_with_a_passkey_to_its_inbox_also_where_the_device_checks_nobody(web, live):
    client, station = web
    browser = Browser(client, station, await station.tokens.session(live.members[0].id))
    device = SoftAuthenticator(BASE, verifies=False)
    assert (await browser.add(device)).status_code == 201
    answer = await Browser(client, station).enter(device)
    assert answer.json() == {"go": "/inbox"}


async def test_for_an_officer_the_device_must_verify_its_user_when_adding_and_when_signing_in(web, signed_in):
    client, station = web
    browser, device = signed_in
    assert (await browser.add(SoftAuthenticator(BASE, verifies=False))).json()["code"] == "passkey.refused"
    device.verifies = False
    assert (await Browser(client, station).enter(device)).json()["code"] == "passkey.unverified"


async def test_a_count_that_does_not_grow_signs_nobody_in_and_is_noticed(web, live, signed_in):
    client, station = web
    _, device = signed_in
    assert (await Browser(client, station).enter(device)).status_code == 200
    again = Browser(client, station)
    answer = await again.enter(device, counts=False)
    assert answer.json()["code"] == "passkey.copied"
    assert "esos_session" not in again.cookies
    row = (await station.journal.accesses(limit=1))[0]
    assert (row.act, row.party, row.about) == ("passkey_counter", live.officers[0].id, "My telephone")


async def test_a_device_that_never_counts_is_good_for_ever(web, signed_in):
    client, station = web
    browser, _ = signed_in
    device = SoftAuthenticator(BASE)
    await browser.add(device)
    for _ in range(2):
        assert (await Browser(client, station).enter(device, counts=False)).status_code == 200


async def test_a_challenge_is_good_once_for_one_browser_and_for_five_minutes(web, signed_in):
    client, station = web
    _, device = signed_in
    browser, other = Browser(client, station), Browser(client, station)
    options = (await browser.post("/enter/passkey/begin", json={})).json()
    said = device.use(options)
    assert (await other.post("/enter/passkey/finish", json=said)).json()["code"] == "passkey.challenge"
    challenge = browser.cookies["esos_challenge"]
    assert (await browser.post("/enter/passkey/finish", json=said)).status_code == 200
    browser.cookies["esos_challenge"] = challenge
    assert (await browser.post("/enter/passkey/finish", json=said)).json()["code"] == "passkey.challenge"


async def test_a_challenge_is_good_for_what_it_was_made_for_and_for_five_minutes(web, monkeypatch):
    _, station = web
    tokens, made_ms = station.tokens, station.clock.now_ms()
    challenge = tokens.challenge("passkey-in")
    assert tokens.is_challenge(challenge, "passkey-in")
    assert not tokens.is_challenge(challenge, "passkey-add")
    assert not tokens.is_challenge(challenge, "passkey-in", party="somebody")
    assert not any(tokens.is_challenge(odd, "passkey-in") for odd in ("", "AAAA", challenge[:-2], "é", "A" * 50))
    monkeypatch.setattr(station.clock, "now_ms", lambda: made_ms + CHALLENGE_MS + 2_000)
    assert not tokens.is_challenge(challenge, "passkey-in")
    assert not await tokens.use_challenge(challenge, "passkey-in")


async def test_a_flood_of_questions_keeps_nothing_and_whoever_began_before_it_signs_in_after_it(web, signed_in):
    client, station = web
    _, device = signed_in
    officer = Browser(client, station)
    options = (await officer.post("/enter/passkey/begin", json={})).json()
    before = await station.journal.tokens_of(party="", purpose="passkey-in", now_ms=0)
    for _ in range(5):
        assert (await Browser(client, station).post("/enter/passkey/begin", json={})).status_code == 200
    for _ in range(2_000):
        station.tokens.challenge("passkey-in")
    assert await station.journal.tokens_of(party="", purpose="passkey-in", now_ms=0) == before == []
    assert (await officer.post("/enter/passkey/finish", json=device.use(options))).status_code == 200


async def test_one_answer_sent_twice_at_once_signs_in_once_also_from_a_device_that_never_counts(web, signed_in):
    client, station = web
    browser, _ = signed_in
    device = SoftAuthenticator(BASE)
    await browser.add(device)
    officer = Browser(client, station)
    options = (await officer.post("/enter/passkey/begin", json={})).json()
    said, cookies = device.use(options, counts=False), dict(officer.cookies)
    both = [Browser(client, station) for _ in range(2)]
    for one in both:
        one.cookies = dict(cookies)
    answers = await asyncio.gather(*(one.post("/enter/passkey/finish", json=said) for one in both))
    assert sorted(answer.status_code for answer in answers) == [200, 401]


@pytest.fixture
def alone(tmp_path):
    return founded(tmp_path / "home", members=1, realm=Realm.REAL)


@pytest.fixture
async def leaving(alone):
    """A station of its own, with a second officer who has a passkey here and is about to be removed."""
    live = alone
    async with inside(live) as (client, station):
        party, device = live.officers[1].id, SoftAuthenticator(BASE)
        browser = Browser(client, station, await station.tokens.session(party))
        assert (await browser.add(device)).status_code == 201
        yield live, client, station, party, device


async def test_the_passkeys_of_a_removed_officer_are_deleted_with_sessions_and_open_nothing(leaving):
    live, client, station, party, device = leaving
    registrar = bearer(live.officers[0].token)
    assert (await client.delete(f"/api/v1/officers/{party}", headers=registrar)).status_code == 200
    assert await station.journal.passkeys_of(party) == []
    browser = Browser(client, station)
    assert (await browser.enter(device)).json()["code"] == "passkey.unknown"
    assert "esos_session" not in browser.cookies


async def test_a_passkey_left_by_a_station_that_stopped_while_removing_its_owner_goes_when_it_is_tried(leaving):
    live, client, station, party, device = leaving
    registrar = await station.desk.known(await station.tokens.holder(live.officers[0].token))
    await station.desk.say(registrar, "officer_removed", {"officer": party}, channel="api")
    assert await station.journal.passkeys_of(party)
    assert (await Browser(client, station).enter(device)).json()["code"].startswith("session.")
    assert await station.journal.passkeys_of(party) == []


async def test_a_challenge_is_no_token(web):
    client, station = web
    challenge = station.tokens.challenge("passkey-in")
    answer = await client.get("/api/v1/cases", headers=bearer(challenge))
    assert answer.json()["code"] == "session.token"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"origin": "https://elsewhere.example"}, "passkey.refused"),
        ({"rp_id": "elsewhere.example"}, "passkey.refused"),
        ({"key": SoftAuthenticator(BASE).key}, "passkey.refused"),
        ({"id": b"another passkey."}, "passkey.unknown"),
        ({"owner": "bWVtYmVy"}, "passkey.unknown"),
    ],
)
async def test_an_answer_that_was_made_for_elsewhere_or_by_another_signs_nobody_in(web, signed_in, change, code):
    client, station = web
    _, device = signed_in
    for name, value in change.items():
        setattr(device, name, value)
    answer = await Browser(client, station).enter(device)
    assert answer.json()["code"] == code
    assert "esos_session" not in answer.cookies


@pytest.mark.parametrize("said", [b"", b"{", b"[]", b"{}", b'{"rawId": 7}', b'{"rawId": "!", "response": "x"}'])
async def test_an_odd_answer_is_refused_in_words(web, said):
    client, station = web
    browser = Browser(client, station)
    await browser.post("/enter/passkey/begin", json={})
    answer = await browser.post("/enter/passkey/finish", content=said)
    assert answer.status_code in {400, 422}
    assert answer.json()["code"] == "passkey.malformed"


async def test_a_passkey_is_removed_by_its_owner_alone_and_then_signs_nobody_in(web, live, signed_in):
    client, station = web
    browser, device = signed_in
    stranger = Browser(client, station, await station.tokens.session(live.members[1].id))
    form = {"passkey": device.make({"user": {"id": device.owner}, "challenge": "x"})["rawId"]}
    await stranger.post("/me/passkeys/remove", data={**form, "csrf": stranger.csrf["esos-csrf"]})
    assert await station.journal.passkey(device.id) is not None
    answer = await browser.post("/me/passkeys/remove", data=form)
    assert answer.json()["code"] == "csrf.token"
    await browser.post("/me/passkeys/remove", data={**form, "csrf": browser.csrf["esos-csrf"]})
    assert (await Browser(client, station).enter(device)).json()["code"] == "passkey.unknown"


async def test_passkeys_are_added_by_the_page_of_the_session_alone(web, signed_in):
    browser, _ = signed_in
    answer = await browser.post("/me/passkeys/begin", json={})
    assert answer.json()["code"] == "csrf.token"


async def test_sessions_are_listed_and_ended_one_by_one_or_everywhere(web, live):
    client, station = web
    party = live.officers[1].id
    here, there = [await station.tokens.session(party, way="passkey", device="telephone") for _ in range(2)]
    listed = await station.tokens.sessions(party, secret=here)
    assert [one.is_this for one in listed].count(True) == 1
    assert here not in repr(listed)
    browser = Browser(client, station, here)
    shown = await browser.get("/me")
    assert shown.text.count("Sign out there") == len(listed) - 1
    other = next(one for one in listed if not one.is_this)
    await browser.post("/me/sessions/end", data={"session": other.id, "csrf": browser.csrf["esos-csrf"]})
    assert await station.tokens.in_session(there) is None
    assert await station.tokens.in_session(here) is not None
    await browser.post("/sign-out", data={"csrf": browser.csrf["esos-csrf"]})
    assert await station.tokens.sessions(party) == []


def test_passkeys_are_bound_to_the_public_host_and_to_no_name_that_a_request_chose():
    assert place_of("https://esos.club.example", "http", "10.0.0.1").rp_id == "esos.club.example"
    assert place_of("https://esos.club.example:8443/", "http", "x").origin == "https://esos.club.example:8443"
    assert place_of("", "http", "localhost:8765").origin == BASE
    for public, host in (("", "esos.club.example"), ("", "127.0.0.1:8765"), ("http://esos.club.example", "localhost"),
                         ("https://[2001:db8::1]", "localhost")):  # fmt: skip
        with pytest.raises(Conflict) as refused:
            place_of(public, "https" if not public else "http", host)
        assert refused.value.code == "passkey.host"


def test_of_a_browser_no_more_than_the_kind_of_device_is_kept():
    agents = {
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0)": "telephone",
        "Mozilla/5.0 (iPad; CPU OS 18_0)": "tablet",
        "Mozilla/5.0 (X11; Linux x86_64)": "computer",
        "python-httpx/0.28": "program",
        "": "",
    }
    assert {agent: device_of(agent) for agent in agents} == agents
