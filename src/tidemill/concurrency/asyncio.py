"""Limits for asynchronous code: as in ``tidemill.concurrency.sync``, waited for on the event loop."""

from __future__ import annotations

from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from tidemill.concurrency.wishes import Request
from tidemill.engine.drivers.asynchronous import drive
from tidemill.engine.effects import Block, Outcome, unwrap
from tidemill.exceptions import AcquireConcurrencySlotTimeoutError, ConcurrencySlotAcquisitionError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tidemill.engine.effects import Steps
    from tidemill.engine.slots import Lease

__all__ = ["AcquireConcurrencySlotTimeoutError", "ConcurrencySlotAcquisitionError", "concurrency", "rate_limit"]


@asynccontextmanager
async def concurrency(
    names: str | list[str],
    occupy: int = 1,
    timeout_seconds: float | None = None,
    max_retries: int | None = None,
    lease_duration: float = 300,
    strict: bool = False,
    holder: Any = None,
    raise_on_lease_renewal_failure: bool | None = None,
) -> AsyncGenerator[None, None]:
    """Hold ``occupy`` slots of every named limit while the block runs; wait for them first, in turn.

    The options and errors are those of ``tidemill.concurrency.sync.concurrency``. Where losing the lease is an error,
    the block is cancelled at once.
    """
    request = Request(
        names,
        occupy,
        timeout_seconds=timeout_seconds,
        strict=strict,
        max_retries=max_retries,
        lease_duration=lease_duration,
        holder=holder,
        raise_on_loss=raise_on_lease_renewal_failure,
    )
    if request.asks_for_nothing:
        yield
        return
    lease = await drive(request.steps(), request.runtime)
    try:
        async with _cancelled_when_lost(lease, request) if request.raise_on_loss else nullcontext():
            yield
    finally:
        await _give_back(lease, request)
    request.after(lease)


async def rate_limit(
    names: str | list[str], occupy: int = 1, timeout_seconds: float | None = None, strict: bool = False
) -> None:
    """Wait until ``occupy`` slots of every named limit can be used up; they come back at the limit's rate.

    A limit without ``slot_decay_per_second`` is an error. Otherwise as ``concurrency``.
    """
    request = Request(names, occupy, timeout_seconds=timeout_seconds, strict=strict, mode="rate_limit")
    if not request.asks_for_nothing:
        await drive(request.steps(), request.runtime)


async def _give_back(lease: Lease, request: Request) -> None:
    try:
        await drive(_giving_back(lease), request.runtime)
    finally:
        lease.give_back()  # where the wait for the thread was cancelled before it began


def _giving_back(lease: Lease) -> Steps[None]:
    outcome: Outcome[None] = yield Block(lease.give_back)
    unwrap(outcome)


@asynccontextmanager
async def _cancelled_when_lost(lease: Lease, request: Request) -> AsyncGenerator[None, None]:
    import asyncio  # noqa: PLC0415 - few blocks ask for this

    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def cancel() -> None:
        if not lease.over:
            task.cancel()

    def lost() -> None:
        loop.call_soon_threadsafe(cancel)

    lease.on_lost = lost
    try:
        yield
    except asyncio.CancelledError:
        if lease.lost and not task.uncancel():
            request.after(lease)
        raise
