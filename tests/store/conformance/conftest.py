"""Every test of conformance runs against every backend."""

from __future__ import annotations

import pytest

from .backends import BACKENDS
from .story import Story


@pytest.fixture(params=BACKENDS)
def store(request, tmp_path):
    with BACKENDS[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture
def story(store):
    return Story(store)
