"""Stores for results, on each kind of storage."""

from __future__ import annotations

import pytest

from tests.results.remote import KEY, Remote
from tidemill.filesystems import LocalFileSystem
from tidemill.results import (
    ResultStore,
)
from tidemill.system.clock import JumpingClock


@pytest.fixture
def clock():
    return JumpingClock()


@pytest.fixture(params=["local", "remote", "apart"])
def store(request, tmp_path, clock):
    """A store on each kind of storage; nothing is read from memory."""
    local = LocalFileSystem(tmp_path / "storage")
    return ResultStore(
        result_storage=Remote() if request.param == "remote" else local,
        metadata_storage=LocalFileSystem(tmp_path / "keys") if request.param == "apart" else None,
        cache_result_in_memory=False,
        clock=clock,
        key=KEY,
    )


@pytest.fixture
def local(tmp_path, clock):
    return ResultStore(
        result_storage=LocalFileSystem(tmp_path / "storage"), cache_result_in_memory=False, clock=clock, key=KEY
    )
