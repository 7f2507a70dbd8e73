"""Lines that pages share: who calls, what it sees, what to do and by when."""

from typing import NamedTuple

from esos.words.language import later


class PageWords(NamedTuple):
    """A title of one line, and the lines of a body; a line is left out where a value it names is not known."""

    title: str
    body: tuple[str, ...]


ALWAYS = (later("If the link does not open, answer by telephone with the code {code}."), "{unconfirmed}")
CALLED = later("{caller} called at {called}.")
SEES = later("What it sees: {natures}.")
TAKE = later(
    "Open the link and take the case. Only your own word stops the calls; that this page reached you does not."
)
NEXT_PERSON = later("If nobody takes it, the next person on the list is called at {escalates}.")
REACH_IT = later("Please reach the people of {station} by every way you know: only one of them can act in the case.")
NUMBERS = later("Telephone numbers there: {numbers}.")
REPLY = later("The caller gave this way to reach it: {reply}.")
CASE_CODE = later("The case has the code {case} there.")
WANTS = later("{caller} asks {team} for: {needs}.")
DUTY = later("You are {tier}. {owed}")
BASIS = later("This rests on: {basis}.")
ANSWER_BY = later("Please answer by {due}.")
DECLINE = later(
    "To decline, open the link and choose a lawful ground; a part, or a no with its ground, is a full answer."
)
NOTHING_MORE = later("Nothing more is expected of you in this case.")
UNCONFIRMED = later("Nobody has confirmed yet that this address is yours. It was tried since no better one is known.")
