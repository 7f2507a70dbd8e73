"""Who may ask for what: one table of every address, walked by a test with everybody there is."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """Who asks: the roles of a person at a station, a member, or somebody nobody knows."""

    NOBODY = "nobody"
    MEMBER = "member"
    OFFICER = "officer"
    SECOND = "second"
    REGISTRAR = "registrar"
    AUDITOR = "auditor"


class Door(NamedTuple):
    """Who may come in at an address."""

    may: frozenset[Kind]


DOORS: dict[tuple[str, str], Door] = {}


def bare(template: str) -> str:
    """An address as declared, without the types of its parts."""
    parts = (
        part.partition(":")[0] + "}" if part.startswith("{") and ":" in part else part
        for part in template.rstrip("/").split("/")
    )
    return "/".join(parts) or "/"
