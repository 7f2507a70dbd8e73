"""Addresses and readiness on pages and over HTTP: who may see and ring whom, and what a test's link can do."""

from contextlib import asynccontextmanager

import httpx
import msgspec
import pytest
from doubles.small_club import small_club

from esos.message import bodies as b
from esos.message.card import Contact
from esos.service import founder_of
from esos.station.contact_desk import ContactDesk
from esos.station.contact_page import parcels_of, read_contact_page
from esos.station.contacts import Asked, digest_of
from esos.web.csrf import SESSION_COOKIE
from esos.words.contact import ContactWhy

pytestmark = pytest.mark.anyio
ADDRESS = Contact(channel="file", address="two")


class Visitor:
    """Somebody with a browser and a token, at a station with an officer that has an address."""

    def __init__(self, club, officer: str) -> None:
        self.club, self.station, self.officer = club, club.station, officer

    async def codes(self) -> list[str]:
        """The codes that are on their way, newest first."""
        parcels = await self.station.journal.parcels(case=parcels_of(self.officer))
        return [read_contact_page(one.parcel.blob).code for one in parcels]

    async def bearer(self, party: str) -> dict[str, str]:
        return {"authorization": f"Bearer {await self.station.tokens.program_token(party)}"}

    async def signed_in(self, party: str) -> dict[str, str]:
        return {"cookie": f"{SESSION_COOKIE}={await self.station.tokens.session(party)}"}


@asynccontextmanager
async def visitor(tmp_path):
    async with small_club(tmp_path / "home") as club:
        officer = await founder_of(club.station).add_officer("Officer Two", ("officer",), (ADDRESS,))
        async with httpx.AsyncClient(transport=club.transport, base_url="http://127.0.0.1:8765") as http:
            yield Visitor(club, officer), http


async def test_a_ringing_over_http_comes_back_by_its_code_and_makes_the_person_ready(tmp_path):
    async with visitor(tmp_path) as (one, http):
        me = await one.bearer(one.officer)
        rung = (await http.post(f"/api/v1/contacts/{one.officer}/ring", headers=me)).json()
        assert rung["trials"][0]["answered_ms"] == 0
        assert not rung["wakes"]
        [code] = await one.codes()
        assert (await http.post("/api/v1/contacts/answer", json={"code": code})).is_success
        shown = (await http.get(f"/api/v1/contacts/{one.officer}", headers=me)).json()
        assert shown["wakes"]
        assert shown["trials"][0]["answered_ms"] > 0
        ready = (await http.get("/api/v1/ready", headers=me)).json()
        assert {row["name"]: row["wakes"] for row in ready["officers"]} == {"Officer One": False, "Officer Two": True}


async def test_nobody_rings_or_sees_another_but_the_stations_keepers(tmp_path):
    async with visitor(tmp_path) as (one, http):
        member = (await one.club.join("Example Network")).kid.hex()
        theirs = await one.bearer(member)
        for path in (f"/api/v1/contacts/{one.officer}/ring", f"/api/v1/contacts/{one.officer}/confirm"):
            assert (await http.post(path, headers=theirs)).json()["code"] == "contact.not_yours_to_ring"
        assert (await http.get(f"/api/v1/contacts/{one.officer}", headers=theirs)).status_code == 403
        assert (await http.get("/api/v1/ready", headers=theirs)).status_code == 403
        assert (await http.get("/ready", headers=await one.signed_in(member))).status_code == 403
        keeper = await one.bearer(one.club.officer)
        assert (await http.post(f"/api/v1/contacts/{one.officer}/ring", headers=keeper)).is_success


async def test_opening_the_link_of_a_test_proves_nothing_and_its_button_does(tmp_path):
    async with visitor(tmp_path) as (one, http):
        await ContactDesk(one.station).ring(one.officer, by=one.officer)
        [code] = await one.codes()
        opened = await http.get(f"/t/{code}")
        assert opened.status_code == 200
        assert "This is a test of an address, not a call." in opened.text
        standing = one.station.directory.contacts.standing
        assert not standing(one.officer, ADDRESS).proven_ms
        pressed = await http.post(f"/t/{code}", follow_redirects=True)
        assert "It reached you, and the station knows it" in pressed.text
        assert standing(one.officer, ADDRESS).proven_ms


async def test_a_code_opens_no_other_door_and_no_other_link_opens_this_one(tmp_path):
    async with visitor(tmp_path) as (one, http):
        await ContactDesk(one.station).ring(one.officer, by=one.officer)
        [code] = await one.codes()
        for path in (f"/a/{code}", f"/r/{code}", f"/c/{code}"):
            assert (await http.get(path)).status_code in {401, 404}
        assert (await http.get("/api/v1/cases", headers={"authorization": f"Bearer {code}"})).status_code == 401
        link = one.station.tokens.page_link(one.officer, about=b"c" * 16, lives_ms=60_000)
        assert (await http.get(f"/t/{link}")).status_code == 400
        assert (await http.get("/t/Q7KM93TX2BVH")).status_code == 404


async def test_the_pages_say_who_would_not_wake_and_how_to_try(tmp_path):
    async with visitor(tmp_path) as (one, http):
        here = await one.signed_in(one.officer)
        ready = (await http.get("/ready", headers=here)).text
        assert "Not ready" in ready
        assert "Officer Two is on watch and would perhaps not wake" in ready
        assert len(ready.encode()) < 100_000
        own = (await http.get("/contacts", headers=here)).text
        assert "Ring me now" in own
        assert "not confirmed by its owner" in own
        other = (await http.get("/contacts", params={"of": one.club.officer}, headers=here)).text
        assert "Ring" not in other.partition("<main")[2]


async def test_a_check_that_was_missed_is_said_on_every_page_of_its_owner(tmp_path):
    async with visitor(tmp_path) as (one, http):
        contacts, now_ms = one.station.directory.contacts, one.station.clock.now_ms()
        body = b.ContactAsked(
            party=one.officer,
            contact=ADDRESS,
            why=ContactWhy.CONFIRM,
            digest=digest_of("0" * 12),
            answer_by_ms=now_ms - 1,
            until_ms=now_ms + 1,
        )
        contacts.ask(Asked(id=b"a" * 32, body=body, at_ms=now_ms - 10))
        contacts.answer(b.ContactAnswered(code="0" * 12), one.officer, now_ms - 9)
        check = msgspec.structs.replace(body, why=ContactWhy.CHECK, digest=digest_of("1" * 12))
        contacts.ask(Asked(id=b"b" * 32, body=check, at_ms=now_ms - 8))
        for path in ("/watch", "/register", "/log"):
            said = (await http.get(path, headers=await one.signed_in(one.officer))).text
            assert "You did not answer the check of file:two" in said
        others = (await http.get("/watch", headers=await one.signed_in(one.club.officer))).text
        assert "You did not answer the check" not in others
        assert (
            "Who did not answer their check"
            in (await http.get("/ready", headers=await one.signed_in(one.officer))).text
        )
