"""Laws are shown, drafted and reminded of in the language of whoever reads; what is kept of them is as the file has it."""

import asyncio
import sys
from pathlib import Path

import msgspec
import pytest
from doubles.case_play import CALLER, HOUR_MS, START_MS, STATION, Play
from test_catalogues import LANGUAGES, tool  # noqa: F401 - the fixture is used by its name

from esos.case.event import Page, Reason
from esos.law.clocks import running
from esos.law.draft import Facts, draft
from esos.law.read import laws_with, shipped_laws
from esos.message.bodies import CallDetails
from esos.station.law import LawWatch, moments_of
from esos.words.language import ENGLISH, Tongue, speaking
from esos.words.page_text import PageFacts, PageReason, page_text
from esos.words.realm import Realm
from esos.words.urgency import Urgency

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside

OWN = """
[[law]]
id = "club"
title = "Rules of the club"
applies = "You are in the club."
to = "The board"
source = "Rules, 3"
link = "https://club.example/rules"
checked = "2026-01-01"
[[law.moments]]
id = "aware"
words = "You saw {it}"
is_the_call = true
[[law.clocks]]
id = "note"
title = "A note to {all}"
source = "3.1"
limits = [{ start = "aware", hours = 1 }]
asks = ["what"]
"""


class Marked:
    """A catalogue of the shipped sentences in which each begins with a mark."""

    def __init__(self, known):
        self.known = known

    def gettext(self, message, /):
        return f"fr: {message}" if message in self.known else message

    def ngettext(self, one, many, count, /):
        return self.gettext(one if count == 1 else many)


def shown_of(law) -> set[str]:
    parts = [law.title, law.applies, law.to, law.note, *(one.words for one in law.moments)]
    return {one for one in [*parts, *(text for one in law.clocks for text in (one.title, one.note))] if one}


SHIPPED = {text for law in shipped_laws() for text in shown_of(law)}
MARKED = Tongue("fr", Marked(SHIPPED | {"{title} under {law}", "DRAFT: {title} under {law}", "To: {to}"}))


@pytest.mark.parametrize("code", LANGUAGES)
def test_everything_that_is_shown_of_a_shipped_law_is_a_sentence_of_the_catalogue(tool, code):  # noqa: F811
    known = set(tool.translations(tool.read(code)))
    assert len(SHIPPED) > 30
    assert sorted(text for text in SHIPPED if (text,) not in known) == []


def drafted(laws, name: str) -> str:
    law = next(one for one in laws if one.id == name)
    play = Play().say(CALLER, "called", call=b"call-one", details=CallDetails(urgency=Urgency.MAYDAY))
    return draft(law, running(law, moments_of(law, play.case))[0], Facts()).text


def test_a_draft_names_report_law_and_reader_in_the_language_of_whoever_opens_it():
    with speaking(MARKED):
        text = drafted(shipped_laws(), "nis2")
    assert text.startswith("fr: DRAFT: fr: Early warning under fr: NIS2\n")
    assert "fr: To: fr: Your CSIRT" in text
    assert drafted(shipped_laws(), "nis2").startswith("DRAFT: Early warning under NIS2\n")


def test_a_law_of_a_clubs_own_file_is_drafted_as_the_file_has_it():
    with speaking(MARKED):
        text = drafted(laws_with(OWN.encode()), "club")
    assert text.startswith("fr: DRAFT: A note to {all} under Rules of the club\n")


def test_one_reminder_is_told_to_each_reader_in_its_own_language():
    facts = PageFacts(urgency=Urgency.PAN_PAN, report="Early warning", law="NIS2", due_ms=START_MS, now_ms=START_MS)
    with speaking(MARKED):
        said = page_text(PageReason.LAW_DUE, facts)
    assert said[0] == "A report is due: fr: fr: Early warning under fr: NIS2"
    assert page_text(PageReason.LAW_DUE, facts)[0] == "A report is due: Early warning under NIS2"


def test_a_reminder_about_a_law_of_ones_own_is_told_as_the_file_has_it():
    facts = PageFacts(urgency=Urgency.PAN_PAN, report="A note to {all}", law="Rules\nof it", due_ms=START_MS)
    assert page_text(PageReason.LAW_DUE, facts)[0] == "A report is due: A note to {all} under Rules of it"


def test_a_case_keeps_of_a_reminder_what_report_it_was_of():
    play = Play().say(CALLER, "called", call=b"call-one", details=CallDetails(urgency=Urgency.MAYDAY))
    play.say(CALLER, "law_named", law="nis2")
    body = {"law": "nis2", "clock": "final", "due_ms": 9, "before_minutes": 60}
    play.say(STATION, "law_reminded", **body, title="Final report", under="NIS2")
    kept = play.case.laws["nis2"].reminded["final"]
    assert (kept.title, kept.under) == ("Final report", "NIS2")
    assert any(isinstance(one, Page) and one.reason is Reason.LAW_DUE for _, done in play.history for one in done)


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("law-languages") / "home", members=1, realm=Realm.EXERCISE)


@pytest.mark.anyio
async def test_the_statement_and_the_page_that_goes_out_leave_the_language_to_the_reader(live):
    async with inside(live) as (client, station):
        station.tongues.known, station.tongues.own = {"en": ENGLISH, "fr": MARKED}, "fr"
        mine = bearer(live.members[0].token)
        taken = (await client.post("/api/v1/calls", json={"details": {"urgency": "mayday"}}, headers=mine)).json()
        case = bytes.fromhex(taken["case"])
        await station.fold_all()
        aware = station.clock.now_ms() - 23 * HOUR_MS - HOUR_MS // 2
        body = {"law": "nis2", "moments": {"aware": aware}}
        officer = bearer(live.officers[0].token)
        url = f"/api/v1/cases/{case.hex()}/statements"
        assert (await client.post(url, json={"kind": "law_named", "body": body}, headers=officer)).status_code < 300
        await station.fold_all()
        async with asyncio.timeout(60):
            watch = LawWatch(station)
            while "early-warning" not in (await station.views.record(case))[1].laws["nis2"].reminded:
                with speaking(MARKED):
                    await watch.run_once()
                await station.fold_all()
        kept = (await station.views.record(case))[1].laws["nis2"].reminded["early-warning"]
        assert (kept.title, kept.under) == ("Early warning", "NIS2")
        path = taken["page"].partition("/c/")[2]
        french = await client.get(f"/c/{path}", headers={"accept-language": "fr"})
        english = await client.get(f"/c/{path}", headers={"accept-language": "en"})
    for text in SHIPPED & {"NIS2", "Early warning", "You became aware of the significant incident", "DORA"}:
        assert f">fr: {text}<" in french.text, text
        assert f">{text}<" in english.text, text
        assert "fr: " not in english.text
    assert msgspec.to_builtins(kept)["before_minutes"] == 60
