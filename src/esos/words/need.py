"""The closed catalogue of defensive help: need lines, their units, and the class each belongs to.

Law 9: the catalogue cannot express retaliation. The class of a line decides which consent and
proof an act of help needs (brief 2, "Consent and proof gate the kind of help").
"""

import re
from enum import StrEnum
from typing import NamedTuple

from esos.errors import Malformed
from esos.words.language import later, say

NEED_QUANTITY_MAX_UNITS = 1_000_000
"""The largest quantity one need line may ask for, in the line's own unit."""


class HelpClass(StrEnum):
    """What kind of act a help is, from the freest to the most guarded."""

    ADVICE = "advice"
    CAPACITY = "capacity"
    ACCESS = "access"
    THIRD_PARTY = "third-party"


class NeedLine(StrEnum):
    """One kind of help that can be asked for, owed, offered and given."""

    ADVICE = "advice"
    TRIAGE = "triage"
    MALWARE_ANALYSIS = "malware-analysis"
    FORENSICS = "forensics"
    DECRYPTION = "decryption"
    FILTERING = "filtering"
    SCRUBBING = "scrubbing"
    BANDWIDTH = "bandwidth"
    HOSTING_OR_MIRROR = "hosting-or-mirror"
    DNS_OR_ROUTING = "dns-or-routing"
    TAKEDOWN_OR_SINKHOLE = "takedown-or-sinkhole"
    IDENTITY_REBUILD = "identity-rebuild"
    BACKUP_AND_RESTORE = "backup-and-restore"
    OT_ENGINEERING = "ot-engineering"
    PATCH_OR_FIX = "patch-or-fix"
    HARDWARE_OR_LICENCES = "hardware-or-licences"
    PEOPLE_REMOTE = "people-remote"
    PEOPLE_ON_SITE = "people-on-site"
    SHIFT_RELIEF = "shift-relief"
    COMMUNICATIONS = "communications"
    FIND_CONTACT = "find-contact"
    LEGAL = "legal"
    PUBLIC_INFORMATION = "public-information"
    ABUSE_NOTICE_AT_SOURCE = "abuse-notice-at-source"

    @property
    def unit(self) -> str:
        """The unit its quantities are counted in, always whole numbers."""
        return say(_CATALOGUE[self].unit)

    @property
    def help_class(self) -> HelpClass:
        """The class of help, which decides the consent and proof an act needs."""
        return _CATALOGUE[self].help_class

    @property
    def words(self) -> str:
        """What a page calls it."""
        return say(_CATALOGUE[self].words)


class _Row(NamedTuple):
    unit: str
    help_class: HelpClass
    words: str


_A, _C, _X, _T = HelpClass.ADVICE, HelpClass.CAPACITY, HelpClass.ACCESS, HelpClass.THIRD_PARTY
_CATALOGUE: dict[NeedLine, _Row] = {
    NeedLine.ADVICE: _Row(later("person-hours"), _A, later("Advice")),
    NeedLine.TRIAGE: _Row(later("person-hours"), _A, later("Help to find out what is happening")),
    NeedLine.MALWARE_ANALYSIS: _Row(later("samples"), _A, later("Analysis of malicious code")),
    NeedLine.FORENSICS: _Row(later("systems"), _X, later("Forensic examination")),
    NeedLine.DECRYPTION: _Row(later("systems"), _X, later("Decryption")),
    NeedLine.FILTERING: _Row(later("Gbit/s"), _A, later("Filtering in the helper's own network")),
    NeedLine.SCRUBBING: _Row(later("Gbit/s"), _C, later("Cleaning of traffic")),
    NeedLine.BANDWIDTH: _Row(later("Gbit/s"), _C, later("Bandwidth")),
    NeedLine.HOSTING_OR_MIRROR: _Row(later("sites"), _C, later("Hosting or a mirror")),
    NeedLine.DNS_OR_ROUTING: _Row(later("prefixes"), _T, later("Changes to names or routes")),
    NeedLine.TAKEDOWN_OR_SINKHOLE: _Row(later("names"), _T, later("Takedown or sinkhole")),
    NeedLine.IDENTITY_REBUILD: _Row(later("systems"), _X, later("Rebuilding of accounts and identities")),
    NeedLine.BACKUP_AND_RESTORE: _Row(later("systems"), _X, later("Restoring from backup")),
    NeedLine.OT_ENGINEERING: _Row(later("person-hours"), _X, later("Control-system engineering")),
    NeedLine.PATCH_OR_FIX: _Row(later("systems"), _A, later("A patch or a fix")),
    NeedLine.HARDWARE_OR_LICENCES: _Row(later("pieces"), _C, later("Hardware or licences")),
    NeedLine.PEOPLE_REMOTE: _Row(later("people"), _X, later("People, working remotely")),
    NeedLine.PEOPLE_ON_SITE: _Row(later("people"), _X, later("People on site")),
    NeedLine.SHIFT_RELIEF: _Row(later("people"), _X, later("Relief for an exhausted shift")),
    NeedLine.COMMUNICATIONS: _Row(later("lines"), _C, later("A clean channel to communicate by")),
    NeedLine.FIND_CONTACT: _Row(later("contacts"), _A, later("Finding the right contact")),
    NeedLine.LEGAL: _Row(later("person-hours"), _A, later("Legal advice")),
    NeedLine.PUBLIC_INFORMATION: _Row(later("person-hours"), _A, later("Help to inform the public")),
    NeedLine.ABUSE_NOTICE_AT_SOURCE: _Row(later("notices"), _A, later("Notices to where traffic comes from")),
}

_WRITTEN = re.compile(r"^(?P<line>[a-z-]+)(?:=(?P<quantity>[0-9]{1,7})(?P<unit>[A-Za-z/-]*))?$")


def read_need(text: str) -> tuple[NeedLine, int]:
    """Read ``filtering=40Gbit/s``, ``filtering=40`` or ``advice`` (one unit).

    Raises ``Malformed`` with code ``need.unknown``, ``need.unit`` or ``need.quantity``.
    """
    match = _WRITTEN.match(text.strip())
    if match is None or match["line"] not in set(NeedLine):
        known = ", ".join(NeedLine)
        raise Malformed("need.unknown", f"{text!r} is no need line.", hint=f"One of: {known}.")
    line = NeedLine(match["line"])
    quantity = int(match["quantity"] or 1)
    if match["unit"] and match["unit"] not in {line.unit, _CATALOGUE[line].unit}:
        raise Malformed("need.unit", f"{line} is counted in {line.unit}, not {match['unit']}.")
    if not 1 <= quantity <= NEED_QUANTITY_MAX_UNITS:
        raise Malformed("need.quantity", f"A quantity is 1 to {NEED_QUANTITY_MAX_UNITS}.")
    return line, quantity
