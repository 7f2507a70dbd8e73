"""Law beside a case: help never waits for it, one action names it, the caller is reminded, and drafts are its own."""

import asyncio
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from doubles.case_play import CALLER, HOUR_MS, START_MS, Play

from esos.case import law as case_law
from esos.law.clocks import running
from esos.law.read import shipped_laws
from esos.message.bodies import CallDetails, Committed, NeedAsk
from esos.station.law import LawWatch, moments_of, time_ahead
from esos.web.csrf import SESSION_COOKIE, Csrf
from esos.words.nature import Nature
from esos.words.need import NeedLine
from esos.words.realm import Realm
from esos.words.urgency import Urgency

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside

pytestmark = pytest.mark.anyio
MAYDAY = CallDetails(urgency=Urgency.MAYDAY)
ADVICE = {"line": "advice", "quantity": 1}
SOURCES = Path(case_law.__file__).parent.parent
READERS = {"case/law.py", "case/model.py", "case/parts.py", "station/law.py", "station/paging.py"}


def test_nothing_but_the_pages_of_law_reads_what_was_said_of_laws():
    """Neither a guard nor a timer, a ranking or an urgency may wait for law."""
    decides = [
        path for part in ("case", "duty", "triage", "beacon", "station") for path in (SOURCES / part).glob("*.py")
    ]
    reads = {str(path.relative_to(SOURCES)) for path in decides if ".laws" in path.read_text(encoding="utf-8")}
    assert reads - {"station/station.py"} <= READERS


@pytest.mark.parametrize(
    ("hours", "expected"), [(1, 24 * 60), (19, 6 * 60), (23.5, 60), (25, 0)], ids=["day", "six", "hour", "over"]
)
def test_the_nearest_time_ahead_is_the_one_that_is_said(hours, expected):
    play = Play().say(CALLER, "called", call=b"call-one", details=MAYDAY).say(CALLER, "law_named", law="nis2")
    law = next(one for one in shipped_laws() if one.id == "nis2")
    first = running(law, moments_of(law, play.case))[0]
    assert time_ahead(law, first, play.case, START_MS + int(hours * HOUR_MS)) == expected


def test_nobody_is_reminded_of_what_went_out():
    play = Play().say(CALLER, "called", call=b"call-one", details=MAYDAY)
    play.say(CALLER, "law_named", law="nis2", moments={"early-warning": START_MS})
    law = next(one for one in shipped_laws() if one.id == "nis2")
    first = running(law, moments_of(law, play.case))[0]
    assert time_ahead(law, first, play.case, START_MS + 23 * HOUR_MS) is None


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("law") / "home", members=4, realm=Realm.EXERCISE)


@pytest.fixture(scope="module")
async def web(live):
    async with inside(live) as (client, station):
        yield client, station


async def called(client, live, number: int = 0) -> tuple[str, str, dict]:
    """A new call of a member: its case, the path of its page, and its own header."""
    mine = bearer(live.members[number].token)
    said = {"details": {"urgency": "mayday", "natures": ["flooding"], "words": "Our lines are full."}}
    taken = (await client.post("/api/v1/calls", json=said, headers=mine)).json()
    return taken["case"], urlsplit(taken["page"]).path, mine


async def test_one_action_on_the_callers_page_names_a_law_and_the_draft_is_there(web, live):
    client, _ = web
    case, path, mine = await called(client, live)
    before = (await client.get(path)).text
    assert 'value="yes"' in before
    assert (await client.post(f"{path}/law/nis2", data={"applies": "yes"})).status_code == 303
    after = (await client.get(path)).text
    assert f"{path}/law/nis2/early-warning" in after
    page = (await client.get(f"{path}/law/nis2/early-warning")).text
    assert "Our lines are full." in page
    kept = await client.post(f"{path}/law/nis2/early-warning", data={"text": "We wrote this ourselves."})
    assert kept.status_code == 303
    assert "We wrote this ourselves." in (await client.get(f"{path}/law/nis2/early-warning")).text
    shown = (await client.get(f"/api/v1/cases/{case}/laws", headers=mine)).json()["laws"]
    assert "nis2" in [law["law"] for law in shown if law["named"]]


UNSAID = "Nobody has said whether a law asks for a report."


@pytest.mark.parametrize("answer", ["yes", "no"])
async def test_once_a_case_is_stabilised_both_sides_read_that_nobody_spoke_of_law_until_somebody_does(
    web, live, answer
):
    client, station = web
    case, path, _ = await called(client, live, 1 if answer == "yes" else 3)
    officer, say = bearer(live.officers[0].token), f"/api/v1/cases/{case}/statements"
    session = {"cookie": f"esos_session={await station.tokens.session(live.officers[0].id)}", "accept": "text/html"}
    assert UNSAID not in (await client.get(path)).text
    asked = {"request": ("01" if answer == "yes" else "02") * 16, "responder": live.members[0].id, "lines": [ADVICE]}
    for kind, body in (("acknowledged", {}), ("requested", asked)):
        assert (await client.post(say, json={"kind": kind, "body": body}, headers=officer)).status_code == 201
    body = Committed(request=bytes.fromhex(asked["request"]), lines=(NeedAsk(line=NeedLine.ADVICE, quantity=1),))
    bound = live.members[0].say("committed", body, case=case)
    kept = await client.post("/api/v1/statements", content=bound.raw, headers={"Content-Type": "application/cose"})
    assert kept.status_code == 201, kept.text
    for kind, body in (
        ("called_back", {"result": "in_distress", "by": "the number on the card"}),
        ("stabilised", {}),
    ):
        said = await client.post(say, json={"kind": kind, "body": body}, headers=officer)
        assert said.status_code == 201, said.text
    assert UNSAID in (await client.get(path)).text
    assert UNSAID in (await client.get(f"/watch/{case}", headers=session)).text
    assert (await client.post(f"{path}/law/nis2", data={"applies": answer})).status_code == 303
    assert UNSAID not in (await client.get(path)).text
    assert UNSAID not in (await client.get(f"/watch/{case}", headers=session)).text


async def test_the_callers_page_says_when_it_was_and_that_a_report_went_out(web, live):
    client, _ = web
    case, path, mine = await called(client, live)
    await client.post(f"{path}/law/gdpr", data={"applies": "yes"})
    await client.post(f"{path}/law/gdpr", data={"moment": "aware", "at": "2026-01-05T08:00"})
    await client.post(f"{path}/law/gdpr", data={"moment": "notification"})
    shown = (await client.get(f"/api/v1/cases/{case}/laws", headers=mine)).json()["laws"]
    (clock,) = next(law for law in shown if law["law"] == "gdpr")["clocks"]
    assert clock["due_ms"] == 1_767_859_200_000
    assert clock["sent_ms"]
    assert (await client.post(f"{path}/law/gdpr", data={"moment": "no-such"})).status_code == 404
    assert (await client.post(f"{path}/law/gdpr", data={"moment": "aware", "at": "soon"})).status_code == 400
    assert (await client.get(f"{path}/law/nothing/at-all")).status_code == 404


async def test_a_draft_is_for_the_caller_and_the_station_and_for_no_helper(web, live):
    client, _ = web
    case, _, mine = await called(client, live)
    officer, helper = bearer(live.officers[0].token), bearer(live.members[1].token)
    said = {"kind": "law_drafted", "body": {"law": "dora", "clock": "initial", "text": "For our authority."}}
    await client.post(f"/api/v1/cases/{case}/statements", json=said, headers=mine)
    request = {"request": "ab" * 16, "responder": live.members[1].id, "name": "Helper", "lines": [ADVICE]}
    await client.post(f"/api/v1/cases/{case}/statements", json={"kind": "acknowledged", "body": {}}, headers=officer)
    await client.post(f"/api/v1/cases/{case}/statements", json={"kind": "requested", "body": request}, headers=officer)
    path = f"/api/v1/cases/{case}/laws/dora/initial"
    assert (await client.get(path, headers=mine)).json()["text"] == "For our authority."
    assert (await client.get(path, headers=officer)).json()["text"] == "For our authority."
    assert (await client.get(path, headers=helper)).status_code == 403
    assert (await client.get(f"/api/v1/cases/{case}", headers=helper)).status_code == 200
    seen = (await client.get(f"/api/v1/cases/{case}/statements", headers=helper)).json()["statements"]
    assert "law_drafted" not in {one["kind"] for one in seen}


async def test_a_draft_of_the_caller_is_not_for_a_relay_on_any_door_and_one_of_a_relay_is_for_the_caller(web, live):
    client, _ = web
    caller, relay = live.members[2], bearer(live.members[1].token)
    said = {"relay_for": {"caller": caller.id, "vouched": True}, "details": {"natures": ["flooding"]}}
    taken = (await client.post("/api/v1/calls", json=said, headers=relay)).json()
    case, page = taken["case"], urlsplit(taken["page"]).path
    assert (await client.get(page)).status_code == 200
    saying = f"/api/v1/cases/{case}/statements"
    mine = {"kind": "law_drafted", "body": {"law": "dora", "clock": "initial", "text": "For our authority."}}
    assert (await client.post(saying, json=mine, headers=bearer(caller.token))).status_code == 201
    draft = f"/api/v1/cases/{case}/laws/dora/initial"
    assert (await client.get(draft, headers=relay)).json()["code"] == "law.draft_of_another"
    shown = await client.get(f"{page}/law/dora/initial")
    assert (shown.status_code, "For our authority." in shown.text) == (403, False)
    assert (await client.post(f"{page}/law/dora/initial", data={"text": "Over it."})).status_code == 403
    assert (await client.get(draft, headers=bearer(caller.token))).json()["text"] == "For our authority."
    theirs = {"kind": "law_drafted", "body": {"law": "nis2", "clock": "final", "text": "Written for you."}}
    assert (await client.post(saying, json=theirs, headers=relay)).status_code == 201
    found = await client.get(f"/api/v1/cases/{case}/laws/nis2/final", headers=bearer(caller.token))
    assert found.json()["text"] == "Written for you."
    rows = (await client.get(saying, headers=bearer(caller.token))).json()["statements"]
    assert [row["kind"] for row in rows].count("law_drafted") == 2


async def _reminded(station, case: str) -> dict:
    """Of what the caller was reminded, as far as it is folded."""
    await station.fold_all()
    _, kept = await station.views.record(bytes.fromhex(case))
    return kept.laws["nis2"].reminded if "nis2" in kept.laws else {}


async def test_the_station_reminds_the_caller_by_itself(web, live):
    client, station = web
    case, path, _ = await called(client, live, 2)
    await client.post(f"{path}/law/nis2", data={"applies": "yes"})
    aware = station.clock.now_ms() - 23 * HOUR_MS - HOUR_MS // 2
    body = {"law": "nis2", "moments": {"aware": aware}}
    officer = bearer(live.officers[0].token)
    await client.post(f"/api/v1/cases/{case}/statements", json={"kind": "law_named", "body": body}, headers=officer)
    async with asyncio.timeout(60):
        while not await _reminded(station, case):
            await LawWatch(station).run_once()
            await asyncio.sleep(0.05)
    assert (await _reminded(station, case))["early-warning"].before_minutes == 60
    pages = [one for one in await station.journal.parcels(case=bytes.fromhex(case)) if b"law_due" in one.parcel.blob]
    assert len(pages) == len({one.parcel.id for one in pages}) >= 1


async def test_the_page_for_officers_shows_the_clocks_and_takes_a_law(web, live):
    client, station = web
    case, _, _ = await called(client, live)
    link = await station.tokens.session(live.officers[0].id)
    client.cookies.set(SESSION_COOKIE, link)
    csrf = Csrf(station.identity.master).token_for(link)
    assert 'id="law"' in (await client.get(f"/watch/{case}")).text
    named = await client.post(f"/watch/{case}/law/circia", data={"applies": "yes", "csrf": csrf})
    assert named.status_code == 303
    draft = (await client.get(f"/watch/{case}/law/circia/incident")).text
    assert "DRILL" in draft
    assert "Not in force" in (await client.get(f"/watch/{case}")).text
    client.cookies.clear()


async def test_first_aid_is_there_for_everybody_and_the_wall_has_every_card(web):
    client, _ = web
    assert (await client.get("/first-aid")).status_code == 200
    wall = await client.get("/first-aid/wall")
    assert wall.text.count('class="sheet"') == len(Nature)
    assert len(wall.content) < 100_000
    assert wall.text.count("DRILL: this station is for practice.") == len(Nature)
    card = (await client.get("/first-aid/flooding")).text
    assert "A full line can only be cleared before it reaches you." in card
    assert "RFC 3227" in card
    assert (await client.get("/first-aid/no-such-thing")).status_code == 400


async def test_the_callers_page_shows_the_card_with_its_whys_the_moment_a_call_is_sent(web, live):
    client, _ = web
    _, path, _ = await called(client, live)
    page = (await client.get(path)).text
    assert "A full line can only be cleared before it reaches you." in page
    assert 'href="/first-aid/flooding"' in page
