"""The telephone tree: made from register, roster and ladder, on one sheet of A4, and in the terminal."""

import asyncio
import json
import re
import subprocess
import sys

import httpx
import pytest
from pages_house import TELEPHONE
from playwright.sync_api import expect

from esos.message import bodies as b
from esos.message.card import Contact, MemberCard, PublicKey
from esos.message.statement import write_statement
from esos.service import founder_of, opened_station
from esos.vault.keyfile import new_key
from esos.words.realm import Realm

pytestmark = pytest.mark.browser
MEMBERS = 38


def enter(house) -> None:
    """Officers and members with numbers, entered while the station is down."""
    live = house.live
    live.kill()

    async def fill() -> None:
        async with opened_station(live.home, live.settings, lambda: "") as station:
            founder, officers = founder_of(station), []
            for number in range(3):
                by = (Contact(channel="voice", address=f"+35399900010{number}"),)
                officers.append(await founder.add_officer(f"Officer {number}", ("officer",), contacts=by))
            neighbour = (Contact(channel="voice", address="+353999000999"),)
            await founder.say(
                "roster_set", b.RosterSet(watch=(officers[1],), backup=(officers[0],), neighbour=neighbour)
            )
            for number in range(MEMBERS):
                key = new_key(Realm.EXERCISE)
                card = MemberCard(
                    name=f"Example Member {number:02}", keys=(PublicKey(public=key.public, realm=key.realm),),
                    contacts=(Contact(channel="ring", address=f"+3539990020{number:02}"),),
                )  # fmt: skip
                signed = write_statement(
                    seed=key.seed, realm=key.realm, kind="card_signed", body=b.CardSigned(card=card),
                    time_ms=station.clock.now_ms(),
                )  # fmt: skip
                await founder.register(signed.raw)

    asyncio.run(fill())
    live.start()


@pytest.fixture(scope="module")
def filled(open_house):
    enter(open_house)
    return open_house


def test_the_station_is_rung_in_the_order_of_roster_and_ladder_and_the_last_is_followed_by_the_first(filled):
    tree = filled.client().get("/api/v1/telephone-tree").json()
    assert [(one["name"], one["step"]) for one in tree["rungs"]][:3] == [
        ("Officer 1", "watch"), ("Officer 0", "backup"), ("", "neighbour"),
    ]  # fmt: skip
    names = [one["name"] for one in tree["rungs"]]
    assert [one["next"] for one in tree["rungs"]] == [*names[1:], names[0]]
    assert tree["card"].startswith("ESOS-STATION1|exercise|")
    assert len(tree["card"].encode()) <= 300


def test_every_member_is_rung_by_exactly_one_other_and_nobody_rings_more_than_three(filled):
    tree = filled.client().get("/api/v1/telephone-tree").json()
    branches = tree["branches"]
    rung = [name for one in branches for name in one["rings"]]
    first = [one["name"] for one in branches if not one["by"]]
    assert sorted(rung + first) == sorted(one["name"] for one in branches)
    assert max(len(one["rings"]) for one in branches) <= 3
    by = {name: one["name"] for one in branches for name in one["rings"]}
    assert all(by.get(one["name"], "") == one["by"] for one in branches)
    assert len(branches) + tree["more"] == MEMBERS
    assert "Example Team 0" in tree["silent"]


def test_the_page_prints_on_one_sheet_of_a4_and_fits_a_telephone(filled, seat):
    with seat(filled.live.officers[0].id, size=TELEPHONE, scheme="dark") as page:
        page.goto("/telephone-tree")
        expect(page.locator("h1")).to_contain_text("Telephone tree of Example Watch")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert page.locator(".qr svg").count() == 1
        paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    assert httpx.get(f"{filled.http}/telephone-tree").status_code == 401
    assert filled.member(0).get("/api/v1/telephone-tree").status_code == 403


def test_the_terminal_shows_the_same_tree_and_writes_it_to_a_file(filled, tmp_path):
    out = tmp_path / "tree.txt"
    at = ["--url", filled.http, "--token", filled.live.officers[0].token]
    line = [sys.executable, "-m", "esos.cli.main", "tree", *at]
    done = subprocess.run([*line, "--out", str(out)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    text = out.read_text()
    assert text.index("Officer 1") < text.index("Officer 0") < text.index("Example Member 00")
    shown = subprocess.run([*line, "--json"], capture_output=True, text=True, timeout=60, check=False)
    assert json.loads(shown.stdout)["rungs"][0]["name"] == "Officer 1"
