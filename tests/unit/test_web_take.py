"""A call that somebody writes down is made at once from its page, also where nothing more can be kept (law 2)."""

import re
import sys
from pathlib import Path

import pytest

from esos.station.drafts import Drafts
from esos.station.records import DRAFTS_MAX, DraftLine
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import founded, inside

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("web") / "home", members=1, realm=Realm.REAL)


@pytest.fixture
async def web(live):
    async with inside(live) as (client, station):
        yield client, station


async def press_call(web, live, draft, **answers):
    client, station = web
    session = {"cookie": f"esos_session={await station.tokens.session(live.officers[0].id)}"}
    shown = await client.get("/take", headers=session)
    token = re.search(r'name="csrf" value="([^"]+)"', shown.text)[1]
    return await client.post(f"/take/{draft}/call", headers=session, data={"csrf": token, **answers})


async def called(station, answer):
    assert answer.status_code == 303, answer.text
    case = re.search(r"/read-out/([0-9a-f]+)", answer.headers["location"])[1]
    await station.fold_all()
    _, folded = await station.views.record(bytes.fromhex(case))
    shown = await station.views.case(bytes.fromhex(case), now_ms=station.clock.now_ms())
    return shown.caller_name, folded


async def test_with_as_many_drafts_as_there_may_be_a_call_with_a_name_and_words_is_made_from_the_page(web, live):
    _, station = web
    drafts = Drafts(station)
    for number in range(DRAFTS_MAX):
        line = DraftLine(draft=number.to_bytes(16), name="caller", text="x", turn=1, at_ms=1, party="officer:x")
        await station.journal.keep_draft([line])
    answer = await press_call(web, live, drafts.new(), caller="Example Waterworks", words="No pressure any more.")
    name, case = await called(station, answer)
    assert name == "Example Waterworks"
    assert case.details.words == "No pressure any more."
    assert len(await drafts.open()) == DRAFTS_MAX
    for one in await drafts.open():
        await drafts.put_aside(one.draft, party="officer:x")


async def test_an_answer_that_is_too_long_is_cut_and_says_so_and_the_call_is_made(web, live):
    _, station = web
    drafts = Drafts(station)
    answer = await press_call(web, live, drafts.new(), caller="Example Harbour", words="x" * 3_500)
    name, case = await called(station, answer)
    assert name == "Example Harbour"
    assert case.details.words.endswith("[cut here]")
    assert len(case.details.words) == 3_000
