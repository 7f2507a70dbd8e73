"""What pages say to both sides of a case: to whoever is asked or helps, and to the caller itself."""

from esos.words.page_lines import ANSWER_BY, BASIS, DECLINE, DUTY, NOTHING_MORE, SEES, WANTS, PageWords
from esos.words.page_reasons import PageReason

TO_BOTH_SIDES: dict[PageReason, PageWords] = {
    PageReason.ASKED: PageWords(
        "{urgency}: {caller} asks for your help",
        (
            WANTS,
            SEES,
            "Why you: {why}",
            "Who caused it plays no part: no such field is read.",
            DUTY,
            BASIS,
            "Please answer: offer, commit or decline.",
            ANSWER_BY,
            DECLINE,
            "Without your answer, other teams are asked at {escalates}.",
            "You are released as soon as the need is met or the case ends.",
        ),
    ),
    PageReason.REMINDED: PageWords(
        "{urgency}: {caller} still waits for your answer",
        (
            WANTS,
            "You were asked at {since} and no person of your team has answered.",
            DUTY,
            "Please answer: offer, commit or decline.",
            ANSWER_BY,
            DECLINE,
        ),
    ),
    PageReason.SELECTED: PageWords(
        "{urgency}: your offer to {caller} was chosen",
        (
            "{caller} chose what you offered: {needs}.",
            "Please commit, so that it can count on you; until then it cannot.",
            ANSWER_BY,
            "If you can no longer do it, withdraw and say why: others are then asked at once.",
        ),
    ),
    PageReason.NOT_TAKEN: PageWords(
        "Your offer to {caller} is not needed; thank you",
        ("Others cover the need of {caller}. Your duty here is done, with thanks.", NOTHING_MORE),
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
            NOTHING_MORE,
        ),
    ),
    PageReason.STANDDOWN_PROPOSED: PageWords(
        "May everybody helping {caller} be released?",
        (
            "{station} proposes to end the case.",
            "It has been stable since {since}.",
            "Open the link and agree, or say what is still needed.",
            ANSWER_BY,
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
    PageReason.ADVISORY_WARNING: PageWords(
        "{urgency} from {caller}: see whether it concerns you",
        (
            "{caller} warns others; nobody asks for help.",
            SEES,
            "Why you: {why}",
            "Please say that a person has seen this, and whether you are protected.",
            ANSWER_BY,
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
    PageReason.WORK_DUE: PageWords(
        "{urgency}: {caller} waits for word of your work",
        (
            "You committed yourselves at {since} to: {needs}.",
            "No work has been reported. Please say how it stands, even if you have only begun.",
            "If you can no longer do it, withdraw and say why: others are then asked at once.",
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
        ("What you were asked for {caller} ended at {since}.", NOTHING_MORE),
    ),
    PageReason.WARNING_OVER: PageWords(
        "The warning of {caller} is over",
        ("You were warned of what {caller} saw. Its case ended at {since}.", NOTHING_MORE),
    ),
    PageReason.LONGER_ASKED: PageWords(
        "{urgency}: {team} asks to stay longer with {caller}",
        (
            "The work takes longer than was agreed: {needs}.",
            "Once caller or coordinator agrees, the agreement runs on from its end; until then its end stands.",
        ),
    ),
    PageReason.MESSAGE: PageWords(
        "{writer} writes in the case of {caller}",
        ("{writer} writes:\n{said}", "Open the link to read all of it, and to answer."),
    ),
    PageReason.MESSAGE_QUIET: PageWords(
        "There is something to read at {station}",
        ("Somebody wrote to you in a case with a restricted channel: open the link to read it.",),
    ),
    PageReason.PAGE_RETURNED: PageWords(
        "{station} could not reach you by another way",
        (
            "What {station} sent you came back, so you are told by this way that something waits for you.",
            "Open the link to see it, and tell the station which of your addresses is good.",
        ),
    ),
    PageReason.LONGER_AGREED: PageWords(
        "{urgency}: your agreement with {caller} runs on",
        (
            "It now ends by {due}.",
            "You command your own people: you may return, or withdraw with notice, before that.",
        ),
    ),
}
