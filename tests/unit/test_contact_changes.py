"""An officer's addresses as they change: who may change whose, what counts, and what stands in the way."""

import asyncio
from contextlib import asynccontextmanager

import httpx
import pytest
from doubles.small_club import small_club

from esos.errors import EsosError
from esos.keys.speaker import KnownBy, Role, Speaker
from esos.message import bodies as b
from esos.message.card import Contact
from esos.message.register_bodies import OFFICER_CONTACTS_MAX
from esos.service import founder_of
from esos.station.contact_changes import change_contacts, check_change, read_address, ways_out
from esos.station.contact_desk import ContactDesk
from esos.station.contact_page import parcels_of, read_contact_page
from esos.station.contacts import Contacts
from esos.web.csrf import SESSION_COOKIE, Csrf

pytestmark = pytest.mark.anyio
FIRST, SECOND = Contact(channel="file", address="one"), Contact(channel="file", address="two")
WRITTEN = {"channel": "file", "address": "two"}


class Here:
    """A running station with an officer that has one address, and who asks for what there."""

    def __init__(self, club, http, officer: str) -> None:
        self.club, self.http, self.station, self.officer = club, http, club.station, officer

    async def says(self, act: str, body: dict, *, by: str = "", to: str = "", method: str = "POST"):
        token = await self.station.tokens.program_token(by or self.officer)
        path = f"/api/v1/contacts/{to or self.officer}/{act}"
        return await self.http.request(method, path, headers={"authorization": f"Bearer {token}"}, json=body)

    async def page(self, path: str, *, by: str = "", **form: str):
        """A page as somebody signed in opens it, or posts to it."""
        session = await self.station.tokens.session(by or self.officer)
        cookie = {"cookie": f"{SESSION_COOKIE}={session}"}
        if not form:
            return await self.http.get(path, headers=cookie)
        token = Csrf(self.station.identity.master).token_for(session)
        done = await self.http.post(path, headers=cookie, data={"csrf": token, **form})
        return await self.http.get(done.headers["location"], headers=cookie) if done.status_code == 303 else done

    async def codes(self) -> list[str]:
        parcels = await self.station.journal.parcels(case=parcels_of(self.officer))
        return [read_contact_page(one.parcel.blob).code for one in parcels]

    async def confirmed(self, contact: Contact) -> None:
        """The newest code that went to this address comes back."""
        parcels = await self.station.journal.parcels(case=parcels_of(self.officer))
        pages = [read_contact_page(one.parcel.blob) for one in parcels]
        newest = max((one for one in pages if one.address == contact.address), key=lambda one: one.asked_ms)
        await ContactDesk(self.station).answer(newest.code)
        await self.station.directory.refresh(self.station.journal)

    @property
    def addresses(self) -> tuple[Contact, ...]:
        return self.station.directory.officers[self.officer].contacts

    def wakes(self, contact: Contact) -> bool:
        now_ms = self.station.clock.now_ms()
        return self.station.directory.contacts.standing(self.officer, contact).wakes(now_ms)


@asynccontextmanager
async def here(tmp_path):
    async with small_club(tmp_path / "home") as club:
        officer = await founder_of(club.station).add_officer("Officer Two", ("officer",), (FIRST,))
        async with httpx.AsyncClient(transport=club.transport, base_url="http://127.0.0.1:8765") as http:
            yield Here(club, http, officer)


async def test_an_address_that_is_added_is_sent_a_code_at_once_and_counts_when_it_came_back(tmp_path):
    async with here(tmp_path) as one:
        shown = (await one.says("add", WRITTEN)).json()
        assert [way["address"] for way in shown["ways"]] == ["one", "two"]
        assert [trial["why"] for trial in shown["trials"]] == ["confirm"]
        assert not shown["wakes"]
        await one.confirmed(SECOND)
        assert one.wakes(SECOND)
        assert not one.wakes(FIRST)


async def test_an_address_that_was_removed_and_added_again_is_confirmed_anew(tmp_path):
    async with here(tmp_path) as one:
        await one.says("add", WRITTEN)
        [old] = await one.codes()
        await one.confirmed(SECOND)
        assert (await one.says("remove", {**WRITTEN, "sure": True})).json()["ways"][0]["address"] == "one"
        assert one.addresses == (FIRST,)
        await one.says("add", WRITTEN)
        assert not one.wakes(SECOND)
        with pytest.raises(EsosError) as refused:
            await ContactDesk(one.station).answer(old)
        assert refused.value.code == "contact.code"
        await one.confirmed(SECOND)
        assert one.wakes(SECOND)


async def test_the_last_proved_address_is_removed_only_by_whoever_is_sure(tmp_path):
    async with here(tmp_path) as one:
        await one.says("add", WRITTEN)
        await one.confirmed(SECOND)
        refused = await one.says("remove", WRITTEN)
        assert (refused.status_code, refused.json()["code"]) == (409, "contact.last_way")
        assert one.addresses == (FIRST, SECOND)
        page = await one.page("/contacts/remove", way="file:two")
        assert page.status_code == 409
        assert "Remove the last address that would wake you?" in page.text
        assert one.addresses == (FIRST, SECOND)
        page = await one.page("/contacts/remove", way="file:two", sure="yes")
        assert page.status_code == 200
        assert one.addresses == (FIRST,)
        refused = await one.says("remove", {"channel": "file", "address": "one"})
        assert refused.json()["code"] == "contact.last_way"


async def test_an_address_beside_a_proved_one_goes_at_one_press(tmp_path):
    async with here(tmp_path) as one:
        await one.says("add", WRITTEN)
        await one.confirmed(SECOND)
        page = await one.page("/contacts/remove", way="file:one")
        assert page.status_code == 200
        assert one.addresses == (SECOND,)
        assert "file:one" not in page.text.partition("What came of the last tests")[0]


async def test_an_officer_changes_their_own_addresses_and_a_registrar_an_officers(tmp_path):
    async with here(tmp_path) as one:
        other = await founder_of(one.station).add_officer("Officer Three", ("officer", "second", "auditor"))
        member = (await one.club.join("Example Network")).kid.hex()
        for who in (other, member):
            for act in ("add", "remove"):
                refused = await one.says(act, WRITTEN, by=who)
                assert (refused.status_code, refused.json()["code"]) == (403, "contact.not_yours_to_change")
            page = await one.page("/contacts/add", by=who, of=one.officer, **WRITTEN)
            assert page.status_code == 403
        assert one.addresses == (FIRST,)
        assert (await one.says("add", WRITTEN, by=one.club.officer)).is_success
        assert one.addresses == (FIRST, SECOND)
        refused = await one.says("add", WRITTEN, by=one.club.officer, to=member)
        assert (refused.status_code, refused.json()["code"]) == (403, "contact.on_card")
        assert (await one.says("add", WRITTEN, by=other, to=other)).is_success


async def test_two_who_change_at_once_leave_what_the_journal_says_and_the_loser_is_told(tmp_path):
    async with here(tmp_path) as one:
        same = await asyncio.gather(*(one.says("add", WRITTEN) for _ in range(3)))
        assert {answer.status_code for answer in same} <= {201, 409}
        assert one.addresses == (FIRST, SECOND)
        await one.confirmed(SECOND)
        for number in range(OFFICER_CONTACTS_MAX - 3):
            assert (await one.says("add", {"channel": "file", "address": f"n{number}"})).is_success
        last = await asyncio.gather(*(one.says("add", {"channel": "file", "address": f"z{n}"}) for n in range(3)))
        assert sorted(answer.status_code for answer in last) == [201, 409, 409]
        assert {one.json().get("code") for one in last} <= {None, "contact.changed", "contact.too_many"}
        assert len(one.addresses) == OFFICER_CONTACTS_MAX


async def test_who_gave_an_address_is_signed_for_and_in_the_journal(tmp_path):
    async with here(tmp_path) as one:
        await one.says("add", WRITTEN, by=one.club.officer)
        await one.says("remove", WRITTEN)
        entries = await one.station.journal.read(after_seq=0, limit=1000, route="register")
        said = [entry.kind for entry in entries if entry.kind in {"contact_added", "contact_removed"}]
        assert said == ["contact_added", "contact_removed"]
        again = type(one.station.directory)(one.station.identity)
        await again.refresh(one.station.journal)
        assert again.officers[one.officer].contacts == one.addresses == (FIRST,)


async def test_the_page_of_an_officer_adds_in_one_press_and_says_what_is_wrong(tmp_path):
    async with here(tmp_path) as one:
        opened = await one.page("/contacts")
        assert 'action="/contacts/add"' in opened.text
        assert 'aria-label="Remove file:one"' in opened.text
        wrong = await one.page("/contacts/add", channel="file", address="../two")
        assert wrong.status_code == 400
        assert "does not look like an address" in wrong.text
        assert "../two" in wrong.text
        assert (await one.page("/contacts/add", channel="pigeon", address="two")).status_code == 400
        added = await one.page("/contacts/add", **WRITTEN)
        assert added.status_code == 200
        assert "file:two" in added.text
        there = await one.page("/contacts/add", **WRITTEN)
        assert there.status_code == 409
        assert "This address is there already." in there.text


async def test_a_member_reads_where_its_addresses_are_changed(tmp_path):
    async with here(tmp_path) as one:
        member = (await one.club.join("Example Network")).kid.hex()
        page = await one.page("/contacts", by=member)
        assert "esos member card" in page.text
        assert "/contacts/add" not in page.text
        refused = await one.page("/contacts/add", by=member, **WRITTEN)
        assert refused.status_code == 403
        assert "stand on its card" in refused.text


async def test_the_language_of_what_is_written_to_somebody_is_theirs_or_a_registrars_to_choose(tmp_path):
    async with here(tmp_path) as one:
        other = await founder_of(one.station).add_officer("Officer Three", ("officer",))
        assert (await one.says("language", {"language": "fr"}, method="PUT")).json()["language"] == "fr"
        assert (await one.says("language", {"language": "ar"}, by=other, method="PUT")).status_code == 403
        page = await one.page("/contacts/language", by=one.club.officer, of=one.officer, language="es")
        assert page.status_code == 200
        assert (await one.station.tongues.of(one.officer)).code == "es"
        assert (await one.page("/contacts/language", language="xx")).status_code == 404


# ------------------------------------------------------------------------------------------------- without a station
def officers(*contacts: Contact) -> dict[str, b.OfficerAdded]:
    return {"o": b.OfficerAdded(officer="o", name="O", roles=("officer",), contacts=contacts)}


def speaker(party: str, *roles: Role) -> Speaker:
    return Speaker(party=party, roles=frozenset(roles), known_by=KnownBy.SESSION, attested=True)


def test_of_two_words_for_one_thing_the_first_in_the_journal_counts():
    rows, contacts = officers(), Contacts()
    change_contacts(b.ContactAdded(officer="o", contact=FIRST), rows, contacts)
    for body, code in (
        (b.ContactAdded(officer="o", contact=FIRST), "contact.there"),
        (b.ContactRemoved(officer="o", contact=SECOND), "contact.not_there"),
        (b.ContactAdded(officer="x", contact=FIRST), "officer.unknown"),
    ):
        with pytest.raises(EsosError) as refused:
            change_contacts(body, rows, contacts)
        assert refused.value.code == code
    assert rows["o"].contacts == (FIRST,)


def test_an_officer_has_ten_addresses_at_most():
    assert OFFICER_CONTACTS_MAX == 10
    rows = officers(*(Contact(channel="file", address=str(number)) for number in range(OFFICER_CONTACTS_MAX)))
    with pytest.raises(EsosError) as refused:
        check_change(b.ContactAdded(officer="o", contact=FIRST), speaker("o", Role.OFFICER), rows)
    assert refused.value.code == "contact.too_many"
    assert "ten" in refused.value.detail


@pytest.mark.parametrize("roles", [(Role.OFFICER,), (Role.SECOND,), (Role.AUDITOR,)])
def test_nobody_but_a_registrar_says_it_for_another(roles):
    body = b.ContactAdded(officer="o", contact=SECOND)
    with pytest.raises(EsosError) as refused:
        check_change(body, speaker("p", *roles), officers())
    assert refused.value.code == "contact.not_yours_to_change"
    check_change(body, speaker("o", *roles), officers())
    check_change(body, speaker("p", *roles, Role.REGISTRAR), officers())


GOOD = {
    "mail": ["one@example.org", "ünï@exämple.org"],
    "sms": ["+353 999 000 111", "0049 (1632) 960-001"],
    "voice": ["+44 1632 960 001"],
    "webhook": ["https://pages.example.org/x?y=z"],
    "apprise": ["tgram://token/chat"],
    "file": ["watch-1"],
}
BAD = {
    "mail": [
        "",
        "one",
        "one@",
        "@example.org",
        "a b@example.org",
        "a@b@c",
        "One <a@b.example>",
        "a@b.example\r\nBcc: x@y.z",
    ],
    "sms": ["", "12", "+353abc", "+++++", "call me"],
    "voice": ["sip:x"],
    "webhook": ["ftp://x", "https://", "https://x y"],
    "apprise": ["x", "://x"],
    "file": ["../x", "a/b", ".hidden"],
}


@pytest.mark.parametrize(("channel", "address"), [(one, address) for one, those in GOOD.items() for address in those])
def test_an_address_is_taken_as_people_write_it(channel, address):
    assert read_address(channel, f" {address} ", GOOD).address == address


@pytest.mark.parametrize(("channel", "address"), [(one, address) for one, those in BAD.items() for address in those])
def test_what_cannot_be_an_address_is_refused_with_an_example(channel, address):
    with pytest.raises(EsosError) as refused:
        read_address(channel, address, GOOD)
    assert refused.value.code == "contact.address_form"
    with pytest.raises(EsosError) as refused:  # nor by a door that takes statements as they are
        body = b.ContactAdded(officer="o", contact=Contact(channel=channel, address=address))
        check_change(body, speaker("o", Role.OFFICER), officers())
    assert refused.value.code == "contact.address_form"
    assert "Write it like" in refused.value.hint


def test_an_address_is_given_of_a_channel_that_the_station_has_or_of_a_telephone():
    assert list(ways_out({"mail": 1, "own": 1})) == ["mail", "voice", "own"]
    with pytest.raises(EsosError) as refused:
        read_address("sms", "+353 999 000 111", {"mail": 1})
    assert refused.value.code == "contact.no_channel"
    assert "mail, voice" in refused.value.hint
