"""What an officer can do next where the tables of a case said no: the hint that goes with the refusal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from esos.errors import EsosError

_HINTS = {
    "case.caller_not_heard": "Once you have heard it say so: esos case stand-down {code} --caller-agrees",
    "case.role": "{holder} holds this case. Where nobody does, take it first: esos case acknowledge {code}",
}


@contextmanager
def saying_what_next(case: dict[str, Any]) -> Iterator[None]:
    """Give a refusal of an act on this case a hint, where it has none."""
    try:
        yield
    except EsosError as refused:
        if not refused.hint:
            refused.hint = _hint(refused.code, case)
        raise


def _hint(code: str, case: dict[str, Any]) -> str:
    if code == "case.state":
        return _possible(case)
    told = _HINTS.get(code, "See where it stands: esos case show {code}")
    return told.format(code=case["code"], holder=case["holder_name"] or "Nobody")


def _possible(case: dict[str, Any]) -> str:
    """The acts that the table of cases knows for this state."""
    from esos.case.table import LIFE_ROWS
    from esos.cli.case_acts import ACTS
    from esos.words.life import Life

    life = Life(case["state"])
    events = {row.event for row in LIFE_ROWS if life in row.frm}
    verbs = ", ".join(act.verb for act in ACTS if act.kind in events)
    return f"{life.words}. What can be said now: esos case {{{verbs}}} {case['code']}"
