"""Calls that may have one cause: open cases that share a product or a network, and how grave they are as one.

Law 1: a cause is a product or a network, never a culprit. It is shown to officers and decides nothing.
"""

from collections.abc import Iterable, Iterator

import msgspec

from esos.pact.model import Threshold
from esos.station.severity import rate
from esos.station.view_parts import CaseRow
from esos.triage.facts import heed_facts, is_founded, write_facts
from esos.triage.together import together
from esos.words.life import Life

CALLS_MIN_COUNT = 3
"""From so many calls on, what they share is worth a look."""
CAUSES_MAX_COUNT = 5
"""How many such groups are shown, the largest first."""


class CommonCause(msgspec.Struct, frozen=True, kw_only=True):
    """What several open calls share, which they are (by page code), and what that comes to, as a sentence."""

    shared: str
    codes: tuple[str, ...]
    sentence: str


def common_causes(rows: Iterable[CaseRow], threshold: Threshold | None) -> tuple[CommonCause, ...]:
    """The groups of open calls that share something, the largest first, then by what they share."""
    groups: dict[str, list[CaseRow]] = {}
    for row in rows:
        if Life(row.state).is_open:
            for shared in _shared(row):
                groups.setdefault(shared, []).append(row)
    large = [(shared, found) for shared, found in groups.items() if len(found) >= CALLS_MIN_COUNT]
    large.sort(key=lambda group: (-len(group[1]), group[0]))
    return tuple(_cause(shared, found, threshold) for shared, found in large[:CAUSES_MAX_COUNT])


def _shared(row: CaseRow) -> Iterator[str]:
    yield from dict.fromkeys(f"the product {' '.join(product.lower().split())}" for product in row.products)
    if row.asn is not None:
        yield f"the network AS{row.asn}"


def _cause(shared: str, rows: list[CaseRow], threshold: Threshold | None) -> CommonCause:
    sentence = f"{len(rows)} calls share {shared}: they may have one cause."
    facts = [heed_facts(row.facts).facts for row in rows]
    if any(is_founded(one) for one in facts):
        view = rate(write_facts(together(facts)), None, threshold)
        proposed = view.assessment.proposed
        sentence += f" As one they score {view.score} of 100, proposed: “{proposed.words}”."
    return CommonCause(shared=shared, codes=tuple(row.code for row in rows), sentence=sentence)
