"""Bringing a journal's schema up to date when it is opened: forward only, in one transaction.

The migrations travel inside the package and need no configuration file. A journal written by a newer
release is refused, not guessed at.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from esos.errors import Conflict, Unknown
from esos.storage.engine import connect, create_file, driver_of, engine_of
from esos.storage.limits import BUSY_TIMEOUT_MS
from esos.storage.schema import REVISION

SCRIPTS: Final = Path(__file__).parent / "migrations"


def migrate(path: Path, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS, create: bool = True) -> None:
    """Upgrade an older journal; make one where there is none, if that is asked for (``Unknown`` otherwise)."""
    if create:
        create_file(path)
    elif not path.exists():
        raise Unknown(
            "storage.journal_gone",
            f"This station had a journal at {path}, and it is not there now; a new one would forget every case.",
            hint="Mount its disk, or put a copy in its place with: esos restore",
        )
    driver = connect(path, busy_timeout_ms=busy_timeout_ms)
    try:
        found = revision(driver)
    finally:
        driver.close()
    if found != REVISION:
        _upgrade(path, found, busy_timeout_ms)


def revision(driver: sqlite3.Connection) -> str:
    """The revision of a database, ``""`` where it has none."""
    listed = driver.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    row = driver.execute("SELECT version_num FROM alembic_version").fetchone() if listed else None
    return str(row[0]) if row else ""


def revision_of(path: Path) -> str:
    """The revision of a journal's file, only looked at; raises ``Unknown`` (``storage.no_journal``)."""
    if not path.is_file():
        raise Unknown("storage.no_journal", "There is no journal at this place.", hint="Check the path.")
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as driver:
        return revision(driver)


def _upgrade(path: Path, found: str, busy_timeout_ms: int) -> None:
    # Loaded only when needed: most starts find the schema up to date.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found and found not in known:
        raise Conflict(
            "storage.newer", "This journal was written by a newer release.", hint="Install that release or a later one."
        )
    with engine_of(path, busy_timeout_ms=busy_timeout_ms).connect() as connection, connection.begin():
        driver_of(connection).execute("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
