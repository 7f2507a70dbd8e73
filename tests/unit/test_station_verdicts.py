"""What a door answers about something kept: told by the worker, and never that it is lost."""

import asyncio

import pytest
from doubles.small_club import small_club

from esos.errors import Busy
from esos.message import bodies as b
from esos.message.statement import write_statement
from esos.pact import shipped
from esos.service import founder_of, opened_station
from esos.settings import Settings
from esos.vault.chance import SystemClock
from esos.vault.home import Home
from esos.vault.keyfile import new_key
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio
CROWD = 200


async def busy(*_, **__):
    raise Busy("storage.readers_busy", "Too many readers are waiting for the journal.")


async def test_a_crowd_learns_its_verdicts_although_nobody_can_read_the_journal(tmp_path, monkeypatch):
    async with small_club(tmp_path / "home") as club:
        station, caller = club.station, await club.join("Harbour Hospital")
        opened = await station.desk.submit(caller.say("called", b.Called(call=b"call-one"), now_ms=1).raw)
        monkeypatch.setattr(station.journal, "entry", busy)
        now_ms = SystemClock().now_ms()
        notes = [
            caller.say("messaged", b.Messaged(text=f"Note {number}"), now_ms=now_ms, case=bytes.fromhex(opened.case))
            for number in range(CROWD)
        ]
        outcomes = await asyncio.gather(*(station.desk.submit(note.raw) for note in notes))
        assert {(one.verdict, one.case) for one in outcomes} == {("applied", opened.case)}


async def test_what_is_kept_and_not_folded_in_time_is_said_to_be_kept(tmp_path, monkeypatch):
    home, key = Home(tmp_path / "home"), new_key(Realm.REAL)
    home.create(name="Example Watch", realm=Realm.REAL)
    async with opened_station(home, Settings(), lambda: "") as station:
        await founder_of(station).publish_pact(shipped.load("club")[0])
        monkeypatch.setattr(station.journal, "entry", busy)
        body = b.Called(call=b"call-one")
        said = write_statement(seed=key.seed, realm=Realm.REAL, kind="called", body=body, time_ms=1)
        taken = await station.intake.take(said.raw, stranger_key=key.public)
        outcome = await station.desk.outcome(taken, wait_ms=120)
        assert (outcome.statement, outcome.verdict, outcome.case) == (said.id.hex(), "", "")
