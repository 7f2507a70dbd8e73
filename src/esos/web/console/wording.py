"""The words of pages that no lower table has: why people were paged, how a statement is signed, what a section is.

Law 4: a page that went out is never called help, and nothing a machine did is called a person's act.
"""

import re

from esos.words.language import later
from esos.words.timers import history_words, holder_words, timer_words

__all__ = ["history_words", "holder_words", "timer_words"]  # templates read every word from here

PAGE_REASON_WORDS = {
    "message": later("Somebody wrote"),
    "message_quiet": later("Something to read, without its words"),
    "page_returned": later("Something sent by another way came back"),
    "unreached": later("Somebody could not be reached"),
    "watch_due": later("A call has no person yet"),
    "backup_due": later("A call still has no person; the backup is called"),
    "neighbour_due": later("A call still has no person; the neighbour is called"),
    "asked": later("Asked for help"),
    "reminded": later("Reminded to answer"),
    "selected": later("Its offer was chosen"),
    "not_taken": later("Thanked; not needed"),
    "released": later("Released"),
    "cancelled": later("The call was cancelled"),
    "handed_over": later("Asked to take the case over"),
    "second_needed": later("A second officer is needed"),
    "sitrep_due": later("A report is due"),
    "lease_lost": later("The coordinator has not acted"),
    "concern_up": later("Concern was raised"),
    "helper_lost": later("A team is lost"),
    "nobody_left": later("Nobody is left to ask"),
    "bound_and_silent": later("A team that is bound to answer is silent"),
    "review_due": later("A review is due"),
    "law_due": later("The caller is reminded of a report to an authority"),
    "standdown_proposed": later("Standing down is proposed"),
    "committed_to_caller": later("Told that a team is coming"),
    "officer_has_your_case": later("Told that an officer has the case"),
    "relapse": later("It got worse again"),
    "graver": later("It is graver than it was called"),
    "advisory_warning": later("Warned"),
    "consent_ended": later("Told that a consent has ended"),
    "longer_asked": later("Asked whether a team may stay longer"),
    "longer_agreed": later("Told that its agreement runs on"),
    "call_back_due": later("A call-back is due"),
    "commitment_due": later("No team has committed itself"),
    "scene_due": later("First work is due"),
    "ended": later("Told that the case has ended"),
    "everyone_due": later("A call still has no person; everybody is called"),
    "neighbour_watch": later("A call has no person yet; the neighbour on watch is called"),
    "neighbour_widens": later("Help is lacking; the neighbour is asked"),
    "offer_waits": later("An offer waits for a decision"),
    "commitment_waits": later("A chosen team has not committed itself"),
    "cancel_asked": later("The caller wants to cancel; a call-back is due"),
    "work_due": later("Asked how its work stands"),
    "lease_prompt": later("Asked for a sign of life in the case"),
    "hand_over_lapsed": later("Told that nobody took the case over"),
    "second_lacking": later("Told that no second officer has spoken"),
    "stood_down": later("Told that the case is over"),
    "call_taken_back": later("Told that its call is cancelled"),
    "not_needed": later("Thanked; not needed any more"),
    "warning_over": later("Told that the warning is over"),
    "set_aside": later("A call could not be processed; call back by hand"),
    "strangers_wait": later("Strangers' calls wait"),
}
PAGE_STATE_WORDS = {
    "returned": later("came back, and was not delivered"),
    "waiting": later("on its way"),
    "done": later("handed to the channel; that is not yet a person"),
    "not_needed": later("not needed any more"),
    "given_up": later("could not be sent"),
}
SIGNED_WORDS = {
    "own key": later("signed with its own key"),
    "station": later("signed by the station"),
    "attested": later("said through the station, which signed for it"),
}
SCHEME_WORDS = {
    "uk-ncsc": later("UK NCSC categories"),
    "nis2": later("NIS2, Article 23"),
    "dora": later("DORA, Article 18"),
    "eu-blueprint": later("EU incident taxonomy"),
}
RSIT_WORDS = {
    "availability:ddos": later("availability, flooded from many places"),
    "availability:dos": later("availability, a service made slow or stopped"),
    "availability:misconfiguration": later("availability, by a wrong setting"),
    "availability:outage": later("availability, an outage"),
    "availability:sabotage": later("availability, damaged or switched off"),
    "fraud:masquerade": later("fraud, one passing for another"),
    "information-content-security:data-leak": later("content of information, a leak"),
    "information-content-security:unauthorised-information-modification": later("content of information, falsified"),
    "intrusion-attempts:exploit": later("an attempt to get in by a known weakness"),
    "intrusions:privileged-account-compromise": later("an intrusion, with an administrator's account"),
    "intrusions:system-compromise": later("an intrusion into a system"),
    "malicious-code:infected-system": later("harmful code, an infected system"),
    "malicious-code:malware-distribution": later("harmful code that spreads"),
    "other:other": later("none of the other classes"),
    "other:undetermined": later("not determined yet"),
}
"""Classes of the Reference Security Incident Taxonomy, in words."""
HELP_CLASS_WORDS = {
    "advice": later("advice and filtering at the helper's own edge"),
    "capacity": later("capacity, mirrors and remote advice"),
    "access": later("access to the caller's systems"),
    "third-party": later("acts that affect others"),
}
SECTION_WORDS = {
    "A": later("Identity"),
    "B": later("Where"),
    "C": later("Situation"),
    "D": later("At risk"),
    "E": later("Assistance required"),
    "F": later("Coordinating station"),
    "G": later("Description"),
    "H": later("What still works, and which channels are safe"),
    "I": later("Actions taken"),
    "J": later("Consent and its scope"),
    "K": later("Coordination"),
    "L": later("Plans"),
    "M": later("Other"),
}
COST_WORDS = {"free": later("free of charge"), "at-rate": later("at the registered rate"), "ceiling": later("at most")}
HOW_WORDS = {
    "": "",
    "full": later("all of it"),
    "partial": later("a part of it"),
    "conditional": later("under a condition"),
    "provisional": later("held for a time"),
    "standby": later("standing by, if needed"),
}


def rsit_words(code: str) -> str:
    """A class of the reference taxonomy in words."""
    return RSIT_WORDS.get(code, later("a class without words here:"))


def sentences(text: str) -> list[str]:
    """A paragraph as its sentences, for a page that gives each a line of its own."""
    return re.split(r"(?<=[.!?]) (?=[A-Z0-9])", text)
