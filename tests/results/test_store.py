"""Records are written whole or not at all, and read only when they are exactly what this home wrote."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import pickle
import subprocess
import sys
import tracemalloc
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tidemill.results
from tidemill.cache_policies import INPUTS
from tidemill.domain.states import from_us
from tidemill.exceptions import ConfigurationError, MissingResult, SerializationError, UntrustedResult
from tidemill.filesystems import LocalFileSystem, NullFileSystem, WritableFileSystem
from tidemill.locking.memory import MemoryLockManager
from tidemill.results import (
    ResultStore,
    get_default_persist_setting,
    get_default_persist_setting_for_tasks,
    get_default_result_serializer,
    get_default_result_storage,
    get_result_store,
    resolve_result_storage,
    resolve_serializer,
    result_context,
    result_storage_discriminator,
    should_persist_result,
)
from tidemill.results.keys import fresh_key, naming
from tidemill.results.recents import Recents
from tidemill.results.record import header_of, seal_header
from tidemill.results.secret import Seal
from tidemill.serializers import JSONSerializer, PickleSerializer
from tidemill.settings.context import forget_settings, temporary_settings
from tidemill.system import failpoints
from tidemill.system.clock import JumpingClock
from tidemill.transactions import IsolationLevel

KEY = b"k" * 32


class Remote(WritableFileSystem):
    """A file system of the contract's shape: async methods, whole contents."""

    def __init__(self):
        self.files = {}

    async def read_path(self, path):
        await asyncio.sleep(0)
        if path not in self.files:
            raise ValueError(f"no {path}")
        return self.files[path]

    async def write_path(self, path, content):
        await asyncio.sleep(0)
        self.files[path] = content


class Bomb:
    exploded = False

    def __reduce__(self):
        return (setattr, (Bomb, "exploded", True))


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


def every_cut(blob):
    yield from (blob[:size] for size in (0, 1, 8, 12, 27, 28, 100, len(blob) - 1))
    yield blob + b"x"


def every_flip(blob):
    for position in (0, 7, 8, 13, 20, 28, 60, 150, len(blob) - 1):
        changed = bytearray(blob)
        changed[position] ^= 1
        yield bytes(changed)


@pytest.mark.parametrize("damage", [every_cut, every_flip])
def test_a_damaged_record_is_refused_before_it_is_unpickled(local, tmp_path, damage):
    local.write(Bomb(), key="a")
    path = tmp_path / "storage" / "a"

    for changed in damage(path.read_bytes()):
        path.write_bytes(changed)
        with pytest.raises((UntrustedResult, MissingResult)):
            local.read("a")
    assert not Bomb.exploded


def test_a_record_of_another_home_is_refused(local):
    dataclasses.replace(local, key=b"x" * 32).write(Bomb(), key="a")

    assert not local.exists("a")
    with pytest.raises(UntrustedResult, match="under another key"):
        local.read("a")
    assert not Bomb.exploded


def test_a_plain_pickle_is_refused(local, tmp_path):
    (tmp_path / "storage").mkdir()
    (tmp_path / "storage" / "a").write_bytes(pickle.dumps(Bomb()))

    with pytest.raises(UntrustedResult, match="not a record of tidemill's"):
        local.read("a")
    assert not Bomb.exploded


def test_a_record_that_was_moved_to_another_key_is_refused(local, tmp_path):
    local.write(1, key="a")
    (tmp_path / "storage" / "a").rename(tmp_path / "storage" / "b")

    with pytest.raises(UntrustedResult, match="belongs to 'a'"):
        local.read("b")


def test_bytes_that_were_swapped_under_a_header_are_refused(tmp_path, clock):
    remote = Remote()
    store = ResultStore(
        result_storage=remote, metadata_storage=LocalFileSystem(tmp_path), cache_result_in_memory=False, key=KEY
    )
    store.write([1], key="a")
    for name in remote.files:
        remote.files[name] = pickle.dumps(Bomb())

    with pytest.raises(UntrustedResult):
        store.read("a")
    assert not Bomb.exploded


def test_a_record_cannot_name_a_serializer_to_import(local, tmp_path):
    record = local.create_result_record(1, key="a")
    header = header_of(record, b"1")
    forged = type(header)(**{**{f: getattr(header, f) for f in header.__struct_fields__}, "serializer": "os.system"})
    (tmp_path / "storage").mkdir()
    (tmp_path / "storage" / "a").write_bytes(seal_header(forged, Seal(KEY, b"tidemill.result")) + b"1")

    with pytest.raises(ValueError, match=r"no serializer 'os\.system'"):
        local.read("a")


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


def test_a_task_says_where_and_how(local, tmp_path):
    task = SimpleNamespace(
        name="Load rows",
        result_storage=tmp_path / "other",
        result_serializer="json",
        cache_result_in_memory=True,
        result_storage_key=None,
        cache_policy=INPUTS.configure(
            key_storage=str(tmp_path / "keys"), lock_manager=MemoryLockManager(JumpingClock())
        ),
    )

    store = local.update_for_task(task)
    store.write(1, key="a")

    assert store.serializer == JSONSerializer()
    assert store.storage_key_fn().startswith("Load-rows-2023")
    assert store.supports_isolation_level(IsolationLevel.SERIALIZABLE)
    assert (tmp_path / "keys" / "a").is_file()
    assert [name.split(".")[0] for name in os.listdir(tmp_path / "other")] == ["a"]
    assert local.serializer == PickleSerializer()


def test_a_task_names_its_results_by_a_template(local):
    task = SimpleNamespace(name="load", result_storage_key="rows-{parameters[month]}-{task_run.name}")
    store = local.update_for_task(task)

    with naming(parameters={"month": "2026-01"}, task_run=SimpleNamespace(name="load-0")):
        assert store.storage_key_fn() == "rows-2026-01-load-0"
    with naming(parameters={}), pytest.raises(ValueError, match="asks for 'month'"):
        store.storage_key_fn()
    with pytest.raises(ValueError, match="no run is going on"):
        store.storage_key_fn()


def test_a_flow_says_where_and_how(local, tmp_path):
    flow = SimpleNamespace(result_storage=tmp_path / "flow", result_serializer=None, cache_result_in_memory=None)

    async def updated():
        return await local.aupdate_for_flow(flow)

    assert local.update_for_flow(flow).result_storage == LocalFileSystem(tmp_path / "flow")
    assert asyncio.run(updated()).result_storage == LocalFileSystem(tmp_path / "flow")


def test_defaults_come_from_the_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("TIDEMILL_HOME", str(tmp_path / "home"))
    forget_settings()
    assert get_default_result_storage() == LocalFileSystem(tmp_path / "home" / "storage")
    assert get_default_result_serializer() == PickleSerializer()
    assert not get_default_persist_setting()
    assert not should_persist_result()

    monkeypatch.setenv("TIDEMILL_RESULTS_LOCAL_STORAGE_PATH", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("TIDEMILL_RESULTS_DEFAULT_SERIALIZER", "json")
    monkeypatch.setenv("TIDEMILL_RESULTS_PERSIST_BY_DEFAULT", "true")
    monkeypatch.setenv("TIDEMILL_TASKS_DEFAULT_PERSIST_RESULT", "false")
    forget_settings()
    assert get_default_result_storage() == LocalFileSystem(tmp_path / "elsewhere")
    assert get_default_result_serializer() == JSONSerializer()
    assert get_default_persist_setting()
    assert not get_default_persist_setting_for_tasks()
    get_result_store().write(1, key="a")
    assert (tmp_path / "elsewhere" / "a").is_file()
    assert (tmp_path / "home" / "secret.key").is_file()
    monkeypatch.undo()
    forget_settings()


def test_a_run_has_its_own_store(local):
    with result_context(local, persist=True):
        assert get_result_store() is local
        assert should_persist_result()
        with result_context(persist=False):
            assert get_result_store() is local
            assert not should_persist_result()
    assert get_result_store() is not local


def test_a_store_that_nobody_configured_writes_into_the_home_that_the_settings_name(tmp_path):
    with temporary_settings({"TIDEMILL_HOME": tmp_path}):
        ResultStore().write(1, key="one")

    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["one", "secret.key"]


def test_choices_are_understood_or_explained(tmp_path):
    assert resolve_result_storage(tmp_path) == LocalFileSystem(tmp_path)
    assert resolve_result_storage("./results") == LocalFileSystem("./results")
    assert isinstance(resolve_result_storage(NullFileSystem()), NullFileSystem)
    with pytest.raises(ConfigurationError, match="names a block"):
        resolve_result_storage("s3-bucket/results")
    with pytest.raises(TypeError, match="a block's id"):
        resolve_result_storage(uuid4())
    with pytest.raises(ValueError, match="did you mean 'pickle'"):
        resolve_serializer("pickel")
    with pytest.raises(TypeError, match="got int"):
        resolve_serializer(3)
    assert list(map(result_storage_discriminator, (None, NullFileSystem(), LocalFileSystem()))) == [
        "None",
        "NullFileSystem",
        "WritableFileSystem",
    ]
