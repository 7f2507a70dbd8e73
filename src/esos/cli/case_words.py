"""A case in words for a terminal: the sentences a page would show, then need, requests, timers and history."""

from collections.abc import Iterator, Sequence
from typing import Any

from esos.cli.common import clock, table
from esos.words.timers import history_words, holder_words, timer_words


def case_words(case: dict[str, Any]) -> str:
    """The whole case as text."""
    return "\n".join(_lines(case))


def _lines(case: dict[str, Any]) -> Iterator[str]:
    yield f"{case['code']}  {case['urgency_words']} ({case['urgency']})  {case['caller_name']}"
    if case["realm"] == "exercise":
        yield "DRILL: this is an exercise."
    yield from _told(case["told"])
    yield ""
    yield f"State         {case['state_words']}"
    yield f"Held by       {case['holder_name'] or 'nobody'}"
    yield f"Caller known  {case['verification_words']}"
    yield f"Concern       {case['concern_words']}"
    yield f"Sees          {'; '.join(case['nature_words']) or 'not said'}"
    yield f"Severity      {case['severity']['score']} of 100"
    for sentence in case["counts_as"]:
        yield f"              {sentence}"
    if case["on_hold"]:
        yield "Kept          A hold is on it: it is not erased."
    yield f"Pact          {case['pact']}"
    yield f"Id            {case['case']}"
    for title, rows, head in _tables(case):
        if rows:
            yield ""
            yield title
            yield table(rows, head)


def _told(told: dict[str, Any]) -> Iterator[str]:
    """The sentences of a page, whatever their names."""
    for part in told.values():
        if isinstance(part, str) and part:
            yield part
        elif isinstance(part, list):
            yield from (str(one) for one in part)


def _tables(case: dict[str, Any]) -> Iterator[tuple[str, Sequence[tuple[str, ...]], tuple[str, ...]]]:
    needs = [
        (one["words"], f"{one['needed']} {one['unit']}", str(one["committed"]), str(one["open"]))
        for one in case["needs"]
    ]
    yield "Need", needs, ("HELP", "NEEDED", "COMING", "OPEN")
    yield "Requests", [_request(one) for one in case["requests"]], ("WHO", "STATE", "ASKED", "DUE", "WHY", "ID")
    waiting = [(one["words"], one["by_name"], clock(one["at_ms"])) for one in case["proposals"]]
    yield "Waits for a second officer", waiting, ("ACT", "BY", "SINCE")
    timers = [
        (timer_words(one["timer"]), clock(one["due_ms"]), holder_words(one["next_holder"])) for one in case["timers"]
    ]
    yield "What is due", timers, ("WHAT", "WHEN", "THEN IT IS UP TO")
    grants = [
        (one["help_class"], one["scope"], clock(one["expires_ms"]), "in force" if one["live"] else "ended")
        for one in case["grants"]
    ]
    yield "Consent", grants, ("KIND", "SCOPE", "UNTIL", "")
    yield "History", [_said(one) for one in case["timeline"]], ("NUMBER", "TIME", "WHO", "WHAT", "SIGNED", "")


def _request(one: dict[str, Any]) -> tuple[str, ...]:
    asked = ", ".join(f"{ask['line']} {ask['quantity']} {ask['unit']}" for ask in one["lines"])
    due = clock(one["reply_due_ms"])
    return (one["name"] or one["responder"], one["word"], asked, due, one["tier_words"], one["request"][:8])


def _said(one: dict[str, Any]) -> tuple[str, ...]:
    text = history_words(one["kind"], one["text"])
    what = f"{one['says']}: {text}" if text else one["says"]
    judged = {"applied": "", "": "not folded yet"}.get(one["verdict"], f"not taken: {one['reason']}")
    return (str(one["seq"]), clock(one["at_ms"]), one["who"], what, one["signed"], judged)
