"""From a call to its outcome, in the caller's way of waiting: the doors by which flows and tasks enter the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.domain.values import result_of
from tidemill.engine import under_way
from tidemill.engine.context import current
from tidemill.engine.drivers import sync
from tidemill.engine.signals import (
    cancelled_by_sigterm,
    ended_by_sigterm,
    items_cancelled_by_sigterm,
    items_ended_by_sigterm,
)
from tidemill.engine.task_run import task_run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from tidemill.domain.states import State
    from tidemill.engine.calls import TaskCall
    from tidemill.engine.effects import Steps
    from tidemill.engine.runtime import Runtime


def value_or_raise(state: State[Any]) -> Any:
    """What a direct call gives its caller."""
    return result_of(state)


def whole_state(state: State[Any]) -> State[Any]:
    """What a call with ``return_state=True`` gives its caller; what came from outside is raised all the same."""
    if isinstance(state.data, BaseException) and not isinstance(state.data, Exception):
        raise state.data
    return state


def run(steps: Steps[State[Any]], runtime: Runtime, answer: Callable[[State[Any]], Any]) -> Any:
    """Run in this thread."""
    return answer(sync.drive(steps, runtime))


async def arun(steps: Steps[State[Any]], runtime: Runtime, answer: Callable[[State[Any]], Any]) -> Any:
    """Run on this event loop."""
    from tidemill.engine.drivers import asynchronous  # noqa: PLC0415 - synchronous programs never load asyncio

    parent = current()
    if parent is None:
        return answer(await asynchronous.drive(steps, runtime))
    calls = under_way.of(parent)
    calls.begin()
    try:
        state = await asynchronous.drive(steps, runtime)
    finally:
        calls.end()
    return answer(state)


def run_root(steps: Steps[State[Any]], runtime: Runtime, answer: Callable[[State[Any]], Any]) -> Any:
    """Run in this thread; a SIGTERM meanwhile ends the run before it ends the process."""
    with ended_by_sigterm():
        return answer(sync.drive(steps, runtime))


async def arun_root(steps: Steps[State[Any]], runtime: Runtime, answer: Callable[[State[Any]], Any]) -> Any:
    """Run on this event loop; a SIGTERM meanwhile ends the run before it ends the process."""
    with cancelled_by_sigterm():
        return await arun(steps, runtime, answer)


def aiterate(
    steps: Steps[State[Any]],
    runtime: Runtime,
    answer: Callable[[State[Any]], Any],
    begun: Callable[[], object] = lambda: None,
) -> AsyncGenerator[Any, Any]:
    """Run an async generator body on this event loop; what it yields is yielded."""
    from tidemill.engine.drivers import async_generators  # noqa: PLC0415 - as in arun

    return async_generators.drive_iterating(steps, runtime, answer, begun)


def iterate_root(
    steps: Steps[State[Any]], runtime: Runtime, answer: Callable[[State[Any]], Any]
) -> Generator[Any, Any, Any]:
    """Run a generator body in this thread; a SIGTERM in its code ends the run before it ends the process."""
    return items_ended_by_sigterm(sync.drive_iterating(steps, runtime, answer))


def aiterate_root(
    steps: Steps[State[Any]], runtime: Runtime, answer: Callable[[State[Any]], Any]
) -> AsyncGenerator[Any, Any]:
    """As ``iterate_root``, on this event loop."""
    return items_cancelled_by_sigterm(aiterate(steps, runtime, answer))


def gather(steps: Steps[State[Any]], runtime: Runtime, answer: Callable[[State[Any]], Any]) -> Any:
    """Run a generator body to its end in this thread; its value is the list of its items."""
    items: list[Any] = []
    return answer(_worth(_taken(steps, runtime, items), items))


def gather_root(steps: Steps[State[Any]], runtime: Runtime, answer: Callable[[State[Any]], Any]) -> Any:
    """As ``gather``; a SIGTERM meanwhile ends the run before it ends the process."""
    with ended_by_sigterm():
        return gather(steps, runtime, answer)


async def agather(steps: Steps[State[Any]], runtime: Runtime, answer: Callable[[State[Any]], Any]) -> Any:
    """Run an async generator body to its end on this event loop; its value is the list of its items."""
    items: list[Any] = []
    return answer(_worth(await _taken_async(steps, runtime, items), items))


async def agather_root(steps: Steps[State[Any]], runtime: Runtime, answer: Callable[[State[Any]], Any]) -> Any:
    """As ``agather``; a SIGTERM meanwhile ends the run before it ends the process."""
    with cancelled_by_sigterm():
        return await agather(steps, runtime, answer)


def _taken(steps: Steps[State[Any]], runtime: Runtime, items: list[Any]) -> State[Any]:
    """The final state; ``items`` has what the last attempt gave."""
    final: list[State[Any]] = []
    for item in sync.drive_iterating(steps, runtime, final.append, items.clear):
        items.append(item)  # noqa: PERF402 - the run looks at them when its body is done
    return final[0]


async def _taken_async(steps: Steps[State[Any]], runtime: Runtime, items: list[Any]) -> State[Any]:
    final: list[State[Any]] = []
    async for item in aiterate(steps, runtime, final.append, items.clear):
        items.append(item)  # noqa: PERF401 - as above
    return final[0]


def _worth(state: State[Any], items: list[Any]) -> State[Any]:
    if state.is_completed():
        state.data = items
    return state


def door(work: Any, *, return_state: bool, root: bool = False) -> Callable[..., Any]:
    """How a direct call of this flow or task runs: by what kind of function it is, and whether a run is around it.

    Whoever wants a generator's final state takes none of its items: it is run to its end.
    """
    at_root: Callable[..., Any]
    below: Callable[..., Any]
    if work.isgenerator and not return_state:
        at_root, below = (aiterate_root, aiterate) if work.isasync else (iterate_root, sync.drive_iterating)
    elif work.isgenerator:
        at_root, below = (agather_root, agather) if work.isasync else (gather_root, gather)
    else:
        at_root, below = (arun_root, arun) if work.isasync else (run_root, run)
    return at_root if root else below


def final_state_in_thread(call: TaskCall) -> State[Any]:
    """Run a submitted call to its end in a thread of a pool, whatever kind of function it is."""
    steps = task_run(call)
    if not call.task.isasync and not call.task.isgenerator:
        return sync.drive(steps, call.runtime)
    if call.task.isgenerator:
        # Nobody takes its items as they come.
        call.items = []
        if not call.task.isasync:
            return _taken(steps, call.runtime, call.items)
        return sync.run_awaitable(_taken_async(steps, call.runtime, call.items))  # type: ignore[no-any-return]
    return sync.run_awaitable(_final_state(steps, call.runtime))  # type: ignore[no-any-return]


async def _final_state(steps: Steps[State[Any]], runtime: Runtime) -> State[Any]:
    from tidemill.engine.drivers import asynchronous  # noqa: PLC0415 - as in arun

    return await asynchronous.drive(steps, runtime)
