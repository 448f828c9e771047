"""The options of ``@task`` as types, so that checkers know them wherever they are passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import timedelta

__all__ = ["TaskOptions"]


class TaskOptions(TypedDict, total=False):
    """The options of ``@task``, for those who pass them around."""

    name: str | None
    description: str | None
    tags: Iterable[str] | None
    version: str | None
    cache_policy: Any
    cache_key_fn: Callable[..., str | None] | None
    cache_expiration: timedelta | None
    task_run_name: str | Callable[..., str] | None
    retries: int | None
    retry_delay_seconds: float | list[float] | Callable[[int], list[float]] | None
    retry_jitter_factor: float | None
    persist_result: bool | None
    result_storage: Any
    result_serializer: Any
    result_storage_key: str | None
    cache_result_in_memory: bool
    timeout_seconds: float | None
    log_prints: bool | None
    refresh_cache: bool | None
    on_completion: list[Callable[..., Any]] | None
    on_failure: list[Callable[..., Any]] | None
    on_running: list[Callable[..., Any]] | None
    on_rollback: list[Callable[..., Any]] | None
    on_commit: list[Callable[..., Any]] | None
    retry_condition_fn: Callable[..., Any] | None
    viz_return_value: Any
    asset_deps: list[Any] | None
    at_most_once: bool
    isolated: bool
