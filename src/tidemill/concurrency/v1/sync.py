"""Slots of tags' limits for synchronous code."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tidemill.concurrency import sync
from tidemill.concurrency.v1.names import of_tags, task_run
from tidemill.exceptions import AcquireConcurrencySlotTimeoutError, ConcurrencySlotAcquisitionError

if TYPE_CHECKING:
    from collections.abc import Generator
    from uuid import UUID

__all__ = ["AcquireConcurrencySlotTimeoutError", "ConcurrencySlotAcquisitionError", "concurrency"]


@contextmanager
def concurrency(
    names: str | list[str], task_run_id: UUID, timeout_seconds: float | None = None
) -> Generator[None, None, None]:
    """Hold one slot of every named tag's limit while the block runs, in the name of a task run.

    Waits up to ``timeout_seconds`` (None: as long as it takes), then raises AcquireConcurrencySlotTimeoutError.
    """
    with sync.concurrency(of_tags(names), timeout_seconds=timeout_seconds, holder=task_run(task_run_id)):
        yield
