"""The class behind ``@task``: a function whose every call is recorded, retried, cached and timed as its options say."""

from __future__ import annotations

import inspect
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar, overload

from tidemill.decorated import Decorated
from tidemill.domain.names import check_template
from tidemill.domain.retries import RetryPolicy, retry_policy
from tidemill.exceptions import OptionError
from tidemill.options import (
    caching_options,
    callable_name,
    duration_or_none,
    function_or_none,
    given,
    hooks,
    knows_its_options,
    origin_of,
    positive_seconds,
    retries_or_default,
    text_or_none,
    texts,
)
from tidemill.utilities.annotations import NotSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import timedelta

    from tidemill.decorated import Async, AsyncItems, Items
    from tidemill.domain.states import State
    from tidemill.futures import TidemillFuture, TidemillFutureList

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")

__all__ = ["Task"]


class Task(Decorated[P, R_co]):
    """A function whose calls are task runs. Make it with ``@task``.

    Calling it runs it here and now and gives its value; ``submit`` and ``map`` give futures. Within a flow each run is
    recorded under the flow run; outside of one it stands alone.
    """

    retries: int
    retry_delay_seconds: Any
    retry_jitter_factor: float | None

    def __init__(
        self,
        fn: Callable[P, R_co] | classmethod[Any, P, R_co] | staticmethod[P, R_co],
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
        result_serializer: Any = None,
        result_storage_key: str | None = None,
        cache_result_in_memory: bool = True,
        timeout_seconds: float | None = None,
        log_prints: bool | None = False,
        refresh_cache: bool | None = None,
        on_completion: list[Callable[..., Any]] | None = None,
        on_failure: list[Callable[..., Any]] | None = None,
        on_running: list[Callable[..., Any]] | None = None,
        on_rollback: list[Callable[..., Any]] | None = None,
        on_commit: list[Callable[..., Any]] | None = None,
        retry_condition_fn: Callable[..., Any] | None = None,
        viz_return_value: Any = None,
        asset_deps: list[Any] | None = None,
        *,
        at_most_once: bool = False,
        isolated: bool = False,
    ) -> None:
        """Options are those of ``@task``."""
        self._options = {name: value for name, value in locals().items() if name not in ("self", "fn")}
        self._take(fn, "@task")
        self.name = text_or_none("name", name) or callable_name(self.fn)
        self.description = description or inspect.getdoc(self.fn)
        self.tags = texts("tags", tags)
        self.sorted_tags = sorted(self.tags)
        self.version = version
        check_template(task_run_name, self.signature.names, "task_run_name")
        self.task_key = f"{self.name}-{origin_of(self.fn)}"
        self.task_key_bytes = blake2b(self.task_key.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        self.task_run_name = task_run_name
        self.retries, self.retry_delay_seconds = retries_or_default("tasks", retries, retry_delay_seconds)
        self.retry_jitter_factor = retry_jitter_factor
        self.retry_policy: RetryPolicy = retry_policy(self.retries, self.retry_delay_seconds, retry_jitter_factor)
        self.retry_condition_fn = function_or_none("retry_condition_fn", retry_condition_fn)
        self.timeout_seconds = positive_seconds("timeout_seconds", timeout_seconds)
        self.persist_result, self._cache_policy = caching_options(
            self.name, persist_result, cache_policy, cache_key_fn, result_storage_key, result_storage, result_serializer
        )
        self.cache_key_fn = function_or_none("cache_key_fn", cache_key_fn)
        self.cache_expiration = duration_or_none("cache_expiration", cache_expiration)
        self.refresh_cache = refresh_cache
        self.result_storage = result_storage
        self.result_serializer = result_serializer
        self.result_storage_key = result_storage_key
        self.cache_result_in_memory = cache_result_in_memory
        self.log_prints = log_prints
        self.viz_return_value = viz_return_value
        self.asset_deps = list(asset_deps or ())
        self.at_most_once = at_most_once
        self.isolated = isolated
        if isolated and (self.isasync or self.isgenerator):
            raise OptionError(f"isolated=True is for plain functions; task {self.name!r} is async or a generator")
        self.unhashed_parameters: tuple[str, ...] = tuple(_excluded(cache_policy))
        self.on_completion_hooks = hooks("on_completion", on_completion)
        self.on_failure_hooks = hooks("on_failure", on_failure)
        self.on_running_hooks = hooks("on_running", on_running)
        self.on_rollback_hooks = hooks("on_rollback", on_rollback)
        self.on_commit_hooks = hooks("on_commit", on_commit)

    @overload
    def __call__(
        self: Task[P, Async[T]], *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any
    ) -> Async[State[T]]: ...

    @overload
    def __call__(  # type: ignore[overload-overlap]  # no P takes return_state: it is refused
        self: Task[P, Items[T]], *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any
    ) -> State[list[T]]: ...

    @overload
    def __call__(  # type: ignore[overload-overlap]  # no P takes return_state: it is refused
        self: Task[P, AsyncItems[T]], *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any
    ) -> Async[State[list[T]]]: ...

    @overload
    def __call__(  # type: ignore[overload-overlap]  # no P takes return_state: it is refused
        self, *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any
    ) -> State[R_co]: ...

    @overload
    def __call__(self: Task[P, Async[T]], *args: P.args, **kwargs: P.kwargs) -> Async[T]: ...

    @overload
    def __call__(self: Task[P, Items[T]], *args: P.args, **kwargs: P.kwargs) -> Items[T]: ...

    @overload
    def __call__(self: Task[P, AsyncItems[T]], *args: P.args, **kwargs: P.kwargs) -> AsyncItems[T]: ...

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

    @overload
    def __call__(self, *args: Any, wait_for: Iterable[Any] | TidemillFuture[Any], **kwargs: Any) -> R_co: ...

    def __call__(  # type: ignore[misc]  # return_state and wait_for are ours; a function that takes them is refused
        self, /, *args: Any, return_state: bool = False, wait_for: Any = None, **kwargs: Any
    ) -> Any:
        """Run the task here and now.

        Gives its value and raises what it raises; with ``return_state=True`` gives the final state instead.
        ``wait_for`` are futures that must be over first. An async task gives a coroutine, a generator task a generator;
        who asks for its state has it run to its end, and its value is the list of its items.
        """
        return _run_task(self, args, kwargs, wait_for, return_state=return_state)

    @overload
    def submit(
        self: Task[P, Async[T]], /, *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any
    ) -> State[T]: ...

    @overload
    def submit(
        self: Task[P, Items[T] | AsyncItems[T]],
        /,
        *args: Any,
        return_state: Literal[True],
        wait_for: Any = None,
        **kwargs: Any,
    ) -> State[list[T]]: ...

    @overload
    def submit(
        self, /, *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any
    ) -> State[R_co]: ...

    @overload
    def submit(self: Task[P, Async[T]], /, *args: Any, wait_for: Any = None, **kwargs: Any) -> TidemillFuture[T]: ...

    @overload
    def submit(
        self: Task[P, Items[T] | AsyncItems[T]], /, *args: Any, wait_for: Any = None, **kwargs: Any
    ) -> TidemillFuture[list[T]]: ...

    @overload
    def submit(self, /, *args: Any, wait_for: Any = None, **kwargs: Any) -> TidemillFuture[R_co]: ...

    def submit(self, /, *args: Any, return_state: bool = False, wait_for: Any = None, **kwargs: Any) -> Any:
        """Have the task run in the flow's task runner; gives a future at once.

        With ``return_state=True`` waits and gives the final state. Futures among the arguments are waited for first.
        The value of a generator is the list of its items.
        """
        future: TidemillFuture[R_co] = _runner().submit(self, self.signature.bind(args, kwargs), wait_for)
        if return_state:
            future.wait()
            return future.state
        return future

    @overload
    def map(
        self: Task[P, Async[T]], /, *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any
    ) -> list[State[T]]: ...

    @overload
    def map(
        self: Task[P, Items[T] | AsyncItems[T]],
        /,
        *args: Any,
        return_state: Literal[True],
        wait_for: Any = None,
        **kwargs: Any,
    ) -> list[State[list[T]]]: ...

    @overload
    def map(
        self, /, *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any
    ) -> list[State[R_co]]: ...

    @overload
    def map(self: Task[P, Async[T]], /, *args: Any, wait_for: Any = None, **kwargs: Any) -> TidemillFutureList[T]: ...

    @overload
    def map(
        self: Task[P, Items[T] | AsyncItems[T]], /, *args: Any, wait_for: Any = None, **kwargs: Any
    ) -> TidemillFutureList[list[T]]: ...

    @overload
    def map(self, /, *args: Any, wait_for: Any = None, **kwargs: Any) -> TidemillFutureList[R_co]: ...

    def map(
        self, /, *args: Any, return_state: bool = False, wait_for: Any = None, deferred: bool = False, **kwargs: Any
    ) -> Any:
        """Submit the task once for each element of its iterable arguments; see ``TaskRunner.map``."""
        if deferred:
            raise OptionError("deferred=True hands tasks to task workers, which this version does not have")
        futures = _runner().map(self, self.signature.bind_given(args, kwargs), wait_for)
        if return_state:
            futures.wait()
            return [future.state for future in futures]
        return futures

    @knows_its_options
    def with_options(
        self,
        *,
        name: str | None = None,
        description: str | None = None,
        tags: Iterable[str] | None = None,
        cache_policy: Any = NotSet,
        cache_key_fn: Callable[..., str | None] | None = None,
        task_run_name: str | Callable[..., str] | None = NotSet,  # type: ignore[assignment]  # stands for "not given"
        cache_expiration: timedelta | None = None,
        retries: int | None = NotSet,  # type: ignore[assignment]  # as above
        retry_delay_seconds: Any = NotSet,
        retry_jitter_factor: float | None = NotSet,  # type: ignore[assignment]  # as above
        persist_result: bool | None = NotSet,  # type: ignore[assignment]  # as above
        result_storage: Any = NotSet,
        result_serializer: Any = NotSet,
        result_storage_key: str | None = NotSet,  # type: ignore[assignment]  # as above
        cache_result_in_memory: bool | None = None,
        timeout_seconds: float | None = None,
        log_prints: bool | None = NotSet,  # type: ignore[assignment]  # as above
        refresh_cache: bool | None = NotSet,  # type: ignore[assignment]  # as above
        on_completion: list[Callable[..., Any]] | None = None,
        on_failure: list[Callable[..., Any]] | None = None,
        on_running: list[Callable[..., Any]] | None = None,
        retry_condition_fn: Callable[..., Any] | None = None,
        viz_return_value: Any = None,
        asset_deps: list[Any] | None = None,
        at_most_once: bool | None = None,
        isolated: bool | None = None,
    ) -> Task[P, R_co]:
        """A new task from the same function; options that are given replace those of this one.

        Options whose ``None`` means something can be set to it; ``None`` for the others leaves them as they are.
        """
        options = {key: value for key, value in locals().items() if key != "self"}
        settable = {key: options.pop(key) for key in _NONE_MEANS_SOMETHING}
        now: dict[str, Any] = {hook: getattr(self, f"{hook}_hooks") for hook in _HOOK_OPTIONS}  # also those added since
        now["tags"] = self.tags
        return Task(self._unbound(), **(self._options | now | given(options) | given(settable, NotSet)))

    @property
    def body(self) -> Callable[..., Any]:
        """What is called when the task runs."""
        if not self.isolated:
            return self.fn
        from tidemill.engine.isolation import Isolated  # noqa: PLC0415 - loads multiprocessing

        return Isolated(self.fn)

    def __get__(self, instance: Any, owner: type | None = None) -> Task[Any, R_co]:
        """As a method: the task with its object, or its class, in place."""
        return self._bound(instance, owner)  # type: ignore[no-any-return]  # one of its own kind

    def on_commit(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: call ``fn(transaction)`` when the run's transaction commits."""
        self.on_commit_hooks.append(fn)
        return fn

    def on_rollback(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: call ``fn(transaction)`` when the run's transaction is rolled back."""
        self.on_rollback_hooks.append(fn)
        return fn

    @property
    def cache_policy(self) -> Any:
        """What makes two calls the same; counts for runs whose result is written."""
        if self._cache_policy is not NotSet:
            return self._cache_policy
        from tidemill.cache_policies import default_policy  # noqa: PLC0415 - asked only where results are written

        return default_policy()

    @cache_policy.setter
    def cache_policy(self, policy: Any) -> None:
        self._cache_policy = policy

    @property
    def source_code(self) -> str | None:
        """The function's source, where it can be found."""
        try:
            return inspect.getsource(self.fn)
        except (OSError, TypeError):
            return None

    def __repr__(self) -> str:
        return f"<Task {self.name!r}>"


def _excluded(policy: Any) -> list[str]:
    """The parameters that a cache policy, or the parts of a sum of them, leaves out."""
    parts = getattr(policy, "policies", None)
    if parts is None:
        return list(getattr(policy, "exclude", None) or ())
    return [name for part in parts for name in _excluded(part)]


_NONE_MEANS_SOMETHING = (
    "cache_policy",
    "task_run_name",
    "retries",
    "retry_delay_seconds",
    "retry_jitter_factor",
    "persist_result",
    "result_storage",
    "result_serializer",
    "result_storage_key",
    "log_prints",
    "refresh_cache",
)
_HOOK_OPTIONS = ("on_commit", "on_completion", "on_failure", "on_rollback", "on_running")


def _run_task(*args: Any, **options: Any) -> Any:
    """Loads the engine with the first call of a task and steps aside: an import at each would cost 3 % of it."""
    global _run_task  # noqa: PLW0603
    from tidemill.direct_calls import run_task as _run_task  # noqa: PLC0415

    return _run_task(*args, **options)


def _runner() -> Any:
    """The task runner of the flow run around this code, started at first need."""
    from tidemill.engine.context import FlowRunContext  # noqa: PLC0415 - as in __call__
    from tidemill.task_runners import runner_here  # noqa: PLC0415 - programs that submit nothing never load threads

    return runner_here(FlowRunContext.get())
