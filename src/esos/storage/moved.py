"""A journal that went to another place, and the bar that keeps everybody from writing where it was.

The bar stands in the database itself, as triggers: it holds for every process of any machine that has the journal
open, from the transaction on in which it is put up, and intake pays nothing for it.
"""

from typing import Final

from sqlalchemy import Connection, delete, insert, select

from esos.errors import Conflict, Unknown
from esos.station.records import FOLDING, SEQUENCING
from esos.storage.driver import Driver, transaction
from esos.storage.drivers import driver_of
from esos.storage.limits import LEASE_MAX_MS
from esos.storage.migrate import revision
from esos.storage.schema import REVISION, counters, facts, keys, leases, metadata
from esos.storage.stores import Store
from esos.storage.tokens import fact
from esos.storage.trouble import MOVED_AWAY, MOVED_STATE

MOVED_TO: Final = "moved_to"
"""The fact that a journal was moved, and where to: no station serves it any more."""
_TURNS: Final = ("folds", "entries", "inbox", "log")
"""The locks of whoever writes much, in the order in which a save takes them."""
_BARRED: Final = tuple(name for name in metadata.tables if name not in {keys.name, counters.name})
"""What a station writes; the other two follow from it."""
_ACTS: Final = ("INSERT", "UPDATE", "DELETE")
_FUNCTION: Final = (
    "CREATE OR REPLACE FUNCTION esos_moved() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{MOVED_STATE}', MESSAGE = '{MOVED_AWAY}'; END $$"
)


def close_to_writers(source: Store, target: Store) -> bool:
    """From now on nobody writes at the source: what it would add, the target would lack.

    Whether this was new; it is not where the same move was begun before, and cut off. Raises ``Unknown``
    (``storage.no_journal``), and ``Conflict``: ``storage.served`` while a station folds or sequences there,
    ``storage.moved`` where the journal went to another place.
    """
    source.prepare(create=False)
    with source.engine(writes=True).connect() as connection:
        need_journal(connection, source)
        with transaction(driver_of(connection), write=True):
            return _close(connection, source, target)


def _close(connection: Connection, source: Store, target: Store) -> bool:
    driver = driver_of(connection)
    _wait_for_writers(driver)
    before = fact(connection, MOVED_TO)
    if before == target.address.encode():
        return False
    need_not_moved(before)
    _need_not_served(connection, source)
    connection.execute(insert(facts), [{"name": MOVED_TO, "value": target.address.encode()}])
    for text in _bars(driver):
        driver.execute(text)
    return True


def open_to_writers(source: Store) -> None:
    """Take the bar away: the move came to nothing."""
    with source.engine(writes=True).connect() as connection, transaction(driver_of(connection), write=True):
        driver = driver_of(connection)
        for text in _lifts(driver):
            driver.execute(text)
        connection.execute(delete(facts).where(facts.c.name == MOVED_TO))


def need_journal(connection: Connection, source: Store) -> None:
    """Raises ``Unknown`` (``storage.no_journal``) where there is none of this release."""
    if revision(driver_of(connection)) != REVISION:
        hint = "Start this release's station on it once, and stop it; then move it."
        raise Unknown("storage.no_journal", f"There is no journal of this release at {source.address}.", hint=hint)


def need_not_moved(value: bytes | None) -> None:
    """Raises ``Conflict`` (``storage.moved``) for a journal that was moved."""
    if value is not None:
        raise Conflict(
            "storage.moved",
            f"This journal was moved to {value.decode()}; it is kept as it was, and served no more.",
            hint="Name the new place: database in esos.toml, or --database. To move it back, move that one to a new "
            "file. Where the move was cut off, run the same one again.",
        )


def _wait_for_writers(driver: Driver) -> None:
    """Until whoever writes now has ended; nobody else begins before this transaction ends."""
    for name in _TURNS:
        driver.lock(name)
    if not driver.is_alone_in_writing:
        driver.execute(f"LOCK TABLE {','.join(_BARRED)} IN SHARE ROW EXCLUSIVE MODE")


def _need_not_served(connection: Connection, source: Store) -> None:
    now_ms = driver_of(connection).clock_ms()
    holder = select(leases.c.holder).where(
        leases.c.name.in_([FOLDING, SEQUENCING]), leases.c.until_ms.between(now_ms + 1, now_ms + LEASE_MAX_MS)
    )
    found = connection.execute(holder).scalars().first()
    if found is not None:
        raise Conflict(
            "storage.served",
            f"A station serves the journal at {source.address} now: {found}.",
            hint="Stop it, on every machine, and wait a few seconds; then move its journal.",
        )


def _bars(driver: Driver) -> list[str]:
    if driver.is_alone_in_writing:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{MOVED_AWAY}'); END"
        return [f"CREATE TRIGGER {_bar(table, act)} BEFORE {act} ON {table} {refuse}" for table, act in _barred_acts()]
    each = "FOR EACH ROW EXECUTE FUNCTION esos_moved()"
    return [_FUNCTION, *(f"CREATE TRIGGER moved BEFORE {' OR '.join(_ACTS)} ON {name} {each}" for name in _BARRED)]


def _lifts(driver: Driver) -> list[str]:
    if driver.is_alone_in_writing:
        return [f"DROP TRIGGER {_bar(table, act)}" for table, act in _barred_acts()]
    return [*(f"DROP TRIGGER moved ON {name}" for name in _BARRED), "DROP FUNCTION esos_moved()"]


def _barred_acts() -> list[tuple[str, str]]:
    return [(table, act) for table in _BARRED for act in _ACTS]


def _bar(table: str, act: str) -> str:
    return f"moved_{table}_{act.lower()}"
