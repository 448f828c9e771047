"""Bodies in a process of their own: what comes back of them, and their end from outside."""

from __future__ import annotations

import os

import pytest

from tests.engine import isolated
from tidemill.engine.tracebacks import worth_showing


def test_the_value_comes_back(runtime, record):
    value, pid = isolated.doubles(21)

    assert value == 42
    assert pid != os.getpid()
    assert record.task_run(isolated.doubles).state_name == "Completed"


@pytest.mark.parametrize(("kind", "args"), [(ValueError, ("bad",)), (isolated.Two, (1, 2))])
def test_an_exception_comes_back_whole_with_the_traceback_of_its_process(runtime, kind, args):
    state = isolated.fails(kind, *args, return_state=True)

    error = state.data
    assert type(error) is kind
    assert vars(error) == vars(kind(*args))
    assert state.message == f"The task raised {kind.__name__}: {kind(*args)}"
    assert "raise kind(*args)" in str(error.__cause__)
    assert worth_showing(error)


def test_an_exception_that_does_not_pickle_comes_back_in_words(runtime):
    state = isolated.fails(isolated.Locked, return_state=True)

    assert state.is_failed()
    assert "Locked: in use" in state.message
    assert "Locked.lock is a lock" in state.message


def test_a_value_that_does_not_pickle_is_named(runtime):
    state = isolated.gives_a_lock(return_state=True)

    assert state.is_failed()
    assert "dict['here'] is a lock" in state.message


def test_a_process_that_dies_is_said_with_its_exit_code(runtime):
    state = isolated.dies(return_state=True)

    assert state.is_failed()
    assert "exit code 3" in state.message


def test_a_body_in_a_call_of_c_is_ended_when_its_time_is_up(runtime):
    assert isolated.computes_for_ever(return_state=True).name == "TimedOut"
