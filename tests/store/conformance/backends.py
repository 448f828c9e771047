"""The stores that must pass. A new backend joins with a line in each table, and no other change."""

from __future__ import annotations

import pytest

from tests.postgres import empty_store
from tidemill.store.sqlite.store import SqliteStore

#: What opens a store of a test's own, given a folder of its own.
BACKENDS = {
    "sqlite-file": lambda folder: SqliteStore.open(folder / "home" / "tidemill.db"),
    "sqlite-memory": lambda _folder: SqliteStore.in_memory(),
    "postgres": lambda _folder: empty_store(),
}

#: What opens an empty store again and again, for properties that want hundreds; one a dialect is enough.
FRESH = {"sqlite": SqliteStore.in_memory, "postgres": empty_store}

#: For tests that take ``fresh_store`` and open as many as they like.
over_fresh_stores = pytest.mark.parametrize("fresh_store", FRESH.values(), ids=FRESH)
