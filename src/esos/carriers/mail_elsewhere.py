"""What a person who wrote for help without a signed call is told: where to call, and where somebody answers.

Law 2: whoever asks for help gets a clear answer. Law 4: it says that nobody has seen the mail.
"""

from typing import Final, Protocol

from esos.words.realm import Realm

TELEPHONES_TOLD_MAX: Final = 2
"""How many telephone numbers are told: a line of a mail server is short."""
WAY_MAX_LETTERS: Final = 80
"""A longer address or number is not told; it would push the others out of the line."""
_EXERCISE: Final = "This station is for practice: nobody in real distress is helped here."


class Reached(Protocol):
    """Where a station's people are reached, as its card says."""

    @property
    def realm(self) -> Realm:
        """Whether it is for practice."""

    @property
    def http(self) -> str:
        """The address of its pages."""

    @property
    def telephone(self) -> tuple[str, ...]:
        """The numbers at which a person answers."""

    @property
    def text(self) -> str:
        """The number whose text messages a person reads."""

    @property
    def mailbox(self) -> str:
        """The mailbox that a person reads."""


def call_instead(card: Reached) -> str:
    """What to do next, in whole sentences: only ways that there are, and that fit the line."""
    told = (
        ("To call for help, open {way}.", card.http),
        ("A person answers at {way}.", " or ".join(card.telephone[:TELEPHONES_TOLD_MAX])),
        ("A person reads text messages to {way}.", card.text),
        ("A person reads mail to {way}.", card.mailbox),
    )
    ways = [words.format(way=way) for words, way in told if 0 < len(way) <= WAY_MAX_LETTERS]
    return " ".join(["No person has seen it.", *([_EXERCISE] if card.realm is Realm.EXERCISE else []), *ways])
