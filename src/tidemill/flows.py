"""Flows: functions whose runs are recorded, with everything that happens in them."""

from __future__ import annotations

import inspect
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, Literal, ParamSpec, TypeVar, Unpack, overload

from tidemill.decorated import Decorated
from tidemill.domain.identity import flow_id
from tidemill.domain.names import check_name, check_template
from tidemill.domain.retries import RetryPolicy, retry_policy
from tidemill.drawable import Drawable
from tidemill.flow_options import FlowOptions, FlowStateHook
from tidemill.lazily import lazily
from tidemill.options import (
    callable_name,
    given,
    hooks,
    knows_its_options,
    positive_seconds,
    retries_or_default,
    runner_or_none,
    text_or_none,
)
from tidemill.parameters.validation import validate
from tidemill.utilities.annotations import NotSet
from tidemill.while_loading import is_passed_over, loads, nothing_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tidemill.decorated import Async, AsyncItems, Items
    from tidemill.domain.states import State
    from tidemill.flow_loading import (
        is_entrypoint_async,
        load_flow_arguments_from_entrypoint,
        load_flow_from_entrypoint,
        load_function_and_convert_to_flow,
        load_placeholder_flow,
        safe_load_flow_from_entrypoint,
        select_flow,
    )
    from tidemill.futures import TidemillFuture
    from tidemill.parameters.schema import ParameterSchema
    from tidemill.task_runners import TaskRunner

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")

F = TypeVar("F", bound="Flow[..., Any]")

__all__ = [
    "F",
    "Flow",
    "FlowDecorator",
    "FlowOptions",
    "FlowStateHook",
    "flow",
    "is_entrypoint_async",
    "load_flow_arguments_from_entrypoint",
    "load_flow_from_entrypoint",
    "load_function_and_convert_to_flow",
    "load_placeholder_flow",
    "safe_load_flow_from_entrypoint",
    "select_flow",
]

#: The workspace of everybody who did not ask for another; it enters the ids of flows.
WORKSPACE: Final = "default"


class Flow(Decorated[P, R_co], Drawable[P]):
    """A function whose calls are flow runs. Make it with ``@flow``.

    Calling it runs it here, records what happens, and gives its value. A flow called within a flow is a subflow:
    a run of its own under the calling run.
    """

    def __init__(
        self,
        fn: Callable[P, R_co] | classmethod[Any, P, R_co] | staticmethod[P, R_co],
        name: str | None = None,
        version: str | None = None,
        flow_run_name: str | Callable[[], str] | None = None,
        retries: int | None = None,
        retry_delay_seconds: float | None = None,
        task_runner: type[TaskRunner[Any]] | TaskRunner[Any] | None = None,
        description: str | None = None,
        timeout_seconds: float | None = None,
        validate_parameters: bool = True,
        persist_result: bool | None = None,
        result_storage: Any = None,
        result_serializer: Any = None,
        cache_result_in_memory: bool = True,
        log_prints: bool | None = None,
        on_completion: list[Callable[..., Any]] | None = None,
        on_failure: list[Callable[..., Any]] | None = None,
        on_cancellation: list[Callable[..., Any]] | None = None,
        on_crashed: list[Callable[..., Any]] | None = None,
        on_running: list[Callable[..., Any]] | None = None,
    ) -> None:
        """Options are those of ``@flow``."""
        self._options = {key: value for key, value in locals().items() if key not in ("self", "fn")}
        self._take(fn, "@flow")
        self.name = check_name(text_or_none("name", name) or callable_name(self.fn).replace("_", "-"), "flow name")
        self.flow_id = flow_id(WORKSPACE, self.name)
        self.flow_key_bytes = blake2b(b"flow:" + self.name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        self.description = description or inspect.getdoc(self.fn)
        self.tags: set[str] = set()
        self._version = version
        self._entrypoint: str | None = None  # found out when it is first asked for
        self.flow_run_name = flow_run_name
        check_template(flow_run_name, self.signature.names, "flow_run_name")
        self.retries, self.retry_delay_seconds = retries_or_default("flows", retries, retry_delay_seconds)
        self.retry_policy: RetryPolicy = retry_policy(self.retries, self.retry_delay_seconds)
        self.task_runner: TaskRunner[Any] | None = runner_or_none(task_runner)
        self.timeout_seconds = positive_seconds("timeout_seconds", timeout_seconds)
        self.should_validate_parameters = validate_parameters
        written = persist_result is None and (result_storage is not None or result_serializer is not None)
        self.persist_result = True if written else persist_result
        self.result_storage = result_storage
        self.result_serializer = result_serializer
        self.cache_result_in_memory = cache_result_in_memory
        self.log_prints = log_prints
        self.on_completion_hooks = hooks("on_completion", on_completion)
        self.on_failure_hooks = hooks("on_failure", on_failure)
        self.on_cancellation_hooks = hooks("on_cancellation", on_cancellation)
        self.on_crashed_hooks = hooks("on_crashed", on_crashed)
        self.on_running_hooks = hooks("on_running", on_running)

    @property
    def version(self) -> str | None:
        """The version given, else a hash of the file that the function stands in; ``None`` where there is no file."""
        if self._version is None:
            path = _file_of(self.fn)
            try:
                self._version = blake2b(path.read_bytes(), digest_size=16).hexdigest() if path else ""
            except OSError:
                self._version = ""
        return self._version or None

    @property
    def parameters(self) -> ParameterSchema:
        """What the flow takes, as a JSON schema."""
        from tidemill.parameters.schema import parameter_schema  # noqa: PLC0415 - loads pydantic

        return parameter_schema(self.fn)

    @property
    def entrypoint(self) -> str | None:
        """Where the function is found again: ``path/to/file.py:name``; ``None`` where there is no file."""
        if self._entrypoint is None:
            path = _file_of(self.fn)
            self._entrypoint = f"{path.resolve()}:{getattr(self.fn, '__qualname__', self.name)}" if path else ""
        return self._entrypoint or None

    @overload
    def __call__(
        self: Flow[P, Async[T]], *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any
    ) -> Async[State[T]]: ...

    @overload
    def __call__(  # type: ignore[overload-overlap]  # no P takes return_state: it is refused
        self: Flow[P, Items[T]], *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any
    ) -> State[list[T]]: ...

    @overload
    def __call__(  # type: ignore[overload-overlap]  # no P takes return_state: it is refused
        self: Flow[P, AsyncItems[T]], *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any
    ) -> Async[State[list[T]]]: ...

    @overload
    def __call__(  # type: ignore[overload-overlap]  # no P takes return_state: it is refused
        self, *args: Any, return_state: Literal[True], wait_for: Any = None, **kwargs: Any
    ) -> State[R_co]: ...

    @overload
    def __call__(self: Flow[P, Async[T]], *args: P.args, **kwargs: P.kwargs) -> Async[T]: ...

    @overload
    def __call__(self: Flow[P, Items[T]], *args: P.args, **kwargs: P.kwargs) -> Items[T]: ...

    @overload
    def __call__(self: Flow[P, AsyncItems[T]], *args: P.args, **kwargs: P.kwargs) -> AsyncItems[T]: ...

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

    @overload
    def __call__(self, *args: Any, wait_for: Iterable[Any] | TidemillFuture[Any], **kwargs: Any) -> R_co: ...

    def __call__(  # type: ignore[misc]  # return_state and wait_for are ours; a function that takes them is refused
        self, /, *args: Any, return_state: bool = False, wait_for: Any = None, **kwargs: Any
    ) -> Any:
        """Run the flow here and now.

        Gives its value and raises what it raises; with ``return_state=True`` gives the final state instead.
        ``wait_for`` are futures that must be over first. An async flow gives a coroutine, a generator flow a generator;
        who asks for its state has it run to its end, and its value is the list of its items.
        """
        if loads and is_passed_over(self):
            return nothing_of(self)
        from tidemill.direct_calls import run_flow  # noqa: PLC0415 - who only imports flows loads no engine

        return run_flow(self, args, kwargs, wait_for, return_state=return_state)

    def validate_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Parameters as the annotations have them.

        Raises ``ParameterTypeError``, which names each parameter that does not fit, what was expected and what came.
        """
        return validate(self.fn, parameters)

    def serialize_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Parameters as the API shows them: JSON values, and text for what JSON does not know."""
        import msgspec  # noqa: PLC0415

        from tidemill.engine.serialising import json_parameters  # noqa: PLC0415

        shown: dict[str, Any] = msgspec.json.decode(json_parameters(parameters))
        return shown

    @knows_its_options
    def with_options(
        self,
        *,
        name: str | None = None,
        version: str | None = None,
        retries: int | None = None,
        retry_delay_seconds: float | None = None,
        description: str | None = None,
        flow_run_name: str | Callable[[], str] | None = None,
        task_runner: type[TaskRunner[Any]] | TaskRunner[Any] | None = None,
        timeout_seconds: float | None = None,
        validate_parameters: bool | None = None,
        persist_result: bool | None = NotSet,  # type: ignore[assignment]  # stands for "not given"
        result_storage: Any = NotSet,
        result_serializer: Any = NotSet,
        cache_result_in_memory: bool | None = None,
        log_prints: bool | None = NotSet,  # type: ignore[assignment]  # as above
        on_completion: list[Callable[..., Any]] | None = None,
        on_failure: list[Callable[..., Any]] | None = None,
        on_cancellation: list[Callable[..., Any]] | None = None,
        on_crashed: list[Callable[..., Any]] | None = None,
        on_running: list[Callable[..., Any]] | None = None,
    ) -> Flow[P, R_co]:
        """A new flow from the same function; options that are given replace those of this one.

        Options whose ``None`` means something can be set to it; ``None`` for the others leaves them as they are.
        """
        options = {key: value for key, value in locals().items() if key != "self"}
        settable = {key: options.pop(key) for key in _NONE_MEANS_SOMETHING}
        now = {hook: getattr(self, f"{hook}_hooks") for hook in _HOOK_OPTIONS}  # those added since count too
        return Flow(self._unbound(), **(self._options | now | given(options) | given(settable, NotSet)))

    def __get__(self, instance: Any, owner: type | None = None) -> Flow[Any, R_co]:
        """As a method: the flow with its object, or its class, in place."""
        return self._bound(instance, owner)  # type: ignore[no-any-return]  # one of its own kind

    def on_cancellation(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: call ``fn(flow, run, state)`` when a run was cancelled."""
        self.on_cancellation_hooks.append(fn)
        return fn

    def on_crashed(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Decorator: call ``fn(flow, run, state)`` when a run crashed."""
        self.on_crashed_hooks.append(fn)
        return fn

    def __repr__(self) -> str:
        return f"<Flow {self.name!r}>"


_NONE_MEANS_SOMETHING = ("persist_result", "result_storage", "result_serializer", "log_prints")
_HOOK_OPTIONS = ("on_cancellation", "on_completion", "on_crashed", "on_failure", "on_running")


def _file_of(fn: Callable[..., Any]) -> Path | None:
    from pathlib import Path  # noqa: PLC0415 - 6 ms, and importing flows asks for no file

    code = getattr(inspect.unwrap(fn), "__code__", None)
    path = Path(code.co_filename) if code is not None else None
    return path if path is not None and path.is_file() else None


class FlowDecorator:
    """What ``@flow`` is."""

    @overload
    def __call__(self, __fn: Callable[P, R], /) -> Flow[P, R]: ...

    @overload
    def __call__(
        self, __fn: None = None, /, **options: Unpack[FlowOptions]
    ) -> Callable[[Callable[P, R]], Flow[P, R]]: ...

    @knows_its_options
    def __call__(
        self,
        __fn: Any = None,
        /,
        *,
        name: str | None = None,
        version: str | None = None,
        flow_run_name: str | Callable[[], str] | None = None,
        retries: int | None = None,
        retry_delay_seconds: float | None = None,
        task_runner: type[TaskRunner[Any]] | TaskRunner[Any] | None = None,
        description: str | None = None,
        timeout_seconds: float | None = None,
        validate_parameters: bool = True,
        persist_result: bool | None = None,
        result_storage: Any = None,
        result_serializer: Any = None,
        cache_result_in_memory: bool = True,
        log_prints: bool | None = None,
        on_completion: list[Callable[..., Any]] | None = None,
        on_failure: list[Callable[..., Any]] | None = None,
        on_cancellation: list[Callable[..., Any]] | None = None,
        on_crashed: list[Callable[..., Any]] | None = None,
        on_running: list[Callable[..., Any]] | None = None,
    ) -> Any:
        """Make a flow of a function: ``@flow`` or ``@flow(retries=3)``.

        - ``name``: default the function's, with dashes; ``flow_run_name``: a template over parameters, or a function.
        - ``retries``, ``retry_delay_seconds``: default ``flows.default_…``. A retry reuses what tasks completed.
        - ``timeout_seconds``: for each attempt; default none. See ``engine.deadlines`` for what can be stopped.
        - ``task_runner``: where submitted tasks run; default threads.
        - ``validate_parameters``: whether values are coerced to the annotations before the body runs; default true.
        - ``persist_result``, ``result_storage``, ``result_serializer``: where values are kept beyond the 64 KiB that
          the journal keeps by itself; tasks of the flow take it over unless they say otherwise.
        - ``log_prints``: whether ``print`` goes to the run's log; default false.
        - ``on_running``, ``on_completion``, ``on_failure``, ``on_cancellation``, ``on_crashed``: hooks.

        Raises ``OptionError`` for an option that makes no sense, here and not when the flow runs.
        """
        options = {key: value for key, value in locals().items() if key != "self" and "__fn" not in key}
        if __fn is None:
            return lambda fn: Flow(fn, **options)
        return Flow(__fn, **options)


flow = FlowDecorator()


#: They read source, which programs that run flows never do.
_LOADING = (
    "is_entrypoint_async",
    "load_flow_arguments_from_entrypoint",
    "load_flow_from_entrypoint",
    "load_function_and_convert_to_flow",
    "load_placeholder_flow",
    "safe_load_flow_from_entrypoint",
    "select_flow",
)
__getattr__ = lazily(__name__, dict.fromkeys(_LOADING, "tidemill.flow_loading"))
