"""Two processes of one station, on each engine, to which the same is brought at the same moment: one thing comes of it."""

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from esos.errors import EsosError
from esos.keys.speaker import KnownBy
from esos.message import bodies as b
from esos.pact import shipped
from esos.service import founder_of, opened_station
from esos.settings import Settings
from esos.station.drafts import Drafts
from esos.station.invite import INVITATION_BYTES, accept, secret_for
from esos.station.tokens import Holder
from esos.station.visit import Visits
from esos.vault.home import Home
from esos.vault.keyfile import new_key
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent))

from live import card_of, now_ms

pytestmark = pytest.mark.anyio
TIMES = 5


@pytest.fixture(params=["sqlite", "postgres"])
async def processes(request, tmp_path):
    """Two processes of one station, as far as the store can tell."""
    database = "" if request.param == "sqlite" else request.getfixturevalue("shared_store")
    home = Home(tmp_path / "home")
    home.create(name="Example Watch", realm=Realm.REAL)
    settings = Settings(http="127.0.0.1:0", udp="", database=database)
    async with AsyncExitStack() as stack:
        both = [
            await stack.enter_async_context(opened_station(home, settings, lambda: "", holder=name))
            for name in ("one", "other")
        ]
        founder = founder_of(both[0])
        await founder.publish_pact(shipped.load("club")[0])
        both[0].officers = [await founder.add_officer(f"Officer {name}", ("officer",)) for name in ("One", "Two")]
        for station in both:
            await station.directory.refresh(station.journal)
        yield both


def signed_card(name):
    return card_of(name, new_key(Realm.REAL))


async def invited(station, name):
    body = b.MemberInvited(invitation=station.dice.bytes(INVITATION_BYTES), name=name)
    said = station.identity.say("member_invited", body, now_ms=now_ms())
    await station.intake.keep(station.judge.judge_own(said, station.identity.speaker), now_ms=now_ms())
    await station.directory.refresh(station.journal)
    return await secret_for(station, body.invitation)


def members_called(station, name):
    return [member for member, card in station.directory.members.items() if card.name == name]


async def test_one_invitation_that_two_accept_at_once_makes_one_member_and_the_other_is_told(processes):
    for number in range(TIMES):
        name = f"Example Harbour {number}"
        secret = await invited(processes[number % 2], name)
        said = await asyncio.gather(
            *(accept(station, secret, signed_card(name)) for station in processes * 2), return_exceptions=True
        )
        refused = [one.code for one in said if isinstance(one, EsosError)]
        assert len(refused) == len(said) - 1, said
        assert set(refused) <= {"invitation.busy", "invitation.over", "invitation.unknown"}
        for station in processes:
            await station.directory.refresh(station.journal)
            assert len(members_called(station, name)) == 1


async def test_an_acceptance_that_was_held_up_for_longer_than_its_turn_makes_no_second_member(processes, monkeypatch):
    slow, quick = processes
    secret = await invited(quick, "Example Weir")
    may, keep, is_held = asyncio.Event(), slow.intake.keep, asyncio.Event()

    async def held_up(*given, **more):
        is_held.set()
        await may.wait()
        return await keep(*given, **more)

    async def always(*_given, **_more):
        return 1

    monkeypatch.setattr(slow.intake, "keep", held_up)
    monkeypatch.setattr(quick.journal, "lease", always)  # the turn of the slow one ran out
    first = asyncio.create_task(accept(slow, secret, signed_card("Example Weir")))
    await is_held.wait()
    member = await accept(quick, secret, signed_card("Example Weir"))
    may.set()
    with pytest.raises(EsosError) as late:
        await first
    assert late.value.code == "invitation.over"
    for station in processes:
        await station.directory.refresh(station.journal)
        assert members_called(station, "Example Weir") == [member]


async def test_one_draft_that_two_officers_make_a_call_at_once_is_one_case_for_both(processes):
    officers = processes[0].officers
    for number in range(TIMES):
        draft = Drafts(processes[0]).new()
        answers = {"caller": f"Example Waterworks {number}", "words": "No pressure any more."}
        await Drafts(processes[0]).keep(draft, answers, party=officers[0], turn=1)
        calls = [
            Drafts(station).make_call(
                draft,
                speaker=speaker_of(station, officer),
                visits=Visits(station),
                answers={"place": f"Site {officer}"},
            )
            for station, officer in zip(processes, officers, strict=True)
        ]
        made = asyncio.gather(*calls)
        while not made.done():
            await processes[0].fold_all()
            await asyncio.sleep(0.01)
        assert len(set(await made)) == 1, "both come to the same case"
        await processes[0].fold_all()
        found = await processes[0].journal.cases(limit=100)
        assert len(found) == number + 1, [one.id.hex() for one in found]
        said = [one for one in await processes[1].journal.read(limit=1_000) if one.kind == "relayed"]
        assert len({one.case for one in said}) == number + 1
        for station in processes:
            assert (await Drafts(station).find(draft)).done
            assert await Drafts(station).open() == []


def speaker_of(station, officer):
    return station.desk.speaker(Holder(party=officer, purpose="session", known_by=KnownBy.SESSION))
