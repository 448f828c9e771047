"""Running one task call to its end: for task runners of your own.

A runner's ``submit`` sends ``run_task_sync`` to wherever its work is done, with ``serialize_context()`` as the context
and an id of its own making, and gives a future on what comes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from tidemill.context import hydrated_context
from tidemill.engine.calls import TaskCall
from tidemill.engine.running import final_state_in_thread, value_or_raise, whole_state
from tidemill.engine.signals import RunTimeoutError
from tidemill.engine.task_run import task_run as steps_of
from tidemill.exceptions import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from tidemill.futures import TidemillFuture
    from tidemill.tasks import Task

    Returned = Literal["state", "result"]

__all__ = ["TaskRunTimeoutError", "run_task", "run_task_async", "run_task_sync"]

#: What a task is ended with that took longer than its ``timeout_seconds``, and what asking for its result raises.
TaskRunTimeoutError = RunTimeoutError

_ANSWERS = {"state": whole_state, "result": value_or_raise}


def run_task(
    task: Task[..., Any],
    task_run_id: UUID | None = None,
    task_run: Any = None,
    parameters: dict[str, Any] | None = None,
    wait_for: Iterable[TidemillFuture[Any]] | None = None,
    return_type: Returned = "result",
    dependencies: dict[str, set[Any]] | None = None,
    context: dict[str, Any] | None = None,
) -> Any:
    """Run a task as its function is: an async one gives a coroutine. See ``run_task_sync``."""
    run = run_task_async if task.isasync else run_task_sync
    return run(task, task_run_id, task_run, parameters, wait_for, return_type, dependencies, context)


def run_task_sync(
    task: Task[..., Any],
    task_run_id: UUID | None = None,
    task_run: Any = None,
    parameters: dict[str, Any] | None = None,
    wait_for: Iterable[TidemillFuture[Any]] | None = None,
    return_type: Returned = "result",
    dependencies: dict[str, set[Any]] | None = None,
    context: dict[str, Any] | None = None,
) -> Any:
    """Run a task to its end in this thread, whatever kind of function it is; gives its value, or its state.

    - ``task_run_id``, or the ``id`` of ``task_run``: the run's id. Without one it follows from the call, and a run that
      is resumed recognises it; a call with an id of its own runs again.
    - ``parameters``: by name; those that are left out have their defaults. Futures among them are waited for.
    - ``return_type``: ``"result"`` raises what the task raised, ``"state"`` gives the final state.
    - ``dependencies``: by parameter, kinds and ids of the runs that its value was taken from and no longer shows.
    - ``context``: what ``serialize_context`` gave where the task was called; by default the run that this code is in.
    """
    answer = _answer(return_type)
    with hydrated_context(context):
        return answer(final_state_in_thread(_call(task, task_run_id, task_run, parameters, wait_for, dependencies)))


async def run_task_async(
    task: Task[..., Any],
    task_run_id: UUID | None = None,
    task_run: Any = None,
    parameters: dict[str, Any] | None = None,
    wait_for: Iterable[TidemillFuture[Any]] | None = None,
    return_type: Returned = "result",
    dependencies: dict[str, set[Any]] | None = None,
    context: dict[str, Any] | None = None,
) -> Any:
    """As ``run_task_sync``, on this event loop; what is no async function runs in a thread beside it."""
    import asyncio  # noqa: PLC0415 - synchronous programs never load it

    from tidemill.engine.drivers import asynchronous  # noqa: PLC0415 - as above

    answer = _answer(return_type)
    with hydrated_context(context):
        call = _call(task, task_run_id, task_run, parameters, wait_for, dependencies)
        if task.isasync and not task.isgenerator:
            return answer(await asynchronous.drive(steps_of(call), call.runtime))
        return answer(await asyncio.to_thread(final_state_in_thread, call))


def _call(
    task: Task[..., Any],
    task_run_id: UUID | None,
    task_run: Any,
    parameters: dict[str, Any] | None,
    wait_for: Iterable[TidemillFuture[Any]] | None,
    dependencies: dict[str, set[Any]] | None,
) -> TaskCall:
    args, kwargs = task.signature.call_arguments(parameters or {})
    call = TaskCall(task, task.signature.bind(args, kwargs), wait_for, dependencies)
    given = task_run_id if task_run_id is not None else getattr(task_run, "id", None)
    if given is not None:
        call.run_id = str(given)
    return call


def _answer(return_type: str) -> Any:
    if return_type not in _ANSWERS:
        raise OptionError.expected("return_type", "'state' or 'result'", return_type)
    return _ANSWERS[return_type]
