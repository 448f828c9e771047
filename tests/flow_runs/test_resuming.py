"""Resuming a run, and waiting for one."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

import tidemill.engine.runtime as runtimes
from tests.flow_runs.resuming import resume
from tidemill import flow, pause_flow_run, resume_flow_run
from tidemill.api.embedded import Home
from tidemill.domain.states import StateType
from tidemill.engine.continuing import continue_run
from tidemill.exceptions import (
    FlowRunWaitTimeout,
    NotPausedError,
    ObjectNotFound,
)
from tidemill.flow_runs import wait_for_flow_run
from tidemill.store.errors import RunHeldError


def test_a_run_is_resumed_once(two_parts, only):
    two_parts(return_state=True)
    resume(only)

    with pytest.raises(NotPausedError, match="not paused but Resuming"):
        resume(only)


def test_a_run_that_is_over_is_not_resumed(home, only):
    @flow
    def done():
        return 1

    done()

    with pytest.raises(NotPausedError, match="Completed"):
        resume(only)


def test_nobody_is_not_resumed(home):
    with pytest.raises(ObjectNotFound):
        resume_flow_run(UUID(int=1))


def test_another_process_leaves_a_run_that_is_paused_here_alone(clock, tmp_path, only):
    def meddle():
        other = Home(tmp_path / "home", clock)
        with pytest.raises(RunHeldError, match="Paused in process"):
            continue_run(waits, only(), other, runtimes.runtime(), retry=False)
        other.close()

    @flow
    def waits():
        clock.to_happen = [meddle, lambda: resume(only)]
        pause_flow_run()
        return "done"

    assert waits() == "done"


def test_waiting_ends_with_the_run(two_parts, clock, home, only, go_on):
    two_parts(return_state=True)
    clock.to_happen = [lambda: go_on(two_parts)]

    run = asyncio.run(wait_for_flow_run(UUID(only().id), log_states=True))

    assert run.state_type is StateType.COMPLETED


def test_waiting_has_an_end(two_parts, only):
    two_parts(return_state=True)

    with pytest.raises(FlowRunWaitTimeout, match="is Suspended, and was not over within 5 s"):
        asyncio.run(wait_for_flow_run(UUID(only().id), timeout=5))


def test_nobody_is_not_waited_for(home):
    with pytest.raises(ObjectNotFound):
        asyncio.run(wait_for_flow_run(UUID(int=1)))
