"""The driver beneath a connection of either engine."""

from typing import Any

from sqlalchemy import Connection

from esos.storage.driver import Driver
from esos.storage.sqlite import SqliteDriver


def driver_of(connection: Connection) -> Driver:
    """The driver's connection beneath."""
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        return SqliteDriver(raw)
    from esos.storage.postgres import PostgresDriver  # noqa: PLC0415 - its driver is loaded only where it is used

    return PostgresDriver(raw)
