"""The two sorted arrays against looking at every prefix in turn."""

from ipaddress import ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from esos.duty.prefixes import PrefixTable


def network(bits, most):
    return st.builds(
        lambda number, length: (number >> (bits - length) << (bits - length), length),
        st.integers(0, 2**bits - 1),
        st.integers(0, most),
    )


# Few distinct high bits, so that prefixes nest.
small = st.integers(0, 255).flatmap(
    lambda byte: st.integers(0, 8).map(lambda length: (byte >> (8 - length) << (8 - length), length))
)
ipv4 = small.map(lambda row: f"{row[0]}.0.0.0/{row[1]}") | network(32, 32).map(
    lambda row: f"{ip_address(row[0])}/{row[1]}"
)
ipv6 = network(128, 64).map(lambda row: str(ip_network((row[0], row[1]))) if row[0] >= 2**32 else "::/0")
tables = st.dictionaries(ipv4 | ipv6, st.integers(1, 9), max_size=30)
addresses = st.ip_addresses() | st.integers(0, 255).map(lambda byte: ip_address(f"{byte}.0.0.0"))


@given(tables, addresses)
def test_the_longest_prefix_that_holds_an_address_decides(pairs, address):
    holding = [(ip_network(text).prefixlen, asn) for text, asn in pairs.items() if address in ip_network(text)]
    assert PrefixTable(pairs.items()).origin(str(address)) == (max(holding)[1] if holding else None)
