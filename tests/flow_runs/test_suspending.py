"""Suspending a run: its process ends, and another goes on with it."""

from __future__ import annotations

import asyncio

import pytest

from tests.flow_runs.resuming import resume
from tidemill import asuspend_flow_run, flow, suspend_flow_run, task
from tidemill.exceptions import (
    FlowPauseTimeout,
    MissingContextError,
    PausedRun,
)


def test_a_suspended_run_goes_on_behind_what_it_did(two_parts, steps, only, path, go_on):
    state = two_parts(return_state=True)
    suspended = only()
    resume(only)
    after = go_on(two_parts)

    assert (state.name, state.state_details.pause_key) == ("Suspended", "1")
    assert (suspended.state_name, suspended.holder) == ("Suspended", None)
    assert after.result() == "second"
    assert steps == ["first", "second", "completed"]
    assert path() == ["Pending", "Running", "Suspended", "Resuming", "Running", "Completed"]


def test_continuing_a_suspended_run_is_leave_to_go_on(two_parts, path, go_on):
    two_parts(return_state=True)

    assert go_on(two_parts).is_completed()
    assert "Resuming" in path()


def test_a_direct_call_has_no_value_to_give(two_parts):
    with pytest.raises(PausedRun):
        two_parts()


def test_too_late_is_too_late(two_parts, clock, only, path, go_on):
    two_parts(return_state=True)
    clock.us += 3601 * 1_000_000

    with pytest.raises(FlowPauseTimeout, match="nobody resumed it in time"):
        resume(only)
    assert path()[-2:] == ["Suspended", "Failed"]
    assert go_on(two_parts, retry=True).name == "Suspended"


def test_two_suspensions_are_told_apart(only, path, go_on):
    @flow
    def twice():
        suspend_flow_run()
        suspend_flow_run()
        return "done"

    twice(return_state=True)

    assert go_on(twice).name == "Suspended"
    assert go_on(twice).is_completed()
    assert path().count("Suspended") == 2


def test_what_was_submitted_is_finished_first(home, only, go_on):
    @task
    def part(number):
        ran.append(number)
        return number

    @flow
    def submits():
        futures = [part.submit(number) for number in range(20)]
        suspend_flow_run()
        return sum(future.result() for future in futures)

    ran = []
    submits(return_state=True)

    assert sorted(ran) == list(range(20))
    assert go_on(submits).result() == 190
    assert len(ran) == 20


def test_an_async_flow_suspends(home, go_on, only):
    @flow
    async def waits():
        await asuspend_flow_run()
        return "done"

    assert asyncio.run(waits(return_state=True)).name == "Suspended"
    assert asyncio.run(go_on(waits)).result() == "done"


def test_a_subflow_is_not_suspended(home):
    @flow
    def inner():
        suspend_flow_run()

    @flow
    def outer():
        inner()

    with pytest.raises(MissingContextError, match="cannot be suspended: its parent waits"):
        outer()
