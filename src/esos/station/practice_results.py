"""What a practice came to: times and answers of the club, of each team and each officer, and what to do better.

Read from the case and its history alone, so that anybody who has the case file comes to the same figures.
"""

from collections.abc import Iterable

import msgspec

from esos.case.model import Case
from esos.station.view_parts import TimelineItem
from esos.words import practice as words
from esos.words.language import say
from esos.words.need import NeedLine
from esos.words.request_state import RequestState

PERSON_GOAL_MS, HELP_GOAL_MS, ANSWERS_GOAL_PERCENT = 60_000, 30 * 60_000, 95
"""The aims: a person within a minute, a team bound within half an hour, 95 of 100 teams answer."""
NOT_HAPPENED = "\N{EM DASH}"
_BASE = 60


class TeamResult(msgspec.Struct, frozen=True, kw_only=True):
    """One team in one practice: ``answered_ms`` after it was asked, -1 for no answer; ``state`` of its request."""

    member: str
    name: str
    answered_ms: int
    state: str


class OfficerResult(msgspec.Struct, frozen=True, kw_only=True):
    """One person of the watch: when it took the call, in ms after it (-1: another did), and how often it acted."""

    officer: str
    name: str
    took_ms: int
    acts: int


class PracticeResult(msgspec.Struct, frozen=True, kw_only=True):
    """All of one practice; times in ms after the call, -1 for what did not happen. ``unmet`` by line of help."""

    case: str
    code: str
    began_ms: int
    ended: bool
    person_ms: int
    first_ask_ms: int
    first_help_ms: int
    asked: int
    answered: int
    unmet: dict[str, int]
    teams: tuple[TeamResult, ...]
    officers: tuple[OfficerResult, ...]


def result_of(case: Case, code: str, history: Iterable[TimelineItem], officers: frozenset[str]) -> PracticeResult:
    """What a case of practice came to; ``officers`` are the people of the station, by id."""
    applied = [item for item in history if item.verdict == "applied"]
    asked = [request for request in case.requests.values() if not request.unsolicited]
    return PracticeResult(
        case=case.id.hex(),
        code=code,
        began_ms=case.opened_ms,
        ended=not case.is_open,
        person_ms=_after(case.opened_ms, case.acknowledged_ms),
        first_ask_ms=_after(case.opened_ms, case.first_ask_ms),
        first_help_ms=_after(case.opened_ms, case.first_commit_ms),
        asked=len(asked),
        answered=sum(request.answered for request in asked),
        unmet={line.value: units for line, units in case.open_need().items() if units},
        teams=tuple(
            TeamResult(
                member=request.responder,
                name=request.name or request.responder,
                answered_ms=_after(request.asked_ms, _first_word(applied, request.responder, request.asked_ms)),
                state=request.state.value,
            )
            for request in asked
        ),
        officers=tuple(_officers(applied, officers, case.opened_ms)),
    )


def _after(from_ms: int, at_ms: int) -> int:
    return at_ms - from_ms if at_ms else -1


def _first_word(history: list[TimelineItem], member: str, asked_ms: int) -> int:
    """When a member first said anything after it was asked."""
    return next((item.at_ms for item in history if item.party == member and item.at_ms >= asked_ms), 0)


def _officers(history: list[TimelineItem], officers: frozenset[str], began_ms: int) -> Iterable[OfficerResult]:
    took = next((item for item in history if item.kind == "acknowledged"), None)
    names = {item.party: item.who for item in history if item.party in officers}
    for officer, name in names.items():
        is_taker = took is not None and took.party == officer
        yield OfficerResult(
            officer=officer,
            name=name,
            took_ms=took.at_ms - began_ms if is_taker and took else -1,
            acts=sum(item.party == officer for item in history),
        )


def to_improve(result: PracticeResult, *, watched: bool = True) -> tuple[str, ...]:
    """What to do better, in whole sentences, the gravest first; ``watched``: whether the roster named a watch."""
    nobody = () if watched else (say(words.NOBODY_ON_WATCH),)
    found = [*nobody, *_about_person(result), *_about_teams(result), *_about_help(result)]
    return tuple(found) or (say(words.ALL_WELL),)


def _about_person(result: PracticeResult) -> Iterable[str]:
    if result.person_ms < 0:
        yield say(words.NO_PERSON)
    elif result.person_ms > PERSON_GOAL_MS:
        yield say(words.TOO_SLOW_PERSON, took=spoken_span(result.person_ms), goal=spoken_span(PERSON_GOAL_MS))


def _about_teams(result: PracticeResult) -> Iterable[str]:
    if not result.asked:
        yield say(words.NOBODY_ASKED)
    elif 100 * result.answered < ANSWERS_GOAL_PERCENT * result.asked:
        yield say(words.FEW_ANSWERS, answered=result.answered, asked=result.asked, goal=ANSWERS_GOAL_PERCENT)
    for team in result.teams:
        if team.state == RequestState.NO_REPLY.value:
            yield say(words.SILENT_TEAM, name=team.name)


def _about_help(result: PracticeResult) -> Iterable[str]:
    if result.asked and result.first_help_ms < 0:
        yield say(words.NO_HELP)
    elif result.first_help_ms > HELP_GOAL_MS:
        yield say(words.LATE_HELP, took=spoken_span(result.first_help_ms), goal=spoken_span(HELP_GOAL_MS))
    for name, units in result.unmet.items():
        line = NeedLine(name)
        yield say(words.NEED_OPEN, line=say(line.words), open=units, unit=say(line.unit))


def spoken_span(ms: int) -> str:
    """A span as ``42 s``, ``3 min 5 s`` or ``2 h 4 min``; a dash for what did not happen."""
    if ms < 0:
        return NOT_HAPPENED
    minutes, seconds = divmod(ms // 1000, _BASE)
    hours, minutes = divmod(minutes, _BASE)
    if hours:
        form = "{hours} h {minutes} min" if minutes else "{hours} h"
    elif minutes:
        form = "{minutes} min {seconds} s" if seconds else "{minutes} min"
    else:
        form = "{seconds} s"
    return say(form, hours=hours, minutes=minutes, seconds=seconds)
