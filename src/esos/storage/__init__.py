"""The journal on a database: SQLite embedded, or PostgreSQL by its URL; written once for both.

Law 3 is kept here: ``SqlJournal.append`` returns only after one transaction holding the statement, its
deduplication key and its inbox row has been forced to disk; what fails keeps nothing and acknowledges
nothing. All SQL of the project stands in this package.
"""

from esos.storage.journal import SqlJournal

__all__ = ["SqlJournal"]
