"""Erasure: the words go, the proof stays. Bodies and commitment keys are destroyed, ids and tree are kept.

The leaf is a commitment under a key; without key and body nobody can tell what it committed to, and no
hash in the log changes. The case's own encoded fold and its effects repeat the words, so they go too.
"""

from sqlalchemy import Connection, and_, delete, func, or_, select, update

from esos.errors import Conflict
from esos.station.records import APPLIED
from esos.storage.folds import next_change
from esos.storage.schema import cases, due, entries, files, inbox, leaves, parcels
from esos.storage.tokens import fact, set_fact
from esos.storage.writer import WriteScope

TO_FORGET = "to_forget"
"""The fact that remembers, also over a kill, that old copies of erased words are to be looked after."""
ERASED = "erased"
"""The verdict of an entry whose body was destroyed before anything folded it."""
TOMBSTONE = "erased"
"""The kind of the one statement of a case that stays as it is, where it was taken: who erased it, when and why."""
_NOTHING_SAID = {"cose": b"", "admission": b"", "reason": ""}
_NO_WORDS = {"blob": b"", "recipient": b"", "topic": None, "result": b"", "error": ""}


def erase_case(scope: WriteScope, case_id: bytes, *, now_ms: int) -> int:
    """Destroy what the case's entries, effects and fold say; how many entries lost their body."""
    sql = scope.connection
    scope.driver.lock("folds")
    if sql.execute(select(cases.c.num).where(cases.c.id == case_id, cases.c.is_open)).first() is not None:
        raise Conflict("storage.case_open", "An open case cannot be erased.", hint="Stand it down and close it first.")
    unfolded = select(inbox.c.seq).where(inbox.c.route == f"case:{case_id.hex()}")
    stays = and_(entries.c.kind == TOMBSTONE, entries.c.verdict == APPLIED)
    of_case = and_(or_(entries.c.case_id == case_id, entries.c.seq.in_(unfolded)), ~stays)
    seqs = select(entries.c.seq).where(of_case)
    count = sql.execute(select(func.count()).where(of_case, entries.c.cose != b"")).scalar_one()
    sql.execute(update(leaves).where(leaves.c.seq.in_(seqs)).values(key=b""))
    sql.execute(update(entries).where(entries.c.seq.in_(unfolded)).values(case_id=case_id, verdict=ERASED))
    sql.execute(delete(inbox).where(inbox.c.seq.in_(unfolded)))
    sql.execute(update(entries).where(entries.c.case_id == case_id, ~stays).values(**_NOTHING_SAID))
    sql.execute(delete(due).where(due.c.case_id == case_id))
    sql.execute(delete(files).where(files.c.case_id == case_id))
    _empty_parcels(scope, case_id, now_ms)
    _empty_case(scope, case_id, now_ms)
    set_fact(scope, TO_FORGET, str(scope.clock_ms()).encode())
    return count


def to_forget(connection: Connection) -> int | None:
    """When something was last erased that may still stand in the store's own files, by the store's clock."""
    found = fact(connection, TO_FORGET)
    return int(found) if found else None


def forgotten(scope: WriteScope, erased_ms: int) -> None:
    """Nothing of what was erased by then stands anywhere; what was erased since is still to be forgotten."""
    if to_forget(scope.connection) == erased_ms:
        set_fact(scope, TO_FORGET, b"")


def _empty_parcels(scope: WriteScope, case_id: bytes, now_ms: int) -> None:
    """An effect without its words cannot be performed any more: one that still waits is given up."""
    of_case = parcels.c.case_id == case_id
    given_up = {"state": "given_up", "updated_ms": now_ms, "holder": "", "until_ms": 0}
    scope.connection.execute(update(parcels).where(of_case, parcels.c.state == "waiting").values(**given_up))
    scope.connection.execute(update(parcels).where(of_case).values(**_NO_WORDS))


def _empty_case(scope: WriteScope, case_id: bytes, now_ms: int) -> None:
    """The version counts on, so that a fold read before the erasure cannot be saved after it."""
    emptied = {"blob": b"", "updated_ms": now_ms, "version": cases.c.version + 1, "change": next_change(scope.driver)}
    scope.connection.execute(update(cases).where(cases.c.id == case_id).values(**emptied))
