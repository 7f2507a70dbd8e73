"""What goes into a step and what comes out: one event in, effects out, all plain values.

Law 7: an event carries the realm its statement was signed in, and touches only cases of that realm.
"""

from enum import StrEnum

import msgspec

from esos.keys.speaker import Speaker
from esos.message.bodies import Body
from esos.words.realm import Realm


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A statement in its place in the case: what was said, by whom, and when the station had it."""

    id: bytes
    realm: Realm
    kind: str
    speaker: Speaker
    body: Body
    at_ms: int


class Audience(StrEnum):
    """Whom a page goes to; the station turns it into people and addresses."""

    WATCH = "watch"
    BACKUP = "backup"
    NEIGHBOUR = "neighbour"
    EVERYONE = "everyone"
    COORDINATOR = "coordinator"
    SECOND = "second"
    CALLER = "caller"
    RESPONDER = "responder"
    ASKED = "asked"
    OTHER_WAYS = "other_ways"


class Reason(StrEnum):
    """Why somebody is paged or told; each has its sentences in ``words/sentences.py``."""

    WATCH_DUE = "watch_due"
    BACKUP_DUE = "backup_due"
    NEIGHBOUR_DUE = "neighbour_due"
    ASKED = "asked"
    REMINDED = "reminded"
    SELECTED = "selected"
    NOT_TAKEN = "not_taken"
    RELEASED = "released"
    CANCELLED = "cancelled"
    HANDED_OVER = "handed_over"
    SECOND_NEEDED = "second_needed"
    SITREP_DUE = "sitrep_due"
    LEASE_LOST = "lease_lost"
    CONCERN_UP = "concern_up"
    HELPER_LOST = "helper_lost"
    NOBODY_LEFT = "nobody_left"
    REVIEW_DUE = "review_due"
    STANDDOWN_PROPOSED = "standdown_proposed"
    COMMITTED_TO_CALLER = "committed_to_caller"
    OFFICER_HAS_YOUR_CASE = "officer_has_your_case"
    RELAPSE = "relapse"
    GRAVER = "graver"
    ADVISORY_WARNING = "advisory_warning"
    CALL_BACK_DUE = "call_back_due"
    COMMITMENT_DUE = "commitment_due"
    BOUND_AND_SILENT = "bound_and_silent"
    SCENE_DUE = "scene_due"
    ENDED = "ended"
    CONSENT_ENDED = "consent_ended"
    LONGER_ASKED = "longer_asked"
    LONGER_AGREED = "longer_agreed"
    LAW_DUE = "law_due"
    MESSAGE = "message"
    PAGE_RETURNED = "page_returned"
    UNREACHED = "unreached"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Wake or tell somebody. ``to`` is a party where the audience is one; ``ref`` a request or proposal id.

    ``said`` are somebody's own words to pass on, and ``by`` is whose they are.
    """

    audience: Audience
    reason: Reason
    to: str = ""
    ref: bytes = b""
    due_ms: int = 0
    said: str = ""
    by: str = ""


class CallWave(msgspec.Struct, frozen=True, kw_only=True):
    """Find and ask the next responders for what is unmet; ``widen`` looks beyond sector and nation."""

    wave: int
    widen: bool = False


class WarnOthers(msgspec.Struct, frozen=True, kw_only=True):
    """An advisory: warn members with the same product, supplier or sector; or tell them that it is over (law 8)."""

    reason: Reason = Reason.ADVISORY_WARNING


class Assess(msgspec.Struct, frozen=True, kw_only=True):
    """What was observed has changed: the station weighs it anew, and says so."""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The statement changed nothing; it stays in the history with this code and sentence."""

    code: str
    reason: str


Effect = Page | CallWave | WarnOthers | Assess | Refused
