"""The table of kinds: what can be said, in which body, on what, by whom, and whether a station may say it for them.

Everything that needs to know what a kind is reads this one table: reader, admission, HTTP, pages,
command line, specification. Law 7: a test is a kind of its own and concerns no case.
"""

from enum import StrEnum
from typing import NamedTuple

from esos.keys.speaker import Role
from esos.message import bodies as b


class Scope(StrEnum):
    """What a statement is about, which decides the queue that folds it."""

    CALL = "call"
    CASE = "case"
    REGISTER = "register"
    STATION = "station"


class Kind(NamedTuple):
    """One row. ``who`` is what the station checks at admission; roles within a case are the fold's to check."""

    body: type[b.Body]
    scope: Scope
    who: frozenset[Role]
    attestable: bool
    says: str


_ANYBODY = frozenset({Role.MEMBER, Role.STRANGER, Role.BEACON, Role.RELAY})
_MEMBER = frozenset({Role.MEMBER})
_CALLER = frozenset({Role.MEMBER, Role.STRANGER, Role.BEACON})
_OFFICER = frozenset({Role.OFFICER})
_SECOND = frozenset({Role.OFFICER, Role.SECOND})
_REGISTRAR = frozenset({Role.REGISTRAR, Role.STATION})
_STATION = frozenset({Role.STATION})
_KEEPERS = frozenset({Role.OFFICER, Role.REGISTRAR})
_TALKERS = frozenset({Role.MEMBER, Role.STRANGER, Role.OFFICER})
_ANSWERING = frozenset({Role.MEMBER, Role.OFFICER, Role.SECOND, Role.REGISTRAR, Role.AUDITOR})
_OF_STATION = _KEEPERS | {Role.SECOND, Role.AUDITOR, Role.STATION}
_ENDERS = frozenset({Role.MEMBER, Role.STRANGER, Role.OFFICER})
_OF_MEMBER = frozenset({Role.MEMBER, Role.REGISTRAR})
_CASE, _CALL, _REG, _STA = Scope.CASE, Scope.CALL, Scope.REGISTER, Scope.STATION

KINDS: dict[str, Kind] = {
    "called": Kind(b.Called, _CALL, _CALLER, True, "calls for help"),
    "relayed": Kind(b.Relayed, _CALL, _ANYBODY | _SECOND, True, "calls for somebody else"),
    "suspected": Kind(b.Suspected, _CALL, _STATION, False, "suspects distress, since a beacon fell silent"),
    "updated": Kind(b.Updated, _CASE, _CALLER, True, "adds facts"),
    "sitrep_given": Kind(b.SitrepGiven, _CASE, _TALKERS, True, "gives a situation report"),
    "part_given": Kind(b.PartGiven, _CASE, _CALLER, False, "gives a part of a situation report"),
    "messaged": Kind(b.Messaged, _CASE, _TALKERS, True, "writes"),
    "mail_came": Kind(b.MailCame, _CASE, _STATION, False, "keeps a mail that came"),
    "page_returned": Kind(b.PageReturned, _CASE, _STATION, False, "has a page back that did not arrive"),
    "acknowledged": Kind(b.Acknowledged, _CASE, _OFFICER, True, "takes charge"),
    "called_back": Kind(b.CalledBack, _CASE, _OFFICER, True, "calls the caller back"),
    "urgency_changed": Kind(b.UrgencyChanged, _CASE, _TALKERS, True, "changes the urgency"),
    "severity_assessed": Kind(b.SeverityAssessed, _CASE, _STATION, False, "weighs what was observed"),
    "severity_overruled": Kind(b.SeverityOverruled, _CASE, _OFFICER, True, "overrules the proposed severity"),
    "requested": Kind(b.Requested, _CASE, _OFFICER | _STATION, True, "asks a responder"),
    "wave_called": Kind(b.WaveCalled, _CASE, _STATION, False, "calls a wave of responders"),
    "stabilised": Kind(b.Noted, _CASE, _OFFICER, True, "finds the situation stable"),
    "relapsed": Kind(b.Noted, _CASE, _OFFICER | _CALLER, True, "finds it worse again"),
    "stood_down": Kind(b.StoodDown, _CASE, _OFFICER, True, "stands everybody down"),
    "closed": Kind(b.Closed, _CASE, _OFFICER, True, "closes the case"),
    "suspended": Kind(b.Suspended, _CASE, _OFFICER, True, "suspends the effort"),
    "resumed": Kind(b.Noted, _CASE, _OFFICER, True, "resumes the effort"),
    "cancelled": Kind(b.Cancelled, _CASE, _ANYBODY | _OFFICER, True, "takes the call back"),
    "no_emergency": Kind(b.NoEmergency, _CASE, _OFFICER, True, "finds that there is no emergency"),
    "seconded": Kind(b.Seconded, _CASE, _SECOND, True, "gives the second officer's word"),
    "handed_over": Kind(b.HandedOver, _CASE, _OFFICER, True, "offers the case to another officer"),
    "hand_over_accepted": Kind(b.HandOverAccepted, _CASE, _OFFICER, True, "accepts the case"),
    "granted": Kind(b.Granted, _CASE, _CALLER, False, "consents to help"),
    "grant_revoked": Kind(b.GrantRevoked, _CASE, _CALLER, False, "takes consent back"),
    "agreed": Kind(b.Agreed, _CASE, _CALLER, False, "accepts an offer"),
    "elapsed": Kind(b.Elapsed, _CASE, _STATION, False, "notes that a timer ran out"),
    "contact_lost": Kind(b.ContactLost, _CASE, _OFFICER | _STATION, True, "loses contact with the caller"),
    "contact_returned": Kind(b.Noted, _CASE, _OFFICER | _STATION, True, "has contact with the caller again"),
    "channel_set": Kind(b.ChannelSet, _CASE, _OFFICER, True, "opens or restricts the channel"),
    "control_proven": Kind(b.ControlProven, _CASE, _OFFICER | _STATION, True, "records proof of control"),
    "law_named": Kind(b.LawNamed, _CASE, _CALLER | _OFFICER, True, "names a law that asks for a report"),
    "law_drafted": Kind(b.LawDrafted, _CASE, _CALLER | _OFFICER, True, "keeps a draft of a report"),
    "law_reminded": Kind(b.LawReminded, _CASE, _STATION, False, "reminds the caller of a report that is due"),
    "released": Kind(b.OnRequest, _CASE, _ENDERS, True, "releases a responder"),
    "delivered": Kind(b.OnRequest, _CASE, _MEMBER, True, "has the request"),
    "considering": Kind(b.OnRequest, _CASE, _MEMBER, True, "is considering it"),
    "offered": Kind(b.Offered, _CASE, _MEMBER, True, "offers help"),
    "declined": Kind(b.Declined, _CASE, _MEMBER, True, "declines"),
    "selected": Kind(b.OnRequest, _CASE, _OFFICER, True, "selects an offer"),
    "committed": Kind(b.Committed, _CASE, _MEMBER | _STATION, True, "commits help"),
    "not_taken": Kind(b.OnRequest, _CASE, _OFFICER, True, "thanks, and does not need the offer"),
    "progressed": Kind(b.Progressed, _CASE, _MEMBER, True, "reports work"),
    "extended": Kind(b.Extended, _CASE, _MEMBER | _OFFICER, True, "extends the work"),
    "withdrew": Kind(b.Withdrew, _CASE, _MEMBER, True, "withdraws"),
    "returned": Kind(b.OnRequest, _CASE, _MEMBER, True, "has ended its work"),
    "settled": Kind(b.Settled, _CASE, _MEMBER | _OFFICER, True, "settles hours and costs"),
    "request_cancelled": Kind(b.OnRequest, _CASE, _OFFICER, True, "cancels a request"),
    "volunteered": Kind(b.Volunteered, _CASE, _MEMBER, True, "offers help unasked"),
    "stood_by": Kind(b.Volunteered, _CASE, _MEMBER, True, "can help if needed"),
    "arrived": Kind(b.Arrived, _CASE, _STATION, False, "has the call"),
    "tested": Kind(b.Tested, _STA, _ANYBODY, True, "tests the way"),
    "case_exported": Kind(b.CaseExported, _STA, _STATION, False, "hands out a case"),
    "card_signed": Kind(b.CardSigned, _STA, _ANYBODY, False, "signs its card"),
    "presented": Kind(b.Presented, _STA, _ANYBODY, False, "shows who it is"),
    "member_invited": Kind(b.MemberInvited, _REG, _REGISTRAR, True, "invites somebody to become a member"),
    "member_registered": Kind(b.MemberRegistered, _REG, _REGISTRAR, True, "registers a member"),
    "member_suspended": Kind(b.MemberSuspended, _REG, _REGISTRAR, True, "suspends or restores a member"),
    "member_sponsored": Kind(b.MemberSponsored, _REG, _OF_MEMBER, True, "answers for a member"),
    "key_enrolled": Kind(b.KeyEnrolled, _REG, _REGISTRAR | _OFFICER, True, "enrols a key"),
    "key_revoked": Kind(b.KeyRevoked, _REG, _OF_MEMBER, True, "revokes a key"),
    "availability_stated": Kind(b.AvailabilityStated, _REG, _OF_MEMBER, True, "states what is free"),
    "package_lodged": Kind(b.PackageLodged, _REG, _MEMBER, False, "lodges a standing package"),
    "grant_lodged": Kind(b.GrantLodged, _REG, _MEMBER, False, "lodges a standing grant"),
    "homes_stated": Kind(b.HomesStated, _REG, _MEMBER, False, "names its home stations"),
    "instructions_lodged": Kind(b.InstructionsLodged, _REG, _MEMBER, False, "says what its beacon's silence means"),
    "conflict_declared": Kind(b.ConflictDeclared, _REG, _OF_MEMBER, True, "declares a conflict of interest"),
    "pact_published": Kind(b.PactPublished, _REG, _REGISTRAR, True, "puts a pact in force"),
    "acceded": Kind(b.Acceded, _REG, _MEMBER, False, "accedes to a pact"),
    "accession_withdrawn": Kind(b.AccessionWithdrawn, _REG, _MEMBER, False, "leaves a pact"),
    "officer_added": Kind(b.OfficerAdded, _REG, _REGISTRAR, True, "adds an officer"),
    "officer_removed": Kind(b.OfficerRemoved, _REG, _REGISTRAR, True, "removes an officer"),
    "constituency_named": Kind(b.ConstituencyNamed, _REG, _REGISTRAR, True, "names a constituency"),
    "members_placed": Kind(b.MembersPlaced, _REG, _REGISTRAR, True, "says which members a constituency has"),
    "view_limited": Kind(b.ViewLimited, _REG, _REGISTRAR, True, "says which constituencies an officer sees"),
    "roster_set": Kind(b.RosterSet, _REG, _REGISTRAR | _OFFICER, True, "sets the roster"),
    "contact_asked": Kind(b.ContactAsked, _REG, _STATION, False, "tries an address"),
    "contact_answered": Kind(b.ContactAnswered, _REG, _ANSWERING, True, "says that an address reached them"),
    "contact_added": Kind(b.ContactAdded, _REG, _OF_STATION, True, "gives an address"),
    "contact_removed": Kind(b.ContactRemoved, _REG, _OF_STATION, True, "takes an address back"),
    "shifts_set": Kind(b.ShiftsSet, _REG, _REGISTRAR | _OFFICER, True, "brings shifts from a calendar"),
    "watch_overridden": Kind(b.WatchOverridden, _REG, _REGISTRAR | _OFFICER, True, "changes who is on watch for once"),
    "absence_stated": Kind(b.AbsenceStated, _REG, _REGISTRAR | _SECOND, True, "says when somebody is away"),
    "roster_withdrawn": Kind(b.RosterWithdrawn, _REG, _REGISTRAR | _SECOND, True, "takes back a change of the roster"),
    "swap_asked": Kind(b.SwapAsked, _REG, _SECOND, True, "asks for a swap of shifts"),
    "swap_answered": Kind(b.SwapAnswered, _REG, _SECOND, True, "answers a swap"),
    "sight_widened": Kind(b.SightWidened, _CASE, _STATION, False, "shows the case to officers whom it wakes"),
    "hold_set": Kind(b.HoldSet, _CASE, _KEEPERS, True, "puts a hold on the case"),
    "hold_released": Kind(b.HoldReleased, _CASE, _KEEPERS, True, "releases the hold"),
    "erased": Kind(b.Erased, _CASE, _REGISTRAR, True, "erases the case's content"),
}
"""Kind name to its row; names are past tense, and a change of meaning is a new name."""
