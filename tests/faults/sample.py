"""The flow that is killed: everything a flow can do, in an order and amount that a seed decides.

Each task run's name says what it is, so that effects and records can be held against each other.
"""

from __future__ import annotations

import random
from typing import Any

from tests.faults.effects import note, noted
from tidemill import flow, task
from tidemill.exceptions import CrashedRun

LARGE = 100 * 1024
UNKEPT = "large"


@task(task_run_name="step {i}")
def step(i: int) -> int:
    note(f"begin step {i}")
    note(f"end step {i}")
    return i * 10


@task(task_run_name="flaky {i}", retries=3)
def flaky(i: int) -> int:
    note(f"begin flaky {i}")
    if noted().count(f"broke flaky {i}") < 2:
        note(f"broke flaky {i}")
        raise ConnectionError(f"flaky {i} is not there yet")
    note(f"end flaky {i}")
    return i * 11


@task(task_run_name="large {i}")
def large(i: int) -> bytes:
    note(f"begin large {i}")
    return bytes([i % 256]) * LARGE


@task(task_run_name="measure {i}")
def measure(i: int, value: bytes) -> int:
    note(f"begin measure {i}")
    note(f"end measure {i}")
    return len(value) + value[0]


@task(task_run_name="join {i}")
def join(i: int, left: int, right: list[int]) -> dict[str, int]:
    note(f"begin join {i}")
    note(f"end join {i}")
    return {"left": left, "right": sum(right)}


@task(task_run_name="bad {i}")
def bad(i: int) -> int:
    note(f"begin bad {i}")
    raise LookupError(f"bad {i}")


@task(task_run_name="once {i}", at_most_once=True)
def once(i: int) -> int:
    note(f"begin once {i}")
    note(f"end once {i}")
    return i


@task(task_run_name="outer {i}")
def outer(i: int) -> int:
    note(f"begin outer {i}")
    value = step(i + 1000) + step(i + 2000)
    note(f"end outer {i}")
    return value


def task_hook(_task: Any, run: Any, state: Any) -> None:
    note(f"hook {run.name} {state.name}")


def flow_hook(_flow: Any, _run: Any, state: Any) -> None:
    note(f"hook flow {state.name}")


@task(task_run_name="hooked {i}", on_completion=[task_hook])
def hooked(i: int) -> str:
    note(f"begin hooked {i}")
    note(f"end hooked {i}")
    return f"é{i}\U0001f30a"


def got(name: str, value: Any) -> Any:
    """The flow has the value: from here on it is acknowledged."""
    note(f"got {name}")
    return value


@flow(flow_run_name="child {i}")
def child(i: int) -> int:
    total = got(f"step {i + 100}", step(i + 100))
    total += got(f"flaky {i + 100}", flaky(i + 100))
    mapped = step.map(range(i + 200, i + 203)).result()
    for each in range(i + 200, i + 203):
        got(f"step {each}", None)
    return int(total + sum(mapped))


def do_step(i: int) -> Any:
    return got(f"step {i}", step(i))


def do_equal_calls(i: int) -> Any:
    return [got(f"step {i}", step(i)), got(f"step {i}", step(i))]


def do_flaky(i: int) -> Any:
    return got(f"flaky {i}", flaky(i))


def do_large(i: int) -> Any:
    return got(f"measure {i}", measure(i, large(i)))


def do_child(i: int) -> Any:
    return child(i)


def do_map(i: int) -> Any:
    values = step.map(range(i + 300, i + 306)).result()
    for each in range(i + 300, i + 306):
        got(f"step {each}", None)
    return values


def do_futures(i: int) -> Any:
    left, right = step.submit(i + 400), [step.submit(i + 410), flaky.submit(i + 420)]
    return got(f"join {i}", join.submit(i, left, right).result())


def do_bad(i: int) -> Any:
    try:
        bad(i)
    except LookupError as error:
        return str(error)


def do_once(i: int) -> Any:
    try:
        got(f"once {i}", once(i))
    except CrashedRun:
        note(f"crashed once {i}")
    return i


def do_outer(i: int) -> Any:
    return got(f"outer {i}", outer(i))


def do_hooked(i: int) -> Any:
    return got(f"hooked {i}", hooked(i))


OPERATIONS = (
    do_step, do_equal_calls, do_flaky, do_large, do_child, do_map, do_futures, do_bad, do_once, do_outer, do_hooked,
)  # fmt: skip


@flow(retries=1, on_completion=[flow_hook], on_failure=[flow_hook])
def sample(seed: int) -> list[Any]:
    rng = random.Random(seed)
    operations = list(OPERATIONS)
    rng.shuffle(operations)
    values = [operation(i) for i, operation in enumerate(operations)]
    if seed % 3 == 1 and "raised" not in noted():
        note("raised")
        raise TimeoutError("the flow's own failure, once")
    return values
