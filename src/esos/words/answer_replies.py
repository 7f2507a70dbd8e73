"""What the station says back to an answer by text message or by keypress, and what it says when it rings somebody.

Law 4: it says what was recorded, or that nothing was changed; never more.
"""

from enum import StrEnum

from esos.words.ground import Ground
from esos.words.language import later, say


class Reply(StrEnum):
    """One thing that the station says back."""

    COMMITTED = "committed"
    OFFERED = "offered"
    DECLINED = "declined"
    TAKEN = "taken"
    WHICH_GROUND = "which-ground"
    HOW_MUCH = "how-much"
    UNCLEAR = "unclear"
    NO_CODE = "no-code"
    WRONG_CODE = "wrong-code"
    ALREADY = "already"
    UNKNOWN_NUMBER = "unknown-number"
    TOO_MANY = "too-many"
    PROVED = "proved"
    REFUSED = "refused"


_REPLIES = {
    Reply.COMMITTED: later("Recorded: you are coming, with {what}. {caller} is told. Thank you."),
    Reply.OFFERED: later("Recorded: you offer {what}. You are not bound until it is chosen. Thank you."),
    Reply.DECLINED: later("Recorded: you decline. Your ground: {ground} That is a full answer. Thank you."),
    Reply.TAKEN: later("Recorded: you have charge of the case {case}. The caller is told."),
    Reply.WHICH_GROUND: later(
        "Nothing is changed yet. A no needs its ground: send no {code} with D1 unable, D2 own emergency, D3 danger, "
        "D4 others are nearer, D5 not needed, D6 law, D7 investigation, D8 force majeure, D9 conflict, D10 unverified."
    ),
    Reply.HOW_MUCH: later(
        "Nothing is changed yet. How much can you give? Send limited {code} and a number for each of: {what}."
    ),
    Reply.UNCLEAR: later(
        "Nothing is changed: your answer was not clear. Send coming {code}, limited {code} and how much, or "
        "no {code} and a ground from D1 to D10."
    ),
    Reply.NO_CODE: later(
        "Nothing is changed: your text has no code. Send coming, limited or no, and the six digits of our message."
    ),
    Reply.WRONG_CODE: later("Nothing is changed: this code belongs to no open request to you. Open the link instead."),
    Reply.ALREADY: later("Nothing is changed: your answer was recorded before. It stands at: {state}"),
    Reply.UNKNOWN_NUMBER: later(
        "Nothing is changed: answers count from a registered number only. Use that telephone, or the link."
    ),
    Reply.TOO_MANY: later("Nothing is changed: too many wrong codes came from this number. Use the link."),
    Reply.PROVED: later("Thank you. This number reached you, and the station knows it. Nobody is in distress."),
    Reply.REFUSED: later("Nothing is changed: {why}"),
}


def reply_words(reply: Reply, **values: str) -> str:
    """The words of a reply; a ground is given by its code."""
    if "ground" in values:
        values["ground"] = Ground(values["ground"]).words
    return say(_REPLIES[reply], **values)


class Prompt(StrEnum):
    """One thing that is spoken on the telephone."""

    ASKED = "asked"
    OFFICER = "officer"
    AMOUNT = "amount"
    GROUND = "ground"
    AGAIN = "again"
    OVER = "over"
    GONE = "gone"
    TEST = "test"
    PROVED = "proved"


_PROMPTS = {
    Prompt.ASKED: later(
        "This is the watch station {station}. {caller} asks {team} for: {what}. "
        "Press 1 if you are coming. Press 2 if you can give a part. Press 3 if you cannot. Press 9 to hear it again."
    ),
    Prompt.OFFICER: later(
        "This is the watch station {station}. {caller} is calling and nobody has taken the case {case}. "
        "Press 1 to take it. Press 9 to hear it again."
    ),
    Prompt.AMOUNT: later("How much can you give of: {what}? Type the number, then press hash. 0 for none of it."),
    Prompt.GROUND: later(
        "Which is your ground? Press 1: you are not able. 2: an emergency of your own. 3: danger for your people. "
        "4: somebody nearer is committed. 5: not needed. 6: the law forbids it. 7: an investigation. "
        "8: force majeure. 9: the caller refused you, or a conflict. 0: the call is not verified."
    ),
    Prompt.AGAIN: later("That was not clear, and nothing is changed."),
    Prompt.OVER: later("Good bye."),
    Prompt.TEST: later(
        "This is {station}. This is a test of this telephone, and no call: nobody is in distress. "
        "If you have it, press 1. To hear this again press 9."
    ),
    Prompt.PROVED: later("Thank you. This telephone reached you, and the station knows it."),
    Prompt.GONE: later("Nobody needs to answer this any more. Thank you, and good bye."),
}


def prompt_words(prompt: Prompt, **values: str) -> str:
    """The words of a prompt."""
    return say(_PROMPTS[prompt], **values)


DRILL_ALOUD = later("Exercise, exercise, exercise. Nobody is in distress.")
"""What is spoken first of all where all is practice (law 7)."""
_TEXT_ANSWERS = {
    True: later("To take the case, answer: coming {code}."),
    False: later("Answer: coming {code}, or limited {code} and how much, or no {code} and D1 to D10."),
}


def text_answer(code: str, *, is_officer: bool) -> str:
    """How a text message answers a page: the words and its code."""
    return say(_TEXT_ANSWERS[is_officer], code=code)
