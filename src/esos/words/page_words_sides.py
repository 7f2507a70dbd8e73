"""What pages say to both sides of a case: to whoever is asked or helps, and to the caller itself."""

from esos.words.language import later
from esos.words.page_lines import ANSWER_BY, BASIS, DECLINE, DUTY, NOTHING_MORE, SEES, WANTS, PageWords
from esos.words.page_reasons import PageReason

TO_BOTH_SIDES: dict[PageReason, PageWords] = {
    PageReason.ASKED: PageWords(
        later("{urgency}: {caller} asks for your help"),
        (
            WANTS,
            SEES,
            later("Why you: {why}"),
            later("Who caused it plays no part: no such field is read."),
            DUTY,
            BASIS,
            later("Please answer: offer, commit or decline."),
            ANSWER_BY,
            DECLINE,
            later("Without your answer, other teams are asked at {escalates}."),
            later("You are released as soon as the need is met or the case ends."),
        ),
    ),
    PageReason.REMINDED: PageWords(
        later("{urgency}: {caller} still waits for your answer"),
        (
            WANTS,
            later("You were asked at {since} and no person of your team has answered."),
            DUTY,
            later("Please answer: offer, commit or decline."),
            ANSWER_BY,
            DECLINE,
        ),
    ),
    PageReason.SELECTED: PageWords(
        later("{urgency}: your offer to {caller} was chosen"),
        (
            later("{caller} chose what you offered: {needs}."),
            later("Please commit, so that it can count on you; until then it cannot."),
            ANSWER_BY,
            later("If you can no longer do it, withdraw and say why: others are then asked at once."),
        ),
    ),
    PageReason.NOT_TAKEN: PageWords(
        later("Your offer to {caller} is not needed; thank you"),
        (later("Others cover the need of {caller}. Your duty here is done, with thanks."), NOTHING_MORE),
    ),
    PageReason.RELEASED: PageWords(
        later("You are released from the case of {caller}; thank you"),
        (
            later("Your part in the case of {caller} ended at {since}."),
            later("Please end your work on its systems and hand back what you hold: its consent has ended."),
            later("Then say that you have returned, and what it cost if anything."),
        ),
    ),
    PageReason.CANCELLED: PageWords(
        later("The call of {caller} is cancelled: nothing more to do"),
        (
            later("The call was cancelled at {since}."),
            later("Everybody it reached is told so, and nobody asks why."),
            later("Every request in this case has ended, and every consent with it: stop any work on its systems."),
            NOTHING_MORE,
        ),
    ),
    PageReason.STANDDOWN_PROPOSED: PageWords(
        later("May everybody helping {caller} be released?"),
        (
            later("{station} proposes to end the case."),
            later("It has been stable since {since}."),
            later("Open the link and agree, or say what is still needed."),
            ANSWER_BY,
            later("Every consent ends with the case, and calling again stays possible at any time."),
        ),
    ),
    PageReason.COMMITTED_TO_CALLER: PageWords(
        later("{team} is coming"),
        (
            later("{team} has committed itself to: {needs}."),
            later("It is due {due}."),
            later("Still needed: {unmet}."),
            later("Nobody works in your systems without a consent you have signed."),
        ),
    ),
    PageReason.OFFICER_HAS_YOUR_CASE: PageWords(
        later("The officer on watch at {station} has your case"),
        (
            later("The officer on watch at {station} has your case since {since}."),
            later("You are called back by {due}."),
            later("The first teams are asked by {escalates}."),
            later("Please keep a line free and follow the first-aid card."),
        ),
    ),
    PageReason.ADVISORY_WARNING: PageWords(
        later("{urgency} from {caller}: see whether it concerns you"),
        (
            later("{caller} warns others; nobody asks for help."),
            SEES,
            later("Why you: {why}"),
            later("Please say that a person has seen this, and whether you are protected."),
            ANSWER_BY,
        ),
    ),
    PageReason.LAW_DUE: PageWords(
        later("A report is due: {report}"),
        (
            later("The law that you named asks for a report: {report}."),
            later("It is due by {due}."),
            later("Your page has a draft made from what you told us. The station sends nothing: you do."),
            later(
                "Help does not wait for this. If you have sent it, say so on your page, and you are not reminded again."
            ),
        ),
    ),
    PageReason.CONSENT_ENDED: PageWords(
        later("{urgency}: a consent of {caller} has ended, stop what rests on it"),
        (
            later("{caller} has taken a consent back, or its time is over."),
            later("Work on its systems that rests on this consent must stop now, and access be handed back."),
            later("Help that needs no consent goes on; ask the coordinator if the work is not done."),
        ),
    ),
    PageReason.WORK_DUE: PageWords(
        later("{urgency}: {caller} waits for word of your work"),
        (
            later("You committed yourselves at {since} to: {needs}."),
            later("No work has been reported. Please say how it stands, even if you have only begun."),
            later("If you can no longer do it, withdraw and say why: others are then asked at once."),
        ),
    ),
    PageReason.STOOD_DOWN: PageWords(
        later("The case of {caller} is over"),
        (
            later("It was stood down at {since}. Everybody who helped is released, and every consent has ended."),
            later("Calling again stays possible at any time."),
        ),
    ),
    PageReason.CALL_TAKEN_BACK: PageWords(
        later("Your call is cancelled"),
        (
            later("It was cancelled at {since}. Everybody it reached is told so, and nobody asks why."),
            later("Every consent you gave has ended. Calling again stays possible at any time."),
        ),
    ),
    PageReason.ENDED: PageWords(
        later("The case of {caller} has ended without an emergency"),
        (
            later(
                "Two officers of {station} found at {since} that nobody is in distress. Nobody is judged for calling."
            ),
            later("Every request and every consent in it has ended. Calling again stays possible at any time."),
        ),
    ),
    PageReason.NOT_NEEDED: PageWords(
        later("Your help for {caller} is not needed any more; thank you"),
        (later("What you were asked for {caller} ended at {since}."), NOTHING_MORE),
    ),
    PageReason.WARNING_OVER: PageWords(
        later("The warning of {caller} is over"),
        (later("You were warned of what {caller} saw. Its case ended at {since}."), NOTHING_MORE),
    ),
    PageReason.LONGER_ASKED: PageWords(
        later("{urgency}: {team} asks to stay longer with {caller}"),
        (
            later("The work takes longer than was agreed: {needs}."),
            later("Once caller or coordinator agrees, the agreement runs on from its end; until then its end stands."),
        ),
    ),
    PageReason.MESSAGE: PageWords(
        later("{writer} writes in the case of {caller}"),
        (later("{writer} writes:\n{said}"), later("Open the link to read all of it, and to answer.")),
    ),
    PageReason.MESSAGE_QUIET: PageWords(
        later("There is something to read at {station}"),
        (later("Somebody wrote to you in a case with a restricted channel: open the link to read it."),),
    ),
    PageReason.PAGE_RETURNED: PageWords(
        later("{station} could not reach you by another way"),
        (
            later("What {station} sent you came back, so you are told by this way that something waits for you."),
            later("Open the link to see it, and tell the station which of your addresses is good."),
        ),
    ),
    PageReason.LONGER_AGREED: PageWords(
        later("{urgency}: your agreement with {caller} runs on"),
        (
            later("It now ends by {due}."),
            later("You command your own people: you may return, or withdraw with notice, before that."),
        ),
    ),
}
