"""How a drill stands over HTTP: said by whoever plays it, seen by anybody, and only where everything is practice."""

import sys
from pathlib import Path

import msgspec
import pytest

from esos.station.drills import DRILL_STATE_MAX_BYTES, DRILLS_MAX, Act, Beat, DrillState
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside

pytestmark = pytest.mark.anyio

STATE = DrillState(
    name="some-drill", title="Something happens", when="14 May 2021", first_sign="01:00", speed=40, act=Act.OPENING,
    now="Everything is ready.", watch_link="a-secret", teams=20,
)  # fmt: skip
PATH = "/api/v1/drills/some-drill"


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("drills") / "home", members=1)


@pytest.fixture(scope="module")
async def client(live):
    async with inside(live) as (client, _):
        yield client


@pytest.fixture
def fresh(tmp_path):
    """A station of its own, where nothing was played yet."""
    return founded(tmp_path / "home", members=0)


@pytest.fixture
def real(tmp_path):
    return founded(tmp_path / "home", members=0, realm=Realm.REAL)


@pytest.fixture
def registrar(live):
    return bearer(live.officers[0].token)


def body(**changes) -> dict:
    return msgspec.to_builtins(msgspec.structs.replace(STATE, **changes))


async def test_what_a_registrar_says_of_a_drill_anybody_may_read(client, registrar):
    said = await client.put(PATH, json=body(beats=(Beat(at_minutes=110, says="Called."),)), headers=registrar)
    assert said.status_code == 200, said.text
    view = (await client.get(PATH)).json()
    assert view == said.json()
    assert [beat["says"] for beat in view["drill"]["beats"]] == ["Called."]
    listed = (await client.get("/api/v1/drills")).json()["drills"]
    assert ("some-drill", "opening") in [(one["name"], one["act"]) for one in listed]


async def test_the_newest_word_stands_and_the_newest_drill_comes_first(client, registrar):
    await client.put(PATH, json=body(now="First."), headers=registrar)
    await client.put("/api/v1/drills/other", json=body(name="other"), headers=registrar)
    await client.put(PATH, json=body(now="Second."), headers=registrar)
    assert (await client.get(PATH)).json()["drill"]["now"] == "Second."
    names = [one["name"] for one in (await client.get("/api/v1/drills")).json()["drills"]]
    assert names == ["some-drill", "other"]


async def test_the_watch_officers_link_is_kept_and_never_shown(client, registrar):
    said = await client.put(PATH, json=body(), headers=registrar)
    shown = [said.text, (await client.get(PATH)).text, (await client.get("/api/v1/drills")).text]
    shown.append((await client.get("/drill", headers={"accept": "text/html"})).text)
    assert not any("a-secret" in text for text in shown)


async def test_only_a_registrar_says_how_a_drill_stands(client, live):
    assert (await client.put(PATH, json=body())).json()["code"] == "session.needed"
    for token in (live.officers[1].token, live.members[0].token):
        refused = await client.put(PATH, json=body(), headers=bearer(token))
        assert (refused.status_code, refused.json()["code"]) == (403, "session.role")


async def test_a_drill_that_was_not_played_here_is_unknown(client):
    refused = await client.get("/api/v1/drills/never-played")
    assert (refused.status_code, refused.json()["code"]) == (404, "drill.none")


@pytest.mark.parametrize(("path", "given", "status", "code"), [
    ("/api/v1/drills/other-name", {}, 400, "drill.name"),
    (PATH, {"act": "dancing"}, 400, "request.invalid"),
    (PATH, {"caller_page": "https://elsewhere.example/"}, 400, "request.invalid"),
    (PATH, {"culprit": "x"}, 400, "request.invalid"),
    (PATH, {"now": "x" * (DRILL_STATE_MAX_BYTES + 1)}, 413, "request.too_large"),
])  # fmt: skip
async def test_what_does_not_fit_is_refused(client, registrar, path, given, status, code):
    refused = await client.put(path, json={**body(), **given}, headers=registrar)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_the_page_is_there_before_any_drill_and_shows_one_as_it_goes(fresh):
    async with inside(fresh) as (client, _):
        page = await client.get("/drill")
        assert page.status_code == 200
        assert "No drill is being played" in page.text
        await client.put(PATH, json=body(), headers=bearer(fresh.officers[0].token))
        assert "Something happens" in (await client.get("/drill")).text


async def test_a_part_is_taken_by_its_button_and_whoever_plays_learns_of_it(client, registrar):
    await client.put(PATH, json=body(caller_page="/c/some-link"), headers=registrar)
    pressed = await client.post("/drill/some-drill/caller")
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/c/some-link")
    assert (await client.post("/drill/some-drill/looking-on")).headers["location"] == "/drill"
    learnt = (await client.put(PATH, json=body(), headers=registrar)).json()["seats"]
    assert set(learnt) >= {"caller", "looking-on"}
    assert (await client.post("/drill/some-drill/coordinator")).status_code == 404
    assert (await client.post("/drill/never-played/caller")).status_code == 404


async def test_files_are_there_when_the_drill_is_over_and_not_before(client, registrar):
    await client.put(PATH, json=body(), headers=registrar)
    refused = await client.get("/drill/some-drill/files/drill-case.esos", headers={"accept": "application/json"})
    assert refused.json()["code"] == "drill.not_over"


async def test_a_station_for_real_calls_has_no_drills(real):
    async with inside(real) as (client, _):
        refused = await client.put(PATH, json=body(), headers=bearer(real.officers[0].token))
        assert (refused.status_code, refused.json()["code"]) == (403, "drill.realm")
        assert (await client.get("/api/v1/drills")).json() == {"drills": []}
        assert (await client.get("/drill")).status_code == 403
        assert (await client.post("/drill/some-drill/watch")).status_code == 403
        assert "/drill" not in (await client.get("/")).text


async def test_a_station_remembers_only_so_many_drills(fresh):
    async with inside(fresh) as (client, _):
        given = bearer(fresh.officers[0].token)
        for number in range(DRILLS_MAX):
            kept = await client.put(f"/api/v1/drills/n{number}", json=body(name=f"n{number}"), headers=given)
            assert kept.status_code == 200
        refused = await client.put("/api/v1/drills/more", json=body(name="more"), headers=given)
        assert (refused.status_code, refused.json()["code"]) == (409, "drill.too_many")
        assert (await client.put("/api/v1/drills/n3", json=body(name="n3"), headers=given)).status_code == 200
