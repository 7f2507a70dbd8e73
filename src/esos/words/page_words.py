"""What a page says for each reason: a title to wake to and a body to act on.

Law 4: no page calls a case taken or a team bound unless a person said so. Each says who is in
distress, what is wanted of the reader and by when, and what happens without an answer.
"""

from typing import NamedTuple

from esos.words.page_reasons import PageReason


class PageWords(NamedTuple):
    """A title of one line, and the lines of a body; a line is left out where a value it names is not known."""

    title: str
    body: tuple[str, ...]


ALWAYS = ("If the link does not open, answer by telephone with the code {code}.",)
_CALLED = "{caller} called at {called}."
_SEES = "What it sees: {natures}."
_TAKE = "Open the link and take the case. Only your own word stops the calls; that this page reached you does not."
_NEXT_PERSON = "If nobody takes it, the next person on the list is called at {escalates}."
_REACH_IT = "Please reach the people of {station} by every way you know: only one of them can act in the case."
_NUMBERS = "Telephone numbers there: {numbers}."
_REPLY = "The caller gave this way to reach it: {reply}."
_CASE_CODE = "The case has the code {case} there."
_WANTS = "{caller} asks {team} for: {needs}."
_DUTY = "You are {tier}. {owed}"
_BASIS = "This rests on: {basis}."
_ANSWER_BY = "Please answer by {due}."
_DECLINE = "To decline, open the link and choose a lawful ground; a part, or a no with its ground, is a full answer."
_NOTHING_MORE = "Nothing more is expected of you in this case."
PAGES: dict[PageReason, PageWords] = {
    PageReason.WATCH_DUE: PageWords(
        "{urgency}: {caller} is calling and nobody has taken it",
        (
            _CALLED,
            _SEES,
            "You are on watch. No person has answered yet.",
            "A person is due by {due}.",
            _TAKE,
            _NEXT_PERSON,
        ),
    ),
    PageReason.BACKUP_DUE: PageWords(
        "{urgency}: {caller} still waits and nobody has taken it",
        (
            _CALLED,
            _SEES,
            "The officer on watch has not answered; you are the backup.",
            "A person is due by {due}.",
            _TAKE,
            _NEXT_PERSON,
        ),
    ),
    PageReason.EVERYONE_DUE: PageWords(
        "{urgency}: {caller} waits and everybody is being called",
        (
            _CALLED,
            _SEES,
            "Nobody who was called before has taken the case, so every officer of {station} is called now.",
            "A person is due by {due}.",
            _TAKE,
            _NEXT_PERSON,
        ),
    ),
    PageReason.NEIGHBOUR_DUE: PageWords(
        "{urgency}: {caller} waits and {station} does not answer",
        (
            "{caller} called {station} at {called}, and no person there has taken the case.",
            _SEES,
            "You are paged as the neighbour of {station}: a person is due by {due}.",
            _REACH_IT,
            _NUMBERS,
            _REPLY,
            _CASE_CODE,
        ),
    ),
    PageReason.NEIGHBOUR_WIDENS: PageWords(
        "{urgency}: {station} has not found enough help for {caller}",
        (
            _CALLED,
            _SEES,
            "What is not met: {unmet}.",
            "You are paged as the neighbour of {station}: please say whom you know that could help.",
            _REACH_IT,
            _NUMBERS,
            _CASE_CODE,
        ),
    ),
    PageReason.ASKED: PageWords(
        "{urgency}: {caller} asks for your help",
        (
            _WANTS,
            _SEES,
            "Why you: {why}",
            "Who caused it plays no part: no such field is read.",
            _DUTY,
            _BASIS,
            "Please answer: offer, commit or decline.",
            _ANSWER_BY,
            _DECLINE,
            "Without your answer, other teams are asked at {escalates}.",
            "You are released as soon as the need is met or the case ends.",
        ),
    ),
    PageReason.REMINDED: PageWords(
        "{urgency}: {caller} still waits for your answer",
        (
            _WANTS,
            "You were asked at {since} and no person of your team has answered.",
            _DUTY,
            "Please answer: offer, commit or decline.",
            _ANSWER_BY,
            _DECLINE,
        ),
    ),
    PageReason.SELECTED: PageWords(
        "{urgency}: your offer to {caller} was chosen",
        (
            "{caller} chose what you offered: {needs}.",
            "Please commit, so that it can count on you; until then it cannot.",
            _ANSWER_BY,
            "If you can no longer do it, withdraw and say why: others are then asked at once.",
        ),
    ),
    PageReason.NOT_TAKEN: PageWords(
        "Your offer to {caller} is not needed; thank you",
        ("Others cover the need of {caller}. Your duty here is done, with thanks.", _NOTHING_MORE),
    ),
    PageReason.RELEASED: PageWords(
        "You are released from the case of {caller}; thank you",
        (
            "Your part in the case of {caller} ended at {since}.",
            "Please end your work on its systems and hand back what you hold: its consent has ended.",
            "Then say that you have returned, and what it cost if anything.",
        ),
    ),
    PageReason.CANCELLED: PageWords(
        "The call of {caller} is cancelled: nothing more to do",
        (
            "The call was cancelled at {since}.",
            "Everybody it reached is told so, and nobody asks why.",
            "Every request in this case has ended, and every consent with it: stop any work on its systems.",
            _NOTHING_MORE,
        ),
    ),
    PageReason.HANDED_OVER: PageWords(
        "{urgency}: take over the case of {caller}?",
        (
            "An officer of {station} asks you to take over the case of {caller}.",
            "The reason: {reason}.",
            "It stays where it is until you accept.",
            _ANSWER_BY,
        ),
    ),
    PageReason.SECOND_NEEDED: PageWords(
        "{urgency}: a second officer is needed for {caller}",
        (
            "The coordinator at {station} wishes to {matter}.",
            "The reason: {reason}.",
            "That takes two people. Look for yourself, then agree or object; without you the case stays as it is.",
            _ANSWER_BY,
        ),
    ),
    PageReason.SITREP_DUE: PageWords(
        "{urgency}: a report on {caller} is due",
        (
            "The last report was at {since}.",
            "Please say how it stands, even if nothing changed.",
            _ANSWER_BY,
            "Otherwise concern is raised.",
        ),
    ),
    PageReason.LEASE_LOST: PageWords(
        "{urgency}: nobody holds the case of {caller}",
        (
            "The coordinator at {station} has not acted in it since {since}.",
            "What is not met: {unmet}.",
            _TAKE,
            _NEXT_PERSON,
        ),
    ),
    PageReason.CONCERN_UP: PageWords(
        "{urgency}: concern for {caller} is raised",
        (
            "{concern}",
            "The reason: {reason}.",
            "Please try to reach it by every way you have, and note what you find.",
            _ANSWER_BY,
        ),
    ),
    PageReason.HELPER_LOST: PageWords(
        "{urgency}: {team} is no longer coming to {caller}",
        (
            "{team} withdrew or was lost at {since}.",
            "The reason: {reason}.",
            "What is not met: {unmet}.",
            "Please see whether what is still promised suffices; other teams can be asked at once.",
            "The next teams are asked at {escalates}.",
        ),
    ),
    PageReason.REVIEW_DUE: PageWords(
        "{urgency}: the case of {caller} is due for review",
        (
            "It has stood as it is since {since}.",
            "What is not met: {unmet}.",
            "Please decide whether it goes on, and how.",
            _ANSWER_BY,
        ),
    ),
    PageReason.STANDDOWN_PROPOSED: PageWords(
        "May everybody helping {caller} be released?",
        (
            "{station} proposes to end the case.",
            "It has been stable since {since}.",
            "Open the link and agree, or say what is still needed.",
            _ANSWER_BY,
            "Every consent ends with the case, and calling again stays possible at any time.",
        ),
    ),
    PageReason.COMMITTED_TO_CALLER: PageWords(
        "{team} is coming",
        (
            "{team} has committed itself to: {needs}.",
            "It is due {due}.",
            "Still needed: {unmet}.",
            "Nobody works in your systems without a consent you have signed.",
        ),
    ),
    PageReason.OFFICER_HAS_YOUR_CASE: PageWords(
        "The officer on watch at {station} has your case",
        (
            "The officer on watch at {station} has your case since {since}.",
            "You are called back by {due}.",
            "The first teams are asked by {escalates}.",
            "Please keep a line free and follow the first-aid card.",
        ),
    ),
    PageReason.RELAPSE: PageWords(
        "{urgency}: {caller} is in distress again",
        (
            "It got worse again at {since}.",
            _SEES,
            "What is not met: {unmet}.",
            "The teams that were with it are asked to stay or return.",
        ),
    ),
    PageReason.GRAVER: PageWords(
        "{urgency}: what is seen at {caller} is graver than it was called",
        (
            "By what was observed until {since} it counts as {urgency}; times are set by that.",
            _SEES,
            "What is not met: {unmet}.",
            "Please look at the case; you may overrule the proposal with a reason.",
        ),
    ),
    PageReason.ADVISORY_WARNING: PageWords(
        "{urgency} from {caller}: see whether it concerns you",
        (
            "{caller} warns others; nobody asks for help.",
            _SEES,
            "Why you: {why}",
            "Please say that a person has seen this, and whether you are protected.",
            _ANSWER_BY,
        ),
    ),
    PageReason.CONSENT_ENDED: PageWords(
        "{urgency}: a consent of {caller} has ended, stop what rests on it",
        (
            "{caller} has taken a consent back, or its time is over.",
            "Work on its systems that rests on this consent must stop now, and access be handed back.",
            "Help that needs no consent goes on; ask the coordinator if the work is not done.",
        ),
    ),
    PageReason.CALL_BACK_DUE: PageWords(
        "{urgency}: {caller} has not been called back",
        (
            "An officer of {station} has had the case since {since}, and nobody has called the caller back.",
            _REPLY,
            "Please call it back by a number that was fixed beforehand, and write down what you heard.",
            "Until then concern stays raised.",
        ),
    ),
    PageReason.CANCEL_ASKED: PageWords(
        "{urgency}: {caller} wants to cancel, call it back first",
        (
            "{caller} asked at {since} to take its call back, but others say that it is in distress.",
            "Please call it back by a number that was fixed beforehand, so that nobody cancels under duress.",
            "If it then says that there is no distress, the case ends.",
        ),
    ),
    PageReason.COMMITMENT_DUE: PageWords(
        "{urgency}: nobody has committed to help {caller}",
        (
            "The first teams were asked at {since}, and none is bound.",
            "What is not met: {unmet}.",
            "The search goes wider. Please see whom you can ask yourself.",
        ),
    ),
    PageReason.OFFER_WAITS: PageWords(
        "{urgency}: {team} offers help to {caller}, please decide",
        (
            "{team} offered at {since}: {needs}.",
            "It is not bound yet, and waits for your word.",
            "Please open the link, and choose the offer or thank for it.",
        ),
    ),
    PageReason.COMMITMENT_WAITS: PageWords(
        "{urgency}: {team} has not committed to {caller} yet",
        (
            "Its offer was chosen at {since}: {needs}.",
            "It was asked to commit itself and has not, so it cannot be counted on.",
            "Please ask it, or ask another team.",
        ),
    ),
    PageReason.SCENE_DUE: PageWords(
        "{urgency}: {team} has not begun to help {caller}",
        (
            "{team} committed itself at {since} and has reported no work.",
            "What is not met: {unmet}.",
            "Please ask it how it stands; other teams can be asked at once.",
        ),
    ),
    PageReason.WORK_DUE: PageWords(
        "{urgency}: {caller} waits for word of your work",
        (
            "You committed yourselves at {since} to: {needs}.",
            "No work has been reported. Please say how it stands, even if you have only begun.",
            "If you can no longer do it, withdraw and say why: others are then asked at once.",
        ),
    ),
    PageReason.LEASE_PROMPT: PageWords(
        "{urgency}: the case of {caller} needs a sign of you",
        (
            "You hold this case, and have done nothing in it for a while.",
            "What is not met: {unmet}.",
            "Please open the link and do or write something.",
            "Without any act of yours by {escalates}, you no longer hold it and the backup is called.",
        ),
    ),
    PageReason.HAND_OVER_LAPSED: PageWords(
        "{urgency}: the case of {caller} stays yours",
        (
            "You offered it to another officer, who has not accepted it in time.",
            "You hold it as before. Offer it again, or to somebody else, if you must.",
        ),
    ),
    PageReason.SECOND_LACKING: PageWords(
        "{urgency}: no second officer answered about {caller}",
        (
            "You proposed something that takes two people, and no second officer has spoken in time.",
            "Nothing of it has happened, and the case stays as it is. Propose it again if it is still right.",
        ),
    ),
    PageReason.STOOD_DOWN: PageWords(
        "The case of {caller} is over",
        (
            "It was stood down at {since}. Everybody who helped is released, and every consent has ended.",
            "Calling again stays possible at any time.",
        ),
    ),
    PageReason.CALL_TAKEN_BACK: PageWords(
        "Your call is cancelled",
        (
            "It was cancelled at {since}. Everybody it reached is told so, and nobody asks why.",
            "Every consent you gave has ended. Calling again stays possible at any time.",
        ),
    ),
    PageReason.ENDED: PageWords(
        "The case of {caller} has ended without an emergency",
        (
            "Two officers of {station} found at {since} that nobody is in distress. Nobody is judged for calling.",
            "Every request and every consent in it has ended. Calling again stays possible at any time.",
        ),
    ),
    PageReason.NOT_NEEDED: PageWords(
        "Your help for {caller} is not needed any more; thank you",
        ("What you were asked for {caller} ended at {since}.", _NOTHING_MORE),
    ),
    PageReason.WARNING_OVER: PageWords(
        "The warning of {caller} is over",
        ("You were warned of what {caller} saw. Its case ended at {since}.", _NOTHING_MORE),
    ),
    PageReason.STRANGERS_WAIT: PageWords(
        "{urgency}: {calls}, and no person has answered",
        (
            "Callers whom nobody at {station} knows have called, the first at {since}.",
            "They are told in one page a minute; each call stands on the watch floor.",
            "Open the link and take them one by one, the ones that sound worst first.",
        ),
    ),
}
