"""The first journal: everything a station may not lose. Frozen as it was released."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    _statements()
    _work()
    _cases()
    _log()
    _people()


def _statements() -> None:
    op.create_table(
        "entries",
        _row_number("seq"),
        _number("at_ms"),
        _blob("id"),
        _blob("dedupe", nullable=True),
        _text("kind"),
        _text("route"),
        _blob("case_id", nullable=True),
        _number("place"),
        _text("verdict"),
        _text("reason"),
        _blob("admission"),
        _blob("cose"),
    )
    _index("entries_of_case", "entries", "case_id", "place", "seq", only="case_id IS NOT NULL")
    _index("entries_of_route", "entries", "route", "seq", only="verdict <> '' AND route <> ''")
    _index("entries_set_aside", "entries", "verdict", only="verdict = 'fold.set_aside'")
    op.create_table("keys", _number("hash", key=True), _number("seq", key=True), sqlite_with_rowid=False)
    op.create_table("counters", _text("name", key=True), _number("value"), sqlite_with_rowid=False)


def _work() -> None:
    op.create_table("inbox", _row_number("seq", sa.ForeignKey("entries.seq")), _text("route"))
    op.create_table(
        "route_leases",
        _text("route", key=True),
        _number("fence"),
        _text("holder"),
        _number("until_ms"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "due",
        _blob("case_id", key=True),
        _text("key", key=True),
        _number("due_ms"),
        _text("holder"),
        _number("until_ms"),
        sqlite_with_rowid=False,
    )
    _index("due_in_time", "due", "due_ms")
    _index("due_leased", "due", "until_ms", only="until_ms > 0")
    _parcels()


def _parcels() -> None:
    op.create_table(
        "parcels",
        _row_number("num", counted=True),
        _blob("id", unique=True),
        _blob("case_id", nullable=True),
        _text("kind"),
        _number("not_before_ms"),
        _blob("blob"),
        _text("lane"),
        sa.Column("rank", sa.Integer(), nullable=False),
        _blob("recipient"),
        _blob("topic", nullable=True),
        _text("state"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _blob("result"),
        _text("error"),
        _number("updated_ms"),
        _text("holder"),
        _number("until_ms"),
    )
    _index("parcels_waiting", "parcels", "not_before_ms", "num", only="state = 'waiting'")
    _index("parcels_in_turn", "parcels", "lane", "rank", "not_before_ms", "num", only="state = 'waiting'")
    _index("parcels_of_topic", "parcels", "topic", "num", only="topic IS NOT NULL")
    _index("parcels_leased", "parcels", "until_ms", only="state = 'waiting' AND until_ms > 0")
    _index("parcels_of_case", "parcels", "case_id", "num")
    _index("parcels_given_up", "parcels", "num", only="state = 'given_up'")


def _cases() -> None:
    op.create_table(
        "cases",
        _row_number("num", counted=True),
        _blob("id", unique=True),
        _text("caller"),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("life"),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        _text("urgency"),
        _text("concern"),
        _text("holder"),
        _text("page_code"),
        _number("opened_ms"),
        _number("updated_ms"),
        _blob("blob"),
        _number("change"),
    )
    _index("cases_by_change", "cases", "change", unique=True)
    _index("cases_of_caller", "cases", "caller", "opened_ms")
    _index("cases_by_opening", "cases", "opened_ms")
    _index("cases_open", "cases", "opened_ms", only="is_open")
    op.create_table(
        "files",
        _blob("case_id", key=True),
        _blob("digest", key=True),
        _number("size_bytes"),
        _number("at_ms"),
        _text("party"),
        sa.Column("is_strangers", sa.Boolean(), nullable=False),
        _blob("content"),
    )
    _index("files_by_room", "files", "is_strangers", "size_bytes")


def _log() -> None:
    op.create_table(
        "leaves",
        _row_number("index"),
        sa.Column("seq", sa.BigInteger(), sa.ForeignKey("entries.seq"), unique=True),
        _blob("leaf_hash"),
        _blob("key"),
    )
    op.create_table("checkpoints", _row_number("hour"), _number("size"), _blob("note"))


def _people() -> None:
    op.create_table(
        "tokens",
        _blob("digest", key=True),
        _text("purpose"),
        _text("party"),
        _number("expires_ms"),
        sa.Column("once", sa.Boolean(), nullable=False),
        _blob("blob"),
        sqlite_with_rowid=False,
    )
    _index("tokens_of_party", "tokens", "party", "purpose")
    _index("tokens_by_expiry", "tokens", "expires_ms")
    op.create_table(
        "passkeys",
        _blob("id", key=True),
        _text("party"),
        _text("name"),
        _blob("public"),
        _number("count"),
        _text("rp_id"),
        _number("added_ms"),
        _number("used_ms"),
        sqlite_with_rowid=False,
    )
    _index("passkeys_of_party", "passkeys", "party", "added_ms")
    _accesses()
    op.create_table("facts", _text("name", key=True), _blob("value"))
    op.create_table(
        "draft_lines",
        _blob("draft", key=True),
        _text("name", key=True),
        _text("text"),
        _number("turn"),
        _number("at_ms"),
        _text("party"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "leases",
        _text("name", key=True),
        _number("term"),
        _text("holder"),
        _number("until_ms"),
        sqlite_with_rowid=False,
    )


def _accesses() -> None:
    op.create_table(
        "accesses",
        _row_number("num", counted=True),
        _number("at_ms"),
        _text("party"),
        _text("act"),
        _text("way"),
        _text("device"),
        _blob("case", nullable=True),
        _text("about"),
    )
    _index("accesses_in_time", "accesses", "at_ms")
    _index("accesses_of_party", "accesses", "party", "num")
    _index("accesses_of_case", "accesses", "case", "num")
    _index("accesses_about", "accesses", "about", "num")


def _row_number(name: str, *more: sa.ForeignKey, counted: bool = False) -> sa.Column[Any]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, *more, primary_key=True, autoincrement="auto" if counted else False)


def _number(name: str, *, key: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), primary_key=key, autoincrement=False, nullable=False)


def _text(name: str, *, key: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), primary_key=key, nullable=False)


def _blob(name: str, *, key: bool = False, unique: bool = False, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), primary_key=key, unique=unique or None, nullable=nullable)


def _index(name: str, table: str, *columns: str, only: str = "", unique: bool = False) -> None:
    partial: dict[str, Any] = {f"{engine}_where": sa.text(only) for engine in ("sqlite", "postgresql") if only}
    op.create_index(name, table, list(columns), unique=unique, **partial)
