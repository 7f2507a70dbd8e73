"""The nature of a distress: what the caller sees, never who is behind it (law 1).

Each nature maps to a class of ENISA's Reference Security Incident Taxonomy v1003 (both codes are
kept), and names the help that is usually needed first when the caller has asked for none.
"""

from enum import IntEnum
from typing import NamedTuple

from esos.errors import Malformed
from esos.words.language import later, say
from esos.words.need import NeedLine


class Nature(IntEnum):
    """One byte on the wire; several may be sent; 0 where nothing is known (law 2)."""

    UNDESIGNATED = 0
    DESTRUCTION = 1
    FLOODING = 2
    INTRUDER = 3
    LOSS_OF_CONTROL = 4
    SPREADING = 5
    FOUL_SUPPLY = 6
    IDENTITY_LOST = 7
    MISDIRECTION = 8
    DATA_TAKEN = 9
    DATA_FALSIFIED = 10
    OUTAGE = 11
    CUT_OFF = 12
    DEGRADING = 13
    COLLATERAL = 14
    UNDER_PRESSURE = 15
    DEFENDERS_LOST = 16
    ISOLATING = 17
    HELD_TO_RANSOM = 18
    BEACON = 19

    @property
    def slug(self) -> str:
        """The word used on the command line and in JSON, as ``held-to-ransom``."""
        return self.name.lower().replace("_", "-")

    @property
    def words(self) -> str:
        """What a page asks or says."""
        return say(_NATURES[self].words)

    @property
    def rsit(self) -> str:
        """Class of the Reference Security Incident Taxonomy, as ``availability:ddos``."""
        return _NATURES[self].rsit

    @property
    def usual_needs(self) -> tuple[tuple[NeedLine, int], ...]:
        """What to ask for first when the caller named no need: lines with quantities."""
        return _NATURES[self].needs


class _Row(NamedTuple):
    words: str
    rsit: str
    needs: tuple[tuple[NeedLine, int], ...]


_N = NeedLine
_FIRST = ((_N.TRIAGE, 8), (_N.ADVICE, 8))
_NATURES: dict[Nature, _Row] = {
    Nature.UNDESIGNATED: _Row(later("Something is badly wrong, we do not know what"), "other:undetermined", _FIRST),
    Nature.DESTRUCTION: _Row(
        later("Data or systems are being encrypted or wiped"), "availability:sabotage", (*_FIRST, (_N.FORENSICS, 4))
    ),
    Nature.FLOODING: _Row(
        later("We are flooded with traffic"), "availability:ddos", ((_N.FILTERING, 10), (_N.ADVICE, 4))
    ),
    Nature.INTRUDER: _Row(
        later("Somebody is inside, with powerful rights"),
        "intrusions:privileged-account-compromise",
        (*_FIRST, (_N.FORENSICS, 4)),
    ),
    Nature.LOSS_OF_CONTROL: _Row(
        later("We lost control of machines or plant"),
        "intrusions:system-compromise",
        ((_N.OT_ENGINEERING, 16), (_N.ADVICE, 8)),
    ),
    Nature.SPREADING: _Row(
        later("It is spreading from system to system"),
        "malicious-code:infected-system",
        (*_FIRST, (_N.MALWARE_ANALYSIS, 1)),
    ),
    Nature.FOUL_SUPPLY: _Row(
        later("A trusted supplier or update brought it"),
        "malicious-code:malware-distribution",
        (*_FIRST, (_N.MALWARE_ANALYSIS, 1)),
    ),
    Nature.IDENTITY_LOST: _Row(
        later("Keys, accounts or our domain are lost"),
        "intrusions:privileged-account-compromise",
        ((_N.IDENTITY_REBUILD, 1), (_N.FIND_CONTACT, 1), (_N.ADVICE, 8)),
    ),
    Nature.MISDIRECTION: _Row(
        later("Our routes, names or time are wrong"), "fraud:masquerade", ((_N.FIND_CONTACT, 2), (_N.ADVICE, 4))
    ),
    Nature.DATA_TAKEN: _Row(
        later("Data has been taken"), "information-content-security:data-leak", (*_FIRST, (_N.LEGAL, 4))
    ),
    Nature.DATA_FALSIFIED: _Row(
        later("Data has been falsified"),
        "information-content-security:unauthorised-information-modification",
        (*_FIRST, (_N.FORENSICS, 2)),
    ),
    Nature.OUTAGE: _Row(later("An outage, cause unknown or accidental"), "availability:outage", ((_N.TRIAGE, 8),)),
    Nature.CUT_OFF: _Row(
        later("We are cut off: no mail, telephone or network"),
        "availability:outage",
        ((_N.COMMUNICATIONS, 1), (_N.TRIAGE, 8)),
    ),
    Nature.DEGRADING: _Row(later("It is getting slowly worse"), "availability:dos", ((_N.TRIAGE, 4),)),
    Nature.COLLATERAL: _Row(
        later("Another's incident or defence is hurting us"),
        "availability:misconfiguration",
        ((_N.FIND_CONTACT, 1), (_N.ADVICE, 4)),
    ),
    Nature.UNDER_PRESSURE: _Row(
        later("They are at the door, not yet in"), "intrusion-attempts:exploit", ((_N.ADVICE, 4),)
    ),
    Nature.DEFENDERS_LOST: _Row(
        later("Our own defenders are not available"), "other:other", ((_N.SHIFT_RELIEF, 2), (_N.TRIAGE, 8))
    ),
    Nature.ISOLATING: _Row(
        later("We are shutting down on purpose"), "availability:sabotage", ((_N.COMMUNICATIONS, 1), (_N.ADVICE, 8))
    ),
    Nature.HELD_TO_RANSOM: _Row(
        later("We are being held to ransom"),
        "malicious-code:infected-system",
        (*_FIRST, (_N.DECRYPTION, 10), (_N.LEGAL, 4)),
    ),
    Nature.BEACON: _Row(later("An automatic alarm"), "other:undetermined", ((_N.TRIAGE, 2),)),
}
_BY_KEPT = {row.words.lower(): row.words for row in _NATURES.values()}


def kept_words(nature: Nature) -> str:
    """How a sentence of the record names it, inside: in English, without its capital."""
    return _NATURES[nature].words.lower()


def say_nature(kept: str) -> str:
    """The inverse, in the language spoken now."""
    return say(_BY_KEPT.get(kept, kept))


_BY_SLUG = {nature.slug: nature for nature in Nature}


def read_nature(text: str) -> Nature:
    """Read ``flooding`` or ``2``; raises ``Malformed`` with code ``nature.unknown``."""
    word = text.strip().lower()
    if word.isdigit() and int(word) in set(Nature):
        return Nature(int(word))
    if word not in _BY_SLUG:
        raise Malformed("nature.unknown", f"{text!r} is no nature of distress.", hint=f"One of: {', '.join(_BY_SLUG)}.")
    return _BY_SLUG[word]
