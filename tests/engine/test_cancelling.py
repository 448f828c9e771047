"""A running flow that somebody asks to end: interrupted wherever it is, and Cancelled with all that runs in it."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from types import SimpleNamespace
from uuid import uuid4

import pytest

import tidemill.engine.runtime as runtimes
from tidemill import flow, task
from tidemill.api.embedded import Home
from tidemill.domain.states import IllegalTransitionError
from tidemill.engine.cancelling import Watch, notice
from tidemill.engine.context import FlowRunContext
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.exceptions import CancelledRun, ObjectNotFound
from tidemill.flow_runs import acancel_flow_run, cancel_flow_run, suspend_flow_run
from tidemill.system.clock import JumpingClock

FOR_EVER = 3600


@pytest.fixture
def home(beating_home):
    return beating_home


@pytest.fixture
def told():
    return []


@pytest.fixture
def hook(told):
    return lambda flow, run, state: told.append((flow.name, state.name))


@pytest.fixture
def ends(home):
    """How everything there is ended."""

    def read():
        home.recorder.wait_applied()
        return {run.state_name for run in [*home.store.find_flow_runs(), *home.store.find_task_runs()]}

    return read


def cancel_soon(run_id: str) -> None:
    """As another thread or process would."""
    threading.Thread(target=cancel_flow_run, args=[run_id]).start()


def this_run() -> str:
    return FlowRunContext.get().run_id


def test_a_body_that_waits_is_interrupted_and_all_around_it_ends(home, told, hook, ends):
    @task(retries=3)
    def waits(root):
        cancel_soon(root)
        time.sleep(FOR_EVER)

    @flow(on_cancellation=[hook], on_crashed=[hook], on_failure=[hook])
    def child(root):
        waits(root)

    @flow(on_cancellation=[hook], on_crashed=[hook], on_failure=[hook], retries=3)
    def root():
        child(this_run())

    state = root(return_state=True)

    assert state.is_cancelled()
    assert "somebody asked for it" in state.message
    assert ends() == {"Cancelled"}
    assert told == [("child", "Cancelled"), ("root", "Cancelled")]
    with pytest.raises(CancelledRun):
        root()


def test_what_was_submitted_ends_too(home, ends):
    begun = threading.Event()

    @task
    def spins():
        begun.set()
        while True:
            time.sleep(0.001)

    @flow
    def root():
        future = spins.submit()
        begun.wait()
        cancel_soon(this_run())
        future.result()

    assert root(return_state=True).is_cancelled()
    assert ends() == {"Cancelled"}


def test_a_flow_in_another_thread_that_waits_for_its_tasks(home, ends):
    states = []

    @task
    def spins():
        while True:
            time.sleep(0.001)

    @flow
    def root():
        future = spins.submit()
        cancel_soon(this_run())
        future.result()

    thread = threading.Thread(target=lambda: states.append(root(return_state=True)))
    thread.start()
    thread.join(30)

    assert states[0].is_cancelled()
    assert ends() == {"Cancelled"}


def test_an_async_flow_is_cancelled_on_its_loop_and_the_loop_goes_on(home, told, hook, ends):
    @task
    async def waits():
        await asyncio.sleep(FOR_EVER)

    @flow(on_cancellation=[hook])
    async def child(root):
        await asyncio.gather(waits(), waits(), acancel_flow_run(root))  # from here on it may come at any moment

    @flow(on_cancellation=[hook])
    async def root():
        await child(this_run())

    async def program():
        state = await root(return_state=True)
        await asyncio.sleep(0)
        return state, asyncio.current_task().cancelling()

    state, pending = asyncio.run(program())

    assert state.is_cancelled()
    assert pending == 0
    assert ends() == {"Cancelled"}
    assert told == [("child", "Cancelled"), ("root", "Cancelled")]


@pytest.mark.parametrize("by", ["its own code", "a task", "a subflow"])
def test_an_async_flow_that_blocks_its_loop_is_cancelled_too(home, ends, by):
    def blocks():
        time.sleep(FOR_EVER)

    work = {"its own code": blocks, "a task": task(blocks), "a subflow": flow(blocks)}[by]

    @flow
    async def root():
        cancel_soon(this_run())
        work()

    assert asyncio.run(root(return_state=True)).is_cancelled()
    assert ends() == {"Cancelled"}


def test_whoever_takes_the_items_of_an_async_generator_is_not_cancelled_with_it(home, ends):
    @flow
    async def items():
        yield this_run()
        yield 2

    async def program():
        each = items()
        await acancel_flow_run(await anext(each))
        notice(runtimes.runtime())
        await asyncio.sleep(0)
        with pytest.raises(CancelledRun):
            await anext(each)
        return asyncio.current_task().cancelling()

    assert asyncio.run(program()) == 0
    assert ends() == {"Cancelled"}


def test_an_async_generator_that_waits_is_cancelled_where_it_waits(home, ends):
    @flow
    async def items():
        cancel_soon(this_run())
        await asyncio.sleep(FOR_EVER)
        yield 1

    async def program():
        with pytest.raises(CancelledRun):
            await anext(items())
        return asyncio.current_task().cancelling()

    assert asyncio.run(program()) == 0
    assert ends() == {"Cancelled"}


def test_a_subflow_alone_is_cancelled_and_its_parent_decides(home):
    @flow
    def child():
        cancel_soon(this_run())
        time.sleep(FOR_EVER)

    @flow
    def parent():
        try:
            child()
        except CancelledRun:
            return "went on"

    assert parent() == "went on"
    home.recorder.wait_applied()
    assert {run.flow_name: run.state_name for run in home.store.find_flow_runs()} == {
        "child": "Cancelled",
        "parent": "Completed",
    }


def test_who_swallows_the_interruption_is_interrupted_again(home):
    swallowed = []

    @flow
    def root():
        cancel_soon(this_run())
        while True:
            try:
                time.sleep(FOR_EVER)
            except BaseException as error:
                swallowed.append(error)
                if len(swallowed) == 3:
                    raise

    assert root(return_state=True).is_cancelled()
    assert len(swallowed) == 3


def test_a_wait_for_a_retry_is_broken_off(home):
    @flow(retries=1, retry_delay_seconds=FOR_EVER)
    def root():
        cancel_soon(this_run())
        raise ValueError

    assert root(return_state=True).is_cancelled()


def test_a_generator_is_told_when_it_is_asked_for_its_next_item(home, ends):
    @flow
    def items():
        yield this_run()
        yield 2

    each = items()
    cancel_flow_run(next(each))
    notice(runtimes.runtime())

    with pytest.raises(CancelledRun):
        next(each)
    assert ends() == {"Cancelled"}


def test_a_run_that_ends_before_it_sees_the_request_is_cancelled_all_the_same(tmp_path):
    home = Home(tmp_path / "home")  # no beat in the time of this test
    token = runtimes.use(runtime_of(home, EngineSettings()))

    @flow
    def quick():
        home.recorder.wait_applied()
        home.store.cancel_flow_run(this_run(), home.clock.now_us())
        return 1

    quick()
    home.recorder.wait_applied()
    (run,) = home.store.find_flow_runs()
    runtimes.stop_using(token)
    home.close()

    assert run.state_name == "Cancelled"
    assert "was Completed in its process" in run.state.message


def test_a_run_lasts_until_it_has_ended_and_not_until_it_was_asked_to(tmp_path):
    clock = JumpingClock()
    home = Home(tmp_path / "home", clock)
    token = runtimes.use(runtime_of(home, EngineSettings()))

    @flow
    def root():
        clock.sleep(3)
        home.recorder.wait_applied()
        home.store.cancel_flow_run(this_run(), clock.now_us())
        clock.sleep(5)

    root(return_state=True)
    home.recorder.wait_applied()
    (run,) = home.store.find_flow_runs()
    runtimes.stop_using(token)
    home.close()

    assert (run.end_time - run.start_time).total_seconds() == pytest.approx(8)
    assert run.end_time == run.state.timestamp
    assert run.total_run_time == pytest.approx(8)


def test_a_suspended_run_is_cancelled_at_once_and_an_ended_one_not(home, ends):
    @flow
    def leaves():
        suspend_flow_run()

    leaves(return_state=True)
    home.recorder.wait_applied()
    (run,) = home.store.find_flow_runs()

    assert cancel_flow_run(run.id).state_name == "Cancelled"
    with pytest.raises(IllegalTransitionError, match="is Cancelled already"):
        cancel_flow_run(run.id)


def test_no_such_run(home):
    with pytest.raises(ObjectNotFound):
        cancel_flow_run(uuid4())


@pytest.mark.skipif(not hasattr(signal, "SIGURG"), reason="there is no such signal here")
def test_who_has_put_a_handler_of_their_own_in_place_of_ours_keeps_it_and_the_run_ends(home):
    @flow
    def root():
        cancel_soon(this_run())
        while True:
            time.sleep(0.001)

    before = signal.signal(signal.SIGURG, lambda *_: None)
    theirs = signal.getsignal(signal.SIGURG)
    try:
        state = root(return_state=True)
        assert signal.getsignal(signal.SIGURG) is theirs
    finally:
        signal.signal(signal.SIGURG, before)

    assert state.is_cancelled()


def test_an_end_that_an_interruption_broke_off_is_completed_by_the_next():
    said = []

    def withdraw():
        said.append("withdrawn")
        if len(said) == 1:
            raise KeyboardInterrupt

    watch = Watch(SimpleNamespace(run_id="run", runtime=SimpleNamespace(watched={})))
    watch.begin(lambda: None, withdraw)
    with pytest.raises(KeyboardInterrupt):
        watch.end()
    watch.end()
    watch.end()

    assert said == ["withdrawn", "withdrawn"]
    assert watch.context.runtime.watched == {}
