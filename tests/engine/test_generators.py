"""Generators whose items nobody takes as they come, and those that are asked for again."""

from __future__ import annotations

import asyncio

import pytest

from tidemill import flow, task
from tidemill.task_runners import ProcessPoolTaskRunner

ran: list[str] = []


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()


@task
def inner(x):
    ran.append(f"inner {x}")
    return x


@task
def counted(n):
    ran.append("counted")
    yield from range(n)


@task
async def counted_async(n):
    ran.append("counted_async")
    for i in range(n):
        yield i


@flow
def subflow(n):
    for i in range(n):
        yield inner(i)


@flow
async def async_subflow(n):
    for i in range(n):
        yield inner(i)


@pytest.mark.parametrize("work", [counted, subflow])
def test_who_wants_the_final_state_has_it_run_to_its_end(runtime, work):
    state = flow(lambda: [work(3, return_state=True)])(return_state=True)

    assert state.is_completed()
    assert state.data[0].result() == [0, 1, 2]


@pytest.mark.parametrize("work", [counted_async, async_subflow])
def test_so_it_is_with_async_ones(runtime, work):
    async def body():
        return await work(3, return_state=True)

    assert asyncio.run(flow(body)()) == [0, 1, 2]


def test_an_error_on_the_way_is_the_final_state(record):
    @flow
    def broken():
        yield 1
        raise ValueError("on the way")

    state = broken(return_state=True)

    assert (state.name, record.flow_run().state_name) == ("Failed", "Failed")
    assert "on the way" in state.message


def failing_once(take):
    """A flow whose first attempt fails after it has what ``take`` gives; what both attempts had."""
    had = []

    @flow(retries=1)
    def twice():
        had.append(take())
        if len(had) == 1:
            raise ValueError("once")

    twice()
    return had


def test_items_that_were_taken_as_they_came_come_again(still_runtime, said):
    assert failing_once(lambda: list(counted(3))) == [[0, 1, 2], [0, 1, 2]]
    assert ran == ["counted", "counted"]
    assert any("its result was not kept: it runs again" in line for line in said())


def test_what_a_generator_subflow_called_is_not_run_again(still_runtime):
    assert failing_once(lambda: list(subflow(2))) == [[0, 1], [0, 1]]
    assert ran == ["inner 0", "inner 1"]


@pytest.mark.parametrize("work", [counted, counted_async])
def test_a_submitted_generator_is_not_run_again(still_runtime, work):
    assert failing_once(lambda: work.submit(3).result()) == [[0, 1, 2], [0, 1, 2]]
    assert len(ran) == 1


def failing_generators(kind):
    """A generator and an async one, whose first attempts fail after an item."""

    def growing():
        ran.append("growing")
        yield from ran
        if len(ran) == 1:
            raise ValueError("once")

    async def growing_async():
        for item in growing():
            yield item

    return kind(retries=1)(growing), kind(retries=1)(growing_async)


@pytest.mark.parametrize("which", [0, 1])
def test_its_value_is_what_its_last_attempt_gave(still_runtime, which):
    growing = failing_generators(task)[which]

    assert flow(lambda: growing.submit().result())() == ["growing", "growing"]


@pytest.mark.parametrize("kind", [task, flow])
@pytest.mark.parametrize("which", [0, 1])
def test_so_is_that_of_a_final_state(still_runtime, kind, which):
    state = failing_generators(kind)[which](return_state=True)

    assert (asyncio.run(state) if which else state).result() == ["growing", "growing"]


def test_it_gives_its_items_across_processes(runtime):
    around = flow(lambda: counted.submit(3).result(), name="around", task_runner=ProcessPoolTaskRunner(max_workers=1))

    assert around() == [0, 1, 2]
