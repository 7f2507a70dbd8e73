"""The mail door of a real station and the mail carrier against each other, and mail servers with moods between them."""

import asyncio
import base64
import datetime as dt
import ssl
from contextlib import asynccontextmanager
from email.message import EmailMessage

import aiosmtplib
import msgspec
import pytest
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from doubles.small_club import small_club

from esos.beacon.carrier import Failed, Heard, Outgoing, Sending, Target, Waiting
from esos.carriers.address import UdpAddress, write_address
from esos.carriers.mail_door import MailDoor, MailLimits
from esos.carriers.mail_elsewhere import WAY_MAX_LETTERS, call_instead
from esos.carriers.mail_intake import mail_take
from esos.carriers.mail_message import MAIL_MAX_BYTES, Receipt, read_mail, read_receipt, write_mail, write_receipt
from esos.carriers.offline import Carried, to_file, to_print
from esos.carriers.smtp import Relay, SmtpCarrier, read_relay
from esos.carriers.udp_intake import station_keys
from esos.errors import Busy, Malformed, TooLarge
from esos.message import bodies as b
from esos.message.card import Contact, HomeStation
from esos.message.packet import Header, sign_packet
from esos.message.packet_codes import AckState, PacketType
from esos.message.packet_payload import CallFields
from esos.message.statement import write_statement
from esos.vault.keyfile import new_key
from esos.words.language import ENGLISH, Tongue
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio
LOCAL = UdpAddress("127.0.0.1", 0)
ADDRESS = "sos@club.example"
CALL = b"call-id!"
AT_MS = 1_764_000_000_000
QUICK = (50,)


class Postman:
    """A channel that keeps what it is given."""

    scheme = "mail"

    def __init__(self):
        self.pages = []

    async def send(self, page):
        self.pages.append(page)

    async def close(self):
        pass


class House:
    """A station with a mail door."""

    def __init__(self, club, door, where, postman):
        self.club, self.door, self.where, self.postman = club, door, where, postman
        self.station = club.station

    async def mail(self, message, *, sender="someone@else.example", to=ADDRESS):
        """One mail, by a plain client."""
        return await aiosmtplib.send(
            message, sender=sender, recipients=[to], hostname=self.where.host, port=self.where.port, start_tls=False,
            timeout=30,
        )  # fmt: skip

    def target(self, voice, *ways, mail=ADDRESS):
        one = self.station.identity
        home = HomeStation(
            name=one.name, kid=one.kid, public=one.public, realm=one.realm, mail=mail,
            mail_hosts=tuple(map(write_address, ways or (self.where,))),
        )  # fmt: skip
        return Target(home=home, sealing_key=station_keys(self.station).current(voice.kid).sealers[0].key)


@asynccontextmanager
async def house(folder, *, limits=None, tls=None, instead=lambda: ""):
    postman = Postman()
    async with small_club(folder) as club:
        door = MailDoor(
            address=ADDRESS, take=mail_take(club.station, station_keys(club.station), postman), instead=instead,
            tls=tls, limits=limits,
        )  # fmt: skip
        async with door.listening(LOCAL) as where:
            yield House(club, door, where, postman)


def packet_of(voice, kind=PacketType.CALL, *, sequence=0, call=CALL, **fields):
    header = Header(type=kind, kid=voice.kid, call=call, sequence=sequence)
    return sign_packet(voice.seed, header, CallFields(**fields))


def outgoing_of(packet, *targets):
    return Outgoing(cose=packet.cose(), statement_id=packet.statement_id(), packet=packet, targets=targets)


def mail_with(content, maintype="application", subtype="cose", *, text="Help"):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "someone@else.example", ADDRESS, "Help"
    mail.set_content(text)
    if content is not None:
        mail.add_attachment(content, maintype=maintype, subtype=subtype, filename="call.esos")
    return mail


def carrier(*, relay=None, public=b"", gaps_ms=QUICK):
    return SmtpCarrier(
        jitter=lambda: 0.0, now_ms=lambda: AT_MS, sender="esos@clinic.example", relay=relay, public=public,
        gaps_ms=gaps_ms, timeout_ms=20_000,
    )  # fmt: skip


async def until(claim):
    async with asyncio.timeout(30):
        while not claim():
            await asyncio.sleep(0.01)


# ------------------------------------------------------------------------------------------------- the door
PLACES = {
    "attached": lambda cose: mail_with(to_file(cose)),
    "attached as any file": lambda cose: mail_with(to_file(cose), subtype="octet-stream"),
    "armoured in the text": lambda cose: mail_with(
        None,
        text=f"Hello\n-----BEGIN ESOS CALL-----\n{base64.b64encode(to_file(cose)).decode()}\n-----END ESOS CALL-----",
    ),
    "printed in the text": lambda cose: mail_with(None, text=f"Read to me by telephone:\n\n{to_print(cose)}\nYours"),
}


@pytest.mark.parametrize("place", list(PLACES))
async def test_a_mail_with_a_signed_call_is_committed_and_answered_by_a_receipt_that_proves_itself(tmp_path, place):
    async with house(tmp_path) as home:
        clinic = await home.club.join("Clinic")
        packet = packet_of(clinic)
        _, said = await home.mail(PLACES[place](packet.cose()))
        receipt = read_receipt(said)
        kept = await home.station.journal.entry(packet.statement_id())
    assert kept is not None
    assert (receipt.state, receipt.statement) == (AckState.COMMITTED, packet.statement_id())
    assert len(receipt.acks) == 2, "one for each sealing key that may be pinned"
    assert said.endswith("Arrived. No person has seen it yet.")


async def test_the_same_call_by_mail_again_is_the_same_call(tmp_path):
    async with house(tmp_path) as home:
        clinic = await home.club.join("Clinic")
        before = await home.station.journal.head()
        for _ in range(3):
            await home.mail(mail_with(packet_of(clinic).cose()))
        kept = await home.station.journal.read(after_seq=before, limit=100)
        called = [one for one in kept if one.kind == "called"]
    assert len(called) == 1


async def test_a_stranger_that_sends_its_key_along_is_heard_within_the_strangers_budget(tmp_path, monkeypatch):
    async with house(tmp_path) as home:
        key = new_key(Realm(home.station.identity.realm))
        header = Header(type=_call_type(home), kid=key.kid, call=CALL, sequence=0)
        packet = sign_packet(key.seed, header, CallFields())
        _, said = await home.mail(mail_with(to_file(packet.cose(), key.public)))
        assert read_receipt(said) == Receipt(state=AckState.COMMITTED, statement=packet.statement_id())
        assert home.postman.pages == []
        monkeypatch.setattr(home.station.intake.strangers, "_calls", Nothing())
        other = sign_packet(key.seed, msgspec.structs.replace(header, call=b"another!"), CallFields())
        with pytest.raises(aiosmtplib.SMTPDataError) as refusal:
            await home.mail(mail_with(to_file(other.cose(), key.public)))
    assert refusal.value.code == 451
    assert "[stranger.busy]" in refusal.value.message


def _call_type(home):
    return PacketType.CALL if home.station.identity.realm is Realm.REAL else PacketType.EXERCISE


class Nothing:
    """A budget that is used up."""

    def take(self):
        return False


async def test_an_answer_goes_to_the_address_on_the_card_and_never_to_the_sender_a_mail_names(tmp_path):
    async with house(tmp_path) as home:
        clinic = await home.club.join("Clinic")
        party = home.station.directory.speaker_of_key(clinic.kid, AT_MS).party
        card = home.station.directory.members[party]
        contacts = (Contact(channel="mail", address="desk@clinic.example"),)
        home.station.directory.members[party] = msgspec.structs.replace(card, contacts=contacts)
        for _ in range(2):
            await home.mail(mail_with(packet_of(clinic).cose()), sender="victim@elsewhere.example")
        await until(lambda: home.postman.pages)
    assert [page.address for page in home.postman.pages] == ["desk@clinic.example"]
    assert "Arrived. No person has seen it yet." in home.postman.pages[0].body


async def test_an_answer_by_mail_is_written_in_the_language_of_its_reader(tmp_path):
    async with house(tmp_path) as home:
        home.station.tongues.known = {"fr": Tongue("fr", Marked()), "en": ENGLISH}
        clinic = await home.club.join("Clinic")
        party = home.station.directory.speaker_of_key(clinic.kid, AT_MS).party
        card = home.station.directory.members[party]
        contacts = (Contact(channel="mail", address="desk@clinic.example"),)
        home.station.directory.members[party] = msgspec.structs.replace(card, contacts=contacts, languages=("fr",))
        await home.mail(mail_with(packet_of(clinic).cose()))
        await until(lambda: home.postman.pages)
    page = home.postman.pages[0]
    assert page.title.startswith("fr: ")
    assert all(line.startswith("fr: ") for line in page.body.splitlines())
    assert "fr: Arrived. No person has seen it yet." in page.body


class Marked:
    """A catalogue in which every sentence begins with the code of its language."""

    def gettext(self, message, /):
        return f"fr: {message}"

    def ngettext(self, one, many, count, /):
        return f"fr: {one if count == 1 else many}"


REFUSED = {
    "mail.no_call": (lambda _: mail_with(None), 554),
    "key.unknown": (lambda _: mail_with(to_file(packet_of_nobody().cose())), 554),
    "statement.signature": (lambda voice: mail_with(forged(voice)), 554),
    "mail.not_a_call": (lambda voice: mail_with(shown(voice)), 554),
}


def packet_of_nobody():
    key = new_key(Realm.REAL)
    return sign_packet(key.seed, Header(type=PacketType.CALL, kid=key.kid, call=CALL, sequence=0), CallFields())


def forged(voice):
    cose = packet_of(voice).cose()
    return cose[:-1] + bytes((cose[-1] ^ 1,))


def shown(voice):
    body = b.Presented(audience=bytes(8), expires_ms=AT_MS)
    return write_statement(
        seed=voice.seed, realm=voice.realm, kind="presented", body=body, time_ms=AT_MS, case=None
    ).raw


@pytest.mark.parametrize("code", list(REFUSED))
async def test_a_mail_without_a_valid_call_is_refused_for_good_in_words(tmp_path, code):
    make, number = REFUSED[code]
    async with house(tmp_path) as home:
        clinic = await home.club.join("Clinic")
        before = await home.station.journal.head()
        with pytest.raises(aiosmtplib.SMTPDataError) as refusal:
            await home.mail(make(clinic))
        assert refusal.value.code == number
        assert f"[{code}]" in refusal.value.message
        assert home.door.counters[code] == 1
        assert await home.station.journal.head() == before


class Watch(msgspec.Struct):
    """Where the people of a station are reached."""

    realm: Realm = Realm.REAL
    http: str = "https://club.example"
    telephone: tuple[str, ...] = ("+353999000112", "+353999000113", "+353999000114")
    text: str = "+353999000115"
    mailbox: str = "watch@club.example"


PLAIN = {
    "the word help": lambda: mail_with(None, text="help"),
    "a picture": lambda: mail_with(b"\x89PNG", "image", "png", text="We are encrypted, help us please!"),
    "nothing": lambda: mail_with(None, text=""),
}


@pytest.mark.parametrize("wrote", list(PLAIN))
async def test_whoever_writes_for_help_in_plain_words_is_told_where_to_call_and_that_nobody_has_seen_it(
    tmp_path, wrote
):
    async with house(tmp_path, instead=lambda: call_instead(Watch())) as home:
        before = await home.station.journal.head()
        with pytest.raises(aiosmtplib.SMTPDataError) as refusal:
            await home.mail(PLAIN[wrote]())
        assert await home.station.journal.head() == before
    said = refusal.value.message
    assert "No person has seen it." in said
    for way in ("https://club.example", "+353999000112 or +353999000113", "+353999000115", "watch@club.example"):
        assert way in said, way
    assert "esos call" not in said
    assert said.endswith("[mail.no_call]")


def test_a_station_for_practice_says_so_to_whoever_writes_to_it_for_help():
    assert "nobody in real distress is helped here" in call_instead(Watch(realm=Realm.EXERCISE))
    assert "practice" not in call_instead(Watch())


def test_only_ways_that_there_are_and_that_fit_the_line_are_told():
    one = Watch(telephone=(), text="", mailbox="")
    assert call_instead(one) == "No person has seen it. To call for help, open https://club.example."
    long = Watch(http=f"https://{'x' * WAY_MAX_LETTERS}.example", telephone=(), mailbox="")
    assert call_instead(long) == "No person has seen it. A person reads text messages to +353999000115."


async def test_mail_for_anybody_else_is_not_taken_so_that_nobody_is_reached_through_the_station(tmp_path):
    async with house(tmp_path) as home:
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refusal:
            await home.mail(mail_with(None), to="somebody@elsewhere.example")
    assert refusal.value.recipients[0].code == 550


async def test_a_mail_that_is_too_large_is_refused(tmp_path):
    async with house(tmp_path) as home:
        with pytest.raises(aiosmtplib.SMTPException, match=r"exceeds|too|large|size"):
            await home.mail(mail_with(bytes(MAIL_MAX_BYTES)))
    with pytest.raises(TooLarge):
        read_mail(bytes(MAIL_MAX_BYTES + 1))


async def test_what_is_not_committed_in_time_is_not_acknowledged_and_its_sender_tries_again():
    async def slow(_):
        await asyncio.sleep(3_600)

    async def full(_):
        raise Busy("journal.full", "The station cannot keep anything just now.")

    for take, code in ((slow, 451), (full, 451)):
        door = MailDoor(address=ADDRESS, take=take, limits=MailLimits(take_within_ms=50))
        async with door.listening(LOCAL) as where:
            with pytest.raises(aiosmtplib.SMTPDataError) as refusal:
                await aiosmtplib.send(
                    mail_with(packet_of_nobody().cose()), hostname=where.host, port=where.port, start_tls=False
                )
        assert refusal.value.code == code


async def test_a_fault_of_the_station_is_no_end_of_the_door():
    async def odd(_):
        raise ZeroDivisionError

    door = MailDoor(address=ADDRESS, take=odd)
    async with door.listening(LOCAL) as where:
        for _ in range(2):
            with pytest.raises(aiosmtplib.SMTPResponseException) as refusal:
                await aiosmtplib.send(
                    mail_with(packet_of_nobody().cose()), hostname=where.host, port=where.port, start_tls=False
                )
            assert refusal.value.code == 451
    assert door.counters["mail.failed"] == 2


class Letterbox:
    """Takes letters, once it may."""

    def __init__(self):
        self.may, self.taken = asyncio.Event(), []

    def is_for(self, address):
        return address == LETTERS

    async def take(self, raw, address, sender):
        self.taken.append(len(raw))
        await self.may.wait()
        return "It is kept."

    async def take_other(self, raw, sender):
        return ""


LETTERS, LARGE = "sos+r1@watch.example", 1_500_000
LINE = b"x" * 76 + b"\r\n"


def client_of(where):
    return aiosmtplib.SMTP(hostname=where.host, port=where.port, start_tls=False, timeout=30)


@asynccontextmanager
async def half_sent(where, to=LETTERS):
    """A connection on which a large mail came but for its end; what ends it gives back the answer."""
    reader, writer = await asyncio.open_connection(*where)

    async def told(line=b""):
        if line:
            writer.write(line + b"\r\n")
            await writer.drain()
        return (await reader.readline()).decode()

    await told()
    for line in (b"HELO relay", b"MAIL FROM:<a@else.example>", b"RCPT TO:<" + to.encode() + b">", b"DATA"):
        assert (await told(line))[0] in "23"
    writer.write(b"Subject: large\r\n\r\n" + LINE * (LARGE // len(LINE)))
    await writer.drain()
    try:
        yield lambda: told(b".")
    finally:
        writer.close()


async def test_while_large_mails_fill_their_budget_further_ones_are_told_to_come_again_and_a_call_is_taken(tmp_path):
    letters = Letterbox()
    async with small_club(tmp_path) as club:
        door = MailDoor(
            address=ADDRESS, take=mail_take(club.station, station_keys(club.station), None), post=letters,
            limits=MailLimits(large_max_bytes=LARGE),
        )  # fmt: skip
        whole_budget = door.room.free_bytes
        async with door.listening(LOCAL) as where, half_sent(where) as end_first:
            await until(lambda: door.room.free_bytes < LARGE // 2)
            async with half_sent(where) as end_second:
                assert (await end_second()).startswith("452 4.3.1 ")
            sized = mail_with(bytes(LARGE))
            with pytest.raises(aiosmtplib.SMTPSenderRefused) as refusal:
                await aiosmtplib.send(
                    sized, sender="a@else.example", recipients=[LETTERS], hostname=where.host, port=where.port,
                    start_tls=False,
                )  # fmt: skip
            assert refusal.value.code == 452
            assert door.counters["mail.large_told_to_wait"] == 2
            home = House(club, door, where, None)
            _, told = await home.mail(mail_with(packet_of(await club.join("Clinic")).cose()))
            assert read_receipt(told).state is AckState.COMMITTED
            first = asyncio.create_task(end_first())
            await until(lambda: letters.taken)
            assert door.room.free_bytes < LARGE // 2, "what is judged is held too"
            letters.may.set()
            assert (await first).startswith("250 ")
            await until(lambda: door.room.free_bytes == whole_budget)
            async with half_sent(where) as end_third:
                assert (await end_third()).startswith("250 ")
    assert door.room.free_bytes == whole_budget


async def test_a_sender_who_goes_away_in_the_middle_gives_its_room_back():
    door = MailDoor(address=ADDRESS, take=None, post=Letterbox())
    whole_budget = door.room.free_bytes
    async with door.listening(LOCAL) as where:
        async with half_sent(where):
            await until(lambda: door.room.free_bytes < whole_budget - LARGE // 2)
        await until(lambda: door.room.free_bytes == whole_budget)


async def test_a_mail_arrives_byte_for_byte_and_a_line_that_is_too_long_is_refused():
    came = []

    class Kept(Letterbox):
        async def take(self, raw, address, sender):
            came.append(raw)
            return "It is kept."

    door = MailDoor(address=ADDRESS, take=None, post=Kept())
    async with door.listening(LOCAL) as where, client_of(where) as client:
        raw = b"Subject: dots\r\n\r\n.\r\n..\r\n.dot\r\n\xff\x00\r\nend\r\n"
        await client.sendmail("a@else.example", [LETTERS], raw)
        with pytest.raises(aiosmtplib.SMTPDataError, match="too long"):
            await client.sendmail("a@else.example", [LETTERS], b"Subject: x\r\n\r\n" + b"y" * 3_000 + b"\r\n.\r\n")
        await client.sendmail("a@else.example", [LETTERS], raw)
    assert came == [raw, raw]


async def test_more_connections_than_allowed_are_asked_to_come_back_and_the_door_stops_with_some_open():
    door = MailDoor(address=ADDRESS, take=None, limits=MailLimits(connections_max=1))
    async with door.listening(LOCAL) as where:
        reader, first = await asyncio.open_connection(*where)
        assert (await reader.readline()).startswith(b"220 ")
        other, second = await asyncio.open_connection(*where)
        assert (await other.readline()).startswith(b"421 ")
        second.close()
    async with asyncio.timeout(20):
        await reader.read()
    first.close()


# ---------------------------------------------------------------------------------------------- the message
def test_a_mail_is_read_back_also_without_its_attachment_and_through_servers_that_break_lines():
    cose, key = packet_of_nobody().cose(), bytes(32)
    mail = write_mail(
        Carried(cose, key), sender="esos@clinic.example", to=ADDRESS, realm=Realm.REAL, statement=bytes(32), at="now"
    )
    assert read_mail(mail.as_bytes()) == Carried(cose, key)
    (text, _) = mail.iter_parts()
    alone = EmailMessage()
    alone.set_content(text.get_content())
    assert read_mail(alone.as_bytes()) == Carried(cose, key)


@pytest.mark.parametrize("state", list(AckState))
@pytest.mark.parametrize("acks", [(), (bytes(38),), (bytes(38), b"\xff" * 38)])
def test_a_receipt_is_read_back_and_fits_a_line_of_mail(state, acks):
    receipt = Receipt(state=state, statement=bytes(range(32)), acks=acks)
    line = write_receipt(receipt)
    assert read_receipt(f"2.0.0 {line}") == receipt
    assert len(line) < 400


@pytest.mark.parametrize("line", ["", "2.0.0 Ok: queued as 4D5E6F", "e-SOS saved", "e-SOS committed 00 -"])
def test_what_is_no_receipt_is_none(line):
    assert read_receipt(line) is None


DEEP = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (at, at) for at in range(4_000))


FULL_OF_BEGINNINGS = b"-----BEGIN ESOS CALL-----\n" * 4_000 + b"BEGIN E-SOS CALL, 9 LINES\n" * 4_000 + b" \n" * 20_000


@pytest.mark.parametrize(
    "raw", [FULL_OF_BEGINNINGS, b"", b"\x00" * 100, DEEP, b"Content-Type: text/plain; charset=\xff\n\n\xff"]
)
def test_mails_of_any_kind_are_read_or_refused(raw):
    with pytest.raises(Malformed):
        read_mail(raw)


# ---------------------------------------------------------------------------------------------- the carrier
async def test_a_call_by_mail_to_the_stations_own_door_is_heard_and_proven_until_an_officer_has_it(tmp_path):
    told = []
    async with house(tmp_path) as home:
        clinic = await home.club.join("Clinic")
        packet = packet_of(clinic)
        sending = asyncio.ensure_future(carrier().send(outgoing_of(packet, home.target(clinic)), told.append))
        await until(lambda: any(isinstance(event, Heard) for event in told))
        async with asyncio.timeout(30):
            while not (records := await home.station.journal.cases()):
                await asyncio.sleep(0.01)
        await home.club.officer_says("acknowledged", {}, records[0].id.hex())
        async with asyncio.timeout(30):
            (heard,) = await sending
    assert told[0] == Sending(carrier="smtp", station=home.station.identity.name, copies=1)
    states = [(event.state, event.proven) for event in told if isinstance(event, Heard)]
    assert states == [(AckState.COMMITTED, True), (AckState.ASSIGNED, True)]
    assert heard.state is AckState.ASSIGNED


def certificate_in(folder):
    """A certificate that nobody vouches for, as a server's TLS."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "station.example")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = (
        made.serial_number(1).not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=9))
    )
    file = folder / "mail.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + private)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    return tls


async def test_where_the_door_offers_tls_it_is_taken_whoever_vouches_for_it_and_every_other_mail_does_without(tmp_path):
    told = []
    async with house(tmp_path / "home", tls=certificate_in(tmp_path)) as home:
        clinic = await home.club.join("Clinic")
        sending = asyncio.ensure_future(
            carrier().send(outgoing_of(packet_of(clinic), home.target(clinic)), told.append)
        )
        await until(lambda: home.door.counters["mail.in_the_clear"] >= 1)
        sending.cancel()
    assert home.door.counters["mail.by_tls"] >= 1
    assert [event.proven for event in told if isinstance(event, Heard)] == [True]


async def test_without_a_sealing_key_an_answer_is_heard_and_not_proven(tmp_path):
    told = []
    async with house(tmp_path) as home:
        clinic = await home.club.join("Clinic")
        target = msgspec.structs.replace(home.target(clinic), sealing_key=b"")
        sending = asyncio.ensure_future(carrier().send(outgoing_of(packet_of(clinic), target), told.append))
        await until(lambda: any(isinstance(event, Heard) for event in told))
        assert not sending.done()
        sending.cancel()
    heard = next(event for event in told if isinstance(event, Heard))
    assert not heard.proven
    assert heard.words.endswith("This answer is not proven; we go on calling.")


class Moody:
    """A mail server of others, with one answer after another for the mails it gets; the last for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.mails = 0

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - the name aiosmtpd calls
        self.mails += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@asynccontextmanager
async def mail_server(mood):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mood, loop=loop), "127.0.0.1", 0)
    try:
        yield UdpAddress(*server.sockets[0].getsockname()[:2])
    finally:
        server.close()


async def test_a_server_that_greylists_is_asked_again_until_it_takes_the_mail(tmp_path):
    told, mood = [], Moody("451 4.7.1 Greylisted", "451 4.7.1 Greylisted", "250 2.0.0 Ok: queued as 4D5E6F")
    async with house(tmp_path) as home, mail_server(mood) as relay:
        clinic = await home.club.join("Clinic")
        target = home.target(clinic, UdpAddress("127.0.0.1", 9))
        sending = asyncio.ensure_future(
            carrier(relay=Relay(host=relay.host, port=relay.port)).send(
                outgoing_of(packet_of(clinic), target), told.append
            )
        )
        await until(lambda: any(isinstance(event, Waiting) for event in told))
        sending.cancel()
    assert mood.mails == 3
    later = [event.why for event in told if isinstance(event, Failed) and "come back later" in event.why]
    assert later == [f"The mail server {relay.host} asks to come back later: 451 4.7.1 Greylisted"] * 2
    passed_on = next(event for event in told if isinstance(event, Waiting))
    assert passed_on.words == (
        f"Waiting: {relay.host} took the mail and will pass it on to {home.station.identity.name}; that is no answer yet."
    )


@pytest.mark.parametrize(
    "lie",
    [
        "250 " + write_receipt(Receipt(state=AckState.ASSIGNED, statement=bytes(32), acks=(bytes(38),))),
        "THIS",
    ],
    ids=["about another call", "about this call, without proof"],
)
async def test_a_mail_server_that_lies_proves_nothing(tmp_path, lie):
    told = []
    async with house(tmp_path) as home:
        clinic = await home.club.join("Clinic")
        packet = packet_of(clinic)
        mine = Receipt(state=AckState.ASSIGNED, statement=packet.statement_id(), acks=(bytes(38),))
        async with mail_server(Moody(f"250 {write_receipt(mine)}" if lie == "THIS" else lie)) as liar:
            sending = asyncio.ensure_future(carrier().send(outgoing_of(packet, home.target(clinic, liar)), told.append))
            await until(lambda: any(isinstance(event, Heard | Failed) for event in told))
            assert not sending.done()
            sending.cancel()
    assert not any(isinstance(event, Heard) and event.proven for event in told)


async def test_a_server_that_refuses_for_good_ends_that_way_and_says_why(tmp_path):
    told = []
    async with house(tmp_path) as home, mail_server(Moody("550 5.7.1 We do not like you")) as server:
        clinic = await home.club.join("Clinic")
        async with asyncio.timeout(30):
            heard = await carrier().send(outgoing_of(packet_of(clinic), home.target(clinic, server)), told.append)
    assert heard == ()
    assert told[-1].is_final
    assert told[-1].why == f"The mail server {server.host} refuses: 550 5.7.1 We do not like you"


async def test_a_dead_mail_server_does_not_keep_the_call_from_the_next(tmp_path):
    told = []
    async with house(tmp_path) as home:
        clinic = await home.club.join("Clinic")
        target = home.target(clinic, UdpAddress("127.0.0.1", 9), home.where)
        sending = asyncio.ensure_future(carrier().send(outgoing_of(packet_of(clinic), target), told.append))
        await until(lambda: any(isinstance(event, Heard) and event.proven for event in told))
        sending.cancel()


async def test_a_test_of_the_way_by_mail_ends_with_the_first_answer(tmp_path):
    async with house(tmp_path) as home:
        clinic = await home.club.join("Clinic")
        async with asyncio.timeout(30):
            heard = await carrier().send(
                outgoing_of(packet_of(clinic, PacketType.TEST), home.target(clinic)), lambda _: None
            )
    assert [(one.state, one.proven) for one in heard] == [(AckState.HEARD, True)]


async def test_where_no_station_takes_mail_it_says_so_and_ends(tmp_path):
    told = []
    async with house(tmp_path) as home:
        clinic = await home.club.join("Clinic")
        assert await carrier().send(outgoing_of(packet_of(clinic), home.target(clinic, mail="")), told.append) == ()
    assert told == [Waiting(carrier="smtp", why="No station gave us an address for mail.")]


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://localhost", Relay(host="localhost", port=25, may_tls=True)),
        ("smtps://mail.example:4650", Relay(host="mail.example", port=4650, is_tls=True)),
        (
            "submission://u%40x:p%2Fq@mail.example",
            Relay(host="mail.example", port=587, wants_tls=True, user="u@x", password="p/q"),
        ),
        ("smtp://u:p@mail.example", Relay(host="mail.example", port=25, wants_tls=True, user="u", password="p")),
    ],
)
def test_a_relay_is_named_by_one_address_and_a_password_wants_tls(url, relay):
    assert read_relay(url) == relay
    assert "p/q" not in repr(read_relay(url))


@pytest.mark.parametrize("url", ["", "mail.example", "http://mail.example", "smtp://", "smtp://x:y:z"])
def test_what_names_no_relay_is_refused(url):
    with pytest.raises(Malformed) as refusal:
        read_relay(url)
    assert refusal.value.code == "mail.relay"
