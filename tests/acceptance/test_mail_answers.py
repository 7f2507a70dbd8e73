"""Mail as people use it, with real mail servers on both sides: the station's, and one that takes what it sends."""

import asyncio
import sys
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.policy import default as modern
from pathlib import Path

import aiosmtplib
import msgspec
import pytest
from aiosmtpd.controller import Controller

from esos.carriers.address import read_address
from esos.keys.speaker import KnownBy
from esos.message import bodies as b
from esos.message.card import Contact, MemberCard
from esos.message.reading import read_any
from esos.message.statement import write_statement
from esos.pact import shipped
from esos.service import founder_of, opened_station, running_station
from esos.settings import Settings
from esos.station import files as station_files
from esos.station.telling import _mail_text
from esos.station.tokens import Holder
from esos.vault.home import Home
from esos.vault.keyfile import new_key
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent))

from live import card_of, now_ms

pytestmark = pytest.mark.anyio
ADDRESS = "sos@watch.example"
TEAM, CALLER, OFFICER = "team@network.example", "it@hospital.example", "officer@watch.example"


class Inbox(Controller):
    """A mail server that keeps what it takes."""

    def __init__(self):
        self.mails = []
        super().__init__(self, hostname="127.0.0.1", port=0)

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - the name that aiosmtpd calls
        mail = message_from_bytes(envelope.content, policy=modern)
        self.mails.append((envelope.rcpt_tos[0], envelope.mail_from, mail))
        return "250 OK"

    def to(self, address):
        return [(sender, mail) for to, sender, mail in self.mails if to == address]


@pytest.fixture
def inbox():
    server = Inbox()
    server.start()
    yield server
    server.stop()


class Club:
    """A station in service with a caller, a team that is asked, and an officer: each known by a mail address."""

    def __init__(self, running, inbox, parties):
        self.running, self.station, self.inbox = running, running.station, inbox
        self.caller, self.team, self.officer = parties
        self.case = b""

    def speaker(self, party):
        return self.station.desk.speaker(Holder(party=party, purpose="session", known_by=KnownBy.SESSION))

    async def says(self, party, kind, plain=None):
        return await self.station.desk.say(self.speaker(party), kind, plain or {}, case=self.case)

    async def called(self):
        """A call that nobody has taken yet."""
        called = await self.station.desk.say(
            self.speaker(self.caller), "called", {"call": b"mailtest", "details": {"natures": [2]}}
        )
        self.case = bytes.fromhex(called.case)

    async def asked(self):
        """A call, taken by the officer, who asks the team; the mail that asks it."""
        if not self.case:
            await self.called()
        await self.says(self.officer, "acknowledged")
        await self.says(
            self.officer,
            "requested",
            {"request": b"r" * 16, "responder": self.team, "lines": [{"line": "advice", "quantity": 2}]},
        )
        return await self.mail_to(TEAM, "asks for your help")

    async def mail_to(self, address, words):
        """The newest mail to an address with these words, with its envelope's sender."""
        found = []

        def is_there():
            found[:] = [one for one in self.inbox.to(address) if words in one[1].get_content().replace("\r\n", "\n")]
            return found

        await until(is_there)
        return found[-1]

    async def send(self, mail, *, to, sender):
        where = read_address(self.running.mail)
        raw = mail if isinstance(mail, bytes) else mail.as_bytes(policy=SMTP)
        async with aiosmtplib.SMTP(hostname=where.host, port=where.port, start_tls=False, timeout=30) as client:
            return await client.sendmail(sender, [to], raw)

    async def reply(self, asked, text, *, sender=TEAM, **changes):
        """Answer a mail as a mail program does."""
        return await self.send(reply_to(asked, text, sender=sender, **changes), to=asked["Reply-To"], sender=sender)

    async def entries(self, kind):
        return [entry for entry in await self.station.journal.read(case=self.case) if entry.kind == kind]

    async def said(self, kind):
        """The bodies said of a kind, once there is one and all are folded."""
        await until_async(lambda: self.entries(kind))
        return [read_any(entry.cose).body for entry in await self.entries(kind)]

    async def request(self):
        _, case = await self.station.views.record(self.case)
        return case.requests[b"r" * 16]


async def until(claim):
    async with asyncio.timeout(60):
        while not claim():
            await asyncio.sleep(0.02)


async def until_async(claim):
    async with asyncio.timeout(60):
        while not await claim():
            await asyncio.sleep(0.02)


def reply_to(asked, text, *, sender=TEAM, **headers):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, asked["Reply-To"], f"Re: {asked['Subject']}"
    mail["Message-ID"], mail["In-Reply-To"] = "<answer@network.example>", asked["Message-ID"]
    mail["References"] = f"{asked['References']} {asked['Message-ID']}"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    quoted = "\n".join(f"> {line}" for line in asked.get_content().splitlines())
    mail.set_content(f"{text}\n\nOn Monday the station wrote:\n{quoted}\n")
    return mail


def with_files(asked, text, count, content=b"evidence"):
    mail = reply_to(asked, text, Date=f"Fri, 27 Nov 2026 06:00:{count:02} +0000")
    for number in range(count):
        mail.add_attachment(content, maintype="image", subtype="png", disposition="inline", filename=f"{number}.png")
    return mail


def with_mail(card_raw, key, address):
    """The same card with a mail address."""
    card = read_any(card_raw).body.card
    values = {name: getattr(card, name) for name in MemberCard.__struct_fields__}
    values["contacts"] = (Contact(channel="mail", address=address),)
    body = b.CardSigned(card=MemberCard(**values))
    return write_statement(seed=key.seed, realm=key.realm, kind="card_signed", body=body, time_ms=now_ms()).raw


@asynccontextmanager
async def club(folder, inbox):
    home = Home(folder / "home")
    home.create(name="Example Watch", realm=Realm.REAL)
    settings = Settings(
        http="127.0.0.1:0", udp="", smtp_host="127.0.0.1", smtp_port=inbox.port, smtp_tls="none",
        smtp_from="watch@watch.example", mail="127.0.0.1:0", mail_address=ADDRESS,
    )  # fmt: skip
    async with opened_station(home, settings, lambda: "") as station:
        founder, parties = founder_of(station), []
        await founder.publish_pact(shipped.load("club")[0])
        for name, address in (("Example Hospital", CALLER), ("Example Network", TEAM)):
            key = new_key(Realm.REAL)
            parties.append(await founder.register(with_mail(card_of(name, key), key, address)))
        ways = (Contact(channel="mail", address=OFFICER),)
        parties.append(await founder.add_officer("Officer One", ("officer", "registrar"), contacts=ways))
    async with running_station(home, settings) as running:
        yield Club(running, inbox, parties)


@pytest.fixture
async def house(tmp_path, inbox):
    async with club(tmp_path, inbox) as found:
        yield found


async def test_requests_and_answers_are_one_thread_for_a_person_and_a_reply_of_one_word_is_its_answer(house):
    sender, asked = await house.asked()
    assert asked["Subject"].startswith("[MAYDAY: Emergency now] Case ")
    assert asked["Reply-To"].startswith("sos+r")
    assert sender.startswith("sos+b")
    assert asked["Auto-Submitted"] == "auto-generated"
    assert asked["List-Id"] == "<pages.watch.example>"
    await house.reply(asked, "coming: two people, by telephone")
    (committed,) = await house.said("committed")
    assert committed.request == b"r" * 16
    assert (await house.request()).is_bound
    (message,) = await house.said("messaged")
    assert message.text == "coming: two people, by telephone"
    _, told = await house.mail_to(TEAM, "Your answer is recorded")
    assert told["Auto-Submitted"] == "auto-replied"
    assert told["In-Reply-To"] == "<answer@network.example>"
    assert asked["Subject"].endswith(f"] {told['Subject']}")
    assert told["Subject"].startswith("Case ")
    assert told["References"].split()[0] == asked["References"].split()[0]
    whole = await house.station.files.content(house.case, message.whole.digest)
    assert b"> " in whole


async def test_no_needs_its_ground_and_whoever_left_it_out_is_told_once_with_a_code(house):
    _, asked = await house.asked()
    await house.reply(asked, "no")
    _, told = await house.mail_to(TEAM, "answer.no_ground")
    assert "We have an emergency of our own." in told.get_content()
    assert not (await house.request()).is_ended
    (kept,) = await house.said("mail_came")
    assert kept.what == "not_taken"
    await house.reply(asked, "no 2: our own mail is down", Date="Fri, 27 Nov 2026 06:00:00 +0000")
    (declined,) = await house.said("declined")
    assert (declined.ground, declined.sentence) == ("D2", "our own mail is down")


async def test_a_forged_reply_never_acts_and_is_shown_as_not_proven(house):
    _, asked = await house.asked()
    await house.reply(asked, "coming", sender="other@elsewhere.example")
    code = asked["Reply-To"].partition("+r")[2].partition("@")[0]
    guessed = code[:-20] + "a" * 20
    forged = reply_to(asked, "coming", Date="Fri, 27 Nov 2026 06:00:00 +0000")
    await house.send(forged, to=f"sos+r{guessed}@watch.example", sender=TEAM)
    bare = reply_to(asked, "coming", Date="Fri, 27 Nov 2026 07:00:00 +0000")
    await house.send(bare, to=ADDRESS, sender=TEAM)
    await until_async(lambda: has(house, "mail_came", 3))
    assert {body.what for body in await house.said("mail_came")} == {"unproven"}
    assert await house.entries("committed") == []
    assert await house.entries("messaged") == []
    hidden = await house.station.views.case(house.case, now_ms=now_ms())
    shown = [item for item in hidden.timeline if item.kind == "mail_came"]
    assert all(item.party == house.station.identity.party for item in shown)


async def has(house, kind, count):
    return len(await house.entries(kind)) == count


PROGRAMS = (
    ({"Auto_Submitted": "auto-replied"}, "absent"),
    ({"X_Autoreply": "yes"}, "absent"),
    ({"Auto_Submitted": "auto-generated"}, "automatic"),
    ({"Precedence": "bulk"}, "automatic"),
    ({"List_Id": "<everybody.network.example>"}, "list"),
)


async def test_what_a_program_writes_is_no_answer_and_no_program_is_written_to(house):
    _, asked = await house.asked()
    before = len(house.inbox.to(TEAM))
    for headers, _ in PROGRAMS:
        await house.reply(asked, "coming", **headers)
    await until_async(lambda: has(house, "mail_came", len(PROGRAMS)))
    assert [kept.what for kept in await house.said("mail_came")] == [what for _, what in PROGRAMS]
    assert not (await house.request()).is_bound
    assert len(house.inbox.to(TEAM)) == before


async def test_so_much_of_what_was_asked_is_an_offer_and_a_yes_binds_nobody_however_often_it_is_brought(house):
    _, asked = await house.asked()
    for _ in range(2):
        await house.reply(asked, "Yes, I saw it.")
    assert [one.text for one in await house.said("messaged")] == ["Yes, I saw it."]
    assert await house.entries("committed") == []
    await house.reply(asked, "limited 1 2 3")
    _, told = await house.mail_to(TEAM, "answer.how_much")
    assert "Write limited and a number for each of" in told.get_content()
    await house.reply(asked, "limited 1")
    (offered,) = await house.said("offered")
    assert [(one.line, one.quantity) for one in offered.lines] == [("advice", 1)]
    assert not (await house.request()).is_bound


async def test_the_same_mail_that_came_by_two_relays_counts_once(house):
    _, asked = await house.asked()
    mail = reply_to(asked, "Yes, I saw it.").as_bytes(policy=SMTP)
    for relay in (b"", b"Received: from one.example by two.example; Fri, 27 Nov 2026 06:00:00 +0000\r\n"):
        await house.send(relay + mail, to=asked["Reply-To"], sender=TEAM)
    await house.said("messaged")
    assert await has(house, "messaged", 1)


def bounce(asked):
    return (
        b"From: MAILER-DAEMON@network.example\r\nTo: x@watch.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        b"Auto-Submitted: auto-replied\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; network.example\r\n\r\n"
        b"Final-Recipient: rfc822; team@network.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"Diagnostic-Code: smtp; 550 no such user\r\n\r\n--b--\r\n"
    )


async def test_a_page_that_comes_back_is_marked_so_once_and_a_person_is_told_but_a_forged_report_is_refused(house):
    back, asked = await house.asked()
    guessed = back.replace(back.partition("@")[0][-8:], "aaaaaaaa")
    with pytest.raises(aiosmtplib.SMTPDataError, match=r"mail\.no_such_address"):
        await house.send(bounce(asked), to=guessed, sender="")
    assert await house.entries("page_returned") == []
    await house.send(bounce(asked), to=back, sender="")
    (returned,) = await house.said("page_returned")
    assert (returned.party, returned.address, returned.status) == (house.team, TEAM, "5.1.1")
    await house.mail_to(OFFICER, "was not reached")
    again = bounce(asked).replace(b"Undelivered", b"Undelivered again")
    await house.send(again, to=back, sender="")
    await until_async(lambda: has(house, "page_returned", 2))
    pages = await house.station.journal.parcels(case=house.case)
    assert sum(b"unreached" in page.parcel.blob for page in pages) == 1
    view = await house.station.views.case(house.case, now_ms=now_ms())
    assert [page.state for page in view.pages if page.reason == "asked"] == ["returned"]


async def test_a_message_goes_to_everybody_on_the_case_but_its_writer_and_each_once(house):
    _, asked = await house.asked()
    await house.reply(asked, "coming")
    await house.mail_to(CALLER, "> coming")
    await house.mail_to(OFFICER, "> coming")
    await house.says(house.caller, "messaged", {"text": "The door is open.\nAsk for Officer Two."})
    _, told = await house.mail_to(TEAM, "> The door is open.\n> Ask for Officer Two.")
    assert asked["Subject"].endswith(f"] {told['Subject']}")
    await house.mail_to(OFFICER, "> The door is open.")
    assert not [mail for _, mail in house.inbox.to(CALLER) if "> The door" in mail.get_content()]
    orders = [page for page in await house.station.journal.parcels(case=house.case) if b"The door" in page.parcel.blob]
    assert len(orders) == 2


async def test_a_rule_on_the_subject_wakes_by_what_asks_and_by_nothing_else_of_the_conversation(house):
    await house.called()
    _, woken = await house.mail_to(OFFICER, "is calling and nobody has taken it")
    _, asked = await house.asked()
    for mail in (asked, woken):
        urgent, _, conversation = mail["Subject"].partition("] ")
        assert urgent == "[MAYDAY: Emergency now"
        assert conversation.startswith("Case ")
    await house.says(house.caller, "urgency_changed", {"urgency": "pan-pan"})
    await house.says(
        house.officer,
        "requested",
        {"request": b"s" * 16, "responder": house.team, "lines": [{"line": "triage", "quantity": 1}]},
    )
    await until(
        lambda: [mail for _, mail in house.inbox.to(TEAM) if mail["Subject"].startswith("[PAN-PAN: Urgent] Case ")]
    )
    await house.says(house.caller, "messaged", {"text": "mayday is a word", "to": [house.team]})
    await house.says(house.officer, "messaged", {"text": "To the caller."})
    _, told = await house.mail_to(CALLER, "> To the caller.")
    assert told["Subject"].startswith("Case ")
    assert all(
        "Hospital" not in mail["Subject"] and "mayday is" not in mail["Subject"] for _, _, mail in house.inbox.mails
    )


async def test_on_a_restricted_channel_mail_says_only_that_there_is_something_to_read(house):
    _, asked = await house.asked()
    await house.reply(asked, "coming")
    await house.said("committed")
    await house.says(house.officer, "channel_set", {"channel": "restricted"})
    await house.says(house.caller, "messaged", {"text": "The password is in the safe."})
    _, told = await house.mail_to(TEAM, "something to read")
    assert "/r/" in told.get_content()
    assert "Hospital" not in str(told)
    assert not [mail for _, _, mail in house.inbox.mails if "safe" in str(mail)]


async def test_a_mail_that_cannot_be_read_is_kept_whole_and_answered_once_with_its_code(house):
    _, asked = await house.asked()
    head = f"From: {TEAM}\r\nMessage-ID: <odd@network.example>\r\n".encode()
    odd = head + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(30))
    await house.send(odd, to=asked["Reply-To"], sender=TEAM)
    (kept,) = await house.said("mail_came")
    assert (kept.what, kept.party) == ("unreadable", house.team)
    assert b"--29" in await house.station.files.content(house.case, kept.whole.digest)
    await house.mail_to(TEAM, "mail.unreadable")


@pytest.fixture
def no_room(monkeypatch):
    """A station whose cases have no room for files."""
    for share in station_files.SHARES_MAX_BYTES:
        monkeypatch.setitem(station_files.SHARES_MAX_BYTES, share, 4)


async def test_where_the_room_of_a_case_is_used_up_an_answer_counts_and_words_arrive(no_room, house):
    _, asked = await house.asked()
    await house.reply(asked, "coming: two people")
    (committed,) = await house.said("committed")
    assert committed.request == b"r" * 16
    (message,) = await house.said("messaged")
    assert (message.text, message.whole) == ("coming: two people", None)
    await house.mail_to(TEAM, "Your answer is recorded")
    await house.reply(asked, "not mine", sender="other@elsewhere.example")
    (kept,) = await house.said("mail_came")
    assert (kept.what, kept.whole) == ("unproven", None)
    await house.send(with_files(asked, "See this.", 1), to=asked["Reply-To"], sender=TEAM)
    await house.mail_to(TEAM, "file.case_full")
    assert [one.text for one in await house.said("messaged")][1:] == ["See this."]


async def test_where_there_is_no_room_nobody_is_told_that_a_mail_was_kept_whole(no_room, house):
    _, asked = await house.asked()
    await house.says(house.officer, "channel_set", {"channel": "restricted"})
    _, told = await house.reply(asked, "We cannot say yet.")
    assert "beginning of this mail's words" in told
    (kept,) = await house.said("mail_came")
    assert (kept.what, kept.whole) == ("not_taken", None)
    assert "there was no room for the rest" in _mail_text(kept, house.station.directory)
    assert "the whole of it is kept" in _mail_text(
        msgspec.structs.replace(kept, whole=b.Attached(name="mail.eml", size_bytes=1, digest=b"d" * 32)),
        house.station.directory,
    )
    _, mail = await house.mail_to(TEAM, "Nothing was done with your mail")
    assert "Your mail was kept" not in mail.get_content()


async def test_a_mail_that_is_neither_read_nor_kept_is_given_back_to_its_sender_s_server(no_room, house):
    _, asked = await house.asked()
    head = f"From: {TEAM}\r\nMessage-ID: <odd@network.example>\r\n".encode()
    odd = head + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(30))
    with pytest.raises(aiosmtplib.SMTPResponseException, match=r"mail\.not_kept") as refused:
        await house.send(odd, to=asked["Reply-To"], sender=TEAM)
    assert refused.value.code == 554
    (kept,) = await house.said("mail_came")
    assert "no room to keep it" in _mail_text(kept, house.station.directory)


async def test_long_words_that_are_kept_in_part_are_said_to_be(no_room, house):
    _, asked = await house.asked()
    await house.says(house.officer, "channel_set", {"channel": "open"})
    await house.reply(asked, "We look into it. " + "word " * 1_000)
    (message,) = await house.said("messaged")
    assert (len(message.text), message.whole) == (4_000, None)
    await house.mail_to(TEAM, "Only the beginning of your words is kept")


ANSWERED_AND_MORE = (
    ("restricted", 0, b"x", ""),
    ("open", 9, b"x", "file.too_many"),
    ("open", 1, b"", "file.empty"),
)


@pytest.mark.parametrize(("channel", "count", "content", "code"), ANSWERED_AND_MORE)
async def test_an_answer_that_stands_is_never_said_to_have_done_nothing(house, channel, count, content, code):
    _, asked = await house.asked()
    await house.says(house.officer, "channel_set", {"channel": channel})
    mail = with_files(asked, "no 2", count, content)
    await house.send(mail, to=asked["Reply-To"], sender=TEAM)
    (declined,) = await house.said("declined")
    assert declined.ground == "D2"
    _, told = await house.mail_to(TEAM, "Your answer is recorded")
    assert code in told.get_content()
    assert await house.entries("mail_came") == []
    assert len(await house.entries("messaged")) == (channel == "open")
    assert not [one for _, one in house.inbox.to(TEAM) if "nothing was done" in one.get_content()]


async def test_words_whose_files_are_refused_are_kept_as_a_message_and_their_writer_is_told(house):
    _, asked = await house.asked()
    await house.says(house.officer, "channel_set", {"channel": "open"})
    await house.send(with_files(asked, "Here they are.", 9), to=asked["Reply-To"], sender=TEAM)
    (message,) = await house.said("messaged")
    assert (message.text, message.files) == ("Here they are.", ())
    assert message.whole is not None
    _, told = await house.mail_to(TEAM, "file.too_many")
    assert "Your words are kept as your message" in told.get_content()


@pytest.mark.nightly
async def test_a_conversation_that_never_ends_is_told_to_wait(house):
    _, asked = await house.asked()
    refused = []
    for number in range(32):
        try:
            await house.reply(asked, f"number {number}", Auto_Submitted="auto-generated")
        except aiosmtplib.SMTPDataError as cause:
            refused.append(cause)
    assert {cause.code for cause in refused} == {451}
    assert "mail.thread_busy" in refused[0].message
