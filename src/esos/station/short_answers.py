"""Answers by text message: from the registered number, with the code of that one request, an answer and nothing else.

Both must hold: a number can be forged and a code overheard. Law 6: what is unclear changes nothing, and says so.
"""

import re
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from typing import Final

from esos.case.model import ASKED, Case, decode_case
from esos.errors import EsosError, Malformed, Unknown
from esos.message.card import Contact
from esos.station.answering import Match, code_about, lines_of, say_coming, say_limited, say_no, take_case, words_of
from esos.station.contact_desk import ContactDesk
from esos.station.station import Station
from esos.words.answer_replies import Reply, reply_words
from esos.words.kept import say_kept
from esos.words.language import speaking
from esos.words.request_state import RequestState
from esos.words.short_answers import ShortAnswer, ShortWord, read_text_answer

TEST_CODE: Final = re.compile(r"\b[0-9A-Za-z]{4}[- ]?[0-9A-Za-z]{4}[- ]?[0-9A-Za-z]{4}\b")
"""The code of a test of an address, as people write it."""
TEXT_CHANNELS = frozenset({"sms", "voice", "ring"})
"""The channels of a contact whose address is a telephone number."""
WRONG_MAX = 10
"""Wrong codes from one number within one hour; after them no code of it counts until the hour is over."""
HOUR_MS = 3_600_000
NUMBERS_MAX = 1_000
"""Numbers whose wrong codes are remembered; the one that was heard of longest ago is forgotten for a new one."""
NUMBER_MIN_DIGITS = 5


def same_number(one: str, other: str) -> bool:
    """Whether two spellings are of one telephone number: its digits with ``00`` read as ``+``."""
    first, second = _digits(one), _digits(other)
    return len(first) >= NUMBER_MIN_DIGITS and first == second


def _digits(number: str) -> str:
    digits = "".join(char for char in number if char.isascii() and char.isdigit())
    return digits.removeprefix("00") if not number.strip().startswith("+") else digits


class ShortAnswers:
    """Takes answers by text. One instance a process: it remembers wrong codes."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._wrong: dict[str, deque[int]] = {}

    async def take(self, number: str, text: str) -> str:
        """What to send back to this number, in its reader's language.

        Nothing is changed but by a clear answer that may be given.
        """
        parties = self.parties_of(number)
        if not parties:
            return reply_words(Reply.UNKNOWN_NUMBER)
        with speaking(await self._station.tongues.of(parties[0])):
            return await self._prove(number, text) or await self._take(number, text, parties)

    async def _prove(self, number: str, text: str) -> str:
        """The reply to a code that tried this very number; empty where it is none."""
        for found in TEST_CODE.finditer(text):
            desk = ContactDesk(self._station)
            try:
                contact = desk.find(found[0]).body.contact
                if contact.channel not in TEXT_CHANNELS or not same_number(contact.address, number):
                    continue  # a code that went to another address proves nothing of this one
                await desk.answer(found[0], channel="sms")
            except (Malformed, Unknown):
                continue
            except EsosError as refused:
                return reply_words(Reply.REFUSED, why=say_kept(refused.detail))
            return reply_words(Reply.PROVED)
        return ""

    async def _take(self, number: str, text: str, parties: list[str]) -> str:
        answer = read_text_answer(text)
        if not answer.code:
            return reply_words(Reply.NO_CODE)
        if self._is_blocked(number):
            return reply_words(Reply.TOO_MANY)
        match, is_used = await self._find(parties, answer.code)
        if match is None:
            self._note_wrong(number)
            return reply_words(Reply.WRONG_CODE)
        if is_used and match.request is not None:
            return reply_words(Reply.ALREADY, state=match.request.state.words)
        return await self._answer(match, answer)

    def parties_of(self, number: str) -> list[str]:
        """The members and officers with this number on their cards."""
        directory = self._station.directory
        members = [one for one, card in directory.members.items() if _has(card.contacts, number)]
        return members + [one for one, row in directory.officers.items() if _has(row.contacts, number)]

    async def _find(self, parties: list[str], code: str) -> tuple[Match | None, bool]:
        """What this code is of, and whether it was used before."""
        used: Match | None = None
        for record in await self._station.views.records(only_open=True):
            case = decode_case(record.blob)
            for match in _matches(case, parties, self._station.directory.officers):
                stage = self._stage(match, code)
                if stage == "now":
                    return match, False
                used = match if stage == "before" else used
        return used, used is not None

    def _stage(self, match: Match, code: str) -> str:
        tokens, request = self._station.tokens, match.request
        if request is None:
            return "now" if tokens.answer_code(code_about(match.case.id, match.party, None)) == code else ""
        if tokens.answer_code(code_about(match.case.id, match.party, request)) == code:
            return "now" if request.state in ASKED | {RequestState.SELECTED} else "before"
        return "before" if tokens.answer_code(match.case.id + request.id) == code else ""

    async def _answer(self, match: Match, answer: ShortAnswer) -> str:
        if answer.word is None or (match.request is None and answer.word is not ShortWord.COMING):
            return reply_words(Reply.UNCLEAR, code=answer.code)
        if match.request is None:
            return (await take_case(self._station, match.party, match.case, channel="sms")).words
        return await _ANSWERS[answer.word](self._station, match, answer)

    def _is_blocked(self, number: str) -> bool:
        wrong, now_ms = self._wrong.get(_digits(number), deque()), self._station.clock.now_ms()
        while wrong and now_ms - wrong[0] >= HOUR_MS:
            wrong.popleft()
        return len(wrong) >= max(1, WRONG_MAX // self._station.processes)

    def _note_wrong(self, number: str) -> None:
        wrong = self._wrong.pop(_digits(number), deque(maxlen=WRONG_MAX))
        wrong.append(self._station.clock.now_ms())
        self._wrong[_digits(number)] = wrong
        if len(self._wrong) > NUMBERS_MAX:
            del self._wrong[next(iter(self._wrong))]


def _has(contacts: tuple[Contact, ...], number: str) -> bool:
    return any(one.channel in TEXT_CHANNELS and same_number(one.address, number) for one in contacts)


def _matches(case: Case, parties: list[str], officers: Collection[str]) -> list[Match]:
    own = [Match(case, one, one.responder) for one in case.requests.values() if one.responder in parties]
    return own + [Match(case, None, party) for party in parties if party in officers]


async def _coming(station: Station, match: Match, answer: ShortAnswer) -> str:
    del answer
    return (await say_coming(station, match, channel="sms")).words


async def _limited(station: Station, match: Match, answer: ShortAnswer) -> str:
    asked = lines_of(match.request) if match.request else ()
    if len(answer.amounts) != len(asked) or not any(answer.amounts):
        return reply_words(Reply.HOW_MUCH, code=answer.code, what=words_of(asked))
    return (await say_limited(station, match, answer.amounts, channel="sms")).words


async def _no(station: Station, match: Match, answer: ShortAnswer) -> str:
    if answer.ground is None:
        return reply_words(Reply.WHICH_GROUND, code=answer.code)
    return (await say_no(station, match, answer.ground, answer.sentence, channel="sms")).words


_ANSWERS: Final[dict[ShortWord, Callable[[Station, Match, ShortAnswer], Awaitable[str]]]] = {
    ShortWord.COMING: _coming,
    ShortWord.LIMITED: _limited,
    ShortWord.NO: _no,
}
