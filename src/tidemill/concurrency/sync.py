"""Limits for synchronous code."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from tidemill.concurrency.interrupting import ended_when_lost
from tidemill.concurrency.wishes import Request
from tidemill.engine.drivers.sync import drive
from tidemill.exceptions import AcquireConcurrencySlotTimeoutError, ConcurrencySlotAcquisitionError

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["AcquireConcurrencySlotTimeoutError", "ConcurrencySlotAcquisitionError", "concurrency", "rate_limit"]


@contextmanager
def concurrency(
    names: str | list[str],
    occupy: int = 1,
    timeout_seconds: float | None = None,
    max_retries: int | None = None,
    lease_duration: float = 300,
    strict: bool = False,
    holder: Any = None,
    raise_on_lease_renewal_failure: bool | None = None,
) -> Generator[None, None, None]:
    """Hold ``occupy`` slots of every named limit while the block runs; wait for them first, in turn.

    A name without a limit holds nothing back: it is warned of, or with ``strict`` an error. The slots come free when
    the block ends, however it ends, and within about a second if its process dies.

    Args:
        names: One limit, or several; slots are had of all of them or of none.
        occupy: How many slots of each.
        timeout_seconds: How long to wait; None waits for as long as it takes.
        max_retries: How often to ask again where the slots are taken; None asks until the time is up.
        lease_duration: Seconds for which the slots stay ours if this process can neither renew the lease nor be seen
            to be dead. Renewed after a third of it.
        strict: Whether a missing limit is an error.
        holder: Who is named to those who wait: something with a ``type`` (flow_run, task_run, deployment) and an
            ``id``. The run around the block unless said otherwise.
        raise_on_lease_renewal_failure: Whether losing the lease ends the block with an error, rather than being warned
            of; None does as ``strict`` says.

    Raises:
        AcquireConcurrencySlotTimeoutError: A TimeoutError; says which limit, and who holds it.
        ConcurrencySlotAcquisitionError: Waiting cannot help, or the lease was lost.

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
    lease = drive(request.steps(), request.runtime)
    try:
        with ended_when_lost(lease) if request.raise_on_loss else nullcontext():
            yield
    finally:
        lease.give_back()
    request.after(lease)


def rate_limit(
    names: str | list[str], occupy: int = 1, timeout_seconds: float | None = None, strict: bool = False
) -> None:
    """Wait until ``occupy`` slots of every named limit can be used up; they come back at the limit's rate.

    A limit without ``slot_decay_per_second`` is an error. Otherwise as ``concurrency``.
    """
    request = Request(names, occupy, timeout_seconds=timeout_seconds, strict=strict, mode="rate_limit")
    if not request.asks_for_nothing:
        drive(request.steps(), request.runtime)
