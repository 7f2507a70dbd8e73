"""What acceptance tests share: a station that really runs, and that is gone when the module is done."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from live import founded

DRILL_SPEED = 60


@pytest.fixture(scope="module")
def live_station(tmp_path_factory):
    """A running exercise station with three officers and six members, sixty times as fast as time."""
    live = founded(tmp_path_factory.mktemp("station") / "home", speed=DRILL_SPEED)
    live.start()
    yield live
    live.kill()
