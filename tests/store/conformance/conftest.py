"""Every test of conformance runs against every backend; in memory, SQLite says what it says in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stand_ins import stand_in_for_others

from .backends import BACKENDS, FRESH
from .story import Story
from .what_is_asked import World


@pytest.fixture(params=BACKENDS)
def store(request, tmp_path):
    with BACKENDS[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture
def story(store):
    return Story(store)


@pytest.fixture(scope="module", params=FRESH)
def world(request):
    with FRESH[request.param]() as store:
        yield World(store)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    stand_in_for_others(items, Path(__file__).parent, "sqlite-memory")
