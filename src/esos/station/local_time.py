"""By whose clock a message is read: the zone on the reader's card, for an officer that of the roster, else UTC."""

from esos.errors import Malformed
from esos.roster.wall import offset_minutes_at, zone_named
from esos.station.directory import Directory

UTC_ZONE = "UTC"


def timezone_of(party: str, directory: Directory) -> str:
    """The name of the zone in which this party reads a clock; UTC for a stranger and for a neighbour station."""
    card = directory.members.get(party)
    if card is not None:
        return card.timezone
    return directory.roster.rules.timezone if party in directory.officers else UTC_ZONE


def utc_offset_minutes(timezone: str, at_ms: int) -> int:
    """By how many minutes clocks there are ahead of UTC at an instant; 0 where nobody knows the zone."""
    try:
        return offset_minutes_at(at_ms, zone_named(timezone))
    except Malformed:
        return 0  # a card names a zone that does not exist: UTC is right everywhere
