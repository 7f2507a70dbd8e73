"""What an answer by text message or by keypress becomes: a statement, attested for whoever has number and code.

Law 4: the words that go back say what was recorded. What the case tables refuse is told in their own words.
"""

from typing import NamedTuple

from esos.case.model import Case, Request
from esos.errors import EsosError, Unknown
from esos.keys.speaker import KnownBy
from esos.message.body import Body, NeedAsk
from esos.message.case_bodies import Acknowledged
from esos.message.request_bodies import Committed, Declined, Offered
from esos.station.shortcode import page_code
from esos.station.station import Station
from esos.station.tokens import SELECTED_STAGE, Holder
from esos.words.answer_replies import Reply, reply_words
from esos.words.ground import Ground
from esos.words.kept import say_kept
from esos.words.language import say
from esos.words.phrases import UNNAMED_CALLER, listed
from esos.words.request_state import RequestState


class Answered(NamedTuple):
    """The words that go back, and whether an answer stands now."""

    words: str
    is_recorded: bool


class Match(NamedTuple):
    """A case, and the request that a code is of; None for an officer's own code of the case."""

    case: Case
    request: Request | None
    party: str


def code_about(case_id: bytes, party: str, request: Request | None) -> bytes:
    """What an answer code is of: one request at one stage, or one officer's page of one case."""
    if request is None:
        return case_id + party.encode()
    return case_id + request.id + (SELECTED_STAGE if request.state is RequestState.SELECTED else b"")


def lines_of(request: Request) -> tuple[NeedAsk, ...]:
    """What is asked, or what of the offer was chosen."""
    return (request.offered if request.state is RequestState.SELECTED else ()) or request.lines


def words_of(lines: tuple[NeedAsk, ...]) -> str:
    """Need lines as one phrase."""
    return listed(tuple((one.line, one.quantity) for one in lines))


async def say_coming(station: Station, match: Match, *, channel: str) -> Answered:
    """Commit to all that is asked."""
    request = _request(match)
    body = Committed(request=request.id)
    words = reply_words(
        Reply.COMMITTED, what=words_of(lines_of(request)), caller=match.case.caller_name or "The caller"
    )
    return await _say(station, match, "committed", body, words, channel=channel)


async def say_limited(station: Station, match: Match, amounts: tuple[int, ...], *, channel: str) -> Answered:
    """Offer so much of each line that is asked, in its order."""
    request = _request(match)
    pairs = zip(lines_of(request), amounts, strict=True)
    lines = tuple(NeedAsk(line=ask.line, quantity=units) for ask, units in pairs if units)
    body = Offered(request=request.id, how="partial", lines=lines)
    return await _say(
        station, match, "offered", body, reply_words(Reply.OFFERED, what=words_of(lines)), channel=channel
    )


async def say_no(station: Station, match: Match, ground: Ground, sentence: str, *, channel: str) -> Answered:
    """Decline with a lawful ground."""
    body = Declined(request=_request(match).id, ground=ground, sentence=sentence)
    words = reply_words(Reply.DECLINED, ground=ground.value)
    return await _say(station, match, "declined", body, words, channel=channel)


async def take_case(station: Station, officer: str, case: Case, *, channel: str) -> Answered:
    """An officer has charge from now on."""
    words = reply_words(Reply.TAKEN, case=spelt(case))
    return await _say(station, Match(case, None, officer), "acknowledged", Acknowledged(), words, channel=channel)


def spelt(case: Case) -> str:
    """The code of a case, letter by letter."""
    return " ".join(page_code(case.id))


def _request(match: Match) -> Request:
    if match.request is None:
        raise Unknown("request.unknown", "This is about a case, and no request.")
    return match.request


async def _say(station: Station, match: Match, kind: str, body: Body, words: str, *, channel: str) -> Answered:
    """Say it for whoever holds number and code, and give the words for that; the station's refusal in its place."""
    try:
        holder = Holder(party=match.party, purpose="ack", known_by=KnownBy.LINK)
        speaker = await station.desk.known(holder)
        await station.desk.say_body(speaker, kind, body, case=match.case.id, channel=channel)
    except EsosError as refusal:
        return Answered(words=reply_words(Reply.REFUSED, why=say_kept(refusal.detail)), is_recorded=False)
    return Answered(words=words, is_recorded=True)


def _name(case: Case) -> str:
    return case.caller_name or say(UNNAMED_CALLER)
