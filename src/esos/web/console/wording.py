"""The words of pages that no lower table has: why people were paged, how a statement is signed, what a section is.

Law 4: a page that went out is never called help, and nothing a machine did is called a person's act.
"""

import re

from esos.words.timers import history_words, holder_words, timer_words

__all__ = ["history_words", "holder_words", "timer_words"]  # templates read every word from here

PAGE_REASON_WORDS = {
    "message": "Somebody wrote",
    "message_quiet": "Something to read, without its words",
    "page_returned": "Something sent by another way came back",
    "unreached": "Somebody could not be reached",
    "watch_due": "A call has no person yet",
    "backup_due": "A call still has no person; the backup is called",
    "neighbour_due": "A call still has no person; the neighbour is called",
    "asked": "Asked for help",
    "reminded": "Reminded to answer",
    "selected": "Its offer was chosen",
    "not_taken": "Thanked; not needed",
    "released": "Released",
    "cancelled": "The call was cancelled",
    "handed_over": "Asked to take the case over",
    "second_needed": "A second officer is needed",
    "sitrep_due": "A report is due",
    "lease_lost": "The coordinator has not acted",
    "concern_up": "Concern was raised",
    "helper_lost": "A team is lost",
    "nobody_left": "Nobody is left to ask",
    "bound_and_silent": "A team that is bound to answer is silent",
    "review_due": "A review is due",
    "standdown_proposed": "Standing down is proposed",
    "committed_to_caller": "Told that a team is coming",
    "officer_has_your_case": "Told that an officer has the case",
    "relapse": "It got worse again",
    "graver": "It is graver than it was called",
    "advisory_warning": "Warned",
    "consent_ended": "Told that a consent has ended",
    "longer_asked": "Asked whether a team may stay longer",
    "longer_agreed": "Told that its agreement runs on",
    "call_back_due": "A call-back is due",
    "commitment_due": "No team has committed itself",
    "scene_due": "First work is due",
    "ended": "Told that the case has ended",
    "everyone_due": "A call still has no person; everybody is called",
    "neighbour_widens": "Help is lacking; the neighbour is asked",
    "offer_waits": "An offer waits for a decision",
    "commitment_waits": "A chosen team has not committed itself",
    "cancel_asked": "The caller wants to cancel; a call-back is due",
    "work_due": "Asked how its work stands",
    "lease_prompt": "Asked for a sign of life in the case",
    "hand_over_lapsed": "Told that nobody took the case over",
    "second_lacking": "Told that no second officer has spoken",
    "stood_down": "Told that the case is over",
    "call_taken_back": "Told that its call is cancelled",
    "not_needed": "Thanked; not needed any more",
    "warning_over": "Told that the warning is over",
    "set_aside": "A call could not be processed; call back by hand",
    "strangers_wait": "Strangers' calls wait",
}
PAGE_STATE_WORDS = {
    "returned": "came back, and was not delivered",
    "waiting": "on its way",
    "done": "handed to the channel; that is not yet a person",
    "not_needed": "not needed any more",
    "given_up": "could not be sent",
}
SIGNED_WORDS = {
    "own key": "signed with its own key",
    "station": "signed by the station",
    "attested": "said through the station, which signed for it",
}
SCHEME_WORDS = {
    "uk-ncsc": "UK NCSC categories",
    "nis2": "NIS2, Article 23",
    "dora": "DORA, Article 18",
    "eu-blueprint": "EU incident taxonomy",
}
RSIT_WORDS = {
    "availability:ddos": "availability, flooded from many places",
    "availability:dos": "availability, a service made slow or stopped",
    "availability:misconfiguration": "availability, by a wrong setting",
    "availability:outage": "availability, an outage",
    "availability:sabotage": "availability, damaged or switched off",
    "fraud:masquerade": "fraud, one passing for another",
    "information-content-security:data-leak": "content of information, a leak",
    "information-content-security:unauthorised-information-modification": "content of information, falsified",
    "intrusion-attempts:exploit": "an attempt to get in by a known weakness",
    "intrusions:privileged-account-compromise": "an intrusion, with an administrator's account",
    "intrusions:system-compromise": "an intrusion into a system",
    "malicious-code:infected-system": "harmful code, an infected system",
    "malicious-code:malware-distribution": "harmful code that spreads",
    "other:other": "none of the other classes",
    "other:undetermined": "not determined yet",
}
"""Classes of the Reference Security Incident Taxonomy, in words."""
HELP_CLASS_WORDS = {
    "advice": "advice and filtering at the helper's own edge",
    "capacity": "capacity, mirrors and remote advice",
    "access": "access to the caller's systems",
    "third-party": "acts that affect others",
}
SECTION_WORDS = {
    "A": "Identity",
    "B": "Where",
    "C": "Situation",
    "D": "At risk",
    "E": "Assistance required",
    "F": "Coordinating station",
    "G": "Description",
    "H": "What still works, and which channels are safe",
    "I": "Actions taken",
    "J": "Consent and its scope",
    "K": "Coordination",
    "L": "Plans",
    "M": "Other",
}
COST_WORDS = {"free": "free of charge", "at-rate": "at the registered rate", "ceiling": "at most"}
HOW_WORDS = {
    "": "",
    "full": "all of it",
    "partial": "a part of it",
    "conditional": "under a condition",
    "provisional": "held for a time",
    "standby": "standing by, if needed",
}


def rsit_words(code: str) -> str:
    """A class of the reference taxonomy in words."""
    return RSIT_WORDS.get(code, "a class without words here:")


def sentences(text: str) -> list[str]:
    """A paragraph as its sentences, for a page that gives each a line of its own."""
    return re.split(r"(?<=[.!?]) (?=[A-Z0-9])", text)
