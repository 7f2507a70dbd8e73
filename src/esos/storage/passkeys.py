"""Passkeys by which people sign in, one row each; a use is counted once, however many processes look."""

from sqlalchemy import Connection, delete, select, update

from esos.station.records import PasskeyRecord
from esos.storage.schema import passkeys
from esos.storage.writer import WriteScope


def add_passkey(scope: WriteScope, passkey: PasskeyRecord) -> bool:
    """Keep a passkey; False where one with this id is there."""
    values = {name: getattr(passkey, name) for name in PasskeyRecord.__struct_fields__}
    keep = scope.driver.insert(passkeys).values(**values).on_conflict_do_nothing(index_elements=["id"])
    return scope.connection.execute(keep.returning(passkeys.c.id)).scalar_one_or_none() is not None


def passkey(connection: Connection, credential: bytes) -> PasskeyRecord | None:
    """The passkey with this id."""
    row = connection.execute(select(passkeys).where(passkeys.c.id == credential)).mappings().first()
    return None if row is None else PasskeyRecord(**row)


def passkeys_of(connection: Connection, party: str) -> list[PasskeyRecord]:
    """A party's passkeys, oldest first."""
    own = select(passkeys).where(passkeys.c.party == party).order_by(passkeys.c.added_ms, passkeys.c.id)
    return [PasskeyRecord(**row) for row in connection.execute(own).mappings()]


def use_passkey(scope: WriteScope, credential: bytes, *, before: int, count: int, now_ms: int) -> bool:
    """Note a use; False where its count is not the one that was read, or the passkey is gone."""
    used = update(passkeys).where(passkeys.c.id == credential, passkeys.c.count == before)
    return scope.connection.execute(used.values(count=count, used_ms=now_ms)).rowcount > 0


def drop_passkey(scope: WriteScope, credential: bytes, *, party: str) -> bool:
    """Remove a passkey of a party; whether it was there."""
    dropped = delete(passkeys).where(passkeys.c.id == credential, passkeys.c.party == party)
    return scope.connection.execute(dropped).rowcount > 0
