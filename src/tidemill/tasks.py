"""Tasks: functions whose every call is recorded, retried, cached and timed as its options say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, Unpack, overload

from tidemill.domain.retries import exponential_backoff
from tidemill.lazily import lazily
from tidemill.options import knows_its_options
from tidemill.task_class import Task
from tidemill.task_options import TaskOptions
from tidemill.utilities.annotations import NotSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import timedelta

    from tidemill.task_types import (
        NUM_CHARS_DYNAMIC_KEY,
        FutureOrResult,
        OneOrManyFutureOrResult,
        RetryConditionCallable,
        StateHookCallable,
        TaskRunNameCallbackWithParameters,
        TaskRunNameValueOrCallable,
    )

P = ParamSpec("P")
R = TypeVar("R")

__all__ = [
    "NUM_CHARS_DYNAMIC_KEY",
    "FutureOrResult",
    "OneOrManyFutureOrResult",
    "RetryConditionCallable",
    "StateHookCallable",
    "Task",
    "TaskOptions",
    "TaskRunNameCallbackWithParameters",
    "TaskRunNameValueOrCallable",
    "exponential_backoff",
    "task",
    "task_input_hash",
]

#: Most programs never name them.
_TYPES = (
    "NUM_CHARS_DYNAMIC_KEY",
    "FutureOrResult",
    "OneOrManyFutureOrResult",
    "RetryConditionCallable",
    "StateHookCallable",
    "TaskRunNameCallbackWithParameters",
    "TaskRunNameValueOrCallable",
)
__getattr__ = lazily(__name__, dict.fromkeys(_TYPES, "tidemill.task_types"))


def task_input_hash(context: Any, arguments: dict[str, Any]) -> str | None:
    """A cache key from a task's code and its arguments, for ``cache_key_fn``; ``None`` where they cannot be hashed."""
    from tidemill import cache_policies  # noqa: PLC0415 - asked only where results are written

    return cache_policies.task_input_hash(context, arguments)


@overload
def task(__fn: Callable[P, R], /) -> Task[P, R]: ...


@overload
def task(__fn: None = None, /, **options: Unpack[TaskOptions]) -> Callable[[Callable[P, R]], Task[P, R]]: ...


@knows_its_options
def task(
    __fn: Any = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    tags: Iterable[str] | None = None,
    version: str | None = None,
    cache_policy: Any = NotSet,
    cache_key_fn: Callable[..., str | None] | None = None,
    cache_expiration: timedelta | None = None,
    task_run_name: str | Callable[..., str] | None = None,
    retries: int | None = None,
    retry_delay_seconds: float | list[float] | Callable[[int], list[float]] | None = None,
    retry_jitter_factor: float | None = None,
    persist_result: bool | None = None,
    result_storage: Any = None,
    result_storage_key: str | None = None,
    result_serializer: Any = None,
    cache_result_in_memory: bool = True,
    timeout_seconds: float | None = None,
    log_prints: bool | None = None,
    refresh_cache: bool | None = None,
    on_completion: list[Callable[..., Any]] | None = None,
    on_failure: list[Callable[..., Any]] | None = None,
    on_running: list[Callable[..., Any]] | None = None,
    on_rollback: list[Callable[..., Any]] | None = None,
    on_commit: list[Callable[..., Any]] | None = None,
    retry_condition_fn: Callable[..., Any] | None = None,
    viz_return_value: Any = None,
    asset_deps: list[Any] | None = None,
    at_most_once: bool = False,
    isolated: bool = False,
) -> Any:
    """Make a task of a function: ``@task`` or ``@task(retries=3)``.

    - ``name``: default the function's; ``task_run_name``: a template over the parameters, or a function.
    - ``retries``, ``retry_delay_seconds``, ``retry_jitter_factor``, ``retry_condition_fn``: see ``domain.retries``;
      default none, so that an error is seen at once.
    - ``timeout_seconds``: for each attempt; default none. See ``engine.deadlines`` for what can be stopped.
    - ``persist_result``, ``result_storage``, ``result_serializer``, ``result_storage_key``: where the value is kept
      beyond the 64 KiB that the journal keeps by itself.
    - ``cache_policy`` or ``cache_key_fn``, ``cache_expiration``, ``refresh_cache``: when a value may be used again.
    - ``log_prints``: whether ``print`` goes to the run's log; default as the flow says.
    - ``on_running``, ``on_completion``, ``on_failure``, ``on_commit``, ``on_rollback``: hooks.
    - ``at_most_once``: a run that was interrupted in its body is not run again on resume, but ends as Crashed; one that
      completed is not either, so who asks for a value that was not kept is told so. Default false: such a run runs
      again.
    - ``isolated``: the body runs in a process of its own, which a time-out kills whatever it is doing. Default false: a
      process costs a tenth of a second and more. Such a body cannot start processes by ``multiprocessing``.

    Raises ``OptionError`` for an option that makes no sense, here and not when the task runs.
    """
    options = {key: value for key, value in locals().items() if not key.startswith("_")}
    if __fn is None:
        return lambda fn: Task(fn, **options)
    return Task(__fn, **options)
