"""Small acts of table A that belong nowhere else: notes, reports, the channel, consents lodged beforehand."""

import hashlib

import msgspec

from esos.case.calling import is_telling, merge_facts, set_urgency
from esos.case.charge import call_back
from esos.case.consent import put_grant
from esos.case.draft import Draft
from esos.case.ends import end_if_cancel_was_waiting
from esos.case.knowing import note_contact
from esos.case.model import CaseRole, Channel
from esos.case.needing import release_surplus, set_needs
from esos.case.parts import Grant
from esos.words.life import Life

_CONSENT_SECTION = "J"
_OWN_DOMAIN = b"esos-standing-grant-1"


def note(d: Draft) -> None:
    """It is in the history; nothing else changes."""


def set_hold(d: Draft) -> None:
    """The case is kept until the hold is released."""
    d.set(on_hold=True)


def release_hold(d: Draft) -> None:
    """The case may be erased again when its time is over."""
    d.set(on_hold=False)


def widen_sight(d: Draft) -> None:
    """Officers were woken for it who would not see it otherwise: while it is open, they do."""
    d.set(shown_to=tuple(dict.fromkeys((*d.case.shown_to, *d.body.officers))))


def note_arrival(d: Draft) -> None:
    """The station's word that it has the call; consents lodged in peace time come into the case with it."""
    if not d.case.is_open or d.case.life is Life.SUSPENDED:
        return
    for lodged in d.body.standing:
        grant_id = hashlib.sha256(_OWN_DOMAIN + lodged.grant + d.case.arrived_ms.to_bytes(8)).digest()
        if grant_id not in d.case.grants and d.now_ms < lodged.expires_ms:
            one = Grant(
                id=grant_id,
                help_class=lodged.help_class,
                scope=lodged.scope,
                to=lodged.to,
                expires_ms=lodged.expires_ms,
            )
            put_grant(d, one)


def give_sitrep(d: Draft) -> None:
    """A report, kept section by section; the next is due in its time. Need, facts and consent are their owners'."""
    body, is_owner = d.body, bool({CaseRole.CALLER, CaseRole.COORDINATOR} & d.roles)
    sections = {
        letter: text for letter, text in body.sections.items() if text and (is_owner or letter != _CONSENT_SECTION)
    }
    d.set(sections={**d.case.sections, **sections}, missed_sitreps=0)
    d.run("sitrep")
    if is_owner or CaseRole.RELAY in d.roles:
        facts = merge_facts(d.case.details.facts, body.facts, only_unknown=not is_owner)
        d.set(details=msgspec.structs.replace(d.case.details, facts=facts))
    if is_owner and body.needs:
        set_needs(d, body.needs)
        release_surplus(d)
    if CaseRole.CALLER in d.roles and (body.needs or is_telling(body.facts)):
        d.set(denied=False)


def call_back_and_heed(d: Draft) -> None:
    """What the officer heard moves verification or concern; a cancel that waited takes effect on "no distress"."""
    call_back(d)
    end_if_cancel_was_waiting(d)


def change(d: Draft) -> None:
    """Everything that runs is re-timed, and the usual need follows; nobody is asked twice."""
    set_urgency(d, d.body.urgency)


def stabilise(d: Draft) -> None:
    """No more waves; standing down is proposed after its time."""
    d.set(life=Life.STABILISED)


def set_channel(d: Draft) -> None:
    """Open: everybody on the case writes. Restricted: only caller, coordinator and committed responders."""
    d.set(channel=Channel(d.body.channel))


def regain_contact(d: Draft) -> None:
    """The caller is there: it is not lost, and the wait for its next word begins again."""
    d.set(beacon_silent_ms=0)
    note_contact(d)
