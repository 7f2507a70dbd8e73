"""By whose clock a message is read: the zone on the reader's card, for an officer that of the roster, else UTC."""

from datetime import UTC, tzinfo

from esos.errors import Malformed
from esos.roster.wall import zone_named
from esos.station.directory import Directory

UTC_ZONE = "UTC"


def timezone_of(party: str, directory: Directory) -> str:
    """The name of the zone in which this party reads a clock; UTC for a stranger and for a neighbour station."""
    card = directory.members.get(party)
    if card is not None:
        return card.timezone
    return directory.roster.rules.timezone if party in directory.officers else UTC_ZONE


def zone_of(timezone: str) -> tzinfo:
    """The zone of this name, with every change of its clocks; UTC where nobody knows it."""
    try:
        return zone_named(timezone)
    except Malformed:
        return UTC  # a card names a zone that does not exist: UTC is right everywhere
