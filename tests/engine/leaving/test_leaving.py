"""A running flow that somebody asks to leave its process: what has begun ends, nothing more begins, and it goes on."""

from __future__ import annotations

import asyncio
import threading
import time
from uuid import UUID, uuid4

import pytest

from tests.engine.leaving.asking import suspend_from_elsewhere, this_root
from tidemill import flow, task
from tidemill.domain.states import IllegalTransitionError
from tidemill.engine.context import FlowRunContext
from tidemill.exceptions import FlowPauseTimeout, ObjectNotFound, OptionError, PausedRun
from tidemill.flow_runs import (
    asuspend_flow_run,
    cancel_flow_run,
    resume_flow_run,
    suspend_flow_run,
)
from tidemill.task_runners import ThreadPoolTaskRunner
from tidemill.utilities.annotations import quote


def test_it_leaves_at_its_next_call_and_goes_on_there(only, go_on, ends, done, ask):
    @task
    def step(number):
        done.append(number)
        if number == 1:
            ask()
        return inner(number)

    @task
    def inner(number):
        return number

    @flow
    def root():
        return [step(0), step(1), step(2)]

    state = root(return_state=True)

    assert (state.type, state.name) == ("PAUSED", "Suspended")
    assert only().state_name == "Suspended"
    assert only().state.message == "Somebody asked for the run to be suspended."
    assert done == [0, 1]
    assert ends() == [("inner", "Completed")] * 2 + [("step", "Completed")] * 2

    assert go_on(root).result() == [0, 1, 2]
    assert done == [0, 1, 2]


def test_a_direct_call_raises_as_it_does_for_a_run_that_suspends_itself(only, ask):
    @task
    def step():
        return 1

    @flow
    def root():
        ask()
        return step()

    with pytest.raises(PausedRun):
        root()
    assert only().state_name == "Suspended"


def test_submitted_tasks_that_have_begun_end_and_the_others_never_begin(go_on, ends, done, ask):
    begun, asked = threading.Event(), threading.Event()

    @task
    def step(number):
        begun.set()
        asked.wait()
        done.append(number)
        return number

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def root():
        futures = step.map(range(5))
        begun.wait()
        ask()
        asked.set()
        try:
            return futures.result()
        except Exception as error:
            raise AssertionError from error

    assert root(return_state=True).name == "Suspended"
    assert done == [0]
    assert ends() == [("step", "Completed")]

    assert go_on(root).result() == [0, 1, 2, 3, 4]
    assert sorted(done) == [0, 1, 2, 3, 4]


def test_what_a_task_that_has_begun_submits_still_runs(go_on, ends, done, ask):
    @task
    def inner(number):
        done.append(number)

    @task
    def outer():
        ask()
        for future in [inner.submit(1), inner.submit(2)]:
            future.result()

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def root():
        outer.submit().wait()
        inner(3)

    assert root(return_state=True).name == "Suspended"
    assert sorted(done) == [1, 2]
    assert go_on(root).is_completed()
    assert sorted(done) == [1, 2, 3]


def test_its_subflows_leave_with_it_and_no_code_takes_that_for_an_error(home, only, go_on, done, ask):
    @task
    def step(number):
        done.append(number)

    @flow
    def child():
        step(1)
        ask()
        step(2)
        return "child"

    @flow
    def root():
        try:
            return child()
        except Exception as error:
            raise AssertionError from error

    assert root(return_state=True).name == "Suspended"
    assert only().state_name == "Suspended"
    assert {run.state_name for run in home.store.find_flow_runs()} == {"Suspended"}

    assert go_on(root).result() == "child"
    assert done == [1, 2]
    assert only().state_name == "Completed"
    assert {run.state_name for run in home.store.find_flow_runs()} == {"Completed"}
    assert {run.state_name for run in home.store.find_task_runs()} == {"Completed"}


def test_a_subflow_that_waits_for_what_its_parent_submitted_leaves_with_it(home, only, go_on, ask):
    begun, asked = threading.Event(), threading.Event()

    @task
    def step(number):
        begun.set()
        asked.wait()
        return number

    @flow
    def child(future):
        begun.wait()
        ask()
        asked.set()
        return future.result()

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def root():
        futures = step.map(range(3))
        return child(quote(futures[2]))

    assert root(return_state=True).name == "Suspended"
    assert only().state_name == "Suspended"
    assert {run.state_name for run in home.store.find_flow_runs()} == {"Suspended"}
    assert go_on(root).result() == 2


def test_an_async_flow_leaves_too(go_on, done, ask):
    @task
    async def step(number):
        done.append(number)
        return number

    @flow
    async def root():
        first = await step(1)
        await asyncio.to_thread(ask)
        return first + await step(2)

    assert asyncio.run(root(return_state=True)).name == "Suspended"
    assert asyncio.run(go_on(root)).result() == 3
    assert done == [1, 2]


def test_from_within_one_of_its_own_tasks(only):
    @task
    async def step():
        await asuspend_flow_run(flow_run_id=this_root())

    @flow
    async def root():
        await step()
        await step()

    assert asyncio.run(root(return_state=True)).name == "Suspended"


def test_a_run_that_makes_no_further_call_ends_as_it_does(only, ask):
    @flow
    def root():
        ask()
        return 1

    assert root() == 1
    assert only().state_name == "Completed"


def test_the_next_process_does_not_take_the_request_for_its_own(only, go_on, ask):
    @task
    def step():
        return 1

    @flow
    def root():
        ask()
        return step()

    root(return_state=True)
    state = go_on(root)

    assert state.is_completed()


def test_it_may_be_too_late_to_go_on(only, ask):
    @task
    def step():
        return 1

    @flow
    def root():
        ask(timeout=0)
        return step()

    root(return_state=True)
    only()

    with pytest.raises(FlowPauseTimeout):
        resume_flow_run(UUID(only().id))


def test_a_run_that_nobody_is_at_is_suspended_at_once(home, only, go_on, ask):
    @flow
    def root():
        suspend_flow_run()
        return 1

    root(return_state=True)
    resume_flow_run(UUID(only().id))
    assert only().state_name == "Resuming"

    suspend_flow_run(flow_run_id=UUID(only().id))
    suspend_flow_run(flow_run_id=UUID(only().id))

    assert only().state_name == "Suspended"
    assert [state.name for state in home.store.flow_run_states(only().id)][-3:] == [
        "Suspended",
        "Resuming",
        "Suspended",
    ]
    assert go_on(root).is_completed()


def test_a_cancellation_goes_before(only):
    @task
    def step():
        return 1

    @flow
    def root():
        suspend_from_elsewhere(this_root())
        threading.Thread(target=cancel_flow_run, args=[this_root()]).start()
        while True:
            time.sleep(0.001)

    assert root(return_state=True).is_cancelled()


def test_what_cannot_be_suspended_is_told(home, only):
    refused = []

    @flow
    def child():
        with pytest.raises(IllegalTransitionError, match="is part of flow run"):
            suspend_from_here(UUID(FlowRunContext.get().run_id))
        refused.append(True)

    def suspend_from_here(run_id):
        with pytest.raises(OptionError, match="wait_for_input"):
            suspend_flow_run(wait_for_input=str, flow_run_id=uuid4())
        tasks_view = task(lambda: suspend_flow_run(flow_run_id=run_id), name="asks")
        tasks_view()

    @flow
    def root():
        child()

    root()

    assert refused
    with pytest.raises(IllegalTransitionError, match="is Completed already"):
        suspend_flow_run(flow_run_id=UUID(only().id))
    with pytest.raises(ObjectNotFound):
        suspend_flow_run(flow_run_id=uuid4())
