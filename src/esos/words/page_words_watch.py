"""What pages say to whoever is on watch: a call without a person, a deadline, a decision that waits."""

from esos.words.page_lines import (
    ANSWER_BY,
    CALLED,
    CASE_CODE,
    NEXT_PERSON,
    NUMBERS,
    REACH_IT,
    REPLY,
    SEES,
    TAKE,
    PageWords,
)
from esos.words.page_reasons import PageReason

TO_THE_WATCH: dict[PageReason, PageWords] = {
    PageReason.WATCH_DUE: PageWords(
        "{urgency}: {caller} is calling and nobody has taken it",
        (
            CALLED,
            SEES,
            "You are on watch. No person has answered yet.",
            "A person is due by {due}.",
            TAKE,
            NEXT_PERSON,
        ),
    ),
    PageReason.BACKUP_DUE: PageWords(
        "{urgency}: {caller} still waits and nobody has taken it",
        (
            CALLED,
            SEES,
            "The officer on watch has not answered; you are the backup.",
            "A person is due by {due}.",
            TAKE,
            NEXT_PERSON,
        ),
    ),
    PageReason.EVERYONE_DUE: PageWords(
        "{urgency}: {caller} waits and everybody is being called",
        (
            CALLED,
            SEES,
            "Nobody who was called before has taken the case, so every officer of {station} is called now.",
            "A person is due by {due}.",
            TAKE,
            NEXT_PERSON,
        ),
    ),
    PageReason.NEIGHBOUR_DUE: PageWords(
        "{urgency}: {caller} waits and {station} does not answer",
        (
            "{caller} called {station} at {called}, and no person there has taken the case.",
            SEES,
            "You are paged as the neighbour of {station}: a person is due by {due}.",
            REACH_IT,
            NUMBERS,
            REPLY,
            CASE_CODE,
        ),
    ),
    PageReason.NEIGHBOUR_WIDENS: PageWords(
        "{urgency}: {station} has not found enough help for {caller}",
        (
            CALLED,
            SEES,
            "What is not met: {unmet}.",
            "You are paged as the neighbour of {station}: please say whom you know that could help.",
            REACH_IT,
            NUMBERS,
            CASE_CODE,
        ),
    ),
    PageReason.UNREACHED: PageWords(
        "{urgency}: {writer} was not reached in the case of {caller}",
        (
            "A page to {writer} came back and was not delivered. It went by:\n{said}",
            "Its other ways are tried now. Please reach it by telephone, or ask somebody else.",
        ),
    ),
    PageReason.HANDED_OVER: PageWords(
        "{urgency}: take over the case of {caller}?",
        (
            "An officer of {station} asks you to take over the case of {caller}.",
            "The reason: {reason}.",
            "It stays where it is until you accept.",
            ANSWER_BY,
        ),
    ),
    PageReason.SECOND_NEEDED: PageWords(
        "{urgency}: a second officer is needed for {caller}",
        (
            "The coordinator at {station} wishes to {matter}.",
            "The reason: {reason}.",
            "That takes two people. Look for yourself, then agree or object; without you the case stays as it is.",
            ANSWER_BY,
        ),
    ),
    PageReason.SITREP_DUE: PageWords(
        "{urgency}: a report on {caller} is due",
        (
            "The last report was at {since}.",
            "Please say how it stands, even if nothing changed.",
            ANSWER_BY,
            "Otherwise concern is raised.",
        ),
    ),
    PageReason.LEASE_LOST: PageWords(
        "{urgency}: nobody holds the case of {caller}",
        (
            "The coordinator at {station} has not acted in it since {since}.",
            "What is not met: {unmet}.",
            TAKE,
            NEXT_PERSON,
        ),
    ),
    PageReason.CONCERN_UP: PageWords(
        "{urgency}: concern for {caller} is raised",
        (
            "{concern}",
            "The reason: {reason}.",
            "Please try to reach it by every way you have, and note what you find.",
            ANSWER_BY,
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
    PageReason.NOBODY_LEFT: PageWords(
        "{urgency}: nobody is left to ask for {caller}",
        (
            "Everybody in the register who can help and may be asked has been asked.",
            "What is not met: {unmet}.",
            "Please ask by hand, ask a neighbour station, or talk with the caller about what else would help.",
            "The register is searched again from time to time, and at once when the case changes.",
        ),
    ),
    PageReason.BOUND_AND_SILENT: PageWords(
        "{urgency}: {team} is bound to answer {caller} and is silent",
        (
            "{team} has not answered in time although it is {tier}.",
            "What is not met: {unmet}.",
            "Please call it by another way; its silence is on record.",
            "The next teams are asked at {escalates}.",
        ),
    ),
    PageReason.REVIEW_DUE: PageWords(
        "{urgency}: the case of {caller} is due for review",
        (
            "It has stood as it is since {since}.",
            "What is not met: {unmet}.",
            "Please decide whether it goes on, and how.",
            ANSWER_BY,
        ),
    ),
    PageReason.RELAPSE: PageWords(
        "{urgency}: {caller} is in distress again",
        (
            "It got worse again at {since}.",
            SEES,
            "What is not met: {unmet}.",
            "The teams that were with it are asked to stay or return.",
        ),
    ),
    PageReason.GRAVER: PageWords(
        "{urgency}: what is seen at {caller} is graver than it was called",
        (
            "By what was observed until {since} it counts as {urgency}; times are set by that.",
            SEES,
            "What is not met: {unmet}.",
            "Please look at the case; you may overrule the proposal with a reason.",
        ),
    ),
    PageReason.CALL_BACK_DUE: PageWords(
        "{urgency}: {caller} has not been called back",
        (
            "An officer of {station} has had the case since {since}, and nobody has called the caller back.",
            REPLY,
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
    PageReason.SET_ASIDE: PageWords(
        "{urgency}: a call of {caller} could not be processed",
        (
            "{caller} called at {called}. The call is kept, and the program could not make a case of it.",
            "So nothing happens in it by itself: please call {caller} back now, and open a case by hand for it.",
            "It has the number {matter} in the journal; tell whoever looks after the station.",
        ),
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
