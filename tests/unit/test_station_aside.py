"""Calls that meet trouble in the fold: one that cannot be folded is told to people, and none is lost to a closing case."""

import msgspec
import pytest
from doubles.small_club import small_club

from esos.case.model import decode_case
from esos.errors import Conflict
from esos.message import bodies as b
from esos.message.card import Contact
from esos.message.statement import write_statement
from esos.pact import shipped
from esos.pact.timers import DAY_MS
from esos.service import founder_of, opened_station
from esos.settings import Settings
from esos.station.paging import PageOrder
from esos.station.records import SET_ASIDE
from esos.vault.chance import SystemClock
from esos.vault.home import Home
from esos.vault.keyfile import new_key
from esos.words.life import Life
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio


def breaks(*_):
    raise RuntimeError("an odd statement")


async def test_a_call_that_cannot_be_folded_wakes_the_officers_and_stands_on_the_watch_floor(tmp_path, monkeypatch):
    async with small_club(tmp_path / "home") as club:
        station = club.station
        way = Contact(channel="file", address="night")
        await founder_of(station).add_officer("Officer Two", ("officer",), contacts=(way,))
        caller = await club.join("Harbour Hospital")
        monkeypatch.setattr(station.folder.cases, "fold_entry", breaks)
        now_ms = SystemClock().now_ms()
        said = caller.say("called", b.Called(call=b"call-one"), now_ms=now_ms)
        with pytest.raises(Conflict) as refused:
            await station.desk.submit(said.raw)
        assert refused.value.code == SET_ASIDE
        pages = [msgspec.msgpack.decode(one.parcel.blob, type=PageOrder) for one in await station.journal.parcels()]
        assert [(page.says, page.address, page.caller_name) for page in pages] == [
            ("set_aside", "night", "Harbour Hospital")
        ]
        title, body = station.pager.text(pages[0])
        assert title == "Emergency now (mayday): a call of Harbour Hospital could not be processed"
        assert "please call Harbour Hospital back now" in body
        assert [one.caller for one in await station.calls_aside(now_ms=now_ms)] == ["Harbour Hospital"]
        assert await station.calls_aside(now_ms=now_ms + 8 * DAY_MS) == []


async def test_the_call_after_one_that_could_not_be_folded_opens_a_case(tmp_path, monkeypatch):
    async with small_club(tmp_path / "home") as club:
        station, caller = club.station, await club.join("Harbour Hospital")
        with monkeypatch.context() as patch:
            patch.setattr(station.folder.cases, "fold_entry", breaks)
            with pytest.raises(Conflict):
                await station.desk.submit(caller.say("called", b.Called(call=b"call-one"), now_ms=1).raw)
        kept = await station.desk.submit(caller.say("called", b.Called(call=b"call-two"), now_ms=2).raw)
        assert (await station.journal.open_case_of(caller.kid.hex())).id.hex() == kept.case


async def test_a_call_that_comes_as_its_last_case_closes_by_itself_opens_a_new_one(tmp_path):
    """The station was away when the case was to be closed; the call is folded before that timer is claimed."""
    home = Home(tmp_path / "home")
    home.create(name="Example Watch", realm=Realm.REAL)
    async with opened_station(home, Settings(), lambda: "") as station:
        await founder_of(station).publish_pact(shipped.load("club")[0])
        caller = new_key(Realm.REAL)

        async def folded(kind: str, body: b.Body, at_ms: int, case: bytes | None = None) -> bytes:
            said = write_statement(seed=caller.seed, realm=Realm.REAL, kind=kind, body=body, time_ms=at_ms, case=case)
            judged = station.judge.judge(said.raw, now_ms=at_ms, stranger_key=caller.public)
            await station.intake.keep(judged, now_ms=at_ms)
            await station.folder.run_once(now_ms=at_ms)
            entry = await station.journal.entry(said.id)
            assert entry.verdict == "applied", entry.reason
            return entry.case

        start_ms = SystemClock().now_ms()
        first = await folded("called", b.Called(call=b"call-one"), start_ms)
        assert await folded("cancelled", b.Cancelled(), start_ms + 1, first) == first
        again = await folded("called", b.Called(call=b"call-two"), start_ms + 100 * DAY_MS)
        lives = {record.id: decode_case(record.blob) for record in await station.journal.cases()}
        assert lives[first].life is Life.CLOSED
        assert (lives[again].life, lives[again].linked_to) == (Life.ARRIVED, first)


async def test_a_case_that_cannot_be_written_is_set_aside_and_those_beside_it_are_kept(tmp_path):
    home = Home(tmp_path / "home")
    home.create(name="Example Watch", realm=Realm.REAL)
    async with opened_station(home, Settings(), lambda: "") as station:
        await founder_of(station).publish_pact(shipped.load("club")[0])
        now_ms = SystemClock().now_ms()
        keys = [new_key(Realm.REAL) for _ in range(2)]
        for key in keys:
            body = b.Called(call=b"call-one")
            said = write_statement(seed=key.seed, realm=Realm.REAL, kind="called", body=body, time_ms=now_ms)
            await station.intake.take(said.raw, stranger_key=key.public)
        odd, well = (f"stranger:{key.kid.hex()}" for key in keys)
        save = station.journal.save

        async def choosy(foldings, *, now_ms, term):
            if any(one.case and one.case.caller == odd for one in foldings):
                raise OverflowError("a number too large")
            return await save(foldings, now_ms=now_ms, term=term)

        station.journal.save = choosy
        while await station.folder.run_once(now_ms=now_ms):
            pass
        assert [record.caller for record in await station.journal.cases()] == [well]
        assert await station.journal.set_aside_count() == 1
        assert await station.journal.oldest_inbox_ms() is None
