"""Public guidance on which first aid rests: document, section and where it can be read. Facts are taken, no sentences.

``CHECKED`` is when the list was gone through last; a station that prints cards shows it beside them.
"""

from typing import NamedTuple

from esos.words.nature import Nature

CHECKED = "2026-11-27"
"""When the list was gone through last."""


class Source(NamedTuple):
    """A public document and the part of it that was used."""

    document: str
    section: str
    link: str


_NIST = Source(
    "NIST SP 800-61 Rev. 3, Incident Response Recommendations",
    "section 3.2, RS.MA, RS.AN, RS.CO, RS.MI",
    "https://doi.org/10.6028/NIST.SP.800-61r3",
)
_RECOVERY = Source(
    "NIST SP 800-61 Rev. 3, Incident Response Recommendations",
    "section 3.2, RC.RP: backups are checked first",
    "https://doi.org/10.6028/NIST.SP.800-61r3",
)
_STOP = Source(
    "CISA, #StopRansomware Guide",
    "part 2, response checklist, steps 1 to 9",
    "https://www.cisa.gov/stopransomware/ransomware-guide",
)
_VOLATILE = Source(
    "RFC 3227, Guidelines for Evidence Collection and Archiving",
    "sections 2.1 and 2.2",
    "https://www.rfc-editor.org/rfc/rfc3227",
)
_BSI = Source(
    "BSI, IT-Grundschutz-Kompendium",
    "DER.2.1 handling of incidents, DER.2.2 forensics, DER.2.3 clean-up",
    "https://www.bsi.bund.de/grundschutz",
)
_DOS = Source(
    "NCSC (UK), Denial of Service guidance",
    "response plan",
    "https://www.ncsc.gov.uk/collection/denial-service-dos-guidance-collection",
)
_DDOS = Source(
    "CISA, FBI and MS-ISAC, Understanding and Responding to Distributed Denial-of-Service Attacks",
    "what to do during one",
    "https://www.cisa.gov/resources-tools/resources",
)
_OT = Source(
    "NIST SP 800-82 Rev. 3, Guide to Operational Technology Security",
    "section 6.4, respond",
    "https://doi.org/10.6028/NIST.SP.800-82r3",
)
_SUPPLY = Source(
    "ENISA, Threat Landscape for Supply Chain Attacks",
    "recommendations",
    "https://www.enisa.europa.eu/publications/threat-landscape-for-supply-chain-attacks",
)
_KEYS = Source(
    "NIST SP 800-57 Part 1 Rev. 5, Recommendation for Key Management",
    "section 5.5, compromise of keys",
    "https://doi.org/10.6028/NIST.SP.800-57pt1r5",
)
_NAMES = Source(
    "CISA, Emergency Directive 19-01, Mitigate DNS Infrastructure Tampering",
    "required actions",
    "https://www.cisa.gov/news-events/directives",
)
_ROUTES = Source("MANRS, Actions for Network Operators", "coordination; filtering", "https://manrs.org/netops/")
_BREACH = Source(
    "EDPB, Guidelines 9/2022 on personal data breach notification",
    "section II, when to notify",
    "https://www.edpb.europa.eu/our-work-tools/our-documents/guidelines_en",
)
_INTEGRITY = Source(
    "NIST SP 1800-26, Data Integrity: Detecting and Responding",
    "volume B",
    "https://doi.org/10.6028/NIST.SP.1800-26",
)
_CONTINGENCY = Source(
    "NIST SP 800-34 Rev. 1, Contingency Planning Guide",
    "chapter 4, activation and recovery",
    "https://doi.org/10.6028/NIST.SP.800-34r1",
)
_SEA = Source(
    "ITU Radio Regulations",
    "article 32, distress procedures: an analogue from the sea",
    "https://www.itu.int/pub/R-REG-RR",
)
_FALSE = Source(
    "IMO Resolution A.814(19), Guidelines for the Avoidance of False Distress Alerts",
    "annex: an analogue from the sea",
    "https://www.imo.org/",
)
_RESCUE = Source(
    "SOLAS, chapter V",
    "regulation 33, duty to assist: an analogue from the sea",
    "https://www.imo.org/",
)
_KEYS_KNOWN = Source("Europol and others, No More Ransom", "decryption tools", "https://www.nomoreransom.org/")

SOURCES: dict[Nature, tuple[Source, ...]] = {
    Nature.UNDESIGNATED: (_NIST, _VOLATILE, _BSI),
    Nature.DESTRUCTION: (_STOP, _VOLATILE, _RECOVERY),
    Nature.FLOODING: (_DOS, _DDOS),
    Nature.INTRUDER: (_NIST, _STOP, _BSI),
    Nature.LOSS_OF_CONTROL: (_OT, _NIST),
    Nature.SPREADING: (_STOP, _BSI),
    Nature.FOUL_SUPPLY: (_SUPPLY, _NIST),
    Nature.IDENTITY_LOST: (_KEYS, _NAMES, _NIST),
    Nature.MISDIRECTION: (_NAMES, _ROUTES),
    Nature.DATA_TAKEN: (_BREACH, _STOP),
    Nature.DATA_FALSIFIED: (_INTEGRITY, _RECOVERY),
    Nature.OUTAGE: (_CONTINGENCY, _NIST),
    Nature.CUT_OFF: (_SEA, _CONTINGENCY),
    Nature.DEGRADING: (_CONTINGENCY, _NIST),
    Nature.COLLATERAL: (_ROUTES, _DOS),
    Nature.UNDER_PRESSURE: (_NIST, _BSI),
    Nature.DEFENDERS_LOST: (_NIST, _RESCUE),
    Nature.ISOLATING: (_STOP, _BSI, _OT),
    Nature.HELD_TO_RANSOM: (_STOP, _KEYS_KNOWN, _VOLATILE),
    Nature.BEACON: (_FALSE, _NIST),
}
"""What each card rests on; the evidence list rests on RFC 3227 in every case."""
EVIDENCE_SOURCE = _VOLATILE
