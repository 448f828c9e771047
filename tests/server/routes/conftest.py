"""Routes on both databases: one test of a module stands for the others on PostgreSQL, unless all are asked for.

What SQL gives is proven on both by ``tests/store/conformance``; that routes ask for it is the same on either.
"""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what goes beyond one test a module."""
    stand_for_others: dict[Path, pytest.Item] = {}
    for item in items:
        called_with = getattr(item, "callspec", None)
        if called_with and called_with.params.get("store") == "postgres" and item.path.is_relative_to(HERE):
            if stand_for_others.setdefault(item.path, item) is not item:
                item.add_marker("thorough")
