"""A link to a conference of people's own choice: what may be one, and in which words it is shown.

Nothing is fetched, previewed or embedded: a link is text that says by which way, and to which host, it leads.
"""

import re
from typing import Final, NamedTuple

from esos.errors import Malformed
from esos.words.language import later, say

CONFERENCE_MAX_CHARS = 500
CONFERENCE_PATTERN: Final = r"^(?:|[A-Za-z]{3,5}:[!-~]{1,494})\Z"
"""What a link is at the least, for whoever only knows the schema; ``read_conference`` says the rest."""
_NUMBER: Final = re.compile(r"\+?[0-9][0-9().,;=*#p-]{1,60}\Z", re.ASCII)
_SIP: Final = re.compile(r"[A-Za-z0-9.!%*_+~-]{1,64}@[A-Za-z0-9.:-]{1,120}\Z", re.ASCII)
_WEB: Final = re.compile(
    r"//(?P<host>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::(?P<port>[0-9]{1,5}))?(?:[/?#]|\Z)",
    re.ASCII | re.IGNORECASE,
)
"""A host that stands right behind the two strokes (RFC 3986): no name and no ``@`` before it to pass for one."""
PORT_MAX = 65_535
_WAYS: Final = {
    "https": later("A meeting on the web, at {host}"),
    "tel": later("A telephone number: {host}"),
    "sip": later("A call over the Internet, to {host}"),
    "sips": later("A call over the Internet, to {host}"),
}


class Conference(NamedTuple):
    """A link that was looked at: where it leads, and its host or number as people read it."""

    link: str
    scheme: str
    host: str

    @property
    def words(self) -> str:
        """The way and the host, in words."""
        return say(_WAYS[self.scheme], host=self.host)


def read_conference(text: str) -> Conference:
    """What somebody typed as a link; raises ``Malformed`` (``conference.link``) for anything but https, tel and sip."""
    link = text.strip()
    scheme, _, rest = link.partition(":")
    reader = _READERS.get(scheme.lower())
    is_plain = link.isascii() and link.isprintable() and not set(link) & set(" \"'<>\\^`{|}")
    host = reader(link, rest) if reader and is_plain and len(link) <= CONFERENCE_MAX_CHARS else ""
    if not host:
        raise Malformed(
            "conference.link",
            "This is no link to a conference.",
            hint="Write it like https://meet.example.net/room, tel:+15550100 or sip:room@meet.example.net.",
        )
    return Conference(link=link, scheme=scheme.lower(), host=host)


def _web(link: str, rest: str) -> str:
    """The host; nothing where the link hides it behind a name, or has none."""
    del link
    found = _WEB.match(rest)
    if found is None or int(found["port"] or 0) > PORT_MAX:
        return ""
    host = found["host"].lower()
    return f"{host}:{found['port']}" if found["port"] else host


def _number(link: str, rest: str) -> str:
    del link
    return rest if _NUMBER.match(rest) else ""


def _sip(link: str, rest: str) -> str:
    del link
    address = rest.partition(";")[0].partition("?")[0]
    return address.rpartition("@")[2] if _SIP.match(address) else ""


_READERS: Final = {"https": _web, "tel": _number, "sip": _sip, "sips": _sip}
