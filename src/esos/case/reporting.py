"""A situation report that comes in parts: each is kept on the case until all are there, then it is one report.

Nothing of a report counts before the whole of it is there. What waits is bounded: a few reports, each of bounded parts.
"""

import msgspec

from esos.case import acts, guards
from esos.case.draft import Draft
from esos.case.event import Refused
from esos.case.parts import Unfinished
from esos.errors import Malformed
from esos.message.bodies import PartGiven, SitrepGiven
from esos.message.packet_part import join_parts

UNFINISHED_MAX_COUNT = 2
"""How many reports of one case may wait for their parts; of more, the one that began first is let go."""


def give_part(d: Draft) -> None:
    """Keep a part; with the last one that was missing, the report is given."""
    waiting = with_part(d)
    others = tuple(one for one in d.case.unfinished if not one.is_of_same(waiting))
    report = _report_of(waiting)
    if report is None:
        d.set(unfinished=(*others, waiting)[-UNFINISHED_MAX_COUNT:])
        return
    d.set(unfinished=others)
    d.event = msgspec.structs.replace(d.event, kind="sitrep_given", body=report)
    acts.give_sitrep(d)


def makes_report(d: Draft) -> Refused | None:
    """Whoever says it may write here, and parts that are all there do make a report."""
    refused = guards.may_write(d)
    if refused is not None:
        return refused
    try:
        _report_of(with_part(d))
    except Malformed as wrong:
        return Refused(code="sitrep.parts", reason=wrong.detail)
    return None


def with_part(d: Draft) -> Unfinished:
    """The report that this part belongs to, with it."""
    part: PartGiven = d.body
    one = Unfinished(by=d.event.speaker.party, call=part.call, first=part.first, count=part.count, digest=part.digest)
    known = next((waiting for waiting in d.case.unfinished if waiting.is_of_same(one)), one)
    return msgspec.structs.replace(known, pieces={**known.pieces, part.number: part.data})


def _report_of(waiting: Unfinished) -> SitrepGiven | None:
    return join_parts(waiting.pieces, first=waiting.first, count=waiting.count, digest=waiting.digest)
