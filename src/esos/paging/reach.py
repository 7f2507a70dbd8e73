"""Which network addresses a page may be sent to: an address comes from a member's card, so it is not trusted.

It reaches the station's own network only where that is configured.
"""

import ipaddress

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def read_ip(written: str) -> IpAddress:
    """An address literal, without its zone; one IPv4 address written as IPv6 is judged as IPv4. ``ValueError`` else."""
    address = ipaddress.ip_address(written.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def may_reach(address: IpAddress, *, private: bool) -> bool:
    """Whether a page may go there; ``private`` allows the station's own network."""
    if address.is_multicast or address.is_unspecified:
        return False
    return address.is_global or private
