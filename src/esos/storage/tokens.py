"""Secrets that people hold, kept as digests; small facts; and named leases.

A one-time token has exactly one taker, because taking it is one DELETE that gives back what it removed.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, or_, select, update

from esos.station.records import LEASE_SLACK_MS, TokenRecord
from esos.storage.schema import facts, leases, tokens
from esos.storage.writer import WriteScope

USED = "used"
"""The purpose of what is no secret of anybody's any more, and is remembered only to be refused."""


def put_token(scope: WriteScope, token: TokenRecord) -> None:
    """Keep a token, replacing one with the same digest."""
    values = {name: getattr(token, name) for name in TokenRecord.__struct_fields__}
    keep = scope.driver.insert(tokens).values(**values)
    scope.connection.execute(keep.on_conflict_do_update(index_elements=["digest"], set_=values))


def renew_token(scope: WriteScope, digest: bytes, *, expires_ms: int) -> bool:
    """Let a token live longer, if it is there; whether it does."""
    sooner = update(tokens).where(tokens.c.digest == digest, tokens.c.expires_ms < expires_ms)
    return scope.connection.execute(sooner.values(expires_ms=expires_ms)).rowcount > 0


def token(connection: Connection, digest: bytes, *, now_ms: int) -> TokenRecord | None:
    """A live token."""
    live = select(tokens).where(tokens.c.digest == digest, tokens.c.expires_ms > now_ms)
    row = connection.execute(live).mappings().first()
    return None if row is None else TokenRecord(**row)


def spend_token(scope: WriteScope, digest: bytes, *, now_ms: int) -> TokenRecord | None:
    """Take a live one-time token, and sweep out what has expired."""
    scope.connection.execute(delete(tokens).where(tokens.c.expires_ms <= now_ms))
    taken = delete(tokens).where(tokens.c.digest == digest, tokens.c.once).returning(*tokens.columns)
    row = scope.connection.execute(taken).mappings().first()
    return None if row is None else TokenRecord(**row)


def use_once(scope: WriteScope, digest: bytes, *, expires_ms: int, now_ms: int) -> bool:
    """Mark a digest as used until then, and sweep out what has expired; whether it was not used yet."""
    scope.connection.execute(delete(tokens).where(tokens.c.expires_ms <= now_ms))
    used = {"digest": digest, "purpose": USED, "party": "", "expires_ms": expires_ms, "once": False, "blob": b""}
    keep = scope.driver.insert(tokens).values(**used).on_conflict_do_nothing(index_elements=["digest"])
    return scope.connection.execute(keep.returning(tokens.c.digest)).scalar_one_or_none() is not None


def drop_tokens(scope: WriteScope, *, party: str, purpose: str | None) -> int:
    """Revoke a party's tokens; how many there were."""
    dropped = delete(tokens).where(tokens.c.party == party)
    if purpose is not None:
        dropped = dropped.where(tokens.c.purpose == purpose)
    return scope.connection.execute(dropped).rowcount


def tokens_of(connection: Connection, *, party: str, purpose: str, now_ms: int) -> list[TokenRecord]:
    """A party's live tokens of one purpose, those that run out last first."""
    live = select(tokens).where(tokens.c.party == party, tokens.c.purpose == purpose, tokens.c.expires_ms > now_ms)
    rows = connection.execute(live.order_by(tokens.c.expires_ms.desc(), tokens.c.digest)).mappings()
    return [TokenRecord(**row) for row in rows]


def drop_token(scope: WriteScope, digest: bytes, *, party: str) -> bool:
    """Revoke one token of a party; whether it was there."""
    dropped = delete(tokens).where(tokens.c.digest == digest, tokens.c.party == party)
    return scope.connection.execute(dropped).rowcount > 0


def fact(connection: Connection, name: str) -> bytes | None:
    """A small named value."""
    return connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar_one_or_none()


def set_fact(scope: WriteScope, name: str, value: bytes) -> None:
    """Keep a small named value."""
    keep = scope.driver.insert(facts).values(name=name, value=value)
    scope.connection.execute(keep.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def is_free(until_ms: ColumnElement[int], now_ms: int, longest_ms: int) -> ColumnElement[bool]:
    """Whether nothing is leased until then: it is past, or later than any lease from now could end."""
    return or_(until_ms <= now_ms, until_ms > now_ms + longest_ms + LEASE_SLACK_MS)


def lease(scope: WriteScope, name: str, *, holder: str, lease_ms: int, longest_ms: int) -> int:
    """Take or renew a named lease, and its term; 0 while another holds it. At the moment it lapses it is free."""
    now_ms = scope.clock_ms()
    values: dict[str, Any] = {"holder": holder, "until_ms": now_ms + lease_ms}
    take = scope.driver.insert(leases).values(name=name, term=1, **values)
    is_lapsed = is_free(leases.c.until_ms, now_ms, longest_ms or lease_ms) if lease_ms else leases.c.until_ms <= now_ms
    values["term"] = leases.c.term + case((leases.c.holder == holder, 0), else_=1)
    take = take.on_conflict_do_update(
        index_elements=["name"], set_=values, where=or_(is_lapsed, leases.c.holder == holder)
    )
    return scope.connection.execute(take.returning(leases.c.term)).scalar_one_or_none() or 0


def term_of(scope: WriteScope, name: str) -> int:
    """The present term of a lease, 0 before anybody had it. Nobody else can take it before this transaction ends."""
    present = select(leases.c.term).where(leases.c.name == name).with_for_update(read=True)
    return scope.connection.execute(present).scalar_one_or_none() or 0
