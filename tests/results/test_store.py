"""Records are written whole or not at all, and read only when they are exactly what this home wrote."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import subprocess
import sys
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tidemill.results
from tidemill.domain.states import from_us
from tidemill.exceptions import ConfigurationError, MissingResult, SerializationError
from tidemill.locking.memory import MemoryLockManager
from tidemill.results.keys import fresh_key
from tidemill.results.recents import Recents
from tidemill.serializers import JSONSerializer
from tidemill.system import failpoints
from tidemill.system.clock import JumpingClock
from tidemill.transactions import IsolationLevel


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.recursive(st.none() | st.integers() | st.text() | st.binary(), st.lists, max_leaves=5))
def test_what_is_written_is_read(store, value):
    store.write(value, key="answer")

    record = store.read("answer")
    assert record.result == value
    assert record.storage_key == "answer"


def test_async_callers_get_the_same(store):
    async def round_trip():
        assert not await store.aexists("a")
        await store.awrite([1], key="a")
        assert await store.aexists("a")
        return (await store.aread("a")).result

    assert asyncio.run(round_trip()) == [1]


def test_sync_methods_work_inside_an_event_loop(store):
    async def round_trip():
        store.write([1], key="a")
        return store.read("a").result

    assert asyncio.run(round_trip()) == [1]


def test_what_was_never_written_is_missing(store):
    assert not store.exists("nothing")
    with pytest.raises(MissingResult, match="There is no result 'nothing'"):
        store.read("nothing")


def test_a_record_expires(store, clock):
    store.write(1, key="a", expiration=from_us(clock.now_us()) + timedelta(seconds=10))
    assert store.exists("a")

    clock.sleep(10)

    assert not store.exists("a")
    with pytest.raises(MissingResult, match="expired at 2023-11-14"):
        store.read("a")


def test_writing_again_replaces(store):
    store.write(1, key="a")
    store.write(2, key="a")

    assert store.read("a").result == 2


def test_another_serializer_is_found_by_its_registered_name(local, tmp_path):
    dataclasses.replace(local, serializer=JSONSerializer()).write({"a": [1]}, key="a")

    record = local.read("a")

    assert record.result == {"a": [1]}
    assert record.serializer == JSONSerializer()


@pytest.mark.parametrize("action", ["raise", "enospc"])
def test_a_write_that_fails_leaves_what_was_there(local, tmp_path, action):
    local.write("old", key="a")
    failpoints.arm(f"results.before_rename:1:{action}")
    try:
        with pytest.raises(OSError, match="fail point"):
            local.write("new", key="a")
    finally:
        failpoints.arm("")

    assert local.read("a").result == "old"
    assert os.listdir(tmp_path / "storage") == ["a"]


KILLED = """
import sys
from pathlib import Path
from tidemill.filesystems import LocalFileSystem
from tidemill.results import ResultStore
ResultStore(result_storage=LocalFileSystem(Path(sys.argv[1])), key=b"k" * 32).write("new", key="a")
"""


@pytest.mark.parametrize(("point", "found"), [("results.before_rename", "old"), ("results.after_rename", "new")])
def test_a_kill_leaves_the_old_record_or_the_new_one(local, tmp_path, point, found):
    local.write("old", key="a")

    child = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "storage")],
        env={
            **os.environ,
            "TIDEMILL_FAIL": f"{point}:1:kill",
            "PYTHONPATH": str(Path(tidemill.results.__file__).parents[2]),
        },
        capture_output=True,
        check=False,
    )

    assert child.returncode == -9, child.stderr
    assert local.read("a").result == found


def test_what_cannot_be_written_is_named_and_nothing_is_left(local):
    with pytest.raises(SerializationError, match="generator"):
        local.write((n for n in range(3)), key="a")
    assert not local.exists("a")


def test_a_large_array_passes_in_three_copies_or_fewer(local):
    np = pytest.importorskip("numpy")
    value = np.ones(8 << 20)  # 64 MiB
    tracemalloc.start()
    try:
        local.write(value, key="a")
        written = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        again = local.read("a").result
        read = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (again == value).all()
    assert written <= 1.6 * value.nbytes  # beside the value: its pickle, which grows in steps
    assert read <= 2.1 * value.nbytes  # the file, and the value


def test_recent_records_are_read_from_memory(local, tmp_path):
    store = dataclasses.replace(local, cache_result_in_memory=True)
    store.write("small", key="s")
    store.write("x" * (2 << 20), key="l")

    assert store.read("s") is store.read("s")
    assert store.read("l") is not store.read("l")


def test_the_memory_forgets_the_least_used_first():
    recents = Recents(limit=2)
    recents.put("a", 1)
    recents.put("b", 2)
    recents.get("a")
    recents.put("c", 3)

    assert [key in recents for key in "abc"] == [True, False, True]


def test_keys_are_readable_and_cannot_leave_the_storage(local, tmp_path):
    assert fresh_key("Train model é/..", JumpingClock()).startswith("Train-model-20231114T221320-")
    assert fresh_key(None, JumpingClock()).startswith("20231114T221320-")
    with pytest.raises(ValueError, match="outside of"):
        local.write(1, key="../a")


def test_a_full_path_within_the_storage_is_its_key(local, tmp_path):
    local.write(1, key="a/b")

    assert local.read(str(tmp_path / "storage" / "a" / "b")).result == 1


def test_locks_keep_others_out(local):
    store = dataclasses.replace(local, lock_manager=MemoryLockManager(JumpingClock()))
    assert store.acquire_lock("a", "me")

    assert not store.acquire_lock("a", "you", timeout=1)
    assert store.is_locked("a")
    assert store.is_lock_holder("a", "me")
    assert not store.wait_for_lock("a", timeout=1)
    with pytest.raises(RuntimeError, match="somebody else holds its lock"):
        store.write(1, key="a", holder="you")
    store.write(1, key="a", holder="me")
    assert store.read("a", holder="me").result == 1
    store.release_lock("a", "me")
    assert store.read("a").result == 1


def test_locks_need_a_lock_manager(local):
    assert local.supports_isolation_level(IsolationLevel.READ_COMMITTED)
    assert not local.supports_isolation_level(IsolationLevel.SERIALIZABLE)
    with pytest.raises(ConfigurationError, match="no lock manager"):
        local.acquire_lock("a")
