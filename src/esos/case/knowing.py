"""How far the station knows who calls and how worried it is: verification, corroboration, concern, contact.

Laws 1 and 2: nobody asks who did it, and a stranger is heard; only the station's own acts wait for more.
"""

from esos.case.draft import Draft
from esos.case.event import WarnOthers
from esos.case.model import Case, CaseRole, Search
from esos.case.parts import Relay
from esos.case.watching import AT_ONCE_MS, hasten_wave, is_first_wave_overdue
from esos.keys.speaker import KnownBy, Role
from esos.message.bodies import CallDetails
from esos.words.life import Concern, Life, Verification
from esos.words.urgency import Urgency

CALLS_MAX_COUNT = 64
"""How many call ids a case remembers."""
RELAYS_MAX_COUNT = 64
"""How many relays a case remembers; those registered here stay longest."""
_KNOWN_WAYS = frozenset({KnownBy.KEY, KnownBy.TEMPORARY_KEY, KnownBy.TOKEN, KnownBy.SESSION})


def is_known_caller(d: Draft) -> bool:
    """Whether the caller itself speaks, as a member known by its key or signed in."""
    speaker = d.event.speaker
    return CaseRole.CALLER in d.roles and Role.MEMBER in speaker.roles and speaker.known_by in _KNOWN_WAYS


def know_caller(d: Draft) -> None:
    """The caller's own key lifts an unverified call; a disputed one waits for a person."""
    if is_known_caller(d) and d.case.verification is Verification.UNVERIFIED:
        d.set(verification=Verification.KEY_OK)


def may_call_by_itself(case: Case) -> bool:
    """Whether the station may ask for help by itself: for a caller known by its key or better, or corroborated."""
    is_known = case.verification.level >= Verification.KEY_OK.level or case.corroborated
    return is_known and not case.suspected


def is_vouched_for(case: Case) -> bool:
    """Whether a relay registered here answers for the caller, or calls corroborate each other."""
    return case.corroborated or any(relay.vouched for relay in case.relays)


def hear_from_caller(d: Draft) -> None:
    """Any word of the caller itself is contact."""
    d.set(caller_heard_ms=d.now_ms, suspected=False)
    note_contact(d)


def note_contact(d: Draft) -> None:
    """The caller is there: it is not lost, and the wait for its next word begins again."""
    d.set(missed_sitreps=0, lost_since_ms=0)
    if d.case.life is not Life.SUSPENDED:
        d.run("heart")


def first_concern(d: Draft, details: CallDetails) -> Concern:
    """A mayday from a registered key is distress, from a beacon alone alert, from a stranger uncertainty."""
    if d.event.kind == "relayed":
        return Concern.ALERT if is_registered(d) else Concern.UNCERTAINTY
    if d.case.verification is Verification.UNVERIFIED or d.case.urgency is Urgency.ADVISORY:
        return Concern.UNCERTAINTY
    is_persons_mayday = d.case.urgency is Urgency.MAYDAY and details.origin != "automatic"
    return Concern.DISTRESS if is_persons_mayday else Concern.ALERT


def worry(d: Draft, details: CallDetails) -> None:
    """A further call may raise concern, never lower it."""
    d.set(concern=max(d.case.concern, first_concern(d, details), key=lambda concern: concern.level))


def remember_call(d: Draft) -> None:
    """Keep the call id, who relayed it, and whether independent registered parties now agree."""
    body = d.body
    if body.call not in d.case.calls:
        d.set(calls=(*d.case.calls, body.call)[-CALLS_MAX_COUNT:], times_called=d.case.times_called + 1)
    if d.event.kind == "relayed":
        _remember_relay(d)
    elif body.call != d.case.own_call:
        d.set(own_call=body.call, own_sequence=body.sequence, update_number=-1)
    else:
        d.set(own_sequence=max(body.sequence, d.case.own_sequence))
    d.set(corroborated=d.case.corroborated or _independent_voices(d.case) > 1)


def _remember_relay(d: Draft) -> None:
    speaker = d.event.speaker
    if speaker.party == d.case.caller:
        return
    relay = Relay(
        party=speaker.party,
        name=speaker.name,
        vouched=d.body.vouched and is_registered(d),
        registered=is_registered(d),
        of_station=Role.OFFICER in speaker.roles,
    )
    others = [one for one in d.case.relays if one.party != relay.party]
    if len(others) >= RELAYS_MAX_COUNT:
        others.remove(next((one for one in others if not one.registered), others[0]))
    d.set(relays=(*others, relay))


def is_registered(d: Draft) -> bool:
    """Whether a party of its own at this station speaks, at first hand."""
    heard_from_relay = getattr(d.body, "heard_from_relay", False)
    return bool({Role.MEMBER, Role.OFFICER} & d.event.speaker.roles) and not heard_from_relay


def _independent_voices(case: Case) -> int:
    """Registered parties that said so: the caller by its own key, each registered relay, and all officers as one.

    One stranger may telephone every officer of a station.
    """
    own = case.verification.level >= Verification.KEY_OK.level
    registered = [relay for relay in case.relays if relay.registered]
    return int(own) + len({"officers" if relay.of_station else relay.party for relay in registered})


def lose_contact(d: Draft) -> None:
    """Concern up one step. A registered beacon's silence, which the station notes, corroborates a call."""
    d.set(lost_since_ms=d.case.lost_since_ms or d.now_ms)
    if CaseRole.STATION in d.roles:
        d.set(corroborated=True)
    d.raise_concern()


def act_on_knowledge(d: Draft, before: Case) -> None:
    """Once the station may act by itself, what it held back goes out: an overdue first wave, a warning to others.

    A search that found nobody is tried again as soon as the case is another one to those who can help.
    """
    if not d.case.is_open or not may_call_by_itself(d.case):
        return
    if d.case.search in _FRUITLESS and d.case.open_need() and _read_by_a_search(d.case) != _read_by_a_search(before):
        hasten_wave(d, AT_ONCE_MS)
    if not may_call_by_itself(before) and is_first_wave_overdue(d):
        hasten_wave(d, AT_ONCE_MS)
    if d.case.binding is Urgency.ADVISORY and d.case.acknowledged_ms and not d.case.warned:
        d.set(warned=True)
        d.effects.append(WarnOthers())


_FRUITLESS = frozenset({Search.WAITING, Search.NOBODY})


def _read_by_a_search(case: Case) -> tuple[object, ...]:
    """What decides whom a search finds, as far as the case does."""
    return (
        case.needs, case.verification, case.proofs, case.grants, case.urgency, case.refused, case.details.natures,
        case.details.products, case.details.sector, case.details.country, case.details.asn, case.details.prefix,
    )  # fmt: skip
