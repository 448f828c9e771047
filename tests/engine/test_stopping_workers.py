"""Bodies in a pool of processes: a cancellation, a time-out and an interrupt reach them wherever they are."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest

import tidemill.engine.runtime as runtimes
from tests.engine import pooled
from tidemill.engine import body_ending
from tidemill.engine.continuing import continue_run
from tidemill.flow_runs import cancel_flow_run

pytestmark = pytest.mark.machine


@pytest.fixture
def home(beating_home):
    return beating_home


@pytest.fixture
def ends(home):
    def read():
        home.recorder.wait_applied()
        return sorted(run.state_name for run in home.store.find_task_runs())

    return read


@pytest.fixture
def cancel(home, tmp_path):
    """Cancels the one run there is as soon as the file says that its task has begun."""
    begun = tmp_path / "begun"

    def once_begun():
        while not begun.exists():
            time.sleep(0.001)
        home.recorder.wait_applied()
        (root,) = [run for run in home.store.find_flow_runs() if not run.is_subflow_run]
        cancel_flow_run(root.id)

    thread = threading.Thread(target=once_begun)
    thread.start()
    yield begun
    thread.join()


def test_a_cancellation_interrupts_a_body_that_waits(tmp_path, ends, cancel):
    state = pooled.flow_of(pooled.sleeps, cancel, tmp_path / "left")

    assert state.is_cancelled()
    assert ends() == ["Cancelled"]
    assert (tmp_path / "left").read_text() == "CancelInterruption"


def test_a_cancellation_ends_a_body_in_a_c_call_with_its_process(ends, cancel, monkeypatch):
    monkeypatch.setattr(body_ending, "STOPPING_SECONDS", 0.2)

    state = pooled.flow_of(pooled.computes, cancel)

    assert state.is_cancelled()
    assert ends() == ["Cancelled"]


def test_a_flow_that_is_stopped_otherwise_interrupts_them_too(tmp_path, ends):
    with pytest.raises(KeyboardInterrupt):
        pooled.submits_and_is_stopped(tmp_path / "begun", tmp_path / "left")

    assert ends() == ["Crashed"]
    assert (tmp_path / "left").read_text() == "FlowStopped"


def test_a_tasks_own_time_out_stops_its_body(tmp_path, ends):
    state = pooled.flow_of(pooled.sleeps.with_options(timeout_seconds=0.2), tmp_path / "begun", tmp_path / "left")

    assert state.is_failed()
    assert ends() == ["TimedOut"]
    assert (tmp_path / "left").read_text() == "Overdue"


def test_what_waits_behind_it_never_begins(tmp_path, ends, cancel):
    state = pooled.three(cancel, tmp_path / "left")

    assert state.is_cancelled()
    assert set(ends()) == {"Cancelled"}
    assert (tmp_path / "left").read_text() == "CancelInterruption"


def test_what_completed_in_a_process_is_not_run_again_when_the_run_is_retried(home, tmp_path, ends):
    counts = tmp_path / "counts"
    assert pooled.fails_once(counts).is_failed()
    home.recorder.wait_applied()
    (run,) = home.store.find_flow_runs()

    state = continue_run(pooled.fails_once_flow, run, home, runtimes.runtime(), retry=True)

    assert state.result() == [0, 1, 2]
    assert sorted(counts.read_text()) == ["0", "1", "2", "2"]


def test_a_thread_in_a_c_call_is_left_behind_and_its_run_has_its_end(home, ends, cancel, monkeypatch):
    monkeypatch.setattr(body_ending, "STOPPING_SECONDS", 0.2)
    release = threading.Lock()
    release.acquire()

    state = pooled.in_a_thread(partial(release.acquire, timeout=60), cancel)

    assert state.is_cancelled()
    assert ends() == ["Cancelled"]
    release.release()


def test_an_async_body_is_cancelled_on_its_loop(tmp_path, ends, cancel):
    state = pooled.flow_of(pooled.sleeps_async, cancel, tmp_path / "left")

    assert state.is_cancelled()
    assert ends() == ["Cancelled"]
    assert (tmp_path / "left").read_text() == "CancelledError"


def test_one_that_a_subflow_submitted_ends_when_the_root_is_cancelled(home, tmp_path, ends, cancel):
    state = pooled.around(pooled.sleeps, cancel, tmp_path / "left", return_state=True)

    assert state.is_cancelled()
    assert set(ends()) == {"Cancelled"}
    assert {run.state_name for run in home.store.find_flow_runs()} == {"Cancelled"}
