"""Whether a database may become a journal of its own: nothing of anybody stands in it."""

from typing import Final

from sqlalchemy import Connection, inspect, select

from esos.errors import Unknown
from esos.storage.driver import transaction
from esos.storage.drivers import driver_of
from esos.storage.lanes import translated
from esos.storage.migrate import revision
from esos.storage.schema import REVISION, entries, facts
from esos.storage.stores import Store

_NOTHING: Final[frozenset[str]] = frozenset()


def is_unused(store: Store) -> bool:
    """Whether there are no tables, or those of a journal of this release in which nobody ever said anything.

    Raises ``Busy`` where the database cannot be asked now.
    """
    return translated(lambda: _is_unused(store))


def _is_unused(store: Store) -> bool:
    try:
        store.prepare(create=False)
    except Unknown:  # a file that is not there
        return True
    with store.engine(writes=False).connect() as connection, transaction(driver_of(connection), write=False):
        if revision(driver_of(connection)) == REVISION:
            return not _has_rows(connection)
        return frozenset(inspect(connection).get_table_names()) == _NOTHING


def _has_rows(connection: Connection) -> bool:
    return any(connection.execute(select(column).limit(1)).first() for column in (entries.c.seq, facts.c.name))
