"""Lines that pages share: who calls, what it sees, what to do and by when."""

from typing import NamedTuple

from esos.words.language import later


class PageWords(NamedTuple):
    """A title of one line, and the lines of a body; a line is left out where a value it names is not known."""

    title: str
    body: tuple[str, ...]


ALWAYS = ("If the link does not open, answer by telephone with the code {code}.", "{unconfirmed}")
UNCONFIRMED = later("Nobody has confirmed yet that this address is yours. It was tried since no better one is known.")
CALLED = "{caller} called at {called}."
SEES = "What it sees: {natures}."
TAKE = "Open the link and take the case. Only your own word stops the calls; that this page reached you does not."
NEXT_PERSON = "If nobody takes it, the next person on the list is called at {escalates}."
REACH_IT = "Please reach the people of {station} by every way you know: only one of them can act in the case."
NUMBERS = "Telephone numbers there: {numbers}."
REPLY = "The caller gave this way to reach it: {reply}."
CASE_CODE = "The case has the code {case} there."
WANTS = "{caller} asks {team} for: {needs}."
DUTY = "You are {tier}. {owed}"
BASIS = "This rests on: {basis}."
ANSWER_BY = "Please answer by {due}."
DECLINE = "To decline, open the link and choose a lawful ground; a part, or a no with its ground, is a full answer."
NOTHING_MORE = "Nothing more is expected of you in this case."
