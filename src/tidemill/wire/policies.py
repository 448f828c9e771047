"""Retries and pauses, as runs carry them."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from tidemill.wire.base import Int, Wire


class FlowRunPolicy(Wire):
    """How a flow run is retried and paused."""

    max_retries: Int = 0
    pause_keys: set[str] | None = field(default_factory=set)
    resuming: bool | None = False
    retries: Int | None = None
    retry_delay: Int | None = None
    retry_delay_seconds: float = 0
    retry_type: Literal["in_process", "reschedule"] | None = None


class TaskRunPolicy(Wire):
    """How a task run is retried."""

    max_retries: Int = 0
    retries: Int | None = None
    retry_delay: float | list[float] | None = None
    retry_delay_seconds: float = 0
    retry_jitter_factor: float | None = None
