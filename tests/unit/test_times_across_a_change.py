"""A time beyond a change of clocks is said by the clock of then, wherever the zone of its reader is known."""

import re
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from esos.law.draft import when
from esos.message import bodies as b
from esos.station.local_time import zone_of
from esos.web.console.times import clock, is_utc, read_zone, utc_clock, zone_name
from esos.words.page_reasons import PageReason
from esos.words.page_text import PageFacts, page_text
from esos.words.phrases import by
from esos.words.urgency import Urgency

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import founded, inside

TALLINN, LONDON = ZoneInfo("Europe/Tallinn"), ZoneInfo("Europe/London")


def ms(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1000)


BEFORE, AFTER = ms(2026, 3, 28, 10, 0), ms(2026, 3, 31, 10, 0)
"""On both sides of the last Sunday of March, on which clocks in Europe go forward."""


def test_a_deadline_beyond_the_change_is_said_by_the_clock_of_then_in_messages_and_drafts():
    assert by(AFTER, TALLINN, seen_from_ms=BEFORE) == "2026-03-31 13:00 (10:00 UTC)"
    assert by(BEFORE, TALLINN, seen_from_ms=AFTER) == "2026-03-28 12:00 (10:00 UTC)"
    assert when(AFTER, TALLINN) == "2026-03-31 13:00 (2026-03-31 10:00 UTC)"
    assert when(BEFORE, LONDON) == "2026-03-28 10:00 UTC"
    assert when(AFTER, LONDON) == "2026-03-31 11:00 (2026-03-31 10:00 UTC)"


def test_a_mail_about_a_report_that_is_due_after_the_change_has_the_hour_of_then():
    facts = PageFacts(
        urgency=Urgency.MAYDAY, station="Example Watch", report="Early warning", law="NIS 2", now_ms=BEFORE,
        due_ms=AFTER, zone=zone_of("Europe/Tallinn"),
    )  # fmt: skip
    assert "2026-03-31 13:00 (10:00 UTC)" in page_text(PageReason.LAW_DUE, facts)[1]


def test_a_page_shows_the_hour_of_then_with_utc_beside_it_also_where_there_is_no_difference_now():
    zone = read_zone("Europe%2FLondon", "0", BEFORE)
    assert zone_name(zone) == "Europe/London"
    assert (clock(AFTER, zone, BEFORE), is_utc(AFTER, zone), utc_clock(AFTER)) == ("31 Mar 11:00", False, "10:00 UTC")
    assert (clock(BEFORE, zone, BEFORE), is_utc(BEFORE, zone)) == ("10:00", True)


@pytest.mark.parametrize("name", [None, "", "No/Such_Zone", "../../etc/passwd", "Europe", "x" * 10_000, "%00", "%ff"])
def test_where_no_zone_is_known_the_offset_is_taken_as_it_is(name):
    zone = read_zone(name, "120", BEFORE)
    assert zone == timezone(timedelta(minutes=120))
    assert zone_name(zone) == ""


@pytest.fixture
def live(tmp_path):
    return founded(tmp_path / "home", members=1)


@pytest.mark.anyio
async def test_a_case_page_is_written_by_the_clocks_of_the_zone_that_the_browser_named(live):
    async with inside(live) as (client, station):
        call = live.members[0].say("called", b.Called(call=b"zones--1", details=b.CallDetails(natures=(2,))))
        case = (await client.post("/api/v1/statements", content=call.raw)).json()["case"]
        session = await station.tokens.session(live.officers[0].id)
        cookie = f"esos_session={session}; esos_zone=Asia%2FKathmandu; esos_offset=120"
        shown = await client.get(f"/watch/{case}", headers={"cookie": cookie, "accept": "text/html"})
        assert 'data-zone="Asia/Kathmandu"' in shown.text
        times = re.findall(r'<time datetime="([^"]+)"[^>]*>(?:\d+ \w+ )?(\d\d:\d\d)', shown.text)
        assert times
        for iso, local in times:
            assert f"{datetime.fromisoformat(iso).astimezone(ZoneInfo('Asia/Kathmandu')):%H:%M}" == local
