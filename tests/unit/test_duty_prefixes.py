"""Prefix to network: the longest prefix wins, in both families, and what is malformed is named."""

import pytest

from esos.duty.prefixes import PrefixTable
from esos.errors import Malformed

TABLE = PrefixTable(
    [
        ("198.51.100.0/24", 64_500),
        ("198.51.100.128/25", 64_501),
        ("198.51.100.192/26", 64_502),
        ("203.0.113.0/24", 64_503),
        ("2001:db8::/32", 64_504),
        ("2001:db8:1::/48", 64_505),
        ("ffff:ffff:ffff:ffff::/64", 64_506),
    ]
)


@pytest.mark.parametrize(
    ("address", "asn"),
    [
        ("198.51.100.0", 64_500),
        ("198.51.100.127", 64_500),
        ("198.51.100.128", 64_501),
        ("198.51.100.191", 64_501),
        ("198.51.100.192", 64_502),
        ("198.51.100.255", 64_502),
        ("198.51.101.0", None),
        ("198.51.99.255", None),
        ("203.0.113.9", 64_503),
        ("0.0.0.0", None),
        ("255.255.255.255", None),
        ("2001:db8::1", 64_504),
        ("2001:db8:1::1", 64_505),
        ("2001:db8:2::1", 64_504),
        ("2001:db9::1", None),
        ("ffff:ffff:ffff:ffff::1", 64_506),
        ("::", None),
    ],
)
def test_an_address_belongs_to_the_network_of_its_longest_prefix(address, asn):
    assert TABLE.origin(address) == asn


def test_a_default_route_covers_what_nothing_else_does():
    table = PrefixTable([("0.0.0.0/0", 1), ("10.0.0.0/8", 2), ("::/0", 3)])
    assert [table.origin(text) for text in ("9.255.255.255", "10.1.2.3", "255.255.255.255", "fe80::1")] == [1, 2, 1, 3]


def test_of_two_networks_for_one_prefix_the_lower_number_stands():
    assert PrefixTable([("192.0.2.0/24", 9), ("192.0.2.0/24", 7)]).origin("192.0.2.1") == 7


def test_an_empty_table_knows_nobody():
    assert PrefixTable([]).origin("192.0.2.1") is None


@pytest.mark.parametrize("text", ["192.0.2.1/24", "192.0.2.0/33", "elsewhere", "2001:db8::/65", ""])
def test_what_is_no_prefix_is_refused(text):
    with pytest.raises(Malformed) as refusal:
        PrefixTable([(text, 1)])
    assert refusal.value.code == "duty.prefix"


def test_what_is_no_address_is_refused():
    with pytest.raises(Malformed) as refusal:
        TABLE.origin("192.0.2.300")
    assert refusal.value.code == "duty.address"
