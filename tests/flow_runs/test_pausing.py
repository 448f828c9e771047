"""Pausing a run: it waits where it is, in its process."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from tests.flow_runs.resuming import resume
from tidemill import apause_flow_run, flow, pause_flow_run, resume_flow_run, task
from tidemill.domain.runs import RunState
from tidemill.domain.states import StateType, from_us
from tidemill.engine.context import FlowRunContext
from tidemill.exceptions import (
    FlowPauseTimeout,
    MissingContextError,
    OptionError,
)
from tidemill.flow_runs import aresume_flow_run


def test_a_paused_flow_goes_on_when_it_is_resumed(clock, only, path):
    @flow
    def waits():
        clock.to_happen = [lambda: seen.append(only().state_name), lambda: resume(only)]
        pause_flow_run()
        return "done"

    seen = []

    assert waits() == "done"
    assert seen == ["Paused"]
    assert path() == ["Pending", "Running", "Paused", "Running", "Completed"]
    assert only().run_count == 1


def test_an_async_flow_pauses_without_holding_up_the_loop(clock, home, only, path):
    @flow
    async def waits():
        async def meanwhile():
            while (await asyncio.to_thread(only)).state_name != "Paused":
                await asyncio.sleep(0)
            await aresume_flow_run(UUID(only().id))

        await asyncio.gather(apause_flow_run(timeout=10**6), meanwhile())
        return "done"

    assert asyncio.run(waits()) == "done"
    assert path()[2] == "Paused"


def test_nobody_comes_and_the_flow_fails(home, only, path):
    @flow
    def waits():
        pause_flow_run(timeout=90)

    began = home.clock.now_us()

    with pytest.raises(FlowPauseTimeout, match="nobody resumed it in time"):
        waits()
    assert path() == ["Pending", "Running", "Paused", "Running", "Failed"]
    assert 90 <= (home.clock.now_us() - began) / 1_000_000 < 91


def test_a_flow_may_go_on_without_an_answer(home, path):
    @flow
    def waits():
        try:
            pause_flow_run(timeout=5)
        except FlowPauseTimeout:
            return "by default"

    assert waits() == "by default"
    assert path()[-2:] == ["Running", "Completed"]


def test_a_pause_that_is_broken_off_does_not_count_as_passed(clock, only, path, go_on):
    def interrupt():
        raise KeyboardInterrupt

    @flow
    def waits():
        clock.to_happen = [interrupt] if not path().count("Paused") else [lambda: resume(only)]
        pause_flow_run()
        return "done"

    with pytest.raises(KeyboardInterrupt):
        waits()
    state = go_on(waits)

    assert state.is_completed()
    assert path() == [
        *("Pending", "Running", "Paused", "Running", "Crashed"),
        *("Running", "Paused", "Running", "Completed"),
    ]


def test_a_retry_does_not_ask_again(clock, only, path):
    @flow(retries=1)
    def fails_once():
        clock.to_happen = [lambda: resume(only)]
        pause_flow_run()
        if only().run_count == 1:
            raise ValueError("once")
        return "done"

    assert fails_once() == "done"
    assert path().count("Paused") == 1


def test_a_retry_asks_again_what_nobody_answered(clock, only, path):
    @flow(retries=1)
    def waits():
        clock.to_happen = [lambda: resume(only)] if only().run_count == 2 else []
        pause_flow_run(timeout=5)
        return "done"

    assert waits() == "done"
    assert path().count("Paused") == 2


def test_a_key_pauses_once(clock, only, path):
    @flow
    def waits():
        clock.to_happen = [lambda: resume(only)]
        pause_flow_run(key="approval")
        pause_flow_run(key="approval")
        return "done"

    assert waits() == "done"
    assert path().count("Paused") == 1


def test_a_subflow_pauses_by_itself(clock, home, only):
    @flow
    def inner():
        run = FlowRunContext.get().run_id
        clock.to_happen = [lambda: seen.append(only().state_name), lambda: resume_flow_run(UUID(run))]
        pause_flow_run()
        return "done"

    @flow
    def outer():
        return inner()

    seen = []

    assert outer() == "done"
    assert seen == ["Running"]


def test_a_process_that_slept_longer_than_its_lease_goes_on_all_the_same(clock, only, path):
    @flow
    def waits():
        clock.us += 60_000_000  # longer than its lease: it was asleep
        clock.to_happen = [lambda: resume(only)]
        pause_flow_run()
        return "done"

    assert waits() == "done"
    assert path() == ["Pending", "Running", "Paused", "Running", "Completed"]


def test_cancelling_a_paused_run_cancels_it(clock, home, only, path):
    def cancel():
        asked = RunState(
            id=str(UUID(int=1)), type=StateType.CANCELLING, name="Cancelling", timestamp=from_us(clock.now_us())
        )
        home.store.set_flow_run_state(only().id, asked)

    told = []

    @flow(on_cancellation=[lambda *_: told.append("cancelled")], on_crashed=[lambda *_: told.append("crashed")])
    def waits():
        clock.to_happen = [cancel]
        pause_flow_run()

    state = waits(return_state=True)

    assert state.is_cancelled()
    assert told == ["cancelled"]
    assert path()[-2:] == ["Cancelling", "Cancelled"]


def test_pausing_needs_a_flow_run(home):
    @task
    def tries():
        pause_flow_run()

    @flow
    def outer():
        tries()

    with pytest.raises(MissingContextError, match="outside of a flow run"):
        pause_flow_run()
    with pytest.raises(MissingContextError, match="a task run cannot be paused"):
        outer()


@pytest.mark.parametrize("options", [{"timeout": -1}, {"poll_interval": 0}])
def test_options_that_make_no_sense_are_refused(home, options):
    @flow
    def waits():
        pause_flow_run(**options)

    with pytest.raises(OptionError, match=next(iter(options))):
        waits()
