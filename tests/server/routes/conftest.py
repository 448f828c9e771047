"""Routes on both databases, of which one test a module is enough on PostgreSQL.

What SQL gives is proven on both by ``tests/store/conformance``; that routes ask for it is the same on either.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stand_ins import stand_in_for_others


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    stand_in_for_others(items, Path(__file__).parent, "postgres")
