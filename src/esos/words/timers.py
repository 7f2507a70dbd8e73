"""What each timer of a case means, in words: while it runs, once it ran out, and who holds the case then.

Law 5: a person who looks sees what is due next and whose turn it is, in the same words everywhere.
"""

from esos.words.language import later, say

TIMER_WORDS = {
    "ack": later("Others are called"),
    "call_back": later("The call-back is due"),
    "wave": later("The next teams are asked"),
    "commit": later("A first commitment is due"),
    "scene": later("First work is due"),
    "sitrep": later("A report on the situation is due"),
    "heart": later("Word from the caller is due"),
    "lease": later("An act of the coordinator is due"),
    "stable": later("Standing down is proposed"),
    "review": later("The next look at the case is due"),
    "settle": later("The case is settled and closed"),
    "reply": later("An asked team's answer is due"),
    "remind0": later("An asked team is reminded"),
    "remind1": later("An asked team is reminded again"),
    "offer": later("A decision on an offer is due"),
    "lapse": later("An offer that was held lapses"),
    "agreement": later("An agreement ends"),
    "return": later("The return of a released team is due"),
    "grant": later("A consent ends"),
    "second": later("The second officer's word is due"),
    "hand": later("The hand-over is to be accepted"),
}
ELAPSED_WORDS = {
    "ack": later("no person had taken the case yet"),
    "call_back": later("the caller had not been called back yet"),
    "wave": later("it was time to ask further teams"),
    "commit": later("no team had committed itself in time"),
    "scene": later("no first work was reported in time"),
    "sitrep": later("a report on the situation was due"),
    "heart": later("there was no word from the caller in time"),
    "lease": later("the coordinator had not acted in time"),
    "stable": later("it was stable long enough to propose standing down"),
    "review": later("it was time to look at the case again"),
    "settle": later("it was time to settle and close"),
    "reply": later("an asked team had not answered in time"),
    "remind0": later("it was time to remind an asked team"),
    "remind1": later("it was time to remind an asked team again"),
    "offer": later("an offer still waited for a decision"),
    "lapse": later("an offer that was held lapsed"),
    "agreement": later("an agreement ended"),
    "return": later("a released team had not returned in time"),
    "grant": later("a consent ended"),
    "second": later("no second officer had spoken in time"),
    "hand": later("the hand-over was not accepted in time"),
}
HOLDER_WORDS = {
    "watch": later("the officers on watch"),
    "backup": later("the backup officers"),
    "neighbour": later("the neighbour station"),
    "everyone": later("everybody on the roster"),
    "coordinator": later("the coordinator"),
    "second": later("the second officer"),
    "station": later("the station itself"),
    "caller": later("the caller"),
    "responder": later("the team that was asked"),
    "asked": later("the teams that were asked"),
    "": later("nobody"),
}


def timer_words(key: str) -> str:
    """What it means when this timer runs out."""
    name = key.partition(":")[0]
    return say(TIMER_WORDS.get(name, name.replace("_", " ").capitalize()))


def holder_words(holder: str) -> str:
    """Who holds the case when it does."""
    return say(HOLDER_WORDS.get(holder, holder))


def history_words(kind: str, text: str) -> str:
    """What a statement carries, as the history shows it; a timer's own name is no words for people."""
    return say(ELAPSED_WORDS.get(text.replace(" ", "_"), text)) if kind == "elapsed" else text
