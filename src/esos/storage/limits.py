"""Every limit of the store by name and unit: past one of them it says so, and forgets nothing silently."""

from typing import Final

APPEND_QUEUE_MAX_ITEMS: Final = 8192
"""Statements that may wait for the next transaction; one more is answered ``storage.queue_full``."""

APPEND_QUEUE_MAX_BYTES: Final = 64 * 1024 * 1024
"""The same limit in bytes of statements, for floods of large ones."""

WRITE_QUEUE_MAX_JOBS: Final = 4096
"""Other writes (claims, saves, tokens …) that may wait."""

READ_QUEUE_MAX_JOBS: Final = 1024
"""Reads that may wait for a reader."""

GROUP_MAX_ITEMS: Final = 256
"""Statements merged into one transaction; a single larger batch still goes whole, alone."""

GROUP_MAX_WAIT_MS: Final = 20
"""How long a transaction may wait for company. In practice it waits only while company is arriving."""

BUSY_TIMEOUT_MS: Final = 2000
"""How long to wait for another process's lock before answering ``storage.locked``."""

CONNECT_TIMEOUT_SECONDS: Final = 5
"""How long to wait for a PostgreSQL server to answer a new connection."""

DEAD_PEER_MS: Final = 10_000
"""How long what was sent to a PostgreSQL server may go unanswered by its machine before the connection is given up."""

ANSWER_MAX_MS: Final = 10_000
"""How long a PostgreSQL server may leave one statement without an answer, before its connection is given up."""

READ_MAX_MS: Final = 8_000
"""The longest one read may take a PostgreSQL server: it ends it by itself before the connection is given up."""

REACH_AGAIN_MS: Final = 500
"""For how long everybody is told at once that a PostgreSQL server cannot be had, before it is tried again."""

MOVE_ROWS: Final = 2_000
"""Rows in hand at a time while a journal is copied into another store."""

READERS: Final = 2
"""Reader connections, each in a thread of its own."""

NEWS_POLL_MS: Final = 1_000
"""How often to look for entries that another process wrote, while somebody waits for them."""

CLAIM_WINDOW_ROWS: Final = 512
"""Inbox rows looked at in one claim: bounds how many entries one claim can hand out."""

UNMERGED_MAX_ENTRIES: Final = 32_768
"""Entries whose keys are held in memory before they are written to ``keys`` in sorted slices."""

BULK_MAX_ROWS: Final = 64
"""Rows in one multi-row statement; longer lists are cut."""

CACHE_KIB: Final = 65_536
"""Page cache of the writer; readers take an eighth each."""

CHECKPOINT_PAGES: Final = 4000
"""Pages in the write-ahead log before they are moved to the database (16 MiB)."""

LEASE_MAX_MS: Final = 60_000
"""A lease of folding or sequencing that ends later than so from now was counted by a clock that was set back since."""
