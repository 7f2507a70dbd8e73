"""A case in whole sentences, and each statement of its history in one: the same words on every page."""

from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import Any

from esos.case.knowing import may_call_by_itself
from esos.case.model import Case
from esos.message.bodies import NeedAsk
from esos.message.kinds import KINDS
from esos.message.statement import Statement
from esos.pact.ladder import PageTarget
from esos.station.directory import Directory
from esos.station.overdue import late_call_back, person_due_ms
from esos.triage.measure import shown
from esos.words.language import later, say, say_count
from esos.words.life import Life
from esos.words.mail_words import CAME_AND_NOT_KEPT, WHAT_CAME
from esos.words.phrases import Coming, listed
from esos.words.realm import Realm
from esos.words.sentences import CaseFacts, Told, told

MINUTE_MS = 60_000
_SINCE = {
    Life.ARRIVED: "arrived_ms",
    Life.ACKNOWLEDGED: "acknowledged_ms",
    Life.MOBILISING: "first_ask_ms",
    Life.ASSISTING: "first_commit_ms",
}


_WHO = {
    "watch": later("the officers on watch"),
    "backup": later("the backup officers"),
    "neighbour": later("the neighbour station"),
    "everyone": later("all its officers"),
}
"""Whom a step of the ladder calls."""


def is_checked(case: Case) -> bool:
    """Whether anything but its own word says that the caller is whom it says it is."""
    return case.verification.level > 0


def told_of(case: Case, directory: Directory, now_ms: int, *, zone: tzinfo = UTC) -> Told:
    """What has happened, what happens next and when, and what to do meanwhile."""
    return told(case.life, _facts(case, directory, now_ms, zone))


def _facts(case: Case, directory: Directory, now_ms: int, zone: tzinfo) -> CaseFacts:
    since_ms = getattr(case, _SINCE.get(case.life, "ended_ms")) or case.opened_ms or now_ms
    paged, next_paged = _ladder(case, directory)
    call_back = late_call_back(case)
    return CaseFacts(
        station=directory.name_of(case.home),
        since_ms=since_ms,
        now_ms=now_ms,
        zone=zone,
        officer_since_ms=case.lease.since_ms if case.lease else None,
        person_due_ms=person_due_ms(case),
        paged=paged[0],
        paged_ms=paged[1],
        next_paged=next_paged[0],
        next_paged_ms=next_paged[1],
        call_back_due_ms=_due(case, "call_back"),
        call_back_was_due_ms=call_back if call_back is not None and call_back <= now_ms else None,
        asks_by_itself=may_call_by_itself(case),
        wave_due_ms=_due(case, "wave"),
        review_due_ms=_due(case, "review"),
        settle_due_ms=_due(case, "settle"),
        asked=len(case.requests),
        coming=_coming(case, directory),
        unmet=tuple(case.open_need().items()),
        released=sum(request.state.value in {"releasing", "returned"} for request in case.requests.values()),
        is_exercise=case.realm is Realm.EXERCISE,
        cancel_waits=case.cancel_asked and case.is_open,
    )


def _ladder(case: Case, directory: Directory) -> tuple[tuple[str, int | None], tuple[str, int | None]]:
    """Who was called last because nobody answered, and when; and who is called next, and when."""
    if "ack" not in case.timers:
        return ("", None), ("", None)
    ladder, step = case.rules.ladder(case.urgency), case.ladder_step
    last, following = ladder.nth(max(0, step - 1)), ladder.nth(step)
    paged = (_who(last.page, directory), case.ladder_from_ms + last.after_ms) if step > 1 else ("", None)
    return paged, (_who(following.page, directory), case.ladder_from_ms + following.after_ms)


def _who(target: PageTarget, directory: Directory) -> str:
    """In words; with no neighbour named, everybody here is called in its place."""
    return _WHO["everyone" if target == "neighbour" and not directory.roster.rules.neighbour else target]


def _due(case: Case, key: str) -> int | None:
    timer = case.timers.get(key)
    return timer.due_ms if timer else None


def _coming(case: Case, directory: Directory) -> tuple[Coming, ...]:
    return tuple(
        Coming(
            team=request.name or directory.name_of(request.responder),
            line=ask.line,
            units=ask.quantity,
            needed_units=case.needs.get(ask.line, ask.quantity),
            due_ms=request.committed_ms + request.ready_minutes * MINUTE_MS if request.ready_minutes else None,
        )
        for request in case.requests.values()
        if request.is_bound
        for ask in request.committed
    )


def what_was_said(statement: Statement, directory: Directory) -> tuple[str, str]:
    """A statement as "who" + says, and what else it carries as one line of text."""
    says = KINDS[statement.kind].says
    texts = _TEXTS.get(statement.kind)
    return says, texts(statement.body, directory) if texts else _plain_text(statement.body)


def _plain_text(body: Any) -> str:
    for name in ("text", "note", "reason", "sentence", "evidence", "report"):
        value = getattr(body, name, "")
        if isinstance(value, str) and value:
            return value
    return ""


def _asks(asks: tuple[NeedAsk, ...]) -> str:
    return listed(tuple((ask.line, ask.quantity) for ask in asks))


def _call_text(body: Any, directory: Directory) -> str:
    del directory
    parts = [getattr(body, "caller_name", ""), body.details.words, _asks(body.details.needs)]
    return " · ".join(part for part in parts if part)


def _request_text(body: Any, directory: Directory) -> str:
    return f"{body.name or directory.name_of(body.responder)}: {_asks(body.lines)}"


def _lines_text(body: Any, directory: Directory) -> str:
    del directory
    return " · ".join(part for part in (_asks(body.lines), _plain_text(body)) if part)


def _wave_text(body: Any, directory: Directory) -> str:
    del directory
    still = say("still open: {list}", list=_asks(body.unmet)) if body.unmet else ""
    asked = say("wave {number}, {asked} asked", number=body.wave, asked=body.asked)
    return " · ".join(part for part in (asked, still, body.note) if part)


def _call_back_text(body: Any, directory: Directory) -> str:
    del directory
    words = {
        "in_distress": say("the caller is in distress"),
        "no_distress": say("the caller says that there is no distress"),
        "no_answer": say("nobody answered"),
        "wrong_party": say("somebody else answered"),
    }[body.result]
    return " · ".join(part for part in (words, body.by) if part)


def _declined_text(body: Any, directory: Directory) -> str:
    del directory
    parts = (body.ground.words, body.sentence, _asks(getattr(body, "could_meet", ())))
    return " · ".join(part for part in parts if part)


def _elapsed_text(body: Any, directory: Directory) -> str:
    del directory
    return str(body.timer).partition(":")[0].replace("_", " ")


def _urgency_text(body: Any, directory: Directory) -> str:
    del directory
    return " · ".join(part for part in (body.urgency.words, body.reason) if part)


def _assessed_text(body: Any, directory: Directory) -> str:
    del directory
    scores = {"low": shown(body.score_low_hundredths), "high": shown(body.score_high_hundredths)}
    if body.low is body.high:
        return say("{urgency}, by a score of {low} to {high}", urgency=body.low.words, **scores)
    return say("{least} to {most}, by a score of {low} to {high}", least=body.low.words, most=body.high.words, **scores)


def _silence_text(body: Any, directory: Directory) -> str:
    del directory
    asked = say_count(
        "{count} minute without a heartbeat; its owner asked that somebody look then",
        "{count} minutes without a heartbeat; its owner asked that somebody look then",
        body.silent_minutes,
    )
    return " · ".join(part for part in (asked, body.details.words) if part)


def _erased_text(body: Any, directory: Directory) -> str:
    del directory
    return say("because {ground}", ground=body.ground.words)


def _grant_text(body: Any, directory: Directory) -> str:
    to = ", ".join(directory.name_of(party) for party in body.to) or say("any committed helper")
    return say("{help_class}: {scope} (for {teams})", help_class=body.help_class.value, scope=body.scope, teams=to)


def _mail_text(body: Any, directory: Directory) -> str:
    """What came, from whom it says it is, and its words."""
    whose = directory.name_of(body.party) if body.party else ""
    what = WHAT_CAME.get(body.what, WHAT_CAME["automatic"])
    what = what if body.whole else CAME_AND_NOT_KEPT.get(body.what, what)
    parts = (say(what), body.sender, whose, body.subject, body.text)
    return " · ".join(part for part in parts if part)


def _returned_text(body: Any, directory: Directory) -> str:
    parts = (directory.name_of(body.party), f"{body.channel}: {body.address}", body.status, body.said)
    return " · ".join(part for part in parts if part)


_TEXTS: dict[str, Callable[[Any, Directory], str]] = {
    "called": _call_text,
    "mail_came": _mail_text,
    "page_returned": _returned_text,
    "relayed": _call_text,
    "suspected": _silence_text,
    "requested": _request_text,
    "offered": _lines_text,
    "committed": _lines_text,
    "volunteered": _lines_text,
    "stood_by": _lines_text,
    "wave_called": _wave_text,
    "called_back": _call_back_text,
    "declined": _declined_text,
    "withdrew": _declined_text,
    "elapsed": _elapsed_text,
    "urgency_changed": _urgency_text,
    "severity_assessed": _assessed_text,
    "severity_overruled": _urgency_text,
    "granted": _grant_text,
    "erased": _erased_text,
}
