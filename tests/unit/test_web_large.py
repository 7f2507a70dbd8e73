"""A large station's pages: short whatever is in it, with a way on to what they leave out, and names that are typed."""

import re
import sys
from pathlib import Path

import pytest

from esos.keys.identity import public_of
from esos.message import bodies as b
from esos.message.card import Contact, MemberCard, PublicKey
from esos.message.roster_bodies import RosterSet
from esos.message.voice import Voice
from esos.station.tokens import SESSION_MS
from esos.web.console import world
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import founded, inside

pytestmark = pytest.mark.anyio
MEMBERS, OFFICERS, PAGE_MAX_BYTES = 300, 150, 100_000


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("large") / "home", members=1, realm=Realm.REAL)


def officer(station, number):
    body = b.OfficerAdded(
        officer=f"officer:large{number:03}",
        name=f"Officer {number:03}",
        roles=("officer",),
        contacts=(Contact(channel="mail", address=f"officer{number:03}@example.org"),),
    )
    return station.identity.say("officer_added", body, now_ms=station.clock.now_ms())


def member(station, number):
    voice = Voice(seed=number.to_bytes(4) * 8, realm=Realm.REAL)
    now_ms = station.clock.now_ms()
    card = MemberCard(
        name=f"Large Team {number:03}",
        keys=(PublicKey(public=public_of(voice.seed), realm=Realm.REAL),),
        country="IE",
        contacts=(Contact(channel="mail", address=f"team{number:03}@example.org"),),
    )
    proof = voice.say("card_signed", b.CardSigned(card=card), now_ms=now_ms).raw
    body = b.MemberRegistered(member=voice.kid.hex(), card=card, proof=proof)
    return station.identity.say("member_registered", body, now_ms=now_ms)


@pytest.fixture(scope="module")
async def large(live):
    async with inside(live) as (client, station):
        said = [officer(station, one) for one in range(OFFICERS)] + [member(station, one) for one in range(MEMBERS)]
        judged = [station.judge.judge_own(one, station.identity.speaker).admitted for one in said]
        await station.journal.append(judged, now_ms=station.clock.now_ms())
        await station.directory.refresh(station.journal)
        session = await station.tokens.make(live.officers[0].id, "session", lives_ms=SESSION_MS)
        client.cookies.set("esos_session", session)
        yield client, station


async def shown(client, path):
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    assert len(answer.content) < PAGE_MAX_BYTES
    return answer.text


async def paged(client, path, pattern):
    """Everything that matches over all pages, by the link on to the next that each page has."""
    found, at = [], path
    while at:
        text = await shown(client, at)
        found += re.findall(pattern, text)
        on = re.search(r'href="([^"]+)"[^>]*data-more', text)
        at = on.group(1).replace("&amp;", "&") if on else ""
    return found


async def sent(client, path, form):
    csrf = re.search(r'name="csrf" value="([^"]+)"', (await client.get("/roster")).text).group(1)
    return await client.post(path, data={"csrf": csrf, **form})


@pytest.mark.parametrize("path", ["/roster", "/roster/rules", "/ready", "/watch/map", "/roster/brief", "/register"])
async def test_no_page_of_a_large_station_is_longer_than_it_may_be(large, path):
    await shown(large[0], path)


async def test_whoever_is_typed_by_name_is_put_on_the_roster_though_no_list_shows_them(large):
    client, station = large
    assert "Officer 149" not in await shown(client, "/roster")
    when = {"begins": "2030-01-01T08:00", "ends": "2030-01-02T08:00"}
    done = await sent(client, "/roster/cover", {"officer": "officer 149", "duty": "watch", **when})
    assert done.status_code == 303, done.text
    assert station.directory.roster.acts[-1].officers == ("officer:large149",)


async def test_a_name_that_nobody_has_is_refused_by_name(large):
    when = {"begins": "2030-01-01T08:00", "ends": "2030-01-02T08:00"}
    refused = await sent(large[0], "/roster/cover", {"officer": "Officer Nobody", **when})
    assert "Nobody here is called Officer Nobody." in refused.text


async def test_the_standing_list_shows_who_stands_there_and_takes_others_by_name(large):
    client, station = large
    before = station.directory.roster.rules
    form = {"watch": [*before.watch, "Officer 148"], "backup": list(before.backup), "timezone": "UTC", "neighbour": ""}
    assert (await sent(client, "/roster/rules/standing", form)).status_code == 303
    rules = station.directory.roster.rules
    assert isinstance(rules, RosterSet)
    assert rules.watch == (*before.watch, "officer:large148")
    assert "Officer 148: On watch" in await shown(client, "/roster/rules")


@pytest.mark.parametrize(
    ("path", "pattern", "wanted"),
    [
        ("/ready?members=0", r">(Large Team \d{3})</bdi></a>", MEMBERS),
        ("/ready?officers=0", r">(Officer \d{3})</bdi></a>", OFFICERS),
    ],
)
async def test_everybody_of_a_long_list_is_reached_by_paging_on(large, path, pattern, wanted):
    client, start, found = large[0], 0, set()
    name = path.partition("?")[2].partition("=")[0]
    while True:
        text = await shown(client, f"/ready?{name}={start}")
        found |= set(re.findall(pattern, text.partition(f'id="{name}"')[2].partition("</section>")[0]))
        on = re.search(rf'href="/ready\?{name}=(\d+)#', text)
        if on is None:
            break
        start = int(on.group(1))
    assert len(found) == wanted


async def test_the_map_names_some_of_each_country_and_counts_the_others(large):
    text = await shown(large[0], "/watch/map")
    named = re.findall(r"<bdi>(Large Team \d{3})</bdi>", text)
    assert 0 < len(named) <= MEMBERS
    assert f"{MEMBERS} team" in text or "and " in text


async def test_the_rooms_of_many_lists_are_never_more_than_fits_and_never_more_than_is_there():
    assert world.rooms([500, 0, 3, 500], 100) == [33, 0, 3, 33]
    assert sum(world.rooms([10] * 300, 100)) == 100
