"""Where results are kept and how: as the task says, the flow, the settings."""

from __future__ import annotations

import asyncio
import os
from types import SimpleNamespace
from uuid import uuid4

import pytest

from tidemill.cache_policies import INPUTS
from tidemill.exceptions import ConfigurationError
from tidemill.filesystems import LocalFileSystem, NullFileSystem
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
from tidemill.results.keys import naming
from tidemill.serializers import JSONSerializer, PickleSerializer
from tidemill.settings.context import forget_settings, temporary_settings
from tidemill.system.clock import JumpingClock
from tidemill.transactions import IsolationLevel


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
