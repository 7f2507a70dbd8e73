"""Calls that may have one cause: open cases that share a product or a network, and how grave they are as one.

Law 1: a cause is a product or a network, never a culprit. It is shown to officers and decides nothing.
"""

from collections.abc import Iterable, Iterator

import msgspec

from esos.pact.model import Threshold
from esos.station.case_rows import CaseRow
from esos.station.severity import rate
from esos.triage.facts import heed_facts, is_founded, write_facts
from esos.triage.together import together
from esos.words.language import later, say
from esos.words.life import Life

CALLS_MIN_COUNT = 3
"""From so many calls on, what they share is worth a look."""
CAUSES_MAX_COUNT = 5
"""How many such groups are shown, the largest first."""


Shared = tuple[str, str]
_SHARED = {"product": later("the product {name}"), "network": later("the network {name}")}
_TOGETHER = {
    "product": later("{count} calls share the product {name}: they may have one cause."),
    "network": later("{count} calls share the network {name}: they may have one cause."),
}
_TOGETHER_SCORED = {
    "product": later(
        "{count} calls share the product {name}: they may have one cause. "
        "As one they score {score} of 100, proposed: “{proposed}”."
    ),
    "network": later(
        "{count} calls share the network {name}: they may have one cause. "
        "As one they score {score} of 100, proposed: “{proposed}”."
    ),
}


class CommonCause(msgspec.Struct, frozen=True, kw_only=True):
    """What several open calls share, which they are (by page code), and what that comes to, as a sentence."""

    shared: str
    codes: tuple[str, ...]
    sentence: str


def common_causes(rows: Iterable[CaseRow], threshold: Threshold | None) -> tuple[CommonCause, ...]:
    """The groups of open calls that share something, the largest first, then by what they share."""
    groups: dict[Shared, list[CaseRow]] = {}
    for row in rows:
        if Life(row.state).is_open:
            for shared in _shared(row):
                groups.setdefault(shared, []).append(row)
    large = [(shared, found) for shared, found in groups.items() if len(found) >= CALLS_MIN_COUNT]
    large.sort(key=lambda group: (-len(group[1]), group[0]))
    return tuple(_cause(shared, found, threshold) for shared, found in large[:CAUSES_MAX_COUNT])


def _shared(row: CaseRow) -> Iterator[Shared]:
    """What a call may share, as a kind and a name: the key of a group, whatever the reader's language."""
    yield from dict.fromkeys(("product", " ".join(product.lower().split())) for product in row.products)
    if row.asn is not None:
        yield ("network", f"AS{row.asn}")


def _cause(shared: Shared, rows: list[CaseRow], threshold: Threshold | None) -> CommonCause:
    kind, name = shared
    count, facts = len(rows), [heed_facts(row.facts).facts for row in rows]
    sentence = say(_TOGETHER[kind], count=count, name=name)
    if any(is_founded(one) for one in facts):
        view = rate(write_facts(together(facts)), None, threshold)
        proposed = say(view.assessment.proposed.words)
        sentence = say(_TOGETHER_SCORED[kind], count=count, name=name, score=view.score, proposed=proposed)
    return CommonCause(shared=say(_SHARED[kind], name=name), codes=tuple(row.code for row in rows), sentence=sentence)
