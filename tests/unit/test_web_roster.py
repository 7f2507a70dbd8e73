"""The roster through the HTTP door and on its pages: changes, swaps of two people, calendars, gaps, and the brief."""

import asyncio
import json
import re
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from esos.station import roster_desk
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside

pytestmark = pytest.mark.anyio
DAY_MS, HOUR_MS = 86_400_000, 3_600_000
ROSTER = "/api/v1/roster"


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("web") / "home", members=3, realm=Realm.REAL)


@pytest.fixture(scope="module")
async def web(live):
    async with inside(live) as (client, station):
        yield client, station


@pytest.fixture
async def fresh(web, live):
    """The station with nobody named, and three who may be: the first and second officer, and one who is lent."""
    client, station = web
    registrar = bearer(live.officers[0].token)
    now = (await client.get(f"{ROSTER}/now", headers=registrar)).json()
    for one in {one["change"] for one in now["changes"]} | {one["swap"] for one in now["swaps"]}:
        await client.delete(f"{ROSTER}/changes/{one}", headers=registrar)
    await client.put(ROSTER, headers=registrar, json={})
    return client, station, [bearer(one.token) for one in live.officers[:2]], [one.id for one in live.officers[:2]]


async def now_of(client, headers):
    return (await client.get(f"{ROSTER}/now", headers=headers)).json()


async def rotates(client, headers, officers, **changes):
    rotation = {"name": "week", "officers": officers, "from_day": "2026-01-05", "days": 1, **changes}
    answer = await client.put(ROSTER, headers=headers, json={"rotations": [rotation], "timezone": "Europe/Tallinn"})
    assert answer.status_code == 200, answer.text


def on_watch(now) -> list[str]:
    return [one["person"] for one in now["now"][0]["people"]]


async def visit(client, station, party, path, **form):
    """A page as somebody signed in sees it; with a form, what is posted with its token."""
    session = {"cookie": f"esos_session={await station.tokens.session(party)}"}
    if not form:
        return await client.get(path, headers=session)
    token = re.search(r'name="csrf" value="([^"]+)"', (await client.get("/roster", headers=session)).text)[1]
    return await client.post(path, headers=session, data={"csrf": token, **form})


async def test_a_swap_holds_when_the_other_accepts_and_not_before(fresh):
    client, station, (first, second), (one, other) = fresh
    await rotates(client, first, [one, other])
    laid = (await client.get(f"{ROSTER}/stretches", headers=first)).json()["stretches"]
    mine = next(each for each in laid[1:] if each["people"][0]["person"] == one)
    span = {"give_from_ms": mine["from_ms"], "give_until_ms": mine["until_ms"]}
    asked = await client.post(f"{ROSTER}/swaps", headers=first, json={"other": other, **span})
    assert asked.status_code == 201, asked.text
    swap = asked.json()["statement"]
    assert (await now_of(client, first))["swaps"][0]["swap"] == swap
    assert (await now_of(client, first))["changes"] == []
    own = await client.post(f"{ROSTER}/swaps/{swap}", headers=first, json={"accepted": True})
    assert (own.status_code, own.json()["code"]) == (403, "swap.not_yours")
    done = await client.post(f"{ROSTER}/swaps/{swap}", headers=second, json={"accepted": True})
    assert done.status_code == 201, done.text
    laid = (await client.get(f"{ROSTER}/stretches", headers=first)).json()["stretches"]
    held = next(each for each in laid if each["from_ms"] <= mine["from_ms"] < each["until_ms"])
    assert [each["person"] for each in held["people"]] == [other]
    assert station.directory.roster.swaps == {}


async def test_nobody_gives_away_a_shift_that_is_not_theirs(fresh):
    client, station, (first, _), (one, other) = fresh
    await rotates(client, first, [other])
    now_ms = station.clock.now_ms()
    said = {"other": other, "give_from_ms": now_ms + DAY_MS, "give_until_ms": now_ms + 2 * DAY_MS}
    answer = await client.post(f"{ROSTER}/swaps", headers=first, json=said)
    assert (answer.status_code, answer.json()["code"]) == (409, "swap.not_on")
    assert one


async def test_an_override_holds_until_it_is_taken_back(fresh):
    client, station, (first, _), (one, other) = fresh
    await rotates(client, first, [one])
    now_ms = station.clock.now_ms()
    span = {"from_ms": now_ms - HOUR_MS, "until_ms": now_ms + HOUR_MS}
    made = await client.post(f"{ROSTER}/overrides", headers=first, json={"officers": [other], **span})
    assert made.status_code == 201, made.text
    assert on_watch(await now_of(client, first)) == [other]
    gone = await client.delete(f"{ROSTER}/changes/{made.json()['statement']}", headers=first)
    assert gone.status_code == 200, gone.text
    assert on_watch(await now_of(client, first)) == [one]


async def test_whoever_is_away_is_replaced_by_the_next_of_the_rotation(fresh):
    client, station, (first, second), (one, other) = fresh
    await rotates(client, first, [one, other], days=300)
    now_ms = station.clock.now_ms()
    [today] = on_watch(await now_of(client, first))
    span = {"from_ms": now_ms - HOUR_MS, "until_ms": now_ms + HOUR_MS}
    made = await client.post(f"{ROSTER}/absences", headers=second, json={"officer": today, **span})
    assert made.status_code == 201, made.text
    assert on_watch(await now_of(client, first)) == [other if today == one else one]


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"timezone": "Europe/Nowhere"}, "roster.timezone"),
        ({"rotations": [{"name": "r", "officers": ["me"], "from_day": "2026-02-30"}]}, "roster.day"),
        ({"rotations": [{"name": "r", "officers": ["me"], "from_day": "2026-02-03", "hours": "always"}]}, "duty.hours"),
        ({"rotations": [{"name": "r", "officers": ["me"], "from_day": "2026-02-03"}] * 2}, "roster.twice"),
        ({"holidays": [{"name": "h", "day": "12-32", "watch": ["me"]}]}, "roster.day"),
        (
            {"rotations": [{"name": "r", "officers": ["neighbour:Elsewhere"], "from_day": "2026-02-03"}]},
            "officer.unknown",
        ),
    ],
)
async def test_rules_that_mean_nothing_are_refused(fresh, rules, code):
    client, _, (first, _), (one, _) = fresh
    written = re.sub('"me"', f'"{one}"', json.dumps(rules))
    answer = await client.put(ROSTER, headers=first | {"content-type": "application/json"}, content=written)
    assert answer.json()["code"] == code, answer.text


CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//Example//EN
BEGIN:VEVENT
UID:one@example
DTSTART;TZID=Europe/Tallinn:20260105T080000
DTEND;TZID=Europe/Tallinn:20260105T200000
RRULE:FREQ=DAILY
SUMMARY:{title}
END:VEVENT
END:VCALENDAR
"""


async def test_a_calendar_brings_shifts_and_the_roster_goes_out_as_one(fresh):
    client, station, (first, _), _ = fresh
    given = {"source": "club.ics", "calendar": CALENDAR.format(title="On watch: Second officer"), "days": 10}
    made = await client.post(f"{ROSTER}/shifts", headers=first, json=given)
    assert made.status_code == 201, made.text
    laid = (await client.get(f"{ROSTER}/stretches", headers=first)).json()["stretches"]
    named = {each["name"] for one in laid if one["duty"] == "watch" for each in one["people"]}
    assert named == {"Second officer"}
    written = await client.get(f"{ROSTER}/calendar", headers=first)
    assert written.headers["content-type"].startswith("text/calendar")
    assert "SUMMARY:On watch: Second officer" in written.text
    assert "SUMMARY:NOBODY ON WATCH: everybody is called" in written.text
    gone = await client.post(
        f"{ROSTER}/shifts", headers=first, json={**given, "calendar": "BEGIN:VCALENDAR\nEND:VCALENDAR"}
    )
    assert gone.status_code == 201, gone.text
    assert station.directory.roster.shifts == {}


async def test_a_calendar_is_read_beside_the_loop_that_takes_calls_and_one_at_a_time(fresh, monkeypatch):
    client, _, (first, _), _ = fresh
    begun, go_on = threading.Event(), threading.Event()

    def read(*_args, **_more):
        begun.set()
        assert go_on.wait(60), "the loop waits for the calendar"
        return ()

    monkeypatch.setattr(roster_desk, "read_shifts", read)
    given = {"source": "club.ics", "calendar": CALENDAR.format(title="Second officer")}
    reading = asyncio.create_task(client.post(f"{ROSTER}/shifts", headers=first, json=given))
    while not begun.is_set():
        await asyncio.sleep(0.01)
    assert (await client.get("/api/v1/station")).status_code == 200
    refused = await client.post(f"{ROSTER}/shifts", headers=first, json=given)
    assert (refused.status_code, refused.json()["code"]) == (503, "calendar.busy")
    go_on.set()
    assert (await reading).is_success


async def test_a_calendar_that_names_a_stranger_is_refused_by_name(fresh):
    client, _, (first, _), _ = fresh
    given = {"source": "club.ics", "calendar": CALENDAR.format(title="Somebody else")}
    answer = await client.post(f"{ROSTER}/shifts", headers=first, json=given)
    assert (answer.status_code, answer.json()["code"]) == (400, "calendar.who")
    assert "Somebody else" in answer.json()["detail"]


async def test_a_calendars_address_shows_shifts_opens_nothing_else_and_ends_with_the_next(fresh):
    client, _, (first, _), (one, _) = fresh
    await rotates(client, first, [one])
    link = (await client.post(f"{ROSTER}/feeds", headers=first, json={"of": "own"})).json()["link"]
    path = "/calendar/" + link.rsplit("/", 1)[1]
    shown = await client.get(path)
    assert shown.status_code == 200
    assert "BEGIN:VEVENT" in shown.text
    secret = path.removeprefix("/calendar/").removesuffix(".ics")
    for headers in ({"Authorization": f"Bearer {secret}"}, {"cookie": f"esos_session={secret}"}):
        assert (await client.get("/api/v1/cases", headers=headers)).status_code in {401, 403}
    assert (await client.get(f"/a/{secret}")).status_code >= 400
    await client.post(f"{ROSTER}/feeds", headers=first, json={"of": "own"})
    assert (await client.get(path)).status_code == 401
    assert (await client.get("/calendar/none.ics")).status_code == 401


async def test_a_gap_is_shown_beforehand_and_everybody_is_meant(fresh):
    client, station, (first, _), (one, other) = fresh
    await rotates(client, first, [one], hours="Mo-Fr 08:00-18:00")
    gaps = (await client.get(f"{ROSTER}/gaps", headers=first)).json()["stretches"]
    assert gaps
    page = await visit(client, station, one, "/roster")
    assert page.status_code == 200, page.text
    assert 'class="gaps"' in page.text
    await client.put(ROSTER, headers=first, json={})
    step = (await now_of(client, first))["ladders"][0]["steps"][0]
    assert {each["person"] for each in step["people"]} >= {one, other}


async def test_a_swap_takes_two_presses_on_the_page_and_one_to_accept(fresh):
    client, station, (first, _), (one, other) = fresh
    await rotates(client, first, [one])
    page = (await visit(client, station, one, "/roster")).text
    mine = re.search(r'<select id="mine".*?value="([^"]+)"', page, re.DOTALL)[1]
    asked = await visit(client, station, one, "/roster/swap", mine=mine, other=other)
    assert asked.status_code == 303, asked.text
    theirs = (await visit(client, station, other, "/roster")).text
    assert "You are asked for a swap" in theirs
    swap = re.search(r'name="swap" value="([0-9a-f]{64})"', theirs)[1]
    done = await visit(client, station, other, "/roster/answer", swap=swap, accepted="yes")
    assert done.status_code == 303, done.text
    assert on_watch(await now_of(client, first)) == [other]


async def test_a_part_of_a_shift_is_swapped_from_the_page_with_a_word_to_the_other(fresh):
    client, station, (first, _), (one, other) = fresh
    await rotates(client, first, [one])
    page = (await visit(client, station, one, "/roster")).text
    mine = re.search(r'<select id="mine".*?value="([^"]+)"', page, re.DOTALL)[1]
    until_ms = int(mine.split(" ")[2])
    ends = datetime.fromtimestamp(until_ms / 1000 - 14 * 3600, UTC).strftime("%Y-%m-%dT%H:%M")
    asked = await visit(
        client, station, one, "/roster/swap", mine=mine, other=other, ends=ends, note="I fly that night."
    )
    assert asked.status_code == 303, asked.text
    (swap,) = (await now_of(client, first))["swaps"]
    assert swap["give_from_ms"] == int(mine.split(" ")[1])
    assert swap["give_from_ms"] < swap["give_until_ms"] < until_ms, "by the clock of the roster's zone"
    assert swap["note"] == "I fly that night."


async def test_two_stand_in_for_one_person_from_the_page_as_on_the_command_line(fresh):
    client, station, (first, _), (one, other) = fresh
    await rotates(client, first, [one])
    form = {"officer": [other, ""], "instead_of": one, "begins": "2030-01-05T08:00", "ends": "2030-01-06T08:00"}
    assert (await visit(client, station, one, "/roster/cover", **form)).status_code == 303
    (change,) = (await now_of(client, first))["changes"]
    assert change["instead_of"]["person"] == one
    assert [each["person"] for each in change["people"]] == [other]
    both = form | {"officer": [other, one], "instead_of": "", "begins": "2030-02-05T08:00", "ends": "2030-02-06T08:00"}
    assert (await visit(client, station, one, "/roster/cover", **both)).status_code == 303
    people = [{each["person"] for each in one["people"]} for one in (await now_of(client, first))["changes"]]
    assert {one, other} in people


async def test_the_end_of_a_rotation_and_how_many_are_on_together_are_set_and_shown_on_the_page(fresh):
    client, station, (first, _), (one, other) = fresh
    form = {
        "name": "feast",
        "officer": [one, other],
        "from_day": "2026-12-20",
        "until_day": "2027-01-05",
        "at_once": "2",
    }
    assert (await visit(client, station, one, "/roster/rules/rotation", **form)).status_code == 303
    (rotation,) = (await client.get(ROSTER, headers=first)).json()["rotations"]
    assert (rotation["until_day"], rotation["at_once"]) == ("2027-01-05", 2)
    page = (await visit(client, station, one, "/roster/rules")).text
    assert "2 are on duty together" in page
    assert "it ends before 2027-01-05" in page


async def test_the_rules_are_set_on_their_page(fresh):
    client, station, (first, _), (one, other) = fresh
    form = {"name": "nights", "officer": [one, other, ""], "from_day": "2026-01-05", "days": "7", "hours": "24/7"}
    assert (await visit(client, station, one, "/roster/rules/rotation", **form)).status_code == 303
    holiday = {"name": "Midwinter", "day": "2026-12-24", "days": "2", "yearly": "1", "watch": [other]}
    assert (await visit(client, station, one, "/roster/rules/holiday", **holiday)).status_code == 303
    station_form = {"name": "Example East", "contacts": "mail:watch@east.example"}
    assert (await visit(client, station, one, "/roster/rules/station", **station_form)).status_code == 303
    standing = {"watch": [one], "timezone": "Europe/Tallinn", "neighbour": "mail:watch@nextdoor.example"}
    assert (await visit(client, station, one, "/roster/rules/standing", **standing)).status_code == 303
    rules = (await client.get(ROSTER, headers=first)).json()
    assert rules["rotations"][0]["officers"] == [one, other]
    assert rules["holidays"][0]["day"] == "12-24"
    assert rules["stations"][0]["name"] == "Example East"
    assert (rules["watch"], rules["timezone"]) == ([one], "Europe/Tallinn")
    page = (await visit(client, station, one, "/roster/rules")).text
    assert "Midwinter" in page
    assert "Example East" in page
    assert (await visit(client, station, one, "/roster/rules/drop-rotation", name="nights")).status_code == 303
    bad = await visit(client, station, one, "/roster/rules/rotation", **(form | {"hours": "always"}))
    assert bad.status_code == 400
    assert "Write 24/7" in bad.text


async def test_the_brief_says_who_holds_each_case_what_is_due_what_is_lacking_and_who_was_asked(fresh, live):
    client, station, (first, _), (one, _) = fresh
    details = {"urgency": "mayday", "natures": ["flooding"], "needs": [{"line": "filtering", "quantity": 40}]}
    called = await client.post("/api/v1/calls", headers=bearer(live.members[0].token), json={"details": details})
    case = called.json()["case"]
    statements = f"/api/v1/cases/{case}/statements"
    await client.post(statements, headers=first, json={"kind": "acknowledged", "body": {}})
    asked = {
        "request": "ab" * 16, "responder": live.members[1].id, "name": "Example Team 1",
        "lines": [{"line": "filtering", "quantity": 10}],
    }  # fmt: skip
    said = await client.post(statements, headers=first, json={"kind": "requested", "body": asked})
    assert said.status_code == 201, said.text
    brief = (await client.get(f"{ROSTER}/brief", headers=first)).json()
    [found] = [each for each in brief["cases"] if each["case"] == case]
    assert found["holder_name"] == "First officer"
    assert found["due"][0]["due_ms"] > 0
    assert found["unmet"][0]["open"] == 40
    assert found["asked"][0]["name"] == "Example Team 1"
    page = await visit(client, station, one, "/roster/brief")
    assert page.status_code == 200
    for words in ("First officer has charge.", "Example Team 1", "Help that is lacking", "Due next"):
        assert words in page.text
