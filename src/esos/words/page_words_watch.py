"""What pages say to whoever is on watch: a call without a person, a deadline, a decision that waits."""

from esos.words.language import later
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
        later("{urgency}: {caller} is calling and nobody has taken it"),
        (
            CALLED,
            SEES,
            later("You are on watch. No person has answered yet."),
            later("A person is due by {due}."),
            TAKE,
            NEXT_PERSON,
        ),
    ),
    PageReason.BACKUP_DUE: PageWords(
        later("{urgency}: {caller} still waits and nobody has taken it"),
        (
            CALLED,
            SEES,
            later("The officer on watch has not answered; you are the backup."),
            later("A person is due by {due}."),
            TAKE,
            NEXT_PERSON,
        ),
    ),
    PageReason.EVERYONE_DUE: PageWords(
        later("{urgency}: {caller} waits and everybody is being called"),
        (
            CALLED,
            SEES,
            later("Nobody who was called before has taken the case, so every officer of {station} is called now."),
            later("A person is due by {due}."),
            TAKE,
            NEXT_PERSON,
        ),
    ),
    PageReason.NEIGHBOUR_DUE: PageWords(
        later("{urgency}: {caller} waits and {station} does not answer"),
        (
            later("{caller} called {station} at {called}, and no person there has taken the case."),
            SEES,
            later("You are paged as the neighbour of {station}: a person is due by {due}."),
            REACH_IT,
            NUMBERS,
            REPLY,
            CASE_CODE,
        ),
    ),
    PageReason.NEIGHBOUR_WATCH: PageWords(
        later("{urgency}: {caller} called {station}, and its watch is yours now"),
        (
            later("{caller} called {station} at {called}; no person has taken the case yet."),
            SEES,
            later("By the roster of {station}, your watch stands in for it at this hour."),
            later("A person is due by {due}."),
            REACH_IT,
            NUMBERS,
            REPLY,
            CASE_CODE,
        ),
    ),
    PageReason.NEIGHBOUR_WIDENS: PageWords(
        later("{urgency}: {station} has not found enough help for {caller}"),
        (
            CALLED,
            SEES,
            later("What is not met: {unmet}."),
            later("You are paged as the neighbour of {station}: please say whom you know that could help."),
            REACH_IT,
            NUMBERS,
            CASE_CODE,
        ),
    ),
    PageReason.UNREACHED: PageWords(
        later("{urgency}: {writer} was not reached in the case of {caller}"),
        (
            later("A page to {writer} came back and was not delivered. It went by:\n{said}"),
            later("Its other ways are tried now. Please reach it by telephone, or ask somebody else."),
        ),
    ),
    PageReason.HANDED_OVER: PageWords(
        later("{urgency}: take over the case of {caller}?"),
        (
            later("An officer of {station} asks you to take over the case of {caller}."),
            later("The reason: {reason}."),
            later("It stays where it is until you accept."),
            ANSWER_BY,
        ),
    ),
    PageReason.SECOND_NEEDED: PageWords(
        later("{urgency}: a second officer is needed for {caller}"),
        (
            later("The coordinator at {station} wishes to {matter}."),
            later("The reason: {reason}."),
            later(
                "That takes two people. Look for yourself, then agree or object; without you the case stays as it is."
            ),
            ANSWER_BY,
        ),
    ),
    PageReason.SITREP_DUE: PageWords(
        later("{urgency}: a report on {caller} is due"),
        (
            later("The last report was at {since}."),
            later("Please say how it stands, even if nothing changed."),
            ANSWER_BY,
            later("Otherwise concern is raised."),
        ),
    ),
    PageReason.LEASE_LOST: PageWords(
        later("{urgency}: nobody holds the case of {caller}"),
        (
            later("The coordinator at {station} has not acted in it since {since}."),
            later("What is not met: {unmet}."),
            TAKE,
            NEXT_PERSON,
        ),
    ),
    PageReason.CONCERN_UP: PageWords(
        later("{urgency}: concern for {caller} is raised"),
        (
            "{concern}",
            later("The reason: {reason}."),
            later("Please try to reach it by every way you have, and note what you find."),
            ANSWER_BY,
        ),
    ),
    PageReason.HELPER_LOST: PageWords(
        later("{urgency}: {team} is no longer coming to {caller}"),
        (
            later("{team} withdrew or was lost at {since}."),
            later("The reason: {reason}."),
            later("What is not met: {unmet}."),
            later("Please see whether what is still promised suffices; other teams can be asked at once."),
            later("The next teams are asked at {escalates}."),
        ),
    ),
    PageReason.NOBODY_LEFT: PageWords(
        later("{urgency}: nobody is left to ask for {caller}"),
        (
            later("Everybody in the register who can help and may be asked has been asked."),
            later("What is not met: {unmet}."),
            later("Please ask by hand, ask a neighbour station, or talk with the caller about what else would help."),
            later("The register is searched again from time to time, and at once when the case changes."),
        ),
    ),
    PageReason.BOUND_AND_SILENT: PageWords(
        later("{urgency}: {team} is bound to answer {caller} and is silent"),
        (
            later("{team} has not answered in time although it is {tier}."),
            later("What is not met: {unmet}."),
            later("Please call it by another way; its silence is on record."),
            later("The next teams are asked at {escalates}."),
        ),
    ),
    PageReason.REVIEW_DUE: PageWords(
        later("{urgency}: the case of {caller} is due for review"),
        (
            later("It has stood as it is since {since}."),
            later("What is not met: {unmet}."),
            later("Please decide whether it goes on, and how."),
            ANSWER_BY,
        ),
    ),
    PageReason.RELAPSE: PageWords(
        later("{urgency}: {caller} is in distress again"),
        (
            later("It got worse again at {since}."),
            SEES,
            later("What is not met: {unmet}."),
            later("The teams that were with it are asked to stay or return."),
        ),
    ),
    PageReason.GRAVER: PageWords(
        later("{urgency}: what is seen at {caller} is graver than it was called"),
        (
            later("By what was observed until {since} it counts as {urgency}; times are set by that."),
            SEES,
            later("What is not met: {unmet}."),
            later("Please look at the case; you may overrule the proposal with a reason."),
        ),
    ),
    PageReason.CALL_BACK_DUE: PageWords(
        later("{urgency}: {caller} has not been called back"),
        (
            later("An officer of {station} has had the case since {since}, and nobody has called the caller back."),
            REPLY,
            later("Please call it back by a number that was fixed beforehand, and write down what you heard."),
            later("Until then concern stays raised."),
        ),
    ),
    PageReason.CANCEL_ASKED: PageWords(
        later("{urgency}: {caller} wants to cancel, call it back first"),
        (
            later("{caller} asked at {since} to take its call back, but others say that it is in distress."),
            later("Please call it back by a number that was fixed beforehand, so that nobody cancels under duress."),
            later("If it then says that there is no distress, the case ends."),
        ),
    ),
    PageReason.COMMITMENT_DUE: PageWords(
        later("{urgency}: nobody has committed to help {caller}"),
        (
            later("The first teams were asked at {since}, and none is bound."),
            later("What is not met: {unmet}."),
            later("The search goes wider. Please see whom you can ask yourself."),
        ),
    ),
    PageReason.OFFER_WAITS: PageWords(
        later("{urgency}: {team} offers help to {caller}, please decide"),
        (
            later("{team} offered at {since}: {needs}."),
            later("It is not bound yet, and waits for your word."),
            later("Please open the link, and choose the offer or thank for it."),
        ),
    ),
    PageReason.COMMITMENT_WAITS: PageWords(
        later("{urgency}: {team} has not committed to {caller} yet"),
        (
            later("Its offer was chosen at {since}: {needs}."),
            later("It was asked to commit itself and has not, so it cannot be counted on."),
            later("Please ask it, or ask another team."),
        ),
    ),
    PageReason.SCENE_DUE: PageWords(
        later("{urgency}: {team} has not begun to help {caller}"),
        (
            later("{team} committed itself at {since} and has reported no work."),
            later("What is not met: {unmet}."),
            later("Please ask it how it stands; other teams can be asked at once."),
        ),
    ),
    PageReason.LEASE_PROMPT: PageWords(
        later("{urgency}: the case of {caller} needs a sign of you"),
        (
            later("You hold this case, and have done nothing in it for a while."),
            later("What is not met: {unmet}."),
            later("Please open the link and do or write something."),
            later("Without any act of yours by {escalates}, you no longer hold it and the backup is called."),
        ),
    ),
    PageReason.HAND_OVER_LAPSED: PageWords(
        later("{urgency}: the case of {caller} stays yours"),
        (
            later("You offered it to another officer, who has not accepted it in time."),
            later("You hold it as before. Offer it again, or to somebody else, if you must."),
        ),
    ),
    PageReason.SECOND_LACKING: PageWords(
        later("{urgency}: no second officer answered about {caller}"),
        (
            later("You proposed something that takes two people, and no second officer has spoken in time."),
            later("Nothing of it has happened, and the case stays as it is. Propose it again if it is still right."),
        ),
    ),
    PageReason.SET_ASIDE: PageWords(
        later("{urgency}: a call of {caller} could not be processed"),
        (
            later("{caller} called at {called}. The call is kept, and the program could not make a case of it."),
            later("So nothing happens in it by itself: please call {caller} back now, and open a case by hand for it."),
            later("It has the number {matter} in the journal; tell whoever looks after the station."),
        ),
    ),
    PageReason.STRANGERS_WAIT: PageWords(
        later("{urgency}: {calls}, and no person has answered"),
        (
            later("Callers whom nobody at {station} knows have called, the first at {since}."),
            later("They are told in one page a minute; each call stands on the watch floor."),
            later("Open the link and take them one by one, the ones that sound worst first."),
        ),
    ),
}
