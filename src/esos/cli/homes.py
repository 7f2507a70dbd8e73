"""What is wrong with a home list: too few stations, or names where address literals should stand."""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from esos.beacon.pulse import short_list_words
from esos.message.card import HomeStation


def warnings_of(homes: Sequence[HomeStation]) -> list[str]:
    """Sentences for people, none where all is well: at call time there may be no name server to ask."""
    short = short_list_words(len(homes))
    return [*([short] if short else []), *(warning for home in homes for warning in _of_one(home))]


def _of_one(home: HomeStation) -> list[str]:
    said = []
    if not home.udp:
        said.append(f"{home.name} names no datagram door: under loss or a flood it is hard to reach by HTTPS alone.")
    named = [text for text in home.udp if not _is_literal(text.rpartition(":")[0])]
    if named:
        said.append(f"{home.name} names {' and '.join(named)}: without DNS a datagram finds only address literals.")
    host = urlsplit(home.http).hostname if home.http else None
    if host and not _is_literal(host):
        said.append(f"{home.name} has its HTTPS at the name {host}: without DNS only its datagram door is left.")
    return said


def _is_literal(host: str) -> bool:
    try:
        ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
