"""A lock excludes everybody, dies with its holder, and is not inherited. Covers F10."""

from __future__ import annotations

import os
import signal
import stat
from threading import Thread

import pytest

from tidemill.system.clock import JumpingClock, SystemClock
from tidemill.system.lock_base import POLL_SECONDS
from tidemill.system.locks import DescriptorLock, file_lock
from tidemill.system.named_holder import NamedHolderLock


@pytest.fixture(params=["flock", "named holder"])
def new_lock(request, monkeypatch, tmp_path):
    """Makes locks on one file (or the one given), of the kind under test."""
    monkeypatch.setenv("TIDEMILL_PORTABLE", "1" if request.param == "named holder" else "")
    return lambda path=tmp_path / "file", clock=None: file_lock(path, clock)


class Child:
    """A forked process that does its work, says so, and waits to be let go or killed."""

    def __init__(self, work):
        ready, said = os.pipe()
        gate, held = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(held)
            status = 1
            try:
                work()
                os.write(said, b"x")
                os.read(gate, 1)
                status = 0
            finally:
                os._exit(status)
        os.close(said), os.close(gate)
        self._let_go = held
        self.ready = os.read(ready, 1) == b"x"
        os.close(ready)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def wait(self):
        os.close(self._let_go)
        return os.waitpid(self.pid, 0)[1]


def hold(lock):
    assert lock.acquire()
    globals().setdefault("_kept", []).append(lock)


def test_the_seam_chooses(new_lock, request):
    kind = {"flock": DescriptorLock, "named holder": NamedHolderLock}[request.node.callspec.params["new_lock"]]
    assert isinstance(new_lock(), kind)


def test_one_holder_at_a_time(new_lock):
    first, second = new_lock(), new_lock()

    assert first.acquire()
    assert (first.held, second.acquire(), second.held) == (True, False, False)
    first.release()
    assert second.acquire()
    second.release()


def test_it_is_not_reentrant(new_lock):
    lock = new_lock()
    assert lock.acquire()
    assert not lock.acquire()
    lock.release()
    lock.release()


def test_the_file_is_made_private_or_asked_for(new_lock, tmp_path):
    lock = new_lock()
    assert not lock.acquire(create=False)
    assert list(tmp_path.iterdir()) == []

    assert lock.acquire()

    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    lock.release()


def test_waiting_ends_in_time(new_lock):
    clock = JumpingClock()
    holder, waiter = new_lock(), new_lock(clock=clock)
    holder.acquire()
    began = clock.monotonic()

    assert not waiter.acquire(timeout=2.5)

    assert 2.5 <= clock.monotonic() - began <= 2.5 + 2 * POLL_SECONDS
    holder.release()


def test_waiting_ends_when_the_lock_is_free(new_lock):
    holder = new_lock()
    holder.acquire()

    class Releasing(SystemClock):
        def sleep(self, seconds):
            holder.release()

    waiter = new_lock(clock=Releasing())
    assert waiter.acquire(timeout=None)
    waiter.release()


def test_a_killed_holder_holds_no_more(new_lock):
    lock = new_lock()
    child = Child(lambda: hold(new_lock()))
    assert child.ready
    assert not lock.acquire()

    child.kill()

    assert lock.acquire()
    lock.release()


def test_a_forked_child_does_not_keep_its_parents_lock(new_lock):
    """The open file is shared across fork: a child that kept it would hold the lock for as long as it lives."""
    lock = new_lock()
    lock.acquire()
    seen = []
    child = Child(lambda: seen.append(lock.held) or (lock.held and os._exit(3)))
    assert child.ready

    lock.release()

    other = new_lock()
    assert other.acquire()
    other.release()
    assert child.wait() == 0


def test_a_child_of_a_killed_parent_does_not_keep_the_lock(new_lock):
    reading, writing = os.pipe()

    def parent():
        hold(new_lock())
        grandchild = Child(lambda: None)
        os.write(writing, grandchild.pid.to_bytes(4, "little"))

    child = Child(parent)
    assert child.ready
    grandchild = int.from_bytes(os.read(reading, 4), "little")

    os.kill(child.pid, signal.SIGSTOP)
    assert not new_lock().acquire()
    child.kill()

    lock = new_lock()
    assert lock.acquire()
    lock.release()
    os.close(reading), os.close(writing)
    try:
        os.kill(grandchild, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it saw its gate close


def test_a_forked_child_cannot_release_its_parents_lock(new_lock):
    lock = new_lock()
    lock.acquire()

    child = Child(lock.release)
    assert child.ready
    assert child.wait() == 0

    assert not new_lock().acquire()
    lock.release()


def test_a_file_can_go_together_with_its_lock(new_lock, tmp_path):
    lock = new_lock()
    lock.acquire()
    lock.path.write_bytes(b"kept")

    lock.retire(tmp_path / "aside")

    assert [path.name for path in tmp_path.iterdir()] == ["aside"]
    assert (tmp_path / "aside").read_bytes() == b"kept"
    assert lock.acquire()
    lock.retire(None)
    assert [path.name for path in tmp_path.iterdir()] == ["aside"]


def test_retiring_needs_the_lock(new_lock):
    with pytest.raises(RuntimeError, match="without its lock"):
        new_lock().retire(None)


def test_who_waited_for_a_file_that_went_locks_the_new_one(new_lock):
    holder = new_lock()
    holder.acquire()

    class Retiring(SystemClock):
        def sleep(self, seconds):
            if holder.held:
                holder.retire(None)

    waiter = new_lock(clock=Retiring())
    assert waiter.acquire(timeout=None)
    assert waiter.path.exists()
    assert not new_lock().acquire()
    waiter.release()


def test_of_many_who_see_a_dead_holder_one_succeeds_it(new_lock):
    for _ in range(10):
        child = Child(lambda: hold(new_lock()))
        child.kill()
        locks = [new_lock() for _ in range(8)]
        won = []
        threads = [Thread(target=lambda lock=lock: lock.acquire() and won.append(lock)) for lock in locks]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(won) <= 1
        last = won[0] if won else new_lock()
        assert last.held or last.acquire()
        last.release()


def test_a_crash_while_taking_over_is_taken_over_too(monkeypatch, tmp_path):
    """The guard's holder died between burying the dead holder and its own claim."""
    monkeypatch.setenv("TIDEMILL_PORTABLE", "1")
    path = tmp_path / "file"
    Child(lambda: hold(file_lock(path))).kill()
    dead = (tmp_path / "file.lock").read_bytes()
    token = dead.split(b'"token":"')[1][:8].decode()
    Child(lambda: hold(file_lock(tmp_path / "other"))).kill()
    (tmp_path / "other.lock").rename(tmp_path / f"file.lock.{token}")

    lock = file_lock(path)

    assert lock.acquire()
    lock.release()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "other"]


@pytest.mark.parametrize("left", [b"", bytes(200), b'{"token":', b"[]"])
def test_a_lock_whose_holder_cannot_be_read_any_more_is_taken_over(tmp_path, left):
    """What a power cut made of a lock file that was not synced."""
    path = tmp_path / "file"
    (tmp_path / "file.lock").write_bytes(left)
    lock = NamedHolderLock(path, SystemClock())

    assert lock.acquire()

    lock.release()
    assert [found.name for found in tmp_path.iterdir()] == ["file"]
