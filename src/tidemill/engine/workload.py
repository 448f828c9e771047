"""What the engine needs to know of a flow or a task: the part of ``Flow`` and ``Task`` that it runs.

Protocols, so that the engine does not import the classes users see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from tidemill.domain.retries import RetryPolicy
    from tidemill.parameters.binding import Signature


class Work(Protocol):
    """Common to flows and tasks."""

    fn: Callable[..., Any]
    name: str
    tags: Any
    isasync: bool
    isgenerator: bool
    timeout_seconds: float | None
    log_prints: bool | None
    persist_result: bool | None
    result_storage: Any
    result_serializer: Any
    cache_result_in_memory: bool
    signature: Signature
    receiver: dict[str, Any]
    retry_policy: RetryPolicy
    on_completion_hooks: list[Callable[..., Any]]
    on_failure_hooks: list[Callable[..., Any]]
    on_running_hooks: list[Callable[..., Any]]

    @property
    def version(self) -> str | None:
        """The version given, or found."""
        ...


class TaskWork(Work, Protocol):
    """A task, as the engine sees it."""

    task_key: str
    task_key_bytes: bytes
    task_run_name: str | Callable[..., str] | None
    sorted_tags: list[str]
    retry_condition_fn: Callable[..., Any] | None
    cache_policy: Any
    cache_key_fn: Any
    cache_expiration: timedelta | None
    refresh_cache: bool | None
    result_storage_key: str | None
    at_most_once: bool
    unhashed_parameters: tuple[str, ...]
    on_commit_hooks: list[Callable[..., Any]]
    on_rollback_hooks: list[Callable[..., Any]]

    @property
    def body(self) -> Callable[..., Any]:
        """What is called when the task runs."""
        ...


class FlowWork(Work, Protocol):
    """A flow, as the engine sees it."""

    flow_id: str
    flow_key_bytes: bytes
    flow_run_name: str | Callable[..., str] | None
    should_validate_parameters: bool
    task_runner: Any

    @property
    def entrypoint(self) -> str | None:
        """Where the code is found again."""
        ...

    def validate_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Coerced parameters; raises ``ParameterTypeError``."""
        ...

    on_cancellation_hooks: list[Callable[..., Any]]
    on_crashed_hooks: list[Callable[..., Any]]
