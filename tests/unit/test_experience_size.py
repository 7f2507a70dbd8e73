"""What a station learns of its members costs the same for each case, however many cases there were before."""

from esos.station import experience


class Compared(int):
    """An instant that counts how often any is compared."""

    count = 0

    def __lt__(self, other):
        Compared.count += 1
        return int(self) < int(other)


def comparisons(cases: int) -> int:
    """How many comparisons one more case takes after so many in which the same member was asked."""
    found = experience._ByCase(in_order=Compared)
    for number in range(cases):
        found.put(number.to_bytes(16), {"member": {"asked": [number]}})
    Compared.count = 0
    found.put(cases.to_bytes(16), {"member": {"asked": [cases]}})
    found.put((cases // 2).to_bytes(16), {})
    assert len(found.of("member", "asked")) == cases
    return Compared.count


def test_one_more_case_costs_about_as_much_after_ten_thousand_as_after_ten():
    assert comparisons(10_000) < 10 * comparisons(10)


def test_what_a_case_held_is_given_back_whole():
    held = experience._ByCase(in_order=lambda one: one)
    for number in range(5):
        held.put(bytes([number]), {"member": {"asked": [7, number], "open": [7]}})
    for number in range(5):
        held.put(bytes([number]), {})
    assert (list(held.of("member", "asked")), list(held.of("member", "open"))) == ([], [])
