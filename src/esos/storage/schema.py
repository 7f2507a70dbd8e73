"""The tables of a journal, in the order of the brief: what was said, what waits, what was proven.

Everything a crash may not lose is a row here; everything that can be derived from rows is not. Names
and types are common to SQLite and PostgreSQL. Random keys are kept out of the hot append: the only
random index it feeds is ``keys``, and that one is written in sorted slices (see ``recall``).
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TextClause,
    text,
)

REVISION: Final = "0001"
"""The newest migration, so that opening an up-to-date journal need not load the migration tool."""

metadata: Final = MetaData()

# Conditions of partial indexes. Queries that want such an index repeat the very same words.
IN_A_CASE: Final = text("case_id IS NOT NULL")
UNFOLDABLE: Final = text("verdict = 'fold.set_aside'")
JUDGED: Final = text("verdict <> '' AND route <> ''")
OPEN: Final = text("is_open")
TIMER_LEASED: Final = text("until_ms > 0")
WAITING: Final = text("state = 'waiting'")
WAITING_LEASED: Final = text("state = 'waiting' AND until_ms > 0")
ON_A_TOPIC: Final = text("topic IS NOT NULL")
GIVEN_UP: Final = text("state = 'given_up'")

# BigInteger alone would not be SQLite's own row number; Integer alone would be too short on PostgreSQL.
Number = BigInteger().with_variant(Integer(), "sqlite")


def _only(condition: TextClause) -> dict[str, Any]:
    """A partial index, in the words of both engines."""
    return {"sqlite_where": condition, "postgresql_where": condition}


entries: Final = Table(
    "entries",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("id", LargeBinary, nullable=False),
    Column("dedupe", LargeBinary),  # NULL where it is the id itself, as for most statements
    Column("kind", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("case_id", LargeBinary),
    Column("place", BigInteger, nullable=False),  # among the statements of its case; 0 while unfolded
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("admission", LargeBinary, nullable=False),
    Column("cose", LargeBinary, nullable=False),
)
# These are fed when an entry is judged, not when it is appended: intake stays flat.
Index("entries_of_case", entries.c.case_id, entries.c.place, entries.c.seq, **_only(IN_A_CASE))
Index("entries_of_route", entries.c.route, entries.c.seq, **_only(JUDGED))
Index("entries_set_aside", entries.c.verdict, **_only(UNFOLDABLE))

keys: Final = Table(
    "keys",
    metadata,
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

counters: Final = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

inbox: Final = Table(
    "inbox",
    metadata,
    Column("seq", Number, ForeignKey("entries.seq"), primary_key=True, autoincrement=False),
    Column("route", Text, nullable=False),
)

route_leases: Final = Table(
    "route_leases",
    metadata,
    Column("route", Text, primary_key=True),
    Column("fence", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

cases: Final = Table(
    "cases",
    metadata,
    Column("num", Number, primary_key=True),
    Column("id", LargeBinary, nullable=False, unique=True),
    Column("caller", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("life", Text, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("concern", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("page_code", Text, nullable=False),
    Column("opened_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Column("blob", LargeBinary, nullable=False),
    Column("change", BigInteger, nullable=False),  # the number of its last save among all saves
)
Index("cases_by_change", cases.c.change, unique=True)
Index("cases_of_caller", cases.c.caller, cases.c.opened_ms)
Index("cases_by_opening", cases.c.opened_ms)
Index("cases_open", cases.c.opened_ms, **_only(OPEN))

due: Final = Table(
    "due",
    metadata,
    Column("case_id", LargeBinary, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("due_ms", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("due_in_time", due.c.due_ms)
Index("due_leased", due.c.until_ms, **_only(TIMER_LEASED))

parcels: Final = Table(
    "parcels",
    metadata,
    Column("num", Number, primary_key=True),
    Column("id", LargeBinary, nullable=False, unique=True),
    Column("case_id", LargeBinary),
    Column("kind", Text, nullable=False),
    Column("not_before_ms", BigInteger, nullable=False),
    Column("blob", LargeBinary, nullable=False),
    Column("lane", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("recipient", LargeBinary, nullable=False),
    Column("topic", LargeBinary),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("result", LargeBinary, nullable=False),
    Column("error", Text, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
)
Index("parcels_waiting", parcels.c.not_before_ms, parcels.c.num, **_only(WAITING))
Index("parcels_in_turn", parcels.c.lane, parcels.c.rank, parcels.c.not_before_ms, parcels.c.num, **_only(WAITING))
Index("parcels_of_topic", parcels.c.topic, parcels.c.num, **_only(ON_A_TOPIC))
Index("parcels_leased", parcels.c.until_ms, **_only(WAITING_LEASED))
Index("parcels_of_case", parcels.c.case_id, parcels.c.num)
Index("parcels_given_up", parcels.c.num, **_only(GIVEN_UP))

files: Final = Table(
    "files",
    metadata,
    Column("case_id", LargeBinary, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("party", Text, nullable=False),
    Column("is_strangers", Boolean, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
Index("files_by_room", files.c.is_strangers, files.c.size_bytes)

leaves: Final = Table(
    "leaves",
    metadata,
    Column("index", Number, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, ForeignKey("entries.seq"), unique=True),  # NULL where it is of no entry
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("key", LargeBinary, nullable=False),
)

checkpoints: Final = Table(
    "checkpoints",
    metadata,
    Column("hour", Number, primary_key=True, autoincrement=False),  # since 1970: the newest of each hour stays
    Column("size", BigInteger, nullable=False),
    Column("note", LargeBinary, nullable=False),
)

tokens: Final = Table(
    "tokens",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("once", Boolean, nullable=False),
    Column("blob", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
Index("tokens_of_party", tokens.c.party, tokens.c.purpose)
Index("tokens_by_expiry", tokens.c.expires_ms)

passkeys: Final = Table(
    "passkeys",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("party", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("public", LargeBinary, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("rp_id", Text, nullable=False),
    Column("added_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("passkeys_of_party", passkeys.c.party, passkeys.c.added_ms)

accesses: Final = Table(
    "accesses",
    metadata,
    Column("num", Number, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("party", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("case", LargeBinary),
    Column("about", Text, nullable=False),
)
Index("accesses_in_time", accesses.c.at_ms)
Index("accesses_of_party", accesses.c.party, accesses.c.num)
Index("accesses_of_case", accesses.c.case, accesses.c.num)
Index("accesses_about", accesses.c.about, accesses.c.num)

facts: Final = Table(
    "facts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

draft_lines: Final = Table(
    "draft_lines",
    metadata,
    Column("draft", LargeBinary, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("turn", BigInteger, nullable=False),  # which of two saves of one answer was typed later
    Column("at_ms", BigInteger, nullable=False),
    Column("party", Text, nullable=False),
    sqlite_with_rowid=False,
)

leases: Final = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("term", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
