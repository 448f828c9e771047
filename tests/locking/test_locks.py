"""Locks: one holder at a time, given back, lapsed, or left behind by a process that is gone."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import astuple, replace

import tidemill.locking
from tidemill.locking.filesystem import FileSystemLockManager
from tidemill.locking.memory import MemoryLockManager
from tidemill.locking.protocol import LockManager
from tidemill.system.clock import JumpingClock
from tidemill.system.named_holder import Holder
from tidemill.system.processes import current_identity


@pytest.fixture
def clock():
    return JumpingClock()


@pytest.fixture(params=["memory", "files", "files without flock"])
def locks(request, clock, tmp_path, monkeypatch):
    if request.param == "memory":
        return MemoryLockManager(clock)
    if request.param == "files without flock":
        monkeypatch.setenv("TIDEMILL_PORTABLE", "1")
    return FileSystemLockManager(tmp_path / "locks", clock=clock)


def test_both_kinds_are_lock_managers(locks):
    assert isinstance(locks, LockManager)


def test_one_holder_at_a_time(locks):
    assert locks.acquire_lock("k", "a")
    assert locks.is_locked("k")
    assert locks.is_lock_holder("k", "a")
    assert not locks.is_lock_holder("k", "b")
    assert not locks.acquire_lock("k", "b", acquire_timeout=0.5)
    assert locks.acquire_lock("other", "b")

    locks.release_lock("k", "a")

    assert not locks.is_locked("k")
    assert locks.acquire_lock("k", "b")


def test_a_holder_takes_its_own_lock_again(locks):
    assert locks.acquire_lock("k", "a")
    assert locks.acquire_lock("k", "a", acquire_timeout=0)


def test_only_the_holder_gives_back(locks):
    locks.acquire_lock("k", "a")

    with pytest.raises(ValueError, match="'b' does not hold the lock on 'k'"):
        locks.release_lock("k", "b")
    with pytest.raises(ValueError, match="'a' does not hold the lock on 'never'"):
        locks.release_lock("never", "a")


def test_a_lock_lapses_after_its_hold_timeout(locks, clock):
    locks.acquire_lock("k", "a", hold_timeout=10)
    clock.sleep(9)
    assert locks.is_locked("k")

    clock.sleep(1)

    assert not locks.is_locked("k")
    assert locks.acquire_lock("k", "b", acquire_timeout=0)
    with pytest.raises(ValueError, match="its time ran out"):
        locks.release_lock("k", "a")


def test_a_waiter_gets_the_lock_when_it_lapses(locks, clock):
    locks.acquire_lock("k", "a", hold_timeout=10)

    assert locks.acquire_lock("k", "b", acquire_timeout=60)
    assert clock.us - JumpingClock().us <= 11_000_000


def test_waiting_ends_when_the_lock_is_free_or_the_time_is_over(locks):
    assert locks.wait_for_lock("k", timeout=0)
    locks.acquire_lock("k", "a", hold_timeout=10)

    assert not locks.wait_for_lock("k", timeout=1)
    assert locks.wait_for_lock("k", timeout=60)


def test_async_callers_wait_without_stopping_the_loop(locks):
    async def scene():
        assert await locks.aacquire_lock("k", "a")
        waiter = asyncio.ensure_future(locks.aacquire_lock("k", "b"))
        free = asyncio.ensure_future(locks.await_for_lock("k"))
        for _ in range(3):
            await asyncio.sleep(0)
        assert not waiter.done()
        locks.release_lock("k", "a")
        assert await waiter
        locks.release_lock("k", "b")
        assert await free
        await locks.aacquire_lock("k", "a")
        return await locks.aacquire_lock("k", "b", acquire_timeout=1)

    assert asyncio.run(scene()) is False


def test_strange_keys_have_locks_of_their_own(locks):
    keys = ["a/b", "a_b", "A", "a", "é" * 300, "..", "\ud800", "\0"]

    for key in keys:
        assert locks.acquire_lock(key, key.encode("utf-8", "backslashreplace").decode(), acquire_timeout=0)


def test_memory_locks_are_shared_by_the_process():
    assert MemoryLockManager() is MemoryLockManager()
    assert MemoryLockManager(JumpingClock()) is not MemoryLockManager()


def test_a_kind_of_memory_locks_is_shared_by_itself():
    class Own(MemoryLockManager):
        pass

    MemoryLockManager()
    assert isinstance(Own(), Own)
    assert Own() is Own()


def test_file_locks_on_one_directory_are_equal(tmp_path):
    assert FileSystemLockManager(tmp_path) == FileSystemLockManager(lock_files_directory=tmp_path)
    assert not FileSystemLockManager(tmp_path).is_locked("k", use_cache=True)


TAKE = """
import os, sys
from pathlib import Path
from tidemill.locking.filesystem import FileSystemLockManager
FileSystemLockManager(Path(sys.argv[1])).acquire_lock("k", "child")
os._exit(9)
"""


def test_the_lock_of_a_process_that_is_gone_is_free(tmp_path):
    child = subprocess.run(
        [sys.executable, "-c", TAKE, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path(tidemill.locking.__file__).parents[2])},
        check=False,
    )

    assert child.returncode == 9
    assert list(tmp_path.glob("*.lock"))
    assert FileSystemLockManager(tmp_path).acquire_lock("k", "me", acquire_timeout=0)


def test_the_lock_of_a_process_whose_number_is_in_use_again_is_free(tmp_path):
    locks, ours = FileSystemLockManager(tmp_path), current_identity()
    locks.acquire_lock("k", "a")
    (path,) = tmp_path.glob("k.*.lock")
    *rest, _ = json.loads(path.read_text(encoding="ascii"))

    def held_by(**other):
        path.write_text(json.dumps([*rest, astuple(replace(ours, **other))]), encoding="ascii")

    held_by()
    assert locks.is_locked("k")
    held_by(started="1")
    assert locks.is_locked("k") is (ours.started == "")  # where nobody says when a process began, it may be the same
    held_by(boot="before")
    assert not locks.is_locked("k")
    assert locks.acquire_lock("k", "b", acquire_timeout=0)


@pytest.mark.parametrize("content", [b"", b"\0" * 40, b"[1, 2]", b'["k", "a", null, 3]'])
def test_a_lock_whose_content_did_not_outlive_a_power_cut_is_free(tmp_path, content):
    locks = FileSystemLockManager(tmp_path)
    locks.acquire_lock("k", "a")
    (path,) = tmp_path.glob("k.*.lock")

    path.write_bytes(content)

    assert not locks.is_locked("k")
    assert locks.acquire_lock("k", "b", acquire_timeout=0)


def test_a_guard_that_was_left_behind_is_taken_over(tmp_path, monkeypatch):
    monkeypatch.setenv("TIDEMILL_PORTABLE", "1")
    dead = msgspec.structs.replace(current_identity(), boot="an earlier one")
    (tmp_path / ".guard.lock").write_bytes(msgspec.json.encode(Holder("token", dead)))

    assert FileSystemLockManager(tmp_path, clock=JumpingClock()).acquire_lock("k", "a")


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_directory_that_cannot_be_written_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("TIDEMILL_PORTABLE", "1")
    tmp_path.chmod(0o500)

    with pytest.raises(PermissionError):
        FileSystemLockManager(tmp_path, clock=JumpingClock()).acquire_lock("k", "a")


def _count(arguments):
    directory, name = arguments
    locks = FileSystemLockManager(directory / "locks")
    counter = directory / "counter"
    for turn in range(20):
        locks.acquire_lock("counter", f"{name}:{turn}")
        counter.write_text(str(int(counter.read_text()) + 1))
        locks.release_lock("counter", f"{name}:{turn}")


@pytest.mark.parametrize("portable", ["", "1"])
def test_processes_take_turns(tmp_path, monkeypatch, portable):
    monkeypatch.setenv("TIDEMILL_PORTABLE", portable)
    (tmp_path / "counter").write_text("0")

    with multiprocessing.get_context("fork").Pool(4) as pool:
        pool.map(_count, [(tmp_path, name) for name in "abcd"], chunksize=1)

    assert (tmp_path / "counter").read_text() == "80"


class LocksAgainstAModel(RuleBasedStateMachine):
    """Any order of taking, giving back and time passing leaves the lock where a table of two columns says."""

    def __init__(self):
        super().__init__()
        self.clock = JumpingClock()
        self.locks = MemoryLockManager(self.clock)
        self.held: dict[str, tuple[str, float]] = {}

    def holder(self, key):
        name, until = self.held.get(key, (None, 0))
        return name if until > self.clock.monotonic() else None

    @rule(key=st.sampled_from("xy"), name=st.sampled_from("ab"), hold=st.none() | st.integers(1, 5))
    def take(self, key, name, hold):
        free = self.holder(key) in {None, name}
        assert self.locks.acquire_lock(key, name, acquire_timeout=0, hold_timeout=hold) == free
        if free:
            self.held[key] = (name, float("inf") if hold is None else self.clock.monotonic() + hold)

    @rule(key=st.sampled_from("xy"), name=st.sampled_from("ab"))
    def give_back(self, key, name):
        if self.holder(key) == name:
            self.locks.release_lock(key, name)
            del self.held[key]
        else:
            with pytest.raises(ValueError, match="does not hold"):
                self.locks.release_lock(key, name)

    @rule(seconds=st.integers(1, 4))
    def pass_time(self, seconds):
        self.clock.sleep(seconds)

    @invariant()
    def agree(self):
        for key in "xy":
            assert self.locks.is_locked(key) == (self.holder(key) is not None)


TestLocksAgainstAModel = LocksAgainstAModel.TestCase
TestLocksAgainstAModel.settings = settings(max_examples=40, stateful_step_count=20)
