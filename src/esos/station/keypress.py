"""Answers by keypress: the words for a voice gateway to speak, and what the digits mean that were pressed.

The gateway rings the number and knows nothing else: the ring is the signed secret of that one page. Law 4: a call that
was picked up is no answer; only a digit is.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from esos.case.model import ASKED, Case, Request
from esos.errors import EsosError
from esos.station.answering import (
    Answered,
    Match,
    lines_of,
    say_coming,
    say_limited,
    say_no,
    spelt,
    take_case,
    words_of,
)
from esos.station.contact_desk import ContactDesk
from esos.station.station import Station
from esos.station.telling import is_checked
from esos.words.answer_replies import DRILL_ALOUD, Prompt, prompt_words
from esos.words.ground import Ground
from esos.words.language import say
from esos.words.phrases import caller_words
from esos.words.realm import Realm
from esos.words.request_state import RequestState

CASE_BYTES = 16
RUNG = frozenset({"voice", "ring"})
"""The channels of a contact that a machine rings."""
AMOUNT_MAX_DIGITS = 7
GROUND_OF_DIGIT: Final = {str(number % 10): Ground(f"D{number}") for number in range(1, 11)}
"""1 to 9 for the first nine grounds, 0 for the tenth."""


class Heard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a voice gateway says: which ring, the digits that were pressed, and ``then`` as the last turn gave it."""

    ring: Annotated[str, Meta(min_length=1, max_length=400)]
    digits: Annotated[str, Meta(pattern=r"^[0-9*#]{0,12}\Z")] = ""
    then: Annotated[str, Meta(pattern=r"^[a-z]{0,10}(:[0-9,]{0,200})?\Z")] = ""


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """What to speak, how many digits to wait for (more than one end with hash; 0: hang up), and ``then`` to give back.

    ``recorded`` is true once an answer stands.
    """

    say: str
    digits: int = 0
    then: str = ""
    recorded: bool = False


class Keypress:
    """One turn after another of a call that a voice gateway makes; between them it remembers nothing."""

    def __init__(self, station: Station) -> None:
        self._station = station

    async def turn(self, heard: Heard) -> Spoken:
        """What to speak next. Nothing is changed but by a clear answer."""
        match = await self._match(heard.ring)
        if match is None:
            return await self._test(heard)
        if match.request is None:
            return await self._officer(match, heard)
        step, _, kept = heard.then.partition(":")
        steps = {"amount": self._amount, "ground": self._ground}
        return await steps.get(step, self._menu)(match, heard.digits, kept)

    async def _match(self, ring: str) -> Match | None:
        """What the ring is about, None where nobody needs to answer it any more."""
        holder = await self._station.tokens.holder(ring)
        if holder is None or holder.purpose != "ack":
            return None
        try:
            _, case = await self._station.views.record(holder.about[:CASE_BYTES])
        except EsosError:
            return None
        if not case.is_open:
            return None
        if holder.party in self._station.directory.officers:
            return Match(case, None, holder.party) if case.lease is None else None
        request = case.requests.get(holder.about[CASE_BYTES:])
        waits = request is not None and request.responder == holder.party and _waits(request)
        return Match(case, request, holder.party) if waits else None

    async def _test(self, heard: Heard) -> Spoken:
        """A ring that only tries this telephone, or that nobody needs to answer any more."""
        desk = ContactDesk(self._station)
        try:
            ask = desk.find(heard.ring)
            if ask.body.contact.channel not in RUNG:
                return Spoken(say=prompt_words(Prompt.GONE))
            if heard.digits == "1":
                await desk.answer(heard.ring, channel="keypress")
                return Spoken(say=f"{prompt_words(Prompt.PROVED)} {prompt_words(Prompt.OVER)}", recorded=True)
        except EsosError:
            return Spoken(say=prompt_words(Prompt.GONE))
        return self._menu_spoken(prompt_words(Prompt.TEST, station=self._name), heard.digits)

    async def _officer(self, match: Match, heard: Heard) -> Spoken:
        if heard.digits == "1":
            return _done(await take_case(self._station, match.party, match.case, channel="keypress"))
        words = prompt_words(Prompt.OFFICER, station=self._name, caller=_caller(match.case), case=spelt(match.case))
        return self._menu_spoken(words, heard.digits)

    async def _menu(self, match: Match, digits: str, kept: str) -> Spoken:
        del kept
        if digits == "1":
            return _done(await say_coming(self._station, match, channel="keypress"))
        if digits == "2":
            return self._ask_amount(match, ())
        if digits == "3":
            return Spoken(say=prompt_words(Prompt.GROUND), digits=1, then="ground")
        request = match.request
        words = prompt_words(
            Prompt.ASKED,
            station=self._name,
            caller=_caller(match.case),
            team=(request.name if request else "") or self._station.directory.name_of(match.party),
            what=words_of(lines_of(request) if request else ()),
        )
        return self._menu_spoken(words, digits)

    def _menu_spoken(self, words: str, digits: str) -> Spoken:
        """The opening; said again where another key was pressed."""
        before = prompt_words(Prompt.AGAIN) if digits not in {"", "9"} else ""
        drill = say(DRILL_ALOUD) if self._station.identity.realm is Realm.EXERCISE else ""
        return Spoken(say=" ".join(one for one in (before, drill, words) if one), digits=1, then="menu")

    def _ask_amount(self, match: Match, given: tuple[int, ...], before: str = "") -> Spoken:
        ask = lines_of(match.request)[len(given)] if match.request else None
        words = prompt_words(Prompt.AMOUNT, what=words_of((ask,) if ask else ()))
        then = f"amount:{','.join(map(str, given))}"
        return Spoken(say=f"{before} {words}".strip(), digits=AMOUNT_MAX_DIGITS, then=then)

    async def _amount(self, match: Match, digits: str, kept: str) -> Spoken:
        given = tuple(int(one) for one in kept.split(",") if one)
        typed = digits.removesuffix("#")
        asked = lines_of(match.request) if match.request else ()
        if len(given) >= len(asked):
            return await self._menu(match, "", "")
        if not typed.isdigit() or len(typed) > AMOUNT_MAX_DIGITS:
            return self._ask_amount(match, given, prompt_words(Prompt.AGAIN))
        given = (*given, int(typed))
        if len(given) < len(asked):
            return self._ask_amount(match, given)
        if not any(given):
            return Spoken(say=prompt_words(Prompt.GROUND), digits=1, then="ground")
        return _done(await say_limited(self._station, match, given, channel="keypress"))

    async def _ground(self, match: Match, digits: str, kept: str) -> Spoken:
        del kept
        ground = GROUND_OF_DIGIT.get(digits)
        if ground is None:
            again = f"{prompt_words(Prompt.AGAIN)} {prompt_words(Prompt.GROUND)}"
            return Spoken(say=again, digits=1, then="ground")
        return _done(await say_no(self._station, match, ground, "", channel="keypress"))

    @property
    def _name(self) -> str:
        return self._station.identity.name


def _waits(request: Request) -> bool:
    return request.state in ASKED | {RequestState.SELECTED}


def _caller(case: Case) -> str:
    words = caller_words(case.caller_name, is_checked=is_checked(case))
    return words[:1].upper() + words[1:]


def _done(answer: Answered) -> Spoken:
    return Spoken(say=f"{answer.words} {prompt_words(Prompt.OVER)}", recorded=answer.is_recorded)
