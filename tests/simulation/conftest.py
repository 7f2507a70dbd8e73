"""What the tests of simulated worlds share."""

import os
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def quick_folder():
    """A folder in memory where there is one: what is tried here is what a disk may hold, not how fast it is."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        yield Path(folder)
