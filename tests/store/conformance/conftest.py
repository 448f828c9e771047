"""Every test of conformance runs against every backend; a new backend joins here."""

from __future__ import annotations

import pytest

from tidemill.store.sqlite.store import SqliteStore

from .story import Story


@pytest.fixture(params=["sqlite-file", "sqlite-memory"])
def store(request, tmp_path):
    opened = (
        SqliteStore.open(tmp_path / "home" / "tidemill.db")
        if request.param == "sqlite-file"
        else SqliteStore.in_memory()
    )
    with opened:
        yield opened


@pytest.fixture
def story(store):
    return Story(store)
