"""The real process under load, killed with no chance to tidy up: what it acknowledged is there, once, and proven."""

import asyncio
import itertools
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import httpx
import pytest
from live import Live, founded
from rough import (
    Postbox,
    call_by_datagram,
    fresh_key,
    give_watch_mail,
    inside_journal,
    order_of,
    post_until_kept,
    postbox,
    sealing_key,
    strangers_call,
    until,
)

from esos.drill.supervisor import Supervisor
from esos.logbook.receipt import read_receipt, verify_receipt
from esos.message import bodies as b
from esos.message.reading import read_any
from esos.station.pager import LANE_MAX

pytestmark = pytest.mark.timeout(240)

ROUNDS = 3
LOAD_SECONDS = (0.3, 2.5)
HTTP_CALLERS = 6
PROOF_SECONDS = 30


@dataclass
class Told:
    """What the station said that it has."""

    kept: dict[str, int] = field(default_factory=dict)
    by_datagram: set[bytes] = field(default_factory=set)
    posts: int = 0


@pytest.mark.parametrize("rounds", [ROUNDS, pytest.param(40, marks=[pytest.mark.nightly, pytest.mark.timeout(1200)])])
def test_what_the_killed_station_acknowledged_is_there_once_and_every_page_is_one_page(tmp_path, monkeypatch, rounds):
    with postbox() as box:
        for name, value in {"HOST": "127.0.0.1", "PORT": str(box.port), "FROM": "watch@station.example"}.items():
            monkeypatch.setenv(f"ESOS_SMTP_{name}", value)
        live = founded(tmp_path / "home", members=3)
        give_watch_mail(live)
        told = asyncio.run(_rounds(live, rounds))
        asyncio.run(_judge(live, box, told, kills=rounds))


async def _rounds(live: Live, rounds: int) -> Told:
    told, chance = Told(), random.Random(20260)
    async with Supervisor(live.home.folder) as supervisor, httpx.AsyncClient(timeout=5) as client:
        client.base_url = supervisor.url
        sealing = {member.id: await sealing_key(client, live, member.key) for member in live.members}
        loads = [
            *(_post_calls(told, lambda: client) for _ in range(HTTP_CALLERS)),
            _talk(live, told, lambda: client),
            *(_call_by_datagram(live, told, supervisor.udp, sealing, number) for number in range(len(live.members))),
        ]
        running = [asyncio.ensure_future(load) for load in loads]
        for _ in range(rounds):
            await asyncio.sleep(chance.uniform(*LOAD_SECONDS))
            await supervisor.kill()
            await supervisor.restart()
        for load in running:
            load.cancel()
        ended = await asyncio.gather(*running, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended
        await _check_receipts(live, told, client)
        assert supervisor.starts == rounds + 1
    return told


async def _post_calls(told: Told, client) -> None:
    """Strangers' calls, one after another, each until it is kept."""
    while True:
        key = fresh_key()
        await _post(told, client, strangers_call(key), key)


async def _talk(live: Live, told: Told, client) -> None:
    """A member calls again and again under new call ids, joins its own case, and writes on it."""
    caller = live.members[0]
    for number in itertools.count():
        said = caller.say("called", b.Called(call=number.to_bytes(8)))
        case = (await _post(told, client, said))["case"]
        if case:
            await _post(told, client, caller.say("messaged", b.Messaged(text=f"Word {number}."), case=case))


async def _post(told: Told, client, statement, key=None) -> dict:
    kept = await post_until_kept(client, statement, key)
    told.posts += 1
    assert kept["id"] == statement.id.hex()
    assert told.kept.setdefault(kept["id"], kept["seq"]) == kept["seq"]
    return kept


async def _call_by_datagram(live: Live, told: Told, udp: str, sealing: dict, number: int) -> None:
    member = live.members[number]
    while True:
        heard, statement = await call_by_datagram(live, udp, member.key, sealing[member.id])
        assert heard.proven
        told.by_datagram.add(statement)
        await asyncio.sleep(0.1)


async def _check_receipts(live: Live, told: Told, client: httpx.AsyncClient) -> None:
    """Everything acknowledged is proven within seconds of the last start."""

    async def proven(statement: str) -> bool:
        answer = await client.get(f"/api/v1/receipts/{statement}")
        if answer.status_code != 200:
            return False
        receipt = verify_receipt(
            read_receipt(answer.content), pinned_public=live.identity.public, origin=live.identity.origin
        )
        return receipt.claim.statement.hex() == statement

    for statement in [*told.kept, *(one.hex() for one in told.by_datagram)]:
        await until(lambda one=statement: proven(one), what=f"receipt of {statement}", seconds=PROOF_SECONDS)


async def _judge(live: Live, box: Postbox, told: Told, *, kills: int) -> None:
    async with inside_journal(live) as station:
        await station.fold_all()
        entries = await station.journal.read(limit=1_000_000)
        stored = {entry.id.hex(): entry.seq for entry in entries}
        assert len(stored) == len(entries), "a statement is stored twice"
        assert told.posts > 20
        assert told.by_datagram
        assert {one: stored.get(one) for one in told.kept} == told.kept
        assert {one.hex() for one in told.by_datagram} <= stored.keys()

        cases = defaultdict(set)
        for entry in entries:
            statement = read_any(entry.cose)
            if isinstance(statement.body, b.Called):
                assert entry.verdict == "applied", (entry.seq, entry.verdict)
                cases[statement.author, statement.body.call].add(entry.case)
        assert all(len(found) == 1 and None not in found for found in cases.values()), "one call, one case"

        parcels = {one.parcel.id.hex(): one for one in await station.journal.parcels(limit=1_000_000)}
        first = Counter(
            one.case for one in map(order_of, parcels.values()) if one.reason == "watch_due" and one.address
        )
        assert set(first.values()) == {1}, "one arrival, one page to the watch"
        delivered = box.pages()
        assert delivered.keys() <= parcels.keys(), "a page that nobody ordered"
        done = {page for page, one in parcels.items() if one.state == "done" and order_of(one).channel == "mail"}
        assert done <= delivered.keys(), "a page that is said to be sent never left"
        again = sum(count - 1 for count in delivered.values())
        print(
            f"{told.posts} posts and {len(told.by_datagram)} datagram calls kept through {kills} kills; "
            f"{len(delivered)} pages mailed, {again} of them again under their own id after a kill."
        )
        assert again <= kills * LANE_MAX
