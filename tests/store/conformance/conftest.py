"""Every test of conformance runs against every backend."""

from __future__ import annotations

import pytest

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
