"""Why an address is tried, and what the page that tries it says: a test, never to be taken for a call (law 7)."""

from datetime import UTC, tzinfo
from enum import StrEnum
from typing import NamedTuple

from esos.words.language import later, say
from esos.words.phrases import by


class ContactWhy(StrEnum):
    """Why something was sent to an address."""

    CONFIRM = "confirm"
    CHECK = "check"
    NAG = "nag"
    RING = "ring"

    @property
    def words(self) -> str:
        """What a list calls it."""
        return say(_WORDS[self])


class WayState(StrEnum):
    """How an address stands. Only a proved one counts as a way to be woken."""

    PROVEN = "proven"
    MISSED = "missed"
    OLD = "old"
    UNCONFIRMED = "unconfirmed"
    NO_CHANNEL = "no_channel"
    DIALLED = "dialled"


WAY_WORDS = {
    WayState.PROVEN: later("proved"),
    WayState.MISSED: later("did not answer its last check"),
    WayState.OLD: later("confirmed, but not proved for more than 15 days"),
    WayState.UNCONFIRMED: later("not confirmed by its owner"),
    WayState.NO_CHANNEL: later("this station has no such way out"),
    WayState.DIALLED: later("a person must dial it"),
}


class ContactText(NamedTuple):
    """A title of one line, and a body of one sentence a line."""

    title: str
    body: str


_WORDS = {
    ContactWhy.CONFIRM: later("asked whether it is theirs"),
    ContactWhy.CHECK: later("checked unannounced"),
    ContactWhy.NAG: later("asked again, since another address did not answer"),
    ContactWhy.RING: later("rung at their own wish"),
}
_TITLES = {
    ContactWhy.CONFIRM: later("Is this address yours? {station} asks you to confirm it"),
    ContactWhy.CHECK: later("Does {station} reach you? Please answer"),
    ContactWhy.NAG: later("You did not answer {station} at another address"),
    ContactWhy.RING: later("{station} rings you, as you asked"),
}
_BODIES = {
    ContactWhy.CONFIRM: later(
        "{name}, {station} would wake you at this address when somebody calls for help. "
        "It does not count until you say that it is yours."
    ),
    ContactWhy.CHECK: later("{name}, this is the weekly check of {station}, at an hour that nobody knew before."),
    ContactWhy.NAG: later("{name}, {station} tried you at another address ({missed}) and heard nothing back."),
    ContactWhy.RING: later("{name}, you asked {station} to ring you by all your ways at once."),
}
_PRESS = later("Open the link and press “I have it”, or type in the code {code}.")
_ANSWER_BY = later("Please answer by {due}. Late is better than not at all.")
_NOT_YOU = later("If you know nothing of this, do nothing: nobody is waiting for help here.")


def contact_text(
    why: ContactWhy,
    *,
    name: str,
    station: str,
    code: str,
    answer_by_ms: int,
    now_ms: int,
    zone: tzinfo = UTC,
    missed: str = "",
) -> ContactText:
    """What goes to the address. ``missed`` names the address that did not answer, where that is why."""
    facts = {"name": _one_line(name), "station": _one_line(station), "missed": _one_line(missed)}
    due = by(answer_by_ms, zone, seen_from_ms=now_ms, now_ms=now_ms)
    lines = (say(_BODIES[why], **facts), say(_PRESS, code=code), say(_ANSWER_BY, due=due), say(_NOT_YOU))
    return ContactText(say(_TITLES[why], **facts), "\n".join(lines))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def answer_words(code: str) -> str:
    """How a text message that tries an address is answered by another."""
    return say("This is a test. If you have it, answer with {code}.", code=code)
