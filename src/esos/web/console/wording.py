"""The words of pages that no lower table has: what each timer means, who holds the case next, why people were paged.

Law 4: a page that went out is never called help, and nothing a machine did is called a person's act.
"""

import re

TIMER_WORDS = {
    "ack": "A person is due",
    "call_back": "The call-back is due",
    "wave": "The next teams are asked",
    "commit": "A first commitment is due",
    "scene": "First work is due",
    "sitrep": "A report on the situation is due",
    "heart": "Word from the caller is due",
    "lease": "An act of the coordinator is due",
    "stable": "Standing down is proposed",
    "review": "The next look at the case is due",
    "settle": "The case is settled and closed",
    "reply": "An asked team's answer is due",
    "remind0": "An asked team is reminded",
    "remind1": "An asked team is reminded again",
    "offer": "A decision on an offer is due",
    "lapse": "An offer that was held lapses",
    "agreement": "An agreement ends",
    "return": "The return of a released team is due",
    "grant": "A consent ends",
    "second": "The second officer's word is due",
    "hand": "The hand-over is to be accepted",
}
ELAPSED_WORDS = {
    "ack": "no person had taken the case yet",
    "call_back": "the caller had not been called back yet",
    "wave": "it was time to ask further teams",
    "commit": "no team had committed itself in time",
    "scene": "no first work was reported in time",
    "sitrep": "a report on the situation was due",
    "heart": "there was no word from the caller in time",
    "lease": "the coordinator had not acted in time",
    "stable": "it was stable long enough to propose standing down",
    "review": "it was time to look at the case again",
    "settle": "it was time to settle and close",
    "reply": "an asked team had not answered in time",
    "remind0": "it was time to remind an asked team",
    "remind1": "it was time to remind an asked team again",
    "offer": "an offer still waited for a decision",
    "lapse": "an offer that was held lapsed",
    "agreement": "an agreement ended",
    "return": "a released team had not returned in time",
    "grant": "a consent ended",
    "second": "no second officer had spoken in time",
    "hand": "the hand-over was not accepted in time",
}
HOLDER_WORDS = {
    "watch": "the officers on watch",
    "backup": "the backup officers",
    "neighbour": "the neighbour station",
    "everyone": "everybody on the roster",
    "coordinator": "the coordinator",
    "second": "the second officer",
    "station": "the station itself",
    "caller": "the caller",
    "responder": "the team that was asked",
    "asked": "the teams that were asked",
    "": "nobody",
}
PAGE_REASON_WORDS = {
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
    "review_due": "A review is due",
    "standdown_proposed": "Standing down is proposed",
    "committed_to_caller": "Told that a team is coming",
    "officer_has_your_case": "Told that an officer has the case",
    "relapse": "It got worse again",
    "advisory_warning": "Warned",
    "consent_ended": "Told that a consent has ended",
    "longer_asked": "Asked whether a team may stay longer",
    "longer_agreed": "Told that its agreement runs on",
    "call_back_due": "A call-back is due",
    "commitment_due": "An offer waits, or a commitment is due",
    "scene_due": "First work is due",
    "ended": "Told that the case has ended",
}
PAGE_STATE_WORDS = {
    "waiting": "on its way",
    "done": "handed to the channel; that is not yet a person",
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


def timer_words(key: str) -> str:
    """What it means when this timer runs out."""
    name = key.partition(":")[0]
    return TIMER_WORDS.get(name, name.replace("_", " ").capitalize())


def holder_words(holder: str) -> str:
    """Who holds the case when it does."""
    return HOLDER_WORDS.get(holder, holder)


def sentences(text: str) -> list[str]:
    """A paragraph as its sentences, for a page that gives each a line of its own."""
    return re.split(r"(?<=[.!?]) (?=[A-Z0-9])", text)


def history_words(kind: str, text: str) -> str:
    """What a statement carries, as the history shows it; a timer's own name is no words for people."""
    return ELAPSED_WORDS.get(text.replace(" ", "_"), text) if kind == "elapsed" else text
