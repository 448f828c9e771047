"""A stack that is used up fails the runs on it, like any other error of the user's code."""

from __future__ import annotations

import asyncio

import pytest

from tidemill import flow, task


@task
def without_end(n):
    return without_end(n + 1)


@flow
def calls_tasks_without_end():
    without_end(0)


@flow
def calls_itself(n=0):
    return calls_itself(n + 1)


@task
async def awaits_without_end(n):
    return await awaits_without_end(n + 1)


@flow
async def awaits_tasks_without_end():
    await awaits_without_end(0)


def fall(n):
    return fall(n + 1)


@task
def falls():
    fall(0)


def dig(n):
    """Begin a task at every depth that there is."""
    return falls_not(n), dig(n + 1)


@task
def falls_not(n):
    return n


@flow
def falls_in_a_task():
    falls()


@flow
def digs():
    dig(0)


@pytest.mark.parametrize("work", [calls_tasks_without_end, calls_itself, falls_in_a_task, digs])
def test_every_run_is_over_and_none_crashed(record, work):
    with pytest.raises(RecursionError):
        work()

    assert {run.state_name for run in record.flow_runs()} == {"Failed"}
    assert {run.state_name for run in record.task_runs()} <= {"Failed", "Completed"}


def test_async_runs(record):
    with pytest.raises(RecursionError):
        asyncio.run(awaits_tasks_without_end())

    assert record.flow_run().state_name == "Failed"
    assert {run.state_name for run in record.task_runs()} == {"Failed"}
