"""Situation report: sections A to M (brief 2, tier 2), read from plain text or JSON, and said on the case."""

import re

import msgspec

from esos.caller.circle import Circle, Reached, say_on_case
from esos.caller.ports import CallRecord
from esos.errors import Malformed
from esos.message.bodies import SitrepGiven
from esos.message.packet import read_cose
from esos.message.packet_limits import PARTS
from esos.message.packet_part import decode_part, join_parts

SECTIONS = {
    "A": "Identity",
    "B": "Where",
    "C": "Situation",
    "D": "At risk",
    "E": "Assistance required",
    "F": "Coordinating station",
    "G": "Description",
    "H": "Conditions: what still works, which channels are safe",
    "I": "Actions taken",
    "J": "Consent and its scope",
    "K": "Coordination",
    "L": "Plans",
    "M": "Other",
}
"""What each letter is about."""
_HEADING = re.compile(r"^(?P<letter>[A-Ma-m])\s*[:.)]\s*(?P<text>.*)$")


async def give_sitrep(circle: Circle, sitrep: SitrepGiven) -> Reached:
    """Say it at every station that has the case."""
    return await say_on_case(circle, "sitrep_given", sitrep)


def left_out_of(sitrep: SitrepGiven, record: CallRecord) -> list[str]:
    """The sections that the packets of this record could not carry."""
    if record.sitrep_in_parts:
        return []
    parts = [read_cose(cose) for cose in record.more if read_cose(cose).header.type in PARTS]
    last = decode_part(parts[-1].payload)
    pieces = {one.header.sequence: decode_part(one.payload).data for one in parts}
    carried = join_parts(pieces, first=last.first, count=last.count, digest=last.digest)
    return sorted(sitrep.sections.keys() - (carried.sections.keys() if carried else set()))


def read_sitrep(raw: bytes) -> SitrepGiven:
    """A report from JSON (``{"sections": {"C": …}, "needs": […]}``) or from text with lines as ``C: what happens``.

    Text without any letter is section C. Raises ``Malformed`` (``sitrep.text``, ``sitrep.body``).
    """
    try:
        text = raw.decode("utf-8").strip()
    except UnicodeDecodeError as cause:
        raise Malformed("sitrep.text", "A situation report is UTF-8 text.") from cause
    plain = msgspec.json.decode(text) if _is_json(text) else {"sections": _sections(text)}
    try:
        return msgspec.convert(plain, SitrepGiven)
    except msgspec.ValidationError as cause:
        raise Malformed(
            "sitrep.body",
            f"The situation report is not as it should be: {cause}.",
            hint="Sections are lettered A to M.",
        ) from cause


def _is_json(text: str) -> bool:
    try:
        return isinstance(msgspec.json.decode(text), dict)
    except msgspec.DecodeError:
        return False


def _sections(text: str) -> dict[str, str]:
    """Lettered lines begin a section; what follows belongs to it; what comes before the first is the situation."""
    sections: dict[str, list[str]] = {}
    letter = "C"
    for line in text.splitlines():
        heading = _HEADING.match(line)
        letter = heading["letter"].upper() if heading else letter
        sections.setdefault(letter, []).append(heading["text"] if heading else line)
    joined = {name: "\n".join(lines).strip() for name, lines in sections.items()}
    return {name: body for name, body in joined.items() if body}
