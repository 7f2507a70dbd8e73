"""A responder at its desk, before a real station: it sees what is asked, answers with its own key, works and settles."""

import pytest
from doubles.small_club import small_club

from esos.errors import Conflict, Malformed, Unknown
from esos.message.bodies import CallDetails, Called, NeedAsk
from esos.responder.answer import commit, consider, decline, how_of, offer
from esos.responder.desk import ResponderDesk
from esos.responder.inbox import find_case, find_request, inbox
from esos.responder.register import declare_conflict, lodge_package, state_availability
from esos.responder.volunteer import stand_by, volunteer
from esos.responder.work import come_back, extend, progress, settle, withdraw
from esos.vault.chance import SystemClock, SystemDice
from esos.words.ground import Ground
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

pytestmark = pytest.mark.anyio
CLOCK = SystemClock()
NAMES = iter(f"Example Member {number}" for number in range(1000))
TEN = (NeedAsk(line=NeedLine.FILTERING, quantity=10),)


@pytest.fixture(scope="module")
async def club(tmp_path_factory):
    async with small_club(tmp_path_factory.mktemp("club") / "home") as club:
        yield club


@pytest.fixture
async def case(club):
    """A case of a flooded caller that an officer has taken."""
    caller = await club.join(next(NAMES))
    details = CallDetails(natures=(2,), needs=(NeedAsk(line=NeedLine.FILTERING, quantity=20),))
    call = Called(call=SystemDice().bytes(8), details=details)
    reply = await club.door(caller).submit(caller.say("called", call, now_ms=CLOCK.now_ms()).raw)
    await club.officer_says("acknowledged", {}, reply["case"])
    return reply["case"]


@pytest.fixture
async def desk(club):
    voice = await club.join(next(NAMES))
    return ResponderDesk(voice=voice, clock=CLOCK, door=club.door(voice), member=voice.kid.hex())


@pytest.fixture
async def asked(club, case, desk):
    """The request as the desk's program found it."""
    return await find_request(desk, await club.ask(case, desk.voice))


async def test_looking_at_the_inbox_says_that_the_request_was_delivered_once(club, case, desk):
    request = await club.ask(case, desk.voice)
    for _ in range(2):
        assert [(view["request"], view["state"]) for view in await inbox(desk)] == [(request, "delivered")]
    view = await club.station.views.case(bytes.fromhex(case), now_ms=CLOCK.now_ms())
    assert [item.signed for item in view.timeline if item.kind == "delivered"] == ["own key"]


async def test_an_inbox_without_requests_is_empty(desk):
    assert await inbox(desk) == []


async def test_what_has_an_outcome_is_not_open(desk, asked):
    assert len(await inbox(desk, only_open=True)) == 1
    await decline(desk, asked, ground=Ground.OWN_EMERGENCY, sentence="We too", could_meet=TEN)
    assert await inbox(desk, only_open=True) == []
    assert (await inbox(desk))[0]["ground"] == "D2"


async def test_a_request_is_found_by_the_start_of_its_id(desk, asked):
    assert (await find_request(desk, asked["request"][:6]))["request"] == asked["request"]
    for wanted in ("ffffffff", asked["request"][:2]):
        with pytest.raises(Unknown) as refused:
            await find_request(desk, wanted)
        assert refused.value.code == "request.unknown"


async def test_a_case_is_named_by_its_id_or_by_the_code_of_one_that_the_member_is_part_of(club, case, desk, asked):
    code = (await desk.door.case(case))["code"]
    assert [await find_case(desk, name) for name in (case, code, code.lower(), case[:10])] == [case] * 4
    for wanted in ("QQQQQQ", "", "f" * 31):
        with pytest.raises(Unknown) as refused:
            await find_case(desk, wanted)
        assert refused.value.code == "case.unknown_here"


async def test_the_start_of_two_ids_is_not_enough(desk, asked):
    class TwoAlike:
        home = desk.door.home

        async def requests(self):
            return [asked, {**asked, "request": asked["request"][:8] + "0" * 24}]

    both = ResponderDesk(voice=desk.voice, clock=CLOCK, door=TwoAlike(), member=desk.member)
    with pytest.raises(Malformed) as refused:
        await find_request(both, asked["request"][:8])
    assert refused.value.code == "request.ambiguous"


async def test_considering_is_not_an_answer(desk, asked):
    said = await consider(desk, asked, "The router team looks at it")
    assert (said.request["state"], said.request["word"]) == ("considering", "thinking")


@pytest.mark.parametrize(
    ("lines", "condition", "held_minutes", "how"),
    [((), "", 0, "full"), (TEN, "", 0, "partial"), (TEN, "At night", 0, "conditional"), ((), "", 30, "provisional")],
)
async def test_an_offer_says_how_it_is_meant(desk, asked, lines, condition, held_minutes, how):
    said = await offer(desk, asked, lines=lines, condition=condition, held_minutes=held_minutes, ready_minutes=5)
    assert how_of(lines, condition, held_minutes) == said.request["how"] == how
    assert said.request["offered"][0]["quantity"] == (10 if lines else 20)


async def test_a_commitment_binds_for_what_is_open(desk, asked):
    said = await commit(desk, asked, ready_minutes=10)
    assert (said.request["state"], said.request["committed"][0]["quantity"]) == ("committed", 20)
    assert said.case_state == "assisting"


async def test_the_work_goes_from_the_first_act_to_the_account(desk, asked):
    await commit(desk, asked)
    states = [
        (await progress(desk, asked, note="10 Gbit/s", done_percent=50)).request["state"],
        (await extend(desk, asked, days=3)).request["state"],
        (await come_back(desk, asked, "Rules are gone")).request["state"],
        (await settle(desk, asked, hours=6, cost_eur=0)).request["state"],
    ]
    assert states == ["on_scene", "extending", "returned", "settled"]


async def test_a_helper_may_leave_with_a_ground_and_notice(desk, asked):
    await commit(desk, asked)
    said = await withdraw(desk, asked, ground=Ground.DANGER, notice_minutes=30, sentence="Our own customers")
    assert (said.request["state"], said.request["ground"]) == ("withdrawn", "D3")


async def test_an_answer_after_the_outcome_is_refused_with_its_code(desk, asked):
    await decline(desk, asked, ground=Ground.UNABLE)
    with pytest.raises(Conflict) as refused:
        await consider(desk, asked)
    assert refused.value.code == "request.ended"


async def test_a_late_yes_enters_as_an_offer_nobody_asked_for(desk, asked):
    await decline(desk, asked, ground=Ground.UNABLE)
    await offer(desk, asked, lines=TEN)
    assert {(view["state"], view["unsolicited"]) for view in await inbox(desk)} == {
        ("declined", False), ("offered", True),
    }  # fmt: skip


async def test_help_nobody_asked_for_enters_by_its_own_door(case, desk):
    await volunteer(desk, case, lines=TEN, ready_minutes=10)
    await stand_by(desk, case, note="Two people tonight")
    assert sorted(view["how"] for view in await inbox(desk)) == ["full", "standby"]


async def test_the_register_learns_what_is_free_what_is_promised_and_whom_not_to_meet(club, case, desk):
    other = await club.join(next(NAMES))
    kinds = [
        (await state_availability(desk, line=NeedLine.FILTERING, units=5, ttl_minutes=60)).kind,
        (await lodge_package(desk, lines=TEN, urgencies=(Urgency.MAYDAY,), valid_days=30)).kind,
        (await declare_conflict(desk, other=other.kid.hex(), reason="Same owner")).kind,
    ]
    assert kinds == ["availability_stated", "package_lodged", "conflict_declared"]
