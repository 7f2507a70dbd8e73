"""Talk on a case: who may take part, who is told of it, and what follows when a page comes back undelivered.

Law 4: that a page came back is no answer. Who is quiet is tried by its other ways, and a person is told.
"""

from esos.case.draft import Draft
from esos.case.event import Audience, Page, Reason
from esos.case.model import Case, CaseRole, Channel

UNREACHED_MAX_COUNT = 200
"""How many addresses of one case are remembered as not reached."""


def is_in_talk(case: Case, party: str) -> bool:
    """Whether somebody asked may write on this case, and so read it: all of them, or those that are bound."""
    return case.channel is Channel.OPEN or is_bound_helper(case, party)


def is_bound_helper(case: Case, party: str) -> bool:
    """Whether somebody is bound to help in this case."""
    return any(one.responder == party and one.is_bound for one in case.requests.values())


def write(d: Draft) -> None:
    """It is in the history; whoever may read it and did not write it is told, each once."""
    author, told = d.event.speaker.party, {d.event.speaker.party}
    for audience, party in _readers(d):
        if party not in told and (not d.body.to or party in d.body.to):
            told.add(party)
            d.effects.append(_notice(d, audience, party, author))


def _readers(d: Draft) -> list[tuple[Audience, str]]:
    """The coordinator, the caller, and the helpers that are bound or named; after the end the watch, if nobody has it.

    Before somebody has charge the ladder wakes people; words must not wake them a second time.
    """
    case = d.case
    readers = [(Audience.COORDINATOR, case.lease.holder)] if case.lease else []
    if case.lease is None and not case.is_open and CaseRole.OFFICER not in d.roles:
        readers = [(Audience.COORDINATOR, "")]
    readers.append((Audience.CALLER, case.caller))
    helpers = dict.fromkeys(one.responder for one in case.requests.values())
    bound = [party for party in helpers if is_bound_helper(case, party)]
    named = [party for party in helpers if party in d.body.to and is_in_talk(case, party)]
    return [*readers, *((Audience.RESPONDER, party) for party in (*bound, *named))]


def _notice(d: Draft, audience: Audience, party: str, author: str) -> Page:
    """What a reader is told; on a restricted channel no word of it leaves the station."""
    is_quiet = d.case.channel is Channel.RESTRICTED
    said = "" if is_quiet else d.body.text
    by = "" if is_quiet else d.event.speaker.name or author
    return Page(audience=audience, reason=Reason.MESSAGE, to=party, ref=d.event.id, said=said, by=by)


def come_back(d: Draft) -> None:
    """An address that cannot be reached is noted once; its owner's other ways are tried, and a person is told."""
    address = f"{d.body.party} {d.body.channel}:{d.body.address}"
    if address in d.case.unreached or len(d.case.unreached) >= UNREACHED_MAX_COUNT:
        return
    d.set(unreached=(*d.case.unreached, address))
    if not d.case.is_open:
        return
    d.page(Audience.OTHER_WAYS, Reason.PAGE_RETURNED, to=d.body.party, ref=d.event.id)
    person = Audience.COORDINATOR if d.case.lease else Audience.BACKUP
    said, by = f"{d.body.channel}: {d.body.address}", d.body.party
    d.effects.append(Page(audience=person, reason=Reason.UNREACHED, ref=d.event.id, said=said, by=by))
