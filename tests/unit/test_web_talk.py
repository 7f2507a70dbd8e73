"""Messages with files at the HTTP door: who may write, who may read, and how a file goes out."""

import re
import sys
from pathlib import Path

import pytest

from esos.message import bodies as b
from esos.message.talk_bodies import FILE_MAX_BYTES, FILES_MAX_COUNT
from esos.station import files as station_files
from esos.station import views
from esos.station.files import clean_name
from esos.station.tokens import SESSION_MS
from esos.web import talk
from esos.web.console import watch
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("talk") / "home", members=4, realm=Realm.REAL)


@pytest.fixture(scope="module")
async def web(live):
    async with inside(live) as (client, station):
        yield client, station


class Story:
    """A case of the first member in which the second is bound and the third was only asked."""

    def __init__(self, client, station, live, case):
        self.client, self.station, self.live, self.case = client, station, live, case
        self.caller, self.helper, self.asked, self.other = (member.token for member in live.members)
        self.officer = live.officers[0].token

    async def say(self, token, kind, body=None):
        path = f"/api/v1/cases/{self.case}/statements"
        return await self.client.post(path, headers=bearer(token), json={"kind": kind, "body": body or {}})

    async def attach(self, token, content=b"evidence", name="log.txt"):
        path = f"/api/v1/cases/{self.case}/files"
        return await self.client.post(path, params={"name": name}, headers=bearer(token), content=content)

    async def fetch(self, token, digest):
        return await self.client.get(f"/api/v1/cases/{self.case}/files/{digest}", headers=bearer(token))


@pytest.fixture
async def story(web, live):
    client, station = web
    call = live.members[0].say("called", b.Called(call=b"talk---1", details=b.CallDetails(natures=(2,))))
    case = (await client.post("/api/v1/statements", content=call.raw)).json()["case"]
    found = Story(client, station, live, case)
    if not (await client.get(f"/api/v1/cases/{case}", headers=bearer(found.officer))).json()["holder"]:
        await found.say(found.officer, "acknowledged")
        for number, request in ((1, "11" * 16), (2, "22" * 16)):
            lines = [{"line": "advice", "quantity": 1}]
            body = {"request": request, "responder": live.members[number].id, "lines": lines}
            assert (await found.say(found.officer, "requested", body)).status_code == 201
        assert (await found.say(found.helper, "committed", {"request": "11" * 16})).status_code == 201
    await found.say(found.officer, "channel_set", {"channel": "open"})
    return found


async def test_a_file_goes_out_as_it_came_in_and_no_browser_is_let_to_look_into_it(story):
    content = b"<script>alert(1)</script>\x00\xff"
    kept = (await story.attach(story.caller, content, name="../../evil\u202egpj.html")).json()
    assert kept["name"] == "evil gpj.html"
    said = await story.say(story.caller, "messaged", {"text": "See the file.", "files": [kept]})
    assert said.status_code == 201, said.text
    answer = await story.fetch(story.helper, kept["digest"])
    assert answer.content == content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"


async def test_a_file_is_for_readers_of_its_message_and_for_nobody_else(story):
    kept = (await story.attach(story.caller, b"for the helper")).json()
    assert (await story.fetch(story.caller, kept["digest"])).json()["code"] == "file.unknown"
    to = [story.live.members[1].id]
    await story.say(story.caller, "messaged", {"text": "For you.", "files": [kept], "to": to})
    seen = {name: (await story.fetch(token, kept["digest"])).status_code for name, token in (
        ("caller", story.caller), ("helper", story.helper), ("asked", story.asked), ("officer", story.officer),
        ("other", story.other),
    )}  # fmt: skip
    assert seen == {"caller": 200, "helper": 200, "asked": 404, "officer": 200, "other": 403}


async def test_what_is_too_large_or_empty_is_refused_with_its_limit(story):
    assert (await story.attach(story.caller, b"")).json()["code"] == "file.empty"
    assert (await story.attach(story.caller, bytes(FILE_MAX_BYTES + 1))).json()["code"] == "file.too_large"
    kept = (await story.attach(story.caller)).json()
    many = await story.say(story.caller, "messaged", {"text": "Many.", "files": [kept] * (FILES_MAX_COUNT + 1)})
    assert many.json()["code"] == "statement.body"


async def test_on_a_restricted_channel_who_was_only_asked_neither_writes_nor_reads(story):
    await story.say(story.officer, "channel_set", {"channel": "restricted"})
    assert (await story.say(story.caller, "messaged", {"text": "Only for helpers."})).status_code == 201
    assert (await story.say(story.asked, "messaged", {"text": "Hello?"})).json()["code"] == "case.restricted"
    assert (await story.attach(story.asked)).json()["code"] == "case.restricted"
    assert (await story.attach(story.helper)).status_code == 201
    views = {token: (await story.client.get(f"/api/v1/cases/{story.case}", headers=bearer(token))).json() for token in (
        story.helper, story.asked,
    )}  # fmt: skip
    texts = {token: [item["text"] for item in view["timeline"]] for token, view in views.items()}
    assert "Only for helpers." in texts[story.helper]
    assert "Only for helpers." not in texts[story.asked]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "http://meet.example.net", "https://a@meet.example.net/"])
async def test_a_conference_is_a_link_of_three_kinds_only(story, link):
    refused = await story.say(story.caller, "messaged", {"text": "Join.", "conference": link})
    assert refused.json()["code"] == "statement.body"


async def test_a_page_takes_a_message_with_a_file_and_a_conference_and_shows_them(story):
    secret = await story.station.tokens.make(
        story.live.members[0].id, "case", lives_ms=60_000, about=bytes.fromhex(story.case)
    )
    page = f"/c/{secret}/talk"
    form = {"text": "Join us at noon.", "conference": "https://meet.example.net/room"}
    answer = await story.client.post(page, data=form, files={"files": ("plan.pdf", b"the plan")})
    assert answer.status_code == 303, answer.text
    shown = (await story.client.get(page)).text
    assert "A meeting on the web, at meet.example.net" in shown
    assert "plan.pdf" in shown
    digest = shown.partition("/talk/")[2][:64]
    assert (await story.client.get(f"{page}/{digest}")).content == b"the plan"
    wrong = await story.client.post(page, data={"text": "Kept words.", "conference": "ftp://x"})
    assert wrong.status_code == 400
    assert "Kept words." in wrong.text


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "etc passwd"),
        ("a\r\nb.txt", "a b.txt"),
        ("", "file"),
        ("..", "file"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
async def test_a_name_of_a_file_is_made_fit_for_every_place(name, clean):
    assert clean_name(name) == clean


async def test_the_newest_messages_are_shown_however_much_was_said_on_the_case_before(story, monkeypatch):
    for text in ("first", "second", "third"):
        assert (await story.say(story.caller, "messaged", {"text": text})).status_code == 201
    monkeypatch.setattr(talk, "TALK_MAX_ITEMS", 2)
    path = f"/api/v1/cases/{story.case}/messages"
    shown = (await story.client.get(path, headers=bearer(story.helper))).json()
    assert [one["text"] for one in shown["messages"]] == ["second", "third"]
    before = (await story.client.get(f"{path}?before={shown['earlier']}", headers=bearer(story.helper))).json()
    assert before["messages"][-1]["text"] == "first"


async def test_a_message_is_found_by_its_reader_behind_any_number_that_others_wrote_to_each_other(story, monkeypatch):
    monkeypatch.setattr(talk, "SLICE_ENTRIES", 2)
    assert (await story.say(story.caller, "messaged", {"text": "to all"})).status_code == 201
    for number in range(5):
        said = {"text": f"aside {number}", "to": [story.live.members[2].id]}
        assert (await story.say(story.caller, "messaged", said)).status_code == 201
    shown = await story.client.get(f"/api/v1/cases/{story.case}/messages", headers=bearer(story.helper))
    texts = [one["text"] for one in shown.json()["messages"]]
    assert "to all" in texts
    assert not any(text.startswith("aside") for text in texts)


async def session_of(story):
    """The first officer, signed in."""
    return await story.station.tokens.make(story.live.officers[0].id, "session", lives_ms=SESSION_MS)


async def test_long_messages_make_no_long_page_and_each_is_reached_by_paging_on(story):
    for number in range(30):
        assert (await story.say(story.caller, "messaged", {"text": f"{number:02}<{'&' * 3_990}"})).status_code == 201
    path, seen = f"/api/v1/cases/{story.case}/messages", []
    before = ""
    while before is not None:
        shown = (await story.client.get(f"{path}{before}", headers=bearer(story.helper))).json()
        seen = [one["text"][:2] for one in shown["messages"]] + seen
        before = f"?before={shown['earlier']}" if shown["earlier"] else None
    assert seen[-30:] == [f"{number:02}" for number in range(30)]
    web = {"cookie": f"esos_session={await session_of(story)}"}
    for page in (f"/watch/{story.case}/talk", f"/watch/{story.case}"):
        answer = await story.client.get(page, headers=web)
        assert answer.status_code == 200
        assert len(answer.content) < 100_000
        assert "29&lt;" in answer.text
    assert "Earlier messages" in (await story.client.get(f"/watch/{story.case}/talk", headers=web)).text


async def test_the_newest_of_a_long_history_is_shown_and_the_rest_page_by_page(story, monkeypatch):
    monkeypatch.setattr(views, "TIMELINE_MAX_ITEMS", 12)
    monkeypatch.setattr(watch, "TIMELINE_MAX_ITEMS", 12)
    monkeypatch.setattr(watch, "HISTORY_ON_PAGE", 5)
    for number in range(20):
        assert (await story.say(story.caller, "messaged", {"text": f"piece {number:02}"})).status_code == 201
    web = {"cookie": f"esos_session={await session_of(story)}"}
    found = []
    for part in ("all", "5", "10"):
        text = (await story.client.get(f"/watch/{story.case}?history={part}", headers=web)).text
        found += re.findall(r"piece (\d\d)", text.partition('id="history"')[2])
        assert ("Earlier statements" in text) == (part != "10")
        assert "Very much was said" in text
    assert found == [f"{number:02}" for number in range(19, 7, -1)]


# ---------------------------------------------------------------------- whoever nobody has called back yet
MIB = 1_048_576


async def test_one_helper_cannot_use_up_the_room_that_the_caller_has_for_its_files(story, monkeypatch):
    monkeypatch.setitem(station_files.SHARES_MAX_COUNT, "message", 1_000)
    monkeypatch.setattr(station_files, "PARTY_FILES_MAX_BYTES", 1_000)
    kept = [(await story.attach(story.helper, bytes([number]) * 400)).status_code for number in range(3)]
    assert kept == [201, 201, 409]
    refused = (await story.attach(story.helper, b"9" * 400)).json()
    assert (refused["code"], "Your files" in refused["detail"]) == ("file.own_full", True)
    assert (await story.attach(story.asked, b"8" * 400)).status_code == 201
    for number in range(4):
        assert (await story.attach(story.caller, bytes([100 + number]) * 400)).status_code == 201
    monkeypatch.setattr(station_files, "PARTY_FILES_MAX_COUNT", 1)
    assert (await story.attach(story.asked, b"7")).json()["code"] == "file.own_many"
    monkeypatch.setitem(station_files.SHARES_MAX_COUNT, "message", 1)
    assert (await story.attach(story.officer, b"6")).json()["code"] == "file.case_many"
    assert (await story.attach(story.caller, b"5")).status_code == 201


async def visitor(client, name):
    """The page of somebody unknown who called just now."""
    sent = await client.post("/", data={"urgency": "mayday", "name": name, "confirmed": "1"})
    assert sent.status_code == 303, sent.text
    return sent.headers["location"].partition("?")[0]


async def hand_in(client, page, mark):
    """A message with one MiB that no other is like."""
    files = {"files": ("log.bin", mark + bytes(MIB - 1))}
    return await client.post(f"{page}/talk", data={"text": "See the file."}, files=files)


async def test_a_visitor_s_third_mib_is_refused_while_its_words_a_cancel_and_a_new_call_are_taken(web):
    client, station = web
    client.cookies.clear()
    page = await visitor(client, "Example Clinic")
    assert [(await hand_in(client, page, mark)).status_code for mark in (b"1", b"2")] == [303, 303]
    refused = await hand_in(client, page, b"3")
    assert refused.status_code == 409
    assert "words are taken" in refused.text
    assert (await station.journal.files_used()).strangers.size_bytes == 2 * MIB
    assert (await client.post(f"{page}/talk", data={"text": "Nobody can reach the ward."})).status_code == 303
    assert (await client.post(f"{page}/cancelled", data={"confirmed": "1"})).status_code == 303
    client.cookies.clear()
    another = await visitor(client, "Example Harbour")
    assert (await hand_in(client, another, b"4")).status_code == 303


async def test_whoever_was_called_back_has_the_room_of_a_case_and_takes_none_from_strangers(web, live):
    client, station = web
    client.cookies.clear()
    before = (await station.journal.files_used()).strangers.size_bytes
    page = await visitor(client, "Example Mill")
    assert [(await hand_in(client, page, mark)).status_code for mark in (b"5", b"6", b"7")] == [303, 303, 409]
    assert (await station.journal.files_used()).strangers.size_bytes == before + 2 * MIB
    rows = (await client.get("/api/v1/cases", headers=bearer(live.officers[0].token))).json()["cases"]
    case = next(row["case"] for row in rows if row["caller_name"] == "Example Mill")
    found = Story(client, station, live, case)
    await found.say(found.officer, "acknowledged")
    called_back = await found.say(found.officer, "called_back", {"result": "in_distress"})
    assert called_back.status_code == 201, called_back.text
    assert (await hand_in(client, page, b"7")).status_code == 303
    assert (await station.journal.files_used()).strangers.size_bytes == before
