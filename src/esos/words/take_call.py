"""What an officer asks somebody who rings, in which order, and what to say meanwhile.

The order is that of emergency call-takers: first how to ring back should the line break, then who and where, what
they see, whether life is in danger, what still works, what is needed, and whether it may be passed on.
Law 1: nobody is asked who did it. Law 2: every question may stay without an answer.
"""

from enum import StrEnum

import msgspec

from esos.words.language import later, say


class Ask(StrEnum):
    """One question of a telephone call; its value names the answer."""

    REPLY = "reply"
    TALKER = "talker"
    CALLER = "caller"
    PLACE = "place"
    CARD = "card"
    NATURES = "natures"
    WORDS = "words"
    SAFETY = "safety"
    SERVICE = "service"
    URGENCY = "urgency"
    WORKS = "works"
    RESTORE = "restore"
    NEEDS = "needs"
    CONSENT = "consent"


class TakeQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question: the words to say aloud, what the officer should know about it, and how it is answered.

    ``kind`` is ``line``, ``long``, ``natures``, ``needs``, ``urgency``, ``consent``, or ``facts`` where the severity
    question of the same name has the options.
    """

    ask: Ask
    aloud: str
    hint: str = ""
    kind: str = "line"
    max_characters: int = 280


TAKE_QUESTIONS: tuple[TakeQuestion, ...] = (
    TakeQuestion(
        ask=Ask.REPLY,
        aloud=later("On which number can I ring you back if we are cut off?"),
        hint=later("Read it back. It should not depend on what is in trouble."),
    ),
    TakeQuestion(ask=Ask.TALKER, aloud=later("Who is speaking, and what do you do there?"), max_characters=80),
    TakeQuestion(
        ask=Ask.CALLER,
        aloud=later("Which organisation is in trouble?"),
        hint=later("A member's name is recognised; any other name is taken as it is said."),
        max_characters=80,
    ),
    TakeQuestion(ask=Ask.PLACE, aloud=later("Where is it: which town, which site?")),
    TakeQuestion(
        ask=Ask.CARD,
        aloud=later("Do you have the printed e-SOS card? Please read me the next number that is not struck out."),
        hint=later("No card is no hindrance. The number is used up when this becomes a call."),
        max_characters=40,
    ),
    TakeQuestion(
        ask=Ask.NATURES,
        aloud=later("What do you see?"),
        hint=later("Tick all that fit. Ask what happens, never who did it."),
        kind="natures",
    ),
    TakeQuestion(
        ask=Ask.WORDS,
        aloud=later("Tell me in your own words: what happened, and since when?"),
        kind="long",
        max_characters=3000,
    ),
    TakeQuestion(ask=Ask.SAFETY, aloud=later("Is anybody's life or safety in danger because of it?"), kind="facts"),
    TakeQuestion(
        ask=Ask.SERVICE, aloud=later("Can people still reach the service that others depend on?"), kind="facts"
    ),
    TakeQuestion(
        ask=Ask.URGENCY,
        aloud=later("How long can you go on without help?"),
        hint=later("Choose by what you heard. Without a choice the station proposes one."),
        kind="urgency",
    ),
    TakeQuestion(
        ask=Ask.WORKS,
        aloud=later("What still works: telephones, mail, the network, backups, paper?"),
        kind="long",
        max_characters=500,
    ),
    TakeQuestion(ask=Ask.RESTORE, aloud=later("Can you restore from backup?"), kind="facts"),
    TakeQuestion(
        ask=Ask.NEEDS,
        aloud=later("What do you need most?"),
        hint=later("A number for each line that is named; leave the rest empty. Teams are asked for this."),
        kind="needs",
    ),
    TakeQuestion(
        ask=Ask.CONSENT,
        aloud=later("May we pass on what you told me to the teams that can help?"),
        kind="consent",
    ),
)
"""Every question, in the order in which it is asked."""
CONSENTS: tuple[tuple[str, str], ...] = (
    ("yes", later("Yes, to every team that can help")),
    ("ask", later("Not before we are asked again")),
    ("no", later("No, to nobody")),
)
"""The answers to the last question."""
CONSENT_LINES = {
    "yes": later("The caller agrees that teams which can help are told this."),
    "ask": later("The caller wishes to be asked before teams are told this."),
    "no": later("The caller does not wish this to be passed on to teams."),
}
"""What stands in the call for each of them."""


class Moment(StrEnum):
    """How far a call by telephone has come, for what to say to whoever is on the line."""

    BEGUN = "begun"
    NUMBER_KNOWN = "number-known"
    ARRIVED = "arrived"
    TAKEN = "taken"
    OVER = "over"


_ALOUD = {
    Moment.BEGUN: later("Stay on the line. I am writing down what you say. First I need a number to ring you back."),
    Moment.NUMBER_KNOWN: later(
        "Stay on the line. If we are cut off I ring you back on {reply}. I am writing down what you say."
    ),
    Moment.ARRIVED: later(
        "Stay on the line. Your call is now with our station, under the code {code}. An officer takes charge next."
    ),
    Moment.TAKEN: later(
        "Stay on the line. Your call has the code {code}, and {officer} has charge of it. "
        "Now I read out what you can do yourselves."
    ),
    Moment.OVER: later("Your case {code} has ended. If it gets bad again, ring at once: calling again is free."),
}


def aloud(moment: Moment, *, reply: str = "", code: str = "", officer: str = "") -> str:
    """What to say to the caller at this moment, as one or two sentences."""
    return say(_ALOUD[moment], reply=reply, code=code, officer=officer)
