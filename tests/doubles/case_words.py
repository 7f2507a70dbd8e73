"""Random words for a case: a body of any kind, mostly about what the case holds, sometimes about nothing it knows."""

import hashlib
import random
from typing import Any

import msgspec

from esos.case.model import Case
from esos.message import bodies as b
from esos.message.bodies import CallDetails, NeedAsk
from esos.message.kinds import KINDS
from esos.message.packet_part import split_report
from esos.pact.timers import DAY_MS, HOUR_MS, MINUTE_MS
from esos.words.erasure import EraseGround
from esos.words.ground import Ground
from esos.words.need import HelpClass, NeedLine
from esos.words.no_distress import NoDistress
from esos.words.urgency import Urgency

LINES = (NeedLine.FILTERING, NeedLine.ADVICE, NeedLine.SCRUBBING, NeedLine.FORENSICS, NeedLine.DNS_OR_ROUTING)
"""One or two lines of each class of help."""
PARTIES = ("hospital", "helper", "other", "third", "officer:first", "officer:second", "officer:backup")
CALL_IDS = (b"call-one", b"call-two", b"call-3rd")
LONG_NEEDS = tuple(NeedAsk(line=line, quantity=3) for line in LINES)
PREFIXES = ("203.0.113.0/24", "198.51.100.0/24")


def event_id(number: int, word: str) -> bytes:
    """A statement id, the same for the same place in a story."""
    return hashlib.sha256(f"{number} {word}".encode()).digest()


def body_of(kind: str, case: Case, now_ms: int, chance: random.Random) -> Any:
    """A body of this kind."""
    maker = _MAKERS.get(kind)
    return maker(case, now_ms, chance) if maker else KINDS[kind].body(**_request(kind, case, chance))


def _request(kind: str, case: Case, chance: random.Random) -> dict[str, Any]:
    names = KINDS[kind].body.__struct_fields__
    return {"request": _request_id(case, chance)} if "request" in names else {}


def _request_id(case: Case, chance: random.Random) -> bytes:
    known = list(case.requests)
    return chance.choice(known) if known and chance.random() < 0.9 else bytes(16)


def _asks(chance: random.Random, *, least: int = 0) -> tuple[NeedAsk, ...]:
    count = chance.randint(least, 3)
    return tuple(NeedAsk(line=chance.choice(LINES), quantity=chance.randint(1, 30)) for _ in range(count))


def _details(chance: random.Random) -> CallDetails:
    return CallDetails(
        urgency=chance.choice((None, None, *Urgency)),
        natures=chance.choice(((), (2,), (1, 18))),
        origin=chance.choice(("manual", "automatic")),
        needs=_asks(chance),
        facts=chance.choice(({}, {"data_lost": True}, {"spreading": True})),
        country=chance.choice((None, "IE")),
    )


def _instant(now_ms: int, chance: random.Random) -> int:
    return now_ms + chance.choice((-MINUTE_MS, 0, 1, MINUTE_MS, HOUR_MS, DAY_MS, 100 * DAY_MS))


def _answer(chance: random.Random) -> dict[str, Any]:
    return {
        "lines": _asks(chance),
        "cost": chance.choice(("free", "at-rate", "ceiling")),
        "ready_minutes": chance.randint(0, 60),
    }


def _assessed(case: Case, now_ms: int, chance: random.Random) -> b.SeverityAssessed:
    del case, now_ms
    low, proposed, high = sorted(chance.choices(tuple(Urgency), k=3), key=lambda urgency: urgency.gravity)
    return b.SeverityAssessed(
        low=low, proposed=proposed, high=high, score_low_hundredths=1_000, score_high_hundredths=9_000
    )


def _proposal_id(case: Case, chance: random.Random) -> bytes:
    known = list(case.proposals)
    return chance.choice(known) if known and chance.random() < 0.9 else bytes(32)


def _grant_id(case: Case, chance: random.Random) -> bytes:
    known = list(case.grants)
    return chance.choice(known) if known and chance.random() < 0.9 else bytes(32)


def _called(case: Case, now_ms: int, chance: random.Random) -> b.Called:
    del case, now_ms
    return b.Called(call=chance.choice(CALL_IDS), sequence=chance.randint(0, 3), details=_details(chance))


def _relayed(case: Case, now_ms: int, chance: random.Random) -> b.Relayed:
    del now_ms
    return b.Relayed(
        call=chance.choice(CALL_IDS),
        caller=case.caller,
        details=_details(chance),
        vouched=chance.random() < 0.5,
        heard_from_relay=chance.random() < 0.2,
    )


def _updated(case: Case, now_ms: int, chance: random.Random) -> b.Updated:
    del case, now_ms
    call = chance.choice((None, *CALL_IDS))
    return b.Updated(number=chance.randint(0, 9), details=_details(chance), call=call)


def _cancelled(case: Case, now_ms: int, chance: random.Random) -> b.Cancelled:
    del case, now_ms
    return b.Cancelled(sequence=chance.randint(0, 9), call=chance.choice((None, None, *CALL_IDS)))


def body_about(request: bytes, kind: str, case: Case, now_ms: int, chance: random.Random) -> Any:
    """A body of this kind about one request."""
    if kind == "agreed":
        return _agreed(case, chance, request)
    return msgspec.structs.replace(body_of(kind, case, now_ms, chance), request=request)


def _agreed(case: Case, chance: random.Random, request: bytes) -> b.Agreed:
    """To what is offered, or to a wish to stay longer; now and then to something else."""
    known = case.requests.get(request)
    offers = [offer for offer in (known.terms, known.longer) if offer] if known else []
    return b.Agreed(request=request, offer=chance.choice(offers) if offers and chance.random() < 0.9 else bytes(32))


def _requested(case: Case, now_ms: int, chance: random.Random) -> b.Requested:
    del now_ms
    responder = chance.choice(("helper", "other", "third", case.caller))
    request = event_id(len(case.requests), responder)[:16] if chance.random() < 0.9 else _request_id(case, chance)
    lines = tuple(NeedAsk(line=line, quantity=units) for line, units in case.open_need().items())
    return b.Requested(
        request=request,
        responder=responder,
        lines=lines if lines and chance.random() < 0.7 else _asks(chance, least=1),
        automatic=chance.random() < 0.3,
    )


def _offered(case: Case, now_ms: int, chance: random.Random) -> b.Offered:
    how = chance.choice(("full", "partial", "conditional", "provisional"))
    until_ms = max(0, _instant(now_ms, chance)) if how == "provisional" else 0
    return b.Offered(request=_request_id(case, chance), how=how, until_ms=until_ms, **_answer(chance))


def _granted(case: Case, now_ms: int, chance: random.Random) -> b.Granted:
    del case
    return b.Granted(
        help_class=chance.choice(tuple(HelpClass)),
        scope=chance.choice((*PREFIXES, " ".join(PREFIXES), "the mail servers")),
        to=chance.choice(((), ("helper",), ("helper", "other"))),
        expires_ms=_instant(now_ms, chance),
    )


def _arrived(case: Case, now_ms: int, chance: random.Random) -> b.Arrived:
    lodged = b.LodgedGrant(
        grant=bytes(32), help_class=HelpClass.ACCESS, scope="the mail servers", expires_ms=_instant(now_ms, chance)
    )
    return b.Arrived(call=bytes(32), caller=case.caller, standing=(lodged,) if chance.random() < 0.5 else ())


def _part_given(case: Case, now_ms: int, chance: random.Random) -> b.PartGiven:
    """A part of one report of a few parts, so that chance sometimes makes it whole."""
    report = b.SitrepGiven(sections={"C": "As before, and worse."}, needs=LONG_NEEDS, facts={"can_restore": "no"})
    parts = split_report(report, first=1, short=True)
    number = chance.randint(1, len(parts))
    one = parts[number - 1]
    return b.PartGiven(
        call=chance.choice(CALL_IDS), number=number, first=1, count=one.count, digest=one.digest, data=one.data
    )


def _law_named(case: Case, now_ms: int, chance: random.Random) -> b.LawNamed:
    del case
    moments = chance.choice(({}, {"aware": now_ms}, {"early-warning": now_ms}))
    return b.LawNamed(law=chance.choice(("nis2", "gdpr")), applies=chance.random() < 0.8, moments=moments)


_MAKERS: dict[str, Any] = {
    "law_named": _law_named,
    "sight_widened": lambda case, now_ms, chance: b.SightWidened(
        officers=(chance.choice(("officer:one", "officer:two")),), why=chance.choice(("unanswered", "nobody"))
    ),
    "law_drafted": lambda case, now_ms, chance: b.LawDrafted(law="nis2", clock="final", text="What we know."),
    "law_reminded": lambda case, now_ms, chance: b.LawReminded(
        law="nis2",
        clock="final",
        due_ms=now_ms,
        before_minutes=chance.choice((0, 60)),
        title="Final report",
        under="NIS2",
    ),
    "called": _called,
    "relayed": _relayed,
    "suspected": lambda case, now_ms, chance: b.Suspected(
        call=chance.choice(CALL_IDS),
        caller=case.caller,
        instructions=bytes(32),
        heard_ms=now_ms,
        silent_minutes=30,
        details=_details(chance),
    ),
    "updated": _updated,
    "cancelled": _cancelled,
    "requested": _requested,
    "offered": _offered,
    "granted": _granted,
    "arrived": _arrived,
    "committed": lambda case, now_ms, chance: b.Committed(request=_request_id(case, chance), **_answer(chance)),
    "volunteered": lambda case, now_ms, chance: b.Volunteered(lines=_asks(chance)),
    "stood_by": lambda case, now_ms, chance: b.Volunteered(lines=_asks(chance)),
    "declined": lambda case, now_ms, chance: b.Declined(
        request=_request_id(case, chance), ground=chance.choice(tuple(Ground))
    ),
    "withdrew": lambda case, now_ms, chance: b.Withdrew(
        request=_request_id(case, chance), ground=chance.choice(tuple(Ground))
    ),
    "agreed": lambda case, now_ms, chance: _agreed(case, chance, _request_id(case, chance)),
    "extended": lambda case, now_ms, chance: b.Extended(request=_request_id(case, chance), days=chance.randint(1, 9)),
    "hold_set": lambda case, now_ms, chance: b.HoldSet(reason="A court asked for it."),
    "hold_released": lambda case, now_ms, chance: b.HoldReleased(reason="The court has decided."),
    "erased": lambda case, now_ms, chance: b.Erased(ground=chance.choice(tuple(EraseGround))),
    "sitrep_given": lambda case, now_ms, chance: b.SitrepGiven(
        sections={"C": "As before."}, needs=_asks(chance), facts={"can_restore": "no"}
    ),
    "part_given": _part_given,
    "messaged": lambda case, now_ms, chance: b.Messaged(text="We are here."),
    "mail_came": lambda case, now_ms, chance: b.MailCame(what="unproven", text="We are here."),
    "page_returned": lambda case, now_ms, chance: b.PageReturned(
        page=bytes(16), party=chance.choice(PARTIES), address="team@network.example"
    ),
    "called_back": lambda case, now_ms, chance: b.CalledBack(
        result=chance.choice(("in_distress", "in_distress", "no_distress", "no_answer", "wrong_party")),
        confirms=chance.random() < 0.5,
    ),
    "urgency_changed": lambda case, now_ms, chance: b.UrgencyChanged(urgency=chance.choice(tuple(Urgency))),
    "severity_assessed": _assessed,
    "severity_overruled": lambda case, now_ms, chance: b.SeverityOverruled(
        urgency=chance.choice(tuple(Urgency)), reason="We saw it."
    ),
    "wave_called": lambda case, now_ms, chance: b.WaveCalled(wave=case.wave + chance.randint(1, 2), asked=0),
    "stood_down": lambda case, now_ms, chance: b.StoodDown(caller_agrees=chance.random() < 0.7),
    "no_emergency": lambda case, now_ms, chance: b.NoEmergency(
        shown_by=chance.choice(tuple(NoDistress)), evidence="The line was open."
    ),
    "seconded": lambda case, now_ms, chance: b.Seconded(
        proposal=_proposal_id(case, chance), agrees=chance.random() < 0.8
    ),
    "handed_over": lambda case, now_ms, chance: b.HandedOver(to=chance.choice(PARTIES)),
    "grant_revoked": lambda case, now_ms, chance: b.GrantRevoked(grant=_grant_id(case, chance)),
    "channel_set": lambda case, now_ms, chance: b.ChannelSet(channel=chance.choice(("open", "restricted"))),
    "control_proven": lambda case, now_ms, chance: b.ControlProven(
        resource=chance.choice(PREFIXES), rung=chance.randint(0, 4), expires_ms=max(0, _instant(now_ms, chance))
    ),
}
"""Kind to the maker of its bodies; kinds that are not here have bodies with nothing to choose."""
