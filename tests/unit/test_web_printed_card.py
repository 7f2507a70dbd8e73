"""The printed card made in the browser, and the foot of the sheets for the wall: both say whom to ring."""

import re
import sys
from pathlib import Path

import pytest

from esos.catalogues import tongues
from esos.web.csrf import Csrf
from esos.words.language import speaking
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside

pytestmark = pytest.mark.anyio
PHONE, TEXT, BOX = "+353 999 000 111", "+353999000112", "watch@club.example"
NUMBER = re.compile(r'<li><bdi dir="ltr">([0-9]{4} [0-9]{4})</bdi></li>')


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    reached = {"watch_telephone": PHONE, "watch_text": TEXT, "watch_mailbox": BOX}
    return founded(tmp_path_factory.mktemp("paper") / "home", members=2, realm=Realm.EXERCISE, **reached)


@pytest.fixture(scope="module")
async def web(live):
    async with inside(live) as (client, station):
        yield client, station


async def signed_in(station, party: str) -> tuple[dict[str, str], dict[str, str]]:
    """The headers and the form of somebody at a browser."""
    session = await station.tokens.session(party)
    cookie = f"esos_session={session}; esos_language=en"
    return {"cookie": cookie}, {"csrf": Csrf(station.identity.master).token_for(session)}


async def made(web, live, **form: str) -> str:
    client, station = web
    headers, token = await signed_in(station, live.officers[0].id)
    answer = await client.post(f"/register/{live.members[0].id}/card", headers=headers, data={**token, **form})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


async def test_a_registrar_comes_from_the_member_and_makes_the_sheet_with_one_button(web, live):
    client, station = web
    headers, _ = await signed_in(station, live.officers[0].id)
    address = f"/register/{live.members[0].id}/card"
    assert f'href="{address}"' in (await client.get(f"/register/{live.members[0].id}", headers=headers)).text
    asked = (await client.get(address, headers=headers)).text
    assert f'action="{address}"' in asked
    assert not NUMBER.findall(asked)
    sheet = await made(web, live, count="6")
    assert len(set(NUMBER.findall(sheet))) == 6
    assert "E-SOS EXERCISE CARD" in sheet
    assert sheet.index(PHONE) < sheet.index(TEXT) < sheet.index(BOX) < sheet.index("http://127.0.0.1:0")


async def test_a_number_on_the_sheet_opens_one_call_and_no_second(web, live):
    client, _ = web
    number = NUMBER.findall(await made(web, live))[0].replace(" ", "")
    relay = {"details": {}, "relay_for": {"caller": live.members[0].id, "card_token": number}}
    assert [(await client.post("/api/v1/calls", json=relay)).json()["card_accepted"] for _ in range(2)] == [True, False]


async def test_the_sheet_is_in_the_language_asked_for_and_the_page_stays_in_its_readers(web, live):
    sheet = await made(web, live, language="ar")
    with speaking(tongues()["ar"]):
        from esos.words.language import say

        ring = say("Ring the watch:")
    assert re.search(r'<article class="paper" lang="ar" dir="rtl"', sheet)
    assert ring in sheet
    assert '<html lang="en"' in sheet


async def test_nobody_but_a_registrar_makes_one_and_none_is_made_without_the_token_of_the_page(web, live):
    client, station = web
    address = f"/register/{live.members[0].id}/card"
    for party in (live.officers[1].id, live.members[0].id):
        headers, token = await signed_in(station, party)
        assert (await client.get(address, headers=headers)).status_code == 403
        assert (await client.post(address, headers=headers, data=token)).status_code == 403
    headers, _ = await signed_in(station, live.officers[0].id)
    assert (await client.post(address, headers=headers, data={})).status_code == 403


async def test_how_many_is_a_number_within_what_one_sheet_holds(web, live):
    client, station = web
    headers, token = await signed_in(station, live.officers[0].id)
    address = f"/register/{live.members[0].id}/card"
    assert (await client.post(address, headers=headers, data={**token, "count": "many"})).status_code == 400
    assert len(NUMBER.findall(await made(web, live, count="500"))) == 20


async def test_programs_get_the_same_card(web, live):
    client, _ = web
    path, registrar = f"/api/v1/members/{live.members[1].id}/card", bearer(live.officers[0].token)
    card = (await client.post(path, json={"count": 2, "language": "fr"}, headers=registrar)).json()
    assert (card["telephone"], card["text"], card["mailbox"], card["language"]) == ([PHONE], TEXT, BOX, "fr")
    assert len(card["numbers"]) == 2
    assert (await client.post(path, json={}, headers=bearer(live.officers[1].token))).status_code == 403
    assert (await client.post(path, json={"count": 21}, headers=registrar)).status_code == 400


async def test_every_sheet_for_the_wall_says_how_the_watch_is_reached(web):
    client, _ = web
    wall = (await client.get("/first-aid/wall")).text
    sheets = wall.split('class="sheet"')[1:]
    assert all(PHONE in sheet and TEXT in sheet and BOX in sheet and "http://127.0.0.1:0" in sheet for sheet in sheets)
    assert PHONE in (await client.get("/first-aid/flooding")).text
