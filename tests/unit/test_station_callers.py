"""Who calls as a member, whom a call binds, and what a stranger is given: never whether it is heard."""

import anyio
import msgspec
import pytest
from doubles.case_play import CALLER, FIRST, RELAY, RULES, STRANGER, Play, need
from doubles.small_club import small_club

from esos.case.model import decode_case
from esos.duty import events as d
from esos.duty.register import Register
from esos.keys.speaker import KnownBy, Role, Speaker
from esos.message import bodies as b
from esos.message.card import Capability, MemberCard, PublicKey
from esos.pact.model import Callers
from esos.service import founder_of
from esos.station.callers import ADVICE_ONLY, binds_under, is_member
from esos.station.waves import plan, why_nobody
from esos.vault.chance import SystemClock
from esos.words.need import NeedLine
from esos.words.realm import Realm
from esos.words.tier import DutyTier


def under(**callers):
    given = {"strangers": "advice-only", **callers}
    return msgspec.structs.replace(RULES, callers=Callers(**given))


def register(*, kind: str = "hospital") -> Register:
    """A caller and one helper, both of them in the pact."""
    made = Register()
    helps = (
        Capability(line=NeedLine.FILTERING, units=100),
        Capability(line=NeedLine.SCRUBBING, units=100),
        Capability(line=NeedLine.ADVICE, units=100),
    )
    cards = {"hospital": (kind, ()), "helper": ("team", helps)}
    for number, (name, (of_kind, capabilities)) in enumerate(cards.items()):
        keys = (PublicKey(public=bytes([number]) * 32, realm=Realm.REAL),)
        card = MemberCard(name=name.title(), kind=of_kind, keys=keys, capabilities=capabilities)
        made.apply(2 * number + 1, d.MemberRegistered(member=name, card=card, at_ms=0))
        made.apply(2 * number + 2, d.Acceded(member=name, pact=RULES.pact, in_force_ms=0))
    return made


def tier_of(play: Play, made: Register, line: NeedLine = NeedLine.ADVICE) -> int | None:
    """The duty tier by which the helper would be asked for a line; None where it would not be."""
    wave = plan(play.case, made, wave=1, widen=False, now_ms=play.now_ms)
    asked = [one for one in wave.requests if line in {ask.line for ask in one.lines}]
    return asked[0].why.tier if asked else None


def test_a_members_call_binds_those_who_acceded_as_it_did():
    play = Play(rules=under()).called(needs=need(4, NeedLine.ADVICE))
    assert binds_under(play.case, register()) is None
    assert tier_of(play, register()) == DutyTier.PACT


def test_a_member_of_another_kind_is_heard_as_a_stranger():
    play = Play(rules=under(member_kinds=("state",))).called(needs=need(4, NeedLine.ADVICE))
    assert not is_member(play.case, register())
    assert is_member(play.case, register(kind="state"))
    assert tier_of(play, register()) != DutyTier.PACT
    assert tier_of(play, register(kind="state")) == DutyTier.PACT


@pytest.mark.parametrize(("strangers", "bound"), [("as-members", DutyTier.PACT), ("advice-only", None)])
def test_a_stranger_binds_nobody_until_it_was_called_back_and_then_as_the_pact_says(strangers, bound):
    play = Play(caller=STRANGER, rules=under(strangers=strangers)).called(STRANGER, needs=need(4, NeedLine.ADVICE))
    assert tier_of(play, register()) != DutyTier.PACT
    play.acknowledged().say(FIRST, "called_back", result="in_distress")
    assert (tier_of(play, register()) == DutyTier.PACT) == (bound is DutyTier.PACT)
    assert tier_of(play, register()) is not None, "it is helped all the same, by whoever can"


def test_a_caller_that_says_there_is_no_distress_binds_nobody():
    play = Play(caller=STRANGER, rules=under(strangers="as-members")).called(STRANGER, needs=need(4, NeedLine.ADVICE))
    play.acknowledged().say(FIRST, "called_back", result="no_distress")
    assert binds_under(play.case, register()) == ()


def test_the_station_asks_by_itself_only_for_what_the_pact_gives_a_stranger():
    needs = (*need(4, NeedLine.ADVICE), *need(2, NeedLine.SCRUBBING))
    limited = Play(caller=STRANGER, rules=under()).called(STRANGER, needs=needs)
    welcome = Play(caller=STRANGER, rules=under(strangers="as-members")).called(STRANGER, needs=needs)
    assert tier_of(limited, register(), NeedLine.SCRUBBING) is None
    wave = plan(limited.case, register(), wave=1, widen=False, now_ms=limited.now_ms)
    assert {ask.line for ask in wave.unmet} == {NeedLine.ADVICE, NeedLine.SCRUBBING}, "what is withheld is shown"
    assert {ask.line for ask in wave.requests[0].lines} == {NeedLine.ADVICE}
    assert not wave.is_withheld
    both = plan(welcome.case, register(), wave=1, widen=False, now_ms=welcome.now_ms)
    assert {line for one in both.requests for line in (ask.line for ask in one.lines)} >= {NeedLine.ADVICE}


def test_a_wave_that_may_ask_for_nothing_says_that_the_pact_is_why():
    play = Play(caller=STRANGER, rules=under()).called(STRANGER, needs=need(2, NeedLine.SCRUBBING))
    wave = plan(play.case, register(), wave=1, widen=False, now_ms=play.now_ms)
    assert (wave.requests, wave.is_withheld) == ((), True)
    assert why_nobody(play.case, is_withheld=wave.is_withheld) == ADVICE_ONLY


@pytest.mark.parametrize(("relays", "binds"), [("anyone", None), ("members", ())])
def test_a_relay_the_pact_does_not_hear_binds_nobody_until_the_caller_was_heard(relays, binds):
    passer_by = Speaker(party="visitor:2", roles=frozenset({Role.STRANGER}), known_by=KnownBy.NOTHING, attested=True)
    play = Play(rules=under(relays=relays)).say(passer_by, "relayed", call=b"call-one", caller=CALLER.party)
    assert binds_under(play.case, register()) == binds
    assert play.say(RELAY, "relayed", call=b"call-two", caller=CALLER.party).case.relays
    assert binds_under(play.case, register()) is None, "a member's relay is heard"


# ------------------------------------------------------------------------------------------ delegates
@pytest.mark.anyio
@pytest.mark.parametrize(("named", "known"), [(True, "key_ok"), (False, "unverified")])
async def test_whom_a_member_names_on_its_card_calls_for_it_as_it_does(tmp_path, named, known):
    async with small_club(tmp_path / "home") as club:
        delegate = await club.join("Delegate")
        ward = await club.join("Ward")
        if named:
            await renewed(club, ward, delegates=(delegate.kid.hex(),))
        now_ms = SystemClock().now_ms()
        said = delegate.say("relayed", b.Relayed(call=b"call-one", caller=ward.kid.hex()), now_ms=now_ms)
        await club.door(delegate).submit(said.raw)
        case = await arrived(club, ward.kid.hex())
        assert (case.caller, case.verification.value) == (ward.kid.hex(), known)


async def renewed(club, voice, **changes):
    card = msgspec.structs.replace(club.station.directory.members[voice.kid.hex()], **changes)
    proof = voice.say("card_signed", b.CardSigned(card=card), now_ms=SystemClock().now_ms())
    await founder_of(club.station).register(proof.raw)


async def arrived(club, caller: str):
    """The caller's case, once the station has folded the call."""
    for _ in range(2_000):
        record = await club.station.journal.open_case_of(caller)
        if record is not None:
            return decode_case(record.blob)
        await anyio.sleep(0.01)
    raise AssertionError("the call never arrived")
