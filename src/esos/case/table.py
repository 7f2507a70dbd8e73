"""The two tables: which event may come in which state, from whom, under which guard, to what effect.

Code, diagrams, documentation and tests read these rows and nothing else. ``docs/decisions/0020-case-tables.md``
records where they complete or differ from the design brief.
"""

from esos.case import (
    acts,
    asking,
    calling,
    charge,
    clock,
    consent,
    ends,
    guards,
    knowing,
    law,
    leaving,
    reporting,
    suspecting,
    talking,
    urgency,
)  # fmt: skip
from esos.case.model import AFTER_WORK, ASKED, AT_WORK, BOUND, PENDING, CaseRole
from esos.case.rows import LifeRow, RequestRow
from esos.case.watching import SEEKING
from esos.words.life import Life
from esos.words.request_state import RequestState

OPEN = frozenset(life for life in Life if life.is_open)
ENDED = frozenset(life for life in Life if life.is_ended)
CLOSED = frozenset({Life.CLOSED})
STARTED = ENDED | OPEN | CLOSED
ACTIVE = OPEN - {Life.SUSPENDED}

_R, _L = CaseRole, Life
_CALLER = frozenset({_R.CALLER})
_CALLER_SIDE = frozenset({_R.CALLER, _R.RELAY})
_OFFICER = frozenset({_R.OFFICER})
_COORDINATOR = frozenset({_R.COORDINATOR})
_STATION = frozenset({_R.STATION})
_KEEPERS = frozenset({_R.OFFICER, _R.REGISTRAR})
_ERASERS = frozenset({_R.REGISTRAR, _R.STATION})
_ON_CASE = frozenset({_R.CALLER, _R.RELAY, _R.OFFICER, _R.RESPONDER})
_ANY = frozenset({_R.ANY})
_NEW = frozenset({_L.CALLING})
_ARRIVED = frozenset({_L.ARRIVED})
_UNASKED = frozenset({_L.ARRIVED, _L.ACKNOWLEDGED})
_ASSISTING = frozenset({_L.ASSISTING})
_STABLE = frozenset({_L.STABILISED})
_SUSPENDED = frozenset({_L.SUSPENDED})
_AT_WORK_AGAIN = (_L.MOBILISING, _L.ASSISTING)

LIFE_ROWS: tuple[LifeRow, ...] = (
    LifeRow("called", _NEW, (_L.ARRIVED,), _ANY, calling.arrive),
    LifeRow("called", ACTIVE - _STABLE, (), _CALLER, calling.join),
    LifeRow("called", _STABLE, _AT_WORK_AGAIN, _CALLER, calling.join),
    LifeRow("called", _SUSPENDED, (_L.MOBILISING,), _CALLER, calling.join),
    LifeRow("called", ENDED, (_L.ARRIVED,), _CALLER, calling.call_again, guards.is_not_overtaken),
    LifeRow("relayed", _NEW, (_L.ARRIVED,), _ANY, calling.arrive),
    LifeRow("relayed", OPEN, (), _ANY, calling.join, guards.is_first_hand),
    LifeRow("relayed", ENDED, (_L.ARRIVED,), _ANY, calling.call_again, guards.is_new_relay),
    LifeRow("suspected", _NEW, (_L.ARRIVED,), _STATION, suspecting.suspect),
    LifeRow("suspected", OPEN, (), _STATION, suspecting.miss_beacon, suspecting.is_new_suspicion),
    LifeRow("suspected", ENDED, (_L.ARRIVED,), _STATION, suspecting.suspect_again, suspecting.is_new_suspicion),
    LifeRow("arrived", STARTED, (), _STATION, acts.note_arrival),
    LifeRow("acknowledged", _ARRIVED, (_L.ACKNOWLEDGED,), _OFFICER, charge.take_charge, guards.nobody_has_charge),
    LifeRow("acknowledged", OPEN - _ARRIVED, (), _OFFICER, charge.take_charge, guards.nobody_has_charge),
    LifeRow("called_back", OPEN, (_L.CANCELLED,), _OFFICER, acts.call_back_and_heed),
    LifeRow("updated", OPEN - _STABLE, (), _CALLER_SIDE, calling.update, guards.may_write),
    LifeRow("updated", _STABLE, _AT_WORK_AGAIN, _CALLER_SIDE, calling.update, guards.may_write),
    LifeRow("updated", ENDED, (_L.ARRIVED,), _CALLER, calling.raise_again, guards.raises_urgency),
    LifeRow("sitrep_given", OPEN, (), _ON_CASE, acts.give_sitrep, guards.may_write),
    LifeRow("part_given", OPEN, (), _CALLER_SIDE, reporting.give_part, reporting.makes_report),
    LifeRow("messaged", OPEN | ENDED, (), _ON_CASE, talking.write, guards.may_write),
    LifeRow("mail_came", STARTED, (), _STATION, acts.note),
    LifeRow("page_returned", STARTED, (), _STATION, talking.come_back),
    LifeRow("urgency_changed", OPEN - _STABLE, (), _CALLER | _COORDINATOR, acts.change, two=guards.lowers),
    LifeRow("urgency_changed", _STABLE, _AT_WORK_AGAIN, _CALLER | _COORDINATOR, acts.change, two=guards.lowers),
    LifeRow("urgency_changed", ENDED, (_L.ARRIVED,), _CALLER, calling.raise_again, guards.raises_urgency),
    LifeRow("severity_assessed", OPEN, (), _STATION, urgency.heed_assessment),
    LifeRow("severity_overruled", OPEN, (), _COORDINATOR, urgency.overrule, two=guards.makes_less_of_it),
    LifeRow("requested", _UNASKED, (_L.MOBILISING,), _COORDINATOR | _STATION, asking.ask, guards.is_new_request),
    LifeRow("requested", SEEKING - _UNASKED, (), _COORDINATOR | _STATION, asking.ask, guards.is_new_request),
    LifeRow("wave_called", SEEKING, (), _STATION, asking.note_wave, guards.may_ask_wave),
    LifeRow("stabilised", _ASSISTING, (_L.STABILISED,), _COORDINATOR, acts.stabilise),
    LifeRow("relapsed", _STABLE, _AT_WORK_AGAIN, _COORDINATOR | _CALLER, calling.relapse),
    LifeRow(
        "stood_down", OPEN, (_L.STOOD_DOWN,), _COORDINATOR, ends.stand_down, guards.caller_agrees_or_is_lost,
        guards.before_stable,
    ),
    LifeRow("closed", ENDED, (_L.CLOSED,), _OFFICER, ends.close),
    LifeRow("suspended", ACTIVE, (_L.SUSPENDED,), _COORDINATOR, ends.suspend, two=guards.always),
    LifeRow("resumed", _SUSPENDED, (_L.MOBILISING,), _COORDINATOR, calling.resume, two=guards.always),
    LifeRow("cancelled", OPEN, (_L.CANCELLED,), _CALLER_SIDE, ends.cancel, guards.may_cancel),
    LifeRow(
        "no_emergency", OPEN, (_L.NO_EMERGENCY,), _OFFICER, ends.find_no_emergency, guards.is_shown, guards.always,
    ),
    LifeRow("seconded", OPEN, (), frozenset({_R.SECOND}), charge.give_second_word, guards.is_another_person),
    LifeRow("handed_over", OPEN, (), _COORDINATOR, charge.offer_hand_over, guards.is_not_to_itself),
    LifeRow("hand_over_accepted", OPEN, (), _OFFICER, charge.accept_hand_over, guards.is_for_me),
    LifeRow("granted", ACTIVE, (), _CALLER, consent.grant, guards.may_grant),
    LifeRow("grant_revoked", OPEN, (), _CALLER, consent.revoke_grant, guards.grant_exists),
    LifeRow("elapsed", OPEN, (), _STATION, clock.elapse, guards.is_running),
    LifeRow("elapsed", ENDED, (_L.CLOSED,), _STATION, clock.elapse, guards.is_running),
    LifeRow("contact_lost", OPEN, (), _OFFICER | _STATION, knowing.lose_contact),
    LifeRow("contact_returned", OPEN, (), _OFFICER | _STATION, acts.regain_contact),
    LifeRow("channel_set", OPEN, (), _COORDINATOR, acts.set_channel),
    LifeRow("control_proven", OPEN, (), _OFFICER | _STATION, consent.prove),
    LifeRow("volunteered", ACTIVE, (), _ANY, asking.volunteer, guards.may_offer_unasked),
    LifeRow("stood_by", ACTIVE, (), _ANY, asking.stand_by, guards.may_offer_unasked),
    LifeRow("law_named", STARTED, (), _CALLER_SIDE | _OFFICER, law.name_law, law.has_room),
    LifeRow("law_drafted", STARTED, (), _CALLER_SIDE | _OFFICER, law.keep_draft, law.has_room),
    LifeRow("law_reminded", STARTED, (), _STATION, law.remind, law.is_news),
    LifeRow("sight_widened", STARTED, (), _STATION, acts.widen_sight),
    LifeRow("hold_set", STARTED, (), _KEEPERS, acts.set_hold),
    LifeRow("hold_released", STARTED, (), _KEEPERS, acts.release_hold, guards.is_on_hold),
    LifeRow("erased", CLOSED, (_L.ERASED,), _ERASERS, ends.erase, guards.may_be_erased),
)  # fmt: skip

_S = RequestState
_OFFERABLE = ASKED | {_S.OFFERED}
_HAS_OFFERED = frozenset({_S.OFFERED, _S.SELECTED})
_RESPONDER = frozenset({_R.RESPONDER})
_BINDS = ((_L.ACKNOWLEDGED, _L.ASSISTING), (_L.MOBILISING, _L.ASSISTING))

REQUEST_ROWS: tuple[RequestRow, ...] = (
    RequestRow("delivered", frozenset({_S.SENT}), (_S.DELIVERED,), _RESPONDER, asking.deliver, guards.is_mine),
    RequestRow(
        "considering", frozenset({_S.SENT, _S.DELIVERED}), (_S.CONSIDERING,), _RESPONDER, asking.consider,
        guards.is_mine,
    ),
    RequestRow("offered", _OFFERABLE, (_S.OFFERED,), _RESPONDER, asking.offer, guards.is_mine),
    RequestRow("declined", PENDING, (_S.DECLINED,), _RESPONDER, asking.decline, guards.may_decline),
    RequestRow(
        "selected", frozenset({_S.OFFERED}), (_S.SELECTED,), _COORDINATOR, asking.select,
        two=guards.touches_third_party,
    ),
    RequestRow(
        "selected", BOUND, (), _COORDINATOR, asking.approve, guards.needs_approval, guards.touches_third_party
    ),
    RequestRow(
        "committed", PENDING, (_S.COMMITTED, _S.NOT_TAKEN), _RESPONDER | _STATION, asking.commit, guards.may_commit,
        moves=_BINDS,
    ),
    RequestRow("not_taken", PENDING, (_S.NOT_TAKEN,), _COORDINATOR, leaving.do_not_take),
    RequestRow(
        "progressed", BOUND - {_S.EXTENDING}, (_S.ON_SCENE,), _RESPONDER, asking.report_work, guards.may_begin
    ),
    RequestRow("progressed", frozenset({_S.EXTENDING}), (), _RESPONDER, asking.report_work, guards.may_begin),
    RequestRow(
        "extended", AT_WORK, (_S.EXTENDING,), _RESPONDER | _COORDINATOR, asking.extend,
        guards.is_mine_or_coordinators,
    ),
    RequestRow("released", PENDING, (_S.CANCELLED,), _COORDINATOR | _CALLER, leaving.release),
    RequestRow("released", BOUND, (_S.RELEASING,), _COORDINATOR | _CALLER, leaving.release),
    RequestRow(
        "returned", BOUND | {_S.RELEASING}, (_S.RETURNED,), _RESPONDER, leaving.come_back, guards.is_mine
    ),
    RequestRow("withdrew", BOUND | _HAS_OFFERED, (_S.WITHDRAWN,), _RESPONDER, leaving.withdraw, guards.is_mine),
    RequestRow(
        "settled", AFTER_WORK, (_S.SETTLED,), _RESPONDER | _COORDINATOR, leaving.settle,
        guards.is_mine_or_coordinators,
    ),
    RequestRow("request_cancelled", PENDING, (_S.CANCELLED,), _COORDINATOR, leaving.cancel_request),
    RequestRow(
        "agreed", _HAS_OFFERED | {_S.COMMITTED}, (), _CALLER, asking.agree, guards.names_the_offer
    ),
    RequestRow("agreed", AT_WORK, (_S.EXTENDING,), _CALLER, asking.agree_at_work, guards.names_the_offer),
)  # fmt: skip
LATE_YES = frozenset({"offered", "committed"})
"""Answers that, after the first outcome stood, enter as an unsolicited offer."""
LAST_HELPER_LOST = (Life.ASSISTING, Life.MOBILISING)
"""Where a case goes after any event that leaves no helper and something open (``leaving.notice_loss``)."""
AFTER_END = frozenset({"returned", "settled"})
"""Answers still taken when the case itself has ended: they only close accounts."""
BY_CLOCK: tuple[tuple[str, frozenset[RequestState], RequestState], ...] = (
    ("reply", ASKED, _S.NO_REPLY),
    ("lapse", _HAS_OFFERED, _S.WITHDRAWN),
    ("agreement", BOUND, _S.RELEASING),
    ("return", AFTER_WORK, _S.SETTLED),
)
"""What a timer does to a request: its name, from which states, to which."""
AT_END: tuple[tuple[frozenset[RequestState], RequestState], ...] = (
    (ASKED, _S.CANCELLED),
    (_HAS_OFFERED, _S.NOT_TAKEN),
    (BOUND, _S.RELEASING),
)
"""What every end of a case, and a suspension, does to its requests."""
