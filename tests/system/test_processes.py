"""Who lives, who is dead, and who cannot be judged from here."""

from __future__ import annotations

import gc
import os
import signal

import msgspec
import pytest

from tidemill.system.processes import (
    ProcessIdentity,
    boot_id,
    call_in_forked_child,
    current_identity,
    is_alive,
    start_time,
)


@pytest.fixture(params=["native", "portable"])
def platform(request, monkeypatch):
    monkeypatch.setenv("TIDEMILL_PORTABLE", "1" if request.param == "portable" else "")
    return request.param


@pytest.fixture
def stopped_child():
    """A live process that does nothing."""
    pid = os.fork()
    if pid == 0:
        signal.pause()
        os._exit(0)
    yield pid
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass  # the test ended it


def identity_of(pid):
    return msgspec.structs.replace(current_identity(), pid=pid, started=start_time(pid) or "")


def test_we_live(platform):
    assert is_alive(current_identity())


def test_an_identity_survives_being_written_down(platform):
    raw = msgspec.json.encode(current_identity())

    assert msgspec.json.decode(raw, type=ProcessIdentity) == current_identity()


def test_another_process_lives_until_it_is_dead(platform, stopped_child):
    identity = identity_of(stopped_child)
    assert is_alive(identity)

    os.kill(stopped_child, signal.SIGKILL)
    os.waitpid(stopped_child, 0)

    assert not is_alive(identity)
    assert start_time(stopped_child) is None


def test_a_dead_process_that_nobody_fetched_is_dead(stopped_child, monkeypatch):
    monkeypatch.delenv("TIDEMILL_PORTABLE", raising=False)
    identity = identity_of(stopped_child)
    os.kill(stopped_child, signal.SIGKILL)
    os.waitid(os.P_PID, stopped_child, os.WEXITED | os.WNOWAIT)

    assert not is_alive(identity)


def test_a_pid_in_use_again_is_another_process(monkeypatch):
    monkeypatch.delenv("TIDEMILL_PORTABLE", raising=False)

    assert not is_alive(msgspec.structs.replace(current_identity(), started="1"))


def test_a_process_of_an_earlier_boot_is_dead(platform):
    assert boot_id()
    assert not is_alive(msgspec.structs.replace(current_identity(), boot="another"))


@pytest.mark.parametrize("change", [{"host": "elsewhere"}, {"host": "elsewhere", "boot": "b"}, {"namespace": "inside"}])
def test_what_cannot_be_judged_from_here_is_left_to_its_lease(change, stopped_child):
    identity = identity_of(stopped_child)
    os.kill(stopped_child, signal.SIGKILL)
    os.waitpid(stopped_child, 0)

    assert is_alive(msgspec.structs.replace(identity, **change))


class Counter:
    def __init__(self):
        self.calls = 0

    def called(self):
        self.calls += 1


def test_what_asked_for_it_is_called_in_a_forked_child_only():
    kept, dropped = Counter(), Counter()
    call_in_forked_child(kept.called)
    call_in_forked_child(dropped.called)
    del dropped
    gc.collect()

    pid = os.fork()
    if pid == 0:
        os._exit(kept.calls)

    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    assert kept.calls == 0


def test_a_forked_child_is_somebody_else():
    mine = current_identity()
    pid = os.fork()
    if pid == 0:
        os._exit(0 if current_identity().pid == os.getpid() != mine.pid else 1)

    assert os.waitpid(pid, 0)[1] == 0
