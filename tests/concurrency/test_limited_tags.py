"""Tasks that have a tag with a limit: each attempt holds a slot."""

from __future__ import annotations

import asyncio
from threading import Event, Thread

import pytest

from tests.concurrency.gauge import Gauge
from tidemill import flow, task
from tidemill.concurrency import asyncio as limits_async
from tidemill.concurrency.sync import (
    concurrency,
)
from tidemill.concurrency.v1.sync import concurrency as concurrency_of_tags
from tidemill.engine.runtime import runtime


def test_the_limits_of_tags_by_their_older_name(limit, taken):
    limit("tag:db", 1)

    with concurrency_of_tags("db", task_run_id="t-1"):
        assert taken("tag:db") == 1

    assert taken("tag:db") == 0


def test_tasks_with_a_limited_tag_wait_for_a_slot(limit, taken, home):
    limit("tag:db", 2)
    gauge = Gauge()

    @task(tags=["db", "other"])
    def work(number):
        with gauge:
            return taken("tag:db")

    @flow
    def many():
        return [future.result() for future in work.map(range(12))]

    counts = many()

    assert (gauge.most <= 2, max(counts) <= 2, taken("tag:db")) == (True, True, 0)


def test_a_task_that_waits_says_so(limit, home):
    limit("tag:db", 1)
    waiting = Event()

    @task(tags=["db"])
    def work():
        return 1

    desk = runtime().slots
    line_up = desk.line_up

    def seen(names):
        waiting.set()
        return line_up(names)

    desk.line_up = seen
    with concurrency("tag:db"):
        thread = Thread(target=work)
        thread.start()
        assert waiting.wait(20)
    thread.join()
    home.recorder.wait_applied()
    (run,) = home.store.find_task_runs()

    assert [state.name for state in home.store.task_run_states(run.id)] == [
        "Pending",
        "AwaitingConcurrencySlot",
        "Running",
        "Completed",
    ]


def test_a_task_that_fails_gives_its_slot_back_before_it_is_tried_again(limit, taken):
    limit("tag:db", 1)
    seen = []

    def look(*_):
        seen.append(taken("tag:db"))
        return True

    @task(tags=["db"], retries=1, retry_condition_fn=look)
    def fails():
        seen.append(taken("tag:db"))
        raise ValueError

    with pytest.raises(ValueError):
        fails()

    assert (seen, taken("tag:db")) == ([1, 0, 1], 0)


def test_an_async_task_with_a_limited_tag(limit, taken):
    limit("tag:db", 1)
    gauge = Gauge()

    @task(tags=["db"])
    async def work(number):
        with gauge:
            await asyncio.sleep(0)

    @flow
    async def many():
        await asyncio.gather(*(work(number) for number in range(6)))

    asyncio.run(many())

    assert (gauge.most, gauge.times, taken("tag:db")) == (1, 6, 0)


def test_a_task_that_is_cancelled_while_it_waits_is_recorded(limit, taken, home):
    limit("tag:db", 1)

    @task(tags=["db"])
    async def work():
        pass

    async def cancelled():
        async with limits_async.concurrency("tag:db"):
            waiter = asyncio.ensure_future(work())
            while runtime().slots.waiting("tag:db") < 1:
                await asyncio.sleep(0)
            waiter.cancel()
            await asyncio.gather(waiter, return_exceptions=True)

    asyncio.run(cancelled())
    home.recorder.wait_applied()
    (run,) = home.store.find_task_runs()

    assert run.state_type.value in ("CRASHED", "CANCELLED")
    assert (taken("tag:db"), runtime().slots.waiting("tag:db")) == (0, 0)
