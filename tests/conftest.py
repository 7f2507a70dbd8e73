"""What every test may ask for: the repository, the shared reference data, and how hard properties look."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from doubles.postgres_server import PostgresServer, server_of_ones_own
from hypothesis import HealthCheck, settings

settings.register_profile("small", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("nightly", settings.get_profile("small"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "small"))

_ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The top folder of the checkout."""
    return _ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public reference data and conformance vectors: ``ESOS_SHARED``, else ``shared`` beside the checkout."""
    folder = Path(os.environ.get("ESOS_SHARED", _ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("the shared reference data is not here: set ESOS_SHARED to its folder")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real Chromium, for playwright's ``executable_path``."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no Chromium here: make parts says how to have it")
    return found


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL server, for as long as this process runs tests."""
    yield from server_of_ones_own()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests marked ``anyio`` run on asyncio, as the product does."""
    return "asyncio"
