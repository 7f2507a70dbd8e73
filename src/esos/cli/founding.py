"""What founding a station needs to know: a table of questions, their defaults, and how each answer is checked.

The same answers come from a short conversation, from flags, or from a file; nothing is asked that has no default.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from esos.cli.text import read_contacts
from esos.errors import Malformed, Unknown

ANSWERS_MAX_BYTES = 65_536
NAME_MAX_CHARS = 80
"""As long as a name on a card."""
_TIME = re.compile(r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")
_RELAY = re.compile(r"^[A-Za-z0-9.-]+(:[0-9]{1,5})?\Z")
_URL = re.compile(r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?\Z")
PACTS = {
    "club": "Teams that help each other: who acceded must answer a mayday, and help if it reasonably can.",
    "pledge": "One organisation promises help to others, and asks nothing back.",
    "treaty": "A few States or large bodies, with second officers, borders and proofs in mind.",
    "federation": "Open to many: whoever accedes takes part, and duties are lighter.",
}
"""Each shipped pact in a sentence; ``esos pact show`` has it whole."""


EVERY = ("month", "week", "never")
"""How often a station may practise by itself."""


class Person(NamedTuple):
    """Somebody of the station, and the ways to wake them."""

    name: str
    contacts: list[dict[str, str]]


class Question(NamedTuple):
    """One question: what is asked, what it means, what stands for an empty answer, and what becomes of an answer.

    ``applies`` says from the answers so far whether it is asked at all.
    """

    field: str
    asks: str
    means: str
    default: Callable[[dict[str, Any]], str]
    read: Callable[[str], Any]
    applies: Callable[[dict[str, Any]], bool] = lambda _: True


def read_person(written: str) -> Person:
    """``NAME = mail:ADDRESS, voice:NUMBER``; raises ``Malformed`` (``officer.form``, ``contact.form``)."""
    name, _, ways = written.partition("=")
    if not name.strip():
        raise Malformed("officer.form", f"{written!r} names nobody.", hint='As "Officer One = mail:one@club.example".')
    return Person(name.strip(), read_contacts(way.strip() for way in ways.split(",") if way.strip()))


def read_people(written: str) -> tuple[str, ...]:
    """Several people, apart by semicolons; none for ``-``."""
    people = tuple(one.strip() for one in written.split(";") if one.strip() not in {"", "-"})
    for one in people:
        read_person(one)
    return people


def read_pact_name(written: str) -> str:
    """A shipped pact or a file; raises what reading one raises."""
    from esos.cli.pact import read_pact_argument

    read_pact_argument(written)
    return written


def read_file(written: str) -> str:
    """A file that is there, or nothing; raises ``Unknown`` (``input.missing``)."""
    if written in {"", "-", "none"}:
        return ""
    if not Path(written).is_file():
        raise Unknown("input.missing", f"There is no file {written}.", hint="Empty means none.")
    return str(Path(written).resolve())


def read_relay(written: str) -> str:
    """``HOST`` or ``HOST:PORT`` or nothing; raises ``Malformed`` (``answers.relay``)."""
    if written in {"", "-", "none"}:
        return ""
    if not _RELAY.match(written):
        raise Malformed("answers.relay", f"{written!r} is no mail server.", hint="As mail.club.example:587.")
    return written


def read_url(written: str) -> str:
    """``https://HOST`` or nothing; raises ``Malformed`` (``answers.url``)."""
    if written in {"", "-", "none"}:
        return ""
    if not _URL.match(written):
        raise Malformed("answers.url", f"{written!r} is no web address.", hint="As https://sos.club.example.")
    return written.rstrip("/")


def read_every(written: str) -> str:
    """How often a station practises by itself; raises ``Malformed`` (``answers.every``)."""
    word = written.strip().casefold()
    if word not in EVERY:
        raise Malformed("answers.every", f"Please answer {', '.join(EVERY[:-1])} or {EVERY[-1]}.")
    return word


def read_time(written: str) -> str:
    """``HH:MM``; raises ``Malformed`` (``answers.time``)."""
    if not _TIME.match(written):
        raise Malformed("answers.time", f"{written!r} is no time of day.", hint="As 03:30.")
    return written


def read_yes(written: str) -> bool:
    """Yes or no; raises ``Malformed`` (``answers.yes``)."""
    word = written.strip().casefold()
    if word not in {"yes", "y", "no", "n"}:
        raise Malformed("answers.yes", "Please answer yes or no.")
    return word.startswith("y")


def read_name(written: str) -> str:
    """A name of up to 80 letters; raises ``Malformed`` (``answers.name``)."""
    if not 0 < len(written.strip()) <= NAME_MAX_CHARS or not written.isprintable():
        raise Malformed("answers.name", f"A name has 1 to {NAME_MAX_CHARS} letters.")
    return written.strip()


def _always(text: str) -> Callable[[dict[str, Any]], str]:
    return lambda _: text


QUESTIONS: tuple[Question, ...] = (
    Question("name", "What do people call the station?", "On every page.", _always("e-SOS station"), read_name),
    Question(
        "practice",
        "Is it for practice only? (yes or no)",
        "A practice station has keys of its own: no real call can reach it, and it can never make one.",
        _always("no"),
        read_yes,
    ),
    Question(
        "pact",
        "Which pact do its members agree on? (a name, or a file of your own)",
        "\n".join(f"{name}: {says}" for name, says in PACTS.items()),
        _always("club"),
        read_pact_name,
    ),
    Question(
        "officers",
        "Who takes calls, and how are they woken? (NAME = mail:ADDRESS; NAME = …)",
        "Several ways for one person are apart by commas, several people by semicolons. The first one also keeps the "
        "register. With file: a page is written to a file only, and wakes nobody.",
        _always("Officer One = file:officer-one"),
        read_people,
    ),
    Question(
        "seconds",
        "Who gives the second word, where an act needs two people?",
        "Somebody other than the officer who holds the case, and also the backup on watch.",
        _always("Officer Two = file:officer-two"),
        read_people,
    ),
    Question(
        "practise", "How often does it practise by itself? (month, week or never)",
        "At a moment that nobody is told beforehand, in working hours (UTC). esos practice plan changes it later.",
        _always("month"), read_every, lambda so_far: bool(so_far.get("practice")),
    ),
    Question(
        "public_url", "At which web address do people reach it? (https://HOST; empty for none yet)",
        "Links in pages to people begin with it, and passkeys are bound to it.", _always(""), read_url,
    ),
    Question(
        "tls_cert", "A certificate for HTTPS? (a PEM file; empty for none)",
        "Without one the pages are for this machine only, or stand behind a proxy of yours.", _always(""), read_file,
    ),
    Question(
        "tls_key", "The private key that belongs to it? (a PEM file; empty where the same file holds it)",
        "It stays where it is.", _always(""), read_file, lambda so_far: bool(so_far.get("tls_cert")),
    ),
    Question(
        "mail_relay", "A mail server that takes pages to people? (HOST:PORT; empty for none)",
        "Mail is one way to wake people, and the first to be lost; have another one as well.", _always(""), read_relay,
    ),
    Question(
        "mail_from", "From which address does its mail come?", "People should know it when they see it.",
        _always("esos@localhost"), read_name, lambda so_far: bool(so_far.get("mail_relay")),
    ),
    Question(
        "backup_to", "Where does a daily copy of the journal go? (a folder; - for nowhere)",
        "Best on another disk. The station's key is not in it: keep that offline as well.",
        lambda so_far: f"{so_far['home']}-backups", lambda written: "" if written == "-" else written,
    ),
    Question(
        "backup_at", "At what time of day? (HH:MM, this machine's time)", "When little is going on.",
        _always("03:30"), read_time, lambda so_far: bool(so_far.get("backup_to")),
    ),
)  # fmt: skip
"""In the order in which they are asked."""
