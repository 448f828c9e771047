"""Slots of tags' limits for asynchronous code."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tidemill.concurrency import asyncio
from tidemill.concurrency.v1.names import of_tags, task_run
from tidemill.exceptions import AcquireConcurrencySlotTimeoutError, ConcurrencySlotAcquisitionError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from uuid import UUID

__all__ = ["AcquireConcurrencySlotTimeoutError", "ConcurrencySlotAcquisitionError", "concurrency"]


@asynccontextmanager
async def concurrency(
    names: str | list[str], task_run_id: UUID, timeout_seconds: float | None = None
) -> AsyncGenerator[None, None]:
    """As ``tidemill.concurrency.v1.sync.concurrency``, waited for on the event loop."""
    async with asyncio.concurrency(of_tags(names), timeout_seconds=timeout_seconds, holder=task_run(task_run_id)):
        yield
