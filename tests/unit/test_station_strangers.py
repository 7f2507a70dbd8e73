"""Strangers have a budget of their own: what goes beyond it is refused in words, and nobody known waits for it."""

import sys
from pathlib import Path

import pytest

from esos.message import bodies as b
from esos.station import strangers
from esos.station.strangers import Budget
from esos.vault.keyfile import new_key
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside

pytestmark = pytest.mark.anyio
BURST = 3


class Hands:
    """A clock that stands until it is moved."""

    def __init__(self):
        self.at_ms = 1_000

    def now_ms(self):
        return self.at_ms


async def test_a_budget_gives_so_many_at_once_and_so_many_each_second():
    clock = Hands()
    budget = Budget(clock, per_s=2, burst=BURST)
    assert [budget.take() for _ in range(4)] == [True, True, True, False]
    clock.at_ms += 500
    assert [budget.take() for _ in range(2)] == [True, False]
    clock.at_ms += 60_000
    assert [budget.take() for _ in range(4)] == [True, True, True, False]
    clock.at_ms -= 30_000
    assert not budget.take()


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("web") / "home", members=2, realm=Realm.REAL)


@pytest.fixture
async def web(live, monkeypatch):
    """A station that takes few strangers at once, and no more for as long as the test runs."""
    monkeypatch.setattr(strangers, "STRANGERS_BURST", BURST)
    monkeypatch.setattr(strangers, "STRANGERS_CALLS_PER_S", 0)
    monkeypatch.setattr(strangers, "STRANGERS_WORDS_PER_S", 0)
    async with inside(live) as (client, station):
        yield client, station


def refused(answer):
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    said = answer.json()
    assert said["code"] == "stranger.busy"
    assert "printed card" in said["hint"]
    return True


async def post(client, statement, key=None):
    headers = {"Content-Type": "application/cose"} | ({"Esos-Key": key.public.hex()} if key else {})
    return await client.post("/api/v1/statements", content=statement.raw, headers=headers)


async def test_when_strangers_are_too_many_they_are_told_how_else_to_call_and_everybody_known_is_heard(web, live):
    client, station = web
    number = await station.tokens.make_card_number(live.members[1].id)
    taken = [(await client.post("/api/v1/calls", json={})).status_code for _ in range(BURST)]
    assert set(taken) == {201}
    assert refused(await client.post("/api/v1/calls", json={}))
    key = new_key(Realm.REAL)
    unknown = live.members[0].__class__(id="", name="", key=key, token="").say("called", b.Called(call=b"unknown!"))
    assert refused(await post(client, unknown, key))
    assert (await post(client, live.members[0].say("called", b.Called(call=b"my call!")))).status_code == 201
    assert (await client.post("/api/v1/calls", json={"card_token": number})).json()["card_accepted"] is True
    relayed = {"relay_for": {"caller_name": "A stranger by telephone"}}
    answer = await client.post("/api/v1/calls", json=relayed, headers=bearer(live.officers[0].token))
    assert answer.status_code == 201


async def test_a_strangers_case_goes_on_while_other_strangers_flood_the_door(web):
    client, _ = web
    mine = (await client.post("/api/v1/calls", json={})).json()
    while (await client.post("/api/v1/calls", json={})).status_code != 503:
        pass
    answer = await client.post(
        f"/api/v1/cases/{mine['case']}/statements",
        json={"kind": "cancelled", "body": {}},
        headers=bearer(mine["token"]),
    )
    assert answer.status_code == 201, answer.text
