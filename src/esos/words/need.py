"""The closed catalogue of defensive help: need lines, their units, and the class each belongs to.

Law 9: the catalogue cannot express retaliation. The class of a line decides which consent and
proof an act of help needs (brief 2, "Consent and proof gate the kind of help").
"""

import re
from enum import StrEnum
from typing import NamedTuple

from esos.errors import Malformed

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
        return _CATALOGUE[self].unit

    @property
    def help_class(self) -> HelpClass:
        """The class of help, which decides the consent and proof an act needs."""
        return _CATALOGUE[self].help_class

    @property
    def words(self) -> str:
        """What a page calls it."""
        return _CATALOGUE[self].words


class _Row(NamedTuple):
    unit: str
    help_class: HelpClass
    words: str


_A, _C, _X, _T = HelpClass.ADVICE, HelpClass.CAPACITY, HelpClass.ACCESS, HelpClass.THIRD_PARTY
_CATALOGUE: dict[NeedLine, _Row] = {
    NeedLine.ADVICE: _Row("person-hours", _A, "Advice"),
    NeedLine.TRIAGE: _Row("person-hours", _A, "Help to find out what is happening"),
    NeedLine.MALWARE_ANALYSIS: _Row("samples", _A, "Analysis of malicious code"),
    NeedLine.FORENSICS: _Row("systems", _X, "Forensic examination"),
    NeedLine.DECRYPTION: _Row("systems", _X, "Decryption"),
    NeedLine.FILTERING: _Row("Gbit/s", _A, "Filtering in the helper's own network"),
    NeedLine.SCRUBBING: _Row("Gbit/s", _C, "Cleaning of traffic"),
    NeedLine.BANDWIDTH: _Row("Gbit/s", _C, "Bandwidth"),
    NeedLine.HOSTING_OR_MIRROR: _Row("sites", _C, "Hosting or a mirror"),
    NeedLine.DNS_OR_ROUTING: _Row("prefixes", _T, "Changes to names or routes"),
    NeedLine.TAKEDOWN_OR_SINKHOLE: _Row("names", _T, "Takedown or sinkhole"),
    NeedLine.IDENTITY_REBUILD: _Row("systems", _X, "Rebuilding of accounts and identities"),
    NeedLine.BACKUP_AND_RESTORE: _Row("systems", _X, "Restoring from backup"),
    NeedLine.OT_ENGINEERING: _Row("person-hours", _X, "Control-system engineering"),
    NeedLine.PATCH_OR_FIX: _Row("systems", _A, "A patch or a fix"),
    NeedLine.HARDWARE_OR_LICENCES: _Row("pieces", _C, "Hardware or licences"),
    NeedLine.PEOPLE_REMOTE: _Row("people", _X, "People, working remotely"),
    NeedLine.PEOPLE_ON_SITE: _Row("people", _X, "People on site"),
    NeedLine.SHIFT_RELIEF: _Row("people", _X, "Relief for an exhausted shift"),
    NeedLine.COMMUNICATIONS: _Row("lines", _C, "A clean channel to communicate by"),
    NeedLine.FIND_CONTACT: _Row("contacts", _A, "Finding the right contact"),
    NeedLine.LEGAL: _Row("person-hours", _A, "Legal advice"),
    NeedLine.PUBLIC_INFORMATION: _Row("person-hours", _A, "Help to inform the public"),
    NeedLine.ABUSE_NOTICE_AT_SOURCE: _Row("notices", _A, "Notices to where traffic comes from"),
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
    if match["unit"] and match["unit"] != line.unit:
        raise Malformed("need.unit", f"{line} is counted in {line.unit}, not {match['unit']}.")
    if not 1 <= quantity <= NEED_QUANTITY_MAX_UNITS:
        raise Malformed("need.quantity", f"A quantity is 1 to {NEED_QUANTITY_MAX_UNITS}.")
    return line, quantity
