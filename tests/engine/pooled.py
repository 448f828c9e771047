"""Flows whose tasks run in a pool of processes; those import this module."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from tidemill import flow, task
from tidemill.cache_policies import FLOW_PARAMETERS
from tidemill.runtime import flow_run
from tidemill.task_runners import ProcessPoolTaskRunner

FOR_EVER = 3600


@task
def sleeps(begun: Path, left: Path):
    try:
        begun.touch()
        time.sleep(FOR_EVER)
    except BaseException as error:
        left.write_text(type(error).__name__)
        raise


@task
def computes(begun: Path):
    """One call of C, of which no signal gets anybody out."""
    begun.touch()
    sum(range(10**13))


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def submits(of, *args):
    of.submit(*args).result()


def flow_of(of, *args):
    return submits(of, *args, return_state=True)


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def submits_and_is_stopped(begun: Path, left: Path):
    sleeps.submit(begun, left)
    while not begun.exists():
        time.sleep(0.001)
    raise KeyboardInterrupt


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def submits_three(begun: Path, left: Path):
    for future in [sleeps.submit(begun, left) for _ in range(3)]:
        future.result()


def three(begun, left):
    return submits_three(begun, left, return_state=True)


@task
def counts(number: int, where: Path) -> int:
    with where.open("a") as file:
        file.write(str(number))
    if number == 2 and sorted(where.read_text()) == ["0", "1", "2"]:
        raise ValueError
    return number


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def fails_once_flow(where: Path):
    return [future.result() for future in [counts.submit(number, where) for number in range(3)]]


def fails_once(where):
    return fails_once_flow(where, return_state=True)


def in_a_thread(wait, begun: Path):
    @task
    def waits():
        begun.touch()
        wait()

    @flow
    def root():
        waits.submit().result()

    return root(return_state=True)


@task
async def sleeps_async(begun: Path, left: Path):
    try:
        begun.touch()
        await asyncio.sleep(FOR_EVER)
    except BaseException as error:
        left.write_text(type(error).__name__)
        raise


@flow
def around(of, *args):
    submits(of, *args)


@task(cache_policy=FLOW_PARAMETERS)
def sees_parameters():
    return flow_run.parameters


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1), validate_parameters=False)
def with_parameters(given):
    first = sees_parameters.submit()
    first.wait()
    again = sees_parameters.submit()
    again.wait()
    return first.result(), again.state.name
