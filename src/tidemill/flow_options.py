"""The options of ``@flow`` as types, so that checkers know them wherever they are passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypedDict, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.domain.states import State
    from tidemill.flows import Flow
    from tidemill.task_runners import TaskRunner

P = ParamSpec("P")
R_contra = TypeVar("R_contra", contravariant=True)

__all__ = ["FlowOptions", "FlowStateHook"]


class FlowStateHook(Protocol[P, R_contra]):
    """A function that is told of a flow run's state; it may be async."""

    __name__: str

    def __call__(self, flow: Flow[P, R_contra], flow_run: Any, state: State[Any]) -> Any: ...


class FlowOptions(TypedDict, total=False):
    """The options of ``@flow``, for type checkers."""

    name: str | None
    version: str | None
    flow_run_name: str | Callable[..., str] | None
    retries: int | None
    retry_delay_seconds: float | None
    task_runner: type[TaskRunner[Any]] | TaskRunner[Any] | None
    description: str | None
    timeout_seconds: float | None
    validate_parameters: bool
    persist_result: bool | None
    result_storage: Any
    result_serializer: Any
    cache_result_in_memory: bool
    log_prints: bool | None
    on_completion: list[Callable[..., Any]] | None
    on_failure: list[Callable[..., Any]] | None
    on_cancellation: list[Callable[..., Any]] | None
    on_crashed: list[Callable[..., Any]] | None
    on_running: list[Callable[..., Any]] | None
