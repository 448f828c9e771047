"""Taking the context of a run along: into threads, where it is copied, and into processes, where it is made again."""

from __future__ import annotations

import os
import pickle
from contextlib import contextmanager
from contextvars import copy_context
from hashlib import blake2b
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from tidemill import by_value
from tidemill.domain.entries import RootHeld
from tidemill.domain.states import State, StateType
from tidemill.engine.calls import scope_key
from tidemill.engine.context import (
    FlowRunContext,
    RunContext,
    TaskRunContext,
    add_tags,
    current,
    current_tags,
    drop_tags,
    enter,
    leave,
)
from tidemill.engine.prints import patch_print
from tidemill.engine.runtime import runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tidemill.engine.runtime import Runtime

_PLAIN = ("root", "run_id", "run_name", "parameters", "run_count", "start_us", "log_prints", "persist_result", "tags")
_OF_FLOW = ("flow", "epoch", "parent_task_run_id")


class ContextWrapped:
    """A function tied to the run it was wrapped in. In a thread it sees that context; pickled, it makes it again."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        """Tie the function to where the caller is."""
        self.fn = fn
        self._context = copy_context()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function in the run it is tied to; an async function gives a coroutine that runs there."""
        context = self._context.copy()  # a context runs in one thread at a time, the function in as many as it likes
        if iscoroutinefunction(self.fn):
            return self._awaited(context, args, kwargs)
        return context.run(self.fn, *args, **kwargs)

    async def _awaited(self, context: Any, args: Any, kwargs: Any) -> Any:
        import asyncio  # noqa: PLC0415 - synchronous programs never load it

        return await asyncio.get_running_loop().create_task(self.fn(*args, **kwargs), context=context)

    def __reduce__(self) -> tuple[Any, ...]:
        # Pools pickle by name, and what a module calls by a flow's name is no longer the function in it.
        return _elsewhere, (self.fn, by_value.dumps(self._context.run(carried)))


class _Elsewhere:
    """A wrapped function in another process."""

    def __init__(self, fn: Callable[..., Any], context: dict[str, Any]) -> None:
        self.fn = fn
        self._context = context

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if iscoroutinefunction(self.fn):
            return self._awaited(args, kwargs)
        with entered(self._context):
            return self.fn(*args, **kwargs)

    async def _awaited(self, args: Any, kwargs: Any) -> Any:
        with entered(self._context):
            return await self.fn(*args, **kwargs)


def _elsewhere(fn: Callable[..., Any], packed: bytes) -> _Elsewhere:
    return _Elsewhere(fn, pickle.loads(packed))


def carried() -> dict[str, Any]:
    """The innermost run, the flow run around it and the tags, as plain values and the flow and task themselves."""
    context = current()
    flow = context.flow_context if context is not None else None
    return {
        "pid": os.getpid(),
        "flow_run_context": described(flow) if flow is not None else None,
        "task_run_context": described(context) if isinstance(context, TaskRunContext) else None,
        "tags_context": {"current_tags": sorted(current_tags())},
    }


def described(context: RunContext) -> dict[str, Any]:
    """One run of it."""
    names = ("task",) if isinstance(context, TaskRunContext) else _OF_FLOW
    return {name: getattr(context, name) for name in (*_PLAIN, *names)}


@contextmanager
def entered(context: dict[str, Any]) -> Iterator[None]:
    """Within the block, code is in the run that ``carried`` described, here or in the process it was sent from."""
    tags = add_tags(context["tags_context"]["current_tags"])
    token = enter(_made_again(context))
    try:
        yield
    finally:
        leave(token)
        drop_tags(tags)


def _made_again(context: dict[str, Any]) -> RunContext | None:
    flow_values, task_values = context["flow_run_context"], context["task_run_context"]
    if flow_values is None and task_values is None:
        return None
    around = current()
    here = around.runtime if around is not None else runtime()
    abroad = context["pid"] != os.getpid()
    if not abroad:
        live = _around((task_values or flow_values)["run_id"])
        if live is not None:
            return live
    made: RunContext | None = None
    flow: FlowRunContext | None = None
    if flow_values is not None:
        flow = FlowRunContext()
        _fill(flow, flow_values, here, None)
        flow.flow_context = flow
        flow.ordinal, flow.made, flow.runner, flow.recollection = 0, {}, None, None
        if abroad:
            here.record(RootHeld(flow.root, flow.epoch, shared=True))
        made = flow
    if task_values is not None:
        made = TaskRunContext()
        _fill(made, task_values, here, flow)
        made.flow_context = flow
    if made is not None:
        # The run itself counts its calls where it goes on; calls made here are others, so their ids differ.
        made.key = blake2b(here.new_id().encode(), digest_size=16, key=made.key).digest()
    return made


def _around(run_id: str) -> RunContext | None:
    """The run itself, where this code is in it."""
    context = current()
    while context is not None and context.run_id != run_id:
        context = context.parent
    return context


def _fill(context: RunContext, values: dict[str, Any], here: Runtime, parent: RunContext | None) -> None:
    for name, value in values.items():
        setattr(context, name, value)
    context.runtime, context.parent, context.calls = here, parent, {}
    context.key = scope_key(context.run_id)
    context.state = State(StateType.RUNNING, timestamp_us=context.start_us)
    if context.log_prints:
        patch_print()
