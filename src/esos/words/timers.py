"""What each timer of a case means, in words: while it runs, once it ran out, and who holds the case then.

Law 5: a person who looks sees what is due next and whose turn it is, in the same words everywhere.
"""

TIMER_WORDS = {
    "ack": "Others are called",
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


def timer_words(key: str) -> str:
    """What it means when this timer runs out."""
    name = key.partition(":")[0]
    return TIMER_WORDS.get(name, name.replace("_", " ").capitalize())


def holder_words(holder: str) -> str:
    """Who holds the case when it does."""
    return HOLDER_WORDS.get(holder, holder)


def history_words(kind: str, text: str) -> str:
    """What a statement carries, as the history shows it; a timer's own name is no words for people."""
    return ELAPSED_WORDS.get(text.replace(" ", "_"), text) if kind == "elapsed" else text
