"""From the arguments of ``concurrency`` and ``rate_limit`` to what is asked for, the same for both ways of waiting."""

from __future__ import annotations

import logging
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, Final

from tidemill.concurrency.context import ConcurrencyContext
from tidemill.domain.limits import waits_for
from tidemill.engine.context import TaskRunContext, current
from tidemill.engine.leaving import leave_if_asked
from tidemill.engine.runtime import runtime
from tidemill.engine.slots import Lease, SlotDesk, Wish
from tidemill.engine.taking_slots import take_slots
from tidemill.exceptions import ConcurrencySlotAcquisitionError, OptionError

if TYPE_CHECKING:
    from uuid import UUID

    from tidemill.domain.limits import LimitMode, SlotsDenied
    from tidemill.engine.context import RunContext
    from tidemill.engine.effects import Steps
    from tidemill.engine.runtime import Runtime

_HOLDER_TYPES: Final = ("flow_run", "task_run", "deployment")


class Request:
    """Slots that a caller wants: what to do before the block, and what after it."""

    def __init__(
        self,
        names: str | list[str],
        occupy: int,
        *,
        timeout_seconds: float | None,
        strict: bool,
        mode: LimitMode = "concurrency",
        max_retries: int | None = None,
        lease_duration: float = 300,
        holder: Any = None,
        raise_on_loss: bool | None = None,
    ) -> None:
        if not isinstance(occupy, int) or occupy < 1:
            raise OptionError.expected("occupy", "a whole number ≥ 1", occupy)
        if not (_is_number(lease_duration) and 0 < lease_duration < inf):
            raise OptionError.expected("lease_duration", "a number of seconds above 0", lease_duration)
        if timeout_seconds is not None and not (_is_number(timeout_seconds) and timeout_seconds >= 0):
            raise OptionError.expected("timeout_seconds", "a number of seconds ≥ 0, or None", timeout_seconds)
        unique = tuple(dict.fromkeys([names] if isinstance(names, str) else names))
        self.wish = Wish(unique, occupy, mode, strict, lease_duration, _holder(holder))
        self.raise_on_loss = strict if raise_on_loss is None else raise_on_loss
        self._timeout = timeout_seconds
        self._retries = max_retries
        here = current()
        self.runtime: Runtime = here.runtime if here is not None else runtime()

    @property
    def asks_for_nothing(self) -> bool:
        """No names were given."""
        return not self.wish.names

    def steps(self) -> Steps[Lease]:
        """Wait for the slots."""
        here = current()
        waited: list[str] = []

        def say_waiting(denied: SlotsDenied) -> Steps[None]:
            waited.append(denied.limit)
            _say(here, waits_for(denied.limit))
            yield from ()

        lease = yield from take_slots(
            self._desk(),
            self.wish,
            timeout=self._timeout,
            retries=self._retries,
            on_wait=say_waiting,
            look_up=partial(leave_if_asked, here),
        )
        for limit in waited:
            _say(here, f"Waited for concurrency limit '{limit}', and goes on")
        context = ConcurrencyContext.get()
        if context is not None and lease.limits:
            context.note(lease)
        return lease

    def _desk(self) -> SlotDesk:
        if self.runtime.slots is None:
            raise ConcurrencySlotAcquisitionError(
                "This runtime was made without a store, so there are no concurrency limits in it: pass slots="
            )
        return self.runtime.slots

    def after(self, lease: Lease) -> None:
        """The block ended well; that counts for nothing if its slots were lost and the caller said so."""
        if lease.lost and self.raise_on_loss:
            raise ConcurrencySlotAcquisitionError(
                f"The lease on slots of {', '.join(lease.limits)} ran out while they were in use, so more than "
                f"the limit may have been at work. "
                f"A longer lease_duration than {self.wish.lease_seconds:g} s gives more time"
            )


def _say(here: RunContext | None, message: str) -> None:
    """In the log of the run, by which ``tidemill why`` knows that it waits."""
    if here is not None:
        kind = "task" if isinstance(here, TaskRunContext) else "flow"
        logging.getLogger(f"tidemill.{kind}_runs").info(message, extra={"run_context": here})


def _holder(said: Any) -> str | None:
    """``task_run:<id>``: who is told to those who wait in vain. Unless it is said, the run around the call."""
    if said is None:
        here = current()
        if here is None:
            return None
        return f"{'task' if isinstance(here, TaskRunContext) else 'flow'}_run:{here.run_id}"
    kind, run_id = _parts(said)
    if kind not in _HOLDER_TYPES:
        raise OptionError.expected("holder", f"of a type among {', '.join(_HOLDER_TYPES)}", kind)
    return f"{kind}:{run_id}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _parts(said: Any) -> tuple[str, UUID | str]:
    try:
        return (said["type"], said["id"]) if isinstance(said, dict) else (said.type, said.id)
    except (KeyError, AttributeError) as error:
        raise OptionError.expected("holder", "something with a type and an id", said) from error
