"""What a wave that asked nobody says of it: never that nobody could help while an answer is still to come."""

from types import SimpleNamespace

import pytest

from esos.station.waves import why_nobody


@pytest.mark.parametrize(
    ("pending", "says"),
    [((), "Nobody else"), ((False, False), "Nobody else"), ((False, True), "an answer is still to come")],
)
def test_a_wave_that_asked_nobody_says_why(pending, says):
    case = SimpleNamespace(requests={number: SimpleNamespace(is_pending=one) for number, one in enumerate(pending)})
    assert says in why_nobody(case)
