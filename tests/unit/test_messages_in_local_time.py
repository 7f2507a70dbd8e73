"""Messages tell the time by their reader's clock, with UTC beside it."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import msgspec
import pytest
from doubles.case_play import FIRST, START_MS, Play
from test_contacts import Post

from esos.case.event import Audience, Page, Reason
from esos.message.card import Contact
from esos.message.roster_bodies import RosterSet
from esos.roster.fold import Roster
from esos.station.constituencies import Constituencies
from esos.station.contacts import Contacts
from esos.station.local_time import timezone_of, zone_of
from esos.station.page_reasons import NEIGHBOUR
from esos.station.pager import facts_of
from esos.station.paging import PageOrder, parcels_for
from esos.words.page_reasons import PageReason
from esos.words.page_text import page_text

MAIL = Contact(channel="mail", address="somebody@watch.example")
NEXT_DOOR = Contact(channel="mail", address="watch@nextdoor.example")
MINUTES = {"Asia/Kathmandu": 345, "America/St_Johns": -210, "UTC": 0, "No/Such_Zone": 0, "": 0, "../zone": 0}


def directory(*, card: str = "UTC", roster: str = "UTC"):
    officer = SimpleNamespace(officer=FIRST.party, name=FIRST.name, roles=("officer",), station="", contacts=(MAIL,))
    return SimpleNamespace(
        officers={FIRST.party: officer},
        members={"helper": SimpleNamespace(name="Helper", contacts=(MAIL,), timezone=card)},
        roster=Roster(rules=RosterSet(neighbour=(NEXT_DOOR,), timezone=roster)),
        name_of=str.title,
        contacts=Contacts(),
        constituencies=Constituencies(),
    )


def ordered(play: Play, page: Page, where) -> PageOrder:
    blob = parcels_for(page, play.case, where, now_ms=play.now_ms)[0].blob
    return msgspec.msgpack.decode(blob, type=PageOrder)


def text_of(play: Play, page: Page, where) -> str:
    order = ordered(play, page, where)
    return page_text(PageReason(order.says), facts_of(order, "Northern Watch"))[1]


def ms(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1000)


def clocks(at_ms: int, minutes: int) -> str:
    """Local time with UTC beside it, as a page has it."""
    local, utc = (datetime.fromtimestamp(one / 1000, UTC) for one in (at_ms + minutes * 60_000, at_ms))
    return f"{local:%H:%M:%S} ({utc:%H:%M} UTC)"


def offset_at(zone: str, at_ms: int) -> int:
    return datetime.fromtimestamp(at_ms / 1000, zone_of(zone)).utcoffset() // timedelta(minutes=1)


@pytest.mark.parametrize(("zone", "minutes"), MINUTES.items())
def test_the_offset_of_a_zone_is_looked_up_and_an_unknown_zone_is_utc(zone, minutes):
    assert offset_at(zone, ms(2026, 1, 15)) == minutes


def test_the_offset_is_that_of_the_instant_and_not_of_the_season_now():
    assert offset_at("Europe/Tallinn", ms(2026, 3, 29, 0, 59)) == 120
    assert offset_at("Europe/Tallinn", ms(2026, 3, 29, 1, 0)) == 180


def test_a_member_reads_by_its_card_an_officer_by_the_roster_and_anybody_else_by_utc():
    known = directory(card="Asia/Kathmandu", roster="Europe/Tallinn")
    assert timezone_of("helper", known) == "Asia/Kathmandu"
    assert timezone_of(FIRST.party, known) == "Europe/Tallinn"
    assert timezone_of(NEIGHBOUR, known) == timezone_of("a stranger", known) == "UTC"


def test_a_page_to_an_officer_gives_the_time_of_the_roster_with_utc_beside_it():
    play = Play().called()
    page = Page(audience=Audience.WATCH, reason=Reason.WATCH_DUE)
    body = text_of(play, page, directory(roster="Asia/Kathmandu"))
    assert body.startswith(f"General Hospital called at {clocks(START_MS, 345)}.")
    assert " UTC." in text_of(play, page, directory())
    assert "(" not in text_of(play, page, directory()).partition("\n")[0]


def test_a_page_to_a_member_gives_the_time_of_its_card():
    play = Play().called().acknowledged().asked("helper")
    effects = [one for _, effects in play.history for one in effects if isinstance(one, Page)]
    page = next(one for one in effects if one.reason is Reason.ASKED)
    where = directory(card="America/St_Johns", roster="Asia/Kathmandu")
    due_ms = ordered(play, page, where).due_ms
    local, utc = (datetime.fromtimestamp(one / 1000, UTC) for one in (due_ms - 210 * 60_000, due_ms))
    body = text_of(play, page, where)
    answer = next(line for line in body.splitlines() if line.startswith("Please answer by"))
    assert f"{local:%H:%M}" in answer
    assert f"({utc:%H:%M} UTC)" in answer


def test_a_page_to_a_neighbour_station_gives_utc():
    page = Page(audience=Audience.NEIGHBOUR, reason=Reason.NEIGHBOUR_DUE)
    body = text_of(Play().called(), page, directory(roster="Asia/Kathmandu"))
    utc = datetime.fromtimestamp(START_MS / 1000, UTC)
    assert f"at {utc:%H:%M:%S} UTC" in body


@pytest.mark.anyio
async def test_a_test_of_an_address_says_its_deadline_in_its_readers_time():
    post = await Post().open()
    rules = RosterSet(watch=(post.one,), timezone="Asia/Kathmandu")
    post.station.directory.roster = Roster(rules=rules)
    await post.desk.ring(post.one, by=post.one)
    await post.goes_out()
    due_ms = post.desk.asks_of(post.one)[0].body.answer_by_ms
    local, utc = (datetime.fromtimestamp(one / 1000, UTC) for one in (due_ms + 345 * 60_000, due_ms))
    assert f"{local:%H:%M}" in post.mail.got[0].body
    assert f"({utc:%H:%M} UTC)" in post.mail.got[0].body
