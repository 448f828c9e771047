"""The whole store in one SQLite file, as servers and their commands need it."""

from __future__ import annotations

from tidemill.store.sqlite.run_store import SqliteRunStore
from tidemill.store.store import Store


class SqliteStore(SqliteRunStore, Store):
    """What happened, kept in SQLite."""
