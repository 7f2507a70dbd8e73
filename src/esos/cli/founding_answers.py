"""The answers with which a station is founded, checked. Loaded only where one is founded: help stays quick."""

import tomllib
from pathlib import Path

import msgspec

from esos.cli.founding import (
    ANSWERS_MAX_BYTES,
    read_every,
    read_file,
    read_pact_name,
    read_person,
    read_relay,
    read_time,
    read_url,
)
from esos.errors import Malformed


class Answers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that a station is founded with. People are written as ``NAME = mail:ADDRESS, voice:NUMBER``."""

    name: str = "e-SOS station"
    practice: bool = False
    pact: str = "club"
    officers: tuple[str, ...] = ()
    seconds: tuple[str, ...] = ()
    practise: str = "never"
    public_url: str = ""
    tls_cert: str = ""
    tls_key: str = ""
    mail_relay: str = ""
    mail_from: str = ""
    backup_to: str = ""
    backup_at: str = "03:30"


def read_answers(file: Path) -> Answers:
    """Answers from a TOML file; raises ``Malformed`` (``answers.malformed``) and what the checks raise."""
    raw = file.read_bytes()[: ANSWERS_MAX_BYTES + 1]
    try:
        given = msgspec.convert(tomllib.loads(raw.decode("utf-8")), Answers)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as cause:
        raise Malformed(
            "answers.malformed",
            f"{file} cannot be read: {cause}.",
            hint="Keys: " + ", ".join(Answers.__struct_fields__),
        ) from cause
    return checked(given)


def checked(answers: Answers) -> Answers:
    """The same answers, read as the conversation would; raises ``Malformed`` for the first that is wrong."""
    if answers.practise != "never" and not answers.practice:
        raise Malformed(
            "answers.practise",
            "Only a station for practice practises by itself.",
            hint="Say practice as well (--exercise), or leave it out.",
        )
    read_pact_name(answers.pact)
    for person in (*answers.officers, *answers.seconds):
        read_person(person)
    read_every(answers.practise)
    read_url(answers.public_url)
    read_file(answers.tls_cert)
    read_file(answers.tls_key)
    read_relay(answers.mail_relay)
    read_time(answers.backup_at)
    return answers
