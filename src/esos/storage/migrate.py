"""Bringing a journal's schema up to date when it is opened: forward only, in one transaction.

The migrations travel inside the package and need no configuration file. A journal written by a newer
release is refused, not guessed at. Processes that start together take turns.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from esos.errors import Conflict, Unknown
from esos.storage.driver import Driver, transaction
from esos.storage.drivers import driver_of
from esos.storage.schema import REVISION
from esos.storage.stores import Store, store_of

SCRIPTS: Final = Path(__file__).parent / "migrations"
_LISTED: Final = "SELECT 1 FROM {catalogue} WHERE {name} = 'alembic_version'"


def migrate(store: Store | Path, *, create: bool = True) -> None:
    """Upgrade an older journal; make one where there is none, if that is asked for (``Unknown`` otherwise)."""
    found_store: Store = store_of(store) if isinstance(store, Path) else store
    found_store.prepare(create=create)
    with found_store.engine(writes=True).connect() as connection:
        if revision(driver_of(connection)) != REVISION:
            _upgrade(connection, found_store, create=create)


def revision(driver: Driver) -> str:
    """The revision of a database, ``""`` where it has none."""
    catalogue = ("sqlite_master", "name") if driver.is_alone_in_writing else ("pg_tables", "tablename")
    listed = driver.execute(_LISTED.format(catalogue=catalogue[0], name=catalogue[1])).fetchone()
    row = driver.execute("SELECT version_num FROM alembic_version").fetchone() if listed else None
    return str(row[0]) if row else ""


def revision_of(store: Store | Path) -> str:
    """The revision a journal is at, only looked at; raises ``Unknown`` (``storage.journal_gone``) for none."""
    found: Store = store_of(store) if isinstance(store, Path) else store
    found.prepare(create=False)
    with found.engine(writes=False).connect() as connection, transaction(driver_of(connection), write=False):
        return revision(driver_of(connection))


def _upgrade(connection: Connection, store: Store, *, create: bool) -> None:
    # Loaded only when needed: most starts find the schema up to date.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    driver = driver_of(connection)
    with connection.begin(), transaction(driver, write=True):  # the outer one keeps Alembic from ending the inner
        driver.lock("schema")
        found = revision(driver)
        if found and found not in known:
            raise Conflict(
                "storage.newer",
                "This journal was written by a newer release.",
                hint="Install that release or a later one.",
            )
        if not found and not create and not driver.is_alone_in_writing:
            raise Unknown(
                "storage.journal_gone",
                f"This station had a journal at {store.address}, and there is none now; a new one would forget every "
                "case.",
                hint="Look at the address, or restore the database from its backup.",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
