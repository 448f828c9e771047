"""Time-outs stop bodies, and only those whose time is over."""

from __future__ import annotations

import asyncio
import contextvars
import re
import signal
import threading

import pytest

from tidemill import flow, task
from tidemill.engine import deadlines, timer_signal
from tidemill.engine.deadlines import held_up
from tidemill.engine.held_up import end_held_up
from tidemill.system.alarms import has_timer

LONG = 30
SHORT = 0.05


def busy():
    ever = threading.Event()
    while True:
        ever.wait(0.002)


@flow(timeout_seconds=SHORT)
def slow_flow():
    busy()


@task(timeout_seconds=SHORT)
def slow_task():
    busy()


def in_thread(fn):
    found = []
    context = contextvars.copy_context()
    thread = threading.Thread(target=lambda: found.append(context.run(fn)))
    thread.start()
    thread.join(LONG)
    return found[0]


@pytest.mark.parametrize("where", [lambda fn: fn(), in_thread], ids=["main thread", "thread"])
@pytest.mark.parametrize("work", [slow_flow, slow_task], ids=["flow", "task"])
def test_a_body_that_takes_too_long_is_stopped(runtime, where, work):
    state = where(lambda: work(return_state=True))

    assert (state.type, state.name) == ("FAILED", "TimedOut")
    kind = "flow" if work is slow_flow else "task"
    assert re.fullmatch(rf"{kind.title()} run '.+' of {kind} '{work.name}' took longer than 0\.05 s", state.message)
    error = state.result(raise_on_failure=False)
    assert isinstance(error, TimeoutError)
    assert str(error) == state.message


def test_a_submitted_task(record):
    state = flow(name="around")(lambda: slow_task.submit(return_state=True).name)()
    assert state == "TimedOut"
    assert record.task_run(slow_task).state_name == "TimedOut"


def test_async_bodies(runtime):
    @task(timeout_seconds=SHORT)
    async def slow():
        await asyncio.sleep(LONG)

    @flow(timeout_seconds=SHORT)
    async def around():
        await asyncio.sleep(LONG)

    assert asyncio.run(slow(return_state=True)).name == "TimedOut"
    assert asyncio.run(around(return_state=True)).name == "TimedOut"


def test_each_attempt_has_its_own_time(record):
    @task(timeout_seconds=SHORT, retries=1)
    def slow():
        busy()

    assert slow(return_state=True).name == "TimedOut"
    assert record.task_run(slow).run_count == 2


@pytest.mark.parametrize("where", [lambda fn: fn(), in_thread], ids=["main thread", "thread"])
def test_a_flow_that_is_overdue_in_its_task_takes_the_task_along(record, where):
    @task(timeout_seconds=LONG)
    def inner():
        try:
            busy()
        except Exception:
            return "swallowed"

    @flow(timeout_seconds=SHORT)
    def outer():
        try:
            inner()
        except Exception:
            return "swallowed"

    state = where(lambda: outer(return_state=True))

    assert state.name == "TimedOut"
    assert record.task_run(inner).state_name == "Crashed"
    assert "a run around it" in record.task_run(inner).state.message


def test_a_subflow_that_is_overdue_leaves_its_parent_time(runtime):
    @flow(timeout_seconds=LONG)
    def parent():
        return slow_flow(return_state=True).name

    assert parent() == "TimedOut"


def test_what_is_raised_on_the_way_out_does_not_hide_the_time_out(runtime):
    """Code of ``threading`` that is interrupted between two lines gives back a lock it has not got, for one."""

    @flow(timeout_seconds=SHORT)
    def tidying():
        try:
            busy()
        finally:
            raise RuntimeError("release unlocked lock")

    assert tidying(return_state=True).name == "TimedOut"


@pytest.mark.parametrize("where", [lambda fn: fn(), in_thread], ids=["main thread", "thread"])
def test_who_swallows_the_interruption_is_interrupted_again_and_is_timed_out_all_the_same(runtime, monkeypatch, where):
    for module in (deadlines, timer_signal):
        monkeypatch.setattr(module, "AGAIN_SECONDS", SHORT)
    seen = []

    @flow(timeout_seconds=SHORT)
    def stubborn():
        while len(seen) < 3:
            try:
                busy()
            except BaseException as interruption:
                seen.append(interruption)
        return "done"

    assert where(lambda: stubborn(return_state=True)).name == "TimedOut"
    assert len(seen) == 3


def test_an_async_body_that_swallows_it_is_timed_out_all_the_same(runtime):
    @flow(timeout_seconds=SHORT)
    async def stubborn():
        try:
            await asyncio.sleep(LONG)
        except asyncio.CancelledError:
            return "done"

    assert asyncio.run(stubborn(return_state=True)).name == "TimedOut"


@pytest.fixture
def quickly(monkeypatch):
    """An event loop that does not see its time is over is interrupted at once."""
    for module in (deadlines, timer_signal):
        monkeypatch.setattr(module, "LOOP_SECONDS", SHORT)


@pytest.mark.parametrize("blocks", [busy, task(busy), flow(busy)], ids=["its own code", "a task", "a subflow"])
def test_an_async_body_that_blocks_its_loop_is_stopped(runtime, quickly, blocks):
    @flow(timeout_seconds=SHORT)
    async def around():
        blocks()

    assert asyncio.run(around(return_state=True)).name == "TimedOut"
    assert not timer_signal._nested


def test_an_async_generator_that_blocks_its_loop_is_stopped(runtime, quickly):
    @flow(timeout_seconds=SHORT)
    async def items():
        yield 1
        busy()

    async def program():
        each = items()
        await anext(each)
        await anext(each)

    with pytest.raises(TimeoutError, match="took longer"):
        asyncio.run(program())


def test_one_that_blocks_its_loop_and_comes_back_too_late_is_timed_out(runtime):
    @flow(timeout_seconds=SHORT)
    async def around():
        threading.Event().wait(2 * SHORT)
        return 1

    assert asyncio.run(around(return_state=True)).name == "TimedOut"


def test_another_run_of_the_loop_is_not_stopped_for_it(runtime, quickly):
    @flow(timeout_seconds=SHORT)
    async def overdue():
        await asyncio.sleep(LONG)

    @flow
    async def blocking():
        return threading.Event().wait(4 * SHORT)

    async def program():
        states = await asyncio.gather(overdue(return_state=True), blocking(return_state=True))
        return [state.name for state in states]

    assert asyncio.run(program()) == ["TimedOut", "Completed"]


@pytest.mark.skipif(not has_timer(), reason="there is no timer signal on this system")
def test_deadlines_that_end_in_any_order_give_the_timer_back(runtime):
    @task(timeout_seconds=LONG)
    async def until(moment):
        await moment.wait()

    @flow
    async def around():
        first, second = asyncio.Event(), asyncio.Event()
        running = [asyncio.create_task(until(first)), asyncio.create_task(until(second))]
        await asyncio.sleep(0.01)
        first.set()
        await running[0]
        handlers = [signal.getsignal(signal.SIGALRM)]
        second.set()
        await running[1]
        return [*handlers, signal.getsignal(signal.SIGALRM)]

    before = signal.getsignal(signal.SIGALRM)
    assert asyncio.run(around()) == [timer_signal._expired, before]


def test_what_an_async_body_raises_on_the_way_out_does_not_hide_the_time_out(runtime):
    @flow(timeout_seconds=SHORT)
    async def tidying():
        try:
            await asyncio.sleep(LONG)
        finally:
            raise RuntimeError("the connection is closed")

    assert asyncio.run(tidying(return_state=True)).name == "TimedOut"


@pytest.mark.parametrize("where", [lambda fn: fn(), in_thread], ids=["main thread", "thread"])
def test_a_time_that_is_over_before_the_body_begins_stops_no_other_run(runtime, where):
    @flow(timeout_seconds=1e-9)
    def hopeless():
        busy()

    @flow(timeout_seconds=LONG)
    def patient():
        return threading.Event().wait(SHORT)

    assert [where(lambda: hopeless(return_state=True)).name for _ in range(3)] == ["TimedOut"] * 3
    assert where(lambda: patient(return_state=True)).name == "Completed"
    assert not timer_signal._nested
    assert not deadlines._planting


def test_a_time_out_of_the_users_own_is_a_failure_like_any_other(runtime):
    @task(timeout_seconds=LONG)
    def own():
        raise TimeoutError("mine")

    assert own(return_state=True).name == "Failed"


def test_only_the_time_a_generator_runs_counts(still_runtime):
    @task(timeout_seconds=SHORT)
    def numbers():
        yield 1
        busy()

    items = numbers()
    assert next(items) == 1
    with pytest.raises(TimeoutError):
        next(items)


def test_an_async_task_that_is_cancelled_ends_as_crashed(record):
    @task
    async def forever():
        await asyncio.sleep(LONG)

    @flow
    async def around():
        await forever()

    async def cancelling():
        running = asyncio.create_task(around())
        while not any(True for _ in [1] if len(asyncio.all_tasks()) > 1 and running.get_stack()):
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        running.cancel()
        await running

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelling())
    assert record.flow_run().state_name == "Crashed"
    assert record.task_run(forever).state_name == "Crashed"


def test_cancelled_between_two_tries_it_ends_as_crashed_too(record):
    @task(retries=1, retry_delay_seconds=LONG)
    async def flaky():
        raise ValueError

    @flow
    async def around():
        async with asyncio.timeout(SHORT):
            await flaky()

    with pytest.raises(TimeoutError):
        asyncio.run(around())
    assert record.task_run(flaky).state_name == "Crashed"


def test_a_flow_in_a_thread_is_stopped_while_it_waits_for_a_task_that_is_not(runtime):
    gate = threading.Event()

    @task
    def stuck():
        return gate.wait(LONG)

    @flow(timeout_seconds=SHORT)
    def waiting():
        try:
            stuck.submit().result()
        finally:
            gate.set()

    assert in_thread(lambda: waiting(return_state=True)).name == "TimedOut"


@pytest.mark.parametrize("kind", ["flow", "task"])
def test_a_run_in_a_call_that_cannot_be_interrupted_is_timed_out_when_its_process_ends(record, runtime, kind):
    gate = threading.Event()

    @task(timeout_seconds=SHORT)
    def stuck_task():
        gate.wait(LONG)

    @flow
    def around():
        stuck_task()

    @flow(timeout_seconds=SHORT)
    def stuck_flow():
        gate.wait(LONG)

    work = stuck_flow if kind == "flow" else around
    here = contextvars.copy_context()
    thread = threading.Thread(target=lambda: here.run(work, return_state=True))
    thread.start()
    try:
        while not held_up():
            thread.join(0.002)
        end_held_up(runtime)

        run = record.flow_run() if kind == "flow" else record.task_run()
        assert run.state_name == "TimedOut"
        assert "took longer than 0.05 s" in run.state.message
    finally:
        gate.set()
        thread.join(LONG)
    assert held_up() == []
