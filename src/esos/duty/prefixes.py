"""Which network an address belongs to: two sorted arrays and a binary search, no trie.

Nested prefixes are cut into spans that do not overlap, so the last start at or below an address decides
(longest prefix wins). IPv6 is kept to /64: nothing longer is routed between networks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import numpy as np

from esos.duty.growing import Array
from esos.errors import Malformed

IPV4_BITS = 32
IPV6_BITS_KEPT = 64
IPV6_BITS = 128
NO_ASN = 0


@dataclass(frozen=True, slots=True)
class _Spans:
    """Starts of spans, ascending, and the network each belongs to (0: none)."""

    starts: Array
    asns: Array

    def origin(self, number: int) -> int | None:
        at = int(np.searchsorted(self.starts, np.uint64(number), side="right")) - 1
        return (int(self.asns[at]) or None) if at >= 0 else None


class PrefixTable:
    """Origin networks by prefix, for IPv4 and IPv6, made of ``(prefix, ASN)`` pairs.

    Of two pairs for the same prefix the lower ASN stands. Raises ``Malformed`` (``duty.prefix``) for a text
    that is no prefix, or an IPv6 one longer than /64.
    """

    def __init__(self, pairs: Iterable[tuple[str, int]]) -> None:
        found: dict[int, dict[tuple[int, int], int]] = {4: {}, 6: {}}
        for text, asn in pairs:
            version, span = _read(text)
            known = found[version].get(span)
            found[version][span] = asn if known is None else min(asn, known)
        self._by_version = {version: _flatten(spans) for version, spans in found.items()}

    def origin(self, address: str) -> int | None:
        """The ASN of the longest prefix an address is in, None where it is in none.

        Raises ``Malformed`` with code ``duty.address``.
        """
        try:
            read = ip_address(address.strip())
        except ValueError as error:
            raise Malformed("duty.address", f"{address!r} is no IP address.") from error
        number = int(read) if read.version == 4 else int(read) >> (IPV6_BITS - IPV6_BITS_KEPT)  # noqa: PLR2004 (IPv4)
        return self._by_version[read.version].origin(number)


def is_prefix(text: str) -> bool:
    """Whether a text is a prefix that a table takes."""
    try:
        _read(text)
    except Malformed:
        return False
    return True


def _read(text: str) -> tuple[int, tuple[int, int]]:
    """The IP version and the span [start, end) of a prefix."""
    try:
        network: IPv4Network | IPv6Network = ip_network(text.strip())
    except ValueError as error:
        hint = "Write it as 192.0.2.0/24 or 2001:db8::/32, without host bits."
        raise Malformed("duty.prefix", f"{text!r} is no prefix.", hint=hint) from error
    is_ipv4 = isinstance(network, IPv4Network)
    bits = IPV4_BITS if is_ipv4 else IPV6_BITS_KEPT
    if network.prefixlen > bits:
        raise Malformed("duty.prefix", f"{text!r} is longer than /{IPV6_BITS_KEPT}.", hint="Give the covering /64.")
    start = int(network.network_address) >> (0 if is_ipv4 else IPV6_BITS - IPV6_BITS_KEPT)
    return network.version, (start, start + (1 << (bits - network.prefixlen)))


def _flatten(spans: dict[tuple[int, int], int]) -> _Spans:
    """Cut nested spans so that each start says who owns the addresses up to the next."""
    cuts: dict[int, int] = {}
    inside: list[tuple[int, int]] = []
    for (start, end), asn in sorted(spans.items(), key=lambda item: (item[0][0], -item[0][1])):
        _leave(inside, start, cuts)
        cuts[start] = asn
        inside.append((end, asn))
    _leave(inside, 1 << IPV6_BITS_KEPT, cuts)
    cuts.pop(1 << IPV6_BITS_KEPT, None)
    starts = sorted(cuts)
    return _Spans(np.array(starts, "u8"), np.array([cuts[start] for start in starts], "i8"))


def _leave(inside: list[tuple[int, int]], start: int, cuts: dict[int, int]) -> None:
    """Close every span that ends at or before ``start``: from its end on, the one around it owns again."""
    while inside and inside[-1][0] <= start:
        end, _ = inside.pop()
        cuts[end] = inside[-1][1] if inside else NO_ASN
