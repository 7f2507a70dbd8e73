"""Addresses that are proved, from the code that goes out to the page that may rely on it."""

import asyncio
import hashlib
from types import SimpleNamespace

import msgspec
import pytest
from doubles.case_play import Play
from doubles.memory_journal import MemoryJournal, MemoryStore

from esos.case.event import Audience, Page, Reason
from esos.duty.hours import awake_now
from esos.errors import Busy, EsosError
from esos.keys.speaker import KnownBy, Role
from esos.message import bodies as b
from esos.message.card import Capability, Contact, MemberCard, PublicKey
from esos.message.kinds import KINDS, Scope
from esos.message.statement import write_statement
from esos.pact import shipped
from esos.paging.letter import letter_of
from esos.station.contact_checks import CHECKS_FACT, CONFIRM_AGAIN_MS, NAG_AGAIN_MS, ContactChecks
from esos.station.contact_desk import RING_AGAIN_MS, ContactDesk
from esos.station.contact_views import trials_of
from esos.station.contacts import PROVEN_LASTS_MS, goes_out
from esos.station.found import Founder
from esos.station.identity import StationIdentity
from esos.station.pager import facts_of
from esos.station.paging import PageOrder, parcels_for
from esos.station.ports import PageMessage, Sent
from esos.station.readiness import officers_ready, readiness, red_list
from esos.station.station import Station
from esos.vault.keyfile import KeyPair
from esos.words.contact import ContactWhy
from esos.words.need import NeedLine
from esos.words.page_reasons import PageReason
from esos.words.page_text import page_text
from esos.words.realm import Realm
from esos.words.urgency import Urgency

pytestmark = pytest.mark.anyio
START_MS = 1_800_000_000_000
HOUR_MS = 3_600_000
MAIL, CHAT, VOICE = (
    Contact(channel="mail", address="one@example.org"),
    Contact(channel="webhook", address="https://chat.example/one"),
    Contact(channel="voice", address="+44 1632 960 001"),
)


class Hand:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.ms = START_MS

    def now_ms(self) -> int:
        return self.ms


class Seeded:
    """Chance that is the same every time."""

    def __init__(self, seed: bytes = b"seed") -> None:
        self._state = seed

    def bytes(self, count: int) -> bytes:
        out = b""
        while len(out) < count:
            self._state = hashlib.sha256(self._state).digest()
            out += self._state
        return out[:count]


class Mailbox:
    """A channel that keeps what it was handed, or refuses."""

    def __init__(self, scheme: str) -> None:
        self.scheme, self.got, self.is_dead = scheme, [], False

    async def send(self, page: PageMessage) -> Sent:
        if self.is_dead:
            raise Busy("paging.unreachable", "It is dead.")
        self.got.append(page)
        return Sent(provider=self.scheme, detail="It was taken.")

    async def close(self) -> None:
        """Nothing is held."""


class Post:
    """A station with two officers, whose pages go to mailboxes here."""

    async def open(self, realm: Realm = Realm.REAL, seed: bytes = b"seed") -> "Post":
        self.clock, self.mail, self.chat = Hand(), Mailbox("mail"), Mailbox("webhook")
        self.store = MemoryStore()
        dice = Seeded(seed)
        self.station = await self.started(realm, dice)
        founder = self.founder(dice)
        await founder.publish_pact(shipped.load("club")[0])
        self.one = await founder.add_officer("Officer One", ("officer",), (MAIL, CHAT, VOICE))
        self.two = await founder.add_officer("Officer Two", ("officer", "registrar"), ())
        return self

    async def started(self, realm: Realm, dice: Seeded) -> Station:
        station = Station(
            identity=StationIdentity(seed=b"s" * 32, master=b"m" * 32, name="Example Watch", realm=realm),
            journal=await MemoryJournal.open(self.store),
            channels={"mail": self.mail, "webhook": self.chat},
            clock=self.clock,
            dice=dice,
            base_url=lambda: "http://station.example",
        )
        await station.open()
        self.desk = ContactDesk(station)
        return station

    def founder(self, dice: Seeded) -> Founder:
        one = self.station
        return Founder(identity=one.identity, journal=one.journal, directory=one.directory, clock=self.clock, dice=dice)

    async def goes_out(self) -> None:
        """Every page that may go out does."""
        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                await self.station.pager.run_once(group)
                await asyncio.sleep(0)
        async with asyncio.TaskGroup() as group:
            await self.station.pager.run_once(group)

    async def answers(self, page: PageMessage, **who) -> None:
        """The code of a page comes back."""
        saying = asyncio.create_task(self.desk.answer(page.link.rpartition("/")[2], **who))
        while not saying.done():
            await self.station.folder.run_once(now_ms=self.clock.ms)
            self.station.signal.ring()
            await asyncio.sleep(0.001)
        await saying

    def standing(self, contact: Contact):
        return self.station.directory.contacts.standing(self.one, contact)

    def wakes(self, contact: Contact) -> bool:
        return self.standing(contact).wakes(self.clock.ms)


@pytest.fixture
async def post() -> Post:
    return await Post().open()


async def test_no_address_counts_until_its_owner_sent_the_code_back(post):
    await post.desk.confirm(post.one, by=post.two)
    await post.goes_out()
    assert not post.wakes(MAIL)
    await post.answers(post.mail.got[0])
    assert post.wakes(MAIL)
    assert not post.wakes(CHAT)


async def test_a_test_of_an_address_cannot_be_taken_for_a_call(post):
    await post.desk.ring(post.one, by=post.one)
    await post.goes_out()
    page = post.mail.got[0]
    assert page.is_test
    assert page.urgency == ""
    assert page.link.startswith("http://station.example/t/")
    assert await post.station.journal.cases() == []


async def test_a_code_is_of_no_use_to_anybody_but_whom_it_was_sent_to(post):
    await post.desk.ring(post.one, by=post.one)
    await post.goes_out()
    thief = post.station.directory.officer_speaker(post.two, KnownBy.SESSION)
    with pytest.raises(EsosError) as refused:
        await post.answers(post.mail.got[0], speaker=thief)
    assert refused.value.code == "contact.not_yours"
    assert not post.standing(MAIL).confirmed_ms


async def test_a_code_that_nobody_was_sent_confirms_nothing(post):
    await post.desk.ring(post.one, by=post.one)
    for code, why in (("Q7KM-93TX-2BVH", "contact.code"), ("too short", "contact.code_form")):
        with pytest.raises(EsosError) as refused:
            await post.desk.answer(code)
        assert refused.value.code == why


async def test_a_code_is_read_as_people_type_it(post):
    await post.desk.ring(post.one, by=post.one)
    await post.goes_out()
    code = post.mail.got[0].link.rpartition("/")[2]
    typed = f" {code[:4]}-{code[4:8]}-{code[8:]} ".lower().replace("0", "o").replace("1", "l")
    assert post.desk.find(typed) == post.desk.find(code)


async def test_a_code_that_is_too_old_is_refused(post):
    await post.desk.confirm(post.one, by=post.two)
    await post.goes_out()
    post.clock.ms += 8 * 24 * HOUR_MS
    with pytest.raises(EsosError) as refused:
        await post.answers(post.mail.got[0])
    assert refused.value.code == "contact.too_late"


async def test_what_was_proved_grows_old(post):
    await proves(post, MAIL)
    post.clock.ms += PROVEN_LASTS_MS - 1
    assert post.wakes(MAIL)
    post.clock.ms += 1
    assert not post.wakes(MAIL)


async def test_the_same_register_read_anew_knows_the_same_addresses(post):
    await proves(post, MAIL)
    before = post.standing(MAIL)
    post.station = await post.started(Realm.REAL, Seeded())
    assert post.standing(MAIL) == before


async def test_nobody_is_rung_twice_in_a_moment(post):
    await post.desk.ring(post.one, by=post.one)
    with pytest.raises(EsosError) as refused:
        await post.desk.ring(post.one, by=post.one)
    assert refused.value.code == "contact.rung_just_now"
    post.clock.ms += RING_AGAIN_MS
    assert len(await post.desk.ring(post.one, by=post.one)) == 2


async def test_whoever_has_no_address_is_told_so_when_they_ring(post):
    with pytest.raises(EsosError) as refused:
        await post.desk.ring(post.two, by=post.two)
    assert refused.value.code == "contact.none"


async def proves(post: Post, contact: Contact) -> None:
    """The owner confirms one address."""
    box = post.mail if contact == MAIL else post.chat
    await post.desk.ask(post.one, [contact], ContactWhy.CONFIRM)
    await post.goes_out()
    await post.answers(box.got[-1])


# --- pages ------------------------------------------------------------------------------------
DUE = Page(audience=Audience.WATCH, reason=Reason.WATCH_DUE)


def pages_of(post: Post) -> list[PageOrder]:
    """The pages that a call orders to Officer One."""
    case = Play().called().case
    parcels = parcels_for(DUE, case, post.station.directory, now_ms=post.clock.ms)
    orders = [msgspec.msgpack.decode(one.blob, type=PageOrder) for one in parcels]
    return [one for one in orders if one.party == post.one]


def text_of(order: PageOrder) -> str:
    return page_text(PageReason(order.says), facts_of(order, "Example Watch"))[1]


async def test_where_nothing_is_confirmed_every_address_is_tried_and_says_so(post):
    orders = pages_of(post)
    assert {one.channel for one in orders} == {"mail", "webhook", "voice"}
    assert all("Nobody has confirmed yet that this address is yours." in text_of(one) for one in orders)


async def test_an_unconfirmed_address_is_left_alone_while_a_confirmed_one_is_proved(post):
    await proves(post, MAIL)
    orders = pages_of(post)
    assert [one.channel for one in orders if one.channel != "voice"] == ["mail"]
    assert "Nobody has confirmed" not in text_of(orders[0])


async def test_where_the_confirmed_address_is_silent_the_others_are_tried_last_and_never_nobody(post):
    await proves(post, MAIL)
    await post.desk.ask(post.one, [MAIL], ContactWhy.CHECK)
    post.clock.ms += 2 * HOUR_MS
    assert [one.channel for one in pages_of(post)][:2] == ["mail", "webhook"]


async def test_where_a_machine_rings_telephones_an_unconfirmed_number_is_left_alone_as_any_address_is(post):
    post.station.directory.rung = frozenset({"voice"})
    assert "voice" in {one.channel for one in pages_of(post)}
    await proves(post, MAIL)
    assert [one.channel for one in pages_of(post)] == ["mail"]
    assert not goes_out(SimpleNamespace(members={"m": None}, rung=frozenset({"voice"})), "m", VOICE)


# --- law 7 ------------------------------------------------------------------------------------
@pytest.mark.parametrize("realm", list(Realm))
@pytest.mark.parametrize("why", list(ContactWhy))
async def test_every_test_says_in_its_title_and_its_first_line_that_it_is_none(why, realm):
    post = await Post().open(realm)
    await post.desk.ask(post.one, [MAIL], why)
    await post.goes_out()
    letter = letter_of(post.mail.got[0])
    assert "TEST, not a call" in letter.title
    assert (
        "This is a test of this address. Nobody is in distress."
        in letter.text.split("\n\n")[: 1 + (realm is not Realm.REAL)]
    )
    assert letter.title.startswith("DRILL") == (realm is Realm.EXERCISE)
    assert not any(word.words.lower() in letter.text.lower() for word in Urgency)


async def test_the_link_of_a_test_takes_no_case_and_the_link_of_a_call_answers_no_test(post):
    await post.desk.ring(post.one, by=post.one)
    await post.goes_out()
    code = post.mail.got[0].link.rpartition("/")[2]
    assert await post.station.tokens.holder(code) is None
    page_link = post.station.tokens.page_link(post.one, about=b"c" * 16, lives_ms=HOUR_MS)
    with pytest.raises(EsosError) as refused:
        post.desk.find(page_link)
    assert refused.value.code == "contact.code_form"


async def test_nothing_that_is_said_of_addresses_concerns_a_case():
    for kind in ("contact_asked", "contact_answered"):
        assert KINDS[kind].scope is Scope.REGISTER
    assert not KINDS["contact_asked"].attestable
    assert KINDS["contact_asked"].who == {Role.STATION}


# --- the weekly check -------------------------------------------------------------------------
class Week:
    """The station looks every minute's hour; what it sent, by moment."""

    def __init__(self, post: Post) -> None:
        self.post, self.checks = post, ContactChecks(post.station)
        self.times: list[int] = []

    async def passes(self, hours: float, *, answering: bool = False, step_ms: int = 10 * 60_000) -> None:
        until_ms = self.post.clock.ms + round(hours * HOUR_MS)
        while self.post.clock.ms < until_ms:
            self.post.clock.ms += step_ms
            if not await self.checks.run_once():
                continue
            await self.post.goes_out()
            for page in self.new():
                self.times.append(self.post.clock.ms)
                if answering:
                    await self.post.answers(page)

    def new(self) -> list[PageMessage]:
        boxes = (self.post.mail, self.post.chat)
        found = [page for box in boxes for page in box.got]
        for box in boxes:
            box.got = []
        return found

    def asked(self, why: ContactWhy) -> list:
        return [one for one in reversed(self.post.desk.asks_of(self.post.one)) if one.body.why is why]


async def test_everybody_is_checked_once_a_week_at_an_hour_that_the_dice_choose(post):
    await proves(post, MAIL)
    await proves(post, CHAT)
    week = Week(post)
    week.new()
    await week.passes(28 * 24, answering=True)
    at_ms = [one.at_ms for one in week.asked(ContactWhy.CHECK)]
    assert len(at_ms) == 4
    weeks = [(one - START_MS) // (7 * 24 * HOUR_MS) for one in at_ms]
    assert weeks == [0, 1, 2, 3]
    hours = {(one - START_MS) % (7 * 24 * HOUR_MS) // HOUR_MS for one in at_ms}
    assert len(hours) == 4
    assert post.wakes(MAIL)
    assert post.wakes(CHAT)


async def test_the_same_dice_draw_the_same_hours_and_others_draw_others():
    async def drawn(seed: bytes) -> list[int]:
        post = await Post().open(seed=seed)
        await proves(post, MAIL)
        week = Week(post)
        await week.passes(14 * 24, answering=True)
        return [one.at_ms for one in week.asked(ContactWhy.CHECK)]

    assert await drawn(b"a") == await drawn(b"a")
    assert await drawn(b"a") != await drawn(b"b")


async def test_a_restart_draws_no_other_hour(post):
    await proves(post, MAIL)
    week = Week(post)
    await week.passes(1)
    before = await post.station.journal.fact(CHECKS_FACT)
    week.checks = ContactChecks(post.station)
    await week.passes(1)
    assert await post.station.journal.fact(CHECKS_FACT) == before


async def test_whoever_misses_a_check_is_red_and_asked_by_their_other_addresses(post):
    await proves(post, MAIL)
    await proves(post, CHAT)
    week = Week(post)
    week.new()
    await week.passes(7 * 24)
    check, *_ = week.asked(ContactWhy.CHECK)
    nags = week.asked(ContactWhy.NAG)
    assert {one.body.contact for one in nags} == {MAIL, CHAT} - {check.body.contact}
    assert nags[0].at_ms >= check.body.answer_by_ms
    red = red_list(post.station, officers_ready(post.station, post.clock.ms), post.clock.ms)
    assert {row.name for row in red} == {"Officer One"}


async def test_a_late_answer_takes_an_address_off_the_red_list(post):
    await proves(post, MAIL)
    week = Week(post)
    await post.desk.ask(post.one, [MAIL], ContactWhy.CHECK)
    await post.goes_out()
    page = post.mail.got[-1]
    await week.passes(3)
    assert not post.wakes(MAIL)
    await post.answers(page)
    assert post.wakes(MAIL)


async def test_nagging_ends_and_does_not_feed_on_itself(post):
    await proves(post, MAIL)
    await proves(post, CHAT)
    await post.desk.ask(post.one, [MAIL], ContactWhy.CHECK)
    week = Week(post)
    await week.passes(6 * 24, step_ms=HOUR_MS)
    assert len([one for one in week.asked(ContactWhy.NAG) if one.body.contact == CHAT]) <= 2 * len(NAG_AGAIN_MS)


async def test_a_new_address_is_asked_a_few_times_and_no_more(post):
    week = Week(post)
    await week.passes(30 * 24, step_ms=HOUR_MS)
    asked = [one for one in week.asked(ContactWhy.CONFIRM) if one.body.contact == MAIL]
    assert len(asked) == len(CONFIRM_AGAIN_MS)
    assert asked[0].at_ms <= START_MS + HOUR_MS
    assert not week.asked(ContactWhy.CHECK)


async def test_a_member_is_checked_in_its_own_hours_only(post):
    card = MemberCard(
        name="Example Network",
        keys=(PublicKey(public=b"k" * 32, realm=Realm.REAL),),
        hours="Mo-Fr 09:00-11:00",
        timezone="Europe/Paris",
        contacts=(MAIL,),
    )
    post.station.directory.members["member"] = card
    checks = ContactChecks(post.station)
    for begins_ms in range(START_MS, START_MS + 40 * HOUR_MS, HOUR_MS):
        due_ms = checks._draw("member", begins_ms).due_ms
        assert awake_now(card.hours, card.timezone, due_ms)
        assert begins_ms <= due_ms < begins_ms + 7 * 24 * HOUR_MS


# --- readiness --------------------------------------------------------------------------------
def sentences(post: Post, mark: str) -> str:
    return " ".join(one.sentence for one in readiness(post.station, post.clock.ms).findings if one.mark == mark)


async def test_readiness_names_whoever_is_not_proved_and_whoever_has_no_address(post):
    said = sentences(post, "MEND")
    assert "Officer One is on watch and would perhaps not wake" in said
    assert "Officer Two has no address" in said
    await proves(post, MAIL)
    assert "Officer One is on watch" not in sentences(post, "MEND")
    assert "Officer One has one proved address only" in sentences(post, "NOTE")


async def test_one_officer_alone_cannot_do_what_needs_two(post):
    alone = "There is one officer only"
    assert alone not in sentences(post, "MEND")
    await post.founder(Seeded()).say("officer_removed", b.OfficerRemoved(officer=post.two))
    assert alone in sentences(post, "MEND")


async def test_a_roster_of_people_who_are_gone_or_of_the_same_people_twice_is_named(post):
    founder = post.founder(Seeded())
    await founder.say("roster_set", b.RosterSet(watch=("officer:gone",), backup=(post.one,)))
    assert "no longer an officer here" in sentences(post, "MEND")
    await founder.say("roster_set", b.RosterSet(watch=(post.one,), backup=(post.one,)))
    assert "Backup is the same people" in sentences(post, "MEND")
    await founder.say("roster_set", b.RosterSet(watch=(post.one,), backup=(post.two,)))
    assert "Backup is the same people" not in sentences(post, "MEND")


async def test_a_member_that_a_person_must_dial_is_told_apart_from_one_without_any_way(post):
    for name, contacts in (("Example Network", (VOICE,)), ("Example Hospital", ())):
        card = MemberCard(name=name, keys=(PublicKey(public=b"k" * 32, realm=Realm.REAL),), contacts=contacts)
        post.station.directory.members[name] = card
    assert "Example Network can be reached by voice only" in sentences(post, "NOTE")
    assert "Example Hospital has no address" in sentences(post, "MEND")


async def test_a_line_that_is_owed_counts_only_helpers_that_are_proved(post):
    helper = await member(post, "Example Network")
    line = next(one for one in readiness(post.station, post.clock.ms).lines if one.line == "filtering")
    assert (line.helpers, line.asleep, line.units) == ((), ("Example Network",), 0)
    await post.desk.ask(helper, [CHAT], ContactWhy.CONFIRM)
    await post.goes_out()
    await post.answers(post.chat.got[-1])
    line = next(one for one in readiness(post.station, post.clock.ms).lines if one.line == "filtering")
    assert (line.helpers, line.units) == (("Example Network",), 40)
    assert "only Example Network could help now" in sentences(post, "NOTE")


async def test_a_card_is_spoken_of_before_it_ends_and_helps_nobody_after(post):
    await member(post, "Example Network", valid_until_ms=post.clock.ms + 10 * 24 * HOUR_MS)
    assert "The card of Example Network expires within 30 days." in sentences(post, "NOTE")
    post.clock.ms += 10 * 24 * HOUR_MS
    assert "The card of Example Network has expired" in sentences(post, "MEND")


async def test_green_is_shown_only_where_it_is_proved():
    post = await Post().open()
    dice = Seeded(b"more")
    await post.founder(dice).say(
        "officer_added", b.OfficerAdded(officer=post.two, name="Officer Two", roles=("officer",), contacts=(CHAT,))
    )
    everything = tuple(Capability(line=line, units=5) for line in NeedLine)
    await member(post, "Example Network", capabilities=everything, address="network")
    await member(post, "Example Hospital", capabilities=everything, address="hospital")
    people = (post.one, post.two, *post.station.directory.members)
    for at, party in enumerate(people):
        assert not readiness(post.station, post.clock.ms).is_ready, at
        await post.desk.ask(
            party, [one for one in post.desk.contacts_of(party) if one.channel != "voice"], ContactWhy.RING
        )
        await post.goes_out()
        for page in Week(post).new():
            await post.answers(page)
    shown = readiness(post.station, post.clock.ms)
    assert shown.is_ready, shown.findings
    post.clock.ms += PROVEN_LASTS_MS
    assert not readiness(post.station, post.clock.ms).is_ready


async def member(post: Post, name: str, *, address: str = "one", **fields) -> str:
    """Another member, by the card it signed."""
    key = KeyPair(seed=hashlib.sha256(name.encode()).digest(), realm=Realm.REAL)
    fields = {"capabilities": (Capability(line=NeedLine.FILTERING, units=40),), **fields}
    card = MemberCard(
        name=name,
        keys=(PublicKey(public=key.public, realm=key.realm),),
        contacts=(Contact(channel="webhook", address=f"https://chat.example/{address}"),),
        **fields,
    )
    signed = write_statement(
        seed=key.seed, realm=key.realm, kind="card_signed", body=b.CardSigned(card=card), time_ms=post.clock.ms
    )
    return await post.founder(Seeded(name.encode())).register(signed.raw)


# --- what is shown of a ringing ---------------------------------------------------------------
async def test_a_ringing_shows_the_delivery_and_the_press_in_seconds(post):
    await post.desk.ring(post.one, by=post.one)
    post.chat.is_dead = True
    post.clock.ms += 2_000
    await post.goes_out()
    post.clock.ms += 5_000
    await post.answers(post.mail.got[0])
    by_channel = {one.channel: one for one in await trials_of(post.station, post.one)}
    mail, chat = by_channel["mail"], by_channel["webhook"]
    assert (mail.sent_seconds, mail.answered_seconds) == (2, 7)
    assert mail.delivery == "It was handed over: It was taken."
    assert (chat.sent_ms, chat.answered_ms) == (0, 0)
    assert "could not be handed over yet" in chat.delivery
