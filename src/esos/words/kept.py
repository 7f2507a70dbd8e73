"""Every sentence that is kept in the record in English, and how it is said to whoever reads it later.

Why a team was asked is signed with the request, and why nothing was sent is written down when it happens, both in
English (law 12). The program makes those sentences by the forms below and by no others; so ``say_kept`` finds out of
which form a kept sentence is, and says it in the language spoken now. What has none of these forms stays as it is.
"""

from typing import NamedTuple

from esos.words.form import FIGURE, WORDS, Form, each
from esos.words.ground import never_a_ground
from esos.words.language import SOURCE, language, later, say
from esos.words.nature import say_nature
from esos.words.tier import ANSWER_OWED_BY_PACT, DutyTier, what_is_owed


def _fixed(sentence: str) -> Form:
    return Form(sentence)


# Why you: the duty and what it rests on.
BOUND = {
    DutyTier.VOLUNTEER: later("Volunteer."),
    DutyTier.ASKED: later("Asked to answer."),
    DutyTier.PACT: later("Bound by the pact."),
    DutyTier.LAW: later("Bound by law."),
    DutyTier.CONTRACT: later("Bound by contract."),
}
CHOSEN = {
    DutyTier.VOLUNTEER: later("An officer chose you: volunteer."),
    DutyTier.ASKED: later("An officer chose you: asked to answer."),
    DutyTier.PACT: later("An officer chose you: bound by the pact."),
    DutyTier.LAW: later("An officer chose you: bound by law."),
    DutyTier.CONTRACT: later("An officer chose you: bound by contract."),
}
NOTHING_BINDS = later("You are registered as able to help; nothing binds you.")
REACHED = later("You are able to help and were reached: you owe an answer, which may be no.")
OWN_NETWORK = Form(later("Part of what harms the caller comes out of your network {network}, whoever is behind it."))
OWN_PRODUCT = Form(later("The weakness was reported in your product {product}."))
BOTH_ACCEPTED = Form(later("You and the caller both accepted the pact {pact}; it is in force for you since {day}."))
YOU_ACCEPTED = Form(
    later(
        "You accepted the pact {pact}, under which this caller is helped as a member is; "
        "it is in force for you since {day}."
    )
)
ONLY_AN_ANSWER = later("This kind of help is not owed: an answer is.")

# Why you: what is brought, and what was counted.
REPORTS = Form(later("The caller reports: {seen}."), seen=each("; ", say_nature))
CAN_BRING = Form(
    later("{line}: you can bring {units} of the {open} {unit} still open."),
    line=WORDS,
    units=FIGURE,
    open=FIGURE,
    unit=WORDS,
)
PACKAGE = Form(later("Your standing package commits {units} {unit} by itself."), units=FIGURE, unit=WORDS)
NOT_BECAUSE = later("Not because of who attacked: no such field is read.")
DECLINE = later("You may decline: choose one of the lawful grounds listed with the request and add one sentence.")
NEVER = Form(later("Never a ground: {list}."), list=lambda _: never_a_ground())
WHEN_RELEASED = later(
    "You are released when the need is covered by others, when the request is cancelled, "
    "and at every end of the case, whatever it is."
)
COUNTED_POINTS = Form(later("{points} of {most} for {what}"), points=FIGURE, most=FIGURE, what=WORDS)


def _say_counted(text: str) -> str:
    found = COUNTED_POINTS.whole(text)
    return COUNTED_POINTS.said(found) if found else text


COUNTED = Form(later("Counted: {points} for the duty; {list}."), points=FIGURE, list=each(", ", _say_counted))
COUNTED_DUTY = Form(later("Counted: {points} for the duty."), points=FIGURE)
NOBODY_AFTER = later("Nobody else can be asked after you.")
NEXT_BEHIND = Form(later("The next in line stands {points} points behind you."), points=FIGURE)
NEXT_EQUAL = later("The next in line is your equal in points.")
COST_NOTHING = later("Without you the others who can be asked could still cover as much of the need.")
COST = Form(later("Without you {units} {unit} more would stay unmet."), units=FIGURE, unit=WORDS)
NOT_BY_ITSELF = later("By itself the station would not have asked you:")
"""Said before what speaks against it, a sentence each."""

# Why a member is not asked.
GATES = {
    "met": later("Nothing of this need is open any more."),
    "proof": later("This act could harm others: the call must be confirmed and the caller must prove control first."),
    "caller": later("It is the caller itself."),
    "suspended": later("The registrar has suspended it."),
    "expired": later("Its member card has expired."),
    "denied": later("The caller or the coordinator sent it away in this case."),
    "conflict": later("One of the two declared a conflict of interest."),
    "outside": later("It has not accepted the pact of this case, which lets nobody else be asked."),
    "quota": later("It has as many requests as the pact of this case allows for one member."),
    "asked": later("It has been asked for this already."),
    "incapable": later("Its card does not offer this kind of help, or no longer."),
    "nothing-free": later("It has nothing of it free, or said so too long ago to be believed."),
    "too-little": later("What it has free is too little to be of use."),
    "off-path": later("Too little of the traffic crosses its network for it to be of use."),
    "tier-not-asked": later("The pact of this case does not have anybody asked who is bound no more than it is."),
}

# Why a statement changed nothing.
HOLDS = Form(later("{officer} holds this case; you are backup."))
TOO_MANY_REQUESTS = Form(later("A case holds at most {count} requests."), count=FIGURE)
TOO_MANY_OFFERS = Form(later("You have {count} open offers here already."), count=FIGURE)
TOO_MANY_GRANTS = Form(later("A case holds at most {count} grants."), count=FIGURE)
TOO_MANY_LAWS = Form(later("A case names at most {count} laws."), count=FIGURE)
TOO_MANY_DRAFTS = Form(later("A law has at most {count} drafts."), count=FIGURE)
DOES_NOT_FOLLOW = Form(later("This does not follow on {state}."))
HAS_ENDED = Form(later("This request has ended: {state}."))
NOT_OF_SUCH_A_CASE = Form(later("This cannot be said of a case that is {state}."))
NOT_THEIRS = Form(later("This is for {roles} to say."), roles=each(" or "))
NOT_FOLDED = Form(later("It could not be folded: {cause}."))
ROLES = (
    later("caller"),
    later("coordinator"),
    later("officer"),
    later("second"),
    later("responder"),
    later("relay"),
    later("station"),
    later("registrar"),
    later("anybody"),
)
"""The roles that stand there, a word each."""

# What became of a page.
HELD = later("Somebody has the case, or it has ended.")
TOGETHER = later("It is told with other strangers' calls, in one page.")
NO_STRANGERS = later("No stranger's call waits any more.")
TOO_LATE = later("It could not be handed over while its code was good.")
NOT_MADE = Form(later("It could not be made: {cause}."))
NO_CHANNEL = Form(later("No channel {channel} is set up."))
NO_ADDRESS = later("Nobody here has an address.")

FORMS: tuple[Form, ...] = (
    BOTH_ACCEPTED, YOU_ACCEPTED, OWN_NETWORK, OWN_PRODUCT, REPORTS, PACKAGE, NEVER, COUNTED_DUTY, COUNTED, NEXT_BEHIND,
    COST, NOT_MADE, NO_CHANNEL, TOO_MANY_REQUESTS, TOO_MANY_OFFERS, TOO_MANY_GRANTS, TOO_MANY_LAWS, TOO_MANY_DRAFTS,
    DOES_NOT_FOLLOW, HAS_ENDED, NOT_OF_SUCH_A_CASE, NOT_THEIRS, NOT_FOLDED,
    *map(_fixed, (
        *BOUND.values(), *CHOSEN.values(), *map(what_is_owed, DutyTier), ANSWER_OWED_BY_PACT, NOTHING_BINDS, REACHED,
        ONLY_AN_ANSWER, NOT_BY_ITSELF, NOT_BECAUSE, DECLINE, WHEN_RELEASED, NOBODY_AFTER, NEXT_EQUAL, COST_NOTHING,
        *GATES.values(),
        HELD, TOGETHER, NO_STRANGERS, TOO_LATE, NO_ADDRESS,
    )),
    CAN_BRING, HOLDS,
)  # fmt: skip
"""Every form, in the order in which it is tried: those that begin with a place come last."""


READ_MAX_CHARACTERS = 4_000
"""The longest kept text that is read for sentences; the program writes none as long, and reading costs time."""


class Piece(NamedTuple):
    """A part of a kept text: words to show, and whether they are in the language spoken now."""

    words: str
    is_said: bool


def kept_pieces(text: str) -> tuple[Piece, ...]:
    """A kept text sentence by sentence; neighbours that nobody recognises are one piece."""
    said = say(text)
    if said != text or language() == SOURCE:
        return (Piece(said, is_said=True),) if text else ()
    if len(text) > READ_MAX_CHARACTERS:
        return (Piece(text, is_said=False),)
    pieces: list[Piece] = []
    at = 0
    while at < len(text):
        piece, at = _piece(text, at)
        if pieces and not piece.is_said and not pieces[-1].is_said:
            piece = Piece(f"{pieces.pop().words} {piece.words}", is_said=False)
        pieces.append(piece)
        at += 1
    return tuple(pieces)


def say_kept(text: str) -> str:
    """The same as one text."""
    return " ".join(piece.words for piece in kept_pieces(text))


def _piece(text: str, at: int) -> tuple[Piece, int]:
    for form in FORMS:
        found = form.read(text, at)
        if found:
            return Piece(form.said(found), is_said=True), found.end()
    end = text.find(" ", at)
    return _unknown(text, at, len(text) if end < 0 else end)


def _unknown(text: str, at: int, end: int) -> tuple[Piece, int]:
    """Whatever has no form: up to the end of its sentence."""
    while end < len(text) and text[end - 1] not in ".!?":
        following = text.find(" ", end + 1)
        end = len(text) if following < 0 else following
    words = text[at:end]
    said = say(words)
    return Piece(said, is_said=said != words), end
