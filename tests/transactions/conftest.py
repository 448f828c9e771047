"""A store for each test, and a diary."""

from __future__ import annotations

import pytest

from tests.transactions.diary import Diary
from tidemill.filesystems import LocalFileSystem
from tidemill.locking.memory import MemoryLockManager
from tidemill.results import ResultStore, result_context
from tidemill.system.clock import JumpingClock


@pytest.fixture
def store(tmp_path):
    return ResultStore(
        result_storage=LocalFileSystem(tmp_path / "storage"),
        lock_manager=MemoryLockManager(JumpingClock()),
        key=b"k" * 32,
    )


@pytest.fixture(autouse=True)
def _default_store(store):
    with result_context(store):
        yield


@pytest.fixture
def diary():
    return Diary()
