"""The subject of a mail: what somebody is woken by, what keeps a conversation together, and what it gives away."""

import datetime as dt
import re
from email import message_from_bytes
from email.policy import SMTP
from email.policy import default as modern

import pytest

from esos.catalogues import tongues
from esos.paging.smtp import SmtpConfig, SmtpSecurity, mail_of
from esos.station.mail_thread import mail_thread, subject_of
from esos.station.paging import PageOrder
from esos.station.ports import PageFrame, PageMessage
from esos.words.language import speaking
from esos.words.page_reasons import PageReason
from esos.words.page_words import PAGES
from esos.words.urgency import Urgency

CASE, PARCEL = bytes(range(16)), bytes(32)
CONFIG = SmtpConfig(host="127.0.0.1", sender="watch@station.example", security=SmtpSecurity.PLAIN)
WRITTEN = dt.datetime(2026, 3, 1, 0, 50, 6, tzinfo=dt.UTC)
TELLS = {
    PageReason.NOT_TAKEN, PageReason.RELEASED, PageReason.CANCELLED, PageReason.STANDDOWN_PROPOSED,
    PageReason.COMMITTED_TO_CALLER, PageReason.OFFICER_HAS_YOUR_CASE, PageReason.LAW_DUE, PageReason.STOOD_DOWN,
    PageReason.CALL_TAKEN_BACK, PageReason.ENDED, PageReason.NOT_NEEDED, PageReason.WARNING_OVER, PageReason.MESSAGE,
    PageReason.MESSAGE_QUIET, PageReason.PAGE_RETURNED,
}  # fmt: skip
"""What tells its reader something, and wants nothing that cannot wait."""


def order(says: PageReason, urgency: Urgency = Urgency.MAYDAY) -> PageOrder:
    return PageOrder(
        reason="asked", says=says.value, audience="asked", party="one", name="One", channel="mail",
        address="one@example.org", case=CASE, caller_name="Example Hospital", urgency=urgency.value,
    )  # fmt: skip


def sent(says: PageReason, urgency: Urgency = Urgency.MAYDAY, *, station: str = "Example Watch", is_exercise=False):
    """The mail of a page as another server reads it, from its bytes."""
    page = PageMessage(
        stable_id="page-1", address="one@example.org", title="x", body="y", link="", urgency=urgency.value,
        is_exercise=is_exercise, frame=PageFrame.spoken(), **mail_thread(PARCEL, order(says, urgency), None, station),
    )  # fmt: skip
    raw = mail_of(page, CONFIG, written=WRITTEN).as_bytes(policy=SMTP)
    return raw, message_from_bytes(raw, policy=modern)


def base(subject: str) -> str:
    """The base of a subject, by which mail programs file (RFC 5256, 2.1), as far as these have prefixes."""
    before = ""
    while before != subject:
        before, subject = (
            subject,
            re.sub(r"^(?:(?:re|fwd?)\s*:|\[[^\[\]]*\](?=\s*\S))\s*", "", subject, flags=re.IGNORECASE),
        )
    return subject


@pytest.mark.parametrize("urgency", list(Urgency))
def test_what_wakes_or_asks_begins_with_its_urgency_and_what_only_tells_does_not(urgency):
    for says in PageReason:
        _, mail = sent(says, urgency)
        is_first = mail["Subject"].startswith(f"[{urgency.upper()}: {urgency.words}] Case ")
        assert is_first is (says not in TELLS), says
        assert is_first or mail["Subject"].startswith("Case ")


def test_no_subject_says_more_than_urgency_case_and_station():
    subjects = {sent(says)[1]["Subject"] for says in PageReason}
    assert subjects == {subject_of(CASE, "Example Watch"), subject_of(CASE, "Example Watch", Urgency.MAYDAY)}
    assert "Hospital" not in "".join(subjects)


def test_a_page_names_its_urgency_in_the_subject_only_where_its_title_does():
    assert {says for says, words in PAGES.items() if not words.title.startswith("{urgency}")} == TELLS


def test_whatever_its_urgency_a_conversation_keeps_one_subject_for_programs_that_file_by_it():
    asked = [sent(PageReason.ASKED, urgency)[1]["Subject"] for urgency in Urgency]
    told = sent(PageReason.MESSAGE)[1]["Subject"]
    assert len({*asked, told}) == 4
    assert {base(one) for one in (*asked, told, f"Re: {asked[0]}", f"RE: Re: {told}")} == {told}
    roots = {sent(says)[1]["References"] for says in PageReason}
    assert len(roots) == 1


def test_a_drill_is_a_drill_before_anything_else():
    assert sent(PageReason.ASKED, is_exercise=True)[1]["Subject"].startswith("DRILL – [MAYDAY: Emergency now] Case ")
    assert sent(PageReason.MESSAGE, is_exercise=True)[1]["Subject"].startswith("DRILL – Case ")


@pytest.mark.parametrize("code", ["en", "fr", "es", "ar"])
def test_in_every_language_the_subject_begins_with_the_same_code_and_the_readers_own_word(code):
    with speaking(tongues()[code]):
        for urgency in Urgency:
            _, mail = sent(PageReason.WATCH_DUE, urgency)
            assert mail["Subject"].startswith(f"[{urgency.upper()}: {urgency.words}] ")
            assert base(mail["Subject"]) == base(sent(PageReason.MESSAGE)[1]["Subject"])


@pytest.mark.parametrize(
    "station",
    [
        "Wache Süd – Zürich, Abteilung für Störungen und Notfälle " * 5,
        "مركز المراقبة",
        "A\r\nBcc: all@example.org",
        "]" * 80,
        "",
    ],
)
def test_no_name_of_a_station_breaks_the_line_hides_the_urgency_or_adds_a_header(station):
    raw, mail = sent(PageReason.WATCH_DUE, station=station)
    assert mail["Subject"].startswith("[MAYDAY: Emergency now] Case ")
    assert mail["Bcc"] is None
    assert len(mail["Subject"]) <= 200
    head = raw.partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    subject = [line for line in head.split(b"\r\n") if line.lower().startswith(b"subject:")]
    assert len(subject) == 1
    assert head.isascii()
